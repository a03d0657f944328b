"""The one place where a test waits for what another process does: as short as it can, with much patience.

Takes   a question.
Gives   its answer, as soon as it is true.
Fails   AssertionError with what `said` says when patience is over.
"""

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE_S = 60.0  # for what should take a second: machines of others are slow, and a test is no measure of them
PAUSE_S = 0.02

Answer = TypeVar("Answer")


def until(
    what: Callable[[], Answer], said: Callable[[], object] = lambda: "", patience_s: float = PATIENCE_S
) -> Answer:
    """What it answers when that is no longer false, empty or None."""
    deadline = time.monotonic() + patience_s
    while not (found := what()):
        assert time.monotonic() < deadline, said()
        time.sleep(PAUSE_S)
    return found
