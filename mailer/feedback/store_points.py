"""The points against an address, the question it is asked when they are enough, and what its answer means.

Takes   an address key, a connection inside a transaction that has taken the last look.
Gives   rows in `points`, `probes` and `consequences`; a suppression when the answer says so.
Fails   never by itself.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from mailer.db import Database
from mailer.feedback import probe as probing
from mailer.feedback import score
from mailer.feedback.meaning import Hardness
from mailer.feedback.probe import Probe, probe_step
from mailer.feedback.store_notes import note
from mailer.feedback.tables import points, probes
from mailer.outbox.store import notices
from mailer.register import store as register
from mailer.register.tables import contacts


def add(
    connection: Connection, key: str, contact: int, hardness: Hardness, day: date, now: datetime, **of: Any
) -> None:
    """The points of one bounce or refusal on a day of the association's; then the question, if it is time.

    `of`: what it comes from, for `consequences`.
    """
    p = points.c
    row = connection.execute(select(p.weight, p.gone_at).where(p.address_key == key, p.day == day)).one_or_none()
    before = row.weight if row is not None and row.gone_at is None else 0
    weight = score.worst(before, score.weight(hardness))
    if weight > before:
        values = {"weight": weight, "at": now, "gone_at": None}
        if row is None:
            connection.execute(insert(points).values(address_key=key, day=day, **values))
        else:
            connection.execute(update(points).where(p.address_key == key, p.day == day).values(**values))
        note(connection, "point", now, contact_id=contact, address_key=key, number=weight, word=day.isoformat(), **of)
    if score.is_enough(standing(connection, key)):
        _want(connection, key, contact, now, **of)


def standing(connection: Connection, key: str) -> int:
    """The score of an address."""
    p = points.c
    return score.score(connection.execute(select(p.weight).where(p.address_key == key, p.gone_at.is_(None))).scalars())


def reset(connection: Connection, keys: Sequence[str], now: datetime, **of: Any) -> None:
    """Mail reaches these addresses: their points are gone, and a question that waits has its answer."""
    p = points.c
    for key in keys:
        gone = update(points).where(p.address_key == key, p.gone_at.is_(None)).values(gone_at=now)
        before, after = probe_step("reach")
        answered = (
            update(probes)
            .where(probes.c.address_key == key, probes.c.state.in_(before))
            .values(state=after, ended_at=now)
        )
        changed = connection.execute(gone).rowcount + connection.execute(answered).rowcount
        if changed:
            note(connection, "reset", now, address_key=key, **of)


def probe_of(connection: Connection, delivery: int) -> Row[Any] | None:
    """The question that this delivery is the notice of."""
    return connection.execute(select(probes).where(probes.c.delivery_id == delivery)).one_or_none()


def answer(db: Database, connection: Connection, asked: Row[Any], hardness: Hardness, now: datetime, **of: Any) -> None:
    """The question came back. Hard: the address is suppressed; soft: at the third in a row."""
    event = "come_back_hard" if hardness is Hardness.hard else "come_back_soft"
    if not step(connection, asked.id, event, now):
        return
    latest = select(probes.c.state).where(probes.c.address_key == asked.address_key).order_by(probes.c.id.desc())
    states = connection.execute(latest.limit(12)).scalars().all()
    if event == "come_back_soft" and not probing.is_given_up(states):
        return
    if register.suppress(db, connection, asked.address_key, "hard_bounce", now):
        of = {"delivery_id": asked.delivery_id, "contact_id": asked.contact_id} | of
        note(connection, "suppressed", now, address_key=asked.address_key, word="hard_bounce", **of)


def step(connection: Connection, number: int, event: str, now: datetime, **values: Any) -> bool:
    """Let an event happen to a question. False when its state does not know it."""
    before, after = probe_step(event)
    ended = None if after == Probe.ASKED else now
    found = update(probes).where(probes.c.id == number, probes.c.state.in_(before))
    return connection.execute(found.values(state=after, ended_at=ended, **values)).rowcount > 0


def _want(connection: Connection, key: str, contact: int, now: datetime, **of: Any) -> None:
    last = connection.execute(select(func.max(probes.c.wanted_at)).where(probes.c.address_key == key)).scalar_one()
    if not probing.may_ask(last, now) or register.suppression_of(connection, key) is not None:
        return
    resigned = select(contacts.c.resigned_at).where(contacts.c.id == contact)
    if connection.execute(resigned).scalar_one() is not None:
        return
    new = insert(probes).values(address_key=key, contact_id=contact, state=Probe.WANTED, wanted_at=now)
    connection.execute(new)
    note(connection, "asked", now, contact_id=contact, address_key=key, **of)


def forget(connection: Connection, contact: int, key: str | None, now: datetime) -> None:
    """Cut the questions loose from the contact, and the points unless another contact has the address too."""
    asked = select(probes.c.delivery_id).where(probes.c.contact_id == contact, probes.c.delivery_id.is_not(None))
    for delivery in connection.execute(asked).scalars().all():
        notices.unsay_delivery(connection, delivery, now)
    connection.execute(update(probes).where(probes.c.contact_id == contact).values(contact_id=None))
    shared = select(contacts.c.id).where(contacts.c.address_key == key, contacts.c.id != contact).limit(1)
    if key is not None and connection.execute(shared).first() is None:
        connection.execute(delete(points).where(points.c.address_key == key))
        connection.execute(delete(probes).where(probes.c.address_key == key))
