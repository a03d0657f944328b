"""The last look at what a mail would fetch: a picture that travels with it may be shown, nothing else is asked for."""

import pytest

from mailer.errors import BrokenPromise
from mailer.render.fetched import fetched
from mailer.render.mjml import compile_mjml

ALT = "a &gt; b &quot;c&quot; src=https://spion.example 'x' url(y)"
SHOWN = f'<img alt="{ALT}" height="auto" src="cid:3f9a.jpg" width="544" style="border:0;width:100%;" />'


def document(inside: str) -> str:
    return (
        '<mjml lang="sv"><mj-head><mj-title>A</mj-title></mj-head><mj-body><mj-section><mj-column>'
        f"{inside}</mj-column></mj-section></mj-body></mjml>"
    )


@pytest.mark.parametrize(
    "html",
    [
        SHOWN,
        f"<p>{SHOWN}</p><!--[if mso]>{SHOWN}<![endif]-->",
        "<p>Skriv url(x), @import, srcset= och background= i en stilmall.</p>",
        '<p title="url(https://a.example)"><a href="https://a.example/?src=x&amp;background=y">a</a></p>',
        "<p>&lt;img src=x&gt; 3 < 4</p>",
        "<style>.a { color: red } @media (max-width: 480px) { .b { width: 100% } }</style>",
    ],
)
def test_lets_through_what_nobody_is_asked_for(html: str) -> None:
    assert fetched(html) == ""


@pytest.mark.parametrize(
    "html",
    [
        '<img src="https://spion.example/p.gif" alt="" />',
        "<img src='//spion.example/p.gif'>",
        "<img src=https://spion.example/p.gif>",
        "<IMG SRC=https://spion.example/p.gif>",
        '<img src="data:image/png;base64,AAAA" />',
        '<img src="cid:../x" />',
        '<img src="cid:" />',
        '<img src="x.jpg" />',
        '<img alt="" />',
        '<img src="cid:a.jpg" srcset="https://spion.example/p.gif 2x" />',
        '<img alt="src=\'cid:a.jpg\'" src="https://spion.example/p.gif" />',
        '<img src="cid:a.jpg"',
        '<!--[if mso]><img src="https://spion.example/p.gif" /><![endif]-->',
        '<!--[if mso]><v:fill src="https://spion.example/p.gif" /><![endif]-->',
        '<v:image src="cid:a.jpg" />',
        '<td background="https://spion.example/p.gif">',
        "<td background=https://spion.example/p.gif>",
        "<p style=\"background:url('https://spion.example')\">",
        '<p style="background:&#117;rl(https://spion.example)">',
        '<p style="background:u\\72l(https://spion.example)">',
        '<p style="background:URL (x)">',
        "<style>@import 'https://spion.example/a.css';</style>",
        "<style media=all>p{background:url(x)}</style>",
        "<link rel=stylesheet href=x>",
        "<script>",
        '<picture><source srcset="x" /></picture>',
        '<video poster="x">',
        "<iframe>",
        "<object data=x>",
        "<svg>",
        "<input type=image src=x>",
        '<base href="https://spion.example/">',
    ],
)
def test_finds_all_that_would_be_fetched(html: str) -> None:
    assert fetched(f"<p>a</p>{html}")


def test_compiles_a_picture_of_ours_and_no_other() -> None:
    html = compile_mjml(document('<mj-image src="cid:3f9a.jpg" alt="Torget &gt; allt" />'), "a")
    assert html.count('src="cid:3f9a.jpg"') == 1
    for source in ("https://spion.example/p.gif", "torget.jpg", "data:image/gif;base64,AAAA"):
        with pytest.raises(BrokenPromise, match="hämtas"):
            compile_mjml(document(f'<mj-image src="{source}" alt="" />'), "a")
    with pytest.raises(BrokenPromise, match="hämtas"):
        compile_mjml(document("<mj-image alt='' />"), "a")
    with pytest.raises(BrokenPromise, match="hämtas"):
        compile_mjml(
            document("<mj-text>a</mj-text>").replace("<mj-section>", "<mj-section background-url='x.jpg'>"), "a"
        )


def test_lets_an_editor_write_about_styles() -> None:
    assert "url(x)" in compile_mjml(document("<mj-text>Så skriver man url(x) och @import</mj-text>"), "a")
