"""Who is behind each number of a difference, as the person at the terminal may see them.

Takes   a Diff, the contacts it speaks of, and whether names may be shown.
Gives   Groups: what has happened, to how many, and the first of them.
Fails   never.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mailer.register.definition import List
from mailer.register.diff import Change, Diff
from mailer.register.fields import SWEDISH
from mailer.register.identity import Known
from mailer.register.rows import Row
from mailer.register.stops import first_of
from mailer.words import listing

SHOWN = 20  # people named in each group
_CHANGED = {"address": "Har bytt adress", "name": "Har bytt namn", "home": "Har flyttat", "other": "Andra ändringar"}


@dataclass(frozen=True, slots=True)
class Group:
    """One thing that has happened: to how many, and how the first of them are called."""

    title: str
    number: int
    first: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.title}: {first_of(self.first, self.number)}."


def groups(diff: Diff, contacts: Sequence[Known], chosen: List, names: bool) -> tuple[Group, ...]:
    """What has happened to whom; those who leave first. Without `names`, people are numbers and ids."""
    wanted = {*_first(diff.removed), *_first(diff.returned), *_first(diff.listed)}
    by_kind = {kind: [change for change in diff.told if change.kind == kind] for kind in _CHANGED}
    wanted |= {change.contact_id for changes in by_kind.values() for change in changes[:SHOWN]}
    known = {contact.id: contact for contact in contacts if contact.id in wanted}

    def group(title: str, ids: Sequence[int]) -> Group:
        return Group(title, len(ids), tuple(called(known[n], names) for n in _first(ids)))

    def changed(change: Change) -> str:
        contact = known[change.contact_id]
        return f"{called(contact, names)}{_from_to(change, contact) if names else _which(change)}"

    found = [
        group("Har lämnat" if chosen.members else "Tas av listan", diff.removed),
        group("Är tillbaka", diff.returned),
        group("Nya på listan", diff.listed),
        Group("Nya", len(diff.added), tuple(_new(row, names) for row in diff.added[:SHOWN])),
        *(Group(_CHANGED[kind], len(some), tuple(map(changed, some[:SHOWN]))) for kind, some in by_kind.items()),
    ]
    return tuple(one for one in found if one.number)


def called(contact: Known, names: bool) -> str:
    """”nr 17”, ”#4” without a number; with names ”Åsa Öberg (nr 17)”."""
    label = f"nr {contact.number}" if contact.number else f"#{contact.id}"
    return _named(contact.first_name, contact.last_name, label) if names else label


def _new(row: Row, names: bool) -> str:
    label = f"nr {row.number}" if row.number else f"rad {row.line}"
    return _named(row.first_name, row.last_name, label) if names else label


def _named(first: str, last: str, label: str) -> str:
    name = f"{first} {last}".strip()
    return f"{name} ({label})" if name else label


def _from_to(change: Change, contact: Known) -> str:
    """What it was and what it becomes: of an address or a name as text, of the rest which fields."""
    if change.kind == "address":
        new = change.fields.get("address_shown", contact.address_shown)
        return f": {contact.address_shown or 'ingen adress'} → {new or 'ingen adress'}"
    if change.kind == "name":
        parts = (change.fields.get(name, getattr(contact, name)) for name in ("first_name", "last_name"))
        return f" → {' '.join(str(part) for part in parts if part)}"
    return _which(change)


def _which(change: Change) -> str:
    """For the group of other changes: which fields."""
    return f" ({listing([SWEDISH[name] for name in change.fields])})" if change.kind == "other" else ""


def _first(ids: Iterable[int]) -> list[int]:
    return sorted(ids)[:SHOWN]
