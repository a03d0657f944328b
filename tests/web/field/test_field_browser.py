"""The pages of field work in a real browser: a telephone of 360 px, no script, no mouse, light and dark.

FIELD_PICTURES=FOLDER keeps a picture of each page.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from mailer.register.tables import contacts
from mailer.surveys.field.passes import Sort
from tests.oracles.browser import TALL
from tests.render.test_browser import TOO_WIDE
from tests.web.browsing import Visitor
from tests.web.field.at_work import Working, working
from tests.web.walk.test_walk import FOCUSED, SMALL, STOPS, judged

ALSO = [pytest.param(look, marks=pytest.mark.soak) for look in ("dark", "screen")]
LOOKS = {"telephone": (360, "light"), "dark": (360, "dark"), "screen": (1280, "dark")}


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Working]:
    with working(tmp_path_factory.mktemp("hem")) as opened:
        yield opened


def visited(browser: Visitor, work: Working, go: Any, width: int = 360, scheme: Any = "light") -> None:
    """In one window without scripts: what `go` does with its page."""

    def run() -> None:
        context = browser._browser.new_context(viewport={"width": width, "height": TALL}, color_scheme=scheme)
        try:
            go(context.new_page())
        finally:
            context.close()

    browser._thread.submit(run).result()


def home(work: Working) -> str:
    return f"http://127.0.0.1:{work.site.port}"


def press(page: Any, label: str) -> None:
    """By keyboard alone."""
    button = page.get_by_role("button", name=label, exact=True).first
    button.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")


def yes(page: Any) -> None:
    """She has said that it is she."""
    page.get_by_role("button", name=re.compile("^Ja, det är ")).focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")


def go_on(page: Any) -> None:
    """To the questions."""
    with page.expect_navigation():
        page.get_by_role("link", name="Svarar nu: till frågorna").click()


def wrongs(browser: Visitor, page: Any, name: str) -> list[str]:
    """All that is wrong with a page as it is seen."""
    if shots := os.environ.get("FIELD_PICTURES"):
        Path(shots).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(shots) / f"{name}.png", full_page=True)
    found = [*judged(browser, page), *page.evaluate(TOO_WIDE), *page.evaluate(SMALL)]
    for _ in range(page.evaluate(STOPS)):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        if at is None or not at["seen"] or not at["inside"]:
            found.append(f"not seen: {at}")
    if page.locator("h1").count() != 1:
        found.append("not one h1")
    return [f"{name}: {one}" for one in found]


@pytest.mark.parametrize("look", ["telephone", *ALSO])
def test_has_pages_that_a_caller_can_use_in_a_hurry(browser: Visitor, work: Working, look: str):
    """From the link to the receipt."""
    width, scheme = LOOKS[look]
    found: list[str] = []

    def go(page: Any) -> None:
        def look_at(name: str) -> None:
            found.extend(wrongs(browser, page, f"ring-{name}-{look}"))

        page.goto(home(work) + work.link())
        look_at("desk")
        press(page, "Nästa person")
        look_at("person")
        yes(page)
        look_at("yes")
        go_on(page)
        look_at("signed")
        press(page, "Nästa")
        look_at("wrong")
        page.get_by_label("Ja", exact=True).check()
        press(page, "Nästa")
        press(page, "Nästa")
        look_at("anonymous")
        page.get_by_label("Bussen").check()
        press(page, "Nästa")
        look_at("review")
        press(page, "Skicka in")
        look_at("after")
        press(page, "Nej tack, hoppa över")
        look_at("thanks")

    visited(browser, work, go, width, scheme)
    assert found == []


@pytest.mark.parametrize("look", ["telephone", ALSO[-1]])
def test_has_pages_that_paper_can_be_typed_on(browser: Visitor, work: Working, look: str):
    width, scheme = LOOKS[look]
    contact = 11 if look == "telephone" else 12
    found: list[str] = []

    def go(page: Any) -> None:
        def look_at(name: str) -> None:
            found.extend(wrongs(browser, page, f"papper-{name}-{look}"))

        page.goto(home(work) + work.link(Sort.PAPER))
        look_at("desk")
        code = page.get_by_label("Koden på svarskupongen")
        code.fill("ABCD-EFGH-JKMN")
        page.keyboard.press("Enter")
        page.wait_for_selector(".wrong")
        look_at("wrong")
        code.fill(work.code(contact))
        with page.expect_navigation():
            page.keyboard.press("Enter")
        look_at("form")
        page.get_by_label("Nej", exact=True).check()
        press(page, "Nästa")
        look_at("compare")
        press(page, "Skicka in")
        press(page, "Nej tack, hoppa över")
        look_at("pile")
        page.get_by_role("link", name="Skriv in ett blad").click()
        look_at("sheet")
        page.get_by_label("Bussen").check()
        press(page, "Nästa")
        press(page, "Lägg i svarsurnan")
        code.fill(work.code(contact))
        with page.expect_navigation():
            page.keyboard.press("Enter")
        look_at("shredder")

    visited(browser, work, go, width, scheme)
    assert found == []


def test_speaks_the_members_language_and_the_callers(browser: Visitor, work: Working):
    found: list[str] = []
    work.house.db.write(lambda c: c.execute(update(contacts).values(language="en")))

    def go(page: Any) -> None:
        page.goto(home(work) + work.link(name="Lo"))
        press(page, "Nästa person")
        found.extend(wrongs(browser, page, "ring-person-english"))
        yes(page)
        found.extend(wrongs(browser, page, "ring-yes-english"))
        go_on(page)
        found.extend(wrongs(browser, page, "ring-signed-english"))
        assert page.locator("html").get_attribute("lang") == "en"

    visited(browser, work, go)
    assert found == []
