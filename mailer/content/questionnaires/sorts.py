"""What a question wants, as an editor writes it after ”typ:”.

Takes   ”flera (högst 3)”, ”skala 1–5”, ”text”.
Gives   a Want: the sort and its bounds; or what is wrong, and the remedy.
Fails   never.
"""

import re
from dataclasses import dataclass

from mailer.content.questionnaires.model import Sort

NAMES = {
    "en": Sort.ONE, "ett": Sort.ONE, "ett val": Sort.ONE, "en av": Sort.ONE, "ett av": Sort.ONE, "one": Sort.ONE,
    "flera": Sort.SEVERAL, "flera val": Sort.SEVERAL, "several": Sort.SEVERAL, "kryss": Sort.SEVERAL,
    "skala": Sort.SCALE, "scale": Sort.SCALE,
    "tal": Sort.NUMBER, "antal": Sort.NUMBER, "number": Sort.NUMBER,
    "datum": Sort.DATE, "dag": Sort.DATE, "date": Sort.DATE,
    "text": Sort.TEXT, "fritext": Sort.TEXT,
}  # fmt: skip
SHOWN = "en, flera, skala 1–5, tal, datum eller text"
LARGEST_NUMBER = 1_000_000
WIDEST_SCALE = 11  # steps: 0–10
LONGEST_TEXT, USUAL_TEXT = 2_000, 1_000  # characters; each ballot is padded to the longest there may be
_RANGE = re.compile(r"(-?\d{1,9})\s*(?:–|—|-|till|to)\s*(-?\d{1,9})")
_MOST = re.compile(r"(?:högst|max(?:imalt)?|at most)\s*(\d{1,9})")
_LEAST = re.compile(r"(?:minst|at least)\s*(\d{1,9})")
_WORDS_BETWEEN = re.compile(r"\b(?:tecken|val|characters)\b|[(),.]")


@dataclass(frozen=True, slots=True)
class Want:
    """A sort and its bounds, as `Question` has them."""

    sort: Sort
    least: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Unclear:
    """What is wrong with the line, and the remedy."""

    what: str
    remedy: str


def read_want(written: str) -> Want | Unclear:
    """The sort and its bounds."""
    value = " ".join(written.casefold().split())
    if not value:
        return Unclear("frågan har ingen typ.", f"Skriv typ: och {SHOWN}.")
    name = max((n for n in NAMES if re.match(rf"{n}(?![\wåäö])", value)), key=len, default="")
    if not name:
        return Unclear(f"typen ”{value[:40]}” finns inte.", f"Det som finns är {SHOWN}.")
    sort, rest = NAMES[name], value[len(name) :]
    bounds = _bounds(rest)
    if bounds is None:
        return Unclear(f"”{value[:40]}” går inte att förstå.", _EXAMPLE[sort])
    return _checked(sort, *bounds)


_EXAMPLE = {
    Sort.ONE: "Skriv typ: en",
    Sort.SEVERAL: "Skriv till exempel typ: flera (högst 3)",
    Sort.SCALE: "Skriv till exempel typ: skala 1–5",
    Sort.NUMBER: "Skriv till exempel typ: tal 0–20",
    Sort.DATE: "Skriv typ: datum",
    Sort.TEXT: "Skriv till exempel typ: text (högst 500)",
}


def _bounds(rest: str) -> tuple[int | None, int | None] | None:
    """Least and most in what follows the name; None when something else stands there."""
    least = most = None
    if found := _RANGE.search(rest):
        least, most = int(found[1]), int(found[2])
        rest = rest[: found.start()] + rest[found.end() :]
    if found := _MOST.search(rest):
        most = int(found[1])
        rest = rest[: found.start()] + rest[found.end() :]
    if found := _LEAST.search(rest):
        least = int(found[1])
        rest = rest[: found.start()] + rest[found.end() :]
    rest = re.sub(r"\boch\b|\band\b", "", _WORDS_BETWEEN.sub(" ", rest))
    return None if rest.strip() else (least, most)


def _checked(sort: Sort, least: int | None, most: int | None) -> Want | Unclear:
    if least is not None and most is not None and most < least:
        return Unclear(f"det högsta ({most}) är lägre än det lägsta ({least}).", "Byt plats på talen.")
    if sort in (Sort.ONE, Sort.DATE):
        if (least, most) != (None, None):
            return Unclear(f"”{'en' if sort == Sort.ONE else 'datum'}” tar inga tal.", _EXAMPLE[sort])
        return Want(sort)
    if sort == Sort.SCALE:
        return _scale(least, most)
    if sort == Sort.NUMBER:
        least, most = (0 if least is None else least), (9_999 if most is None else most)
        if least < 0 or most > LARGEST_NUMBER or most < least:
            remedy = f"Tal ligger mellan 0 och {LARGEST_NUMBER}, det lägsta först."
            return Unclear(f"{least}–{most} går inte att svara på.", remedy)
        return Want(sort, least, most)
    if sort == Sort.TEXT:
        most = USUAL_TEXT if most is None else most
        if least or not 1 <= most <= LONGEST_TEXT:
            return Unclear("texten ska ha en längd som går att ta emot.", f"Skriv högst 1–{LONGEST_TEXT} tecken.")
        return Want(sort, None, most)
    return Want(sort, least, most)


def _scale(least: int | None, most: int | None) -> Want | Unclear:
    if least is None or most is None or least == most:
        return Unclear("skalan saknar sitt första och sista tal.", _EXAMPLE[Sort.SCALE])
    if least < 0 or most > 100 or most - least >= WIDEST_SCALE:
        return Unclear(f"skalan {least}–{most} är för vid.", f"Ha högst {WIDEST_SCALE} steg, till exempel 0–10.")
    return Want(Sort.SCALE, least, most)
