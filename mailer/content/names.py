"""What the name of a file in the editors' folder says about it.

Takes   names, as the disk gives them.
Gives   whether a file is somebody's temporary one, which original it is a copy of, which names are too alike.
Fails   never.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable

from mailer.content.text import has_forbidden

MARKDOWN = (".md", ".markdown")
OTHER_TEXT = (
    ".txt",
    ".doc",
    ".docx",
    ".odt",
    ".rtf",
    ".pages",
    ".html",
    ".htm",
    ".gdoc",
    ".eml",
)  # somebody meant these to be read
_FOR_PEOPLE = ("readme.md", "läsmig.md", "läs mig.md")  # about the folder, not for the issue

# Of editors, LibreOffice (.~lock), Word (~$), vim, Nextcloud (.sync_), macOS (._), Dropbox and browsers.
_TEMPORARY = re.compile(
    r"\..*|~\$.*|.*~|#.*#|~.*\.tmp|desktop\.ini|thumbs\.db|"
    r".*\.(tmp|temp|part|partial|crdownload|download|filepart|swp|swo|swx|bak|lock)",
    re.I | re.S,
)
# What synchronising calls the second of two that were saved at once. Dropbox ”x (Annas konfliktkopia 2026-03-01).md” in
# the words of the one who runs it, Nextcloud ”x (conflicted copy 2026-03-01 101010).md” and ”x_conflict-20260301.md”,
# Seafile ”x (SFConflict anna 2026-03-01).md”, Syncthing ”x.sync-conflict-20260301-101010-ABCDEFG.md”, Google Drive
# ”x [Conflict].md”, Resilio ”x.Conflict.md”.
_CONFLICT = re.compile(
    r"(.+?)(?: \((?=[^()]*(?:confl|konfl|ristirii|m[oa]d?t?stridende))(?=[^()]*(?:c[oó]p[iy]|kopi|\d{4}))[^()]*\)"
    r"| ?\[confli[^\[\]]*\]|_conflict-[\w-]+|\.conflict|\.sync-conflict-[\w-]+)(\.\w+)",
    re.I | re.S,
)
# What people and their computers call a copy; OneDrive adds the computer's name, ”Valet-DESKTOP-4K2.md”. Only when the
# original lies beside it: ”Valet (2).md” may be a part two.
_COPY = re.compile(
    r"(?:kopia av |copy of )?(.+?)(?: \(\d\)|(?: -)? (?:kopia|copy)(?: ?\(?\d\)?)?"
    r"|-(?:desktop|laptop|win|pc|macbook|imac|mbp)(?:-[\w-]+)?)?(\.\w+)",
    re.I | re.S,
)


def is_temporary(name: str) -> bool:
    """Whether a file or folder is hidden, a lock, or half of something: nobody needs to hear of it."""
    return _TEMPORARY.fullmatch(name) is not None


def is_markdown(name: str) -> bool:
    """Whether a file of this name is ours to read."""
    return name.casefold().endswith(MARKDOWN) and normal(name).casefold() not in _FOR_PEOPLE


def is_calendar(name: str) -> bool:
    """Whether it is a calendar: a file of many events."""
    return name.casefold().endswith(".ics")


def original_of(name: str, beside: Collection[str]) -> str | None:
    """The name this one is a copy of, or None. `beside`: the names in its folder."""
    if found := _CONFLICT.fullmatch(name):
        return found[1] + found[2]
    found = _COPY.fullmatch(name)
    original = found[1] + found[2] if found else name
    return original if original != name and original in beside else None


def normal(name: str) -> str:
    """NFC: macOS writes å as a and a ring."""
    return unicodedata.normalize("NFC", name)


def is_sound(name: str) -> bool:
    """Whether the name can be shown and kept: no control characters, and bytes that are text."""
    return not has_forbidden(name) and not any(c in name for c in "\n\t\\")


def printable(name: str) -> str:
    """The name for a Problem, on one line, whatever it holds."""
    return "".join(c if is_sound(c) else "�" for c in normal(name))


def twins(paths: Iterable[str]) -> dict[str, list[str]]:
    """The paths that only case or the writing of å tell apart: some disks hold them as one file."""
    alike: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        alike[normal(path).casefold()].append(path)
    return {path: sorted(group) for group in alike.values() if len(group) > 1 for path in group}
