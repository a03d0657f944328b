"""The last look: what a message needs, and why it may not be sent, read at the moment it is asked.

Takes   deliveries that a runner has claimed; of those to be marked, what their messages were made from.
Gives   those whose mark is durable when the transaction is; those that may still be sent.
Fails   never.

Who left, was suppressed or resigned since planning is excluded here; what belongs to a mailing that is paused, or was
made from what has changed, is released. On SQLite what is as it was costs one statement for all of a group commit.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Text,
    Update,
    and_,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    update,
)

from mailer.audience.store import is_suppressed, reason_now
from mailer.db import Moment
from mailer.db.prepared import among, asked, each, keys, micros, moment, pairs, prepared
from mailer.outbox.outcome import Offered
from mailer.outbox.states import Delivery, Mailing, delivery_step
from mailer.outbox.store import leases
from mailer.outbox.tables import deliveries, mailings, picks
from mailer.register.tables import contacts

FACTS = 14  # so many columns of a look are an Offered
FIRST_ATTEMPT = 10  # of them, a moment
_BETWEEN = "\x1f"  # facts; in no address, and a name that has it is only looked at once more


def mark(
    connection: Connection,
    runner: int,
    marks: Sequence[Offered],
    now: datetime,
    still: set[int],
    marked: int | None = None,
) -> frozenset[int]:
    """The last look, and the mark: those that may go out. `still`: those that are as they were when they were claimed,
    which need not be read again; what is marked is taken out. `marked`: that `marking` has been done, of so many."""
    if not marks:
        return frozenset()
    at = micros(now)
    numbers = frozenset([o.delivery for o in marks])
    known = numbers <= still
    still -= numbers
    if marked is None:
        if known and _marking_unchanged.change(connection, runner=runner, now=at, numbers=keys(numbers)) == len(
            numbers
        ):
            return numbers
        marked = marking.change(connection, runner=runner, now=at, **values_of(marks))
    if marked == len(numbers):
        return numbers
    text = keys(numbers)
    offered = frozenset(row[0] for row in _marked.rows(connection, runner=runner, numbers=text))
    left = look(connection, runner, list(numbers - offered), now)  # who may not is excluded or released here
    leases.release_these(connection, runner, [o.delivery for o in left])  # changed since it was read: made anew
    return offered


def values_of(marks: Sequence[Offered]) -> dict[str, Any]:
    """What `marking` takes of them."""
    return {"facts": pairs({o.delivery: _facts_of(o) for o in marks})}


def look(connection: Connection, runner: int, numbers: Sequence[int], now: datetime) -> list[Offered]:
    """Those of what is claimed that may be sent, with their facts. The others leave the runner."""
    if not numbers:
        return []
    rows = _looking.rows(connection, runner=runner, now=micros(now), numbers=keys(numbers))
    return sort_out(connection, runner, rows, now)


def sort_out(connection: Connection, runner: int, rows: Sequence[Sequence[Any]], now: datetime) -> list[Offered]:
    """The same of rows that have been read: `looked_at`."""
    found: list[Offered] = []
    paused: list[int] = []
    for row in rows:
        if row[FACTS] is None:
            facts = Offered._make(row[:FACTS])
            first = row[FIRST_ATTEMPT]
            found.append(facts if first is None else facts._replace(first_attempt_at=moment(first)))
        elif row[FACTS] == _PAUSED:
            paused.append(row[0])
        else:
            _excluding.change(connection, delivery=row[0], reason=row[FACTS], now=micros(now))
    leases.release_these(connection, runner, paused)
    return found


_PAUSED = "-"  # in place of a reason: its mailing is not sending


def _facts_of(o: Offered) -> str:
    """What a message was made from, as `_facts` reads it."""
    version = "" if o.version is None else o.version
    return f"{o.address}\x1f{o.first_name}\x1f{o.last_name}\x1f{o.language or ''}\x1f{version}"


def _facts() -> ColumnElement[str]:
    d, person = deliveries.c, contacts.c
    facts: tuple[ColumnElement[Any], ...] = (
        func.coalesce(person.address, d.address, ""),
        func.coalesce(person.first_name, ""),
        func.coalesce(person.last_name, ""),
        func.coalesce(person.language, ""),
        func.coalesce(cast(picks.c.version, Text), ""),
    )
    text = facts[0]
    for fact in facts[1:]:
        text = text.concat(literal(_BETWEEN)).concat(fact)
    return text


def _reason() -> ColumnElement[str | None]:
    """Why it may not be sent now; NULL when it may."""
    d, m = deliveries.c, mailings.c
    return case(
        (or_(m.state != Mailing.SENDING, m.expires_at <= asked("now", Moment())), literal(_PAUSED)),
        (picks.c.over.is_not(None), picks.c.over),  # she has answered the survey, or may not be asked
        (d.contact_id.is_not(None), reason_now(d.contact_id, d.list, asked("now", Moment()), m.event_kind)),
        (d.address.is_(None), literal("not_on_list")),  # forgotten while it was in doubt
        (is_suppressed(d.address_key), literal("suppressed")),
        else_=null(),
    )


def _joined(given: FromClause) -> FromClause:
    d = deliveries.c
    those = given.join(deliveries, d.id == cast(given.c.key, BigInteger))
    return with_reader(those.join(mailings, mailings.c.id == d.mailing_id))


def with_reader(of: FromClause) -> FromClause:
    """Deliveries and mailings, with whom they are for and what is picked for her."""
    d = deliveries.c
    return of.outerjoin(contacts, contacts.c.id == d.contact_id).outerjoin(
        picks, and_(picks.c.mailing_id == d.mailing_id, picks.c.contact_id == d.contact_id)
    )


def looked_at() -> tuple[ColumnElement[Any], ...]:
    """The columns of a look, for `sort_out`: the first `FACTS` are an Offered; then the reason."""
    d, m, person = deliveries.c, mailings.c, contacts.c
    return (
        d.id, d.mailing_id, d.rendering_id, m.kind, d.list, d.contact_id,
        func.coalesce(person.address, d.address).label("address"),
        func.coalesce(person.first_name, "").label("first_name"),
        func.coalesce(person.last_name, "").label("last_name"),
        d.attempts, d.first_attempt_at, person.language, m.survey_id, picks.c.version, _reason().label("reason"),
    )  # fmt: skip


def of_row(given: FromClause, name: str, is_sqlite: bool) -> ColumnElement[bool]:
    """Whether the delivery is that of the row."""
    d = deliveries.c
    is_it = d.id == cast(given.c.key, BigInteger)
    return is_it if is_sqlite else and_(is_it, among(d.id, name, is_sqlite))


def _of_runner(state: Delivery) -> ColumnElement[bool]:
    return and_(leases.is_held(), deliveries.c.state == state)


@prepared
def _looking(is_sqlite: bool) -> Select[Any]:
    given = each("numbers", is_sqlite)
    which = (of_row(given, "numbers", is_sqlite), _of_runner(Delivery.CLAIMED))
    return select(*looked_at()).select_from(_joined(given)).where(*which).order_by(deliveries.c.id)


@prepared
def marking(is_sqlite: bool) -> Update:
    """`facts`: delivery -> what its message was made from."""
    d = deliveries.c
    given = each("facts", is_sqlite)
    before, after = delivery_step("offer")
    may = select(deliveries.c.id).select_from(_joined(given))
    may = may.where(of_row(given, "facts", is_sqlite), _of_runner(Delivery.CLAIMED), _facts() == given.c.value)
    may = may.where(_reason().is_(None)).correlate(None)
    # PostgreSQL is to ask for them once, and not again for each row that it changes.
    chosen = d.id.in_(may) if is_sqlite else d.id == func.any(func.array(may.scalar_subquery()))
    marked = update(deliveries).where(chosen, leases.is_held(), d.state.in_(before))
    return marked.values(state=after)


@prepared
def _marking_unchanged(is_sqlite: bool) -> Update:
    """Of what nobody has changed anything: only time has passed since, and whose rest is over may be written to."""
    before, after = delivery_step("offer")
    d, m = deliveries.c, mailings.c
    going = select(m.id).where(m.state == Mailing.SENDING, or_(m.expires_at.is_(None), m.expires_at > asked("now")))
    marked = update(deliveries).where(among(d.id, "numbers", is_sqlite), leases.is_held(), d.state.in_(before))
    return marked.where(d.mailing_id.in_(going)).values(state=after)


@prepared
def _marked(is_sqlite: bool) -> Select[Any]:
    given = each("numbers", is_sqlite)
    return select(deliveries.c.id).where(of_row(given, "numbers", is_sqlite), _of_runner(Delivery.OFFERED))


@prepared
def _excluding(is_sqlite: bool) -> Update:
    before, after = delivery_step("exclude")
    gone = update(deliveries).where(deliveries.c.id == asked("delivery"), deliveries.c.state.in_(before))
    return gone.values(state=after, reason=asked("reason", Text()), settled_at=asked("now"), runner_id=null())
