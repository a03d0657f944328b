"""What the outcomes of a group commit change: the deliveries, and the mailings whose failures say something.

Takes   Settlements of one runner, inside a write transaction.
Gives   the mailings that were paused, and why.
Fails   LostLease when another has taken over.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, Update, bindparam, select, update

from mailer.outbox.outcome import Settlement
from mailer.outbox.retry import next_attempt
from mailer.outbox.states import Delivery, Mailing, delivery_step, mailing_step
from mailer.outbox.store import attempts, wave
from mailer.outbox.store.leases import lost
from mailer.outbox.tables import deliveries, mailings

OUR_FAULTS_TO_PAUSE = 3  # in a row: 5yz that say nothing about a recipient


def settle(
    connection: Connection,
    runner: int,
    settlements: Sequence[Settlement],
    give_up_after: timedelta,
    now: datetime,
) -> tuple[tuple[int, str], ...]:
    """Write down each outcome; pause a mailing whose failures are our own. Gives (mailing, why) of those paused.

    `give_up_after`: so long is a refusal ”for now” tried again. LostLease when one of them is another's.
    """
    if not settlements:
        return ()
    rows = [_row(s, give_up_after, now) for s in settlements]
    written = connection.execute(_settling(), [row | {"mine": runner} for row in rows])
    if written.rowcount not in (-1, len(rows)):
        raise lost()
    failed = [(s.offered.delivery, s.outcome) for s in settlements if s.outcome.event != "accept"]
    attempts.note(connection, failed, now)
    _withdraw_with_its_mailing(connection, [number for number, _ in failed], now)
    return _count_our_faults(connection, settlements) + _count_refusals(connection, settlements)


def _count_refusals(connection: Connection, settlements: Sequence[Settlement]) -> tuple[tuple[int, str], ...]:
    """Too many of the first two hundred refused for good pause the mailing."""
    refused = sorted({s.offered.mailing for s in settlements if s.outcome.event == "refuse"})
    return tuple((mailing, why) for mailing in refused if (why := wave.stop_if_many(connection, mailing)))


@cache
def _settling() -> Update:
    """What `settle` writes, put together once."""
    d = deliveries.c
    mine = d.runner_id == bindparam("mine")
    offered = update(deliveries).where(d.id == bindparam("delivery"), mine, d.state == Delivery.OFFERED)
    values = (
        "state", "reason", "next_at", "settled_at", "reply_code", "reply_status", "reply_text", "attempts",
        "first_attempt_at",
    )  # fmt: skip
    new: dict[str, Any] = {name: bindparam(f"new_{name}") for name in values}
    return offered.values(runner_id=None, doubts=d.doubts + bindparam("doubt"), **new)


def _withdraw_with_its_mailing(connection: Connection, numbers: Sequence[int], now: datetime) -> None:
    """What was on its way when a person withdrew the mailing, and did not arrive, is not owed either."""
    before, after = delivery_step("withdraw")
    d, m = deliveries.c, mailings.c
    taken_back = select(m.id).where(m.state == Mailing.WITHDRAWN)
    back = update(deliveries).where(d.id.in_(numbers), d.state.in_(before), d.mailing_id.in_(taken_back))
    if numbers:
        connection.execute(back.values(state=after, reason="withdrawn", settled_at=now, next_at=None))


def _row(settlement: Settlement, give_up_after: timedelta, now: datetime) -> dict[str, Any]:
    """The new values of a settled delivery."""
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
    return {
        "delivery": offered.delivery,
        "new_state": state,
        "new_reason": reason,
        "new_next_at": next_at,
        "new_settled_at": now if final else None,
        "new_reply_code": outcome.code or None,
        "new_reply_status": outcome.status or None,
        "new_reply_text": outcome.text[:200] or None,
        "new_attempts": count,
        "doubt": int(event == "doubt"),
        "new_first_attempt_at": first,
    }


def _count_our_faults(connection: Connection, settlements: Sequence[Settlement]) -> tuple[tuple[int, str], ...]:
    """Three failures in a row that say nothing about a recipient pause the mailing; too large a message at once."""
    m = mailings.c
    paused: dict[int, str] = {}
    none_now: set[int] = set()
    for settlement in settlements:
        mailing, outcome = settlement.offered.mailing, settlement.outcome
        if outcome.event == "accept" or outcome.fault == "recipient":
            if mailing not in none_now:  # once for a row of them, not for each
                connection.execute(update(mailings).where(m.id == mailing, m.our_faults > 0).values(our_faults=0))
                none_now.add(mailing)
        elif outcome.fault == "ours":
            none_now.discard(mailing)
            faults = connection.execute(
                update(mailings).where(m.id == mailing).values(our_faults=m.our_faults + 1).returning(m.our_faults)
            ).scalar_one()
            if faults >= OUR_FAULTS_TO_PAUSE or outcome.size_limit:
                paused[mailing] = f"e-postservern svarar {outcome.code} {outcome.text}"[:200]
    before, after = mailing_step("pause")
    for mailing, why in paused.items():
        connection.execute(
            update(mailings)
            .where(m.id == mailing, m.kind != "notice", m.state.in_(before))
            .values(state=after, why=why, our_faults=0)
        )
    return tuple(paused.items())
