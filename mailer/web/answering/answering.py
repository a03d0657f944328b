"""The form of a survey, behind a member's link: page by page, in two languages, without a script.

Takes   the opened house, and the pages' looks.
Gives   Responses. A GET shows and changes nothing; a POST saves what is signed, and hands in the whole at the end.
Fails   Refused when words that are no link are tried too often; AdminError, which the routes put into words.

What is anonymous lives in the form alone until it is handed in: as long as there is some, the answer to a POST is the
next page itself, and never an address.
"""

import time
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from mailer.content.questionnaires.model import Part
from mailer.errors import EditorError, LaterError
from mailer.house import House
from mailer.languages import say
from mailer.surveys.answers import form
from mailer.surveys.answers.standing import Standing
from mailer.verbs.surveys import answer
from mailer.web.answering import around, shown
from mailer.web.answering.around import path_of, word_of
from mailer.web.answering.evened import evened
from mailer.web.answering.turn import REVIEW, Turn, anonymous_questions, pages_of, turn
from mailer.web.members.failures import Failures
from mailer.web.pages import Pages
from mailer.web.route import Ask, Page

FORM = "/enkat/{token}"
RECEIPT, PAUSE, NO = "/klart", "/paus", "/nej"


class Answering:
    """The pages of one home."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._house = house
        self._pages = pages
        # Each counted by itself: who has an old link tries it in more than one way.
        self._failures = {which: Failures() for which in (FORM, RECEIPT, NO)}
        self._around = around.Around(house, pages)

    def routes(self) -> tuple[Page, ...]:
        """The form, its pause, its receipt with ”Kontakta mig”, and the no."""
        return (
            Page("GET", FORM, self._show, in_english=True, carries=True),
            Page("POST", FORM, lambda ask: evened(self._posted(ask)), in_english=True, carries=True),
            Page("GET", FORM + PAUSE, self._paused, in_english=True),
            Page("GET", FORM + RECEIPT, self._receipt, in_english=True),
            Page("POST", FORM + RECEIPT, self._after, in_english=True),
            Page("GET", FORM + NO, self._no, in_english=True),
            Page("POST", FORM + NO, self._declined, in_english=True),
        )

    # What is shown

    def _show(self, ask: Ask) -> Response:
        hers = answer.find(self._house, word_of(ask))
        if hers is None:
            return self._nobody(ask)
        if not hers.is_open(self._house.clock.now()):
            return self._around.closed(ask, hers)
        pages = pages_of(hers.questionnaire, hers.parts, hers.signed, {})
        if not pages:  # all there was to ask is in the ballot box
            return self._around.receipt(ask, hers) if hers.is_answered else self._around.closed(ask, hers)
        if (ticked := self._ticked(ask, hers)) is not None:
            return self._first_question(ask, hers, ticked)
        key = ask.query.get("sida", "")
        if key == REVIEW:
            return self._turned(ask, hers, Turn("review", None, hers.signed, {}, hers.signed))
        page = next((page for page in pages if page.key == key), None)
        if page is None:
            return self._around.front(ask, hers, pages)
        return self._turned(ask, hers, Turn("page", page, hers.signed, {}, hers.signed))

    def _ticked(self, ask: Ask, hers: Standing) -> tuple[str, str] | None:
        """(question, option) of a link in the mail: the one question that stands there, and only until she answers."""
        key, option = ask.query.get("fraga", ""), ask.query.get("svar", "")
        if key != hers.questionnaire.in_mail or not key or hers.is_answered:
            return None
        found = next((q for q in hers.questionnaire.questions if q.key == key), None)
        return (key, option) if found and option in {one.key for one in found.options} else None

    def _first_question(self, ask: Ask, hers: Standing, ticked: tuple[str, str]) -> Response:
        """The question of the mail with her choice ticked. Nothing is saved before she goes on."""
        answers = {**hers.signed, ticked[0]: (ticked[1],)}
        pages = pages_of(hers.questionnaire, hers.parts, hers.signed, {})
        page = next((page for page in pages if ticked[0] in {q.key for q in page.questions}), pages[0])
        return self._turned(ask, hers, Turn("page", page, hers.signed, {}, answers), is_prefilled=True)

    def _paused(self, ask: Ask) -> Response:
        hers = answer.find(self._house, word_of(ask))
        return self._around.pause(ask, hers) if hers is not None else self._nobody(ask)

    def _receipt(self, ask: Ask) -> Response:
        hers = answer.find(self._house, word_of(ask))
        if hers is None:
            return self._nobody(ask, RECEIPT)
        return self._around.receipt(ask, hers) if hers.is_answered else self._to(ask)

    def _no(self, ask: Ask) -> Response:
        hers = answer.find(self._house, word_of(ask))
        if hers is None:
            return self._nobody(ask, NO)
        if hers.is_declined:
            return self._around.declined(ask, hers)
        if not hers.is_open(self._house.clock.now()):
            return self._around.closed(ask, hers)
        return self._to(ask) if hers.is_answered else self._around.may_say_no(ask)

    # What is posted

    def _posted(self, ask: Ask) -> Response:
        hers = answer.find(self._house, word_of(ask))
        if hers is None:
            return self._nobody(ask)
        if not hers.is_open(self._house.clock.now()):
            return self._around.closed(ask, hers, has_posted=True)
        found = turn(hers.questionnaire, hers.parts, hers.signed, ask.form, ask.language)
        try:
            if found.is_changed:
                answer.keep(self._house, hers, Part.SIGNED, found.signed)
            return self._submitted(ask, hers, found) if found.shows == "submit" else self._led(ask, hers, found)
        except LaterError:  # what she has typed is nowhere else: it comes back with the sentence
            sorry = say(ask.language, "Det gick inte att spara just nu. Allt du har skrivit finns kvar på sidan. "
                        "Vänta en stund och tryck igen.")  # fmt: skip
            return self._turned(ask, hers, self._again(found, ask, sorry), 503)
        except EditorError:
            return self._not_taken(ask, found)

    def _again(self, found: Turn, ask: Ask, sorry: str) -> Turn:
        """The page that was posted, as it was typed."""
        page = found.page if ask.form.get("sida") != REVIEW else None
        return Turn("page" if page else "review", page, found.signed, found.ballot, found.typed, False, {}, sorry)

    def _not_taken(self, ask: Ask, found: Turn) -> Response:
        """It was closed while she pressed; or a text has no room, or there is no box: her answers come back."""
        hers = answer.find(self._house, word_of(ask))
        if hers is None or not hers.is_open(self._house.clock.now()):
            return self._around.closed(ask, hers, has_posted=True) if hers is not None else self._nobody(ask)
        sorry = say(ask.language, "Svaret gick inte att ta emot, och är inte inskickat. Allt du har skrivit finns "
                    "kvar. Korta långa texter och försök igen, eller hör av dig till oss.")  # fmt: skip
        return self._turned(ask, hers, self._again(found, ask, sorry), 422)

    def _submitted(self, ask: Ask, hers: Standing, found: Turn) -> Response:
        questionnaire, parts = hers.questionnaire, hers.parts
        whole = {**found.signed, **found.ballot}
        has_ballot = questionnaire.is_secret and Part.ANONYMOUS in parts
        ballot = form.only_asked(questionnaire, whole, Part.ANONYMOUS) if has_ballot else None
        signed = form.only_asked(questionnaire, whole, Part.SIGNED)
        became = answer.submit(self._house, hers, signed, ballot)
        if became in ("answered", "again"):
            return self._to(ask, RECEIPT)
        if became == "closed":
            return self._around.closed(ask, hers, has_posted=True)
        sorry = say(ask.language, "Något har ändrats medan du svarade. Gå igenom sidorna en gång till.")
        return self._turned(ask, hers, self._again(found, ask, sorry), 422)

    def _led(self, ask: Ask, hers: Standing, found: Turn) -> Response:
        """To where the button leads. By an address, as long as nothing anonymous and nothing unsaved is carried."""
        stays = bool(found.wrong or found.mistake) or ask.form.get("button") == "language"
        if stays or not form.is_blank(found.ballot):
            return self._turned(ask, hers, found, 422 if found.wrong or found.mistake else 200)
        if found.shows == "later":
            return self._to(ask, PAUSE)
        key = found.page.key if found.page is not None else REVIEW if found.shows == "review" else ""
        return self._to(ask, f"?sida={quote(key)}" if key else "")

    def _turned(self, ask: Ask, hers: Standing, found: Turn, status: int = 200, is_prefilled: bool = False) -> Response:
        """The page itself, with what is anonymous in its form."""
        if found.shows == "front":
            return self._around.front(ask, hers, pages_of(hers.questionnaire, hers.parts, hers.signed, {}))
        secret = anonymous_questions(hers.questionnaire) if Part.ANONYMOUS in hers.parts else ()
        if found.shows == "later":
            return self._around.pause(ask, hers, form.carried(secret, found.ballot), found.page)
        if found.page is None:
            return self._review(ask, hers, found, form.carried(secret, found.ballot), status)
        here = {q.key for q in found.page.questions}
        elsewhere = form.carried([q for q in secret if q.key not in here], found.ballot)
        pages = pages_of(hers.questionnaire, hers.parts, found.signed, found.ballot)
        language, path = ask.language, path_of(ask)
        return self._pages.member(
            "survey_page", language, path, status, form_at=path,
            page=found.page, wrong=found.wrong, answers=found.typed, carried=elsewhere, mistake=found.mistake,
            title=hers.questionnaire.title.say(language),
            number=shown.place_of(pages, found.page), count=len(pages), is_prefilled=is_prefilled,
            text=shown.prose(found.page.text, language), promised=shown.kept(found.page, language),
            **self._around.about(hers, language),
        )  # fmt: skip

    def _review(
        self, ask: Ask, hers: Standing, found: Turn, carried: tuple[tuple[str, str], ...], status: int
    ) -> Response:
        language, path = ask.language, path_of(ask)
        return self._pages.member(
            "survey_review", language, path, status, form_at=path,
            review=REVIEW, mistake=found.mistake, carried=carried, title=hers.questionnaire.title.say(language),
            promised=self._around.promised(hers, language),
            parts=shown.review(hers.questionnaire, hers.parts, found.signed, found.ballot, language),
        )  # fmt: skip

    def _after(self, ask: Ask) -> Response:
        """”Kontakta mig”: signed, apart from all else, and only by one who has answered."""
        hers = answer.find(self._house, word_of(ask))
        if hers is None:
            return self._nobody(ask, RECEIPT)
        if not hers.is_answered:
            return self._to(ask)
        if not hers.is_open(self._house.clock.now()):
            return self._around.closed(ask, hers, has_posted=True)
        answers, wrong = around.read_after(hers, ask.form, ask.language)
        if wrong:
            return self._around.receipt(ask, hers, answers, wrong)
        answer.keep(self._house, hers, Part.AFTER, form.only_asked(hers.questionnaire, answers, Part.AFTER))
        return self._to(ask, f"{RECEIPT}?sparat=ja")

    def _declined(self, ask: Ask) -> Response:
        hers = answer.find(self._house, word_of(ask))
        if hers is None:
            return self._nobody(ask, NO)
        if not hers.is_open(self._house.clock.now()):
            return self._around.closed(ask, hers, has_posted=True)
        return self._to(ask, NO if answer.decline(self._house, hers) or hers.is_declined else "")

    def _to(self, ask: Ask, rest: str = "") -> Response:
        """303 to another page of hers."""
        to = self._pages.address(ask.language, path_of(ask) + rest)
        return RedirectResponse(to, 303, headers=self._pages.headers())

    def _nobody(self, ask: Ask, which: str = FORM) -> Response:
        """The same for what was forged, cut, forgotten or never sent."""
        self._failures[which].count(ask.network, time.monotonic())
        return self._pages.message(404, language=ask.language)
