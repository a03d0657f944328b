"""The house and its paper form: every question on paper, and nothing on a ballot that is anybody's."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from fpdf import FPDF

from mailer.content.questionnaires.model import Condition, Option, Part, Question, Questionnaire, Section, Sort, Words
from mailer.content.questionnaires.numbers import on_paper
from mailer.content.questionnaires.parse import parse_questionnaire
from mailer.languages import LANGUAGES, Language
from mailer.letters.form import PaperForm, print_form
from mailer.letters.form_questions import condition, hint
from mailer.letters.page import new_document
from tests.homes import ROOT
from tests.letters import printed
from tests.letters.printed import Leaf

ANNA, BO = "ACEFHJKMNPRT", "WX34679ACEFH"
SITE = "https://utskick.vallentuna.example/s/"
MARGIN = 12.0  # millimetres
SIGNED, BALLOT = slice(0, 2), slice(2, 4)  # the pages of the example


def example() -> Questionnaire:
    path = ROOT / "content" / "enkater" / "medlemsenkat-2024.md"
    found, _ = parse_questionnaire(path.name, path.read_bytes())
    assert found is not None
    return found


EXAMPLE = example()


def drawn(questionnaire: Questionnaire, language: Language = "sv", *codes: str, before: int = 0) -> FPDF:
    """A document with the forms of so many members, after so many other pages."""
    pdf, form = new_document("x"), PaperForm(questionnaire)
    for _ in range(before):
        pdf.add_page()
    for code in codes or (ANNA,):
        form.draw(pdf, language, code, SITE + code)
    return pdf


def asking(*questions: Question, part: Part = Part.SIGNED) -> Questionnaire:
    """A survey with these questions alone."""
    return replace(EXAMPLE, sections=(Section("s", part, Words("Frågor"), Words(""), questions),))


def option(words: str) -> Option:
    return Option(words, Words(words))


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> Language:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def pages(language: Language) -> list[Leaf]:
    return printed.leaves(drawn(EXAMPLE, language))


def boxes(question: Question) -> int:
    """How many boxes an answer has."""
    if question.sort is Sort.SCALE:
        return (question.most or 0) - (question.least or 0) + 1
    by_sort = {Sort.DATE: 8, Sort.NUMBER: len(str(question.most)), Sort.TEXT: 0}
    return by_sort.get(question.sort, len(question.options) + question.has_other)


def test_has_every_question_once_under_its_number(pages: list[Leaf], language: Language) -> None:
    text, numbers = " ".join(leaf.text for leaf in pages), on_paper(EXAMPLE)
    for question in EXAMPLE.questions:
        assert text.count(f"{numbers[question.key]}. {question.words.say(language)}") == 1, question.key


def test_has_every_choice_on_a_line_of_its_own(pages: list[Leaf], language: Language) -> None:
    wanted = Counter(option.words.say(language) for question in EXAMPLE.questions for option in question.options)
    there = Counter(line for leaf in pages for line in leaf.lines)
    assert {words: there[words] for words in wanted} == wanted
    own = "Other:" if language == "en" else "Annat:"
    assert there[own] == sum(question.has_other for question in EXAMPLE.questions)


def test_has_a_box_of_five_millimetres_for_every_choice_and_figure(pages: list[Leaf]) -> None:
    squares = [side for leaf in pages for side in leaf.squares]
    assert len(squares) == sum(boxes(question) for question in EXAMPLE.questions)
    assert min(squares) >= 5


def test_is_printed_in_type_that_the_old_can_read(pages: list[Leaf]) -> None:
    assert min(size for leaf in pages for size in leaf.sizes) >= 12


def test_keeps_to_its_margins(pages: list[Leaf]) -> None:
    assert all(min(leaf.ink) >= MARGIN for leaf in pages if leaf.ink)


def test_is_two_sheets_of_paper_in_the_example(pages: list[Leaf], language: Language) -> None:
    assert PaperForm(EXAMPLE).sheets(language) == 2
    assert len(pages) == 4


def test_parts_what_is_signed_from_the_ballot(pages: list[Leaf], language: Language) -> None:
    signed, ballot = (" ".join(leaf.text for leaf in pages[which]) for which in (SIGNED, BALLOT))
    for section in EXAMPLE.sections:
        here, there = (ballot, signed) if section.part is Part.ANONYMOUS else (signed, ballot)
        for question in section.questions:
            assert question.words.say(language) in here
            assert question.words.say(language) not in there


def test_says_what_goes_where_who_reads_and_by_when() -> None:
    first = printed.leaves(drawn(EXAMPLE))[0].text
    for words in ("Lägg svarssedeln i det lilla kuvertet", "Skriv inte ditt namn på den", "i svarskuvertet",
                  "senast söndag 30 juni 2024", "Anna Redaktör och Bo Godkännare"):  # fmt: skip
        assert words in first


def test_says_nothing_about_an_inner_envelope_when_there_is_no_ballot() -> None:
    openly = replace(EXAMPLE, sections=tuple(s for s in EXAMPLE.sections if s.part is not Part.ANONYMOUS))
    text = " ".join(leaf.text for leaf in printed.leaves(drawn(openly)))
    assert "lilla kuvertet" not in text
    assert "varssedel" not in text
    assert PaperForm(openly).sheets("sv") == 1


def test_does_not_say_on_paper_that_the_answers_are_submitted(pages: list[Leaf]) -> None:
    assert "inskickade" not in " ".join(leaf.text for leaf in pages)


def test_prints_each_members_own_code_and_a_qr_code_that_opens_it() -> None:
    pdf = drawn(EXAMPLE, "sv", ANNA, BO)
    found = printed.leaves(pdf)
    for page, code, shown in ((0, ANNA, "ACEF-HJKM-NPRT"), (4, BO, "WX34-679A-CEFH")):
        assert shown in found[page].text
        assert [said.lower() for said in printed.codes(pdf, page)] == [(SITE + code).lower()]


def test_prints_ballots_that_nobody_can_tell_apart() -> None:
    pdf = drawn(EXAMPLE, "sv", ANNA, BO, ANNA)
    for page in (3, 4):  # of the document, from 1
        one, two, three = (bytes(pdf.pages[page + 4 * member].contents) for member in range(3))  # type: ignore[arg-type]
        assert one == two == three
    first, second = (printed.picture(pdf, page, 2).tobytes() for page in (2, 6))
    assert first == second
    ballots = " ".join(leaf.text for leaf in printed.leaves(pdf)[6:8])
    assert not any(part in ballots for part in ("WX34", "679A", "CEFH"))
    assert printed.codes(pdf, 6) == printed.codes(pdf, 7) == []


@pytest.mark.parametrize("before", [0, 1])
def test_begins_each_sheet_on_the_front_of_a_piece_of_paper(before: int) -> None:
    found = printed.leaves(drawn(EXAMPLE, "sv", ANNA, BO, before=before))
    begun = before + before % 2
    firsts = [n for n, leaf in enumerate(found) if any("Sida 1 av" in line for line in leaf.lines)]
    assert firsts == [begun, begun + 2, begun + 4, begun + 6]
    assert len(found) % 2 == 0


def test_leaves_the_back_of_a_signed_sheet_empty_rather_than_print_a_ballot_there() -> None:
    short = asking(Question("a", Sort.ONE, Words("A?"), 1, options=(option("Ja"), option("Nej"))))
    ballot = Section("b", Part.ANONYMOUS, Words("B"), Words(""), (Question("b", Sort.TEXT, Words("B?"), 2, most=100),))
    found = printed.leaves(drawn(replace(short, sections=(*short.sections, ballot)), "sv", ANNA, BO))
    assert [leaf.ink is None for leaf in found] == [False, True] * 4


def test_carries_the_code_when_every_question_is_anonymous() -> None:
    only = replace(EXAMPLE, sections=EXAMPLE.of_part(Part.ANONYMOUS))
    found = printed.leaves(drawn(only))
    assert "ACEF-HJKM-NPRT" in found[0].text
    assert "ACEF" not in " ".join(leaf.text for leaf in found[1:])


def test_breaks_what_is_too_long_for_a_line() -> None:
    long = "Att vi tillsammans med andra föreningar ordnar språkcaféer, läxhjälp och utflykter för alla som vill, hela året"
    word = "Ä" * 120
    questions = [Question("a", Sort.SEVERAL, Words("W" * 300), 1, options=(option(long), option(word)), has_other=True)]
    questions.append(
        Question("s", Sort.SCALE, Words("Hur?"), 2, least=0, most=1, low=Words("M" * 60), high=Words(long))
    )
    found = printed.leaves(drawn(asking(*questions)))
    text = " ".join(leaf.text for leaf in found)
    assert long in text
    assert text.replace(" ", "").count("Ä") == 120
    assert text.count("W") == 300
    assert all(min(leaf.ink) >= MARGIN for leaf in found if leaf.ink)


def test_goes_over_the_pages_with_forty_questions_and_splits_none() -> None:
    many = [
        Question(f"q{n}", Sort.ONE, Words(f"Fråga nummer {n} i raden?"), n,
                 options=tuple(option(f"Val {n}-{m}") for m in range(2 + n % 7)))
        for n in range(1, 41)
    ]  # fmt: skip
    found = printed.leaves(drawn(asking(*many)))
    where = {line: page for page, leaf in enumerate(found) for line in leaf.lines}
    for n, question in enumerate(many, 1):
        on = {where[option.words.sv] for option in question.options}
        assert on == {where[f"{n}. Fråga nummer {n} i raden?"]}
    assert len(set(where.values())) > 5
    last = max(page for page in where.values())
    assert f"Sida 1 av {last + 1}" in found[0].text
    assert all(min(leaf.ink) >= MARGIN for leaf in found if leaf.ink)


def test_lets_a_question_that_no_page_holds_flow() -> None:
    many = tuple(option(f"Val {n} " + "med många ord " * 7) for n in range(30))
    found = printed.leaves(drawn(asking(Question("a", Sort.SEVERAL, Words("Vilka?"), 1, options=many))))
    text = " ".join(leaf.text for leaf in found)
    assert all(text.count(f"Val {n} med") == 1 for n in range(30))
    assert all(min(leaf.ink) >= MARGIN for leaf in found if leaf.ink)


def test_keeps_a_heading_with_its_first_question() -> None:
    """Wherever on the page the heading would have stood."""
    after = Section("r", Part.SIGNED, Words("En ny rubrik"), Words("En rad till."),
                    (Question("sist", Sort.TEXT, Words("Sist av allt?"), 9, most=110),))  # fmt: skip
    pdf = new_document("x")
    for choices in range(7, 16, 2):
        tall = Question("t", Sort.ONE, Words("Vad?"), 1, options=tuple(option(f"Val {n}") for n in range(choices)))
        survey = asking(tall)
        PaperForm(replace(survey, sections=(*survey.sections, after))).draw(pdf, "sv", ANNA)
    headings, questions = (
        [n for n, leaf in enumerate(printed.leaves(pdf)) if words in leaf.lines]
        for words in ("En ny rubrik", "2. Sist av allt?")
    )
    assert headings == questions
    assert {page % 2 for page in headings} == {0, 1}  # on the first page, and on the second


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (Question("q", Sort.ONE, Words("?"), 1), "Kryssa en ruta."),
        (Question("q", Sort.SCALE, Words("?"), 1, least=1, most=5), "Kryssa en ruta."),
        (Question("q", Sort.SEVERAL, Words("?"), 1, most=3), "Kryssa högst 3."),
        (Question("q", Sort.SEVERAL, Words("?"), 1, least=2), "Kryssa minst 2."),
        (Question("q", Sort.SEVERAL, Words("?"), 1, least=2, most=3), "Kryssa 2 till 3."),
        (Question("q", Sort.SEVERAL, Words("?"), 1), "Kryssa så många du vill."),
        (Question("q", Sort.NUMBER, Words("?"), 1, least=0, most=40), "Ett helt tal från 0 till 40."),
        (Question("q", Sort.TEXT, Words("?"), 1, most=40), ""),
    ],
)
def test_says_how_to_answer(question: Question, said: str) -> None:
    assert hint(question, "sv") == said


@pytest.mark.parametrize(
    ("language", "options", "said"),
    [
        ("sv", ("ja",), "Svara bara om du kryssade ”Ja” på fråga 1."),
        ("sv", ("ja", "kanske"), "Svara bara om du kryssade ”Ja” eller ”Kanske” på fråga 1."),
        ("sv", ("ja", "kanske", "annat"), "Svara bara om du kryssade ”Ja”, ”Kanske” eller ”Annat” på fråga 1."),
        ("en", ("ja", "annat"), "Answer only if you ticked “Yes” or “Other” in question 1."),
    ],
)
def test_says_of_whom_a_question_is_asked(language: Language, options: tuple[str, ...], said: str) -> None:
    choices = (Option("ja", Words("Ja", "Yes")), Option("kanske", Words("Kanske", "Perhaps")))
    first = Question("a", Sort.ONE, Words("A?"), 1, options=choices, has_other=True)
    second = Question("b", Sort.TEXT, Words("B?"), 2, condition=Condition("a", options))
    assert condition(second, {"a": 1, "b": 2}, {"a": first, "b": second}, language) == said


def test_prints_blank_forms_for_the_square_with_boxes_for_the_code(tmp_path: Path) -> None:
    print_form(tmp_path / "blad.pdf", EXAMPLE, "sv", 3)
    found = printed.leaves(tmp_path / "blad.pdf")
    assert len(found) == 12
    assert [leaf.lines for leaf in found[:4]] == [leaf.lines for leaf in found[8:]]
    with_code = printed.leaves(drawn(EXAMPLE))
    assert len(found[0].squares) == len(with_code[0].squares) + 12
    assert min(found[0].squares) >= 5
    assert printed.codes(tmp_path / "blad.pdf", 0) == []
    assert "Annars ditt namn" in found[0].text  # without a code the sheet must still be somebody's
    assert "Annars ditt namn" not in with_code[0].text
    assert all("ditt namn, och" not in leaf.text for leaf in found[2:4])
    assert min(found[0].ink or (0,)) >= MARGIN


def test_prints_the_same_bytes_for_the_same_form(tmp_path: Path) -> None:
    for name in ("a.pdf", "b.pdf"):
        print_form(tmp_path / name, EXAMPLE, "en", 1)
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()


def test_prints_whatever_an_editor_has_written() -> None:
    hostile = ("", " ", "سلام עולם", "🎉 Fest", "a\x00b\x07c", "{{ förnamn }}", "*" * 40, "[x](javascript:1)", "<b>")
    pdf = new_document("x")
    for words in hostile:
        choices = (option(words), option("B"))
        asked = Question("q", Sort.ONE, Words(words), 1, Words("Hjälp."), options=choices, low=Words(words))
        survey = replace(asking(asked), title=Words(words), readers=Words(words))
        PaperForm(survey).draw(pdf, "sv", ANNA)
    assert len(printed.leaves(pdf)) == 2 * len(hostile)
