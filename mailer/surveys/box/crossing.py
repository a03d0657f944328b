"""The cross-tables that were declared before the start, with every cell left out that could tell of fewer than five.

Takes   the opened ballots, and the counts of each question.
Gives   cells; None where nothing may stand.
Fails   never.

The margins of a table are the figures of its two questions, which are shown as well (disclosure.py); what is not
shown there is one row or column here, ”the others”. So all margins are known, and what can be found out about a cell
is how far it can be moved round among the hidden ones with every row and column kept: a flow in a network, whose
bounds are whole numbers and exact (Ahuja, Magnanti & Orlin, Network Flows, 1993, chapter 6).
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mailer.content.questionnaires.model import Answers, Question, Questionnaire, Sort
from mailer.surveys.box import disclosure
from mailer.surveys.box.disclosure import SMALLEST, Counts, Figures

OTHERS = ""  # in the place of an answer: all whose own figure is not shown, and those who gave none
Table = list[list[int]]
Hidden = set[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Cell:
    """How many gave both answers; None: not shown."""

    question: str
    by_question: str
    answer: str
    by_answer: str
    number: int | None

    def row(self) -> dict[str, Any]:
        """For urn_cells."""
        return {name: getattr(self, name) for name in self.__slots__}


def cells(questionnaire: Questionnaire, counts: Counts, ballots: Sequence[Answers]) -> list[Cell]:
    """All cells of the declared tables that can be shown. A table of which nothing may be shown has none."""
    shown = {f.question.key: f for f in disclosure.figures(questionnaire, counts)}
    found = []
    for one, other in disclosure.pairs(questionnaire):
        if shown[one].why_not or shown[other].why_not:
            continue
        overlap = Sort.SEVERAL in (shown[one].question.sort, shown[other].question.sort)
        for rows in _sides(shown[one].question, dict(shown[one].cells)):
            for columns in _sides(shown[other].question, dict(shown[other].cells)):
                found += [
                    cell for cell in _table(one, other, rows, columns, ballots) if not overlap or _is_own(cell, shown)
                ]
    return found


def protected(table: Table) -> list[list[int | None]]:
    """The table with cells left out: each under five (a zero too), and so many others that for each of those the
    arithmetic of rows and columns allows five or more, and none. All margins are known, and 0 or at least five."""
    hidden = {(i, j) for i, row in enumerate(table) for j, number in enumerate(row) if number < SMALLEST}
    small = sorted(hidden)
    while (told := next((cell for cell in small if _is_told(table, hidden, *cell)), None)) is not None:
        hidden |= _next_to_hide(table, hidden, *told)
    return [[None if (i, j) in hidden else n for j, n in enumerate(row)] for i, row in enumerate(table)]


def _sides(question: Question, figures: Mapping[str, int | None]) -> Iterable[list[str]]:
    """The answers that have a row of their own. Choices of several overlap: each has a table of its own."""
    own = [answer for answer in disclosure.answers_of(question) if figures[answer]]
    return [[answer] for answer in own] if question.sort is Sort.SEVERAL else [own]


def _is_own(cell: Cell, shown: Mapping[str, Figures]) -> bool:
    """Whether it is not of those who did not tick a choice: they are told by the margin."""
    sides = ((cell.question, cell.answer), (cell.by_question, cell.by_answer))
    return not any(answer == OTHERS and shown[key].question.sort is Sort.SEVERAL for key, answer in sides)


def _table(one: str, other: str, rows: list[str], columns: list[str], ballots: Sequence[Answers]) -> list[Cell]:
    table = [[0] * (len(columns) + 1) for _ in range(len(rows) + 1)]
    for ballot in ballots:
        table[_place(rows, ballot.get(one, ()))][_place(columns, ballot.get(other, ()))] += 1
    row_names, column_names = [*rows, OTHERS], [*columns, OTHERS]
    if not any(table[-1]):
        table, row_names = table[:-1], rows
    if not any(row[-1] for row in table):
        table, column_names = [row[:-1] for row in table], columns
    if len(row_names) < 2 or len(column_names) < 2:
        return []  # it would say what the question itself says
    kept = protected(table)
    if all(number is None for row in kept for number in row):
        return []
    return [
        Cell(one, other, row_names[i], column_names[j], number)
        for i, row in enumerate(kept)
        for j, number in enumerate(row)
    ]


def _place(names: Sequence[str], given: Sequence[str]) -> int:
    return next((n for n, name in enumerate(names) if name in given), len(names))


def _is_told(table: Table, hidden: Hidden, i: int, j: int) -> bool:
    """Whether arithmetic says that the cell is under five, or more of it than its own margins say by themselves."""
    number = table[i][j]
    margins = sum(table[i]) + sum(row[j] for row in table) - sum(map(sum, table))  # Fréchet's lower bound
    return not (
        _can_move(table, hidden, (i, j), SMALLEST - number, True)
        and _can_move(table, hidden, (i, j), number - max(0, margins), False)
    )


def _can_move(table: Table, hidden: Hidden, cell: tuple[int, int], by: int, is_up: bool) -> bool:
    """Whether the cell can be so much higher or lower with all rows and columns kept and no cell below zero."""
    moved = {place: table[place[0]][place[1]] for place in hidden}
    for _ in range(by):
        circle = _circle(moved, cell, is_up)
        if circle is None:
            return False
        for place, step in circle:
            moved[place] += step
        moved[cell] += 1 if is_up else -1
    return True


def _circle(
    moved: Mapping[tuple[int, int], int], cell: tuple[int, int], is_up: bool
) -> list[tuple[tuple[int, int], int]] | None:
    """Other hidden cells, each up or down by one, that make the row and the column of `cell` whole again.

    A walk between rows and columns: where `cell` goes up, from its column by a cell that goes down to a row, from it by
    one that goes up to a column, … to its own row. Where it goes down, the other way about.
    """
    start, goal = (("column", cell[1]), ("row", cell[0]))
    came: dict[tuple[str, int], tuple[tuple[str, int], tuple[int, int], int] | None] = {start: None}
    queue = deque([start])
    while queue and goal not in came:
        side, at = here = queue.popleft()
        step = (-1 if is_up else 1) * (1 if side == "column" else -1)
        for place, number in moved.items():
            if place == cell or place[1 if side == "column" else 0] != at or (step < 0 and number < 1):
                continue
            there = ("row", place[0]) if side == "column" else ("column", place[1])
            if there not in came:
                came[there] = (here, place, step)
                queue.append(there)
    if goal not in came:
        return None
    circle = []
    at_node = came[goal]
    while at_node is not None:
        before, place, step = at_node
        circle.append((place, step))
        at_node = came[before]
    return circle


def _next_to_hide(table: Table, hidden: Hidden, i: int, j: int) -> Hidden:
    """The corners of the rectangle in which the cell can move far enough at the least cost in people not shown; where
    there is none, the smallest cell in its row or column, else anywhere."""
    up, down = SMALLEST - table[i][j], table[i][j]
    found = []
    for k, row in enumerate(table):
        for at, corner in enumerate(row):
            if k == i or at == j or min(table[i][at], row[j]) < up or corner < down:
                continue
            new = {(i, at), (k, j), (k, at)} - hidden
            if new:
                found.append((sum(table[r][c] for r, c in new), len(new), sorted(new)))
    if found:
        return set(min(found)[2])
    shown = [(n, r, c) for r, row in enumerate(table) for c, n in enumerate(row) if (r, c) not in hidden]
    near = [one for one in shown if one[1] == i or one[2] == j]
    return {min(near or shown)[1:]}
