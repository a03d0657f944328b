"""`mailer worker`: a sender, and a pair of hands for the background work, on any machine that reaches the database.

Takes   the opened house of a worker, its lock held.
Gives   nothing; ends with what is under way finished or put back, within ten seconds.
Fails   AdminError when the home may not send to others, or a secret is missing here. A database that is away is waited
        for.
"""

import asyncio
import signal
import socket
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import uvloop
from sqlalchemy import Connection

from mailer import lineage, maillog, presence
from mailer.errors import LaterError
from mailer.house import House
from mailer.outbox.store import leases
from mailer.workers.sending import Sending, either_or

if TYPE_CHECKING:
    from mailer.workers.jobs import Jobs

RECOVER_S = 60.0  # the lease of a runner
AGAIN_S = 5.0


@dataclass(frozen=True, slots=True)
class Membership:
    """One process among those that work for the home."""

    house: House
    kind: Literal["run", "worker"]
    name: str

    @property
    def one(self) -> presence.Worker:
        """As the others see it, from now."""
        key = presence.key_of(self.house.instance)
        return presence.Worker(key, self.kind, self.name[:64], socket.gethostname()[:200], self.house.clock.now())

    async def keep(self, stopped: asyncio.Event) -> None:
        """Be on the list until stopped, and take back what runners anywhere have left behind."""
        me, db = self.one, self.house.db
        last = -RECOVER_S
        while not stopped.is_set():
            try:
                await asyncio.wrap_future(db.submit(lambda c: presence.renew(c, db, me)))
                if (now := asyncio.get_running_loop().time()) - last >= RECOVER_S:
                    last = now
                    await asyncio.wrap_future(db.submit(self._recover))
            except LaterError as why:
                maillog.failed("presence", type(why).__name__)
            await either_or(stopped, presence.RENEW_S)
        try:
            await asyncio.wrap_future(db.submit(lambda c: presence.leave(c, me.instance)))
        except LaterError:  # the lease ends by itself
            return

    def _recover(self, connection: Connection) -> None:
        found = leases.recover(connection, self.house.db, self.house.clock.now())
        if found.released or found.in_doubt:
            maillog.recovered(found.released, found.in_doubt)


def with_connections(house: House, connections: int) -> House:
    """The house with so many connections to each relay from this process; 0: as the settings say."""
    if not connections:
        return house
    settings = house.settings
    relays = tuple(relay.model_copy(update={"connections": connections}) for relay in settings.all_relays)
    return replace(house, settings=settings.model_copy(update={"relay": relays[0], "relays": relays[1:]}))


def run(house: House, name: str, say: Callable[[str], None]) -> None:
    """Work until SIGTERM or Ctrl-C."""
    house.may_reach_others()
    if why := lineage.held(house.db):
        say(f"Hemmet väntar: {why}. Inget skickas förrän en människa har bekräftat: mailer adopt")
    say(f"Arbetaren {name} hjälper till att skicka. Stoppa med Ctrl-C.")
    uvloop.run(_serve(house, name))


async def _serve(house: House, name: str) -> None:
    from mailer.workers.jobs import Jobs

    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    sending = Sending(house, stopped)
    jobs = Jobs(house, sending.wake)
    await together(
        stopped,
        sending.work(),
        Membership(house, "worker", name).keep(stopped),
        working(jobs, stopped, lambda: ("anywhere",), name),
    )


async def together(stopped: asyncio.Event, *parts: Coroutine[Any, Any, None]) -> None:
    """Until all have ended. When one ends, or breaks, the others are told; what broke is raised."""
    tasks = [asyncio.create_task(part) for part in parts]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    stopped.set()
    await asyncio.wait(tasks)
    for task in tasks:
        await task


async def working(jobs: "Jobs", stopped: asyncio.Event, queues: Callable[[], tuple[str, ...]], name: str) -> None:
    """Take jobs, also after a database that was away."""
    while not stopped.is_set():
        try:
            async with jobs:
                await jobs.work(stopped, queues, name)
        except LaterError as why:
            maillog.failed("jobs", type(why).__name__)
            await either_or(stopped, AGAIN_S)


def name_of(house: House) -> str:
    """The worker's name, as its lock has it."""
    return house.runner_lock.path.stem.removeprefix("worker-")
