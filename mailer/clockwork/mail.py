"""The reading of the mailbox beside the tick: a server that is slow, or silent, holds up nothing.

Takes   the opened house; the event that says stop.
Gives   a reading at the start and every `every_min` minutes, until it is told to stop: then it ends within a second,
        between two mails, whatever the server does.
Fails   with what a tick fails with; what the mailbox does is told to people instead.
"""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

from mailer import lineage, maillog
from mailer.errors import AdminError, LaterError
from mailer.feedback.mailbox import Mailbox
from mailer.house import House
from mailer.verbs import mailbox

LAST_SECOND_S = 1.0
FASTEST_S = 0.1  # real seconds between two readings, under a simulated clock
AFTER_A_NO_S = 3600.0  # a password that is wrong now is wrong in ten minutes, and many servers lock the door for it


class Reading:
    """One reading, in a thread of its own, that can be told to stop."""

    def __init__(self, house: House, open_: Callable[[House], Mailbox]) -> None:
        self._house = house
        self._open = open_
        self._box: Mailbox | None = None
        self._stopped = False
        self.was_refused = False  # only a person can mend it

    def run(self) -> None:
        """The whole of it, in this thread. What goes wrong with the mailbox is told to the administrators."""
        if lineage.held(self._house.db):
            return
        try:
            done = self._read()
        except (LaterError, AdminError) as why:
            self.was_refused = isinstance(why, AdminError)
            if not self._stopped:
                maillog.failed("mailbox", type(why).__name__)
                mailbox.failed(self._house, why)
            return
        if done.is_whole:
            self._house.pulse.beat("mailbox")

    def stop(self) -> None:
        """From another thread: after the mail under way; a server that is silent is left at once."""
        self._stopped = True
        if box := self._box:
            box.interrupt()

    def _read(self) -> mailbox.Round:
        self._box = self._open(self._house)
        try:
            return mailbox.read_mailbox(self._house, self._box, lambda: self._stopped)
        finally:
            self._box.close()


async def reading(
    house: House, stopped: asyncio.Event, open_: Callable[[House], Mailbox] = mailbox.open_mailbox
) -> None:
    """Read the mailbox again and again. A home without one waits for the end. `open_` is for tests."""
    every_s = house.settings.mailbox.every_min * 60
    every_s = max(every_s / max(house.clock.speed, 1), FASTEST_S) if house.clock.is_simulated else every_s
    while house.settings.mailbox.kind and not stopped.is_set():
        one = Reading(house, open_)
        try:
            await _once(one, stopped)
        except LaterError as why:  # the database: the next reading may find it again
            maillog.failed("mailbox", type(why).__name__)
        try:
            await asyncio.wait_for(stopped.wait(), max(every_s, AFTER_A_NO_S) if one.was_refused else every_s)
        except TimeoutError:
            continue
    await stopped.wait()


async def _once(one: Reading, stopped: asyncio.Event) -> None:
    """One reading. Not by `to_thread`: the loop waits for those threads when it ends, and a server may be silent."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()

    def end(why: BaseException | None) -> None:
        if not ended.done():
            ended.set_exception(why) if why else ended.set_result(None)

    def work() -> None:
        why: BaseException | None = None
        try:
            one.run()
        except BaseException as wrong:  # noqa: BLE001 - handed on to the loop
            why = wrong
        try:
            loop.call_soon_threadsafe(end, why)
        except RuntimeError:  # the loop is gone: it did not wait
            return

    threading.Thread(target=work, name="mailbox", daemon=True).start()
    stopping = asyncio.create_task(stopped.wait())
    either: list[asyncio.Future[Any]] = [ended, stopping]
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    if not ended.done():
        one.stop()
        await asyncio.wait([ended], timeout=LAST_SECOND_S)
    stopping.cancel()
    if ended.done():
        ended.result()
