"""What a list is, as its file defines it.

Takes   a file's name and its TOML, already parsed, with the text it came from (for line numbers).
Gives   a List, or None; and all Problems at once.
Fails   never: what is wrong becomes a Problem.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from mailer.errors import Problem
from mailer.register.checks import clean, line, nearest, text_problem, unknown_keys
from mailer.register.fields import FIELDS, SWEDISH, normal_header, why_refused

# At most 64, the width of list_entries.list. It is also a label of the List-Id (RFC 2919 section 3).
KEY = re.compile(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?")
_WORDS = {
    "name": "vad listan heter",
    "basis": "med vilken laglig grund den finns (GDPR artikel 6 och 9)",
    "origin": "varifrån uppgifterna kommer",
    "why": "varför den som står på listan får brev",
}
# What may say who of a file counts to the list, and what it is called.
COUNTING = ("member_status", "home_branch")
FIELD_OF = {"member_status": "status", "home_branch": "home_branch"}
_EXAMPLES = {"member_status": '["Medlem"]', "home_branch": '["Vallentuna"]'}
_HEADERS = {"member_status": "Status", "home_branch": "Hemförening"}
_LIST_KEYS = (*_WORDS, "members", *COUNTING, "columns")


@dataclass(frozen=True, slots=True)
class List:
    """Contacts with one origin and one lawful basis. `columns` says which header of its file is which field.

    Where `member_status` or `home_branch` name values, only those who have one of them stand on the list.
    """

    key: str
    name: str
    members: bool  # whether absence from the whole file means resigned
    basis: str
    origin: str
    why: str
    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    member_status: tuple[str, ...] = ()
    home_branch: tuple[str, ...] = ()

    @property
    def counting(self) -> dict[str, tuple[str, ...]]:
        """The fields that decide who stands on the list, each with the values that count."""
        given = {"status": self.member_status, "home_branch": self.home_branch}
        return {name: values for name, values in given.items() if values}


def parse_list(where: str, key: str, text: str, values: Mapping[str, Any]) -> tuple[List | None, list[Problem]]:
    """The List of one file, or None with what is wrong."""
    problems = unknown_keys(where, text, (), values, _LIST_KEYS)
    if not KEY.fullmatch(key):
        remedy = "Döp om filen: gemener a–z, siffror och bindestreck, till exempel medlemmar.toml."
        problems.append(Problem(where, "filnamnet kan inte vara en listas namn.", remedy))
    for name, meaning in _WORDS.items():
        problems += text_problem(where, text, (), name, values.get(name), f"Skriv {meaning}.")
    if not isinstance(values.get("members", False), bool):
        what = "members ska vara true eller false."
        problems.append(Problem(where, what, "Skriv utan citattecken.", line(text, (), "members")))
    columns = values.get("columns", {})
    problems += _column_problems(where, text, columns)
    for name in COUNTING:
        problems += _counting_problems(where, text, name, values, columns)
    if problems:
        return None, problems
    words: dict[str, Any] = {name: clean(values[name]) for name in _WORDS}
    words |= {name: tuple(map(clean, values.get(name, ()))) for name in COUNTING}
    read_only = MappingProxyType(dict(columns))
    return List(key=key, members=values.get("members", False), columns=read_only, **words), []


def _counting_problems(where: str, text: str, name: str, values: Mapping[str, Any], columns: Any) -> list[Problem]:
    if name not in values:
        return []
    chosen, place, example = values[name], line(text, (), name), _EXAMPLES[name]
    if not isinstance(chosen, list) or not chosen or not all(isinstance(v, str) and clean(v) for v in chosen):
        what = f"{name} ska vara en lista med text inom hakparenteser."
        return [Problem(where, what, f"Skriv till exempel: {name} = {example}. Ska alla räknas: ta bort raden.", place)]
    if isinstance(columns, dict) and FIELD_OF[name] not in columns.values():
        what = f"{name} avgör vilka som räknas, men ingen kolumn i [columns] ger {SWEDISH[FIELD_OF[name]]}."
        remedy = f'Skriv kolumnens rubrik under [columns], till exempel: "{_HEADERS[name]}" = "{FIELD_OF[name]}".'
        return [Problem(where, what, remedy, place)]
    return []


def _column_problems(where: str, text: str, columns: Any) -> list[Problem]:
    if not isinstance(columns, dict):
        remedy = "Skriv [columns] på en egen rad och kolumnerna under den."
        return [Problem(where, "columns ska vara ett avsnitt.", remedy, line(text, (), "columns"))]
    problems, seen = [], set()
    for header, name in columns.items():
        place = line(text, ("columns",), header)
        if why := why_refused(header):
            problems.append(Problem(where, f"kolumnen ”{header}” får inte läsas in: {why}.", "Ta bort raden.", place))
        elif not isinstance(name, str) or name not in FIELDS:
            problems.append(Problem(where, f"kolumnen ”{header}” kan inte bli ”{name}”.", nearest(name, FIELDS), place))
        if normal_header(header) in seen:
            problems.append(Problem(where, f"kolumnen ”{header}” står två gånger.", "Ta bort den ena.", place))
        seen.add(normal_header(header))
    return problems
