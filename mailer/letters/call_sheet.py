"""A call sheet on paper: ten people for one caller, for those who ring without a screen.

Takes   a SheetPaper: the sheet's number, its caller, its people, the approved script.
Gives   a PDF of two pages, to be printed on both sides of one sheet of A4: the people, and what to say.
Fails   OSError when the file cannot be written.

What a passer-by reads on the kitchen table names no association and no survey: both stand on the back, with the script.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from fpdf import FPDF

from mailer.languages import LANGUAGES
from mailer.letters import faces
from mailer.letters.faces import POINT
from mailer.letters.page import new_document, save
from mailer.letters.rows import LEADING, PAGE_WIDTH, Row, gap, paragraph, prose, rule, set_line, tick_box
from mailer.letters.sheet_paper import SheetLine, SheetPaper, Tick
from mailer.words import clock, count, day

PEOPLE = 10  # on one sheet
LEFT, RIGHT, EDGE = 14.0, PAGE_WIDTH - 14.0, 13.0
FOOT = 263.5
SMALL, NAME = 11.0, 13.0  # points: to be read at a kitchen table
LINE = SMALL * POINT * LEADING
BOX = 5.0
NAME_HEIGHT = 7.2  # a person's first line
DAY, HOUR = 24.0, 16.0  # lines to write them on
WRITTEN = DAY + HOUR + 17  # with the words before them
ANSWERED = "Svarade: fyll i blanketten"
BACK_ROOM = 297 - 2 * EDGE - 6
BACK_SIZES = (12.0, 11.5, 11.0)  # points


def print_call_sheet(path: Path, paper: SheetPaper) -> None:
    """Write the sheet to the file: its front has the people, its back what to say."""
    pdf = new_document(f"Blad {paper.number}")
    pdf.add_page(format="A4", orientation="P")
    top = _head(pdf, paper)
    for line in paper.lines:
        row = _person(line, paper.ticks)
        if top + row.height > FOOT:  # more people, or longer outcomes, than one side holds
            pdf.add_page(format="A4", orientation="P")
            top = EDGE
        row.draw(pdf, top)
        top += row.height
    _foot(pdf, paper)
    if pdf.page_no() % 2 == 0:  # what is said names the association: never on the front of a sheet
        pdf.add_page(format="A4", orientation="P")
    pdf.add_page(format="A4", orientation="P")
    _back(pdf, paper)
    save(pdf, path)


def _head(pdf: FPDF, paper: SheetPaper) -> float:
    set_line(pdf, LEFT, EDGE, f"Blad {paper.number}", 22, "B")
    set_line(pdf, RIGHT, EDGE, paper.caller, 14, "B", align="R")
    last = paper.until.date()
    until = f"kl. {clock(paper.until)}" if last == paper.evening else f"{day(last)} kl. {clock(paper.until)}"
    set_line(pdf, RIGHT, EDGE + 6.5, f"{_capital(day(paper.evening))}. Bladet gäller till {until}.", SMALL, align="R")
    first = paragraph(
        "Fråga efter personen med namn och vänta på ett ja. Säg inte varifrån du ringer innan dess, och lämna inget "
        "meddelande. Vad du säger sedan står på baksidan. Sätt ett kryss för varje person.",
        LEFT, RIGHT - LEFT, SMALL,
    )  # fmt: skip
    first.draw(pdf, EDGE + 13)
    return EDGE + 13 + first.height + 2


def _person(line: SheetLine, ticks: Sequence[Tick]) -> Row:
    """One person: whom to call, and the boxes."""
    told = _told(line)
    room = RIGHT - LEFT - 9 - faces.width(told, SMALL) - faces.width(line.phone, NAME, "B") - 8
    name = _fitted(line.name, min(room, 90))
    rows = _placed((Tick(ANSWERED), *sorted(ticks, key=lambda tick: tick.has_time)))

    def draw(pdf: FPDF, top: float) -> None:
        rule(pdf, LEFT, RIGHT, top, 0.2)
        set_line(pdf, LEFT, top + 1, f"{line.number}.", NAME, "B")
        end = set_line(pdf, LEFT + 9, top + 1, name, NAME, "B")
        set_line(pdf, max(end + 4, min(LEFT + 72, LEFT + 9 + room)), top + 1, line.phone, NAME, "B")
        set_line(pdf, RIGHT, top + 1.4, told, SMALL, align="R")
        for x, y, tick in rows:
            tick_box(pdf, x, top + y, BOX)
            end = set_line(pdf, x + BOX + 1.5, top + y + (BOX - LINE) / 2, tick.words, SMALL)
            if tick.has_time:
                _time(pdf, end, top + y)

    return Row(max(y for _, y, _ in rows) + BOX + 3, draw)


def _placed(ticks: Sequence[Tick]) -> list[tuple[float, float, Tick]]:
    """The boxes in lines: (x, how far below the person's top, the tick). That with a time is last."""
    placed = []
    x, y = LEFT, NAME_HEIGHT
    for tick in ticks:
        width = BOX + 1.5 + faces.width(faces.printable(tick.words), SMALL) + (WRITTEN if tick.has_time else 0)
        if x + width > RIGHT and x > LEFT:
            x, y = LEFT, y + BOX + 1.5
        placed.append((x, y, tick))
        x += width + 3
    return placed


def _time(pdf: FPDF, x: float, y: float) -> None:
    """A line for the day, and one for the hour."""
    for words, length in (("dag", DAY), ("kl.", HOUR)):
        end = set_line(pdf, x + 1.5, y + (BOX - LINE) / 2, words, SMALL)
        x = end + 1 + length
        rule(pdf, end + 1, x, y + BOX - 0.5)


def _told(line: SheetLine) -> str:
    """What is worth knowing before the call."""
    told = ["engelska"] if line.language == "en" else []
    if line.again:
        told.append(f"vill bli ringd {line.again}")
    elif line.calls:
        told.append(count(line.calls, "samtal förut", "samtal förut"))
    return " · ".join(told)


def _foot(pdf: FPDF, paper: SheetPaper) -> None:
    to = f" till {paper.return_to}" if paper.return_to else ""
    many = count(len(paper.lines), "person", "personer")
    text = paragraph(
        f"Blad {paper.number}, {many}. Lämna tillbaka bladet{to}. Det får inte fotograferas, kopieras eller läggas i "
        "soporna. Har du tappat bort det? Säg till genast.",
        LEFT, RIGHT - LEFT, SMALL, "B",
    )  # fmt: skip
    rule(pdf, LEFT, RIGHT, FOOT, 0.2)
    text.draw(pdf, FOOT + 1.5)
    y = FOOT + 1.5 + text.height + 4
    end = set_line(pdf, LEFT, y, "Återlämnat den", SMALL)
    rule(pdf, end + 2, end + 40, y + LINE)
    end = set_line(pdf, end + 44, y, "Namn", SMALL)
    rule(pdf, end + 2, RIGHT, y + LINE)


def _back(pdf: FPDF, paper: SheetPaper) -> None:
    """What is said after the yes; smaller type when both languages want room."""
    set_line(pdf, RIGHT, EDGE, f"Blad {paper.number}, baksidan", SMALL, align="R")
    rows: tuple[Row, ...] = ()
    for size in BACK_SIZES:
        rows = tuple(_said(paper, size))
        if sum(row.height for row in rows) <= BACK_ROOM:
            break
    top = EDGE + 6
    for row in rows:
        if top + row.height > EDGE + 6 + BACK_ROOM:  # a script that no back holds goes on, on a page of its own
            pdf.add_page(format="A4", orientation="P")
            top = EDGE
        row.draw(pdf, top)
        top += row.height


def _said(paper: SheetPaper, size: float) -> Iterator[Row]:
    width = RIGHT - LEFT
    yield paragraph("När du har fått ett ja", LEFT, width, 16, "B")
    yield gap(2)
    languages = {line.language for line in paper.lines}
    for language in [one for one in LANGUAGES if one == "sv" or one in languages]:
        if script := paper.scripts.get(language, "").strip():
            if language != "sv":
                yield gap(3)
                yield paragraph("På engelska", LEFT, width, 14, "B")
            yield from prose(script, LEFT, width, size)
    yield gap(3)
    yield paragraph("Så fyller du i", LEFT, width, 14, "B")
    for text in _rules(paper):
        yield paragraph(text, LEFT, width, size)
        yield gap(1)


def _rules(paper: SheetPaper) -> Iterator[str]:
    yield (
        f"{ANSWERED}. Ta ett frågeblad och skriv ”blad {paper.number}” och personens nummer på det, inget namn. Skriv "
        "svaren medan ni talas vid. Har enkäten en svarssedel: skriv inget alls på den mer än svaren, och lägg den i "
        "det lilla kuvertet. Allt lämnar du tillsammans med det här bladet."
    )
    yield "Dölj ditt eget nummer när du ringer: slå #31# före det."
    yield "Ring igen: skriv dagen och klockslaget som personen bad om."
    yield "Inget av det stämmer? Lämna rutorna tomma. Skriv inget om personen på bladet."
    if paper.telephone:
        yield f"Vill någon ringa tillbaka: {paper.telephone}. Lämna inte ut ditt eget nummer."


def _fitted(name: str, width: float) -> str:
    """A name that is too long for its room, with three dots: the number beside it is what is called."""
    text = faces.printable(name)
    while faces.width(text, NAME, "B") > width:
        text = text.removesuffix("…")[:-1].rstrip() + "…"
    return text


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
