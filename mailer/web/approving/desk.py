"""Behind the routes: from a code, and perhaps a form, to a page. Blocking; call it in a thread.

Takes   the opened house, the code of a link, what was typed.
Gives   Responses. A code that opens nothing, for whatever reason, gets the same page.
Fails   Refused; LaterError and AdminError, which the routes put into words.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row
from starlette.responses import RedirectResponse, Response

from mailer import maillog
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.outbox.store import archive, mailings
from mailer.render.archived import ArchivePage
from mailer.render.rendering import Rendering
from mailer.verbs.links import ANSWER
from mailer.verbs.send_back import LONGEST_REMARK
from mailer.web import guard
from mailer.web.approving import answers, view
from mailer.web.approving.visitor import Today, Visitor, code_of, mailing, visitor
from mailer.web.pages import Pages
from mailer.web.route import Ask, Page

NOTHING_TYPED: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Read:
    """A link that lives, and what is behind it now."""

    visitor: Visitor
    row: Row[Any]
    version: str  # the whole hash, as it is now

    @property
    def is_current(self) -> bool:
        """Whether the link is to what is stored."""
        return self.version.startswith(self.visitor.version)


class Desk:
    """Where approvers are answered."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._today = Today(house)
        self._pages = pages
        self._pace = guard.Pace()

    def routes(self) -> tuple[Page, ...]:
        """The page behind a signed link, and each edition beside it."""
        one = f"{ANSWER}{{code}}"
        return (
            Page("GET", one, lambda ask: self.show(ask.path["code"])),
            Page("POST", one, lambda ask: self.post(ask.path["code"], ask.form)),
            Page("GET", f"{one}/arkiv", self._archive),
            Page("GET", f"{one}/arkiv/file/{{name}}", self._archive_file),
            Page("GET", f"{one}/{{number}}", self._mail),
            Page("GET", f"{one}/{{number}}/text", self._text),
            Page("GET", f"{one}/{{number}}/file/{{name}}", self._file),
        )

    def show(
        self, code: str, status: int = 200, wrong: tuple[Problem, ...] = (), typed: Mapping[str, str] = NOTHING_TYPED
    ) -> Response:
        """The page. `wrong`: what came of a form that was sent, with what was `typed` in it."""
        house = self._today.house()
        if (read := self._read(house, code)) is None:
            return self._pages.message(404)
        if not read.is_current:
            return self._anew(house, read)
        shown = house.db.read(lambda c: view.view(house, c, mailings.read(c, read.row.id), read.visitor))
        asked = shown.state in view.MAY_WAIT
        needs = answers.needs(house, read.visitor, read.row) if asked else answers.Needs()
        return self._pages.answer(
            status, code=code, view=shown, needs=needs, late=answers.late(house, read.row), wrong=wrong, typed=typed,
            longest=LONGEST_REMARK, may_approve=asked and not needs.stopped,
        )  # fmt: skip

    def post(self, code: str, form: Mapping[str, str]) -> Response:
        """What the button does, and the way to the page that shows what it did."""
        house, button = self._today.house(), form.get("button", "")
        if (read := self._read(house, code)) is None:
            return self._pages.message(404)
        self._pace.take(code, time.monotonic())
        if button not in answers.BUTTONS:
            return self._pages.message(400)
        if not read.is_current:
            return self._anew(house, read, button)
        try:
            answers.BUTTONS[button](house, read.visitor, read.row, form)
        except EditorError as why:
            return self._not_done(house, code, read, form, why)
        return self._go_on(house, read, button)

    def edition(self, code: str, number: str, up: str, answer: Callable[[Read, Rendering], Response]) -> Response:
        """What `answer` makes of an edition. `number`: from 1. `up`: the way from this address to the codes."""
        house = self._today.house()
        if (read := self._read(house, code)) is None:
            return self._pages.message(404)
        if not read.is_current:
            return self._anew(house, read, up=up)
        found = house.db.read(lambda c: view.as_read(house, c, read.row.id))
        rendering = {str(n): r for n, r in enumerate(found, 1)}.get(number)
        return answer(read, rendering) if rendering is not None else self._pages.message(404)

    def _mail(self, ask: Ask) -> Response:
        code, number = ask.path["code"], ask.path["number"]
        return self.edition(
            code, number, "../", lambda read, r: self._pages.mail(r, number, read.row.title, f"../{code}")
        )

    def _text(self, ask: Ask) -> Response:
        code, number = ask.path["code"], ask.path["number"]
        return self.edition(
            code, number, "../../", lambda read, r: self._pages.text(r, read.row.title, f"../../{code}")
        )

    def _file(self, ask: Ask) -> Response:
        name = ask.path["name"]
        return self.edition(ask.path["code"], ask.path["number"], "../../../", lambda _, r: self._pages.file(r, name))

    def _archive(self, ask: Ask) -> Response:
        """How it will stand in the archive."""
        return self._archived(ask, "../", lambda page: self._pages.proof(page, f"../{ask.path['code']}"))

    def _archive_file(self, ask: Ask) -> Response:
        return self._archived(ask, "../../../", lambda page: self._pages.picture(page.parts, ask.path["name"]))

    def _archived(self, ask: Ask, up: str, answer: Callable[[ArchivePage], Response]) -> Response:
        house = self._today.house()
        if (read := self._read(house, ask.path["code"])) is None:
            return self._pages.message(404)
        if not read.is_current:
            return self._anew(house, read, up=up)
        page = house.db.read(lambda c: archive.read_page(c, read.row.id))
        return answer(page) if page is not None and page.html else self._pages.message(404)

    def _go_on(self, house: House, read: Read, button: str) -> Response:
        """To the page as it is now: what was done stands there, and reading it again does nothing."""
        now = house.db.read(lambda c: mailings.hash_of(c, mailings.read(c, read.row.id)))
        maillog.answered(read.row.id, button, 303)
        return RedirectResponse(code_of(house, read.visitor, now), 303, headers=self._pages.headers())

    def _not_done(self, house: House, code: str, read: Read, form: Mapping[str, str], why: EditorError) -> Response:
        """It is so already: pressed twice, or another was faster. Else what is wrong."""
        button = form["button"]
        if house.db.read(lambda c: answers.is_done(c, mailings.read(c, read.row.id), button, read.visitor, form)):
            return self._go_on(house, read, button)
        status = 422 if isinstance(why, answers.Missing) else 409
        maillog.answered(read.row.id, button, status)
        return self.show(code, status, why.problems, form)

    def _anew(self, house: House, read: Read, button: str = "", up: str = "") -> Response:
        """The link is to an earlier version; this person may read the one that is stored now."""
        if button == "late":  # pressed twice: the first has made it anew
            return self._go_on(house, read, button)
        lost = "Svaret är inte sparat. " if button else ""
        return self._pages.message(
            409 if button else 200,
            link=up + code_of(house, read.visitor, read.version),
            heading=f"{read.row.title} har gjorts om",
            words=f"{lost}Länken går till en tidigare version. Läs den nya, och svara på den.",
        )

    def _read(self, house: House, code: str) -> Read | None:
        if (who := visitor(house, code)) is None:
            return None
        now = house.clock.now()
        row = house.db.read(lambda c: mailing(c, who, now))
        return None if row is None else Read(who, row, house.db.read(lambda c: mailings.hash_of(c, row)))
