"""A picture in the text: ``![what it shows](bild.jpg "Foto: Namn")`` on a line of its own.

Takes   the line, through markdown-it; to make HTML, what each picture is called in the mail.
Gives   a token ”figure”; what is wrong with it; its HTML, with the alt text as words where there is no picture.
Fails   never.

Own instead of CommonMark's inline image, because file names have spaces, quotation marks come out curly, and a
picture in the middle of a sentence has no place in a mail.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml, unescapeAll
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token

from mailer.content import pictures
from mailer.content.text import has_forbidden

LONGEST_LINE = 1_000  # characters; the pattern below may take quadratic time
LONGEST_ALT = 500
FITS = "max-width:100%;height:auto;border:0"
NOT_ALONE = (
    "bilden går inte att läsa som den är skriven.",
    'Skriv den på en egen rad, som ![vad bilden visar](bild.jpg "Foto: Namn").',
)

_LINE = re.compile(r"!\[((?:\\.|[^\]\\])*)\]\((.*)\)")
_INSIDE = re.compile(r"\s*(?:<([^<>]*)>|(.*?))(?:\s+[\"”“'’](.*)[\"”“'’])?\s*")


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture as the text names it."""

    name: str  # of the file, from the folder of the text
    alt: str
    title: str  # as written, ”Foto: Namn”

    @property
    def credit(self) -> str:
        """Who took it."""
        return pictures.credit(self.title)


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture as the mail has it: ”cid:abc.jpg”, and its size in CSS pixels."""

    src: str
    width: int
    height: int


def figures(parser: MarkdownIt) -> None:
    """Let the parser know figures."""
    parser.block.ruler.before("reference", "figure", _rule, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    parser.add_render_rule("figure", _html)


def wrong(figure: Figure) -> tuple[str, str] | None:
    """What is wrong with it, and the remedy. That alt is missing is for the preflight to say."""
    if bad := pictures.wrong_name(figure.name):
        return bad
    if figure.title and not pictures.is_credit(figure.title):
        what = f"”{figure.title[:60]}” säger inte vem som tog bilden."
        return what, 'Skriv ![vad bilden visar](bild.jpg "Foto: Namn").'
    words = figure.alt + figure.title
    if has_forbidden(words):
        return "bildens beskrivning har ett osynligt tecken.", "Ta bort det: skriv beskrivningen på nytt."
    if "{{" in words:
        return "bildens beskrivning har ett fält, {{ … }}.", "Fält kan bara stå i löpande text."
    if len(figure.alt) > LONGEST_ALT:
        what = f"bildens beskrivning är {len(figure.alt)} tecken lång."
        return what, f"Korta den till högst {LONGEST_ALT} tecken, och skriv resten i texten."
    return None


def _rule(state: StateBlock, line: int, _last: int, silent: bool) -> bool:
    start, end = state.bMarks[line] + state.tShift[line], state.eMarks[line]
    if end - start > LONGEST_LINE or not state.src.startswith("![", start):
        return False
    figure = _read(state.src[start:end].rstrip())
    if figure is None:
        return False
    if not silent:
        token = state.push("figure", "", 0)
        token.map = [line, line + 1]
        token.meta["figure"] = figure
        state.line = line + 1
    return True


def _read(line: str) -> Figure | None:
    found = _LINE.fullmatch(line)
    inside = _INSIDE.fullmatch(found[2]) if found else None
    if not found or not inside or "](" in found[2]:
        return None
    name = pictures.written_in_text(inside[1] or inside[2] or "")
    return Figure(name, pictures.described(unescapeAll(found[1])), unescapeAll(inside[3] or "").strip())


def _html(_renderer: Any, parsed: Sequence[Token], index: int, _options: Any, env: Mapping[str, Any]) -> str:
    figure: Figure = parsed[index].meta["figure"]
    shown = env.get("pictures", {}).get(pictures.path_beside(f"{env.get('folder', '')}/x", figure.name))
    styles = env.get("styles", {})
    return picture_html(shown, figure.alt, figure.credit, styles)


def picture_html(shown: Shown | None, alt: str, credit: str, styles: Mapping[str, str]) -> str:
    """The picture and who took it, each a paragraph: what Outlook's engine knows how to set apart."""
    p = f' style="{escapeHtml(styles["p"])}"' if "p" in styles else ""
    caption = f' style="{escapeHtml(styles["caption"])}"' if "caption" in styles else p
    if shown is None:
        image = f"[Bild: {escapeHtml(alt)}]" if alt else "[Bild]"
    else:
        image = (
            f'<img src="{escapeHtml(shown.src)}" alt="{escapeHtml(alt)}" width="{shown.width}" '
            f'height="{shown.height}" style="{escapeHtml(styles.get("img", FITS))}" />'
        )
    below = f"<p{caption}>Foto: {escapeHtml(credit)}</p>\n" if credit else ""
    return f"<p{p}>{image}</p>\n{below}"
