"""Import a register's file: show what it would change, and change exactly that when a person has said yes.

Takes   the opened house, a list's key, a CSV file, and whether the file is the whole list.
Gives   a Preview (nothing is written), or what was done.
Fails   EditorError: the file or list is wrong, too many would leave, or the difference is another than the one shown.
"""

import hashlib
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.register import missing
from mailer.register.checks import nearest
from mailer.register.definition import List
from mailer.register.diff import Diff, compare, first_of, short_hash, stop
from mailer.register.fields import why_refused
from mailer.register.lists import read_lists
from mailer.register.missing import Missing
from mailer.register.rows import People, read_rows
from mailer.register.store_import import Register, apply, enter_import, read_register
from mailer.words import count, listing

LARGEST = 512 * 1024 * 1024  # bytes; a million members are about 120 MB
SHOWN = 20  # people named in a preview


@dataclass(frozen=True, slots=True)
class Preview:
    """What accepting would do. `hash` names exactly this."""

    list: List
    path: Path
    whole: bool
    allow_removals: int | None
    diff: Diff
    hash: str
    not_read: tuple[str, ...]
    removed_as: tuple[str, ...]  # the first of those who leave: ”nr 1023”, or ”#17” without a number
    returned_as: tuple[str, ...]  # the first of those who are back
    missing: tuple[Missing, ...]

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self.diff.problems


@dataclass(frozen=True, slots=True)
class Imported:
    """What was done; with `dry_run`, what would have been."""

    list: List
    whole: bool
    diff: Diff
    dry_run: bool
    missing: tuple[Missing, ...] = ()

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self.diff.problems


@dataclass(frozen=True, slots=True)
class _File:
    """The file, read; and which lists are members' lists."""

    where: str
    hash: str
    people: People
    list: List
    members_lists: tuple[str, ...]


def preview(house: House, list_key: str, path: Path, whole: bool, allow_removals: int | None = None) -> Preview:
    """What the file would change. EditorError when it may not be accepted as it is."""
    file = _read(house, list_key, path)
    register = house.db.read(lambda c: read_register(c, list_key, file.members_lists))
    diff = _diff(file, register, whole, allow_removals)
    word = short_hash(diff, file.hash, file.list, whole)
    return Preview(
        file.list, path, whole, allow_removals, diff, word, file.people.not_read,
        _named(diff.removed, register), _named(diff.returned, register), file.people.missing,
    )  # fmt: skip


def accept(
    house: House,
    list_key: str,
    path: Path,
    whole: bool,
    hash_: str,
    allow_removals: int | None = None,
    dry_run: bool = False,
) -> Imported:
    """Apply the difference that `hash_` names, all of it in one transaction; EditorError when it is another by now."""
    file = _read(house, list_key, path)

    def work(connection: Connection) -> Diff:
        if not dry_run:
            house.db.last_look(connection, wish=True)  # also keeps two imports apart on PostgreSQL
        register = read_register(connection, list_key, file.members_lists)
        diff = _diff(file, register, whole, allow_removals)
        word = short_hash(diff, file.hash, file.list, whole)
        if hash_.strip().lower() != word:
            raise EditorError(_other(file.where, hash_))
        if not dry_run:
            now = house.clock.now()
            apply(connection, diff, file.list, register.on_list, house.keys, now)
            enter_import(connection, diff, file.list, whole, file.hash, house.os_user, now)
        return diff

    diff = house.db.read(work) if dry_run else house.db.write(work)
    return Imported(file.list, whole, diff, dry_run, file.people.missing)


def words(result: Preview | Imported) -> list[str]:
    """The lines to print; the last says what to do next. The Problems are printed apart."""
    diff, chosen = result.diff, result.list
    lines = [
        f"OBS: {missing.sentence(one, diff.without_address)} {missing.remedy(one, chosen)}" for one in result.missing
    ]
    lines.append(f"{chosen.name}: {diff.words(chosen.members)}.")
    if diff.resigned:
        who = count(diff.resigned, "person", "personer")
        lines.append(f"{who} i filen har lämnat föreningen och får inget utskick.")
    if diff.doubles:
        lines.append(f"{count(diff.doubles, 'rad', 'rader')} gällde samma person som en tidigare rad.")
    if diff.problems:
        bad = len({problem.line for problem in diff.problems})
        lines.append(f"{count(bad, 'rad', 'rader')} har fel; se ovan.")
    if isinstance(result, Preview):
        return lines + _preview_words(result)
    if result.dry_run:
        return [*lines, "Inget är sparat (--dry-run)."]
    return [*lines, "Importen är sparad. Nästa steg: mailer check."]


def _preview_words(shown: Preview) -> list[str]:
    lines = []
    if shown.removed_as:
        head = "Har lämnat" if shown.list.members else "Tas av listan"
        lines.append(f"{head}: {first_of(shown.removed_as, len(shown.diff.removed))}.")
    if shown.returned_as:
        lines.append(f"Är tillbaka: {first_of(shown.returned_as, len(shown.diff.returned))}.")
    refused = [(title, why_refused(title)) for title in shown.not_read]
    lines += [f"Kolumnen ”{title}” läses inte in: {why}." for title, why in refused if why]
    if others := [f"”{title}”" for title, why in refused if not why]:
        lines.append(f"Andra kolumner som inte läses in: {listing(others)}.")
    command = ["mailer", "import", "--whole" if shown.whole else "--add", shown.list.key, str(shown.path)]
    if shown.allow_removals is not None:
        command += ["--allow-removals", str(shown.allow_removals)]
    return [
        *lines,
        "Inget är sparat än. Stämmer det? Kör:",
        f"    {shlex.join([*command, '--accept', shown.hash])}",
    ]


def _read(house: House, list_key: str, path: Path) -> _File:
    lists = read_lists(house.lists)
    if list_key not in lists:
        remedy = nearest(list_key, lists) if lists else "Skriv den först: lists/medlemmar.toml är ett exempel."
        raise EditorError(Problem("lists", f"listan ”{list_key}” finns inte.", remedy))
    try:
        if path.stat().st_size > LARGEST:
            raise EditorError(
                Problem(path.name, "filen är orimligt stor för ett register.", "Exportera registret igen.")
            )
        raw = path.read_bytes()
    except OSError as why:
        raise EditorError(
            Problem(
                str(path),
                f"filen går inte att läsa ({why.strerror}).",
                "Kontrollera namnet och rättigheterna.",
            )
        ) from why
    people = read_rows(path.name, raw, lists[list_key])
    members_lists = tuple(key for key, one in lists.items() if one.members)
    return _File(path.name, hashlib.sha256(raw).hexdigest(), people, lists[list_key], members_lists)


def _diff(file: _File, register: Register, whole: bool, allow_removals: int | None) -> Diff:
    diff = compare(file.where, file.people, register.contacts, register.on_list, register.members, file.list, whole)
    lost = missing.refusal(file.where, file.people.missing, diff.people, diff.without_address, file.list)
    named = _named(diff.removed, register)
    if problems := [*lost, *stop(file.where, diff, file.list, whole, allow_removals, named)]:
        raise EditorError(*problems, *diff.problems)
    return diff


def _named(ids: Sequence[int], register: Register) -> tuple[str, ...]:
    """How the first of them are called, in the order of the register."""
    first = set(sorted(ids)[:SHOWN])
    return tuple(f"nr {c.number}" if c.number else f"#{c.id}" for c in register.contacts if c.id in first)


def _other(where: str, hash_: str) -> Problem:
    what = f"skillnaden är en annan än den du godkände ({hash_}): filen, listan eller registret har ändrats."
    return Problem(where, what, "Kör samma rad utan --accept, läs vad som ändras, och godkänn det.")
