"""A register's file as a table of text: one header, and a record for each person.

Takes   the lines of a file, cut into cells.
Gives   a Sheet: the header and the records, with the line each begins on and whether it has all its cells.
Fails   EditorError when the file is empty or a header stands twice.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from mailer.errors import EditorError, Problem
from mailer.register.fields import normal_header


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of one person, and the line they begin on. `whole`: as many as the header has."""

    line: int
    cells: list[str]
    whole: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file's header and its records, to be read once; blank lines are gone.

    The records come as they are asked for, so that a file of a million is not held twice. `length` is about how many
    there are; `name` the sheet of a workbook; `numbers` the columns whose cells a workbook holds as numbers, not text.
    """

    header: list[str]
    records: Iterator[Record]
    length: int = 0
    line: int = 1  # of the header
    name: str = ""
    numbers: frozenset[int] = frozenset()


def printable(header: str) -> str:
    """A header as it may be shown: it comes from outside, and a terminal obeys control characters."""
    return "".join(c for c in header.strip() if c.isprintable())[:80]


def refuse_doubles(where: str, header: list[str], line: int) -> None:
    """EditorError when two columns have the same header: which of them is meant cannot be known."""
    seen: set[str] = set()
    problems = []
    for name in map(normal_header, header):
        if name and name in seen:
            what = f"kolumnen ”{printable(name)}” står två gånger."
            problems.append(Problem(where, what, "Ta bort eller döp om den ena.", line))
        seen.add(name)
    if problems:
        raise EditorError(*problems)
