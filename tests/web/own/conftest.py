"""A home whose members have pages of their own, on both engines."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailer.house import House
from tests.web.own import a_home
from tests.web.serving import Served, serving


@pytest.fixture
def house(tmp_path: Path, database_url: str) -> Iterator[House]:
    with a_home(tmp_path / "hem", database_url) as opened:
        yield opened


@pytest.fixture
def one_site(tmp_path: Path) -> Iterator[Served]:
    """For what does not depend on the database."""
    with a_home(tmp_path / "hem") as opened, serving(opened) as served:
        yield served
