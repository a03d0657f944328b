"""The engines: how their connections are made, and how a transaction begins on them.

Takes   an SQLAlchemy URL; whether it is for reading alone.
Gives   an Engine whose transactions begin as they must; on PostgreSQL one round trip is all that it takes.
Fails   DBAPIError when a transaction cannot begin.
"""

from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from mailer.db.driver import run

BUSY_TIMEOUT_S = 60  # another process may hold SQLite's write lock through an import of a million rows
# On PostgreSQL: who stands still in the middle of a transaction, as a machine does that is put to sleep, is rolled
# back, and holds up the others no longer.
STILL_S = 30
# pg_advisory_xact_lock key of the last look: offering shares it, a wish to stop takes it alone.
LAST_LOOK = 0x56414B54
LOOK, WISH = f"SELECT pg_advisory_xact_lock_shared({LAST_LOOK})", f"SELECT pg_advisory_xact_lock({LAST_LOOK})"
# A read has one snapshot for all its statements, as SQLite gives: figures that must add up are several. In a write each
# statement sees what was committed before it, whatever the server was told.
_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"
_WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED"
_NEXT = "mailer.looks"  # of a connection: that its next transaction begins with the last look
_NOW = "mailer.looked"  # whether this one did


def made(url: URL, *, read_only: bool) -> Engine:
    """An engine for either. hide_parameters: what is written is named neither in a log at debug level nor in the
    driver's errors."""
    return _sqlite(url, read_only) if url.get_backend_name() == "sqlite" else _postgres(url, read_only)


def look_first(connection: Connection) -> None:
    """The next transaction begins with the last look."""
    connection.info[_NEXT] = True


def has_looked(connection: Connection) -> bool:
    """Whether this one has."""
    return bool(connection.info.get(_NOW))


def _postgres(url: URL, read_only: bool) -> Engine:
    told: dict[str, Any] = {"autocommit": True}  # the driver begins nothing by itself
    if "options" not in url.query:
        told["options"] = f"-c idle_in_transaction_session_timeout={STILL_S * 1000}"
    engine = create_engine(url, connect_args=told, pool_pre_ping=True, pool_size=5, hide_parameters=True)

    def on_begin(connection: Connection) -> None:
        looks = connection.info[_NOW] = connection.info.pop(_NEXT, False)
        begin = _READ if read_only else _WRITE
        try:
            run(connection, f"{begin}; {LOOK}" if looks else begin)
        except DBAPIError:
            if not connection.invalidated:  # it has begun, and waited for the look in vain
                connection.connection.rollback()
            raise

    event.listen(engine, "begin", on_begin)
    return engine


def _sqlite(url: URL, read_only: bool) -> Engine:
    connect = {"timeout": BUSY_TIMEOUT_S, "check_same_thread": False}
    engine = create_engine(url, connect_args=connect, hide_parameters=True)

    def on_connect(dbapi_connection: Any, _record: Any) -> None:
        dbapi_connection.isolation_level = None  # pysqlite must not begin by itself: it begins deferred
        cursor = dbapi_connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        if read_only:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    event.listen(engine, "connect", on_connect)
    # A deferred BEGIN that reads and then writes fails at once when another process writes; IMMEDIATE waits.
    begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"

    def on_begin(connection: Connection) -> None:
        """By the driver: it is said hundreds of times a second, and needs nothing else that SQLAlchemy puts around."""
        run(connection, begin)  # what it meets with is a lock, above all

    event.listen(engine, "begin", on_begin)
    return engine
