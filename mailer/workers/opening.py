"""The home as a worker sees it, on any machine: a folder with the settings and the keys, and no content.

Takes   the folder; the worker's name.
Gives   a House whose lock is the worker's own, taken. Nothing is built or made.
Fails   AdminError when the database is SQLite's, its tables are another release's, or a key is missing or another one;
        LaterError when a worker of that name is at work here already.
"""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from mailer import keycheck, lineage
from mailer.clock import Clock
from mailer.db import Database, migrate
from mailer.errors import AdminError, LaterError, Problem
from mailer.home import Lock, var_of
from mailer.house import House, current_user
from mailer.keys import Keys
from mailer.settings.file import read_settings
from mailer.workers import schema

MOST = 99  # workers on one machine that have no name of their own
WHO = "mailer worker"
NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?")  # it names a file


@contextmanager
def open_worker(home: Path, name: str = "") -> Iterator[House]:
    """The opened home, and the worker's lock. `name` ””: the first free number."""
    home = home.absolute()
    if name and not NAME.fullmatch(name):
        raise AdminError(Problem("--name", f"”{name}” går inte som namn.", "Skriv gemener, siffror och bindestreck."))
    settings = read_settings(home)
    if not settings.storage.database.startswith("postgresql"):
        what = "flera datorer kan bara dela på arbetet när databasen är PostgreSQL; det här hemmet har SQLite."
        raise AdminError(Problem(WHO, what, "Kör mailer run. Räcker inte en dator, flytta först: mailer move"))
    var = var_of(home, settings)
    with closing(Database(settings.storage.database)) as db:
        _require_tables(db)
        keys = Keys(var / "keys")
        _require_keys(db, keys, var / "keys")
        lineage.enter(db, var)
        lock = _lock(var, name)
        try:
            yield House(home, var, settings, db, keys, Clock(), lock, current_user())
        finally:
            lock.free()


def _require_tables(db: Database) -> None:
    if not (migrate.is_current(db) and schema.is_current(db)):
        what = "tabellerna är inte de som den här versionen arbetar med."
        remedy = "Kör mailer migrate i hemmet, en gång; samma version av mailer ska finnas på alla datorer."
        raise AdminError(Problem("databasen", what, remedy))


def _require_keys(db: Database, keys: Keys, folder: Path) -> None:
    gone = keys.missing()
    other = [p for p in db.read(lambda c: keycheck.fits(c, keys)) if p not in gone]
    remedy = "Kopiera mappen var/keys från hemmet, med rättigheterna (0700 och 0600), och starta igen."
    found = [Problem(str(folder / p), "nyckeln saknas.", remedy) for p in gone]
    found += [Problem(str(folder / p), "nyckeln är en annan än den som databasen är gjord med.", remedy) for p in other]
    if found:
        raise AdminError(*found)


def _lock(var: Path, name: str) -> Lock:
    for one in [name] if name else map(str, range(1, MOST + 1)):
        lock = Lock(var / f"worker-{one}.lock")
        if lock.take():
            return lock
    what = f"en arbetare som heter {name} är redan igång här." if name else f"{MOST} arbetare är redan igång här."
    raise LaterError(Problem(WHO, what, "Låt den arbeta, eller välj ett annat namn: --name NAMN"))
