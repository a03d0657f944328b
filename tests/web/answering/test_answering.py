"""The form of a survey as a member has it: page by page, saved under her name, or carried until she hands it in."""

import dataclasses
from pathlib import Path

import pytest

from mailer.content.questionnaires.model import Condition, Question, Sort, Words
from mailer.errors import LaterError, Problem
from mailer.verbs.surveys import answer
from tests.surveys.arranged import AFTER, ANONYMOUS, QUESTIONNAIRE, SIGNED
from tests.web.answering.opened import Surveying, Visit, surveying

WORDS = "Bussen går för sällan, tycker jag."


def to_review(site: Surveying, contact: int = 1, **more: str) -> Visit:
    """Everything answered, before the review."""
    visit = site.visit(contact, "?sida=om-dig").press(q__aktiv="nej")
    return visit.press(**{"q__viktigast": "bussen", "q__nojd": "4", "q__ord": WORDS} | more)


def test_takes_an_answer_page_by_page_and_gives_a_receipt(open_site: Surveying):
    front = open_site.visit()
    assert "Medlemsenkät 2024" in front.text
    assert "4 minuter" in front.text
    assert "30 juni 2024" in front.text
    assert "Anna Ek och Bo Dal" in front.text
    visit = open_site.visit(rest="?sida=om-dig").press(q__aktiv="ja")
    assert "Hur?" in visit.text  # the branch
    visit.press(**{"q__hur.torget": "yes", "w__hur": "Baka"})
    assert "anonym" in visit.text
    visit.press(q__viktigast="bussen", q__nojd="4", q__ord=WORDS)
    assert visit.got.status == 200
    assert "Läs igenom" in visit.text
    assert "Bussen" in visit.text
    assert open_site.count() == 0
    visit.press("submit")
    assert visit.path.endswith("/klart")
    assert "5 mars 2024" in visit.text
    assert "inga fler påminnelser" in visit.text
    assert open_site.state() == "answered"
    assert open_site.kept() == [({"aktiv": ["ja"], "hur": ["torget", "annat"], "hur.annat": ["Baka"]}, True)]
    assert open_site.opened_ballots() == [{"viktigast": ("bussen",), "nojd": ("4",), "ord": (WORDS,)}]


def test_writes_nothing_anonymous_before_it_is_handed_in(open_site: Surveying):
    visit = open_site.visit(rest="?sida=om-dig").press(q__aktiv="nej")
    before = open_site.site.hash()
    visit.press(q__viktigast="bussen", q__ord=WORDS)
    assert WORDS in visit.got.text  # in the form, and nowhere else
    assert "set-cookie" not in visit.got.headers
    assert "location" not in visit.got.headers
    assert "no-store" in visit.got.headers["cache-control"]
    visit.press("back")
    assert WORDS in visit.got.text
    visit.press("back")
    assert visit.fields()["q.ord"] == WORDS
    assert open_site.site.hash() == before


def test_keeps_what_is_signed_as_she_goes_and_goes_on_elsewhere(open_site: Surveying):
    open_site.visit(rest="?sida=om-dig").press("later", q__aktiv="ja")
    assert open_site.state() == "begun"
    elsewhere = open_site.visit()
    assert "Fortsätt svara" in elsewhere.text
    assert open_site.visit(rest="?sida=om-dig").fields()["q.aktiv"] == "ja"
    code = open_site.site.post("/svara", kod=open_site.code().lower().replace("-", " "))
    assert code.status == 303
    assert code.headers["location"].endswith(open_site.path())


def test_says_that_what_is_anonymous_is_not_kept_when_she_pauses(one_open_site: Surveying):
    visit = to_review(one_open_site).press("later")
    assert "anonyma svar är inte sparade" in visit.text
    visit.press("resume")
    assert "Läs igenom" in visit.text
    visit.press("submit")
    assert one_open_site.opened_ballots()[0]["ord"] == (WORDS,)


def test_says_what_is_wrong_beside_the_question_and_on_top_and_keeps_what_was_typed(one_open_site: Surveying):
    visit = one_open_site.visit(rest="?sida=om-dig").press()
    assert visit.got.status == 422
    assert visit.got.text.count("Frågan behöver ett svar.") == 2
    assert 'href="#q-aktiv"' in visit.got.text
    assert 'id="q-aktiv"' in visit.got.text
    assert 'aria-describedby="fel-aktiv"' in visit.got.text
    visit.press(q__aktiv="nej")
    visit.press(q__ord="x" * 600, q__viktigast="bussen")
    assert visit.got.status == 422
    assert "100 tecken för lång" in visit.text
    assert visit.fields()["q.ord"] == "x" * 600


def test_changes_language_without_losing_what_is_typed(one_open_site: Surveying):
    visit = one_open_site.visit(rest="?sida=om-dig").press(q__aktiv="nej")
    visit.press("language", q__ord=WORDS, q__viktigast="bussen")
    assert visit.path.startswith("/en/")
    assert "In your own words" in visit.text
    assert visit.fields()["q.ord"] == WORDS
    assert visit.fields()["q.viktigast"] == "bussen"
    visit.press("next")
    assert "Read through" in visit.text
    visit.press("language")
    assert "Läs igenom" in visit.text
    visit.press("submit")
    assert one_open_site.opened_ballots()[0]["ord"] == (WORDS,)


def test_drops_the_answers_of_a_branch_that_was_left(one_open_site: Surveying):
    visit = one_open_site.visit(rest="?sida=om-dig").press(q__aktiv="ja").press(**{"q__hur.torget": "yes"})
    visit.press("back").press("back").press(q__aktiv="nej")
    assert "Hur?" not in visit.text
    visit.press(q__viktigast="skolan").press("submit")
    assert one_open_site.kept()[-1] == ({"aktiv": ["nej"]}, True)


def test_takes_the_question_of_the_mail_ticked_and_saves_nothing_by_it(open_site: Surveying):
    before = open_site.site.hash()
    visit = open_site.visit(rest="?fraga=aktiv&svar=kanske")
    assert visit.fields()["q.aktiv"] == "kanske"
    assert open_site.site.hash() == before
    visit.press()
    assert open_site.state() == "begun"
    for other in ("?fraga=viktigast&svar=bussen", "?fraga=aktiv&svar=x", "?fraga=&svar=", "?sida=finns-inte"):
        assert "Medlemsenkät 2024" in open_site.visit(2, other).text
        assert "checked" not in open_site.visit(2, other).got.text


def test_lets_signed_answers_be_changed_and_the_ballot_not(open_site: Surveying):
    to_review(open_site).press("submit")
    again = open_site.visit()
    assert "kan varken ändras eller visas" in again.text
    visit = open_site.visit(rest="?sida=om-dig").press(q__aktiv="kanske").press()
    assert "Läs igenom" in visit.text
    assert "Viktigast" not in visit.text
    visit.press("submit")
    assert visit.path.endswith("/klart")
    assert open_site.count() == 1
    assert open_site.kept()[-1] == ({"aktiv": ["kanske"]}, True)


def test_takes_no_second_ballot_from_a_form_that_was_open_all_the_while(open_site: Surveying):
    early, late = to_review(open_site), to_review(open_site, q__viktigast="skolan")
    early.press("submit")
    late.press("submit")
    assert late.path.endswith("/klart")
    assert [one["viktigast"] for one in open_site.opened_ballots()] == [("bussen",)]


def test_offers_to_be_called_apart_from_the_rest(open_site: Surveying):
    visit = to_review(open_site).press("submit")
    assert "Contact me" not in visit.text
    assert "för sig" in visit.text
    visit.press("", q__ring="Efter fem.")
    assert "Tack, det är sparat." in visit.text
    assert visit.fields()["q.ring"] == "Efter fem."
    assert open_site.kept()[-1] == ({"ring": ["Efter fem."]}, True)


def test_takes_no_blank_survey_and_none_with_holes(open_site: Surveying):
    visit = open_site.visit(rest="?sida=.las").press("submit")
    assert visit.got.status == 422
    assert "Frågan behöver ett svar." in visit.text
    assert open_site.state() == "invited"
    assert open_site.count() == 0


@pytest.mark.parametrize(
    ("moment", "says"),
    [("2024-02-29T23:59", "öppnar"), ("2024-07-01T00:00", "stängde"), ("2024-06-30T23:59", "Börja svara")],
)
def test_says_kindly_when_it_is_not_open(one_open_site: Surveying, moment: str, says: str):
    visit = to_review(one_open_site, 2)
    one_open_site.at(moment)
    assert says in one_open_site.visit().text
    if says != "Börja svara":
        before = one_open_site.site.hash()
        visit.press("submit")
        assert visit.got.status == 409
        assert "inte sparat" in visit.text
        assert one_open_site.site.hash() == before


def test_takes_a_no_after_a_question_and_lets_her_change_her_mind(open_site: Surveying):
    before = open_site.site.hash()
    visit = open_site.visit(rest="/nej")
    assert open_site.site.hash() == before
    visit.press("")
    assert "Tack för beskedet" in visit.text
    assert open_site.state() == "declined"
    assert "Ändrar du dig" in open_site.visit().text
    to_review(open_site).press("submit")
    assert open_site.state() == "answered"
    visit = open_site.visit(rest="/nej")
    assert "Du har svarat" in visit.text


def test_looks_the_same_for_unknown_and_forgotten(one_open_site: Surveying):
    unknown = one_open_site.visit(999)
    assert unknown.got.status == 404
    assert one_open_site.site.get("/enkat/abc").text == unknown.got.text
    posted = one_open_site.site.post(one_open_site.path(999), sida="om-dig", button="next")
    assert posted.status == 404


def test_gives_back_what_was_typed_when_it_cannot_be_saved(one_open_site: Surveying, monkeypatch: pytest.MonkeyPatch):
    """The database is away for a moment: nothing is said to be saved, and nothing has to be typed again."""
    visit = to_review(one_open_site)

    def away(*_: object) -> str:
        raise LaterError(Problem("databasen", "svarar inte.", "Vänta."))

    with monkeypatch.context() as broken:
        broken.setattr(answer, "submit", away)
        visit.press("submit")
    assert visit.got.status == 503
    assert "finns kvar på sidan" in visit.text
    assert WORDS in visit.text
    visit.press("submit")
    assert one_open_site.opened_ballots()[0]["ord"] == (WORDS,)


def test_goes_back_to_the_pages_before_the_question_of_the_mail(tmp_path: Path):
    """The mail's question may stand in the middle; nobody is let to the end with holes before it."""
    questionnaire = dataclasses.replace(QUESTIONNAIRE, sections=(ANONYMOUS, SIGNED))
    with surveying(tmp_path / "hem", questionnaire=questionnaire) as site:
        visit = site.visit(rest="?fraga=aktiv&svar=nej").press()
        assert "Viktigast?" in visit.text
        visit.press(q__viktigast="skolan").press()
        visit.press("submit")
        assert visit.path.endswith("/klart")
        assert site.count() == 1


def test_asks_to_be_called_question_by_question(tmp_path: Path):
    ring = dataclasses.replace(SIGNED.questions[0], key="ring", words=Words("Ska vi ringa?"), required=False)
    when = Question("nar", Sort.TEXT, Words("När?"), 2, condition=Condition("ring", ("ja",)))
    after = dataclasses.replace(AFTER, questions=(ring, when))
    questionnaire = dataclasses.replace(QUESTIONNAIRE, sections=(SIGNED, after))
    with surveying(tmp_path / "hem", questionnaire=questionnaire) as site:
        visit = site.visit(rest="?sida=om-dig").press(q__aktiv="nej").press("submit")
        assert "anonym" not in visit.text.lower()
        assert "När?" not in visit.text
        visit.press("", q__ring="ja")
        assert "När?" in visit.text
        visit.press("", q__nar="Kvällar")
        assert site.kept()[-1][0] == {"ring": ["ja"], "nar": ["Kvällar"]}
        visit.press("", q__ring="nej")
        assert "När?" not in visit.text
        assert site.kept()[-1][0] == {"ring": ["nej"]}
