"""The routes: GET shows, POST answers, everything else is nothing.

Takes   the opened house.
Gives   an ASGI application. What touches the database or the disk runs in threads of its own, never on the event loop.
Fails   never: every error becomes a page and a line in the log, without the code.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mailer import maillog
from mailer.content.text import replace_forbidden
from mailer.errors import AdminError, EditorError, LaterError
from mailer.house import House
from mailer.languages import Language, say
from mailer.render.templates import open_templates
from mailer.web import guard
from mailer.web.line import LONGEST_HEAD
from mailer.web.pages import Pages
from mailer.web.route import Ask, Page, session_name
from mailer.web.table import all_pages
from mailer.web.threads import Threads

ENGLISH = "/en"
ROUTE = "mailer.route"  # where a request keeps the pattern of its page
CARRIES = "mailer.carries"  # and whether its form carries anonymous answers
TYPED = "mailer.typed"  # the fields of a form of ours that is shown again when they could not be saved
USUAL = (200, 303, 422)  # statuses: no line of the log where the page carries
AGAIN = (408, 429, 500, 503)  # the form has not been read, or not been kept: sent once more it is whole


class Site:
    """The pages of one home. Close it when the server has stopped."""

    def __init__(self, house: House) -> None:
        self._address = house.settings.web.address
        self._prefix = urlsplit(self._address).path
        self._pages = Pages(house, open_templates(house.home))
        self._threads = Threads()
        site = Starlette(
            routes=self._routes(all_pages(house, self._pages), self._prefix),
            exception_handlers={
                HTTPException: self._wrong, guard.Refused: self._wrong, ClientDisconnect: self._gone,
                LaterError: self._later, EditorError: self._closed, AdminError: self._broken, Exception: self._broken,
            },
        )  # fmt: skip
        site.router.redirect_slashes = False  # it would make an address of the Host header
        self._starlette = site
        self.app = _told(self._bounded(site))

    def close(self) -> None:
        """Wait for what is under way."""
        self._threads.close()

    def _routes(self, pages: tuple[Page, ...], prefix: str) -> list[Route]:
        """Below the path of [web] address too: some servers in front take it away, others leave it."""
        routes = []
        for base in dict.fromkeys(("", prefix)):
            for page in pages:
                routes.append(Route(base + page.path, self._endpoint(page, "sv"), methods=[page.method]))
                if page.in_english:
                    english = self._endpoint(page, "en")
                    routes.append(Route(base + ENGLISH + page.path, english, methods=[page.method]))
        return routes

    def _endpoint(self, page: Page, language: Language) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            request.scope[ROUTE], request.scope[CARRIES] = page.path, page.carries
            form: Mapping[str, str] = {}
            if page.method == "POST":
                if page.posted_by == "us" and not guard.is_ours(request.headers, self._address):
                    raise guard.Refused(403)
                form = await guard.read_form(request.headers, request.stream(), page.carries)
                if page.posted_by == "us" and not page.carries:
                    request.scope[TYPED] = form
            ask = Ask(
                path=request.path_params,
                query={key: replace_forbidden(value) for key, value in request.query_params.items()},
                form=form,
                language=language,
                session=request.cookies.get(session_name(self._address), ""),
                network=guard.network_of(request.headers, request.client.host if request.client else ""),
                since=request.headers.get("if-none-match", ""),
            )
            return await self._threads.answer(page, lambda: page.answer(ask))

        return answer

    async def _wrong(self, request: Request, why: Exception) -> Response:
        status = why.status if isinstance(why, guard.Refused) else getattr(why, "status_code", 500)
        return self._said(request, status)

    def _said(self, request: Request, status: int) -> Response:
        """The words of the status. Whoever goes back from here loses what only her form carries: she is told."""
        language, words = self._language(request), ""
        if request.method == "POST" and request.scope.get(CARRIES) and status in AGAIN:
            words = say(language, "Det du skickade är inte sparat än. Vänta en stund och ladda om sidan, så skickas "
                        "det en gång till. Gå inte tillbaka: då försvinner det du har skrivit.")  # fmt: skip
        if status == 503 and (typed := request.scope.get(TYPED)) is not None:
            return self._pages.again(typed, language)
        return self._pages.message(status, words=words, language=language)

    async def _gone(self, request: Request, why: Exception) -> Response:
        """The client went away in the middle of what it sent: nothing of it was read, and nobody hears this."""
        return self._pages.message(400)

    async def _later(self, request: Request, why: Exception) -> Response:
        maillog.failed("page", type(why).__name__)
        return self._said(request, 503)

    async def _closed(self, request: Request, why: Exception) -> Response:
        """What people write is wrong somewhere, a list's file say: its editor is told of it by the clock."""
        maillog.failed("page", type(why).__name__)
        language = self._language(request)
        heading = say(language, "Sidan går inte att visa just nu")
        words = say(language, "En människa hos oss behöver rätta något först. Försök igen senare. Inget är förlorat.")
        return self._pages.message(503, heading=heading, words=words, language=language)

    async def _broken(self, request: Request, why: Exception) -> Response:
        maillog.failed("page", type(why).__name__)
        return self._said(request, 500)

    def _bounded(self, site: ASGIApp) -> ASGIApp:
        """What asks with too much goes no further: h11 lets a long head pass when it comes in one piece."""

        async def bounded(scope: Scope, receive: Receive, send: Send) -> None:
            asked = len(scope["raw_path"]) + len(scope["query_string"])
            if asked + sum(len(name) + len(value) + 4 for name, value in scope["headers"]) <= LONGEST_HEAD:
                await site(scope, receive, send)
                return
            refused = self._pages.message(431)
            refused.headers["Connection"] = "close"
            await refused(scope, receive, send)

        return bounded

    def _language(self, request: Request) -> Language:
        """Of a page that was not found or not answered: its address says."""
        path = str(request.scope["path"]).removeprefix(self._prefix)
        return "en" if path == ENGLISH or path.startswith(f"{ENGLISH}/") else "sv"


def _told(site: ASGIApp) -> ASGIApp:
    """Each answer is one line of the log: which route, which status, how long it took. But not where a survey is
    answered, as long as all is as it should be."""

    async def told(scope: Scope, receive: Receive, send: Send) -> None:
        began, statuses = time.perf_counter(), [500]

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
            await send(message)

        try:
            await site(scope, receive, sent)
        finally:
            if not (scope.get(CARRIES) and statuses[-1] in USUAL):
                maillog.asked(scope.get(ROUTE, "-"), statuses[-1], (time.perf_counter() - began) * 1000)

    return told
