"""What a segment is, as lists/grupper.toml defines it: a column and the values that count.

Takes   the file's name and its TOML, already parsed, with the text it came from (for line numbers).
Gives   Segments by key; and all Problems at once.
Fails   never: what is wrong becomes a Problem.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from mailer.errors import Problem
from mailer.register import values
from mailer.register.checks import clean, line, nearest, text_problem, unknown_keys

COLUMNS = ("number", "city", "postcode", "language", "joined_year")
_KEYS = ("name", "column", "in")
# The values in the form the register keeps, so that ”18696” chooses those in ”186 96”.
_AS_KEPT: Mapping[str, Callable[[str], str]] = {
    "number": values.number,
    "city": partial(values.plain, "city"),
    "postcode": values.postcode,
    "language": values.language,
    "joined_year": str,
}


@dataclass(frozen=True, slots=True)
class Segment:
    """A named rule over contacts: a column and the values that count. No values: nobody."""

    key: str
    name: str
    column: str
    values: tuple[str, ...]

    def rule(self) -> dict[str, Any]:
        """As JSON: an approved mailing freezes it."""
        return {"name": self.name, "column": self.column, "in": list(self.values)}

    @classmethod
    def from_rule(cls, key: str, rule: Mapping[str, Any]) -> "Segment":
        """Back from what `rule` gave."""
        return cls(key, rule["name"], rule["column"], tuple(rule["in"]))


def parse_segments(where: str, text: str, tables: Mapping[str, Any]) -> tuple[dict[str, Segment], list[Problem]]:
    """The Segments of the file, by key."""
    segments: dict[str, Segment] = {}
    problems: list[Problem] = []
    for key, table in tables.items():
        if not isinstance(table, dict):
            what = f"”{key}” står utanför en grupp."
            problems.append(
                Problem(where, what, "En grupp börjar med sitt namn inom hakparenteser.", line(text, (), key))
            )
            continue
        wrong = _segment_problems(where, text, key, table)
        problems += wrong
        if not wrong:
            chosen = tuple(_AS_KEPT[table["column"]](str(v)) for v in table["in"])
            segments[key] = Segment(key, clean(table["name"]), table["column"], chosen)
    return segments, problems


def _segment_problems(where: str, text: str, key: str, table: Mapping[str, Any]) -> list[Problem]:
    problems = unknown_keys(where, text, (key,), table, _KEYS)
    problems += text_problem(where, text, (key,), "name", table.get("name"), "Skriv vad gruppen heter.")
    column, chosen = table.get("column"), table.get("in")
    if column not in COLUMNS:
        unknown = f"[{key}] column: ingen grupp kan väljas på ”{column}”."
        what = f"[{key}] column saknas." if column is None else unknown
        problems.append(Problem(where, what, nearest(column, COLUMNS), line(text, (key,), "column")))
    if not isinstance(chosen, list):
        what = f"[{key}] in {'saknas' if chosen is None else 'ska vara en lista inom hakparenteser'}."
        problems.append(Problem(where, what, 'Skriv till exempel: in = ["186 96"].', line(text, (key,), "in")))
    else:
        problems += (p for v in chosen for p in _value_problem(where, text, key, column, v))
    return problems


def _value_problem(where: str, text: str, key: str, column: Any, value: Any) -> Iterable[Problem]:
    place = line(text, (key,), "in")
    if column == "joined_year":
        if isinstance(value, float) or not re.fullmatch(r"(19|20)[0-9]{2}", str(value)):
            what = f"[{key}] in: ”{value}” är inget årtal."
            yield Problem(where, what, "Skriv till exempel: in = [2023, 2024].", place)
    elif not isinstance(value, str) or not clean(value):
        what = f"[{key}] in: ”{value}” ska vara text inom citattecken."
        yield Problem(where, what, 'Skriv till exempel "186 96".', place)
    elif column in COLUMNS:
        try:
            _AS_KEPT[column](value)
        except ValueError as why:
            yield Problem(where, f"[{key}] in: {why}.", "Rätta raden.", place)
