"""The issue on paper: what was approved for the mail, as a page for A4."""

import re
from dataclasses import replace

from bs4 import BeautifulSoup

from mailer.render.issue import render_issue
from mailer.render.paper import paper
from mailer.render.rendering import Part, Rendering
from mailer.slots import Slot, split
from tests.render.vallentuna import SETTINGS, block, issue, may, templates


def page(rendering: Rendering) -> BeautifulSoup:
    pieces = split(rendering.html)
    filled = "".join(p.fallback if isinstance(p, Slot) else p for p in pieces)
    html = paper(replace(rendering, html=filled), "V Aktuellt maj 2024", templates(), SETTINGS)
    assert "\ue000" not in html
    return BeautifulSoup(html, "lxml")


def test_prints_every_word_of_the_issue_and_no_ornament() -> None:
    made = may()
    soup = page(render_issue(made, templates(), SETTINGS))
    printed = soup.get_text(" ", strip=True).replace("\xad", "")
    assert [h.get_text().replace("\xad", "") for h in soup.select("h2")][: len(made.blocks)] == [
        b.title for b in made.blocks
    ]
    for occurrence in made.occurrences:
        assert occurrence.event.title in printed
    assert "Sluta få" not in printed, "the footer of the mail is not that of the letter"
    assert not soup.select("[role=presentation], [aria-hidden=true], script")


def test_asks_nobody_for_anything() -> None:
    soup = page(render_issue(may(), templates(), SETTINGS))
    assert not soup.select("link, script, iframe, img[src^=http]")
    assert "url(" not in soup.style.get_text()


def test_writes_each_address_out_with_a_code_under_its_section() -> None:
    text = "[kalendern](https://vallentuna.example/kalender) och [samma](https://vallentuna.example/kalender)"
    soup = page(render_issue(issue((block(f"# A\n\n{text}"), block("# B\n\nUtan länk.", "b"))), templates(), SETTINGS))
    (links,) = soup.select("ul.links")
    assert [li.get_text(strip=True) for li in links.select("li")] == ["https://vallentuna.example/kalender"]
    assert links.find_previous("h2").get_text() == "A"
    assert links.svg["aria-label"] == "QR-kod"


def test_carries_its_pictures() -> None:
    html = (
        '<body><div role="main"><h2>A</h2><p><img src="cid:abc.png" alt="Torget" style="width:10px"></p></div></body>'
    )
    rendering = Rendering("alla", "Ämne", html, "", (Part("abc.png", "image/png", b"bild", True),))
    (img,) = page(rendering).select("img")
    assert img["src"] == "data:image/png;base64,YmlsZA=="
    assert img["alt"] == "Torget"
    assert "style" not in img.attrs


def test_prints_the_same_bytes_each_time() -> None:
    rendering = render_issue(may(), templates(), SETTINGS)
    assert str(page(rendering)) == str(page(rendering))
    assert re.search(r"@page \{ size: A4", str(page(rendering)))
