"""A caller's evening in a browser: the person, the words, the outcomes, the form."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import func, select, update

from mailer.content.questionnaires.model import Words
from mailer.register.tables import accesses, contacts
from mailer.surveys.field.passes import Sort
from mailer.surveys.field.tables import contact_attempts, holds
from mailer.surveys.frozen import to_json
from mailer.surveys.tables import surveys
from mailer.verbs.surveys import field
from tests.surveys.arranged import PLAN
from tests.web.field.at_work import Desk, Working


def attempts(work: Working) -> list[str]:
    query = select(contact_attempts.c.outcome).order_by(contact_attempts.c.id)
    return list(work.house.db.read(lambda c: c.execute(query).scalars().all()))


def held(work: Working) -> int:
    """The contact somebody has before her."""
    from mailer.surveys.tables import invitations

    query = select(invitations.c.contact_id).join(holds, holds.c.invitation_id == invitations.c.id)
    return int(work.house.db.read(lambda c: c.execute(query).scalar_one()))


def filled(desk: Desk) -> Desk:
    """The form, to the page where all is read through."""
    desk.press("next", q__aktiv="nej")
    return desk.press("next", q__viktigast="bussen", q__nojd="4", q__ord="Oftare bussar.")


def test_shows_one_person_with_what_to_say_and_nothing_before_she_is_asked_for(work: Working):
    before = work.site.hash()
    desk = work.desk()
    assert "12 att ringa nu" in desk.text
    assert "Öberg" not in desk.got.text
    assert desk.site.hash() != before  # the link was made; the page itself changes nothing:
    before = work.site.hash()
    desk.open(desk.path)
    assert work.site.hash() == before
    desk.press("next")
    assert re.search(r'href="tel:\+46701740605"', desk.got.text)
    assert "070-174 06 05" in desk.text
    asked = desk.got.text
    assert "vänta på ja. Säg inte varifrån du ringer än" in asked
    assert "Talar jag med" in asked
    # Not even in the title, that could be read aloud: neither who calls nor what about, before the yes.
    for named in ("Vänsterpartiet", "Medlemsenkät", "enkät", "Jag ringer från", "declined", "herself"):
        assert named not in asked, named
    desk.press("talking")
    for named in ("Vänsterpartiet", "Medlemsenkät", "Jag ringer från", "declined", "herself"):
        assert named in desk.got.text, named
    seen = work.house.db.read(lambda c: c.execute(select(accesses.c.who, accesses.c.contact_id)).all())
    assert [tuple(row) for row in seen if "ringrunda" in row.who] == [("Kim (ringrunda)", held(work))]


@pytest.mark.parametrize(
    ("language", "said"), [("sv", "Hej igen, Kalle &amp; Co!"), ("en", "Hello again, Kalle &amp; Co!")]
)
def test_has_the_caller_say_what_the_approved_plan_says(one_work: Working, language: str, said: str):
    words = Words("Hej igen, {{ förnamn }}! *Passar det?*", "Hello again, {{ förnamn }}! *Good time?*")
    steps = tuple(replace(step, text=words) if step.channel == "telephone" else step for step in PLAN.steps)
    plan = to_json(replace(PLAN, steps=steps))
    one_work.house.db.write(lambda c: c.execute(update(surveys).values(plan=plan)))
    one_work.house.db.write(lambda c: c.execute(update(contacts).values(first_name="Kalle & Co", language=language)))
    desk = one_work.desk().press("next")
    assert said not in desk.got.text
    assert said in desk.press("talking").got.text


def test_takes_an_answer_over_the_telephone(work: Working):
    desk = work.desk()
    desk.press("next")
    contact = held(work)
    desk.questions()
    assert attempts(work) == ["talking"]
    assert "Säg först" not in desk.text
    desk.press("next", q__aktiv="ja").press("next", **{"q__hur.torget": "yes"})  # two pages of one section
    assert "Säg först: ”De här frågorna är anonyma" in desk.text
    desk.press("next", q__viktigast="bussen", q__nojd="4", q__ord="Oftare bussar.")
    assert "Läs igenom" in desk.text
    assert "Om dig Sparas med medlemmens namn" in desk.text
    assert "Vad tycker du? Anonymt: sparas utan namn" in desk.text
    assert work.kept(contact) == [({"aktiv": ["ja"], "hur": ["torget"]}, False)]  # what is signed is saved as one goes
    assert work.count() == 0
    desk.press("submit")
    assert "Svaret är sparat" in desk.text
    assert work.state(contact) == "answered"
    assert attempts(work) == ["answered"]
    assert work.opened_ballots() == [{"viktigast": ("bussen",), "nojd": ("4",), "ord": ("Oftare bussar.",)}]
    desk.press("contact", q__ring="Efter fem.")
    assert work.kept(contact)[-1] == ({"ring": ["Efter fem."]}, True)
    assert "11 att ringa nu" in desk.text


def test_records_who_typed_and_through_what(one_work: Working):
    from mailer.surveys.box.tables import responses
    from mailer.surveys.tables import invitations

    desk = one_work.desk(name="Kim Lund")
    desk.press("next").questions()
    filled(desk).press("submit").press("skip")
    rows = one_work.house.db.read(lambda c: c.execute(select(responses.c.typed_by, responses.c.through)).all())
    assert {tuple(row) for row in rows} == {("Kim Lund", "telephone")}
    through = one_work.house.db.read(
        lambda c: c.execute(select(invitations.c.through).where(invitations.c.state == "answered")).scalars().all()
    )
    assert through == ["telephone"]


def test_goes_on_where_a_call_was_cut_off(one_work: Working):
    """Another device, the same link: what is signed is there, what is anonymous is not."""
    link = one_work.link()
    desk = Desk(one_work.site, link)
    desk.press("next").questions().press("next", q__aktiv="ja")
    again = Desk(one_work.site, link)
    assert "Svarar nu: till frågorna" in again.text
    again.open(f"{link}/samtal")
    assert "Hur?" in again.text  # the branch of ”ja”


@pytest.mark.parametrize(
    ("button", "state"),
    [("no_answer", "invited"), ("busy", "invited"), ("herself", "invited"), ("declined", "declined"),
     ("wrong_number", "invited"), ("gone", "stopped")],
)  # fmt: skip
def test_settles_a_call_with_one_press(one_work: Working, button: str, state: str):
    desk = one_work.desk()
    desk.press("next")
    contact = held(one_work)
    if button in ("herself", "declined"):  # her own to say, when she has said that it is she
        assert button not in desk.buttons
        desk.press("talking")
    desk.press(button)
    assert "Noterat" in desk.text
    assert attempts(one_work) == [button]
    assert one_work.state(contact) == state
    desk.press("next")
    assert held(one_work) != contact


def test_calls_again_at_an_hour_the_page_offers(one_work: Working):
    desk = one_work.desk()
    desk.press("next")
    assert "i kväll" in desk.text
    assert "i morgon" not in desk.text  # V Aktuellt goes on that day
    desk.press("again", day="2024-04-13", hour="18:00")  # a Saturday
    assert desk.got.status == 422
    desk.press("again", day="2024-04-09", hour="17:30")  # it is six already
    assert desk.got.status == 422
    assert attempts(one_work) == []
    desk.press("again", day="2024-04-11", hour="18:30")
    row = one_work.house.db.read(lambda c: c.execute(select(contact_attempts.c.again_at)).scalar_one())
    assert f"{row:%d %H:%M}" == "11 16:30"


def test_tells_who_keeps_the_register_that_somebody_is_gone(one_work: Working):
    from mailer.verbs import requests

    desk = one_work.desk()
    desk.press("next").press("gone")
    (asked,) = requests.listed(one_work.house)
    assert asked.kind == "gone"
    assert any("medlemsregistret" in line for line in requests.words([asked], one_work.house))


def test_says_at_once_that_she_has_answered_by_herself(one_work: Working):
    desk = one_work.desk()
    desk.press("next").questions()
    contact = held(one_work)
    mine = one_work.visit(contact, "?sida=om-dig").press(q__aktiv="ja").press().press(q__viktigast="skolan")
    mine.press("submit")
    assert one_work.state(contact) == "answered"
    desk.press("next", q__aktiv="nej")
    assert "svarat på egen hand" in desk.text
    assert one_work.count() == 1
    desk.press("next")
    assert held(one_work) != contact


def test_forgets_a_yes_that_was_pressed_too_early(one_work: Working):
    desk = one_work.desk()
    desk.press("next").press("talking")
    contact = held(one_work)
    desk.press("someone")
    assert "Fråga efter rätt person igen" in desk.text
    assert "Vänsterpartiet" not in desk.got.text
    assert (attempts(one_work), held(one_work)) == ([], contact)
    desk.press("wrong_number")
    assert attempts(one_work) == ["wrong_number"]


@pytest.mark.parametrize("number", ["", "08-123 456 78"])
def test_gives_one_number_to_call_back_and_not_before_the_yes(one_work: Working, number: str):
    house = one_work.house
    settings = house.settings.model_copy(
        update={"association": house.settings.association.model_copy(update={"telephone": number})}
    )
    object.__setattr__(house, "settings", settings)
    desk = one_work.desk()
    shows = "aldrig ditt eget"
    assert ("Aldrig ditt eget" in desk.text) == bool(number)
    assert "#31#" in desk.text
    assert not number or number not in desk.press("next").got.text
    if not number:
        desk.press("next")
    desk.press("talking")
    assert (shows in desk.text) == bool(number)
    assert number in desk.text


def test_puts_somebody_back_without_a_call(one_work: Working):
    desk = one_work.desk()
    desk.press("next")
    contact = held(one_work)
    desk.press("back")
    assert attempts(one_work) == []
    desk.press("next")
    assert held(one_work) != contact


def test_shows_the_questions_in_the_members_language(one_work: Working):
    one_work.house.db.write(lambda c: c.execute(update(contacts).values(language="en")))
    desk = one_work.desk()
    desk.press("next")
    assert "Am I speaking to" in desk.text
    desk.questions()
    assert '<html lang="en">' in desk.got.text
    assert "Would you like to be active?" in desk.text
    assert 'lang="sv"' in desk.got.text  # what is said to the caller


def test_has_nobody_to_call_on_a_saturday(one_work: Working):
    one_work.at("2024-04-13T18:00")
    desk = one_work.desk()
    assert "next" not in desk.buttons
    assert "lördagar" in desk.text
    one_work.site.post(desk.path, button="next")
    assert one_work.house.db.read(lambda c: c.execute(select(func.count()).select_from(holds)).scalar_one()) == 0


@pytest.mark.parametrize("sort", list(Sort))
def test_knows_a_link_that_is_over_as_little_as_one_that_never_was(one_work: Working, sort: Sort):
    living = [one_work.link(sort), one_work.link(sort)]
    field.end(one_work.house, "medlemsenkat", 1, "Bo Godkännare")
    one_work.at("2024-04-10T18:00")
    base = living[0].rpartition("/")[0]
    other = {"/ring": "/papper", "/papper": "/ring"}[base]
    unknown = [*living, f"{base}/{'x' * 22}", living[1].replace(base, other)]
    answers = {(got.status, got.raw) for got in map(one_work.site.get, unknown)}
    answers |= {(got.status, got.raw) for got in (one_work.site.post(p, button="next") for p in unknown)}
    assert len(answers) == 1
    assert answers.pop()[0] == 404


def test_opens_to_nobody_who_is_not_on_its_page(one_work: Working):
    """A post from elsewhere, or with no word of where it is from."""
    link = one_work.link()
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://ond.example"}):
        got = one_work.site.ask(
            "POST", link, b"button=next", Content_Type="application/x-www-form-urlencoded", **headers
        )
        assert got.status == 403
    assert one_work.house.db.read(lambda c: c.execute(select(func.count()).select_from(holds)).scalar_one()) == 0


def test_writes_nobodys_answers_into_another_form(one_work: Working):
    """An old tab of the form: the caller has gone on to the next person, and she has answered the telephone too."""
    desk = one_work.desk()
    desk.press("next").questions()
    first = held(one_work)
    old = re.search(r'name="who" value="(\d+)"', desk.got.text)
    assert old is not None
    link = desk.path.removesuffix("/samtal")
    desk.open(link).press("herself").press("next").questions()
    other = held(one_work)
    assert other != first
    posted = {"who": old[1], "sida": "om-dig", "button": "next", "q.aktiv": "ja"}
    got = one_work.site.post(f"{link}/samtal", **posted)
    assert got.headers["location"].endswith("?gjort=not_yours")
    assert one_work.kept(first) == one_work.kept(other) == []
