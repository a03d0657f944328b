"""A home in which a survey is open, with a ballot box, and its pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailer import maillog
from tests.web.answering.opened import Surveying, surveying


@pytest.fixture
def open_site(tmp_path: Path, database_url: str) -> Iterator[Surveying]:
    with surveying(tmp_path / "hem", database_url) as opened:
        yield opened


@pytest.fixture
def one_open_site(tmp_path: Path) -> Iterator[Surveying]:
    """For what does not depend on the database."""
    with surveying(tmp_path / "hem") as opened:
        yield opened


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> pytest.CaptureFixture[str]:
    """What the house writes to its log from now on."""
    monkeypatch.setattr(maillog, "quiet", False)
    monkeypatch.setattr(maillog, "_LOG", None)
    return capfd
