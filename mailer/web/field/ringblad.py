"""A printed call sheet that is typed, behind a caller's own link: the sheet's number, the line, what came of the call.

Takes   the opened house, and the pages' looks.
Gives   Responses. GET shows, POST acts, once. A line lies before her who types as a person does in a call, and its
        outcomes follow the same way; what somebody answered is filled in on the pages of a call.
Fails   Refused when links that are not ours are tried too often; LaterError and AdminError, which the routes put into
        words.
"""

import re
from time import monotonic

from starlette.responses import Response

from mailer.house import House
from mailer.surveys.field.calling import SETTLING, Before, Outcome
from mailer.surveys.field.passes import Pass, Sort
from mailer.surveys.store import Surveyed
from mailer.verbs.surveys import calls
from mailer.web import guard
from mailer.web.field import call_back, words
from mailer.web.field.ring import CALL, RING, SHEET, Here
from mailer.web.members.failures import Failures
from mailer.web.pages import Pages
from mailer.web.route import Ask, Page

LINE = re.compile(r"line-([0-9]{1,3})")
LOOKED_UP = "sheet"  # numbers of sheets that are none


class Ringblad:
    """The page of one home."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._house = house
        self._pages = pages
        self._failures = {which: Failures() for which in ("", LOOKED_UP)}
        self._pace = guard.Pace()

    def routes(self) -> tuple[Page, ...]:
        """One page: a sheet, or one of its lines."""
        path = f"{RING}{{token}}{SHEET}"
        return (Page("GET", path, self._desk), Page("POST", path, self._pressed))

    def _desk(self, ask: Ask) -> Response:
        here = self._here(ask)
        return self._shown(ask, *here) if here else self._nobody(ask)

    def _shown(self, ask: Ask, by: Pass, survey: Surveyed, status: int = 200, wrong: str = "") -> Response:
        house, held = self._house, calls.before(self._house, by)
        if held is not None and held.sheet is None:
            return self._to(ask, "have_one", desk=True)
        number = held.sheet if held is not None else _number(ask.form.get("sheet") or ask.query.get("blad", ""))
        left = calls.lines_left(house, survey, number or 0) if held is None else None
        return self._pages.member(
            "ringblad", "sv", _desk(ask) + SHEET, status, at=_desk(ask) + SHEET, desk=_desk(ask), by=by, held=held,
            survey=survey.questionnaire, number=number, left=left, typed=ask.form.get("sheet", ""), wrong=wrong,
            note=words.LINED.get(ask.query.get("gjort", ""), ""), outcomes=words.OF_LINE,
            meanwhile=words.MEANWHILE.get(held.state, words.GONE) if held is not None and not held.is_open else "",
            is_submitted=held is not None and calls.is_after(house, by),
            offer=call_back.offer(house, survey, ask.form) if held is not None else None,
        )  # fmt: skip

    def _pressed(self, ask: Ask) -> Response:
        here = self._here(ask)
        if here is None:
            return self._nobody(ask)
        by, survey = here
        self._pace.take(str(by.number), monotonic())
        button, number = ask.form.get("button", ""), _number(ask.form.get("sheet", ""))
        if button == "sheet":
            if calls.lines_left(self._house, survey, number) is None:
                self._failures[LOOKED_UP].count(ask.network, monotonic())
                return self._shown(ask, by, survey, 422, words.LINED["unknown"])
            return self._to(ask, "", number)
        if found := LINE.fullmatch(button):
            word = calls.lay_line(self._house, by, survey, number, int(found[1]))
            return self._to(ask, "have_one", desk=True) if word == "have_one" else self._to(ask, word, number)
        return self._of_line(ask, by, survey, button)

    def _of_line(self, ask: Ask, by: Pass, survey: Surveyed, button: str) -> Response:
        """One of the buttons of the line that lies before her."""
        held, who = calls.before(self._house, by), _number(ask.form.get("who", ""))
        if button not in ("back", Outcome.TALKING, *SETTLING):
            return self._pages.message(400)
        if held is None or held.invitation != who or held.sheet is None:
            return self._to(ask, "not_yours", _number(ask.form.get("sheet", "")))
        if button == "back":
            calls.done(self._house, by)
            return self._to(ask, "back", held.sheet)
        if button == Outcome.TALKING:
            word = calls.begin(self._house, by, survey, who)
            return self._to(ask, "", call=True) if word == "talking" else self._to(ask, word, held.sheet)
        return self._settled(ask, by, survey, held, Outcome(button))

    def _settled(self, ask: Ask, by: Pass, survey: Surveyed, held: Before, outcome: Outcome) -> Response:
        again_at = None
        if outcome is Outcome.AGAIN:
            again_at = call_back.chosen(self._house, survey, ask.form)
            if again_at is None:
                return self._shown(ask, by, survey, 422, call_back.WRONG)
        return self._to(ask, calls.settle(self._house, by, survey, held.invitation, outcome, again_at), held.sheet or 0)

    def _here(self, ask: Ask) -> Here | None:
        return calls.find(self._house, Sort.TELEPHONE, ask.path["token"])

    def _to(self, ask: Ask, word: str, sheet: int = 0, desk: bool = False, call: bool = False) -> Response:
        path = "" if desk else CALL if call else SHEET
        asked = "&".join([f"blad={sheet}"] * bool(sheet) + [f"gjort={word}"] * bool(word))
        there = self._pages.address("sv", _desk(ask) + path) + (f"?{asked}" if asked else "")
        return Response(status_code=303, headers=self._pages.headers() | {"Location": there})

    def _nobody(self, ask: Ask) -> Response:
        """The same for what was forged, cut, ended or never made."""
        self._failures[""].count(ask.network, monotonic())
        return self._pages.message(404)


def _desk(ask: Ask) -> str:
    return f"{RING}{ask.path['token']}"


def _number(text: str) -> int:
    """A number as typed; 0, which nothing has, when it is none."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0
