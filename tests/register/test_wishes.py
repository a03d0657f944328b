"""The house and the wishes of people, as the one who keeps the register enters them; on both engines."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select

from mailer import codes
from mailer.audience import store as audience
from mailer.audience.rule import Rule, Source
from mailer.errors import EditorError
from mailer.outbox.tables import deliveries
from mailer.register.tables import ALL_LISTS, accesses, contacts, leaves, suppressions
from mailer.verbs import about, leave, resign, suppress
from tests.homes import plan_letter
from tests.register.conftest import NOW, Desk, members_csv

ZONE = ZoneInfo("Europe/Stockholm")
RULE = Rule((Source("medlemmar", "Medlemmar", "du är medlem", "registret"),))


@pytest.fixture
def full(desk: Desk) -> Desk:
    desk.take(members_csv("17;Åsa;Öberg;asa@brev.example;", "18;Bo;Ek;bo@brev.example;", "19;Ulla;Ahl;;"))
    return desk


def receivers(desk: Desk) -> int:
    """How many a letter to all members would reach at this moment."""
    chosen = audience.recipients(audience.base_of(RULE, NOW.date()), NOW)
    return desk.house.db.read(lambda c: audience.count(c, chosen)).recipients


def code_of(desk: Desk, number: str) -> str:
    """The code in a letter that the member has got."""
    mailing = desk.house.db.write(lambda c: plan_letter(c, NOW))
    d = deliveries.c
    query = select(d.id).where(d.mailing_id == mailing, d.contact_id == desk.by_number(number)["id"])
    return codes.leave_code(desk.house.keys, desk.house.db.read(lambda c: c.execute(query).scalar_one()))


def test_lets_a_member_who_resigns_out_of_everything_at_once(full: Desk) -> None:
    assert receivers(full) == 2
    done = resign.resign(full.house, "17")
    assert "är utträdd och får inga fler utskick" in resign.words(done)[0]
    assert receivers(full) == 1
    assert "redan utträdd" in resign.words(resign.resign(full.house, "asa@brev.example"))[0]


def test_leaves_everything_as_it_is_in_a_dry_run(full: Desk) -> None:
    house = full.house
    lines = [
        resign.words(resign.resign(house, "17", dry_run=True)),
        leave.words(leave.leave(house, "17", "medlemmar", dry_run=True)),
        suppress.words(suppress.suppress(house, "17", dry_run=True)),
        suppress.words(suppress.suppress(house, "ny@brev.example", dry_run=True)),
    ]
    assert all("Inget är sparat (--dry-run)." in line[-1] for line in lines)
    assert about.about(house, "17", dry_run=True) == {"contact": {"id": full.by_number("17")["id"]}}
    assert full.by_number("17")["resigned_at"] is None
    assert [full.rows(table) for table in (leaves, suppressions, accesses)] == [[], [], []]


def test_stops_one_list_or_all_and_starts_again(full: Desk) -> None:
    house = full.house
    asa, bo = (f"Nr {n} (#{full.by_number(n)['id']})" for n in ("17", "18"))
    assert leave.words(leave.leave(house, "17", "medlemmar")) == [
        f"{asa} har tackat nej till listan Medlemmar. Andra listor påverkas inte."
    ]
    assert receivers(full) == 1
    assert leave.words(leave.leave(house, "17", "medlemmar")) == [f"{asa} hade redan tackat nej till listan Medlemmar."]
    assert leave.words(leave.leave(house, "18", "alla")) == [f"{bo} har tackat nej till alla utskick."]
    assert receivers(full) == 0
    assert leave.words(leave.undo(house, "17", "medlemmar", dry_run=True)) == [
        f"{asa} skulle inte längre ha tackat nej till listan Medlemmar. Inget är sparat (--dry-run)."
    ]
    assert leave.words(leave.undo(house, "17", "medlemmar")) == [
        f"{asa} har inte längre tackat nej till listan Medlemmar."
    ]
    assert receivers(full) == 1
    assert leave.words(leave.undo(house, "17", "medlemmar")) == [f"{asa} hade inte tackat nej till listan Medlemmar."]
    assert {row["how"] for row in full.rows(leaves)} == {"person"}


def test_says_which_leaves_remain_when_one_is_undone(full: Desk) -> None:
    house = full.house
    for one in ("medlemmar", "styrelsen", "alla"):
        leave.leave(house, "17", one)
    assert leave.words(leave.undo(house, "17", "styrelsen"))[1:] == [
        "Nejet till alla utskick står kvar. Gäller ångern det också: mailer leave 17 --list alla --undo"
    ]
    remaining = [
        "Nejet till listan Medlemmar står kvar. Gäller ångern det också: mailer leave 17 --list medlemmar --undo"
    ]
    assert leave.words(leave.undo(house, "17", "alla"))[1:] == remaining
    assert leave.words(leave.undo(house, "17", "alla"))[1:] == remaining, "also when there was nothing to undo"
    assert leave.words(leave.undo(house, "17", "medlemmar"))[1:] == []
    assert receivers(full) == 2


def test_calls_one_without_a_member_number_by_their_id(full: Desk) -> None:
    full.take("Förnamn;Efternamn;E-post\nEva;Lo;eva@brev.example\n".encode(), "sympatisorer")
    leave.leave(full.house, "eva@brev.example", "sympatisorer")
    done = leave.leave(full.house, "eva@brev.example", "alla")
    assert leave.words(done)[0].startswith(f"#{done.contact_id} har tackat nej")
    assert (
        f"mailer leave '#{done.contact_id}' --list sympatisorer"
        in leave.words(leave.undo(full.house, "eva@brev.example", "alla"))[1]
    )


@pytest.mark.parametrize(
    "spelling",
    [
        str.lower,
        str.upper,
        lambda code: f" {code} ",
        lambda code: f"Sluta få V Aktuellt {code}",
        lambda code: f"Sv: ”Sluta få V Aktuellt {code}”.",
        lambda code: f"Sluta få V Aktuellt\r\n {code.upper()} [extern]",
    ],
)
def test_takes_the_code_from_a_letter(full: Desk, spelling: Any) -> None:
    code = code_of(full, "17")
    done = leave.leave(full.house, spelling(code))
    assert (done.contact_id, done.list_key, done.already) == (full.by_number("17")["id"], "medlemmar", False)
    (row,) = full.rows(leaves)
    assert (row["how"], row["list"], row["at"]) == ("code", "medlemmar", NOW)


def test_takes_a_code_for_everything_when_that_is_said(full: Desk) -> None:
    leave.leave(full.house, code_of(full, "17"), "alla")
    assert [row["list"] for row in full.rows(leaves)] == [ALL_LISTS]


def test_takes_a_code_although_the_lists_file_is_gone(full: Desk) -> None:
    code = code_of(full, "17")
    (full.house.lists / "medlemmar.toml").unlink()
    assert leave.leave(full.house, code).list_name == "medlemmar"


def test_says_that_a_true_code_has_nobody_left(full: Desk) -> None:
    with pytest.raises(EditorError, match="finns inte kvar i registret"):
        leave.leave(full.house, codes.leave_code(full.house.keys, 4711))


def test_takes_no_code_that_it_has_not_made(full: Desk) -> None:
    code = code_of(full, "17")
    forged = ("b" if code[0] == "a" else "a") + code[1:]
    with pytest.raises(EditorError, match="ingen i registret"):
        leave.leave(full.house, forged, "medlemmar")
    assert full.rows(leaves) == []


@pytest.mark.parametrize("typed", ["k3v7m2qx5tzb4wfn6yhae", "Sluta få V Aktuellt", "4711"])
def test_says_what_a_code_looks_like_to_one_who_typed_something_else(full: Desk, typed: str) -> None:
    with pytest.raises(EditorError, match=f"ingen i registret är ”{typed}”, och det är ingen kod") as caught:
        leave.leave(full.house, typed)
    assert "ser ut som k3v7m2qx5tzb4wfn6yhaed2qpcmi och står sist i ämnesraden" in str(caught.value)
    assert len(leave.EXAMPLE) == len(codes.leave_code(full.house.keys, 1))


def test_does_not_speak_of_codes_to_one_who_wrote_an_address(full: Desk) -> None:
    with pytest.raises(EditorError, match="ingen i registret") as caught:
        leave.leave(full.house, "ingen@brev.example", "alla")
    assert "kod" not in str(caught.value)


@pytest.mark.parametrize(
    ("which", "what"), [(None, "saknas vilken lista"), ("medlemar", "listan ”medlemar” finns inte")]
)
def test_asks_which_list_a_person_means(full: Desk, which: str | None, what: str) -> None:
    with pytest.raises(EditorError, match=what) as caught:
        leave.leave(full.house, "17", which)
    assert "medlemmar, styrelsen, sympatisorer eller alla" in str(caught.value)


@pytest.mark.parametrize("who", ["17", "ASA@brev.example"])
def test_suppresses_an_address_through_its_owner_or_by_itself(full: Desk, who: str) -> None:
    assert suppress.words(suppress.suppress(full.house, who)) == [
        "Adressen är spärrad: någon i föreningen spärrade den.",
        f"Häv spärren: {full.house.command(f'suppress --undo {who}')}",
    ]
    assert receivers(full) == 1
    again = suppress.suppress(full.house, who, "complaint")
    assert suppress.words(again)[0] == "Adressen var redan spärrad: någon i föreningen spärrade den."
    assert "skulle släppas fri" in suppress.words(suppress.unsuppress(full.house, who, dry_run=True))[0]
    assert receivers(full) == 1
    assert "inte längre spärrad" in suppress.words(suppress.unsuppress(full.house, who))[0]
    assert receivers(full) == 2
    assert suppress.words(suppress.unsuppress(full.house, who)) == ["Adressen var inte spärrad."]


def test_suppresses_an_address_before_anybody_has_it(full: Desk) -> None:
    suppress.suppress(full.house, "ny@brev.example")
    full.take(members_csv("20;Eva;Lo;NY@brev.example;"), whole=False)
    assert receivers(full) == 2


@pytest.mark.parametrize(
    ("who", "what"), [("19", "har ingen e-postadress"), ("asa@@x", "läser olika"), ("99", "ingen i registret")]
)
def test_says_that_there_is_no_address_to_suppress(full: Desk, who: str, what: str) -> None:
    with pytest.raises(EditorError, match=what):
        suppress.suppress(full.house, who)


def test_records_who_looked_before_it_shows_anything(full: Desk) -> None:
    house = full.house
    leave.leave(house, "17", "alla")
    leave.undo(house, "17", "alla")
    suppress.suppress(house, "17")
    lines = about.words(about.about(house, "17"), ZONE)
    assert "Förnamn: Åsa" in lines
    assert "Medlemsnummer: 17" in lines
    assert "Lista: medlemmar sedan torsdag 2 maj 2024 kl. 10.00" in lines
    assert [line for line in lines if line.startswith("Tackat nej: alla utskick, torsdag 2 maj 2024 kl. 10.00 genom")]
    assert [line for line in lines if line.startswith("Spärrad adress: spärrad för hand")]
    assert lines[-1] == "Sett av: anna (about) torsdag 2 maj 2024 kl. 10.00"
    assert [(row["who"], row["contact_id"]) for row in full.rows(accesses)] == [("anna", full.by_number("17")["id"])]


def test_records_no_look_at_somebody_who_does_not_exist(full: Desk) -> None:
    with pytest.raises(EditorError, match="ingen i registret"):
        about.about(full.house, "99")
    assert full.rows(accesses) == []


def test_does_not_show_empty_facts(full: Desk) -> None:
    assert not [
        line for line in about.words(about.about(full.house, "19"), ZONE) if line.startswith(("E-post", "Telefon"))
    ]


def test_asks_who_when_two_share_an_address(full: Desk) -> None:
    later = NOW + timedelta(days=1)
    people = [
        {"first_name": n, "address": "hem@brev.example", "created_at": later, "updated_at": later} for n in ("A", "B")
    ]
    full.house.db.write(lambda c: c.execute(insert(contacts), people))
    with pytest.raises(EditorError, match="2 personer: #"):
        resign.resign(full.house, "hem@brev.example")
