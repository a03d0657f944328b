"""The rendering: safe, whole, the same every time, and kind to all who read it."""

import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import pytest
from bs4 import BeautifulSoup, Comment

from mailer.errors import EditorError
from mailer.render import issue as rendering_room
from mailer.render.issue import render_issue
from mailer.render.letter import render_letter
from mailer.render.mould import cut
from mailer.render.rendering import Rendering
from mailer.settings import Mailbox, Web
from mailer.slots import MARKER
from tests.content.test_markdown import HOSTILE
from tests.render.vallentuna import (
    MONTHS,
    READER,
    SETTINGS,
    block,
    event,
    issue,
    may,
    received,
    render_month,
    templates,
)


def rendered(*texts: str) -> Rendering:
    return render_issue(issue(tuple(block(t, f"{n}") for n, t in enumerate(texts))), templates(), SETTINGS)


def soup(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "lxml")


def test_says_the_same_bytes_in_every_process_whatever_surrounds_it(tmp_path: Path) -> None:
    program = (
        "from tests.render.test_golden_mail import issue_of_may; from mailer.render.mould import cut;"
        "r = issue_of_may(); m = cut(r); print(r.hash, m.content_type, m.pieces)"
    )
    root = str(Path(__file__).parents[2])
    said = set()
    for seed, zone, locale in (
        ("1", "UTC", "C"),
        ("2", "Asia/Tokyo", "sv_SE.UTF-8"),
        ("3", "America/Lima", "C.UTF-8"),
    ):
        environment = os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": locale, "PYTHONPATH": root}
        done = subprocess.run(
            [sys.executable, "-c", program],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        said.add(done.stdout)
    assert len(said) == 1


def test_makes_no_program_ask_anyone_for_anything() -> None:
    html = render_issue(may(), templates(), SETTINGS).html
    document = soup(html)
    assert document.find_all(["img", "link", "script", "iframe", "object", "form", "input", "video", "audio"]) == []
    assert document.find_all(attrs={"src": True}) == []
    assert document.find_all(attrs={"background": True}) == []
    css = "".join(s.text for s in document.find_all("style")) + "".join(
        e["style"] for e in document.find_all(style=True)
    )
    assert "url(" not in css
    assert "@import" not in css
    outside = set(re.findall(r"https?://[^\s\"'<>]+", html))
    assert {u for u in outside if "w3.org" not in u and "vallentuna.example" not in u} == set()


def test_reads_in_order_with_one_title_and_a_language() -> None:
    document = soup(render_issue(may(), templates(), SETTINGS).html)
    assert document.html is not None
    assert document.html["lang"] == "sv"
    assert document.title is not None
    assert document.title.text == "V Aktuellt maj 2024"
    levels = [int(h.name[1]) for h in document.find_all(re.compile(r"^h[1-6]$"))]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    for table in document.find_all("table"):
        assert table.get("role") == "presentation" or table.find("th"), "en tabell som inte är en tabell"


def test_hides_its_preheader_without_white_text() -> None:
    made = may()
    document = soup(render_issue(made, templates(), SETTINGS).html)
    preheader = document.find("div", style=re.compile("display:none"))
    assert preheader is not None
    assert preheader.text == made.preheader
    assert "mso-hide:all" in preheader["style"]
    assert "color" not in preheader["style"]


def test_leaves_the_slots_open_and_closes_them_all_in_the_mail() -> None:
    rendering = render_issue(may(), templates(), SETTINGS)
    open_slots = {found[1] for found in MARKER.finditer(rendering.html)}
    assert (
        open_slots
        == {found[1] for found in MARKER.finditer(rendering.text)}
        == {"first_name", "why", "origin", "leave_code"}
    )
    for part in received(rendering):
        assert not re.search("[\ue000-\uf8ff]|slot[0-9a-f]{8}|u\\{e00", part)
        assert "Hej Åsa!" in part


def test_tells_how_to_stop_why_and_who_answers_for_the_data() -> None:
    text, html = received(render_issue(may(), templates(), SETTINGS))
    for part in (" ".join(text.split()), " ".join(soup(html).text.split())):
        for fact in (
            READER["why"],
            READER["origin"],
            "styrelsen@vallentuna.example",
            "E-postleverantören AB, Backup & Co",
            "Är du medlem så är du fortfarande det",
            "Sluta få V Aktuellt",
        ):
            assert fact in part
    link = soup(html).find("a", string=re.compile("Sluta få"))
    assert link is not None
    assert (
        unquote(str(link["href"]))
        == f"mailto:redaktion@vallentuna.example?subject=Sluta få V Aktuellt {READER['leave_code']}"
    )
    assert "avregistrera" not in (text + html).casefold()


def test_leads_to_its_own_page_where_the_home_has_one() -> None:
    settings = SETTINGS.model_copy(update={"web": Web(address="https://utskick.vallentuna.example")})
    rendering = render_issue(may(), templates(), settings)
    assert {found[1] for found in MARKER.finditer(rendering.html)} == {"first_name", "why", "origin", "leave_page"}
    text, html = received(rendering)
    link = soup(html).find("a", string=re.compile("Sluta få"))
    assert link is not None
    assert link.text == "Sluta få V Aktuellt, ta paus eller välja"
    assert link["href"] == READER["leave_page"]
    assert f"<{READER['leave_page']}>" in text
    assert "Är du medlem så är du fortfarande det" in " ".join(text.split())
    assert "mailto:redaktion" not in html


def test_asks_for_a_leave_by_mail_where_it_is_read() -> None:
    settings = SETTINGS.model_copy(update={"mailbox": Mailbox(kind="maildir", path="post")})
    text, html = received(render_issue(may(), templates(), settings))
    assert 'href="mailto:studs@vallentuna.example?subject=' in html
    assert "studs@vallentuna.example" in text


def test_keeps_every_link_as_the_editor_wrote_it() -> None:
    written = [
        "https://a.example/x?a=1&b=2",
        "https://a.example/%C3%A5(1)",
        "mailto:a@b.example?subject=Hej%20d%C3%A5",
        "tel:+46701740605",
        "https://a.example/~x/'y'",
        "https://räksmörgås.example/å",
    ]
    text = "# A\n\n" + "\n".join(f"[länk](<{url}>)\n" for url in written)
    _, html = received(rendered(text))
    hrefs = [str(a["href"]) for a in soup(html).find_all("a", string="länk")]
    assert hrefs[:5] == written[:5]
    assert hrefs[5] == "https://xn--rksmrgs-5wao1o.example/%C3%A5"


@pytest.mark.parametrize("text", HOSTILE)
def test_sends_nothing_hostile_whoever_wrote_it(text: str) -> None:
    try:
        hostile = block(f"# A\n\nHej {text} du\n")
    except EditorError:
        return  # named to the editor, and left out
    text_part, html = received(render_issue(issue((hostile,)), templates(), SETTINGS))
    document = soup(html)
    assert document.find_all(["script", "img", "form", "svg", "iframe", "input", "mj-include", "mj-raw"]) == []
    for element in document.find_all(True):
        assert not any(name.startswith("on") for name in element.attrs)
    for link in document.find_all("a"):
        assert re.match(r"(https?://[^/]|mailto:|tel:)", str(link["href"]), re.I)
    assert "root:" not in html + text_part
    assert "49" not in text_part.partition("* * *")[0]


@pytest.mark.parametrize(
    "words", ["<script>alert(1)</script>", "<b>fet</b> & \"citat\" 'enkla'", "</title><h1>x", "{{ 7*7 }"]
)
def test_shows_titles_places_and_subjects_as_the_words_they_are(words: str) -> None:
    words = words.replace("{{", "{")
    made = issue(
        (block(f"---\nrubrik: {words}\nämnesrad: {words}\ningress: {words}\n---\ntext\n"),),
        (event(f"---\nrubrik: {words}\ndatum: 2024-05-20\nplats: {words}\n---\n"),),
    )
    rendering = render_issue(made, templates(), SETTINGS)
    text, html = received(rendering)
    document = soup(html)
    assert rendering.subject == words
    assert document.title is not None
    assert document.title.text == words
    assert words in [h.text for h in document.find_all("h2")]
    assert words in [h.text for h in document.find_all("h3")]
    assert text.count(words) == 3
    assert document.find_all("script") == []


NAMES = [
    "<script>alert(1)</script>",
    "<b>Åsa</b>",
    "**Åsa** [x](javascript:alert(1))",
    'Åsa & "Bo" O\'Brien',
    "&lt;b&gt;",
    "👩‍👩‍👧 Åsa",
    "\u202eåsÅ",
    "שלום",
    "{{ 7*7 }}",
    "{% raw %}",
    "</p></div></td><h1>x",
    "x" * 10_000,
    "å" * 10_000,
    ".",
    "..",
    "From Åsa",
    "=C3=A5",
    "a\u2028b",
    "mj-raw",
    "%s %(x)s",
    "\\u{e000}",
    "a  b",
]


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_shows_a_readers_name_as_it_is_in_html_and_text(name: str) -> None:
    rendering = rendered("# A\n\nHej {{ förnamn }}!\n")
    before = len(soup(received(rendering)[1]).find_all(True))
    text, html = received(rendering, first_name=name)
    document = soup(html)
    assert f"Hej {name}!" in text
    assert f"Hej {name}!" in [p.text for p in document.find_all("p")]
    assert len(document.find_all(True)) == before
    assert "49" not in text.partition("* * *")[0]


def test_greets_a_reader_without_a_name_by_the_fallback() -> None:
    for part in received(rendered("# A\n\nHej {{ förnamn }}, {{ förnamn | kamrat }}!\n"), first_name=""):
        assert "Hej vän, kamrat!" in part


def test_shows_what_a_comment_or_a_condition_would_hide_to_nobody() -> None:
    html = render_issue(may(), templates(), SETTINGS).html
    for comment in soup(html).find_all(string=lambda t: isinstance(t, Comment)):
        assert comment.strip().startswith(("[if", "<![endif]")), "en kommentar som inte är till för Outlook"


def test_says_that_an_event_is_cancelled_and_names_another_year() -> None:
    text, html = received(
        render_issue(
            issue((), (event("---\nrubrik: Möte\ndatum: 2024-05-20\ntid: 18\ninställt: ja\n---\n"),)),
            templates(),
            SETTINGS,
        )
    )
    assert "Måndag 20 maj kl.\u00a018.00\nInställt: Möte\n" in text
    assert "Inställt: Möte" in soup(html).text


def test_sends_a_letter_and_calls_a_correction_a_correction() -> None:
    text = "---\nrubrik: Kallelse till årsmöte\nämnesrad: Välkommen till årsmötet\n---\n## Dagordning\n\nHej!\n"
    letter = render_letter(block(text), templates(), SETTINGS)
    assert letter.subject == "Välkommen till årsmötet"
    document = soup(received(letter)[1])
    assert [(h.name, h.text) for h in document.find_all(re.compile("^h[1-6]$"))] == [
        ("h1", "Kallelse till årsmöte"),
        ("h2", "Dagordning"),
    ]
    assert "Sluta få utskick från Vänsterpartiet Vallentuna" in document.text
    assert render_letter(block(text), templates(), SETTINGS, subject="Annat").subject == "Annat"
    assert (
        render_letter(block(text), templates(), SETTINGS, kind="correction").subject
        == "Rättelse: Välkommen till årsmötet"
    )
    again = render_letter(block("# Rättelse: fel dag\n\nx\n"), templates(), SETTINGS, kind="correction")
    assert again.subject == "Rättelse: fel dag"


@pytest.mark.parametrize("month", MONTHS)
def test_keeps_the_whole_mail_well_under_what_gmail_cuts(month: str) -> None:
    assert len(render_month(month).html.encode()) < 102_000 / 2


def test_runs_mjml_once_for_an_edition_however_many_read_it(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[str] = []
    compile_mjml = rendering_room.compile_mjml
    monkeypatch.setattr(rendering_room, "compile_mjml", lambda m, where: runs.append(where) or compile_mjml(m, where))
    mould = cut(render_issue(may(), templates(), SETTINGS))
    assert len({mould.fill(READER | {"first_name": f"Åsa {n}"}) for n in range(1000)}) == 1000
    assert runs == ["templates/issue.mjml.j2"]
