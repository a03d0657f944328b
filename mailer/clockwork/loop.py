"""`mailer run`: the clock, the runner and the pages in one process, until told to stop.

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

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from mailer import lineage, maillog
from mailer.clockwork.mail import reading
from mailer.clockwork.tick import tick
from mailer.deliver.runner import Runner
from mailer.errors import AdminError, EditorError, LaterError, Problem
from mailer.house import House
from mailer.outbox.store.leases import LostLease
from mailer.settings_file import read_settings
from mailer.verbs import fetch, send, wanted, watch

logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # a tick that is late or fails is told by us

TICK_S = 20.0
FASTEST_TICK_S = 0.1  # real seconds, under a simulated clock
WANTED_S = 3.0  # between two looks at what has been typed on the pages
FETCH_S = 300.0  # between two looks at which sources to ask
AGAIN_S = 5.0  # before the runner is started anew when the database was away


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
        asyncio.run(_serve(house, say))
    finally:
        house.runner_lock.free()


async def _serve(house: House, say: Callable[[str], None]) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    broken: asyncio.Future[None] = loop.create_future()
    ticker = AsyncIOScheduler(timezone="UTC")
    interval = max(TICK_S / max(house.clock.speed, 1), FASTEST_TICK_S) if house.clock.is_simulated else TICK_S
    ticker.add_job(
        _ticking,
        "interval",
        (house, say, broken),
        seconds=interval,
        max_instances=1,
        coalesce=True,
        misfire_grace_time=None,
    )
    ticker.add_job(_fetching, "interval", (house, broken), seconds=FETCH_S, max_instances=1, coalesce=True,
                   misfire_grace_time=None, next_run_time=datetime.now(UTC))  # fmt: skip
    if house.settings.web.address:
        ticker.add_job(_answering, "interval", (house, broken), seconds=WANTED_S, max_instances=1, coalesce=True,
                       misfire_grace_time=None)  # fmt: skip
    if why := lineage.held(house.db):
        say(f"Hemmet väntar: {why}. Inget skickas förrän en människa har bekräftat: mailer adopt")
    pages = asyncio.create_task(_pages(house, stopped, say))  # first: a tick mails the links to them
    await _ticking(house, say, broken)
    ticker.start()
    runner = asyncio.create_task(_sending(house, stopped))
    mail = asyncio.create_task(reading(house, stopped))
    try:
        await asyncio.wait([broken, runner, pages, mail], return_when=asyncio.FIRST_COMPLETED)
        stopped.set()
        await asyncio.wait([runner, pages, mail])
        await runner
        await pages
        await mail
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


async def _ticking(house: House, say: Callable[[str], None], broken: "asyncio.Future[None]") -> None:
    """A tick in a thread: it reads folders and writes. What waiting mends is tried at the next one."""
    try:
        for done in await asyncio.to_thread(lambda: tick(_with_people_of_today(house))):
            say(done)
        house.pulse.beat("clock")
    except LaterError as why:
        maillog.failed("tick", type(why).__name__)
    except Exception as why:  # noqa: BLE001 - handed on: the service ends with it
        if not broken.done():
            broken.set_exception(why)


async def _fetching(house: House, broken: "asyncio.Future[None]") -> None:
    """Ask the sources whose time has come. Each may take its twenty seconds, so it is no part of a tick."""
    try:
        await asyncio.to_thread(_fetch_due, house)
    except LaterError as why:
        maillog.failed("fetch", type(why).__name__)
    except Exception as why:  # noqa: BLE001 - handed on: the service ends with it
        if not broken.done():
            broken.set_exception(why)


async def _answering(house: House, broken: "asyncio.Future[None]") -> None:
    """Mail what has been asked for on the pages: never while somebody waits for the answer, which says nothing."""
    try:
        if not await asyncio.to_thread(lineage.held, house.db):
            await asyncio.to_thread(wanted.take, house)
    except (LaterError, AdminError, EditorError) as why:  # of a list or a template: the tick tells it to people
        maillog.failed("wanted", type(why).__name__)
    except Exception as why:  # noqa: BLE001 - handed on: the service ends with it
        if not broken.done():
            broken.set_exception(why)


def _fetch_due(house: House) -> None:
    if lineage.held(house.db):
        return
    if due := fetch.due_feeds(house):
        fetch.fetch_all(house, due)
    fetch.tell(house)


def _with_people_of_today(house: House) -> House:
    """Who was taken out of the settings gets no more letters; while they cannot be read, all is as it was."""
    try:
        people = read_settings(house.home).people
    except AdminError as wrong:
        watch.tell_trouble(house, wrong)
        return house
    return replace(house, settings=house.settings.model_copy(update={"people": people}))


async def _sending(house: House, stopped: asyncio.Event) -> None:
    """A runner, and another one when the database was away for a while."""
    while not stopped.is_set():
        runner = send.runner_of(house)
        stopping = asyncio.create_task(_stop(runner, stopped))
        try:
            if await asyncio.to_thread(lineage.held, house.db):
                await _either_or(stopped, AGAIN_S)
            else:
                await runner.run()
        except (LaterError, LostLease) as why:
            maillog.failed("runner", type(why).__name__)
            await _either_or(stopped, AGAIN_S)
        finally:
            stopping.cancel()


async def _stop(runner: Runner, stopped: asyncio.Event) -> None:
    await stopped.wait()
    runner.stop()


async def _either_or(stopped: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stopped.wait(), seconds)
    except TimeoutError:
        return
