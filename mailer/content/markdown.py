"""Markdown as editors write it: parsed, checked, and made into HTML. `plain` makes text of the same tokens.

Takes   Markdown text.
Gives   tokens; Problems with their lines; HTML without raw HTML, pictures of others, or links other than http(s),
        mailto and tel.
Fails   BrokenPromise when HTML or tokens are asked for from text that has Problems.

CommonMark with tables and ~~struck~~, Swedish quotation marks, and merge fields. Two rules are off because volunteers
meet them by accident: indented code, and headings by underlining.
"""

import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from mailer.content.figures import NOT_ALONE, Figure, Shown, figures
from mailer.content.figures import wrong as wrong_figure
from mailer.content.text import has_forbidden
from mailer.errors import BrokenPromise, Problem
from mailer.slots import EDITORS_FIELDS, Slot

LONGEST = 30_000  # characters; Gmail cuts a whole message at 102 kB, and brackets without end take quadratic time
DEEPEST_HEADING = 6
WORDS = ("text", "code_inline", "fence")  # the tokens whose content is read by people

Fill = Callable[[str], str]

_FIELD = re.compile(r"\{\{([^{}\n]{0,100})\}\}")
_FALLBACK = re.compile(r"[\w ,.!’-]{0,60}")  # it stands in HTML and in text: nothing that either would read as its own
_LINK = re.compile(r"https?://[^/\s?#]+\.?[^\s]*|mailto:[^@\s]+@[^@\s]+|tel:\+?[\d-]+", re.I)
# Another block of the issue, by its `anchor`; whether it is there, the preflight asks.
_ANCHOR = re.compile(r"#[\w%.-]+")
_BARE = re.compile(r"(www\.)?[\w-]+(\.[\w-]+)+(/.*)?", re.I)
_IMAGE = re.compile(r"!\[[^\]]*\]\(")  # one that is no image after all, for a space or a curly quotation mark in it
_TAG = re.compile(
    r"<(/?(a|b|i|u|p|br|hr|em|strong|div|span|img|font|center|table|t[rdh]|ul|ol|li|h[1-6]|style|script|iframe|form|"
    r"input|button|svg|video|audio|object|embed|link|meta|base|sup|sub|small|big|mark|blockquote|pre|code|mj-[\w-]+)\b)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the first level. Lines of the text it stands in, from 0: `first` up to, not including, `after`."""

    text: str
    first: int
    after: int
    has_slot: bool


def tokens(text: str, fill: Fill | None = None) -> Sequence[Token]:
    """The tokens of text that has no Problems, fresh ones.

    `fill` puts values into the words after parsing, so that nothing in a value is read as Markdown.
    """
    parsed = _parse(text)
    for _, token in _lined(parsed):
        if _wrong(token):
            raise BrokenPromise(f"Markdown med fel kom förbi kontrollen: {_wrong(token)}")
        if fill and token.type in WORDS:
            token.content = fill(token.content)
    return parsed


def html(
    text: str,
    top: int = 3,
    styles: Mapping[str, str] | None = None,
    fill: Fill | None = None,
    pictures: Mapping[str, Shown] | None = None,
    folder: str = "",
) -> str:
    """HTML, well-formed as XML. The highest heading becomes h`top`; `styles`: tag -> inline CSS. Slots are markers.

    `pictures`: path of a picture, relative to content/ -> what it is in the mail; one that is not there is its alt
    text in brackets. `folder`: where the text lies, relative to content/. Styles ”img” and ”caption” are for pictures.
    """
    parsed = tokens(text, fill)
    highest = min((int(t.tag[1]) for t in parsed if t.type == "heading_open"), default=1)
    for _, token in _lined(parsed):
        token.info = ""  # of a code fence: would become a class
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) - highest + top, DEEPEST_HEADING)}"
        if token.nesting >= 0 and (style := (styles or {}).get(token.tag)):
            align = token.attrs.get("style")
            token.attrs["style"] = f"{style};{align}" if align else style
    env = {"pictures": pictures or {}, "folder": folder, "styles": styles or {}}
    return str(_parser().renderer.render(parsed, _parser().options, env))


def figures_of(text: str) -> list[tuple[int, Figure]]:
    """The pictures of the text, each with its line in the text, from 0."""
    return [(line, t.meta["figure"]) for line, t in _lined(_parse(text[:LONGEST])) if t.type == "figure"]


def first_heading(text: str) -> Heading | None:
    """The first heading of the first level that is not inside something else."""
    parsed = _parse(text[:LONGEST])
    for opening, inline in pairwise(parsed):
        if opening.type == "heading_open" and opening.tag == "h1" and opening.level == 0 and opening.map:
            first, after = opening.map
            children = inline.children or []
            words = "".join(" " if c.type == "softbreak" else c.content for c in children)
            return Heading(" ".join(words.split()), first, after, any(c.type == "slot" for c in children))
    return None


def problems(text: str, where: str, first_line: int = 1) -> list[Problem]:
    """What is wrong in the text, whose first line is line `first_line` of the file."""
    if len(text) > LONGEST:
        what = f"texten är {len(text)} tecken lång."
        return [Problem(where, what, f"Högst {LONGEST} får plats. Lägg en längre text på hemsidan och länka dit.")]
    found = []
    for line, token in _lined(_parse(text)):
        if wrong := _wrong(token):
            found.append(Problem(where, *wrong, first_line + line))
    return list(dict.fromkeys(found))


def _wrong(token: Token) -> tuple[str, str] | None:
    """What is wrong with one token, and the remedy."""
    if token.type == "image":
        return NOT_ALONE
    if token.type == "figure":
        return wrong_figure(token.meta["figure"])
    if token.type == "link_open":
        return wrong_link(str(token.attrs.get("href", "")))
    if token.type == "slot":
        return _wrong_field(token)
    return _wrong_words(token) if token.type in WORDS else None


def _wrong_words(token: Token) -> tuple[str, str] | None:
    text = token.content
    if has_forbidden(text):
        return "här finns ett osynligt tecken, skrivet som &#…;.", "Ta bort det."
    if token.type != "text":
        return None
    if "{{" in text:
        return "”{{” börjar ett fält som inte går att läsa.", "Skriv det på en rad, som {{ förnamn }}."
    if _IMAGE.search(text):
        return NOT_ALONE
    if "](" in text:
        what = "länken går inte att läsa som den är skriven."
        return what, "Skriv den som [text](https://…), utan mellanslag eller fält i adressen."
    if "<!--" in text:
        return "här står en kommentar, ”<!--”; den skulle synas i mejlet.", "Ta bort den, från <!-- till -->."
    if tag := _TAG.search(text):
        return (
            f"här står HTML, ”{tag[0]}”.",
            "Skriv Markdown i stället: **fet**, *kursiv*, [text](https://…).",
        )
    return None


def wrong_link(address: str) -> tuple[str, str] | None:
    """What is wrong with the address of a link, and the remedy."""
    if "%7B%7B" in address.upper() or "{{" in address:
        return (
            "länken har ett fält i adressen.",
            "Fält kan bara stå i text. Skriv en adress som är lika för alla.",
        )
    if _LINK.fullmatch(address) or _ANCHOR.fullmatch(address):
        return None
    if not address:
        return "länken har ingen adress.", "Skriv den som [text](https://…)."
    if _BARE.fullmatch(address):
        return f"länken ”{_short(address)}” saknar https://.", f"Skriv https://{_short(address)}."
    if "@" in address and ":" not in address:
        return f"länken ”{_short(address)}” saknar mailto:.", f"Skriv mailto:{_short(address)}."
    remedy = "Länkar ska börja med https://, http://, mailto: eller tel:."
    return f"länken ”{_short(address)}” går inte att använda.", remedy


def bare_address(written: str) -> str:
    """The address alone, where a program has made a link of it: ”<https://…>” or ”[text](https://…)”."""
    found = re.fullmatch(r"<(.*)>|\[[^\]]*\]\(([^)]*)\)", written)
    return (found[1] or found[2] or "").strip() if found else written


def _wrong_field(token: Token) -> tuple[str, str] | None:
    name, slot = token.content, token.meta.get("slot")
    if slot is None:
        near = difflib.get_close_matches(name, EDITORS_FIELDS, 1, cutoff=0.5)
        remedy = f"Menade du {{{{ {near[0]} }}}}?" if near else f"De fält som finns är {_known_fields()}."
        return f"fältet ”{_short(name)}” finns inte.", remedy
    if not _FALLBACK.fullmatch(slot.fallback):
        return (
            f"reservordet ”{_short(slot.fallback)}” har tecken som inte går att använda.",
            "Efter | kan bokstäver, siffror, mellanslag och , . ! - stå.",
        )
    return None


def _known_fields() -> str:
    return " och ".join(f"{{{{ {name} }}}}" for name in EDITORS_FIELDS)


def _short(text: str, longest: int = 60) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _lined(parsed: Sequence[Token]) -> Iterator[tuple[int, Token]]:
    """Each token and each child, with the line it stands on, from 0. Children know no lines: breaks are counted."""
    line = 0
    for token in parsed:
        line = token.map[0] if token.map else line
        yield line, token
        below = line
        for child in token.children or []:
            yield below, child
            below += child.type in ("softbreak", "hardbreak")


def _parse(text: str) -> list[Token]:
    return _parser().parse(text)


@cache
def _parser() -> MarkdownIt:
    options = {"html": False, "typographer": True, "quotes": "””’’", "xhtmlOut": True}
    parser = MarkdownIt("commonmark", options).enable(["table", "strikethrough", "smartquotes"])
    parser.disable(["code", "lheading"])
    # All links are parsed, and `problems` names the bad ones: a link that quietly stays text helps nobody.
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    parser.use(figures)
    parser.inline.ruler.before("link", "slot", _slot_rule)
    parser.add_render_rule("slot", _slot_html)
    return parser


def _slot_rule(state: StateInline, silent: bool) -> bool:
    """``{{ förnamn | vän }}``, wherever text may stand; code spans are taken before."""
    found = _FIELD.match(state.src, state.pos)
    if not found:
        return False
    if not silent:
        name, bar, fallback = found[1].partition("|")
        known = EDITORS_FIELDS.get(" ".join(name.casefold().split()))
        token = state.push("slot", "", 0)
        token.content = name.strip()
        if known:
            token.meta["slot"] = Slot(known.name, " ".join(fallback.split()) if bar else known.fallback)
    state.pos = found.end()
    return True


def _slot_html(_renderer: Any, parsed: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    return str(parsed[index].meta["slot"].marker)
