"""Rows: what stands on a page one below the other. A row knows how high it is, and draws itself from its top.

Takes   text, lengths in millimetres, type in points; a document whose page is open.
Gives   rows; rows laid out over pages.
Fails   never: a word that is wider than its column is broken.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from fpdf import FPDF

from mailer.letters import faces
from mailer.letters.faces import POINT, Style
from mailer.letters.flow import Line, lay
from mailer.letters.page import Align, draw_lines, write

PAGE_WIDTH, PAGE_HEIGHT = 210.0, 297.0  # A4
LEFT, WIDTH = 18.0, 174.0
RIGHT = LEFT + WIDTH
TOP, BOTTOM = 16.0, 273.0  # between them rows stand; below is the foot
FOOT = 276.0
BODY = 12.0  # points: nothing is smaller on what a member fills in
LEADING = 1.24  # of the size, from line to line
LINE = BODY * POINT * LEADING
RULE = 0.35  # how thick boxes and lines are


@dataclass(frozen=True, slots=True)
class Row:
    """One thing across the page. `draw`: on the page that is open, from a top."""

    height: float
    draw: Callable[[FPDF, float], None]


@dataclass(frozen=True, slots=True)
class Block:
    """Rows that stay on one page when they fit on one; with `binds`, together with the block that follows. The last
    row is the air below, which may hang over the page's end."""

    rows: tuple[Row, ...]
    binds: bool = False


Page = tuple[tuple[Row, float], ...]  # each row and its top


def wrapped(text: str, width: float, size: float, style: Style = "") -> list[str]:
    """The text in lines of the width; what is in several lines already stays so."""
    return [line for part in text.split("\n") for line in _wrapped(faces.printable(part), width, size, style)]


def paragraph(text: str, x: float, width: float, size: float, style: Style = "", align: Align = "L") -> Row:
    """A text in a column."""
    lines = wrapped(text.strip(), width, size, style) if text.strip() else []
    at = {"L": x, "C": x + width / 2, "R": x + width}[align]
    step = size * POINT * LEADING

    def draw(pdf: FPDF, top: float) -> None:
        for place, line in enumerate(lines):
            set_line(pdf, at, top + place * step, line, size, style, align)

    return Row(len(lines) * step, draw)


def set_line(
    pdf: FPDF, x: float, top: float, text: str, size: float, style: Style = "", align: Align = "L"
) -> float:  # fmt: skip
    """One line at, around or before x. Gives where it ends."""
    baseline = top + size * POINT * (faces.ASCENT + (LEADING - faces.ASCENT - faces.DESCENT) / 2)
    return write(pdf, text, x, baseline, size, style, align)


def prose(text: str, x: float, width: float, size: float) -> tuple[Row, ...]:
    """Markdown in a column, a row for each line; no air above the first."""
    return tuple(_line(line, x, line.before if n else 0) for n, line in enumerate(lay(text, width, size)))


def gap(height: float) -> Row:
    """Nothing, so high."""
    return Row(height, lambda _pdf, _top: None)


def stack(rows: Sequence[Row]) -> Row:
    """Rows as one, which nothing parts."""

    def draw(pdf: FPDF, top: float) -> None:
        for row in rows:
            row.draw(pdf, top)
            top += row.height

    return Row(sum(row.height for row in rows), draw)


def beside(rows: Sequence[Row]) -> Row:
    """Rows with the same top, as high as the highest."""

    def draw(pdf: FPDF, top: float) -> None:
        for row in rows:
            row.draw(pdf, top)

    return Row(max(row.height for row in rows), draw)


def _line(line: Line, x: float, before: float) -> Row:
    return Row(before + line.height, lambda pdf, top: _drawn(pdf, line, x, top + before))


def _drawn(pdf: FPDF, line: Line, x: float, top: float) -> None:
    draw_lines(pdf, (line,), x, top)


def tick_box(pdf: FPDF, x: float, top: float, side: float) -> None:
    """A box to tick."""
    pdf.set_line_width(RULE)
    pdf.rect(x, top, side, side)


def rule(pdf: FPDF, left: float, right: float, y: float, width: float = RULE) -> None:
    """A line."""
    pdf.set_line_width(width)
    pdf.line(left, y, right, y)


def paged(blocks: Sequence[Block]) -> tuple[Page, ...]:
    """The pages. A block goes to the next page when it does not fit on this one but on a whole one; else it flows."""
    pages: list[list[tuple[Row, float]]] = [[]]
    top = TOP
    for group in _groups(blocks):
        whole = sum(row.height for row in group[:-1])
        if top + whole > BOTTOM and pages[-1] and whole <= BOTTOM - TOP:
            pages.append([])
            top = TOP
        for row in group:
            if top + row.height > BOTTOM and pages[-1] and row is not group[-1]:
                pages.append([])
                top = TOP
            pages[-1].append((row, top))
            top += row.height
    return tuple(tuple(page) for page in pages)


def _groups(blocks: Sequence[Block]) -> Iterator[list[Row]]:
    group: list[Row] = []
    for block in blocks:
        group += block.rows
        if not block.binds:
            yield group
            group = []
    if group:
        yield group


def _wrapped(text: str, width: float, size: float, style: Style) -> Iterator[str]:
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if faces.width(longer, size, style) <= width:
            line = longer
            continue
        if line:
            yield line
        *full, line = _broken(word, width, size, style)
        yield from full
    yield line


def _broken(word: str, width: float, size: float, style: Style) -> list[str]:
    """A word that is wider than the column, in pieces."""
    pieces = [""]
    for sign in word:
        if pieces[-1] and faces.width(pieces[-1] + sign, size, style) > width:
            pieces.append("")
        pieces[-1] += sign
    return pieces
