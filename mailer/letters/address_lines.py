"""An address in the box that always shows: which lines, how large, and where.

Takes   a Postal, and the box in millimetres.
Gives   the lines placed: none is cut, and all lie within the box.
Fails   never. An address that no window has room for is set as small as it takes; `is_small` says so.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mailer.letters import faces
from mailer.letters.model import Box, Postal
from mailer.letters.windows import CLOSEST, EDGE, LEADING, LEAST_SIZE, MOST_LINES, high

_HELD = "\u00a0"  # holds the parts of a postcode together while lines are broken


@dataclass(frozen=True, slots=True)
class Placed:
    """The lines, from the top. `x` and `y`: millimetres, the upper left corner; `size`: points."""

    lines: tuple[str, ...]
    size: float
    leading: float  # of the size
    x: float
    y: float

    @property
    def is_small(self) -> bool:
        """Too small for a sorting machine and for old eyes: better written by hand."""
        return self.size < LEAST_SIZE

    def baseline(self, line: int) -> float:
        """Millimetres from the top of the sheet."""
        return self.y + (faces.ASCENT + line * self.leading) * self.size * faces.POINT


def placed(postal: Postal, box: Box, margin: float = 0) -> Placed:
    """The address in the largest type in which no line must be broken; broken only when the type is small already.
    `margin`: millimetres from the left where it should begin, if the box reaches so far."""
    width, height = box.width - 2 * EDGE, box.height - 2 * EDGE
    for lines, size, leading in _tried(postal, width):
        tall, wide = high(len(lines), size, leading), _widest(lines, size)
        if tall <= height and wide <= width:
            printed = tuple(line.replace(_HELD, " ") for line in lines)
            # In line with the letter's own words where the window lets it: it looks as if it were meant.
            x = max(box.x + EDGE, min(margin, box.x + box.width - EDGE - wide))
            return Placed(printed, size, leading, x, box.y + EDGE + (height - tall) / 2)
    raise AssertionError("the sizes have no end")


def address_lines(postal: Postal) -> tuple[str, ...]:
    """Names, c/o, street, postcode and city (SS 61 34 01): no blank line, no country, no capitals."""
    return tuple(line.replace(_HELD, " ") for line in (*_names(postal), *_rest(postal)))


def _tried(postal: Postal, width: float) -> Iterator[tuple[tuple[str, ...], float, float]]:
    """(lines, size, leading), the best first; without end."""
    lines = (*_names(postal), *_rest(postal))
    for size in (11.0, 10.5, 10.0):
        yield lines, size, LEADING
    for size in (10.0, 9.5, 9.0, 8.5, LEAST_SIZE):
        yield lines, size, CLOSEST
    size = LEAST_SIZE
    while True:
        yield tuple(piece for line in lines for piece in _broken(line, width, size)), size, CLOSEST
        size *= 0.95


def _rest(postal: Postal) -> tuple[str, ...]:
    care_of = faces.printable(postal.care_of).strip()
    if care_of and not care_of.casefold().startswith("c/o"):
        care_of = f"c/o {care_of}"
    digits = "".join(faces.printable(postal.postcode).split())
    postcode = f"{digits[:3]}{_HELD}{digits[3:]}" if len(digits) == 5 and digits.isdigit() else digits
    city = " ".join(faces.printable(postal.city).split())
    city = city.title() if city.isupper() else city
    street = " ".join(faces.printable(postal.street).split())
    return tuple(line for line in (care_of, street, f"{postcode} {city}".strip()) if line)


def _names(postal: Postal) -> tuple[str, ...]:
    """A line each; those who have no room share the last lines."""
    names = [" ".join(faces.printable(name).split()) for name in postal.names]
    names = [name for name in names if name]
    room = max(MOST_LINES - len(_rest(postal)), 1)
    if len(names) <= room:
        return tuple(names)
    most = -(-len(names) // room)
    return tuple(", ".join(names[n : n + most]) for n in range(0, len(names), most))


def _widest(lines: Sequence[str], size: float) -> float:
    return max((faces.width(line, size) for line in lines), default=0)


def _broken(line: str, width: float, size: float) -> Iterator[str]:
    """The line in as many as it takes: at a space, in a word that is too long anywhere."""
    begun = ""
    for word in line.split(" "):
        longer = f"{begun} {word}" if begun else word
        if faces.width(longer, size) <= width:
            begun = longer
            continue
        if begun:
            yield begun
        begun = ""
        for sign in word:
            if begun and faces.width(begun + sign, size) > width:
                yield begun
                begun = ""
            begun += sign
    if begun:
        yield begun
