"""The remembered dates, in the database.

Takes   a Connection; inside a write transaction where something is remembered.
Gives   Dates.
Fails   with what the database raises.
"""

from collections.abc import Iterable
from dataclasses import asdict, fields
from datetime import datetime

from sqlalchemy import Connection, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from mailer.bookings.calendar import FORGOTTEN, Date
from mailer.bookings.tables import calendar_dates

_NAMES = tuple(field.name for field in fields(Date))


def read_dates(connection: Connection, name: str = "", since: datetime | None = None) -> dict[str, Date]:
    """uid -> Date. `name`: of one event only. `since`: that something happens to after it."""
    c = calendar_dates.c
    wanted = select(*(c[column] for column in _NAMES))
    wanted = wanted.where(c.name == name) if name else wanted
    wanted = wanted.where(or_(c.ends > since, c.cancelled_at > since)) if since else wanted
    return {row[0]: Date(*row) for row in connection.execute(wanted)}  # uid is the first


def newest(connection: Connection) -> tuple[object, ...]:
    """Something that is another as soon as anything that readers are told is: how many dates, how many changes of them,
    the latest change. One query, whatever is remembered."""
    c = calendar_dates.c
    counted = select(func.count(), func.sum(c.sequence), func.max(c.changed_at)).select_from(calendar_dates)
    return tuple(connection.execute(counted).one())


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
