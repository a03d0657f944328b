"""A house with a month that waits for its approval, on both engines, and its pages; a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailer.house import House
from tests.web.browsing import Visitor
from tests.web.month import a_month
from tests.web.serving import Served, serving


@pytest.fixture
def house(tmp_path: Path, database_url: str) -> Iterator[House]:
    with a_month(tmp_path / "hem", database_url) as opened:
        yield opened


@pytest.fixture
def site(house: House) -> Iterator[Served]:
    with serving(house) as served:
        yield served


@pytest.fixture
def one_site(tmp_path: Path) -> Iterator[Served]:
    """For what does not depend on the database."""
    with a_month(tmp_path / "hem") as house, serving(house) as served:
        yield served


@pytest.fixture(scope="session")
def browser() -> Iterator[Visitor]:
    opened = Visitor()
    try:
        yield opened
    finally:
        opened.close()


# What the pages write and ask goes through the stores, which are tried on both engines in every run; the pages
# themselves are in the soak, but for those where an engine's own order decides who is first.
ON_BOTH = ("test_leaving_while_sending", "test_corners", "test_answers", "test_many_at_once")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        is_here = Path(__file__).parent in item.path.parents
        if is_here and "postgres" in item.nodeid and item.path.stem not in ON_BOTH:
            item.add_marker(pytest.mark.soak)
