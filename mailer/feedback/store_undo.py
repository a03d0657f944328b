"""Taking one consequence back: a person has looked, and it was wrong.

Takes   the number of a consequence, who takes it back, the moment now.
Gives   what was taken back.
Fails   EditorError, in words, when there is no such number, it is taken back already, or it cannot be.

What is taken back stays in the list, with who did it and when.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, select, update

from mailer.db import Database
from mailer.errors import EditorError, Problem
from mailer.feedback import store_points
from mailer.feedback.tables import consequences, points, probes
from mailer.outbox.states import Mailing, delivery_step
from mailer.outbox.store import control
from mailer.outbox.tables import deliveries, mailings
from mailer.register import store as register

REMEDY = "Se vad som har hänt: mailer trace"


def undo(db: Database, connection: Connection, number: int, by: str, now: datetime) -> list[Any]:
    """Take back one consequence, and what cannot stand without it: a bounce's points go with the bounce.

    Gives the rows that were taken back.
    """
    db.last_look(connection, wish=True)
    n = consequences.c
    row = connection.execute(select(consequences).where(n.id == number).with_for_update()).one_or_none()
    where = f"händelse {number}"
    if row is None:
        raise EditorError(Problem(where, "finns inte.", REMEDY))
    if row.undone_at is not None:
        raise EditorError(Problem(where, f"är redan tagen tillbaka, av {row.undone_by}.", REMEDY))
    if row.what not in _UNDO:
        raise EditorError(Problem(where, _CANNOT[row.what], "Inget är ändrat."))
    rows = [row]
    if row.what == "bounced":
        more = select(consequences).where(
            n.received_id == row.received_id, n.what.in_(("point", "asked")), n.undone_at.is_(None)
        )
        rows += connection.execute(more.order_by(n.id)).all()
    for one in rows:
        _UNDO[one.what](db, connection, one, now)
        taken = update(consequences).where(n.id == one.id)
        connection.execute(taken.values(undone_at=now, undone_by=by[:200]))
    return rows


def can_be(what: str) -> bool:
    """Whether such a consequence can be taken back."""
    return what in _UNDO


def standing(connection: Connection, number: int) -> list[Any]:
    """What else follows from the same mail, still stands, and can be taken back. An alarm that is given is not."""
    n = consequences.c
    mail = select(n.received_id).where(n.id == number).scalar_subquery()
    others = select(consequences).where(
        n.received_id == mail, n.undone_at.is_(None), n.what.in_(_UNDO.keys() - {"alarmed"})
    )
    return list(connection.execute(others.order_by(n.id)).all())


def _bounced(db: Database, connection: Connection, row: Any, now: datetime) -> None:
    """It arrived after all."""
    before, after = delivery_step("undo_bounce")
    d = deliveries.c
    back = update(deliveries).where(d.id == row.delivery_id, d.state.in_(before))
    connection.execute(back.values(state=after, reason=None, reply_status=None, reply_text=None))


def _point(db: Database, connection: Connection, row: Any, now: datetime) -> None:
    p = points.c
    day = p.day == date.fromisoformat(row.word)
    gone = update(points).where(p.address_key == row.address_key, day, p.gone_at.is_(None))
    connection.execute(gone.values(gone_at=now))


def _asked(db: Database, connection: Connection, row: Any, now: datetime) -> None:
    """The question is not put, or its answer does not matter."""
    p = probes.c
    latest = select(p.id).where(p.address_key == row.address_key, p.wanted_at == row.at)
    for number in connection.execute(latest).scalars().all():
        store_points.step(connection, number, "drop", now)


def _suppressed(db: Database, connection: Connection, row: Any, now: datetime) -> None:
    """The address may be written to again, from nothing; not one that is suppressed for another reason by now."""
    stands = register.suppression_of(connection, row.address_key)
    if stands is None or stands["reason"] != row.word:
        what = "adressen är inte spärrad längre." if stands is None else "adressen är spärrad av ett annat skäl."
        raise EditorError(Problem(f"händelse {row.id}", what, "Se vem det gäller: mailer about KONTAKT"))
    register.unsuppress(connection, row.address_key)
    gone = update(points).where(points.c.address_key == row.address_key, points.c.gone_at.is_(None))
    connection.execute(gone.values(gone_at=now))
    asked = select(probes.c.id).where(probes.c.address_key == row.address_key)
    for number in connection.execute(asked).scalars().all():
        store_points.step(connection, number, "drop", now)


def _left(db: Database, connection: Connection, row: Any, now: datetime) -> None:
    if row.contact_id is not None:
        register.undo_leave(connection, row.contact_id, row.word, now)


def _paused(db: Database, connection: Connection, row: Any, now: datetime) -> None:
    """The mailing goes on, whatever has come back."""
    state = connection.execute(select(mailings.c.state).where(mailings.c.id == row.mailing_id)).scalar_one()
    if state == Mailing.PAUSED:
        control.resume(connection, row.mailing_id, now)


def _alarmed(db: Database, connection: Connection, row: Any, now: datetime) -> None:
    """Nobody is told of it who has not been."""


_UNDO = {
    "bounced": _bounced,
    "point": _point,
    "asked": _asked,
    "suppressed": _suppressed,
    "left": _left,
    "paused": _paused,
    "alarmed": _alarmed,
}
_CANNOT = {
    "reset": "att ett mejl kom fram går inte att ta tillbaka.",
    "handed": "ett svar som en människa har fått går inte att ta tillbaka.",
}
