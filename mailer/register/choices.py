"""What a contact has said about what she gets: lists she has left, rests, channels, kinds of events. One truth for
the page, the mail and the command line.

Takes   a connection inside a transaction; what she wants, as a change of what there was.
Gives   her Choices; the number of the wish, which undoes exactly what it changed.
Fails   BrokenPromise on a way or a choice that nobody has.

What stops mail orders itself against the runner's last look, as in `register.store`.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from mailer.db import Database
from mailer.errors import BrokenPromise
from mailer.register.store import WAYS
from mailer.register.tables import ALL_LISTS, choices, leaves, rests, wishes

# What can be chosen, and to which values; ”” is what everybody gets, and is not kept.
VALUES: Mapping[str, tuple[str, ...]] = {"channel": ("letter",), "kind": ("no",)}
_NOTHING: Mapping[Any, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Choices:
    """`rests`: list -> the moment when mail may come again. `chosen`: (what, which) -> value."""

    left: frozenset[str] = frozenset()
    rests: Mapping[str, datetime] = field(default_factory=lambda: _NOTHING)
    chosen: Mapping[tuple[str, str], str] = field(default_factory=lambda: _NOTHING)

    def has_left(self, list_key: str) -> bool:
        """Whether she gets nothing more through the list: by its own leave or by that from all."""
        return bool(self.left & {list_key, ALL_LISTS})

    def rests_until(self, list_key: str) -> datetime | None:
        """When her rest from the list ends; None when there is none."""
        ends = [self.rests[key] for key in (list_key, ALL_LISTS) if key in self.rests]
        return max(ends) if ends else None

    def leaving(self, list_key: str) -> "Choices":
        """Without the list, or without all (ALL_LISTS)."""
        return replace(self, left=self.left | {list_key})

    def apart(self, on: Collection[str]) -> "Choices":
        """The same, said list by list: what stood for all stands for each of those she is on."""
        left = (self.left - {ALL_LISTS}) | (set(on) if ALL_LISTS in self.left else set())
        kept = {key: until for key, until in self.rests.items() if key != ALL_LISTS}
        if ALL_LISTS in self.rests:
            kept |= {key: max(self.rests[ALL_LISTS], kept.get(key, self.rests[ALL_LISTS])) for key in on}
        return replace(self, left=left, rests=kept)

    def wanting(self, list_key: str) -> "Choices":
        """With the list again, whatever of its own stood in the way: a leave or a rest. What stands for all stays."""
        kept = {key: until for key, until in self.rests.items() if key != list_key}
        return replace(self, left=self.left - {list_key}, rests=kept)

    def resting(self, list_key: str, until: datetime) -> "Choices":
        """With a rest. Whoever has left, and rests instead, wants it afterwards."""
        return replace(self, left=self.left - {list_key}, rests={**self.rests, list_key: until})

    def choosing(self, what: str, which: str, value: str) -> "Choices":
        """With a value of VALUES; ”” for what everybody gets."""
        kept = {key: old for key, old in self.chosen.items() if key != (what, which)}
        return replace(self, chosen={**kept, (what, which): value} if value else kept)


def read(connection: Connection, contact_id: int, now: datetime) -> Choices:
    """What stands now."""
    left = select(leaves.c.list).where(leaves.c.contact_id == contact_id, leaves.c.undone_at.is_(None))
    r = rests.c
    paused = select(r.list, r.until).where(r.contact_id == contact_id, r.undone_at.is_(None), r.until > now)
    c = choices.c
    chosen = select(c.what, c.which, c.value).where(c.contact_id == contact_id)
    return Choices(
        frozenset(connection.execute(left).scalars()),
        {row.list: row.until for row in connection.execute(paused.order_by(r.until))},
        {(row.what, row.which): row.value for row in connection.execute(chosen)},
    )


def change(
    db: Database,
    connection: Connection,
    contact_id: int,
    edit: Callable[[Choices], Choices],
    how: str,
    now: datetime,
) -> int | None:
    """Make it as `edit` wants it, and remember the wish: its number. None when it was so already."""
    if how not in WAYS:
        raise BrokenPromise(f"ingen kan välja på sättet {how}")
    db.last_look(connection, wish=True)
    was = read(connection, contact_id, now)
    changes = _differences(was, edit(was))
    if not changes:
        return None
    for what, which, before, after in changes:
        _put(connection, contact_id, what, which, before, after, how, now)
    new = insert(wishes).values(contact_id=contact_id, at=now, how=how, changes=changes)
    return int(connection.execute(new.returning(wishes.c.id)).scalar_one())


def newest(connection: Connection, contact_id: int) -> Row[Any] | None:
    """Her newest wish: id, at, how, changes, undone_at."""
    mine = select(wishes).where(wishes.c.contact_id == contact_id)
    return connection.execute(mine.order_by(wishes.c.id.desc()).limit(1)).first()


def undo(
    db: Database,
    connection: Connection,
    contact_id: int,
    wish: int,
    now: datetime,
    only: Collection[str] = ("leave", "rest", *VALUES),
) -> bool:
    """As it was before the wish. What has changed since by other means is left alone. False when it was undone, is
    not hers, or was about anything else than `only`."""
    db.last_look(connection, wish=True)
    mine = (wishes.c.id == wish) & (wishes.c.contact_id == contact_id) & wishes.c.undone_at.is_(None)
    row = connection.execute(select(wishes.c.changes, wishes.c.how).where(mine)).first()
    if row is None or not is_about(row.changes, only):
        return False
    connection.execute(update(wishes).where(mine).values(undone_at=now))
    stands = {(what, which): value for what, which, value in _facts(read(connection, contact_id, now))}
    for what, which, before, after in row.changes:
        if stands.get((what, which), "") == after:
            _put(connection, contact_id, what, which, after, before, row.how, now)
    return True


def is_about(changes: Sequence[Sequence[str]], only: Collection[str]) -> bool:
    """Whether a wish's changes are of these sorts alone."""
    return all(what in only for what, *_ in changes)


def _facts(of: Choices) -> list[tuple[str, str, str]]:
    """(what, which, value), each as it is kept in a wish."""
    return [
        *(("leave", key, "left") for key in of.left),
        *(("rest", key, until.astimezone(UTC).isoformat()) for key, until in of.rests.items()),
        *((what, which, value) for (what, which), value in of.chosen.items()),
    ]


def _differences(was: Choices, wanted: Choices) -> list[list[str]]:
    before, after = ({(a, b): value for a, b, value in _facts(some)} for some in (was, wanted))
    keys = sorted({*before, *after})
    return [[*key, before.get(key, ""), after.get(key, "")] for key in keys if before.get(key) != after.get(key)]


def _put(
    connection: Connection, contact_id: int, what: str, which: str, was: str, value: str, how: str, now: datetime
) -> None:
    """Make it so. A leave or a rest that is taken back is kept, with the moment; a choice is replaced."""
    if what == "leave":
        if was:
            _end(connection, leaves, contact_id, which, now)
        if value:
            connection.execute(insert(leaves).values(contact_id=contact_id, list=which, how=how, at=now))
    elif what == "rest":
        if was:
            _end(connection, rests, contact_id, which, now)
        if value:
            until = datetime.fromisoformat(value)
            connection.execute(insert(rests).values(contact_id=contact_id, list=which, until=until, how=how, at=now))
    else:
        if value and value not in VALUES.get(what, ()):
            raise BrokenPromise(f"ingen kan välja {what} {value}")
        c = choices.c
        connection.execute(delete(choices).where(c.contact_id == contact_id, c.what == what, c.which == which))
        if value:
            row = {"contact_id": contact_id, "what": what, "which": which, "value": value}
            connection.execute(insert(choices).values(at=now, **row))


def _end(connection: Connection, table: Any, contact_id: int, list_key: str, now: datetime) -> None:
    c = table.c
    standing = (c.contact_id == contact_id) & (c.list == list_key) & c.undone_at.is_(None)
    connection.execute(update(table).where(standing).values(undone_at=now))
