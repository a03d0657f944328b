"""A register's file as a table of text: its encoding, separator, header and records.

Takes   the bytes of a CSV file, or of a workbook, which `workbook` reads.
Gives   a Sheet: the header and the records, with the line each begins on and whether it has all its cells.
Fails   EditorError when the file as a whole cannot be read, at once or when the record that breaks it is asked for.
"""

import csv
import re
from collections.abc import Iterator

from mailer.errors import EditorError, Problem
from mailer.register.filetype import refuse_others
from mailer.register.records import Record, Sheet, refuse_doubles
from mailer.register.workbook import is_workbook, read_workbook

# Where UTF-8 does not fit: what Windows, DOS programs and old Macs wrote. Excel in Sweden still writes the first.
_OLD = ("cp1252", "cp850", "mac_roman")
_TELLTALE = frozenset("åäöÅÄÖéÉ")
_SEPARATORS = ";,\t"
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_RESAVE = "Öppna filen i kalkylprogrammet och spara den som ”CSV UTF-8”."


def read_sheet(where: str, raw: bytes) -> Sheet:
    """The table in the bytes, of whatever kind the file is. `where` names the file in what goes wrong."""
    if is_workbook(raw):
        return read_workbook(where, raw)
    refuse_others(where, raw)
    text = _decode(where, raw)
    if "\0" in text:
        raise EditorError(
            Problem(where, "filen innehåller NUL-tecken och är ingen CSV-fil.", _RESAVE, _line_of(text, "\0"))
        )
    lines = _records(where, text, _separator(text))
    first, header = next(lines, (0, []))
    if not header:
        raise EditorError(Problem(where, "filen är tom.", "Exportera registret igen."))
    refuse_doubles(where, header, first)
    records: Iterator[Record] = (Record(n, cells, len(cells) == len(header)) for n, cells in lines)
    if not text.endswith(("\n", "\r")):
        records = _uncut(where, len(header), records)
    return Sheet(header, records, text.count("\n"), first)


def _uncut(where: str, width: int, records: Iterator[Record]) -> Iterator[Record]:
    """The records of a file that does not end its last line. Where the others are whole and that one is short: cut."""
    last, others_whole = next(records, None), False
    for record in records:
        if last is not None:
            others_whole = last.whole
            yield last
        last = record
    if last is None:
        return
    if others_whole and len(last.cells) < width:
        what = f"filen är avklippt: den sista raden har {len(last.cells)} av {width} kolumner."
        raise EditorError(Problem(where, what, "Exportera registret igen.", last.line))
    yield last


def _decode(where: str, raw: bytes) -> str:
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
        if why.end == len(raw) and "end of data" in why.reason and _score(raw, "utf-8"):
            what = "filen är avklippt: den slutar mitt i en bokstav."
            raise EditorError(Problem(where, what, "Exportera registret igen.", raw.count(b"\n") + 1)) from why
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
    # Not by StringIO, which holds four bytes for each character of the file.
    reader = csv.reader((line[0] for line in _LINE.finditer(text)), delimiter=separator, strict=True)
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


def _line_of(text: str, character: str) -> int:
    return text.count("\n", 0, text.index(character)) + 1
