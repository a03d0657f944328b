"""The door to the database: one write thread per process, any number of readers.

Takes   an SQLAlchemy URL (sqlite:///… or postgresql+psycopg://…).
Gives   write(fn) and read(fn): fn gets a Connection inside a transaction; its result comes back. patience(seconds): for
        a reader who waits for an answer.
Fails   LaterError when the database is away, Busy when it is locked; NoRoom when the disk is full, AdminError when it
        is broken.
"""

import math
import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from mailer.db import engines
from mailer.db.driver import run
from mailer.errors import AdminError, Busy, LaterError, NoRoom, Problem

Result = TypeVar("Result")
Write = Callable[[Connection], Result]

KEEP_S = 1.0  # so long between two writes the connection stays in hand
# The database's own clock in microseconds since 1970, as an expression.
CLOCK_OF_SQLITE = "CAST((julianday('now') - 2440587.5) * 86400000000.0 AS INTEGER)"
CLOCK_OF_POSTGRES = "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT)"
_patience: ContextVar[float | None] = ContextVar("patience", default=None)


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """In the block, a `write` that has not begun after so long is given up with LaterError, and is never done.

    One that has begun is waited for: it alone knows whether it is committed. On PostgreSQL, where a transaction begins
    at once, it is each of its locks that is waited for no longer.
    """
    before = _patience.set(seconds)
    try:
        yield
    finally:
        _patience.reset(before)


class Database:
    """Both engines behind one face. Close it when done; an event loop waits on `submit`, never on `write`."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._writer = engines.made(self.url, read_only=False)
        self._readers = engines.made(self.url, read_only=True)
        self._queue: queue.SimpleQueue[tuple[Write[Any], Future[Any], bool] | None] = queue.SimpleQueue()
        self._wrote_at = 0.0
        self._writes = 0  # transactions that the write thread has begun, and connections it has taken up
        self._taken_up = math.inf  # when the write thread took up what it has in hand; for ever to come: nothing
        self.unscrubbed = False  # what was deleted may be left in SQLite's log: `scrub` again
        self._thread = threading.Thread(target=self._work, name="db-writer", daemon=True)
        self._thread.start()

    @property
    def writer_thread(self) -> int:
        """The system's number of the write thread."""
        return self._thread.native_id or 0

    def submit(self, fn: Write[Result], *, offers: bool = False) -> "Future[Result]":
        """Queue `fn` for the write thread. It runs in one transaction, committed durably before the Future is done.
        One that `offers` begins with its `last_look`, in the same round trip.

        Until its transaction has begun the Future can be cancelled; then `fn` never runs.
        """
        future: Future[Result] = Future()
        self._queue.put((fn, future, offers))
        return future

    def write(self, fn: Write[Result]) -> Result:
        """Run `fn` in a write transaction and wait for the commit; how long for its turn, `patience` says."""
        longest = _patience.get()
        return self.submit(fn).result() if longest is None else self._write_soon(fn, longest)

    def read(self, fn: Write[Result]) -> Result:
        """Run `fn` in a read-only transaction, in the caller's thread."""
        try:
            with self._readers.begin() as connection:
                return fn(connection)
        except DBAPIError as error:
            raise _ours(error) from error

    def clock(self, connection: Connection) -> int:
        """The database's own clock, microseconds since 1970: leases are measured by it and by nothing else."""
        sql = CLOCK_OF_SQLITE if self.is_sqlite else CLOCK_OF_POSTGRES
        return int(connection.exec_driver_sql(f"SELECT {sql}").scalar_one())

    def stamp(self, connection: Connection) -> tuple[int, int] | None:
        """Of a write transaction: a number that the next one of the write thread has one more of, and one that differs
        when another connection, of any process, has written (PRAGMA data_version). None on PostgreSQL, which does not
        tell.

        Between two whose stamps differ by one in the first, and by nothing in the second, nobody has written.
        """
        if not self.is_sqlite:
            return None
        driver: Any = connection.connection.driver_connection
        return self._writes, driver.execute("PRAGMA data_version").fetchone()[0]

    def takes_its_time(self, connection: Connection) -> None:
        """This transaction may do something of its own for long (`STILL_S`): read a file, compare a register."""
        if not self.is_sqlite:
            connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")

    def last_look(self, connection: Connection, *, wish: bool) -> None:
        """Order offers and wishes to stop: after a wish has committed, nothing that did not see it is offered.

        SQLite has one writer at a time; PostgreSQL needs the lock, shared by those who offer.
        """
        if not self.is_sqlite and (wish or not engines.has_looked(connection)):
            run(connection, engines.WISH if wish else engines.LOOK)

    def scrub(self, patience_s: float = 0.5) -> bool:
        """Take what was deleted out of SQLite's write-ahead log too; the file itself has secure_delete. PostgreSQL
        clears its pages by itself (autovacuum). False when others read or write all the while: try again.
        """
        if not self.is_sqlite:
            return True
        raw = self._writer.raw_connection()
        try:
            cursor = raw.cursor()
            cursor.execute(f"PRAGMA busy_timeout = {int(patience_s * 1000)}")
            busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            cursor.execute(f"PRAGMA busy_timeout = {engines.BUSY_TIMEOUT_S * 1000}")
            cursor.close()
        finally:
            raw.close()
        self.unscrubbed = bool(busy)
        return not busy

    def rewrite(self) -> bool:
        """Write SQLite's file anew, without what was deleted, and `scrub`. secure_delete overwrites a row where it lay,
        and not the copies that stay in the gaps of a page when SQLite has moved its rows about. It holds up writers
        while it lasts (a second for 100 MB) and wants as much room again. False when it could not: try again.

        On PostgreSQL, which clears its pages and counts their rows by itself in time, it does so now.
        """
        raw = self._writer.raw_connection()
        try:
            raw.cursor().execute("VACUUM" if self.is_sqlite else "VACUUM ANALYZE")
        except self._writer.dialect.loaded_dbapi.OperationalError:  # locked, or no room for a while: what was is there
            return False
        finally:
            raw.close()
        return self.scrub()

    def close(self) -> None:
        """Finish what is queued, then close all connections."""
        self._queue.put(None)
        self._thread.join()
        self._writer.dispose()
        self._readers.dispose()

    def writer_engine(self) -> Engine:
        """The engine of the write thread, for Alembic, which brings its own transactions."""
        return self._writer

    def _write_soon(self, fn: Write[Result], longest: float) -> Result:
        """`write`, or LaterError after `longest` seconds. Whoever comes when one write has kept the thread for half of
        that does not wait at all: a crowd in which each waits in turn would keep the last ones for minutes."""
        if time.monotonic() - self._taken_up > longest / 2:
            raise _given_up()

        def work(connection: Connection) -> Result:
            if not self.is_sqlite:
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {max(1, int(longest * 1000))}")
            return fn(connection)

        future = self.submit(work)
        wait([future], longest)
        if future.cancel():
            raise _given_up()
        return future.result()

    def _work(self) -> None:
        connection: Connection | None = None
        while job := self._queue.get():
            fn, future, offers = job
            if future.cancelled():
                continue
            self._taken_up = time.monotonic()
            self._writes += 1
            try:
                before, connection = connection, None  # closed, and not to be had again, when no new one can be opened
                connection = self._kept(before)
                if offers and not self.is_sqlite:
                    engines.look_first(connection)
                with connection.begin():
                    # Not before: it may have been given up while another held the lock.
                    result = fn(connection) if future.set_running_or_notify_cancel() else None
            except BaseException as error:  # noqa: BLE001 - handed to the one who waits for it
                if future.running() or (not future.cancelled() and future.set_running_or_notify_cancel()):
                    future.set_exception(_ours(error) if isinstance(error, DBAPIError) else error)
            else:
                if not future.cancelled():
                    future.set_result(result)
            self._taken_up = math.inf
        if connection is not None:
            connection.close()

    def _kept(self, connection: Connection | None) -> Connection:
        """The connection of the write before, when it was just now: a new one is asked first whether it is alive."""
        now, before = time.monotonic(), self._wrote_at
        self._wrote_at = now
        if connection is not None:
            if not connection.invalidated and now - before < KEEP_S:
                return connection
            connection.close()
        self._writes += 1  # whoever has had it meanwhile may have written
        return self._writer.connect()


def _given_up() -> LaterError:
    return LaterError(Problem("databasen", "är upptagen av något annat.", "Vänta och kör igen. Inget är sparat."))


def _ours(error: DBAPIError) -> Exception:
    """The reader's words for what the driver said; what it says of a broken rule stays the driver's."""
    said = str(error.orig)
    is_full = any(word in said for word in ("disk is full", "No space left"))
    if is_full or any(word in said for word in ("disk I/O error", "readonly database", "unable to open")):
        problem = Problem(
            "databasen",
            f"går inte att skriva: {said}",
            "Gör plats på disken och kontrollera den; kör sedan igen.",
        )
        return NoRoom(problem) if is_full else AdminError(problem)
    if any(word in said for word in ("malformed", "not a database")):
        problem = Problem(
            "databasen",
            f"är skadad: {said}",
            "Stoppa tjänsten, flytta undan filen och lägg tillbaka säkerhetskopian.",
        )
        return AdminError(problem)
    if isinstance(error, OperationalError) or error.connection_invalidated:
        problem = Problem(
            "databasen",
            f"svarar inte: {said.strip().splitlines()[0]}",
            "Vänta och kör igen. Inget är förlorat.",
        )
        return Busy(problem) if "database is locked" in said else LaterError(problem)
    return error
