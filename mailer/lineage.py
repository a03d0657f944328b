"""Whether this database is the one we last wrote to, or a copy or an older self of it.

Takes   the database, the folder var/, the machine.
Gives   why the home must wait for a person, or nothing.
Fails   AdminError when the counter's file cannot be written.

Two marks, kept outside what a copy brings along: where the database lies (machine, folder, file; for PostgreSQL cluster
and database), and a counter in a file in var/ that each opening, each planning and every few seconds of sending move. A
database that is elsewhere, or behind the counter, is a copy. What is put back with its counter into the very same files
is not seen.
"""

import hashlib
import os
import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Column, Connection, Integer, String, Table, Text, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from mailer.db import METADATA, Database, Moment
from mailer.errors import AdminError, Problem
from mailer.home import machine_id

homes = Table(
    "homes",
    METADATA,
    Column("id", Integer, primary_key=True),  # always 1
    Column("place", String(64), nullable=False),
    Column("counter", Integer, nullable=False),
    Column("held", Text),  # why it waits for a person
    Column("adopted_by", String(200)),
    Column("adopted_at", Moment),
    Column("numbers_above", JSON(none_as_null=True)),  # table -> the number that new rows are numbered above
)
COUNTER_FILE = "counter"
# What a person adopts is ahead of every counter that was ever written: on PostgreSQL each machine has its own, and the
# one that sent last may be ahead of all we can see from here. Months of sending; 32 bits hold two thousand of them.
LEAP = 1_000_000
# Why a database that has been copied to PostgreSQL is not opened again. `mailer restore` of its file takes it back.
MOVING = "databasen håller på att flyttas till PostgreSQL"
MOVED = "databasen är flyttad till PostgreSQL"


def enter(db: Database, var: Path) -> None:
    """Look at the marks when a home is opened. A new home gets them; a copy is held."""
    refuse_moved(db)
    place, counter = _place(db, var), _read_counter(var)

    def look(connection: Connection) -> None:
        row = connection.execute(select(homes)).one_or_none()
        if row is None:  # and another may be opening it at this moment: whoever is first
            dialect = sqlite if db.is_sqlite else postgresql
            connection.execute(
                dialect.insert(homes).values(id=1, place=place, counter=counter).on_conflict_do_nothing()
            )
            row = connection.execute(select(homes)).one()
        if row.held is None and (why := _difference(row, place, counter)):
            connection.execute(update(homes).values(held=why))
        advance(connection)

    db.write(look)
    settle(db, var)


def held(db: Database) -> str:
    """Why nothing that was due may be sent; ”” when all is well."""
    return db.read(lambda c: c.execute(select(homes.c.held)).scalar_one_or_none()) or ""


def look(db: Database, var: Path) -> str:
    """`held`, in a home that has long been open: PostgreSQL may have been put back underneath it, and is held then."""
    if db.is_sqlite:
        return held(db)  # nobody puts it back while it is open
    place, counter = _place(db, var), _read_counter(var)  # the file first: it never runs ahead of what it is about

    row = db.read(lambda c: c.execute(select(homes)).one())
    if not row.held and (why := _difference(row, place, counter)):
        db.write(lambda c: c.execute(update(homes).where(homes.c.held.is_(None)).values(held=why)))
        return why
    return row.held or ""


def refuse_moved(db: Database) -> None:
    """AdminError when the home has another database now: what came in here would never get there."""
    why = held(db)
    if why not in (MOVING, MOVED):
        return
    line = 'Skriv database = "postgresql+psycopg://…" under [storage] i settings.toml.'
    remedy = line if why == MOVED else "Kör mailer move igen."
    back = f"Ska den användas ändå: mailer restore {db.url.database} --over --as NAMN"
    raise AdminError(Problem(str(db.url.database), f"{why}.", f"{remedy} {back}"))


def hold(connection: Connection, why: str | None) -> None:
    """From now on the home waits for a person, and says why. None: it does not."""
    connection.execute(update(homes).values(held=why))


def stay(connection: Connection, db: Database, var: Path) -> None:
    """The home's database is `db` from now on, by somebody's own doing: it is no copy."""
    connection.execute(update(homes).values(place=_place(db, var), held=None))


def advance(connection: Connection) -> None:
    """Move the counter in the database; `settle` writes the file after the commit, so a crash is no copy."""
    connection.execute(update(homes).where(homes.c.held.is_(None)).values(counter=homes.c.counter + 1))


def settle(db: Database, var: Path) -> None:
    """Write the counter's file after the commit that moved it."""
    counter = db.read(lambda c: c.execute(select(homes.c.counter)).scalar_one_or_none()) or 0
    if counter > _read_counter(var):
        _write_counter(var, counter)


def adopt(db: Database, var: Path, name: str, now: datetime, also: Callable[[Connection, int], None]) -> None:
    """A person says: this is the home now. `also`: what else is so from then on; it is told how often that has been."""
    place, counter = _place(db, var), _read_counter(var)

    def write(connection: Connection) -> None:
        row = connection.execute(select(homes.c.counter)).scalar_one()
        ahead = max(row, counter) + LEAP
        values: dict[str, Any] = {"place": place, "counter": ahead, "held": None}
        connection.execute(update(homes).values(adopted_by=name, adopted_at=now, **values))
        also(connection, ahead // LEAP)

    db.write(write)
    settle(db, var)


def _difference(row: Any, place: str, counter: int) -> str:
    if row.counter < counter:
        return "databasen är äldre än den som senast användes här: den har återställts"
    if row.place != place:
        return "databasen ligger inte där den låg: den har kopierats eller flyttats"
    return ""


def _place(db: Database, var: Path) -> str:
    """A hash of where the database lies. A copied file has another inode, a copied database another identity.

    PostgreSQL is entered from many folders on many machines; they are all the home's as long as it is the same one. A
    server that was promoted, or restored to a moment, begins a new timeline and may lack what was said to be written.
    """
    if db.is_sqlite:
        parts = [str(var.resolve()), machine_id(), str(Path(db.url.database or "").stat().st_ino)]
    else:
        sql = (
            "SELECT s.system_identifier::text || '/' || d.oid::text || '/' || c.timeline_id::text "
            "FROM pg_control_system() s, pg_control_checkpoint() c, pg_database d "
            "WHERE d.datname = current_database()"
        )
        parts = [str(db.read(lambda c: c.execute(text(sql)).scalar_one()))]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _read_counter(var: Path) -> int:
    try:
        return int((var / COUNTER_FILE).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0


def _write_counter(var: Path, counter: int) -> None:
    temporary = var / f".{COUNTER_FILE}.{secrets.token_hex(4)}"
    try:
        with open(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(str(counter))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(var / COUNTER_FILE)
    except OSError as why:
        temporary.unlink(missing_ok=True)
        where = str(var / COUNTER_FILE)
        raise AdminError(Problem(where, f"går inte att skriva ({why.strerror}).", "Kontrollera disken.")) from why
