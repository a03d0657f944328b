"""Who of a file counts to a list: those with the status and the home branch that its file names.

Takes   the fields of a row, and the List.
Gives   which field says that the person does not count, if any; what is wrong when a row does not say.
Fails   never.
"""

from collections import Counter
from collections.abc import Iterable

from mailer.register.definition import List
from mailer.register.fields import SWEDISH
from mailer.words import listing, number

SHOWN = 5  # values named in words
_OTHER = {"status": "har en annan status", "home_branch": "har en annan hemförening"}


def left_off(status: str, home_branch: str, chosen: List) -> str:
    """”status” or ”home_branch” when that is why the person does not count; ”” when nothing says so."""
    said = {"status": status, "home_branch": home_branch}
    for name, values in chosen.counting.items():
        if said[name] and normal_value(said[name]) not in map(normal_value, values):
            return name
    return ""


def unsaid(status: str, home_branch: str, chosen: List) -> str:
    """What is wrong when the row does not say what the list counts by; ”” when it does."""
    said = {"status": status, "home_branch": home_branch}
    lacking = [SWEDISH[name] for name in chosen.counting if not said[name]]
    return f"raden säger inte {listing(lacking)}, som avgör om personen hör till listan" if lacking else ""


def normal_value(text: str) -> str:
    """The form in which two spellings of a status or a branch are equal. Rows are in NFC already."""
    return " ".join(text.casefold().split())


def words(others: Iterable[tuple[str, str]]) -> list[str]:
    """”14 har en annan hemförening (Täby 9, Österåker 5) och står inte på listan.” of (field, value) pairs."""
    lines = []
    found = Counter(others)
    for name, phrase in _OTHER.items():
        values = Counter({value: n for (field, value), n in found.items() if field == name})
        if not values:
            continue
        some = [f"{value} {n}" for value, n in sorted(values.items(), key=lambda one: (-one[1], one[0]))]
        rest = len(some) - SHOWN
        shown = ", ".join(some[:SHOWN]) + (f" och {rest} till" if rest > 0 else "")
        lines.append(f"{number(sum(values.values()))} {phrase} ({shown}) och står inte på listan.")
    return lines
