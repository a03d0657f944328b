"""A register in a workbook (XLSX, XLS, ODS) as a table of text, read by a process of its own with limits.

Takes   the bytes of the file.
Gives   a Sheet: numbers without ”.0”, dates as ISO 8601, and which columns held numbers.
Fails   EditorError in words: locked, damaged, too large, no sheet or several with something in them.
"""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mailer.errors import EditorError, Problem
from mailer.register.archive import LARGEST_PACKED, open_zip, read_member
from mailer.register.records import Record, Sheet, printable, refuse_doubles
from mailer.words import listing

ZIP, OLE = b"PK\3\4", b"\xd0\xcf\x11\xe0"
PATIENCE = 60.0  # seconds of the clock; the reader has 10 of processor time, on a machine that others may use too

_READER = Path(__file__).with_name("workbook_reader.py")
_LOCKED_XLSX = "EncryptedPackage".encode("utf-16-le")  # the stream of an encrypted one ([MS-OFFCRYPTO] section 2.3.4)
_BOOKS = ("xl/workbook.xml", "xl/workbook.bin", "content.xml")
_AGAIN = "Exportera eller spara filen igen."
_AS_CSV = "Spara bladet som ”CSV UTF-8” och läs in det i stället."
_WHY = {
    "password": ("arbetsboken är låst med lösenord.", "Spara den utan lösenord."),
    "large": ("arbetsboken är för stor för att öppnas.", _AS_CSV),
    "damaged": ("arbetsboken är skadad och går inte att öppna.", _AGAIN),
    "empty": ("arbetsboken är tom.", "Exportera registret igen."),
}


def is_workbook(raw: bytes) -> bool:
    """Whether the bytes begin as a workbook does, whatever the file is called."""
    return raw.startswith((ZIP, b"PK\5\6", OLE))


def read_workbook(where: str, raw: bytes) -> Sheet:
    """The one sheet with something in it. `where` names the file in what goes wrong."""
    if raw.startswith(OLE):
        if len(raw) > LARGEST_PACKED:
            raise _refusal(where, "large")
        if _LOCKED_XLSX in raw:
            raise _refusal(where, "password")
    else:
        _look_inside(where, raw)
    rows, answer = _ask(where, raw)
    if "why" in answer:
        raise _refusal(where, answer["why"], answer.get("sheets", ()))
    lines = _lines(rows)
    line, header = next(lines)
    while header and not header[-1].strip():
        header.pop()
    refuse_doubles(where, header, line)
    width = len(header)
    records = (Record(n, cells[:width], True) for n, cells in lines if any(map(str.strip, cells[:width])))
    numbers = frozenset(int(n) for n in answer["numbers"])
    return Sheet(header, records, rows.count("\n"), line, printable(answer["sheet"]), numbers)


def _look_inside(where: str, raw: bytes) -> None:
    """EditorError when the zip is too large inside, locked, or no workbook."""
    with open_zip(where, raw) as bundle:
        names = bundle.namelist()
        if any(name.lower().endswith(".csv") for name in names):
            what = "filen är ett zip-arkiv med CSV-filer."
            remedy = "Packa upp det. Är det Mailchimps export: skriv --mailchimp i stället för --add."
            raise EditorError(Problem(where, what, remedy))
        if not any(name in names for name in _BOOKS):
            what = "filen är ett zip-arkiv, men ingen arbetsbok."
            raise EditorError(Problem(where, what, "Exportera registret som CSV eller Excel."))
        manifest = "META-INF/manifest.xml"
        if manifest in names and b"encryption-data" in read_member(where, bundle, manifest, 1 << 20):
            raise _refusal(where, "password")  # OpenDocument 1.2 part 3, section 3.4


def _ask(where: str, raw: bytes) -> tuple[str, dict[str, Any]]:
    """The rows as CSV, and what the reader says of them; when it says nothing, its limits have ended it."""
    command = [sys.executable, "-P", str(_READER)]
    try:
        done = subprocess.run(command, input=raw, capture_output=True, timeout=PATIENCE, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as why:
        raise _refusal(where, "large") from why
    said = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
    if done.returncode == 0 and said.startswith("{"):
        return done.stdout.decode("utf-8", "replace"), json.loads(said)
    raise _refusal(where, "large" if done.returncode < 0 or "llocation" in said else "damaged")


def _lines(rows: str) -> Iterator[tuple[int, list[str]]]:
    for cells in csv.reader(io.StringIO(rows, newline="")):
        yield int(cells[0]), cells[1:]


def _refusal(where: str, why: str, sheets: Any = ()) -> EditorError:
    names = listing([f"”{printable(str(name))}”" for name in list(sheets)[:10]])
    if why == "many":
        what = f"arbetsboken har flera blad med något i: {names}."
        return EditorError(Problem(where, what, "Spara det blad som är registret i en egen fil och läs in den."))
    if why == "errors":
        what = f"bladet {names} har celler där en formel har gått fel (#SAKNAS!, #REF!, #N/A)."
        return EditorError(Problem(where, what, "Rätta formlerna, eller klistra in dem som värden, och spara igen."))
    return EditorError(Problem(where, *_WHY.get(why, _WHY["damaged"])))
