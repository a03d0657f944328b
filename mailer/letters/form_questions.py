"""The questions of a paper form: words, boxes and lines, for a pen and for old eyes.

Takes   a questionnaire, the parts of one sheet, a language.
Gives   Blocks of Rows. All lengths are millimetres.
Fails   BrokenPromise on a help text whose Markdown has Problems: none that was approved.

12 points or more, boxes of 5 mm or more, one choice to a line. A question that hangs on another says so in words, for
paper hides nothing.
"""

from collections.abc import Iterator, Mapping, Sequence

from fpdf import FPDF

from mailer.content import plain
from mailer.content.questionnaires.model import OTHER, Part, Question, Questionnaire, Section, Sort
from mailer.content.questionnaires.numbers import of_sheet, on_paper
from mailer.languages import Language, say
from mailer.letters.rows import (
    BODY,
    LEFT,
    LINE,
    RIGHT,
    WIDTH,
    Block,
    Row,
    beside,
    gap,
    paragraph,
    prose,
    rule,
    set_line,
    stack,
    tick_box,
)

INDENT = LEFT + 8  # where choices begin: below the question's words
BOX = 5.5  # the side of a box to tick
TEXT_X = INDENT + BOX + 3
SECTION, QUESTION = 16.0, 13.0  # points
BETWEEN = 6.0  # two questions
OPTION_GAP = 1.9  # between two choices: a hand that shakes needs it
CELL = 8.0  # a box for one figure
WRITING = 9.0  # between two lines to write on
LETTERS_A_LINE = 55  # written by hand
MOST_LINES = 8
WIDEST_STEP = 20.0  # between the boxes of a scale
NARROWEST_SCALE = 80.0  # so that its ends have room for their words
ONE_LINE = 100_000  # columns: a paragraph is broken here, in millimetres


def sections(questionnaire: Questionnaire, parts: tuple[Part, ...], language: Language, air: float = 1) -> list[Block]:
    """The questions of one sheet under their headings. `air`: how much of the usual room is between them."""
    numbers, asked = on_paper(questionnaire), {question.key: question for question in questionnaire.questions}
    blocks: list[Block] = []
    for section in of_sheet(questionnaire, parts):
        blocks.append(Block(tuple(_section(section, language)), binds=bool(section.questions)))
        for question in section.questions:
            heading = _heading(question, numbers, asked, language)
            blocks.append(Block((heading, *_answer(question, language, air), gap(BETWEEN * air))))
    return blocks


def condition(question: Question, numbers: Mapping[str, int], asked: Mapping[str, Question], language: Language) -> str:
    """”Svara bara om du kryssade ”Ja” eller ”Kanske” på fråga 1.” of a question that hangs on another; else ””."""
    on = question.condition
    if on is None:
        return ""
    names = {option.key: option.words.say(language) for option in asked[on.question].options}
    names[OTHER] = say(language, "Annat")
    begin = "“" if language == "en" else "”"
    quoted = [f"{begin}{names.get(key, key)}”" for key in on.options]
    ticked = quoted[0]
    if len(quoted) > 1:
        ticked = say(language, "%(first)s eller %(last)s", first=", ".join(quoted[:-1]), last=quoted[-1])
    number = numbers[on.question]
    return say(language, "Svara bara om du kryssade %(options)s på fråga %(number)s.", options=ticked, number=number)


def hint(question: Question, language: Language) -> str:
    """How many boxes to tick, or which number to write."""
    least, most = question.least, question.most
    if question.sort in (Sort.ONE, Sort.SCALE):
        return say(language, "Kryssa en ruta.")
    if question.sort is Sort.NUMBER:
        if least is None or most is None:
            return say(language, "Ett helt tal.")
        return say(language, "Ett helt tal från %(least)s till %(most)s.", least=least, most=most)
    return _how_many(least, most, language) if question.sort is Sort.SEVERAL else ""


def _how_many(least: int | None, most: int | None, language: Language) -> str:
    if least and most:
        return say(language, "Kryssa %(least)s till %(most)s.", least=least, most=most)
    if most:
        return say(language, "Kryssa högst %(most)s.", most=most)
    if least:
        return say(language, "Kryssa minst %(least)s.", least=least)
    return say(language, "Kryssa så många du vill.")


def _section(section: Section, language: Language) -> Iterator[Row]:
    title = paragraph(section.title.say(language), LEFT, WIDTH, SECTION, "B")
    yield Row(2, lambda pdf, top: rule(pdf, LEFT, RIGHT, top, 0.8))
    yield title
    # What stands on the page ”contact me” is said to one who has just submitted all else; on paper nobody has.
    text = say(language, "Det här är frivilligt.") if section.part is Part.AFTER else section.text.say(language)
    if text.strip():
        yield from prose(text, LEFT, WIDTH, BODY)
    yield gap(4)


def _heading(question: Question, numbers: Mapping[str, int], asked: Mapping[str, Question], language: Language) -> Row:
    """The number and the words, on what it hangs, how to answer."""
    width = RIGHT - INDENT
    must = f" ({say(language, 'behöver ett svar')})" if question.required else ""
    help_text = plain.text(question.help.say(language), ONE_LINE) if question.help.sv.strip() else ""
    words = paragraph(question.words.say(language) + must, INDENT, width, QUESTION, "B")
    number = f"{numbers[question.key]}."
    first = Row(words.height, lambda pdf, top: _numbered(pdf, top, number, words))
    hangs = paragraph(condition(question, numbers, asked, language), INDENT, width, BODY, "I")
    told = paragraph(" ".join(filter(None, (help_text, hint(question, language)))), INDENT, width, BODY)
    return stack((first, hangs, told, gap(2)))


def _numbered(pdf: FPDF, top: float, number: str, words: Row) -> None:
    set_line(pdf, LEFT, top, number, QUESTION, "B")
    words.draw(pdf, top)


def _answer(question: Question, language: Language, air: float) -> Iterator[Row]:
    if question.sort in (Sort.ONE, Sort.SEVERAL):
        for option in question.options:
            yield _option(option.words.say(language), OPTION_GAP * air)
        if question.has_other:
            yield _other(say(language, "Annat") + ":", OPTION_GAP * air)
    elif question.sort is Sort.SCALE:
        yield _scale(question, language)
    elif question.sort is Sort.NUMBER:
        yield cells([(len(str(question.most or 9_999)), "")])
    elif question.sort is Sort.DATE:
        yield cells([(4, say(language, "år")), (2, say(language, "månad")), (2, say(language, "dag"))])
    else:
        lines = max(1, min(MOST_LINES, (question.most or 0) // LETTERS_A_LINE))
        yield from (Row(WRITING, lambda pdf, top: rule(pdf, INDENT, RIGHT, top + WRITING - 1)) for _ in range(lines))


def _option(words: str, below: float) -> Row:
    text = paragraph(words, TEXT_X, RIGHT - TEXT_X, BODY)
    lowered = (BOX - LINE) / 2  # its first line is beside the middle of the box

    def draw(pdf: FPDF, top: float) -> None:
        tick_box(pdf, INDENT, top, BOX)
        text.draw(pdf, top + lowered)

    return Row(max(text.height + lowered, BOX) + below, draw)


def _other(words: str, below: float) -> Row:
    """”Annat” with a line for words of one's own; what is written needs room above it."""
    above = 2.0

    def draw(pdf: FPDF, top: float) -> None:
        tick_box(pdf, INDENT, top + above, BOX)
        end = set_line(pdf, TEXT_X, top + above + (BOX - LINE) / 2, words, BODY)
        rule(pdf, end + 2, RIGHT, top + above + BOX)

    return Row(above + BOX + below, draw)


def _scale(question: Question, language: Language) -> Row:
    """A row of boxes with their numbers above, and words below both ends."""
    least = 1 if question.least is None else question.least
    steps = range(least, (5 if question.most is None else question.most) + 1)
    between = max(1, len(steps) - 1)
    pitch = min(max(WIDEST_STEP, NARROWEST_SCALE / between), (RIGHT - INDENT - BOX) / between)
    right = INDENT + pitch * between + BOX
    half = (right - INDENT) / 2 - 3
    low = paragraph(question.low.say(language), INDENT, half, BODY)
    high = paragraph(question.high.say(language), right - half, half, BODY, align="R")

    def draw(pdf: FPDF, top: float) -> None:
        for place, step in enumerate(steps):
            x = INDENT + place * pitch
            set_line(pdf, x + BOX / 2, top, str(step), BODY, align="C")
            tick_box(pdf, x, top + LINE + 0.5, BOX)

    return stack((Row(LINE + BOX + 1.5, draw), beside((low, high))))


def cells(groups: Sequence[tuple[int, str]]) -> Row:
    """Boxes for one figure each, in groups with their words below: a date, a number."""
    has_words = any(words for _, words in groups)

    def draw(pdf: FPDF, top: float) -> None:
        left = INDENT
        for count, words in groups:
            for n in range(count):
                tick_box(pdf, left + n * CELL, top, CELL)
            set_line(pdf, left + count * CELL / 2, top + CELL + 0.5, words, BODY, align="C")
            left += count * CELL + 4

    return Row(CELL + (LINE + 0.5 if has_words else 0), draw)
