"""The threads of the pages: how many answer at once, how many wait for one, how long one waits for the database.

Takes   what a page does for one request.
Gives   its Response.
Fails   Refused(503) when too many wait; with what the page fails with, LaterError when the database is held by others.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from starlette.responses import Response

from mailer.db import patience
from mailer.web import guard
from mailer.web.route import Page

# Threads for pages that show, and as many for those that act. Sending has others: a page that is slow keeps nothing
# waiting but pages, and one that waits for the database nobody who only reads.
AT_ONCE = 4
# Requests; the others are told to come back. A code cannot be guessed, so what a stranger can do is to keep us busy,
# and behind a web server all have one address: it is the work that is limited, not the ones who ask for it.
MOST_WAITING = 40
# One-click leaves: as long as the database takes them none is told to come back, for nobody may. They come by the
# hundred, from mail providers.
MOST_LEAVES_WAITING = 2000
# An import may hold SQLite's lock for a minute. Nobody looks at a page that long, and browsers and servers in front
# give up by themselves: then nobody would know whether it was saved.
PATIENCE_S = 8.0


class Threads:
    """Of one site. Close them when the server has stopped."""

    def __init__(self) -> None:
        self._pools = {method: ThreadPoolExecutor(AT_ONCE, f"page-{method}") for method in ("GET", "POST")}
        self._waiting = dict.fromkeys(self._pools, 0)

    async def answer(self, page: Page, work: Callable[[], Response]) -> Response:
        """What `work` gives, done in a thread. What it writes is begun within `PATIENCE_S`, or never."""

        def patiently() -> Response:
            with patience(PATIENCE_S):
                return work()

        if self._waiting[page.method] >= (MOST_LEAVES_WAITING if page.posted_by == "anyone" else MOST_WAITING):
            raise guard.Refused(503)
        self._waiting[page.method] += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pools[page.method], patiently)
        finally:
            self._waiting[page.method] -= 1

    def close(self) -> None:
        """Wait for what is under way."""
        for pool in self._pools.values():
            pool.shutdown()
