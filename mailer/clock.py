"""What time it is: the machine's own clock, or one that starts elsewhere and runs faster.

Takes   a start and a speed (a simulated clock, for homes whose relay is on loopback).
Gives   the present moment, always aware and in UTC.
Fails   EditorError on a start or speed that cannot be read.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from mailer.errors import EditorError, Problem

FASTEST = 1e6  # a year in half a minute


@dataclass(frozen=True, slots=True)
class Clock:
    """A source of the present moment. `start` None: the machine's own."""

    start: datetime | None = None
    speed: float = 1.0  # simulated seconds per real second
    _origin: float = field(default_factory=time.monotonic)
    reading: Callable[[], datetime] | None = None  # where it is read instead: a clock that somebody moves by hand

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        if self.reading is not None:
            return self.reading()
        if self.start is None:
            return datetime.now(UTC)
        return self.start + timedelta(seconds=(time.monotonic() - self._origin) * self.speed)

    @property
    def is_simulated(self) -> bool:
        return self.start is not None


def parse_clock(text: str, zone: ZoneInfo) -> Clock:
    """A Clock from ”2024-05-01T08:00” or ”2024-05-01T08:00,3600” (start, speed)."""
    start_text, _, speed_text = text.partition(",")
    try:
        start = datetime.fromisoformat(start_text.strip())
        speed = float(speed_text or 1)
    except ValueError:
        start, speed = None, 0.0
    if start is None or not 0 <= speed <= FASTEST:
        raise EditorError(
            Problem(
                "--clock",
                f"”{text}” går inte att läsa som en klocka.",
                "Skriv till exempel 2024-05-01T08:00,3600.",
            )
        )
    aware = start if start.tzinfo else start.replace(tzinfo=zone)
    return Clock(aware.astimezone(UTC), speed)
