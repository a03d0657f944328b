"""The goal as bars: contacted, reached and answered of all members; answered of each group and channel.

Takes   a Standing, or its parts; a Canvas (surveys/goal/svg.py): a page's, or a file's.
Gives   Charts: SVG, and all its figures in words.
Fails   never.

No colour says anything alone: each bar has its figures beside it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from textwrap import wrap

from mailer.surveys.goal import in_words
from mailer.surveys.goal.model import Part, Standing
from mailer.surveys.goal.svg import PAGE, Canvas
from mailer.words import MONTHS, listing

ON_A_PAGE = Canvas(PAGE)
LINE = 31  # characters that have room beside one another on the smallest telephone
WORDS = 25  # and of a line of their own, for those who have chosen larger text
SMALL = 0.9  # of the chart's own size of text


@dataclass(frozen=True, slots=True)
class Wave:
    """One step of the plan, on the day it began or will begin."""

    day: date
    name: str
    channel: str  # to read


@dataclass(frozen=True, slots=True)
class Key:
    """One line of what the strokes of a chart mean."""

    stroke: str  # a small picture of it; ”” for a number
    words: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture, its heading, and the key to it."""

    title: str
    describes: str
    svg: str
    keys: tuple[Key, ...] = ()


def three_bars(standing: Standing, canvas: Canvas = ON_A_PAGE, name: str = "tre") -> Chart:
    """Contacted, reached and answered, each of all members; the goal is drawn through the last."""
    bar = standing.whole
    rows = (("Kontaktade", bar.contacted), ("Nådda", bar.reached), ("Har svarat", bar.answered))
    drawn: list[str] = []
    top = 0.0
    for words, number in rows:
        row, high = _row(canvas, top, words, number, bar.of)
        drawn, top = drawn + row, top + high
    drawn += _goal(canvas, top - 1.9, standing.goal, f"Målet: {in_words.per_cent(standing.goal)} svar")
    title = "Kontaktade, nådda och svarat, av alla medlemmar"
    of_all = [f"{words.lower()} {in_words.whole(number, bar.of)}" for words, number in rows]
    describes = f"{listing(of_all).capitalize()}. Målet är att {in_words.per_cent(standing.goal)} svarar."
    return Chart(title, describes, canvas.whole(name, title, describes, top + 0.8, drawn))


def parts(
    title: str, of_what: str, some: Iterable[Part], goal: int | None, canvas: Canvas = ON_A_PAGE, name: str = "delar"
) -> Chart | None:
    """Answered of each part. `of_what`: the words before all figures. None when there is none that may be shown."""
    shown = in_words.may_be_shown(some)
    if not shown:
        return None
    drawn: list[str] = []
    top = 0.0
    for one in shown:
        row, high = _row(canvas, top, one.name, one.bar.answered, one.bar.of)
        drawn, top = drawn + row, top + high
        if goal is not None:
            drawn += _goal(canvas, top - 1.9, goal, f"Målet: {in_words.per_cent(goal)}" if one is shown[-1] else "")
    each = [
        f"{one.name} {in_words.of(one.bar.answered, one.bar.of)} ({in_words.rate(one.bar.answered, one.bar.of)})"
        for one in shown
    ]
    describes = f"{of_what} {listing(each)}."
    lines = top + (0.8 if goal is not None else 0)
    return Chart(title, describes, canvas.whole(name, title, describes, lines, drawn))


def _row(canvas: Canvas, top: float, words: str, number: int, of: int) -> tuple[list[str], float]:
    """Words, figures and their bar, and how many lines that is. Long words have a line of their own."""
    look, full = canvas.look, number / of if of else 0.0
    figures = f"{in_words.of(number, of)}, {in_words.rate(number, of)}"
    is_long = canvas.width is None and len(words) + len(figures) > LINE
    lines = wrap(words, WORDS) if is_long else [words]
    row = [canvas.text(0, top + 1 + 1.2 * n, line) for n, line in enumerate(lines)]
    down = 1.2 * len(lines) if is_long else 0.0
    row.append(canvas.text(1, top + down + 1, figures, "end"))
    row.append(canvas.box(0, top + down + 1.4, 1, 1, "none", f' stroke="{look.edge}"'))
    row.append(canvas.box(0, top + down + 1.4, min(1.0, full), 1, look.mark))
    return row, down + 3.1


def _goal(canvas: Canvas, top: float, goal: int, words: str) -> list[str]:
    """The goal through a bar that begins a little below `top`, and its words under it."""
    at, look = goal / 100, canvas.look
    ends = (at, top, at, top + 1.4)  # a light edge, for it crosses the bar when the goal is reached
    found = [canvas.line(*ends, look.ground, ' stroke-width="7"'), canvas.line(*ends, look.ink, ' stroke-width="3"')]
    place = "start" if at < 0.25 else "end" if at > 0.75 else "middle"
    return [*found, canvas.text(at, top + 2.35, words, place, SMALL)] if words else found


def short(day: date) -> str:
    """”12 maj”."""
    return f"{day.day} {MONTHS[day.month - 1]}"
