"""What an import would do to the register: the difference between a file and a list.

Takes   the people of a file, the contacts, who stands on the list and who is a member.
Gives   a Diff, its words and its hash.
Fails   never.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from mailer.errors import Problem
from mailer.register.definition import List
from mailer.register.employers import suspicion
from mailer.register.fields import FIELDS
from mailer.register.identity import Known, match
from mailer.register.rows import People, Row
from mailer.register.zeros import nearly_known
from mailer.words import count

HASH_LENGTH = 10

_NAMES = ("first_name", "last_name")  # not null in the table: empty is ""
_KINDS = (  # of a change, the first that fits: a person is counted once
    ("address", frozenset(("address", "address_problem"))),
    ("name", frozenset(_NAMES)),
    ("home", frozenset(("care_of", "street", "postcode", "city"))),
)
_STANDING = ("status", "home_branch")

Value = str | date | int | None


@dataclass(frozen=True, slots=True)
class Change:
    """The columns of one contact that get a new value."""

    contact_id: int
    fields: Mapping[str, Value]

    @property
    def kind(self) -> str:
        """address, name, home or other: what people would say has happened."""
        return next((kind for kind, columns in _KINDS if columns & self.fields.keys()), "other")


@dataclass(frozen=True, slots=True)
class Diff:
    """What would change. Ids of contacts, except `added`, who are no contacts yet."""

    added: tuple[Row, ...]
    listed: tuple[int, ...]  # in the register already, new on this list
    changed: tuple[Change, ...]
    removed: tuple[int, ...]  # resigned, of a members' list; else taken off the list
    returned: tuple[int, ...]  # resigned earlier, members again
    resigned: int  # on the file of another list, but resigned: they stay so and get nothing
    unchanged: int
    doubles: int  # rows that only repeated an earlier one
    on_list: int  # how many stand on the list now
    rows: int
    unknown: tuple[int, ...]  # lines of rows that were left out and may be anybody
    problems: tuple[Problem, ...]
    people: int = 0  # in the file, each once
    without_address: int = 0  # how many of them would have no address afterwards
    left_off: tuple[tuple[str, str], ...] = ()  # field and value of each in the file whom the list does not count
    noted: tuple[Change, ...] = ()  # status and home branch of those among them who stood on the list
    warnings: tuple[Problem, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether accepting it would change nothing but the date of the latest import."""
        return not (self.added or self.listed or self.changed or self.removed or self.returned or self.noted)

    @property
    def told(self) -> tuple[Change, ...]:
        """The changes worth a word: that one who is back has another status goes without saying."""
        back = set(self.returned)
        return tuple(c for c in self.changed if c.kind != "other" or c.contact_id not in back)

    def words(self, members: bool) -> str:
        """”3 nya, 2 har lämnat, 5 har bytt adress, 390 oförändrade”, without what is nought."""
        kinds = [change.kind for change in self.told]
        listed = ("ny på listan som redan fanns i registret", "nya på listan som redan fanns i registret")
        parts = (
            (len(self.added), "ny", "nya"),
            (len(self.listed), *listed),
            (len(self.returned), "är tillbaka", "är tillbaka"),
            (len(self.removed), *(("har lämnat",) * 2 if members else ("tas av listan",) * 2)),
            (kinds.count("address"), "har bytt adress", "har bytt adress"),
            (kinds.count("name"), "har bytt namn", "har bytt namn"),
            (kinds.count("home"), "har flyttat", "har flyttat"),
            (kinds.count("other"), "annan ändring", "andra ändringar"),
            (self.unchanged, "oförändrad", "oförändrade"),
        )
        return ", ".join(count(n, one, many) for n, one, many in parts if n) or "ingenting"


def compare(
    where: str,
    people: People,
    contacts: Sequence[Known],
    on_list: Set[int],
    members: Set[int],
    chosen: List,
    whole: bool,
    kept: Set[int] = frozenset(),
) -> Diff:
    """The Diff between a file and the register. `kept` stand on the list by a consent of their own, file or no file.

    `on_list` are the contacts with an entry in the list; `members` those with one in any members' list. Only the whole
    member register may empty a field. On other lists, what the member register says of a member stands.
    """
    found = match(where, people.rows, contacts)
    sorting = _Sorting(where, chosen, on_list, members, whole)
    for row, contact in found.pairs:
        sorting.enter(row, contact)
    now = {c.id for c in contacts if c.id in on_list and not (chosen.members and c.resigned_at is not None)}
    present = sorting.present | found.shielded | kept
    nearly = [(row.line, row.number) for row in sorting.added if row.number]
    return Diff(
        added=tuple(sorting.added),
        listed=tuple(sorting.listed),
        changed=tuple(sorting.changed),
        removed=tuple(sorted(now - present if whole else (now & sorting.gone) - present)),
        returned=tuple(sorting.returned),
        resigned=sorting.resigned,
        unchanged=sorting.unchanged,
        doubles=found.doubles,
        on_list=len(now),
        rows=len(people.rows),
        unknown=tuple(found.unknown),
        problems=(*people.problems, *found.problems),
        people=len(found.pairs) - len(sorting.left_off),
        without_address=sorting.without_address,
        left_off=tuple(sorting.left_off),
        noted=tuple(sorting.noted),
        warnings=(
            *people.warnings,
            *nearly_known(where, nearly, (c.number for c in contacts if c.number)),
            *sorting.warnings,
        ),
    )


@dataclass(slots=True)
class _Sorting:
    """The people of a file, each put where they belong."""

    where: str
    chosen: List
    on_list: Set[int]
    members: Set[int]
    whole: bool
    added: list[Row] = field(default_factory=list)
    listed: list[int] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    returned: list[int] = field(default_factory=list)
    left_off: list[tuple[str, str]] = field(default_factory=list)
    noted: list[Change] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    present: set[int] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)  # in the file, but not counted to the list
    resigned: int = 0
    unchanged: int = 0
    without_address: int = 0

    def enter(self, row: Row, contact: Known | None) -> None:
        """One person of the file."""
        if row.left_off:
            self._leave_off(row, contact)
        elif contact is None:
            self.added.append(row)
            self.without_address += row.address is None
            self._doubt(row)
        else:
            self._know(row, contact)

    def _leave_off(self, row: Row, contact: Known | None) -> None:
        """Not counted to the list. A stranger is not entered: nothing is kept of people we shall not write to."""
        self.left_off.append((row.left_off, getattr(row, row.left_off)))
        if contact is None:
            return
        self.gone.add(contact.id)
        new = {name: getattr(row, name) for name in _STANDING if getattr(row, name)}
        fields = {name: value for name, value in new.items() if value != getattr(contact, name)}
        if contact.id in self.on_list and fields:
            self.noted.append(Change(contact.id, fields))

    def _know(self, row: Row, contact: Known) -> None:
        chosen = self.chosen
        self.present.add(contact.id)
        is_back = chosen.members and contact.resigned_at is not None
        self.resigned += contact.resigned_at is not None and not is_back
        fields = _changes(row, contact, may_empty=chosen.members and self.whole)
        if not chosen.members and contact.id in self.members and contact.resigned_at is None:
            fields = {name: value for name, value in fields.items() if _lacks(contact, name)}
        self.without_address += fields.get("address", contact.address) is None
        if fields:
            self.changed.append(Change(contact.id, fields))
        if "address" in fields:
            self._doubt(row)
        if is_back:
            self.returned.append(contact.id)
        elif contact.id not in self.on_list:
            self.listed.append(contact.id)
        elif not fields:
            self.unchanged += 1

    def _doubt(self, row: Row) -> None:
        """Only of an address that is new to the register: the same warning every month is not read."""
        if row.address and (found := suspicion(row.address, self.chosen)):
            self.warnings.append(Problem(self.where, *found, row.line))


def short_hash(diff: Diff, file_hash: str, chosen: List, whole: bool) -> str:
    """A word for exactly this change: another file, list, mode or register gives another."""
    content = [
        file_hash, chosen.key, chosen.members, whole, sorted(chosen.columns.items()), sorted(chosen.counting.items()),
        [row.line for row in diff.added], diff.listed, diff.removed, diff.returned,
        [(change.contact_id, sorted(change.fields.items())) for change in (*diff.changed, *diff.noted)],
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(content, default=str).encode()).hexdigest()[:HASH_LENGTH]


def columns_of(row: Row) -> dict[str, Value]:
    """The columns of `contacts` that a new person's row fills."""
    filled: dict[str, Any] = {name: getattr(row, name) or None for name in FIELDS if name != "address"}
    return filled | {name: filled[name] or "" for name in _NAMES} | _address_columns(row)


def _address_columns(row: Row) -> dict[str, Value]:
    return {
        "address": row.address.ascii if row.address else None,
        "address_shown": row.address.shown if row.address else None,
        "address_problem": row.address_problem or None,
    }


def _changes(row: Row, contact: Known, may_empty: bool) -> dict[str, Value]:
    changes: dict[str, Value] = {}
    for name in FIELDS:
        if name not in row.read:
            continue
        new = _address_columns(row) if name == "address" else {name: getattr(row, name) or None}
        if not any(new.values()) and (not may_empty or name in ("number", "source_id")):
            continue
        for column, value in new.items():
            if (value or None) != (getattr(contact, column) or None):
                changes[column] = value if value or column not in _NAMES else ""
    return _less_her_own(changes, row, contact)


def _less_her_own(changes: dict[str, Value], row: Row, contact: Known) -> dict[str, Value]:
    """Without what she has changed herself since. Her address gives way when the register says anything but the old."""
    if contact.language_chosen:
        changes.pop("language", None)
    if contact.address_before and row.address:
        if row.address.normal == contact.address_before:
            return {name: value for name, value in changes.items() if not name.startswith("address")}
        changes["address_before"] = None
    return changes


def _lacks(contact: Known, column: str) -> bool:
    """Whether the register has nothing there; of the address, its three columns go together."""
    if column.startswith("address"):
        return not contact.address and not contact.address_problem
    return not getattr(contact, column)
