"""What is to be told to somebody of what has come back, and that it has been.

Takes   a connection.
Gives   replies to hand over, questions to put, alarms to give; then the rows marked as told.
Fails   never.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from mailer.feedback import store_points
from mailer.feedback.meaning import Kind
from mailer.feedback.probe import ASK_AFTER, Probe
from mailer.feedback.tables import consequences, probes, received
from mailer.outbox.tables import deliveries, mailings
from mailer.register.tables import contacts

AT_ONCE = 100  # of each, in one go: the rest at the next tick


def replies(connection: Connection) -> Sequence[Any]:
    """People's words that nobody has been given yet, with who wrote and what it answers."""
    r, d, m, c = received.c, deliveries.c, mailings.c, contacts.c
    query = (
        select(r.id, r.at, r.text, r.subject, r.from_address, r.contact_id, d.list, m.title, m.kind,
               c.first_name, c.last_name, c.number, c.address, c.address_shown)
        .select_from(received)
        .join(deliveries, d.id == r.delivery_id)
        .join(mailings, m.id == d.mailing_id)
        .outerjoin(contacts, c.id == r.contact_id)
        .where(r.kind == Kind.reply, r.ignored.is_(None), r.handed_at.is_(None))
        .order_by(r.id)
        .limit(AT_ONCE)
    )  # fmt: skip
    return connection.execute(query).all()


def note_handed(connection: Connection, number: int, now: datetime) -> None:
    """A person has her words: who wrote them need not stand here any longer."""
    gone = {"handed_at": now, "subject": None, "from_address": None}
    connection.execute(update(received).where(received.c.id == number).values(**gone))


def questions(connection: Connection, now: datetime) -> Sequence[Any]:
    """The questions that are to be put now, with whom."""
    p, c = probes.c, contacts.c
    query = (
        select(
            p.id, p.address_key, c.address, c.address_shown, c.address_key.label("key_now"), c.first_name, c.language,
        )
        .join(contacts, c.id == p.contact_id)
        .where(p.state == Probe.WANTED, p.wanted_at <= now - ASK_AFTER)
        .order_by(p.id)
        .limit(AT_ONCE)
    )  # fmt: skip
    return connection.execute(query).all()


def note_asked(connection: Connection, number: int, delivery: int, now: datetime) -> None:
    """The notice is in the outbox."""
    store_points.step(connection, number, "ask", now, delivery_id=delivery)


def drop(connection: Connection, number: int, now: datetime) -> None:
    """There is nobody to ask at the address any more."""
    store_points.step(connection, number, "drop", now)


def alarms(connection: Connection) -> Sequence[Any]:
    """(id, word, address of a notice) of what the administrators have not been told."""
    n, d = consequences.c, deliveries.c
    query = (
        select(n.id, n.word, d.address)
        .outerjoin(deliveries, d.id == n.delivery_id)
        .where(n.what == "alarmed", n.told_at.is_(None), n.undone_at.is_(None))
        .order_by(n.id)
        .limit(AT_ONCE)
    )
    return connection.execute(query).all()


def note_told(connection: Connection, number: int, now: datetime) -> None:
    """The administrators have been told."""
    connection.execute(update(consequences).where(consequences.c.id == number).values(told_at=now))


def is_anything_to_tell(connection: Connection, now: datetime) -> bool:
    """Whether there is anything to tell anybody."""
    return any(len(found) for found in (replies(connection), questions(connection, now), alarms(connection)))


def latest(connection: Connection, most: int = 50, contact: int | None = None) -> Sequence[Any]:
    """The newest consequences, newest last: of one contact, or of all."""
    n, m, r = consequences.c, mailings.c, received.c
    query = (
        select(n.id, n.at, n.what, n.number, n.word, n.contact_id, n.undone_at, n.undone_by, m.title, r.kind, r.status)
        .outerjoin(mailings, m.id == n.mailing_id)
        .outerjoin(received, r.id == n.received_id)
        .order_by(n.id.desc())
        .limit(most)
    )
    rows = connection.execute(query.where(n.contact_id == contact) if contact is not None else query).all()
    return rows[::-1]


def ignored(connection: Connection, since: datetime, contact: int | None = None) -> dict[tuple[str, str], int]:
    """(kind, why) -> how many mails changed nothing since then."""
    r = received.c
    query = select(r.kind, r.ignored, func.count()).where(r.ignored.is_not(None), r.at >= since)
    query = query.where(r.contact_id == contact) if contact is not None else query
    return {(kind, why): number for kind, why, number in connection.execute(query.group_by(r.kind, r.ignored))}
