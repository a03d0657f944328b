"""The head of a file: `nyckel: värde` between two lines of ---.

Takes   the text of a file and the keys that are known, each with the name we use for it.
Gives   the fields, each with its line, and the body. What follows the first colon is text as it stands: colons,
        quotes and # need no care, ”18:30” is no number and ”nej” no truth value.
Fails   never: what is wrong comes back as Problems.
"""

import difflib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from mailer.errors import Problem

FENCE = "---"
LARGEST = 64 * 1024  # characters of the whole head
LONGEST_SHOWN = 40  # of a key that is quoted back


@dataclass(frozen=True, slots=True)
class Field:
    """One value and the line it stands on."""

    value: str
    line: int


@dataclass(frozen=True, slots=True)
class Document:
    """A file in two parts. A file without a head has no fields and a body from line 1."""

    body: str
    line_of_body: int = 1
    fields: Mapping[str, Field] = field(default_factory=dict)


def split(text: str, where: str, keys: Mapping[str, str]) -> tuple[Document, list[Problem]]:
    """The document, and what is wrong in its head. `keys`: as written (lower case) -> the name we use."""
    lines = text.split("\n")
    if lines[0].rstrip() != FENCE:
        return Document(text), []
    end = next((n for n, line in enumerate(lines[1:], 1) if line.rstrip() == FENCE), None)
    if end is None:
        what = "huvudet börjar med --- men slutar aldrig."
        return Document(text), [Problem(where, what, "Skriv --- på en egen rad efter den sista uppgiften.", 1)]
    if sum(len(line) for line in lines[:end]) > LARGEST:
        what = f"huvudet är större än {LARGEST // 1024} kB."
        return Document(text), [Problem(where, what, "Flytta texten till under den andra raden med ---.", 1)]
    fields, problems = _fields(lines[1:end], where, keys)
    return Document("\n".join(lines[end + 1 :]), end + 2, fields), problems


def _fields(lines: list[str], where: str, keys: Mapping[str, str]) -> tuple[dict[str, Field], list[Problem]]:
    fields: dict[str, Field] = {}
    problems = []
    for number, line in enumerate(lines, 2):
        if not line.strip() or line.startswith("#"):
            continue
        written, colon, value = line.partition(":")
        key = keys.get(_folded(written))
        if line[0].isspace():
            what = "raden börjar med en tabb." if line[0] == "\t" else "raden är indragen."
            problems.append(
                Problem(where, what, "Skriv varje uppgift på en rad som börjar längst till vänster.", number)
            )
        elif not colon:
            problems.append(Problem(where, f"”{_short(line)}” saknar kolon.", "Skriv raden som nyckel: värde.", number))
        elif key is None:
            problems.append(Problem(where, f"okänd uppgift ”{_short(written)}”.", _nearest(written, keys), number))
        elif key in fields:
            what = f"”{_short(written)}” står redan på rad {fields[key].line}."
            problems.append(Problem(where, what, "Ta bort en av raderna.", number))
        else:
            fields[key] = Field(" ".join(value.split()), number)
    return fields, problems


def _folded(written: str) -> str:
    return unicodedata.normalize("NFC", " ".join(written.casefold().split()))


def _nearest(written: str, keys: Mapping[str, str]) -> str:
    near = difflib.get_close_matches(_folded(written)[:LONGEST_SHOWN], keys, 1, cutoff=0.6)
    if near:
        return f"Menade du ”{near[0]}”?"
    return f"Det som finns är: {', '.join(dict.fromkeys(keys.values()))}."


def _short(text: str) -> str:
    text = text.strip()
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
