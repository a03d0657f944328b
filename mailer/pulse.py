"""Signs of life of the parts of one running service: what /health is answered from.

Takes   a beat from each part when it has done a round of its work.
Gives   how long ago that was, in seconds of the machine's own clock: a clock that is set, or simulated, moves none.
Fails   never.
"""

import time
from collections.abc import Callable
from typing import Literal

Part = Literal["clock", "runner", "mailbox"]


class Pulse:
    """One per opened house. Beats come from any thread."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._beats: dict[Part, float] = {}

    def beat(self, part: Part) -> None:
        """The part has just done what it is there for."""
        self._beats[part] = self._seconds()

    def silent_s(self, part: Part) -> float | None:
        """Seconds since its last beat; None when it has given none."""
        last = self._beats.get(part)
        return None if last is None else self._seconds() - last
