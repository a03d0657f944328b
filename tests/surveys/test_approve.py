"""One yes to all the words of a survey: what is shown, what is refused, what a later change of the files does."""

import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from mailer.content.channel_plan.defaults import default_plan
from mailer.content.channel_plan.model import Whom
from mailer.content.questionnaires.model import Words
from mailer.errors import EditorError
from mailer.surveys import store
from mailer.surveys.field import paper
from mailer.verbs.surveys import approve, ask, status
from tests.homes import ROOT, make_home, opened
from tests.surveys.arranged import QUESTIONNAIRE
from tests.surveys.running import OPENLY, PLAN, REMINDER, a_home, approved, at, step

FILE = ROOT / "content/enkater/medlemsenkat-2024.md"


@pytest.fixture
def house(tmp_path: Path):
    with a_home(tmp_path, 1, 4) as house:
        yield house


def problems(house, questionnaire=OPENLY, plan=PLAN) -> str:
    return "\n".join(map(str, approve.look_at(house, questionnaire, plan).problems))


def test_shows_every_word_of_every_step_in_both_languages(house):
    shown = approve.look_at(house, OPENLY, default_plan(OPENLY))
    read = "\n".join(approve.lines(house, shown))
    for one in shown.plan.steps:
        assert one.name in read
        if one.channel == "email":
            assert f"(sv) Ämne: {one.subject.sv}" in read
            assert f"(en) Ämne: {one.subject.en}" in read
        else:
            assert one.text.sv.strip().splitlines()[0] in read
            assert one.text.en.strip().splitlines()[0] in read
    assert "Answer the survey" in read
    assert "mailer survey approve medlemsenkat --version" in read


def test_has_nothing_to_send_to_when_it_has_no_pages_of_its_own(tmp_path):
    with opened(make_home(tmp_path / "hem", 1), "2024-03-01T09:00,0") as house:
        assert "hemmet har inga egna sidor" in problems(house)


def test_refuses_a_ballot_without_two_tested_keys(house):
    secret = replace(QUESTIONNAIRE, opens=OPENLY.opens, closes=OPENLY.closes)
    assert "mailer survey key medlemsenkat" in problems(house, secret)
    with pytest.raises(EditorError, match="nyckel"):
        approve.put(house, approve.look_at(house, secret, PLAN), "Bo Godkännare")
    assert house.db.read(lambda c: store.all_surveys(c)) == ()


def test_refuses_a_survey_that_is_over_or_has_nobody_to_ask(house):
    assert "stängningsdagen har redan varit" in problems(at(house, "2024-05-01T09:00"))
    assert "det finns ingen att fråga" in problems(house, replace(OPENLY, home_branch="Kiruna"))


def test_refuses_to_be_approved_twice(house):
    approved(house)
    assert "enkäten är godkänd" in problems(house)
    with pytest.raises(EditorError, match="är godkänd"):
        approve.put(house, approve.look_at(house, OPENLY, PLAN), "Bo Godkännare")


@pytest.mark.parametrize("what", ["words", "english", "question", "limits"])
def test_says_yes_to_every_word(house, what):
    subject = step("inbjudan", Whom.WITH_EMAIL, 0, subject=Words("Nytt"))
    english = replace(REMINDER, text=Words("Hej {{ förnamn }}!", "Dear you"))
    other = {
        "words": (OPENLY, replace(PLAN, steps=(subject, *PLAN.steps[1:]))),
        "english": (OPENLY, replace(PLAN, steps=(PLAN.steps[0], english, *PLAN.steps[2:]))),
        "question": (replace(OPENLY, title=Words("Något annat")), PLAN),
        "limits": (OPENLY, replace(PLAN, limits=replace(PLAN.limits, emails=9))),
    }[what]
    assert approve.look_at(house, *other).digest != approve.look_at(house, OPENLY, PLAN).digest


def test_is_the_same_yes_wherever_its_files_lie(house):
    moved = replace(OPENLY, path="elsewhere.md", hash="f" * 64)
    assert approve.look_at(house, moved, PLAN).digest == approve.look_at(house, OPENLY, PLAN).digest


def test_tells_of_files_that_have_changed_and_sends_what_was_approved(house):
    survey = approved(house)
    folder = house.content / "enkater"
    folder.mkdir()
    (folder / "medlemsenkat.md").write_bytes(FILE.read_bytes())
    os.utime(folder / "medlemsenkat.md", (1_700_000_000, 1_700_000_000))
    said = "\n".join(status.changes(house, survey))
    assert "Filerna har ändrats sedan godkännandet" in said
    assert "Det som är godkänt gäller" in said
    assert ask.ask(at(house, "2024-03-05T10:00")) == ["enkät/medlemsenkat/inbjudan/2024-03-05"]


def test_shows_how_it_goes(house):
    approved(house)
    ask.ask(at(house, "2024-03-05T10:00"))
    read = "\n".join(status.status(at(house, "2024-03-05T12:00"), ""))
    assert "Svarsfrekvens: 0,0 % (0 av 4 medlemmar på avstämningsdagen). Målet är 50 %." in read
    assert "Inbjudan (mejl): 4 tillfrågade" in read
    assert "Paminnelse (mejl): 4 planerade från tisdag 12 mars" in read


@pytest.mark.parametrize(
    ("moment", "says", "ends"),
    [
        ("2024-02-25T12:00", "är godkänd. Öppnar tisdag 5 mars, stänger", "och inget annat skickas."),
        ("2024-03-05T12:00", "är öppen sedan tisdag 5 mars, till och med tisdag 30 april", "och inget annat skickas."),
        ("2024-12-01T12:00", "Svaren är inte räknade än.", "mailer survey close medlemsenkat"),
    ],
)
def test_says_where_a_survey_stands_today_and_what_to_do_next(house, moment, says, ends):
    approved(house)
    lines = status.status(at(house, moment), "")
    assert says in lines[0]
    if moment > "2024-06":
        assert lines[-1].endswith(ends)


def test_reminds_of_inner_envelopes_while_they_can_still_be_typed(house):
    survey = approved(house)
    assert "inre kuvert" not in "\n".join(status.status(house, ""))
    house.db.write(lambda c: paper.opened(c, survey, date(2024, 3, 6)))
    read = "\n".join(status.status(at(house, "2024-03-06T12:00"), ""))
    assert "1 inre kuvert väntar på att skrivas in, helst senast" in read
    late = "\n".join(status.status(at(house, "2024-12-01T12:00"), ""))
    assert "1 inre kuvert väntar på att skrivas in, innan svarsurnan öppnas" in late


def test_knows_no_survey_that_nobody_has_approved(house):
    with pytest.raises(EditorError, match="ingen enkät är godkänd än"):
        status.status(house, "medlemsenkat")
    assert isinstance(OPENLY.opens, date)
