"""What others say of our mails: the official MJML, caniemail's tables, SpamAssassin. They are programs of their own;
one that is missing fails with the line that installs it.
"""

import difflib
import os
import re
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from lxml import html as lxml_html

from mailer.audience.rule import Source
from mailer.deliver.message import Letterhead, compose
from mailer.keys import Keys
from mailer.languages import Language
from mailer.outbox.outcome import Offered
from mailer.render.mjml import compile_mjml
from mailer.render.mould import cut
from mailer.render.notice import render_notice
from mailer.render.rendering import Rendering
from mailer.render.templates import Templates
from tests.oracles.programs import node, spam_points
from tests.render.everything import render_everything_as_letter
from tests.render.test_golden_mail import MAILS
from tests.render.vallentuna import SETTINGS, received, templates

RENDERED = MAILS | {"letter": render_everything_as_letter}
BASELINE = Path(__file__).parents[1] / "oracles" / "caniemail.txt"
MOST_POINTS = 1.0
# What only Outlook sees stands in comments; both what it sees and what the others see is compared.
FOR_OUTLOOK = re.compile(r"<!--\[if [^\]]*\]>(?:<!-->)?(.*?)(?:<!--)?<!\[endif\]-->", re.S)
SAID = ("href", "src", "alt", "lang", "start")  # the attributes that say something; the others are looks


@cache
def rendered(name: str) -> Rendering:
    return RENDERED[name]()


def tree(html: str, for_outlook: bool) -> list[str]:
    """A line for each element, as deep as it lies: its name, what it says, where it leads."""
    html = FOR_OUTLOOK.sub(r"\1" if for_outlook else "", html)
    lines: list[str] = []

    def walk(element: Any, depth: int) -> None:
        said = [f"{name}={element.get(name)}" for name in SAID if element.get(name) is not None]
        lines.append("  " * depth + " ".join([element.tag, *said, *(element.text or "").split()]))
        for child in element.iterchildren("*"):
            walk(child, depth + 1)
        if words := (element.tail or "").split():
            lines.append("  " * depth + " ".join(["…", *words]))

    # lxml's own names for a browser's repairs: neither compiler writes them, both get them alike.
    walk(lxml_html.document_fromstring(html).find("body"), 0)
    return lines


@pytest.fixture
def filled(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The MJML of all our mails, and of a notice, as it goes to the compiler."""
    seen: dict[str, str] = {}
    fill, fill_in = Templates.fill, Templates.fill_in

    def keep(text: str, subject: str) -> str:
        if "<mjml" in text:
            seen[subject] = text
        return text

    def watched(opened: Templates, name: str, **values: Any) -> str:
        return keep(fill(opened, name, **values), values.get("subject", ""))

    def watched_in(opened: Templates, language: Language, name: str, **values: Any) -> str:
        return keep(fill_in(opened, language, name, **values), values.get("subject", ""))

    monkeypatch.setattr(Templates, "fill", watched)
    monkeypatch.setattr(Templates, "fill_in", watched_in)
    for render in RENDERED.values():
        render()
    values = {"title": "A", "why": "B", "sentence": "C", "balance": ["D"], "command": "E"}
    render_notice(templates(), "paused", SETTINGS, person=SETTINGS.people[0], **values)
    return seen


def test_compiles_mjml_as_those_who_made_the_language_do(filled: dict[str, str]) -> None:
    official = node("mjml.mjs", list(filled.values()))
    assert len(official) >= len(MAILS)
    for (subject, mjml), theirs in zip(filled.items(), official, strict=True):
        assert theirs["errors"] == [], subject
        ours = compile_mjml(mjml, "templates/x.mjml.j2")
        for for_outlook in (False, True):
            pair = tree(theirs["html"], for_outlook), tree(ours, for_outlook)
            assert "\n".join(difflib.unified_diff(*pair, "official", "ours", lineterm="", n=1)) == "", subject


def test_would_see_another_tree() -> None:
    (official,) = node(
        "mjml.mjs",
        ["<mjml><mj-body><mj-section><mj-column><mj-text>a</mj-text></mj-column></mj-section></mj-body></mjml>"],
    )
    assert tree(official["html"], False) != tree(official["html"].replace(">a<", "><p>a</p><"), False)
    assert tree(official["html"], True) != tree(official["html"], False)


def test_needs_nothing_new_of_mail_programs() -> None:
    """A line of the baseline: how much is lacking, what, and in which programs. Less is welcome, more is looked at."""
    found = node("caniemail.mjs", [received(rendered(name))[1] for name in RENDERED])
    if os.environ.get("MAILER_GOLDEN") == "write":
        BASELINE.write_text("\n".join(found) + "\n", "utf-8")
    assert _pairs(found) - _pairs(BASELINE.read_text("utf-8").splitlines()) == set()


def test_would_see_what_a_mail_program_does_not_know() -> None:
    odd = received(rendered("correction"))[1].replace("</body>", '<p style="display:grid"><video></video></p></body>')
    new = _pairs(node("caniemail.mjs", [odd])) - _pairs(BASELINE.read_text("utf-8").splitlines())
    assert {what for what, _ in new} >= {"none display:grid", "none <video> element"}


def test_looks_like_no_spam(tmp_path: Path) -> None:
    found = spam_points([_message(rendered(name), tmp_path) for name in RENDERED])
    for name, points in zip(RENDERED, found, strict=True):
        # What it takes off for being a mailing list shall hide nothing.
        assert sum(p for p in points.values() if p > 0) < MOST_POINTS, (name, points)


def test_would_see_spam(tmp_path: Path) -> None:
    mail = rendered("correction")
    white = '<p style="color:#ffffff;background-color:#ffffff;font-size:1px">Köp billigt i dag</p></body>'
    spam = replace(mail, html=mail.html.replace("</body>", white * 20), text="")
    (points,) = spam_points([_message(spam, tmp_path)])
    assert sum(p for p in points.values() if p > 0) >= MOST_POINTS, points


def _pairs(lines: list[str]) -> set[tuple[str, str]]:
    """(how much and what, program), of each line."""
    split = (line.rpartition(": ") for line in lines)
    return {(what, program) for what, _, programs in split for program in programs.split()}


def _message(rendering: Rendering, folder: Path) -> bytes:
    """The whole message, as the relay gets it."""
    keys = Keys(folder / "keys")
    keys.make_missing()
    source = Source("medlemmar", "Medlemmar", "du är medlem", "medlemsregistret")
    offered = Offered(7, 1, 1, "issue", "medlemmar", 3, "asa@medlem.example", "Åsa", "Öberg", 0, None)
    head, now = Letterhead.of(SETTINGS), datetime(2024, 5, 10, 7, 0, tzinfo=UTC)
    return compose(head, keys, cut(rendering), rendering.subject, offered, source, "V Aktuellt", now).whole
