"""The open lines of a runner: to which relay each leads, which are idle, and which relays may carry now.

Takes   lines as they open, rest and end; what the relays' answers say of them.
Gives   who wants a parcel, in which order relays are asked, and whether an envelope may go out behind a body.
Fails   never.
"""

from collections.abc import Callable, Iterator, Mapping

from mailer.deliver.line import Line
from mailer.limits import Limits

SLOW_S = 1.0  # a relay that takes longer over a final dot gets no envelope behind it


class Lines:
    """Of one runner. The relays are in order of priority."""

    def __init__(self, relays: Mapping[str, Limits], has_domain_limits: bool) -> None:
        self._of: dict[str, set[Line]] = {relay: set() for relay in relays}
        self._idle: dict[str, dict[Line, None]] = {relay: {} for relay in relays}
        self._relay_of: dict[Line, str] = {}
        self._unlimited = {relay for relay, limits in relays.items() if not limits and not has_domain_limits}
        self._slow: set[str] = set()
        self.dry: set[str] = set()  # relays that have sent what they may, for now
        self.reachable: Callable[[str], bool] = lambda _: True

    def __len__(self) -> int:
        return len(self._relay_of)

    def __iter__(self) -> Iterator[Line]:
        return iter(list(self._relay_of))

    def opened(self, relay: str, line: Line) -> None:
        """A new connection to the relay."""
        self._relay_of[line] = relay
        self._of[relay].add(line)

    def over(self, line: Line) -> str:
        """It is closed. Its relay."""
        relay = self._relay_of.pop(line)
        self._of[relay].discard(line)
        self._idle[relay].pop(line, None)
        return relay

    def rests(self, line: Line) -> None:
        """It has nothing to carry."""
        self._idle[self._relay_of[line]][line] = None

    def wakes(self, line: Line) -> None:
        """It carries something, or says goodbye."""
        self._idle[self._relay_of[line]].pop(line, None)

    def answered(self, line: Line) -> str:
        """The relay has answered a final dot. Which relay."""
        relay = self._relay_of[line]
        (self._slow.add if line.answer_s > SLOW_S else self._slow.discard)(relay)
        return relay

    def relay_of(self, line: Line) -> str:
        """Where an open line leads."""
        return self._relay_of[line]

    def leads_to(self, relay: str) -> bool:
        """Whether any line to it is open."""
        return bool(self._of[relay])

    def idle(self, relay: str) -> list[Line]:
        """Those with nothing to carry, longest first."""
        return list(self._idle[relay])

    def number_idle(self, relay: str) -> int:
        """How many of them."""
        return len(self._idle[relay])

    def takes_two(self, line: Line) -> bool:
        """Whether an envelope goes out behind a body. Not where there are limits: what has a permit would lie in a line
        beside what went out before it, and a second could hold two messages of each line more than it may."""
        relay = self._relay_of.get(line)
        return line.takes_two and relay in self._unlimited and relay not in self._slow

    def in_turn(self) -> list[str]:
        """The relays that may carry now: the first one, and those after it while it is away or has sent its share."""
        turn: list[str] = []
        for relay in self._of:
            turn.append(relay)
            if self.reachable(relay) and relay not in self.dry:
                break
        return turn
