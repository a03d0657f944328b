"""The figures of a mailing, and the people behind each.

Takes   a mailing.
Gives   its Balance; counts by reason; names on request; what is still owed and what is in doubt.
Fails   BrokenPromise when the balance does not close.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, select

from mailer.outbox.balance import Balance, close
from mailer.outbox.states import OWED, Delivery, Mailing
from mailer.outbox.tables import deliveries, mailings
from mailer.register.tables import contacts


def balance(connection: Connection, mailing: int) -> Balance:
    """Where everybody has gone. A mailing that is not planned has selected nobody."""
    d = deliveries.c
    selected = connection.execute(select(mailings.c.selected).where(mailings.c.id == mailing)).scalar_one()
    counted = connection.execute(select(d.state, func.count()).where(d.mailing_id == mailing).group_by(d.state))
    return close(selected or 0, {state: number for state, number in counted})


def reasons(connection: Connection, mailing: int) -> dict[tuple[str, str], int]:
    """How many, by (state, reason), of those that have a reason."""
    d = deliveries.c
    rows = connection.execute(
        select(d.state, d.reason, func.count())
        .where(d.mailing_id == mailing, d.reason.is_not(None))
        .group_by(d.state, d.reason)
    )
    return {(state, reason): number for state, reason, number in rows}


def people(connection: Connection, mailing: int, states: Sequence[str] = ()) -> Sequence[Any]:
    """Rows (one per delivery) with the person behind it. Showing them is a read of the register: record it."""
    d, c = deliveries.c, contacts.c
    query = (
        select(
            d.id, d.state, d.reason, d.attempts, d.doubts, d.next_at, d.reply_code, d.reply_status, d.reply_text,
            d.contact_id, d.list, c.number, c.first_name, c.last_name,
            func.coalesce(c.address, d.address).label("address"), c.address_shown, c.address_problem, c.phone,
            c.care_of, c.street, c.postcode, c.city,
        )
        .select_from(deliveries)
        .outerjoin(contacts, c.id == d.contact_id)
        .where(d.mailing_id == mailing)
        .order_by(c.last_name, c.first_name, d.id)
    )  # fmt: skip
    return connection.execute(query.where(d.state.in_(states)) if states else query).all()


def open_mailings(connection: Connection) -> Sequence[Any]:
    """Mailings of which something is owed or in doubt, with how much; oldest first."""
    d, m = deliveries.c, mailings.c
    counted = (
        select(d.mailing_id, d.state, func.count().label("number"))
        .where(d.state.in_([*OWED, Delivery.IN_DOUBT]))
        .group_by(d.mailing_id, d.state)
        .subquery()
    )
    return connection.execute(
        select(
            m.id,
            m.name,
            m.title,
            m.kind,
            m.state,
            m.why,
            counted.c.state.label("delivery_state"),
            counted.c.number,
        )
        .join(counted, counted.c.mailing_id == m.id)
        .order_by(m.id)
    ).all()


def approved(connection: Connection) -> Sequence[Any]:
    """Mailings that have a yes and are not planned; oldest first."""
    m = mailings.c
    return connection.execute(select(mailings).where(m.state == Mailing.APPROVED).order_by(m.id)).all()


def latest(connection: Connection, states: tuple[str, ...] = ()) -> Row[Any] | None:
    """The newest mailing that is no notice, in one of the states if any are named."""
    m = mailings.c
    query = select(mailings).where(m.kind != "notice").order_by(m.id.desc()).limit(1)
    return connection.execute(query.where(m.state.in_(states)) if states else query).one_or_none()


def progress(connection: Connection, mailing: int) -> tuple[int, int]:
    """(settled or in doubt, all that were to be sent)."""
    b = balance(connection, mailing)
    to_send = b.selected - b.excluded
    return to_send - b.owed, to_send


def finished(connection: Connection, mailing: int) -> bool:
    state = connection.execute(select(mailings.c.state).where(mailings.c.id == mailing)).scalar_one()
    return state not in (Mailing.SENDING,)


def all_mailings(connection: Connection) -> Sequence[Any]:
    """Every mailing that is no notice, newest first."""
    m = mailings.c
    return connection.execute(select(mailings).where(m.kind != "notice").order_by(m.id.desc())).all()


def newest_mailings(connection: Connection, most: int = 20) -> Sequence[Any]:
    """The newest mailings that are no notices."""
    m = mailings.c
    return connection.execute(select(mailings).where(m.kind != "notice").order_by(m.id.desc()).limit(most)).all()
