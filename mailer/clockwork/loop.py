"""`mailer run`: the clock, the runner and the pages in one process, until told to stop.

On PostgreSQL several machines may run it: one of them keeps the clock, all send, and the background work goes to
whoever is free, workers (mailer/workers) among them.

Takes   the opened house.
Gives   nothing; ends with what is under way finished.
Fails   LaterError when another process of this home runs already; AdminError when the disk or a key fails, or the home
        may not send to others. A port that is taken closes the pages, not the service.
"""

import asyncio
import logging
import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import uvloop
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from mailer import lineage, maillog
from mailer.clockwork.company import Company
from mailer.clockwork.election import Election
from mailer.clockwork.tick import tick
from mailer.errors import AdminError, EditorError, LaterError, Problem
from mailer.house import House
from mailer.settings.file import read_settings
from mailer.verbs import wanted, watch
from mailer.workers.giving import Giving
from mailer.workers.migrating import bring_procrastinate
from mailer.workers.sending import Sending

logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # a tick that is late or fails is told by us

TICK_S = 20.0
FASTEST_TICK_S = 0.1  # real seconds, under a simulated clock
WANTED_S = 3.0  # between two looks at what has been typed on the pages
FETCH_S = 300.0  # between two looks at which sources to ask


def run(house: House, say: Callable[[str], None]) -> None:
    """Run the service in this process."""
    house.may_reach_others()
    if not house.runner_lock.take():
        raise LaterError(
            Problem(
                "mailer run", "en annan process sköter redan det här hemmet.", "Låt den arbeta, eller stoppa den först."
            )
        )
    say("mailer sköter hemmet. Stoppa med Ctrl-C.")
    try:
        if not house.db.is_sqlite:
            bring_procrastinate(house.db)
        uvloop.run(_serve(house, say))
    finally:
        house.runner_lock.free()


async def _serve(house: House, say: Callable[[str], None]) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    broken: asyncio.Future[None] = loop.create_future()
    sending, election = Sending(house, stopped), Election(house, say)
    company = Company(house, stopped, election, sending)
    giving = company.giving
    ticker = AsyncIOScheduler(timezone="UTC")
    interval = max(TICK_S / max(house.clock.speed, 1), FASTEST_TICK_S) if house.clock.is_simulated else TICK_S
    ticker.add_job(
        _ticking,
        "interval",
        (house, say, broken, election, giving),
        seconds=interval,
        max_instances=1,
        coalesce=True,
        misfire_grace_time=None,
    )
    ticker.add_job(_fetching, "interval", (giving, broken, election), seconds=FETCH_S, max_instances=1, coalesce=True,
                   misfire_grace_time=None, next_run_time=datetime.now(UTC))  # fmt: skip
    if house.settings.web.address:
        ticker.add_job(_answering, "interval", (house, broken, election), seconds=WANTED_S, max_instances=1,
                       coalesce=True, misfire_grace_time=None)  # fmt: skip
    if why := lineage.held(house.db):
        say(f"Hemmet väntar: {why}. Inget skickas förrän en människa har bekräftat: mailer adopt")
    pages = asyncio.create_task(_pages(house, stopped, say))  # first: a tick mails the links to them
    await election.look()
    await _ticking(house, say, broken, election, giving)
    ticker.start()
    parts = [pages, asyncio.create_task(sending.work()), *company.parts()]
    try:
        await asyncio.wait([broken, *parts], return_when=asyncio.FIRST_COMPLETED)
        stopped.set()
        await asyncio.wait(parts)
        for part in parts:
            await part
        if broken.done():
            broken.result()
    finally:
        ticker.shutdown(wait=False)
        broken.cancel()


async def _pages(house: House, stopped: asyncio.Event, say: Callable[[str], None]) -> None:
    """The pages until the service stops. A home without `[web] address` has none, and none of their code."""
    if not house.settings.web.address:
        await stopped.wait()
        return
    from mailer.web.server import serve

    await serve(house, stopped, say)


async def _ticking(
    house: House, say: Callable[[str], None], broken: "asyncio.Future[None]", election: Election, giving: Giving
) -> None:
    """A tick in a thread: it reads folders and writes. What waiting mends is tried at the next one."""
    try:
        if election.is_ours:
            dones = await asyncio.to_thread(lambda: tick(_with_people_of_today(house)))
            for done in dones:
                say(done)
            if dones:
                await giving.give("deliver")
        house.pulse.beat("clock")  # who waits for the clock does what it is there for, too
    except LaterError as why:
        maillog.failed("tick", type(why).__name__)
    except Exception as why:  # noqa: BLE001 - handed on: the service ends with it
        if not broken.done():
            broken.set_exception(why)


async def _fetching(giving: Giving, broken: "asyncio.Future[None]", election: Election) -> None:
    """Ask the sources whose time has come. Each may take its twenty seconds, so it is no part of a tick."""
    try:
        if election.is_ours:
            await giving.give("feeds")
    except LaterError as why:
        maillog.failed("fetch", type(why).__name__)
    except Exception as why:  # noqa: BLE001 - handed on: the service ends with it
        if not broken.done():
            broken.set_exception(why)


async def _answering(house: House, broken: "asyncio.Future[None]", election: Election) -> None:
    """Mail what has been asked for on the pages: never while somebody waits for the answer, which says nothing."""
    try:
        if election.is_ours and not await asyncio.to_thread(lineage.held, house.db):
            await asyncio.to_thread(wanted.take, house)
    except (LaterError, AdminError, EditorError) as why:  # of a list or a template: the tick tells it to people
        maillog.failed("wanted", type(why).__name__)
    except Exception as why:  # noqa: BLE001 - handed on: the service ends with it
        if not broken.done():
            broken.set_exception(why)


def _with_people_of_today(house: House) -> House:
    """Who was taken out of the settings gets no more letters; while they cannot be read, all is as it was."""
    try:
        people = read_settings(house.home).people
    except AdminError as wrong:
        watch.tell_trouble(house, wrong)
        return house
    return replace(house, settings=house.settings.model_copy(update={"people": people}))
