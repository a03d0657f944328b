"""The front page: what this is, the ways on, who is responsible. And what robots may read.

Takes   the opened house, and the pages' looks.
Gives   Responses; nothing in them is about anyone who reads.
Fails   LaterError and AdminError, which the routes put into words.
"""

from urllib.parse import urlsplit

from starlette.responses import Response

from mailer.errors import EditorError
from mailer.house import House
from mailer.languages import Language
from mailer.register.lists import read_lists
from mailer.web.pages import Pages
from mailer.web.public.files import public_file
from mailer.web.route import Ask, Page

ENGLISH = "/en"  # as web.app has it
FOR_ROBOTS = ("/arkiv", "/kalender")


class Front:
    """Where somebody comes who has only the address."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._house = house
        self._pages = pages

    def routes(self) -> tuple[Page, ...]:
        """The page in both languages, and robots.txt."""
        return (
            Page("GET", "/", lambda ask: self._front(ask.language), in_english=True),
            Page("GET", ENGLISH, lambda ask: self._front("en")),
            Page("GET", "/robots.txt", self._robots),
        )

    def _front(self, language: Language) -> Response:
        settings = self._house.settings
        return self._pages.member(
            "front", language, "/", series=settings.series, responsible=settings.responsible,
            is_joinable=self._is_joinable(),
        )  # fmt: skip

    def _is_joinable(self) -> bool:
        """Whether somebody who is no member can sign up for anything."""
        try:
            return any(getattr(found, "joinable", False) for found in read_lists(self._house.lists).values())
        except EditorError:  # a mistake in a list is its editor's to mend: the page goes on without the way there
            return False

    def _robots(self, ask: Ask) -> Response:
        """The archive and the calendar; the rest is nobody's to find (RFC 9309)."""
        prefix = urlsplit(self._house.settings.web.address).path
        allowed = [f"{prefix}{english}{path}" for english in ("", ENGLISH) for path in FOR_ROBOTS]
        lines = ["User-agent: *", *(f"Allow: {path}" for path in allowed), f"Disallow: {prefix}/"]
        return public_file(
            self._house.settings.web.address, ask, "\n".join([*lines, ""]).encode(), "text/plain; charset=utf-8"
        )
