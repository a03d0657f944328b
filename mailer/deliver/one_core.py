"""While mail goes out fast, the two threads that send it keep to one core of a machine that has two.

Takes   the thread that writes to the database; then how many messages went out, and each round of the loop.
Gives   nothing.
Fails   never: where the system does not let us, the threads are where it puts them.

What the loop has made the ledger reads a moment later, and the other way about: on two cores each fetches it out of
the other's cache and waits for the other's lock, for a seventh more of the processor's time and no more messages. The
second core has the relay to carry. Never for long: each second both are let go, and whoever has come to the same core
meanwhile is left alone there. Where there are more cores, none is short.
"""

import contextlib
import os
import threading
import time
from collections.abc import Iterable
from pathlib import Path

CORES = 2
WORTH = 1000  # messages a second; below that a core has nothing to save
HOLD_S = 1.0
FREE_S = 0.005  # so long the system may choose anew
_TASKS = Path("/proc/self/task")


class OneCore:
    """Of one runner. Called in the thread of its loop alone; call `let_go` at the end."""

    def __init__(self, writer: int | None) -> None:
        """`writer`: the system's number of the other thread. None: nothing is held."""
        self._two = (threading.get_native_id(), writer or 0)
        self._cores = _cores() if writer else set()
        self.sent = 0  # messages, since the last choice
        self._since = self._next = 0.0
        self._held = False

    def look(self) -> None:
        """A round of the loop: hold the two, or let go of them, where it is time."""
        now = time.monotonic()
        if now < self._next or len(self._cores) != CORES:
            return
        worth = self.sent >= WORTH * (now - self._since)
        self.sent, self._since = 0, now
        if self._held:
            self.let_go()
        elif worth:
            self._held = True
            _keep_to(self._two, {_core_of(self._two[0])})
        self._next = now + (HOLD_S if self._held else FREE_S)

    def let_go(self) -> None:
        """All threads go where the system puts them, also those that were begun by one that was held."""
        if self._held:
            self._held = False
            _keep_to((int(task.name) for task in _TASKS.iterdir()), self._cores)


def _cores() -> set[int]:
    """Those that this thread may be on. Empty where the system does not tell that, or where a thread is."""
    with contextlib.suppress(AttributeError, OSError):
        return os.sched_getaffinity(0) if _TASKS.is_dir() else set()
    return set()


def _core_of(thread: int) -> int:
    """Where it is now. proc(5), field 39 of stat."""
    return int((_TASKS / str(thread) / "stat").read_text("ascii", "replace").rpartition(")")[2].split()[36])


def _keep_to(threads: Iterable[int], cores: set[int]) -> None:
    for thread in threads:
        with contextlib.suppress(OSError):  # it has ended, or the system does not let us
            os.sched_setaffinity(thread, cores)
