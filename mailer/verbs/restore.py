"""restore: put a backup in the place of a stopped home's database, and its keys in the place of the keys.

Takes   the home's folder, the file of a backup, a file of keys; a name when something is replaced.
Gives   the home as it was then, held until a person adopts it; the replaced database, kept aside.
Fails   AdminError when the file is no whole backup, is of a newer release, does not fit the keys, or would replace what
        is here without a name; LaterError when somebody has the home open.

Everything is made ready and tried first; then the exchange is one step. On PostgreSQL it is one transaction.
"""

import os
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, func, select, text

from mailer import backups, keycheck, lineage, maillog, restoring, words
from mailer.address import parse_address
from mailer.clock import Clock
from mailer.db import Database, copying, migrate, snapshot
from mailer.errors import AdminError, LaterError, Problem
from mailer.home import var_of
from mailer.keys import Keys
from mailer.register.tables import contacts
from mailer.settings import Settings
from mailer.settings.file import read_settings
from mailer.verbs.people import person
from mailer.verbs.restored import Rows, difference, of_file, of_postgres

TRIED = 20  # people whose address key is made again, in a backup of a release that kept no check of its keys
OTHERS = (
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
)


Done = tuple[Path | None, list[str]]  # where the replaced database lies, and what it had that is gone now


@dataclass(frozen=True, slots=True)
class Place:
    """Where the home keeps what is exchanged. `file`: beside which things are made ready; the database, on SQLite."""

    settings: Settings
    var: Path
    url: str
    file: Path
    is_sqlite: bool


def restore(
    home: Path,
    file: Path,
    keys_file: Path | None = None,
    over: bool = False,
    name: str = "",
    now: datetime | None = None,
) -> list[str]:
    """Put `file` back. `over`: although there is a database with people in it; then `name` says who wants it."""
    here, now = _place(home.absolute()), now or Clock().now()
    if over:
        person(here.settings, name, "administrator")
    _look_at(file)
    keys = backups.read_keys(keys_file) if keys_file is not None else {}
    with restoring.alone(here.file, here.var), restoring.preparing(here.file) as folder:
        new = folder / restoring.NEW
        os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        snapshot.copy(file, new, live=False)
        tried = Keys(restoring.lay_keys(folder, keys) if keys else here.var / "keys")
        _make_ready(new, tried, f"databasen har återställts från {file.name}")
        done = _into_file if here.is_sqlite else _into_postgres
        aside, lost = done(here, folder, over, bool(keys), now)
    maillog.restored()
    out = [f"Hemmet är som det var i {file.name}.", *lost]
    if aside is not None:
        kept = words.count(here.settings.backup.keep_days, "dag", "dagar")
        out.append(f"Det som fanns här ligger i {aside}, i {kept}.")
    return [*out, "Inget skickas förrän en människa har sett efter vad som redan kan ha gått: mailer adopt"]


def _place(home: Path) -> Place:
    settings = read_settings(home)
    var = var_of(home, settings)
    url = settings.storage.database or f"sqlite:///{var / 'mailer.db'}"
    file = restoring.file_of(url)
    return Place(settings, var, url, file or var / "mailer.db", file is not None)


def _look_at(file: Path) -> None:
    if not file.is_file():
        raise AdminError(
            Problem(
                str(file), "filen finns inte.", "Kopiorna ligger i var/backups, om inte [backup] folder säger annat."
            )
        )
    counted = snapshot.check(file)
    if not {"alembic_version", "contacts", "homes"} <= set(counted):
        remedy = f"Den heter {backups.DATABASE}-….db. Nycklarna anges för sig, med --keys."
        raise AdminError(Problem(str(file), "är ingen säkerhetskopia av ett hem.", remedy))


def _make_ready(new: Path, keys: Keys, why: str) -> None:
    """The tables of this release, keys that fit, and held."""
    with closing(Database(f"sqlite:///{new}")) as db:
        if not migrate.is_current(db):
            migrate.upgrade(db)
        if wrong := db.read(lambda c: keycheck.fits(c, keys) or _fits_no_address(c, keys)):
            remedy = "Ange filen med nycklarna från samma tid: --keys FIL. Utan dem leder inga koder och länkar rätt."
            raise AdminError(
                Problem("nycklarna", f"är inte de som databasen är gjord med ({', '.join(wrong)}).", remedy)
            )

        def hold(connection: Connection) -> None:
            keycheck.remember(connection, keys)
            lineage.hold(connection, why)

        db.write(hold)
    with closing(sqlite3.connect(new, isolation_level=None)) as file:  # one file, without a log
        file.execute("PRAGMA journal_mode=DELETE")


def _fits_no_address(connection: Connection, keys: Keys) -> list[str]:
    """An older release's backup says by its people whether the most important key is the right one."""
    if connection.execute(select(func.count()).select_from(keycheck.key_checks)).scalar_one():
        return []
    c = contacts.c
    known = select(c.address, c.address_key).where(c.address.is_not(None), c.address_key.is_not(None)).limit(TRIED)
    rows = connection.execute(known).all()
    if rows and "address" in keys.missing():
        return ["address"]
    return ["address"] if rows and all(parse_address(a).key(keys) != key for a, key in rows) else []


def _into_file(here: Place, folder: Path, over: bool, has_keys: bool, now: datetime) -> Done:
    _close_well(here.file)
    is_whole, found = _rows_in(here.file)
    lost = list[str]()
    if found is not None or not is_whole:
        with closing(snapshot.reading(folder / restoring.NEW)) as new:
            lost = _may_replace(over, found, of_file(new))
    own = backups.beside(here.file, here.var)
    aside = None
    if here.file.exists() and (found is not None or not is_whole):
        own.mkdir(mode=0o700, exist_ok=True)
        aside = backups.name_in(own, backups.REPLACED, now, "db")
    if has_keys and (here.var / "keys").is_dir():
        own.mkdir(mode=0o700, exist_ok=True)
        backups.keep_keys(here.var / "keys", own, now)
    restoring.decide(folder, here.file, here.var, aside)
    return aside, lost


def _into_postgres(here: Place, folder: Path, over: bool, has_keys: bool, now: datetime) -> Done:
    new = folder / restoring.NEW
    own = here.var / backups.FOLDER
    own.mkdir(mode=0o700, exist_ok=True)
    aside, lost = None, list[str]()
    with closing(Database(here.url)) as db, closing(snapshot.reading(new)) as file:
        if db.read(lambda c: c.execute(text(OTHERS)).scalar_one()):
            remedy = "Stoppa mailer run och mailer worker på alla datorer; kör sedan igen."
            raise LaterError(Problem("databasen", "andra är anslutna till den.", remedy))
        if not migrate.is_current(db):
            migrate.upgrade(db)
        shapes = copying.shapes(file)
        rows = db.read(lambda c: of_postgres(c))
        if rows.has_people:
            lost = _may_replace(over, rows, of_file(file))
            aside = backups.make(db, here.var, own, now, backups.REPLACED).database
        if has_keys and (here.var / "keys").is_dir():
            backups.keep_keys(here.var / "keys", own, now)

        def exchange(connection: Connection) -> None:
            connection.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
            copying.empty(connection, shapes)
            if copying.pour_in(file, connection) != copying.sums_of(connection, shapes):
                raise AdminError(Problem("databasen", "tog inte emot allt.", "Inget är ändrat. Kör igen."))

        db.write(exchange)
    new.unlink()
    if has_keys:
        restoring.decide(folder, here.file, here.var, None)
    return aside, lost


def _close_well(file: Path) -> None:
    """What is in the log goes into the file, if it can be read at all. Nobody else has it open."""
    if file.exists():
        try:
            with closing(sqlite3.connect(file, isolation_level=None)) as old:
                old.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.DatabaseError:
            return


def _rows_in(file: Path) -> tuple[bool, Rows | None]:
    """Whether the database here can be read, and what is in it: None when it is new, or not there."""
    if not file.exists() or not file.stat().st_size:
        return True, None
    try:
        with closing(snapshot.reading(file)) as opened:
            rows = of_file(opened)
    except sqlite3.DatabaseError:
        return False, None
    return True, rows if rows.has_people else None


def _may_replace(over: bool, found: Rows | None, new: Rows) -> list[str]:
    """What is lost and who comes back, in words: asked about, or told afterwards to who has asked for it."""
    lost = difference(found, new) if found is not None else []
    if over:
        return lost
    lost = lost or ["Databasen som är här går inte att läsa."]
    remedy = "Vill du ändå: --over --as NAMN. Det som är här sparas undan."
    raise AdminError(Problem("hemmet", "här finns redan en databas.", "\n    ".join([*lost, remedy])))
