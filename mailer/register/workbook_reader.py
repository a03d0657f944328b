"""A process of its own that opens one workbook: whatever it holds, no more than this process can be lost.

Takes   the bytes of an XLSX, XLSB, XLS or ODS file on stdin.
Gives   on stdout the filled rows of its one sheet as CSV, each with its row number first; on stderr a line of JSON:
        `sheet` and `numbers` (columns whose cells are numbers), or `why` nothing could be read, with `sheets`.
Fails   never in words: killed by its limits, or with another exit code than 0, the workbook is too large or damaged.
"""

# It imports nothing of ours, so that it starts at once. The workbook library allocates a whole sheet, and two cells at
# opposite corners make a sheet of 17 milliard: hence the limits, and hence the process.

import contextlib
import csv
import io
import json
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

import python_calamine

MEMORY = 256 * 1024 * 1024  # bytes of address space; 100,000 members take 100 MB
SECONDS = 10  # of processor time
MOST_TEXT = 64 * 1024 * 1024  # characters; one shared text in a million cells is a bomb of another kind
LONGEST_CELL = 32_767  # Excel's own limit
_ERROR_CELL = re.compile(rb'<(?:\w+:)?c [^>]{0,200}\bt="e"')


class _Why(Exception):
    """Why there is nothing to read: an answer, not a failure."""

    def __init__(self, why: str, sheets: list[str] | None = None) -> None:
        super().__init__(why)
        self.answer = {"why": why, "sheets": sheets or []}


def main() -> None:
    """Read stdin, write the rows, say what was read."""
    with contextlib.suppress(ValueError, OSError):  # a system without one of the limits still has the other
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    raw = sys.stdin.buffer.read()
    out = io.TextIOWrapper(sys.stdout.buffer, "utf-8", newline="")
    try:
        answer = _convert(raw, out)
    except _Why as known:
        answer = known.answer
    except python_calamine.PasswordError:
        answer = {"why": "password"}
    except MemoryError:
        answer = {"why": "large"}
    except (python_calamine.CalamineError, python_calamine.XmlError, python_calamine.ZipError) as why:
        answer = {"why": "password" if "password" in str(why).lower() else "damaged"}
    out.flush()
    sys.stderr.write(f"\n{json.dumps(answer)}\n")


def _convert(raw: bytes, out: io.TextIOWrapper) -> dict[str, Any]:
    book = python_calamine.load_workbook(io.BytesIO(raw))
    name, sheet = _the_sheet(book)
    writer = csv.writer(out)
    numbers: set[int] = set()
    total, header = 0, True
    for n, row in enumerate(sheet.iter_rows(), 1):
        cells = [_text(value) for value in row]
        if not any(cells):
            continue
        if not header:
            numbers.update(i for i, value in enumerate(row) if type(value) in (int, float))
        header = False
        total += sum(map(len, cells))
        if total > MOST_TEXT:
            raise _Why("large")
        writer.writerow([n, *cells])
    if any(_ERROR_CELL.search(piece) for piece in _pieces(raw)):
        raise _Why("errors", [name])
    return {"sheet": name, "numbers": sorted(numbers)}


def _the_sheet(book: Any) -> tuple[str, Any]:
    """The one visible sheet that holds anything."""
    seen = [one.name for one in book.sheets_metadata if one.visible == python_calamine.SheetVisibleEnum.Visible]
    filled = [(name, sheet) for name in seen if (sheet := _sheet(book, name)) is not None and _holds_text(sheet)]
    if len(filled) != 1:
        raise _Why("many" if filled else "empty", [name for name, _ in filled])
    return filled[0]


def _sheet(book: Any, name: str) -> Any:
    try:
        return book.get_sheet_by_name(name)
    except python_calamine.WorksheetNotFound:  # a sheet of charts
        return None


def _holds_text(sheet: Any) -> bool:
    return any(_text(value) for row in sheet.iter_rows() for value in row)


def _text(value: Any) -> str:
    """A cell as a person would have typed it: no ”.0” after a number, dates as ISO 8601."""
    if isinstance(value, str):
        return value.strip()[:LONGEST_CELL]
    if isinstance(value, bool):
        return "ja" if value else "nej"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _pieces(raw: bytes) -> Iterator[bytes]:
    """The XML of an XLSX file's sheets, in pieces that overlap by more than a cell's head."""
    if not raw.startswith(b"PK"):
        return
    with zipfile.ZipFile(io.BytesIO(raw)) as bundle:
        for name in bundle.namelist():
            if not name.startswith("xl/worksheets/sheet"):
                continue
            with bundle.open(name) as member:
                tail = b""
                while piece := member.read(1 << 20):
                    yield tail + piece
                    tail = piece[-300:]


if __name__ == "__main__":
    main()
