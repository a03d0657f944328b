"""A mailbox that is a Maildir on this machine, as Postfix, Dovecot and Courier write it.

Takes   its folder.
Gives   a Mailbox. The folders beside the inbox are Maildir++: `.hanterade` and `.ok&AOQ-nda`, which is ”okända” in the
        spelling that IMAP servers show as such (RFC 3501 section 5.1.3).
Fails   AdminError when the folder is no Maildir, or may not be read or written.

A mail is moved by one rename: it lies in one folder or the other, whenever the power goes. The standard library's
`mailbox.Maildir` moves by copying and removing, so only the layout is taken from it.
"""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from imap_tools.imap_utf7 import utf7_encode

from mailer.errors import AdminError, Problem
from mailer.feedback.mailbox import LARGEST, Folder, Waiting, bunches

T = TypeVar("T")
PARTS = ("cur", "new", "tmp")
SIZES_AT_ONCE = 500  # files asked for their size before the first of them is read
_CAME = re.compile(r"(\d+)\.(?:.*?M(\d+))?")  # a file's name begins with when it was delivered: s, then µs
_FLAGS = ":2,"  # what comes after it in a name: S seen, T to be deleted


class Maildir:
    """An open Maildir. A mail's id is the name of its file without the flags, which others may change."""

    def __init__(self, path: Path) -> None:
        """AdminError when there is none: a wrong path would else look like an empty mailbox."""
        if not all((path / part).is_dir() for part in PARTS):
            remedy = "Ange mappen som har cur, new och tmp i sig: [mailbox] path. I en ny mapp: mkdir cur new tmp"
            raise AdminError(Problem(str(path), "är ingen Maildir.", remedy))
        self.passed_over = 0  # what the disk cannot read is an error of the disk
        self._path = path
        self._files: dict[str, Path] = {}  # id -> where it lay when we last looked

    def waiting(self) -> Iterator[tuple[Waiting, ...]]:
        """See Mailbox."""
        self._look()
        ids = sorted((i for i, path in self._files.items() if "T" not in _flags(path)), key=_came)
        for start in range(0, len(ids), SIZES_AT_ONCE):
            sizes = [(i, size) for i in ids[start : start + SIZES_AT_ONCE] if (size := self._size(i)) is not None]
            for bunch in bunches(sizes):
                yield tuple(mail for i, size in bunch if (mail := self._read(i, size)) is not None)

    def move(self, ids: Sequence[str], folder: Folder) -> None:
        """See Mailbox. What is handled counts as read; what is unknown is left as it is, to be seen."""
        with _in_words(self._path):
            target = self._made(folder)
        for i in ids:
            self._at(i, lambda source: source.rename(_free(target, source, folder)))

    def count(self, folder: Folder) -> int:
        """See Mailbox."""
        path = self._path / _name(folder)
        with _in_words(path):
            return sum(1 for _ in _mails(path)) if path.is_dir() else 0

    def interrupt(self) -> None:
        """See Mailbox: a disk keeps nobody waiting."""

    def close(self) -> None:
        """See Mailbox: nothing is open."""

    def _look(self) -> None:
        with _in_words(self._path):
            self._files = {path.name.partition(":")[0]: path for path in _mails(self._path)}

    def _size(self, i: str) -> int | None:
        return self._at(i, lambda path: path.stat().st_size)

    def _read(self, i: str, size: int) -> Waiting | None:
        return self._at(i, lambda path: Waiting(i, _first_bytes(path), size))

    def _at(self, i: str, act: Callable[[Path], T]) -> T | None:
        """What is done to the mail where it lies; None when it is gone. An IMAP server moves it from new to cur."""
        with _in_words(self._path):
            for is_last in (False, True):
                if (path := self._files.get(i)) is None:
                    return None
                try:
                    return act(path)
                except FileNotFoundError:
                    if not is_last:
                        self._look()
        return None

    def _made(self, folder: Folder) -> Path:
        """The folder; what was begun of it before a crash is made whole."""
        path = self._path / _name(folder)
        if not (path / "maildirfolder").exists():  # the last thing made
            for part in (path, *(path / name for name in PARTS)):
                part.mkdir(mode=0o700, exist_ok=True)
                self._give(part)
            (path / "maildirfolder").touch(0o600)
            self._give(path / "maildirfolder")
        return path

    def _give(self, path: Path) -> None:
        """To whom the inbox belongs: run as root, we would else lock the IMAP server out."""
        if os.geteuid() == 0:
            owner = self._path.stat()
            os.chown(path, owner.st_uid, owner.st_gid)


def _mails(path: Path) -> Iterator[Path]:
    for part in ("new", "cur"):  # in this order: what moves from one to the other meanwhile is seen
        with os.scandir(path / part) as entries:
            yield from (Path(entry.path) for entry in entries if not entry.name.startswith("."))


def _name(folder: Folder) -> str:
    return f".{utf7_encode(folder.value).decode('ascii')}"


def _flags(path: Path) -> str:
    return path.name.partition(_FLAGS)[2]


def _came(i: str) -> tuple[int, int, str]:
    """When the mail came, as its name says; those whose name says nothing come first."""
    found = _CAME.match(i)
    return (int(found[1]), int(found[2] or 0), i) if found else (0, 0, i)


def _first_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST)


def _free(target: Path, source: Path, folder: Folder) -> Path:
    """Where the mail goes: never over another that has its name, as after a folder was put back from a copy."""
    name, flags = source.name.partition(":")[0], _flags(source)
    flags = "".join(sorted({*flags, "S"})) if folder is Folder.handled else flags
    while True:
        path = target / "cur" / f"{name}{_FLAGS}{flags}" if flags else target / "new" / name
        if not path.exists():
            return path
        name += "x"


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    """What the disk says, in the administrator's words."""
    try:
        yield
    except OSError as why:
        what = f"går inte att läsa eller flytta mejl i ({why.strerror})."
        raise AdminError(Problem(str(path), what, "Kontrollera rättigheterna och disken.")) from why
