"""What of the group commits goes into the log: each failure by itself, what was accepted as a sum per second.

Takes   the settlements of a commit, and what it did.
Gives   lines of the log.
Fails   never.
"""

import time
from collections.abc import Sequence

from mailer import maillog
from mailer.outbox.outcome import Settlement
from mailer.outbox.turn import Commit

LOG_S = 1.0  # five hundred commits a second are five hundred lines


class Telling:
    """Of one runner."""

    def __init__(self) -> None:
        self._accepted = self._others = self._offered = 0
        self._at = 0.0

    def told(self, settlements: Sequence[Settlement], done: Commit) -> None:
        """After a commit."""
        accepted = 0
        for s in settlements:
            if s.outcome.event == "accept":
                accepted += 1
            else:
                maillog.settled(s.offered.delivery, s.outcome.event, s.outcome.stage, s.outcome.code, s.outcome.status)
        self._accepted += accepted
        self._others += len(settlements) - accepted
        self._offered += len(done.offered)
        for mailing, _ in done.paused:
            maillog.mailing_paused(mailing, "our_faults")
        if time.monotonic() - self._at >= LOG_S:
            self.sum()

    def sum(self) -> None:
        """What has been done since the last sum."""
        if self._accepted or self._others or self._offered:
            maillog.committed(self._accepted, self._others, self._offered)
        self._accepted = self._others = self._offered = 0
        self._at = time.monotonic()
