"""Paper in a browser: envelope by envelope, the pile, and the shredder."""

from sqlalchemy import func, select

from mailer.surveys.box.tables import responses
from mailer.surveys.field.passes import Sort
from mailer.surveys.field.tables import holds
from mailer.surveys.tables import invitations
from tests.web.field.at_work import Desk, Working


def envelope(work: Working, desk: Desk, contact: int, aktiv: str = "nej") -> Desk:
    """An outer envelope, whole."""
    desk.press("code", code=work.code(contact).lower())
    desk.press("next", q__aktiv=aktiv)
    return desk.press("submit").press("skip")


def sheet(desk: Desk, viktigast: str = "bussen", **more: str) -> Desk:
    desk.open(f"{desk.path.partition('?')[0].removesuffix('/blad')}/blad")
    return desk.press("next", q__viktigast=viktigast, **more).press("submit")


def test_takes_an_envelope_and_then_its_sheet_without_a_tie(work: Working):
    desk = work.desk(Sort.PAPER)
    envelope(work, desk, 3)
    assert "Lägg det inre kuvertet oöppnat i högen" in desk.text
    assert work.state(3) == "answered"
    assert work.kept(3) == [({"aktiv": ["nej"]}, True)]
    row = work.house.db.read(lambda c: c.execute(select(responses.c.through, responses.c.typed_by)).one())
    assert tuple(row) == ("paper", "Kim")
    assert work.count() == 0
    assert "1 inre kuvert väntar" in desk.text
    assert "minst 5" in desk.text  # a small pile is not opened if it can wait
    before = work.house.db.read(lambda c: c.execute(select(invitations)).all())
    sheet(desk, q__ord="Bussen!")
    assert "svarsurnan" in desk.text
    assert work.opened_ballots() == [{"viktigast": ("bussen",), "ord": ("Bussen!",)}]
    assert work.house.db.read(lambda c: c.execute(select(invitations)).all()) == before
    assert "Högen är tom" in desk.text


def test_puts_a_sheet_into_the_box_once_however_often_the_button_is_pressed(one_work: Working):
    desk = one_work.desk(Sort.PAPER)
    path = desk.path
    for contact in (3, 4):
        envelope(one_work, desk, contact)
    desk.open(f"{path}/blad").press("next", q__viktigast="bussen")
    sent = desk.fields() | {"button": "submit"}
    assert [one_work.site.post(f"{path}/blad", **sent).headers["location"][-5:] for _ in range(3)] == ["typed"] * 3
    assert one_work.count() == 1
    assert "1 inre kuvert väntar" in desk.open(path).text
    sheet(desk, "bussen")  # the next one may say the same
    assert one_work.count() == 2


def test_types_no_sheet_without_an_envelope(one_work: Working):
    desk = one_work.desk(Sort.PAPER)
    assert "Högen är tom" in desk.text
    path = desk.path
    desk.open(f"{path}/blad")
    assert "kan inte räknas" in desk.text
    got = one_work.site.post(f"{path}/blad", sida=".las", button="submit", **{"q.viktigast": "bussen"})
    assert got.headers["location"].endswith("?gjort=none")
    assert one_work.count() == 0


def test_sends_the_inner_envelope_of_one_who_has_answered_to_the_shredder(one_work: Working):
    desk = one_work.desk(Sort.PAPER)
    envelope(one_work, desk, 3)
    desk.press("code", code=one_work.code(3))
    assert "oöppnat i strimlaren" in desk.text
    desk.press("aside")
    assert "1 inre kuvert väntar" in desk.text


def test_says_at_once_that_a_character_is_wrong(one_work: Working):
    desk = one_work.desk(Sort.PAPER)
    code = one_work.code(3)
    other = next(letter for letter in "34679" if letter != code[0])
    desk.press("code", code=other + code[1:])
    assert desk.got.status == 422
    assert "ett tecken är fel" in desk.text
    assert "Fel:" in desk.got.text.partition("</title>")[0]
    assert one_work.house.db.read(lambda c: c.execute(select(func.count()).select_from(holds)).scalar_one()) == 0


def test_finds_whoever_lost_her_slip_by_number_and_name(one_work: Working):
    desk = one_work.desk(Sort.PAPER)
    number = one_work.house.db.read(lambda c: c.execute(select(invitations.c.contact_id).limit(1)).scalar_one())
    from mailer.register.tables import contacts

    who = one_work.house.db.read(lambda c: c.execute(select(contacts).where(contacts.c.id == number)).one())
    desk.press("name", number=str(who.number), last_name="Nilsson")
    assert desk.got.status == 422
    desk.press("name", number=str(who.number), last_name=who.last_name.upper())
    assert who.last_name in desk.text
    assert "Vill du bli aktiv?" in desk.text


def test_counts_no_form_with_a_gap_and_keeps_its_ballot_shut(one_work: Working):
    desk = one_work.desk(Sort.PAPER)
    desk.press("code", code=one_work.code(3)).press("next")
    assert "Jämför med pappret" in desk.text
    desk.press("submit")
    assert "tomt formulär är inget svar" in desk.text
    assert one_work.state(3) == "invited"
    desk.open(desk.path.partition("?")[0])
    assert "Högen är tom" in desk.text


def test_takes_an_empty_sheet_from_the_pile_and_makes_no_ballot_of_it(one_work: Working):
    desk = one_work.desk(Sort.PAPER)
    envelope(one_work, desk, 3)
    desk.open(f"{desk.path.partition('?')[0]}/blad")
    desk.press("next").press("submit")
    assert "Är bladet tomt" in desk.text
    desk.press("empty")
    assert "Högen är tom" in desk.text
    assert one_work.count() == 0


def test_takes_a_sheet_as_it_is_written(one_work: Working):
    """What she left out nobody can ask her about: the ballot counts without it."""
    desk = one_work.desk(Sort.PAPER)
    envelope(one_work, desk, 3)
    sheet(desk, "", q__nojd="2")
    assert one_work.opened_ballots() == [{"nojd": ("2",)}]


def test_writes_nothing_of_an_envelope_before_it_is_handed_in(one_work: Working):
    """She may have begun by herself, and that is hers."""
    one_work.visit(3, "?sida=om-dig").press(q__aktiv="ja")
    kept = one_work.kept(3)
    desk = one_work.desk(Sort.PAPER)
    desk.press("code", code=one_work.code(3)).press("next", q__aktiv="kanske").press("next", **{"q__hur.torget": "yes"})
    assert one_work.kept(3) == kept
    desk.press("submit")
    assert one_work.kept(3) == [({"aktiv": ["kanske"], "hur": ["torget"]}, True)]
