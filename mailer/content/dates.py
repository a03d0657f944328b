"""Dates and times as people write them in Swedish.

Takes   ”2024-05-14”, ”14 maj”, ”3, 10 och 17 juni 2024”, ”18.30”, ”18:30–20”; for a date without a year, a day it
        lies near.
Gives   dates, times of day, aware datetimes.
Fails   Unreadable, with what is wrong and the remedy in Swedish.
"""

import calendar
import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mailer.words import MONTHS, WEEKDAYS, clock, day

_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_WORDS = re.compile(
    r"(?:((?:mån|tis|ons|tors|fre|lör|sön)dag)(?:en)? )?(?:den )?([0-9]{1,2})(?::?[ae])? ([a-zåäö]+)\.?(?: ([0-9]{4}))?"
)
# Ways that other countries and spreadsheets write. Read only to name the date that was meant, never as a date:
# 3/4 is March here and April there.
_FOREIGN = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})|([0-9]{4})[/.]([0-9]{1,2})[/.]([0-9]{1,2})")
_TIME = re.compile(r"(?:kl\.? ?|klockan )?([0-9]{1,2})(?:[.:]([0-9]{2}))?")
_DASH = re.compile(r"\s*[–—-]\s*|\s+till\s+")
_AND = re.compile(r"\s*[,;]\s*|\s+(?:och|samt|and|&)\s+", re.I)
_TAIL = re.compile(r"[^0-9]*[0-9]{1,2}(?::?[ae])?( [^0-9]+(?: [0-9]{4})?)", re.I)
EARLIEST, LATEST = 1990, 2100
LONGEST_SHOWN = 40  # characters of what is quoted back


class Unreadable(ValueError):
    """A date or time that cannot be read: what is wrong, and the remedy."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(what)
        self.what, self.remedy = what, remedy


def parse_date(text: str, near: date) -> date:
    """The date in `text`; without a year, the one of its day and month that lies nearest to `near`."""
    folded = " ".join(text.casefold().split())
    text = text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"
    if found := _ISO.fullmatch(folded):
        return _real(text, int(found[1]), int(found[2]), int(found[3]))
    if (found := _WORDS.fullmatch(folded)) and (month := _month(found[3])):
        number, year = int(found[2]), found[4]
        read = _real(text, int(year), month, number) if year else _nearest(text, month, number, near)
        return _on_weekday(text, read, found[1])
    if found := _FOREIGN.fullmatch(folded):
        parts = [int(part) for part in found.groups() if part]
        real = _real(text, *(parts if found[4] else reversed(parts)))
        raise Unreadable(
            f"datumet ”{text}” ska skrivas med året först.", f"Skriv det som {real}, om det är det du menar."
        )
    raise Unreadable(f"”{text}” är inget datum.", f"Skriv det som {near} eller {near.day} {MONTHS[near.month - 1]}.")


def parse_dates(text: str, near: date) -> list[date]:
    """The dates in ”3 juni, 10 juni” or ”3, 10 och 17 juni”, in order; each as by `parse_date`."""
    parts = [part for part in _AND.split(text.strip().rstrip(".")) if part]
    tail = ""  # of the date to the right, which a bare number shares: ” juni 2024”
    found = []
    for part in reversed(parts):
        if part.isdigit():
            part += tail
        elif worded := _TAIL.fullmatch(part):
            tail = worded[1]
        found.append(parse_date(part, near))
    return sorted(set(found))


def parse_times(text: str) -> tuple[time, time | None]:
    """The beginning and, where one is given, the end: ”18.30” or ”18.30–20.00”."""
    parts = _DASH.split(text.strip().casefold(), maxsplit=1)
    found = [_TIME.fullmatch(p) for p in parts]
    text = text[:LONGEST_SHOWN]
    if not all(found):
        raise Unreadable(f"”{text}” är inget klockslag.", "Skriv det som 18.30 eller 18.30–20.00.")
    times = [_clock(text, int(f[1]), int(f[2] or 0)) for f in found if f]
    return times[0], times[1] if len(times) > 1 else None


def at(on: date, when: time, zone: ZoneInfo) -> datetime:
    """The moment, aware. The earlier of two when the clock goes back; Unreadable in the hour that is skipped."""
    moment = datetime.combine(on, when, zone)
    real = moment.astimezone(UTC).astimezone(zone)
    if real.replace(tzinfo=None) != moment.replace(tzinfo=None):
        raise Unreadable(
            f"klockan {clock(moment)} finns inte {day(on, year=True)}: då ställs klockan fram.",
            f"Skriv tiden som {clock(real)}, om det är den du menar.",
        )
    return moment


def month_bounds(period: str) -> tuple[date, date]:
    """The first and the last day of ”2024-05”."""
    year, month = (int(part) for part in period.split("-"))
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def midnight_after(on: date, zone: ZoneInfo) -> datetime:
    """The end of the day, aware. The zones of this service skip no midnight."""
    return datetime.combine(on + timedelta(days=1), time(), zone)


def _month(word: str) -> int | None:
    """The number of ”maj” or of an abbreviation of three letters or more."""
    return next((n for n, name in enumerate(MONTHS, 1) if len(word) >= 3 and name.startswith(word)), None)


def _real(text: str, year: int, month: int, number: int) -> date:
    if not EARLIEST <= year <= LATEST:
        raise Unreadable(f"datumet ”{text}” ligger för långt bort.", f"Året ska vara mellan {EARLIEST} och {LATEST}.")
    if not 1 <= month <= 12:
        raise Unreadable(f"datumet ”{text}” finns inte.", "Ett år har tolv månader. Skriv det som 2024-05-14.")
    last = calendar.monthrange(year, month)[1]
    if not 1 <= number <= last:
        has = f"{MONTHS[month - 1].capitalize()} {year} har {last} dagar."
        raise Unreadable(f"datumet ”{text}” finns inte.", f"{has} Skriv det som {date(year, month, last)}.")
    return date(year, month, number)


def _nearest(text: str, month: int, number: int, near: date) -> date:
    """Also for 29 February: of the years around, those that have the day."""
    years = [y for y in range(near.year - 4, near.year + 5) if 1 <= number <= calendar.monthrange(y, month)[1]]
    if not years:
        return _real(text, near.year, month, number)
    return min((date(y, month, number) for y in years), key=lambda d: (abs((d - near).days), d))


def _on_weekday(text: str, read: date, weekday: str | None) -> date:
    """The date, unless the editor named another weekday: one of the two is a slip, and readers would come in vain."""
    if weekday and WEEKDAYS[read.weekday()] != weekday:
        raise Unreadable(
            f"”{text}” stämmer inte.",
            f"Den {day(read, year=True).partition(' ')[2]} är en {WEEKDAYS[read.weekday()]}.",
        )
    return read


def _clock(text: str, hour: int, minute: int) -> time:
    if hour == 24 and minute == 0:
        raise Unreadable(
            f"klockslaget ”{text}” slutar vid midnatt.", "Skriv 23.59, eller 00.00 och slutdatum dagen efter."
        )
    if hour > 23 or minute > 59:
        raise Unreadable(f"klockslaget ”{text}” finns inte.", "Skriv det som 18.30, mellan 00.00 och 23.59.")
    return time(hour, minute)
