"""The door to the register's tables for an import: all contacts in, one Diff applied.

Takes   a connection inside a transaction; for `apply`, a write that has taken the last look.
Gives   the register as `compare` wants it; the rows of a Diff, in bulk.
Fails   never by itself.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from sys import intern
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from mailer.address import Address
from mailer.db import bulk
from mailer.keys import Keys
from mailer.numbers import anew
from mailer.register import consents
from mailer.register.definition import List
from mailer.register.diff import Diff, columns_of
from mailer.register.identity import Known
from mailer.register.rows import SHARED, Row
from mailer.register.tables import contacts, imports, list_entries

BUNCH = 5_000  # rows per statement to the driver: bounds the memory of an import of a million

_SHARED = tuple(n for n, name in enumerate(Known.__slots__) if name in SHARED)
_ADDRESS, _SHOWN = Known.__slots__.index("address"), Known.__slots__.index("address_shown")

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True)
class Register:
    """All contacts, who of them stands on the list, and who on any members' list."""

    contacts: list[Known]
    on_list: frozenset[int]
    members: frozenset[int]
    kept: frozenset[int] = frozenset()  # on the list by a consent of their own


def read_register(connection: Connection, list_key: str, members_lists: Sequence[str]) -> Register:
    """The register at this moment."""
    columns = [contacts.c[name] for name in Known.__slots__]
    query = select(*columns).order_by(contacts.c.id).execution_options(yield_per=BUNCH)
    people = [_known(row) for row in connection.execute(query)]
    kept = consents.consenting(connection, list_key)
    return Register(people, _on(connection, [list_key]), _on(connection, members_lists), kept)


def apply(connection: Connection, diff: Diff, chosen: List, on_list: frozenset[int], keys: Keys, now: datetime) -> None:
    """Do what the Diff says. Changes go first: a number or source id may pass from one contact to another."""
    _change(connection, diff, keys, now)
    new = add_contacts(connection, diff.added, keys, now)
    _update(connection, ({"_id": n, "resigned_at": None, "updated_at": now} for n in diff.returned))
    enter_list(connection, (*new, *diff.listed, *(n for n in diff.returned if n not in on_list)), chosen.key, now)
    if chosen.members:
        _update(connection, ({"_id": n, "resigned_at": now, "updated_at": now} for n in diff.removed))
        return
    for some_ids in _bunches(diff.removed):
        gone = (list_entries.c.list == chosen.key) & list_entries.c.contact_id.in_(some_ids)
        connection.execute(delete(list_entries).where(gone))


def enter_list(connection: Connection, contact_ids: Iterable[int], list_key: str, now: datetime) -> None:
    """Enter the contacts on the list; none of them stands there."""
    for some in _bunches({"list": list_key, "contact_id": n, "since": now} for n in contact_ids):
        connection.execute(insert(list_entries), some)


def enter_import(
    connection: Connection, diff: Diff, chosen: List, whole: bool, file_hash: str, who: str, now: datetime
) -> None:
    """Record the import; of a whole file that changed nothing too, since it says how fresh the list is."""
    connection.execute(
        insert(imports).values(
            list=chosen.key,
            whole=whole,
            file_hash=file_hash,
            at=now,
            who=who[:200],
            added=len(diff.added) + len(diff.listed) + len(diff.returned),
            changed=len(diff.changed),
            removed=len(diff.removed),
            unchanged=diff.unchanged,
            problems=len(diff.problems),
        )
    )


def _known(row: Sequence[Any]) -> Known:
    """What many have alike is held once."""
    values = list(row)
    for n in _SHARED:
        if values[n]:
            values[n] = intern(values[n])
    if values[_SHOWN] == values[_ADDRESS]:
        values[_SHOWN] = values[_ADDRESS]
    return Known(*values)


def _on(connection: Connection, lists: Sequence[str]) -> frozenset[int]:
    query = select(list_entries.c.contact_id).where(list_entries.c.list.in_(lists))
    return frozenset(connection.execute(query).scalars())


def _change(connection: Connection, diff: Diff, keys: Keys, now: datetime) -> None:
    """One statement for all contacts that get the same columns changed."""
    alike: dict[frozenset[str], list[dict[str, Any]]] = {}
    for change in (*diff.changed, *diff.noted):
        values: dict[str, Any] = dict(change.fields)
        if "address" in values:
            values["address_key"] = _key(values["address"], keys)
        alike.setdefault(frozenset(values), []).append(values | {"_id": change.contact_id, "updated_at": now})
    for rows in alike.values():
        _update(connection, rows)


def add_contacts(connection: Connection, people: Sequence[Row], keys: Keys, now: datetime) -> list[int]:
    """The ids of the new contacts, on no list yet; in which order does not matter."""
    new: list[int] = []
    for some in _bunches(people):
        rows = [columns_of(row) | {"created_at": now, "updated_at": now} for row in some]
        first = anew(connection, contacts)
        for n, row in enumerate(rows):
            row["address_key"] = _key(row["address"], keys)
            row |= {name: number + n for name, number in first.items()}
        new += bulk.enter(connection, contacts, rows)
    return new


def _update(connection: Connection, rows: Iterable[dict[str, Any]]) -> None:
    """Rows of `_id` and the same columns each."""
    statement = update(contacts).where(contacts.c.id == bindparam("_id"))
    for some in _bunches(rows):
        connection.execute(statement, some)


def _key(address: Any, keys: Keys) -> str | None:
    return Address(address, address).key(keys) if address else None


def _bunches(things: Iterable[Thing]) -> Iterator[list[Thing]]:
    rest = iter(things)
    while some := list(islice(rest, BUNCH)):
        yield some
