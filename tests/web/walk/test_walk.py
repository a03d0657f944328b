"""A real browser through every page, in both languages, on a telephone and a wide screen: no script, no mouse.

WALK_PICTURES=FOLDER keeps a picture of each page.
"""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.homes import ROOT
from tests.oracles.browser import TALL
from tests.render.test_browser import TOO_WIDE
from tests.web.browsing import Visitor
from tests.web.walk.pages import not_on_the_list, paths
from tests.web.whole import Whole, a_whole_home

LANGUAGES = ("sv", "en")
# Each language, each width, light and dark, once; every combination of them is walked in the soak.
LOOKS = {"telephone": (320, "light"), "screen": (1280, "dark")}
SEEN = [("sv", "telephone"), ("en", "screen")]
ALSO = [pytest.param(*also, marks=pytest.mark.soak) for also in (("sv", "screen"), ("en", "telephone"))]
SWEDISH = re.compile(r"\b(och|inte|eller|för|att|är|på|till|från|du|ditt|dina|får|här)\b", re.I)
WORDS = """
() => { const copy = document.body.cloneNode(true);
  copy.querySelectorAll('[lang=sv]').forEach(e => e.remove()); return copy.innerText || copy.textContent; }
"""
# What can be reached with Tab: a group of radio buttons is one stop.
STOPS = """
() => { const all = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary')]
    .filter(e => e.getClientRects().length && !e.disabled && e.checkVisibility());
  const radios = new Set(); let count = 0;
  for (const e of all) { if (e.type === 'radio') { if (radios.has(e.name)) continue; radios.add(e.name); } count += 1; }
  return count; }
"""
FOCUSED = """
() => { const e = document.activeElement; if (!e || e === document.body) return null;
  const style = getComputedStyle(e), box = e.getBoundingClientRect();
  window.walked = window.walked || []; const again = window.walked.includes(e); window.walked.push(e);
  return {again, seen: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
    inside: box.width > 0 && box.left >= -1 && box.right <= innerWidth + 1, what: e.outerHTML.slice(0, 120)}; }
"""
STATUS = "performance.getEntriesByType('navigation')[0].responseStatus"
SMALL = """
() => [...document.querySelectorAll('button, summary, input[type=submit], .big')]
  .filter(e => e.getClientRects().length && e.getBoundingClientRect().height < 44).map(e => e.outerHTML.slice(0, 120))
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Whole]:
    with a_whole_home(tmp_path_factory.mktemp("hem")) as opened:
        yield opened


def walk(browser: Visitor, whole: Whole, addresses: list[str], do: Callable[[Any, str], None], width: int, scheme: Any,
         scripts: bool = True) -> None:  # fmt: skip
    """In one window, as the person who has opened a fresh link. `do` gets the page and its path."""

    def go() -> None:
        context = browser._browser.new_context(
            viewport={"width": width, "height": TALL}, color_scheme=scheme, java_script_enabled=scripts
        )
        try:
            name, _, value = whole.cookie.partition("=")
            home = f"http://127.0.0.1:{whole.site.port}"
            context.add_cookies([{"name": name, "value": value, "url": home}])
            page = context.new_page()
            for path in addresses:
                page.goto(home + path, wait_until="load")
                do(page, path)
        finally:
            context.close()

    browser._thread.submit(go).result()


def addressed(whole: Whole, language: str) -> list[str]:
    return [("/en" if language == "en" else "") + path for path in paths(whole).values()]


def test_walks_every_page_there_is():
    assert not_on_the_list() == []


def judged(browser: Visitor, page: Any) -> list[str]:
    page.evaluate(browser._axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [f"{rule['id']}: {node['html'][:150]}" for rule in found["violations"] for node in rule["nodes"]]


def looked_at(browser: Visitor, whole: Whole, language: str, width: int, scheme: str) -> list[str]:
    """Everything that is wrong with the pages, seen like this."""
    wrong: list[str] = []
    shots = os.environ.get("WALK_PICTURES")
    names = dict(zip(addressed(whole, language), paths(whole), strict=True))

    def look(page: Any, path: str) -> None:
        here = f"{names[path]}/{language}/{width}/{scheme}"
        if (status := page.evaluate(STATUS)) != (404 if names[path] == "nothing" else 200):
            wrong.append(f"{here}: status {status}")
        wrong.extend(f"{here}: {found}" for found in judged(browser, page))
        wrong.extend(f"{here}: too wide: {found}" for found in page.evaluate(TOO_WIDE))
        wrong.extend(f"{here}: small: {found}" for found in page.evaluate(SMALL) if width == 320)
        if page.locator("html").get_attribute("lang") != language:
            wrong.append(f"{here}: says another language")
        if (count := page.locator("h1").count()) != 1 or page.locator("main").count() != 1:
            wrong.append(f"{here}: {count} h1")
        if (
            language == "en"
            and names[path] not in ("issue", "calendar")
            and (found := SWEDISH.findall(page.evaluate(WORDS)))
        ):
            wrong.append(f"{here}: Swedish words: {found[:5]}")
        if shots:
            Path(shots).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(shots) / f"{here.replace('/', '-')}.png", full_page=True)

    walk(browser, whole, list(names), look, width, scheme)
    return wrong


@pytest.mark.parametrize(("language", "look"), [*SEEN, *ALSO])
def test_has_pages_that_everybody_can_read(browser: Visitor, whole: Whole, language: str, look: str):
    assert looked_at(browser, whole, language, *LOOKS[look]) == []


def test_follows_the_size_of_text_that_the_reader_has_chosen(browser: Visitor, whole: Whole):
    """Text twice as large on a telephone: nothing is in pixels, and nothing is cut off."""
    style = (ROOT / "templates" / "pages" / "style.css.j2").read_text("utf-8")
    assert "font: 106.25%/" in style
    assert not re.search(r"font(?:-size)?:[^;}]*\dpx", style)
    wrong: list[str] = []
    shots = os.environ.get("WALK_PICTURES")

    def enlarge(page: Any, path: str) -> None:
        page.evaluate("() => { document.documentElement.style.fontSize = '34px'; }")
        wrong.extend(f"{path}: {found}" for found in page.evaluate(TOO_WIDE))
        if shots:
            Path(shots).mkdir(parents=True, exist_ok=True)
            page.screenshot(path=Path(shots) / f"large-{path.replace('/', '-')[:40]}.png", full_page=True)

    walk(browser, whole, addressed(whole, "sv"), enlarge, 320, "light")
    assert wrong == []


@pytest.mark.soak
@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_has_them_in_the_other_light_too(browser: Visitor, whole: Whole, language: str, look: str):
    width, scheme = LOOKS[look]
    assert looked_at(browser, whole, language, width, "dark" if scheme == "light" else "light") == []


def test_lets_a_keyboard_reach_everything_and_shows_where_it_is(browser: Visitor, whole: Whole):
    wrong: list[str] = []

    def tab(page: Any, path: str) -> None:
        stops = page.evaluate(STOPS)
        for n in range(stops):
            page.keyboard.press("Tab")
            while (at := page.evaluate(FOCUSED)) and at["again"] and 'type="date"' in at["what"]:
                page.keyboard.press("Tab")  # day, month and year of the same field
            if at is None or at["again"]:
                wrong.append(f"{path}: only {n} of {stops} can be reached")
                return
            if not at["seen"] or not at["inside"]:
                wrong.append(f"{path}: not seen: {at}")

    walk(browser, whole, addressed(whole, "sv"), tab, 320, "light")
    assert wrong == []


def test_leaves_and_comes_back_by_keyboard_without_scripts(browser: Visitor, whole: Whole):
    """From the link in the mail to the receipt, and undone, in English."""
    seen: list[str] = []

    def press(page: Any, label: str) -> None:
        button = page.get_by_role("button", name=label).first
        button.focus()
        with page.expect_navigation():
            page.keyboard.press("Enter")
        seen.append(page.url)

    def go(page: Any, path: str) -> None:
        press(page, "Stop getting")
        press(page, "Undo")

    before = whole.site.get(paths(whole)["leave"]).raw
    walk(browser, whole, ["/en" + paths(whole)["leave"]], go, 320, "light", scripts=False)
    assert all("/en/sluta/" in url for url in seen), seen
    assert whole.site.get(paths(whole)["leave"]).raw == before


def test_changes_nothing_for_a_browser_that_follows_every_link(browser: Visitor, whole: Whole):
    """With scripts on, every link of every mail and page, twice; and no page has asked anybody else for anything."""
    before, asked = whole.site.hash(), []
    html = [p for p in whole.found if not re.search(r"\.(ics|xml|png|jpg|json|txt)(\?|$)|/file/", p)]

    def open_it(page: Any, path: str) -> None:
        if not asked:
            page.on("request", lambda request: asked.append(request.url))
        asked.append(page.url)

    walk(browser, whole, html * 2, open_it, 320, "light")
    assert len(asked) > 2 * len(html)
    assert {re.match(r"\w+://[^/]+", url)[0] for url in asked if not url.startswith("data:")} == {  # type: ignore[index]
        f"http://127.0.0.1:{whole.site.port}"
    }
    assert whole.site.hash() == before
