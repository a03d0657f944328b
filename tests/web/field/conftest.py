"""An evening of the telephone round."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.field.at_work import Working, working


@pytest.fixture
def work(tmp_path: Path, database_url: str) -> Iterator[Working]:
    with working(tmp_path / "hem", database_url) as opened:
        yield opened


@pytest.fixture
def one_work(tmp_path: Path) -> Iterator[Working]:
    """For what does not depend on the database."""
    with working(tmp_path / "hem") as opened:
        yield opened
