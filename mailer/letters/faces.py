"""The typefaces of what is printed, and whether they have a sign for every character.

Takes   text.
Gives   its width; the same text as it can be printed; the characters that no typeface here has.
Fails   never.

Liberation Sans (SIL OFL 1.1) has what is written in Europe and in Vietnam. DejaVu Sans stands in for single signs. What
is written from right to left is not set by us: it counts as missing.
"""

import unicodedata
import weakref
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Literal

from fpdf import FPDF
from fpdf.fonts import TTFFont

Style = Literal["", "B", "I", "BI"]

FOLDER = Path(__file__).parent / "fonts"
FAMILY, STAND_IN = "letter", "standin"
FILES: dict[Style, str] = {
    "": "LiberationSans-Regular.ttf",
    "B": "LiberationSans-Bold.ttf",
    "I": "LiberationSans-Italic.ttf",
    "BI": "LiberationSans-BoldItalic.ttf",
}
STAND_IN_FILE = "DejaVuSans.ttf"
ASCENT, DESCENT = 0.95, 0.22  # of the size: from the baseline up to the ring of Å, and down to the tail of g
POINT = 25.4 / 72  # millimetres

_UNKNOWN = "?"
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
# Nothing is printed for these, and nobody misses them.
_UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp"})
# These mean the same in any typeface, or nothing: a picture that is missing is left out, a letter is not.
_ORNAMENTS = frozenset({"So", "Sk", "Mn", "Me", "Co"})
_INSTEAD = {"\u2011": "-", "\u00ad": "", "\u2028": " ", "\u2029": " ", "\t": " ", "\n": " ", "\r": " "}


def add_to(pdf: FPDF) -> None:
    """Give a document the typefaces."""
    for style, name in FILES.items():
        pdf.add_font(FAMILY, style, FOLDER / name)
    pdf.add_font(STAND_IN, "", FOLDER / STAND_IN_FILE)
    # The library reads on in the files until the document is written, and leaves them open.
    weakref.finalize(pdf, _close, tuple(font for font in pdf.fonts.values() if isinstance(font, TTFFont)))


def width(text: str, size: float, style: Style = "") -> float:
    """Millimetres of the text on one line. `size`: points. The text must be printable()."""
    widths, stand_in = _widths(FAMILY + style), _widths(STAND_IN)
    thousandths = sum(widths[sign] if sign in widths else stand_in.get(sign, 600) for sign in text)
    return thousandths / 1000 * size * POINT


def pieces(text: str, style: Style) -> Iterator[tuple[str, Style, str]]:
    """(family, style, text) in order: one, but where a sign comes from the other typeface."""
    widths = _widths(FAMILY + style)
    begun = 0
    for n in range(1, len(text) + 1):
        is_ours = text[begun] in widths
        if n == len(text) or (text[n] in widths) != is_ours:
            yield (FAMILY, style, text[begun:n]) if is_ours else (STAND_IN, "", text[begun:n])
            begun = n


def is_ours(text: str, style: Style) -> bool:
    """Whether all of it is in the first typeface."""
    return _widths(FAMILY + style).keys() >= set(text)


def printable(text: str) -> str:
    """The text on one line, of signs that are there: what is missing is ”?”, or nothing where it is an ornament."""
    plain = unicodedata.normalize("NFC", text)
    if plain.isascii() and plain.isprintable():
        return plain
    return "".join(map(_sign, plain))


def missing_glyphs(text: str) -> str:
    """The characters that would be seen and cannot be printed, each once, in order. ”” is what one hopes for."""
    plain = dict.fromkeys(unicodedata.normalize("NFC", text))
    return "".join(sign for sign in plain if unicodedata.category(sign) not in _UNSEEN and not _has(sign))


@cache
def _sign(sign: str) -> str:
    if sign in _INSTEAD:
        return _INSTEAD[sign]
    kind = unicodedata.category(sign)
    if kind in _UNSEEN:
        return ""
    if _has(sign):
        return sign
    return "" if kind in _ORNAMENTS else _UNKNOWN


@cache
def _has(sign: str) -> bool:
    if sign in _INSTEAD:
        return True
    if unicodedata.bidirectional(sign) in _RIGHT_TO_LEFT:
        return False
    return all(sign in _widths(FAMILY + style) for style in FILES) or sign in _widths(STAND_IN)


@cache
def _widths(face: str) -> dict[str, float]:
    """Character -> thousandths of the size."""
    return {
        chr(number): font.cw[number]
        for name, font in _fonts().fonts.items()
        if isinstance(font, TTFFont) and name == face
        for number in font.cmap
    }


def _close(fonts: Iterable[TTFFont]) -> None:
    for font in fonts:
        font.close()


@cache
def _fonts() -> FPDF:
    """A document that nobody prints: it has read the files."""
    pdf = FPDF()
    add_to(pdf)
    return pdf
