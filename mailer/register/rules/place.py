"""Where in grupper.toml something stands, and the Problem about it.

Takes   the file's name and text, the group's key, and the keys on the way to what is wrong.
Gives   a Problem with the line, however the rule is broken over lines.
Fails   never.
"""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mailer.errors import Problem
from mailer.register.rules.facts import folded

# [brottby], ["unga vuxna"], [[brottby.eller]]: the first name is the group's.
_HEADER = re.compile(r"""\s*\[\[?\s*("[^"]*"|'[^']*'|[\w-]+)\s*(\.[^\]]*)?\]\]?\s*(#.*)?""")
_LONGEST = 60  # characters of what is wrong, in a sentence about it


@dataclass(frozen=True, slots=True)
class Place:
    """A key of a group, or a key inside it."""

    where: str
    text: str
    group: str
    path: tuple[str, ...] = ()

    def inside(self, key: str) -> "Place":
        return replace(self, path=(*self.path, key))

    def problem(self, what: str, remedy: str, written: str = "") -> Problem:
        """”[brottby] postnummer: what”. `written`: what is wrong as it stands there, to find its line by."""
        label = f"[{self.group}] {' → '.join(self.path)}"
        return Problem(self.where, f"{label.rstrip()}: {what}" if self.path else f"{label}{what}", remedy,
                       self.line(written))  # fmt: skip

    def line(self, written: str = "") -> int:
        """The line of the last key of the path, or of `written` after it; of the group's header when neither is found;
        0 when the file has no such group."""
        lines = self._lines()
        at = 0
        for key in self.path:
            spelled = re.compile(rf"""(?<![\w-])["']?{re.escape(key)}["']?\s*[.=\]]""")
            at = next((n for n in range(at, len(lines)) if spelled.search(lines[n][1])), at)
        if written:
            at = next((n for n in range(at, len(lines)) if written in lines[n][1]), at)
        return lines[at][0] if lines else 0

    def _lines(self) -> list[tuple[int, str]]:
        found, inside = [], False
        for n, content in enumerate(self.text.splitlines(), 1):
            if header := _HEADER.fullmatch(content):
                inside = header[1].strip("\"'") == self.group
            if inside:
                found.append((n, content))
        return found


def shown(written: Any) -> str:
    """What somebody has written, short enough for a sentence."""
    try:
        text = str(written)
    except ValueError:  # Python writes no number of more than 4,300 digits, and TOML reads them
        text = "ett ofantligt tal"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def nearest_name(written: str, known: Mapping[str, str]) -> str:
    """The remedy for a name that does not exist. `known`: folded name -> the name as it is shown."""
    near = difflib.get_close_matches(folded(written), list(known), 1)
    if near:
        return f"Menade du ”{known[near[0]]}”?"
    return f"Det som finns är: {', '.join(dict.fromkeys(known.values())) or 'inget'}."
