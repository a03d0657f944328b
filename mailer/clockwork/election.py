"""Which of several `mailer run` keeps the clock: the one whose row in the database's only row of clocks it is.

Takes   the opened house.
Gives   whether the clock is this process's, at any moment; a word when that changes.
Fails   never: while the database is away it is nobody's, and nothing can be done anyway.

On SQLite the home's lock has decided already. On PostgreSQL a lease by the database's clock does: who dies is followed
within a minute, who ends says so and is followed at once.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from mailer import maillog, presence
from mailer.errors import LaterError
from mailer.house import House
from mailer.workers.sending import either_or

LOOK_S = 5.0
OURS_S = presence.LEASE.total_seconds() - LOOK_S  # after the last renewal: then it may be another's


@dataclass(slots=True)
class Election:
    """The clock as one process sees it."""

    house: House
    say: Callable[[str], None]
    _until: float = 0.0  # of the machine's clock
    _said: str = ""

    @property
    def is_ours(self) -> bool:
        """Whether this process does what is due."""
        return self.house.db.is_sqlite or time.monotonic() < self._until

    async def look(self) -> None:
        """Take the clock when it is free, or keep it. Says who has it when it is another's."""
        if self.house.db.is_sqlite:
            return
        asked = time.monotonic()
        key = presence.key_of(self.house.instance)
        try:
            mine = await self._write(lambda c: presence.take_clock(c, self.house.db, key))
        except LaterError as why:
            maillog.failed("clock", type(why).__name__)
            return
        if mine:
            self._until = asked + OURS_S
            self._tell("Den här processen håller i klockan.")
        else:
            self._until = 0.0
            await asyncio.to_thread(self._tell_of_other)

    async def keep(self, stopped: asyncio.Event) -> None:
        """Look again and again."""
        while not stopped.is_set():
            await either_or(stopped, LOOK_S)
            if not stopped.is_set():
                await self.look()

    def _tell_of_other(self) -> None:
        try:
            other = self.house.db.read(lambda c: presence.keeper(c, self.house.db))
        except LaterError:
            return
        who = f" på en annan plats ({other.machine})" if other else ""
        self._tell(f"Tjänsten håller redan i klockan{who}. Den här hjälper till, och tar över om den tystnar.")

    def _tell(self, words: str) -> None:
        if words != self._said:
            self._said = words
            self.say(words)

    async def _write(self, fn: Callable[[Connection], bool]) -> bool:
        return await asyncio.wrap_future(self.house.db.submit(fn))
