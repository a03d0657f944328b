"""Databases for the tests: migrated once, then copied (SQLite) or emptied and used again (PostgreSQL).

A thousand tests that each build sixty tables would spend four minutes on it.
"""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import sqlalchemy as sa

from mailer import clockwork, house  # noqa: F401 - the rooms' tables make themselves known
from mailer.clockwork import tables as _clockwork  # noqa: F401
from mailer.db import METADATA, Database, migrate

COUNTERS = """
DO $$
DECLARE one text;
BEGIN
  FOR one IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL LOOP
    EXECUTE format('ALTER SEQUENCE %I RESTART', one);
  END LOOP;
END $$
"""


@cache
def migrated_file() -> Path:
    """A SQLite database with all tables and no rows. One for each process of a test run."""
    path = Path(mkdtemp(prefix="migrated")) / "mailer.db"
    build(f"sqlite:///{path}")
    return path


def build(url: str) -> None:
    """All migrations, in an empty database."""
    database = Database(url)
    migrate.upgrade(database)
    database.scrub()
    database.close()


def place(path: Path) -> None:
    """A new SQLite database at `path`, as the house itself would have made it: for its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(migrated_file(), path)
    path.chmod(0o600)


def new_database(server: str) -> str:
    """The URL of a new PostgreSQL database with all tables and no rows."""
    with _administering(server) as connection:
        if connection.execute(sa.text("SELECT 1 FROM pg_database WHERE datname = 'migrated'")).first() is None:
            connection.execute(sa.text("CREATE DATABASE migrated"))
            build(_url(server, "migrated"))
    return bare_database(server, "TEMPLATE migrated")


@contextmanager
def held(url: str) -> Iterator[None]:
    """While the block lasts another writes, who is not done: an import of a million rows, say. All may read."""
    has_it, is_done = threading.Event(), threading.Event()

    def write(connection: sa.Connection) -> None:
        if connection.dialect.name == "postgresql":  # SQLite lets one write at a time, whatever it is
            tables = ", ".join(f'"{name}"' for name in METADATA.tables)
            connection.execute(sa.text(f"LOCK TABLE {tables} IN EXCLUSIVE MODE"))
        has_it.set()
        is_done.wait(60)

    other = Database(url)
    written = other.submit(write)
    try:
        assert has_it.wait(30)
        yield
    finally:
        is_done.set()
        written.result()
        other.close()


@contextmanager
def away(url: str) -> Iterator[None]:
    """While the block lasts the PostgreSQL database takes no connection, and all there were are cut."""
    name = sa.make_url(url).database
    with _administering(_url(url, "postgres")) as connection:
        connection.execute(sa.text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false'))
        cut = sa.text("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = :name")
        connection.execute(cut, {"name": name})
        try:
            yield
        finally:
            connection.execute(sa.text(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true'))


def exchange(url: str, other: str) -> None:
    """The other database takes the place of this PostgreSQL one, as a server's own tools put a copy back."""
    this, that = sa.make_url(url).database, sa.make_url(other).database
    with _administering(_url(url, "postgres")) as connection:
        connection.execute(sa.text(f'DROP DATABASE "{this}" WITH (FORCE)'))
        connection.execute(sa.text(f'ALTER DATABASE "{that}" RENAME TO "{this}"'))


def bare_database(server: str, how: str = "") -> str:
    """The URL of a new PostgreSQL database without tables."""
    with _administering(server) as connection:
        number = connection.execute(sa.text("SELECT count(*) FROM pg_database")).scalar_one()
        connection.execute(sa.text(f'CREATE DATABASE "t{number}" {how}'))
    return _url(server, f"t{number}")


def hurry(server: str) -> None:
    """Nobody cuts the power to the tests' PostgreSQL: it need not wait for the disk."""
    with _administering(server) as connection:
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(sa.text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(sa.text("SELECT pg_reload_conf()"))


@contextmanager
def _administering(server: str) -> Iterator[sa.Connection]:
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _url(server: str, name: str) -> str:
    return sa.make_url(server).set(database=name).render_as_string(hide_password=False)


def is_emptied(url: str) -> bool:
    """Whether the database could be emptied: not when somebody still works in it, or its tables are not all there."""
    try:
        with _administering(url) as connection:
            connection.execute(sa.text("SET lock_timeout = '1s'"))
            others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            if connection.execute(sa.text(others)).scalar_one() > 1:
                return False
            tables = set(sa.inspect(connection).get_table_names())
            if tables != {*METADATA.tables, "alembic_version"}:
                return False
            _take_away_rows(connection)
            connection.execute(sa.text(COUNTERS))
            return True
    except sa.exc.DBAPIError:
        return False


def _take_away_rows(connection: sa.Connection) -> None:
    """Only where there are any: most tables of most tests have none. VACUUM gives the pages back as well, so that rows
    lie in the order they come in, as in a new database."""
    asked = (f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in METADATA.tables)
    full = connection.execute(sa.text(" UNION ALL ".join(asked))).scalars().all()
    if full:
        connection.execute(sa.text("SET session_replication_role = replica"))
        connection.execute(sa.text("; ".join(f'DELETE FROM "{name}"' for name in full)))
        connection.execute(sa.text(f"VACUUM {', '.join(full)}"))


def empty(connection: sa.Connection) -> None:
    """Every row away, of an open SQLite database."""
    for table in reversed(METADATA.sorted_tables):
        connection.execute(table.delete())
