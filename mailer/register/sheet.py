"""A register's file as a table of text: its encoding, separator, header and records.

Takes   the bytes of a CSV file.
Gives   a Sheet: the header and the records, with the line each begins on and whether it has all its cells.
Fails   EditorError when the file as a whole cannot be read, at once or when the record that breaks it is asked for.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from mailer.errors import EditorError, Problem
from mailer.register.fields import normal_header

# Where UTF-8 does not fit: what Windows, DOS programs and old Macs wrote. Excel in Sweden still writes the first.
_OLD = ("cp1252", "cp850", "mac_roman")
_TELLTALE = frozenset("åäöÅÄÖéÉ")
_SEPARATORS = ";,\t"
_RESAVE = "Öppna filen i kalkylprogrammet och spara den som ”CSV UTF-8”."


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of one person, and the line they begin on. `whole`: as many as the header has."""

    line: int
    cells: list[str]
    whole: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file's header and its records, to be read once; blank lines are gone.

    The records come as they are asked for, so that a file of a million is not held twice.
    """

    header: list[str]
    records: Iterator[Record]


def read_sheet(where: str, raw: bytes) -> Sheet:
    """The table in the bytes. `where` names the file in what goes wrong."""
    text = _decode(where, raw)
    if "\0" in text:
        raise EditorError(
            Problem(where, "filen innehåller NUL-tecken och är ingen CSV-fil.", _RESAVE, _line_of(text, "\0"))
        )
    lines = _records(where, text, _separator(text))
    first, header = next(lines, (0, []))
    if not header:
        raise EditorError(Problem(where, "filen är tom.", "Exportera registret igen."))
    _refuse_doubles(where, header, first)
    return Sheet(header, (Record(n, cells, len(cells) == len(header)) for n, cells in lines))


def printable(header: str) -> str:
    """A header as it may be shown: it comes from outside, and a terminal obeys control characters."""
    return "".join(c for c in header.strip() if c.isprintable())[:80]


def _decode(where: str, raw: bytes) -> str:
    if raw[:4] in (b"PK\3\4", b"\xd0\xcf\x11\xe0"):
        raise EditorError(Problem(where, "filen är en arbetsbok, inte en CSV-fil.", _RESAVE))
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if raw.startswith(mark):
            try:
                return raw.decode(encoding)
            except UnicodeDecodeError as why:
                raise EditorError(
                    Problem(where, "filen är skadad: den är inte hel UTF-8 eller UTF-16.", _RESAVE)
                ) from why
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as why:
        return _old_encoding(where, raw, raw.count(b"\n", 0, why.start) + 1)


def _old_encoding(where: str, raw: bytes, line: int) -> str:
    """The old encoding that gives the most å, ä, ö and é. No guess when none does, or when UTF-8 nearly fits."""
    scores = {encoding: _score(raw, encoding) for encoding in _OLD}
    best = max(scores, key=lambda encoding: scores[encoding])
    if scores[best] <= _score(raw, "utf-8"):
        raise EditorError(Problem(where, "det går inte att avgöra vilken teckenkodning filen har.", _RESAVE, line))
    return raw.decode(best)


def _score(raw: bytes, encoding: str) -> int:
    """How many letters of Swedish the bytes give; an old encoding that has no letter for some byte gives none."""
    try:
        text = raw.decode(encoding, "ignore" if encoding == "utf-8" else "strict")
    except UnicodeDecodeError:
        return 0
    return sum(c in _TELLTALE for c in text)


def _separator(text: str) -> str:
    """The one that stands most often in the header, outside quotes; a semicolon where there is one column."""
    header, quoted = [], False
    for character in text.lstrip("\r\n"):
        if character in "\r\n" and not quoted:
            break
        quoted ^= character == '"'
        if not quoted:
            header.append(character)
    return max(_SEPARATORS, key=header.count)


def _records(where: str, text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of the header and of each record that has something in it. Quoted cells may hold line breaks."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield begins, cells
            begins = reader.line_num + 1
    except csv.Error as why:
        what = "citattecknen går inte ihop från den här raden, eller så är en cell orimligt lång."
        remedy = 'Ett " inuti en cell skrivs dubbelt inom citattecken: "Anna ""Ankan"" Berg".'
        raise EditorError(Problem(where, what, remedy, begins)) from why


def _refuse_doubles(where: str, header: list[str], line: int) -> None:
    seen: set[str] = set()
    problems = []
    for name in map(normal_header, header):
        if name and name in seen:
            problems.append(
                Problem(
                    where,
                    f"kolumnen ”{printable(name)}” står två gånger.",
                    "Ta bort eller döp om den ena.",
                    line,
                )
            )
        seen.add(name)
    if problems:
        raise EditorError(*problems)


def _line_of(text: str, character: str) -> int:
    return text.count("\n", 0, text.index(character)) + 1
