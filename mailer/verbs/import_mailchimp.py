"""Import what Mailchimp exports: those who have said no and the addresses that do not work first, then the subscribers.

Takes   the opened house, a list's key, and the ZIP or the CSV files.
Gives   a Preview (nothing is written), or what was done.
Fails   EditorError: a file or the list is wrong, or the difference is another than the one shown.
"""

import hashlib
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.register import store_stops
from mailer.register.definition import List
from mailer.register.mailchimp import SWEDISH_KINDS, Export, read_export, read_parts
from mailer.register.mailchimp_plan import Plan, plan, stops
from mailer.register.store_import import add_contacts, apply, enter_import, enter_list, read_register
from mailer.verbs.import_ import chosen_list, other_difference, read_bytes
from mailer.words import count, listing

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Result:
    """What accepting would do, or has done. `hash` names exactly this; `state`: preview, dry run or saved."""

    list: List
    paths: tuple[Path, ...]
    export: Export
    plan: Plan
    hash: str
    state: str = "preview"

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self.plan.diff.problems


@dataclass(frozen=True, slots=True)
class _Files:
    """The files, read; and which lists are members' lists."""

    hash: str
    export: Export
    list: List
    members_lists: tuple[str, ...]


def preview(house: House, list_key: str, paths: Sequence[Path], progress: Progress | None = None) -> Result:
    """What the files would change."""
    files = _read(house, list_key, paths, progress)
    found, _ = house.db.read(lambda c: _plan(house, c, files))
    return Result(files.list, tuple(paths), files.export, found, found.hash(files.hash, files.list))


def accept(
    house: House,
    list_key: str,
    paths: Sequence[Path],
    hash_: str,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Result:
    """Apply what `hash_` names: all in one transaction, the stops first. EditorError when it is another by now."""
    files = _read(house, list_key, paths, progress)

    def work(connection: Connection) -> Plan:
        if not dry_run:
            house.db.last_look(connection, wish=True)
        found, on_list = _plan(house, connection, files)
        if hash_.strip().lower() != found.hash(files.hash, files.list):
            raise EditorError(other_difference(paths[0].name, hash_))
        if not dry_run:
            _apply(house, connection, files, found, on_list)
        return found

    found = house.db.read(work) if dry_run else house.db.write(work)
    return Result(files.list, tuple(paths), files.export, found, hash_, "dry run" if dry_run else "saved")


def words(result: Result) -> list[str]:
    """The lines to print; the last says what to do next."""
    export, done, chosen = result.export, result.plan, result.list
    lines = [f"{part.where}: {SWEDISH_KINDS[part.kind]}, enligt {part.by}." for part in export.parts]
    if export.lacking:
        gone = listing([SWEDISH_KINDS[kind] for kind in export.lacking])
        lines.append(f"OBS: det finns ingen fil med {gone}. Mailchimp ger alltid tre; saknas en hålls inte deras nej.")
    shut = count(len(done.suppress), "adress spärras", "adresser spärras")
    no = count(len(done.leave) + len(done.strangers), "tackar nej", "tackar nej")
    lines.append(f"{chosen.name}: {shut}, {no}, {done.diff.words(False)}.")
    if done.strangers:
        who = count(len(done.strangers), "som tackat nej fanns", "som tackat nej fanns")
        lines.append(f"{who} inte i registret och läggs in med sitt nej, så att det gäller.")
    if export.stricter:
        lines.append(f"{export.stricter} prenumererar i en fil och inte i en annan; det strängaste gäller.")
    if done.not_members:
        lines.append(f"{done.not_members} prenumeranter läses inte in: medlemslistan kommer ur medlemsregistret.")
    if done.sharing:
        lines.append(f"OBS: {done.sharing} av de nya har en adress som någon i registret redan har, med annat namn.")
    if result.state == "preview":
        command = ["mailer", "import", "--mailchimp", chosen.key, *map(str, result.paths), "--accept", result.hash]
        return [*lines, "Inget är sparat än. Stämmer det? Kör:", f"    {shlex.join(command)}"]
    if result.state == "dry run":
        return [*lines, "Inget är sparat (--dry-run)."]
    return [*lines, "Importen är sparad. Nästa steg: mailer check."]


def _read(house: House, list_key: str, paths: Sequence[Path], progress: Progress | None) -> _Files:
    chosen, members_lists = chosen_list(house, list_key)
    parts = read_parts([(path.name, read_bytes(path)) for path in paths])
    hashes = sorted(f"{part.kind} {hashlib.sha256(part.raw).hexdigest()}" for part in parts)
    export = read_export(parts, chosen, progress)
    return _Files(hashlib.sha256("\n".join(hashes).encode()).hexdigest(), export, chosen, members_lists)


def _plan(house: House, connection: Connection, files: _Files) -> tuple[Plan, frozenset[int]]:
    """The Plan at this moment, and who stands on the list."""
    register = read_register(connection, files.list.key, files.members_lists)
    wished = stops(files.export, register.contacts, lambda address: address.key(house.keys))
    suppressed = store_stops.suppressed_among(connection, wished.suppress)
    left = store_stops.left_among(connection, wished.leave, files.list.key)
    return plan(files.export, register, files.list, wished, suppressed, left), register.on_list


def _apply(house: House, connection: Connection, files: _Files, done: Plan, on_list: frozenset[int]) -> None:
    now, key = house.clock.now(), files.list.key
    store_stops.suppress_all(connection, done.suppress, "hard_bounce", now)
    kept = add_contacts(connection, done.strangers, house.keys, now)
    enter_list(connection, kept, key, now)
    store_stops.leave_all(connection, (*done.leave, *kept), key, "import", now)
    apply(connection, done.diff, files.list, on_list, house.keys, now)
    enter_import(connection, done.diff, files.list, False, files.hash, house.os_user, now)
