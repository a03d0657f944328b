"""The numbers that mails name what they are about by: none is given twice, though the database was put back.

Takes   a connection inside a transaction; a table whose rows are named so.
Gives   leap: what is new from now on is numbered far above what a lost database may have given; anew: the number a new
        row must have, or nothing when the engine counts on.
Fails   never.

A mail's codes are signed over the numbers of its delivery and its mailing, of a survey and whom it is for. A database
that was put back has forgotten the last of them, and would give them to others: a link in an old mail would stop
another member's mails.
"""

from typing import Any

from sqlalchemy import Connection, Table, func, select, update

from mailer.db import METADATA
from mailer.lineage import homes

# Above what can have been given since the copy was made: five months of two mailings to a million each, and a register
# that was read anew.
LEAPS = {"deliveries": 10_000_000, "contacts": 2_000_000, "mailings": 10_000, "surveys": 1_000}


def leap(connection: Connection, times: int) -> None:
    """A person has taken up a database that may be older than what has gone out. `times`: how often she has by now:
    the copy may be one from before the last time."""
    above = {name: _highest(connection, METADATA.tables[name]) + times * far for name, far in LEAPS.items()}
    connection.execute(update(homes).values(numbers_above=above))
    count_on(connection)


def count_on(connection: Connection) -> None:
    """PostgreSQL's own counters go on above what was given. SQLite has none: it goes on from the highest it has."""
    if connection.dialect.name != "postgresql":
        return
    for name, above in _above(connection).items():
        highest = max(above, _highest(connection, METADATA.tables[name]))
        connection.execute(select(func.setval(func.pg_get_serial_sequence(name, "id"), highest)))


def anew(connection: Connection, table: Table) -> dict[str, int]:
    """The id that a new row must be given, as a value to insert; nothing when the engine's own will do."""
    if connection.dialect.name == "postgresql":
        return {}
    above = _above(connection).get(table.name, 0)
    return {"id": above + 1} if above and _highest(connection, table) <= above else {}


def _above(connection: Connection) -> dict[str, Any]:
    return connection.execute(select(homes.c.numbers_above)).scalar_one_or_none() or {}


def _highest(connection: Connection, table: Table) -> int:
    return int(connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one())
