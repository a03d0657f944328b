"""Whose a code in a mail is: the delivery it was made for, as long as there is somebody behind it.

Takes   the number of a delivery.
Gives   a Holder, or None when there is nobody whom the code could speak for.
Fails   never.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from mailer.outbox.states import Delivery
from mailer.outbox.tables import deliveries, mailings

# What ended without one try was never in anybody's hands: nobody has its code by right.
_NEVER_SENT = (Delivery.EXCLUDED, Delivery.EXPIRED, Delivery.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Holder:
    """Who has got the mail, through which list, and of which series it is."""

    contact_id: int
    list_key: str
    series: str | None


def holder_of(connection: Connection, delivery: int) -> Holder | None:
    """None for a notice, a stranger's number, one forgotten, and what never went out: alike, by one query."""
    d, m = deliveries.c, mailings.c
    query = select(d.contact_id, d.list, d.state, d.attempts, m.series).join(mailings, m.id == d.mailing_id)
    row = connection.execute(query.where(d.id == delivery)).one_or_none()
    if row is None or row.contact_id is None or not row.list:
        return None
    if row.state in _NEVER_SENT and not row.attempts:
        return None
    return Holder(row.contact_id, row.list, row.series)
