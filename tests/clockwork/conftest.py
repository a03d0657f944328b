"""The clock's own tests on one engine in every run: what it writes goes through stores that are tried on both."""

from pathlib import Path

import pytest

ON_BOTH = ("test_tick",)  # where an engine's own order decides who is first


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        is_here = Path(__file__).parent in item.path.parents
        if is_here and "postgres" in item.nodeid and item.path.stem not in ON_BOTH:
            item.add_marker(pytest.mark.soak)
