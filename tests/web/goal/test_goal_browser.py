"""The goal's page in a real browser: a telephone, a wide screen, dark, on paper; no script, no mouse.

GOAL_PICTURES=FOLDER keeps a picture of each.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mailer.verbs.surveys import goal_view
from tests.oracles.browser import TALL
from tests.render.test_browser import TOO_WIDE
from tests.surveys.goal.stands import STORIES
from tests.surveys.test_goal_verb import story
from tests.web.browsing import Visitor
from tests.web.goal.conftest import Shown, showing
from tests.web.walk.test_walk import FOCUSED, SMALL, STOPS, judged

LOOKS = {"telephone": (320, "light"), "screen": (1280, "dark")}
ALSO = [pytest.param(look, marks=pytest.mark.soak) for look in ("dark", "wide")]
MORE = {"dark": (360, "dark"), "wide": (1280, "light")}
# Words of a chart that reach out of it, or stand upon one another.
CROWDED = """
() => { const found = [];
  for (const chart of document.querySelectorAll('svg.chart')) {
    const edge = chart.getBoundingClientRect();
    const words = [...chart.querySelectorAll('text')].map(e => [e.textContent, e.getBoundingClientRect()]);
    for (const [said, box] of words)
      if (box.left < edge.left - 2 || box.right > edge.right + 2 || box.bottom > edge.bottom + 2) found.push('out: ' + said);
    words.forEach(([one, a], n) => words.slice(0, n).forEach(([other, b]) => {
      const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
      const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
      if (wide > 1 && high > 5) found.push(one + ' upon ' + other); })); }
  return found; }
"""


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    with showing(tmp_path_factory.mktemp("hem")) as opened:
        yield opened


@pytest.fixture(scope="module")
def files(shown: Shown, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The page of each story, as the file for a meeting."""
    folder = tmp_path_factory.mktemp("sidor")
    found = {name: folder / f"{name}.html" for name in STORIES}
    for name, path in found.items():
        goal_view.page(shown.house, story(shown.house, name), path)
    return found


def visited(browser: Visitor, go: Any, width: int = 320, scheme: Any = "light") -> None:
    def run() -> None:
        context = browser._browser.new_context(viewport={"width": width, "height": TALL}, color_scheme=scheme)
        try:
            go(context.new_page())
        finally:
            context.close()

    browser._thread.submit(run).result()


def wrongs(browser: Visitor, page: Any, name: str) -> list[str]:
    """All that is wrong with a page as it is seen."""
    if shots := os.environ.get("GOAL_PICTURES"):
        Path(shots).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(shots) / f"{name}.png", full_page=True)
    found = [*judged(browser, page), *page.evaluate(TOO_WIDE), *page.evaluate(SMALL), *page.evaluate(CROWDED)]
    for _ in range(page.evaluate(STOPS)):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        if at is None or not at["seen"] or not at["inside"]:
            found.append(f"not seen: {at}")
    if page.locator("h1").count() != 1:
        found.append("not one h1")
    return [f"{name}: {one}" for one in found]


@pytest.mark.parametrize("look", [*LOOKS, *ALSO])
def test_has_pages_that_a_chair_can_read_on_whatever_she_has(browser: Visitor, shown: Shown, look: str) -> None:
    width, scheme = (LOOKS | MORE)[look]
    found: list[str] = []
    asked: list[str] = []
    home = f"http://127.0.0.1:{shown.site.port}"

    def go(page: Any) -> None:
        page.on("request", lambda request: asked.append(request.url))
        page.goto(home + shown.link())
        found.extend(wrongs(browser, page, f"malet-{look}"))
        page.goto(f"{home}{shown.link()}/kvar")
        found.extend(wrongs(browser, page, f"kvar-{look}"))
        button = page.get_by_role("button", name="Visa namnen")
        button.focus()
        with page.expect_navigation():
            page.keyboard.press("Enter")
        found.extend(wrongs(browser, page, f"namnen-{look}"))
        assert "Öberg" in page.inner_text("main")

    visited(browser, go, width, scheme)
    assert found == []
    assert all(url.startswith(home) for url in asked)


@pytest.mark.parametrize("name", STORIES)
def test_draws_charts_that_can_be_read_at_every_width(browser: Visitor, files: dict[str, Path], name: str) -> None:
    found: list[str] = []

    def go(page: Any) -> None:
        page.goto(files[name].as_uri())
        found.extend(wrongs(browser, page, f"fil-{name}-320"))
        for width in (360, 700, 1280):
            page.set_viewport_size({"width": width, "height": TALL})
            found.extend(f"{width}: {one}" for one in (*page.evaluate(TOO_WIDE), *page.evaluate(CROWDED)))

    visited(browser, go)
    assert found == []


def test_follows_the_size_of_text_that_the_reader_has_chosen(browser: Visitor, files: dict[str, Path]) -> None:
    """Twice as large on a wider telephone: the charts grow with their words."""
    found: list[str] = []

    def go(page: Any) -> None:
        page.goto(files["thirtieth day"].as_uri())
        before = page.evaluate("document.querySelector('svg.chart').getBoundingClientRect().height")
        page.evaluate("() => { document.documentElement.style.fontSize = '34px'; }")
        assert page.evaluate("document.querySelector('svg.chart').getBoundingClientRect().height") > 1.9 * before
        found.extend(page.evaluate(TOO_WIDE))

    visited(browser, go, 412)
    assert found == []


def test_prints_black_on_white_from_a_dark_screen_too(browser: Visitor, files: dict[str, Path]) -> None:
    def go(page: Any) -> None:
        page.goto(files["thirtieth day"].as_uri())
        page.emulate_media(media="print", color_scheme="dark")
        if shots := os.environ.get("GOAL_PICTURES"):
            page.screenshot(path=Path(shots) / "papper.png", full_page=True)
        ink = "e => getComputedStyle(e).fill"
        assert page.eval_on_selector("svg.chart text", ink) == "rgb(0, 0, 0)"
        assert page.eval_on_selector("section", "e => getComputedStyle(e).backgroundColor") == "rgb(255, 255, 255)"
        assert page.eval_on_selector("p.soft", "e => getComputedStyle(e).color") == "rgb(0, 0, 0)"

    visited(browser, go, 760, "dark")
