"""The web server inside the service: it starts and stops with the clock and the runner, in their event loop.

Takes   the opened house, an event that says when to stop, how to tell the person at the terminal.
Gives   nothing; ends within seconds after it is told to, with the answers under way given.
Fails   with what the server itself breaks on. A port that is taken is told, and tried again: mail goes out meanwhile.
"""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Iterator

import uvicorn

from mailer import maillog
from mailer.errors import AdminError, LaterError, Problem
from mailer.house import House
from mailer.verbs import watch
from mailer.web.app import Site
from mailer.web.line import LONGEST_HEAD, Line

# Its lines hold addresses, and so codes; what is worth a line is told by us.
logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL + 1)

AGAIN_S = 30.0  # until a port that was taken is tried again
LAST_WORDS_S = 3  # for answers under way when the service stops
IDLE_S = 10  # until a connection that asks nothing more is closed


class Server(uvicorn.Server):
    """Without signal handlers: the service has its own, and stops us."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(house: House, stopped: asyncio.Event, say: Callable[[str], None]) -> None:
    """Serve the pages until stopped."""
    while not stopped.is_set():
        try:
            listening = listen(house)
        except AdminError as wrong:
            say(str(wrong))
            maillog.failed("web", type(wrong).__name__)
            await asyncio.to_thread(_tell, house, wrong)
            await _until(stopped, AGAIN_S)
            continue
        say(f"Sidan där godkännaren svarar finns på {house.settings.web.address}.")
        await _serve_on(listening, house, stopped)


def listen(house: House) -> socket.socket:
    """The open port. AdminError when it cannot be had."""
    web = house.settings.web
    try:
        family = socket.AF_INET6 if ":" in web.host else socket.AF_INET
        return socket.create_server((web.host, web.port), family=family)
    except OSError as why:
        what = f"[web] port {web.port} på {web.host} går inte att lyssna på ({why.strerror or why})."
        remedy = "Välj en annan port under [web], eller stoppa det som använder den. Utskicken går ändå."
        raise AdminError(Problem("settings.toml", f"{what} Sidan där godkännaren svarar är stängd.", remedy)) from why


def _tell(house: House, wrong: AdminError) -> None:
    """The administrators, once a day. Untold while the database is away, and tried again with the port."""
    try:
        watch.tell_trouble(house, wrong)
    except LaterError as why:
        maillog.failed("web", type(why).__name__)


async def _serve_on(listening: socket.socket, house: House, stopped: asyncio.Event) -> None:
    site = Site(house)
    server = Server(
        uvicorn.Config(
            site.app, http=Line, h11_max_incomplete_event_size=LONGEST_HEAD, ws="none", lifespan="off",
            interface="asgi3", access_log=False, log_config=None, proxy_headers=False, server_header=False,
            timeout_keep_alive=IDLE_S, timeout_graceful_shutdown=LAST_WORDS_S,
        )
    )  # fmt: skip
    stopping = asyncio.create_task(_stop(server, stopped))
    try:
        await server.serve(sockets=[listening])
    finally:
        stopping.cancel()
        listening.close()
        await asyncio.to_thread(site.close)


async def _stop(server: Server, stopped: asyncio.Event) -> None:
    await stopped.wait()
    server.should_exit = True


async def _until(stopped: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stopped.wait(), seconds)
