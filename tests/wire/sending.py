"""A home that sends with the house's own runner, in simulated time, to relays that misbehave.

Takes   a planned home, its relays, what one of them shall do wrong, the speed of the clock; what happens meanwhile.
Gives   what became of everybody: the ledger's word, and the checker's comparison with the relays' logs.
Fails   TimeoutError when the mailing neither ends nor pauses.
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import uvloop
from sqlalchemy import func, select

from mailer import maillog
from mailer.deliver.runner import Runner
from mailer.house import House, open_house
from mailer.outbox.balance import Balance
from mailer.outbox.states import Mailing
from mailer.outbox.store import control, figures, mailings
from mailer.register.tables import suppressions
from mailer.verbs import report
from mailer.verbs.send import runner_of
from tests.crash.kills import LETTER, addresses
from tests.relay.checker import Findings, acknowledged_in, claims_in, compare, unanswered
from tests.relay.client import Line, Relay

START = "2024-05-10T09:00"
PATIENCE_S = 60.0
ENDS = (Mailing.FINISHED, Mailing.PAUSED)


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of a mailing."""

    state: str
    why: str
    balance: Balance
    people: Mapping[str, Mapping[str, Any]]  # by address
    suppressed: int
    found: Findings

    def of(self, state: str) -> set[str]:
        """The addresses whose delivery is in this state."""
        return {address for address, person in self.people.items() if person["state"] == state}


def send(
    home: Path,
    relay: Relay,
    script: Sequence[Line] = (),
    speed: float = 600,
    until_idle: bool = False,
    others: Sequence[Relay] = (),
    meanwhile: Callable[[], object] = lambda: None,
    mend: Callable[[Any], None] | None = None,
) -> Sent:
    """Send until the mailing has ended or is paused; with `until_idle`, as `mailer send` does.

    `others`: relays whose logs count too. `meanwhile` runs in a thread beside it. `mend`: what a person does at the
    first pause, who then resumes; takes the paused mailing.
    """
    with pytest.MonkeyPatch.context() as patch, open_house(home, f"{START},{speed}") as house:
        patch.setattr(maillog, "quiet", True)
        relay.set_script(script)
        with ThreadPoolExecutor(1) as beside:
            ended = beside.submit(meanwhile)
            uvloop.run(_sending(house, runner_of(house), until_idle, mend))
            ended.result()
        return _outcome(house, [relay, *others])


def resume(home: Path) -> None:
    """What a person does when the cause is mended."""
    with open_house(home, START) as house:
        house.db.write(lambda c: control.resume(c, _mailing(c).id, house.clock.now()))


def judge(home: Path, address: str, arrived: bool) -> None:
    """A person's word on the delivery to this address."""
    with open_house(home, START) as house:
        (row,) = [r for r in house.db.read(lambda c: figures.people(c, _mailing(c).id)) if r.address == address]
        house.db.write(lambda c: control.judge(c, house.db, row.id, arrived, house.clock.now()))


async def _sending(house: House, runner: Runner, until_idle: bool, mend: Callable[[Any], None] | None = None) -> None:
    deadline = time.monotonic() + PATIENCE_S
    running = asyncio.create_task(runner.run(until_idle=until_idle))
    while not running.done():
        if time.monotonic() > deadline:
            runner.stop()
            await running
            raise TimeoutError("the mailing neither ended nor paused")
        mailing = await asyncio.to_thread(house.db.read, _mailing)
        if mend is not None and mailing.state == Mailing.PAUSED:
            mend(mailing)
            mend = None
            await asyncio.to_thread(
                house.db.write, lambda c, number=mailing.id: control.resume(c, number, house.clock.now())
            )
        elif not until_idle and mailing.state in ENDS:
            runner.stop()
        await asyncio.sleep(0.02)
    await running


def _outcome(house: House, relays: Sequence[Relay]) -> Sent:
    shown = report.report(house, LETTER, names=True)
    lines, ledger = [line for relay in relays for line in relay.log()], shown.to_json()
    found = compare(
        acknowledged_in(lines),
        addresses(shown.balance.selected),
        claims_in(ledger),
        allowed_duplicates=unanswered(lines),
        balance=shown.balance.closes,
    )
    people = {str(person["address"]): person for person in shown.people}
    suppressed = house.db.read(lambda c: c.execute(select(func.count()).select_from(suppressions)).scalar_one())
    return Sent(shown.state, shown.why, shown.balance, people, suppressed, found)


def _mailing(connection: Any) -> Any:
    return mailings.find(connection, LETTER)
