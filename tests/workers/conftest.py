"""Homes on PostgreSQL: the only ones that several machines work for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailer.db import Database
from mailer.house import House, open_house
from mailer.workers.migrating import bring_procrastinate
from tests import databases
from tests.homes import make_home


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """A database with all tables of the home and none of Procrastinate's."""
    return databases.new_database(postgres_server)


@pytest.fixture
def pg(postgres_url: str) -> Iterator[Database]:
    database = Database(postgres_url)
    yield database
    database.close()


@pytest.fixture
def house(tmp_path: Path, postgres_url: str) -> Iterator[House]:
    """A home on PostgreSQL whose tables are all there."""
    with open_house(make_home(tmp_path / "hem", 2525, postgres_url)) as opened:
        bring_procrastinate(opened.db)
        yield opened
