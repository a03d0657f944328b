"""The reading of the mailbox beside the tick: a server that is slow, or silent, holds up nothing.

Takes   the opened house; the event that says stop.
Gives   a reading at the start and every `every_min` minutes, until it is told to stop: then it ends within a second,
        between two mails, whatever the server does.
Fails   with what a tick fails with; what the mailbox does is told to people instead.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from mailer import maillog
from mailer.clockwork.election import Election
from mailer.errors import LaterError
from mailer.feedback import rounds
from mailer.feedback.mailbox import Mailbox
from mailer.house import House
from mailer.verbs import mailbox
from mailer.workers.errands import Stop
from mailer.workers.giving import LAST_SECOND_S, Giving, beside
from mailer.workers.reading import Reading
from mailer.workers.sending import either_or

FASTEST_S = 0.1  # real seconds between two readings, under a simulated clock
AFTER_A_NO_S = 3600.0  # a password that is wrong now is wrong in ten minutes, and many servers lock the door for it


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


async def giving_readings(house: House, stopped: asyncio.Event, giving: Giving, election: Election) -> None:
    """The same where workers may read it: who keeps the clock gives the word, whoever is free reads."""
    every_s = house.settings.mailbox.every_min * 60
    while house.settings.mailbox.kind and not stopped.is_set():
        try:
            if election.is_ours and await asyncio.to_thread(_may_try, house):
                await giving.give("mailbox")
            if await asyncio.to_thread(_is_read, house):
                house.pulse.beat("mailbox")
        except LaterError as why:
            maillog.failed("mailbox", type(why).__name__)
        await either_or(stopped, every_s)
    await stopped.wait()


def _may_try(house: House) -> bool:
    """Not while a server that said no would lock the door."""
    refused = house.db.read(rounds.last_refused)
    return refused is None or (house.clock.now() - refused).total_seconds() >= AFTER_A_NO_S


def _is_read(house: House) -> bool:
    """Whether somebody has read it lately, wherever that was."""
    read, every = house.db.read(rounds.last_read), timedelta(minutes=house.settings.mailbox.every_min)
    return read is not None and house.clock.now() - read < 2 * every


async def _once(one: Reading, stopped: asyncio.Event) -> None:
    """One reading, told to stop when it is time."""
    stop = Stop()
    stop.also(one.stop)
    work = asyncio.create_task(beside(one.run, stop))
    stopping = asyncio.create_task(stopped.wait())
    await asyncio.wait([work, stopping], return_when=asyncio.FIRST_COMPLETED)
    if not work.done():
        stop.tell()
        await asyncio.wait([work], timeout=LAST_SECOND_S)
    stopping.cancel()
    if work.done():
        work.result()
    else:
        work.cancel()
