"""How many deliveries a runner claims: what two seconds can send, so that memory stays flat and no line waits.

Takes   how many each commit offered, and when it began.
Gives   how many the next commit claims.
Fails   never.
"""

import time

from mailer.outbox.store import ledger

SECONDS = 2


class Stocking:
    """Of one runner."""

    def __init__(self, connections: int) -> None:
        self.last_commit = 0.0
        self._connections = connections
        self._rate = 0.0  # messages per second, smoothed

    def size(self, held: int) -> int:
        """What two seconds of the present rate can send, when less than half of that is held."""
        whole = max(2 * self._connections, min(ledger.LARGEST_CLAIM, int(SECONDS * self._rate)))
        return whole - held if held <= whole // 2 else 0

    def committed(self, offered: int, began: float) -> None:
        """A commit is done: so many went out."""
        passed = max(time.monotonic() - max(self.last_commit, began - 1), 1e-3)
        self._rate += (offered / passed - self._rate) * min(1.0, passed)
        self.last_commit = time.monotonic()
