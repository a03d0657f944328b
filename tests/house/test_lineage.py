"""A database that was put back is noticed, however it was put back; an honest home is left in peace."""

import asyncio
import os
import shutil
import sqlite3
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from itertools import combinations
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, make_url, select

from mailer import backups, lineage
from mailer import home as home_module
from mailer.address import parse_address
from mailer.clockwork import tick
from mailer.db import Database
from mailer.errors import AdminError, EditorError, LaterError
from mailer.house import House, open_house
from mailer.outbox.store import notices
from mailer.outbox.tables import deliveries, mailings
from mailer.register.tables import contacts
from mailer.verbs import adopt, import_, restore, send
from mailer.verbs import suppress as suppressing
from mailer.workers.sending import Sending
from tests.databases import bare_database, exchange, new_database
from tests.homes import a_rendering, add_people, make_home, opened, plan_letter
from tests.relay.client import running_relay
from tests.waiting import until

ANNA = parse_address("anna@vallentuna.example")


def back_up(home: Path, to: Path) -> None:
    """As the handbook says, while the service may be running."""
    with sqlite3.connect(home / "var" / "mailer.db") as source, sqlite3.connect(to) as target:
        source.backup(target)
    source.close()
    target.close()


def put_back(home: Path, backup: Path) -> None:
    """Into the same file: it keeps its place on the disk."""
    for rest in ("-wal", "-shm"):
        (home / "var" / f"mailer.db{rest}").unlink(missing_ok=True)
    place = (home / "var" / "mailer.db").stat().st_ino
    shutil.copyfile(backup, home / "var" / "mailer.db")
    assert (home / "var" / "mailer.db").stat().st_ino == place


def held(home: Path) -> str:
    with opened(home) as house:
        return lineage.held(house.db)


def test_notices_a_backup_from_between_the_planning_and_the_sending(tmp_path):
    with running_relay() as relay:
        home = make_home(tmp_path / "hem", relay.port)
        with opened(home) as house:
            now = house.clock.now()
            house.db.write(lambda c: (add_people(c, house.keys, range(1, 4), now), plan_letter(c, now)))
            back_up(home, tmp_path / "backup.db")
            send.run_until_idle(house)
            assert relay.wait_for(3)
        put_back(home, tmp_path / "backup.db")
        assert "har återställts" in held(home)


def test_notices_a_backup_from_before_somebody_said_no(tmp_path):
    home = make_home(tmp_path / "hem", 2525)
    with opened(home) as house:
        house.db.write(lambda c: add_people(c, house.keys, [1], house.clock.now()))
    back_up(home, tmp_path / "backup.db")
    with opened(home) as house:
        suppressing.suppress(house, "medlem1@vallentuna.example")
    put_back(home, tmp_path / "backup.db")
    assert "har återställts" in held(home)


def test_leaves_an_honest_home_in_peace(tmp_path, database_url, monkeypatch):
    """Vacuumed, opened again and again, on a computer that gets another name."""
    home = make_home(tmp_path / "hem", 2525, database_url)
    monkeypatch.setattr(home_module, "machine_id", lambda: "")
    monkeypatch.setattr(lineage, "machine_id", lambda: "")
    for name in ("anna.lan", "anna.local"):
        monkeypatch.setattr(home_module.socket, "gethostname", lambda name=name: name)
        assert held(home) == ""
    if database_url.startswith("sqlite"):
        with sqlite3.connect(tmp_path / "mailer.db") as connection:
            connection.execute("VACUUM")
        connection.close()
    assert held(home) == ""


def test_lets_two_workers_open_a_new_home_in_the_same_moment(tmp_path, postgres_server):
    """The second finds no mark either, and waits for the first to have written it."""
    url = new_database(postgres_server)
    with closing(Database(url)) as first, closing(Database(url)) as second, ThreadPoolExecutor(1) as beside:
        waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        begun: list[Future[None]] = []

        def writes(connection: Connection) -> None:
            connection.execute(insert(lineage.homes).values(id=1, place=lineage._place(first, tmp_path), counter=0))
            begun.append(beside.submit(lineage.enter, second, tmp_path))
            until(lambda: first.read(lambda c: c.exec_driver_sql(waits).scalar_one()) == 1)

        first.write(writes)
        begun[0].result(30)
        (row,) = first.read(lambda c: c.execute(select(lineage.homes)).all())
        assert (row.counter, row.held) == (1, None)


def test_leaves_a_second_folder_of_the_same_database_in_peace(tmp_path, postgres_server):
    """Another machine that runs the home, or a worker's. Leases and the election keep the two apart."""
    url = new_database(postgres_server)
    home = make_home(tmp_path / "hem", 2525, url)
    assert held(home) == ""
    shutil.copytree(home, tmp_path / "annan")
    assert held(tmp_path / "annan") == ""
    assert held(home) == ""


def test_holds_a_copied_database_whatever_folder_it_is_opened_from(tmp_path, postgres_server):
    url = new_database(postgres_server)
    home = make_home(tmp_path / "hem", 2525, url)
    assert held(home) == ""
    copy = bare_database(postgres_server, f"TEMPLATE {url.partition('?')[0].rpartition('/')[2]}")
    settings = (home / "settings.toml").read_text("utf-8")
    assert url in settings
    (home / "settings.toml").write_text(settings.replace(url, copy), "utf-8")
    assert "kopierats" in held(home)


def test_holds_a_database_that_is_put_back_while_it_is_open(tmp_path, postgres_server):
    """By its server's own tools, with the service running: what went out since then does not go out again."""
    url = new_database(postgres_server)
    with running_relay() as relay:
        home = make_home(tmp_path / "hem", relay.port, url)
        with opened(home) as house:
            now = house.clock.now()
            house.db.write(lambda c: (add_people(c, house.keys, range(1, 4), now), plan_letter(c, now)))
        copy = bare_database(postgres_server, f'TEMPLATE "{make_url(url).database}"')
        with opened(home) as house:
            send.run_until_idle(house)
            assert relay.wait_for(3)
            assert lineage.look(house.db, house.var) == ""
            exchange(url, copy)
            with suppress(LaterError):  # the first to find that its connection is gone
                tick.tick(house)
            assert tick.tick(house) == []
            assert "återställts" in lineage.held(house.db)
            asyncio.run(asyncio.wait_for(sends(house), 30))
        assert len(relay.acknowledged()) == 3


async def sends(house: House) -> None:
    """For a second, as the service does."""
    stopped = asyncio.Event()
    asyncio.get_running_loop().call_later(1, stopped.set)
    await Sending(house, stopped).work()


def test_lets_a_worker_work_whose_mark_was_ahead_when_a_person_has_adopted(tmp_path, postgres_server):
    """She sent last: her machine's counter is of what was lost, and no other machine has seen it."""
    home = make_home(tmp_path / "hem", 2525, new_database(postgres_server))
    assert held(home) == ""
    shutil.copytree(home, tmp_path / "arbetare")
    with opened(home) as house:
        kept = backups.make(house.db, house.var, tmp_path, house.clock.now()).database
    for _ in range(5):
        assert held(tmp_path / "arbetare") == ""
    restore.restore(home, kept)
    with opened(home) as house:
        adopt.adopt(house, "Bo Godkännare")
    assert held(tmp_path / "arbetare") == ""
    assert held(home) == ""


def test_gives_no_number_twice_however_often_it_is_put_back(tmp_path, database_url):
    """A code in an old mail is signed over its delivery's number: it must never come to stand for another member."""
    home = make_home(tmp_path / "hem", 2525, database_url if database_url.startswith("postgresql") else "")
    given: list[set[tuple[str, int]]] = []
    with opened(home) as house:
        now = house.clock.now()
        enrol(house, tmp_path / "nya.csv", "anna", "bo", "cia")
        house.db.write(lambda c: plan_letter(c, now, "brev/före"))
        before = numbers_in(house)
        kept = backups.make(house.db, house.var, tmp_path, now).database
    for time in range(3):
        if time:
            restore.restore(home, kept, over=True, name="Bo Godkännare")
        with opened(home) as house:
            if time:
                adopt.adopt(house, "Bo Godkännare")
            house.db.write(lambda c, time=time: plan_letter(c, now, f"brev/{time}"))
            for name in ("larm", "igen"):
                house.db.write(lambda c, name=name: notices.notify(c, name, ANNA, "a", a_rendering(), now))
            enrol(house, tmp_path / "nya.csv", f"eva{time}", f"folke{time}")
            given.append(numbers_in(house) - before)
        assert len(given[-1]) == (3 + 1) + 2 * (1 + 1) + 2
    for one, other in combinations(given, 2):
        assert not one & other


def enrol(house: House, file: Path, *names: str) -> None:
    """They are in the register from now on."""
    rows = "".join(f"{name};Ek;{name}@vallentuna.example\n" for name in names)
    file.write_text(f"Förnamn;Efternamn;E-post\n{rows}", "utf-8")
    shown = import_.preview(house, "medlemmar", file, False)
    import_.accept(house, "medlemmar", file, False, shown.hash)


def numbers_in(house: House) -> set[tuple[str, int]]:
    """Of what is named in mails."""
    tables = (deliveries, mailings, contacts)
    return house.db.read(lambda c: {(t.name, n) for t in tables for n in c.execute(select(t.c.id)).scalars()})


def test_names_what_will_be_sent_to_all_when_a_restored_home_is_adopted(tmp_path):
    home = make_home(tmp_path / "hem", 2525)
    with opened(home) as house:
        from mailer.outbox.store import mailings, planning
        from mailer.outbox.store.mailings import Proposal
        from tests.homes import MEMBERS, Rule, a_rendering

        now = house.clock.now()

        def fill(c):
            add_people(c, house.keys, range(1, 4), now)
            number = mailings.propose(
                c, Proposal("v-aktuellt/2024-05", "issue", "Majnumret", Rule((MEMBERS,)), (a_rendering(),)), now
            )
            row = mailings.read(c, number)
            mailings.approve(c, row, "Bo", "test", now, planning.head_count(c, row, now).recipients, None)

        house.db.write(fill)
        house.db.write(lambda c: c.execute(lineage.update(lineage.homes).values(held="kopierad")))
        assert any("Majnumret (v-aktuellt/2024-05)" in line for line in adopt.look(house))


def test_says_that_the_mark_cannot_be_written(tmp_path):
    home = make_home(tmp_path / "hem", 2525)
    assert held(home) == ""
    (home / "var" / "counter").unlink()
    (home / "var" / "counter").mkdir()
    with pytest.raises(AdminError, match="counter: går inte att skriva"):
        held(home)


def test_says_that_the_database_is_broken(tmp_path):
    home = make_home(tmp_path / "hem", 2525)
    assert held(home) == ""
    with (home / "var" / "mailer.db").open("r+b") as file:
        file.write(os.urandom(4096))
    with pytest.raises(AdminError, match="är skadad"):
        held(home)


def test_reads_one_snapshot(db):
    """Figures that must add up are several statements: what is committed between them is not seen by half."""
    from sqlalchemy import insert, select

    from mailer.register.tables import suppressions
    from tests.outbox.test_ledger import NOW

    def look(c):
        before = len(c.execute(select(suppressions)).all())
        db.write(lambda w: w.execute(insert(suppressions).values(address_key=f"k{before}", reason="person", at=NOW)))
        return before, len(c.execute(select(suppressions)).all())

    assert db.read(look) == (0, 0)
    assert db.read(look) == (1, 1)


def test_refuses_a_clock_without_an_end(tmp_path):
    home = make_home(tmp_path / "hem", 2525)
    for speed in ("nan", "inf", "-1"):
        with (
            pytest.raises(EditorError, match="går inte att läsa som en klocka"),
            open_house(home, f"2024-05-01,{speed}"),
        ):
            raise AssertionError
