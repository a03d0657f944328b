"""Paper that has come back, behind a link of its own: the code of the outer envelope, the signed form, the pile.

Takes   the opened house, and the pages' looks.
Gives   Responses. GET shows, POST acts, once: each form says whose envelope it is about, and an old one does nothing.
Fails   Refused when links that are not ours are tried too often; LaterError and AdminError, which the routes put into
        words; EditorError when the ballot box has no key.
"""

import secrets
from collections import deque
from collections.abc import Mapping
from threading import Lock
from time import monotonic

from starlette.responses import Response

from mailer import words as swedish
from mailer.content.questionnaires.model import Answers, Part
from mailer.house import House
from mailer.surveys import codes
from mailer.surveys.answers import form
from mailer.surveys.field import paper
from mailer.surveys.field.paper import Envelope
from mailer.surveys.field.passes import Pass, Sort
from mailer.surveys.store import Surveyed
from mailer.verbs.surveys import calls, paper_in
from mailer.web import guard
from mailer.web.answering.evened import evened
from mailer.web.field import filling, words
from mailer.web.field.filling import Filling
from mailer.web.field.ring import NO_WRONGS, NOTHING, Here
from mailer.web.members.failures import Failures
from mailer.web.pages import Pages
from mailer.web.route import Ask, Page

PAPER = "/papper/"
FORM = "/formular"
SHEET = "/blad"
REMEMBERED = 1000  # sheets; twice is within seconds
LOOKED_UP = "code"  # codes and names that fit nobody


class Papper:
    """The pages of one home."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._house = house
        self._pages = pages
        self._failures = {which: Failures() for which in ("", FORM, SHEET, LOOKED_UP)}
        self._pace = guard.Pace()
        self._one_by_one = Lock()
        self._dropped_once: deque[str] = deque(maxlen=REMEMBERED)

    def routes(self) -> tuple[Page, ...]:
        """The desk, the form of an outer envelope, the sheet of an inner one."""
        desk = f"{PAPER}{{token}}"
        return (
            Page("GET", desk, self._desk),
            Page("POST", desk, self._pressed),
            Page("GET", desk + FORM, self._form),
            Page("POST", desk + FORM, self._filled),
            Page("GET", desk + SHEET, self._sheet, carries=True),
            Page("POST", desk + SHEET, lambda ask: evened(self._typed(ask)), carries=True),
        )

    def _desk(self, ask: Ask) -> Response:
        here = self._here(ask)
        return self._shown(ask, *here) if here else self._nobody(ask)

    def _shown(self, ask: Ask, by: Pass, survey: Surveyed, status: int = 200, wrong: str = "") -> Response:
        house, held, now = self._house, paper_in.before(self._house, by), self._house.clock.now()
        return self._pages.member(
            "papper", "sv", _desk(ask), status, at=_desk(ask), by=by, survey=survey.questionnaire, held=held,
            ends=by.expires_at.astimezone(house.zone), clock=swedish.clock, wrong=wrong, typed=ask.form,
            is_open=survey.is_open(now), takes_sheets=survey.takes_sheets(now),
            waiting=paper_in.waiting(house, survey), pile=paper.PILE,
            note=words.TYPED.get(ask.query.get("gjort", ""), ""),
        )  # fmt: skip

    def _pressed(self, ask: Ask) -> Response:
        here = self._here(ask)
        if here is None:
            return self._nobody(ask)
        by, survey = here
        self._pace.take(str(by.number), monotonic())
        button, house = ask.form.get("button", ""), self._house
        if button == "aside":
            if _is_hers(paper_in.before(house, by), ask):
                paper_in.lay_aside(house, by)
            return self._to(ask, "aside")
        if button == "code":
            if codes.read_code(ask.form.get("code", "")) is None:
                return self._shown(ask, by, survey, 422, words.TYPED["no_code"])
            return self._laid(ask, by, survey, paper_in.by_code(house, by, survey, ask.form["code"]))
        if button == "name":
            number, last_name = ask.form.get("number", ""), ask.form.get("last_name", "")
            return self._laid(ask, by, survey, paper_in.by_name(house, by, survey, number, last_name))
        return self._pages.message(400)

    def _laid(self, ask: Ask, by: Pass, survey: Surveyed, word: str) -> Response:
        """Found, or not: a try that finds nobody is counted, whoever has the link."""
        if word == "unknown":
            self._failures[LOOKED_UP].count(ask.network, monotonic())
        if word != "open":
            return self._shown(ask, by, survey, 422, words.TYPED[word])
        held = paper_in.before(self._house, by)
        is_form = held is not None and not held.is_counted and not held.is_stopped
        return self._to(ask, "", FORM if is_form else "")

    def _form(self, ask: Ask) -> Response:
        here = self._here(ask)
        if here is None:
            return self._nobody(ask, FORM)
        by, survey = here
        held = paper_in.before(self._house, by)
        if held is None or held.is_counted or held.is_stopped:
            return self._to(ask)
        if held.is_submitted:
            return self._after(ask, survey, held)
        found = self._filling(ask, survey, held)
        # Whatever she has begun by herself is not what stands on the paper: the form begins empty.
        return filling.page(self._pages, found, filling.first(found, NOTHING))

    def _filled(self, ask: Ask) -> Response:
        """A page of the form. Nothing is saved before it is submitted: the paper does not go away."""
        here = self._here(ask)
        if here is None:
            return self._nobody(ask, FORM)
        by, survey = here
        self._pace.take(f"{by.number}/", monotonic())
        held = paper_in.before(self._house, by)
        if held is None or not _is_hers(held, ask):
            return self._to(ask, "not_yours")
        if held.is_submitted:
            return self._contact(ask, by, survey, held)
        if held.is_counted or held.is_stopped:
            return self._to(ask)
        found = self._filling(ask, survey, held)
        saved = filling.travelled(found, ask.form)
        turn = filling.posted(found, saved, ask.form)
        if not filling.is_submitted(ask.form) or turn.wrong:
            return filling.page(self._pages, found, turn) if turn.shows in ("page", "review") else self._to(ask)
        word = paper_in.submit(self._house, by, survey, held.invitation, turn.signed)
        if word in ("answered", "again") and survey.questionnaire.of_part(Part.AFTER):
            return self._to(ask, self._said(word, survey), FORM)
        return self._to(ask, self._said(word, survey))

    def _contact(self, ask: Ask, by: Pass, survey: Surveyed, held: Envelope) -> Response:
        questions = form.asked(survey.questionnaire, NOTHING, Part.AFTER)
        answers, wrong = form.read(questions, ask.form)
        if wrong:
            return self._after(ask, survey, held, answers, wrong)
        if ask.form.get("button") != "skip" and not form.is_blank(answers):
            calls.save(self._house, by, held.invitation, Part.AFTER, answers, paper_in.THROUGH)
        paper_in.lay_aside(self._house, by)
        return self._to(ask, self._said("answered", survey))

    def _after(
        self, ask: Ask, survey: Surveyed, held: Envelope, typed: Answers = NOTHING,
        wrong: Mapping[str, str] = NO_WRONGS,
    ) -> Response:  # fmt: skip
        note = words.TYPED.get(ask.query.get("gjort", ""), "")
        return filling.after(self._pages, self._filling(ask, survey, held), typed, wrong, note)

    def _sheet(self, ask: Ask) -> Response:
        here = self._here(ask)
        if here is None:
            return self._nobody(ask, SHEET)
        _, survey = here
        if not survey.questionnaire.is_secret or paper_in.waiting(self._house, survey) < 1:
            return self._to(ask, "none")
        found = self._blank(ask, survey)
        return filling.page(self._pages, found, filling.first(found, NOTHING))

    def _typed(self, ask: Ask) -> Response:
        """A page of a sheet. All of it travels in the form until it is in the ballot box; no name is near it."""
        here = self._here(ask)
        if here is None:
            return self._nobody(ask, SHEET)
        by, survey = here
        self._pace.take(f"{by.number}//", monotonic())
        found = self._blank(ask, survey)
        if ask.form.get("button") == "empty":
            return self._to(ask, self._dropped(found.once, survey, NOTHING))
        turn = filling.posted(found, NOTHING, ask.form)
        if turn.shows in ("page", "review"):
            return filling.page(self._pages, found, turn)
        if turn.shows != "submit":
            return self._to(ask)
        ballot = form.only_asked(found.questionnaire, turn.ballot, Part.ANONYMOUS)
        return self._to(ask, self._dropped(found.once, survey, ballot))

    def _dropped(self, once: str, survey: Surveyed, ballot: Answers) -> str:
        """Into the box, once. A button that is pressed twice sends the sheet twice, and nobody could find that later:
        which forms have come is remembered here, and in no table beside the ballots."""
        with self._one_by_one:
            if once and once in self._dropped_once:
                return "typed"
            word = paper_in.sheet(self._house, survey, ballot)
            if word == "typed":
                self._dropped_once.append(once)
            return word

    def _filling(self, ask: Ask, survey: Surveyed, held: Envelope) -> Filling:
        return Filling(
            filling.relaxed(survey.questionnaire), (Part.SIGNED,), held.language, _desk(ask) + FORM, _desk(ask),
            held.name or "Formuläret ur det yttre kuvertet", held.invitation, keeps=False, way_back="Till kuvertet",
        )  # fmt: skip

    def _blank(self, ask: Ask, survey: Surveyed) -> Filling:
        return Filling(
            filling.relaxed(survey.questionnaire), (Part.ANONYMOUS,), "sv", _desk(ask) + SHEET, _desk(ask),
            "Ett anonymt blad ur högen", is_sheet=True, once=ask.form.get("once", "")[:32] or secrets.token_hex(8),
        )  # fmt: skip

    def _said(self, word: str, survey: Surveyed) -> str:
        is_secret = survey.questionnaire.is_secret
        return {("answered", False): "answered_open", ("again", True): "again_inner"}.get((word, is_secret), word)

    def _here(self, ask: Ask) -> Here | None:
        return calls.find(self._house, Sort.PAPER, ask.path["token"])

    def _to(self, ask: Ask, word: str = "", path: str = "") -> Response:
        there = self._pages.address("sv", _desk(ask) + path) + (f"?gjort={word}" if word else "")
        return Response(status_code=303, headers=self._pages.headers() | {"Location": there})

    def _nobody(self, ask: Ask, which: str = "") -> Response:
        """The same for what was forged, cut, ended or never made."""
        self._failures[which].count(ask.network, monotonic())
        return self._pages.message(404)


def _desk(ask: Ask) -> str:
    return f"{PAPER}{ask.path['token']}"


def _is_hers(held: Envelope | None, ask: Ask) -> bool:
    return held is not None and ask.form.get("who", "") == str(held.invitation)
