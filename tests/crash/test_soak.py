"""Struck three hundred times at random, from every side, the house forgets nobody (promise 1; K3, K4, K7, K11)."""

import signal
from pathlib import Path

import pytest

from tests.crash.ordeals import Case, undergo

SLOWEST_START_S = 10.0  # from the start of a process to its first message (K4)
SLOWEST_END_S = 10.0  # from SIGTERM to the end of the process (K7)
TERM = signal.SIGTERM

KILLS = [
    Case("send", 40, seed=1),
    Case("send", 15, connections=1, per_s=5, seed=2),
    Case("send", 25, connections=10, per_s=50, seed=3),
    Case("send", 25, connections=50, seed=4),
    Case("run", 25, seed=5),
    Case("run", 15, connections=10, per_s=20, seed=6),
    Case("relay", 20, seed=7),
    Case("relay", 10, connections=50, per_s=200, seed=8),
    Case("send", 20, "postgres", seed=9),
    Case("send", 15, "postgres", connections=50, per_s=100, seed=10),
    Case("run", 15, "postgres", connections=10, seed=11),
    Case("backend", 35, "postgres", seed=12),
    Case("worker", 40, "postgres", workers=2, per_s=50, seed=13),
]
REQUESTS = [
    Case("send", 20, how=TERM, seed=21),
    Case("send", 10, connections=50, per_s=500, how=TERM, seed=22),
    Case("run", 10, how=TERM, seed=23),
    Case("send", 10, "postgres", how=TERM, seed=24),
]


def test_is_struck_three_hundred_times_and_asked_fifty() -> None:
    assert (sum(c.blows for c in KILLS), sum(c.blows for c in REQUESTS)) == (300, 50)


@pytest.mark.soak
@pytest.mark.parametrize("case", [*KILLS, *REQUESTS], ids=str)
def test_forgets_nobody(tmp_path: Path, case: Case, request: pytest.FixtureRequest) -> None:
    server = request.getfixturevalue("postgres_server") if case.engine == "postgres" else ""
    ordeal = undergo(case, tmp_path, server)
    assert max(ordeal.restart_s) < SLOWEST_START_S, (case, ordeal.restart_s)
    if case.how == TERM:
        assert sum(ordeal.duplicates) == 0, (case, ordeal.duplicates)
        assert max(ordeal.end_s) < SLOWEST_END_S, (case, ordeal.end_s)
