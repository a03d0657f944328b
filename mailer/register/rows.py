"""The people in a register's file, as values: each field read, or refused with its line.

Takes   the bytes of a CSV file and the List that says which column is what.
Gives   People: a Row each, the Problems, and which columns were not read.
Fails   EditorError when the file as a whole cannot be used.
"""

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from mailer.address import LONGEST, Address, parse_address
from mailer.errors import EditorError, Problem
from mailer.register import values
from mailer.register.definition import List
from mailer.register.fields import ALIASES, SWEDISH, normal_header, why_refused
from mailer.register.missing import Missing, missing_columns, remedy
from mailer.register.personnummer import holds_personnummer, is_personnummer
from mailer.register.sheet import Record, printable, read_sheet
from mailer.words import listing

# A person cannot be told apart, or cannot be addressed by name, without these: a bad one leaves the row out.
_NEEDED = ("number", "source_id", "first_name", "last_name")
# In the present tense: a preview says it, when nothing is saved.
LEFT_OUT = "Raden läses inte in. Rätta den i registret."
_WITHOUT_FIELD = "Personen läses in utan uppgiften. Rätta den i registret."
_WITHOUT_ADDRESS = "Personen läses in utan e-post. Rätta adressen i registret."
_PARSERS: dict[str, Callable[[str], Any]] = {
    "number": values.number,
    "phone": values.phone,
    "postcode": values.postcode,
    "language": values.language,
    "joined_on": values.joined_on,
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
    """What a file holds. `not_read`: the headers that no field was read from. `missing`: what the list expects."""

    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]
    not_read: tuple[str, ...] = ()
    missing: tuple[Missing, ...] = ()


def normal_name(first: str, last: str) -> str:
    """The form in which two spellings of a name are equal: NFC, case folded, single spaces."""
    return " ".join(unicodedata.normalize("NFC", f"{first} {last}".casefold()).split())


def read_rows(where: str, raw: bytes, chosen: List) -> People:
    """The people in the file. `where` names the file in what goes wrong."""
    sheet = read_sheet(where, raw)
    columns = _columns(where, sheet.header, chosen)
    not_read = _not_read(sheet.header, columns)
    rows, problems = [], []
    read = frozenset(columns.values())
    for record in sheet.records:
        row, wrong = _row(where, record, columns, read)
        rows.append(row)
        problems += wrong
    _refuse_personnummer(where, sheet.header, columns, rows)
    return People(tuple(rows), tuple(problems), not_read, missing_columns(not_read, read, chosen))


def _columns(where: str, header: list[str], chosen: List) -> dict[int, str]:
    """Which column is which field: the list's own words first, then Zetkin's for the fields the list reads."""
    own = {normal_header(h): field for h, field in chosen.columns.items()}
    wanted = set(own.values())
    found: dict[int, str] = {}
    for names in (own, {h: f for h, f in ALIASES.items() if f in wanted}):
        earlier = set(found.values())
        for n, title in enumerate(header):
            field = names.get(normal_header(title))
            if field is None or n in found or field in earlier or why_refused(title):
                continue
            if field in found.values():
                what = f"två kolumner skulle bli {SWEDISH[field]}: ”{printable(title)}” och en till."
                raise EditorError(Problem(where, what, "Ta bort den ena ur filen eller ur listans [columns].", 1))
            found[n] = field
    fields = set(found.values())
    if not fields & {"number", "source_id"} and not ("address" in fields and fields & {"first_name", "last_name"}):
        headers = listing([f"”{h}”" for h in chosen.columns]) or "inga kolumner alls"
        what = "ingen kolumn säger vem raderna gäller: det behövs nummer, eller namn och e-post."
        reads = f"Listan {chosen.name} läser {headers}; rätta filens första rad eller lists/{chosen.key}.toml."
        near = [m for m in missing_columns(_not_read(header, found), fields, chosen) if m.near]
        reads = f"{reads} {remedy(near[0], chosen)}" if near else reads
        raise EditorError(Problem(where, what, reads, 1))
    return found


def _not_read(header: list[str], columns: Mapping[int, str]) -> tuple[str, ...]:
    return tuple(printable(h) for n, h in enumerate(header) if n not in columns and h.strip())


def _row(where: str, record: Record, columns: Mapping[int, str], read: frozenset[str]) -> tuple[Row, list[Problem]]:
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
    row = Row(record.line, read - bad if bad else read, left_out=left_out, **found)
    if not left_out and not row.has_identity:
        what = "raden har varken nummer eller både namn och e-post, så personen kan inte kännas igen nästa gång"
        wrong.append((what, LEFT_OUT))
        left_out = True
        row = Row(record.line, row.read, left_out=True, **found)
    return row, [Problem(where, f"{what}.", LEFT_OUT if left_out else mend, record.line) for what, mend in wrong]


def _cell(field: str, cell: str) -> dict[str, Any]:
    if field != "address":
        parse = _PARSERS.get(field)
        return {field: parse(cell) if parse else values.plain(field, cell)}
    if not cell.strip():
        return {}
    try:
        return {"address": parse_address(cell)}
    except ValueError as why:
        if holds_personnummer(cell):  # the reason would print it, and it would be kept
            return {"address_problem": "e-postadressen innehåller vad som ser ut som ett personnummer"}
        return {"address_problem": str(why) if len(cell) < 2 * LONGEST else f"adressen är längre än {LONGEST} tecken"}


def _refuse_personnummer(where: str, header: list[str], columns: Mapping[int, str], rows: list[Row]) -> None:
    """A member number may look like one by chance; most of a column may not."""
    numbers = [row.number for row in rows if row.number]
    if 2 * sum(map(is_personnummer, numbers)) <= len(numbers):
        return
    title = next(printable(header[n]) for n, field in columns.items() if field == "number")
    what = f"kolumnen ”{title}” innehåller personnummer, inte medlemsnummer. Inget lästes in."
    raise EditorError(Problem(where, what, "Exportera filen utan personnummer.", 1))
