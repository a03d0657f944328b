"""The head of a file: `nyckel: värde` between two lines of ---.

Takes   the text of a file and the keys that are known, each with the name we use for it.
Gives   the fields, each with its line, and the body. What follows the first colon is text as it stands: colons,
        quotes and # need no care, ”18:30” is no number and ”nej” no truth value.
Fails   never: what is wrong comes back as Problems.

Quotation marks around a whole value stay: a title may be a quotation, and her receipt shows her what comes out. Values
that are no text (dates, numbers, files) go without them, see `Fields.bare`.
"""

import difflib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from mailer.content import lookalikes
from mailer.content.borders import ON_ONE_LINE, Head, NoHead, find_head
from mailer.content.mangled import folded, keys_within, pair_in, unescaped
from mailer.errors import Problem

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
    head = find_head(lines, keys)
    if head is None:
        return Document(text), []
    if isinstance(head, NoHead):
        return Document(text), [Problem(where, head.what, head.remedy, head.line)]
    if sum(len(line) for line in head.lines) > LARGEST:
        what = f"huvudet är större än {LARGEST // 1024} kB."
        remedy = "Flytta texten till under den andra raden med ---."
        return Document(text), [Problem(where, what, remedy, head.first)]
    fields, problems = _fields(head, where, keys)
    return Document("\n".join(head.body), head.line_of_body, fields), problems


def _fields(head: Head, where: str, keys: Mapping[str, str]) -> tuple[dict[str, Field], list[Problem]]:
    fields: dict[str, Field] = {}
    problems = []
    for number, line in enumerate(head.lines, head.first + 1):
        if not line.strip() or line.startswith("#"):
            continue
        written, colon, value = _cut(line, keys, head.is_escaped)
        key = keys.get(_folded(written))
        if line[0].isspace():
            what = "raden börjar med en tabb." if line[0] == "\t" else "raden är indragen."
            problems.append(
                Problem(where, what, "Skriv varje uppgift på en rad som börjar längst till vänster.", number)
            )
        elif not colon:
            problems.append(Problem(where, f"”{_short(line)}” saknar kolon.", "Skriv raden som nyckel: värde.", number))
        elif key is None:
            problems.append(Problem(where, *_unknown(written, value, keys), number))
        elif key in fields:
            what = f"”{_short(written)}” står redan på rad {fields[key].line}."
            problems.append(Problem(where, what, "Ta bort en av raderna.", number))
        else:
            fields[key] = Field(value, number)
    if len(fields) == 1 and not problems:
        problems += _put_together(next(iter(fields.values())), where, keys)
    return fields, problems


def _cut(line: str, keys: Mapping[str, str], is_escaped: bool) -> tuple[str, str, str]:
    """The line at its first colon. What a program has put around the key and after the value is gone."""
    written, colon, value = line.partition(":")
    if pair := pair_in(line, keys):
        written = written if _folded(written) == pair.key else pair.key
        colon, value = ":", unescaped(pair.value) if is_escaped or pair.is_escaped else pair.value
    return written, colon, " ".join(value.split())


def _put_together(found: Field, where: str, keys: Mapping[str, str]) -> list[Problem]:
    """A head of one line that names more keys: a program has folded them, or a title says so. Only its writer knows."""
    within = keys_within(found.value, keys)
    if not within:
        return []
    remedy = f"Skriv en uppgift per rad. Hör ”{within[0]}:” till rubriken, skriv den efter # överst i texten i stället."
    return [Problem(where, ON_ONE_LINE, remedy, found.line)]


def _folded(written: str) -> str:
    return unicodedata.normalize("NFC", folded(written))


def _unknown(written: str, value: str, keys: Mapping[str, str]) -> tuple[str, str]:
    """What is wrong with a key that we do not have, and what was meant."""
    if found := lookalikes.meant(_folded(written), value, keys):
        return found
    near = difflib.get_close_matches(_folded(written)[:LONGEST_SHOWN], keys, 1, cutoff=0.6)
    remedy = f"Menade du ”{near[0]}”?" if near else f"Det som finns är: {', '.join(dict.fromkeys(keys.values()))}."
    return f"okänd uppgift ”{_short(written)}”.", remedy


def _short(text: str) -> str:
    text = text.strip()
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
