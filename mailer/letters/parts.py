"""What a letter has besides its words: who writes, how to answer, the foot, the marks.

Takes   a document whose page is open; the values; where it stands.
Gives   ink.
Fails   never.
"""

from fpdf import FPDF

from mailer.languages import Language, say
from mailer.letters import faces
from mailer.letters.address_lines import Placed
from mailer.letters.flow import lay_plain
from mailer.letters.model import Box, Sender, Sheet, Window
from mailer.letters.page import BLACK, GREY, draw_lines, draw_qr, scanned, write

LEFT, RIGHT = 25.0, 185.0
WIDTH = RIGHT - LEFT
QR = 34.0  # its quiet zone counted: the modules take 24–28 mm of it
ANSWER = 40.0  # the height of the block with code and QR
FOOT = 22.0  # from its top to the page's lower edge
MARK = 7.0  # points
_SMALL, _LEAST = 8.5, 7.0
_FOOT_LINES = 3  # that have room above the mark
_SENDER, _CODE = 15.0, 23.0
_LOGO_Y = 20.0  # the baseline of who writes, where nothing is in its way
_BESIDE = 45.0  # millimetres that who writes needs beside the window


def draw_address(pdf: FPDF, address: Placed) -> None:
    """The only thing that the window shows."""
    pdf.set_text_color(BLACK)
    for n, line in enumerate(address.lines):
        write(pdf, line, address.x, address.baseline(n), address.size)


def draw_sender(pdf: FPDF, sender: Sender, clear: Box) -> None:
    """Who writes, above the window's zone, or beside it where there is no room above."""
    x, y, width = LEFT, _LOGO_Y, WIDTH
    if clear.y < _LOGO_Y + 8:
        x, width = _beside(clear)
    if width < _BESIDE:
        return  # the foot says it
    size = _SENDER
    while size > 9 and faces.width(faces.printable(sender.association), size, "B") > width:
        size -= 0.5
    pdf.set_text_color(BLACK)
    y = draw_lines(pdf, lay_plain(sender.association, width, size, "B"), x, y - 6)
    contact = "  ·  ".join(part for part in (sender.contact, sender.telephone) if part)
    if clear.y >= _LOGO_Y + 8 and y < clear.y - 5:
        pdf.set_text_color(GREY)
        write(pdf, contact, x, y + 2.8, _SMALL)
        pdf.set_text_color(BLACK)


def draw_answer(pdf: FPDF, sheet: Sheet, y: float) -> None:
    """The QR code, the short address, the code to type: in the member's language. `y`: its top."""
    language = sheet.language
    pdf.set_draw_color(170)
    pdf.set_line_width(0.3)
    pdf.rect(LEFT, y, WIDTH, ANSWER, round_corners=True, corner_radius=2.5)
    draw_qr(pdf, scanned(sheet.link), LEFT + 3, y + (ANSWER - QR) / 2, QR)
    x = LEFT + QR + 8
    width = RIGHT - x - 4
    pdf.set_text_color(BLACK)
    write(pdf, say(language, "Rikta telefonens kamera mot rutan, eller gå till"), x, y + 8.4, 10)
    write(pdf, sheet.page, x, y + 14.8, _fitting(sheet.page, 13, width), "B")
    name = faces.printable(sheet.first_name).strip()
    whose = say(language, "och skriv svarskoden för %(name)s:", name=name) if name else say(
        language, "och skriv din svarskod:")  # fmt: skip
    write(pdf, whose, x, y + 21.6, _fitting(whose, 10, width, ""))
    write(pdf, shown(sheet.code), x, y + 33, _fitting(shown(sheet.code), _CODE, width), "B")


def draw_foot(pdf: FPDF, sender: Sender, language: Language, y: float) -> None:
    """How to say no, who answers for the register, whom to ask, where more is written. Law: GDPR articles 13, 14 and
    21(4): the right to object is told of at the first letter at the latest."""
    said = [
        say(language, "Vill du inte svara? Säg nej tack på webbsidan eller till oss, så frågar vi inte igen."),
        say(language, "Ansvarig för dina personuppgifter: %(name)s.", name=sender.responsible),
    ]
    contact = ", ".join(part for part in (sender.contact, sender.telephone) if part)
    if contact:
        said.append(say(language, "Kontakt: %(contact)s.", contact=contact))
    if sender.privacy_page:
        page = sender.privacy_page.removeprefix("https://").removesuffix("/")
        said.append(say(language, "Så behandlar vi uppgifterna: %(page)s", page=page))
    pdf.set_text_color(GREY)
    size = _SMALL
    while len(lines := lay_plain(" ".join(said), WIDTH, size)) > _FOOT_LINES and size > _LEAST:
        size -= 0.5
    draw_lines(pdf, lines, LEFT, y)
    pdf.set_text_color(BLACK)


def draw_mark(pdf: FPDF, words: str) -> None:
    """Which envelope the sheet is for, small, at the lower edge."""
    pdf.set_text_color(GREY)
    write(pdf, words, RIGHT, pdf.h - 8, MARK, align="R")
    pdf.set_text_color(BLACK)


def draw_folds(pdf: FPDF, window: Window) -> None:
    """Where to fold: short lines at the left edge, out of the window's sight."""
    parts = round(pdf.h / window.sheet_height)
    pdf.set_draw_color(GREY)
    pdf.set_line_width(0.2)
    for n in range(1, parts):
        pdf.line(5.5, pdf.h * n / parts, 10, pdf.h * n / parts)


def shown(code: str) -> str:
    """ABCD-EFGH-JKMN."""
    return "-".join(code[n : n + 4] for n in range(0, len(code), 4))


def _fitting(text: str, size: float, width: float, style: faces.Style = "B") -> float:
    """The size in which it stands on one line."""
    wide = faces.width(faces.printable(text), size, style)
    return size if wide <= width else size * width / wide


def _beside(clear: Box) -> tuple[float, float]:
    """(x, width) of the wider side of the window's zone."""
    before, after = clear.x - 4 - LEFT, RIGHT - (clear.x + clear.width + 4)
    return (LEFT, before) if before >= after else (clear.x + clear.width + 4, after)
