"""The house and what people have changed by themselves: an import leaves it alone, and says who asked to be forgotten."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from mailer.register import consents, page_tables, requests, store
from mailer.register.lists import read_lists
from mailer.register.tables import contacts, list_entries
from tests.register.conftest import NOW, Desk, members_csv

ASA, BO = "17;Åsa;Öberg;asa@brev.example;", "18;Bo;Ek;bo@brev.example;"


def write(desk: Desk, work):
    return desk.house.db.write(work)


def change(desk: Desk, number: str, **values) -> None:
    write(desk, lambda c: c.execute(update(contacts).where(contacts.c.number == number).values(**values)))


def test_shows_who_has_asked_to_be_erased_when_an_import_brings_her_back(desk: Desk) -> None:
    desk.take(members_csv(ASA, BO))
    asa = desk.by_number("17")["id"]
    write(desk, lambda c: requests.ask(c, "erasure", asa, "", NOW - timedelta(days=9)))
    write(desk, lambda c: store.forget(desk.house.db, c, asa, desk.house.keys, NOW))
    for row in (ASA, "17;Åsa;Öberg;ny@brev.example;", ";Åsa;Öberg;ASA@brev.example;"):
        warnings = [str(w) for w in desk.preview(members_csv(row, BO)).warnings]
        assert "rad 2: bad om att bli raderad 2024-04-23." in warnings[0], row
    assert desk.preview(members_csv("19;Eva;Lo;eva@brev.example;", BO)).warnings == ()


def test_keeps_no_name_of_those_who_have_asked(desk: Desk) -> None:
    desk.take(members_csv(ASA))
    asa = desk.by_number("17")["id"]
    write(desk, lambda c: store.forget(desk.house.db, c, asa, desk.house.keys, NOW))
    kept = desk.rows(page_tables.erasures)
    assert [set(row) for row in kept] == [{"key", "at"}] * 2
    assert all(re.fullmatch("[0-9a-f]{32}", row["key"]) for row in kept)


def test_lets_no_file_change_the_language_she_has_chosen(desk: Desk) -> None:
    header = "Medlemsnummer;Förnamn;Efternamn;E-post;Språk"
    mapped = ("Språk=language",)
    desk.take(members_csv(ASA + "sv", header=header), mapped=mapped)
    change(desk, "17", language="en", language_chosen=True)
    desk.take(members_csv(ASA + "sv", header=header), mapped=mapped)
    assert desk.by_number("17")["language"] == "en"


def test_keeps_her_new_address_until_the_register_says_something_else_than_the_old(desk: Desk) -> None:
    desk.take(members_csv(ASA, BO))
    new = {"address": "ny@brev.example", "address_shown": "ny@brev.example", "address_key": "k"}
    change(desk, "17", **new, address_before="asa@brev.example")
    assert desk.take(members_csv(ASA, BO)).diff.changed == ()
    assert desk.by_number("17")["address"] == "ny@brev.example"
    desk.take(members_csv("17;Åsa;Öberg;tredje@brev.example;", BO))
    row = desk.by_number("17")
    assert (row["address"], row["address_before"]) == ("tredje@brev.example", None)


def test_takes_nobody_off_a_list_that_she_joined_by_herself(desk: Desk) -> None:
    desk.take(b"F\xf6rnamn;Efternamn;E-post\r\nEva;Lo;eva@brev.example\r\nIda;Ny;ida@brev.example\r\n", "sympatisorer")
    eva, ida = sorted(desk.on("sympatisorer"))
    write(desk, lambda c: consents.agree(c, eva, "sympatisorer", _wording(c), "sv", NOW, NOW))
    file = b"F\xf6rnamn;Efternamn;E-post\r\nBo;Ek;bo@brev.example\r\n"
    desk.take(file, "sympatisorer", allow_removals=1)
    assert eva in desk.on("sympatisorer")
    assert ida not in desk.on("sympatisorer")
    write(desk, lambda c: store.leave(desk.house.db, c, eva, "sympatisorer", "code", NOW))
    desk.take(file, "sympatisorer", allow_removals=1)
    assert eva not in desk.on("sympatisorer"), "to leave is to withdraw the consent"


def _wording(c) -> str:
    return consents.keep_wording(c, "sympatisorer", "Jag vill.", NOW)


def test_withdraws_a_consent_with_a_leave_and_restores_it_with_its_undoing(desk: Desk) -> None:
    new = insert(contacts).values(first_name="Eva", last_name="", created_at=NOW, updated_at=NOW)
    eva = write(desk, lambda c: c.execute(new.returning(contacts.c.id)).scalar_one())
    write(desk, lambda c: c.execute(insert(list_entries).values(list="sympatisorer", contact_id=eva, since=NOW)))
    write(desk, lambda c: consents.agree(c, eva, "sympatisorer", _wording(c), "sv", NOW, NOW))

    def withdrawn():
        (one,) = desk.house.db.read(lambda c: consents.of_contact(c, eva))
        return one["withdrawn_at"]

    for list_key in ("sympatisorer", "*"):
        write(desk, lambda c, k=list_key: store.leave(desk.house.db, c, eva, k, "code", NOW))
        assert withdrawn() == NOW
        write(desk, lambda c, k=list_key: store.undo_leave(c, eva, k, NOW))
        assert withdrawn() is None


@pytest.mark.parametrize(("lines", "said"), [
    ("joinable = true\n", "det saknas vad den som anmäler sig går med på"),
    ('joinable = true\nmembers = true\nconsent = "Ja."\n', "till en medlemslista kan ingen anmäla sig"),
    ('joinable = "ja"\n', "joinable ska vara true eller false"),
    ('letters = "ja"\n', "letters ska vara true eller false"),
    ("consent = 3\n", "consent ska vara en text"),
])  # fmt: skip
def test_says_what_is_wrong_with_a_list_that_can_be_joined(write_lists, lines: str, said: str) -> None:
    from mailer.errors import EditorError

    words = 'name = "Vänner"\nbasis = "samtycke"\norigin = "anmälan"\nwhy = "du vill"\n'
    with pytest.raises(EditorError) as wrong:
        read_lists(write_lists(vanner=words + lines))
    assert said in str(wrong.value)
