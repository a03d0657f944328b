"""The runner and a login that was refused: it is tried at once when a person lets the mailing go on, and seldom else."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mailer.deliver import runner as module
from mailer.house import House, open_house
from mailer.outbox.outcome import Outcome
from mailer.outbox.store import control, mailings
from mailer.verbs import send
from tests.homes import add_people, make_home, plan_letter

REFUSED = Outcome("defer", "auth", 535, "5.7.8", "5.7.8 nej", "ours")
LONG_S = 300.0


class Waiting(module.Runner):
    """Waits in no time, and counts."""

    waited: float = 0.0

    def person(self) -> None:
        """What somebody does meanwhile."""

    async def _wait(self, seconds: float) -> None:
        self.waited += seconds
        self.person()


@pytest.fixture
def house(tmp_path: Path):
    with open_house(make_home(tmp_path / "hem", 2525)) as opened:
        opened.db.write(lambda c: add_people(c, opened.keys, range(1, 4), opened.clock.now()))
        yield opened


def waiting_of(house: House) -> Waiting:
    made = send.runner_of(house)
    return Waiting(made.db, made.settings, made.keys, made.clock, made.home, made.instance)


def plan(house: House) -> int:
    return house.db.write(lambda c: plan_letter(c, house.clock.now(), "brev/1"))


def test_waits_no_longer_when_a_person_lets_the_mailing_go_on(house: House) -> None:
    mailing, runner = plan(house), waiting_of(house)
    exchange: Any = SimpleNamespace(numbers=lambda: [1], look=lambda: None)  # it holds the first delivery
    asyncio.run(runner._on_refusal(exchange, REFUSED))
    row = house.db.read(lambda c: mailings.read(c, mailing))
    assert (row.state, row.why) == ("paused", "inloggningen: 535 5.7.8 nej")

    def person() -> None:
        if runner.waited == 4 * module.POLL_S:
            house.db.write(lambda c: control.resume(c, mailing, house.clock.now()))

    runner.person = person  # type: ignore[method-assign]
    asyncio.run(runner._wait_or_go_on(LONG_S))
    assert runner.waited == 4 * module.POLL_S
    assert runner._refused == set(), "from then on it is tried as seldom as before"


def test_waits_to_the_end_when_nobody_does(house: House) -> None:
    mailing, runner = plan(house), waiting_of(house)
    house.db.write(lambda c: control.pause(c, house.db, mailing, "inloggningen: 535"))
    runner._refused.add(mailing)
    asyncio.run(runner._wait_or_go_on(LONG_S + 0.5))
    assert runner.waited == LONG_S + 0.5
    assert runner._refused == {mailing}


def test_waits_as_long_for_a_mailing_that_was_never_stopped(house: House) -> None:
    plan(house)
    runner = waiting_of(house)
    asyncio.run(runner._wait_or_go_on(LONG_S))
    assert runner.waited == LONG_S


def test_stops_waiting_when_it_is_told_to(house: House) -> None:
    mailing, runner = plan(house), waiting_of(house)
    house.db.write(lambda c: control.pause(c, house.db, mailing, "inloggningen: 535"))
    runner._refused.add(mailing)
    runner.person = runner.stop  # type: ignore[method-assign]
    asyncio.run(runner._wait_or_go_on(LONG_S))
    assert runner.waited == module.POLL_S
