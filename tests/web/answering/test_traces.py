"""What a visit leaves behind it outside of the box: no minute, no count of pages, no length; and nothing of it is lost."""

import dataclasses
from pathlib import Path

import pytest

from mailer.content.questionnaires.model import Condition, Question, Sort, Words
from mailer.errors import LaterError, Problem
from mailer.verbs.surveys import answer
from mailer.web.answering.evened import STEP
from tests.surveys.arranged import ANONYMOUS, QUESTIONNAIRE, SIGNED
from tests.web.answering.opened import Surveying, surveying

BRANCH = Question("varfor", Sort.TEXT, Words("Varför?"), 60, condition=Condition("viktigast", ("bussen",)))
BRANCHED = dataclasses.replace(
    QUESTIONNAIRE, sections=(SIGNED, dataclasses.replace(ANONYMOUS, questions=(*ANONYMOUS.questions, BRANCH)))
)
LONG = tuple(Question(f"ord{n}", Sort.TEXT, Words(f"Ord {n}"), 60 + n) for n in range(6))
WORDY = dataclasses.replace(QUESTIONNAIRE, sections=(SIGNED, dataclasses.replace(ANONYMOUS, questions=LONG)))
ARABIC = "ث" * 2000  # two bytes each, six as they are posted


@pytest.mark.parametrize("viktigast", ["bussen", "skolan"])
def test_writes_nothing_in_its_log_of_which_pages_she_came_by(
    tmp_path: Path, log: pytest.CaptureFixture[str], viktigast: str
):
    with surveying(tmp_path / "hem", questionnaire=BRANCHED) as site:
        visit = site.visit(rest="?sida=om-dig").press(q__aktiv="nej").press(q__viktigast=viktigast)
        assert ("Varför?" in visit.text) == (viktigast == "bussen")
        visit = visit.press() if viktigast == "bussen" else visit
        log.readouterr()
        visit.press("submit")
        assert visit.path.endswith("/klart")
    said = log.readouterr().err
    assert "route='/enkat/{token}'" not in said
    assert "/enkat/{token}/klart" in said  # everything else is there


def test_says_in_its_log_what_went_wrong_with_a_form(tmp_path: Path, log: pytest.CaptureFixture[str]):
    with surveying(tmp_path / "hem") as site:
        site.visit(999)
    assert "route='/enkat/{token}' status=404" in log.readouterr().err


def test_makes_pages_that_carry_answers_as_long_as_each_other(one_open_site: Surveying):
    lengths = set()
    for contact, typed in enumerate(
        ({}, {"q__ord": "Bussen går för sällan."}, {"q__nojd": "5", "q__ord": "x" * 400}), 1
    ):
        visit = one_open_site.visit(contact, "?sida=om-dig").press(q__aktiv="nej")
        visit.press(q__viktigast="bussen", **typed)
        lengths.add(len(visit.got.raw))
        visit.press("later")
        lengths.add(len(visit.got.raw))
    assert lengths == {STEP}


def test_keeps_what_was_posted_when_it_does_not_even_know_who_she_is(
    one_open_site: Surveying, monkeypatch: pytest.MonkeyPatch
):
    """The whole page answers that it is busy: a browser that loads it anew posts the same once more."""
    visit = one_open_site.visit(rest="?sida=om-dig").press(q__aktiv="nej").press(q__viktigast="bussen")
    sent = visit.fields() | {"button": "submit"}

    def away(*_: object) -> None:
        raise LaterError(Problem("databasen", "svarar inte.", "Vänta."))

    with monkeypatch.context() as broken:
        broken.setattr(answer, "find", away)
        visit.post(sent)
    assert visit.got.status == 503
    assert "ladda om sidan" in visit.text
    assert "Gå inte tillbaka" in visit.text
    assert one_open_site.site.post(one_open_site.path(), **sent).status == 303
    assert one_open_site.count() == 1


def test_takes_the_longest_texts_that_it_asks_for(tmp_path: Path):
    with surveying(tmp_path / "hem", questionnaire=WORDY) as site:
        visit = site.visit(rest="?sida=om-dig").press(q__aktiv="nej")
        visit.press(**{f"q__ord{n}": ARABIC for n in range(6)}).press("submit")
        assert visit.path.endswith("/klart")
        assert set(site.opened_ballots()[0].values()) == {(ARABIC,)}
