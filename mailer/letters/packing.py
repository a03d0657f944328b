"""What lies beside a pile of letters: the packing list, and labels with the return address.

Takes   the envelopes of a run, how many sheets of paper each holds, a title; a return address.
Gives   PDFs on A4.
Fails   OSError when the file cannot be written.

The list says who is a member: it is as sensitive as the register, and says so. The return address goes on the back of
the envelope, on a label: on the sheet it would have to show in the window, where nothing but the address may.
"""

from collections.abc import Sequence
from pathlib import Path

from fpdf import FPDF

from mailer.letters import faces
from mailer.letters.address_lines import address_lines
from mailer.letters.model import Envelope
from mailer.letters.page import BLACK, GREY, new_document, save, write
from mailer.letters.rows import tick_box
from mailer.words import count

LEFT, RIGHT = 18.0, 192.0
_TICK, _NUMBER, _SHEETS, _NAME, _PLACE = 18.0, 36.0, 52.0, 58.0, 138.0
_FIRST, _STEP, _LAST = 58.0, 7.4, 268.0  # the rows, from the top of the page
_SIZE = 10.5
_SENSITIVE = (
    "Känsligt: listan visar vilka som är medlemmar. Lämna den aldrig framme, och riv den när breven är postade."
)
_COLUMNS, _DOWN = 3, 8  # labels on a sheet: 70 × 37 mm, the commonest kind
_LABEL = (70.0, 37.0)


def print_packing_list(path: Path, envelopes: Sequence[Envelope], title: str, sheets: Sequence[int] = ()) -> None:
    """A line for each envelope, to be ticked; sums below each page. `sheets`: of paper, as Printed.each; a sheet for
    each member when it is not given."""
    pdf = new_document(title)
    papers = list(sheets) or [len(envelope.sheets) for envelope in envelopes]
    fit = int((_LAST - _FIRST) // _STEP)
    pages = max(-(-len(envelopes) // fit), 1)
    for page in range(pages):
        pdf.add_page()
        _head(pdf, title, page + 1, pages)
        shown = range(page * fit, min((page + 1) * fit, len(envelopes)))
        for row, n in enumerate(shown):
            _row(pdf, _FIRST + row * _STEP, envelopes[n], papers[n])
        so_far = shown.stop
        pdf.set_text_color(BLACK)
        sums = f"{count(so_far, 'kuvert', 'kuvert')} och {count(sum(papers[:so_far]), 'ark', 'ark')}"
        write(pdf, f"Till och med den här sidan: {sums}" if page + 1 < pages else f"Summa: {sums}", LEFT, 277, 11, "B")
    _signature(pdf)
    save(pdf, path)


def print_return_labels(path: Path, return_address: str, number: int) -> None:
    """At least so many labels, 24 on a sheet, all with the return address alone: no name of an association."""
    pdf = new_document("Returadress")
    parts = [part.strip() for part in return_address.split(",") if part.strip()]
    wide = max((faces.width(faces.printable(part), 11) for part in parts), default=0)
    size = 11 * min(1, (_LABEL[0] - 12) / wide) if wide else 11
    each = _COLUMNS * _DOWN
    for _ in range(max(-(-number // each), 1)):
        pdf.add_page()
        for n in range(each):
            x, y = n % _COLUMNS * _LABEL[0] + 8, n // _COLUMNS * _LABEL[1] + 14
            write(pdf, "Returadress", x, y, 8)
            for line, part in enumerate(parts):
                write(pdf, part, x, y + 5.5 + line * 5, size)
    save(pdf, path)


def _head(pdf: FPDF, title: str, page: int, pages: int) -> None:
    pdf.set_text_color(BLACK)
    write(pdf, "Packlista", LEFT, 22, 18, "B")
    write(pdf, title, LEFT, 30, _fitting(title, 12, RIGHT - LEFT))
    write(pdf, f"sida {page} av {pages}", RIGHT, 22, 10, align="R")
    write(pdf, _SENSITIVE, LEFT, 37, _fitting(_SENSITIVE, 9.5, RIGHT - LEFT), "B")
    told = "Numret står längst ner på bladen. Blad med samma nummer ska i samma kuvert, det främsta med adressen ut."
    write(pdf, told, LEFT, 43, _fitting(told, 9.5, RIGHT - LEFT))
    pdf.set_text_color(GREY)
    write(pdf, "kuvert", _NUMBER, 51, 9, align="R")
    write(pdf, "ark", _SHEETS, 51, 9, align="R")
    write(pdf, "till", _NAME, 51, 9)
    pdf.set_draw_color(GREY)
    pdf.set_line_width(0.2)
    pdf.line(LEFT, 53, RIGHT, 53)


def _row(pdf: FPDF, y: float, envelope: Envelope, sheets: int) -> None:
    pdf.set_text_color(BLACK)
    pdf.set_draw_color(BLACK)
    tick_box(pdf, _TICK, y - 0.4, 4)
    baseline = y + 3
    write(pdf, str(envelope.number), _NUMBER, baseline, _SIZE, "B", "R")
    write(pdf, str(sheets), _SHEETS, baseline, _SIZE, align="R")
    names = faces.printable(", ".join(envelope.postal.names))
    write(pdf, names, _NAME, baseline, _fitting(names, _SIZE, _PLACE - _NAME - 3))
    place = (address_lines(envelope.postal) or ("",))[-1]
    write(pdf, place, _PLACE, baseline, _fitting(place, _SIZE, RIGHT - _PLACE))
    pdf.set_draw_color(210)
    pdf.set_line_width(0.1)
    pdf.line(LEFT, y + _STEP - 1.9, RIGHT, y + _STEP - 1.9)


def _signature(pdf: FPDF) -> None:
    pdf.set_draw_color(BLACK)
    pdf.set_line_width(0.2)
    write(pdf, "Postat den", LEFT, 288, 10)
    pdf.line(LEFT + 20, 288.5, LEFT + 55, 288.5)
    write(pdf, "Underskrift", LEFT + 62, 288, 10)
    pdf.line(LEFT + 83, 288.5, RIGHT, 288.5)


def _fitting(text: str, size: float, width: float) -> float:
    """The size in which it stands on one line."""
    wide = faces.width(faces.printable(text), size)
    return size if wide <= width else size * width / wide
