"""The first wave: two hundred recipients, and what comes back from them, before the rest.

Takes   a mailing.
Gives   whether it goes on, waits or stops; why, in words.
Fails   never.

A provider may take everything and send it all back an hour later. So a large mailing of a home that reads a mailbox
goes to its first 200, waits, and looks at what has come back.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, false, func, literal, or_, select, update

from mailer.outbox.states import OWED, Delivery, Mailing, mailing_step
from mailer.outbox.tables import deliveries, mailings

FIRST = 200
MOST_HARD = FIRST * 5 // 100  # five per cent: one more and it stops. Of a smaller mailing it takes as many
PUT_OFF = timedelta(minutes=5)  # what its domain lets go sooner is still on its way
_GONE_OUT = (Delivery.ACCEPTED, Delivery.BOUNCED, Delivery.IN_DOUBT)  # or may have: of these something can come back
HARD = "hard"  # in deliveries.reason of what bounced; feedback/meaning.py Hardness

# For the query that claims: what is above the wave waits.
lets_go = or_(mailings.c.wave_upto.is_(None), deliveries.c.id <= mailings.c.wave_upto)


def begin(connection: Connection, mailing: int) -> bool:
    """Let only the first wave of a mailing that was just planned go. False when it is no larger than that."""
    d = deliveries.c
    numbered = select(d.id).where(d.mailing_id == mailing, d.state == Delivery.PLANNED).order_by(d.id)
    last, beyond = (connection.execute(numbered.offset(n).limit(1)).scalar_one_or_none() for n in (FIRST - 1, FIRST))
    if beyond is None:
        return False
    connection.execute(update(mailings).where(mailings.c.id == mailing).values(wave_upto=last))
    return True


def waiting(connection: Connection) -> Sequence[Any]:
    """The mailings whose first wave is on its way or waited for."""
    m = mailings.c
    query = select(m.id, m.title, m.name, m.period, m.wave_sent_at, m.planned_at, m.expires_at).where(
        m.state == Mailing.SENDING, m.wave_upto.is_not(None)
    )
    return connection.execute(query.order_by(m.id)).all()


def note_sent(connection: Connection, now: datetime) -> None:
    """The wave of a mailing is out when nothing of it is left but what a relay has asked us to try later, or what is
    put off since its domain is held back or has had its share: one domain does not hold up all the others.

    And one of it at least has gone out: what a relay puts off cannot bounce, and had it all been put off, the first
    to meet a provider that sends everything back would be the whole mailing.
    """
    m, next_at = mailings.c, deliveries.c.next_at
    soon = or_(next_at.is_(None), next_at <= now + PUT_OFF)
    under_way = or_(_of_the_wave(Delivery.CLAIMED, Delivery.OFFERED), _of_the_wave(Delivery.PLANNED, when=soon))
    waited_for = (m.state == Mailing.SENDING, m.wave_upto.is_not(None), m.wave_sent_at.is_(None))
    out = update(mailings).where(*waited_for, ~under_way, _of_the_wave(*_GONE_OUT))
    connection.execute(out.values(wave_sent_at=now))


def go_on(connection: Connection, looked_at: datetime | None, wait: timedelta) -> list[int]:
    """Let the rest go where the wave has been out for `wait` and the mailbox was looked at after that.

    `looked_at`: when the last whole look at the mailbox began; with no wait, or no mailbox, nothing is waited for. Nor
    where nothing of the wave has gone out or will: all of it has left, was refused, or was given up.
    """
    m = mailings.c
    held = update(mailings).where(m.state == Mailing.SENDING, m.wave_upto.is_not(None))
    if wait:
        looked = m.wave_sent_at <= looked_at - wait if looked_at is not None else false()
        held = held.where(or_(looked, ~_of_the_wave(*OWED, *_GONE_OUT)))
    return list(connection.execute(held.values(wave_upto=None).returning(m.id)).scalars())


def go_unread(connection: Connection, mailing: int) -> None:
    """Let the rest go though nobody has read what came back: it has waited long enough. It may still be stopped."""
    m = mailings.c
    held = update(mailings).where(m.id == mailing, m.state == Mailing.SENDING)
    connection.execute(held.values(wave_upto=None))


def _of_the_wave(*states: Delivery, when: ColumnElement[bool] | None = None) -> ColumnElement[bool]:
    """Whether any of a mailing's first wave is in one of these states (and `when` holds of it)."""
    d, m = deliveries.c, mailings.c
    found = select(literal(1)).where(d.mailing_id == m.id, d.id <= m.wave_upto, d.state.in_(states))
    return (found if when is None else found.where(when)).exists()


def let_go(connection: Connection, mailing: int) -> None:
    """A person has said that the rest goes, without waiting and whatever comes back."""
    connection.execute(update(mailings).where(mailings.c.id == mailing).values(wave_upto=None, despite_bounces=True))


def stop_if_many(connection: Connection, mailing: int) -> str:
    """Pause a mailing of whose first 200 more than five per cent failed for good. Why, in words; else ””."""
    row = connection.execute(
        select(mailings.c.state, mailings.c.kind, mailings.c.despite_bounces).where(mailings.c.id == mailing)
    ).one()
    before, after = mailing_step("pause")
    if row.state not in before or row.kind == "notice" or row.despite_bounces:
        return ""
    hard, seen = first_hard(connection, mailing)
    if hard <= MOST_HARD:
        return ""
    why = (
        f"{hard} av de {seen} första adresserna fungerar inte, fler än gränsen {MOST_HARD}; "
        "se efter att listan är rätt och aktuell innan resten skickas"
    )
    connection.execute(update(mailings).where(mailings.c.id == mailing).values(state=after, why=why))
    return why


def is_stopped(connection: Connection, mailing: int) -> bool:
    """Whether so many of the first have failed that going on is a person's decision."""
    return first_hard(connection, mailing)[0] > MOST_HARD


def first_hard(connection: Connection, mailing: int) -> tuple[int, int]:
    """(failed for good, of how many): among the first 200 that were accepted or refused.

    They are claimed in order of their number, so the lowest numbers are the first; the index has them in that order.
    Of a million no more than the first thousand are read, whatever has become of them.
    """
    d = deliveries.c
    in_order = select(d.id, d.state, d.reason).where(d.mailing_id == mailing, d.state != Delivery.EXCLUDED)
    first = in_order.order_by(d.id).limit(5 * FIRST).subquery()
    settled = first.c.state.in_((Delivery.ACCEPTED, Delivery.REFUSED, Delivery.BOUNCED))
    chosen = select(first).where(settled).order_by(first.c.id).limit(FIRST).subquery()
    is_hard = (chosen.c.state == Delivery.REFUSED) | (
        (chosen.c.state == Delivery.BOUNCED) & (func.coalesce(chosen.c.reason, "") == HARD)
    )
    counted = select(func.count(), func.count().filter(is_hard)).select_from(chosen)
    seen, hard = connection.execute(counted).one()
    return hard, seen
