"""What a list and a segment are, as their files define them.

Takes   a file's name and its TOML, already parsed, with the text it came from (for line numbers).
Gives   a List, or Segments by key; and all Problems at once.
Fails   never: what is wrong becomes a Problem.
"""

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Any

from mailer.errors import Problem
from mailer.register.fields import FIELDS, normal_header, why_refused
from mailer.register.values import language, number, plain, postcode

SEGMENT_COLUMNS = ("number", "city", "postcode", "language", "joined_year")
KEY = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?")  # the width of list_entries.list; also a List-Id label
_WORDS = {
    "name": "vad listan heter",
    "basis": "med vilken laglig grund den finns (GDPR artikel 6 och 9)",
    "origin": "varifrån uppgifterna kommer",
    "why": "varför den som står på listan får brev",
}
# A segment's values in the form the register keeps, so that ”18696” chooses those in ”186 96”.
_AS_KEPT: Mapping[str, Callable[[str], str]] = {
    "number": number,
    "city": partial(plain, "city"),
    "postcode": postcode,
    "language": language,
}
_LIST_KEYS = (*_WORDS, "members", "columns")
_SEGMENT_KEYS = ("name", "column", "in")


@dataclass(frozen=True, slots=True)
class List:
    """Contacts with one origin and one lawful basis. `columns` says which header of its file is which field."""

    key: str
    name: str
    members: bool  # whether absence from the whole file means resigned
    basis: str
    origin: str
    why: str
    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


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


def parse_list(where: str, key: str, text: str, values: Mapping[str, Any]) -> tuple[List | None, list[Problem]]:
    """The List of one file, or None with what is wrong."""
    problems = _unknown(where, text, (), values, _LIST_KEYS)
    if not KEY.fullmatch(key):
        remedy = "Döp om filen: gemener a–z, siffror och bindestreck, till exempel medlemmar.toml."
        problems.append(Problem(where, "filnamnet kan inte vara en listas namn.", remedy))
    for name, meaning in _WORDS.items():
        problems += _text_problem(where, text, (), name, values.get(name), f"Skriv {meaning}.")
    if not isinstance(values.get("members", False), bool):
        problems.append(
            Problem(
                where,
                "members ska vara true eller false.",
                "Skriv utan citattecken.",
                line(text, (), "members"),
            )
        )
    columns = values.get("columns", {})
    problems += _column_problems(where, text, columns)
    if problems:
        return None, problems
    words = {name: _clean(values[name]) for name in _WORDS}
    return List(key=key, members=values.get("members", False), columns=MappingProxyType(dict(columns)), **words), []


def parse_segments(where: str, text: str, values: Mapping[str, Any]) -> tuple[dict[str, Segment], list[Problem]]:
    """The Segments of the file, by key."""
    segments: dict[str, Segment] = {}
    problems: list[Problem] = []
    for key, table in values.items():
        if not isinstance(table, dict):
            what = f"”{key}” står utanför en grupp."
            problems.append(
                Problem(where, what, "En grupp börjar med sitt namn inom hakparenteser.", line(text, (), key))
            )
            continue
        wrong = _segment_problems(where, text, key, table)
        problems += wrong
        if not wrong:
            chosen = tuple(_segment_value(table["column"], v) for v in table["in"])
            segments[key] = Segment(key, _clean(table["name"]), table["column"], chosen)
    return segments, problems


def _segment_problems(where: str, text: str, key: str, table: Mapping[str, Any]) -> list[Problem]:
    problems = _unknown(where, text, (key,), table, _SEGMENT_KEYS)
    problems += _text_problem(where, text, (key,), "name", table.get("name"), "Skriv vad gruppen heter.")
    column, chosen = table.get("column"), table.get("in")
    if column not in SEGMENT_COLUMNS:
        what = (
            f"[{key}] column: ingen grupp kan väljas på ”{column}”."
            if column is not None
            else f"[{key}] column saknas."
        )
        problems.append(Problem(where, what, _nearest(column, SEGMENT_COLUMNS), line(text, (key,), "column")))
    if not isinstance(chosen, list):
        what = f"[{key}] in saknas." if chosen is None else f"[{key}] in ska vara en lista inom hakparenteser."
        problems.append(Problem(where, what, 'Skriv till exempel: in = ["186 96"].', line(text, (key,), "in")))
    else:
        problems += (p for v in chosen for p in _value_problem(where, text, key, column, v))
    return problems


def _value_problem(where: str, text: str, key: str, column: Any, value: Any) -> Iterable[Problem]:
    place = line(text, (key,), "in")
    if column == "joined_year":
        if not re.fullmatch(r"(19|20)\d\d", str(value)) or isinstance(value, float):
            yield Problem(
                where,
                f"[{key}] in: ”{value}” är inget årtal.",
                "Skriv till exempel: in = [2023, 2024].",
                place,
            )
    elif not isinstance(value, str) or not _clean(value):
        yield Problem(
            where,
            f"[{key}] in: ”{value}” ska vara text inom citattecken.",
            'Skriv till exempel "186 96".',
            place,
        )


def _segment_value(column: str, value: Any) -> str:
    """As the register keeps it, so that ”18696” chooses those in ”186 96”."""
    text = _clean(str(value))
    return {"postcode": postcode, "language": str.casefold}.get(column, str)(text)


def _column_problems(where: str, text: str, columns: Any) -> list[Problem]:
    if not isinstance(columns, dict):
        remedy = "Skriv [columns] på en egen rad och kolumnerna under den."
        return [Problem(where, "columns ska vara ett avsnitt.", remedy, line(text, (), "columns"))]
    problems, seen = [], set()
    for header, name in columns.items():
        place = line(text, ("columns",), header)
        if why := why_refused(header):
            problems.append(Problem(where, f"kolumnen ”{header}” får inte läsas in: {why}.", "Ta bort raden.", place))
        elif name not in FIELDS:
            problems.append(
                Problem(where, f"kolumnen ”{header}” kan inte bli ”{name}”.", _nearest(name, FIELDS), place)
            )
        if normal_header(header) in seen:
            problems.append(Problem(where, f"kolumnen ”{header}” står två gånger.", "Ta bort den ena.", place))
        seen.add(normal_header(header))
    return problems


def _unknown(
    where: str, text: str, section: tuple[str, ...], values: Mapping[str, Any], known: Iterable[str]
) -> list[Problem]:
    prefix = "".join(f"[{s}] " for s in section)
    return [
        Problem(where, f"{prefix}”{key}” är okänt.", _nearest(key, known), line(text, section, key))
        for key in values
        if key not in known
    ]


def _text_problem(
    where: str, text: str, section: tuple[str, ...], name: str, value: Any, remedy: str
) -> Iterable[Problem]:
    label = "".join(f"[{s}] " for s in section) + name
    place = line(text, section, name)
    if value is None:
        yield Problem(where, f"{label} saknas.", remedy, place)
    elif not isinstance(value, str):
        yield Problem(where, f"{label} ska vara text inom citattecken.", remedy, place)
    elif not _clean(value):
        yield Problem(where, f"{label} är tom.", remedy, place)
    elif not value.replace("\u00a0", " ").isprintable():  # it stands in headers and footers of every message
        yield Problem(where, f"{label} innehåller ett styrtecken.", "Skriv om raden för hand.", place)


def _nearest(word: Any, known: Iterable[str]) -> str:
    names = list(known)
    near = difflib.get_close_matches(str(word), names, 1)
    return f"Menade du ”{near[0]}”?" if near else f"Det som finns är: {', '.join(names)}."


def _clean(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def line(text: str, section: tuple[str, ...], key: str) -> int:
    """The line of a key in its section, bare or quoted; the section's header, or 0, when it is not there."""
    inside, header = not section, 0
    spelling = re.compile(rf"""\s*(["']?){re.escape(key)}\1\s*[.=]""")
    for number, content in enumerate(text.splitlines(), 1):
        if found := re.match(r"""\s*\[+\s*["']?([^"'\]]+?)["']?\s*\]+""", content):
            inside = (found[1],) == section
            header = number if inside else header
        elif inside and spelling.match(content):
            return number
    return header
