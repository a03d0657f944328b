"""The door to the register's tables for many stops at once: leaves and suppressions that come in a file.

Takes   a connection inside a transaction; for what writes, one that has taken the last look.
Gives   which stops stand already; the new ones, in bulk.
Fails   never by itself.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection, insert, select

from mailer.register.tables import ALL_LISTS, leaves, suppressions

BUNCH = 500  # values in one IN: SQLite takes 999 at the least

Thing = TypeVar("Thing")


def suppressed_among(connection: Connection, address_keys: Collection[str]) -> frozenset[str]:
    """Those of the address keys that nobody may write to already."""
    key = suppressions.c.address_key
    found = (connection.execute(select(key).where(key.in_(some))).scalars() for some in _bunches(sorted(address_keys)))
    return frozenset(one for some in found for one in some)


def left_among(connection: Connection, contact_ids: Collection[int], list_key: str) -> frozenset[int]:
    """Those of the contacts who have a standing leave from the list, or from all."""
    standing = leaves.c.undone_at.is_(None) & leaves.c.list.in_((list_key, ALL_LISTS))
    query = select(leaves.c.contact_id).where(standing)
    found = (
        connection.execute(query.where(leaves.c.contact_id.in_(some))).scalars()
        for some in _bunches(sorted(contact_ids))
    )
    return frozenset(one for some in found for one in some)


def suppress_all(connection: Connection, address_keys: Collection[str], reason: str, now: datetime) -> None:
    """Nobody writes to these addresses again; none of them is suppressed already."""
    for some in _bunches(sorted(address_keys)):
        connection.execute(insert(suppressions), [{"address_key": k, "reason": reason, "at": now} for k in some])


def leave_all(connection: Connection, contact_ids: Collection[int], list_key: str, how: str, now: datetime) -> None:
    """These contacts do not want the list; none of them has said so already."""
    for some in _bunches(sorted(contact_ids)):
        rows = [{"contact_id": n, "list": list_key, "how": how, "at": now} for n in some]
        connection.execute(insert(leaves), rows)


def _bunches(things: Sequence[Thing]) -> Iterator[Sequence[Thing]]:
    for n in range(0, len(things), BUNCH):
        yield things[n : n + BUNCH]
