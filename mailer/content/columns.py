"""What a standing column's file says when it holds no text: nothing to tell this month, or nobody has been here yet.

Takes   the text of a file in a month's folder, and its path.
Gives   a Silence, closed or untouched, or None for a file to be read as a block.
Fails   never.
"""

import re
from dataclasses import dataclass

from mailer.content import frontmatter, markdown
from mailer.content.blocks import KEYS, month_of, without_hint

# ”inget” is the word we ask for; the others are what people answer all the same.
NOTHING = ("inget", "inget nytt", "inget att berätta", "inget att rapportera", "ingenting", "nothing")
LONGEST_SILENCE = 400  # characters of a body that may be one: the hint, the word, a heading

_NUMBER = re.compile(r"^[0-9]+[\s._-]+")
_WORDS = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class Closed:
    """A file without a text."""

    path: str  # relative to content/, NFC
    month: str  # ”2024-05”
    column: str  # what ”spalt” says, else the file's name; whether there is such a column is for the settings to say


@dataclass(frozen=True, slots=True)
class Silence:
    """`is_closed`: somebody has said that there is nothing. Else the file waits as the house made it."""

    file: Closed
    is_closed: bool


def column_of(path: str, spalt: str = "") -> str:
    """The key of the column: ”spalt”, else the file's name without its number: ”04-ks.md” is ”ks”."""
    stem = path.rpartition("/")[2].rpartition(".")[0]
    return (spalt or _NUMBER.sub("", stem)).casefold()


def silence(path: str, text: str) -> Silence | None:
    """What the file says without a text; None when it has one, or lies in no month's folder."""
    month = month_of(path)
    if month is None or len(text) > LONGEST_SILENCE + frontmatter.LARGEST:
        return None
    document, _ = frontmatter.split(text, "", KEYS)
    body, had_hint = without_hint(document.body)
    if len(body) > LONGEST_SILENCE:
        return None
    said = document.fields.get("spalt")
    file = Closed(path, month, column_of(path, said.value if said else ""))
    if not body.strip():
        return Silence(file, is_closed=False) if had_hint else Silence(file, True) if not text.strip() else None
    return Silence(file, is_closed=True) if _says_nothing(body) else None


def _says_nothing(body: str) -> bool:
    """Whether the word is all there is, below a heading or not, with or without a full stop."""
    if heading := markdown.first_heading(body):
        lines = body.split("\n")
        body = "\n".join(lines[: heading.first] + lines[heading.after :])
    return " ".join(_WORDS.findall(body.casefold())) in NOTHING and not re.search(r"\d", body)
