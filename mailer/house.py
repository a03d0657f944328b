"""The composition root: opens every door of a home from its settings, and closes them in reverse.

Takes   the home's folder, and a clock when it is a simulated one.
Gives   a House: the one value that verbs are given.
Fails   AdminError with everything that stands in the way of opening.
"""

import getpass
import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, select

from mailer import lineage
from mailer.bookings import tables as _booking_tables  # noqa: F401 - they make themselves known
from mailer.clock import Clock, parse_clock
from mailer.content import folder_tables as _folder_tables  # noqa: F401 - they make themselves known
from mailer.content import tables as _content_tables  # noqa: F401
from mailer.db import Database, migrate
from mailer.errors import AdminError, Problem
from mailer.feedback import tables as _feedback_tables  # noqa: F401
from mailer.home import Lock, machine, var_of
from mailer.issue import tables as _issue_tables  # noqa: F401 - they make themselves known
from mailer.keys import Keys
from mailer.outbox.tables import deliveries
from mailer.pulse import Pulse
from mailer.register import page_tables as _page_tables  # noqa: F401
from mailer.register.tables import contacts
from mailer.settings import Settings
from mailer.settings_file import read_settings
from mailer.surveys.box import tables as _box_tables  # noqa: F401 - they make themselves known
from mailer.surveys.field import tables as _field_tables  # noqa: F401
from mailer.surveys.following import tables as _following_tables  # noqa: F401
from mailer.surveys.posting import tables as _posting_tables  # noqa: F401
from mailer.surveys.tables import surveys


@dataclass(frozen=True, slots=True)
class House:
    """An opened home."""

    home: Path
    var: Path
    settings: Settings
    db: Database
    keys: Keys
    clock: Clock
    runner_lock: Lock
    os_user: str
    pulse: Pulse = field(default_factory=Pulse)  # of the parts of a running service

    @property
    def zone(self) -> ZoneInfo:
        return self.settings.association.zone

    def here(self) -> datetime:
        """The present moment, in the association's time zone."""
        return self.clock.now().astimezone(self.zone)

    @property
    def content(self) -> Path:
        return self.home / "content"

    @property
    def lists(self) -> Path:
        return self.home / "lists"

    @property
    def templates(self) -> Path:
        return self.home / "templates"

    @property
    def instance(self) -> str:
        """Names the lock that a runner of this home holds. On SQLite it lies beside the database: there is only one."""
        return "" if self.db.is_sqlite else f"{machine()}:{self.runner_lock.path.resolve()}"

    def may_reach_others(self) -> None:
        """AdminError unless it is said who answers for personal data, or the relay is this machine (GDPR art. 13)."""
        if not self.settings.responsible.is_complete and not self.settings.relay.is_loopback:
            raise AdminError(
                Problem(
                    "settings.toml",
                    "personuppgiftsansvarig, kontakt och biträden saknas; hemmet skickar bara till den egna datorn.",
                    "Fyll i name, contact och processors under [responsible].",
                )
            )

    def command(self, rest: str) -> str:
        """A command as a person pastes it, wherever she stands: a notice is read in a mail program."""
        return f"mailer --home {shlex.quote(str(self.home))} {rest}"

    def may_send(self) -> None:
        """AdminError unless this home may send to others than itself, and is not a copy that waits for a person."""
        self.may_reach_others()
        if why := lineage.held(self.db):
            raise AdminError(
                Problem(
                    "hemmet",
                    f"{why}. Inget skickas förrän en människa har sagt ja.",
                    "Se efter med mailer adopt, och bekräfta med mailer adopt --as NAMN.",
                )
            )


@contextmanager
def open_house(home: Path, clock: str = "") -> Iterator[House]:
    """The opened home. New databases are built, older ones brought up to date."""
    home = home.absolute()
    settings = read_settings(home)
    if clock and not settings.relay.is_loopback:
        raise AdminError(
            Problem(
                "--clock",
                "en påhittad klocka går bara när relay.host är den egna datorn.",
                "Ta bort --clock, eller använd ett testhem.",
            )
        )
    var = var_of(home, settings)
    db = Database(settings.storage.database or f"sqlite:///{var / 'mailer.db'}")
    try:
        _bring_up_to_date(db)
        keys = _keys(var, db)
        lineage.enter(db, var)
        lock = Lock(var / "runner.lock")
        try:
            yield House(
                home, var, settings, db, keys,
                parse_clock(clock, settings.association.zone) if clock else Clock(),
                lock, _os_user(),
            )  # fmt: skip
        finally:
            lock.free()
    finally:
        db.close()


def _bring_up_to_date(db: Database) -> None:
    if db.is_sqlite:
        _make_private(Path(db.url.database or ""))
    if not migrate.is_current(db):
        migrate.upgrade(db)


def _make_private(file: Path) -> None:
    """Before anything is in it: what SQLite lays beside it gets the same rights."""
    try:
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
        os.chmod(file, 0o600)
    except OSError:  # the engine says it better
        return


def _keys(var: Path, db: Database) -> Keys:
    """The keys; new ones only for a home in which nothing was made with others."""
    keys = Keys(var / "keys")
    missing = keys.missing(later=_has_any(db, surveys.c.id))
    if missing and _has_any(db, contacts.c.id, deliveries.c.id):
        raise AdminError(
            Problem(
                str(var / "keys"),
                f"nycklar saknas ({', '.join(missing)}), men databasen har uppgifter som är gjorda med dem.",
                "Lägg tillbaka dem från säkerhetskopian. Utan dem kan inga koder eller adresser kännas igen.",
            )
        )
    keys.make_missing()
    return keys


def _has_any(db: Database, *columns: ColumnElement[int]) -> bool:
    """Whether there is a row in any of their tables: something that was made with a key."""

    def look(connection: Connection) -> bool:
        return any(connection.execute(select(c).limit(1)).first() is not None for c in columns)

    return db.read(look)


def _os_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
