"""Golden mails: what a reader of Vallentuna sees, decoded. MAILER_GOLDEN=write accepts a change you have looked at."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Comment, NavigableString, Tag

from mailer.content.channel_plan.model import Channel, Step, Whom
from mailer.content.questionnaires.model import Words
from mailer.languages import LANGUAGES, Language
from mailer.render.letter import render_letter
from mailer.render.rendering import Rendering
from mailer.render.survey import render_step
from mailer.surveys.personal import typed_page
from tests.render.everything import render_everything
from tests.render.vallentuna import MONTHS, SETTINGS, block, received, render_month, templates
from tests.surveys.arranged import QUESTIONNAIRE

GOLDEN = Path(__file__).parent / "golden"
CORRECTION = """# Tuna torg är den 26 maj

Hej {{ förnamn }}!

I förra brevet stod fel dag. Vi ses **söndagen den 26 maj**.
"""
INVITATION = Step(
    "inbjudan", "Inbjudan", Channel.EMAIL, Whom.WITH_EMAIL, 0,
    subject=Words("Vad ska vi göra tillsammans?", "What shall we do together?"),
    text=Words("Vi frågar **alla** medlemmar vad vi ska arbeta med.\n\n- Det är frivilligt.\n- Alla svar väger lika.",
               "We ask **all** members what we should work on.\n\n- It is voluntary.\n- Every answer weighs the same."),
    signed_by="Anna Ek, ordförande",
)  # fmt: skip


def outline(html: str) -> str:
    """Each element with words of its own: its name, where it leads, what it says."""
    lines = []
    for element in BeautifulSoup(html, "lxml").body.find_all(True):  # type: ignore[union-attr]
        if element.name == "img":
            lines.append(f"img: {element['alt']}")
        own = [t for t in element.children if isinstance(t, NavigableString) and not isinstance(t, Comment)]
        if words := " | ".join(" ".join(t.split()) for t in own if t.strip()):
            lines.append(f"{element.name}{_target(element)}: {words}")
    return "\n".join(lines) + "\n"


def _target(element: Tag) -> str:
    return f" ({element['href']})" if element.has_attr("href") else ""


def issue_of_may() -> Rendering:
    return render_month("2024-05")


def correction() -> Rendering:
    return render_letter(block(CORRECTION), templates(), SETTINGS, kind="correction")


def a_survey(language: Language) -> Rendering:
    """The invitation to a survey with a question in the mail, in a language."""
    typed = typed_page("https://utskick.vallentuna.example", language)
    return render_step(
        QUESTIONNAIRE, INVITATION, language, templates(), SETTINGS,
        typed=typed,
    )  # fmt: skip


MAILS: dict[str, Callable[[], Rendering]] = {month: partial(render_month, month) for month in MONTHS}
MAILS |= {f"survey-{language}": partial(a_survey, language) for language in LANGUAGES}
MAILS |= {"correction": correction, "everything": render_everything}


@pytest.mark.parametrize("name", MAILS)
def test_sends_the_mail_that_was_looked_at(name: str) -> None:
    rendering = MAILS[name]()
    text, html = received(rendering)
    for suffix, found in (("subject", rendering.subject + "\n"), ("txt", text), ("outline", outline(html))):
        golden = GOLDEN / f"{name}.{suffix}"
        if os.environ.get("MAILER_GOLDEN") == "write":
            GOLDEN.mkdir(exist_ok=True)
            golden.write_text(found, encoding="utf-8")
        assert found == golden.read_text(encoding="utf-8"), f"{golden.name} är ändrad"
