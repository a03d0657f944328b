"""The pages of a survey that are no form: its front, its pause, its receipt, its no, and why it cannot be answered.

Takes   the opened house, the pages' looks, what stands about her.
Gives   Responses.
Fails   never.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from mailer.content.questionnaires.model import Answers, Part
from mailer.house import House
from mailer.languages import Language, days, say
from mailer.surveys.answers import form
from mailer.surveys.answers.form import FormPage
from mailer.surveys.answers.standing import Standing
from mailer.surveys.box import promise
from mailer.web.answering import shown
from mailer.web.answering.turn import REVIEW
from mailer.web.pages import Pages
from mailer.web.route import Ask

NOTHING: Mapping[str, str] = {}
CLOSED = 409  # of a POST that came too late: nothing of it is kept


def read_after(
    hers: Standing, fields: Mapping[str, str], language: Language
) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """(answers, what is wrong) of the part that is answered when all else is; what hangs on an answer comes when that
    is saved."""
    shown_now = form.asked(hers.questionnaire, hers.after, Part.AFTER)
    typed, wrong = form.read(shown_now, fields, language)
    answers = form.merged(hers.after, shown_now, typed)
    here = {question.key for question in shown_now}
    lacking = [key for key in form.missing(hers.questionnaire, answers, Part.AFTER) if key in here]
    return answers, dict.fromkeys(lacking, say(language, "Frågan behöver ett svar.")) | wrong


class Around:
    """The pages of one home."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._house = house
        self._pages = pages

    def front(self, ask: Ask, hers: Standing, pages: Sequence[FormPage]) -> Response:
        """What the survey is, and the way in."""
        language, path = ask.language, path_of(ask)
        questionnaire = hers.questionnaire
        onward = shown.first_open(pages, hers.signed)
        first = pages[0] if hers.is_answered else onward
        return self._pages.member(
            "survey_front", language, path, form_at=path, title=questionnaire.title.say(language),
            intro=shown.prose(questionnaire.intro, language),
            begin=f"{path}?sida={quote(first.key if first else REVIEW)}",
            start=self._start(hers, language), note=self._note(hers, language), first_name=hers.first_name,
            minutes=max(questionnaire.minutes, 1), promised=self.promised(hers, language),
            more=promise.MORE.say(language) if questionnaire.is_secret else "",
            may_decline=not hers.is_answered and not hers.is_declined,
            contact=self._contact(), **self.about(hers, language),
        )  # fmt: skip

    def pause(
        self, ask: Ask, hers: Standing, carried: tuple[tuple[str, str], ...] = (), page: FormPage | None = None
    ) -> Response:
        """Saved, so far; what is anonymous is not, and goes on in the form."""
        path = path_of(ask)
        return self._pages.member(
            "survey_later", ask.language, path if carried else path + "/paus", form_at=path, carried=carried,
            page_key=page.key if page else REVIEW, title=hers.questionnaire.title.say(ask.language),
            **self.about(hers, ask.language),
        )  # fmt: skip

    def receipt(
        self, ask: Ask, hers: Standing, answers: Answers | None = None, wrong: Mapping[str, str] = NOTHING
    ) -> Response:
        """It is in: on which day, that nobody reminds her any more, and ”Kontakta mig”."""
        language, questionnaire = ask.language, hers.questionnaire
        is_open = hers.is_open(self._house.clock.now())
        sections = questionnaire.of_part(Part.AFTER) if is_open else ()
        asked = form.asked(questionnaire, hers.after, Part.AFTER) if is_open else ()
        first = sections[0] if sections else None
        return self._pages.member(
            "survey_receipt", language, path_of(ask) + "/klart", 422 if wrong else 200, form_at=path_of(ask) + "/klart",
            survey_path=path_of(ask), wrong=wrong, asked=asked, is_told=ask.query.get("sparat") == "ja" and not wrong,
            answers=hers.after if answers is None else answers, title=questionnaire.title.say(language),
            after_title=first.title.say(language) if first else "",
            text=shown.prose(first.text, language) if first else "",
            paragraphs=self._thanks(hers, language), is_secret=questionnaire.is_secret,
            may_change=is_open and any(s.questions for s in questionnaire.of_part(Part.SIGNED)),
            **self.about(hers, language),
        )  # fmt: skip

    def may_say_no(self, ask: Ask) -> Response:
        """Is she sure? A page with a button: what only opens links says no for nobody."""
        language = ask.language
        paragraphs = [
            say(language, "Trycker du på knappen slutar vi påminna dig om den här enkäten."),
            say(language, "Du är medlem som förut, och ditt nej noteras bara för att påminnelserna ska sluta. Ångrar "
                "du dig kan du svara ända tills enkäten stänger."),
        ]  # fmt: skip
        return self._pages.member(
            "press", language, path_of(ask) + "/nej", heading=say(language, "Vill du inte svara?"),
            paragraphs=paragraphs, button=say(language, "Jag vill inte svara"), sure="", wrong=False,
        )  # fmt: skip

    def declined(self, ask: Ask, hers: Standing) -> Response:
        """Thanks all the same, and the way back."""
        language = ask.language
        is_open = hers.is_open(self._house.clock.now())
        paragraphs = [say(language, "Du får inga fler påminnelser om den här enkäten.")]
        if is_open:
            paragraphs.append(say(language, "Ångrar du dig kan du svara till och med %(day)s.",
                                  day=self._closes(hers, language)))  # fmt: skip
        way: dict[str, Any] = {"way": (path_of(ask), say(language, "Svara ändå"))} if is_open else {}
        return self._pages.member(
            "told", language, path_of(ask) + "/nej", heading=say(language, "Tack för beskedet"), paragraphs=paragraphs,
            **way,
        )  # fmt: skip

    def closed(self, ask: Ask, hers: Standing, has_posted: bool = False) -> Response:
        """Why it cannot be answered now. `has_posted`: she has just tried, and nothing of that is kept."""
        heading, paragraphs = self._why(hers, ask.language)
        if has_posted:
            paragraphs.append(say(ask.language, "Det du just skickade är inte sparat."))
        if contact := self._contact():
            paragraphs.append(say(ask.language, "Undrar du något? Hör av dig till %(contact)s.", contact=contact))
        return self._pages.member(
            "told", ask.language, path_of(ask), CLOSED if has_posted else 200, heading=heading, paragraphs=paragraphs
        )

    def about(self, hers: Standing, language: Language) -> dict[str, Any]:
        """What stands on every page of the form."""
        return {"readers": hers.questionnaire.readers.say(language), "closes": self._closes(hers, language)}

    def promised(self, hers: Standing, language: Language) -> list[str]:
        """What is linked to her and what is not."""
        return shown.promised(hers.questionnaire, language)

    def _why(self, hers: Standing, language: Language) -> tuple[str, list[str]]:
        """(heading, paragraphs)."""
        title, now = hers.questionnaire.title.say(language), self._house.clock.now()
        if hers.is_withdrawn:
            stopped = say(language, "Enkäten ”%(title)s” är stoppad och kan inte besvaras.", title=title)
            return say(language, "Enkäten är stoppad"), [stopped]
        if hers.is_before(now):
            opens = days.day(language, self._opens(hers))
            later = say(language, "Enkäten ”%(title)s” öppnar %(day)s. Samma länk gäller då.", title=title, day=opens)
            return say(language, "Enkäten har inte öppnat än"), [later]
        if hers.is_stopped and hers.surveyed.is_open(now):
            over = say(language, "Enkäten är för medlemmar, och du frågas inte längre. Är det fel ordnar vi det.")
            return say(language, "Inbjudan gäller inte längre"), [over]
        day = self._closes(hers, language)
        closed = say(language, "Enkäten ”%(title)s” stängde efter %(day)s.", title=title, day=day)
        arrived = say(language, "Ditt svar kom fram. Tack!")
        late = say(language, "Det går inte att svara längre. Resultatet kommer till alla medlemmar.")
        return say(language, "Enkäten är stängd"), [closed, arrived if hers.is_answered else late]

    def _start(self, hers: Standing, language: Language) -> str:
        if hers.is_answered:
            return say(language, "Ändra svaren med namn") if hers.has_voted else say(language, "Fortsätt svara")
        return say(language, "Fortsätt svara") if hers.has_begun else say(language, "Börja svara")

    def _note(self, hers: Standing, language: Language) -> str:
        if hers.is_answered and hers.answered_on:
            answered = say(language, "Du har svarat, %(day)s. Tack!", day=days.day(language, hers.answered_on))
            if hers.has_voted:
                anonymous = say(language, "De anonyma svaren ligger i svarsurnan och kan varken ändras eller visas.")
                return f"{answered} {anonymous}"
            return answered
        if hers.is_declined:
            return say(language, "Du har sagt att du inte vill svara. Ändrar du dig är du välkommen.")
        return say(language, "Du har börjat svara. Det du svarade med namn är sparat.") if hers.has_begun else ""

    def _thanks(self, hers: Standing, language: Language) -> list[str]:
        day = days.day(language, hers.answered_on) if hers.answered_on else ""
        paragraphs = [say(language, "Vi tog emot ditt svar %(day)s. Du får inga fler påminnelser.", day=day)]
        if hers.has_voted:
            paragraphs.append(say(language, "Dina anonyma svar ligger i svarsurnan, och ingen kan se vilka som är "
                                  "dina."))  # fmt: skip
        return paragraphs

    def _opens(self, hers: Standing) -> date:
        return hers.surveyed.opens_at.astimezone(self._house.zone).date()

    def _closes(self, hers: Standing, language: Language) -> str:
        """The last day, as it was approved: what is kept is the moment after it."""
        last = hers.surveyed.closes_at.astimezone(self._house.zone).date() - timedelta(days=1)
        return days.day(language, last)

    def _contact(self) -> str:
        return self._house.settings.responsible.contact or self._house.settings.sender.reply_to


def word_of(ask: Ask) -> str:
    """The word of the link as it is written, however a program has changed its case: it goes into addresses of ours."""
    return ask.path["token"].strip().lower()


def path_of(ask: Ask) -> str:
    """Where her form lies."""
    return f"/enkat/{word_of(ask)}"
