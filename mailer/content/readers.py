"""Whom a block or an event is for: the groups it is meant for, and the circle that may read it.

Takes   the reader of the head's fields.
Gives   Readers. Which groups and lists exist is not known here: whoever has the lists asks.
Fails   never: what is wrong is added to the problems of `fields`.
"""

import re
from dataclasses import dataclass

from mailer.content.fields import Fields

EVERYBODY = "alla"  # the circle without a border
DEFAULT_CIRCLE = "medlemmar"  # what nobody has opened stays among members
MOST_NAMES = 20
LONGEST_NAME = 120  # characters

# As written -> the name we use.
KEYS = {
    "läsare": "läsare", "readers": "läsare",
    "får läsas av": "får läsas av", "may be read by": "får läsas av", "visibility": "får läsas av",
    "praktiskt": "praktiskt", "practical": "praktiskt",
}  # fmt: skip

# The two circles that every home has, in English too; the others are named by the settings alone.
_CIRCLES = {"all": EVERYBODY, "everybody": EVERYBODY, "everyone": EVERYBODY, "members": DEFAULT_CIRCLE}
# A name within quotation marks is one name: a group may be called ”Boende i Brottby och Kårsta”.
_PART = re.compile(r"[”\"“]([^”\"“]+)[”\"“]|([^,;”\"“]+)")
_AND = re.compile(r"(?:^|\s)(?:och|samt|and)(?=\s)", re.I)


@dataclass(frozen=True, slots=True)
class Readers:
    """`names`: of groups and lists, as the editor wrote them; () is everybody the issue goes to."""

    names: tuple[str, ...] = ()
    circle: str = DEFAULT_CIRCLE
    is_practical: bool = False  # a notice about a fact, which may be chosen for some; opinion goes to whole lists
    line: int = 0  # of ”läsare”, or of ”får läsas av”


MEMBERS = Readers()  # what a file without a word about it is for


def parse_readers(fields: Fields) -> Readers:
    """Whom the head names. ”läsare: alla” is the same as no word about it; a circle is folded to lower case."""
    names = _names(fields)
    said = " ".join(fields.bare("får läsas av").casefold().split())
    circle = _CIRCLES.get(said, said) or DEFAULT_CIRCLE
    if len(circle) > LONGEST_NAME:
        fields.wrong("får läsas av", f"”får läsas av” är {len(circle)} tecken lång.", "Skriv namnet på en krets.")
    line = fields.line_of("läsare") if names else fields.line_of("får läsas av") if said else 0
    return Readers(names, circle, fields.yes("praktiskt"), line)


def _names(fields: Fields) -> tuple[str, ...]:
    """The names apart by commas or ”och”, each once, in the order they stand."""
    parts = _PART.findall(fields.text("läsare"))
    found = [one for quoted, plain in parts for one in ([quoted] if quoted else _AND.split(plain))]
    names = tuple(dict.fromkeys(name for one in found if (name := " ".join(one.split()))))
    if len(names) > MOST_NAMES or any(len(name) > LONGEST_NAME for name in names):
        remedy = f"Skriv högst {MOST_NAMES} namn på grupper eller listor, med komma mellan."
        fields.wrong("läsare", "”läsare” är för lång.", remedy)
    return () if [name.casefold() for name in names] == [EVERYBODY] else names
