"""The way to one relay: when another line is opened, and how long all wait when it fails.

Takes   how to connect and how to wait; after each line, whether it broke before it was of any use.
Gives   open lines, to the exchange.
Fails   never: failures are told to the runner, which may pause what is being sent, or stop.

While no line is open, and after a failure until a transaction has ended well, one line is tried for all of them: a
wrong password is tried three times and not three times by each, and a relay that breaks every line after the final
dot puts one delivery in doubt at a time. A relay that works gets twice as many at each step (slow start); one that
takes no more lines than it has is asked now and then.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from mailer import maillog
from mailer.deliver.line import Line
from mailer.deliver.smtp import Unreachable
from mailer.outbox.outcome import Outcome

WAITS_S = (5, 15, 60, 300)  # between tries; the last one repeats
TRIES = 3  # in a row, until a no is taken for a no
ANOTHER_S = 60  # before one more line is asked for, beside those that are open


@dataclass(slots=True)
class Reach:
    """Of one relay. `keep_open` is its task."""

    most: int  # lines at a time
    connect: Callable[[], Awaitable[Line]]
    sleep: Callable[[float], Awaitable[None]]  # seconds of the house's clock; cut short when the runner stops
    wanted: Callable[[], Awaitable[int]]  # waits until lines are wanted, and says how many could be used
    opened: Callable[[Line], None]
    on_failure: Callable[[Outcome, int], None]  # and how many there were since a transaction ended well
    on_refusal: Callable[[Outcome], Awaitable[None]]  # the last of so many that only a person can mend
    is_over: Callable[[], bool]  # whether the runner stops
    open: int = 0
    failures: int = 0
    _refusals: int = 0  # in a row
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _broke: Outcome | None = None
    _has_enough: bool = False  # the relay takes no more lines at present: they are asked for one by one

    @property
    def is_away(self) -> bool:
        """Whether it has failed and not answered since."""
        return self.failures > 0

    async def keep_open(self) -> None:
        """Open lines while they are wanted, until the runner stops."""
        while not self.is_over():
            if (broke := self._broke) is not None:
                self._broke = None
                await self._failed(broke)
                continue
            usable = await self.wanted()
            if self._broke is not None or self.is_over():
                continue
            if self.open == 0:
                await self._first()
            elif self.failures or self.open >= min(self.most, usable + self.open):
                self._changed.clear()
                await self._change()  # it is proven by the lines that are open, or has enough
            else:
                wanted = min(self.open, self.most - self.open, max(1, usable))
                await self._more(1 if self._has_enough else wanted)

    def closed(self, line: Line, broken: Outcome | None) -> None:
        """A line has ended; `broken` is what it ended with when it was the relay that ended it."""
        self.open -= 1
        if broken is not None and line.accepted == 0 and self._broke is None:
            self._broke = broken
        self._changed.set()

    def works(self) -> None:
        """The relay has answered to the end of a transaction."""
        if self.failures or self._refusals:
            self.failures = self._refusals = 0
            self._changed.set()

    async def _first(self) -> None:
        try:
            line = await self.connect()
        except Unreachable as why:
            await self._failed(why.outcome)
            return
        self._refusals = 0
        self._add(line)

    async def _more(self, number: int) -> None:
        """So many at once. One that is refused says that there are enough for a while: until one of them closes, also
        while it was asked for, for a relay that goes down refuses and closes in one breath.
        """
        self._changed.clear()
        if all(await asyncio.gather(*(self._another() for _ in range(number)))):
            return
        self._has_enough = True
        if not await self._change(ANOTHER_S):
            self._has_enough = False

    async def _another(self) -> bool:
        """One more line; False when it is refused."""
        try:
            self._add(await self.connect())
        except Unreachable:
            return False
        return True

    def _add(self, line: Line) -> None:
        if line.usable:
            self.open += 1
            self.opened(line)
        elif self._broke is None:  # it broke before anybody had it
            self._broke = Outcome("defer", "ehlo", text="förbindelsen bröts", fault="relay", lost_line=True)

    async def _failed(self, outcome: Outcome) -> None:
        """Wait. Lines that fail meanwhile have failed with it."""
        self.failures += 1
        self._refusals = self._refusals + 1 if outcome.fault == "ours" else 0
        seconds = WAITS_S[min(self.failures, len(WAITS_S)) - 1]
        maillog.relay_unreachable(outcome.stage, outcome.code, outcome.fault, seconds)
        if self._refusals < TRIES:
            self.on_failure(outcome, self.failures)
        else:
            self._refusals = 0  # a person looks at it now: counted anew. The waits stay long, or an account is locked
            await self.on_refusal(outcome)
        await self.sleep(seconds)
        self._broke = None

    async def _change(self, seconds: float = 1.0) -> bool:
        """Until a line closes or the relay has proven itself, or so many seconds of the house's clock have passed.
        Whether it was the first."""
        waits = [asyncio.ensure_future(self._changed.wait()), asyncio.ensure_future(self.sleep(seconds))]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        return self._changed.is_set()
