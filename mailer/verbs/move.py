"""move: take a stopped SQLite home to PostgreSQL, without losing a row.

Takes   the home's folder, the URL of an empty PostgreSQL database.
Gives   every row of every table there, counted and summed on both sides; the line for settings.toml; the old file
        marked so that it is not opened again by mistake.
Fails   AdminError when the home is no SQLite home, waits for a person, or the target has rows of its own; LaterError
        when somebody has the home open, or PostgreSQL is away.

The rows, the counters and the mark that this is the home now are one transaction in the target. Killed before it: the
home is where it was; after it: run again, it sees that all is there.
"""

from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, make_url

from mailer import lineage, maillog, numbers, restoring, words
from mailer.db import Database, copying, migrate, snapshot
from mailer.errors import AdminError, MailerError, Problem
from mailer.home import var_of
from mailer.settings import POSTGRES, unreadable
from mailer.settings.file import read_settings

HOMES = "homes"  # the one table in which the two differ: where it lies


def move(home: Path, to: str) -> list[str]:
    """Take the home to the database `to`."""
    home = home.absolute()
    settings = read_settings(home)
    var = var_of(home, settings)
    file = restoring.file_of(settings.storage.database or f"sqlite:///{var / 'mailer.db'}")
    if file is None or not file.exists():
        remedy = "Till SQLite: stoppa tjänsten, mailer backup, töm database i settings.toml, och sedan mailer restore."
        raise AdminError(Problem("hemmet", "har ingen SQLite-databas att flytta.", remedy))
    if not to.startswith(POSTGRES):
        raise AdminError(Problem("--to", f"börjar inte med {POSTGRES}", f"Skriv {POSTGRES}användare@värd/databas"))
    if why := unreadable(to):
        raise AdminError(
            Problem("--to", f"{why}.", "Bäst är att inte skriva lösenordet där: ~/.pgpass eller PGPASSWORD.")
        )
    with restoring.alone(file, var), closing(Database(f"sqlite:///{file}")) as old, closing(Database(to)) as new:
        counted = _between(old, new, file, var)
    maillog.moved(sum(counted.values()))
    shown = make_url(to).set(password=None).render_as_string()
    rows = words.number(sum(counted.values()))
    return [
        f"{rows} rader i {len(counted)} tabeller är flyttade, räknade och jämförda.",
        "Skriv nu i settings.toml, under [storage]:",
        f'    database = "{shown}"',
        "Lösenordet skrivs inte där: låt PostgreSQL läsa det ur ~/.pgpass eller PGPASSWORD.",
        f"{file} är kvar som den var, och öppnas inte mer. Släng den när ni är säkra: den som raderas från och med nu "
        "står kvar i den.",
        "Starta sedan: mailer run",
    ]


def _between(old: Database, new: Database, file: Path, var: Path) -> Mapping[str, int]:
    for db in (old, new):
        if not migrate.is_current(db):
            migrate.upgrade(db)
    if (why := lineage.held(old)) and why not in (lineage.MOVING, lineage.MOVED):
        raise AdminError(Problem("hemmet", f"{why}.", "Se först efter med mailer adopt, och flytta sedan."))
    with closing(snapshot.reading(file)) as source:
        shapes = copying.shapes(source)
        if new.read(lambda c: copying.has_rows(c, shapes)):
            _is_there_already(new, shapes, copying.sums_of_file(source))
        else:
            _mark(old, lineage.MOVING)
            try:
                new.write(lambda c: _pour(c, source, shapes, new, var))
            except MailerError:
                _mark(old, None)
                raise
        _mark(old, lineage.MOVED)
        return {name: one.rows for name, one in copying.sums_of_file(source).items()}


def _pour(connection: Connection, source: Any, shapes: list[copying.Shape], new: Database, var: Path) -> None:
    read = copying.pour_in(source, connection)
    written = copying.sums_of(connection, shapes)
    if different := sorted(name for name in read if read[name] != written[name]):
        what = f"det som kom fram är inte det som lästes ({', '.join(different)})."
        raise AdminError(Problem("PostgreSQL", what, "Inget är flyttat. Kör igen."))
    lineage.stay(connection, new, var)
    numbers.count_on(connection)


def _is_there_already(new: Database, shapes: list[copying.Shape], read: copying.Sums) -> None:
    """After a kill between the target's commit and our mark all is there; else it is somebody else's."""
    there = new.read(lambda c: copying.sums_of(c, shapes))
    if any(there[name] != read[name] for name in there if name != HOMES):
        remedy = "Skapa en ny, tom databas för det här hemmet. Inget är ändrat."
        raise AdminError(Problem("PostgreSQL", "databasen är inte tom.", remedy))


def _mark(old: Database, why: str | None) -> None:
    old.write(lambda connection: lineage.hold(connection, why))
