"""Notices: how the house tells people things, each thing once.

Takes   a name for the thing, the people, a template and its values.
Gives   how many were told now (0 when they had been told before).
Fails   never for want of people: there is nobody to tell.
"""

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from mailer.address import parse_address
from mailer.house import House
from mailer.outbox.store import notices
from mailer.settings import Person

if TYPE_CHECKING:
    from mailer.render.templates import Templates


def say(
    house: House, name: str, to: Iterable[Person], template: str, templates: "Templates | None" = None, **values: Any
) -> int:
    """Put one notice per person in the outbox, all at once. The same name to the same person is said once, ever."""
    addresses = {(address := parse_address(p.address)).key(house.keys): (p, address) for p in to}
    told = house.db.read(lambda c: notices.said(c, name, addresses))
    if told >= addresses.keys():
        return 0
    # Only here: a mailing goes out in half the memory that it takes to write a notice.
    from mailer.render.notice import render_notice
    from mailer.render.templates import open_templates

    templates = templates or open_templates(house.home)
    new = [
        (key, address, render_notice(templates, template, house.settings, person=person, **values))
        for key, (person, address) in addresses.items()
        if key not in told
    ]
    now = house.clock.now()

    def write(connection: Connection) -> int:
        return sum(notices.notify(connection, name, address, key, rendering, now) for key, address, rendering in new)

    return house.db.write(write)


def is_said(house: House, name: str) -> bool:
    """Whether anybody has been told of the thing."""
    return house.db.read(lambda c: notices.is_said(c, name))


def digest(*parts: str) -> str:
    """A short word for what a thing says: another text is another thing to tell."""
    whole = hashlib.sha256()
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass")  # a file's name may be no text
        whole.update(len(raw).to_bytes(4, "big") + raw)
    return whole.hexdigest()[:12]


def each_once(people: Iterable[Person]) -> list[Person]:
    """The people, each address once."""
    return list({p.address: p for p in people}.values())
