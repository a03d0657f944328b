"""The goal's figures as Swedish readers write them.

Takes   counts and shares.
Gives   ”36,5 %”, ”133 av 400 medlemmar (33,3 %)”, and the parts of the members that may be shown.
Fails   never.

A group of fewer than SMALLEST members is not shown by itself: one of one who has answered is a person.
"""

from collections.abc import Iterable

from mailer.surveys.box.disclosure import SMALLEST
from mailer.surveys.goal.model import Part
from mailer.words import number

HARD = "\u00a0"  # no line ends between a number and its sign
MINUS = "−"


def share(part: int, whole: int) -> float:
    """Per cent; 0 of nobody."""
    return 100 * part / whole if whole else 0.0


def per_cent(value: float, decimals: int = 0) -> str:
    """”33 %”, ”33,3 %”."""
    return f"{value:.{decimals}f}".replace(".", ",") + f"{HARD}%"


def rate(part: int, whole: int, decimals: int = 0) -> str:
    """”33 %”; a dash of nobody. Never ”100 %” while somebody is missing, nor ”0 %” when somebody is there."""
    if not whole:
        return "–"
    value, step = share(part, whole), 10.0**-decimals
    if 0 < part < whole:
        value = min(max(value, step), 100 - step)
    return per_cent(value, decimals)


def of(part: int, whole: int) -> str:
    """”133 av 400”."""
    return f"{number(part)} av {number(whole)}"


def whole(part: int, members: int, decimals: int = 0) -> str:
    """”133 av 400 medlemmar, 33 %”."""
    return f"{of(part, members)} medlemmar, {rate(part, members, decimals)}"


def span(low: float, high: float) -> str:
    """”38–44 %”."""
    first, last = round(low), round(high)
    return per_cent(last) if first == last else f"{first}–{per_cent(last)}"


def may_be_shown(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Those with at least SMALLEST members."""
    return tuple(one for one in parts if one.bar.of >= SMALLEST)
