"""One browser for all tests of mails."""

from collections.abc import Iterator

import pytest

from tests.oracles.browser import Chromium, chromium


@pytest.fixture(scope="session")
def browser() -> Iterator[Chromium]:
    with chromium() as opened:
        yield opened
