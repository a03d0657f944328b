"""The way to the relay: which line may try it, and how long all wait when it fails.

Takes   how to connect and how to wait; after each connection, whether it broke before it was of any use.
Gives   an open Wire, or None when there is none to be had now: the wait is over when it returns.
Fails   never: failures are told to the runner, which may pause what is being sent, or stop.

While no connection is open, and after a failure until a transaction has ended well, one line tries for all of them:
a wrong password is tried three times and not three times by each, and a relay that breaks every line after the final
dot puts one delivery in doubt at a time. A relay that takes no more connections than it has is asked now and then.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from mailer import maillog
from mailer.deliver.smtp import Unreachable, Wire
from mailer.outbox.outcome import Outcome

WAITS_S = (5, 15, 60, 300)  # between tries; the last one repeats
TRIES = 3  # in a row, until a no is taken for a no
PROOF_S = 1  # after a failure, before it is asked whether the first line has got through
ANOTHER_S = 60  # before one more connection is asked for, beside those that are open


@dataclass(slots=True)
class Reach:
    """Shared by all lines of a runner."""

    connect: Callable[[], Awaitable[Wire]]
    sleep: Callable[[float], Awaitable[None]]  # seconds of the house's clock; cut short when the runner stops
    on_failure: Callable[[Outcome, int], None]  # and how many there were since a transaction ended well
    on_refusal: Callable[[Outcome], Awaitable[None]]  # the last of so many that only a person can mend
    _open: int = 0
    _failures: int = 0
    _refusals: int = 0  # in a row
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _wait: "asyncio.Future[None] | None" = None

    async def line(self, is_wanted: Callable[[], bool]) -> Wire | None:
        """A connection, if it is still wanted when it is this line's turn."""
        async with self._turn:
            if not self._open:
                return await self._first() if is_wanted() else None
        if self._failures:
            await self.sleep(PROOF_S)
            return None
        return await self._another()

    async def closed(self, wire: Wire, broken: Outcome | None) -> None:
        """A connection has ended; `broken` is what it ended with when it was the relay that ended it."""
        self._open -= 1
        if broken is not None and wire.accepted == 0:
            await self._failed(broken)

    def works(self) -> None:
        """The relay has answered to the end of a transaction."""
        self._failures = self._refusals = 0

    async def _first(self) -> Wire | None:
        if self._wait is not None and not self._wait.done():
            await asyncio.shield(self._wait)
            return None
        try:
            wire = await self.connect()
        except Unreachable as why:
            await self._failed(why.outcome)
            return None
        self._open += 1
        self._refusals = 0
        return wire

    async def _another(self) -> Wire | None:
        try:
            wire = await self.connect()
        except Unreachable:
            await self.sleep(ANOTHER_S)
            return None
        self._open += 1
        return wire

    async def _failed(self, outcome: Outcome) -> None:
        """Wait. Lines that fail while another waits already have failed with it, and wait with it."""
        if self._wait is None or self._wait.done():
            self._failures += 1
            self._refusals = self._refusals + 1 if outcome.fault == "ours" else 0
            seconds = WAITS_S[min(self._failures, len(WAITS_S)) - 1]
            self._wait = asyncio.ensure_future(self.sleep(seconds))
            maillog.relay_unreachable(outcome.stage, outcome.code, outcome.fault, seconds)
            await self._tell(outcome)
        await asyncio.shield(self._wait)

    async def _tell(self, outcome: Outcome) -> None:
        if self._refusals < TRIES:
            self.on_failure(outcome, self._failures)
        else:
            self._refusals = 0  # a person looks at it now: counted anew. The waits stay long, or an account is locked
            await self.on_refusal(outcome)
