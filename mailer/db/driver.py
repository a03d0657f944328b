"""The driver, asked past SQLAlchemy, where the same is said hundreds of times a second.

Takes   the connection, and SQL as the driver has it.
Gives   the driver's cursor; `together`, a block of statements that are one round trip to PostgreSQL; the driver's error
        as the door reads it, and without the rows it was about.
Fails   DBAPIError as SQLAlchemy raises it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


def run(connection: Connection, sql: str, values: Any = ()) -> Any:
    """Run one statement. Its cursor."""
    driver: Any = connection.connection.driver_connection
    try:
        return driver.execute(sql, values)
    except connection.dialect.loaded_dbapi.Error as error:
        raise as_ours(connection, sql, error) from error


@contextmanager
def together(connection: Connection) -> Iterator[None]:
    """What is `run` in the block goes to PostgreSQL in order and without waiting, and is waited for at its end: what a
    statement has met with is raised there, and none after it was done. SQLite does each as it comes.

    What SQLAlchemy runs does not belong in it: it asks each cursor at once what came of it.
    """
    if connection.dialect.name == "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    try:
        with driver.pipeline():
            yield
    except connection.dialect.loaded_dbapi.Error as error:
        raise as_ours(connection, "statements sent together", error) from error


def as_ours(connection: Connection, sql: str, error: Any) -> DBAPIError:
    """A DBAPIError without the values; a connection that has gone is not used again."""
    dialect, driver = connection.dialect, connection.connection.driver_connection
    gone = dialect.is_disconnect(error, driver, None)
    if gone:
        connection.invalidate(error)
    return DBAPIError.instance(sql, None, error, dialect.loaded_dbapi.Error, True, gone, dialect)  # type: ignore[no-any-return]


def without_rows(error: Any) -> str:
    """What PostgreSQL says in its first line: those after it hold the row itself."""
    return getattr(getattr(error, "diag", None), "message_primary", None) or type(error).__name__
