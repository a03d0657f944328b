"""A home's database and keys exchanged for others, in one step: killed anywhere, it has the old ones or the new.

Takes   the file of the database, the folder var/; what is to be put in their place.
Gives   a lock that every opened home shares and an exchange has alone; the exchange, decided by one rename.
Fails   LaterError when somebody has the home open, or it is being exchanged; OSError as it comes.

What is to come is laid in a folder beside the database, on the disk, under a name that nobody looks for. The rename to
READY decides: from then on whoever opens the home first moves it into place (each move can be done again), before it
opens anything. The old database stays, under a name of its own among the backups.
"""

import errno
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from mailer import backups
from mailer.errors import LaterError, Problem
from mailer.home import Lock

READY = ".restoring"  # what is decided, after the name of the database's file
UNDECIDED = ".unfinished"
NEW, ASIDE, KEYS = "new", "aside", "keys"


def file_of(url: str) -> Path | None:
    """SQLite's file; None for PostgreSQL."""
    parsed = make_url(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


@contextmanager
def inside(file: Path | None, var: Path) -> Iterator[None]:
    """While the home is open: nobody exchanges it. What was decided is done first. `file`: None for PostgreSQL."""
    lock = Lock(var / "home.lock")
    beside = file or var / "mailer.db"
    if _ready(beside).is_dir():
        with alone(beside, var):
            pass
    if not lock.take(shared=True):
        raise LaterError(
            Problem("hemmet", "återställs eller flyttas just nu.", "Vänta tills det är klart, och kör igen.")
        )
    if _ready(beside).is_dir():  # decided between the look and the lock, by one who was killed then
        lock.free()
        with alone(beside, var):
            pass
        if not lock.take(shared=True):
            raise LaterError(Problem("hemmet", "återställs just nu.", "Vänta tills det är klart, och kör igen."))
    try:
        for dead in beside.parent.glob(f".{beside.name}.*{UNDECIDED}"):  # nobody makes one while we are here
            shutil.rmtree(dead, ignore_errors=True)
        yield
    finally:
        lock.free()


@contextmanager
def alone(file: Path, var: Path) -> Iterator[None]:
    """While nobody has the home open, and nobody can open it. LaterError when somebody has."""
    lock = Lock(var / "home.lock")
    if not lock.take():
        remedy = "Stoppa mailer run och vänta tills andra kommandon är klara; kör sedan igen."
        raise LaterError(Problem("hemmet", "är öppet i en annan process.", remedy))
    try:
        _carry_out(file, var)
        yield
    finally:
        lock.free()


@contextmanager
def preparing(file: Path) -> Iterator[Path]:
    """An empty folder for what is to come; gone again unless `decide` took it."""
    folder = file.with_name(f".{file.name}.{secrets.token_hex(6)}{UNDECIDED}")
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def lay_keys(folder: Path, keys: Mapping[str, bytes]) -> Path:
    """The keys that are to come; the folder they lie in until then."""
    laid = folder / KEYS
    laid.mkdir(mode=0o700)
    for purpose, key in keys.items():
        _write(laid / purpose, key)
    backups.synced(laid)
    return laid


def decide(folder: Path, file: Path, var: Path, aside: Path | None) -> None:
    """Exchange the database for `folder`/new and the keys for those laid there, each if it is there.

    `aside`: what the old database's file is called from now on. On another disk it is copied, which takes its time.
    """
    if aside is not None:
        _write(folder / ASIDE, str(aside).encode())
        if file.exists() and aside.parent.stat().st_dev != file.stat().st_dev:
            _lay_aside(file, folder / ASIDE)  # no room there: nothing is decided yet
    if (folder / NEW).exists():
        with open(folder / NEW, "rb") as new:
            os.fsync(new.fileno())
    backups.synced(folder)
    folder.rename(_ready(file))  # decided
    backups.synced(file.parent)
    _carry_out(file, var)


def _carry_out(file: Path, var: Path) -> None:
    """What was decided, as far as it is not done. We are alone; killed here, the next one goes on."""
    ready = _ready(file)
    if not ready.is_dir():
        return
    keys = var / "keys"
    if (ready / KEYS).is_dir():
        keys.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in sorted((ready / KEYS).iterdir()):
            path.replace(keys / path.name)
        backups.synced(keys)
    if (ready / NEW).exists():
        _lay_aside(file, ready / ASIDE)
        for side in ("-wal", "-shm"):  # the old one's: SQLite would read them as the new one's
            file.with_name(file.name + side).unlink(missing_ok=True)
        (ready / NEW).replace(file)
        backups.synced(file.parent)
    shutil.rmtree(ready)
    backups.synced(file.parent)


def _lay_aside(file: Path, note: Path) -> None:
    if not note.exists() or not file.exists():
        return
    aside = Path(note.read_text("utf-8"))
    log = file.with_name(file.name + "-wal")
    if log.exists():  # of a database too damaged to be closed well
        _also(log, aside.with_name(aside.name + "-wal"))
    _also(file, aside)
    backups.synced(aside.parent)


def _also(path: Path, name: Path) -> None:
    """The file under another name too; copied where it cannot be one file: on another disk, on one without links.

    The whole copy alone gets the name: killed on the way, the next one begins anew."""
    if name.exists():
        return
    try:
        os.link(path, name)
    except OSError as why:
        if why.errno not in (errno.EXDEV, errno.EPERM, errno.ENOTSUP, errno.EMLINK):
            raise
        temporary = name.with_name(f".mailer-{name.name}{backups.UNFINISHED}")  # swept with those of backups
        temporary.unlink(missing_ok=True)
        with (
            open(path, "rb") as source,
            open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as copy,
        ):
            shutil.copyfileobj(source, copy, 1 << 20)
            copy.flush()
            os.fsync(copy.fileno())
        temporary.replace(name)


def _ready(file: Path) -> Path:
    return file.with_name(f".{file.name}{READY}")


def _write(path: Path, content: bytes) -> None:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
