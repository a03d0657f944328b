"""Whether the colours of a mail can be told apart, in light and in dark.

Takes   the HTML, parsed.
Gives   the pairs of text and ground that cannot (WCAG 2.2, success criterion 1.4.3).
Fails   never: what it does not understand (gradients, names of colours) it passes over.

Colours stand in `style` and `bgcolor`; those of dark mode in the rules of `@media (prefers-color-scheme: dark)`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag
from soupsieve.util import SelectorSyntaxError

ENOUGH, ENOUGH_WHEN_LARGE = 4.5, 3.0  # WCAG 1.4.3
LARGE_PX, LARGE_BOLD_PX = 24.0, 18.66
MOST_SHOWN = 40

_DARK = re.compile(r"@media\s*\(prefers-color-scheme:\s*dark\)\s*\{((?:[^{}]*\{[^{}]*\})*)\s*\}")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_HEX = re.compile(r"#(?:([0-9a-f])([0-9a-f])([0-9a-f])|([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2}))", re.I)

Style = dict[str, str]


@dataclass(frozen=True, slots=True)
class Pair:
    """Words and two colours that are too alike."""

    words: str
    text: str
    ground: str
    ratio: float


def weakest(soup: BeautifulSoup, is_dark: bool) -> list[Pair]:
    """The pairs below the limit, each once."""
    over = _dark_styles(soup) if is_dark else {}
    body = soup.body or soup
    start = {"color": "#000000", "background-color": "#ffffff", "font-size": "16px"}
    return list({(p.text, p.ground): p for p in _walk(body, start, over)}.values())


def ratio(one: str, other: str) -> float | None:
    """The contrast of two colours ”#rrggbb”, 1–21; None when either is something else (WCAG 2.2, contrast ratio)."""
    first, second = _luminance(one), _luminance(other)
    if first is None or second is None:
        return None
    return (max(first, second) + 0.05) / (min(first, second) + 0.05)


def _walk(tag: Tag, inherited: Style, over: dict[int, Style]) -> Iterator[Pair]:
    style = inherited | _own(tag) | over.get(id(tag), {})
    if "display" in style and style.pop("display") == "none":
        return
    for child in tag.children:
        if isinstance(child, Tag):
            if child.name not in ("style", "script", "head", "img"):
                yield from _walk(child, style, over)
        elif type(child) is NavigableString and child.strip() and (pair := _pair(str(child), style)):
            yield pair


def _pair(words: str, style: Style) -> Pair | None:
    found = ratio(style["color"], style["background-color"])
    size = float(re.sub(r"[^\d.]", "", style["font-size"]) or 16) if style["font-size"].endswith("px") else 16.0
    is_bold = style.get("font-weight", "") in ("bold", "700", "800", "900")
    is_large = size >= LARGE_PX or (is_bold and size >= LARGE_BOLD_PX)
    if found is None or found >= (ENOUGH_WHEN_LARGE if is_large else ENOUGH) or size < 2:
        return None
    shown = " ".join(words.split())
    shown = shown if len(shown) <= MOST_SHOWN else shown[: MOST_SHOWN - 1] + "…"
    return Pair(shown, style["color"], style["background-color"], found)


def _own(tag: Tag) -> Style:
    style = {}
    if ground := tag.get("bgcolor"):
        style["background-color"] = str(ground)
    return style | _declarations(str(tag.get("style", "")))


def _declarations(text: str) -> Style:
    """The declarations that matter. `background:` counts when it is a colour and nothing else."""
    found = {}
    for part in text.split(";"):
        name, _, value = part.partition(":")
        name, value = name.strip().lower(), value.replace("!important", "").strip().lower()
        name = "background-color" if name == "background" else name
        if name in ("color", "background-color") and not _HEX.fullmatch(value):
            continue
        if name in ("color", "background-color", "font-size", "font-weight", "display"):
            found[name] = value
    return found


def _dark_styles(soup: BeautifulSoup) -> dict[int, Style]:
    """Tag -> what the rules of dark mode say of it; a later rule wins."""
    styles: dict[int, Style] = {}
    for sheet in soup.find_all("style"):
        for media in _DARK.finditer(sheet.get_text()):
            for rule in _RULE.finditer(media[1]):
                declarations = _declarations(rule[2])
                try:
                    tags = soup.select(rule[1].strip())
                except SelectorSyntaxError:
                    continue
                for tag in tags:
                    styles.setdefault(id(tag), {}).update(declarations)
    return styles


def _luminance(colour: str) -> float | None:
    found = _HEX.fullmatch(colour)
    if not found:
        return None
    parts = [p * 2 for p in found.groups()[:3]] if found[1] else found.groups()[3:]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (int(p, 16) / 255 for p in parts)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
