"""The page behind the link in a mailing, and the one-click leave of mail programs: by the real server, both engines."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select, update

from mailer import codes
from mailer.deliver.message import LEAVE, ONE_CLICK
from mailer.house import House
from mailer.outbox.states import Delivery
from mailer.outbox.tables import deliveries
from mailer.register import choices, store
from mailer.register.tables import ALL_LISTS, leaves, list_entries, rests, wishes
from mailer.verbs import leave as leave_verb
from tests.homes import plan_letter
from tests.web.month import at
from tests.web.serving import FORM, OURS, Got, Served

ONE = b"List-Unsubscribe=One-Click"
MULTIPART = b'--grans\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--grans--\r\n'


def code_of(house: House, contact: int = 1, name: str = "brev/1", **more) -> str:
    """The code in a mail that the contact has got."""
    mailing = house.db.write(lambda c: plan_letter(c, house.clock.now(), name, series="v-aktuellt", **more))
    d = deliveries.c
    query = select(d.id).where(d.mailing_id == mailing, d.contact_id == contact)
    return codes.leave_code(house.keys, house.db.read(lambda c: c.execute(query).scalar_one()))


def page_of(code: str, english: bool = False) -> str:
    return f"{'/en' if english else ''}{LEAVE}{code}"


def one_click(site: Served, code: str, body: bytes = ONE, kind: str = FORM) -> Got:
    """As a mail program does it: no cookie, no Origin, nothing that a browser tells."""
    return site.ask("POST", page_of(code) + ONE_CLICK, body, **({"Content_Type": kind} if kind else {}))


def rows(house: House, table) -> list[dict]:
    return house.db.read(lambda c: [dict(row._mapping) for row in c.execute(select(table))])


def stands(house: House, contact: int = 1) -> choices.Choices:
    return house.db.read(lambda c: choices.read(c, contact, house.clock.now()))


def press(site: Served, code: str, button: str, **fields: str) -> Got:
    """A button of the page, and the receipt it leads to."""
    answer = site.post(page_of(code), button=button, **fields)
    assert (answer.status, urlsplit(answer.headers["location"]).path) == (303, f"{page_of(code)}/klart")
    got = site.get(f"{page_of(code)}/klart")
    assert got.status == 200
    return got


def test_shows_a_button_and_part_of_the_address_and_changes_nothing(site: Served) -> None:
    code, before = code_of(site.house), site.hash()
    before = site.hash()
    got = site.get(page_of(code))
    assert got.status == 200
    assert 'value="leave">Sluta få V Aktuellt</button>' in got.text
    assert "Du är fortfarande medlem." in got.text
    assert "m•••@v•••.example" in got.text
    assert "medlem1@" not in got.text
    assert "Åsa1" not in got.text
    assert "Öberg" not in got.text
    for method in ("GET", "HEAD", "OPTIONS"):
        for path in (page_of(code), page_of(code) + "/klart", page_of(code) + ONE_CLICK, page_of(code, english=True)):
            site.ask(method, path)
    assert site.hash() == before


@pytest.mark.parametrize(
    ("body", "kind"), [(ONE, FORM), (MULTIPART, "multipart/form-data; boundary=grans"), (ONE, f"{FORM}; charset=utf-8")]
)
def test_leaves_by_one_post_and_again_by_the_next(site: Served, body: bytes, kind: str) -> None:
    code = code_of(site.house)
    for _ in range(2):
        got = one_click(site, code, body, kind)
        assert got.status == 200
        assert "location" not in got.headers
        assert "set-cookie" not in got.headers
        assert got.headers["content-type"].startswith("text/plain")
    (row,) = rows(site.house, leaves)
    assert (row["contact_id"], row["list"], row["how"], row["undone_at"]) == (1, "medlemmar", "code", None)
    assert len(rows(site.house, wishes)) == 1


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", "", 400),
        (b"", FORM, 400),
        (b"a=b", FORM, 400),
        (b"List-Unsubscribe=one-click", FORM, 400),
        (MULTIPART.replace(b"One-Click", b"No"), "multipart/form-data; boundary=grans", 400),
        (MULTIPART[:-12], "multipart/form-data", 400),
        (b"x" * 100, "multipart/form-data; boundary=grans", 400),
        (ONE, "text/plain", 415),
    ],
)
def test_does_not_leave_by_a_post_that_does_not_say_so(one_site: Served, body: bytes, kind: str, status: int) -> None:
    code = code_of(one_site.house)
    before = one_site.hash()
    assert one_click(one_site, code, body, kind).status == status
    assert one_site.hash() == before


def test_leaves_once_when_it_is_asked_fifty_times_at_once(site: Served) -> None:
    code = code_of(site.house)
    with ThreadPoolExecutor(50) as pool:
        got = list(pool.map(lambda _: one_click(site, code).status, range(50)))
    assert set(got) <= {200, 503}  # a page that is busy asks one to come back
    assert 200 in got
    assert len(rows(site.house, leaves)) == len(rows(site.house, wishes)) == 1


def test_shows_the_same_page_for_every_code_that_is_nobodys(site: Served) -> None:
    house = site.house
    known = code_of(house)
    excluded, forgotten, withdrawn = (code_of(house, n, f"brev/{n}") for n in (2, 3, 4))

    def end(c) -> None:
        d = deliveries.c
        for contact, state in ((2, Delivery.EXCLUDED), (4, Delivery.WITHDRAWN)):
            c.execute(update(deliveries).where(d.contact_id == contact).values(state=state))
        c.execute(update(deliveries).where(d.contact_id == 3).values(contact_id=None))
        store.forget(house.db, c, 3, house.keys, house.clock.now())

    house.db.write(end)
    delivery = codes.read_leave_code(house.keys, known)
    assert delivery is not None
    strangers = [
        excluded, forgotten, withdrawn, known[:-1], f"{known}a", "a" * 28, "x", codes.return_tag(house.keys, delivery),
        codes.leave_code(house.keys, 0), codes.leave_code(house.keys, 4711), codes.leave_code(house.keys, 2**62),
        site.link().rpartition("/")[2], "%00", "..%2f", "%F0%9F%99%82", "å" * 30,
    ]  # fmt: skip
    before = site.hash()
    answers = set()
    for code in strangers:
        for path in (page_of(code), f"{page_of(code)}/klart", page_of(code) + ONE_CLICK):
            got = site.get(path.replace("å", "%C3%A5"))
            answers.add((got.status, got.raw, tuple(sorted((k, v) for k, v in got.headers.items() if k != "date"))))
        path = page_of(code).replace("å", "%C3%A5")
        answers.add((site.post(path, button="leave").status,))
        answers.add((site.ask("POST", path + ONE_CLICK, ONE, Content_Type=FORM).status,))
    assert len(answers) == 2
    assert {a[0] for a in answers} == {404}
    assert site.hash() == before


def test_asks_the_database_as_much_for_a_forged_code_as_for_a_true_one(house: House) -> None:
    from sqlalchemy import event

    from mailer.verbs import wishes as verb

    asked: list[str] = []
    for engine in (house.db._readers, house.db._writer):
        event.listen(engine, "before_cursor_execute", lambda c, cu, statement, *rest: asked.append(statement))
    found = []
    for code in (codes.leave_code(house.keys, 4711), "a" * 28, ""):
        asked.clear()
        assert verb.holder(house, code) is None
        found.append(tuple(asked))
    assert len(set(found)) == 1


def test_stops_those_who_try_codes_and_still_answers_the_others(one_site: Served) -> None:
    code = code_of(one_site.house)
    got = [one_site.get(page_of(f"{'a' * 27}{'abcdefgh'[n % 8]}")).status for n in range(125)]
    assert set(got) == {404, 429}
    assert got[:100] == [404] * 100
    assert one_site.get(page_of(code)).status == 200
    assert one_click(one_site, code).status == 200


@pytest.mark.parametrize(
    "headers",
    [{}, {"Origin": "null"}, {"Origin": "https://ond.example"}, {"Sec_Fetch_Site": "cross-site"},
     {"Sec_Fetch_Site": "same-site"}, {"Sec_Fetch_Site": "none"}],
)  # fmt: skip
def test_lets_no_other_site_press_its_buttons(one_site: Served, headers: dict[str, str]) -> None:
    code = code_of(one_site.house)
    before = one_site.hash()
    for button in (b"leave", b"leave_all", b"want", b"rest", b"choose", b"undo"):
        got = one_site.ask("POST", page_of(code), b"button=" + button, Content_Type=FORM, **headers)
        assert got.status == 403
    assert one_site.hash() == before


def test_leaves_rests_chooses_and_undoes_exactly_that(site: Served) -> None:
    house, code = site.house, code_of(site.house)
    wish = 'name="wish" value="'

    def undo(got: Got) -> Got:
        return press(site, code, "undo", wish=got.text.partition(wish)[2].partition('"')[0])

    left = press(site, code, "leave")
    assert "Du får inte V Aktuellt längre." in left.text
    assert stands(house).left == {"medlemmar"}
    again = undo(left)
    assert "Du får V Aktuellt." in again.text
    assert wish not in again.text
    assert stands(house) == choices.Choices()
    rested = press(site, code, "rest", length="3")
    assert "Du har paus till 4 augusti 2024." in rested.text
    all_left = press(site, code, "leave_all")
    assert "Du får inga frivilliga utskick längre." in all_left.text
    assert stands(house).left == {ALL_LISTS}
    assert "Du har paus till 4 augusti 2024." in undo(all_left).text
    assert stands(house).left == set()
    assert [r["undone_at"] for r in rows(house, rests)] == [None], "the rest there was, not another"
    press(site, code, "leave_all")
    wanted = press(site, code, "want")
    assert "Du får V Aktuellt." in wanted.text
    assert stands(house) == choices.Choices()
    undo(wanted)
    assert stands(house).left == {ALL_LISTS}
    assert set(stands(house).rests) == {"medlemmar"}


def test_rests_once_when_it_is_pressed_twice_and_undoes_that(site: Served) -> None:
    house, code = site.house, code_of(site.house)
    press(site, code, "rest", length="1")
    press(site, code, "rest", length="1")
    (wish,) = rows(house, wishes)
    assert len(rows(house, rests)) == 1
    assert "Du får V Aktuellt." in press(site, code, "undo", wish=str(wish["id"])).text
    assert stands(house) == choices.Choices()


def test_undoes_a_wish_once_and_nobody_elses(site: Served) -> None:
    house, code, other = site.house, code_of(site.house), code_of(site.house, 2, "brev/2")
    press(site, code, "leave")
    (wish,) = rows(house, wishes)
    press(site, other, "undo", wish=str(wish["id"]))
    assert stands(house).left == {"medlemmar"}
    for number in ("0", "-1", "x", "", "9" * 30, "²"):
        press(site, code, "undo", wish=number)
    assert stands(house).left == {"medlemmar"}
    press(site, code, "undo", wish=str(wish["id"]))
    press(site, code, "leave")
    press(site, code, "undo", wish=str(wish["id"]))
    assert stands(house).left == {"medlemmar"}, "an old undo undoes no new leave"


def test_ends_a_rest_by_itself(site: Served) -> None:
    house, code = site.house, code_of(site.house)
    press(site, code, "rest", length="1")
    (row,) = rows(house, rests)
    assert row["until"].astimezone(house.zone).isoformat() == "2024-06-04T00:00:00+02:00"

    def gets(moment: str) -> int:
        there = at(house, moment)
        mailing = house.db.write(lambda c: plan_letter(c, there.here(), f"brev/{moment}"))
        d = deliveries.c
        mine = select(d.state).where(d.mailing_id == mailing, d.contact_id == 1)
        return house.db.read(lambda c: c.execute(mine).scalar_one())

    assert gets("2024-06-03T23:59") == Delivery.EXCLUDED
    assert gets("2024-06-04T00:00") == Delivery.PLANNED


@pytest.mark.parametrize("day", ["", "2024-05-04", "2024-05-03", "2025-05-05", "31/12", "2024-02-30", "9999-12-31"])
def test_says_which_days_a_rest_can_end(one_site: Served, day: str) -> None:
    code = code_of(one_site.house)
    before = one_site.hash()
    got = one_site.post(page_of(code), button="rest", length="day", day=day)
    assert got.status == 422
    assert "Välj en dag från i morgon, högst ett år bort." in got.text
    assert one_site.hash() == before
    assert one_site.post(page_of(code), button="rest", length="1", day="2025-05-04").status == 303
    assert stands(one_site.house).rests["medlemmar"].astimezone(one_site.house.zone).date().isoformat() == "2025-05-04"


def test_rests_from_everything_and_comes_back_to_one_list(site: Served) -> None:
    house, code = site.house, code_of(site.house)
    house.db.write(lambda c: c.execute(list_entries.insert(), [
        {"list": key, "contact_id": 1, "since": house.clock.now()} for key in ("sympatisorer", "styrelsen")
    ]) and None)  # fmt: skip
    press(site, code, "rest", length="1", all="yes")
    assert set(stands(house).rests) == {ALL_LISTS}
    press(site, code, "want")
    assert set(stands(house).rests) == {"sympatisorer", "styrelsen"}


def test_offers_the_lists_that_members_have_and_never_says_who_is_on_the_board(site: Served) -> None:
    house, code = site.house, code_of(site.house)
    now = house.clock.now()
    house.db.write(lambda c: c.execute(list_entries.insert(), [
        {"list": key, "contact_id": 1, "since": now} for key in ("sympatisorer", "styrelsen")
    ]) and None)  # fmt: skip
    got = site.get(page_of(code))
    assert "Sympatisörer" in got.text
    assert "tyrelsen" not in got.text.replace("styrelsen@vallentuna.example", "")
    shown = "lista-medlemmar lista-sympatisorer"
    press(site, code, "choose", **{"shown": shown, "lista-medlemmar": "yes"})
    assert stands(house).left == {"sympatisorer"}
    press(site, code, "choose", **{"shown": f"{shown} lista-styrelsen lista-finns-inte"})
    assert stands(house).left == {"medlemmar", "sympatisorer"}, "what is not offered cannot be chosen"
    press(site, code, "leave_all")
    got = press(site, code, "choose", **{"shown": shown, "lista-sympatisorer": "yes"})
    assert stands(house).left == {"medlemmar", "styrelsen"}, "one comes back, and only that"
    assert "Sympatisörer: V Aktuellt</span>: ja" in got.text


def test_works_when_the_lists_file_is_gone_or_broken_and_after_she_has_resigned(site: Served) -> None:
    house, code, other = site.house, code_of(site.house), code_of(site.house, 2, "brev/2")
    (house.lists / "medlemmar.toml").write_text("name = ", "utf-8")
    assert site.get(page_of(code)).status == 200
    assert one_click(site, code).status == 200
    (house.lists / "medlemmar.toml").unlink()
    assert "Du får inte V Aktuellt längre." in press(site, other, "leave").text
    assert stands(house, 2).left == {"medlemmar"}
    third = code_of(house, 3, "brev/3")
    house.db.write(lambda c: store.resign(house.db, c, 3, house.clock.now()))
    got = site.get(page_of(third))
    assert "skickar inga fler utskick till dig" in got.text
    assert "<button" not in got.text
    assert one_click(site, third).status == 200


def test_keeps_to_its_own_addresses(site: Served) -> None:
    """Whatever the Host header says, and however the code was written."""
    house, code = site.house, code_of(site.house)
    body = b"button=leave"
    for spelling in (code, code.upper(), f"%0d%0a{code}", f"%20{code}%09"):
        got = site.ask("POST", page_of(spelling), body, Host="ond.example", Content_Type=FORM, **OURS)
        assert (got.status, got.headers["location"]) == (303, f"{house.settings.web.address}{page_of(code)}/klart")
    shown = site.ask("GET", page_of(code), Host="ond.example", X_Forwarded_Host="ond.example").text
    assert "ond.example" not in shown
    assert f'action="{house.settings.web.address}{page_of(code)}"' in shown


def test_carries_the_headers_of_a_personal_page(site: Served) -> None:
    code = code_of(site.house)
    for got in (site.get(page_of(code)), one_click(site, code), site.post(page_of(code), button="leave")):
        assert got.headers["cache-control"] == "no-store"
        assert got.headers["referrer-policy"] in ("no-referrer", "same-origin")
        assert "noindex" in got.headers["x-robots-tag"]
        assert got.headers["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in got.headers["content-security-policy"]


def test_speaks_english_below_en_with_the_same_code(site: Served) -> None:
    house, code = site.house, code_of(site.house)
    got = site.get(page_of(code, english=True))
    assert '<html lang="en">' in got.text
    assert "Stop getting V Aktuellt" in got.text
    assert "You are still a member." in got.text
    assert f'href="{house.settings.web.address}{page_of(code)}"' in got.text
    answer = site.post(page_of(code, english=True), button="rest", length="1")
    assert urlsplit(answer.headers["location"]).path == f"{page_of(code, english=True)}/klart"
    done = site.get(f"{page_of(code, english=True)}/klart")
    assert "You are taking a break until 4 June 2024." in done.text
    for word in ("Du ", "Ångra", "paus", "Välj", "mejl"):
        assert word not in done.text, word


def test_is_one_truth_with_the_command_line(site: Served) -> None:
    house, code = site.house, code_of(site.house)
    leave_verb.leave(house, "000001", "medlemmar")
    assert "Du får inte V Aktuellt" in site.get(page_of(code)).text
    assert 'name="wish"' in site.get(f"{page_of(code)}/klart").text, "what somebody did for her she can undo herself"
    press(site, code, "want")
    assert leave_verb.undo(house, "000001", "medlemmar").already
    leave_verb.leave(house, code)
    assert stands(house).left == {"medlemmar"}


def test_says_that_nothing_goes_to_an_address_that_is_suppressed(site: Served) -> None:
    house, code = site.house, code_of(site.house)
    key = house.db.read(lambda c: store.address_key_of(c, 1))
    house.db.write(lambda c: store.suppress(house.db, c, str(key), "complaint", house.clock.now()))
    assert "Vi skickar inget till den adressen just nu" in site.get(page_of(code)).text
    press(site, code, "leave")
    assert "Vi skickar inget till den adressen just nu" in press(site, code, "want").text


def test_forgets_what_she_chose_with_her(house: House) -> None:
    code_of(house)
    now = house.clock.now()
    later = now + timedelta(days=9)

    def choose(c) -> None:
        def edit(was: choices.Choices) -> choices.Choices:
            return was.leaving("medlemmar").resting(ALL_LISTS, later).choosing("channel", "medlemmar", "letter")

        choices.change(house.db, c, 1, edit, "code", now)

    house.db.write(choose)
    known = house.db.read(lambda c: store.about(c, 1))
    assert [len(known[name]) for name in ("leaves", "rests", "choices", "wishes")] == [1, 1, 1, 1]
    from mailer.outbox import store as outbox

    house.db.write(lambda c: outbox.forget(c, 1, now))
    house.db.write(lambda c: store.forget(house.db, c, 1, house.keys, now))
    for table in (leaves, rests, wishes):
        assert house.db.read(lambda c, t=table: c.execute(select(func.count()).select_from(t)).scalar_one()) == 0
