"""The ledger of a runner: claim, offer, settle. The deliveries table is the truth.

Takes   what the lines have got done since the last commit, and how many new deliveries the runner wants.
Gives   deliveries whose offered mark is durable when the transaction is; who may go next; what is claimed.
Fails   LostLease when another has taken over; the runner stops at once.

Every function runs inside one transaction of its caller.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, case, select, update

from mailer.db import Database
from mailer.outbox.outcome import Offered
from mailer.outbox.states import DUE, Delivery, Mailing, delivery_step, mailing_step
from mailer.outbox.store import claiming, leases, looking, pace, unchanged, usual
from mailer.outbox.store.settling import settle
from mailer.outbox.tables import deliveries, mailings
from mailer.outbox.turn import Ask, Commit, Terms, Turn

__all__ = [
    "LARGEST_CLAIM", "Ask", "Commit", "Terms", "Turn", "commit", "expire", "goes_on", "is_idle", "is_quiet",
    "pause_for",
]  # fmt: skip
LARGEST_CLAIM = 1000


def commit(
    connection: Connection, db: Database, runner: int, turn: Turn, claim: int, terms: Terms, now: datetime
) -> Commit:
    """One group commit: settle what has come in, mark what may go out, claim at most `claim` new ones.

    `claim` 0: the runner is stopping, or has enough. The pace comes last: its rows are shared by all workers.
    """
    db.last_look(connection, wish=False)  # before any row: so does who stops what is late as a runner begins
    if turn.renews or claim:
        leases.renew(connection, db, runner)
    still = unchanged.still(connection, db)
    accepted, marked = usual.settle_and_mark(connection, db, runner, turn, terms, now) or (None, None)
    paused = settle(connection, runner, turn.settlements, terms, now, accepted)
    if any(settlement.outcome.event != "accept" for settlement in turn.settlements):
        still.clear()
    leases.release_these(connection, runner, [ask.delivery for ask in turn.returned])
    offered = looking.mark(connection, runner, turn.marks, now, still, marked)
    gone = {o.delivery for o in turn.marks if o.delivery not in offered}
    if turn.held:
        gone.update(set(turn.held) - {o.delivery for o in looking.look(connection, runner, turn.held, now)})
    claimed: tuple[Offered, ...] = ()
    if claim and len(offered) == len(turn.marks):  # what is refused here would come again beside its old self
        claimed = claiming.claim(connection, runner, claim, terms, now)
        still.update(o.delivery for o in claimed)
    if turn.renews or len(claimed) < claim or not (turn.marks or turn.asks):
        claiming.finish(connection, terms, now)
    pace.note(connection, turn.settlements, terms, now)
    pace.give_back(connection, [ask for ask in turn.returned if ask.relay], terms, now)
    permitted = _permit(connection, runner, turn.asks, gone, terms, now)
    return Commit(offered, permitted, frozenset(gone), claimed, paused)


def is_idle(connection: Connection, terms: Terms, now: datetime) -> bool:
    """Whether there is nothing to claim and nothing to finish: a read, so that an idle service writes nothing."""
    return not claiming.is_due(connection, terms, now) and not claiming.over(connection, terms, now)


def is_quiet(connection: Connection, runner: int, terms: Terms, now: datetime) -> bool:
    """Whether this runner has nothing under way, and nothing more goes now: none is due, or the limits are reached."""
    d = deliveries.c
    held = select(d.state).where(d.runner_id == runner, d.state.in_([Delivery.CLAIMED, Delivery.OFFERED])).distinct()
    states = set(connection.execute(held).scalars())
    if Delivery.OFFERED in states:
        return False
    if pace.rests(connection, terms, now):
        return True
    return not states and is_idle(connection, terms, now) and not claiming.is_due(connection, terms, now + pace.SOON)


def pause_for(connection: Connection, db: Database, held: Sequence[int], why: str) -> list[int]:
    """Pause the mailings that the claimed deliveries belong to: only a person can mend what stands in their way."""
    db.last_look(connection, wish=True)
    before, after = mailing_step("pause")
    of_held = select(deliveries.c.mailing_id).where(deliveries.c.id.in_(held))
    paused = update(mailings).where(
        mailings.c.id.in_(of_held), mailings.c.kind != "notice", mailings.c.state.in_(before)
    )
    return [row.id for row in connection.execute(paused.values(state=after, why=why[:200]).returning(mailings.c.id))]


def goes_on(connection: Connection, numbers: Sequence[int]) -> bool:
    """Whether any of these mailings is being sent. A read."""
    m = mailings.c
    going = select(m.id).where(m.id.in_(numbers), m.state == Mailing.SENDING).limit(1)
    return connection.execute(going).first() is not None


def expire(connection: Connection, now: datetime) -> int:
    """End what is planned or deferred in mailings whose time has run out. Gives how many."""
    before, after = delivery_step("expire")
    d, m = deliveries.c, mailings.c
    over = select(m.id).where(m.expires_at < now, m.state.in_([Mailing.SENDING, Mailing.PAUSED]))
    ended = 0
    for mailing in connection.execute(over).scalars().all():
        which = (d.mailing_id == mailing, d.state.in_(DUE), d.state.in_(before))
        late = update(deliveries).where(*which)
        ended += connection.execute(late.values(state=after, reason="too_late", settled_at=now)).rowcount
    return ended


def _permit(
    connection: Connection, runner: int, asks: Sequence[Ask], gone: set[int], terms: Terms, now: datetime
) -> frozenset[int]:
    """Those of the asks that may go now. Those whose domain is what stands in the way are put off, and `gone`; given
    up, when it has stood there for as long as anything is tried again.
    """
    if not asks:
        return frozenset()
    given = pace.permits(connection, asks, terms, now)
    if given.later:
        put_off: defaultdict[datetime, list[int]] = defaultdict(list)
        ended = _give_up(connection, runner, given.hopeless, terms, now)
        for delivery, when in given.later.items():
            if delivery not in ended:
                put_off[when].append(delivery)
        for when, numbers in sorted(put_off.items()):
            leases.release_these(connection, runner, numbers, later=when)
        gone.update(given.later)
    return given.permitted


def _give_up(
    connection: Connection, runner: int, hopeless: Collection[int], terms: Terms, now: datetime
) -> frozenset[int]:
    """End what has waited as long itself: what came to a held domain today may still see it open. What may have arrived
    is left in doubt."""
    if not hopeless:
        return frozenset()
    before, after = delivery_step("give_up")
    d, m = deliveries.c, mailings.c
    planned = select(m.planned_at).where(m.id == d.mailing_id).scalar_subquery()
    mine = update(deliveries).where(d.id.in_(hopeless), d.runner_id == runner, d.state.in_(before), d.doubts == 0)
    # One that was tried, and has no first attempt, is tried anew by a person's word.
    begun = case((d.attempts == 0, planned), else_=d.first_attempt_at)
    ended = mine.where(begun <= now - terms.give_up_after)
    new = {"state": after, "reason": "gave_up", "settled_at": now, "runner_id": None, "next_at": None}
    return frozenset(connection.execute(ended.values(**new).returning(d.id)).scalars())
