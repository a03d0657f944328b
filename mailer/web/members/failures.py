"""How often codes that are not ours may be tried: from one network, and by everybody together.

Takes   the network of a request, and the time now.
Gives   nothing; each failure is counted.
Fails   Refused (429) when there were too many. A code that is ours is never counted, and so always answered.
"""

from collections import deque

from mailer.web.guard import MINUTE_S, Refused

FROM_ONE = 120  # a minute. Behind one address there may be a whole workplace, with old links of its own
FROM_ALL = 1200  # a minute; 128 bits are guessed no sooner, it is the log and the disk that are spared


class Failures:
    """The last minute's, no more than FROM_ALL: it cannot be made to grow."""

    def __init__(self) -> None:
        self._recent: deque[tuple[float, str]] = deque(maxlen=FROM_ALL)

    def count(self, network: str, now: float) -> None:
        """Count one at `now` (seconds), or Refused."""
        alive = [one for one in tuple(self._recent) if now - one[0] < MINUTE_S]
        if len(alive) >= FROM_ALL or sum(1 for _, seen in alive if seen == network) >= FROM_ONE:
            raise Refused(429)
        self._recent.append((now, network))
