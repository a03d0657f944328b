"""The form of a survey, without anything that shows it: the house reads what is typed, and asks what is to be asked."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.content.questionnaires.model import Condition, Option, Part, Question, Section, Sort, Words
from mailer.surveys.answers import form
from mailer.surveys.answers.form_reading import field_of, words_field_of
from tests.surveys.arranged import ANONYMOUS, QUESTIONNAIRE, SIGNED, option

BOTH = (Part.SIGNED, Part.ANONYMOUS)
CHOICES = (option("Ja", "Yes"), option("Kanske", "Perhaps"), option("Nej", "No"))


def a(sort: Sort, **more) -> Question:
    return Question("fråga", sort, Words("Hur?", "How?"), 1, **more)


ONE = a(Sort.ONE, options=CHOICES, has_other=True)
SEVERAL = a(Sort.SEVERAL, options=CHOICES, has_other=True, least=2, most=3)
SCALE = a(Sort.SCALE, least=0, most=10)
NUMBER = a(Sort.NUMBER, least=-5, most=1500)
TEXT = a(Sort.TEXT, least=3, most=10)


@pytest.mark.parametrize(
    ("question", "fields", "answers"),
    [
        (ONE, {}, {}),
        (ONE, {"q.fråga": "  "}, {}),
        (ONE, {"q.fråga": "ja"}, {"fråga": ("ja",)}),
        (ONE, {"q.fråga": ["ja"]}, {"fråga": ("ja",)}),
        (ONE, {"q.fråga": "annat", "w.fråga": " Cykla "}, {"fråga": ("annat",), "fråga.annat": ("Cykla",)}),
        (ONE, {"w.fråga": "Cykla"}, {"fråga": ("annat",), "fråga.annat": ("Cykla",)}),
        (ONE, {"q.fråga": "", "w.fråga": ""}, {}),
        (SEVERAL, {"q.fråga.nej": "yes", "q.fråga.ja": "yes"}, {"fråga": ("ja", "nej")}),
        (SEVERAL, {"q.fråga": ["nej", "ja", "nej"]}, {"fråga": ("ja", "nej")}),
        (SEVERAL, {"q.fråga.ja": "yes", "w.fråga": "Sy"}, {"fråga": ("ja", "annat"), "fråga.annat": ("Sy",)}),
        (SEVERAL, {"q.fråga.finns-inte": "yes"}, {}),
        (SCALE, {"q.fråga": "0"}, {"fråga": ("0",)}),
        (SCALE, {"q.fråga": "10"}, {"fråga": ("10",)}),
        (a(Sort.SCALE), {"q.fråga": "5"}, {"fråga": ("5",)}),
        (NUMBER, {"q.fråga": "12"}, {"fråga": ("12",)}),
        (NUMBER, {"q.fråga": "012"}, {"fråga": ("12",)}),
        (NUMBER, {"q.fråga": "1 200"}, {"fråga": ("1200",)}),
        (NUMBER, {"q.fråga": "1\u00a0200"}, {"fråga": ("1200",)}),
        (NUMBER, {"q.fråga": "12,0"}, {"fråga": ("12",)}),
        (NUMBER, {"q.fråga": "12."}, {"fråga": ("12",)}),
        (NUMBER, {"q.fråga": "−4"}, {"fråga": ("-4",)}),  # the minus sign of typographers
        (NUMBER, {"q.fråga": "+4"}, {"fråga": ("4",)}),
        (a(Sort.DATE), {"q.fråga": "2024-02-29"}, {"fråga": ("2024-02-29",)}),
        (a(Sort.DATE), {"q.fråga": "29 februari 2024"}, {"fråga": ("2024-02-29",)}),
        (TEXT, {"q.fråga": " åtta ord "}, {"fråga": ("åtta ord",)}),
        (a(Sort.TEXT), {"q.fråga": "rad ett\nrad två"}, {"fråga": ("rad ett\nrad två",)}),
    ],
)
def test_reads_what_is_typed(question, fields, answers):
    assert form.read([question], fields) == (answers, {})
    kept, wrong = form.read([question], dict(form.carried([question], answers)))  # as it travels in the form
    assert (kept, wrong) == (answers, {})


@pytest.mark.parametrize(
    ("question", "fields", "answers", "says"),
    [
        (ONE, {"q.fråga": "vet ej"}, {}, "Välj ett av svaren."),
        (ONE, {"q.fråga": "annat"}, {"fråga": ("annat",)}, "Skriv några ord vid ”Annat”."),
        (ONE, {"q.fråga": "ja", "w.fråga": "Cykla"}, {"fråga": ("ja",)}, "Du har valt ett svar och skrivit ett eget."),
        (ONE, {"w.fråga": "x" * 201}, {"fråga": ("annat",), "fråga.annat": ("x" * 201,)}, "1 tecken för långt"),
        (SEVERAL, {"q.fråga.ja": "yes"}, {"fråga": ("ja",)}, "Välj minst 2. Du har valt 1."),
        (SEVERAL, {"q.fråga": ["ja", "kanske", "nej"], "w.fråga": "Sy"}, None, "Välj högst 3. Du har valt 4."),
        (SEVERAL, {"q.fråga": ["ja", "x"]}, {"fråga": ("ja",)}, "Välj bland svaren."),
        (SCALE, {"q.fråga": "11"}, {}, "från 0 till 10"),
        (SCALE, {"q.fråga": "5.0"}, {}, "från 0 till 10"),
        (NUMBER, {"q.fråga": "tre"}, {"fråga": ("tre",)}, "helt tal"),
        (NUMBER, {"q.fråga": "12,5"}, {"fråga": ("12,5",)}, "helt tal"),
        (NUMBER, {"q.fråga": "٣"}, {"fråga": ("٣",)}, "helt tal"),
        (NUMBER, {"q.fråga": "9" * 4000}, {"fråga": ("9" * 4000,)}, "helt tal"),
        (NUMBER, {"q.fråga": "1501"}, {"fråga": ("1501",)}, "från -5 till 1500"),
        (a(Sort.NUMBER, most=3), {"q.fråga": "4"}, {"fråga": ("4",)}, "högst 3"),
        (a(Sort.NUMBER, least=3), {"q.fråga": "2"}, {"fråga": ("2",)}, "minst 3"),
        (a(Sort.DATE), {"q.fråga": "31/2 2024"}, {"fråga": ("31/2 2024",)}, "2024-02-29"),
        (a(Sort.DATE), {"q.fråga": "2023-02-29"}, {"fråga": ("2023-02-29",)}, "2024-02-29"),
        (a(Sort.DATE), {"q.fråga": "29 februari"}, {"fråga": ("29 februari",)}, "2024-02-29"),
        (TEXT, {"q.fråga": "x" * 12}, {"fråga": ("x" * 12,)}, "2 tecken för lång"),
        (TEXT, {"q.fråga": "x"}, {"fråga": ("x",)}, "minst 3 tecken"),
        (a(Sort.TEXT), {"q.fråga": "x" * 2001}, {"fråga": ("x" * 2001,)}, "1 tecken för lång"),
    ],
)
def test_says_what_is_wrong_and_gives_back_what_was_typed(question, fields, answers, says):
    found, wrong = form.read([question], fields)
    assert says in wrong["fråga"]
    assert answers is None or found == answers
    assert form.sound(found, wrong) == {}
    assert form.read([question], fields, "en")[1]["fråga"] != wrong["fråga"]


@pytest.mark.parametrize(
    ("answers", "keys"),
    [
        ({}, ["om-dig", "vad-tycker-du"]),
        ({"aktiv": ("nej",)}, ["om-dig", "vad-tycker-du"]),
        ({"aktiv": ("ja",)}, ["om-dig", "om-dig.2", "vad-tycker-du"]),
        ({"aktiv": ("kanske",), "hur": ("torget",)}, ["om-dig", "om-dig.2", "vad-tycker-du"]),
    ],
)
def test_puts_a_question_on_a_page_after_the_one_it_hangs_on(answers, keys):
    pages = form.pages(QUESTIONNAIRE, BOTH, answers)
    assert [page.key for page in pages] == keys
    assert [bool(page.text.sv) for page in pages] == [page.key in ("om-dig", "vad-tycker-du") for page in pages]


def chained() -> list[Question]:
    """Four, each hanging on the one before."""
    made: list[Question] = []
    for n in range(4):
        on = Condition(f"f{n - 1}", ("ja",)) if n else None
        made.append(Question(f"f{n}", Sort.ONE, Words("?"), n, required=True, options=CHOICES, condition=on))
    return made


def test_asks_nothing_that_hangs_on_a_question_that_is_not_asked():
    section = Section("s", Part.SIGNED, Words("S"), Words(""), tuple(chained()))
    whole = dataclasses.replace(QUESTIONNAIRE, sections=(section,))
    answers = {"f0": ("ja",), "f1": ("nej",), "f2": ("ja",), "f3": ("ja",)}
    assert [q.key for q in form.asked(whole, answers, Part.SIGNED)] == ["f0", "f1"]
    assert [page.key for page in form.pages(whole, Part.SIGNED, answers)] == ["s", "s.2"]
    assert form.only_asked(whole, answers, Part.SIGNED) == {"f0": ("ja",), "f1": ("nej",)}
    assert form.missing(whole, {"f0": ("ja",)}, Part.SIGNED) == ("f1",)


def test_knows_what_still_wants_an_answer():
    assert form.missing(QUESTIONNAIRE, {}, BOTH) == ("aktiv", "viktigast")
    assert form.missing(QUESTIONNAIRE, {"aktiv": ("nej",)}, Part.SIGNED) == ()
    assert form.missing(QUESTIONNAIRE, {"aktiv": ("nej",)}, BOTH) == ("viktigast",)


def test_drops_own_words_with_the_branch_that_was_left():
    answers = {"aktiv": ("nej",), "hur": ("annat",), "hur.annat": ("Baka",), "ord": ("x",)}
    assert form.only_asked(QUESTIONNAIRE, answers, Part.SIGNED) == {"aktiv": ("nej",)}


@pytest.mark.parametrize(
    ("answers", "blank"), [({}, True), ({"a": ()}, True), ({"a": (" \n",)}, True), ({"a": ("x",)}, False)]
)
def test_knows_a_blank_survey(answers, blank):
    assert form.is_blank(answers) is blank


def test_forgets_an_answer_that_was_taken_back():
    before = {"aktiv": ("ja",), "hur": ("annat",), "hur.annat": ("Baka",)}
    assert form.merged(before, SIGNED.questions[1:], {}) == {"aktiv": ("ja",)}


KEYS = st.sampled_from([field_of(q, o.key) for q in (*SIGNED.questions, *ANONYMOUS.questions) for o in (
    *q.options, Option("annat", Words("Annat")), Option("", Words("")))] + [words_field_of(SIGNED.questions[1])])  # fmt: skip
VALUES = st.text(max_size=20) | st.sampled_from(["yes", "ja", "annat", "3", "bussen"])


@given(st.dictionaries(KEYS, VALUES | st.lists(VALUES, max_size=3), max_size=8))
def test_reads_anything_and_carries_it_through_any_number_of_pages(fields):
    """Nothing typed raises; what is sound reads the same however often it has travelled; nothing unknown is kept."""
    questions = (*SIGNED.questions, *ANONYMOUS.questions)
    answers, wrong = form.read(questions, fields)
    kept = form.sound(answers, wrong)
    assert form.read(questions, dict(form.carried(questions, kept))) == (kept, {})
    assert set(wrong) <= {q.key for q in questions}
    pages = form.pages(QUESTIONNAIRE, BOTH, kept)
    assert [q for page in pages for q in page.questions] == list(form.asked(QUESTIONNAIRE, kept, BOTH))
    for page in pages:
        here = {q.key for q in page.questions}
        assert not any(q.condition and q.condition.question in here for q in page.questions)
