"""A document and what can stand on its pages: text at a place, Markdown in a column, a QR code.

Takes   a title; text; places and lengths in millimetres from the upper left corner, type in points.
Gives   an FPDF document with our typefaces, whose bytes depend on its content alone; the file.
Fails   OSError when the file cannot be written. Text never fails: what has no sign is left out or ”?” (see faces).
"""

import io
import os
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import segno
from fpdf import FPDF

from mailer.letters import faces
from mailer.letters.faces import POINT, Style, missing_glyphs
from mailer.letters.flow import Line, lay

__all__ = ["A4", "A5", "BLACK", "GREY", "draw_lines", "draw_qr", "missing_glyphs", "new_document", "save",
           "scanned", "write", "write_markdown"]  # fmt: skip

A4 = (210.0, 297.0)  # ISO 216, upright
A5 = (210.0, 148.0)  # lying
BLACK, GREY = 0, 95  # of 255; grey is still read in a bad print
QUIET = 4  # modules around a QR code: ISO/IEC 18004
LEAST_QR = 20.0  # millimetres that a telephone reads from an arm's length
_OVERLAP = 0.02  # millimetres: rows of modules would show hairlines between them on a screen
_SCANNED_PATH = "/s/"
_NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)  # the library writes one; when a letter was made is nobody's business

Align = Literal["L", "C", "R"]


def new_document(title: str, size: tuple[float, float] = A4) -> FPDF:
    """A document without pages. `size`: width and height of a page. Its date is a fixed one."""
    pdf = FPDF(unit="mm", format=size)
    pdf.set_auto_page_break(False)
    pdf.set_margin(0)
    faces.add_to(pdf)
    pdf.set_title(faces.printable(title))
    pdf.set_producer("V Aktuellt")
    pdf.set_creation_date(_NO_DATE)
    pdf.set_font(faces.FAMILY, "", 11)
    return pdf


def save(pdf: FPDF, path: Path) -> None:
    """The file, whole or not at all; only its owner may read it: names and codes stand in it."""
    target = io.BytesIO()
    pdf.output(target)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(target.getbuffer())
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def write(
    pdf: FPDF, text: str, x: float, baseline: float, size: float, style: Style = "", align: Align = "L"
) -> float:  # fmt: skip
    """One line, never broken. `align`: whether x is its left end, its middle or its right end. Gives its right end."""
    text = faces.printable(text)
    if align != "L":
        x -= faces.width(text, size, style) / (2 if align == "C" else 1)
    return _set(pdf, text, x, baseline, size, style)


def write_markdown(
    pdf: FPDF, text: str, x: float, y: float, width: float, size: float, slots: Mapping[str, str] | None = None
) -> float:  # fmt: skip
    """Markdown in a column of the page that is open, from y down. Gives the y below it; it turns no page."""
    return draw_lines(pdf, lay(text, width, size, slots), x, y)


def draw_lines(pdf: FPDF, lines: tuple[Line, ...], x: float, y: float) -> float:
    """Lines that were laid out, from y down. The air above the first is left out. Gives the y below."""
    for n, line in enumerate(lines):
        y += line.before if n else 0
        baseline = y + (line.height - line.size * POINT * (faces.ASCENT + faces.DESCENT)) / 2
        baseline += line.size * POINT * faces.ASCENT
        if line.has_rule:
            pdf.set_line_width(0.2)
            pdf.line(x, y + line.height / 2, x + 30, y + line.height / 2)
        for run in line.runs:
            _set(pdf, run.text, x + run.x, baseline, line.size, run.style)
        y += line.height
    return y


def draw_qr(pdf: FPDF, text: str, x: float, y: float, size_mm: float) -> None:
    """The text as a QR code, error correction M or better, its quiet zone within the square."""
    rows, count = _runs(text)
    module = size_mm / count
    pdf.set_fill_color(BLACK)
    for row, begun, length in rows:
        pdf.rect(x + begun * module, y + row * module, length * module, module + _OVERLAP, style="F")


def scanned(link: str) -> str:
    """What the QR code says: all capitals (fewer modules) where the site takes them so: …/s/CODE at its root."""
    parts = urlsplit(link)
    is_short = parts.path.lower().startswith(_SCANNED_PATH) and parts.path.count("/") == 2
    if is_short and not parts.query and not parts.fragment and link.isascii() and parts.path[3:].isupper():
        return link.upper()
    return link


def _set(pdf: FPDF, text: str, x: float, baseline: float, size: float, style: Style) -> float:
    """Text that is printable already."""
    for family, own, piece in faces.pieces(text, style) if text else ():
        pdf.set_font(family, own, size)
        pdf.text(x, baseline, piece)
        x += faces.width(piece, size, own)
    return x


@lru_cache(maxsize=16)  # a member's form has the code of her letter, page after page
def _runs(text: str) -> tuple[tuple[tuple[int, int, int], ...], int]:
    """Dark modules side by side as (row, first, how many), quiet zone counted; and the modules across."""
    code = segno.make(text, error="m", micro=False)
    runs = []
    for number, row in enumerate(code.matrix):
        line = bytes(row)
        at = line.find(1)
        while at >= 0:
            end = line.find(0, at)
            end = len(line) if end < 0 else end
            runs.append((number + QUIET, at + QUIET, end - at))
            at = line.find(1, end)
    return tuple(runs), len(code.matrix) + 2 * QUIET
