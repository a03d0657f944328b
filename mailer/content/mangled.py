"""Heads that a program has rewritten, read as their writer meant them.

Takes   a line of a file, and the keys that are known.
Gives   whether it is the border of a head in disguise; the line as it was before the program.
Fails   never. What can be read in one way only is read; what could have been meant in two is left as it stands, and
        `frontmatter` asks.

Nextcloud Text and Collectives take a head for Markdown: its borders become rules (``***``, ``\\---``), and the line
above the last border a heading (CommonMark section 4.3). Word, Notes and telephones make dashes of hyphens and no-break
spaces of spaces; chat programs wrap it all in a code fence. A border that is not plain counts only beside a known key.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

LONGEST = 2_000  # characters of a line that is looked at: the patterns below may take quadratic time
LONGEST_BORDER = 80
LONGEST_KEY = 60

_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")  # CommonMark section 2.4
_BORDER = re.compile(r"(?:-\s*){3,}|(?:\*\s*){3,}|(?:_\s*){3,}|[-–—]*[–—][-–—]*|[⸺⸻]")
_CODE = re.compile(r"(?:`{3,}|~{3,})\s*[\w-]*")
_HEADING = re.compile(r"#{2,6}\s+(.*?)(?:\s+#+)?")
_MARKED = re.compile(r"(?:[-*+•·>]|[0-9]{1,2}[.)])\s+")  # before the key: a list, a quotation
_COLON = re.compile("[:：﹕∶]")
_AROUND = "*_`\"'”“’"  # what may stand around a key: fat, slanted, quoted
_SPACE = re.compile("&nbsp;|&#160;|&#xa0;", re.I)
_HARD_BREAK = re.compile(r"(?<!\\)\\$|<br ?/?>$")  # CommonMark section 6.7
_INVISIBLE = re.compile("[\u00ad\u180e\u200c\u200d]")


@dataclass(frozen=True, slots=True)
class Pair:
    """A key and its value. `is_escaped`: a program has put backslashes before the signs of the line."""

    key: str  # folded; whether it is known is for the caller to say
    value: str
    is_escaped: bool


def is_border(line: str) -> bool:
    """Whether the line is ”---” in any of its guises."""
    return len(line) <= LONGEST_BORDER and _BORDER.fullmatch(_ESCAPE.sub(r"\1", _bare(line))) is not None


def is_code_border(line: str) -> bool:
    """Whether the line begins or ends a block of code."""
    return len(line) <= LONGEST_BORDER and _CODE.fullmatch(_bare(line)) is not None


def heading_of(line: str) -> str:
    """What a heading below the first level says: the line above a border becomes one. ”” for another line."""
    found = _HEADING.fullmatch(_bare(line)) if len(line) <= LONGEST else None
    return found[1] if found else ""


def pair_in(line: str, keys: Mapping[str, str]) -> Pair | None:
    """The known key that the line begins with, and its value, whatever a program has put around them."""
    if len(line) > LONGEST:
        return None
    line = _bare(line)
    line = line[found.end() :] if (found := _MARKED.match(line)) else line
    colon = _COLON.search(line, 0, LONGEST_KEY)
    if colon is None:
        return None
    written = line[: colon.start()].removesuffix("\\")
    plain = _ESCAPE.sub(r"\1", written).lstrip(" ")
    opened = plain[: len(plain) - len(plain.lstrip(_AROUND))]
    value = line[colon.end() :].strip()
    if opened and not plain.endswith(opened):  # ”**rubrik:** x”: what was opened is closed after the colon
        value = _ESCAPE.sub(r"\1", value[: len(opened) * 2]).removeprefix(opened) + value[len(opened) * 2 :]
    key = folded(plain.strip(_AROUND + " "))
    return Pair(key, _value(value), "\\" in line[: colon.start()]) if key in keys else None


def unescaped(value: str) -> str:
    """The value without the backslashes of a program."""
    return _ESCAPE.sub(r"\1", value)


def folded(written: str) -> str:
    """A key in one form: lower case, one space between words."""
    return " ".join(written.casefold().split())


def keys_within(value: str, keys: Mapping[str, str]) -> list[str]:
    """The known keys that stand inside a value, each with a colon: lines that a program has put together."""
    return sorted((key for key in keys if f" {key}: " in f" {value} "), key=value.index)


def _value(written: str) -> str:
    return _HARD_BREAK.sub("", _SPACE.sub(" ", written).rstrip()).strip()


def _bare(line: str) -> str:
    """The line without characters that cannot be seen, at its beginning and in its key."""
    key, colon, rest = line.partition(":")
    return (_SPACE.sub(" ", _INVISIBLE.sub("", key)) + colon + rest).strip()
