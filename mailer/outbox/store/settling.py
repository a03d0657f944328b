"""What the outcomes of a group commit change: the deliveries, and the mailings whose failures say something.

Takes   Settlements of one runner, inside a write transaction.
Gives   the mailings that were paused, and why.
Fails   LostLease when another has taken over.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    FromClause,
    Select,
    String,
    Update,
    cast,
    func,
    literal_column,
    null,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSON

from mailer.db.prepared import asked, each, keys, micros, pairs, prepared
from mailer.outbox.outcome import Settlement
from mailer.outbox.retry import next_attempt
from mailer.outbox.states import Delivery, Mailing, delivery_step
from mailer.outbox.store import attempts, breaker
from mailer.outbox.store.leases import is_held, lost
from mailer.outbox.store.looking import of_row
from mailer.outbox.tables import deliveries, mailings
from mailer.outbox.turn import Terms

TEXT_LIMIT = 200  # of deliveries.reply_text
Reply = tuple[str, int, str]  # relay, code, status


def settle(
    connection: Connection,
    runner: int,
    settlements: Sequence[Settlement],
    terms: Terms,
    now: datetime,
    accepted: int | None = None,
) -> tuple[tuple[int, str], ...]:
    """Write down each outcome; pause a mailing whose failures are our own. Gives (mailing, why) of those paused.
    `accepted`: that all were, and is written down of so many.

    LostLease when one of them is another's. What was refused before it was offered may have been taken back by a
    person meanwhile: then nothing is written of it.
    """
    if not settlements:
        return ()
    if accepted is not None:
        if accepted != len(settlements):
            raise lost()
        return breaker.note(connection, settlements)
    groups, others = alike(settlements, terms)
    for reply, rows in groups.items():
        taken = accepting.change(connection, runner=runner, now=micros(now), **values_of(reply, rows))
        if taken != len(rows):
            raise lost()
    if others:
        settlements = _settle_others(connection, runner, settlements, others, terms, _first(terms), now)
    return breaker.note(connection, settlements)


def alike(settlements: Sequence[Settlement], terms: Terms) -> tuple[dict[Reply, dict[int, str]], list[Settlement]]:
    """Those that were accepted, by what many replies share: delivery -> text. And the others."""
    first = _first(terms)
    accepted: dict[Reply, dict[int, str]] = {}
    others: list[Settlement] = []
    for settlement in settlements:
        o = settlement.outcome
        if o.event == "accept":
            relay = settlement.relay if settlement.relay != first else ""
            rows = accepted.setdefault((relay, o.code, o.status), {})
            rows[settlement.offered.delivery] = o.text[:TEXT_LIMIT]
        else:
            others.append(settlement)
    return accepted, others


def values_of(reply: Reply, rows: dict[int, str]) -> dict[str, Any]:
    """What `accepting` takes of them."""
    relay, code, status = reply
    return {"relay": relay[:64] or None, "code": code, "status": status or None, "rows": pairs(rows)}


def _first(terms: Terms) -> str:
    """The relay that is not named."""
    return next(iter(terms.relays), "")


def _settle_others(
    connection: Connection,
    runner: int,
    settlements: Sequence[Settlement],
    others: Sequence[Settlement],
    terms: Terms,
    first: str,
    now: datetime,
) -> Sequence[Settlement]:
    """Those that were not accepted. Gives the settlements without those that a person has taken back."""
    held = _holding.rows(connection, runner=runner, numbers=keys(s.offered.delivery for s in others))
    states: dict[int, str] = {number: state for number, state in held}
    lost_ones = {s.offered.delivery for s in others if not _may_settle(s, states.get(s.offered.delivery))}
    if any(s.outcome.event in _AFTER_THE_MARK for s in others if s.offered.delivery in lost_ones):
        raise lost()
    written = [s for s in others if s.offered.delivery not in lost_ones]
    if not written:
        return [s for s in settlements if s.offered.delivery not in lost_ones]
    rows = {s.offered.delivery: _row(s, terms.give_up_after, first, now) for s in written}
    _settling.change(connection, runner=runner, rows=pairs(rows))
    attempts.note(connection, [(s.offered.delivery, s.outcome) for s in written], now)
    _withdraw_with_its_mailing(connection, list(rows), now)
    return [s for s in settlements if s.offered.delivery not in lost_ones]


_AFTER_THE_MARK = ("doubt", "return")  # events that only what was offered knows


def _may_settle(settlement: Settlement, state: str | None) -> bool:
    """Whether the delivery is ours, and its state knows the event."""
    return state is not None and state in delivery_step(settlement.outcome.event)[0]


@prepared
def _holding(is_sqlite: bool) -> Select[Any]:
    """(delivery, state) of those that the runner holds."""
    d = deliveries.c
    given = each("numbers", is_sqlite)
    mine = select(d.id, d.state).where(of_row(given, "numbers", is_sqlite))
    return mine.where(is_held(), d.state.in_([Delivery.CLAIMED, Delivery.OFFERED]))


@prepared
def accepting(is_sqlite: bool) -> Update:
    """`rows`: delivery -> text."""
    d = deliveries.c
    before, after = delivery_step("accept")
    given = each("rows", is_sqlite)
    now = asked("now")
    taken = update(deliveries).where(of_row(given, "rows", is_sqlite), is_held(), d.state.in_(before))
    return taken.values(
        state=after,
        reason=null(),
        next_at=null(),
        runner_id=null(),
        settled_at=now,
        attempts=d.attempts + literal_column("1"),
        first_attempt_at=func.coalesce(d.first_attempt_at, now),
        reply_code=asked("code"),
        reply_status=asked("status", String()),
        reply_text=given.c.value,
        relay=asked("relay", String()),
    )


COLUMNS = (
    "state", "reason", "next_at", "settled_at", "reply_code", "reply_status", "reply_text", "attempts",
    "first_attempt_at", "relay",
)  # fmt: skip
_WHOLE = ("next_at", "settled_at", "reply_code", "attempts", "first_attempt_at")


@prepared
def _settling(is_sqlite: bool) -> Update:
    """`rows`: delivery -> its new values in the order of COLUMNS, and whether it is in doubt once more."""
    d = deliveries.c
    given = each("rows", is_sqlite)
    settled = update(deliveries).where(
        of_row(given, "rows", is_sqlite),
        is_held(),
        d.state.in_([Delivery.CLAIMED, Delivery.OFFERED]),
    )
    new = {name: (_whole if name in _WHOLE else _part)(given, n, is_sqlite) for n, name in enumerate(COLUMNS)}
    return settled.values(runner_id=null(), doubts=d.doubts + _whole(given, len(COLUMNS), is_sqlite), **new)


def _part(given: FromClause, position: int, is_sqlite: bool) -> Any:
    """One of the values of a row, as text."""
    if is_sqlite:
        return func.json_extract(given.c.value, literal_column(f"'$[{position}]'"))
    return cast(given.c.value, JSON).op("->>")(literal_column(str(position)))


def _whole(given: FromClause, position: int, is_sqlite: bool) -> Any:
    part = _part(given, position, is_sqlite)
    return part if is_sqlite else cast(part, BigInteger)


def _row(settlement: Settlement, give_up_after: timedelta, first_relay: str, now: datetime) -> tuple[Any, ...]:
    """The new values of a settled delivery, in the order of COLUMNS; then 1 when it is in doubt once more."""
    offered, outcome = settlement.offered, settlement.outcome
    tried = outcome.event != "return"
    count = offered.attempts + tried
    first = offered.first_attempt_at or (now if tried else None)
    event, reason, next_at = outcome.event, None, None
    _, state = delivery_step(event)
    if event == "defer":
        next_at = next_attempt(first or now, count, now, give_up_after, outcome.lost_line)
        if next_at is None:  # deferred for the last time: the debt is given up, and says so
            _, state = delivery_step("give_up")
            reason = "gave_up"
    final = state in (Delivery.ACCEPTED, Delivery.REFUSED, Delivery.EXPIRED)
    relay = settlement.relay if settlement.relay != first_relay else ""
    return (
        state, reason, micros(next_at) if next_at else None, micros(now) if final else None, outcome.code or None,
        outcome.status or None, outcome.text[:TEXT_LIMIT] or None, count, micros(first) if first else None,
        relay[:64] or None, int(event == "doubt"),
    )  # fmt: skip


def _withdraw_with_its_mailing(connection: Connection, numbers: Sequence[int], now: datetime) -> None:
    """What was on its way when a person withdrew the mailing, and did not arrive, is not owed either."""
    before, after = delivery_step("withdraw")
    d, m = deliveries.c, mailings.c
    taken_back = select(m.id).where(m.state == Mailing.WITHDRAWN)
    back = update(deliveries).where(d.id.in_(numbers), d.state.in_(before), d.mailing_id.in_(taken_back))
    connection.execute(back.values(state=after, reason="withdrawn", settled_at=now, next_at=None))
