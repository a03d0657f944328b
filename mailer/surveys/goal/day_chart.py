"""The goal day by day: all answers since the opening, the steps of the plan, and where it will end.

Takes   a Standing, the survey's days, a Projection, the steps; a Canvas.
Gives   a Chart, with a key to its lines and its numbers.
Fails   never.

No colour says anything alone: lines differ in their strokes, faces in their edges.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from mailer.surveys.goal import in_words
from mailer.surveys.goal.charts import ON_A_PAGE, SMALL, Chart, Key, Wave, short
from mailer.surveys.goal.model import OnPath, Projection, Standing, TooEarly
from mailer.surveys.goal.svg import Canvas, Look, Shape
from mailer.words import MONTHS, listing

_PLOT = 13.0  # lines high
_NEAR = 0.062  # of the width: numbers of steps that are nearer than this stand below one another
_ROWS = 3


def by_day(
    standing: Standing, opens: date, closes: date, end: Projection | TooEarly, waves: Sequence[Wave],
    canvas: Canvas = ON_A_PAGE, name: str = "dagar", path: Sequence[OnPath] = (),
) -> Chart:  # fmt: skip
    """All answers day by day, the steps of the plan below, the goal across, and where it will end. `path`: the way
    there, in the waves of the steps to come; without it only its end is known."""
    frame = _Frame(canvas, opens, closes, _top(standing, end))
    ending = end if isinstance(end, Projection) and standing.day < closes else None
    numbered = _numbered(waves)
    rows = _in_rows([frame.across(day) for day, _ in numbered])
    shapes: list[Shape] = []
    if ending is not None:
        way = path or (OnPath(closes, ending.without, ending.with_plan),)
        shapes += [*_fan(frame, standing, way, True), *_fan(frame, standing, way, False)]
    shapes += _answers(frame, standing)
    grid = [*frame.grid(), *_ticks(frame, numbered)]
    drawn = [canvas.drawn(frame.above, _PLOT, grid), *frame.words(standing.goal)]
    drawn += [canvas.drawn(frame.above, _PLOT, shapes), *_now(frame, standing)]
    floor = frame.above + _PLOT + 1.2
    drawn += [
        _number(canvas, frame.across(day), floor + 1.1 * (row + 1), n)
        for n, ((day, _), row) in enumerate(zip(numbered, rows, strict=True), 1)
    ]
    lines = floor + 1.1 * (max(rows, default=-1) + 1) + 0.4
    title = "Svaren dag för dag" + (", och var det slutar" if ending is not None else "")
    describes = _described(standing, closes, ending)
    keys = (*_keys(canvas.look, standing, closes, ending), *(Key("", words) for words in _wave_words(numbered)))
    return Chart(title, describes, canvas.whole(name, title, describes, lines, drawn), keys)


@dataclass(frozen=True, slots=True)
class _Frame:
    """The days from left to right, per cent of the members from below."""

    canvas: Canvas
    opens: date
    closes: date
    top: int  # per cent
    above: float = 1.2  # lines over the drawing

    def across(self, day: date, is_over: bool = False) -> float:
        """Where a day begins, or ends when it is over."""
        days = (self.closes - self.opens).days + 1
        return min(1.0, max(0.0, ((day - self.opens).days + is_over) / days))

    def down(self, per_cent: float) -> float:
        """A share of the height, from above."""
        return 1 - min(max(per_cent, 0.0), self.top) / self.top

    def line(self, per_cent: float) -> float:
        """The same in lines of the whole picture."""
        return self.above + _PLOT * self.down(per_cent)

    def grid(self) -> list[Shape]:
        """A line at each twenty, and the floor and the closing day."""
        thin = f'fill="none" stroke="{self.canvas.look.edge}" stroke-width="0.5"'
        level = [Shape(((0, self.down(n)), (1, self.down(n))), thin) for n in range(20, self.top + 1, 20)]
        solid = f'fill="none" stroke="{self.canvas.look.ink}" stroke-width="1"'
        return [*level, Shape(((0, 0), (0, 1), (1, 1), (1, 0)), solid)]

    def words(self, goal: int) -> list[str]:
        """The goal's line, what the levels are, and the months below."""
        at, look = self.line(goal), self.canvas.look
        found = [
            self.canvas.line(0, at, 1, at, look.ink, ' stroke-width="2" stroke-dasharray="6 4"'),
            self.canvas.text(0.012, at - 0.35, f"Målet {in_words.per_cent(goal)}", "start", SMALL, _halo(look)),
        ]
        for n in range(20, self.top + 1, 20):
            if abs(self.line(n) - at) > 1.3:
                soft = f' fill="{look.soft}"{_halo(look)}'
                found.append(self.canvas.text(0.012, self.line(n) - 0.25, in_words.per_cent(n), "start", SMALL, soft))
        return [*found, *self._months()]

    def _months(self) -> list[str]:
        """Under the floor: each month where it begins, and the two ends when there is room."""
        first, found = self.opens, []
        step = 1 if (self.closes - self.opens).days < 250 else 2
        day = self.opens.replace(day=1)
        while day <= self.closes:
            at = self.across(max(day, first))
            if (day.month - self.opens.month) % step == 0 and at < 0.93:
                found.append((at, MONTHS[day.month - 1][:3]))
            day = (day + timedelta(days=32)).replace(day=1)
        if len(found) > 1 and found[1][0] - found[0][0] < 0.1:
            del found[0]
        return [self.canvas.text(at, self.above + _PLOT + 1.1, words, "start", SMALL) for at, words in found]


def _top(standing: Standing, end: Projection | TooEarly) -> int:
    """Per cent at the top of the drawing: over the goal and all that is drawn, in whole tens."""
    highest = max(standing.goal, in_words.share(standing.whole.answered, standing.whole.of))
    if isinstance(end, Projection):
        highest = max(highest, end.with_plan.high, end.without.high)
    return min(100, int(highest // 10 + 1) * 10)


def _answers(frame: _Frame, standing: Standing) -> list[Shape]:
    """The answers: from nothing on the morning of the opening to the evening of each day."""
    of, points = standing.whole.of, [(0.0, frame.down(0))]
    for n, day in enumerate(standing.days):
        near = standing.days[max(0, n - 1) : n + 2]
        if len(near) == 3 and len({one.answered for one in near}) == 1:
            continue  # in the middle of a flat stretch
        points.append((frame.across(day.day, True), frame.down(in_words.share(day.answered, of))))
    return [Shape(tuple(points), f'fill="none" stroke="{frame.canvas.look.mark}" stroke-width="3"')]


def _fan(frame: _Frame, standing: Standing, way: Sequence[OnPath], with_plan: bool) -> list[Shape]:
    """From today to the closing day: what lies between low and high eight times of ten."""
    bar = standing.whole
    begins = (frame.across(standing.day, True), frame.down(in_words.share(bar.answered, bar.of)))
    spans = [(frame.across(one.day, True), one.with_plan if with_plan else one.without) for one in way]
    below = [(at, frame.down(span.low)) for at, span in spans]
    above = [(at, frame.down(span.high)) for at, span in reversed(spans)]
    return [Shape((begins, *below, *above), _fan_look(frame.canvas.look, with_plan), True)]


def _fan_look(look: Look, with_plan: bool) -> str:
    if with_plan:
        return f'fill="{look.mark}" fill-opacity="0.12" stroke="{look.mark}" stroke-width="2" stroke-dasharray="2 3"'
    return f'fill="{look.edge}" fill-opacity="0.3" stroke="{look.ink}" stroke-width="1.5"'


def _now(frame: _Frame, standing: Standing) -> list[str]:
    """Where it stands, with its figure."""
    bar = standing.whole
    value = in_words.share(bar.answered, bar.of)
    at, high = frame.across(standing.day, True), frame.line(value)
    words, bold = in_words.rate(bar.answered, bar.of), f' font-weight="bold"{_halo(frame.canvas.look)}'
    if at > 0.3:
        text = frame.canvas.text(at - 0.02, high - 0.5, words, "end", 1, bold)
    else:  # below the line, but over the floor
        text = frame.canvas.text(at + 0.03, min(high + 1.2, frame.line(0) - 0.4), words, "start", 1, bold)
    return [frame.canvas.dot(at, high, 0.3, frame.canvas.look.mark), text]


def _halo(look: Look) -> str:
    """Words on a drawing: lines behind them stop short."""
    return f' paint-order="stroke" stroke="{look.ground}" stroke-width="4"'


def _number(canvas: Canvas, at: float, line: float, n: int) -> str:
    """Under its day; at the edges it stays inside."""
    place = "start" if at < 0.02 else "end" if at > 0.98 else "middle"
    return canvas.text(at, line, str(n), place, SMALL)


def _numbered(waves: Sequence[Wave]) -> list[tuple[date, list[Wave]]]:
    """The steps, those of one day together, in order."""
    found: dict[date, list[Wave]] = {}
    for wave in sorted(waves, key=lambda one: one.day):
        found.setdefault(wave.day, []).append(wave)
    return list(found.items())


def _in_rows(places: Sequence[float]) -> list[int]:
    """In which row below the floor each number stands, so that none is upon another."""
    last = [-1.0] * _ROWS
    rows = []
    for at in places:
        row = next((n for n in range(_ROWS) if at - last[n] >= _NEAR), last.index(min(last)))
        last[row] = at
        rows.append(row)
    return rows


def _ticks(frame: _Frame, numbered: Sequence[tuple[date, list[Wave]]]) -> list[Shape]:
    look = f'fill="none" stroke="{frame.canvas.look.edge}" stroke-width="1" stroke-dasharray="1 4"'
    return [Shape(((frame.across(day), 1), (frame.across(day), 0)), look) for day, _ in numbered]


def _wave_words(numbered: Sequence[tuple[date, list[Wave]]]) -> list[str]:
    return [
        f"{n}. {short(day)}: {listing([f'{one.name} ({one.channel})' for one in waves])}"
        for n, (day, waves) in enumerate(numbered, 1)
    ]


def _keys(look: Look, standing: Standing, closes: date, end: Projection | None) -> list[Key]:
    bar = standing.whole
    last = min(standing.day, closes)
    now = in_words.whole(bar.answered, bar.of)
    keys = [Key(_stroke(look, "answered"), f"Har svarat till och med {short(last)}: {now}")]
    if end is not None:
        without, planned = (in_words.span(one.low, one.high) for one in (end.without, end.with_plan))
        keys.append(Key(_stroke(look, "without"), f"Utan fler påminnelser: {without} den {short(closes)}"))
        keys.append(Key(_stroke(look, "with"), f"Med resten av planen: {planned} den {short(closes)}"))
    members = -(-bar.of * standing.goal // 100)
    keys.append(Key(_stroke(look, "goal"), f"Målet: {in_words.per_cent(standing.goal)} av {bar.of}, {members} svar"))
    return keys


def _stroke(look: Look, which: str) -> str:
    """A piece of the line or the face, to stand before its words."""
    inside = {
        "answered": f'<path d="M0 7H26" stroke="{look.mark}" stroke-width="3"/>',
        "goal": f'<path d="M0 7H26" stroke="{look.ink}" stroke-width="2" stroke-dasharray="6 4"/>',
        "with": f'<rect x="1" y="1" width="24" height="12" {_fan_look(look, True)}/>',
        "without": f'<rect x="1" y="1" width="24" height="12" {_fan_look(look, False)}/>',
    }[which]
    return f'<svg width="26" height="14" aria-hidden="true">{inside}</svg>'


def _described(standing: Standing, closes: date, end: Projection | None) -> str:
    last = min(standing.day, closes)
    said = [f"Till och med {short(last)} har {in_words.whole(standing.whole.answered, standing.whole.of)}, svarat."]
    if end is not None:
        without, planned = (in_words.span(one.low, one.high) for one in (end.without, end.with_plan))
        said.append(f"Åtta gånger av tio slutar det den {short(closes)} på {without} utan fler påminnelser och på "
                    f"{planned} med resten av planen.")  # fmt: skip
    return " ".join([*said, f"Målet är {in_words.per_cent(standing.goal)}."])
