"""The pages from outside: what they show, to whom, with which headers, and that reading changes nothing."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote

import pytest
from sqlalchemy import update

from mailer import codes, maillog
from mailer.keys import Keys
from mailer.outbox.states import Mailing
from mailer.outbox.tables import mailings as table
from mailer.render.rendering import Part
from mailer.verbs import approve, control, send, skip
from tests.homes import a_rendering
from tests.web.month import BO, MAY, READ, ZONE, a_month, at, propose, write
from tests.web.serving import serving

WARNING = {"stops": False, "where": "content/2024-05/02-valet.md", "line": 0, "what": "datumet har varit.",
           "remedy": "Ändra det."}  # fmt: skip
PARTS = (
    Part("3f9a.jpg", "image/jpeg", b"\xff\xd8jpeg", is_inline=True),
    Part("ritning.svg", "image/svg+xml", b"<svg onload='alert(1)'/>", is_inline=False),
    Part("på gång.ics", "text/calendar", b"BEGIN:VCALENDAR", is_inline=False),
)


def with_parts():
    made = a_rendering()
    return replace(made, html=f'<html><body>{made.html}<img src="cid:3f9a.jpg" alt=""></body></html>', parts=PARTS)


def test_shows_all_that_an_approver_needs(site):
    contents = {
        "blocks": [{"path": "a.md", "title": "Vi ses på torget", "editions": ["alla"]}],
        "left_out": [["2024-05/09-utkast.md", "är ett utkast"]],
        "findings": [WARNING],
    }
    site.house.db.write(lambda c: c.execute(update(table).where(table.c.name == MAY).values(contents=contents)))
    page = site.get(site.link()).text
    for words in (
        "V Aktuellt maj 2024", "Väntar på ett ja", "fredag 10 maj kl. 9.00", "Går till 12 av 12.",
        "listan medlemmar lästes in för 3 dagar sedan", "Ämnesrad: ”V Aktuellt maj 2024”", "<li>Vi ses på torget</li>",
        "<strong>content/2024-05/02-valet.md:</strong> datumet har varit. Ändra det.",
        "<strong>2024-05/09-utkast.md:</strong> är ett utkast", "Länken är din, Anna Redaktör.",
    ):  # fmt: skip
        assert words in page
    assert "<script" not in page
    assert "åsa" not in page.lower()  # nobody in the register is named


def test_shows_the_mail_as_its_readers_get_it(site):
    propose(site.house, renderings=(with_parts(),))
    link = site.link("brev/1")
    mail = site.get(f"{link}/1")
    assert "Hej Kim!" in mail.text
    assert 'src="1/file/3f9a.jpg"' in mail.text
    assert "Tillbaka till svaret" in mail.text
    assert "sandbox" in mail.headers["content-security-policy"]
    assert "Hej Kim!\n\nDet blir möte" in site.get(f"{link}/1/text").text
    assert site.leads_to(link) == {
        link, f"{link}/1", f"{link}/1/text", f"{link}/1/file/3f9a.jpg", f"{link}/1/file/ritning.svg",
        f"{link}/1/file/p%C3%A5%20g%C3%A5ng.ics",
    }  # fmt: skip
    assert (site.get(f"{link}/1/file/3f9a.jpg").raw) == PARTS[0].raw


@pytest.mark.parametrize(
    ("name", "place"),
    [("3f9a.jpg", "inline"), ("ritning.svg", "attachment"), ("p%C3%A5%20g%C3%A5ng.ics", "attachment")],
)
def test_shows_pictures_and_saves_everything_else(one_site, name, place):
    propose(one_site.house, renderings=(with_parts(),))
    got = one_site.get(f"{one_site.link('brev/1')}/1/file/{name}")
    assert got.status == 200
    assert got.headers["content-disposition"].startswith(place)
    assert "sandbox" in got.headers["content-security-policy"]


def approved(house):
    approve.approve(house, MAY, BO)


def sending(house):
    approved(house)
    send.plan(house, MAY)


def paused(house):
    sending(house)
    house.db.write(lambda c: control.control.pause(c, house.db, 1, "e-postservern svarar 535"))


def finished(house):
    sending(house)
    house.db.write(lambda c: c.execute(update(table).where(table.c.name == MAY).values(state=Mailing.FINISHED)))


STATES = {
    "approved": (approved, "Godkänt av Bo Godkännare", set()),
    "sending": (sending, "12 är kvar att skicka", {"pause"}),
    "paused": (paused, "Pausat: e-postservern svarar 535.", {"resume"}),
    "finished": (finished, "Det började skickas lördag 4 maj 2024 kl. 9.00.", set()),
    "withdrawn": (lambda h: control.withdraw(replace(h, os_user="bo"), MAY), "Stoppat: stoppat av bo.", set()),
    "skipped": (
        lambda h: skip.skip(h, "2024-05", "Anna Redaktör", "sommaruppehåll"),
        "Månaden hoppas över, efter beslut av Anna Redaktör lördag 4 maj 2024 kl. 9.00. Skälet: sommaruppehåll",
        set(),
    ),
}


@pytest.mark.parametrize("name", STATES)
def test_says_what_has_happened_and_has_only_the_buttons_that_do_something(site, name):
    reach, words, buttons = STATES[name]
    reach(site.house)
    page = site.get(site.link()).text
    assert words in page
    assert set(re.findall(r'<button[^>]* value="(\w+)"', page)) == buttons


@pytest.mark.parametrize("database_url", ["sqlite", "postgres"], indirect=True)
def test_changes_nothing_for_anybody_who_only_looks(site):
    propose(site.house, renderings=(with_parts(),))
    write(site.house.home, "2024-05/03-sent.md", "# Sent\n\nText.\n")
    found = sorted(site.leads_to(site.link()) | site.leads_to(site.link("brev/1")))
    before = site.hash()
    asked = [(method, path) for path in found for method in ("GET", "HEAD", "OPTIONS", "GET")]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda one: site.ask(*one).status, asked * 4))
    assert len(answers) > 100
    assert set(answers) <= {200, 405}
    assert site.hash() == before


def other(letter: str) -> str:
    return "b" if letter == "a" else "a"


def test_answers_every_code_that_opens_nothing_alike(site):
    house, link = site.house, site.link()
    code = link.rpartition("/")[2]
    row = house.db.read(lambda c: c.execute(table.select().where(table.c.name == MAY)).one())
    stranger = Keys(house.home / "andra")
    stranger.make_missing()
    wrong = [
        code[:-1], code + "a", other(code[0]) + code[1:], code.upper(), "", "x", "å" * 42, "ı" * 42, "a" * 42, "a" * 5000,
        codes.leave_code(house.keys, 1), codes.return_tag(house.keys, 1),
        codes.answer_code(house.keys, row.id, "00" * 32, "okand@vallentuna.example"),
        codes.answer_code(house.keys, 99, "00" * 32, "anna@vallentuna.example"),
        codes.answer_code(stranger, row.id, "00" * 32, "anna@vallentuna.example"),
        f"{code}/0", f"{code}/2", f"{code}/01", f"{code}/{'9' * 5000}", f"{code}/x", f"{code}/1/file/x", f"{code}/",
        f"{code}/1/", f"{code}/1/file/..%2f..%2fsettings.toml", f"/{code}", f"..;/svara/{code}",
    ]  # fmt: skip
    answers = {(g := site.get("/svara/" + quote(w, safe="/%;"))).status: g.raw for w in wrong}
    answers |= {
        (g := site.get(path)).status: g.raw for path in ("/finns-inte", "/svaret", f"/SVARA/{code}", "/favicon.ico")
    }
    assert list(answers) == [404]
    assert len({site.get("/svara/" + quote(w, safe="/%;")).raw for w in wrong}) == 1
    assert site.post(f"/svara/{code[:-1]}{other(code[-1])}", **READ).raw == site.get("/x").raw


def test_closes_the_link_of_who_is_no_approver_any_more(site):
    link = site.link(person=1)
    assert site.get(link).status == 200
    settings = site.house.home / "settings.toml"
    before = settings.read_text("utf-8")
    settings.write_text(before.replace('roles = ["approver", "administrator"]', 'roles = ["administrator"]'), "utf-8")
    assert site.get(link).status == 404
    assert site.post(link, **READ).status == 404
    settings.write_text(before[:-40], "utf-8")  # half written: as it was
    assert site.get(link).status == 404
    settings.write_text(before, "utf-8")
    assert site.get(link).status == 200


@pytest.mark.parametrize(
    ("change", "moment", "status"),
    [
        ({"planned_at": datetime(2024, 5, 10, 9, tzinfo=ZONE)}, "2024-06-09T08:59", 200),
        ({"planned_at": datetime(2024, 5, 10, 9, tzinfo=ZONE)}, "2024-06-09T09:01", 404),
        ({}, "2024-06-30T23:00", 200),  # never sent: from the end of its month
        ({}, "2024-07-01T01:00", 404),
    ],
)
def test_closes_a_link_thirty_days_after_the_mailing(tmp_path, change, moment, status):
    with a_month(tmp_path / "hem") as house:
        if change:
            house.db.write(lambda c: c.execute(update(table).where(table.c.name == MAY).values(**change)))
        with serving(at(house, moment)) as site:
            assert site.get(site.link()).status == status


def crawl(site) -> list:
    """One of every kind of answer."""
    link = site.link()
    form = {"Content_Type": "application/x-www-form-urlencoded", "Sec_Fetch_Site": "same-origin"}
    return [
        site.get(link), site.get(f"{link}/1"), site.get(f"{link}/1/text"), site.get("/finns-inte"), site.get(f"{link}x"),
        site.ask("PUT", link), site.ask("DELETE", f"{link}/1"), site.ask("HEAD", link),
        site.ask("POST", link, b"button=approve"), site.ask("POST", link, b"x" * 70_000, **form),
        site.ask("POST", link, b"{}", Sec_Fetch_Site="same-origin", Content_Type="application/json"),
        site.post(link, button="what"), site.post(link, button="return"), site.post(link, button="approve", read="yes"),
        site.post(link, button="return", remark="x"),
    ]  # fmt: skip


def test_guards_every_answer_with_its_headers(one_site):
    got = crawl(one_site)
    assert [g.status for g in got] == [200, 200, 200, 404, 404, 405, 405, 200, 403, 413, 415, 400, 422, 303, 409]
    for answer in got:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "script" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert "noindex" in answer.headers["x-robots-tag"]
        assert "server" not in answer.headers
        assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Origin": "https://ond.example"},
        {"Origin": "null"},
        {},
    ],
)
def test_takes_no_answer_from_a_page_of_others(one_site, headers):
    before = one_site.hash()
    form = {"Content_Type": "application/x-www-form-urlencoded", **headers}
    for body in (b"button=approve&read=yes", b"button=return&remark=x", b"button=late", b"button=pause"):
        assert one_site.ask("POST", one_site.link(), body, **form).status == 403
    assert one_site.hash() == before


def test_slows_down_who_presses_too_often(one_site):
    link = one_site.link()
    answers = [one_site.post(link, button="return").status for _ in range(22)]
    assert answers == [422] * 20 + [429] * 2
    assert one_site.get(link).status == 200


def test_writes_no_codes_in_its_log(one_site, capfd, monkeypatch):
    monkeypatch.setattr(maillog, "quiet", False)
    monkeypatch.setattr(maillog, "_LOG", None)
    crawl(one_site)
    code = one_site.link().rpartition("/")[2]
    out, errors = capfd.readouterr()
    assert "event='answered'" in errors
    assert "approve" in errors
    assert code not in out + errors
    assert not re.search("svara/[^{]", out + errors)  # the route's pattern is told, never what was asked for
    assert "anna" not in (out + errors).lower()


def test_keeps_serving_when_a_template_of_the_home_is_broken(one_site, capfd, monkeypatch):
    monkeypatch.setattr(maillog, "quiet", False)
    monkeypatch.setattr(maillog, "_LOG", None)
    pages = one_site.house.templates / "pages"
    own, whole = pages / "answer.html.j2", (pages / "answer.html.j2").read_text("utf-8")
    own.write_text("{{ vyn.titel }}", "utf-8")
    got = one_site.get(one_site.link())
    assert (got.status, "Inget är förlorat" in got.text) == (500, True)
    assert "AdminError" in capfd.readouterr().err
    (pages / "frame.html.j2").write_text("{% if", "utf-8")
    assert "Något gick fel hos oss. Inget är förlorat." in one_site.get(one_site.link()).text
    own.write_text(whole, "utf-8")
    (pages / "frame.html.j2").unlink()  # the release's own is behind it
    assert one_site.get(one_site.link()).status == 200


def test_answers_in_words_when_it_breaks_a_promise_itself(one_site, capfd, monkeypatch):
    monkeypatch.setattr(maillog, "quiet", False)
    monkeypatch.setattr(maillog, "_LOG", None)
    broken = {"findings": [{"stops": True}]}
    one_site.house.db.write(lambda c: c.execute(update(table).where(table.c.name == MAY).values(contents=broken)))
    link = one_site.link()
    got = one_site.get(link)
    assert (got.status, "Inget är förlorat" in got.text) == (500, True)
    out, errors = capfd.readouterr()
    assert "event='failed'" in errors
    assert "task='page' error='KeyError'" in errors
    assert "Traceback" not in out + errors
    assert got.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["", "/utskick", "/a/b"])
def test_works_below_any_path_and_believes_no_host(tmp_path, path):
    with a_month(tmp_path / "hem", path=path) as house, serving(house) as site:
        link = site.link()
        assert link.startswith(f"{path}/svara/")
        for here in {link, link.removeprefix(path)}:  # the server in front may take the path away
            evil = site.ask("GET", here, Host="ond.example", X_Forwarded_Host="ond.example")
            assert evil.status == 200
            assert "ond.example" not in evil.text + str(evil.headers)
            assert {p.partition("/svara/")[0] for p in site.leads_to(here)} == {here.partition("/svara/")[0]}
            assert site.ask("GET", f"{here}/", Host="ond.example").status == 404  # and is sent to no Host
        there, page = site.follow(link, site.post(link, **READ))
        assert there == link
        assert "Godkänt av" in page.text
