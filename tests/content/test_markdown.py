"""Markdown: what editors may write, and what never comes through (S2, S3, S4)."""

import re
import time

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from mailer.content import markdown, plain
from mailer.errors import BrokenPromise
from mailer.slots import MARKER, Slot

ALLOWED = {
    "p": set(),
    "h3": set(),
    "h4": set(),
    "h5": set(),
    "h6": set(),
    "ul": set(),
    "ol": {"start"},
    "li": set(),
    "a": {"href", "title"},
    "em": set(),
    "strong": set(),
    "s": set(),
    "br": set(),
    "hr": set(),
    "blockquote": set(),
    "table": set(),
    "thead": set(),
    "tbody": set(),
    "tr": set(),
    "th": {"style"},
    "td": {"style"},
    "code": set(),
    "pre": set(),
}
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<b onmouseover=alert(1)>x</b>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "<javascript:alert(1)>",
    "[x](<javascript:alert(1)>)",
    "[x][1]\n\n[1]: javascript:alert(1)",
    "![x](https://spion.example/pixel.gif)",
    "![x](data:image/svg+xml,<svg onload=a>)",
    '<form action="https://ond.example"><input name=p></form>',
    "<style>*{display:none}</style>",
    "<!-- dolt -->",
    '<mj-include path="/etc/passwd" />',
    "</mj-text><mj-raw><script>a</script></mj-raw><mj-text>",
    "<mj-head></mj-head>",
    "<![CDATA[x]]>",
    "<?xml version='1.0'?>",
    "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>",
    "&a; &lt;b&gt;",
    '[x](https://a.example/"onmouseover="alert(1))',
    "[x](https://a.example 'titel\" onclick=\"a')",
    "`<script>`",
    "```<script>\n</pre><script>alert(1)</script>\n```",
    "<https://a.example/?a=1&b=<script>>",
    "[a](//ond.example)",
    "[a](file:///etc/passwd)",
    "[a](cid:x)",
    "[x](https://a.example/\\\\b)",
    "<a href=https://ond.example>x</a>",
    "{{7*7}}",
    "{{ member.__dict__ }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}",
    "{{ 10**9 }}",
    "{# x #}",
    "{{ ''.__class__ }}",
    "${7*7}",
    "#{7*7}",
    "{{ förnamn }} {{ leave_code }}",
    "&#xE000;leave_code&#xE001;&#xE002;",
    "{{ förnamn | <script> }}",
    "[{{ förnamn }}](https://a.example/{{ förnamn }})",
    "<div style='position:fixed'>x</div>",
]


def check_html(html: str) -> None:
    """Only what is allowed, and well-formed."""
    etree.fromstring(f"<x>{html}</x>", etree.XMLParser(resolve_entities=False))
    for element in BeautifulSoup(html, "lxml").find_all(True):
        if element.name in ("html", "body"):
            continue
        assert element.name in ALLOWED
        assert set(element.attrs) <= ALLOWED[element.name]
        if "href" in element.attrs:
            assert re.match(r"(https?://[^/]|mailto:|tel:)", str(element["href"]), re.I)
        if "style" in element.attrs:
            assert re.fullmatch(r"text-align:(left|center|right)", str(element["style"]))


@pytest.mark.parametrize("text", HOSTILE)
def test_lets_nothing_through_but_what_is_allowed(text: str) -> None:
    for document in (text, f"Hej {text} du\n", f"- {text}\n", f"| a |\n|---|\n| {text} |\n", f"# {text}\n"):
        if not markdown.problems(document, "a"):
            check_html(markdown.html(document))
            assert "49" not in plain.text(document)


@pytest.mark.parametrize(
    "text", [t for t in HOSTILE if re.match(r"<(script|img|form|style|mj-|!--)|!\[|\[x\]\(javascript", t)]
)
def test_names_what_an_editor_should_not_write(text: str) -> None:
    assert [p.line for p in markdown.problems(f"Rad ett\n\n{text}\n", "a")][:1] == [3]


@given(st.text(alphabet="[](){}<>!*_`#-|:\"'\\&;/ \nabåjscriptdhmxE0=", max_size=120))
@settings(max_examples=300, deadline=None)
def test_never_makes_html_of_its_own_out_of_any_text(text: str) -> None:
    if not markdown.problems(text, "a"):
        check_html(markdown.html(text))
        plain.text(text)


@pytest.mark.parametrize(
    "text", ["&#xE000;leave_code&#xE001;&#xE002;", "a &#57344; b", "&#8238;omvänt", "# &#xE002;\n\nb"]
)
def test_lets_nobody_write_a_slot_of_ours_with_entities(text: str) -> None:
    assert [p.what for p in markdown.problems(text, "a")] == ["här finns ett osynligt tecken, skrivet som &#…;."]


def test_refuses_to_make_html_of_what_has_problems() -> None:
    with pytest.raises(BrokenPromise):
        markdown.html("[x](javascript:alert(1))")


@pytest.mark.parametrize(
    "text",
    [
        "[" * 29_000,
        "*a_" * 9_000,
        "`a" * 14_000,
        "[a](" * 7_000,
        "{{ " * 9_000,
        "|a|\n|-|\n" * 3_500,
        "> " * 14_000,
    ],
)
def test_does_not_hang_on_the_worst_text(text: str) -> None:
    """Half a second of the processor's time when measured; what hangs takes minutes."""
    started = time.process_time()
    markdown.problems(text, "a")
    assert time.process_time() - started < 10


def test_refuses_a_text_that_is_too_long() -> None:
    assert markdown.problems("a" * 30_001, "a")[0].what == "texten är 30001 tecken lång."


def test_makes_slots_of_merge_fields_outside_code() -> None:
    html = markdown.html('Hej **{{förnamn}}**, "{{ Förnamn | kära vän }}" `{{ förnamn }}`\n')
    first, second = Slot("first_name", "vän").marker, Slot("first_name", "kära vän").marker
    assert html == f"<p>Hej <strong>{first}</strong>, ”{second}” <code>{{{{ förnamn }}}}</code></p>\n"
    assert len(MARKER.findall(html)) == 2


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("{{ fornamn }}", "Menade du {{ förnamn }}?"),
        ("{{ efter namn }}", "Menade du {{ efternamn }}?"),
        ("{{7*7}}", "De fält som finns är {{ förnamn }} och {{ efternamn }}."),
        ("{{ }}", "De fält som finns är {{ förnamn }} och {{ efternamn }}."),
        ("{{ förnamn", "Skriv det på en rad, som {{ förnamn }}."),
    ],
)
def test_suggests_the_nearest_field(text: str, remedy: str) -> None:
    assert [p.remedy for p in markdown.problems(text, "a")] == [remedy]


@pytest.mark.parametrize("text", ["{% if a %}", "{# a #}", "${7*7}", "{ förnamn }", "`{{7*7}}`", "```\n{{ x }}\n```"])
def test_takes_other_template_signs_as_the_words_they_are(text: str) -> None:
    assert markdown.problems(text, "a") == []
    assert text.strip("`\n") in BeautifulSoup(markdown.html(text), "lxml").text


def test_moves_headings_below_the_titles_of_the_mail() -> None:
    assert re.findall(r"<(h\d)>", markdown.html("# A\n\n## B\n\n### C\n")) == ["h3", "h4", "h5"]
    assert re.findall(r"<(h\d)>", markdown.html("### B\n\n#### C\n")) == ["h3", "h4"]
    assert re.findall(r"<(h\d)>", markdown.html("# A\n\n###### F\n", top=4)) == ["h4", "h6"]


def test_writes_swedish_quotation_marks() -> None:
    assert markdown.html("Hon sa \"kom 'hit' nu\" (c) 1924.") == "<p>Hon sa ”kom ’hit’ nu” (c) 1924.</p>\n"


def test_makes_no_heading_and_no_code_by_accident() -> None:
    assert markdown.html("Hej\n---\n\n    indraget") == "<p>Hej</p>\n<hr />\n<p>indraget</p>\n"


def test_puts_values_in_as_words_whatever_they_hold() -> None:
    html = markdown.html("Hej **VALUE** `VALUE`", fill=lambda text: text.replace("VALUE", "<b>*x*</b> [a](b)"))
    assert html == (
        "<p>Hej <strong>&lt;b&gt;*x*&lt;/b&gt; [a](b)</strong> <code>&lt;b&gt;*x*&lt;/b&gt; [a](b)</code></p>\n"
    )
