"""The example survey in a real browser: scripts off, keyboard alone, interrupted and gone on with elsewhere, in both languages.

WALK_PICTURES=FOLDER keeps a picture of each page.
"""

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mailer.content.questionnaires.model import Questionnaire
from mailer.content.questionnaires.parse import parse_questionnaire
from tests.homes import ROOT
from tests.oracles.browser import TALL
from tests.render.test_browser import TOO_WIDE
from tests.web.answering.opened import Surveying, surveying
from tests.web.browsing import Visitor

EXAMPLE = "enkater/medlemsenkat-2024.md"
LARGEST = 30_000  # bytes of a page: three seconds on a line of 80 kbit/s
WORDS = "Fler bussar på kvällen, tack."
LOOKS = {"sv": (320, "light"), "en": (1280, "dark")}
SENT = {"sv": "Tack, ditt svar har kommit fram", "en": "Thank you, your answer has arrived"}
WRONG = {"sv": "Frågan behöver ett svar.", "en": "This question needs an answer."}


def example() -> Questionnaire:
    questionnaire, _ = parse_questionnaire(EXAMPLE, (ROOT / "content" / EXAMPLE).read_bytes())
    assert questionnaire is not None
    return dataclasses.replace(questionnaire, key="exempel")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surveying]:
    with surveying(
        tmp_path_factory.mktemp("hem") / "hem", questionnaire=example(), moment="2024-04-05T12:00"
    ) as opened:
        yield opened


class Hands:
    """Somebody who has a keyboard and no mouse. Each page that comes is looked at."""

    def __init__(self, browser: Visitor, site: Surveying, language: str) -> None:
        self.width, self.scheme = LOOKS[language]
        self.browser, self.site, self.language = browser, site, language
        self.wrong: list[str] = []
        self.seen = 0
        self.judge = browser._browser.new_context(viewport={"width": self.width, "height": TALL},
                                                  color_scheme=self.scheme)  # type: ignore[arg-type]  # fmt: skip
        self.anew()

    def anew(self) -> None:
        """Another telephone or computer: nothing is left from the one before."""
        if hasattr(self, "context"):
            assert self.context.cookies() == []
            self.context.close()
        self.context = self.browser._browser.new_context(viewport={"width": self.width, "height": TALL},
            color_scheme=self.scheme, java_script_enabled=False)  # type: ignore[arg-type]  # fmt: skip
        self.page: Any = self.context.new_page()

    def go(self, path: str) -> None:
        self.page.goto(f"http://127.0.0.1:{self.site.site.port}{path}")
        self.look()

    def to(self, which: str) -> None:
        """Tab, until it has the focus."""
        for _ in range(80):
            if self.page.locator(f"{which}:focus").count():
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"no way to {which} in {self.page.url}")

    def tick(self, name: str) -> None:
        self.to(f'[name="{name}"]')
        self.page.keyboard.press("Space")

    def choose(self, name: str, value: str) -> None:
        self.to(f'[name="{name}"]')
        self.page.keyboard.press("Space")
        for _ in range(15):
            if self.page.locator(f'[name="{name}"][value="{value}"]:checked').count():
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"no {value} of {name}")

    def write(self, name: str, text: str) -> None:
        self.to(f'[name="{name}"]')
        self.page.keyboard.type(text)

    def press(self, button: str) -> None:
        self.follow(f'button[value="{button}"]')

    def follow(self, which: str) -> None:
        self.to(which)
        self.enter()

    def enter(self) -> None:
        """Return, wherever the focus is."""
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self.look()

    @property
    def text(self) -> str:
        return str(self.page.inner_text("body"))

    def look(self) -> None:
        """By axe, in a window with scripts, for it is one; and whether all is on the screen."""
        html = self.page.content()
        assert len(html.encode()) < LARGEST
        judging = self.judge.new_page()
        judging.set_content(html)
        judging.evaluate(self.browser._axe)
        found = judging.evaluate("axe.run(document, {resultTypes: ['violations']})")
        here = f"{self.language} {self.seen}: {self.page.title()}"
        self.wrong += [f"{here}: {v['id']}: {n['html'][:150]}" for v in found["violations"] for n in v["nodes"]]
        self.wrong += [f"{here}: too wide: {one}" for one in judging.evaluate(TOO_WIDE)]
        judging.close()
        self.seen += 1
        if shots := os.environ.get("WALK_PICTURES"):
            name = f"answering-{self.language}-{self.width}-{self.scheme}-{self.seen:02}.png"
            self.page.screenshot(path=Path(shots) / name, full_page=True)


@pytest.mark.parametrize(("language", "contact"), [("sv", 1), pytest.param("en", 2, marks=pytest.mark.soak)])
def test_is_answered_by_the_keyboard_interrupted_and_gone_on_with(
    browser: Visitor, site: Surveying, language: str, contact: int
):
    prefix = "" if language == "sv" else "/en"

    def answer() -> list[str]:
        hands = Hands(browser, site, language)
        hands.go(site.path(contact, "?fraga=aktiv&svar=ja", english=language == "en"))  # out of the mail
        hands.press("next")
        hands.tick("q.gora.sta-pa-torget-en-timme")
        hands.write("q.timmar", "3")
        hands.write("q.fran", "05012024")
        hands.press("later")
        hands.anew()  # at home, with the letter
        hands.go(f"{prefix}/svara")
        hands.write("kod", site.code(contact).lower())
        hands.enter()
        hands.follow("a.big")
        hands.press("next")  # nothing typed: the sentence, and the focus goes on to the question
        assert WRONG[language] in hands.text
        hands.tick("q.viktigast.aldreomsorg")
        hands.tick("q.viktigast.bussar-och-roslagsbanan")
        hands.choose("q.nojd", "2")
        hands.enter()  # as on the first button: next
        hands.write("w.annorlunda", "Mer kaffe")
        hands.write("q.en-sak", WORDS)
        hands.press("language")
        hands.press("language")  # there and back: nothing is lost
        assert WORDS in hands.page.content()
        hands.press("next")
        while not hands.page.locator('button[value="submit"]').count():
            hands.press("next")
        assert "3" in hands.text
        assert WORDS in hands.text
        hands.press("submit")
        assert SENT[language] in hands.text
        hands.choose("q.ring", "ja")
        hands.follow("main form button:not([name])")
        hands.context.close()
        hands.judge.close()
        assert hands.seen >= 13
        return hands.wrong

    assert browser._thread.submit(answer).result() == []
    assert site.state(contact) == "answered"
    kept = dict(site.kept(contact)[0][0])
    assert (kept["aktiv"], kept["timmar"], kept["fran"]) == (["ja"], ["3"], ["2024-05-01"])
    assert kept["gora"] == ["sta-pa-torget-en-timme"]
    assert site.kept(contact)[-1][0]["ring"] == ["ja"]
    assert all(one["en-sak"] == (WORDS,) and one["nojd"] == ("2",) for one in site.opened_ballots())
