"""send: plan what is approved, and see it out of the door.

Takes   the opened house and which mailing.
Gives   what planning did; then the runner's work, with progress.
Fails   EditorError when it is not approved; LaterError when the relay cannot be reached.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import uvloop
from sqlalchemy import Connection, Row, update

from mailer import lineage, maillog
from mailer.deliver.runner import Runner
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.outbox.states import Mailing
from mailer.outbox.store import figures, ledger, mailings, planning
from mailer.outbox.store.leases import Recovered
from mailer.outbox.store.ledger import Commit
from mailer.outbox.store.mailings import STATE_WORDS
from mailer.outbox.store.planning import Plan
from mailer.outbox.tables import mailings as table
from mailer.surveys.personal import personal_of
from mailer.verbs import backup, waves, which

WAITS = (Mailing.APPROVED,)  # what `mailer send` without a name means
MARK_S = 5.0  # real seconds between two marks that messages go out
STARTED_MAY_GO_ON = timedelta(hours=48)  # what has begun is not cut off by the end of the month


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of it. `elsewhere`: another process of this home is sending."""

    mailing: int
    name: str
    title: str
    plan: Plan | None
    elsewhere: bool = False


def plan(house: House, word: str, dry_run: bool = False) -> Sent:
    """Make the deliveries of an approved mailing, now. One that is planned already is left as it is."""
    house.may_send()
    now = house.clock.now()

    def write(c: Connection) -> Sent:
        row = mailings.lock(c, which.mailing(house, c, word, WAITS).id)
        if row.state in (Mailing.SENDING, Mailing.FINISHED):
            return Sent(row.id, row.name, row.title, None)
        if row.expires_at is not None and row.expires_at < now and row.state == Mailing.APPROVED:
            remedy = f'Ska det ut ändå: mailer approve {row.period or row.name} --as NAMN --reason "…"'
            raise EditorError(Problem(row.title, "tiden för numret har gått ut.", remedy))
        return Sent(row.id, row.name, row.title, _plan(house, c, row))

    if dry_run:
        row = house.db.read(lambda c: which.mailing(house, c, word, WAITS))
        counted = house.db.read(lambda c: planning.head_count(c, row, house.here()))
        return Sent(row.id, row.name, row.title, Plan(counted, counted.recipients))
    row = house.db.read(lambda c: which.mailing(house, c, word, WAITS))
    if row.state == Mailing.APPROVED and not (row.expires_at is not None and row.expires_at < now):
        backup.before_mailing(house)
    sent = house.db.write(write)
    lineage.settle(house.db, house.var)
    return sent


def _plan(house: House, connection: Connection, row: Row[Any]) -> Plan:
    if row.state != Mailing.APPROVED:
        word = row.period or row.name
        remedies = {
            Mailing.PROPOSED: f"Godkänn det: mailer approve {word} --as NAMN",
            Mailing.HELD: f"Godkänn det igen om det är rätt: mailer approve {word} --as NAMN",
            Mailing.PAUSED: f"Fortsätt med: mailer resume {word}",
        }
        remedy = remedies.get(row.state, f"Se mailer report {word}")
        raise EditorError(Problem(row.title, f"utskicket {STATE_WORDS[row.state]}.", remedy))
    now = house.clock.now()
    lineage.advance(connection)
    settings = house.settings
    first_wave = bool(settings.mailbox.kind and settings.outbox.wave_wait_min)
    done = planning.plan(connection, row.id, house.here(), first_wave)
    if row.expires_at is not None and not done.held:
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
        house.db.write(lambda c: ledger.expire(c, house.clock.now()))  # also where no clock runs
        waves.look(house)
        uvloop.run(_with_signals(runner_of(house, on_commit, on_recovered)))
        waves.look(house)
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
        house.db, house.settings, house.keys, house.clock, house.home, house.instance,
        _marking(house, on_commit), on_recovered, lambda: house.pulse.beat("runner"),
        personal_of(house.keys, house.settings.web.address),
    )  # fmt: skip


def _marking(house: House, on_commit: Callable[[Commit], None]) -> Callable[[Commit], None]:
    """Moves the home's counter as well while messages go out: a backup from before them is seen to be older."""
    last = -MARK_S

    def settle(moved: "Future[None]") -> None:
        if moved.exception() is None:
            lineage.settle(house.db, house.var)

    def marked(done: Commit) -> None:
        nonlocal last
        if done.offered and time.monotonic() - last >= MARK_S:
            last = time.monotonic()
            house.db.submit(lineage.advance).add_done_callback(settle)
        on_commit(done)

    return marked


def progress(house: House, mailing: int) -> tuple[int, int]:
    """(done, all) of a mailing's messages."""
    return house.db.read(lambda c: figures.progress(c, mailing))


async def _with_signals(runner: Runner) -> None:
    import signal

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, runner.stop)
    await runner.run(until_idle=True)
