"""Texts in two languages on one line or in one section, and the keys that are made of words.

Takes   a line (”Skolan | School”), paragraphs.
Gives   Words; a key of small letters, digits and hyphens.
Fails   never.

A | parts Swedish from English; a \\| is the sign itself. A paragraph that begins with ”en:” is English.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable

from mailer.content.questionnaires.model import Words

_BAR = re.compile(r"(?<!\\)\|")
_ENGLISH = re.compile(r"\s*en(?:glish|g|gelska)?\s*:\s*", re.I)
_NO_LETTER = re.compile(r"[^a-z0-9]+")
LONGEST_KEY = 40  # characters, before what tells two long ones apart; a column of the urn takes 64
# What NFKD does not take apart. German ß is folded by casefold.
_LETTERS = str.maketrans({"ø": "o", "æ": "ae", "ð": "d", "þ": "th", "ł": "l", "đ": "d"})


def two(line: str) -> tuple[Words, bool]:
    """The line in both languages, and whether it has one part too many."""
    parts = [" ".join(part.replace("\\|", "|").split()) for part in _BAR.split(line)]
    return Words(parts[0], parts[1] if len(parts) > 1 else ""), len(parts) > 2


def english_of(line: str) -> str | None:
    """What follows ”en:” at the beginning of a line; None when it does not begin so."""
    found = _ENGLISH.match(line)
    return line[found.end() :] if found else None


def of_paragraphs(paragraphs: Iterable[str]) -> Words:
    """The Swedish paragraphs and the English ones, each with an empty line between."""
    swedish: list[str] = []
    english: list[str] = []
    for paragraph in paragraphs:
        translated = english_of(paragraph)
        (swedish if translated is None else english).append(paragraph if translated is None else translated)
    return Words("\n\n".join(swedish), "\n\n".join(english))


def slug(words: str) -> str:
    """A key of the words: ”Öppna möten” is ”oppna-moten”. Words without a letter get a key of their bytes."""
    plain = unicodedata.normalize("NFKD", words.casefold().translate(_LETTERS))
    key = _NO_LETTER.sub("-", "".join(c for c in plain if not unicodedata.combining(c))).strip("-")
    if (key and len(key) <= LONGEST_KEY) or not words.strip():
        return key
    mark = hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{key[:LONGEST_KEY].strip('-')}-{mark}".lstrip("-")


def foreign_letter(written: str) -> str:
    """The first letter of another alphabet, which may look like one of ours; ”” when there is none."""
    return next((c for c in written if c.isalpha() and not unicodedata.name(c, "").startswith("LATIN")), "")
