"""What a segment is, as lists/grupper.toml defines it: a name, and a rule over contacts.

Takes   the file's name and its TOML, already parsed, with the text it came from (for line numbers).
Gives   Segments by key; and all Problems at once.
Fails   never: what is wrong becomes a Problem.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from mailer.errors import Problem
from mailer.register import values
from mailer.register.checks import clean, line, nearest, text_problem, unknown_keys
from mailer.register.rules.expression import Among, Expression, Named, Node, depth, value_count, walk
from mailer.register.rules.facts import folded
from mailer.register.rules.parse import DEEPEST, Found, Known, conditions
from mailer.register.rules.place import Place, nearest_name, shown

__all__ = ["Expression", "Segment", "parse_segments"]

MOST_VALUES = 1000
MOST_PARTS = 200
NAME_KEYS = ("name", "namn")
# The first form of a rule, which keeps its meaning: one column, and the values that count as they are written.
COLUMNS = ("number", "city", "postcode", "language", "joined_year")
_OLD_KEYS = ("name", "column", "in")
_AS_KEPT: Mapping[str, Callable[[str], str]] = {
    "number": values.number,
    "city": partial(values.plain, "city"),
    "postcode": values.postcode,
    "language": values.language,
    "joined_year": str,
}


@dataclass(frozen=True, slots=True)
class Segment:
    """A named rule over contacts."""

    key: str
    name: str
    expression: Expression


def parse_segments(
    where: str, text: str, tables: Mapping[str, Any], lists: Collection[str] | None = None
) -> tuple[dict[str, Segment], list[Problem]]:
    """The Segments of the file, by key. `lists`: the lists there are; None when that is not known."""
    file = _File(where, text, tables, lists)
    for key in tables:
        _read(file, key, ())
    segments = {key: Segment(key, _name_of(tables[key]), Expression(node)) for key, node in file.rules.items() if node}
    return segments, file.problems + _same_names(file, segments)


@dataclass(slots=True)
class _File:
    """The file while it is read. `rules`: what has been read; None for what has a Problem."""

    where: str
    text: str
    tables: Mapping[str, Any]
    lists: Collection[str] | None
    rules: dict[str, Node | None] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def _read(file: _File, key: str, way: tuple[str, ...]) -> Node | None:
    """The rule of one group, read once. `way`: the groups that led here."""
    if key not in file.rules:
        file.rules[key] = None
        node, problems = _rule_of(file, key, way)
        file.problems += problems
        file.rules[key] = None if problems else node
    return file.rules[key]


def _rule_of(file: _File, key: str, way: tuple[str, ...]) -> Found:
    table, place = file.tables[key], Place(file.where, file.text, key)
    if not isinstance(table, dict):
        what, remedy = f"”{shown(key)}” står utanför en grupp.", "En grupp börjar med sitt namn inom hakparenteser."
        return None, [Problem(file.where, what, remedy, line(file.text, (), key))]
    spelled = "namn" if "namn" in table and "name" not in table else "name"
    problems = list(
        text_problem(file.where, file.text, (key,), spelled, table.get(spelled), "Skriv vad gruppen heter.")
    )
    if "column" in table or "in" in table:
        node, wrong = _old_rule(file.where, file.text, key, table)
    else:
        known = Known(lambda name, at: _other(file, name, at, (*way, key)), file.lists)
        rest = {k: v for k, v in table.items() if k not in NAME_KEYS}
        node, wrong = conditions(rest, place, known)
    if node and not wrong:
        wrong = list(_too_much(node, place))
    return node, problems + wrong


def _other(file: _File, name: str, place: Place, way: tuple[str, ...]) -> Found:
    """The rule of the group that another one names."""
    if name not in file.tables:
        known = {folded(key): key for key in file.tables}
        return None, [place.problem(f"gruppen ”{shown(name)}” finns inte.", nearest_name(name, known), name)]
    if name in way:
        ring = " → ".join((*way[way.index(name) :], name))
        return None, [place.problem(f"grupperna går i ring: {ring}.", "Ta bort en av hänvisningarna.", name)]
    if len(way) > DEEPEST:
        what = f"fler än {DEEPEST} grupper hänvisar till varandra i rad."
        return None, [place.problem(what, "Skriv villkoren i gruppen själv.", name)]
    node = _read(file, name, way)
    if node is None:
        return None, [place.problem(f"gruppen ”{shown(name)}” går inte att läsa.", "Rätta den först.", name)]
    if Expression(node).is_empty:
        return None, [place.problem(f"gruppen ”{shown(name)}” är tom.", "Skriv vilka den väljer.", name)]
    return Named(_name_of(file.tables[name]), node), []


def _too_much(node: Node, place: Place) -> Iterable[Problem]:
    """A rule that nobody can survey is not what somebody meant."""
    remedy = "Gör en lista av dem i stället, eller dela upp gruppen."
    if (deep := depth(node)) > DEEPEST:
        yield place.problem(f"har {deep} regler i varandra; högst {DEEPEST} går.", "Gör regeln plattare.")
    if (many := value_count(node)) > MOST_VALUES:
        yield place.problem(f"har {many} värden; högst {MOST_VALUES} går.", remedy)
    if (parts := sum(1 for _ in walk(node))) > MOST_PARTS:
        yield place.problem(f"har {parts} villkor; högst {MOST_PARTS} går.", remedy)


def _same_names(file: _File, segments: Mapping[str, Segment]) -> list[Problem]:
    """Editors choose a group by its name, too."""
    first: dict[str, str] = {}
    problems = []
    for key, segment in segments.items():
        other = first.setdefault(folded(segment.name), key)
        if other != key:
            place = Place(file.where, file.text, key, ("name",))
            problems.append(place.problem(f"[{other}] heter också så.", "Ge grupperna olika namn."))
    return problems


def _name_of(table: Mapping[str, Any]) -> str:
    return clean(next((table[k] for k in NAME_KEYS if isinstance(table.get(k), str)), ""))


def _old_rule(where: str, text: str, key: str, table: Mapping[str, Any]) -> Found:
    problems = unknown_keys(where, text, (key,), table, _OLD_KEYS)
    column, chosen = table.get("column"), table.get("in")
    if column not in COLUMNS:
        unknown = f"[{key}] column: ingen grupp kan väljas på ”{shown(column)}”."
        what = f"[{key}] column saknas." if column is None else unknown
        problems.append(Problem(where, what, nearest(shown(column), COLUMNS), line(text, (key,), "column")))
    if not isinstance(chosen, list):
        what = f"[{key}] in {'saknas' if chosen is None else 'ska vara en lista inom hakparenteser'}."
        problems.append(Problem(where, what, 'Skriv till exempel: in = ["186 96"].', line(text, (key,), "in")))
    else:
        problems += (p for v in chosen for p in _value_problem(where, text, key, column, v))
    if problems or not isinstance(chosen, list) or not isinstance(column, str):
        return None, problems
    return Among(column, tuple(_AS_KEPT[column](str(v)) for v in chosen)), []


def _value_problem(where: str, text: str, key: str, column: Any, value: Any) -> Iterable[Problem]:
    place = line(text, (key,), "in")
    if column == "joined_year":
        if isinstance(value, float) or not re.fullmatch(r"(19|20)[0-9]{2}", shown(value)):
            what = f"[{key}] in: ”{shown(value)}” är inget årtal."
            yield Problem(where, what, "Skriv till exempel: in = [2023, 2024].", place)
    elif not isinstance(value, str) or not clean(value):
        what = f"[{key}] in: ”{shown(value)}” ska vara text inom citattecken."
        yield Problem(where, what, 'Skriv till exempel "186 96".', place)
    elif column in COLUMNS:
        try:
            _AS_KEPT[column](value)
        except ValueError as why:
            yield Problem(where, f"[{key}] in: {why}.", "Rätta raden.", place)
