"""Notices: what the house says by itself to one address. The same outbox; its template is its approval.

Takes   a name that makes it one, an address, a rendering.
Gives   whether it is new: the same thing is said once.
Fails   never.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from mailer.address import Address
from mailer.outbox.states import Delivery, Mailing
from mailer.outbox.store.mailings import write_renderings
from mailer.outbox.tables import deliveries, mailings, renderings
from mailer.render.rendering import Rendering

KEEPS = timedelta(days=7)  # an alarm that could not be sent in a week is no news


def notify(
    connection: Connection, name: str, address: Address, address_key: str, rendering: Rendering, now: datetime
) -> bool:
    """Put a notice in the outbox. False when one of this name is there already, sent or not."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = (
        dialect.insert(mailings)
        .values(
            name=f"systemmejl/{name}",
            kind="notice",
            title=rendering.subject[:200],
            state=Mailing.SENDING,
            rule={},
            sources={},
            created_at=now,
            planned_at=now,
            expires_at=now + KEEPS,
            selected=1,
        )
        .on_conflict_do_nothing(index_elements=[mailings.c.name])
        .returning(mailings.c.id)
    )
    mailing = connection.execute(new).scalar_one_or_none()
    if mailing is None:
        return False
    write_renderings(connection, mailing, (rendering,))
    connection.execute(
        insert(deliveries).values(
            mailing_id=mailing,
            address=address.ascii,
            address_key=address_key,
            state=Delivery.PLANNED,
            rendering_id=select(renderings.c.id).where(renderings.c.mailing_id == mailing).scalar_subquery(),
        )
    )
    return True
