"""The pages in a real browser, as approvers have them: on a telephone, in the dark, with scripts on."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from mailer.outbox.states import Mailing
from mailer.outbox.tables import mailings as table
from mailer.render.rendering import Part
from mailer.verbs import approve, send
from tests.homes import a_rendering
from tests.oracles.browser import Seen
from tests.render.everything import render_everything
from tests.render.scripts import SCRIPTS
from tests.render.test_browser import TOO_WIDE
from tests.render.test_browser_scripts import TOUCH
from tests.web.browsing import Visitor
from tests.web.month import MAY, READ, a_month, propose, write
from tests.web.serving import Served, serving

ALL = " ".join(SCRIPTS)
LONG = "content/2024-05/ett-mycket-langt-filnamn-som-ingen-borde-skriva-men-som-nagon-anda-skriver-en-dag.md"
CONTENTS = {
    "blocks": [{"path": "a.md", "title": f"Rubrik nummer {n}", "editions": ["alla"]} for n in range(8)],
    "left_out": [["2024-05/09-utkast.md", "är ett utkast"], [LONG, "gäller en annan månad"]],
    "findings": [
        {"stops": stops, "where": LONG, "line": 3, "what": "något att tänka på.", "remedy": "Gör så här."}
        for stops in (True, False)
    ],
}
HOSTILE = {
    "blocks": [{"path": s, "title": s, "editions": ["alla"]} for s in SCRIPTS],
    "left_out": [[s, s] for s in SCRIPTS],
    "findings": [
        {"stops": stops, "where": s, "line": 1, "what": s, "remedy": s} for s in SCRIPTS for stops in (True, False)
    ],
}
WRONG = """
() => [
  ...document.querySelectorAll('script, iframe, object, embed, svg, math, base, link, video, audio, img'),
  ...[...document.querySelectorAll('[href]')].filter(e => !/^https?:/.test(e.href)),
  ...[...document.querySelectorAll('body *')].filter(e => e.getAttributeNames().some(n => n.startsWith('on'))),
].map(e => e.outerHTML.slice(0, 200))
"""


@contextmanager
def waiting(folder: Path) -> Iterator[Served]:
    """All that the page can show at once."""
    with a_month(folder) as house, serving(house) as site:
        write(house.home, "2024-05/03-sent.md", "# Kom sent\n\nText.\n")
        with_contents(site, CONTENTS)
        yield site


def with_contents(site: Served, contents: dict, name: str = MAY) -> None:
    site.house.db.write(lambda c: c.execute(update(table).where(table.c.name == name).values(contents=contents)))


def url(site: Served, path: str) -> str:
    return f"http://127.0.0.1:{site.port}{path}"


def everything(site: Served) -> dict[str, str]:
    """Name -> address, of each kind of page."""
    link = site.link()
    propose(site.house, "brev/1", "Ett brev", (render_everything(),))
    propose(site.house, "brev/2", "Ett brev till")
    approve.approve(site.house, "brev/2", "Bo Godkännare", reason="-")
    send.plan(site.house, "brev/2")
    letter = site.link("brev/1")
    return {
        "answer": link, "letter": letter, "text": f"{letter}/1/text", "sending": site.link("brev/2"),
        "message": "/svara/finns-inte", "mail": f"{letter}/1",
    }  # fmt: skip


@pytest.mark.parametrize(
    "looks",
    [((320, "light"), (1000, "dark")), pytest.param(((320, "dark"), (1000, "light")), marks=pytest.mark.soak)],
)
def test_has_pages_that_everybody_can_read(browser: Visitor, tmp_path: Path, looks: Any) -> None:
    with waiting(tmp_path / "hem") as site:
        for name, path in everything(site).items():
            for width, scheme in looks:
                if name != "mail":  # what the mails themselves are is asked elsewhere
                    assert browser.found_by_axe(url(site, path), width, scheme) == [], (name, width, scheme)
            too_wide = browser.visit(url(site, path), lambda seen: seen.page.evaluate(TOO_WIDE))
            assert too_wide == [], name


def test_has_buttons_that_a_thumb_hits(browser: Visitor, tmp_path: Path) -> None:
    def heights(seen: Seen) -> list[float]:
        seen.page.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true; })")
        found = seen.page.locator("button, .big, summary, .tick, textarea")
        return [found.nth(n).bounding_box()["height"] for n in range(found.count())]  # type: ignore[index]

    with waiting(tmp_path / "hem") as site:
        found = browser.visit(url(site, site.link()), heights)
        assert len(found) >= 7
        assert min(found) >= 44


def test_asks_nobody_else_for_anything(browser: Visitor, tmp_path: Path) -> None:
    with waiting(tmp_path / "hem") as site:
        for path in everything(site).values():
            asked = browser.visit(url(site, path), lambda seen: list(seen.asked))
            assert asked
            assert {a.partition("/svara")[0] for a in asked if not a.startswith("data:")} <= {
                url(site, ""),
                url(site, "/favicon.ico"),
            }


def test_shows_the_pictures_of_a_mail_in_its_sandbox(browser: Visitor, tmp_path: Path) -> None:
    with a_month(tmp_path / "hem") as house, serving(house) as site:
        propose(house, renderings=(render_everything(),))
        widths = "[...document.images].map(i => i.naturalWidth)"
        found = browser.visit(url(site, site.link("brev/1") + "/1"), lambda seen: seen.page.evaluate(widths))
        assert found
        assert all(found)


@pytest.mark.soak  # the walk's browser follows every link of all pages; these are the approver's, looked at longer
def test_changes_nothing_for_a_scanner_that_runs_scripts_and_follows_links(browser: Visitor, tmp_path: Path) -> None:
    with waiting(tmp_path / "hem") as site:
        found, before = sorted(site.leads_to(site.link())), site.hash()
        assert len(found) == 3

        def prefetch(seen: Seen) -> int:
            """Open all of it, over and over, with every push that a hand could give."""
            for n in range(100):
                seen.page.goto(url(site, found[n % 3]), wait_until="load")
                if found[n % 3].endswith(("/text", found[0])):  # a mail is in a sandbox, where nothing can be pushed
                    seen.page.evaluate(TOUCH)
            return len(seen.asked)

        assert browser.visit(url(site, found[0]), prefetch) >= 100
        assert site.hash() == before
        assert site.state() == Mailing.PROPOSED


@pytest.mark.parametrize("state", ["proposed", "returned", "approved", "withdrawn", "wrong", "late"])
def test_runs_no_script_whatever_anybody_has_written(browser: Visitor, tmp_path: Path, state: str) -> None:
    subject = " ".join(ALL.split())
    made = a_rendering(subject, ALL)
    with a_month(tmp_path / "hem") as house, serving(house) as site:
        settings = house.home / "settings.toml"
        name = ALL.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ").replace("\t", " ")
        settings.write_text(settings.read_text("utf-8").replace('"Anna Redaktör"', f'"{name}"'), "utf-8")
        propose(house, "brev/1", ALL[:200], (made,), contents=HOSTILE)
        link = site.link("brev/1")
        if state == "returned":
            site.follow(link, site.post(link, button="return", remark=ALL[:2000]))
        if state == "approved":
            site.follow(link, site.post(link, **READ, despite=ALL[:2000], reason=ALL[2000:]))
        if state == "withdrawn":
            house.db.write(lambda c: c.execute(update(table).values(state="withdrawn", why=ALL)))
        if state == "late":
            titles = "".join(f"2024-05/{n}.md\n" for n in range(len(SCRIPTS))).split()
            for path, script in zip(titles, SCRIPTS, strict=True):
                write(house.home, path, f"---\nrubrik: {' '.join(script.split())}\n---\n\nText\n")
            link = site.link()
            assert "Kom efter manusstopp" in site.get(link).text

        def look(seen: Seen) -> list[str]:
            if state == "wrong":
                seen.page.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true; })")
                seen.page.fill("#remark", ALL[:1900])
                seen.page.evaluate("document.querySelector('#remark').removeAttribute('maxlength')")
                seen.page.fill("#remark", ALL)
                seen.page.click("button[value=return]")
                assert "Det gick inte" in seen.page.content()
            seen.page.evaluate(TOUCH)
            return [*seen.page.evaluate(WRONG), *(f"ran {n}" for n in [ran(seen)] if n)]

        assert browser.visit(url(site, link), look) == []
        assert browser.visit(url(site, f"{link}/1/text"), look if state != "wrong" else lambda _: []) == []


def ran(seen: Seen) -> int:
    return int(seen.page.evaluate("window.ran || 0"))


def test_has_a_second_wall_around_a_mail_that_holds_a_script(browser: Visitor, tmp_path: Path) -> None:
    """The mails themselves hold none; should one get in all the same, the sandbox keeps it still."""
    body = "".join(SCRIPTS[:60])
    with a_month(tmp_path / "hem") as house, serving(house) as site:
        made = a_rendering("Ett brev", body)
        whole = f'<html><body>{made.html}<img src="cid:a.svg"></body></html>'
        part = Part("a.svg", "image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", True)
        propose(house, renderings=(type(made)("alla", "Ett brev", whole, "", (part,)),))
        mail = site.get(site.link("brev/1") + "/1").text
        assert browser.visit(url(site, site.link("brev/1") + "/1"), ran) == 0
        assert browser.look(mail, ran) > 0  # the control: without its headers it runs


def test_is_answered_with_a_thumb(browser: Visitor, tmp_path: Path) -> None:
    """From the link to the receipt, as a person does it; the form's own walls are tried on the way."""

    def answer(seen: Seen) -> str:
        page = seen.page
        page.click("text=Läs hela utskicket")
        page.click("text=Tillbaka till svaret")
        page.click("button[value=approve]")  # not ticked: the browser says so, and nothing is sent
        assert "Väntar på ett ja" in page.content()
        page.check("input[name=read]")
        with page.expect_navigation():
            page.click("button[value=approve]")
        page.reload()
        return str(page.inner_text("main"))

    with a_month(tmp_path / "hem") as house, serving(house) as site:
        assert "Godkänt av Anna Redaktör" in browser.visit(url(site, site.link()), answer)
        assert site.state() == Mailing.APPROVED
