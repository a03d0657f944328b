"""The mails in a real browser: read by everybody, on every screen, in light and dark, without asking anyone."""

import re
from functools import cache

import pytest

from tests.oracles.browser import WIDTHS, Chromium, Seen
from tests.render.everything import render_everything, render_everything_as_letter
from tests.render.test_golden_mail import MAILS
from tests.render.vallentuna import received, shown

SCHEMES = ("light", "dark")
RENDERED = MAILS | {"letter": render_everything_as_letter}
# What would be wider than the window, each with the words it holds.
TOO_WIDE = """
() => [...document.querySelectorAll('body *')]
  .filter(e => e.getBoundingClientRect().right > innerWidth + 0.5)
  .map(e => `${e.tagName} ${Math.round(e.getBoundingClientRect().right)}: ${e.textContent.trim().slice(0, 60)}`)
"""


@cache
def mail(name: str) -> str:
    return shown(RENDERED[name]())


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", RENDERED)
def test_sends_mails_that_everybody_can_read(browser: Chromium, name: str, width: int, scheme: str) -> None:
    assert browser.accessibility(mail(name), width, scheme) == []


def test_would_hear_of_it_if_somebody_could_not(browser: Chromium) -> None:
    html = mail("everything").replace('<html lang="sv"', "<html").replace("#221c18", "#ddd2c7")
    html = re.sub(r'alt="[^"]+"', "", html).replace('role="main"', "")
    rules = {found.partition(":")[0] for found in browser.accessibility(html, 600, "light")}
    assert rules >= {"html-has-lang", "color-contrast", "image-alt", "landmark-one-main", "region"}


@pytest.mark.parametrize("name", RENDERED)
def test_fits_on_a_telephone_with_and_without_its_pictures(browser: Chromium, name: str) -> None:
    without = received(RENDERED[name]())[1]
    for html in (mail(name), without):
        assert browser.look(html, lambda seen: seen.page.evaluate(TOO_WIDE), 320) == []


@pytest.mark.parametrize("name", RENDERED)
def test_asks_nobody_for_anything_when_a_mail_is_opened(browser: Chromium, name: str) -> None:
    assert browser.look(mail(name), lambda seen: seen.asked) == []


def test_would_see_a_mail_that_asks(browser: Chromium) -> None:
    spying = mail("everything").replace("</body>", '<img src="https://spion.example/p.gif"></body>')
    assert browser.look(spying, lambda seen: seen.asked) == ["https://spion.example/p.gif"]


def test_leaves_words_and_no_hole_where_a_picture_is_not_shown(browser: Chromium) -> None:
    html = received(render_everything())[1]

    def heights(seen: Seen) -> list[float]:
        return [seen.page.locator("img").nth(n).bounding_box()["height"] for n in range(2)]  # type: ignore[index]

    for width in WIDTHS:
        assert all(16 <= height <= 80 for height in browser.look(html, heights, width))


def test_has_buttons_that_a_thumb_hits_and_links_that_are_seen_without_colour(browser: Chromium) -> None:
    def buttons(seen: Seen) -> list[float]:
        found = seen.page.locator(".button a")
        return [found.nth(n).bounding_box()["height"] for n in range(found.count())]  # type: ignore[index]

    def plain_links(seen: Seen) -> list[str]:
        return seen.page.evaluate(
            "[...document.querySelectorAll('a')].filter(a => !a.closest('.button'))"
            ".filter(a => !getComputedStyle(a).textDecorationLine.includes('underline')).map(a => a.textContent)"
        )

    for width in WIDTHS:
        heights = browser.look(mail("everything"), buttons, width)
        assert len(heights) == 2
        assert min(heights) >= 44
    for name in RENDERED:
        assert browser.look(mail(name), plain_links) == []


def test_is_dark_in_the_dark_and_light_in_the_light(browser: Chromium) -> None:
    ground = "getComputedStyle(document.querySelector('.main')).backgroundColor"
    seen = {s: browser.look(mail("everything"), lambda seen: seen.page.evaluate(ground), 600, s) for s in SCHEMES}
    assert seen == {"light": "rgb(255, 255, 255)", "dark": "rgb(33, 27, 23)"}
