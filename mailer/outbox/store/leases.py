"""Who holds which deliveries: a runner's lease, and what is taken back when it has run out.

Takes   a connection inside a write transaction; the runner, by the lock it holds or by its number.
Gives   a runner's number; what was released, and what is in doubt.
Fails   LostLease when another has taken over; the runner stops at once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Update,
    case,
    func,
    insert,
    literal,
    literal_column,
    null,
    select,
    update,
)

from mailer.db import Database
from mailer.db.door import CLOCK_OF_POSTGRES, CLOCK_OF_SQLITE
from mailer.db.prepared import among, asked, keys, micros, prepared
from mailer.errors import MailerError, Problem
from mailer.outbox.outcome import Outcome
from mailer.outbox.states import Delivery, delivery_step
from mailer.outbox.store import attempts
from mailer.outbox.tables import deliveries, runners

LEASE = timedelta(seconds=60)  # by the database's clock, renewed once a second and with each claim


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
    """The lease begins anew. LostLease when another has taken over: who only slept through it, or whose clock somebody
    has set, holds what it holds."""
    length = LEASE // timedelta(microseconds=1)
    if not _renewing.change(connection, runner=runner, length=length):
        raise lost()


@prepared
def _renewing(is_sqlite: bool) -> Update:
    c = runners.c
    clock: ColumnElement[int] = literal_column(CLOCK_OF_SQLITE if is_sqlite else CLOCK_OF_POSTGRES, BigInteger)
    alive = update(runners).where(c.id == asked("runner"), c.ended.is_(False))
    return alive.values(lease_until=clock + asked("length"))


def is_held() -> ColumnElement[bool]:
    """Whether it is the runner's. A sum, so that no engine goes through all that the runner has to find a few."""
    return deliveries.c.runner_id + literal_column("0", BigInteger) == asked("runner")


def release_these(connection: Connection, runner: int, numbers: Iterable[int], later: datetime | None = None) -> int:
    """The same for these, as far as the runner holds them. `later`: not to be claimed before that."""
    text = keys(numbers)
    if text == "{}":
        return 0
    if later is None:
        return _releasing.change(connection, runner=runner, numbers=text)
    return _putting_off.change(connection, runner=runner, numbers=text, later=micros(later))


def _back(is_sqlite: bool) -> Update:
    d = deliveries.c
    _, planned = delivery_step("release")
    _, in_doubt = delivery_step("release_in_doubt")
    these = update(deliveries).where(
        among(d.id, "numbers", is_sqlite),
        is_held(),
        d.state == Delivery.CLAIMED,
    )
    return these.values(state=case((d.doubts > 0, literal(in_doubt)), else_=literal(planned)), runner_id=null())


@prepared
def _releasing(is_sqlite: bool) -> Update:
    return _back(is_sqlite)


@prepared
def _putting_off(is_sqlite: bool) -> Update:
    return _back(is_sqlite).values(next_at=asked("later"))


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
