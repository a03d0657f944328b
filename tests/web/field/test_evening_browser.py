"""A telephone evening as a volunteer has it: the link alone, one hand, a screen of 360 px, ten calls and a sheet.

FIELD_PICTURES=FOLDER keeps a picture of each page.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from mailer.content.questionnaires.model import Words
from mailer.surveys.field.tables import contact_attempts
from mailer.surveys.frozen import to_json
from mailer.surveys.tables import surveys
from mailer.verbs.surveys import sheet_print
from mailer.web import guard
from tests.surveys.arranged import PLAN
from tests.web.browsing import Visitor
from tests.web.field.at_work import BO, Working, working
from tests.web.field.test_field_browser import home, wrongs

TALL = 740  # px: what such a telephone shows at once
SCRIPT = Words(
    "Jag ringer från **Vänsterpartiet Vallentuna**. I vår skriver vi kommunplan, och vi frågar alla medlemmar vad som är "
    "viktigast. Du har fått ett mejl eller ett brev om det.\n\n"
    "Har du fyra minuter? Jag kan läsa frågorna nu. Annars kan du svara själv, eller så ringer jag en annan dag. Vill du "
    "inte, så ringer ingen igen."
)
EVENING = (
    "answered", "Svarade inte", "Vill svara själv", "answered", "Fel nummer", "Upptaget", "again", "Svarade inte",
    "Vill inte svara", "answered",
)  # fmt: skip
HERS = ("Vill svara själv", "Vill inte svara")


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Working]:
    monkeypatch.setattr(guard, "POSTS_A_MINUTE", 10**9)  # an evening in seconds
    with working(tmp_path / "hem") as opened:
        plan = replace(PLAN, steps=tuple(replace(s, text=SCRIPT) if s.key == "ringrunda" else s for s in PLAN.steps))
        opened.house.db.write(lambda c: c.execute(update(surveys).values(plan=to_json(plan))))
        association = opened.house.settings.association.model_copy(update={"telephone": "08-123 456 78"})
        settings = opened.house.settings.model_copy(update={"association": association})
        object.__setattr__(opened.house, "settings", settings)
        yield opened


class Volunteer:
    """Her thumb on the page. Each sort of page is judged once, and every one is within reach."""

    def __init__(self, browser: Visitor, page: Any) -> None:
        self.found: list[str] = []
        self.taps = 0
        self._browser = browser
        self._page = page
        self._seen: list[str] = []

    def look(self, sort: str) -> None:
        if shots := os.environ.get("FIELD_PICTURES"):
            Path(shots).mkdir(parents=True, exist_ok=True)
            self._page.screenshot(path=Path(shots) / f"evening-{len(self._seen):02}-{sort}.png", full_page=True)
        if sort not in self._seen:
            self.found += wrongs(self._browser, self._page, f"judged-{sort}")
        self._seen.append(sort)

    def tap(self, label: str, role: str = "button") -> None:
        self.taps += 1
        target = self._page.get_by_role(role, name=re.compile(label)).first
        with self._page.expect_navigation():
            target.tap()

    def within_first_screen(self, label: str, role: str = "button") -> None:
        """She need not scroll for what she does next."""
        self._page.evaluate("window.scrollTo(0, 0)")
        box = self._page.get_by_role(role, name=re.compile(label)).first.bounding_box()
        if box is None or box["y"] + box["height"] > TALL:
            self.found.append(f"{label}: {box}")

    def answer(self) -> None:
        """The form, read aloud and filled in."""
        self.tap("^Svarar nu", "link")
        self.look("signed")
        self._page.get_by_label("Nej", exact=True).check()
        self.tap("^Nästa$")
        self.look("anonymous")
        self._page.get_by_label("Bussen").check()
        self.tap("^Nästa$")
        self.look("review")
        self.tap("^Skicka in$")
        self.look("after")
        self.tap("hoppa över")

    def call(self, came: str) -> None:
        """One person."""
        self.tap("^Nästa person$")
        self.look("person")
        self.within_first_screen("^Ring 0", "link")
        self.within_first_screen("^Ja, det är ")
        if came == "answered" or came in (*HERS, "again"):
            self.tap("^Ja, det är ")
            self.look("yes")
            self.within_first_screen("^Svarar nu", "link")
        if came == "answered":
            self.answer()
        elif came == "again":
            self._page.get_by_text("Ring igen en annan tid").tap()
            self._page.locator("h1").tap()  # where Tab begins
            self.look("again")
            self._page.get_by_label("Klockslag").select_option("19:30")
            self.tap("^Ring igen då$")
        else:
            self.tap(f"^{came}$")
        self.look("noted")


@pytest.mark.soak
def test_lets_a_volunteer_call_ten_people_with_one_thumb(browser: Visitor, work: Working):
    volunteers: list[Volunteer] = []
    link = home(work) + work.link()

    def run() -> None:
        context = browser._browser.new_context(
            viewport={"width": 360, "height": TALL}, has_touch=True, is_mobile=True, color_scheme="light"
        )
        try:
            volunteer = Volunteer(browser, context.new_page())
            volunteers.append(volunteer)
            volunteer._page.goto(link)
            volunteer.look("desk")
            for came in EVENING:
                volunteer.call(came)
        finally:
            context.close()

    browser._thread.submit(run).result()
    (volunteer,) = volunteers
    assert volunteer.found == []
    a = contact_attempts.c
    made = work.house.db.read(lambda c: c.execute(select(a.outcome, func.count()).group_by(a.outcome)).all())
    assert {tuple(row) for row in made} == {
        ("answered", 3), ("no_answer", 2), ("busy", 1), ("again", 1), ("herself", 1), ("declined", 1),
        ("wrong_number", 1),
    }  # fmt: skip
    assert work.count() == 3
    assert volunteer.taps <= 48  # of them 27 in the three forms


@pytest.mark.soak
def test_has_a_page_that_a_printed_sheet_can_be_typed_on(browser: Visitor, work: Working):
    sheet_print.make(work.house, "medlemsenkat", "Kim", 10, None, BO)
    volunteers: list[Volunteer] = []
    link = home(work) + work.link(name="Lo")

    def run() -> None:
        context = browser._browser.new_context(viewport={"width": 360, "height": TALL}, has_touch=True, is_mobile=True)
        try:
            page = context.new_page()
            volunteer = Volunteer(browser, page)
            volunteers.append(volunteer)
            page.goto(link)
            volunteer.tap("^Skriv in ett ringblad$", "link")
            volunteer.look("sheet")
            page.get_by_label("Bladets nummer").fill("7")
            volunteer.tap("^Visa raderna$")
            volunteer.look("sheet-wrong")
            page.get_by_label("Bladets nummer").fill("1")
            volunteer.tap("^Visa raderna$")
            volunteer.look("sheet-lines")
            volunteer.tap("^Rad 4$")
            volunteer.look("sheet-line")
            volunteer.tap("^Vill inte svara$")
            volunteer.look("sheet-noted")
        finally:
            context.close()

    browser._thread.submit(run).result()
    assert volunteers[0].found == []
