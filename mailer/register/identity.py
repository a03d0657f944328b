"""Who is who: the rows of a file matched with each other and with the contacts of the register.

Takes   Rows, and the contacts as Known values.
Gives   a Matching: each row's contact or none, each person once; which contacts a row that was left out shields.
Fails   never: a row that points at two people becomes a Problem and is left out.

By number, else by source id, else by name together with address; never by address alone, since a household may share
one, but for those who have neither name nor number: an address is all they are known by. Two who each have a number,
and not the same, are two people, whatever their names.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Generic, Protocol, TypeVar

from mailer.errors import Problem
from mailer.register.fields import FIELDS
from mailer.register.rows import LEFT_OUT, Row, normal_name


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
    status: str | None = None
    home_branch: str | None = None
    born_year: int | None = None
    language_chosen: bool = False
    address_before: str | None = None


@dataclass(slots=True)
class Matching:
    """Each person of the file once, with their contact; the contacts that must not be taken off; what was wrong."""

    pairs: list[tuple[Row, Known | None]] = field(default_factory=list)
    shielded: set[int] = field(default_factory=set)
    unknown: list[int] = field(default_factory=list)  # lines of left-out rows that may be anybody
    doubted: set[int] = field(default_factory=set)  # lines that say otherwise than an earlier row of the same person
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
        if contact.address_before:  # she has changed it herself; the file still knows her by the old one
            index.add(contact, _name_of(contact), contact.address_before)
    claimed: dict[int, Row] = {}
    for row in people:
        hits = index.strong(row)
        if len(hits) == 1 and not row.left_out:
            claimed.setdefault(hits[0].id, row)
    for row in people:
        hits = index.strong(row)
        if row.left_out:
            _shield(row, index, found)
        else:
            named = [] if hits else index.by_name(row)
            _settle(where, row, hits or named, claimed, found, by_name=bool(named))
    return found


def _shield(row: Row, index: "_Index[Known]", found: Matching) -> None:
    """Nobody whom a row that was left out may be about is taken off: we did not see that they are gone."""
    contacts = [*index.strong(row), *index.by_name_alone(row)]
    found.shielded.update(contact.id for contact in contacts)
    if not contacts and row.line not in found.doubted:
        found.unknown.append(row.line)


def _settle(where: str, row: Row, hits: list[Known], claimed: dict[int, Row], found: Matching, by_name: bool) -> None:
    """Decide one person of the file: that contact, a new one, or a Problem."""
    if len(hits) > 1:
        found.shielded.update(contact.id for contact in hits)
        names = " och ".join(f"#{contact.id}" for contact in hits[:5])
        found.problems.append(Problem(where, f"raden kan gälla flera i registret: {names}.", LEFT_OUT, row.line))
        return
    first = claimed.setdefault(hits[0].id, row) if hits else row
    if first is not row and by_name and not _may_be_same(first, row):
        found.pairs.append((row, None))  # a namesake in the household, with a number of their own
        return
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
        hits = [] if row.left_out else index.anyone(row)
        why = _differs(hits[0].row, row) if len(hits) == 1 else ""
        if len(hits) == 1 and not why:
            joined = _completed(hits[0].row, row)
            hits = index.anyone(joined)  # what this row adds may make an earlier person and a third one the same
            if len(hits) == 1:
                found.doubles += 1
                hits[0].row = joined
                index.add(hits[0], joined.name, _address_of(joined))
                continue
        if hits:
            found.problems.append(_doubtful(where, row, [slot.row.line for slot in hits], why))
            row = replace(row, left_out=True)
        if why:
            found.doubted.add(row.line)
        slots.append(slot := _Slot(row))
        if not row.left_out:
            index.add(slot, row.name, _address_of(row))
    return [slot.row for slot in slots]


def _doubtful(where: str, row: Row, lines: list[int], why: str) -> Problem:
    if why:
        what = f"raden gäller samma person som rad {lines[0]}, men {why}."
        return Problem(where, what, f"Rad {lines[0]} gäller. Rätta registret.", row.line)
    what = f"raden kan gälla samma person som någon av raderna {' och '.join(map(str, lines))}."
    return Problem(where, what, LEFT_OUT, row.line)


def _differs(first: Row, row: Row) -> str:
    """What two rows about one person do not agree on, so that somebody should look."""
    if first.name and row.name and first.name != row.name:
        return "namnet är ett annat"
    if first.number and row.number and first.number != row.number:
        return "numret är ett annat"
    if first.address and row.address and first.address.normal != row.address.normal:
        return "e-postadressen är en annan"
    if first.left_off != row.left_off:
        return "den ena räknas till listan och den andra inte"
    return ""


def _completed(first: Row, row: Row) -> Row:
    """The first row, with what only the later one says."""
    more = {name: getattr(row, name) for name in FIELDS if not getattr(first, name) and getattr(row, name)}
    if first.name:  # ”Åsa Öberg” in one cell is not to become ”Åsa Öberg Öberg”
        more = {name: value for name, value in more.items() if name not in ("first_name", "last_name")}
    if not more:
        return first
    problem = "" if "address" in more else first.address_problem
    return replace(first, read=first.read | frozenset(more), address_problem=problem, **more)


def _may_be_same(one: "_Person", other: "_Person") -> bool:
    """Whether nothing speaks against it: no two numbers, no two source ids."""
    return not (one.number and other.number and one.number != other.number) and not (
        one.source_id and other.source_id and one.source_id != other.source_id
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
        self._names: dict[str, tuple[Someone, ...]] = {}

    def add(self, someone: Someone, name: str, address: str) -> None:
        """Enter a person, or enter them under one more spelling."""
        if someone.number:
            self._numbers.setdefault(someone.number, someone)
        if someone.source_id:
            self._sources.setdefault(someone.source_id, someone)
        if address and (name or not (someone.number or someone.source_id)):  # an address alone is somebody too
            same = self._names.get(spelling := _spelling(name, address), ())
            if not any(one is someone for one in same):
                self._names[spelling] = (*same, someone)

    def strong(self, row: Row) -> list[Someone]:
        """Who has the row's number, and who its source id: two when they are not the same person."""
        hits = [h for h in (self._numbers.get(row.number), self._sources.get(row.source_id)) if h is not None]
        return hits[:1] if len(hits) == 2 and hits[0] is hits[1] else hits

    def anyone(self, row: Row) -> list[Someone]:
        """Whom the row may be about, each once: by number and source id, and by name together with address."""
        hits = self.strong(row)
        named = self.by_name(row)
        return hits + [someone for someone in named if not any(someone is hit for hit in hits)]

    def by_name_alone(self, row: Row) -> Sequence[Someone]:
        """Who has the name together with the address, whatever their numbers."""
        if not row.name and (row.number or row.source_id):
            return ()
        return self._names.get(_spelling(row.name, _address_of(row)), ())

    def by_name(self, row: Row) -> list[Someone]:
        """Who has the name together with the address, and no number or source id of another person."""
        return [someone for someone in self.by_name_alone(row) if _may_be_same(row, someone)]


def _spelling(name: str, address: str) -> str:
    """In one text, which weighs half as much as two: no address has a space, and no name begins with one."""
    return f"{address} {name}"


def _name_of(contact: Known) -> str:
    return normal_name(contact.first_name, contact.last_name)


def _address_of(row: Row) -> str:
    return row.address.normal if row.address else ""
