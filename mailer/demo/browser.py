"""A browser without scripts, for the invented members: it opens a page, types, presses, and goes where that leads.

Takes   the home's pages as an ASGI application, in this process; the address that links in mails begin with.
Gives   a Visit: the page before her, and what her presses lead to.
Fails   BrokenPromise when a page is not there, has no such button, or answers with an error.

It posts what the page's own form holds, as a browser does, so a form that cannot be filled in stops the demonstration.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import Any
from urllib.parse import unquote, urlencode, urljoin, urlsplit

from lxml import html

from mailer.errors import BrokenPromise

FORM = b"application/x-www-form-urlencoded"
ASGIApp = Callable[[Any, Any, Any], Awaitable[None]]
SEE_OTHER = 303
MOST_TURNS = 20  # pages on the way to a receipt; the longest form has eight


class Browser:
    """The line to the pages. Close it, or use it as a context."""

    def __init__(self, app: ASGIApp, address: str) -> None:
        self.address = address
        self._app = app
        self._loop = asyncio.Runner()

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, kind: type[BaseException] | None, why: BaseException | None, at: TracebackType | None) -> None:
        self._loop.close()

    def ask(self, method: str, link: str, form: Mapping[str, str] | None = None) -> tuple[int, str, str]:
        """(status, where a 303 leads, the page)."""
        parts = urlsplit(link)
        body = urlencode(form or {}).encode()
        head = [(b"host", parts.netloc.encode())]
        head += [(b"content-type", FORM), (b"sec-fetch-site", b"same-origin")] if method == "POST" else []
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": parts.scheme,
            "path": unquote(parts.path), "raw_path": parts.path.encode(), "query_string": parts.query.encode(),
            "root_path": "", "headers": head, "client": ("127.0.0.1", 0), "server": (parts.hostname, parts.port),
        }  # fmt: skip
        return self._loop.run(_exchange(self._app, scope, body))


async def _exchange(app: ASGIApp, scope: dict[str, Any], body: bytes) -> tuple[int, str, str]:
    came: list[bytes] = []
    status, leads = 0, ""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status, leads
        if message["type"] == "http.response.start":
            status = message["status"]
            leads = dict(message["headers"]).get(b"location", b"").decode()
        else:
            came.append(message.get("body", b""))

    await app(scope, receive, send)
    return status, leads, b"".join(came).decode()


class Visit:
    """One person before a page. `typed` is asked at each press what she fills in on the page she sees."""

    def __init__(self, browser: Browser, link: str) -> None:
        self._browser = browser
        self.link = link
        self.text = ""
        self.open(link)

    def open(self, link: str) -> "Visit":
        """GET, and on to where it leads."""
        return self._came(urljoin(self.link, link), *self._browser.ask("GET", urljoin(self.link, link)))

    def press(self, button: str, typed: Mapping[str, str] | None = None) -> "Visit":
        """POST the form that has the button, with what she has typed in it; ”” empties a field."""
        form, pressed = self._form(button)
        held = {name: _plain(value) for name, value in form.form_values() if isinstance(value, str)}
        sent = {name: value for name, value in (held | dict(typed or {})).items() if value}
        if pressed is not None:
            sent |= {str(pressed.get("name")): button}
        there = urljoin(self.link, str((pressed.get("formaction") if pressed is not None else "") or form.action or ""))
        return self._came(there, *self._browser.ask("POST", there, sent))

    @property
    def page(self) -> str:
        """Which sort of page it is; not whose."""
        return _path(self.link)

    def begin(self) -> "Visit":
        """Follow the page's large link: ”Börja”, ”Fortsätt”."""
        found = self._page().xpath('//a[contains(concat(" ", @class, " "), " big ")]/@href')
        if not found:
            raise BrokenPromise(f"sidan har ingen väg vidare: {_path(self.link)}")
        return self.open(str(found[0]))

    @property
    def fields(self) -> dict[str, list[str]]:
        """The fields of the page's forms that somebody fills in, and the values each may have (none: free words)."""
        found: dict[str, list[str]] = {}
        for one in self._page().xpath('//input[not(@type="hidden")] | //textarea | //select'):
            values = [one.get("value", "")] if one.get("type") in ("radio", "checkbox") else []
            values += [str(option.get("value", "")) for option in one.xpath("./option") if option.get("value")]
            found.setdefault(str(one.get("name")), []).extend(values)
        return found

    @property
    def buttons(self) -> list[str]:
        """What may be pressed."""
        return [str(value) for value in self._page().xpath("//button/@value")]

    def hidden(self, name: str) -> str:
        """What the page's own form holds of that name; ””: nothing."""
        found = self._page().xpath(f'//input[@type="hidden"][@name="{name}"]/@value')
        return str(found[0]) if found else ""

    def _page(self) -> Any:
        return html.document_fromstring(self.text)

    def _form(self, button: str) -> tuple[Any, Any]:
        for form in self._page().forms:
            there = form.xpath(f'.//button[@value="{button}"]') if button else form.xpath(".//button[not(@value)]")
            if there:
                return form, there[0] if button else None
        raise BrokenPromise(f"sidan har ingen knapp ”{button}”: {_path(self.link)}")

    def _came(self, link: str, status: int, leads: str, text: str) -> "Visit":
        if status == SEE_OTHER:
            return self.open(urljoin(link, leads))
        self.link, self.text = link, text
        if status >= 400:
            raise BrokenPromise(f"sidan svarade {status}: {_path(link)}")
        return self


def fill_in(visit: Visit, fill: Callable[[Mapping[str, list[str]]], dict[str, str]], last: str = "submit") -> Visit:
    """Go from page to page, filling in what is asked, until `last` has been pressed."""
    for _ in range(MOST_TURNS):
        buttons = visit.buttons
        if last in buttons:
            return visit.press(last)
        visit.press("next", fill(visit.fields))
    raise BrokenPromise(f"formuläret tog aldrig slut: {_path(visit.link)}")


def _plain(value: str) -> str:
    # lxml takes value="" of a button or box for none, and keeps a textarea's first line break, which a browser drops
    # (HTML section 13.2.6.4.7).
    return "" if value == "on" else value.removeprefix("\n")


def _path(link: str) -> str:
    """The page without its word: that is somebody's."""
    return "/".join(urlsplit(link).path.split("/")[:2])
