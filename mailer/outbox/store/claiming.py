"""The claim: which deliveries a runner takes next. No byte of them goes out until they are offered.

Takes   how many, the terms, the time now.
Gives   the claimed ones with their facts; whether anything is due, and which mailings are over.
Fails   never.

Notices go first; then mailing by mailing, what is tried again before what is new, along the index of what is due. So
a claim reads what it takes and a few rows more, whether a hundred or a million are owed.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    Select,
    Update,
    and_,
    literal,
    literal_column,
    or_,
    select,
    update,
)

from mailer.db.prepared import Prepared, among, asked, keys, micros, prepared
from mailer.outbox.outcome import Offered
from mailer.outbox.states import DUE, Delivery, Mailing, delivery_step, mailing_step
from mailer.outbox.store import wave
from mailer.outbox.store.looking import look, looked_at, sort_out, with_reader
from mailer.outbox.tables import deliveries, mailings
from mailer.outbox.turn import Terms

MOST_DOUBTS = 2  # in doubt so many times, it is left to a person


def claim(connection: Connection, runner: int, most: int, terms: Terms, now: datetime) -> tuple[Offered, ...]:
    """Take a hold on at most `most` deliveries that are due. Who may not be written to is excluded at once."""
    claimed: list[Offered] = []
    at, again = micros(now), int(terms.resend_in_doubt)
    left = most - _take(connection, runner, _notices, most, claimed, now, again=again)
    if not left:
        return tuple(claimed)
    for (mailing,) in _sending.rows(connection, now=at):
        for which in (_once_more, _fresh):
            left -= _take(connection, runner, which, left, claimed, now, mailing=mailing, again=again)
            if not left:
                return tuple(claimed)
    return tuple(claimed)


def is_due(connection: Connection, terms: Terms, now: datetime) -> bool:
    """Whether there is anything to claim now. A read."""
    at, again = micros(now), int(terms.resend_in_doubt)
    if _any_notice.rows(connection, now=at, again=again, most=1):
        return True
    return any(
        which.rows(connection, mailing=mailing, now=at, again=again, most=1)
        for (mailing,) in _sending.rows(connection, now=at)
        for which in (_any_once_more, _any_fresh)
    )


def finish(connection: Connection, terms: Terms, now: datetime) -> None:
    """End the mailings of which nothing is owed, nor waits to be sent once more."""
    for (mailing,) in over(connection, terms, now):
        _finishing.change(connection, mailing=mailing, now=micros(now), again=int(terms.resend_in_doubt))


def over(connection: Connection, terms: Terms, now: datetime) -> Sequence[Sequence[int]]:
    """The mailings that can be ended. A read."""
    return _over.rows(connection, now=micros(now), again=int(terms.resend_in_doubt))


def _take(
    connection: Connection, runner: int, which: Prepared, most: int, claimed: list[Offered], now: datetime, **of: int
) -> int:
    """How many it took; those that may be sent are in `claimed`."""
    rows = which.rows(connection, most=most, now=micros(now), **of)
    if not rows:
        return 0
    numbers = [row[0] for row in rows]
    _claiming.change(connection, runner=runner, numbers=keys(numbers))
    is_looked_at = len(rows[0]) > 1
    claimed += sort_out(connection, runner, rows, now) if is_looked_at else look(connection, runner, numbers, now)
    return len(rows)


def _may_be_claimed() -> ColumnElement[bool]:
    """The first condition is the index's own; the engines see by it that the index will do."""
    d = deliveries.c
    sends_again = and_(d.doubts < literal(MOST_DOUBTS), asked("again", Integer()) == literal(1))
    return and_(d.state.in_([str(state) for state in DUE]), or_(d.state != Delivery.IN_DOUBT, sends_again))


def _in_time() -> ColumnElement[bool]:
    return or_(mailings.c.expires_at.is_(None), mailings.c.expires_at > asked("now"))


def _of_mailing(is_fresh: bool) -> Select[Any]:
    d, m = deliveries.c, mailings.c
    when = d.next_at.is_(None) if is_fresh else d.next_at <= asked("now")
    which = and_(d.mailing_id == asked("mailing"), m.id == asked("mailing"), _may_be_claimed(), when, wave.lets_go)
    chosen = select(d.id).select_from(deliveries.join(mailings, m.id == d.mailing_id)).where(which)
    return chosen.order_by(d.next_at, d.id).limit(asked("most"))


def _of_notices() -> Select[Any]:
    d, m = deliveries.c, mailings.c
    waits = or_(d.next_at.is_(None), d.next_at <= asked("now"))
    sending = and_(m.state == Mailing.SENDING, m.kind == literal("notice"), _in_time())
    chosen = select(d.id).select_from(mailings.join(deliveries, m.id == d.mailing_id))
    return chosen.where(sending, _may_be_claimed(), waits).order_by(m.id, d.id).limit(asked("most"))


def _locked(chosen: Select[Any], is_sqlite: bool) -> Select[Any]:
    return chosen if is_sqlite else chosen.with_for_update(skip_locked=True, of=deliveries)


@prepared
def _notices(is_sqlite: bool) -> Select[Any]:
    return _locked(_of_notices(), is_sqlite)


@prepared
def _once_more(is_sqlite: bool) -> Select[Any]:
    return _locked(_of_mailing(is_fresh=False), is_sqlite)


@prepared
def _fresh(is_sqlite: bool) -> Select[Any]:
    """As nearly all are. Where nobody else can take them, SQLite, they are looked at as they are found, and once."""
    chosen = _of_mailing(is_fresh=True)
    if not is_sqlite:
        return _locked(chosen, is_sqlite)
    (of,) = chosen.get_final_froms()
    return chosen.with_only_columns(*looked_at(), maintain_column_froms=False).select_from(with_reader(of))


@prepared
def _any_notice(is_sqlite: bool) -> Select[Any]:
    return _of_notices()


@prepared
def _any_once_more(is_sqlite: bool) -> Select[Any]:
    return _of_mailing(is_fresh=False)


@prepared
def _any_fresh(is_sqlite: bool) -> Select[Any]:
    return _of_mailing(is_fresh=True)


@prepared
def _sending(is_sqlite: bool) -> Select[Any]:
    m = mailings.c
    return select(m.id).where(m.state == Mailing.SENDING, m.kind != literal("notice"), _in_time()).order_by(m.id)


@prepared
def _claiming(is_sqlite: bool) -> Update:
    before, after = delivery_step("claim")
    d = deliveries.c
    # Their numbers are what they are found by: not the index of all that is due, whatever an engine believes of it.
    was_due = d.state.concat("").in_(before)
    claimed = update(deliveries).where(among(d.id, "numbers", is_sqlite), was_due)
    return claimed.values(state=after, runner_id=asked("runner"))


def _is_over() -> ColumnElement[bool]:
    """Of it nothing is owed, nor waits to be sent once more."""
    before, _ = mailing_step("finish")
    d, m = deliveries.c, mailings.c
    may_go = and_(d.doubts < literal(MOST_DOUBTS), asked("again", Integer()) == literal(1), _in_time())
    waits = and_(d.state.in_([str(state) for state in DUE]), or_(d.state != Delivery.IN_DOUBT, may_go))
    one = literal_column("1", Integer)
    owed = select(one).where(d.mailing_id == m.id, waits).correlate(mailings).exists()
    # A sum, so that it goes through what runners have, and not through all of the mailing.
    of_it = d.mailing_id + literal_column("0", BigInteger) == m.id
    held = select(one).where(d.runner_id > literal(0), of_it).correlate(mailings).exists()
    return and_(m.state.in_(before), ~owed, ~held)


@prepared
def _over(is_sqlite: bool) -> Select[Any]:
    return select(mailings.c.id).where(_is_over())


@prepared
def _finishing(is_sqlite: bool) -> Update:
    _, after = mailing_step("finish")
    return update(mailings).where(mailings.c.id == asked("mailing"), _is_over()).values(state=after)
