"""How many messages may go in each span of time.

Takes   nothing.
Gives   Limits.
Fails   never.
"""

from dataclasses import dataclass
from typing import Literal

Span = Literal["second", "minute", "hour", "day"]


@dataclass(frozen=True, slots=True)
class Limits:
    """Messages in each span of time. 0: no limit."""

    second: int = 0
    minute: int = 0
    hour: int = 0
    day: int = 0

    def __bool__(self) -> bool:
        """Whether there is any limit at all."""
        return bool(self.second or self.minute or self.hour or self.day)

    @property
    def each(self) -> dict[Span, int]:
        """The limits there are, shortest span first."""
        all_: dict[Span, int] = {"second": self.second, "minute": self.minute, "hour": self.hour, "day": self.day}
        return {span: limit for span, limit in all_.items() if limit}

    def at_most(self, second: int) -> "Limits":
        """The same, with no more than so many a second."""
        return Limits(min(self.second or second, second), self.minute, self.hour, self.day)


NO_LIMITS = Limits()
