"""What is remembered of the editors' folder, in the database.

Takes   a Connection, inside a write transaction where something is remembered.
Gives   when something last happened in the folder; of which versions of which files the authors have been told.
Fails   with what the database raises.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.dialects import postgresql, sqlite

from mailer.content import names
from mailer.content.folder_tables import folder_signs, told_versions
from mailer.content.stamps import Stamp, fingerprint, newest

RECEIPT, MISTAKE = "receipt", "mistake"
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
LONGEST = 500  # characters of a path; `folder_tables` agrees
Versions = Mapping[str, Mapping[str, datetime]]  # path -> version -> when it was told


def read_signs(connection: Connection) -> Row[Any] | None:
    """The row of `folder_signs`; None before the first look."""
    return connection.execute(select(folder_signs)).one_or_none()


def begin(connection: Connection, copy: Mapping[str, Stamp], there: Iterable[tuple[str, str]], now: datetime) -> bool:
    """The first look ever: what is `there` (path, version) gets no receipt. False when somebody has looked before."""
    row = {"id": 1, "fingerprint": fingerprint(copy.values()), "changed_at": now, "newest": "", **_newest(copy)}
    new = _dialect(connection).insert(folder_signs).values(row).on_conflict_do_nothing().returning(folder_signs.c.id)
    if connection.execute(new).scalar_one_or_none() is None:
        return False
    remember_told(connection, RECEIPT, there, LONG_AGO)
    return True


def note_signs(connection: Connection, copy: Mapping[str, Stamp], now: datetime) -> None:
    """Something has happened, if it has. Of a folder that is empty now, the newest file is the last we saw."""
    mark = fingerprint(copy.values())
    values = {"fingerprint": mark, "changed_at": now, "asked_at": None, **_newest(copy)}
    connection.execute(update(folder_signs).where(folder_signs.c.fingerprint != mark).values(values))


def note_asked(connection: Connection, now: datetime) -> None:
    """People have been asked."""
    connection.execute(update(folder_signs).values(asked_at=now))


def read_told(connection: Connection, kind: str) -> Versions:
    """All that was told."""
    c = told_versions.c
    found: dict[str, dict[str, datetime]] = {}
    for path, version, at in connection.execute(select(c.path, c.version, c.told_at).where(c.kind == kind)):
        found.setdefault(path, {})[version] = at
    return found


def remember_told(connection: Connection, kind: str, versions: Iterable[tuple[str, str]], now: datetime) -> None:
    """These (path, version) have been told."""
    rows = [{"kind": kind, "path": path[:LONGEST], "version": version, "told_at": now} for path, version in versions]
    if rows:
        connection.execute(_dialect(connection).insert(told_versions).on_conflict_do_nothing(), rows)


def _newest(copy: Mapping[str, Stamp]) -> dict[str, Any]:
    found = newest(copy)
    if found is None:
        return {}
    return {"newest": names.printable(found.path)[:LONGEST], "newest_at": _moment(found.modified_ns)}


def _moment(nanoseconds: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(nanoseconds / 1e9, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _dialect(connection: Connection) -> Any:
    """Both engines know ON CONFLICT, each with an insert of its own."""
    return postgresql if connection.dialect.name == "postgresql" else sqlite
