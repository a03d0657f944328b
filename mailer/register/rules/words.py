"""A rule in the words of the one who has to trust it: ”postnummer 186 96 eller 186 97”.

Takes   a Node.
Gives   Swedish, in one line.
Fails   never.
"""

from collections.abc import Sequence

from mailer.register.rules.expression import Among, And, Begins, Has, Listed, Named, Node, Not, Or, Range, Within, walk
from mailer.register.rules.facts import FACTS, HAVING
from mailer.words import count, listing

MOST_NAMED = 6  # values; of more than these the first five are named, and how many they are


def describe(node: Node) -> str:
    """The rule, in one line."""
    match node:
        case And(parts):
            return listing([_inner(part, Or) for part in parts])
        case Or(parts):
            return listing([_inner(part, And) for part in parts], "eller")
        case Not(part):
            return f"inte ({describe(part)})" if isinstance(part, And | Or) else f"inte {describe(part)}"
        case Named(name, _):
            return f"med i gruppen {name}"
        case Has(what):
            return f"har {listing([HAVING[key][0] for key in what])}"
        case Listed(lists):
            return f"står på {'listan' if len(lists) == 1 else 'någon av listorna'} {listing(lists, 'eller')}"
    return f"{FACTS[node.fact].names[0]} {_asked(node)}"


def once(values: Sequence[str]) -> tuple[str, ...]:
    """The values without the spellings that were added for them: the first of each is as it was written."""
    first: dict[str, str] = {}
    for value in values:
        first.setdefault(value.casefold(), value)
    return tuple(first.values())


def lacking(node: Node) -> tuple[str, ...]:
    """The facts the rule asks for that a person may lack; keys of HAVING. Who lacks one is on the other side of a
    ”not”."""
    found = {_HELD_IN.get(n.fact, n.fact): None for n in walk(node) if isinstance(n, Among | Begins | Range | Within)}
    return tuple(found)


_HELD_IN = {"age": "born_year", "joined_year": "joined_on"}


def _inner(node: Node, other: type[And] | type[Or]) -> str:
    return f"({describe(node)})" if isinstance(node, other) else describe(node)


def _asked(node: Among | Begins | Range | Within) -> str:
    match node:
        case Among(_, values):
            return _named(once(values))
        case Begins(_, values):
            return f"som börjar med {_named(values)}"
        case Range(fact, low, high):
            return _range(fact, low, high)
        case Within(_, number, unit):
            return f"de senaste {count(number, *_UNITS[unit])}"


_UNITS = {"days": ("dagarna", "dagarna"), "months": ("månaderna", "månaderna")}


def _range(fact: str, low: str, high: str) -> str:
    dash = " – " if "-" in low + high else "–"  # dates have lines of their own
    years = " år" if fact == "age" else ""
    if low and high:
        return f"{low}{dash}{high}{years}" if low != high else f"{low}{years}"
    if fact == "age":
        return f"{low or high} år eller {'äldre' if low else 'yngre'}"
    later = "senare" if fact in ("joined_on", "joined_year", "born_year") else "högre"
    earlier = "tidigare" if later == "senare" else "lägre"
    return f"{low or high} eller {later if low else earlier}"


def _named(values: Sequence[str]) -> str:
    if len(values) <= MOST_NAMED:
        return listing(values, "eller")
    return f"{', '.join(values[: MOST_NAMED - 1])} eller något av {len(values) - MOST_NAMED + 1} värden till"
