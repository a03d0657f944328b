"""What the driver says when it is asked past SQLAlchemy, in SQLAlchemy's words.

Takes   the connection, what it was asked, and the driver's own error.
Gives   the error that the door reads; what the driver said without the rows it was about.
Fails   never.
"""

from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


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
