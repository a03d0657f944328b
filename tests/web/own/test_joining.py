"""The house and those who join: twice asked, once mailed, and her words kept."""

import threading
from contextlib import suppress

import pytest

from mailer.errors import LaterError
from mailer.house import House
from mailer.register import store
from mailer.register.lists import read_lists
from mailer.register.page_tables import consents, requests, signups, wordings
from mailer.register.page_tables import wanted as wanted_table
from mailer.register.tables import contacts, leaves, list_entries, suppressions
from mailer.verbs import own_pages, wanted
from mailer.verbs.about import everything
from tests.homes import FRIENDS, add_people, address_of
from tests.web.own import change, contact, later, links_in, mails, rows
from tests.web.serving import Served

LIST = "sympatisorer"
NEW = "ny.van@annan.example"


def sign_up(site: Served, address: str = NEW, **more: str) -> None:
    fields = {"address": address, f"list-{LIST}": "yes", **more}
    got = site.post("/bli-mottagare", **fields)
    assert got.status == 303, got.text
    wanted.take(site.house)


def join(site: Served, address: str = NEW, **more: str) -> None:
    sign_up(site, address, **more)
    (path,) = links_in(mails(site.house)[-1][2])
    assert site.post(path, sure="yes").headers["location"].endswith("/bli-mottagare/klart")


def on_list(house: House) -> set[int]:
    return {row.contact_id for row in rows(house, list_entries) if row.list == LIST}


def test_enters_one_who_has_confirmed_with_her_consent(site: Served) -> None:
    house = site.house
    form = site.get("/bli-mottagare").text
    assert "Jag vill ha V Aktuellt och inbjudningar" in form
    assert "Vänsterpartiet Vallentuna ansvarar för dina personuppgifter" in form
    sign_up(site, first_name="Ylva")
    assert on_list(house) == set()
    ((to, subject, text),) = mails(house)
    assert to == NEW
    assert "Ylva" not in subject + text
    (path,) = links_in(text)
    before = site.hash()
    for method in ("GET", "HEAD", "OPTIONS", "GET"):
        site.ask(method, path)
    assert site.hash() == before
    asked = house.clock.now()
    refused = site.post(path)
    assert refused.status == 422
    assert "Kryssa i rutan" in refused.text
    assert "required" in refused.text
    assert "checked" not in refused.text
    assert site.hash() == before, "scanners press buttons too, and use nothing up"
    later(house, hours=3)
    assert site.post(path, sure="yes").headers["location"].endswith("/bli-mottagare/klart")
    ((number),) = on_list(house)
    row = contact(house, number)
    assert (row.address, row.first_name, row.language) == (NEW, "Ylva", "sv")
    (consent,) = house.db.read(lambda c: everything(c, number))["consents"]
    assert consent["text"] == read_lists(house.lists)[LIST].consent
    assert (consent["asked_at"], consent["at"], consent["how"]) == (asked, house.clock.now(), "web")
    (signup,) = rows(house, signups)
    assert (signup.address, signup.first_name) == ("", "")


def test_answers_alike_whoever_it_is(site: Served) -> None:
    house = site.house
    house.db.write(lambda c: add_people(c, house.keys, [77], house.clock.now(), FRIENDS))
    key = _key(house, "arg@annan.example")
    house.db.write(lambda c: store.suppress(house.db, c, key, "complaint", house.clock.now()))
    answers = []
    for address in (NEW, address_of(77), address_of(1), "arg@annan.example", NEW):
        got = site.post("/bli-mottagare", **{"address": address, f"list-{LIST}": "yes"})
        answers.append((got.status, got.raw, tuple(sorted((k, v) for k, v in got.headers.items() if k != "date"))))
        wanted.take(house)
    assert len(set(answers)) == 1


def test_mails_a_victim_once_however_often_she_is_signed_up(house: House) -> None:
    for _ in range(30):
        wanted.put(house, "join", NEW, "sv", "", (LIST,))
    while wanted.take(house):
        pass
    assert len(mails(house)) == 1
    later(house, hours=23)
    wanted.put(house, "join", "NY.VAN@annan.example", "sv", "", (LIST,))
    wanted.take(house)
    assert len(mails(house)) == 1


@pytest.mark.soak
def test_mails_each_of_ten_thousand_victims_at_most_once_and_no_more_than_the_hour_allows(house: House) -> None:
    for n in range(10_000):
        address = NEW if n % 2 else f"offer{n}@annan.example"
        with suppress(LaterError):  # the queue is full: the visitor is asked to come back
            wanted.put(house, "join", address, "sv", "", (LIST,))
        if n % 100 == 0:  # the clock takes 50 every three seconds
            wanted.take(house)
    for _ in range(100):
        wanted.take(house)
    to = [one[0] for one in mails(house)]
    assert len(to) == len(set(to)) <= wanted.MOST_MAILS


def test_tells_one_who_is_on_the_list_that_she_is(site: Served) -> None:
    house = site.house
    house.db.write(lambda c: add_people(c, house.keys, [77], house.clock.now(), FRIENDS))
    sign_up(site, address_of(77))
    sign_up(site, address_of(77))
    ((_, subject, text),) = mails(house)
    assert "Du får redan utskicken" in subject
    assert links_in(text) == []


def test_takes_joining_again_for_wanting_it_again(site: Served) -> None:
    house = site.house
    join(site)
    (number,) = on_list(house)
    later(house, hours=30)
    house.db.write(lambda c: store.leave(house.db, c, number, LIST, "code", house.clock.now()))
    left = house.clock.now()
    (consent,) = house.db.read(lambda c: everything(c, number))["consents"]
    assert consent["withdrawn_at"] == left, "to leave is to withdraw"
    later(house, hours=30)
    join(site)
    assert on_list(house) == {number}
    first, second = house.db.read(lambda c: everything(c, number))["consents"]
    assert (first["withdrawn_at"], second["withdrawn_at"]) == (left, None)
    assert house.db.read(lambda c: store.standing_leaves(c, number)) == ()


def test_keeps_what_was_left_when_one_list_is_joined_after_a_leave_from_all(site: Served) -> None:
    house = site.house
    house.db.write(lambda c: store.leave(house.db, c, 3, "*", "code", house.clock.now()))
    change(house, 3, first_name="Åsa")
    join(site, address_of(3), first_name="åsa")
    assert on_list(house) == {3}, "the one person who has the address and the name"
    assert house.db.read(lambda c: store.standing_leaves(c, 3)) == ("medlemmar",)


@pytest.mark.parametrize("name", [{}, {"first_name": "Ylva"}], ids=["no name", "another name"])
@pytest.mark.parametrize("is_on_list", [True, False])
def test_changes_nothing_of_one_who_may_be_another_at_the_address(
    site: Served, name: dict[str, str], is_on_list: bool
) -> None:
    house = site.house
    if is_on_list:
        entry = {"list": LIST, "contact_id": 3, "since": house.clock.now()}
        house.db.write(lambda c: c.execute(list_entries.insert(), [entry]) and None)
    house.db.write(lambda c: store.leave(house.db, c, 3, "*", "code", house.clock.now()))
    before = contact(house, 3)
    join(site, address_of(3), **name)
    (new,) = on_list(house) - {3}
    assert contact(house, new).first_name == name.get("first_name", "")
    assert contact(house, 3) == before
    assert house.db.read(lambda c: store.standing_leaves(c, 3)) == ("*",)
    assert [row.contact_id for row in rows(house, consents)] == [new]


def test_puts_nobody_else_who_has_the_address_on_the_list(site: Served) -> None:
    house = site.house
    join(site, address_of(3))
    (new,) = on_list(house)
    assert new != 3
    later(house, hours=30)
    house.db.write(lambda c: store.leave(house.db, c, new, LIST, "code", house.clock.now()))
    join(site, address_of(3))
    assert on_list(house) == {new}, "the only one at the address who is on the list already wants it again"
    assert house.db.read(lambda c: store.standing_leaves(c, new)) == ()
    later(house, hours=30)
    house.db.write(lambda c: store.leave(house.db, c, new, LIST, "code", house.clock.now()))
    join(site, address_of(3), first_name="Kim")
    assert len(on_list(house)) == 2, "another name is another person"
    assert house.db.read(lambda c: store.standing_leaves(c, new)) == (LIST,)


@pytest.mark.parametrize(("reason", "mailed", "lifted"), [
    ("hard_bounce", 1, True), ("erasure", 1, True), ("complaint", 0, False), ("person", 0, False),
])  # fmt: skip
def test_lets_an_address_free_only_when_that_is_hers_to_say(
    site: Served, reason: str, mailed: int, lifted: bool
) -> None:
    house = site.house
    house.db.write(lambda c: store.suppress(house.db, c, _key(house, NEW), reason, house.clock.now()))
    sign_up(site)
    assert len(mails(house)) == mailed
    if mailed:
        site.post(links_in(mails(house)[0][2])[0], sure="yes")
    assert (rows(house, suppressions) == []) is lifted
    assert [r.kind for r in rows(house, requests)] == ([] if lifted else ["join"])


def test_confirms_once_of_many_presses_and_answers_each(site: Served) -> None:
    sign_up(site)
    (path,) = links_in(mails(site.house)[0][2])
    got: list[int] = []
    threads = [threading.Thread(target=lambda: got.append(site.post(path, sure="yes").status)) for _ in range(20)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert got == [303] * 20
    assert (len(on_list(site.house)), len(rows(site.house, consents))) == (1, 1)


def test_throws_away_what_was_not_confirmed_in_two_days(site: Served) -> None:
    house = site.house
    sign_up(site)
    (path,) = links_in(mails(house)[0][2])
    later(house, hours=48)
    assert (site.get(path).status, site.post(path, sure="yes").status) == (404, 404)
    own_pages.tend(house)
    assert rows(house, signups) == []
    assert len(rows(house, contacts)) == 12


@pytest.mark.parametrize(("fields", "said"), [
    ({"address": "x"}, "ingen e-postadress"),
    ({"address": NEW, "first_name": "http://ond.example"}, "Förnamnet går inte att läsa"),
    ({"address": NEW, "first_name": "Vinn pengar! Klicka"}, "Förnamnet går inte att läsa"),
    ({"address": NEW, f"list-{LIST}": ""}, ""),
    ({"address": NEW, f"list-{LIST}": "yes", "list-medlemmar": "yes"}, ""),
    ({"address": NEW, "list-medlemmar": "yes"}, "Ingen lista är vald"),
    ({"address": NEW, "list-styrelsen": "yes"}, "Ingen lista är vald"),
])  # fmt: skip
def test_says_what_is_wrong_in_the_form(one_site: Served, fields: dict[str, str], said: str) -> None:
    got = one_site.post("/bli-mottagare", **fields)
    assert got.status == (422 if said else 303)
    assert said in got.text
    assert all(row.lists == [LIST] for row in rows(one_site.house, wanted_table))


def test_has_no_form_where_no_list_may_be_joined(one_site: Served) -> None:
    path = one_site.house.lists / f"{LIST}.toml"
    path.write_text(path.read_text("utf-8").replace("joinable = true", "joinable = false"), "utf-8")
    assert one_site.get("/bli-mottagare").status == 404
    assert one_site.post("/bli-mottagare", address=NEW).status == 404


def test_keeps_the_words_of_each_time(site: Served) -> None:
    house = site.house
    join(site)
    path = house.lists / f"{LIST}.toml"
    path.write_text(path.read_text("utf-8").replace("Jag kan sluta när jag vill.", "Jag slutar när jag vill."), "utf-8")
    join(site, "annan.van@annan.example")
    texts = {row.hash: row.text for row in rows(house, wordings)}
    assert len(texts) == 2
    first, second = rows(house, consents)
    assert "Jag kan sluta" in texts[first.wording]
    assert "Jag slutar" in texts[second.wording]


def test_writes_the_mail_in_the_language_that_was_chosen(site: Served) -> None:
    sign_up(site, language="en")
    ((_, subject, text),) = mails(site.house)
    assert subject == "Do you want mailings from Vänsterpartiet Vallentuna?"
    assert "two days" in text
    assert links_in(text)[0].startswith("/en/bekrafta/")


def _key(house: House, address: str) -> str:
    from mailer.address import parse_address

    return parse_address(address).key(house.keys)


_ = leaves
