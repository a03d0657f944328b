"""Backups of a home: the database in one file, its keys in another, in a folder that keeps them for so many days.

Takes   the opened database, the folder of the keys, a folder to write in, the time now.
Gives   files that are whole or not there, read again before they get their names; which are old; which is the newest.
Fails   AdminError when there is no room, the folder is missing or a file is not what was written; LaterError while
        another process makes one.

One format for both engines: a SQLite file with this release's tables. Who finds it has no key, and who finds the keys
has no names. The moment in a name is UTC.
"""

import json
import os
import re
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from sqlalchemy import Connection

from mailer.db import Database, copying, migrate, snapshot
from mailer.errors import AdminError, LaterError, Problem
from mailer.home import Lock, misplaced
from mailer.keys import PURPOSES
from mailer.settings.backup import Backup

FOLDER = "backups"  # under var/, unless the settings name another
DATABASE, REPLACED, KEYS = "mailer-databas", "mailer-ersatt", "mailer-nycklar"
MOMENT = "%Y%m%dT%H%M%SZ"
NAME = re.compile(rf"({DATABASE}|{REPLACED}|{KEYS})-(\d{{8}}T\d{{6}}Z)(_\d+)?\.(db|json)(-wal)?")
UNFINISHED = ".part"
SIDES = ("", "-journal", "-wal", "-shm")


@dataclass(frozen=True, slots=True)
class Made:
    """What was written. `keys`: None when the newest file of keys has the same ones."""

    database: Path
    keys: Path | None
    rows: int
    size: int  # bytes


def folder_of(settings: Backup, home: Path, var: Path) -> Path:
    """Where the home's backups lie; made when it is the home's own. Automatic ones may be off all the same."""
    if not settings.folder or settings.is_off:
        own = var / FOLDER
        own.mkdir(mode=0o700, exist_ok=True)
        return own
    return existing(home / settings.folder)


def beside(file: Path, var: Path) -> Path:
    """Where a replaced database may lie: among the home's own backups, or on its own disk when that is another."""
    return (var if var.stat().st_dev == file.parent.stat().st_dev else file.parent) / FOLDER


def existing(folder: Path) -> Path:
    """A folder that somebody has named. AdminError when it is not there: a disk that is not in would else be filled
    up behind its mount point; or when it is synced: the copies would be somebody else's too (GDPR art. 9)."""
    folder = folder.absolute()
    if not folder.is_dir():
        remedy = "Sätt i disken, eller skapa mappen. Den ska finnas innan, så att inget skrivs på fel disk."
        raise AdminError(Problem(str(folder), "mappen för säkerhetskopior finns inte.", remedy))
    if (why := misplaced(folder)).startswith("i en synkad"):
        remedy = "Kopiorna har alla namn och adresser i sig. Välj en egen disk: [backup] folder i settings.toml."
        raise AdminError(Problem(str(folder), f"mappen ligger {why}.", remedy))
    return folder


def make(db: Database, var: Path, folder: Path, now: datetime, kind: str = DATABASE) -> Made:
    """Write the database, and the keys when they are not those of the newest file of keys."""
    with _alone(var), _in_words(folder):
        _sweep(folder)
        temporary = _temporary(folder)
        try:
            counted = (
                snapshot.copy(Path(db.url.database or ""), temporary) if db.is_sqlite else _of_postgres(db, temporary)
            )
            _onto_the_disk(temporary)
            snapshot.check(temporary, counted)
            keys = keep_keys(var / "keys", folder, now)
            path = _give_name(temporary, folder, kind, now, "db")
        finally:
            _remove(temporary)
        return Made(path, keys, sum(counted.values()), path.stat().st_size)


def keep_keys(keys: Path, folder: Path, now: datetime) -> Path | None:
    """Write the keys to a file of their own; None when the newest one there has the same."""
    content = {p: (keys / p).read_bytes().hex() for p in PURPOSES if (keys / p).exists()}
    newest = max(_of_kind(folder, KEYS), default=None)
    if newest is not None and _read_keys(newest[1]) == content:
        return None
    temporary = _temporary(folder)
    try:
        temporary.write_text(json.dumps(content, indent=1) + "\n", "ascii")
        _onto_the_disk(temporary)
        return _give_name(temporary, folder, KEYS, now, "json")
    finally:
        _remove(temporary)


def read_keys(path: Path) -> dict[str, bytes]:
    """purpose -> key, of a file of keys. AdminError when it is none."""
    found = _read_keys(path)
    if not found or not all(
        re.fullmatch(r"[0-9a-f]{64}", str(value)) and name in PURPOSES for name, value in found.items()
    ):
        remedy = f"Den heter {KEYS}-….json och ligger där säkerhetskopiorna ligger."
        raise AdminError(Problem(str(path), "är ingen fil med ett hems nycklar.", remedy))
    return {name: bytes.fromhex(value) for name, value in found.items()}


def newest(folder: Path) -> tuple[datetime, Path] | None:
    """The newest backup of a database there, and when it was made."""
    return max(_of_kind(folder, DATABASE), default=None)


def before_migration(db: Database, settings: Backup, home: Path, var: Path, now: datetime) -> Path | None:
    """A backup of a SQLite database before its tables are rebuilt. None when there is nobody in it, or they are off."""
    if settings.is_off or not db.is_sqlite or not _has_people(Path(db.url.database or "")):
        return None
    return make(db, var, folder_of(settings, home, var), now).database


def thin(folder: Path, keep: timedelta, now: datetime) -> list[Path]:
    """Throw away what is older than `keep`; those who have been erased since are gone from the rest. Keys stay while
    there may be a database of their time."""
    databases = sorted((*_of_kind(folder, DATABASE), *_of_kind(folder, REPLACED)))
    old = [path for made, path in databases if now - made > keep]
    kept = [made for made, _ in databases if now - made <= keep]
    keys = sorted(_of_kind(folder, KEYS))
    for (_, path), (until, _) in pairwise(keys):
        if not kept or until < kept[0]:
            old.append(path)
    for path in old:
        for side in ("", "-wal"):
            path.with_name(path.name + side).unlink(missing_ok=True)
    return old


def name_in(folder: Path, kind: str, now: datetime, suffix: str) -> Path:
    """A name that is free."""
    stem = f"{kind}-{now.astimezone(UTC).strftime(MOMENT)}"
    path, number = folder / f"{stem}.{suffix}", 1
    while path.exists():
        number += 1
        path = folder / f"{stem}_{number}.{suffix}"  # sorts after the first
    return path


def synced(folder: Path) -> None:
    """What was named in the folder has that name after a power cut too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _has_people(file: Path) -> bool:
    with closing(snapshot.reading(file)) as opened:
        counted = snapshot.counts(opened)
    return bool(counted.get("contacts") or counted.get("mailings"))


def _of_postgres(db: Database, target: Path) -> snapshot.Counts:
    """The same file from PostgreSQL: all of one moment (REPEATABLE READ), read again and summed."""
    raw = snapshot.raw_beside(target)
    try:
        with closing(Database(f"sqlite:///{raw}")) as tables:
            migrate.upgrade(tables)
        with closing(sqlite3.connect(raw, isolation_level=None)) as file:
            for pragma in ("journal_mode=OFF", "synchronous=OFF", "foreign_keys=OFF"):
                file.execute(f"PRAGMA {pragma}")
            sums = db.read(lambda connection: _poured(db, connection, file))
        snapshot.compact(raw, target)  # in PostgreSQL rows lie as they came: here nothing says in which order
    finally:
        for side in SIDES:
            raw.with_name(raw.name + side).unlink(missing_ok=True)
    with closing(snapshot.reading(target)) as file:
        again = copying.sums_of_file(file)
    if different := sorted(name for name in sums if sums[name] != again.get(name)):
        what = f"det som skrevs är inte det som lästes ({', '.join(different)})."
        raise AdminError(Problem(str(target.parent), what, "Kontrollera disken, och kör igen."))
    return {name: one.rows for name, one in sums.items()}


def _poured(db: Database, connection: Connection, file: sqlite3.Connection) -> copying.Sums:
    db.takes_its_time(connection)
    return copying.pour_out(connection, file)


def _of_kind(folder: Path, kind: str) -> Iterator[tuple[datetime, Path]]:
    for path in folder.iterdir():
        match = NAME.fullmatch(path.name)
        if match and match[1] == kind and not match[5]:
            yield datetime.strptime(match[2], MOMENT).replace(tzinfo=UTC), path


def _read_keys(path: Path) -> dict[str, str]:
    try:
        found = json.loads(path.read_text("ascii"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


@contextmanager
def _alone(var: Path) -> Iterator[None]:
    lock = Lock(var / "backup.lock")
    if not lock.take():
        raise LaterError(Problem("säkerhetskopian", "en annan process gör en just nu.", "Vänta en stund och kör igen."))
    try:
        yield
    finally:
        lock.free()


@contextmanager
def _in_words(folder: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as why:
        said = (why.strerror if isinstance(why, OSError) else "") or str(why)
        remedy = (
            "Gör plats på disken, eller välj en annan mapp: [backup] folder i settings.toml. Inget annat är ändrat."
        )
        raise AdminError(Problem(str(folder), f"säkerhetskopian går inte att skriva ({said}).", remedy)) from why


def _temporary(folder: Path) -> Path:
    path = folder / f".mailer-{secrets.token_hex(6)}{UNFINISHED}"
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return path


def _onto_the_disk(path: Path) -> None:
    with open(path, "rb") as file:
        os.fsync(file.fileno())


def _give_name(temporary: Path, folder: Path, kind: str, now: datetime, suffix: str) -> Path:
    path = name_in(folder, kind, now, suffix)
    temporary.replace(path)
    synced(folder)
    return path


def _sweep(folder: Path) -> None:
    """What a killed one left behind. We are alone."""
    for path in folder.glob(f".mailer-*{UNFINISHED}*"):
        path.unlink(missing_ok=True)


def _remove(temporary: Path) -> None:
    for side in SIDES:
        temporary.with_name(temporary.name + side).unlink(missing_ok=True)
