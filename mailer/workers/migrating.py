"""`mailer migrate`: the tables of a home brought to this release, ours and Procrastinate's, in one transaction.

Takes   the home's folder; it is not opened as a house, whose tables must be right already.
Gives   what was done, in words.
Fails   AdminError when the database is newer than this release, or the tables cannot be rebuilt: all is as it was then.
"""

from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection

from mailer import presence
from mailer.db import Database, migrate
from mailer.home import var_of
from mailer.house import open_house
from mailer.settings.file import read_settings
from mailer.workers import schema


def migrate_home(home: Path) -> list[str]:
    """Bring the tables to this release. Twice does nothing; of two at once the second waits, and finds it done."""
    home = home.absolute()
    settings = read_settings(home)
    if not settings.storage.database.startswith("postgresql"):
        return _sqlite(home)
    with closing(Database(settings.storage.database)) as db:
        var_of(home, settings)
        working = db.read(lambda c: [] if migrate.is_empty(db) else presence.names_of_living(c, db))
        migrate.is_current(db)  # refuses a newer one
        ours, theirs = db.write(_both)
    if ours[0] == ours[1] and theirs[0] == theirs[1]:
        return [f"Tabellerna är redan den här versionens ({_name(ours[1])}, Procrastinate {theirs[1]})."]
    out = [_line("Våra tabeller", *ours), _line("Procrastinates tabeller", *theirs)]
    if working and ours[0]:
        out.append(f"Starta om dem som arbetar, med den nya versionen: {', '.join(working)}.")
    return out


def bring_procrastinate(db: Database) -> None:
    """For a home that is opened anyway, as `mailer run` does: build them when they are not there."""
    if not schema.is_current(db):
        db.write(schema.upgrade)


def _both(connection: Connection) -> tuple[tuple[str, str], tuple[str, str]]:
    return migrate.upgrade_in(connection), schema.upgrade(connection)


def _sqlite(home: Path) -> list[str]:
    """A home on SQLite brings itself up to date when it is opened, after a backup."""
    settings = read_settings(home)
    file = var_of(home, settings) / "mailer.db"
    url = settings.storage.database or f"sqlite:///{file}"
    before = _revision(url) if Path(url.removeprefix("sqlite:///")).exists() else ""
    with open_house(home):
        after = _revision(url)
    if before == after:
        return [f"Tabellerna är redan den här versionens ({after})."]
    return [_line("Tabellerna", before, after)]


def _revision(url: str) -> str:
    with closing(Database(url)) as db:
        return db.read(migrate.revision)


def _line(what: str, before: str, after: str) -> str:
    if before == after:
        return f"{what}: redan den här versionens ({_name(after)})."
    return f"{what}: byggda ({_name(after)})." if not before else f"{what}: {_name(before)} → {_name(after)}."


def _name(revision: str) -> str:
    return revision or "inga"
