"""One page of the form, posted: what of it is kept, what is wrong, and which page comes next.

Takes   the questionnaire, what was saved before, the fields that were posted.
Gives   a Turn.
Fails   never.

What is signed comes from the database, what is anonymous only ever from the form itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mailer.content.questionnaires.model import Answers, Part, Question, Questionnaire
from mailer.languages import Language, say
from mailer.surveys.answers import form
from mailer.surveys.answers.form import FormPage

REVIEW = ".las"  # in the place of a page's key; none begins with a dot
FRONT = ""
EDIT = "edit:"

Shows = Literal["page", "review", "front", "later", "submit"]


@dataclass(frozen=True, slots=True)
class Turn:
    """What a posted page leads to."""

    shows: Shows
    page: FormPage | None  # to show, when it is one
    signed: Answers  # all that is sound, of this page too
    ballot: Answers  # all that is anonymous, as it was typed
    typed: Answers  # what the page shows
    is_changed: bool = False  # whether something signed is to be saved
    wrong: Mapping[str, str] = field(default_factory=dict)
    mistake: str = ""  # of the whole


def pages_of(
    questionnaire: Questionnaire, parts: tuple[Part, ...], signed: Answers, ballot: Answers
) -> tuple[FormPage, ...]:
    """The pages as they are with these answers."""
    return form.pages(questionnaire, parts, {**signed, **ballot})


def anonymous_questions(questionnaire: Questionnaire) -> tuple[Question, ...]:
    return tuple(q for section in questionnaire.of_part(Part.ANONYMOUS) for q in section.questions)


def turn(
    questionnaire: Questionnaire, parts: tuple[Part, ...], saved: Answers, fields: Mapping[str, str], language: Language
) -> Turn:
    """What the posted page leads to."""
    secret = anonymous_questions(questionnaire) if Part.ANONYMOUS in parts else ()
    ballot, ballot_wrong = form.read(secret, fields, language)
    before = pages_of(questionnaire, parts, saved, ballot)
    here = next((page for page in before if page.key == fields.get("sida", "")), None)
    signed, typed, wrong = dict(saved), {**saved, **ballot}, ballot_wrong
    if here is not None and here.part is Part.SIGNED:
        now, wrong = form.read(here.questions, fields, language)
        signed = form.merged(saved, here.questions, form.sound(now, wrong))
        typed = form.merged(saved, here.questions, now)
    elif here is not None:
        wrong = {key: why for key, why in ballot_wrong.items() if key in {q.key for q in here.questions}}
    posted = Turn("page" if here else "review", here, signed, ballot, typed, signed != dict(saved), wrong)
    return _pressed(questionnaire, parts, posted, ballot_wrong, fields, language)


def _pressed(
    questionnaire: Questionnaire, parts: tuple[Part, ...], posted: Turn, ballot_wrong: Mapping[str, str],
    fields: Mapping[str, str], language: Language,
) -> Turn:  # fmt: skip
    """What the button does with the page as it was posted."""
    button, here = fields.get("button", "next"), posted.page
    is_review = fields.get("sida") == REVIEW
    if button == "language":  # as it was, in the other language: nothing is saved and nothing judged
        return _shown(posted, here, is_review, saves=False)
    if button == "resume" or (here is None and not is_review):
        return _shown(posted, here, is_review)
    if posted.wrong and here is not None:
        return posted
    pages = pages_of(questionnaire, parts, posted.signed, posted.ballot)
    if button == "later":
        return _moved(posted, "later", here)
    if button == "submit" and is_review:
        return _submitted(questionnaire, parts, posted, pages, ballot_wrong, language)
    if button.startswith(EDIT) and is_review:
        return _to(posted, next((page for page in pages if page.key == button.removeprefix(EDIT)), None), "review")
    if button == "back":
        return _back(posted, pages, here)
    return _next(questionnaire, parts, posted, pages, here, language)


def _shown(posted: Turn, here: FormPage | None, is_review: bool, saves: bool = True) -> Turn:
    # A page that is not there any more (answered elsewhere meanwhile) must not cost anybody what the form carries.
    is_review = is_review or not form.is_blank(posted.ballot)
    shows: Shows = "page" if here is not None else "review" if is_review else "front"
    changed = posted.is_changed and saves
    return Turn(shows, here, posted.signed, posted.ballot, posted.typed, changed, {})


def _moved(posted: Turn, shows: Shows, page: FormPage | None = None) -> Turn:
    typed = {**posted.signed, **posted.ballot}
    return Turn(shows, page, posted.signed, posted.ballot, typed, posted.is_changed)


def _to(posted: Turn, page: FormPage | None, otherwise: Shows) -> Turn:
    return _moved(posted, "page", page) if page is not None else _moved(posted, otherwise)


def _back(posted: Turn, pages: tuple[FormPage, ...], here: FormPage | None) -> Turn:
    if here is None:  # from the review
        return _to(posted, pages[-1] if pages else None, "front")
    place = _place(pages, here)
    return _to(posted, pages[place - 1] if place > 0 else None, "front")


def _next(
    questionnaire: Questionnaire, parts: tuple[Part, ...], posted: Turn, pages: tuple[FormPage, ...],
    here: FormPage | None, language: Language,
) -> Turn:  # fmt: skip
    if here is None:
        return _moved(posted, "review")
    lacking = _lacking(questionnaire, parts, posted, language)
    if wrong := {q.key: lacking[q.key] for q in here.questions if q.key in lacking}:
        return Turn("page", here, posted.signed, posted.ballot, posted.typed, posted.is_changed, wrong)
    place = _place(pages, here)
    if place + 1 < len(pages):
        return _moved(posted, "page", pages[place + 1])
    # Whoever came by the question in the mail began in the middle: the pages before it are still to be answered.
    return _to(posted, next((p for p in pages if any(q.key in lacking for q in p.questions)), None), "review")


def _submitted(
    questionnaire: Questionnaire, parts: tuple[Part, ...], posted: Turn, pages: tuple[FormPage, ...],
    ballot_wrong: Mapping[str, str], language: Language,
) -> Turn:  # fmt: skip
    """Everything once more, for the form may have been away for hours: to the first page where something is wrong."""
    asked = {question.key for page in pages for question in page.questions}
    wrong = _lacking(questionnaire, parts, posted, language)
    wrong |= {key: why for key, why in ballot_wrong.items() if key in asked}
    for page in pages:
        if here := {q.key: wrong[q.key] for q in page.questions if q.key in wrong}:
            return Turn("page", page, posted.signed, posted.ballot, posted.typed, posted.is_changed, here)
    if form.is_blank(form.only_asked(questionnaire, {**posted.signed, **posted.ballot}, parts)):
        mistake = say(language, "Du har inte svarat på någon fråga än. Svara på minst en innan du skickar in.")
        return Turn("review", None, posted.signed, posted.ballot, posted.typed, posted.is_changed, {}, mistake)
    return _moved(posted, "submit")


def _lacking(questionnaire: Questionnaire, parts: tuple[Part, ...], posted: Turn, language: Language) -> dict[str, str]:
    keys = form.missing(questionnaire, {**posted.signed, **posted.ballot}, parts)
    return dict.fromkeys(keys, say(language, "Frågan behöver ett svar."))


def _place(pages: tuple[FormPage, ...], here: FormPage) -> int:
    return next((n for n, page in enumerate(pages) if page.key == here.key), -1)
