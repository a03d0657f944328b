"""Who is who: the rows of a file matched with each other and with the contacts of the register.

Takes   Rows, and the contacts as Known values.
Gives   a Matching: each row's contact or none, each person once; which contacts a row that was left out shields.
Fails   never: a row that points at two people becomes a Problem and is left out.

By number, else by source id, else by name together with address; never by address alone, since a household may share
one. Two who each have a number, and not the same, are two people, whatever their names.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Generic, Protocol, TypeVar

from mailer.errors import Problem
from mailer.register.rows import Row, normal_name

_LEFT_OUT = "Raden lästes inte in. Rätta den i registret."


@dataclass(frozen=True, slots=True)
class Known:
    """One contact as the register has it; the fields of `Row`, and what the register adds."""

    id: int
    number: str | None
    source_id: str | None
    first_name: str
    last_name: str
    address: str | None
    address_shown: str | None
    address_problem: str | None
    phone: str | None
    care_of: str | None
    street: str | None
    postcode: str | None
    city: str | None
    language: str | None
    joined_on: date | None
    resigned_at: datetime | None


@dataclass(slots=True)
class Matching:
    """Each person of the file once, with their contact; the contacts that must not be taken off; what was wrong."""

    pairs: list[tuple[Row, Known | None]] = field(default_factory=list)
    shielded: set[int] = field(default_factory=set)
    unknown: list[int] = field(default_factory=list)  # lines of left-out rows that may be anybody
    doubles: int = 0  # rows that only said again what an earlier one said
    problems: list[Problem] = field(default_factory=list)


class _Person(Protocol):
    @property
    def number(self) -> str | None: ...
    @property
    def source_id(self) -> str | None: ...


Someone = TypeVar("Someone", bound=_Person)


def match(where: str, rows: Iterable[Row], contacts: Sequence[Known]) -> Matching:
    """Match the rows with each other, then with the contacts."""
    found = Matching()
    people = _each_once(where, rows, found)
    index: _Index[Known] = _Index()
    for contact in contacts:
        index.add(contact, _name_of(contact), contact.address.lower() if contact.address else "")
    claimed: dict[int, Row] = {}
    strong = [(row, index.strong(row)) for row in people]
    for row, hits in strong:
        if len(hits) == 1 and not row.left_out:
            claimed.setdefault(hits[0].id, row)
    for row, hits in strong:
        _settle(where, row, hits or index.by_name(row, row.name, _address_of(row)), claimed, found)
    return found


def _settle(where: str, row: Row, hits: list[Known], claimed: dict[int, Row], found: Matching) -> None:
    """Decide one person of the file: that contact, a new one, or a Problem."""
    if row.left_out:
        found.shielded.update(contact.id for contact in hits)
        if not hits and not row.has_identity:
            found.unknown.append(row.line)
        return
    if len(hits) > 1:
        found.shielded.update(contact.id for contact in hits)
        names = " och ".join(f"#{contact.id}" for contact in hits[:5])
        found.problems.append(Problem(where, f"raden kan gälla flera i registret: {names}.", _LEFT_OUT, row.line))
        return
    first = claimed.setdefault(hits[0].id, row) if hits else row
    if first is not row:
        what = f"raden gäller samma person (#{hits[0].id}) som rad {first.line}, med andra uppgifter."
        found.problems.append(Problem(where, what, f"Rad {first.line} gäller. Rätta registret.", row.line))
        return
    found.pairs.append((row, hits[0] if hits else None))


def _each_once(where: str, rows: Iterable[Row], found: Matching) -> list[Row]:
    """The people of the file. Of rows about one person the first counts; a later one may add a number or source id."""
    index: _Index[_Slot] = _Index()
    slots: list[_Slot] = []
    for row in rows:
        hits = [] if row.left_out else index.strong(row) or index.by_name(row, row.name, _address_of(row))
        if len(hits) > 1:
            lines = " och ".join(str(slot.row.line) for slot in hits)
            what = f"raden kan gälla samma person som någon av raderna {lines}."
            found.problems.append(Problem(where, what, _LEFT_OUT, row.line))
            row = replace(row, left_out=True)
        elif hits and (why := _differs(hits[0].row, row)):
            what = f"raden gäller samma person som rad {hits[0].row.line}, men {why}."
            found.problems.append(Problem(where, what, f"Rad {hits[0].row.line} gäller. Rätta registret.", row.line))
            continue
        elif hits:
            found.doubles += 1
            hits[0].row = _with_identity(hits[0].row, row)
            index.add(hits[0], row.name, _address_of(row))
            continue
        slots.append(slot := _Slot(row))
        if not row.left_out:
            index.add(slot, row.name, _address_of(row))
    return [slot.row for slot in slots]


def _differs(first: Row, row: Row) -> str:
    """What two rows about one person do not agree on, so that somebody should look."""
    if first.name and row.name and first.name != row.name:
        return "namnet är ett annat"
    if first.number and row.number and first.number != row.number:
        return "numret är ett annat"
    if first.address and row.address and first.address.normal != row.address.normal:
        return "e-postadressen är en annan"
    return ""


def _with_identity(first: Row, row: Row) -> Row:
    if (first.number or not row.number) and (first.source_id or not row.source_id):
        return first
    return replace(
        first,
        number=first.number or row.number,
        source_id=first.source_id or row.source_id,
        read=first.read | {"number", "source_id"} & row.read,
    )


@dataclass(slots=True)
class _Slot:
    """A person of the file, whose row may still learn its number from a later one."""

    row: Row

    @property
    def number(self) -> str:
        return self.row.number

    @property
    def source_id(self) -> str:
        return self.row.source_id


class _Index(Generic[Someone]):
    """People by what they are known by."""

    def __init__(self) -> None:
        self._numbers: dict[str, Someone] = {}
        self._sources: dict[str, Someone] = {}
        self._names: dict[tuple[str, str], list[Someone]] = {}

    def add(self, someone: Someone, name: str, address: str) -> None:
        """Enter a person, or enter them under one more spelling."""
        if someone.number:
            self._numbers.setdefault(someone.number, someone)
        if someone.source_id:
            self._sources.setdefault(someone.source_id, someone)
        if name and address:
            same = self._names.setdefault((name, address), [])
            if not any(one is someone for one in same):
                same.append(someone)

    def strong(self, row: Row) -> list[Someone]:
        """Who has the row's number, and who its source id: two when they are not the same person."""
        hits = [h for h in (self._numbers.get(row.number), self._sources.get(row.source_id)) if h is not None]
        return hits[:1] if len(hits) == 2 and hits[0] is hits[1] else hits

    def by_name(self, row: Row, name: str, address: str) -> list[Someone]:
        """Who has the name together with the address, and no number or source id of another person."""
        return [
            someone
            for someone in self._names.get((name, address), ())
            if not (row.number and someone.number and row.number != someone.number)
            and not (row.source_id and someone.source_id and row.source_id != someone.source_id)
        ]


def _name_of(contact: Known) -> str:
    return normal_name(contact.first_name, contact.last_name)


def _address_of(row: Row) -> str:
    return row.address.normal if row.address else ""
