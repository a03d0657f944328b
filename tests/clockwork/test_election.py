"""One clock, however many `mailer run` there are; when it dies another takes over, and no issue is made twice."""

import shutil
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from mailer import presence
from mailer.clockwork.election import Election
from mailer.clockwork.tick import tick
from mailer.db import Database
from mailer.house import House, open_house
from mailer.outbox.tables import deliveries, mailings
from mailer.presence import clocks
from mailer.register.tables import imports
from mailer.verbs import approve
from mailer.workers.migrating import migrate_home
from tests import databases
from tests.clockwork.test_tick import at, write
from tests.crash.kills import mailer
from tests.homes import add_people, make_home
from tests.waiting import until

OURS = "Den här processen håller i klockan."
ANOTHERS = "Tjänsten håller redan i klockan"


def test_gives_the_clock_to_one_until_its_lease_is_over(db: Database) -> None:
    def take(who: str) -> bool:
        return db.write(lambda c: presence.take_clock(c, db, who))

    assert [take("a"), take("b"), take("a")] == [True, False, True]
    db.write(lambda c: c.execute(update(clocks).values(lease_until=1)))
    assert [take("b"), take("a")] == [True, False]
    db.write(lambda c: presence.leave(c, "b"))
    assert take("a")


def test_knows_the_living_by_their_leases(db: Database) -> None:
    began = datetime(2024, 5, 1, 8, 0, tzinfo=UTC)
    some = [presence.Worker(presence.key_of(n), "worker", n, "dator", began) for n in ("ett", "två")]
    for one in (*some, some[0]):
        db.write(lambda c, one=one: presence.renew(c, db, one))
    assert db.read(lambda c: presence.names_of_living(c, db)) == ["ett på dator", "två på dator"]
    db.write(
        lambda c: c.execute(update(presence.workers).where(presence.workers.c.name == "ett").values(lease_until=1))
    )
    assert [one.name for one in db.read(lambda c: presence.living(c, db))] == ["två"]


@pytest.fixture
def two(tmp_path: Path, postgres_server: str):
    """The same home on two machines."""
    url = databases.new_database(postgres_server)
    with open_house(make_home(tmp_path / "ett", 2525, url)) as one:
        make_home(tmp_path / "tva", 2525, url)
        (tmp_path / "tva" / "var").mkdir()
        (tmp_path / "ett" / "var" / "keys").rename(tmp_path / "tva" / "var" / "keys")
        (tmp_path / "ett" / "var" / "keys").symlink_to(tmp_path / "tva" / "var" / "keys")
        with open_house(tmp_path / "tva") as other:
            yield one, other


async def test_waits_and_says_so_while_another_keeps_the_clock_and_takes_over_from_the_dead(two) -> None:
    one, other = two
    said: dict[str, list[str]] = {"one": [], "other": []}
    first, second = Election(one, said["one"].append), Election(other, said["other"].append)
    for _ in range(2):
        await first.look()
        await second.look()
    assert (first.is_ours, second.is_ours) == (True, False)
    assert said["one"] == [OURS]
    assert len(said["other"]) == 1
    assert said["other"][0].startswith(ANOTHERS)
    one.db.write(lambda c: c.execute(update(clocks).values(lease_until=1)))  # half a minute of silence
    await second.look()
    await first.look()
    assert (first.is_ours, second.is_ours) == (False, True)
    assert said["other"][1:] == [OURS]


async def test_gives_the_clock_up_by_itself_when_the_database_is_silent(two, monkeypatch) -> None:
    one, _ = two
    election = Election(one, lambda _: None)
    await election.look()
    assert election.is_ours
    monkeypatch.setattr("mailer.clockwork.election.time.monotonic", lambda: election._until + 0.001)
    assert not election.is_ours


ROUNDS = [1, pytest.param(19, marks=pytest.mark.soak)]


@pytest.mark.parametrize("rounds", ROUNDS)
def test_makes_one_issue_though_two_clocks_tick_at_once(tmp_path, postgres_server, rounds) -> None:
    """Both believe in it, as when one slept through its lease: the constraints hold what the election only spares."""
    for n in range(rounds):
        with _two_houses(tmp_path / f"{n}", databases.new_database(postgres_server)) as houses:
            _tick_together(houses, "2024-05-03T06:00")
            approve.approve(at(houses[0], "2024-05-04T07:00"), "2024-05", "bo godkännare")
            _tick_together(houses, "2024-05-10T09:00")
            _tick_together(houses, "2024-05-10T09:01")
            db = houses[0].db
            names = db.read(lambda c: c.execute(select(mailings.c.name)).scalars().all())
            assert names.count("v-aktuellt/2024-05") == 1
            assert len(names) == len(set(names))
            issue = select(deliveries.c.contact_id).join(mailings).where(mailings.c.name == "v-aktuellt/2024-05")
            assert sorted(db.read(lambda c, q=issue: c.execute(q).scalars().all())) == [*range(1, 13)]


@contextmanager
def _two_houses(folder: Path, url: str) -> Iterator[tuple[House, House]]:
    home = make_home(folder, 2525, url)
    began = "2024-01-01T00:00,0"
    with open_house(home, began) as one, open_house(home, began) as other:
        whole = {"whole": True, "file_hash": "x", "who": "t", "added": 0, "changed": 0, "removed": 0, "unchanged": 0}
        lists = [{"list": k, "at": datetime(2024, 5, 1, tzinfo=UTC), "problems": 0, **whole}
                 for k in ("medlemmar", "sympatisorer")]  # fmt: skip
        one.db.write(
            lambda c: (add_people(c, one.keys, range(1, 13), one.clock.now()), c.execute(insert(imports), lists))
        )
        write(one, "2024-05/01-torget.md")
        tick(at(one, "2024-04-20T00:00"))
        yield one, other


def _tick_together(houses: tuple[House, ...], moment: str) -> None:
    wrong: list[BaseException] = []
    start = threading.Barrier(len(houses))
    threads = [threading.Thread(target=_ticked, args=(at(house, moment), start, wrong)) for house in houses]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert wrong == []


def _ticked(house: House, start: threading.Barrier, wrong: list[BaseException]) -> None:
    start.wait()
    try:
        tick(house)
    except BaseException as why:  # noqa: BLE001 - shown by the test
        wrong.append(why)


@pytest.mark.soak
@pytest.mark.parametrize("n", range(3))
def test_follows_a_killed_service_by_the_one_that_waits(tmp_path, postgres_server, n) -> None:
    """Two real processes, and the real half minute."""
    url = databases.bare_database(postgres_server)
    homes = [make_home(tmp_path / name, 2525, url) for name in ("ett", "tva")]
    migrate_home(homes[0])
    with open_house(homes[0]):
        pass
    (homes[1] / "var").mkdir()

    shutil.copytree(homes[0] / "var" / "keys", homes[1] / "var" / "keys")
    db = Database(url)
    holder = select(clocks.c.instance)
    with mailer(homes[0], "run") as first:
        before = until(lambda: db.read(lambda c: c.execute(holder).scalar_one_or_none()))
        with mailer(homes[1], "run") as second:
            until(lambda: len(db.read(lambda c: presence.living(c, db))) == 2)
            first.kill()
            until(lambda: db.read(lambda c: c.execute(holder).scalar_one()) != before)
            second.send_signal(signal.SIGTERM)
            said, wrong = second.communicate(timeout=60)
            assert second.returncode == 0, wrong
        first.communicate()
    assert said.index(ANOTHERS) < said.index(OURS)
    assert db.read(lambda c: c.execute(holder).all()) == [], "who ends lets go"
    db.close()
