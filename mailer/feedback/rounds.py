"""How the reading of the mailbox goes: when it last went well, since when it does not, what waits for a person.

Takes   a connection.
Gives   these facts, one row each in `rounds`.
Fails   never.
"""

from datetime import datetime

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from mailer import words
from mailer.feedback.mailbox import Folder
from mailer.feedback.tables import rounds

READ = "mailbox"  # `at`: when the last whole reading began; `upto`: how many mails lay in ”okända” after it
AWAY = "mailbox_away"  # `at`: the first reading that failed after the last that went well
REFUSED = "mailbox_refused"  # `at`: the last reading that only a person can mend; gone when one goes well


def note_read(connection: Connection, began: datetime, unknown: int) -> None:
    """A reading that came to the mailbox's end."""
    _set(connection, READ, began, unknown)
    connection.execute(delete(rounds).where(rounds.c.name.in_([AWAY, REFUSED])))


def note_failed(connection: Connection, now: datetime) -> datetime:
    """A reading that failed. Since when they do."""
    if (since := _at(connection, AWAY)) is None:
        _set(connection, AWAY, now, 0)
    return since or now


def note_refused(connection: Connection, now: datetime) -> None:
    """A reading that the server did not let in, or that cannot begin: only a person can mend it."""
    _set(connection, REFUSED, now, 0)


def last_refused(connection: Connection) -> datetime | None:
    """When that was; None when a reading went well after it."""
    return _at(connection, REFUSED)


def last_read(connection: Connection) -> datetime | None:
    """When the last reading that came to the end began; None before the first."""
    return _at(connection, READ)


def unknown_left(connection: Connection) -> int:
    """How many mails lay in ”okända” after it."""
    return connection.execute(select(rounds.c.upto).where(rounds.c.name == READ)).scalar_one_or_none() or 0


def waiting_words(n: int) -> str:
    """How many mails wait for a person, and where; ”” when none do."""
    if not n:
        return ""
    many = words.count(n, "mejl", "mejl")
    return f"I brevlådan ligger {many} i mappen ”{Folder.unknown}”. Se efter där, i ett vanligt e-postprogram."


def _at(connection: Connection, name: str) -> datetime | None:
    return connection.execute(select(rounds.c.at).where(rounds.c.name == name)).scalar_one_or_none()


def _set(connection: Connection, name: str, at: datetime, upto: int) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(rounds).values(name=name, at=at, upto=upto)
    changed = {"at": new.excluded.at, "upto": new.excluded.upto}
    connection.execute(new.on_conflict_do_update(index_elements=["name"], set_=changed))
