"""The room that is held on the disk: for what is out when the disk becomes full (H2)."""

import asyncio
import os
import resource
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mailer.deliver.reserve import FOR_EACH, FOR_THE_END, Reserve
from mailer.errors import NoRoom, Problem
from mailer.house import open_house
from mailer.outbox.store import figures, ledger
from mailer.verbs import send
from tests.homes import add_people, address_of, make_home, plan_letter
from tests.relay.client import running_relay

PEOPLE = 60
FULL = NoRoom(Problem("databasen", "går inte att skriva: database or disk is full"))


def test_takes_the_room_and_lets_it_go(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path / "reserve", connections=3)
    reserve.keep()
    reserve.keep()
    found = reserve.path.stat()
    assert found.st_size == reserve.size == FOR_THE_END + 3 * FOR_EACH
    assert found.st_blocks * 512 >= reserve.size, "not only its name"
    assert stat.S_IMODE(found.st_mode) == 0o600
    assert reserve.release()
    assert not reserve.path.exists()
    assert not reserve.release()


def test_says_how_much_must_be_free_and_leaves_nothing_half(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from mailer.deliver.reserve import Reserve\n"
        "from mailer.errors import NoRoom\n"
        "try: Reserve(Path(sys.argv[1]), 50).keep()\n"
        "except NoRoom as why: print(why)"
    )

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (FOR_THE_END, FOR_THE_END))

    command = [sys.executable, "-c", program, str(tmp_path / "reserve")]
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=limit, check=True)
    assert done.stdout == (
        f"{tmp_path}: disken är full: minst 8 MB måste vara lediga när något skickas.\n"
        "    Gör plats på disken; kör sedan igen.\n"
    )
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("after", [0, 1, 20])
def test_writes_down_what_is_out_and_sends_nobody_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    """From then on every commit fails for as long as the room is held."""
    commit = ledger.commit
    with running_relay() as relay, open_house(make_home(tmp_path / "hem", relay.port)) as house:
        house.db.write(lambda c: add_people(c, house.keys, range(1, PEOPLE + 1), house.clock.now()))
        number = house.db.write(lambda c: plan_letter(c, house.clock.now(), "brev/1"))
        reserve = house.var / "reserve"
        failed: list[int] = []

        def failing(connection: Any, *arguments: Any) -> ledger.Commit:
            if len(relay.acknowledged()) >= after and reserve.exists():
                failed.append(1)
                raise FULL
            return commit(connection, *arguments)

        monkeypatch.setattr(ledger, "commit", failing)
        with pytest.raises(NoRoom, match="disk is full"):
            asyncio.run(asyncio.wait_for(send.runner_of(house).run(until_idle=True), 60))
        assert failed == [1]
        reached = {line["rcpt"][0] for line in relay.acknowledged()}
        rows = house.db.read(lambda c: figures.people(c, number))
        assert {row.address for row in rows if row.state == "accepted"} == reached
        assert after <= len(reached) < PEOPLE
        assert {row.state for row in rows} <= {"accepted", "planned", "claimed"}
        monkeypatch.setattr(ledger, "commit", commit)
        asyncio.run(asyncio.wait_for(send.runner_of(house).run(until_idle=True), 60))
        everybody = sorted(line["rcpt"][0] for line in relay.acknowledged())
        assert everybody == sorted(address_of(n) for n in range(1, PEOPLE + 1))
        assert reserve.exists(), "held again"


def test_stops_when_the_room_that_was_held_is_not_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*_: Any) -> ledger.Commit:
        raise FULL

    with running_relay() as relay, open_house(make_home(tmp_path / "hem", relay.port)) as house:
        house.db.write(lambda c: add_people(c, house.keys, range(1, PEOPLE + 1), house.clock.now()))
        house.db.write(lambda c: plan_letter(c, house.clock.now(), "brev/1"))
        monkeypatch.setattr(ledger, "commit", failing)
        with pytest.raises(NoRoom, match="disk is full"):
            asyncio.run(asyncio.wait_for(send.runner_of(house).run(until_idle=True), 60))
        assert relay.acknowledged() == []
