"""Those whom e-mail does not reach, and those who are new: whom to write to on paper, and whom to call.

Takes   a mailing, planned or not; the moment now, in the association's time zone.
Gives   one row per person, with the edition that is hers and why e-mail does not reach her.
Fails   never. Showing the rows is a read of the register: record it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, func, literal, or_, select

from mailer.audience.store import BY_LETTER
from mailer.outbox.states import Delivery
from mailer.outbox.store import planning
from mailer.outbox.tables import deliveries, mailings, renderings
from mailer.register.tables import contacts, list_entries

# Who has said no, or is gone, gets no paper instead.
REASONS = BY_LETTER
STATES = (Delivery.REFUSED, Delivery.BOUNCED)


def unreached(connection: Connection, row: Row[Any], now: datetime) -> Sequence[Any]:
    """(contact_id, reason, edition, name, postal address, telephone) by last name."""
    people = (_planned(row.id) if row.planned_at else _chosen(row, now)).subquery()
    c = contacts.c
    query = (
        select(
            people.c.contact_id, people.c.reason, people.c.edition,
            c.number, c.first_name, c.last_name, c.care_of, c.street, c.postcode, c.city, c.phone,
        )
        .join(contacts, c.id == people.c.contact_id)
        .order_by(c.last_name, c.first_name, c.id)
    )  # fmt: skip
    return connection.execute(query).all()


def new_since_issue_before(connection: Connection, row: Row[Any], now: datetime) -> Sequence[Any]:
    """Those who have come to the mailing's lists since the issue before it was planned; () for the first issue."""
    m, c, e = mailings.c, contacts.c, list_entries.c
    earlier = select(func.max(m.planned_at)).where(m.series == row.series, m.kind == "issue", m.period < row.period)
    since = connection.execute(earlier).scalar_one() if row.series else None
    if since is None:
        return ()
    chosen = planning.chosen(row, now).subquery()
    first = select(e.contact_id, func.min(e.since).label("since")).group_by(e.contact_id).subquery()
    query = (
        select(c.id.label("contact_id"), c.number, c.first_name, c.last_name, c.phone, chosen.c.edition)
        .join(chosen, chosen.c.contact_id == c.id)
        .join(first, first.c.contact_id == c.id)
        .where(first.c.since > since)
        .order_by(c.last_name, c.first_name, c.id)
    )
    return connection.execute(query).all()


def _planned(mailing: int) -> Select[Any]:
    d, r = deliveries.c, renderings.c
    return (
        select(d.contact_id, func.coalesce(d.reason, d.state).label("reason"), r.edition)
        .join(renderings, r.id == d.rendering_id)
        .where(d.mailing_id == mailing, d.contact_id.is_not(None), or_(d.reason.in_(REASONS), d.state.in_(STATES)))
    )


def _chosen(row: Row[Any], now: datetime) -> Select[Any]:
    people = planning.chosen(row, now).subquery()
    edition = func.coalesce(people.c.edition, literal(""))
    return select(people.c.contact_id, people.c.reason, edition.label("edition")).where(people.c.reason.in_(REASONS))
