"""What a definition file of a list or a segment may hold: one key at a time.

Takes   the file's name, its text (for line numbers), a section and a value of it.
Gives   Problems, each with its line and remedy.
Fails   never.
"""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from mailer.errors import Problem


def unknown_keys(
    where: str, text: str, section: tuple[str, ...], values: Mapping[str, Any], known: Iterable[str]
) -> list[Problem]:
    prefix = "".join(f"[{s}] " for s in section)
    return [
        Problem(where, f"{prefix}”{key}” är okänt.", nearest(key, known), line(text, section, key))
        for key in values
        if key not in known
    ]


def text_problem(
    where: str, text: str, section: tuple[str, ...], name: str, value: Any, remedy: str
) -> Iterable[Problem]:
    label = "".join(f"[{s}] " for s in section) + name
    place = line(text, section, name)
    if value is None:
        yield Problem(where, f"{label} saknas.", remedy, place)
    elif not isinstance(value, str):
        yield Problem(where, f"{label} ska vara text inom citattecken.", remedy, place)
    elif not clean(value):
        yield Problem(where, f"{label} är tom.", remedy, place)
    elif not value.replace("\u00a0", " ").isprintable():  # it stands in headers and footers of every message
        yield Problem(where, f"{label} innehåller ett styrtecken.", "Skriv om raden för hand.", place)


def nearest(word: Any, known: Iterable[str]) -> str:
    names = list(known)
    near = difflib.get_close_matches(str(word), names, 1)
    return f"Menade du ”{near[0]}”?" if near else f"Det som finns är: {', '.join(names)}."


def clean(text: str) -> str:
    return unicodedata.normalize("NFC", text).strip()


def line(text: str, section: tuple[str, ...], key: str) -> int:
    """The line of a key in its section, bare or quoted; the section's header, or 0, when it is not there."""
    inside, header = not section, 0
    spelling = re.compile(rf"""\s*(["']?){re.escape(key)}\1\s*[.=]""")
    for n, content in enumerate(text.splitlines(), 1):
        if found := re.match(r"""\s*\[+\s*["']?([^"'\]]+?)["']?\s*\]+""", content):
            inside = (found[1],) == section
            header = n if inside else header
        elif inside and spelling.match(content):
            return n
    return header
