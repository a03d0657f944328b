"""A caller's evening, behind her own link: one person at a time, what to say, what came of it, the form.

Takes   the opened house, and the pages' looks.
Gives   Responses. GET shows, POST acts, once: each form says whom it is about, and an old one does nothing.
Fails   Refused when links that are not ours are tried too often; LaterError and AdminError, which the routes put into
        words.
"""

from collections.abc import Mapping
from time import monotonic

from markupsafe import Markup, escape
from starlette.responses import Response

from mailer import words as swedish
from mailer.content.questionnaires.model import Answers, Part
from mailer.house import House
from mailer.register import telephone
from mailer.slots import MARKER
from mailer.surveys.answers import form
from mailer.surveys.box.promise import BY_TELEPHONE
from mailer.surveys.field.calling import SETTLING, Before, Outcome
from mailer.surveys.field.passes import Pass, Sort
from mailer.surveys.store import Surveyed
from mailer.verbs.surveys import calls, paper_in
from mailer.web import guard
from mailer.web.answering import shown
from mailer.web.answering.evened import evened
from mailer.web.field import call_back, filling, words
from mailer.web.field.filling import Filling
from mailer.web.members.failures import Failures
from mailer.web.pages import Pages
from mailer.web.route import Ask, Page

RING = "/ring/"
CALL = "/samtal"
SHEET = "/ringblad"
PARTS = (Part.SIGNED, Part.ANONYMOUS)
NOTHING: Answers = {}
NO_WRONGS: Mapping[str, str] = {}
Here = tuple[Pass, Surveyed]


class Ring:
    """The pages of one home."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._house = house
        self._pages = pages
        self._failures = {which: Failures() for which in ("", CALL)}
        self._pace = guard.Pace()

    def routes(self) -> tuple[Page, ...]:
        """The desk of a caller, and the form of a call."""
        desk = f"{RING}{{token}}"
        return (
            Page("GET", desk, self._desk),
            Page("POST", desk, self._pressed),
            Page("GET", desk + CALL, self._form, carries=True),
            Page("POST", desk + CALL, lambda ask: evened(self._filled(ask)), carries=True),
        )

    def _desk(self, ask: Ask) -> Response:
        here = self._here(ask)
        if here is None:
            return self._nobody(ask)
        held = calls.before(self._house, here[0])
        if held is not None and held.sheet is not None:
            return self._to(ask, path=SHEET)
        return self._shown(ask, *here)

    def _shown(self, ask: Ask, by: Pass, survey: Surveyed, status: int = 200, wrong: str = "") -> Response:
        house, held = self._house, calls.before(self._house, by)
        closed = calls.why_closed(house, survey)
        return self._pages.member(
            "ring", "sv", _desk(ask), status, at=_desk(ask), by=by, survey=survey.questionnaire,
            ends=by.expires_at.astimezone(house.zone), clock=swedish.clock, held=held,
            number=telephone.shown(held.phone) if held is not None else "",
            left=(0, 0) if held is not None else calls.left(house, by, survey),
            closed=words.CLOSED.get(closed, _hours(survey)) if closed else "",
            meanwhile=words.MEANWHILE.get(held.state, words.GONE) if held is not None else "",
            note=words.CALLED.get(ask.query.get("gjort", ""), ""), wrong=wrong, first=words.BEFORE_YES,
            then=words.AFTER_YES, telephone=house.settings.association.telephone,
            has_sheets=held is None and calls.has_sheets(house, survey), usual=calls.usual(house, survey),
            script=self._script(survey, held) if held is not None and held.is_open else "",
            is_submitted=held is not None and calls.is_after(house, by),
            offer=call_back.offer(house, survey, ask.form) if held is not None and held.is_open else None,
        )  # fmt: skip

    def _script(self, survey: Surveyed, held: Before) -> Markup:
        """The words of the plan that was approved, in the member's language and with her name in its fields."""
        said = shown.prose(calls.script(self._house, survey, held.invitation), held.language)
        names = {"first_name": held.first_name, "last_name": held.last_name}
        return Markup(MARKER.sub(lambda found: str(escape(names.get(found[1]) or found[2] or "")), said))  # noqa: S704

    def _pressed(self, ask: Ask) -> Response:
        """One of the buttons. What it changes is durable before the next page is asked for."""
        here = self._here(ask)
        if here is None:
            return self._nobody(ask)
        by, survey = here
        self._pace.take(str(by.number), monotonic())
        button, who = ask.form.get("button", ""), _number(ask.form.get("who", ""))
        if button == "next":
            why = calls.next_person(self._house, by, survey)
            return self._to(ask, why if why == "none_left" else "")
        if button == "back":
            return self._to(ask, calls.put_back(self._house, by, who))
        if button == Outcome.TALKING:
            word = calls.begin(self._house, by, survey, who)
            return self._to(ask, "" if word == "talking" else word)
        if button == "someone":
            return self._to(ask, calls.take_back(self._house, by, who))
        if button not in SETTLING:
            return self._pages.message(400)
        return self._settled(ask, by, survey, who, Outcome(button))

    def _settled(self, ask: Ask, by: Pass, survey: Surveyed, who: int, outcome: Outcome) -> Response:
        again_at = None
        if outcome is Outcome.AGAIN:
            again_at = call_back.chosen(self._house, survey, ask.form)
            if again_at is None:
                return self._shown(ask, by, survey, 422, call_back.WRONG)
        return self._to(ask, calls.settle(self._house, by, survey, who, outcome, again_at))

    def _form(self, ask: Ask) -> Response:
        here = self._here(ask)
        if here is None:
            return self._nobody(ask, CALL)
        by, survey = here
        held = calls.before(self._house, by)
        if held is None or not held.is_talking:
            return self._to(ask)
        if calls.is_after(self._house, by):
            return self._after(ask, survey, held)
        if not held.is_open:
            return self._to(ask)
        # Whatever she has begun by herself is not what stands on the paper that came with a printed sheet.
        saved = calls.saved(self._house, held.invitation) if held.sheet is None else NOTHING
        found = self._filling(ask, survey, held)
        return filling.page(self._pages, found, filling.first(found, saved))

    def _filled(self, ask: Ask) -> Response:
        """A page of the form: what is signed is saved, what is anonymous goes on in the next page's form."""
        here = self._here(ask)
        if here is None:
            return self._nobody(ask, CALL)
        by, survey = here
        self._pace.take(f"{by.number}/", monotonic())
        held = calls.before(self._house, by)
        if held is None or not held.is_talking or held.invitation != _number(ask.form.get("who", "")):
            return self._to(ask, "not_yours")
        if calls.is_after(self._house, by):
            return self._contact(ask, by, survey, held)
        if not held.is_open:
            return self._to(ask)
        if held.sheet is not None:
            return self._copied(ask, by, survey, held)
        saved, found = calls.saved(self._house, held.invitation), self._filling(ask, survey, held)
        turn = filling.posted(found, saved, ask.form)
        if turn.is_changed:
            calls.save(self._house, by, held.invitation, Part.SIGNED, turn.signed, calls.THROUGH)
        if turn.shows in ("page", "review"):
            return filling.page(self._pages, found, turn)
        if turn.shows != "submit":
            return self._to(ask)
        word = calls.submit(self._house, by, survey, held.invitation, turn.signed, turn.ballot)
        after = word in ("answered", "again") and survey.questionnaire.of_part(Part.AFTER)
        return self._to(ask, word, CALL) if after else self._back(ask, word, held)

    def _copied(self, ask: Ask, by: Pass, survey: Surveyed, held: Before) -> Response:
        """The form that was filled in on paper in a call from a printed sheet: as from an outer envelope. What is
        anonymous lies in its own, and goes on the pile."""
        found = self._filling(ask, survey, held)
        turn = filling.posted(found, filling.travelled(found, ask.form), ask.form)
        if not filling.is_submitted(ask.form) or turn.wrong:
            if turn.shows in ("page", "review"):
                return filling.page(self._pages, found, turn)
            return self._back(ask, "", held)
        word = paper_in.submit(self._house, by, survey, held.invitation, turn.signed)
        after = word in ("answered", "again") and survey.questionnaire.of_part(Part.AFTER)
        return self._to(ask, word, CALL) if after else self._back(ask, words.of_line(word, survey), held)

    def _contact(self, ask: Ask, by: Pass, survey: Surveyed, held: Before) -> Response:
        """The last thing, when all else is submitted: ”contact me”, or not."""
        questions = form.asked(survey.questionnaire, {}, Part.AFTER)
        answers, wrong = form.read(questions, ask.form)
        if ask.form.get("button") == "skip" or (not wrong and form.is_blank(answers)):
            calls.done(self._house, by)
            return self._back(ask, self._done(survey, held), held)
        if wrong:
            return self._after(ask, survey, held, answers, wrong)
        calls.save(self._house, by, held.invitation, Part.AFTER, answers, calls.THROUGH)
        calls.done(self._house, by)
        return self._back(ask, self._done(survey, held), held)

    def _after(
        self, ask: Ask, survey: Surveyed, held: Before, typed: Answers = NOTHING, wrong: Mapping[str, str] = NO_WRONGS
    ) -> Response:
        note = words.CALLED.get(ask.query.get("gjort", ""), "")
        return filling.after(self._pages, self._filling(ask, survey, held), typed, wrong, note)

    def _filling(self, ask: Ask, survey: Surveyed, held: Before) -> Filling:
        if held.sheet is not None:
            return Filling(
                filling.relaxed(survey.questionnaire), (Part.SIGNED,), held.language, _desk(ask) + CALL, _desk(ask),
                f"Blad {held.sheet}, rad {held.line}", held.invitation, keeps=False, way_back="Till raden",
            )  # fmt: skip
        return Filling(
            survey.questionnaire, PARTS, held.language, _desk(ask) + CALL, _desk(ask),
            f"{held.first_name} {held.last_name}".strip(), held.invitation, says=BY_TELEPHONE.say(held.language),
        )  # fmt: skip

    def _here(self, ask: Ask) -> Here | None:
        return calls.find(self._house, Sort.TELEPHONE, ask.path["token"])

    def _to(self, ask: Ask, word: str = "", path: str = "") -> Response:
        there = self._pages.address("sv", _desk(ask) + path) + (f"?gjort={word}" if word else "")
        return Response(status_code=303, headers=self._pages.headers() | {"Location": there})

    def _done(self, survey: Surveyed, held: Before) -> str:
        """What is said when the last thing is asked: of a printed sheet also what becomes of the small envelope."""
        return "settled" if held.sheet is None else words.of_line("answered", survey)

    def _back(self, ask: Ask, word: str, held: Before) -> Response:
        """To the desk; or to the printed sheet, whose next line is typed there."""
        if held.sheet is None:
            return self._to(ask, word)
        there = self._pages.address("sv", f"{_desk(ask)}{SHEET}?blad={held.sheet}&gjort={word}")
        return Response(status_code=303, headers=self._pages.headers() | {"Location": there})

    def _nobody(self, ask: Ask, which: str = "") -> Response:
        """The same for what was forged, cut, ended or never made."""
        self._failures[which].count(ask.network, monotonic())
        return self._pages.message(404)


def _desk(ask: Ask) -> str:
    return f"{RING}{ask.path['token']}"


def _number(text: str) -> int:
    """The number of an invitation; 0, which is nobody's, when it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else 0


def _hours(survey: Surveyed) -> str:
    limits = survey.plan.limits
    return f"Ringtiden är {limits.call_earliest:%H.%M}–{limits.call_latest:%H.%M}."
