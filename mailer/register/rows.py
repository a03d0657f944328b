"""The people in a register's file, as values: each field read, or refused with its line.

Takes   the bytes of a CSV file or a workbook, and the List that says which column is what.
Gives   People: a Row each, the Problems, the warnings, and which columns were not read.
Fails   EditorError when the file as a whole cannot be used.
"""

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from sys import intern
from typing import Any

from mailer.address import LONGEST, Address
from mailer.errors import EditorError, Problem
from mailer.register import standing, values
from mailer.register.columns import columns_of_sheet, not_read, refuse_unknown
from mailer.register.definition import List
from mailer.register.missing import Missing, missing_columns
from mailer.register.personnummer import holds_personnummer, is_personnummer
from mailer.register.records import Record, Sheet, printable
from mailer.register.sheet import read_sheet
from mailer.register.zeros import lost_zeros

Progress = Callable[[int, int], None]  # rows read, and about how many there are
EVERY = 500  # rows between two words of progress

# A person cannot be told apart, or cannot be addressed by name, without these: a bad one leaves the row out.
_NEEDED = ("number", "source_id", "first_name", "last_name")
# In the present tense: a preview says it, when nothing is saved.
LEFT_OUT = "Raden läses inte in. Rätta den i registret."
_WITHOUT_FIELD = "Personen läses in utan uppgiften. Rätta den i registret."
_WITHOUT_ADDRESS = "Personen läses in utan e-post. Rätta adressen i registret."
# What many have alike is held once: of a million members that is every third byte.
SHARED = frozenset(
    ("first_name", "last_name", "care_of", "street", "postcode", "city", "language", "status", "home_branch")
)
_PARSERS: dict[str, Callable[[str], Any]] = {
    "number": values.number,
    "phone": values.phone,
    "postcode": values.postcode,
    "language": values.language,
    "joined_on": values.joined_on,
    "born_year": values.born_year,
}


@dataclass(frozen=True, slots=True)
class Row:
    """One person as the file has it. An empty cell and a column the file lacks are told apart by `read`."""

    line: int
    read: frozenset[str]  # the fields this row says something about, if only that they are empty
    number: str = ""
    source_id: str = ""
    first_name: str = ""
    last_name: str = ""
    address: Address | None = None
    address_problem: str = ""
    phone: str = ""
    care_of: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    language: str = ""
    joined_on: date | None = None
    status: str = ""
    home_branch: str = ""
    born_year: int | None = None
    left_off: str = ""  # ”status” or ”home_branch”: why the person does not count to the list
    left_out: bool = False  # a Problem says why; what could be read still shields the person from being taken off

    @property
    def name(self) -> str:
        return normal_name(self.first_name, self.last_name)

    @property
    def has_identity(self) -> bool:
        """Whether the person can be known again: number, source id, or name together with address."""
        return bool(self.number or self.source_id or (self.name and self.address))


@dataclass(frozen=True, slots=True)
class People:
    """What a file holds. `not_read`: the headers that no field was read from. `missing`: what the list expects.

    `warnings` stop nothing. `sheet`: the sheet of a workbook that was read.
    """

    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]
    not_read: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()
    warnings: tuple[Problem, ...] = ()
    sheet: str = ""


def normal_name(first: str, last: str) -> str:
    """The form in which two spellings of a name are equal: NFC, case folded, single spaces."""
    return " ".join(unicodedata.normalize("NFC", f"{first} {last}".casefold()).split())


def read_rows(
    where: str,
    raw: bytes,
    chosen: List,
    mapped: Sequence[str] = (),
    progress: Progress | None = None,
    by_address: bool = False,
) -> People:
    """The people in the file. `where` names the file in what goes wrong; `mapped` are the columns a person named.

    `by_address`: a row with an address and nothing else is a person too (a newsletter service may know no more).
    """
    sheet = read_sheet(where, raw)
    refuse_unknown(where, sheet, mapped)
    columns = columns_of_sheet(where, sheet, chosen, by_address)
    unread = not_read(sheet.header, columns)
    rows, problems = _rows(where, sheet, columns, chosen, progress or (lambda _, __: None), by_address)
    read = frozenset(columns.values())
    _refuse_personnummer(where, sheet, columns, rows, problems)
    warnings = lost_zeros(where, sheet, columns, [row.number for row in rows if row.number])
    missing = missing_columns(unread, read, chosen)
    return People(tuple(rows), tuple(problems), unread, missing, warnings, sheet.name)


def _rows(
    where: str, sheet: Sheet, columns: Mapping[int, str], chosen: List, progress: Progress, by_address: bool
) -> tuple[list[Row], list[Problem]]:
    rows: list[Row] = []
    problems: list[Problem] = []
    read = frozenset(columns.values())
    for record in sheet.records:
        row, wrong = _row(where, record, columns, read, chosen, by_address)
        rows.append(row)
        problems += wrong
        if len(rows) % EVERY == 0:
            progress(len(rows), max(sheet.length, len(rows)))
    progress(len(rows), len(rows))
    return rows, problems


def _row(
    where: str, record: Record, columns: Mapping[int, str], read: frozenset[str], chosen: List, by_address: bool
) -> tuple[Row, list[Problem]]:
    found: dict[str, Any] = {}
    wrong: list[tuple[str, str]] = []  # what, and the remedy of a row that is read all the same
    bad: set[str] = set()
    for n, field in columns.items():
        cell = record.cells[n] if n < len(record.cells) else ""
        try:
            found.update(_cell(field, cell))
        except ValueError as why:
            wrong.append((str(why), _WITHOUT_FIELD))
            bad.add(field)
    if problem := found.get("address_problem"):
        wrong.append((problem, _WITHOUT_ADDRESS))
    left_out = not record.whole or any(field in bad for field in _NEEDED)
    if not record.whole:  # the cells may stand under the wrong headers: say that, and nothing of what they seem to hold
        wrong = [("raden har inte lika många kolumner som rubriken", LEFT_OUT)]
    if not left_out and (what := _unknown(found, chosen, by_address)):
        wrong.append((what, LEFT_OUT))
        left_out = True
    off = standing.left_off(found.get("status", ""), found.get("home_branch", ""), chosen) if chosen.counting else ""
    row = Row(record.line, read - bad if bad else read, left_off=off, left_out=left_out, **found)
    return row, [Problem(where, f"{what}.", LEFT_OUT if left_out else mend, record.line) for what, mend in wrong]


def _unknown(found: Mapping[str, Any], chosen: List, by_address: bool) -> str:
    """What keeps the row out: nobody can be known again by it, or it does not say whether the person counts."""
    address = found.get("address")
    named = address and (by_address or normal_name(found.get("first_name", ""), found.get("last_name", "")))
    if not (found.get("number") or found.get("source_id") or named):
        lacks = "raden har varken medlemsnummer eller namn och e-post tillsammans"
        return f"{lacks}, så personen kan inte kännas igen nästa gång"
    return standing.unsaid(found.get("status", ""), found.get("home_branch", ""), chosen) if chosen.counting else ""


def _cell(field: str, cell: str) -> dict[str, Any]:
    if field != "address":
        parse = _PARSERS.get(field)
        value = parse(cell) if parse else values.plain(field, cell)
        return {field: intern(value) if field in SHARED else value}
    if not cell.strip():
        return {}
    try:
        return {"address": values.address(cell)}
    except ValueError as why:
        if holds_personnummer(cell):  # the reason would print it, and it would be kept
            return {"address_problem": "e-postadressen innehåller vad som ser ut som ett personnummer"}
        return {"address_problem": str(why) if len(cell) < 2 * LONGEST else f"adressen är längre än {LONGEST} tecken"}


def _refuse_personnummer(
    where: str, sheet: Sheet, columns: Mapping[int, str], rows: list[Row], problems: list[Problem]
) -> None:
    """A member number may look like one by chance; most of a column may not. A birth date that is one is no chance."""
    numbers = [row.number for row in rows if row.number]
    births = sum(problem.what.startswith(values.PERSONNUMMER_AS_BIRTH) for problem in problems)
    for field, holds, instead in (
        ("number", 2 * sum(map(is_personnummer, numbers)) > len(numbers), "medlemsnummer"),
        ("born_year", 2 * births > len(rows), "födelseår eller födelsedatum"),
    ):
        if holds:
            title = next(printable(sheet.header[n]) for n, name in columns.items() if name == field)
            what = f"kolumnen ”{title}” innehåller personnummer, inte {instead}. Inget lästes in."
            raise EditorError(Problem(where, what, "Exportera filen utan personnummer.", sheet.line))
