"""The house and fresh links: mailed to the registered address, used once, and silent about who is known."""

import statistics
import threading
import time
from urllib.parse import urlencode

import pytest
from sqlalchemy import event, select

from mailer.house import House
from mailer.register import fresh_links, store
from mailer.register.page_tables import fresh_links as links_table
from mailer.register.page_tables import visits
from mailer.register.page_tables import wanted as wanted_table
from mailer.verbs import own_pages, wanted
from tests.homes import address_of
from tests.web.own import Browser, ask_for_link, change, later, links_in, mails, visiting
from tests.web.serving import FORM, OURS, Served


def count(house: House, table) -> int:
    return len(house.db.read(lambda c: c.execute(select(table)).all()))


def test_mails_a_link_to_the_registered_address_and_opens_her_pages_with_it(site: Served) -> None:
    browser = Browser(site)
    path = ask_for_link(site, " MEDLEM3@vallentuna.example ")
    (to, subject, text), *none = mails(site.house)
    assert (to, none) == (address_of(3), [])
    assert "Din länk till dina uppgifter" in subject
    assert "halvtimme" in text
    shown = browser.get(path)
    assert (shown.status, browser.cookie) == (200, "")
    assert "Öppna mina uppgifter" in shown.text
    got = browser.post(path)
    assert got.status == 303
    assert got.headers["location"] == f"http://127.0.0.1:{site.port}/mina"
    cookie = got.headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=strict", "Path=/", "Max-Age=1800"))
    page = browser.get("/mina")
    assert page.status == 200
    assert "Åsa3" in page.text
    assert "Åsa4" not in page.text
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"


def test_answers_alike_whether_the_address_is_known_or_not(site: Served) -> None:
    answers = [site.post("/lank", address=a) for a in (address_of(1), "okand@annan.example", address_of(1))]
    wanted.take(site.house)
    answers += [site.post("/lank", address=a) for a in (address_of(1), "okand@annan.example")]
    alike = {(a.status, a.raw, tuple(sorted((k, v) for k, v in a.headers.items() if k != "date"))) for a in answers}
    assert len(alike) == 1
    assert len(mails(site.house)) == 1


def test_does_the_same_work_for_those_it_knows_and_those_it_does_not(site: Served) -> None:
    """What a clock could tell: the statements that run while somebody waits for the answer."""
    ran: list[str] = []
    engines = (site.house.db._writer, site.house.db._readers)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", lambda *a: ran.append(a[2]))

    def statements(path: str, **fields: str) -> list[str]:
        ran.clear()
        assert site.post(path, **fields).status == 303
        return list(ran)

    def join(address: str) -> dict[str, str]:
        return {"address": address, "list-sympatisorer": "yes"}

    known, unknown = address_of(1), "okand@annan.example"
    asked = [statements("/lank", address=a) for a in (known, unknown)]
    joined = [statements("/bli-mottagare", **join(a)) for a in (known, unknown)]
    wanted.take(site.house)
    asked += [statements("/lank", address=a) for a in (known, unknown)]
    joined += [statements("/bli-mottagare", **join(a)) for a in (known, unknown)]
    assert asked[0]
    assert all(some == asked[0] for some in asked)
    assert joined[0]
    assert all(some == joined[0] for some in joined)


def test_uses_a_link_once_and_nothing_up_by_looking(site: Served) -> None:
    path = ask_for_link(site, address_of(3))
    before = site.hash()
    for method in ("GET", "HEAD", "OPTIONS", "GET"):
        site.ask(method, path)
    assert site.hash() == before
    first, second = Browser(site), Browser(site)
    assert first.post(path).status == 303
    assert (second.post(path).status, second.cookie) == (404, "")
    assert site.get(path).status == 404
    assert first.post(path).headers["location"].endswith("/mina"), "pressed twice in the same browser"


def test_leads_nobody_to_the_pages_of_another_whose_visit_is_open(site: Served) -> None:
    hers, his = ask_for_link(site, address_of(3)), ask_for_link(site, address_of(4))
    browser = visiting(site, address_of(5))
    assert Browser(site).post(his).status == 303
    for path in (his, "/oppna/" + "x" * 22):
        assert browser.post(path).status == 404, "used by another, or nobody's"
    assert browser.post(hers).status == 303, "a link of her own opens hers"
    assert "Åsa3" in browser.get("/mina").text


def test_opens_one_visit_of_fifty_presses_at_once(site: Served) -> None:
    path = ask_for_link(site, address_of(3))
    got: list[int] = []
    threads = [threading.Thread(target=lambda: got.append(site.post(path).status)) for _ in range(20)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert got.count(303) == 1, got
    assert count(site.house, visits) == 1


def test_lets_a_link_live_for_half_an_hour_and_a_visit_too(site: Served) -> None:
    late = ask_for_link(site, address_of(3))
    later(site.house, minutes=30)
    assert (site.get(late).status, site.post(late).status) == (404, 404)
    later(site.house, hours=1)
    browser = visiting(site, address_of(3))
    later(site.house, minutes=29)
    assert browser.get("/mina").status == 200
    later(site.house, minutes=1)
    over = browser.get("/mina")
    assert over.status == 403
    assert "Åsa" not in over.text
    assert over.raw == Browser(site).get("/mina").raw == Browser(site, "v=" + "x" * 22).get("/mina").raw


def test_mails_an_address_once_an_hour_and_five_times_a_day(house: House) -> None:
    def asked() -> int:
        before = len(mails(house))
        wanted.put(house, "link", address_of(2), "sv")
        wanted.put(house, "link", address_of(2), "sv")
        wanted.take(house)
        return len(mails(house)) - before

    told = []
    for _ in range(8):
        told += [asked(), asked()]
        later(house, hours=1)
    assert told == [1, 0] * 5 + [0, 0] * 3
    later(house, hours=24)
    assert asked() == 1
    assert count(house, wanted_table) == 0


def test_mails_a_household_one_mail_with_a_link_for_each(site: Served) -> None:
    house = site.house
    key = house.db.read(lambda c: store.address_key_of(c, 1))
    change(house, 2, address=address_of(1), address_shown=address_of(1), address_key=key)
    assert site.post("/lank", address=address_of(1)).status == 303
    wanted.take(house)
    ((to, _, text),) = mails(house)
    assert to == address_of(1)
    assert "Åsa1:" in text
    assert "Åsa2:" in text
    first, second = links_in(text)
    browser = Browser(site)
    browser.post(second)
    assert "Åsa2" in browser.get("/mina").text
    assert "Åsa1" not in browser.get("/mina").text
    assert site.get(first).status == 200, "the other's link is hers"


def test_mails_a_suppressed_address_once_a_day_when_its_owner_asks(house: House) -> None:
    key = house.db.read(lambda c: store.address_key_of(c, 2))
    house.db.write(lambda c: store.suppress(house.db, c, key, "complaint", house.clock.now()))
    for hours in (0, 2, 4):
        later(house, hours=hours)
        wanted.put(house, "link", address_of(2), "sv")
        wanted.take(house)
    assert len(mails(house)) == 1
    later(house, hours=24)
    wanted.put(house, "link", address_of(2), "sv")
    wanted.take(house)
    assert len(mails(house)) == 2


def test_speaks_the_language_of_the_page_and_puts_nothing_typed_in_the_mail(site: Served) -> None:
    path = ask_for_link(site, address_of(3), "en")
    assert path.startswith("/en/oppna/")
    _, subject, text = mails(site.house)[0]
    assert "Your link" in subject
    assert "half an hour" in text
    assert "halvtimme" not in text
    assert "<html" in site.get(path).text
    assert "Open my details" in site.get(path).text


@pytest.mark.parametrize(
    "typed",
    ["", "åsa", "a@b", "x" * 300 + "@vallentuna.example", "<script>@x.example", "a@b.example\nBcc: c@d.example"],
)
def test_says_so_when_what_was_typed_is_no_address(one_site: Served, typed: str) -> None:
    got = one_site.post("/lank", address=typed)
    assert got.status == 422
    assert "ingen e-postadress" in got.text
    assert "<script>" not in got.text
    assert count(one_site.house, wanted_table) == 0


@pytest.mark.parametrize(("path", "said"), [("/lank", "utanför a–z före @. Dit kan vi inte skicka. Skriv en annan"),
                                            ("/en/lank", "We cannot send there. Write another address.")])  # fmt: skip
def test_says_plainly_that_no_mail_reaches_a_name_with_letters_beyond_a_to_z(
    one_site: Served, path: str, said: str
) -> None:
    """M11."""
    got = one_site.post(path, address="åsa.öberg@vallentuna.example")
    assert got.status == 422
    assert said in " ".join(got.text.split())
    assert count(one_site.house, wanted_table) == 0


def test_takes_no_more_from_one_network_than_a_library_would_send(one_site: Served) -> None:
    got = [one_site.post("/lank", address=f"nr{n}@annan.example").status for n in range(45)]
    assert got == [303] * 40 + [429] * 5


def test_mails_no_more_in_an_hour_than_it_may_whoever_asks(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wanted, "MOST_MAILS", 4)
    for n in range(1, 9):
        wanted.put(house, "link", address_of(n), "sv")
    wanted.take(house)
    assert len(mails(house)) == 4
    later(house, minutes=59)
    wanted.take(house)
    assert len(mails(house)) == 4
    later(house, minutes=2)
    wanted.take(house)
    assert len(mails(house)) == 4, "who has waited for more than an hour waits no longer"
    assert count(house, wanted_table) == 0


def test_keeps_no_token_and_throws_away_what_is_over(house: House) -> None:
    wanted.put(house, "link", address_of(2), "sv")
    wanted.take(house)
    token = links_in(mails(house)[0][2])[0].rpartition("/")[2]
    kept = house.db.read(lambda c: c.execute(select(links_table)).one())
    assert token not in repr(kept)
    assert kept.token_hash == fresh_links.hash_of(token)
    assert len(token) == 22
    later(house, hours=25)
    own_pages.tend(house)
    assert count(house, links_table) == 0


@pytest.mark.soak
@pytest.mark.parametrize("path", ["/lank", "/bli-mottagare"])
def test_answers_in_the_same_time_whether_the_address_is_known_or_not(one_site: Served, path: str) -> None:
    """Medians of a thousand, in turns, so that what else the machine does falls on both."""
    took: dict[str, list[float]] = {"known": [], "unknown": []}
    for n in range(1_000):
        for kind, address in (("known", address_of(n % 12 + 1)), ("unknown", f"okand{n % 12 + 1}@vallentuna.example")):
            body = urlencode({"address": address, "list-sympatisorer": "yes"}).encode()
            begun = time.perf_counter()
            got = one_site.ask(
                "POST", path, body, Content_Type=FORM, X_Forwarded_For=f"10.{n % 200}.{n // 200}.1", **OURS
            )
            took[kind].append(time.perf_counter() - begun)
            assert got.status == 303
        if n % 100 == 99:
            wanted.take(one_site.house)
    known, unknown = (statistics.median(some) for some in took.values())
    assert abs(known - unknown) < 0.005, (known, unknown)
