"""Notices: what the house says by itself to one address. The same outbox; its template is its approval.

Takes   the name of the thing, an address, a rendering.
Gives   whether it is new: the same thing is said to the same address once.
Fails   never.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from mailer.address import Address
from mailer.numbers import anew
from mailer.outbox.states import Delivery, Mailing, delivery_step
from mailer.outbox.store.mailings import write_renderings
from mailer.outbox.tables import deliveries, mailings, renderings
from mailer.render.rendering import Rendering

KEEPS = timedelta(days=7)  # an alarm that could not be sent in a week is no news
TO_MEMBERS = "medlem"  # how the names of those begin that go to a member, or to a stranger who asked for it
UNSAID = "(borttaget)"
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
    connection: Connection,
    name: str,
    address: Address,
    address_key: str,
    rendering: Rendering,
    now: datetime,
    keeps: timedelta = KEEPS,
    even_suppressed: bool = False,
) -> bool:
    """Put a notice in the outbox. False when one of this name to this address is there already, sent or not.

    `even_suppressed`: somebody has asked for it at this address just now; whoever says so holds the reins.
    """
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
            expires_at=now + keeps,
            selected=1,
            **anew(connection, mailings),
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
            **anew(connection, deliveries),
            mailing_id=mailing,
            address=address.ascii,
            address_key=None if even_suppressed else address_key,
            state=Delivery.PLANNED,
            rendering_id=select(renderings.c.id).where(renderings.c.mailing_id == mailing).scalar_subquery(),
        )
    )
    return True


def to_wipe(connection: Connection) -> list[int]:
    """The notices to members that are over and still say what they said."""
    m, r = mailings.c, renderings.c
    to_members = m.name.startswith(f"systemmejl/{TO_MEMBERS}/", autoescape=True)
    over = select(m.id).where(to_members, m.state == Mailing.FINISHED)
    return list(connection.execute(select(r.mailing_id).where(r.mailing_id.in_(over), r.html != "")).scalars())


def wipe(connection: Connection, numbers: Sequence[int]) -> None:
    """Empty them: their links are not kept, nor where they went."""
    r, d = renderings.c, deliveries.c
    connection.execute(update(renderings).where(r.mailing_id.in_(numbers)).values(html="", text=""))
    connection.execute(update(deliveries).where(d.mailing_id.in_(numbers)).values(address=None, reply_text=None))


def delivery_of(connection: Connection, name: str, address_key: str) -> int | None:
    """The delivery of the notice of this name to this address."""
    d, m = deliveries.c, mailings.c
    query = select(d.id).join(mailings, m.id == d.mailing_id).where(m.name == _full_name(name, address_key))
    found: int | None = connection.execute(query).scalar_one_or_none()
    return found


def unsay(connection: Connection, name: str, now: datetime) -> None:
    """Take back what is not sent of the notices of this name, and empty them all, whomever they went to."""
    m = mailings.c
    begins = m.name.startswith(_full_name(name, ""), autoescape=True)
    _unsay(connection, list(connection.execute(select(m.id).where(begins)).scalars()), now)


def unsay_delivery(connection: Connection, delivery: int, now: datetime) -> None:
    """The same, of the one notice that the delivery belongs to; where it went is not kept either."""
    d = deliveries.c
    found = list(connection.execute(select(d.mailing_id).where(d.id == delivery)).scalars())
    _unsay(connection, found, now)
    connection.execute(update(deliveries).where(d.id == delivery).values(address=None, reply_text=None))


def _unsay(connection: Connection, numbers: Sequence[int], now: datetime) -> None:
    before, after = delivery_step("withdraw")
    d, r = deliveries.c, renderings.c
    open_ = update(deliveries).where(d.mailing_id.in_(numbers), d.state.in_(before))
    connection.execute(open_.values(state=after, reason="forgotten", settled_at=now, runner_id=None))
    connection.execute(update(renderings).where(r.mailing_id.in_(numbers)).values(html="", text=""))


def _full_name(name: str, address_key: str) -> str:
    """The name of one person's notice."""
    if len(name) > LONGEST:
        name = f"{name[: LONGEST - 17]}~{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    return f"systemmejl/{name}/{address_key[:16]}"
