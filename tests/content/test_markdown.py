"""Markdown: what editors may write, and what never comes through (S2, S3, S4)."""

import re
import time

import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from mailer.content import markdown, plain
from mailer.content.figures import FITS, NOT_ALONE, Shown
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
    "img": {"src", "alt", "width", "height", "style"},
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
    "![x](//spion.example/a.gif)",
    "![x](../../etc/passwd)",
    "![x](%2e%2e/%2e%2e/etc/passwd)",
    "![x](/etc/passwd)",
    "![x](..\\\\a.jpg)",
    "![x](cid:annat)",
    '![x" onerror="alert(1)](a.jpg)',
    '![x](a.jpg" onerror="alert(1) )',
    '![x](a.jpg "Foto: <script>alert(1)</script>")',
    "![<script>alert(1)</script>](a.jpg)",
    "![&lt;b&gt; &#34; onerror=a](a.jpg)",
    "![{{7*7}}](a.jpg)",
    "![&#xE000;leave_code&#xE002;](a.jpg)",
    "![x](http://spion.example/a.gif 'Foto: y')",
    "![x](&#104;ttps://spion.example/a.gif)",
    "![x](jav&#x61;script:alert(1))",
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


class _Any(dict[str, Shown]):
    """Has every picture."""

    def get(self, path: str, default: object = None) -> Shown:  # type: ignore[override]
        return Shown("cid:a", 10, 10)


ANY = _Any(a=Shown("cid:a", 10, 10))


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
        if element.name == "img":
            assert element["src"] == "cid:a"
            assert element["style"] == FITS
        elif "style" in element.attrs:
            assert re.fullmatch(r"text-align:(left|center|right)", str(element["style"]))


@pytest.mark.parametrize("text", HOSTILE)
def test_lets_nothing_through_but_what_is_allowed(text: str) -> None:
    for document in (text, f"Hej {text} du\n", f"- {text}\n", f"| a |\n|---|\n| {text} |\n", f"# {text}\n"):
        if not markdown.problems(document, "a"):
            check_html(markdown.html(document, pictures=ANY))
            assert "49" not in plain.text(document)


@pytest.mark.parametrize(
    "text",
    [
        t
        for t in HOSTILE
        if re.match(r"<(script|img|form|style|mj-|!--)|!\[x\]\((http|data|cid|%2e|[/.])|\[x\]\(javascript", t)
    ],
)
def test_names_what_an_editor_should_not_write(text: str) -> None:
    assert [p.line for p in markdown.problems(f"Rad ett\n\n{text}\n", "a")][:1] == [3]


@given(st.text(alphabet="[](){}<>!*_`#-|:\"'\\&;/ \nabåjscriptdhmxE0=", max_size=120))
@settings(max_examples=300, deadline=None)
def test_never_makes_html_of_its_own_out_of_any_text(text: str) -> None:
    if not markdown.problems(text, "a"):
        check_html(markdown.html(text, pictures=ANY))
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


# Pictures

PICTURES = {"2024-05/torget.jpg": Shown("cid:abc@x.example", 544, 300)}


def show(text: str) -> str:
    assert markdown.problems(text, "a") == []
    return markdown.html(text, pictures=PICTURES, folder="2024-05")


def test_shows_a_picture_with_its_words_and_its_photographer() -> None:
    html = show('Före\n![Fem "flaggor" på torget](torget.jpg "Foto: Bo & Åsa")\nefter\n')
    assert html == (
        '<p>Före</p>\n<p><img src="cid:abc@x.example" alt="Fem &quot;flaggor&quot; på torget" width="544" height="300" '
        f'style="{FITS}" /></p>\n<p>Foto: Bo &amp; Åsa</p>\n<p>efter</p>\n'
    )


@pytest.mark.parametrize(
    "text",
    [
        "![a](torget.jpg)",
        "![a](<torget.jpg>)",
        "![a]( ./torget.jpg )",
        "   ![a](torget%2Ejpg)",
        '![a](torget.jpg "Foto: Bo")',
        "![a](torget.jpg ”Foto: Bo”)",
        "![a](torget.jpg “Photo by: Bo“)",
        "- ![a](torget.jpg)",
        "> ![a](torget.jpg)",
        "# Rubrik\n![a](torget.jpg)",
    ],
)
def test_reads_a_picture_however_it_was_written(text: str) -> None:
    assert 'src="cid:abc@x.example"' in show(text)


def test_styles_pictures_and_captions_as_told() -> None:
    text, styles = '![a](torget.jpg "Foto: Bo")', {"p": "margin:0", "img": "width:100%", "caption": "color:red"}
    assert markdown.html(text, 3, styles, None, PICTURES, "2024-05") == (
        '<p style="margin:0"><img src="cid:abc@x.example" alt="a" width="544" height="300" style="width:100%" /></p>\n'
        '<p style="color:red">Foto: Bo</p>\n'
    )


def test_says_what_a_picture_shows_where_there_is_no_picture() -> None:
    assert markdown.html("![a](annan.jpg)") == "<p>[Bild: a]</p>\n"
    assert markdown.html("![a](torget.jpg)", pictures=PICTURES, folder="2024-04") == "<p>[Bild: a]</p>\n"


@pytest.mark.parametrize(
    "text",
    ["hej ![a](b.jpg) du", "![a][b]\n\n[b]: c.jpg", "[![a](b.jpg)](https://a.example)", "![a](b.jpg) ![c](d.jpg)",
     "![a](b.jpg){width=50%}", "| a |\n|---|\n| ![a](b.jpg) |", "hej ![a](min bild.jpg) du", "# ![a](b.jpg)"],
)  # fmt: skip
def test_asks_for_a_line_of_its_own(text: str) -> None:
    assert [(p.what, p.remedy) for p in markdown.problems(text, "a")] == [NOT_ALONE]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("![a](https://a.example/b.jpg)",
         "bilden ”https://a.example/b.jpg” ligger hos andra, och därifrån hämtas inget."),
        ("![a](../b.jpg)", "bilden ”../b.jpg” ligger i en annan mapp."),
        ("![a]()", "bilden har inget namn."),
        ("![a](. )", "”.” är inget namn på en bild."),
        ('![a](b.jpg "Bo på torget")', "”Bo på torget” säger inte vem som tog bilden."),
        ("![{{ förnamn }}](b.jpg)", "bildens beskrivning har ett fält, {{ … }}."),
        (f"![{'a' * 501}](b.jpg)", "bildens beskrivning är 501 tecken lång."),
        ("![&#xE000;](b.jpg)", "bildens beskrivning har ett osynligt tecken."),
    ],
)  # fmt: skip
def test_names_what_is_wrong_with_a_picture(text: str, problem: str) -> None:
    assert [(p.line, p.what) for p in markdown.problems(f"text\n\n{text}\n", "a")] == [(3, problem)]


def test_names_a_link_that_would_stay_text() -> None:
    for text in ("[Rösta](https://val.example/{{ förnamn }})", "[Rösta](https://val.example/min sida)"):
        assert [p.what for p in markdown.problems(text, "a")] == ["länken går inte att läsa som den är skriven."]


def test_tells_of_comments_in_words() -> None:
    assert [p.what for p in markdown.problems("a <!-- dolt --> b", "a")] == [
        "här står en kommentar, ”<!--”; den skulle synas i mejlet."
    ]


def test_shows_no_picture_in_code() -> None:
    assert "<img" not in markdown.html("```\n![a](torget.jpg)\n```\n", pictures=ANY)
    assert markdown.problems("`![a](torget.jpg)`", "a") == []
