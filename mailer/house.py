"""The composition root: opens every door of a home from its settings, and closes them in reverse.

Takes   the home's folder, and a clock when it is a simulated one.
Gives   a House: the one value that verbs are given.
Fails   AdminError with everything that stands in the way of opening.
"""

import getpass
import os
import shlex
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, delete, select
from sqlalchemy.exc import DBAPIError

from mailer import backups, keycheck, lineage, presence, restoring
from mailer.bookings import tables as _booking_tables  # noqa: F401 - they make themselves known
from mailer.clock import Clock, parse_clock
from mailer.content import folder_tables as _folder_tables  # noqa: F401 - they make themselves known
from mailer.content import tables as _content_tables  # noqa: F401
from mailer.db import Database, migrate
from mailer.errors import AdminError, MailerError, Problem
from mailer.feedback import tables as _feedback_tables  # noqa: F401
from mailer.home import Lock, machine, var_of
from mailer.issue import tables as _issue_tables  # noqa: F401 - they make themselves known
from mailer.keys import Keys
from mailer.outbox import pace_tables as _pace_tables  # noqa: F401 - they make themselves known
from mailer.outbox.tables import deliveries
from mailer.pulse import Pulse
from mailer.register import page_tables as _page_tables  # noqa: F401
from mailer.register.tables import contacts
from mailer.settings import Settings
from mailer.settings.file import read_settings
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
        """Names the lock that a runner of this home holds. On SQLite it lies beside the database: there is only one.

        The computer's name is part of it: machines that were copied from one another share an id.
        """
        here = f"{machine()}:{socket.gethostname()}:{self.runner_lock.path.resolve()}"
        return "" if self.db.is_sqlite else here

    def may_reach_others(self) -> None:
        """AdminError unless it is said who answers for personal data, or all relays are this machine (GDPR art. 13)."""
        if not self.settings.responsible.is_complete and not self.settings.stays_here:
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
    if clock and not settings.stays_here:
        raise AdminError(
            Problem(
                "--clock",
                "en påhittad klocka går bara när relay.host (och varje host under [[relays]]) är den egna datorn.",
                "Ta bort --clock, eller använd ett testhem.",
            )
        )
    var = var_of(home, settings)
    url = settings.storage.database or f"sqlite:///{var / 'mailer.db'}"
    with restoring.inside(restoring.file_of(url), var), closing(Database(url)) as db:
        _bring_up_to_date(db, settings, home, var)
        keys = _keys(var, db)
        _keys_fit(db, keys)
        lineage.enter(db, var)
        lock = Lock(var / "runner.lock")
        try:
            yield House(
                home, var, settings, db, keys,
                parse_clock(clock, settings.association.zone) if clock else Clock(),
                lock, current_user(),
            )  # fmt: skip
        finally:
            lock.free()


def _bring_up_to_date(db: Database, settings: Settings, home: Path, var: Path) -> None:
    """The tables of this release. A SQLite home that somebody is in is backed up before they are rebuilt."""
    if db.is_sqlite:
        _make_private(Path(db.url.database or ""))
    if migrate.is_current(db):
        return
    _nobody_works(db)
    before = backups.before_migration(db, settings.backup, home, var, datetime.now(UTC))
    try:
        migrate.upgrade(db)
    except (MailerError, DBAPIError) as why:
        if before is None:
            raise
        problems = why.problems if isinstance(why, MailerError) else ()
        what = "tabellerna gick inte att bygga om för den nya versionen; de är som de var."
        remedy = f"Säkerhetskopian från alldeles innan: {before}. Installera den förra versionen igen så länge."
        kind = type(why) if isinstance(why, MailerError) else AdminError
        raise kind(*problems, Problem("databasen", what, remedy)) from why


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


def _keys_fit(db: Database, keys: Keys) -> None:
    """Remember what the keys are told by. AdminError when they are others than those the database was made with."""
    other = db.read(lambda c: keycheck.fits(c, keys))
    if other and _has_any(db, contacts.c.id, deliveries.c.id):
        what = f"nycklarna är andra än de som databasen är gjord med ({', '.join(other)})."
        remedy = "Lägg tillbaka rätt var/keys från säkerhetskopian, eller rätt databas."
        raise AdminError(Problem("var/keys", what, remedy))

    def remember(connection: Connection) -> None:
        if other:  # nothing was made with the old ones
            connection.execute(delete(keycheck.key_checks))
        keycheck.remember(connection, keys)

    db.write(remember)


def _nobody_works(db: Database) -> None:
    """AdminError when others work with the older tables: they are rebuilt when a person says so."""
    if db.is_sqlite or migrate.is_empty(db):
        return
    if names := db.read(lambda c: presence.names_of_living(c, db)):
        what = f"tabellerna är från en äldre version, och andra arbetar med dem ({', '.join(names)})."
        remedy = "Stoppa dem, kör mailer migrate, och starta dem med den nya versionen."
        raise AdminError(Problem("databasen", what, remedy))


def _has_any(db: Database, *columns: ColumnElement[int]) -> bool:
    """Whether there is a row in any of their tables: something that was made with a key."""

    def look(connection: Connection) -> bool:
        return any(connection.execute(select(c).limit(1)).first() is not None for c in columns)

    return db.read(look)


def current_user() -> str:
    """The operating system's name of who runs this process."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
