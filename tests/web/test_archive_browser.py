"""The archive, the calendar and the front page in a real browser: for everybody, on a telephone, in the dark."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from mailer.bookings.tables import calendar_dates
from mailer.outbox.tables import archive_pages
from mailer.verbs import calendar
from tests.oracles.browser import Seen
from tests.render.scripts import SCRIPTS
from tests.render.test_browser import TOO_WIDE
from tests.render.test_browser_scripts import TOUCH
from tests.web.browsing import Visitor
from tests.web.month import a_month, assemble, write
from tests.web.months import publish, published
from tests.web.serving import Served, serving

PAGES = ("/", "/arkiv", "/arkiv/2024-05", "/kalender")
HEAD = "---\nrubrik: {}\nfår läsas av: alla\n{}---\n{}\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with published(tmp_path_factory.mktemp("syns") / "hem") as house, serving(house) as opened:
        yield opened


def url(site: Served, path: str) -> str:
    return f"http://127.0.0.1:{site.port}{path}"


@pytest.mark.soak  # the walk looks at the same pages, each in one language and width
@pytest.mark.parametrize("path", [*PAGES, *(f"/en{p}" for p in PAGES)])
def test_has_pages_that_everybody_can_read(browser: Visitor, site: Served, path: str) -> None:
    for width, scheme in ((320, "light"), (1280, "dark")):
        assert browser.found_by_axe(url(site, path), width, scheme) == [], (width, scheme)
    assert browser.visit(url(site, path), lambda seen: seen.page.evaluate(TOO_WIDE)) == []


def test_shows_its_pictures_and_asks_nobody_else(browser: Visitor, site: Served) -> None:
    def look(seen: Seen) -> tuple[list[int], set[str]]:
        return seen.page.evaluate("[...document.images].map(i => i.naturalWidth)"), {
            a.split("/", 3)[2] for a in seen.asked
        }

    widths, asked = browser.visit(url(site, "/arkiv/2024-05"), look)
    assert widths
    assert all(widths)
    assert asked == {f"127.0.0.1:{site.port}"}


def test_is_walked_with_the_keyboard_alone(browser: Visitor, site: Served) -> None:
    """Each link is reached in the order it is read, and shows where one is."""

    def walk(seen: Seen) -> tuple[list[str], list[str], list[str]]:
        reached, outlines = [], []
        links = seen.page.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.href)")
        for _ in links:
            seen.page.keyboard.press("Tab")
            reached.append(seen.page.evaluate("document.activeElement.href || ''"))
            outlines.append(seen.page.evaluate("getComputedStyle(document.activeElement).outlineStyle"))
        return links, reached, outlines

    for path in PAGES:
        links, reached, outlines = browser.visit(url(site, path), walk)
        assert reached == links
        assert set(outlines) == {"solid"}


def test_is_read_without_its_looks(browser: Visitor, site: Served) -> None:
    def bare(seen: Seen) -> tuple[list[str], int]:
        seen.page.evaluate("document.querySelectorAll('style').forEach(s => s.remove())")
        order = seen.page.evaluate(
            "[...document.querySelectorAll('h1, h2, h3')].map(h => h.tagName + ' ' + h.innerText)"
        )
        return order, seen.page.evaluate("document.documentElement.scrollWidth")

    order, width = browser.visit(url(site, "/arkiv/2024-05"), bare)
    assert order[0] == "H1 V Aktuellt maj 2024"
    assert len([h for h in order if h.startswith("H2")]) > 4
    assert width >= 320


def test_runs_no_script_whatever_anybody_has_written(browser: Visitor, tmp_path: Path) -> None:
    """Through the whole house: files to pages, feeds and calendars; and rows that nobody should be able to write."""
    with a_month(tmp_path / "hem") as house, serving(house) as site:
        for n, script in enumerate(SCRIPTS):
            line = " ".join(script.split())
            write(house.home, f"2024-05/{n:03d}.md", HEAD.format(line, f"ingress: {line}\n", f"Text `{line}`."))
            event = f"datum: 2024-05-{1 + n % 30:02d}\nplats: {line}\n"
            write(house.home, f"evenemang/{n:03d}.md", HEAD.format(line, event, f"Text `{line}`."))
        assemble(house)
        publish(house, "2024-05")
        assert calendar.remember(house) > len(SCRIPTS) // 3
        all_ = " ".join(SCRIPTS)
        house.db.write(lambda c: c.execute(update(archive_pages).values(title=all_[:200], subject=all_, summary=all_)))
        house.db.write(lambda c: c.execute(update(calendar_dates).values(title=all_, place=all_)))
        for path in ("/arkiv", "/en/arkiv", "/arkiv/2024-05", "/kalender", "/arkiv/rss.xml", "/arkiv/atom.xml"):
            assert "alert(1)" in site.get(path).text
            push = TOUCH if not path.endswith(".xml") else "window.ran || 0"  # a sandbox answers to no push at all
            got = browser.visit(url(site, path), lambda seen, push=push: (seen.page.evaluate(push), list(seen.asked)))
            assert got[0] == 0, path
            assert {a.split("/", 3)[2] for a in got[1] if not a.startswith("data:")} == {f"127.0.0.1:{site.port}"}


def test_knows_a_script_that_does_run(browser: Visitor, site: Served) -> None:
    """The control: on the same page, put in past all walls."""

    def run(seen: Seen) -> int:
        seen.page.evaluate("alert(1)")
        return int(seen.page.evaluate(TOUCH))

    assert browser.visit(url(site, "/arkiv"), run) == 1
