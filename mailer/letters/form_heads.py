"""What stands on top of the two sheets of a paper form: how to fill it in, which envelope, who reads, by when.

Takes   a questionnaire, a language; one member's code and link.
Gives   Blocks; the code on the page.
Fails   never.

What is promised here is what those do who open the envelopes (docs/enkat.md, ”Svar på papper”). Change both together.
"""

from fpdf import FPDF

from mailer.content.questionnaires.model import Questionnaire
from mailer.languages import Language, days, say
from mailer.letters.page import draw_qr, scanned
from mailer.letters.rows import (
    BODY,
    LEFT,
    LINE,
    RULE,
    TOP,
    WIDTH,
    Block,
    Row,
    beside,
    gap,
    paragraph,
    rule,
    set_line,
    stack,
    tick_box,
)

TITLE, NAME, HEADING = 22.0, 15.0, 14.0  # points
QR = 24.0  # with its quiet zone
CODE_SIZE = 15.0  # points
CODE_WIDTH = 72.0  # the column of the code, to the right of the title
CODE_HEIGHT = 36.0
CELL = 5.5  # a box of the code that is written by hand
GROUPS, LETTERS = 3, 4
NAME_LINE = 8.0  # above the line for a name written by hand
PAD = 4.0  # inside a frame
BELOW = 6.0  # before the first question


def signed_head(questionnaire: Questionnaire, language: Language) -> list[Block]:
    """The title, the room for the code, and what to do, in three steps."""
    width = WIDTH - CODE_WIDTH - 6
    title = paragraph(questionnaire.title.say(language), LEFT, width, TITLE, "B")
    lead = paragraph(_lead(questionnaire, language), LEFT, width, BODY)
    head = beside((stack((title, gap(1), lead)), gap(CODE_HEIGHT)))
    steps = [_step(n, text) for n, text in enumerate(_steps(questionnaire, language), 1)]
    heading = paragraph(say(language, "Så här gör du"), LEFT + PAD, WIDTH - 2 * PAD, HEADING, "B")
    after = paragraph(_after(questionnaire, language), LEFT + PAD, WIDTH - 2 * PAD, BODY)
    return [Block((head, framed((heading, *steps, gap(1.5), after)), gap(BELOW)))]


def ballot_head(questionnaire: Questionnaire, language: Language) -> list[Block]:
    """The title, and that no name belongs here."""
    title = paragraph(questionnaire.title.say(language), LEFT, WIDTH, TITLE, "B")
    name = paragraph(say(language, "Svarssedel – utan namn"), LEFT, WIDTH, NAME, "B")
    told = say(
        language,
        "Skriv varken namn eller svarskod här. Svarssedeln har inget nummer och ingen kod: alla är likadana. Lägg den "
        "i det lilla kuvertet och klistra igen.",
    )
    text = paragraph(told, LEFT + PAD, WIDTH - 2 * PAD, BODY)
    return [Block((title, name, gap(2), framed((text,)), gap(BELOW)))]


def draw_code(pdf: FPDF, language: Language, code: str, link: str) -> None:
    """The member's own code in the corner of the signed sheet; without one, boxes to write it in."""
    right = LEFT + WIDTH
    if not code:
        left = right - CODE_WIDTH
        words = paragraph(say(language, "Din svarskod, om du har den:"), left, CODE_WIDTH, BODY)
        words.draw(pdf, TOP)
        for n in range(GROUPS * LETTERS):
            tick_box(pdf, left + n * CELL + n // LETTERS * 3, TOP + words.height + 1, CELL)
        below = TOP + words.height + CELL + 3
        name = paragraph(say(language, "Annars ditt namn, och medlemsnumret om du kan det:"), left, CODE_WIDTH, BODY)
        name.draw(pdf, below)
        rule(pdf, left, right, below + name.height + NAME_LINE)
        return
    set_line(pdf, right, TOP, say(language, "Din svarskod"), BODY, align="R")
    set_line(pdf, right, TOP + LINE, grouped(code), CODE_SIZE, "B", align="R")
    if link:
        draw_qr(pdf, scanned(link), right - QR, TOP + 2.4 * LINE, QR)
        rather = say(language, "Hellre på nätet? Rikta telefonens kamera mot rutan.")
        paragraph(rather, right - CODE_WIDTH, CODE_WIDTH - QR, BODY).draw(pdf, TOP + 2.9 * LINE)


def grouped(code: str) -> str:
    """ABCD-EFGH-JKMN."""
    return "-".join(code[n : n + LETTERS] for n in range(0, len(code), LETTERS))


def framed(rows: tuple[Row, ...]) -> Row:
    """Rows in a frame."""
    inside = stack((gap(PAD * 0.7), *rows, gap(PAD)))

    def draw(pdf: FPDF, top: float) -> None:
        inside.draw(pdf, top)
        pdf.set_line_width(RULE)
        pdf.rect(LEFT, top, WIDTH, inside.height, round_corners=True, corner_radius=2)

    return Row(inside.height, draw)


def _step(number: int, text: str) -> Row:
    """”1.” and what to do."""
    words = paragraph(text, LEFT + PAD + 7, WIDTH - 2 * PAD - 7, BODY)
    digit = paragraph(f"{number}.", LEFT + PAD, 7, BODY, "B")
    return stack((gap(1), beside((digit, words))))


def _lead(questionnaire: Questionnaire, language: Language) -> str:
    minutes = questionnaire.minutes
    name = say(language, "Frågeblad. Tar ungefär %(minutes)s minuter.", minutes=minutes)
    return name if minutes != 1 else say(language, "Frågeblad. Tar ungefär en minut.")


def _steps(questionnaire: Questionnaire, language: Language) -> list[str]:
    by = days.day(language, questionnaire.closes)
    if not questionnaire.is_secret:
        return [
            say(language, "Kryssa i rutorna och skriv på raderna. Du får hoppa över frågor, men inte dem som behöver "
                "ett svar."),
            say(language, "Lägg frågebladet i svarskuvertet och klistra igen."),
            say(language, "Posta kuvertet, eller lämna det till oss. Vi behöver ha det senast %(day)s.", day=by),
        ]  # fmt: skip
    return [
        say(language, "Fyll i både frågebladet och svarssedeln. Kryssa i rutorna och skriv på raderna. Du får hoppa "
            "över frågor, men inte dem som behöver ett svar."),
        say(language, "Lägg svarssedeln i det lilla kuvertet och klistra igen. Skriv inte ditt namn på den, och inte "
            "på kuvertet."),
        say(language, "Lägg det lilla kuvertet och frågebladet i svarskuvertet. Posta det, eller lämna det till oss. "
            "Vi behöver ha det senast %(day)s.", day=by),
    ]  # fmt: skip


def _after(questionnaire: Questionnaire, language: Language) -> str:
    readers = questionnaire.readers.say(language)
    if not questionnaire.is_secret:
        return say(language, "Svaren sparas med ditt namn. De läses av %(readers)s.", readers=readers)
    return say(
        language,
        "Frågebladet sparas med ditt namn, och svarskoden visar att du har svarat. Det lilla kuvertet läggs oöppnat i "
        "en hög med andras. Högen blandas innan den öppnas, så att ingen kan se vem som har svarat vad. Svaren läses "
        "av %(readers)s.",
        readers=readers,
    )
