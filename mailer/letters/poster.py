"""A table sign for the square and the meeting: scan, type your code, answer.

Takes   the address of the code page, the step's approved words in both languages.
Gives   a PDF of one page of A4.
Fails   OSError when the file cannot be written.

What is read across a square is Swedish and large; English stands beside it. Words that are too many get smaller.
"""

from collections.abc import Mapping
from pathlib import Path

from fpdf import FPDF

from mailer.content import markdown, plain
from mailer.languages import LANGUAGES, Language, say
from mailer.letters import faces
from mailer.letters.faces import Style
from mailer.letters.model import LetterWords
from mailer.letters.page import draw_qr, new_document, save
from mailer.letters.rows import PAGE_HEIGHT, PAGE_WIDTH, Row, gap, paragraph, prose, rule, stack

EDGE, BETWEEN = 18.0, 10.0
WIDTH = PAGE_WIDTH - 2 * EDGE
COLUMN = (WIDTH - BETWEEN) / 2
QR, LARGEST_QR = 60.0, 125.0
LARGEST = {"sv": 34.0, "en": 22.0}  # points of the headings
ADDRESS, LEAST_ADDRESS, TEXT, SMALLEST = 30.0, 12.0, 17.0, 6.0  # points


def print_poster(
    path: Path, link: str, page: str, words: Mapping[Language, LetterWords], association: str = ""
) -> None:
    """Write the sign. `link`: what the QR code says (https://…/svara); `page`: the same, to type. The heading is the
    subject, or the first paragraph where there is none."""
    pdf = new_document(page)
    pdf.add_page(format="A4", orientation="P")
    said = {language: _parted(words[language]) for language in LANGUAGES if language in words}
    said = {language: both for language, both in said.items() if language == "sv" or both != said.get("sv")}
    size = 1.0
    top, below = _above(said, size), _below(said, association, size)
    while top.height + QR + _address(page).height + below.height > PAGE_HEIGHT - 2 * EDGE and TEXT * size > SMALLEST:
        size -= 0.04
        top, below = _above(said, size), _below(said, association, size)
    _draw(pdf, (top, _address(page), below), link)
    save(pdf, path)


def _draw(pdf: FPDF, rows: tuple[Row, Row, Row], link: str) -> None:
    """What is above the code, the address below it, the rest; the code takes the room that is left."""
    top, address, below = rows
    room = PAGE_HEIGHT - 2 * EDGE - sum(row.height for row in rows)
    qr = min(max(room, QR), LARGEST_QR)
    top.draw(pdf, EDGE)
    draw_qr(pdf, link, (PAGE_WIDTH - qr) / 2, EDGE + top.height, qr)
    address.draw(pdf, EDGE + top.height + qr)
    below.draw(pdf, EDGE + top.height + qr + address.height)


def _parted(words: LetterWords) -> tuple[str, str]:
    """The heading, and the rest."""
    text = words.text.strip()
    if words.subject.strip():
        return words.subject, text
    heading, _, rest = text.partition("\n\n")
    return " ".join(plain.text(heading).split()) if not markdown.problems(heading, "") else heading, rest


def _above(said: Mapping[Language, tuple[str, str]], size: float) -> Row:
    rows = []
    for language, (heading, _) in said.items():
        style: Style = "B" if language == "sv" else ""
        rows += [paragraph(heading, EDGE, WIDTH, LARGEST[language] * size, style, "C"), gap(3)]
    return stack(rows)


def _address(page: str) -> Row:
    """The address to type, on one line as long as it can be read there."""
    size = min(ADDRESS, ADDRESS * 0.99 * WIDTH / max(1.0, faces.width(faces.printable(page), ADDRESS, "B")))
    return stack((paragraph(page, EDGE, WIDTH, max(size, LEAST_ADDRESS), "B", "C"), gap(6)))


def _below(said: Mapping[Language, tuple[str, str]], association: str, size: float) -> Row:
    """The rest of the words, Swedish to the left and English to the right; alone over the whole width."""
    width = COLUMN if len(said) > 1 else WIDTH
    columns = []
    for place, (language, (_, text)) in enumerate(said.items()):
        x = EDGE + place * (width + BETWEEN)
        heading = paragraph(say(language, "Så här gör du"), x, width, TEXT * size, "B")
        columns.append(stack((heading, gap(2), *prose(text, x, width, TEXT * size))))
    height = max((column.height for column in columns), default=0.0)

    def draw(pdf: FPDF, top: float) -> None:
        rule(pdf, EDGE, PAGE_WIDTH - EDGE, top, 0.6)
        for column in columns:
            column.draw(pdf, top + 5)

    name = paragraph(association, EDGE, WIDTH, 12, align="C")
    return stack((Row(height + 5, draw), gap(5), name))
