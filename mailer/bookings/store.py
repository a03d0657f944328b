"""The remembered dates, in the database.

Takes   a Connection; inside a write transaction where something is remembered.
Gives   Dates.
Fails   with what the database raises.
"""

from collections.abc import Iterable
from dataclasses import asdict, fields
from datetime import datetime

from sqlalchemy import Connection, delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from mailer.bookings.calendar import FORGOTTEN, Date
from mailer.bookings.tables import calendar_dates

_NAMES = tuple(field.name for field in fields(Date))


def read_dates(
    connection: Connection, name: str = "", kind: str = "", since: datetime | None = None
) -> dict[str, Date]:
    """uid -> Date. `name`: of one event only. `kind`: of one kind only. `since`: that something happens to after it."""
    c = calendar_dates.c
    wanted = select(*(c[column] for column in _NAMES))
    wanted = wanted.where(c.name == name) if name else wanted
    wanted = wanted.where(c.kind == kind) if kind else wanted
    wanted = wanted.where(or_(c.ends > since, c.cancelled_at > since)) if since else wanted
    return {row.uid: Date(**row._mapping) for row in connection.execute(wanted)}


def write_dates(connection: Connection, changed: Iterable[Date]) -> None:
    """Remember these as they are now."""
    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(calendar_dates)
    others = {name: insert.excluded[name] for name in _NAMES if name != "uid"}
    if rows := [asdict(date) for date in changed]:
        connection.execute(insert.on_conflict_do_update(index_elements=["uid"], set_=others), rows)


def forget_old(connection: Connection, now: datetime) -> None:
    """Dates that were taken away long ago. The others stay as long as the archive that leads to them."""
    c, long_ago = calendar_dates.c, now - FORGOTTEN
    connection.execute(delete(calendar_dates).where(c.gone != "", c.ends < long_ago, c.cancelled_at < long_ago))
