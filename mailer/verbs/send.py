"""send: plan what is approved, and see it out of the door.

Takes   the opened house and which mailing.
Gives   what planning did; then the runner's work, with progress.
Fails   EditorError when it is not approved; LaterError when the relay cannot be reached.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, update

from mailer import lineage, maillog
from mailer.deliver.runner import Runner
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.outbox.states import Mailing
from mailer.outbox.store import figures, planning
from mailer.outbox.store.ledger import Commit, Recovered
from mailer.outbox.store.mailings import STATE_WORDS
from mailer.outbox.store.planning import Plan
from mailer.outbox.tables import mailings as table
from mailer.verbs import which

STARTED_MAY_GO_ON = timedelta(hours=48)  # what has begun is not cut off by the end of the month


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of it. `elsewhere`: another process of this home is sending."""

    mailing: int
    title: str
    plan: Plan | None
    elsewhere: bool = False


def plan(house: House, word: str, dry_run: bool = False) -> Sent:
    """Make the deliveries of an approved mailing, now. One that is planned already is left as it is."""
    house.may_send()
    now = house.clock.now()

    def write(c: Connection) -> Sent:
        row = which.mailing(house, c, word)
        if row.state in (Mailing.SENDING, Mailing.FINISHED):
            return Sent(row.id, row.title, None)
        if row.expires_at is not None and row.expires_at < now and row.state == Mailing.APPROVED:
            raise EditorError(Problem(row.title, "tiden för numret har gått ut.", 'Godkänn det igen med --reason "…"'))
        return Sent(row.id, row.title, _plan(house, c, row))

    if dry_run:
        row = house.db.read(lambda c: which.mailing(house, c, word))
        counted = house.db.read(lambda c: planning.head_count(c, row))
        return Sent(row.id, row.title, Plan(counted, counted.recipients))
    sent = house.db.write(write)
    lineage.settle(house.db, house.var)
    return sent


def plan_row(house: House, connection: Connection, row: Row[Any]) -> Plan:
    """Planning by the clock, in its transaction."""
    return _plan(house, connection, row)


def _plan(house: House, connection: Connection, row: Row[Any]) -> Plan:
    if row.state != Mailing.APPROVED:
        remedy = "Godkänn det: mailer approve … --as NAMN" if row.state in ("proposed", "held") else "Se mailer report."
        raise EditorError(Problem(row.title, f"utskicket {STATE_WORDS[row.state]}.", remedy))
    now = house.clock.now()
    lineage.advance(connection)
    done = planning.plan(connection, row.id, now)
    if row.expires_at is not None:
        until = max(row.expires_at, now + STARTED_MAY_GO_ON)
        connection.execute(update(table).where(table.c.id == row.id).values(expires_at=until))
    maillog.mailing_planned(row.id, done.head_count.selected, done.head_count.selected - done.head_count.recipients)
    return done


def run_until_idle(
    house: House,
    on_commit: Callable[[Commit], None] = lambda _: None,
    on_recovered: Callable[[Recovered], None] = lambda _: None,
) -> bool:
    """Send what can be sent now. False when another process of this home is the runner: it does the work."""
    house.may_send()
    if not house.runner_lock.take():
        return False
    try:
        asyncio.run(_with_signals(runner_of(house, on_commit, on_recovered)))
    finally:
        house.runner_lock.free()
    return True


def runner_of(
    house: House,
    on_commit: Callable[[Commit], None] = lambda _: None,
    on_recovered: Callable[[Recovered], None] = lambda _: None,
) -> Runner:
    """The house's runner. Hold the lock while it runs."""
    return Runner(
        house.db, house.settings, house.keys, house.clock, house.home, house.instance, on_commit, on_recovered
    )


def progress(house: House, mailing: int) -> tuple[int, int]:
    """(done, all) of a mailing's messages."""
    return house.db.read(lambda c: figures.progress(c, mailing))


async def _with_signals(runner: Runner) -> None:
    import signal

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, runner.stop)
    await runner.run(until_idle=True)
