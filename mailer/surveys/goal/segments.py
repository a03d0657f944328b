"""The members in parts: the home's groups, and where they live; never so few that a part points at somebody.

Takes   a connection inside a transaction; Traces; the home's groups and the day.
Gives   (key, name, its members), groups first.
Fails   never.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy import Connection, select

from mailer.audience.predicate import holds
from mailer.register.segment import Segment
from mailer.register.tables import contacts
from mailer.surveys.goal.traces import Trace

FEW = 5  # a part of fewer is put together with others
OTHERS = "övriga"

Found = tuple[str, str, list[Trace]]


def parts_of(
    connection: Connection, members: Sequence[Trace], groups: Sequence[Segment], today: date
) -> Iterator[Found]:
    """All parts that are big enough. Groups may overlap; places do not."""
    found, few = [], set()
    for group in groups:
        ids = set(connection.execute(select(contacts.c.id).where(holds(group.expression, today))).scalars())
        theirs = [one for one in members if one.contact in ids]
        if len(theirs) >= FEW:
            found.append((f"grupp:{group.key}", group.name, theirs))
        else:
            few |= {one.invitation for one in theirs}
    together = [one for one in members if one.invitation in few]
    if len(together) >= FEW:
        found.append(("grupp:", f"{OTHERS} grupper", together))
    yield from found
    yield from places(connection, members)


def places(connection: Connection, members: Sequence[Trace]) -> Iterator[Found]:
    """By the place of the postal address, the biggest first; those without one are among the others."""
    c = contacts.c
    cities = {number: city for number, city in connection.execute(select(c.id, c.city).where(c.city.is_not(None)))}
    by_city = defaultdict(list)
    for one in members:
        by_city[(cities.get(one.contact, "") if one.contact else "").strip()].append(one)
    for key, theirs in together(by_city):
        yield f"ort:{key}", key or OTHERS, theirs


def together(parts: dict[str, list[Trace]]) -> list[tuple[str, list[Trace]]]:
    """The parts that are big enough, biggest first, and last of all (key ””) the rest together. When the rest are too
    few themselves, the smallest of the others goes with them: else they could be found by taking the others away."""
    kept = sorted(((k, v) for k, v in parts.items() if k and len(v) >= FEW), key=lambda one: (-len(one[1]), one[0]))
    rest = [one for k, v in parts.items() if not k or len(v) < FEW for one in v]
    while rest and len(rest) < FEW and kept:
        rest += kept.pop()[1]
    return [*kept, *([("", rest)] if rest else [])]
