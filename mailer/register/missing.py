"""What a register's file lacks that its list expects: a column that would say how to reach people, or who they are.

Takes   the file's headers, which of them were read as what, and the List.
Gives   each missing column, with the header that may be meant; the sentence about it.
Fails   never.
"""

import difflib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from mailer.errors import Problem
from mailer.register.definition import List
from mailer.register.fields import ALIASES, normal_header, why_refused
from mailer.words import count, listing

# What a file is not taken without a word about, and what people call it.
_WATCHED = {"address": "e-post", "number": "medlemsnummer"}


@dataclass(frozen=True, slots=True)
class Missing:
    """A field that the list's [columns] name and no column of the file gives."""

    field: str
    expected: tuple[str, ...]  # the list's own headers for it
    near: str = ""  # a header of the file that may be meant


def missing_columns(headers: Sequence[str], read: Collection[str], chosen: List) -> tuple[Missing, ...]:
    """The watched fields that no column gives. `headers`: those of the file that nothing was read from; printable."""
    wanted = [f for f in _WATCHED if f in chosen.columns.values() and f not in read]
    found = [
        Missing(field, _expected(field, chosen.columns), _near(field, headers, chosen.columns)) for field in wanted
    ]
    return tuple(m for m in found if m.field == "address" or chosen.members)


def sentence(missing: Missing, people: int) -> str:
    """”ingen kolumn ger e-post (listan väntar sig ”E-post”). 40 personer skulle sakna e-post.”

    `people`: how many of the file would have no address afterwards.
    """
    headers = listing([f"”{h}”" for h in missing.expected], "eller")
    head = f"ingen kolumn ger {_WATCHED[missing.field]} (listan väntar sig {headers})."
    if missing.field == "number":
        return f"{head} Då känns personerna bara igen på namn och e-post tillsammans."
    return f"{head} {count(people, 'person', 'personer')} skulle sakna e-post." if people else head


def remedy(missing: Missing, chosen: List) -> str:
    """Which column may be meant, and where to say so."""
    file = f"lists/{chosen.key}.toml"
    if missing.near:
        return f"Menade du ”{missing.near}”? Ändra i {file}."
    return f"Skriv kolumnens rubrik under [columns] i {file}, eller exportera registret med den."


def refusal(where: str, missing: Sequence[Missing], people: int, without_address: int, chosen: List) -> list[Problem]:
    """The Problem of a file that would leave all of its people without an address, where the list expects one."""
    lost = [m for m in missing if m.field == "address"]
    if not lost or not people or without_address < people:
        return []
    off = f"Ska listan inte ha e-post: ta bort raden ”{lost[0].expected[0]}” ur den filen."
    return [Problem(where, sentence(lost[0], without_address), f"{remedy(lost[0], chosen)} {off}", 1)]


def _expected(field: str, columns: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(header for header, name in columns.items() if name == field)


def _near(field: str, headers: Sequence[str], columns: Mapping[str, str]) -> str:
    """The header of the file that is spelt most like one for this field."""
    names = {normal_header(h) for h in _expected(field, columns)} | {h for h, f in ALIASES.items() if f == field}
    spelt = {normal_header(h): h for h in headers if not why_refused(h)}
    best = [(difflib.SequenceMatcher(None, name, one).ratio(), h) for one, h in spelt.items() for name in names]
    ratio, header = max(best, default=(0.0, ""))
    return header if ratio >= 0.6 else ""  # difflib's own limit for a close match
