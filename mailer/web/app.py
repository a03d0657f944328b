"""The routes: GET shows, POST answers, everything else is nothing.

Takes   the opened house.
Gives   an ASGI application. What touches the database or the disk runs in threads of its own, never on the event loop.
Fails   never: every error becomes a page and a line in the log, without the code.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailer import maillog
from mailer.errors import AdminError, LaterError
from mailer.house import House
from mailer.render.templates import open_templates
from mailer.verbs.links import ANSWER
from mailer.web import guard
from mailer.web.desk import Desk
from mailer.web.pages import Pages

# Threads for pages. Sending has others: a page that is slow keeps nothing waiting but pages.
AT_ONCE = 4
# Requests; the others are told to come back. A code cannot be guessed, so what a stranger can do is to keep us busy,
# and behind a web server all have one address: it is the work that is limited, not the ones who ask for it.
MOST_WAITING = 40


class Site:
    """The pages of one home. Close it when the server has stopped."""

    def __init__(self, house: House) -> None:
        self._address = house.settings.web.address
        self._pages = Pages(house, open_templates(house.home))
        self._desk = Desk(house, self._pages)
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="page")
        self._waiting = 0
        self.app = Starlette(
            routes=self._routes(urlsplit(self._address).path),
            exception_handlers={
                HTTPException: self._wrong, guard.Refused: self._wrong, LaterError: self._later,
                AdminError: self._broken, Exception: self._broken,
            },
        )  # fmt: skip
        self.app.router.redirect_slashes = False  # it would make an address of the Host header

    def close(self) -> None:
        """Wait for what is under way."""
        self._pool.shutdown()

    def _routes(self, prefix: str) -> list[Route]:
        """Below the path of [web] address too: some servers in front take it away, others leave it."""
        one = f"{ANSWER}{{code}}"
        table = (
            ("GET", one, self._show),
            ("POST", one, self._post),
            ("GET", f"{one}/{{number}}", self._mail),
            ("GET", f"{one}/{{number}}/text", self._text),
            ("GET", f"{one}/{{number}}/file/{{name}}", self._file),
        )
        bases = dict.fromkeys(("", prefix))
        return [Route(base + path, answer, methods=[method]) for base in bases for method, path, answer in table]

    async def _show(self, request: Request) -> Response:
        code = request.path_params["code"]
        return await self._in_thread(lambda: self._desk.show(code))

    async def _post(self, request: Request) -> Response:
        if not guard.is_ours(request.headers, self._address):
            raise guard.Refused(403)
        form = await guard.read_form(request.headers, request.stream())
        code = request.path_params["code"]
        return await self._in_thread(lambda: self._desk.post(code, form))

    async def _mail(self, request: Request) -> Response:
        code, number = request.path_params["code"], request.path_params["number"]
        return await self._in_thread(
            lambda: self._desk.edition(
                code, number, "../", lambda read, r: self._pages.mail(r, number, read.row.title, f"../{code}")
            )
        )

    async def _text(self, request: Request) -> Response:
        code, number = request.path_params["code"], request.path_params["number"]
        return await self._in_thread(
            lambda: self._desk.edition(
                code, number, "../../", lambda read, r: self._pages.text(r, read.row.title, f"../../{code}")
            )
        )

    async def _file(self, request: Request) -> Response:
        code, number, name = (request.path_params[key] for key in ("code", "number", "name"))
        return await self._in_thread(
            lambda: self._desk.edition(code, number, "../../../", lambda _, r: self._pages.file(r, name))
        )

    async def _in_thread(self, answer: Callable[[], Response]) -> Response:
        if self._waiting >= MOST_WAITING:
            raise guard.Refused(503)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, answer)
        finally:
            self._waiting -= 1

    async def _wrong(self, request: Request, why: Exception) -> Response:
        return self._pages.message(why.status if isinstance(why, guard.Refused) else getattr(why, "status_code", 500))

    async def _later(self, request: Request, why: Exception) -> Response:
        maillog.failed("page", type(why).__name__)
        return self._pages.message(503)

    async def _broken(self, request: Request, why: Exception) -> Response:
        maillog.failed("page", type(why).__name__)
        return self._pages.message(500)
