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
    "why": "varför den som står på listan får mejl",
}
# What may say who of a file counts to the list, and what it is called.
COUNTING = ("member_status", "home_branch")
FIELD_OF = {"member_status": "status", "home_branch": "home_branch"}
_EXAMPLES = {"member_status": '["Medlem"]', "home_branch": '["Vallentuna"]'}
_HEADERS = {"member_status": "Status", "home_branch": "Hemförening"}
SWITCHES = ("members", "joinable", "letters")
CONSENT = ("consent", "consent_en")
LONGEST_CONSENT = 2000  # characters
_LIST_KEYS = (*_WORDS, *SWITCHES, *CONSENT, *COUNTING, "columns")


@dataclass(frozen=True, slots=True)
class List:
    """Contacts with one origin and one lawful basis. `columns` says which header of its file is which field.

    Where `member_status` or `home_branch` name values, only those who have one of them stand on the list.
    `joinable`: anybody may join it on the pages, by agreeing to the words of `consent`. `letters`: what goes to it goes
    on paper too, to those who want it so.
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
    joinable: bool = False
    letters: bool = False
    consent: str = ""
    consent_en: str = ""  # in English; without it the Swedish words are shown, as such

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
    for name in SWITCHES:
        if not isinstance(values.get(name, False), bool):
            what = f"{name} ska vara true eller false."
            problems.append(Problem(where, what, "Skriv utan citattecken.", line(text, (), name)))
    problems += _joining_problems(where, text, values)
    columns = values.get("columns", {})
    problems += _column_problems(where, text, columns)
    for name in COUNTING:
        problems += _counting_problems(where, text, name, values, columns)
    if problems:
        return None, problems
    words: dict[str, Any] = {name: clean(values[name]) for name in _WORDS}
    words |= {name: tuple(map(clean, values.get(name, ()))) for name in COUNTING}
    read_only = MappingProxyType(dict(columns))
    words |= {name: clean(values.get(name, "")) for name in CONSENT}
    words |= {name: values.get(name, False) for name in SWITCHES}
    return List(key=key, columns=read_only, **words), []


def _joining_problems(where: str, text: str, values: Mapping[str, Any]) -> list[Problem]:
    """A list that anybody may join needs words to agree to, and is nobody's member register."""
    problems: list[Problem] = []
    for name in CONSENT:
        if name in values and (not isinstance(values[name], str) or len(values[name]) > LONGEST_CONSENT):
            what = f"{name} ska vara en text på högst {LONGEST_CONSENT} tecken."
            problems.append(Problem(where, what, "Skriv vad den som anmäler sig går med på.", line(text, (), name)))
    if values.get("joinable") is not True or problems:
        return problems
    place = line(text, (), "joinable")
    if values.get("members") is True:
        remedy = "Den som vill bli medlem går en annan väg. Gör en egen lista för dem som bara vill ha utskicken."
        problems.append(Problem(where, "till en medlemslista kan ingen anmäla sig på sidorna.", remedy, place))
    if not clean(values.get("consent", "")):
        what = "joinable = true, men det saknas vad den som anmäler sig går med på."
        remedy = 'Skriv till exempel: consent = "Jag vill ha V Aktuellt med e-post. Jag kan sluta när jag vill."'
        problems.append(Problem(where, what, remedy, place))
    return problems


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
