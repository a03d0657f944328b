"""The private key as a file on an officer's own medium: what it says, written once and read again.

Takes   a folder on the medium; whose copy it is; the private key.
Gives   a file that only its owner can read, safely on the medium; the copy that a file holds.
Fails   EditorError when the file is there already or is none of ours; AdminError when the medium cannot be written.

The key is held in memory while it is used, and Python cannot promise to overwrite it: it may lie in memory that has
been given back, until the machine uses it again. It is never in a file of the home, a log or an argument.
"""

import os
import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from mailer.content.questionnaires.wording import slug
from mailer.errors import AdminError, EditorError, Problem
from mailer.surveys.box import sealing
from mailer.surveys.box.sealing import PrivateKey

LARGEST = 16_384  # bytes: what is longer is no key file
_COPY = re.compile(r"^Kopia hos: +(.+?)\s*$", re.M)
_TEXT = """NYCKELN TILL SVARSURNAN

Enkät:     {title} ({key})
Kopia hos: {name}
Gjord:     {day}
Lås:       {lock}

Med nyckeln öppnas de anonyma svaren, en enda gång, när enkäten är stängd:
    mailer survey close {key} --key FIL
Den som har både nyckeln och en säkerhetskopia från tiden innan dess kan läsa
svaren. Därför: låt filen ligga kvar här och ingen annanstans, aldrig på servern,
i ett mejl eller i ett moln. Ta ut mediet, lås in det och säg inte var.
När svaren är räknade ska filen förstöras, och du intygar att du har gjort det:
    mailer survey destroyed {key} --as "{name}"
Går båda kopiorna förlorade innan dess kan ingen någonsin läsa svaren.

{pem}"""


@dataclass(frozen=True, slots=True)
class Copy:
    """What a key file holds. It says nothing of itself when printed."""

    name: str  # whose copy it is
    private: PrivateKey = field(repr=False)


def path_in(folder: Path, survey: str, name: str) -> Path:
    """Where a copy lies on its medium."""
    return folder / f"svarsurnan-{survey}-{slug(name)}.txt"


def text(title: str, survey: str, name: str, day: date, private: PrivateKey, passphrase: str) -> str:
    """What stands in the file."""
    pem = sealing.to_text(private, passphrase)
    lock = "lösenfras" if passphrase else "inget"
    return _TEXT.format(title=title, key=survey, name=name, day=day.isoformat(), lock=lock, pem=pem)


def write(path: Path, words: str) -> None:
    """Onto the medium, all the way. An existing file is never touched."""
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as why:
        remedy = "Se efter vad det är för en fil. Behövs den inte: ta bort den och kör igen."
        raise EditorError(Problem(str(path), "filen finns redan.", remedy)) from why
    except OSError as why:
        raise _unwritable(path, why) from why
    try:
        with os.fdopen(fd, "wb") as file:
            file.write(words.encode())
            file.flush()
            os.fsync(file.fileno())
        _sync_folder(path.parent)
    except OSError as why:
        path.unlink(missing_ok=True)
        raise _unwritable(path, why) from why


def read(path: Path) -> str:
    """What stands in a file that somebody says is a copy."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST).decode(errors="replace")
    except OSError as why:
        raise EditorError(Problem(str(path), f"filen går inte att läsa ({why.strerror}).", "Sitter mediet i?")) from why


def copy_of(path: Path, words: str, passphrase: str = "") -> Copy:
    """The copy in the text. EditorError when there is none, or the passphrase does not fit."""
    found = _COPY.search(words)
    try:
        private = sealing.from_text(words, passphrase)
    except sealing.Unreadable as why:
        if sealing.is_locked(words):
            what, remedy = "lösenfrasen passar inte.", "Kör igen och skriv den på nytt."
        else:
            what, remedy = "det finns ingen nyckel i filen.", "Ange filen som mailer survey key skrev."
        raise EditorError(Problem(str(path), what, remedy)) from why
    return Copy(found[1] if found else "", private)


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _unwritable(path: Path, why: OSError) -> AdminError:
    remedy = "Sitter mediet i, och är det olåst?"
    return AdminError(Problem(str(path), f"går inte att skriva ({why.strerror}).", remedy))
