"""Whom a block or an event is for: the groups it is meant for, and the circle that may read it.

Takes   the reader of the head's fields.
Gives   Readers. Which groups and lists exist is not known here: whoever has the lists asks.
Fails   never: what is wrong is added to the problems of `fields`.
"""

from dataclasses import dataclass

EVERYBODY = "alla"  # the circle without a border
DEFAULT_CIRCLE = "medlemmar"  # what nobody has opened stays among members

# As written -> the name we use.
KEYS = {
    "läsare": "läsare", "readers": "läsare",
    "får läsas av": "får läsas av", "may be read by": "får läsas av", "visibility": "får läsas av",
    "praktiskt": "praktiskt", "practical": "praktiskt",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Readers:
    """`names`: of groups and lists, as the editor wrote them; () is everybody the issue goes to."""

    names: tuple[str, ...] = ()
    circle: str = DEFAULT_CIRCLE
    is_practical: bool = False  # a notice about a fact, which may be chosen for some; opinion goes to whole lists
    line: int = 0  # of ”läsare”, or of ”får läsas av”


MEMBERS = Readers()  # what a file without a word about it is for
