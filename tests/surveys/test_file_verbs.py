"""A survey's file in a home: checked with its plan, shown as a member reads it, begun for an editor."""

import os
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from mailer.cli import surveying  # noqa: F401 - the commands enter themselves
from mailer.cli.main import root
from mailer.content.questionnaires.parse import read_questionnaire
from mailer.errors import EditorError
from mailer.house import House, open_house
from mailer.verbs import check as check_all
from mailer.verbs import seen
from mailer.verbs.surveys import check, reading
from mailer.verbs.surveys.new import new, start
from tests.content.questionnaires.broken import RIGHT, put
from tests.homes import make_home

CLOCK = "2024-01-10T09:00"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return make_home(tmp_path / "hem", 2525)


@pytest.fixture
def house(home: Path):
    with open_house(home, CLOCK) as found:
        yield found


def save(home: Path, name: str, text: str | bytes) -> None:
    path = home / "content" / "enkater" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    os.utime(path, (time.time() - 60,) * 2)


def test_reads_a_survey_with_the_plan_it_has_without_a_file(house: House) -> None:
    save(house.home, "enkat.md", RIGHT)
    made, plan = reading.read(house)
    assert (made.key, plan.hash) == ("enkat", "")
    assert plan.steps
    assert reading.keys(house) == ("enkat",)
    assert reading.read(house, "ENKAT.md")[0] == made


def test_says_all_that_is_wrong_with_a_survey_at_once(house: House) -> None:
    text = put("mål: 50", "mål: 500", put("typ: tal 0–40", "typ: rullista").decode())
    save(house.home, "enkat.md", text)
    with pytest.raises(EditorError) as wrong:
        reading.read(house)
    assert [p.line for p in wrong.value.problems] == [6, 56]


def test_says_what_is_wrong_with_the_plan_of_a_survey(house: House) -> None:
    save(house.home, "enkat.md", RIGHT)
    save(house.home, "enkat.plan.md", "ingenting som går att läsa\n")
    with pytest.raises(EditorError, match=r"enkat\.plan\.md"):
        reading.read(house)


def test_says_that_a_list_does_not_exist_and_where(house: House) -> None:
    save(house.home, "enkat.md", put("lista: medlemmar", "lista: medlemar"))
    (problem,) = reading.look(house).errors
    assert str(problem) == (
        "content/enkater/enkat.md, rad 7: listan ”medlemar” finns inte.\n    Menade du ”medlemmar”?"
    )


@pytest.mark.parametrize(
    ("files", "key", "says"),
    [
        ((), "", "här finns ingen enkät"),
        (("a.md", "b.md"), "", "flera enkäter"),
        (("enkat-2024.md",), "enkat-2023", "Menade du ”enkat-2024”"),
    ],
)
def test_asks_which_survey_is_meant(house: House, files: tuple[str, ...], key: str, says: str) -> None:
    for name in files:
        save(house.home, name, RIGHT)
    with pytest.raises(EditorError, match=says):
        reading.read(house, key)


def test_names_what_lies_among_the_surveys_and_is_none(house: House) -> None:
    save(house.home, "enkat.md", RIGHT)
    save(house.home, "annan.plan.md", "---\n---\n")
    save(house.home, "djupt/enkat.md", RIGHT)
    checked = check.check(house)
    assert [p.what for p in checked.problems] == [
        "kanalplanen har ingen enkät: annan.md finns inte.",
        "filen läses inte.",
    ]


def test_mentions_a_survey_where_everything_is_checked(house: House) -> None:
    save(house.home, "enkat.md", put("mål: 50", "mål: 500"))
    found = check_all.check(house, wait=lambda _: None)
    assert [p.line for p in found.problems if "enkater" in p.where] == [6]
    assert not any("enkater" in b.path for issue in found.issues for b in issue.blocks)


def test_sees_a_mistake_in_a_survey_and_whose_it_is(house: House) -> None:
    save(house.home, "enkat.md", put("mål: 50", "mål: 500\nansvarig: Bo Godkännare"))
    found = seen.look(house)
    assert [p.line for p in found.content.problems] == [6]
    assert found.content.owners == {"enkater/enkat.md": "Bo Godkännare"}
    assert not found.content.blocks


def test_begins_a_survey_that_is_right_and_never_over_another(house: House) -> None:
    said = new(house, "medlemsenkat-2025")
    assert "survey check medlemsenkat-2025" in said[-1]
    looked = reading.look(house, "medlemsenkat-2025")
    assert (looked.errors, looked.remarks) == ((), ())
    assert looked.questionnaire is not None
    with pytest.raises(EditorError, match="finns redan"):
        new(house, "Medlemsenkat-2025.md")
    with pytest.raises(EditorError, match="så kan en enkät inte heta"):
        new(house, "../hemligt")


@pytest.mark.parametrize("day", [date(2024, 1, 10) + timedelta(days=n) for n in range(8)])
def test_begins_a_survey_that_opens_on_a_tuesday_whatever_day_it_is(day: date) -> None:
    made = read_questionnaire("enkater/ny.md", start(day, "medlemmar").encode())
    assert (made.errors, made.remarks) == ((), ())
    assert made.questionnaire is not None
    assert made.questionnaire.opens.weekday() == 1
    assert made.questionnaire.freeze < made.questionnaire.opens < made.questionnaire.closes


@pytest.mark.parametrize(
    ("words", "exit_code", "says"),
    [
        (["check"], 0, "enkat: 7 frågor (3 anonyma), 3 min, öppen 2024-02-13–2024-06-30, mål 50 procent"),
        (["check", "enkat", "--show", "sv"], 0, "1. Vad är viktigast? (måste besvaras)"),
        (["check", "enkat", "--show", "en"], 0, "1. What matters most? (required)"),
        (["check", "trasig"], 1, "1 sak att rätta"),
        (["new", "enkat"], 1, "finns redan"),
    ],
)
def test_answers_on_the_command_line(home: Path, words: list[str], exit_code: int, says: str) -> None:
    save(home, "enkat.md", RIGHT)
    if "trasig" in words:
        save(home, "trasig.md", put("mål: 50", "mål: 500"))
    done = CliRunner().invoke(root, ["--home", str(home), "survey", *words])
    assert says in f"{done.output}{done.exception}"
    assert (getattr(done.exception, "exit_code", None) or done.exit_code) == exit_code


def test_needs_a_name_for_whoever_decides(home: Path) -> None:
    done = CliRunner().invoke(root, ["--home", str(home), "survey", "replies", "--accept", "1"])
    assert done.exit_code == 2
    assert "--as NAMN" in done.output
