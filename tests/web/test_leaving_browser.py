"""The page behind the link in a mailing as people have it: small, large, dark, without scripts, by the keyboard."""

from pathlib import Path

import pytest

from mailer.house import House
from mailer.register.tables import list_entries
from mailer.settings import Kind
from tests.oracles.browser import TALL, Seen
from tests.render.test_browser import TOO_WIDE
from tests.web.browsing import Visitor
from tests.web.month import a_month
from tests.web.serving import Served, serving
from tests.web.test_leaving import code_of, page_of, press, stands


def prepared(house: House) -> str:
    """A code of somebody who has everything there is to choose from."""
    kinds = tuple(Kind(key=k, name=n, english=e) for k, n, e in (
        ("torg", "Torgmöten", "Market square meetings"), ("studiecirkel", "Studiecirklar", "Study circles")
    ))  # fmt: skip
    object.__setattr__(house.settings, "kinds", kinds)
    entry = {"list": "sympatisorer", "contact_id": 1, "since": house.clock.now()}
    house.db.write(lambda c: c.execute(list_entries.insert(), [entry]) and None)
    return code_of(house)


def url(site: Served, path: str) -> str:
    return f"http://127.0.0.1:{site.port}{path}"


def test_is_a_page_that_everybody_can_read(browser: Visitor, tmp_path: Path) -> None:
    with a_month(tmp_path / "hem") as house, serving(house) as site:
        code = prepared(house)
        looks = [(page_of(code), 320, "light"), (page_of(code, english=True), 1280, "dark")]
        press(site, code, "rest", length="1")
        looks += [(f"{page_of(code)}/klart", 320, "dark")]
        for path, width, scheme in looks:
            assert browser.found_by_axe(url(site, path), width, scheme) == [], path
        for button in ("want", "leave", "leave_all"):
            press(site, code, button)
            for path in (page_of(code), f"{page_of(code, english=True)}/klart"):
                assert browser.visit(url(site, path), lambda seen: seen.page.evaluate(TOO_WIDE)) == [], button


def test_has_buttons_that_a_thumb_hits_and_asks_nobody_else(browser: Visitor, tmp_path: Path) -> None:
    def look(seen: Seen) -> tuple[list[float], list[str]]:
        found = seen.page.locator("button, .tick, input[type=date]")
        return [found.nth(n).bounding_box()["height"] for n in range(found.count())], list(seen.asked)  # type: ignore[index]

    with a_month(tmp_path / "hem") as house, serving(house) as site:
        page = url(site, page_of(prepared(house)))
        heights, asked = browser.visit(page, look)
        assert len(heights) >= 9
        assert min(heights) >= 44
        assert set(asked) <= {page, url(site, "/favicon.ico")}


@pytest.mark.parametrize("english", [False, True])
def test_is_used_by_the_keyboard_alone_without_scripts(browser: Visitor, tmp_path: Path, english: bool) -> None:
    words = ("Leave", "You no longer get V Aktuellt.", "You get V Aktuellt.") if english else (
        "Sluta", "Du får inte V Aktuellt längre.", "Du får V Aktuellt."
    )  # fmt: skip

    def walk(page_url: str) -> list[str]:
        context = browser._browser.new_context(viewport={"width": 320, "height": TALL}, java_script_enabled=False)
        try:
            page = context.new_page()
            page.goto(page_url)
            said = []
            for value in ("leave", "undo"):
                for _ in range(12):
                    page.keyboard.press("Tab")
                    if page.locator(f"button[value={value}]:focus").count():
                        break
                with page.expect_navigation():
                    page.keyboard.press("Enter")
                said.append(page.inner_text("main"))
            return said
        finally:
            context.close()

    with a_month(tmp_path / "hem") as house, serving(house) as site:
        code = code_of(house)
        done, undone = browser._thread.submit(walk, url(site, page_of(code, english))).result()
        assert words[1] in done
        assert words[2] in undone
        assert stands(house).left == frozenset()
