"""The letter: one page that is read, with a code to answer by, in an envelope with a window.

Takes   envelopes with their sheets, the approved words in each language, who writes, the window; the paper form.
Gives   a PDF; how many pages and sheets of paper it is; what cannot be printed as it is written.
Fails   AdminError when no address fits the window, OSError when the file cannot be written. Words never fail.

Each sheet has the whole address, so that any of a household's may lie in front. What is too long for a page is set
smaller, to 10 points, and then goes on to the next.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mailer.errors import Problem
from mailer.languages import Language, say
from mailer.letters import faces
from mailer.letters.address_lines import Placed, placed
from mailer.letters.faces import missing_glyphs
from mailer.letters.flow import Line, height, lay, lay_plain
from mailer.letters.form import PaperForm
from mailer.letters.model import Box, Envelope, LetterWords, Sender, Sheet, Window
from mailer.letters.page import A4, A5, draw_lines, new_document, save, write
from mailer.letters.parts import (
    ANSWER,
    FOOT,
    LEFT,
    RIGHT,
    WIDTH,
    draw_address,
    draw_answer,
    draw_folds,
    draw_foot,
    draw_mark,
    draw_sender,
)
from mailer.letters.windows import LEAST_SIZE, address_box, check, clear_zone

SIZES = (11.5, 11.0, 10.5, 10.0)  # points: the first in which the words take one page, else the last
SUBJECT = 15.0
BELOW_WINDOW = 11.0  # millimetres from what the window can show to the first line
TOP = 22.0  # of the pages that follow
_SIGNED = 7.0  # millimetres above the name

Page = tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Printed:
    """`pages` of the file, blank backs counted; `each`: sheets of paper in each envelope, in their order."""

    pages: int
    each: tuple[int, ...]

    @property
    def sheets(self) -> int:
        """Of paper."""
        return sum(self.each)


def print_letters(
    path: Path,
    envelopes: Sequence[Envelope],
    words: Mapping[Language, LetterWords],
    sender: Sender,
    window: Window,
    form: PaperForm | None = None,
    duplex: bool = True,
) -> Printed:
    """The letters in one file, in the order of the envelopes.

    `duplex`: blank backs are added, so that each letter begins on a sheet of its own when both sides are printed. A
    member whose language has no words gets the Swedish ones. A form is always laid out for both sides.
    """
    check(window)
    printer = _Printer(words, sender, window, form, duplex or form is not None)
    for envelope in envelopes:
        printer.add(envelope)
    printed = Printed(printer.pdf.pages_count, tuple(printer.each))
    save(printer.pdf, path)
    return printed


def unprintable(
    envelopes: Sequence[Envelope], words: Mapping[Language, LetterWords], window: Window
) -> tuple[Problem, ...]:  # fmt: skip
    """What the typefaces have no sign for, and addresses that the window has no room for: to be told before printing.
    Those letters are printed all the same, with ”?” for what is missing."""
    found = []
    for language, said in words.items():
        if signs := missing_glyphs(said.subject + said.text + said.signed_by):
            what = f"typsnittet saknar {_named(signs)}; det blir ”?” eller ingenting på papperet."
            found.append(Problem(f"brevets text ({language})", what, "Skriv det med andra tecken nästa gång."))
    for envelope in envelopes:
        postal = envelope.postal
        where = f"kuvert {envelope.number}, {', '.join(postal.names)}"
        first = "".join(sheet.first_name for sheet in envelope.sheets)
        if signs := missing_glyphs("".join((*postal.names, postal.care_of, postal.street, postal.city, first))):
            what = f"typsnittet saknar {_named(signs)}; på papperet blir det ”?” eller ingenting."
            found.append(Problem(where, what, "Skriv adressen för hand, och namnet i brevet."))
        address = placed(postal, address_box(window), LEFT)
        if address.is_small:
            what = f"adressen är så lång att den bara får plats i {address.size:.0f} punkter."
            remedy = (
                f"Mindre än {LEAST_SIZE:.0f} är svårt att läsa: skriv adressen för hand på ett kuvert utan fönster."
            )
            found.append(Problem(where, what, remedy))
    return tuple(found)


class _Printer:
    """Adds one envelope after the other to a document."""

    def __init__(
        self,
        words: Mapping[Language, LetterWords],
        sender: Sender,
        window: Window,
        form: PaperForm | None,
        duplex: bool,
    ) -> None:
        self.pdf = new_document(next(iter(words.values())).subject if words else "", A5 if window.paper == "A5" else A4)
        self.each: list[int] = []  # sheets of paper in each envelope
        self._words, self._sender, self._window, self._form, self._duplex = words, sender, window, form, duplex
        self._box, self._clear = address_box(window), clear_zone(window)
        self._laid: dict[tuple[Language, str], tuple[Page, ...]] = {}

    def add(self, envelope: Envelope) -> None:
        """All sheets of one envelope, and the forms that go with them."""
        address = placed(envelope.postal, self._box, LEFT)
        letters = [self._pages(sheet) for sheet in envelope.sheets]
        whole = [self._on_paper(len(pages)) + self._form_sheets(sheet)
                 for pages, sheet in zip(letters, envelope.sheets, strict=True)]  # fmt: skip
        before = 0
        for sheet, pages, own in zip(envelope.sheets, letters, whole, strict=True):
            marks = [_mark(envelope.number, before + self._on_paper(n), sum(whole)) for n in range(1, len(pages) + 1)]
            self._letter(sheet, pages, address, marks)
            if self._form is not None:
                self._form.draw(self.pdf, sheet.language, sheet.code, sheet.link)
            before += own
        self.each.append(sum(whole))

    def _letter(self, sheet: Sheet, pages: tuple[Page, ...], address: Placed, marks: list[str]) -> None:
        pdf, language = self.pdf, sheet.language
        if self._duplex and pdf.page % 2:
            pdf.add_page()
        for n, (lines, mark) in enumerate(zip(pages, marks, strict=True)):
            pdf.add_page()
            if not n:
                draw_address(pdf, address)
                draw_sender(pdf, self._sender, self._clear)
                draw_folds(pdf, self._window)
            draw_lines(pdf, lines, LEFT, TOP if n else _first_top(self._clear))
            if self._answers_on(n, len(pages)):
                draw_answer(pdf, sheet, pdf.h - FOOT - ANSWER)
                draw_foot(pdf, self._sender, language, pdf.h - FOOT + 1.5)
            if n + 1 < len(pages):
                below = pdf.h - FOOT - (ANSWER + 2 if self._answers_on(n, len(pages)) else 0)
                write(pdf, say(language, "Brevet fortsätter på nästa sida."), RIGHT, below, 9, "I", "R")
            draw_mark(pdf, mark)

    def _answers_on(self, page: int, pages: int) -> bool:
        """Where the code stands: on the first page; of A5, which has no room for it, on the last."""
        return page == (pages - 1 if self._window.paper == "A5" else 0)

    def _on_paper(self, pages: int) -> int:
        return -(-pages // 2) if self._duplex else pages

    def _form_sheets(self, sheet: Sheet) -> int:
        return self._form.sheets(sheet.language) if self._form is not None else 0

    def _pages(self, sheet: Sheet) -> tuple[Page, ...]:
        """A member's words, laid out: those of the same first name and language read the same."""
        key = (sheet.language, sheet.first_name)
        if key not in self._laid:
            if len(self._laid) > 500:
                self._laid.clear()
            said = self._words.get(sheet.language) or self._words["sv"]
            self._laid[key] = _laid(said, sheet, list(self._rooms()))
        return self._laid[key]

    def _rooms(self) -> Iterator[float]:
        """Millimetres for words on the first page, and on each that follows."""
        high, is_small = self.pdf.h, self._window.paper == "A5"
        yield high - _first_top(self._clear) - FOOT - (4 if is_small else ANSWER + 7)
        yield high - TOP - FOOT - (ANSWER + 7 if is_small else 4)


def _laid(words: LetterWords, sheet: Sheet, rooms: list[float]) -> tuple[Page, ...]:
    pages: tuple[Page, ...] = ()
    for size in SIZES:
        lines = _words(words, sheet, size)
        pages = _paged(lines, rooms)
        if len(pages) == 1:
            break
    return pages


def _words(words: LetterWords, sheet: Sheet, size: float) -> tuple[Line, ...]:
    """The subject, the text, who signs."""
    slots = {"first_name": faces.printable(sheet.first_name).strip()}
    subject = [replace(line, binds=True) for line in lay_plain(words.subject, WIDTH, SUBJECT, "B")]
    text = lay(words.text, WIDTH, size, slots)
    name, _, office = words.signed_by.partition(",")
    signed = [*lay_plain(name.strip(), WIDTH, size, "B")] if name.strip() else []
    signed += [replace(line, before=0) for line in lay_plain(office.strip(), WIDTH, size)] if office.strip() else []
    signed = [replace(line, before=0 if n else _SIGNED, binds=n + 1 < len(signed)) for n, line in enumerate(signed)]
    last = [replace(line, binds=True) for line in text[-1:]] if signed else text[-1:]
    return (*subject, *text[:-1], *last, *signed)


def _paged(lines: tuple[Line, ...], rooms: list[float]) -> tuple[Page, ...]:
    """The lines over pages. One that binds goes with the next, unless a page is too short for them."""
    pages: list[list[Line]] = [[]]
    group: list[Line] = []
    for line in lines:
        group.append(line)
        if line.binds and line is not lines[-1] and len(group) < 6:
            continue
        room = rooms[min(len(pages), len(rooms)) - 1]
        if pages[-1] and height((*pages[-1], *group)) > room:
            pages.append([])
        pages[-1] += group
        group = []
    pages[-1] += group
    return tuple(tuple(page) for page in pages)


def _first_top(clear: Box) -> float:
    return clear.y + clear.height + BELOW_WINDOW


def _mark(number: int, sheet: int, sheets: int) -> str:
    return f"kuvert {number}, blad {sheet} av {sheets}"


def _named(signs: str) -> str:
    return ", ".join(f"”{sign}” (U+{ord(sign):04X})" for sign in signs[:5]) + (" med flera" if len(signs) > 5 else "")
