"""The ledger of a runner: claim, offer, settle. The deliveries table is the truth.

Takes   what the connections have got done since the last commit, and how many messages they want next.
Gives   deliveries whose offered mark is durable when the transaction is.
Fails   LostLease when another has taken over; the runner stops at once.

Every function runs inside one write transaction of its caller.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    case,
    func,
    literal,
    null,
    or_,
    select,
    update,
)

from mailer.audience.store import is_suppressed, reason_now
from mailer.db import Database, Moment
from mailer.outbox.outcome import Offered, Settlement
from mailer.outbox.states import OWED, Delivery, Mailing, delivery_step, mailing_step
from mailer.outbox.store import leases, rates, wave
from mailer.outbox.store.settling import settle
from mailer.outbox.tables import deliveries, mailings, picks
from mailer.register.tables import contacts

LARGEST_CLAIM = 1000
FACTS = 14  # so many columns of a look are an Offered


@dataclass(frozen=True, slots=True)
class Terms:
    """What a runner may do: from the settings."""

    relay: str
    per_hour: int
    resend_in_doubt: bool  # in_doubt = "again"
    give_up_after: timedelta


@dataclass(frozen=True, slots=True)
class Commit:
    """What one group commit did."""

    offered: tuple[Offered, ...]
    stock: tuple[int, ...]  # claimed, not offered yet
    permits: int
    paused: tuple[tuple[int, str], ...] = ()  # mailing, why


def commit(
    connection: Connection,
    db: Database,
    runner: int,
    settlements: Sequence[Settlement],
    stock: Sequence[int],
    wanted: int,
    claim: int,
    terms: Terms,
    now: datetime,
) -> Commit:
    """One group commit: settle what has come in, mark the next `wanted` messages as offered, keep `claim` in stock.

    `claim` 0: the runner is stopping, and takes nothing new.
    """
    leases.renew(connection, db, runner)
    db.last_look(connection, wish=False)
    paused = settle(connection, runner, settlements, terms.give_up_after, now)
    # Whoever wants a message has its state looked at; a stock that nobody wants must be looked at by itself.
    left = list(stock) if wanted or not stock else _sift(connection, runner, stock)
    offered: list[Offered] = []
    permits = rates.permits(connection, terms.relay, terms.per_hour, now)
    while claim and len(offered) < wanted and permits > 0:
        if not left:
            left = _claim(connection, runner, min(claim, permits), terms, now)
        if not left:
            break
        take = min(wanted - len(offered), permits)
        ready = _offer(connection, runner, left[:take], now)
        del left[:take]
        permits -= len(ready)
        offered += ready
    rates.use(connection, terms.relay, terms.per_hour, len(offered), now)
    if claim and not left and permits > 0:
        left = _claim(connection, runner, min(claim, permits), terms, now)
    if not offered and not left:
        _finish(connection, terms, now)
    return Commit(tuple(offered), tuple(left), permits, paused)


def is_idle(connection: Connection, terms: Terms, now: datetime) -> bool:
    """Whether there is nothing to claim and nothing to finish: a read, so that an idle service writes nothing."""
    return (
        connection.execute(_due(terms, now).limit(1)).first() is None
        and connection.execute(select(mailings.c.id).where(_is_over(terms, now)).limit(1)).first() is None
    )


def is_quiet(connection: Connection, runner: int, terms: Terms, now: datetime) -> bool:
    """Whether this runner holds nothing, and nothing is due that the rate allows."""
    d = deliveries.c
    held = select(d.id).where(d.runner_id == runner, d.state.in_([Delivery.CLAIMED, Delivery.OFFERED])).limit(1)
    if connection.execute(held).first() is not None:
        return False
    return is_idle(connection, terms, now) or rates.permits(connection, terms.relay, terms.per_hour, now) == 0


def pause_for(connection: Connection, db: Database, stock: Sequence[int], why: str) -> list[int]:
    """Pause the mailings that the claimed deliveries belong to: only a person can mend what stands in their way."""
    db.last_look(connection, wish=True)
    before, after = mailing_step("pause")
    of_stock = select(deliveries.c.mailing_id).where(deliveries.c.id.in_(stock))
    paused = update(mailings).where(
        mailings.c.id.in_(of_stock), mailings.c.kind != "notice", mailings.c.state.in_(before)
    )
    return [row.id for row in connection.execute(paused.values(state=after, why=why[:200]).returning(mailings.c.id))]


def expire(connection: Connection, now: datetime) -> int:
    """End what is planned or deferred in mailings whose time has run out. Gives how many."""
    before, after = delivery_step("expire")
    d, m = deliveries.c, mailings.c
    over = select(m.id).where(m.expires_at < now, m.state.in_([Mailing.SENDING, Mailing.PAUSED]))
    found = connection.execute(
        update(deliveries)
        .where(d.state.in_(before), d.mailing_id.in_(over))
        .values(state=after, reason="too_late", settled_at=now)
    )
    return found.rowcount


def _claim(connection: Connection, runner: int, limit: int, terms: Terms, now: datetime) -> list[int]:
    """Take a hold on deliveries that are due. No byte of them goes out until they are offered."""
    before, after = delivery_step("claim")
    d = deliveries.c
    # A table of its own: inside IN (…) PostgreSQL may ask again for each row, passing by those it has just taken.
    chosen = _due(terms, now).limit(limit).with_for_update(skip_locked=True, of=deliveries).cte("chosen")
    took = update(deliveries).where(d.id.in_(select(chosen.c.id)), d.state.in_(before))
    claimed = connection.execute(took.values(state=after, runner_id=runner).returning(d.id))
    rows = _look(connection, runner, [row.id for row in claimed], now)
    _exclude(connection, [r for r in rows if r.reason is not None], now)
    return [r.id for r in rows if r.reason is None]


def _due(terms: Terms, now: datetime) -> Select[tuple[int]]:
    """What may be claimed now, notices first."""
    d, m = deliveries.c, mailings.c
    due = or_(d.state == Delivery.PLANNED, and_(d.state == Delivery.DEFERRED, d.next_at <= now))
    if terms.resend_in_doubt:
        due = or_(due, and_(d.state == Delivery.IN_DOUBT, d.doubts < 2))
    return (
        select(d.id)
        .join(mailings, m.id == d.mailing_id)
        .where(m.state == Mailing.SENDING, due, or_(m.expires_at.is_(None), m.expires_at > now), wave.lets_go)
        .order_by(case((m.kind == "notice", 0), else_=1), d.mailing_id, d.id)
    )


def _sift(connection: Connection, runner: int, stock: Sequence[int]) -> list[int]:
    """What of the stock is still ours to send. What was paused meanwhile is given back."""
    d, m = deliveries.c, mailings.c
    not_sending = select(m.id).where(m.state != Mailing.SENDING)
    leases.release(connection, and_(d.id.in_(stock), d.runner_id == runner, d.mailing_id.in_(not_sending)))
    kept = select(d.id).where(d.id.in_(stock), d.runner_id == runner, d.state == Delivery.CLAIMED).order_by(d.id)
    return list(connection.execute(kept).scalars())


def _offer(connection: Connection, runner: int, numbers: Sequence[int], now: datetime) -> list[Offered]:
    """The last look, and the mark. Who left, was suppressed or resigned since planning is excluded here."""
    d = deliveries.c
    rows = _look(connection, runner, numbers, now)
    sending = [r for r in rows if r.mailing_state == Mailing.SENDING]
    if len(sending) < len(rows):
        leases.release(connection, d.id.in_([r.id for r in rows if r.mailing_state != Mailing.SENDING]))
    _exclude(connection, [r for r in sending if r.reason is not None], now)
    ready = [r for r in sending if r.reason is None]
    _, after = delivery_step("offer")
    connection.execute(update(deliveries).where(d.id.in_([r.id for r in ready])).values(state=after))
    return [Offered(*tuple(r)[:FACTS]) for r in ready]


def _look(connection: Connection, runner: int, numbers: Sequence[int], now: datetime) -> Sequence[Any]:
    """What a message needs and why it may not be sent, read now. The first `FACTS` columns are an Offered."""
    asked = {"numbers": list(numbers), "runner": runner, "now": now}
    return connection.execute(_looking(), asked).all()


@cache
def _looking() -> Select[Any]:
    """The question of `_look`, put together once: doing so anew for each commit cost a third of it."""
    d, m, person = deliveries.c, mailings.c, contacts.c
    now = bindparam("now", type_=Moment())
    reason = case(
        (picks.c.over.is_not(None), picks.c.over),  # she has answered the survey, or may not be asked
        (d.contact_id.is_not(None), reason_now(d.contact_id, d.list, now, m.event_kind)),
        (d.address.is_(None), literal("not_on_list")),  # forgotten while it was in doubt
        (is_suppressed(d.address_key), literal("suppressed")),
        else_=null(),
    )
    return (
        select(
            d.id, d.mailing_id, d.rendering_id, m.kind, d.list, d.contact_id,
            func.coalesce(person.address, d.address).label("address"),
            func.coalesce(person.first_name, "").label("first_name"),
            func.coalesce(person.last_name, "").label("last_name"),
            d.attempts, d.first_attempt_at, person.language, m.survey_id, picks.c.version,
            m.state.label("mailing_state"), reason.label("reason"),
        )
        .select_from(deliveries)
        .join(mailings, m.id == d.mailing_id)
        .outerjoin(contacts, person.id == d.contact_id)
        .outerjoin(picks, and_(picks.c.mailing_id == d.mailing_id, picks.c.contact_id == d.contact_id))
        .where(
            d.id.in_(bindparam("numbers", expanding=True)),
            d.runner_id == bindparam("runner"),
            d.state == Delivery.CLAIMED,
        )
        .order_by(d.id)
    )  # fmt: skip


def _exclude(connection: Connection, rows: Sequence[Row[Any]], now: datetime) -> None:
    _, after = delivery_step("exclude")
    for row in rows:
        gone = update(deliveries).where(deliveries.c.id == row.id)
        connection.execute(gone.values(state=after, reason=row.reason, settled_at=now, runner_id=None))


def _finish(connection: Connection, terms: Terms, now: datetime) -> None:
    _, after = mailing_step("finish")
    connection.execute(update(mailings).where(_is_over(terms, now)).values(state=after))


def _is_over(terms: Terms, now: datetime) -> ColumnElement[bool]:
    """Mailings of which nothing is owed, nor waits to be sent once more."""
    before, _ = mailing_step("finish")
    d, m = deliveries.c, mailings.c
    in_time = or_(m.expires_at.is_(None), m.expires_at > now)  # as in _due: after it nothing is sent once more
    once_more = and_(d.state == Delivery.IN_DOUBT, d.doubts < 2, literal(terms.resend_in_doubt), in_time)
    waits = or_(d.state.in_(OWED), once_more)
    return and_(m.state.in_(before), ~select(literal(1)).where(d.mailing_id == m.id, waits).exists())
