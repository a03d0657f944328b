"""The house and my pages: what is stored, what she may change, and how she is erased."""

import json
import re
import threading

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from mailer.audience.rule import Rule
from mailer.cli import people as _commands  # noqa: F401 - they make themselves known
from mailer.cli.main import root
from mailer.errors import EditorError
from mailer.house import House
from mailer.outbox.store import figures
from mailer.outbox.tables import deliveries
from mailer.register import choices, requests, store
from mailer.register.page_tables import requests as requests_table
from mailer.register.tables import suppressions
from mailer.settings import Kind
from mailer.verbs import forget, mine, own_pages
from mailer.verbs import requests as requests_verb
from mailer.web.members import mine_words
from tests.homes import FRIENDS, ROOT, add_people, address_of, plan_letter
from tests.web.own import Browser, a_home, change, contact, later, links_in, mails, rows, visiting
from tests.web.serving import Served

FRIEND = 77  # a contact on no members' list


@pytest.fixture
def with_friend(site: Served) -> Served:
    house = site.house
    house.db.write(lambda c: add_people(c, house.keys, [FRIEND], house.clock.now(), FRIENDS))
    return site


def test_shows_everything_that_is_stored_and_who_has_looked(site: Served) -> None:
    house = site.house
    for n in (3, 4):
        house.db.write(lambda c, n=n: store.record_access(c, f"kansli{n}", "about", n, house.clock.now()))
    house.db.write(lambda c: store.leave(house.db, c, 3, "medlemmar", "mail", house.clock.now()))
    house.db.write(lambda c: requests.ask(c, "correction", 3, "Jag heter Oberg", house.clock.now()))
    browser = visiting(site, address_of(3))
    page = browser.get("/mina").text
    for word in ("000003", "Öberg", address_of(3), "Medlemmar", "kansli3", "Jag heter Oberg", "med e-post"):
        assert word in page, word
    assert "kansli4" not in page
    assert "000004" not in page
    got = browser.get("/mina/uppgifter.json")
    assert got.headers["content-disposition"] == 'attachment; filename="mina-uppgifter.json"'
    facts = json.loads(got.raw)
    assert facts["contact"]["number"] == "000003"
    assert [one["who"] for one in facts["accesses"]] == ["kansli3"]
    assert set(facts) >= {"lists", "leaves", "consents", "requests", "deliveries", "feedback", "visits", "fresh_links"}
    assert "token" not in got.text


def test_speaks_english_below_en(site: Served) -> None:
    browser = visiting(site, address_of(3))
    page = browser.get("/en/mina").text
    for word in (
        "What you get",
        "Everything that is stored",
        "Member number",
        "4 May 2024 9:00",
        "Erase me",
    ):
        assert word in page, word


@pytest.mark.parametrize("path", ["/mina/val", "/mina/sprak", "/mina/adress", "/mina/ratta", "/mina/radera"])
def test_changes_nothing_for_one_who_has_opened_no_link(one_site: Served, path: str) -> None:
    before = one_site.hash()
    for browser in (Browser(one_site), Browser(one_site, "v=AAAAAAAAAAAAAAAAAAAAAA"), Browser(one_site, "v=3")):
        assert browser.post(path, sure="yes", language="en", text="x", address="ny@annan.example").status == 403
    assert one_site.hash() == before


def test_keeps_what_she_chooses_of_lists_rests_and_paper(site: Served) -> None:
    house = site.house
    browser = visiting(site, address_of(3))

    def stands() -> choices.Choices:
        return house.db.read(lambda c: choices.read(c, 3, house.clock.now()))

    got = browser.post(
        "/mina/val", shown="medlemmar ", want__medlemmar="yes", rest__medlemmar="90", letter__medlemmar="yes"
    )
    assert got.headers["location"].endswith("/mina?gjort=val")
    page = browser.get("/mina?gjort=val").text
    assert "Dina val är sparade" in page
    assert "till 2 augusti 2024" in page
    assert stands().chosen == {("channel", "medlemmar"): "letter"}
    browser.post("/mina/val", shown="medlemmar ", want__medlemmar="yes", rest__medlemmar="end")
    assert (dict(stands().rests), dict(stands().chosen)) == ({}, {})
    browser.post("/mina/val", shown="medlemmar ")
    assert stands().has_left("medlemmar")
    browser.post("/mina/val", shown="", want__sympatisorer="yes")
    assert stands().has_left("medlemmar"), "what the form did not show is left alone"
    browser.post("/mina/val", shown="medlemmar ", want__medlemmar="yes")
    assert not stands().has_left("medlemmar")


def test_keeps_her_language_through_imports(site: Served) -> None:
    browser = visiting(site, address_of(3))
    got = browser.post("/mina/sprak", language="en")
    assert got.headers["location"].endswith("/en/mina?gjort=sprak")
    assert "Your language is saved." in browser.get("/en/mina?gjort=sprak").text
    row = contact(site.house, 3)
    assert (row.language, row.language_chosen) == ("en", True)
    assert browser.post("/mina/sprak", language="de").status == 422


def test_hands_a_correction_to_a_person_without_mailing_what_it_says(site: Served) -> None:
    house = site.house
    browser = visiting(site, address_of(3))
    for _ in range(2):
        browser.post("/mina/ratta", text="Jag heter Åsa Oberg, utan prickar.\n<script>x</script>")
    assert browser.post("/mina/ratta", text="x" * 1001).status == 422
    own_pages.tend(house)
    own_pages.tend(house)
    (asked,) = rows(house, requests_table)
    assert asked.due_at == house.clock.now().replace(month=6)
    told = [r for r in _notices(house, "begäran/")]
    assert len(told) == len(house.settings.with_role("administrator")) == 1
    assert "rätta en uppgift" in told[0]
    assert not any(word in told[0] for word in ("Oberg", "prickar", address_of(3), "000003"))
    assert "Jag heter" in "".join(requests_verb.words(requests_verb.listed(house), house))
    assert [one.what for one in house.db.read(lambda c: c.execute(select(_accesses)).all())] == ["requests"]
    later(house, days=24)
    own_pages.tend(house)
    assert len(_notices(house, "begäran/")) == 2, "reminded a week before"
    requests_verb.finish(house, asked.id, house.settings.with_role("administrator")[0].name)
    with pytest.raises(EditorError, match="finns inte"):
        requests_verb.finish(house, asked.id, house.settings.with_role("administrator")[0].name)


def test_takes_five_corrections_of_one_and_tells_of_them_once_a_day(site: Served) -> None:
    house = site.house
    browser = visiting(site, address_of(3))
    statuses = []
    for n in range(6):
        statuses.append(browser.post("/mina/ratta", text=f"Fel nummer {n}."))
        own_pages.tend(house)
    assert [got.status for got in statuses] == [303] * 5 + [422]
    assert "Vi har redan fem rättelser" in statuses[-1].text
    assert "Fel nummer 5." in statuses[-1].text, "what she wrote is still there"
    assert len(rows(house, requests_table)) == 5
    assert len(_notices(house, "begäran/")) == 1
    mine.correct(house, 4, "Något annat.")
    own_pages.tend(house)
    assert len(_notices(house, "begäran/")) == 2, "another's are another's"
    later(house, hours=30)
    first = min(r.id for r in rows(house, requests_table))
    requests_verb.finish(house, first, house.settings.with_role("administrator")[0].name)
    mine.correct(house, 3, "Fel nummer 7.")
    own_pages.tend(house)
    assert len(_notices(house, "begäran/")) == 3, "a new day"
    later(house, days=23)
    own_pages.tend(house)
    assert len(_notices(house, "/påminnelse")) == 2, "one for each of them and day"


def test_lets_her_choose_kinds_of_events_and_a_day_when_a_rest_ends(site: Served) -> None:
    house = site.house
    kinds = tuple(
        Kind(key=k, name=n, english=e)
        for k, n, e in (("torg", "Torgmöten", "Square meetings"), ("bok", "Bokcirklar", ""))
    )
    object.__setattr__(house.settings, "kinds", kinds)
    browser = visiting(site, address_of(3))

    def chosen() -> dict[tuple[str, str], str]:
        return dict(house.db.read(lambda c: choices.read(c, 3, house.clock.now())).chosen)

    assert "Torgmöten" in browser.get("/mina").text
    assert "Square meetings" in browser.get("/en/mina").text
    browser.post("/mina/val", shown="medlemmar", want__medlemmar="yes", kinds="sort-torg sort-bok", sort__bok="yes")
    assert chosen() == {("kind", "torg"): "no"}
    assert re.search(r'name="sort-bok" value="yes" checked', browser.get("/mina").text)
    assert not re.search(r'name="sort-torg" value="yes" checked', browser.get("/mina").text)
    browser.post("/mina/val", shown="medlemmar", want__medlemmar="yes", until__medlemmar="2024-06-06")
    assert chosen() == {("kind", "torg"): "no"}, "what the form did not show is left alone"
    assert "till 6 juni 2024" in browser.get("/mina").text
    for day in ("2024-05-04", "2025-05-05", "snart"):
        got = browser.post("/mina/val", shown="medlemmar", want__medlemmar="yes", until__medlemmar=day)
        assert (got.status, "Välj en dag från i morgon" in got.text) == (422, True), day
    assert "till 6 juni 2024" in browser.get("/mina").text
    browser.post("/mina/val", shown="medlemmar", want__medlemmar="yes", kinds="sort-torg", sort__torg="yes")
    assert chosen() == {}


def test_says_in_words_what_somebody_here_looked_at(site: Served) -> None:
    house = site.house
    for what in ("about", "trace", "requests", "preview: V Aktuellt maj", "print: Kallelse", "nytt verb"):
        house.db.write(lambda c, what=what: store.record_access(c, "kansli", what, 3, house.clock.now()))
    browser = visiting(site, address_of(3))
    page, english = browser.get("/mina").text, browser.get("/en/mina").text
    for said in ("kansli: läste allt om dig", "följde vad som hände med mejl till dig", "läste vad du har bett om",
                 "såg ett utskick som du får det: V Aktuellt maj", "skrev ut brev på papper: Kallelse", "kansli: nytt verb"):  # fmt: skip
        assert said in page, said
    assert "kansli: read everything about you" in english
    assert "(about)" not in page + english


def test_has_words_for_every_look_that_is_recorded() -> None:
    calls = re.findall(
        r"record_access\([^\n]*?f?\"([a-z]+)", "".join(p.read_text("utf-8") for p in (ROOT / "mailer").rglob("*.py"))
    )
    assert len(calls) >= 9
    assert set(calls) <= set(mine_words.LOOKED)


def test_changes_an_address_when_the_new_one_is_confirmed(site: Served) -> None:
    house = site.house
    browser = visiting(site, address_of(3))
    got = browser.post("/mina/adress", address="asa.ny@annan.example")
    assert got.headers["location"].endswith("gjort=adress")
    assert contact(house, 3).address == address_of(3)
    ((_, _, text),) = mails(house, "asa.ny@annan.example")
    assert not any(word in text for word in ("Åsa3", "Öberg", address_of(3)))
    (path,) = links_in(text)
    before = site.hash()
    assert "Är det här din nya adress?" in site.get(path).text
    assert site.hash() == before
    refused = site.post(path)
    assert (refused.status, contact(house, 3).address) == (422, address_of(3)), "scanners press buttons too"
    assert "Kryssa i rutan" in refused.text
    assert site.hash() == before, "nothing is used up"
    assert site.post(path, sure="yes").headers["location"].endswith("/lank/ny-adress")
    row = contact(house, 3)
    assert (row.address, row.address_before) == ("asa.ny@annan.example", address_of(3))
    assert browser.get("/mina").status == 403, "a change of the address ends every visit"
    (subject,) = [s for _, s, _ in mails(house, address_of(3)) if "ny adress" in s]
    assert "går till en ny adress" in subject, "told where it went before: it may not have been she who asked"
    ((asked),) = rows(house, requests_table)
    assert (asked.kind, asked.contact_id) == ("address", 3)
    assert site.post(path, sure="yes").status == 404


def test_erases_one_who_is_no_member_at_once(with_friend: Served) -> None:
    site, house = with_friend, with_friend.house
    number = house.db.write(lambda c: plan_letter(c, house.clock.now(), rule=Rule((FRIENDS,))))
    browser = visiting(site, address_of(FRIEND))
    assert browser.post("/mina/radera").status == 422
    got = browser.post("/mina/radera", sure="yes")
    assert got.headers["location"].endswith("/mina/raderad")
    assert browser.cookie == ""
    assert contact(house, FRIEND) is None
    balance = house.db.read(lambda c: figures.balance(c, number))
    assert balance.closes
    assert [row.reason for row in rows(house, suppressions)] == ["erasure"]
    assert [row.contact_id for row in rows(house, deliveries) if row.mailing_id == number] == [None]
    assert browser.get("/mina").status == 403


def test_asks_a_person_to_erase_a_member(site: Served) -> None:
    house = site.house
    browser = visiting(site, address_of(3))
    for _ in range(2):
        got = browser.post("/mina/radera", sure="yes")
    assert got.headers["location"].endswith("gjort=radera")
    assert contact(house, 3) is not None
    assert [(r.kind, r.contact_id) for r in rows(house, requests_table)] == [("erasure", 3)]
    own_pages.tend(house)
    assert contact(house, 3) is not None
    house.db.write(lambda c: store.resign(house.db, c, 3, house.clock.now()))
    own_pages.tend(house)
    assert contact(house, 3) is None, "she is no member any more, and has asked"


def test_erases_when_what_was_on_its_way_has_come(with_friend: Served) -> None:
    house = with_friend.house
    now = house.clock.now()
    first = house.db.write(lambda c: plan_letter(c, now, rule=Rule((FRIENDS,))))
    second = house.db.write(lambda c: plan_letter(c, now, name="brev/2", rule=Rule((FRIENDS,))))
    d = deliveries
    set_ = lambda state: house.db.write(
        lambda c: c.execute(d.update().where(d.c.mailing_id == first).values(state=state))
    )
    set_("offered")
    assert forget.erase(house, FRIEND) == "soon"
    states = {r.mailing_id: r.state for r in rows(house, deliveries) if r.contact_id == FRIEND}
    assert states == {first: "offered", second: "withdrawn"}, "nothing more is begun"
    set_("accepted")
    own_pages.tend(house)
    assert contact(house, FRIEND) is None
    assert all(house.db.read(lambda c, n=n: figures.balance(c, n)).closes for n in (first, second))


def test_leaves_nothing_of_her_in_the_files(tmp_path, request) -> None:
    """The bytes themselves: the database and its log, after everything that can hold her has held her."""
    with a_home(tmp_path / "hem") as house:
        house.db.write(lambda c: add_people(c, house.keys, [FRIEND], house.clock.now(), FRIENDS))
        words = ("kanariefagel", "strandgatan", "0701740605", "canary.friend", "Kanarieord", "kanariesvar")
        change(house, FRIEND, first_name=words[0], street=words[1], phone=words[2], address=f"{words[3]}@vallentuna.example",
               address_shown=f"{words[3]}@vallentuna.example", address_key=_key(house, f"{words[3]}@vallentuna.example"))  # fmt: skip
        from mailer.verbs import wanted

        wanted.put(house, "link", f"{words[3]}@vallentuna.example", "sv", "")
        wanted.take(house)
        token = links_in(mails(house)[0][2])[0].rpartition("/")[2]
        mine.correct(house, FRIEND, words[4])
        number = house.db.write(lambda c: plan_letter(c, house.clock.now(), rule=Rule((FRIENDS,))))
        house.db.write(
            lambda c: c.execute(
                deliveries.update()
                .where(deliveries.c.mailing_id == number)
                .values(state="accepted", reply_text=words[5])
            )
        )
        files = [house.var / name for name in ("mailer.db", "mailer.db-wal")]
        held = b"".join(f.read_bytes() for f in files if f.exists())
        assert all(word.encode() in held for word in (*words, token)), "the canaries were there"
        assert forget.erase(house, FRIEND) == "gone"
        assert not house.db.unscrubbed
        for file in files:
            raw = file.read_bytes() if file.exists() else b""
            found = [word for word in (*words, token) if word.encode() in raw]
            assert found == [], file.name


def test_forgets_from_the_command_line_and_says_what_would_be(with_friend: Served) -> None:
    house = with_friend.house
    would = forget.forget(house, f"#{FRIEND}", dry_run=True)
    assert contact(house, FRIEND) is not None
    said = " ".join(forget.words(would))
    assert address_of(FRIEND) in said
    assert f"--accept {would.code}" in said
    assert "har inte bett om det" in said
    done = forget.forget(house, address_of(FRIEND))
    assert (done.contact_id, done.is_member, done.shared) == (FRIEND, False, False)
    member = forget.forget(house, "000003")
    assert member.is_member
    assert "medlemsregistret" in " ".join(forget.words(member))


def test_shows_whom_it_would_erase_and_wants_its_code(with_friend: Served) -> None:
    house = with_friend.house

    def run(*words: str) -> Result:
        return CliRunner().invoke(root, ["--home", str(house.home), "forget", f"#{FRIEND}", *words])

    shown = run()
    assert (shown.exit_code, contact(house, FRIEND) is not None) == (0, True)
    assert [one.what for one in house.db.read(lambda c: c.execute(select(_accesses)).all())] == ["forget"]
    code = shown.output.rpartition("--accept ")[2].split()[0]
    assert run("--accept", "000000").exit_code != 0
    assert run("--accept", code, "--dry-run").exit_code == 0
    assert contact(house, FRIEND) is not None
    assert run("--accept", code).exit_code == 0
    assert contact(house, FRIEND) is None


def test_takes_no_erasure_for_done_while_the_person_is_here(site: Served) -> None:
    house = site.house
    forget.erase(house, 3)
    (asked,) = rows(house, requests_table)
    name = house.settings.with_role("administrator")[0].name
    assert "mailer resign" in " ".join(requests_verb.words(requests_verb.listed(house), house))
    with pytest.raises(EditorError, match="personen finns kvar") as wrong:
        requests_verb.finish(house, asked.id, name)
    assert "--refused" in str(wrong.value)
    own_pages.tend(house)
    assert "mailer resign" in " ".join(_notices(house, "begäran/")[0].split())
    house.db.write(lambda c: store.resign(house.db, c, 3, house.clock.now()))
    own_pages.tend(house)
    assert (contact(house, 3), rows(house, requests_table)) == (None, [])


def test_takes_a_no_to_an_erasure(site: Served) -> None:
    house = site.house
    forget.erase(house, 3)
    (asked,) = rows(house, requests_table)
    requests_verb.finish(house, asked.id, house.settings.with_role("administrator")[0].name, refused=True)
    house.db.write(lambda c: store.resign(house.db, c, 3, house.clock.now()))
    own_pages.tend(house)
    assert contact(house, 3) is not None


def test_acts_once_on_many_presses_at_the_same_time(site: Served) -> None:
    browser = visiting(site, address_of(3))
    presses = [lambda: browser.post("/mina/radera", sure="yes"), lambda: browser.post("/mina/ratta", text="Samma sak.")]
    threads = [threading.Thread(target=press) for press in presses for _ in range(9)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(r.kind for r in rows(site.house, requests_table)) == ["correction", "erasure"]


def test_ends_the_visit_when_she_is_done(site: Served) -> None:
    browser = visiting(site, address_of(3))
    cookie = browser.cookie
    got = browser.post("/mina/klar")
    assert got.headers["location"].endswith("/mina/klar")
    assert browser.cookie == ""
    assert Browser(site, cookie).get("/mina").status == 403


def _key(house: House, address: str) -> str:
    from mailer.address import parse_address

    return parse_address(address).key(house.keys)


def _notices(house: House, name: str) -> list[str]:
    from mailer.outbox.tables import mailings as table
    from mailer.outbox.tables import renderings

    query = (
        select(renderings.c.text).join(table, table.c.id == renderings.c.mailing_id).where(table.c.name.contains(name))
    )
    return list(house.db.read(lambda c: c.execute(query).scalars().all()))


from mailer.register.tables import accesses as _accesses  # noqa: E402
