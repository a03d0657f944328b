"""The editors' folder on disk.

Takes   the path of content/ and, because of files being saved this moment, the time now.
Gives   the files that are whole and ours to read, and Problems naming those that are not.
Fails   AdminError when the folder itself is missing or cannot be read.

Nothing is followed out of the folder, opened when it is no plain file, or read beyond a limit: in a synced folder lies
what others put there.
"""

import hashlib
import os
import stat
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from mailer.content import names
from mailer.content.source import ROOT, Source, where
from mailer.errors import AdminError, Problem

LARGEST = 256 * 1024  # bytes of one file
MOST_FILES = 5_000
MOST_ENTRIES = 250_000  # files and folders of any kind
MOST_PROBLEMS = 200
DEEPEST = 8  # folders within folders
LONGEST_PATH = 400  # characters; the table of used blocks takes 500
SETTLE_S = 2.0  # a file that was written to more recently may be half of one
BEING_SAVED = "filen sparas just nu."


@dataclass(frozen=True, slots=True)
class Folder:
    """What can be read now. `unsettled`: paths of files that are being saved; look again in a moment."""

    files: tuple[Source, ...]
    problems: tuple[Problem, ...]
    unsettled: tuple[str, ...] = ()


def read_folder(folder: Path, now: float | None = None, settle_s: float = SETTLE_S) -> Folder:
    """All Markdown files under the folder, in the order of their paths.

    `now`: seconds since 1970 by the clock that stamps files, never a simulated one; None: this machine's.
    """
    found, problems = _walk(folder)
    twins = names.twins(found)
    now = time.time() if now is None else now
    files, unsettled = [], []
    for path in sorted(found)[:MOST_FILES]:
        if path in twins:
            problems += [_alike(twins[path])] if path == twins[path][0] else []
            continue
        source = _source(path, found[path], now, settle_s)
        if isinstance(source, Source):
            files.append(source)
            continue
        problems.append(source)
        if source.what == BEING_SAVED:
            unsettled.append(names.normal(path))
    if len(found) > MOST_FILES:
        what = f"mappen har {len(found)} inslag och evenemang; bara de första {MOST_FILES} läses."
        problems.append(_problem("", what, "Flytta gamla filer ur mappen."))
    return Folder(tuple(sorted(files, key=lambda f: f.path)), _capped(problems), tuple(sorted(unsettled)))


def _source(path: str, on_disk: str, now: float, settle_s: float) -> Source | Problem:
    """The file, or why it cannot be had."""
    try:
        raw = _read(on_disk, now, settle_s)
    except (_Unsettled, FileNotFoundError):  # gone since the walk: some editors delete before they write
        return _problem(path, BEING_SAVED, "Vänta en stund och kör igen.")
    except OSError as why:
        return _problem(path, f"filen går inte att läsa ({why.strerror}).", "Kontrollera rättigheterna.")
    if len(raw) > LARGEST:
        what = f"filen är större än {LARGEST // 1024} kB."
        return _problem(path, what, "Ett inslag är text. Dela det, eller lägg texten på hemsidan.")
    return Source(names.normal(path), raw, hashlib.sha256(raw).hexdigest())


class _Unsettled(Exception):
    """The file changed while we looked, or a moment before."""


def _walk(folder: Path) -> tuple[dict[str, str], list[Problem]]:
    """The Markdown files: path relative to the folder, as on the disk -> path to open. And what is no such file."""
    found: dict[str, str] = {}
    problems: list[Problem] = []
    waiting, seen = [("", str(folder))], 0
    while waiting:
        below, on_disk = waiting.pop()
        try:
            entries = _entries(on_disk)
        except OSError as why:
            if not below:
                raise _no_folder(folder, why) from why
            problems.append(_problem(below, f"går inte att läsa ({why.strerror}).", "Kontrollera rättigheterna."))
            continue
        seen += len(entries)
        if seen > MOST_ENTRIES:
            what = f"mappen har fler än {MOST_ENTRIES} filer."
            problems.append(_problem("", what, "Något har lagt filer där som inte hör dit. Flytta dem."))
            break
        for name, entry in entries.items():
            path = f"{below}/{name}" if below else name
            if wrong := _refusal(entry, path, entries):
                problems.append(wrong)
            elif entry.is_dir(follow_symlinks=False):
                waiting.append((path, entry.path))
            elif names.is_markdown(name):
                found[path] = entry.path
    return found, problems


def _entries(on_disk: str) -> "dict[str, os.DirEntry[str]]":
    """What lies in one folder, less what is hidden or temporary."""
    with os.scandir(on_disk) as listing:
        return {entry.name: entry for entry in listing if not names.is_temporary(entry.name)}


def _refusal(entry: "os.DirEntry[str]", path: str, beside: Collection[str]) -> Problem | None:
    """Why the entry is neither read nor entered, when an editor should hear of it."""
    name = names.printable(entry.name)
    is_folder, is_file = entry.is_dir(follow_symlinks=False), entry.is_file(follow_symlinks=False)
    if entry.is_symlink():
        return _problem(path, "är en genväg, och sådana följs inte.", "Lägg själva filen i mappen.")
    if not is_folder and not is_file:
        return _problem(path, "är ingen vanlig fil.", "Ta bort den ur mappen.")
    if is_folder and names.is_markdown(entry.name):
        return _problem(path, "är en mapp, fast namnet slutar som ett inslags.", "Byt namn på mappen.")
    if not is_folder and entry.name.casefold().endswith(names.OTHER_TEXT):
        return _problem(path, "läses inte: inslag är textfiler som slutar på .md.", "Spara texten som en .md-fil.")
    if not is_folder and not names.is_markdown(entry.name):
        return None
    if not names.is_sound(entry.name):
        return _problem(path, "namnet har tecken som inte går att visa.", "Byt namn; bokstäver, siffror och - räcker.")
    if len(path) > LONGEST_PATH or path.count("/") >= DEEPEST:
        return _problem(path[:LONGEST_PATH], "ligger för djupt eller har för långt namn.", "Flytta upp den en mapp.")
    if is_file and (original := names.original_of(entry.name, beside)):
        what = f"”{name}” är en kopia av ”{names.printable(original)}”; den tas inte med."
        remedy = f"Jämför dem, behåll det rätta i ”{names.printable(original)}” och ta bort kopian."
        return _problem(path, what, remedy)
    return None


def _read(path: str, now: float, settle_s: float) -> bytes:
    """The bytes of a plain file that nobody is writing to; one more than LARGEST when there are more."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(fd, "rb") as file:
        before = os.fstat(fd)
        if not stat.S_ISREG(before.st_mode):
            raise FileNotFoundError(path)
        raw = file.read(LARGEST + 1)
        after = os.fstat(fd)
    # A stamp from another computer may lie ahead of our clock; only near it does it mean ”just now”.
    is_fresh = abs(now - after.st_mtime) < settle_s
    is_changed = (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)
    if is_fresh or is_changed or len(raw) != min(after.st_size, LARGEST + 1):
        raise _Unsettled
    return raw


def _alike(paths: Sequence[str]) -> Problem:
    others = " och ".join(f"”{names.printable(path.rpartition('/')[2])}”" for path in paths)
    what = f"{others} har namn som bara skiljer sig i stora och små bokstäver, eller i hur å, ä och ö sparats."
    return _problem(paths[0], what, "Behåll en av dem, eller byt namn på den ena.")


def _problem(path: str, what: str, remedy: str) -> Problem:
    return Problem(where(names.printable(path)).rstrip("/"), what, remedy)


def _capped(problems: list[Problem]) -> tuple[Problem, ...]:
    """The first of them by path. Nobody reads a hundred thousand sentences."""
    ordered = sorted(problems)
    rest = len(ordered) - MOST_PROBLEMS
    if rest <= 0:
        return tuple(ordered)
    return (
        *ordered[:MOST_PROBLEMS],
        Problem(ROOT, f"och {rest} problem till i mappen.", "Börja med dem ovan."),
    )


def _no_folder(folder: Path, why: OSError) -> AdminError:
    what = f"mappen med inslag går inte att läsa ({why.strerror})."
    return AdminError(Problem(str(folder), what, "Skapa den, eller kontrollera rättigheterna."))
