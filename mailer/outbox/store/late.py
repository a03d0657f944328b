"""What has stood still: of a mailing that nothing has come of for a day and a half the rest waits for a person.

Takes   a connection inside a write transaction; the moment now, when a runner begins or its relay is back.
Gives   the mailings that were paused.
Fails   never.

The relay may have been down, or the service; or the whole machine was put back to an earlier moment, and the rest has
gone out already: nothing in the database knows of it. So nothing is sent late before somebody has said that it shall.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, func, or_, select, update

from mailer.db import Database
from mailer.outbox.states import OWED, Delivery, mailing_step
from mailer.outbox.tables import attempts, deliveries, mailings

LATE = timedelta(hours=36)  # more than a relay's day takes to turn
WHY = (
    "inget har gått ut på länge: tjänsten eller e-postservern har stått still, eller så är datorn återställd till ett "
    "tidigare läge, och då kan resten ha gått redan"
)


def pause_late(connection: Connection, db: Database, now: datetime) -> list[int]:
    """Pause them. Notices go: they are late only when they cannot be read any more."""
    m, d = mailings.c, deliveries.c
    before, after = mailing_step("pause")
    long_ago = now - LATE
    owed = select(d.id).where(d.mailing_id == m.id, d.state.in_([str(state) for state in OWED])).exists()
    still = select(m.id).where(
        m.state.in_(before), m.kind != "notice", m.planned_at <= long_ago,
        or_(m.resumed_at.is_(None), m.resumed_at <= long_ago), owed,
    )  # fmt: skip
    late = [
        mailing for mailing in connection.execute(still).scalars().all() if not _moves(connection, mailing, long_ago)
    ]
    if late:
        db.last_look(connection, wish=True)
        paused = update(mailings).where(m.id.in_(late), m.state.in_(before))
        connection.execute(paused.values(state=after, why=WHY))
    return late


def let_go(connection: Connection, now: datetime) -> None:
    """A person has looked at all that is under way, and says that it goes on."""
    m = mailings.c
    connection.execute(update(mailings).where(m.state.in_(mailing_step("pause")[0])).values(resumed_at=now))


def _moves(connection: Connection, mailing: int, since: datetime) -> bool:
    """Whether a relay has taken or refused any of it since, or was asked to."""
    d = deliveries.c
    ended = (Delivery.ACCEPTED, Delivery.REFUSED, Delivery.BOUNCED)
    last = connection.execute(
        select(func.max(d.settled_at)).where(d.mailing_id == mailing, d.state.in_(ended))
    ).scalar_one()
    if last is not None and last > since:
        return True
    tried = select(attempts.c.id).join(deliveries, d.id == attempts.c.delivery_id)
    return connection.execute(tried.where(d.mailing_id == mailing, attempts.c.at > since).limit(1)).first() is not None
