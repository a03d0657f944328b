"""A survey's file: what is read of it, and the sentence for each mistake."""

import os
import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.content.questionnaires.model import Condition, Option, Part, Sort, Words
from mailer.content.questionnaires.parse import parse_questionnaire, read_questionnaire
from mailer.content.questionnaires.prose import as_text
from tests.content.questionnaires.broken import BROKEN, PATH, RIGHT, put
from tests.homes import ROOT

EXAMPLE = Path(__file__).parents[3] / "content" / "enkater" / "medlemsenkat-2024.md"
GOLDEN = Path(__file__).parent / "broken.txt"


def said(name: str) -> str:
    broken = BROKEN[name]
    path, raw = broken if isinstance(broken, tuple) else (PATH, broken)
    made, problems = parse_questionnaire(path, raw)
    assert made is None, "ett fel som ingen klagar på"
    return "".join(f"{problem}\n" for problem in problems)


def expected() -> dict[str, str]:
    parts = re.split(r"^== (.*)\n", GOLDEN.read_text("utf-8"), flags=re.M)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


@pytest.mark.skipif(os.environ.get("MAILER_GOLDEN") == "write", reason="written")
@pytest.mark.parametrize("name", BROKEN)
def test_says_what_is_wrong_with_a_survey_and_how_to_mend_it(name: str) -> None:
    assert said(name) == expected()[name]


def test_has_a_sentence_for_each_mistake_of_a_survey_and_no_other():
    if os.environ.get("MAILER_GOLDEN") == "write":
        GOLDEN.write_text("".join(f"== {name}\n{said(name)}" for name in BROKEN), "utf-8")
    assert list(expected()) == list(BROKEN)
    assert len(BROKEN) >= 60


def test_reads_a_right_survey_without_a_remark():
    reading = read_questionnaire(PATH, RIGHT.encode())
    assert (reading.errors, reading.remarks) == ((), ())
    made = reading.questionnaire
    assert made is not None
    assert (made.key, made.path, made.title) == (
        "enkat",
        "content/enkater/enkat.md",
        Words("Enkät 2024", "Survey 2024"),
    )
    assert (made.opens, made.closes, made.freeze) == (date(2024, 2, 13), date(2024, 6, 30), date(2024, 2, 1))
    assert (made.goal, made.list_key, made.minutes, made.in_mail) == (50, "medlemmar", 3, "aktiv")
    assert made.crosstabs == (("viktigast", "nojd"),)
    assert made.intro == Words("Välkommen.", "Welcome.")
    assert [s.part for s in made.sections] == [Part.ANONYMOUS, Part.SIGNED, Part.AFTER]
    several, scale, text, one, number, day, _ = made.questions
    assert (several.sort, several.most, several.required, several.has_other) == (Sort.SEVERAL, 2, True, True)
    assert several.options[0] == Option("skolan", Words("Skolan", "School"))
    assert (scale.sort, scale.least, scale.most, scale.low, scale.high) == (
        Sort.SCALE, 1, 5, Words("Inte alls", "Not at all"), Words("Mycket", "Very"),
    )  # fmt: skip
    assert (text.sort, text.most, text.condition) == (Sort.TEXT, 500, Condition("nojd", ("1", "2")))
    assert (one.sort, [o.key for o in one.options]) == (Sort.ONE, ["ja", "kanske", "nej"])
    assert (number.least, number.most, number.condition) == (0, 40, Condition("aktiv", ("ja", "kanske")))
    assert (day.sort, day.line) == (Sort.DATE, 59)


@pytest.mark.parametrize(
    ("written", "sort", "least", "most"),
    [
        ("en", Sort.ONE, None, None),
        ("Ett val", Sort.ONE, None, None),
        ("flera", Sort.SEVERAL, None, None),
        ("flera (1–2)", Sort.SEVERAL, 1, 2),
        ("flera, minst 1, högst 3", Sort.SEVERAL, 1, 3),
        ("several (at most 2)", Sort.SEVERAL, None, 2),
    ],
)
def test_reads_the_sort_as_people_write_it(written: str, sort: Sort, least: int | None, most: int | None) -> None:
    made, _ = parse_questionnaire(PATH, put("nyckel: aktiv\ntyp: en", f"nyckel: aktiv\ntyp: {written}",
                                            RIGHT.replace("fråga i mejlet: aktiv\n", "")))  # fmt: skip
    assert made is not None
    question = next(q for q in made.questions if q.key == "aktiv")
    assert (question.sort, question.least, question.most) == (sort, least, most)


@pytest.mark.parametrize(
    ("written", "least", "most"), [("skala 0-10", 0, 10), ("Skala 1 till 4", 1, 4), ("scale 1–7", 1, 7)]
)
def test_reads_a_scale_as_people_write_it(written: str, least: int, most: int) -> None:
    text = RIGHT.replace("1: Inte alls | Not at all\n5: Mycket | Very\n", "")
    made, _ = parse_questionnaire(PATH, put("skala 1–5", written, text))
    assert made is not None
    assert (made.questions[1].least, made.questions[1].most) == (least, most)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("- Ja | Yes", "- Ja\n  en: Yes"),
        ("- Ja | Yes", "* Ja | Yes"),
        ("- Ja | Yes", "1. Ja | Yes"),
        ("nyckel: nojd", "nyckel: Nöjd"),
        ("visas om: nojd = 1, 2", "visas om: Nöjd = 1–2"),
        ("visas om: aktiv = Ja, Kanske", "visas om: ”aktiv” = ”ja”, ”kanske”"),
        ("mål: 50", "mål: 50 %"),
        ("minuter: 3", "minuter: 3 minuter"),
        ("viktigast × nojd", "Viktigast x nöjd"),
        ("öppnar: 2024-02-13", "öppnar: tisdag 13 februari 2024"),
        ("Välkommen.", "Välkommen.\n<!-- En anteckning:\n## ingen fråga -->"),
    ],
)
def test_takes_what_editors_write_for_the_same(old: str, new: str) -> None:
    made, problems = parse_questionnaire(PATH, put(old, new))
    right, _ = parse_questionnaire(PATH, RIGHT.encode())
    assert made is not None, problems
    assert right is not None
    assert problems == ()
    same = (made.title, made.goal, made.minutes, made.crosstabs, made.opens, made.intro)
    assert same == (right.title, right.goal, right.minutes, right.crosstabs, right.opens, right.intro)
    assert [(q.key, q.options, q.condition) for q in made.questions] == [
        (q.key, q.options, q.condition) for q in right.questions
    ]


def test_keeps_the_key_of_a_question_when_its_words_are_mended():
    made, _ = parse_questionnaire(PATH, put("Vill du bli aktiv?", "Vill du bli mer aktiv?"))
    assert made is not None
    assert "aktiv" in [q.key for q in made.questions]


def test_finds_an_option_that_has_commas_in_it():
    text = RIGHT.replace("- Kanske | Perhaps", "- Kanske, berätta mer | Perhaps, tell me more")
    made, problems = parse_questionnaire(
        PATH, put("visas om: aktiv = Ja, Kanske", "visas om: aktiv = Ja, Kanske, berätta mer", text)
    )
    assert made is not None, problems
    assert made.questions[4].condition == Condition("aktiv", ("ja", "kanske-beratta-mer"))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (" | School", "", "”Skolan” saknar engelska"),
        ("en: Welcome.\n", "", "”Välkommen.” saknar engelska"),
        ("minuter: 3", "minuter: 1", "lovar 1 min"),
        ("typ: text (högst 500)", "typ: text (högst 500)\nobligatorisk: ja", "kräver egna ord"),
        ("typ: flera (högst 2)\nobligatorisk: ja", "typ: flera (högst 2)", "anonyma är obligatorisk"),
        ("stänger: 2024-06-30", "stänger: 2042-06-30", "öppen till 2042"),
    ],
)
def test_remarks_on_what_works_but_may_not_be_meant(old: str, new: str, says: str) -> None:
    made, remarks = parse_questionnaire(PATH, put(old, new))
    assert made is not None
    assert says in str(remarks[0])


def test_says_once_that_there_is_no_english_at_all():
    text = re.sub(r" \| .*", "", RIGHT).replace("en: Welcome.\n", "")
    made, remarks = parse_questionnaire(PATH, text.encode())
    assert made is not None
    assert [r.what for r in remarks] == ["enkäten finns bara på svenska."]
    assert made.title.say("en") == "Enkät 2024"


def test_ships_an_example_without_a_remark():
    reading = read_questionnaire("enkater/medlemsenkat-2024.md", EXAMPLE.read_bytes())
    assert (reading.errors, reading.remarks) == ((), ())
    made = reading.questionnaire
    assert made is not None
    assert (made.opens.weekday(), made.goal, made.minutes) == (2, 50, 4)
    assert {q.sort for q in made.questions} == set(Sort)
    assert {s.part for s in made.sections} == set(Part)
    assert 12 <= len(made.questions) <= 15
    assert any(q.condition for q in made.questions)


def test_shows_the_survey_as_a_member_reads_it():
    made, _ = parse_questionnaire(PATH, RIGHT.encode())
    assert made is not None
    swedish, english = "\n".join(as_text(made, "sv")), "\n".join(as_text(made, "en"))
    assert "1. Vad är viktigast? (måste besvaras)" in swedish
    assert "   [ ] Skolan\n" in swedish
    assert "   Inte alls  ( ) 1  ( ) 2" in swedish
    assert "[Bara om du svarat 1, 2 på ”Hur nöjd är du?”]" in swedish
    assert "[Only if you answered ”Yes” to ”Would you like to be active?”]" in english
    assert "Välkommen" not in english


# Whatever lies there, it is read or it is named.

PIECES = ["---", "#", "##", "###", "|", "||", "en:", "=", "{{", "<b>", "\\|", "- ", "typ: flera (högst 3)", "skala 9–1",
          "nyckel: aktiv", "visas om: aktiv = ", "svar: anonyma", "\u200b", "\u202e", "\0", "：", "<!--", "-->",
          "9" * 400, "(", "[", "🙂", "\ud7ff", "Å" * 200, "1:", "5: Mycket", "annat: ja", "korstabeller: a × b"]  # fmt: skip
EDITS = st.lists(
    st.tuples(st.sampled_from(["drop", "double", "cut", *PIECES]), st.integers(0, 200), st.integers(0, 40))
)


@given(EDITS, st.sampled_from([RIGHT, EXAMPLE.read_text("utf-8")]))
@settings(max_examples=100, deadline=None)
def test_reads_or_names_whatever_has_become_of_a_survey(edits: list[tuple[str, int, int]], text: str) -> None:
    lines = text.split("\n")
    for what, at, column in edits:
        n = at % len(lines)
        if what == "drop":
            lines[n] = ""
        elif what == "double":
            lines.insert(n, lines[n])
        else:
            lines[n] = lines[n][:column] + ("" if what == "cut" else what + lines[n][column:])
    sound("\n".join(lines).encode("utf-8", "replace"))


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda t: t.encode("utf-8", "replace")))
@settings(max_examples=60, deadline=None)
def test_reads_or_names_whatever_bytes_there_are(raw: bytes) -> None:
    sound(raw)


def sound(raw: bytes) -> None:
    made, problems = parse_questionnaire(PATH, raw)
    for problem in problems:
        assert problem.what
        assert problem.remedy
        assert problem.where == "content/enkater/enkat.md"
        assert 0 <= problem.line <= raw.count(b"\n") + raw.count(b"\r") + 400
        assert "\n" not in str(problem).replace("\n    ", " ")
    if made is None:
        assert problems
        return
    keys = [q.key for q in made.questions]
    assert len(set(keys)) == len(keys)
    assert all(len(key) <= 64 and "." not in key for key in keys)
    assert all(len(o.key) <= 64 for q in made.questions for o in q.options)
    for question in made.questions:
        if question.condition:
            on = next(q for q in made.questions if q.key == question.condition.question)
            assert keys.index(on.key) < keys.index(question.key)
    for language in ("sv", "en"):
        as_text(made, language)


def test_reads_the_survey_that_the_handbook_shows():
    page = (ROOT / "docs" / "enkat.md").read_text("utf-8")
    shown = re.search(r"^    ---\n(?:    .*\n|\n)+", page, re.M)
    assert shown is not None
    raw = re.sub(r"^    ", "", shown[0], flags=re.M)
    made, problems = parse_questionnaire(PATH, raw.encode())
    assert problems == ()
    assert made is not None
    assert (made.in_mail, made.crosstabs) == ("aktiv", (("viktigast", "nojd"),))
