"""Who holds which deliveries: a runner's lease, and what is taken back when it has run out.

Takes   a connection inside a write transaction; the runner, by the lock it holds or by its number.
Gives   a runner's number; what was released, and what is in doubt.
Fails   LostLease when another has taken over; the runner stops at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import ColumnElement, Connection, case, func, insert, literal, select, update

from mailer.db import Database
from mailer.errors import MailerError, Problem
from mailer.outbox.outcome import Outcome
from mailer.outbox.states import Delivery, delivery_step
from mailer.outbox.store import attempts
from mailer.outbox.tables import deliveries, runners

LEASE = timedelta(seconds=60)  # by the database's clock, renewed at each commit


class LostLease(MailerError):
    """This runner was taken for dead, and its deliveries have been given to another."""

    exit_code = 75


def lost() -> LostLease:
    """What to raise when a row that was ours is another's."""
    return LostLease(
        Problem("utskicken", "en annan process har tagit över.", "Låt den arbeta, eller starta om den här.")
    )


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was found of runners that are gone."""

    released: int
    in_doubt: tuple[int, ...]  # deliveries, named


def start(connection: Connection, db: Database, instance: str, now: datetime) -> tuple[int, Recovered]:
    """Enter a runner. It holds the home's lock, so every other runner of this instance is dead: take over at once."""
    c = runners.c
    instance = sha256(instance.encode()).hexdigest()  # the path of a lock may be longer than any column
    connection.execute(update(runners).where(c.instance == instance, c.ended.is_(False)).values(lease_until=0))
    until = db.clock(connection) + LEASE // timedelta(microseconds=1)
    new = insert(runners).values(instance=instance, started_at=now, lease_until=until).returning(c.id)
    runner = int(connection.execute(new).scalar_one())
    return runner, recover(connection, db, now)


def recover(connection: Connection, db: Database, now: datetime) -> Recovered:
    """Take back what runners with an expired lease held: claimed is planned again, offered is in doubt."""
    c = runners.c
    gone = [
        row.id
        for row in connection.execute(
            select(c.id).where(c.ended.is_(False), c.lease_until < db.clock(connection)).with_for_update()
        )
    ]
    if not gone:
        return Recovered(0, ())
    return _take_back(connection, gone, now)


def end(connection: Connection, runner: int, now: datetime) -> Recovered:
    """Give back what is claimed and leave. Nothing may be offered by it any more."""
    return _take_back(connection, [runner], now)


def _take_back(connection: Connection, gone: Sequence[int], now: datetime) -> Recovered:
    d = deliveries.c
    connection.execute(update(runners).where(runners.c.id.in_(gone)).values(ended=True, lease_until=0))
    released = release(connection, d.runner_id.in_(gone))
    _, in_doubt = delivery_step("doubt")
    doubtful = connection.execute(
        update(deliveries)
        .where(d.runner_id.in_(gone), d.state == Delivery.OFFERED)
        .values(
            state=in_doubt,
            doubts=d.doubts + 1,
            attempts=d.attempts + 1,
            first_attempt_at=func.coalesce(d.first_attempt_at, literal(now, d.first_attempt_at.type)),
            runner_id=None,
        )
        .returning(d.id)
    )
    named = tuple(sorted(row.id for row in doubtful))
    attempts.note(connection, [(n, Outcome("doubt", "dot", text="tjänsten avbröts")) for n in named], now)
    return Recovered(released, named)


def renew(connection: Connection, db: Database, runner: int) -> None:
    """The lease begins anew. LostLease when it has run out."""
    c = runners.c
    clock = db.clock(connection)
    alive = update(runners).where(c.id == runner, c.ended.is_(False), c.lease_until >= clock)
    if not connection.execute(alive.values(lease_until=clock + LEASE // timedelta(microseconds=1))).rowcount:
        raise lost()


def release(connection: Connection, which: ColumnElement[bool]) -> int:
    """Claimed back to planned; what was in doubt before it was claimed is in doubt again."""
    d = deliveries.c
    _, planned = delivery_step("release")
    _, in_doubt = delivery_step("release_in_doubt")
    back = case((d.doubts > 0, literal(in_doubt)), else_=literal(planned))
    found = connection.execute(
        update(deliveries).where(which, d.state == Delivery.CLAIMED).values(state=back, runner_id=None)
    )
    return found.rowcount
