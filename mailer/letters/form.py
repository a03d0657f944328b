"""The paper form: a signed sheet with the member's code, and a ballot sheet on which nothing is anybody's.

Takes   a questionnaire; a document, a language and a code.
Gives   pages appended to the document; how many sheets of paper they are.
Fails   never; print_form OSError when the file cannot be written.

The postal vote's pattern: the signed sheet lies in the outer envelope with the code, the ballot sheet in an inner one.
The ballot sheets of a language are the same to the byte, whoever they are printed for. Each begins on a sheet of paper
of its own, on whichever sides the printer prints.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakKeyDictionary

from fpdf import FPDF

from mailer.content.questionnaires.model import Part, Questionnaire
from mailer.content.questionnaires.numbers import BALLOT_SHEET, SIGNED_SHEET
from mailer.languages import Language, say
from mailer.letters.form_heads import ballot_head, draw_code, signed_head
from mailer.letters.form_questions import sections
from mailer.letters.page import new_document, save
from mailer.letters.rows import BODY, FOOT, LEFT, WIDTH, Block, Page, paged, set_line
from mailer.letters.stamps import Stamp, stamped

# How much of the usual room is between questions and choices: less only where it saves a sheet of paper.
AIR = (1.0, 0.8, 0.6)
Pages = tuple[Page, ...]


@dataclass(frozen=True, slots=True)
class _Laid:
    """The pages of both sheets, in one language."""

    signed: Pages
    ballot: Pages

    @property
    def sheets(self) -> int:
        """Of paper, printed on both sides."""
        return _sheets(self.signed) + _sheets(self.ballot)


class PaperForm:
    """The form of one questionnaire: laid out once for a language, drawn once in a document, then repeated."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self._questionnaire = questionnaire
        self._laid: dict[Language, _Laid] = {}
        self._stamps: WeakKeyDictionary[FPDF, dict[tuple[Language, str, int], Stamp]] = WeakKeyDictionary()

    def sheets(self, language: Language) -> int:
        """How many sheets of paper one member's form is, printed on both sides."""
        return self._of(language).sheets

    def draw(self, pdf: FPDF, language: Language, code: str, link: str = "") -> None:
        """Append one member's form. `code`: 12 characters; ””: boxes to write it in. `link`: what its QR code says.
        It begins on an odd page of the document, and ends on an even one."""
        laid = self._of(language)
        self._sheet(pdf, language, "signed", laid.signed, code, link)
        if laid.ballot:
            self._sheet(pdf, language, "ballot", laid.ballot)
        _to_odd(pdf)

    def _of(self, language: Language) -> _Laid:
        if language not in self._laid:
            self._laid[language] = _laid_out(self._questionnaire, language)
        return self._laid[language]

    def _sheet(
        self, pdf: FPDF, language: Language, which: str, pages: Pages, code: str = "", link: str = ""
    ) -> None:  # fmt: skip
        _to_odd(pdf)
        stamps = self._stamps.setdefault(pdf, {})
        for number, rows in enumerate(pages, 1):
            pdf.add_page(format="A4", orientation="P")
            key = (language, which, number)
            if key in stamps:
                stamps[key].repeat(pdf)
            else:
                with stamped(pdf) as stamp:
                    for row, top in rows:
                        row.draw(pdf, top)
                    _foot(pdf, language, which, number, len(pages))
                stamps[key] = stamp
            if which == "signed" and number == 1:
                draw_code(pdf, language, code, link)


def print_form(path: Path, questionnaire: Questionnaire, language: Language, copies: int = 1) -> None:
    """Blank forms for the square and the meeting: the code is written by hand."""
    pdf = new_document(questionnaire.title.say(language))
    form = PaperForm(questionnaire)
    for _ in range(copies):
        form.draw(pdf, language, "")
    save(pdf, path)


def _laid_out(questionnaire: Questionnaire, language: Language) -> _Laid:
    def pages(head: Sequence[Block], parts: tuple[Part, ...]) -> Pages:
        tries = [paged([*head, *sections(questionnaire, parts, language, air)]) for air in AIR]
        return min(tries, key=_sheets)

    signed = pages(signed_head(questionnaire, language), SIGNED_SHEET)
    is_secret = questionnaire.is_secret
    return _Laid(signed, pages(ballot_head(questionnaire, language), BALLOT_SHEET) if is_secret else ())


def _sheets(pages: Pages) -> int:
    return (len(pages) + 1) // 2


def _to_odd(pdf: FPDF) -> None:
    """The next page added is the front of a sheet of paper."""
    if pdf.page_no() % 2:
        pdf.add_page(format="A4", orientation="P")


def _foot(pdf: FPDF, language: Language, which: str, number: int, count: int) -> None:
    name = say(language, "Svarssedel") if which == "ballot" else say(language, "Frågeblad")
    set_line(pdf, LEFT, FOOT, name, BODY)
    if number < count:
        set_line(pdf, LEFT + WIDTH / 2, FOOT, say(language, "Fortsätter på nästa sida"), BODY, align="C")
    place = say(language, "Sida %(number)s av %(count)s", number=number, count=count)
    set_line(pdf, LEFT + WIDTH, FOOT, place, BODY, align="R")
