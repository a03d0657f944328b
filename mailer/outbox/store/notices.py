"""Notices: what the house says by itself to one address. The same outbox; its template is its approval.

Takes   the name of the thing, an address, a rendering.
Gives   whether it is new: the same thing is said to the same address once.
Fails   never.
"""

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from mailer.address import Address
from mailer.outbox.states import Delivery, Mailing
from mailer.outbox.store.mailings import write_renderings
from mailer.outbox.tables import deliveries, mailings, renderings
from mailer.render.rendering import Rendering

KEEPS = timedelta(days=7)  # an alarm that could not be sent in a week is no news
LONGEST = 160  # characters of a thing's name: with what is put around it, under the 200 of mailings.name


def said(connection: Connection, name: str, address_keys: Iterable[str]) -> frozenset[str]:
    """Those of the addresses that have been told of the thing before."""
    names = {_full_name(name, key): key for key in address_keys}
    found = connection.execute(select(mailings.c.name).where(mailings.c.name.in_(names)))
    return frozenset(names[full] for full in found.scalars())


def is_said(connection: Connection, name: str) -> bool:
    """Whether anybody has been told of the thing."""
    begins = mailings.c.name.startswith(_full_name(name, ""), autoescape=True)
    return connection.execute(select(mailings.c.id).where(begins).limit(1)).first() is not None


def said_at(connection: Connection, name: str) -> datetime | None:
    """When the first was told of the thing; None when nobody has been."""
    begins = mailings.c.name.startswith(_full_name(name, ""), autoescape=True)
    found: datetime | None = connection.execute(select(func.min(mailings.c.created_at)).where(begins)).scalar_one()
    return found


def notify(
    connection: Connection, name: str, address: Address, address_key: str, rendering: Rendering, now: datetime
) -> bool:
    """Put a notice in the outbox. False when one of this name to this address is there already, sent or not."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = (
        dialect.insert(mailings)
        .values(
            name=_full_name(name, address_key),
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


def _full_name(name: str, address_key: str) -> str:
    """The name of one person's notice."""
    if len(name) > LONGEST:
        name = f"{name[: LONGEST - 17]}~{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    return f"systemmejl/{name}/{address_key[:16]}"
