"""The editors' folder on disk.

Takes   the path of content/ and, because of files being saved this moment, the time now.
Gives   the files that are whole and ours to read, and Problems naming those that are not.
Fails   AdminError when the folder itself is missing or cannot be read.

Nothing is followed out of the folder, opened when it is no plain file, or read beyond a limit: in a synced folder lies
what others put there.
"""

import difflib
import errno
import hashlib
import os
import time
from collections.abc import Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from mailer.content import names
from mailer.content.pictures import SUFFIXES as PICTURES
from mailer.content.reading import SETTLE_S, NotPlain, Unsettled, read_plain
from mailer.content.source import ROOT, Source, where
from mailer.errors import AdminError, EditorError, Problem

LARGEST = 256 * 1024  # bytes of one file
LARGEST_PICTURE = 30 * 1024 * 1024  # bytes; a telephone's best are 20 MB
MOST_FILES = 5_000
MOST_ENTRIES = 250_000  # files and folders of any kind
MOST_PROBLEMS = 200
DEEPEST = 8  # folders within folders
LONGEST_PATH = 400  # characters; the table of used blocks takes 500
AHEAD_S = 3600.0  # so much another computer's clock may be ahead of ours and still be believed
MOST_ALIKE = 20  # files with the same text in a folder whose names are compared
SHORTEST_TEXT = 40  # bytes; shorter files may well be alike: ”inget”
BEING_SAVED = "filen sparas just nu."


@dataclass(frozen=True, slots=True)
class Folder:
    """What can be read now. `unsettled`: paths of files that are being saved; look again in a moment."""

    files: tuple[Source, ...]
    problems: tuple[Problem, ...]
    unsettled: tuple[str, ...] = ()
    count: int = 0  # of files that are ours to read, also of those with a mistake
    newest: float = 0.0  # when a file was last changed or came or went, seconds since 1970; 0 in an empty folder


def read_folder(folder: Path, now: float | None = None, settle_s: float = SETTLE_S) -> Folder:
    """All Markdown files under the folder, in the order of their paths.

    `now`: seconds since 1970 by the clock that stamps files, never a simulated one; None: this machine's.
    """
    now = time.time() if now is None else now
    found, problems, newest = _walk(folder, now)
    twins = names.twins(found)
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
    again = _same_again(files)
    problems += again.values()
    read = sorted((f for f in files if f.path not in again), key=lambda f: f.path)
    return Folder(tuple(read), _capped(problems), tuple(sorted(unsettled)), len(found), newest)


def read_picture(
    folder: Path, path: str, now: float | None = None, settle_s: float = SETTLE_S, named: str = "", line: int = 0
) -> bytes:
    """The bytes of a picture under the folder. `path`: relative to it, NFC, as `Picture.path`.

    EditorError when it is not there, is no plain file, is too large, or is being saved: the file `named` is told, on
    its `line`. Also pictures in hidden folders are opened: Nextcloud keeps those of a text in ”.attachments.4711”.
    """
    now = time.time() if now is None else now
    name = names.printable(path.rpartition("/")[2])
    named = named or where(names.printable(path))
    try:
        with ExitStack() as opened:
            beside, on_disk = _beside(folder, path, opened)
            raw = read_plain(on_disk, LARGEST_PICTURE, now, settle_s, beside)
    except _Missing as missing:
        what = f"bilden ”{name}” finns inte bredvid filen."
        raise EditorError(Problem(named, what, _nearest(path, missing.beside), line)) from missing
    except Unsettled:
        raise EditorError(_problem(path, BEING_SAVED, "Vänta en stund och kör igen.")) from None
    except NotPlain:
        raise EditorError(Problem(named, f"”{name}” är ingen vanlig fil.", "Ta bort den ur mappen.", line)) from None
    except OSError as why:
        what, remedy = f"bilden ”{name}” går inte att läsa ({why.strerror}).", "Kontrollera rättigheterna."
        if why.errno in (errno.ELOOP, errno.ENOTDIR):
            what, remedy = f"bilden ”{name}” är en genväg, och sådana följs inte.", "Lägg själva bilden i mappen."
        raise EditorError(Problem(named, what, remedy, line)) from why
    if len(raw) > LARGEST_PICTURE:
        what = f"bilden ”{name}” är större än {LARGEST_PICTURE // 1024**2} MB."
        raise EditorError(Problem(named, what, "Spara den i en mindre storlek.", line))
    return raw


class _Missing(Exception):
    """There is no such file; `beside`: the names there are."""

    def __init__(self, beside: Collection[str]) -> None:
        super().__init__()
        self.beside = beside


def _beside(folder: Path, path: str, opened: ExitStack) -> tuple[int, str]:
    """The opened folder that the file lies in, and the file's name as the disk has it; no link is followed."""
    *folders, name = path.split("/")
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    fd = os.open(folder, flags)
    opened.callback(os.close, fd)
    for part in folders:
        fd = os.open(_on_disk(fd, part), flags | os.O_NOFOLLOW, dir_fd=fd)
        opened.callback(os.close, fd)
    return fd, _on_disk(fd, name)


def _on_disk(fd: int, name: str) -> str:
    """The name among those in the opened folder: as it stands, else the only one that differs in case alone.

    Windows and macOS take ”Torget.JPG” for ”torget.jpg”, so it worked where the editor tried it.
    """
    there = os.listdir(fd)
    for alike in (lambda n: n == name, lambda n: names.normal(n).casefold() == name.casefold()):
        if len(found := [n for n in there if alike(n)]) == 1:
            return found[0]
    raise _Missing(there)


def _nearest(path: str, beside: Collection[str]) -> str:
    name = path.rpartition("/")[2]
    pictures_there = sorted(names.normal(n) for n in beside if n.casefold().endswith(PICTURES))
    if near := difflib.get_close_matches(name, pictures_there, 1, cutoff=0.6):
        return f"Menade du ”{names.printable(near[0])}”?"
    return "Lägg bilden i samma mapp som filen, eller rätta namnet."


def _source(path: str, on_disk: str, now: float, settle_s: float) -> Source | Problem:
    """The file, or why it cannot be had."""
    try:
        raw = read_plain(on_disk, LARGEST, now, settle_s)
    except (Unsettled, NotPlain, FileNotFoundError):  # gone since the walk: some editors delete before they write
        return _problem(path, BEING_SAVED, "Vänta en stund och kör igen.")
    except OSError as why:
        return _problem(path, f"filen går inte att läsa ({why.strerror}).", "Kontrollera rättigheterna.")
    if len(raw) > LARGEST:
        what = f"filen är större än {LARGEST // 1024} kB."
        return _problem(path, what, "Ett inslag är text. Dela det, eller lägg texten på hemsidan.")
    return Source(names.normal(path), raw, hashlib.sha256(raw).hexdigest())


def _walk(folder: Path, now: float) -> tuple[dict[str, str], list[Problem], float]:
    """The files that are ours: path relative to the folder, as on the disk -> path to open. What is no such file. And
    when something last happened: a synced file keeps the stamp of where it was written, its folder tells that it came.
    """
    found: dict[str, str] = {}
    problems: list[Problem] = []
    waiting, seen, newest = [("", str(folder))], 0, 0.0
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
        newest = max(newest, _stamp(on_disk, now), *(_stamp(entry, now) for entry in entries.values()))
        for name, entry in entries.items():
            path = f"{below}/{name}" if below else name
            if wrong := _refusal(entry, path, entries):
                problems.append(wrong)
            elif entry.is_dir(follow_symlinks=False):
                waiting.append((path, entry.path))
            elif names.is_markdown(name) or names.is_calendar(name):
                found[path] = entry.path
    return found, problems, newest if seen else 0.0


def _stamp(entry: "os.DirEntry[str] | str", now: float) -> float:
    """When it was changed. A stamp ahead of our clock tells nothing."""
    try:
        stamp = (os.stat(entry) if isinstance(entry, str) else entry.stat(follow_symlinks=False)).st_mtime
    except OSError:
        return 0.0
    return stamp if stamp <= now + AHEAD_S else 0.0


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
        return _problem(path, "läses inte: inslag är textfiler som slutar på .md.", _saved_as_markdown(name))
    if not is_folder and not names.is_markdown(entry.name) and not names.is_calendar(entry.name):
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


def _saved_as_markdown(name: str) -> str:
    """What to do with a text in another format. Notepad adds .txt to whatever one calls a file."""
    if not name.casefold().endswith(".txt"):
        return "Spara texten som en .md-fil."
    stem = name[: -len(".txt")]
    return f"Byt namn på den till ”{stem if names.is_markdown(stem) else f'{stem}.md'}”."


def _same_again(files: Sequence[Source]) -> dict[str, Problem]:
    """Path -> Problem of each file that says what another in its folder says, under a longer form of its name."""
    originals: dict[tuple[str, str], list[str]] = {}
    again: dict[str, Problem] = {}
    texts = (f for f in files if len(f.raw.strip()) >= SHORTEST_TEXT)
    for file in sorted(texts, key=lambda f: (len(f.path), f.path)):
        folder, _, name = file.path.rpartition("/")
        before = originals.setdefault((folder, file.hash), [])
        original = next((o for o in before if name.casefold().startswith(o.rpartition(".")[0].casefold())), None)
        if original is not None:
            what = f"”{name}” säger samma sak som ”{original}”; den tas inte med."
            again[file.path] = _problem(file.path, what, "Ta bort den ena.")
        elif len(before) < MOST_ALIKE:
            before.append(name)
    return again


def _alike(paths: Sequence[str]) -> Problem:
    others = " och ".join(f"”{names.printable(path.rpartition('/')[2])}”" for path in paths)
    what = f"{others} har namn som bara skiljer sig åt i stora och små bokstäver, eller i hur å, ä och ö är sparade."
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
