"""SVG as text: what a chart is drawn with, on a page or in a file of its own.

Takes   places: shares of the width (0 to 1) and lines of text from above.
Gives   elements, escaped.
Fails   never.

On a page a chart is as wide as its place: across in per cent, down in em. So its words keep the reader's own size of
text on the smallest telephone, and only the drawing is stretched. Colours are the page's variables, in attributes: its
policy allows no style in an element (Content-Security-Policy, style-src), and dark mode and paper follow by themselves.
A file has a fixed width and colours of its own, for programs that know neither.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

EM = 16.0  # pixels of a line in a file
GRID = 1000  # steps of the stretched drawing, each way


@dataclass(frozen=True, slots=True)
class Look:
    """The colours. Each stands against the ground by 3:1 at least, words by 4.5:1 (WCAG 2.2, 1.4.3 and 1.4.11)."""

    ink: str
    soft: str
    edge: str
    mark: str
    ground: str


PAGE = Look("var(--ink)", "var(--soft)", "var(--edge)", "var(--red)", "var(--main)")
FILE = Look("#221c18", "#5a4f47", "#85786c", "#b01018", "#ffffff")


@dataclass(frozen=True, slots=True)
class Shape:
    """A line through points, or a face between them. Each point is a share across and a share down."""

    points: tuple[tuple[float, float], ...]
    look: str  # attributes
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class Canvas:
    """What is drawn on. `width`: pixels of a file; None on a page."""

    look: Look = PAGE
    width: float | None = None

    def x(self, share: float) -> str:
        """A place across."""
        return f"{_short(100 * share)}%" if self.width is None else _short(share * self.width)

    def y(self, lines: float) -> str:
        """A place down."""
        return f"{_short(lines)}em" if self.width is None else _short(lines * EM)

    def whole(self, name: str, title: str, describes: str, lines: float, inside: Iterable[str]) -> str:
        """The picture. `name`: of its own on a page; `describes`: all its figures in words."""
        size = f'width="{self.x(1)}" height="{self.y(lines)}"'
        if self.width is None:
            size += ' font-size="0.9em" overflow="visible"'
        if self.width is not None:
            size += f' viewBox="0 0 {_short(self.width)} {_short(lines * EM)}" font-size="{_short(EM)}"'
            size += ' font-family="Arial, Helvetica, sans-serif"'
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" {size} fill="{self.look.ink}" role="img" '
            f'aria-labelledby="{name}-t {name}-d"><title id="{name}-t">{escape(title)}</title>'
            f'<desc id="{name}-d">{escape(describes)}</desc>{self._ground(lines)}{"".join(inside)}</svg>'
        )

    def _ground(self, lines: float) -> str:
        return "" if self.width is None else self.box(0, 0, 1, lines, self.look.ground)

    def text(self, share: float, lines: float, words: str, at: str = "start", size: float = 1, more: str = "") -> str:
        """Words on one line. `at`: start, middle or end of them is at the place. `size`: of the chart's own."""
        anchor = "" if at == "start" else f' text-anchor="{at}"'
        if size != 1:
            anchor += f' font-size="{_short(size)}em"'
        down = self.y(lines / size) if self.width is None else self.y(lines)  # an em is the element's own
        return f'<text x="{self.x(share)}" y="{down}"{anchor}{more}>{escape(words)}</text>'

    def box(self, share: float, lines: float, wide: float, high: float, fill: str, more: str = "") -> str:
        """A rectangle."""
        place = f'x="{self.x(share)}" y="{self.y(lines)}" width="{self.x(wide)}" height="{self.y(high)}"'
        return f'<rect {place} fill="{fill}"{more}/>'

    def line(self, x1: float, y1: float, x2: float, y2: float, stroke: str, more: str = "") -> str:
        """A straight line."""
        ends = f'x1="{self.x(x1)}" y1="{self.y(y1)}" x2="{self.x(x2)}" y2="{self.y(y2)}"'
        return f'<line {ends} stroke="{stroke}"{more}/>'

    def dot(self, share: float, lines: float, radius: float, fill: str, more: str = "") -> str:
        """A round dot, round on every width."""
        return f'<circle cx="{self.x(share)}" cy="{self.y(lines)}" r="{self.y(radius)}" fill="{fill}"{more}/>'

    def drawn(self, lines: float, high: float, shapes: Iterable[Shape]) -> str:
        """Lines and faces on the whole width, from `lines` down and `high` lines high; lines keep their thickness."""
        if self.width is None:
            keeps = ' vector-effect="non-scaling-stroke"'
            inside = "".join(_shape(one, (0, 0, GRID, GRID), 0, keeps) for one in shapes)
            place = f'x="0" y="{self.y(lines)}" width="100%" height="{self.y(high)}"'
            whole = f'viewBox="0 0 {GRID} {GRID}" preserveAspectRatio="none" overflow="visible"'
            return f"<svg {place} {whole}>{inside}</svg>"
        return "".join(_shape(one, (0, lines * EM, self.width, high * EM), 1, "") for one in shapes)


def _shape(shape: Shape, place: tuple[float, float, float, float], decimals: int, more: str) -> str:
    left, top, wide, high = place
    places = ((_short(left + wide * x, decimals), _short(top + high * y, decimals)) for x, y in shape.points)
    points = " ".join(f"{x},{y}" for x, y in places)
    return f'<{"polygon" if shape.is_closed else "polyline"} points="{points}" {shape.look}{more}/>'


def _short(value: float, decimals: int = 2) -> str:
    text = f"{value:.{decimals}f}"
    return (text.rstrip("0").rstrip(".") if decimals else text) or "0"
