"""Scripts in everything that people write, opened in a real browser: none runs (S1)."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from mailer.content.readers import Readers
from mailer.errors import BrokenPromise, EditorError
from mailer.issue.assemble import FromFeed, Issue
from mailer.render.issue import render_issue
from mailer.render.letter import render_letter
from mailer.render.notice import render_notice
from mailer.render.rendering import Rendering
from tests.oracles.browser import Chromium, Seen
from tests.render.everything import images
from tests.render.scripts import SCRIPTS
from tests.render.vallentuna import SETTINGS, block, event, issue, shown, templates

# Gives every element every push a reader's hand could give it.
TOUCH = """
() => {
  for (const e of document.querySelectorAll('body *'))
    for (const t of ['mouseover', 'focus', 'error', 'load', 'toggle', 'animationstart', 'begin'])
      e.dispatchEvent(new Event(t));
  return new Promise(done => requestAnimationFrame(() => setTimeout(() => done(window.ran || 0))));
}
"""
WRONG = """
() => [
  ...[...document.querySelectorAll('script, iframe, object, embed, form, input, svg, math, base, link, video, audio')],
  ...[...document.querySelectorAll('[href]')].filter(e => !/^(https?|mailto|tel):/.test(e.href)),
  ...[...document.querySelectorAll('body *')].filter(e => e.getAttributeNames().some(n => n.startsWith('on'))),
].map(e => e.outerHTML.slice(0, 200))
"""


def ran(seen: Seen) -> int:
    return int(seen.page.evaluate(TOUCH))


def wrong(seen: Seen) -> list[str]:
    return [*seen.page.evaluate(WRONG), *(f"ran {n} times" for n in [ran(seen)] if n), *seen.asked]


def issue_of(text: Callable[[str], str]) -> Issue:
    """An issue of the blocks that may have such a text. Those that may not are named to the editor, and left out."""
    blocks = []
    for n, script in enumerate(SCRIPTS):
        try:
            blocks.append(block(text(" ".join(script.split("\n"))), f"{n}"))
        except EditorError:
            continue
    assert len(blocks) > 5
    return issue(tuple(blocks))


def rendered(made: Issue, **more: object) -> Rendering:
    return render_issue(made, templates(), SETTINGS, images=images(), **more)  # type: ignore[arg-type]


def titles() -> Rendering:
    return rendered(issue_of(lambda s: f"---\nrubrik: {s}\ningress: {s}\n---\nText\n"))


def subject() -> Rendering:
    blocks = issue_of(lambda s: f"---\nrubrik: A\nämnesrad: {s}\n---\nText\n").blocks
    made = issue(blocks)
    return rendered(replace(made, subject=" ".join(b.subject for b in blocks)))


def bodies() -> Rendering:
    return rendered(issue_of(lambda s: f"# A\n\nText {s}\n\n| a | b |\n|--|--|\n| {s} | b |\n\n- {s}\n\n> {s}\n"))


def code() -> Rendering:
    return rendered(issue_of(lambda s: f"# A\n\n`{s}`\n\n```{s}\n{s}\n```\n"))


def pictures() -> Rendering:
    head = "---\nrubrik: A\nbild: torget.jpg\nalt: {}\nfoto: {}\n---\nText\n\n![{}](karta.png)\n"
    return rendered(issue_of(lambda s: head.format(s, s, s.replace("]", " "))))


def file_names() -> Rendering:
    return rendered(issue_of(lambda s: f"---\nrubrik: A\nbild: {s}.jpg\nalt: a\n---\nText\n\n![b]({s}.jpg)\n"))


def buttons() -> Rendering:
    return rendered(issue_of(lambda s: f"---\nrubrik: A\nknapp: {s[:40]}\nlänk: https://a.example/{s}\n---\nText\n"))


def marks() -> Rendering:
    made = issue(tuple(block("# A\n\nText\n", str(n)) for n in range(len(SCRIPTS))))
    return rendered(made, marks={f"2024-05/{n}.md": script for n, script in enumerate(SCRIPTS)})


def events() -> Rendering:
    found = []
    for n, script in enumerate(SCRIPTS):
        line = " ".join(script.split("\n"))
        try:
            found.append(event(f"---\nrubrik: {line}\ndatum: 2024-05-20\nplats: {line}\n---\nText\n", str(n)))
        except EditorError:
            continue
    return rendered(issue((), tuple(found)))


def feeds() -> Rendering:
    posts = (FromFeed(f"flöde:{s}", s, s, "https://a.example/", s, Readers()) for s in SCRIPTS)
    return rendered(replace(issue(()), posts=tuple(posts)))


def names() -> Rendering:
    return rendered(issue((block("# A\n\nHej {{ förnamn }} {{ efternamn }}!\n"),)))


def letters() -> Rendering:
    all_ = " ".join(SCRIPTS)
    return render_letter(block("# A\n\nText\n"), templates(), SETTINGS, subject=all_, kind="correction", mark=all_)


def notices() -> Rendering:
    all_ = " ".join(SCRIPTS)
    values = {"title": all_, "why": all_, "sentence": all_, "balance": [all_], "command": all_}
    return render_notice(templates(), "paused", SETTINGS, person=SETTINGS.people[0], **values)


PLACES = [titles, subject, bodies, code, pictures, file_names, buttons, marks, events, feeds, names, letters, notices]


@pytest.mark.parametrize("place", PLACES)
def test_runs_no_script_whatever_anybody_writes(browser: Chromium, place: Callable[[], Rendering]) -> None:
    hostile = dict.fromkeys(("first_name", "last_name", "why", "origin"), " ".join(SCRIPTS))
    html = shown(place(), **(hostile if place is names else {}))
    assert browser.look(html, wrong) == []


def test_knows_scripts_that_do_run(browser: Chromium) -> None:
    """The control: the same scripts in a page that takes them as they are."""
    assert len(SCRIPTS) >= 60
    run = browser.look_at_each([f"<body><div>{script}</div>" for script in SCRIPTS], ran)
    assert sum(map(bool, run)) >= len(SCRIPTS) // 3


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "//ond.example", "", "https://", "vbscript:x"]
)
def test_has_a_second_wall_for_the_links_of_feeds(link: str) -> None:
    post = FromFeed("flöde:1", "På hemsidan", "A", link, "B", Readers())
    with pytest.raises(BrokenPromise, match="adress"):
        rendered(replace(issue(()), posts=(post,)))
