"""A whole copy of a SQLite database while others read and write it, and whether a copy is whole.

Takes   the path of a database, the path of an empty file.
Gives   a file without a log beside it and without what was deleted; the rows of each table.
Fails   AdminError when the copy is damaged or short; sqlite3.Error and OSError as they come.

The copy is of one moment: a read transaction is held while it is made (writers go on in the log), and the tables are
counted in the same transaction. VACUUM then leaves out the remains of rows that were deleted.
"""

import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from mailer.errors import AdminError, Problem

Counts = Mapping[str, int]


def reading(path: Path) -> sqlite3.Connection:
    """A database opened to be read. One without a log beside it is opened without making one."""
    has_log = path.with_name(path.name + "-wal").exists()
    how = "mode=ro" if has_log else "mode=ro&immutable=1"
    return sqlite3.connect(f"file:{quote(str(path))}?{how}", uri=True, isolation_level=None, check_same_thread=False)


def copy(source: Path, target: Path, live: bool = True) -> Counts:
    """Write all of `source` into the empty file `target`. `live`: others may have it open."""
    uri = f"file:{quote(str(source))}?mode=ro"
    opened = sqlite3.connect(uri, uri=True, isolation_level=None) if live else reading(source)
    raw = raw_beside(target)
    try:
        with closing(opened) as old, closing(sqlite3.connect(raw, isolation_level=None)) as new:
            old.execute("BEGIN")
            counted = counts(old)
            old.backup(new)  # in one step: in several it would begin anew whenever somebody writes
            old.execute("COMMIT")
        compact(raw, target)
    finally:
        raw.unlink(missing_ok=True)
    return counted


def raw_beside(target: Path) -> Path:
    """A file for what is not compact yet, for the owner alone."""
    raw = target.with_name(target.name + "-raw")
    os.close(os.open(raw, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return raw


def compact(raw: Path, target: Path) -> None:
    """The same rows, each table in the order of its key, and nothing else. VACUUM by itself would write a file of that
    size where temporary files lie, which may be memory."""
    with closing(sqlite3.connect(raw, isolation_level=None)) as file:
        for pragma in ("journal_mode=OFF", "synchronous=OFF"):
            file.execute(f"PRAGMA {pragma}")
        file.execute("VACUUM INTO ?", (str(target),))


def counts(file: sqlite3.Connection) -> Counts:
    """The rows of each table."""
    names = [name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    return {name: file.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}


def check(path: Path, expected: Counts | None = None) -> Counts:
    """Read the whole file. AdminError when it is no database, is damaged, or has other rows than expected."""
    try:
        with closing(reading(path)) as file:
            said = file.execute("PRAGMA integrity_check(1)").fetchone()[0]
            counted = counts(file)
    except sqlite3.DatabaseError as why:
        raise _damaged(path, str(why)) from why
    if said != "ok":
        raise _damaged(path, "sidorna hänger inte ihop")
    for name, number in (expected or {}).items():
        if counted.get(name) != number:
            raise _damaged(path, f"tabellen {name} har {counted.get(name, 0)} rader i stället för {number}")
    return counted


def _damaged(path: Path, what: str) -> AdminError:
    return AdminError(
        Problem(str(path), f"filen är ingen hel databas: {what}.", "Kontrollera disken. Ta en annan kopia.")
    )
