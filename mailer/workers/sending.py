"""A runner, and another one when the database was away for a while; none while the home waits for a person.

Takes   the opened house, its lock held; the event that says stop.
Gives   nothing: the ledger tells. Ends within the runner's ten seconds (runner.STOP_S).
Fails   with what the runner fails with, unless waiting mends it.
"""

import asyncio
from dataclasses import dataclass, field

from mailer import lineage, maillog
from mailer.deliver.runner import Runner
from mailer.errors import LaterError
from mailer.house import House
from mailer.outbox.store.leases import LostLease
from mailer.verbs import send

AGAIN_S = 5.0  # before the runner is started anew when the database was away
HELD_S = 1.0  # between two looks at whether the home is held, by whoever opened or restored it elsewhere


@dataclass(slots=True)
class Sending:
    """The runner of one process."""

    house: House
    stopped: asyncio.Event
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def wake(self) -> None:
        """There may be work: a wait is over. A runner that goes looks each second by itself."""
        self.woken.set()

    async def work(self) -> None:
        """Until the event is set."""
        while not self.stopped.is_set():
            try:
                if await asyncio.to_thread(lineage.look, self.house.db, self.house.var):
                    await self._either_or(AGAIN_S)
                else:
                    await self._run(send.runner_of(self.house))
            except (LaterError, LostLease) as why:
                maillog.failed("runner", type(why).__name__)
                await self._either_or(AGAIN_S)

    async def _run(self, runner: Runner) -> None:
        stopping = asyncio.create_task(self._stop(runner))
        try:
            await runner.run()
        finally:
            stopping.cancel()
        if stopping.done():
            stopping.result()

    async def _stop(self, runner: Runner) -> None:
        """Tell the runner when it is time: the process ends, or the home is held by now, or nobody can say any more."""
        try:
            while not self.stopped.is_set():
                try:
                    if await asyncio.to_thread(lineage.look, self.house.db, self.house.var):
                        break
                except LaterError:  # the runner will find out itself
                    pass
                await either_or(self.stopped, HELD_S)
        finally:  # whatever ends it: nobody else would tell the runner
            runner.stop()

    async def _either_or(self, seconds: float) -> None:
        """So long, or until it is stopped or woken."""
        self.woken.clear()
        waits = [asyncio.create_task(event.wait()) for event in (self.stopped, self.woken)]
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for one in waits:
            one.cancel()


async def either_or(stopped: asyncio.Event, seconds: float) -> None:
    """So long, or until it is stopped."""
    try:
        await asyncio.wait_for(stopped.wait(), seconds)
    except TimeoutError:
        return
