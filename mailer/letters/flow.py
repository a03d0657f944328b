"""Markdown laid out in a column: lines, and what stands where on each.

Takes   Markdown as it was approved; a width in millimetres, a size in points; values for the slots.
Gives   Lines, one below the other; drawing them is for others.
Fails   never: a word wider than the column is broken.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mailer.letters import faces
from mailer.letters.blocks import Block, Piece, blocks
from mailer.letters.faces import POINT, Style

LEADING = 1.36  # of the size, from line to line
BETWEEN = 0.62  # of the size of a line: air between paragraphs
INDENT = 6.0  # millimetres that a list or a quotation stands in


@dataclass(frozen=True, slots=True)
class Run:
    """Words of one style. `x`: millimetres from the column's left edge. The text is printable."""

    x: float
    text: str
    style: Style


@dataclass(frozen=True, slots=True)
class Line:
    """`size`: points; `height` and the air `before` it: millimetres. `binds`: it stays with the next line."""

    runs: tuple[Run, ...]
    size: float
    height: float
    before: float = 0
    binds: bool = False
    has_rule: bool = False


def lay(text: str, width: float, size: float, slots: Mapping[str, str] | None = None) -> tuple[Line, ...]:
    """The lines of the Markdown. `slots`: slot's name -> value; without one its fallback stands."""
    lines: list[Line] = []
    for block in blocks(text, slots or {}):
        lines += _lines(block, width, size)
    return tuple(lines)


def lay_plain(text: str, width: float, size: float, style: Style = "") -> tuple[Line, ...]:
    """The same for text that is no Markdown, as one paragraph."""
    return tuple(_lines(Block([Piece(text, style)]), width, size))


def height(lines: Sequence[Line]) -> float:
    """Millimetres of the lines, the air above the first left out."""
    return sum(line.height + line.before for line in lines) - (lines[0].before if lines else 0)


def _lines(block: Block, width: float, size: float) -> Iterator[Line]:
    size *= block.scale
    left = block.indent * INDENT
    before = size * POINT * (0.25 if block.is_tight else BETWEEN * (1.5 if block.is_heading else 1))
    high = size * POINT * LEADING
    if block.is_rule:
        yield Line((), size, high, before, has_rule=True)
        return
    for n, words in enumerate(_broken(block.pieces, max(width - left, 20), size)):
        runs = [Run(left + run.x, run.text, run.style) for run in words]
        if block.mark and not n:
            mark = faces.printable(block.mark)
            runs.insert(0, Run(max(left - faces.width(mark, size) - 2, 0), mark, ""))
        yield Line(tuple(runs), size, high, 0 if n else before, block.is_heading)


def _broken(pieces: Sequence[Piece], width: float, size: float) -> Iterator[list[Run]]:
    """The pieces in lines: as many words on each as there is room for."""
    line: list[Run] = []
    x, space = 0.0, 0.0
    for word in _words(pieces):
        if word == "\n":
            yield line
            line, x, space = [], 0.0, 0.0
            continue
        if word == " ":
            space = faces.width(" ", size) if line else 0.0
            continue
        wide = sum(faces.width(piece.text, size, piece.style) for piece in word)
        if line and x + space + wide > width:
            yield line
            line, x, space = [], 0.0, 0.0
        for piece in _fitting(word, width, size):
            wide = faces.width(piece.text, size, piece.style)
            if x + space + wide > width and line:
                yield line
                line, x, space = [], 0.0, 0.0
            if line and line[-1].style == piece.style:
                line[-1] = replace(line[-1], text=line[-1].text + (" " if space else "") + piece.text)
            else:
                line.append(Run(x + space, piece.text, piece.style))
            x, space = x + space + wide, 0.0
    yield line


def _words(pieces: Sequence[Piece]) -> Iterator[Any]:
    """Words, each a list of pieces without a break between them; ” ” and ”\\n” are themselves."""
    word: list[Piece] = []
    for piece in pieces:
        if piece.text == "\n":
            yield from ([word] if word else [])
            word = []
            yield "\n"
            continue
        for part in re.split("( +)", faces.printable(piece.text)):
            if part.startswith(" "):
                yield from ([word] if word else [])
                word = []
                yield " "
            elif part:
                word.append(Piece(part, piece.style))
    if word:
        yield word


def _fitting(word: Sequence[Piece], width: float, size: float) -> Iterator[Piece]:
    """The word's pieces; one that is wider than the column is cut."""
    for piece in word:
        if faces.width(piece.text, size, piece.style) <= width:
            yield piece
            continue
        cut = ""
        for sign in piece.text:
            if cut and faces.width(cut + sign, size, piece.style) > width:
                yield Piece(cut, piece.style)
                cut = ""
            cut += sign
        yield Piece(cut, piece.style)
