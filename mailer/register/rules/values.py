"""The values of one fact in a rule: `{ in = […] }`, `{ between = [18, 30] }`, `{ within = "90 dagar" }`.

Takes   a Fact, what is written about it in TOML, and its place.
Gives   the Nodes it makes; and Problems.
Fails   never.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from mailer.errors import Problem
from mailer.register.rules.expression import Among, Begins, Node, Not, Range, Within
from mailer.register.rules.facts import Fact, area, folded, spellings
from mailer.register.rules.place import Place, nearest_name, shown

_NUMBERS = ("age", "born_year", "joined_year")
# As written -> the operator. The first of each is the one that is shown.
_OPERATORS: Mapping[str, str] = {
    "in": "in", "i": "in", "nagon av": "in",
    "not in": "not in", "inte i": "not in", "ej i": "not in",
    "between": "between", "mellan": "between",
    "from": "from", "fran": "from", "since": "from", "sedan": "from", "minst": "from",
    "to": "to", "till": "to", "till och med": "to", "hogst": "to",
    "before": "before", "fore": "before",
    "within": "within", "senaste": "within",
    "prefix": "prefix", "borjar med": "prefix",
}  # fmt: skip
_UNITS: Mapping[str, tuple[str, int]] = {
    "dag": ("days", 1), "dagar": ("days", 1), "day": ("days", 1), "days": ("days", 1),
    "vecka": ("days", 7), "veckor": ("days", 7), "week": ("days", 7), "weeks": ("days", 7),
    "månad": ("months", 1), "månader": ("months", 1), "month": ("months", 1), "months": ("months", 1),
    "år": ("months", 12), "year": ("months", 12), "years": ("months", 12),
}  # fmt: skip
_FURTHEST = {"days": 36500, "months": 1200}


def of_fact(fact: Fact, written: Any, place: Place) -> tuple[list[Node], list[Problem]]:
    """What is asked of the fact. A list, or a value by itself, is short for `in`."""
    if isinstance(written, dict):
        return _asked(fact, written, place)
    if "in" in fact.operators:
        return _among(fact, written if isinstance(written, list) else [written], place)
    return [], [place.problem(f"”{shown(written)}” räcker inte för en regel.", f"Skriv till exempel {_example(fact)}.")]


def _asked(fact: Fact, table: Mapping[str, Any], place: Place) -> tuple[list[Node], list[Problem]]:
    nodes: list[Node] = []
    problems: list[Problem] = []
    ends: dict[str, str] = {}
    if not table:
        problems.append(place.problem("säger ingenting.", f"Skriv till exempel {_example(fact)}."))
    for key, written in table.items():
        operator, inside = _OPERATORS.get(folded(key), ""), place.inside(key)
        if operator not in fact.operators:
            known = {folded(name): name for name, one in _OPERATORS.items() if one == name and one in fact.operators}
            problems.append(place.problem(f"”{key}” går inte att fråga efter här.", nearest_name(key, known), key))
        elif operator in ("from", "to", "before"):
            kept, wrong = _kept(fact, written, inside)
            end = "from" if operator == "from" else "to"
            if end in ends:
                wrong.append(inside.problem("gränsen står redan.", "Skriv den en gång."))
            ends |= {end: _day_before(kept) if operator == "before" and kept else kept}
            problems += wrong
        else:
            more, wrong = _READERS[operator](fact, written, inside)
            nodes += more
            problems += wrong
    if ends and not problems:
        more, problems = _range(fact, ends.get("from", ""), ends.get("to", ""), place)
        nodes += more
    return nodes, problems


def _among(fact: Fact, written: Any, place: Place) -> tuple[list[Node], list[Problem]]:
    kept, problems = _all_kept(fact, written, place, lambda one: _kept(fact, one, place))
    if fact.spelled_freely:
        kept = [spelling for one in kept for spelling in spellings(one)]
    return [Among(fact.key, tuple(dict.fromkeys(kept)))], problems


def _not_among(fact: Fact, written: Any, place: Place) -> tuple[list[Node], list[Problem]]:
    nodes, problems = _among(fact, written, place)
    return [Not(node) for node in nodes], problems


def _begins(fact: Fact, written: Any, place: Place) -> tuple[list[Node], list[Problem]]:
    chosen = written if isinstance(written, list) else [written]
    kept, problems = _all_kept(fact, chosen, place, lambda one: _as(area, fact, one, place))
    return [Begins(fact.key, tuple(dict.fromkeys(kept)))], problems


def _between(fact: Fact, written: Any, place: Place) -> tuple[list[Node], list[Problem]]:
    if not isinstance(written, list) or len(written) != 2:
        what = "ska ha två värden inom hakparenteser, det minsta först."
        return [], [place.problem(what, f"Skriv till exempel {_example(fact)}.")]
    both, problems = _all_kept(fact, written, place, lambda one: _kept(fact, one, place))
    return ([], problems) if problems else _range(fact, both[0], both[1], place)


def _within(fact: Fact, written: Any, place: Place) -> tuple[list[Node], list[Problem]]:
    found = re.fullmatch(r"\s*([0-9]{1,5})\s*([^\W\d]+)\s*", written) if isinstance(written, str) else None
    unit, times = _UNITS.get(found[2].casefold(), ("", 0)) if found else ("", 0)
    number = int(found[1]) * times if found else 0
    if not unit or not 1 <= number <= _FURTHEST[unit]:
        what = f"”{shown(written)}” är ingen tid bakåt från i dag."
        return [], [place.problem(what, 'Skriv till exempel "90 dagar", "3 månader" eller "2 år".')]
    return [Within(fact.key, number, unit)], []


_READERS: Mapping[str, Callable[[Fact, Any, Place], tuple[list[Node], list[Problem]]]] = {
    "in": _among,
    "not in": _not_among,
    "prefix": _begins,
    "between": _between,
    "within": _within,
}


def _range(fact: Fact, low: str, high: str, place: Place) -> tuple[list[Node], list[Problem]]:
    if fact.key == "postcode" and not all(re.fullmatch(r"[1-9]\d\d \d\d", end) for end in (low, high) if end):
        return [], [place.problem("gränserna ska vara hela svenska postnummer.", 'Skriv till exempel "186 00".')]
    backwards = low and high and ((int(low) > int(high)) if fact.key in _NUMBERS else (low > high))
    if backwards:
        return [], [place.problem(f"{low} kommer efter {high}.", "Skriv det minsta först.")]
    return [Range(fact.key, low, high)], []


def _all_kept(
    fact: Fact, written: Any, place: Place, keep: Callable[[Any], tuple[str, list[Problem]]]
) -> tuple[list[str], list[Problem]]:
    if not isinstance(written, list):
        return [], [place.problem("ska vara en lista inom hakparenteser.", f"Skriv till exempel {_example(fact)}.")]
    if not written:
        return [], [place.problem("är tom; då finns det ingen att välja.", "Skriv ett värde, eller ta bort raden.")]
    found = [keep(one) for one in written]
    return [kept for kept, _ in found], [problem for _, wrong in found for problem in wrong]


def _kept(fact: Fact, written: Any, place: Place) -> tuple[str, list[Problem]]:
    return _as(fact.keep, fact, written, place)


def _as(keep: Callable[[str], str], fact: Fact, written: Any, place: Place) -> tuple[str, list[Problem]]:
    """The value in the form the register has it; ”” with a Problem when it cannot be."""
    is_day = fact.key == "joined_on" and isinstance(written, date) and not isinstance(written, datetime)
    is_number = fact.key in _NUMBERS and type(written) is int and abs(written) < 10_000  # bool is an int too
    if not (isinstance(written, str) or is_day or is_number):
        what = f"”{shown(written)}” ska vara text inom citattecken."
        return "", [place.problem(what, f"Skriv till exempel {_example(fact)}.")]
    try:
        kept = keep(str(written))
    except ValueError as why:
        return "", [place.problem(f"{why}.", f"Skriv till exempel {_example(fact)}.", shown(written).rstrip("…"))]
    if not kept:
        return "", [place.problem("ett av värdena är tomt.", "Ta bort det.")]
    return kept, []


def _day_before(kept: str) -> str:
    return (date.fromisoformat(kept) - timedelta(days=1)).isoformat()


def _example(fact: Fact) -> str:
    name = fact.names[0]
    bare = name.isascii() and name.isalnum()  # TOML wants quotes around the others
    return f"{name} = {fact.example}" if bare else f'"{name}" = {fact.example}'
