"""What an import would do to the register: the difference between a file and a list.

Takes   the people of a file, the contacts, who stands on the list and who is a member.
Gives   a Diff, its hash, and the Problem that stops it where one must.
Fails   never.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from typing import Any

from mailer.errors import Problem
from mailer.register.definition import List
from mailer.register.fields import FIELDS
from mailer.register.identity import Known, match
from mailer.register.rows import People, Row
from mailer.words import count, listing

# Above both of these, a whole file that takes people off is more likely cut short than right.
STOP_SHARE = 0.05
STOP_PEOPLE = 5
BAD_ROWS_SHARE = 0.10  # above it, a whole file is not trusted to say who is absent
HASH_LENGTH = 10

_NAMES = ("first_name", "last_name")  # not null in the table: empty is ""
_HOME = frozenset(("care_of", "street", "postcode", "city"))

Value = str | date | None


@dataclass(frozen=True, slots=True)
class Change:
    """The columns of one contact that get a new value."""

    contact_id: int
    fields: Mapping[str, Value]


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

    @property
    def is_empty(self) -> bool:
        """Whether accepting it would change nothing but the date of the latest import."""
        return not (self.added or self.listed or self.changed or self.removed or self.returned)

    def words(self, members: bool) -> str:
        """”3 nya, 2 har lämnat, 5 bytt adress, 390 oförändrade”, without what is nought."""
        moved = [c for c in self.changed if "address" not in c.fields and _HOME & set(c.fields)]
        new_address = [c for c in self.changed if "address" in c.fields]
        rest = len(self.changed) - len(moved) - len(new_address)
        parts = (
            (len(self.added), "ny", "nya"),
            (
                len(self.listed),
                "ny på listan som redan fanns i registret",
                "nya på listan som redan fanns i registret",
            ),
            (len(self.returned), "är tillbaka", "är tillbaka"),
            (len(self.removed), *(("har lämnat",) * 2 if members else ("tas av listan",) * 2)),
            (len(new_address), "bytt adress", "bytt adress"),
            (len(moved), "flyttat", "flyttat"),
            (rest, "annan ändring", "andra ändringar"),
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
) -> Diff:
    """The Diff between a file and the register.

    `on_list` are the contacts with an entry in the list; `members` those with one in any members' list. Only the whole
    member register may empty a field. On other lists, what the member register says of a member stands.
    """
    found = match(where, people.rows, contacts)
    added, listed, changed, returned = [], [], [], []
    resigned = unchanged = without_address = 0
    for row, contact in found.pairs:
        if contact is None:
            added.append(row)
            without_address += row.address is None
            continue
        is_back = chosen.members and contact.resigned_at is not None
        is_new = contact.id not in on_list
        resigned += contact.resigned_at is not None and not is_back
        fields = _changes(row, contact, may_empty=chosen.members and whole)
        if not chosen.members and contact.id in members and contact.resigned_at is None:
            fields = {name: value for name, value in fields.items() if _lacks(contact, name)}
        without_address += fields.get("address", contact.address) is None
        if fields:
            changed.append(Change(contact.id, fields))
        if is_back:
            returned.append(contact.id)
        elif is_new:
            listed.append(contact.id)
        elif not fields:
            unchanged += 1
    now = {c.id for c in contacts if c.id in on_list and not (chosen.members and c.resigned_at is not None)}
    present = {contact.id for _, contact in found.pairs if contact is not None} | found.shielded
    return Diff(
        added=tuple(added),
        listed=tuple(listed),
        changed=tuple(changed),
        removed=tuple(sorted(now - present)) if whole else (),
        returned=tuple(returned),
        resigned=resigned,
        unchanged=unchanged,
        doubles=found.doubles,
        on_list=len(now),
        rows=len(people.rows),
        unknown=tuple(found.unknown),
        problems=(*people.problems, *found.problems),
        people=len(found.pairs),
        without_address=without_address,
    )


def stop(
    where: str, diff: Diff, chosen: List, whole: bool, allow_removals: int | None, removed_as: Sequence[str] = ()
) -> list[Problem]:
    """Why the file must not be accepted as it is; empty when it may. `removed_as`: what to call those who leave."""
    if not whole:
        return [] if diff.rows else [Problem(where, "filen har ingen rad med en person.", "Exportera registret igen.")]
    if not diff.rows:
        return [
            Problem(
                where,
                "filen har ingen rad med en person; då skulle alla tas bort.",
                "Exportera registret igen.",
            )
        ]
    bad = len({problem.line for problem in diff.problems})
    if bad > BAD_ROWS_SHARE * diff.rows:
        what = f"{bad} av {count(diff.rows, 'rad', 'rader')} har fel; då går det inte att lita på vilka som saknas."
        return [Problem(where, what, "Rätta registret eller exporten och kör igen, eller läs in med --add.")]
    if diff.removed and diff.unknown:
        lines = ", ".join(map(str, diff.unknown[:10]))
        what = f"det går inte att se vem rad {lines} gäller, så det är ovisst vilka som saknas."
        return [Problem(where, what, "Rätta raden och kör igen, eller läs in med --add.", diff.unknown[0])]
    return _too_many(where, diff, chosen, allow_removals, removed_as)


def _too_many(
    where: str, diff: Diff, chosen: List, allow_removals: int | None, removed_as: Sequence[str]
) -> list[Problem]:
    gone = len(diff.removed)
    if allow_removals == gone:
        return []
    would = "skulle räknas som utträdda" if chosen.members else "skulle tas av listan"
    what = f"{gone} av {diff.on_list} på listan {chosen.name} {would}. {diff.words(chosen.members)}."
    what += f" De som skulle bort: {first_of(removed_as, gone)}." if removed_as else ""
    if allow_removals is not None:
        return [
            Problem(
                where,
                f"{what} Det är inte {allow_removals}.",
                f"Stämmer antalet? Skriv --allow-removals {gone}.",
            )
        ]
    if gone <= max(STOP_SHARE * diff.on_list, STOP_PEOPLE):
        return []
    remedy = f"Är filen hel? Stämmer antalet, skriv --allow-removals {gone}. Annars: exportera igen."
    return [Problem(where, what, remedy)]


def first_of(names: Sequence[str], number: int) -> str:
    """”nr 17, nr 18 och 3 till”: the names there are, and how many more there would be."""
    rest = number - len(names)
    return listing([*names, *([f"{rest} till"] if rest > 0 else [])])


def short_hash(diff: Diff, file_hash: str, chosen: List, whole: bool) -> str:
    """A word for exactly this change: another file, list, mode or register gives another."""
    content = [
        file_hash, chosen.key, chosen.members, whole, sorted(chosen.columns.items()),
        [row.line for row in diff.added], diff.listed, diff.removed, diff.returned,
        [(change.contact_id, sorted(change.fields.items())) for change in diff.changed],
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
    return changes


def _lacks(contact: Known, column: str) -> bool:
    """Whether the register has nothing there; of the address, its three columns go together."""
    if column.startswith("address"):
        return not contact.address and not contact.address_problem
    return not getattr(contact, column)
