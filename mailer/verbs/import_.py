"""Import a register's file: show what it would change, and change exactly that when a person has said yes.

Takes   the opened house, a list's key, a CSV file or a workbook, and whether the file is the whole list.
Gives   a Preview (nothing is written), or what was done.
Fails   EditorError: the file or list is wrong, too many would leave, or the difference is another than the one shown.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection

from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.register import erasures, missing, store
from mailer.register.checks import nearest
from mailer.register.columns import with_map
from mailer.register.definition import List
from mailer.register.diff import Diff, compare, short_hash
from mailer.register.groups import SHOWN, called, groups
from mailer.register.lists import read_lists
from mailer.register.rows import People, read_rows
from mailer.register.stops import stop
from mailer.register.store_import import Register, apply, enter_import, read_register
from mailer.verbs.import_words import Imported, Preview, first_warnings
from mailer.verbs.import_words import words as words

ERASED = (
    "Ta bort personen ur medlemsregistret också, eller fråga vad som gäller nu. Läses raden in skickas ändå "
    "ingen e-post till adressen: den är spärrad."
)
LARGEST = 512 * 1024 * 1024  # bytes; a million members are about 120 MB


@dataclass(frozen=True, slots=True)
class _File:
    """The file, read; and which lists are members' lists."""

    where: str
    hash: str
    people: People
    list: List
    members_lists: tuple[str, ...]


def preview(
    house: House,
    list_key: str,
    path: Path,
    whole: bool,
    allow_removals: int | None = None,
    mapped: Sequence[str] = (),
    names: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Preview:
    """What the file would change. EditorError when it may not be accepted as it is.

    `mapped` are ”Kolumn=fält” for this import; with `names` people are called by name, and that it was so is recorded.
    `progress` is told how many rows are read, and about how many there are.
    """
    file = _read(house, list_key, path, mapped, progress)
    register = house.db.read(lambda c: read_register(c, list_key, file.members_lists))
    diff = _with_erased(house, file.where, _diff(file, register, whole, allow_removals))
    word = short_hash(diff, file.hash, file.list, whole)
    if names:
        house.db.write(lambda c: store.record_access(c, house.os_user, f"import {list_key}", None, house.clock.now()))
    behind = groups(diff, register.contacts, file.list, names)
    return Preview(
        file.list, path, whole, allow_removals, diff, word, file.people.not_read, behind, file.people.missing,
        tuple(mapped), file.people.sheet,
    )  # fmt: skip


def accept(
    house: House,
    list_key: str,
    path: Path,
    whole: bool,
    hash_: str,
    allow_removals: int | None = None,
    dry_run: bool = False,
    mapped: Sequence[str] = (),
    progress: Callable[[int, int], None] | None = None,
) -> Imported:
    """Apply the difference that `hash_` names, all of it in one transaction; EditorError when it is another by now."""
    file = _read(house, list_key, path, mapped, progress)

    def work(connection: Connection) -> Diff:
        house.db.takes_its_time(connection)
        if not dry_run:
            house.db.last_look(connection, wish=True)  # also keeps two imports apart on PostgreSQL
        register = read_register(connection, list_key, file.members_lists)
        diff = _diff(file, register, whole, allow_removals)
        word = short_hash(diff, file.hash, file.list, whole)
        if hash_.strip().lower() != word:
            raise EditorError(other_difference(file.where, hash_))
        if not dry_run:
            now = house.clock.now()
            apply(connection, diff, file.list, register.on_list, house.keys, now)
            enter_import(connection, diff, file.list, whole, file.hash, house.os_user, now)
        return diff

    diff = house.db.read(work) if dry_run else house.db.write(work)
    return Imported(file.list, whole, diff, dry_run, file.people.missing, file.people.sheet)


def chosen_list(house: House, list_key: str) -> tuple[List, tuple[str, ...]]:
    """The list, and the keys of all members' lists. EditorError when there is none of that name."""
    lists = read_lists(house.lists)
    if list_key not in lists:
        remedy = nearest(list_key, lists) if lists else "Skriv den först: lists/medlemmar.toml är ett exempel."
        raise EditorError(Problem("lists", f"listan ”{list_key}” finns inte.", remedy))
    return lists[list_key], tuple(key for key, one in lists.items() if one.members)


def read_bytes(path: Path) -> bytes:
    """What the file holds; EditorError when it cannot be read or is far too large."""
    try:
        if path.stat().st_size > LARGEST:
            raise EditorError(
                Problem(path.name, "filen är orimligt stor för ett register.", "Exportera registret igen.")
            )
        return path.read_bytes()
    except OSError as why:
        raise EditorError(
            Problem(
                str(path),
                f"filen går inte att läsa ({why.strerror}).",
                "Kontrollera namnet och rättigheterna.",
            )
        ) from why


def _read(
    house: House, list_key: str, path: Path, mapped: Sequence[str], progress: Callable[[int, int], None] | None
) -> _File:
    chosen, members_lists = chosen_list(house, list_key)
    chosen = with_map(chosen, mapped)
    raw = read_bytes(path)
    people = read_rows(path.name, raw, chosen, mapped, progress)
    return _File(path.name, hashlib.sha256(raw).hexdigest(), people, chosen, members_lists)


def _diff(file: _File, register: Register, whole: bool, allow_removals: int | None) -> Diff:
    diff = compare(file.where, file.people, register.contacts, register.on_list, register.members, file.list, whole,
                   register.kept)  # fmt: skip
    lost = missing.refusal(file.where, file.people.missing, diff.people, diff.without_address, file.list)
    named = _named(diff.removed, register)
    if problems := [*lost, *stop(file.where, diff, file.list, whole, allow_removals, named)]:
        raise EditorError(*problems, *diff.problems, *first_warnings(diff.warnings))
    return diff


def _with_erased(house: House, where: str, diff: Diff) -> Diff:
    """The difference, with a word about each who is new in the file and has once asked to be erased."""
    if not diff.added or house.db.read(erasures.is_empty):
        return diff
    keys = {
        row.line: erasures.keys_of(house.keys, row.address.normal if row.address else None, row.number or None)
        for row in diff.added
    }
    asked = house.db.read(lambda c: erasures.asked_among(c, (key for some in keys.values() for key in some)))
    said = [
        Problem(where, f"bad om att bli raderad {day}.", ERASED, line)
        for line, some in keys.items()
        if (day := min((asked[k].astimezone(house.zone).date() for k in some if k in asked), default=None))
    ]
    return replace(diff, warnings=(*said, *diff.warnings))


def _named(ids: Sequence[int], register: Register) -> tuple[str, ...]:
    """How the first of them are called, in the order of the register."""
    first = set(sorted(ids)[:SHOWN])
    return tuple(called(c, names=False) for c in register.contacts if c.id in first)


def other_difference(where: str, hash_: str) -> Problem:
    """The Problem of one who accepts something else than what was shown."""
    what = f"skillnaden är en annan än den du godkände ({hash_}): filen, listan eller registret har ändrats."
    return Problem(where, what, "Kör samma rad utan --accept, läs vad som ändras, och godkänn det.")
