"""What lies in the editors' folder, by its stamps alone: enough to see that nothing has happened.

Takes   the path of content/.
Gives   a Stamp for each file, by its path; nothing of what is hidden or temporary.
Fails   never: of a folder that cannot be read there is nothing. `read_folder` says why.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from mailer.content import names
from mailer.content.folder import DEEPEST, MOST_ENTRIES


@dataclass(frozen=True, slots=True)
class Stamp:
    """One file, unopened."""

    path: str  # relative to content/, NFC
    size: int  # bytes
    modified_ns: int  # nanoseconds since 1970, by the clock of whoever wrote it
    entered_ns: int  # the same by our clock, also when only its owner or name was changed (ctime)

    def is_fresh(self, now: float, rest_s: float) -> bool:
        """Whether it was changed less than `rest_s` before `now`, in seconds since 1970; also a little ahead of it."""
        return abs(now - self.modified_ns / 1e9) < rest_s

    @property
    def is_copy(self) -> bool:
        """Whether an editor put it there: what tells of the folder itself is none."""
        name = self.path.rpartition("/")[2]
        return names.is_markdown(name) or not name.casefold().endswith(names.MARKDOWN)


def read_stamps(folder: Path) -> dict[str, Stamp]:
    """path -> Stamp. Links are not followed."""
    found: dict[str, Stamp] = {}
    waiting, seen = [("", str(folder))], 0
    while waiting and seen < MOST_ENTRIES:
        below, on_disk = waiting.pop()
        for entry in _entries(on_disk):
            seen += 1
            path = f"{below}/{entry.name}" if below else entry.name
            if entry.is_dir(follow_symlinks=False):
                waiting += [(path, entry.path)] if path.count("/") < DEEPEST else []
            elif stamp := _stamp(names.normal(path), entry):
                found[stamp.path] = stamp
    return found


def fingerprint(stamps: Iterable[Stamp]) -> str:
    """The same as long as no file has come, gone or been changed; ”” of none."""
    lines = sorted(f"{s.path}\0{s.size}\0{s.modified_ns}" for s in stamps)
    return sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest() if lines else ""


def look_of(stamps: Iterable[Stamp]) -> str:
    """The same as long as nobody has so much as touched a file. Some programs put the old stamp on what they change."""
    lines = sorted(f"{s.path}\0{s.size}\0{s.modified_ns}\0{s.entered_ns}" for s in stamps)
    return sha256("\n".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def newest(stamps: Mapping[str, Stamp]) -> Stamp | None:
    """The file that was changed last."""
    return max(stamps.values(), key=lambda s: (s.modified_ns, s.path), default=None)


def _entries(on_disk: str) -> "list[os.DirEntry[str]]":
    try:
        with os.scandir(on_disk) as listing:
            return [entry for entry in listing if not names.is_temporary(entry.name)]
    except OSError:
        return []


def _stamp(path: str, entry: "os.DirEntry[str]") -> Stamp | None:
    try:
        stat = entry.stat(follow_symlinks=False)
    except OSError:  # gone since the listing
        return None
    return Stamp(path, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
