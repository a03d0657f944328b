"""The form that is filled in for somebody: in a call, or from paper. The same questions and turns as the member's own.

Takes   the posted fields; whose form it is, what is saved, where it leads.
Gives   Responses; what is to be saved or submitted is the caller's to do.
Fails   never.

The questions are in the member's language, and all around them is Swedish.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from starlette.responses import Response

from mailer.content.questionnaires.model import Answers, Part, Question, Questionnaire
from mailer.content.questionnaires.numbers import on_paper
from mailer.languages import Language
from mailer.surveys.answers import form
from mailer.surveys.answers.form import FormPage
from mailer.surveys.box import store as box
from mailer.web.answering import shown
from mailer.web.answering.turn import REVIEW, Turn, turn
from mailer.web.pages import Pages

EMPTY = "Inget är ifyllt, så det finns inget att skicka in."
EMPTY_SHEET = "Inget är ifyllt. Är bladet tomt: tryck på ”Bladet är tomt”."


@dataclass(frozen=True, slots=True)
class Filling:
    """One form. `path`: where it is posted. `desk`: the page it came from. `heading`: whose it is."""

    questionnaire: Questionnaire
    parts: tuple[Part, ...]
    language: Language
    path: str
    desk: str
    heading: str
    invitation: int = 0
    keeps: bool = True  # what is signed is saved as one goes; else it travels in the form too
    is_sheet: bool = False  # a code-less sheet: nobody's
    says: str = ""  # what a caller says before the anonymous questions
    once: str = ""  # of a sheet: which filling-in of the form it is, for a button that is pressed twice
    way_back: str = "Till samtalet"  # what the link to `desk` says

    @property
    def numbers(self) -> Mapping[str, int]:
        """Question -> its number on the paper that is typed in; none in a call."""
        return on_paper(self.questionnaire) if self.is_sheet or not self.keeps else {}

    @property
    def travelling(self) -> tuple[Question, ...]:
        """The questions whose answers travel in the form."""
        parts = [part for part in self.parts if part is Part.ANONYMOUS or not self.keeps]
        return tuple(q for part in parts for section in self.questionnaire.of_part(part) for q in section.questions)


def first(filling: Filling, saved: Answers) -> Turn:
    """Where a form that is opened begins: at what is not answered yet."""
    pages = form.pages(filling.questionnaire, filling.parts, saved)
    here = shown.first_open(pages, saved) or (pages[0] if pages else None)
    return Turn("page" if here else "review", here, saved, {}, saved)


def posted(filling: Filling, saved: Answers, fields: Mapping[str, str]) -> Turn:
    """What a posted page leads to; ”submit” only when every text has its room."""
    found = _said(filling, turn(filling.questionnaire, filling.parts, saved, fields, filling.language))
    if found.shows != "submit" or not found.ballot:
        return found
    over = box.too_long(filling.questionnaire, found.ballot)
    if not over:
        return found
    pages = form.pages(filling.questionnaire, filling.parts, {**found.signed, **found.ballot})
    here = next((page for page in pages if any(q.key in over for q in page.questions)), None)
    return replace(found, shows="page", page=here, wrong=over)


def travelled(filling: Filling, fields: Mapping[str, str]) -> Answers:
    """The signed answers that have come along in the form."""
    signed = [q for section in filling.questionnaire.of_part(Part.SIGNED) for q in section.questions]
    answers, wrong = form.read(signed, fields, filling.language)
    return form.sound(answers, wrong)


def is_submitted(fields: Mapping[str, str]) -> bool:
    """Whether the button under everything was pressed."""
    return fields.get("sida") == REVIEW and fields.get("button") == "submit"


def _said(filling: Filling, now: Turn) -> Turn:
    """The mistake, as it is said to one who fills in for somebody else."""
    if not now.mistake:
        return now
    return replace(now, mistake=EMPTY_SHEET if filling.is_sheet else EMPTY)


def relaxed(questionnaire: Questionnaire) -> Questionnaire:
    """The same, with nothing required: what paper does not say nobody can type."""
    sections = tuple(
        replace(section, questions=tuple(replace(q, required=False) for q in section.questions))
        for section in questionnaire.sections
    )
    return replace(questionnaire, sections=sections)


def page(pages: Pages, filling: Filling, now: Turn) -> Response:
    """The page of questions, or all of it to read through."""
    if now.page is None or now.shows == "review":
        return _review(pages, filling, now)
    every = form.pages(filling.questionnaire, filling.parts, {**now.signed, **now.ballot})
    opens = next((one.key for one in every if one.part is Part.ANONYMOUS), "")
    return _shown(
        pages, filling, "field_form", 422 if now.wrong else 200, page=now.page, answers=now.typed, wrong=now.wrong,
        text=shown.prose(now.page.text, filling.language), number=shown.place_of(every, now.page), count=len(every),
        carried=_carried(filling, now, now.page), says=filling.says if now.page.key == opens else "",
    )  # fmt: skip


def _review(pages: Pages, filling: Filling, now: Turn) -> Response:
    parts = shown.review(filling.questionnaire, filling.parts, now.signed, now.ballot, filling.language)
    return _shown(
        pages, filling, "field_review", 422 if now.mistake else 200, review=REVIEW, sections=parts,
        anonymous=[section.key for section in filling.questionnaire.of_part(Part.ANONYMOUS)],
        carried=_carried(filling, now, None), mistake=now.mistake,
    )  # fmt: skip


def _shown(pages: Pages, filling: Filling, name: str, status: int, **values: Any) -> Response:
    return pages.member(
        name, filling.language, filling.path, status, filling=filling, numbers=filling.numbers, **values
    )


def _carried(filling: Filling, now: Turn, here: FormPage | None) -> tuple[tuple[str, str], ...]:
    """The answers of the other pages that are nowhere but in the form until it is submitted."""
    on_page = {q.key for q in here.questions} if here is not None else set()
    answers = {**now.signed, **now.ballot}
    return form.carried([q for q in filling.travelling if q.key not in on_page], answers)


def after(pages: Pages, filling: Filling, typed: Answers, wrong: Mapping[str, str], note: str) -> Response:
    """The last thing, when all else is submitted: ”contact me”."""
    return _shown(
        pages, filling, "field_after", 422 if wrong else 200, wrong=wrong, answers=typed, note=note,
        questions=form.asked(filling.questionnaire, typed, Part.AFTER),
        title=next((section.title for section in filling.questionnaire.of_part(Part.AFTER)), None),
    )  # fmt: skip
