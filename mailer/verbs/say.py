"""Notices: how the house tells people things, each thing once.

Takes   a name for the thing, the people, a template and its values.
Gives   how many were told now (0 when they had been told before).
Fails   never for want of people: there is nobody to tell.
"""

from collections.abc import Iterable
from functools import partial
from typing import Any

from mailer.address import parse_address
from mailer.house import House
from mailer.outbox.store import notices
from mailer.render.notice import render_notice
from mailer.render.templates import open_templates
from mailer.settings import Person


def say(house: House, name: str, to: Iterable[Person], template: str, **values: Any) -> int:
    """Put one notice per person in the outbox. The same name to the same person is said once, ever."""
    now = house.clock.now()
    templates = open_templates(house.home)
    told = 0
    for person in to:
        address = parse_address(person.address)
        rendering = render_notice(templates, template, house.settings, person=person, **values)
        key = address.key(house.keys)
        put = partial(
            notices.notify, name=f"{name}/{key[:16]}", address=address, address_key=key, rendering=rendering, now=now
        )
        told += house.db.write(put)
    return told
