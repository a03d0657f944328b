"""How often codes that nobody has may be typed, and when somebody hears of it.

Takes   the network of a request, and the time now.
Gives   whether the network may try now; whether an administrator is to be told.
Fails   Refused (429) when one network has tried too many, before its next code is looked up: a hit is not told either.

A code is one of 19¹¹, some 10¹⁴; of a survey of 3,000 members it would take one network at this pace two thousand years
to find one. A link is never slowed: whoever has hers is let in whatever others do.
"""

from collections import deque

from mailer.web.guard import MINUTE_S, Refused

FROM_ONE = 30  # a minute: codes that are written as codes are, and that nobody has
REMEMBERED = 5000
HOUR_S = 3600.0
MANY = 100  # in an hour: more than slips of the pen


class Guesses:
    """Those of the last hour, no more than REMEMBERED: it cannot be made to grow."""

    def __init__(self) -> None:
        self._recent: deque[tuple[float, str]] = deque(maxlen=REMEMBERED)

    def may_try(self, network: str, now: float) -> None:
        """Refused when the network has tried too many within the minute. `now` in seconds."""
        if sum(1 for at, seen in tuple(self._recent) if seen == network and now - at < MINUTE_S) >= FROM_ONE:
            raise Refused(429)

    def count(self, network: str, now: float) -> bool:
        """Count one. Whether there have been so many within the hour that somebody should hear of it."""
        self._recent.append((now, network))
        return sum(1 for at, _ in tuple(self._recent) if now - at < HOUR_S) > MANY
