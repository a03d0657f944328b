"""A home whose pages are served by the real server, and a plain HTTP client that follows nothing by itself.

Takes   an opened house with `[web] address`.
Gives   a Served: what a client gets, and the hash of the whole database.
Fails   AssertionError when the server does not start.
"""

import asyncio
import hashlib
import http.client
import re
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode, urljoin, urlsplit

from sqlalchemy import select

from mailer.db import METADATA
from mailer.house import House
from mailer.outbox.store import mailings
from mailer.verbs import links
from mailer.web import server

FORM = "application/x-www-form-urlencoded"
OURS = {"Sec-Fetch-Site": "same-origin"}


@dataclass(frozen=True)
class Got:
    """An answer."""

    status: int
    headers: Mapping[str, str]
    raw: bytes

    @property
    def text(self) -> str:
        return self.raw.decode("utf-8")


def ask(port: int, method: str, path: str, body: bytes = b"", **headers: str) -> Got:
    """One request, on a line of its own."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body or None, named)
        answer = connection.getresponse()
        return Got(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def post(port: int, path: str, form: Mapping[str, str]) -> Got:
    """As our own page posts."""
    return ask(port, "POST", path, urlencode(form).encode(), Content_Type=FORM, **OURS)


def is_up(port: int) -> bool:
    """Whether the pages are there."""
    try:
        return ask(port, "GET", "/robots.txt").status == 200
    except OSError:
        return False


@dataclass(frozen=True)
class Served:
    """The server, from outside."""

    house: House
    port: int
    said: list[str]

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> Got:
        return ask(self.port, method, path, body, **headers)

    def get(self, path: str) -> Got:
        return self.ask("GET", path)

    def post(self, path: str, **fields: str) -> Got:
        """As our own page posts."""
        return post(self.port, path, fields)

    def follow(self, path: str, got: Got) -> tuple[str, Got]:
        """Where a 303 leads, and what is there."""
        assert got.status == 303, (got.status, got.text)
        there = urljoin(path, got.headers["location"])
        return there, self.get(there)

    def leads_to(self, path: str) -> set[str]:
        """The page, and all that it leads to, from link to link."""
        seen: set[str] = set()
        todo = [path]
        while todo:
            if (here := todo.pop()) not in seen:
                seen.add(here)
                text = self.get(here).raw.decode("utf-8", "replace")
                todo += [urljoin(here, link) for link in re.findall(r'(?:href|src|action)="([^"#:]+)"', text)]
        return seen

    def link(self, name: str = "v-aktuellt/2024-05", person: int = 0) -> str:
        """The path of this approver's link to the mailing as it is stored now."""
        row = self.house.db.read(lambda c: mailings.find(c, name))
        version = self.house.db.read(lambda c: mailings.hash_of(c, row))
        approver = self.house.settings.with_role("approver")[person]
        return urlsplit(links.answer(self.house, row.id, version, approver)).path

    def state(self, name: str = "v-aktuellt/2024-05") -> str:
        return str(self.house.db.read(lambda c: mailings.find(c, name)).state)

    def hash(self) -> str:
        """Of every row of every table."""

        def rows(connection):
            for table in METADATA.sorted_tables:
                yield repr((table.name, sorted(map(repr, connection.execute(select(table)).all()))))

        return self.house.db.read(lambda c: hashlib.sha256("".join(rows(c)).encode()).hexdigest())


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def serving(house: House) -> Iterator[Served]:
    """The house's pages, for as long as the block lasts."""
    said: list[str] = []
    ready, loops = threading.Event(), []

    def tell(words: str) -> None:
        said.append(words)
        ready.set()

    async def serve() -> None:
        stopped = asyncio.Event()
        loops.append((asyncio.get_running_loop(), stopped))
        await server.serve(house, stopped, tell)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(30)
        yield Served(house, house.settings.web.port, said)
    finally:
        loop, stopped = loops[0]
        loop.call_soon_threadsafe(stopped.set)
        thread.join(20)
        assert not thread.is_alive()
