"""The day of a step, as an editor writes it.

Takes   ”+4 dagar”, ”onsdagen efter +14”, ”14 dagar före stängning”, ”+35 till +75 dagar”, ”16 april”; the survey's
        days.
Gives   a When: days after the opening, or before the closing; the weekday it goes forward to; the end of a round.
Fails   Unreadable, with what is wrong and the remedy.
"""

import difflib
import re
from dataclasses import dataclass
from datetime import date, timedelta

from mailer.content.channel_plan.model import Step
from mailer.content.dates import Unreadable, parse_date
from mailer.words import WEEKDAYS

LONGEST_SHOWN = 40
EXAMPLES = "Skriv till exempel +4 dagar, onsdagen efter +14 eller 14 dagar före stängning."
_OPENING, _CLOSING = r"(?:öppning|start)\w*", r"(?:stängning|slut)\w*"
_PLAIN = re.compile(r"(?:dag\s*)?([+−–-]?)\s*(\d{1,3})\s*(?:(dag(?:ar)?|veck(?:a|or)|v|d)\b\.?)?")
_FROM = re.compile(
    rf"(?:(\d{{1,3}})\s*(dag(?:ar)?|veck(?:a|or))\s+)?(före|innan|efter)\s+(?:(?P<open>{_OPENING})|{_CLOSING})"
)
_ON = re.compile(rf"(?:vid |på )?(?:(?P<open>{_OPENING})|{_CLOSING})")
_WEEKDAY = re.compile(r"(?:den )?(?:första )?(\w+dag(?:en)?)\s+(?:efter|från)\s+(.+)")
_RANGE = re.compile(r"\s+(?:till och med|till|t\.?o\.?m\.?)\s+|\s*(?:…|\.\.\.?)\s*|\s+[–—-]\s+")


@dataclass(frozen=True, slots=True)
class When:
    """As in a Step."""

    offset: int
    from_end: bool = False
    weekday: int | None = None
    until: int | None = None


def parse_when(text: str, opens: date, closes: date) -> When:
    """The day, or the first and the last of a round, both counted from the same end."""
    folded = " ".join(text.casefold().split()).rstrip(".")
    parts = _RANGE.split(folded.removeprefix("från "), maxsplit=1)
    first = _one(parts[0], text, opens, closes)
    if len(parts) == 1:
        return first
    last = _one(parts[1], text, opens, closes)
    if _plain_without_sign(parts[0]) and last.from_end:  # ”30 till 10 dagar före stängning”
        first = When(first.offset, True, first.weekday)
    if last.from_end != first.from_end:
        length = (closes - opens).days
        last = When(length - last.offset, first.from_end)
    if last.weekday is not None:
        raise Unreadable(
            f"”{_short(text)}” slutar på en veckodag.", "Skriv rundans slut som dagar: +35 till +75 dagar."
        )
    return When(first.offset, first.from_end, first.weekday, last.offset)


def step_day(step: Step, opens: date, closes: date) -> date:
    """The step's own day, before anything moves it."""
    day = closes - timedelta(step.offset) if step.from_end else opens + timedelta(step.offset)
    return day if step.weekday is None else day + timedelta((step.weekday - day.weekday()) % 7)


def last_day(step: Step, opens: date, closes: date) -> date:
    """The last day of a telephone round; of any other step its own day."""
    if step.until is None:
        return step_day(step, opens, closes)
    return closes - timedelta(step.until) if step.from_end else opens + timedelta(step.until)


def written(when: When) -> str:
    """As an editor would write it; `parse_when` reads it back."""
    day = _from(when.offset, when.from_end)
    if when.until is not None:
        return f"{day} till {_from(when.until, when.from_end)}"
    return day if when.weekday is None else f"{WEEKDAYS[when.weekday]}en efter {day}"


def _from(offset: int, from_end: bool) -> str:
    if not from_end:
        return f"{offset:+} dagar".replace("-", "−") if offset else "öppningen"
    if not offset:
        return "stängningen"
    return f"{abs(offset)} dagar {'före' if offset > 0 else 'efter'} stängningen"


def _one(folded: str, text: str, opens: date, closes: date) -> When:
    if found := _WEEKDAY.fullmatch(folded):
        name = found[1].removesuffix("en")
        # ”den tredje dagen efter …” has no weekday in it, and is not understood either.
        if name not in WEEKDAYS:
            near = difflib.get_close_matches(name, WEEKDAYS, 1, cutoff=0.5)
            remedy = f"Menade du ”{near[0]}en”?" if near else "Veckodagarna är måndagen, tisdagen … söndagen."
            raise Unreadable(f"”{_short(found[1])}” är ingen veckodag.", remedy)
        day = _one(found[2], text, opens, closes)
        return When(day.offset, day.from_end, WEEKDAYS.index(name))
    if found := _FROM.fullmatch(folded):
        days = _days(found[1] or "0", found[2] or "dagar") * (-1 if found[3] == "efter" else 1)
        return When(-days) if found["open"] else When(days, from_end=True)
    if found := _ON.fullmatch(folded):
        return When(0, from_end=not found["open"])
    if found := _PLAIN.fullmatch(folded):
        days = _days(found[2], found[3] or "dagar")
        return When(days if found[1] in ("", "+") else -days)
    return _date(folded, text, opens, closes)


def _date(folded: str, text: str, opens: date, closes: date) -> When:
    """A meeting has a date. It is kept as days, so that it moves with nothing but the file."""
    try:
        return When((parse_date(folded, opens + (closes - opens) / 2) - opens).days)
    except Unreadable as why:
        # Where there are digits and a month it was meant as a date; else as days.
        is_date = re.search(r"\d.*(?:[a-zåäö]{3}|-\d)", folded) and "dag" not in folded
        if is_date and "är inget datum" not in why.what:
            raise
        raise Unreadable(f"”{_short(text)}” är ingen dag som går att räkna ut.", EXAMPLES) from why


def _days(number: str, unit: str) -> int:
    return int(number) * (7 if unit.startswith("v") else 1)


def _plain_without_sign(folded: str) -> bool:
    found = _PLAIN.fullmatch(folded)
    return found is not None and not found[1]


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
