"""The house and the corners of the members' own pages: what a forwarded mail tells, races, floods, what an erasure leaves."""

import shutil
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from mailer import codes
from mailer.audience.rule import Rule
from mailer.clock import Clock
from mailer.errors import EditorError
from mailer.house import House
from mailer.outbox.tables import deliveries
from mailer.register import choices, erasures, requests, store
from mailer.register.page_tables import requests as requests_table
from mailer.register.page_tables import signups
from mailer.register.page_tables import wanted as wanted_table
from mailer.register.tables import ALL_LISTS, list_entries
from mailer.verbs import forget, import_, own_pages, wanted
from tests.homes import FRIENDS, ROOT, add_people, address_of, plan_letter
from tests.web.own import Browser, contact, links_in, mails, rows, visiting
from tests.web.serving import Served

FRIEND, LIST = 77, "sympatisorer"


def add_friend(house: House) -> None:
    house.db.write(lambda c: add_people(c, house.keys, [FRIEND], house.clock.now(), FRIENDS))


def enter(house: House, number: int, *lists: str) -> None:
    entries = [{"list": key, "contact_id": number, "since": house.clock.now()} for key in lists]
    house.db.write(lambda c: c.execute(insert(list_entries), entries))


def code_of(house: House, number: int, rule: Rule | None = None) -> str:
    more = {"rule": rule} if rule else {}
    mailing = house.db.write(lambda c: plan_letter(c, house.clock.now(), "brev/1", series="v-aktuellt", **more))
    d = deliveries.c
    query = select(d.id).where(d.mailing_id == mailing, d.contact_id == number)
    return codes.leave_code(house.keys, house.db.read(lambda c: c.execute(query).scalar_one()))


def said(house: House, number: int) -> choices.Choices:
    return house.db.read(lambda c: choices.read(c, number, house.clock.now()))


def test_does_not_tell_who_has_a_friends_mail_that_she_is_a_member_or_was(one_site: Served) -> None:
    house = one_site.house
    enter(house, 3, LIST)
    page = f"/sluta/{code_of(house, 3, Rule((FRIENDS,)))}"
    for path in (page, f"{page}/klart"):
        assert "medlem" not in one_site.get(path).text.lower()
    house.db.write(lambda c: store.resign(house.db, c, 3, house.clock.now()))
    for path in (page, f"{page}/klart"):
        shown = one_site.get(path).text
        assert "Vi skickar inga fler utskick till dig" in shown
        assert "lämnat föreningen" not in shown


def test_undoes_no_choice_of_paper_with_the_link_in_a_mailing(one_site: Served) -> None:
    house = one_site.house
    page = f"/sluta/{code_of(house, 3)}"
    visiting(one_site, address_of(3)).post(
        "/mina/val", shown="medlemmar", want__medlemmar="yes", letter__medlemmar="yes"
    )
    assert "Ångra" not in one_site.get(f"{page}/klart").text
    one_site.post(page, button="undo", wish="1")
    assert said(house, 3).chosen == {("channel", "medlemmar"): "letter"}


@pytest.mark.parametrize(("typed", "days"), [("end", 0), ("30", 30)])
def test_ends_or_shortens_a_rest_from_all_for_one_list(one_site: Served, typed: str, days: int) -> None:
    house = one_site.house
    enter(house, 3, LIST)
    until = house.clock.now() + timedelta(days=90)
    house.db.write(lambda c: choices.change(house.db, c, 3, lambda w: w.resting(ALL_LISTS, until), "code", until))
    visiting(one_site, address_of(3)).post("/mina/val", shown="medlemmar", want__medlemmar="yes", rest__medlemmar=typed)
    now = said(house, 3)
    ends = now.rests_until("medlemmar")
    assert (ends.astimezone(house.zone).date() - house.here().date()).days == days if ends else days == 0
    assert now.rests_until(LIST) == until


def test_takes_the_choices_of_one_who_stands_on_many_lists(one_site: Served) -> None:
    fields: Mapping[str, str] = {f"{what}__l{n}": "yes" for n in range(20) for what in ("want", "rest", "letter")}
    assert visiting(one_site, address_of(3)).post("/mina/val", shown="l1 l2", **fields).status == 303


def break_lists(house: House) -> None:
    (house.lists / "medlemmar.toml").write_text('namn = "trasig\n', encoding="utf-8")


def test_shows_her_what_it_can_when_a_lists_file_is_broken_and_stops_what_she_wants_stopped(one_site: Served) -> None:
    house = one_site.house
    browser = visiting(one_site, address_of(3))
    break_lists(house)
    page = browser.get("/mina")
    assert page.status == 200
    assert all(word in page.text for word in ("Åsa3", "Öberg", "medlemmar", "inte se om du är medlem"))
    assert browser.post("/mina/val", shown="medlemmar").status == 303
    assert said(house, 3).has_left("medlemmar")
    assert "medlemmar.toml" not in browser.post("/mina/adress", address="x").text
    assert visiting(one_site, address_of(4)).get("/mina").status == 200, "a new link opens too"


def test_takes_nobody_for_no_member_while_a_lists_file_is_broken(one_site: Served) -> None:
    house = one_site.house
    add_friend(house)
    member, friend = visiting(one_site, address_of(3)), visiting(one_site, address_of(FRIEND))
    break_lists(house)
    for browser in (member, friend):
        assert browser.post("/mina/radera", sure="yes").headers["location"].endswith("gjort=radera")
    with pytest.raises(EditorError):  # told by the clock to those who can mend it
        own_pages.tend(house)
    assert contact(house, 3) is not None
    assert contact(house, FRIEND) is not None
    assert {r.contact_id for r in rows(house, requests_table)} == {3, FRIEND}
    shutil.copy(ROOT / "lists" / "medlemmar.toml", house.lists)
    own_pages.tend(house)
    assert contact(house, 3) is not None
    assert contact(house, FRIEND) is None, "she was no member"


def test_asks_a_person_about_a_new_address_while_a_lists_file_is_broken(one_site: Served) -> None:
    house = one_site.house
    visiting(one_site, address_of(3)).post("/mina/adress", address="asa@ny.example")
    (path,) = links_in(mails(house, "asa@ny.example")[-1][2])
    break_lists(house)
    assert one_site.post(path, sure="yes").status == 303
    assert [r.kind for r in rows(house, requests_table)] == ["address"]
    assert contact(house, 3).address_before == address_of(3)


def test_says_that_it_is_closed_for_now_where_it_needs_a_lists_file_that_is_broken(one_site: Served) -> None:
    house = one_site.house
    wanted.put(house, "join", "ny@annan.example", "sv", "", (LIST,))
    wanted.take(house)
    (path,) = links_in(mails(house)[-1][2])
    break_lists(house)
    for got in (one_site.get("/bli-mottagare"), one_site.post("/bli-mottagare", address="a@b.example")):
        assert (got.status, "retry-after" in got.headers) == (503, True)
        assert "En människa hos oss behöver rätta" in got.text
        assert "medlemmar.toml" not in got.text
    assert "A person here has to mend" in one_site.get("/en/bli-mottagare").text
    assert one_site.get(path).status == 200
    assert one_site.post(path, sure="yes").status == 303, "what was asked before is confirmed"


def test_is_not_stopped_by_one_who_is_erased_twice_at_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    add_friend(house)
    house.db.write(lambda c: requests.ask(c, "erasure", FRIEND, "", house.clock.now()))
    asked = house.db.read(requests.still_open)
    forget.forget(house, f"#{FRIEND}")
    monkeypatch.setattr(requests, "still_open", lambda c, contact_id=None: asked)
    assert forget.finish(house) == 1
    assert forget.erase(house, FRIEND) == "gone"


def test_answers_one_who_wants_a_link_while_a_flood_joins(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wanted, "MOST_MAILS", 2)
    monkeypatch.setattr(wanted, "AT_A_TIME", 5)
    for n in range(9):
        wanted.put(house, "join", f"offer{n}@annan.example", "sv", "", (LIST,))
    wanted.put(house, "link", address_of(5), "sv")
    wanted.take(house)
    assert len(mails(house, address_of(5))) == 1
    assert {row.what for row in rows(house, wanted_table)} == {"join"}
    object.__setattr__(house, "clock", Clock(house.clock.now() + wanted.GIVEN_UP, 0))
    wanted.take(house)
    assert rows(house, wanted_table) == []


def test_forgets_what_was_asked_with_her_address_before_anybody_knew_her(house: House) -> None:
    add_friend(house)
    key = house.db.read(lambda c: store.address_key_of(c, FRIEND))
    assert key is not None
    house.db.write(lambda c: requests.ask(c, "join", None, address_of(FRIEND), house.clock.now(), key))
    forget.forget(house, f"#{FRIEND}")
    assert rows(house, requests_table) == []


def test_does_not_welcome_one_who_has_joined_and_been_erased(one_site: Served) -> None:
    house = one_site.house
    wanted.put(house, "join", "ny@annan.example", "sv", "", (LIST,))
    wanted.take(house)
    (path,) = links_in(mails(house)[-1][2])
    assert one_site.post(path, sure="yes").status == 303
    forget.forget(house, "ny@annan.example")
    assert one_site.get(path).status == 404
    assert rows(house, signups) == []


def test_does_not_bring_back_by_a_file_with_her_old_address_one_who_has_left(one_site: Served, tmp_path: Path) -> None:
    house, file = one_site.house, tmp_path / "vanner.csv"
    file.write_text(
        "Förnamn;Efternamn;E-post\nYlva;Ros;ylva@gammal.example\nBo;Ek;bo@annan.example\n", encoding="utf-8"
    )

    def take_in() -> None:
        import_.accept(house, LIST, file, True, import_.preview(house, LIST, file, True).hash)

    take_in()
    on = {row.contact_id for row in rows(house, list_entries) if row.list == LIST}
    (ylva,) = (n for n in on if contact(house, n).first_name == "Ylva")
    visiting(one_site, "ylva@gammal.example").post("/mina/adress", address="ylva@ny.example")
    (path,) = links_in(mails(house, "ylva@ny.example")[-1][2])
    Browser(one_site).post(path, sure="yes")
    house.db.write(lambda c: store.leave(house.db, c, ylva, LIST, "code", house.clock.now()))
    take_in()
    assert {row.contact_id for row in rows(house, list_entries) if row.list == LIST} == on
    assert contact(house, ylva).address == "ylva@ny.example"
    forget.forget(house, f"#{ylva}")
    own_pages.tend(house)
    for address in ("ylva@gammal.example", "ylva@ny.example"):
        (key,) = erasures.keys_of(house.keys, address, None)
        assert house.db.read(lambda c, key=key: store.suppression_of(c, key)), address
        assert house.db.read(lambda c, key=key: erasures.asked_among(c, [key])), address
