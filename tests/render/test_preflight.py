"""What the preflight finds in a rendering: anchors, size, colours, words outside their circle."""

from dataclasses import replace

import pytest
from bs4 import BeautifulSoup

from mailer.content.readers import Readers
from mailer.issue.editions import Edition
from mailer.render.contrast import ratio, weakest
from mailer.render.issue import render_issue
from mailer.render.preflight import of_letter, preflight
from mailer.render.rendering import Rendering
from tests.render.vallentuna import SETTINGS, block, issue, may, templates


def checked(made, html: str, text: str = ""):
    return preflight(made, [Edition("alla", made, (), 1)], [Rendering("alla", "Ämne", html, text)], {})


def test_finds_nothing_in_the_worked_example() -> None:
    made = may()
    assert preflight(made, [Edition("alla", made, (), 1)], [render_issue(made, templates(), SETTINGS)], {}) == ()


def test_stops_a_link_to_a_place_that_is_not_in_the_edition() -> None:
    made = issue((block("# A\n\nText."),))
    (only,) = checked(made, '<p><a href="#eu-valet">Valet</a> <a href="#a">A</a></p><h2 id="a">A</h2>')
    assert only.stops
    assert only.problem.what == "länken ”Valet” pekar på #eu-valet, som inte finns i version alla."


def test_warns_when_gmail_would_cut() -> None:
    (only,) = checked(issue((block("# A\n\nText."),)), "<p>" + "ord " * 30_000 + "</p>")
    assert not only.stops
    assert "Gmail klipper efter 102 kB" in only.problem.what


def test_stops_words_that_stand_outside_their_circle() -> None:
    secret = "Styrelsen föreslår att lokalen på Tuna torg sägs upp till sommaren."
    inner = replace(block(f"# Lokalen\n\n{secret}", "inre"), readers=Readers(circle="styrelsen"))
    outer = block(f"# Nytt\n\nVi hörde att {secret.lower()} {secret}", "yttre")
    made = issue((inner, outer))
    part = replace(made, blocks=(outer,))
    text = render_issue(part, templates(), SETTINGS).text
    findings = preflight(
        made,
        [Edition("övriga", part, (), 5)],
        [Rendering("övriga", "Ämne", "<p></p>", text)],
        {inner.path: "styrelsen"},
    )
    assert [f.stops for f in findings] == [True]
    assert "är bara för styrelsen, men står även i version övriga." in findings[0].problem.what
    without = Rendering("övriga", "Ämne", "<p></p>", "Något helt annat.")
    assert preflight(made, [Edition("övriga", part, (), 5)], [without], {inner.path: "styrelsen"}) == ()


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#fff", "#ffffff", 1.0),
        ("#c4161c", "#ffffff", 6.03),
    ],
)
def test_reckons_contrast_as_wcag_does(one, other, expected) -> None:
    assert ratio(one, other) == pytest.approx(expected, abs=0.01)


def test_knows_no_contrast_of_what_is_no_colour() -> None:
    assert ratio("red", "#ffffff") is None


def test_finds_the_colours_of_dark_mode_in_their_rules() -> None:
    html = (
        "<style>@media (prefers-color-scheme: dark) { body { background-color: #111111 !important; } "
        ".a { color: #eeeeee !important; } }</style>"
        '<body style="background-color:#ffffff;color:#111111"><p class="a">Ljus</p><p>Mörk</p></body>'
    )
    soup = BeautifulSoup(html, "lxml")
    assert weakest(soup, is_dark=False) == []
    assert [p.words for p in weakest(soup, is_dark=True)] == ["Mörk"]


def test_asks_less_of_large_letters() -> None:
    big = (
        '<body><p style="font-size:24px;color:#8a8a8a">Stor</p><p style="font-size:16px;color:#8a8a8a">Liten</p></body>'
    )
    assert [p.words for p in weakest(BeautifulSoup(big, "lxml"), is_dark=False)] == ["Liten"]


@pytest.mark.parametrize(
    ("subject", "html"),
    [
        ("811218-9876 fyller år", "<p></p>"),
        ("Ämne", "<p>Anna, 811218-9876</p>"),
        ("Ämne", '<p><img alt="Anna 811218-9876" src="cid:a.png"></p>'),
        ("Ämne", '<p><a href="https://v.example/811218-9876">x</a></p>'),
    ],
)
def test_stops_a_personnummer_wherever_a_reader_could_find_it(subject, html) -> None:
    (only,) = of_letter("Brev", Rendering("alla", subject, html, ""))
    assert only.stops
    assert "ser ut som ett personnummer" in only.problem.what
