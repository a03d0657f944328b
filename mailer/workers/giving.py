"""How background work is given: done here and now, or left to whoever of the workers is free.

Takes   the opened house; the name of an errand, and what is to be done.
Gives   the same errands either way.
Fails   with what the errand fails with, when it is done here; LaterError when the database is away.
"""

import asyncio
import threading
from collections.abc import Callable
from typing import Any, Protocol

from mailer.house import House
from mailer.workers.errands import Stop, carry_out

LAST_SECOND_S = 1.0  # for what is told to stop and does not: it is left behind


class Giving(Protocol):
    """Whoever gives work knows no more of it than this."""

    async def give(self, name: str, **what: Any) -> None:
        """See that it is done, after the commit that made it necessary. It may be done twice."""


class Here:
    """In this process: a home on SQLite has no other."""

    def __init__(self, house: House, stopped: asyncio.Event) -> None:
        self._house, self._stopped = house, stopped

    async def give(self, name: str, **what: Any) -> None:
        """Done when this returns."""
        stop = Stop()
        stopping = asyncio.create_task(self._stopped.wait())
        stopping.add_done_callback(lambda task: None if task.cancelled() else stop.tell())
        try:
            await beside(lambda: carry_out(self._house, name, what, stop), stop)
        finally:
            stopping.cancel()


async def beside(work: Callable[[], None], stop: Stop) -> None:
    """Do it in a thread of its own, told to stop when this is cancelled.

    Not by `to_thread`: the loop waits for those threads when it ends, and a server may be silent for longer.
    """
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()

    def end(why: BaseException | None) -> None:
        if not ended.done():
            ended.set_exception(why) if why else ended.set_result(None)

    def run() -> None:
        why: BaseException | None = None
        try:
            work()
        except BaseException as wrong:  # noqa: BLE001 - handed on to the loop
            why = wrong
        try:
            loop.call_soon_threadsafe(end, why)
        except RuntimeError:  # the loop is gone: it did not wait
            return

    threading.Thread(target=run, name="errand", daemon=True).start()
    try:
        await asyncio.shield(ended)
    except asyncio.CancelledError:
        stop.tell()
        await asyncio.wait([ended], timeout=LAST_SECOND_S)
        if ended.done() and not ended.cancelled():
            ended.exception()  # seen: nobody waits for it any more
        raise
