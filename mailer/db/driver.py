"""The driver, asked past SQLAlchemy, where the same is said hundreds of times a second.

Takes   the connection, and SQL as the driver has it.
Gives   the driver's cursor; the driver's own error as the door reads it, and without the rows it was about.
Fails   DBAPIError as SQLAlchemy raises it.
"""

from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


def run(connection: Connection, sql: str, values: Any = None) -> Any:
    """Run one statement; PostgreSQL takes several where there are no values. The cursor."""
    driver: Any = connection.connection.driver_connection
    try:
        return driver.execute(sql) if values is None else driver.execute(sql, values)
    except connection.dialect.loaded_dbapi.Error as error:
        raise as_ours(connection, sql, error) from error


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
