"""The page behind the link in a mailing: stop it, rest from it, choose. And the one-click leave of mail programs.

Takes   the opened house, and the pages' looks.
Gives   Responses. A GET shows, a POST acts, once, and leads to a receipt that shows what stands now.
Fails   Refused when codes that are not ours are tried too often; LaterError and AdminError, which the routes put
        into words.

Whoever was given the mail has the link: what it shows is no more than the mail says (`verbs.wishes`).
"""

import time
from collections.abc import Callable, Mapping
from datetime import timedelta

from starlette.responses import PlainTextResponse, Response

from mailer.deliver.message import LEAVE, ONE_CLICK
from mailer.errors import EditorError
from mailer.house import House
from mailer.languages import days, say
from mailer.outbox.store.holder import Holder
from mailer.register.tables import ALL_LISTS
from mailer.verbs import wishes
from mailer.verbs.wishes import Standing
from mailer.web import guard
from mailer.web.members.failures import Failures
from mailer.web.pages import Pages
from mailer.web.route import Ask, Page

RECEIPT = "/klart"


class Leaving:
    """The pages of one home."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._house = house
        self._pages = pages
        self._failures = Failures()
        self._pace = guard.Pace()

    def routes(self) -> tuple[Page, ...]:
        """The page, its receipt, and the address for mail programs, which shows the page to people."""
        path = f"{LEAVE}{{code}}"
        return (
            Page("GET", path, self._show, in_english=True),
            Page("POST", path, self._act, in_english=True),
            Page("GET", path + RECEIPT, self._receipt, in_english=True),
            Page("GET", path + ONE_CLICK, self._show, in_english=True),
            Page("POST", path + ONE_CLICK, self._one_click, posted_by="anyone", in_english=True),
        )

    def _show(self, ask: Ask) -> Response:
        found = self._standing(ask)
        return self._page(ask, *found) if found else self._nobody(ask)

    def _receipt(self, ask: Ask) -> Response:
        found = self._standing(ask)
        return self._page(ask, *found, name="leave_done", path=RECEIPT) if found else self._nobody(ask)

    def _act(self, ask: Ask) -> Response:
        """One of the buttons. What it changes is durable before the receipt is asked for."""
        code = _code(ask)
        whose = wishes.holder(self._house, code)
        if whose is None:
            return self._nobody(ask)
        self._pace.take(code, time.monotonic())
        button = self._buttons(code, whose, ask.form).get(ask.form.get("button", ""))
        if button is None:
            return self._pages.message(400, language=ask.language)
        try:
            button()
        except EditorError:
            found = self._standing(ask)
            return self._page(ask, *found, status=422, wrong=wishes.WRONG_DAY) if found else self._nobody(ask)
        to = self._pages.address(ask.language, f"{LEAVE}{code}{RECEIPT}")
        return Response(status_code=303, headers=self._pages.headers() | {"Location": to})

    def _buttons(self, code: str, whose: Holder, form: Mapping[str, str]) -> dict[str, Callable[[], object]]:
        """What each button does."""
        house = self._house
        return {
            "leave": lambda: wishes.leave(house, code),
            "leave_all": lambda: wishes.leave(house, code, ALL_LISTS),
            "want": lambda: wishes.want(house, whose),
            "rest": lambda: self._rest(whose, form),
            "choose": lambda: wishes.choose(
                house, whose, form.get("shown", "").split(), [name for name in form if form[name] == "yes"]
            ),
            "undo": lambda: wishes.undo(house, whose, _number(form.get("wish", ""))),
        }

    def _rest(self, whose: Holder, form: Mapping[str, str]) -> None:
        until = wishes.day_of(form.get("length", ""), form.get("day", ""), self._house.here().date())
        wishes.rest(self._house, whose, until, form.get("all") == "yes")

    def _one_click(self, ask: Ask) -> Response:
        """RFC 8058 section 3.2: a POST with this body and nothing else; no cookie, no redirect, again and again."""
        if ask.form.get("List-Unsubscribe") != "One-Click":
            return self._pages.message(400, language=ask.language)
        if not wishes.leave(self._house, _code(ask)):
            return self._nobody(ask)
        return PlainTextResponse(say(ask.language, "Klart. Inget mer kommer."), headers=self._pages.headers())

    def _standing(self, ask: Ask) -> tuple[Holder, Standing] | None:
        whose = wishes.holder(self._house, _code(ask))
        stands = wishes.standing(self._house, whose) if whose is not None else None
        return (whose, stands) if whose is not None and stands is not None else None

    def _page(
        self,
        ask: Ask,
        whose: Holder,
        stands: Standing,
        name: str = "leave",
        path: str = "",
        status: int = 200,
        wrong: str = "",
    ) -> Response:
        code, today = _code(ask), self._house.here().date()
        last = wishes.months_after(today, wishes.LONGEST_REST)
        other = say(ask.language, "utskick från %(association)s", association=self._house.settings.association.name)
        return self._pages.member(
            name, ask.language, f"{LEAVE}{code}{path}", status,
            code=code, stands=stands, what=stands.what or other, wrong=wrong and say(ask.language, wrong),
            contact=self._house.settings.responsible.contact or self._house.settings.sender.reply_to,
            presets={n: wishes.months_after(today, n) for n in wishes.PRESETS},
            first=(today + timedelta(days=1)).isoformat(), last=last.isoformat(),
            day=lambda value: days.day(ask.language, value, weekday=False),
        )  # fmt: skip

    def _nobody(self, ask: Ask) -> Response:
        """The same for what was forged, cut, forgotten or never sent."""
        self._failures.count(ask.network, time.monotonic())
        return self._pages.message(404, language=ask.language)


def _code(ask: Ask) -> str:
    """The code as it is written, however a program has changed its case: it goes into addresses of ours."""
    return ask.path["code"].strip().lower()


def _number(text: str) -> int:
    """The number of a wish; 0, which is nobody's, when it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0
