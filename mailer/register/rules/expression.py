"""A rule over contacts as a value: what an approval can hash and freeze.

Takes   facts, and values as the register keeps them; always text, so that JSON gives back the same.
Gives   an Expression, to and from JSON.
Fails   BrokenPromise when `from_json` meets what `to_json` never wrote.

Dates that count from today stay as they are written (”90 dagar”): they are reckoned when the rule is asked.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from mailer.errors import BrokenPromise


@dataclass(frozen=True, slots=True)
class Among:
    """The fact is one of the values. Who lacks it is not among them."""

    fact: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Begins:
    """The fact begins with one of the values."""

    fact: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """The fact is between the two, both included; ”” is an open end. Who lacks the fact is outside."""

    fact: str
    low: str = ""
    high: str = ""


@dataclass(frozen=True, slots=True)
class Within:
    """The date is one of the last days or months up to and including today."""

    fact: str
    number: int
    unit: str  # ”days” or ”months”


@dataclass(frozen=True, slots=True)
class Has:
    """The person has all of these (keys of `facts.HAVING`)."""

    what: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    """The person is on at least one of the lists."""

    lists: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """Everybody else, those who lack the fact among them."""

    part: "Node"


@dataclass(frozen=True, slots=True)
class Named:
    """Another segment, with the rule it had when this one was read."""

    name: str
    part: "Node"


Node: TypeAlias = Among | Begins | Range | Within | Has | Listed | And | Or | Not | Named


@dataclass(frozen=True, slots=True)
class Expression:
    """A segment's rule, whole."""

    root: Node

    def to_json(self) -> dict[str, Any]:
        return _to_json(self.root)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Expression":
        return cls(_from_json(value))

    @property
    def is_empty(self) -> bool:
        """Whether something in it asks for nothing; such a rule selects nobody, whatever else it says."""
        return any(_asks_nothing(node) for node in walk(self.root))


def parts_of(node: Node) -> tuple[Node, ...]:
    """The rules that this one is made of."""
    if isinstance(node, And | Or):
        return node.parts
    return (node.part,) if isinstance(node, Not | Named) else ()


def walk(node: Node) -> Iterator[Node]:
    """The rule and all that it is made of."""
    yield node
    for part in parts_of(node):
        yield from walk(part)


def depth(node: Node) -> int:
    """How many rules stand inside one another: 1 for a plain one."""
    return 1 + max((depth(part) for part in parts_of(node)), default=0)


def value_count(node: Node) -> int:
    """How many values are written in it, all in all; the spellings of one are one."""
    return sum(len({v.casefold() for v in n.values}) for n in walk(node) if isinstance(n, Among | Begins))


def _asks_nothing(node: Node) -> bool:
    match node:
        case Among(_, values) | Begins(_, values):
            return not values
        case Range(_, low, high):
            return not low and not high
        case Has(what):
            return not what
        case Listed(lists):
            return not lists
        case And(parts) | Or(parts):
            return not parts
    return False


def _to_json(node: Node) -> dict[str, Any]:
    match node:
        case And(parts):
            return {"and": [_to_json(part) for part in parts]}
        case Or(parts):
            return {"or": [_to_json(part) for part in parts]}
        case Not(part):
            return {"not": _to_json(part)}
        case Named(name, part):
            return {"group": name, "rule": _to_json(part)}
        case Has(what):
            return {"has": list(what)}
        case Listed(lists):
            return {"lists": list(lists)}
    return {"column": node.fact} | _asked(node)


def _asked(node: Among | Begins | Range | Within) -> dict[str, Any]:
    match node:
        case Among(_, values):
            return {"in": list(values)}  # with ”column”, as the first release froze it: approvals hash this
        case Begins(_, values):
            return {"begins": list(values)}
        case Range(_, low, high):
            return {"from": low, "to": high}
        case Within(_, number, unit):
            return {"within": [number, unit]}


def _from_json(value: dict[str, Any]) -> Node:
    match value:
        case {"column": fact}:
            return _of_fact(fact, value)
        case {"has": what}:
            return Has(tuple(what))
        case {"lists": lists}:
            return Listed(tuple(lists))
        case {"and": parts}:
            return And(tuple(_from_json(part) for part in parts))
        case {"or": parts}:
            return Or(tuple(_from_json(part) for part in parts))
        case {"not": part}:
            return Not(_from_json(part))
        case {"group": name, "rule": part}:
            return Named(name, _from_json(part))
    raise BrokenPromise(f"en grupps regel har nycklar som ingen skriver: {sorted(value)}")


def _of_fact(fact: str, value: dict[str, Any]) -> Node:
    match value:
        case {"in": chosen}:
            return Among(fact, tuple(chosen))
        case {"begins": chosen}:
            return Begins(fact, tuple(chosen))
        case {"from": low, "to": high}:
            return Range(fact, low, high)
        case {"within": [number, unit]}:
            return Within(fact, number, unit)
    raise BrokenPromise(f"en grupps regel har nycklar som ingen skriver: {sorted(value)}")
