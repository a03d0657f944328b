"""When an occurrence is, in words.

Takes   an Occurrence, or a Group of those of one event; the zone, the year that goes without saying.
Gives   ”tisdag 14 maj kl. 18.30–20.00”, ”onsdag 8–söndag 12 maj”, ”söndag 9 juni”, ”måndagar 3, 10 och 17 juni”.
Fails   never.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from mailer.content.events import Event, Occurrence
from mailer.words import MONTHS, WEEKDAYS, clock, day, listing

NBSP = "\u00a0"  # ”kl. 18.30” stays on one line
MOST_LISTED = 6  # dates; a series of more is told by its first and last, when it has no gaps


@dataclass(frozen=True, slots=True)
class Group:
    """The dates of one event that are told together, in order."""

    event: Event
    occurrences: tuple[Occurrence, ...]

    @property
    def begins(self) -> datetime:
        """Of the first."""
        return self.occurrences[0].begins


def grouped(occurrences: Iterable[Occurrence]) -> tuple[Group, ...]:
    """The occurrences, those of one event together where its first one stands.

    A date that is called off, or has other words than the rest, is a group of its own.
    """
    alike: dict[tuple[object, ...], list[Occurrence]] = defaultdict(list)
    for o in occurrences:
        e = o.event
        words = (e.title, e.place, e.body, e.link, e.cancelled, e.is_all_day, e.has_end)
        alike[(e.path, e.uid, *words)].append(o)
    return tuple(Group(found[0].event, tuple(found)) for found in alike.values())


def when_group(group: Group, zone: ZoneInfo, year: int) -> str:
    """The days and times of all its dates: ”måndagar 3 och 10 juni kl. 18.00–20.00, samt torsdag 20 juni kl. 19.00”."""
    parts: dict[tuple[int, str], list[Occurrence]] = {}
    for nth, o in enumerate(group.occurrences):
        hours = _hours(o, zone)
        parts.setdefault((0, hours) if hours is not None else (nth + 1, ""), []).append(o)
    said = [
        when(some[0], zone, year)
        if len(some) == 1
        else f"{_list_of_days([o.begins.astimezone(zone).date() for o in some], year)}{hours}"
        for (_, hours), some in parts.items()
    ]
    return said[0] if len(said) == 1 else f"{', '.join(said[:-1])}, samt {said[-1]}"


def when(occurrence: Occurrence, zone: ZoneInfo, year: int) -> str:
    """The days and times of the occurrence; the year is named when it is another than `year`."""
    begins, ends = occurrence.begins.astimezone(zone), occurrence.ends.astimezone(zone)
    if occurrence.event.is_all_day or not occurrence.event.has_end:
        ends -= timedelta(microseconds=1)  # they end at midnight: the day before is the last
    named = begins.year != year or ends.year != year
    if occurrence.event.is_all_day:
        return _days(begins, ends, named)
    start = f"{day(begins.date(), named)} kl.{NBSP}{clock(begins)}"
    if not occurrence.event.has_end:
        return start
    if begins.date() == ends.date():
        return f"{start}–{clock(ends)}"
    return f"{start} till {day(ends.date(), named)} kl.{NBSP}{clock(ends)}"


def _days(begins: datetime, ends: datetime, year: bool) -> str:
    if begins.date() == ends.date():
        return day(begins.date(), year)
    if (begins.year, begins.month) == (ends.year, ends.month):
        return f"{WEEKDAYS[begins.weekday()]} {begins.day}–{day(ends.date(), year)}"
    return f"{day(begins.date(), year)}–{day(ends.date(), year)}"


def _hours(occurrence: Occurrence, zone: ZoneInfo) -> str | None:
    """What follows the day: ” kl. 18.00–20.00”, or nothing. None: it goes on over midnight, and is told by itself."""
    begins, ends = occurrence.begins.astimezone(zone), occurrence.ends.astimezone(zone)
    if occurrence.event.is_all_day or not occurrence.event.has_end:
        ends -= timedelta(microseconds=1)
    if begins.date() != ends.date():
        return None
    if occurrence.event.is_all_day:
        return ""
    return f" kl.{NBSP}{clock(begins)}{f'–{clock(ends)}' if occurrence.event.has_end else ''}"


def _list_of_days(dates: Sequence[date], year: int) -> str:
    """”måndagar 27 maj samt 3 och 10 juni”, ”måndag 3 och onsdag 5 juni”, ”måndagar 3 juni–26 augusti”."""
    weekdays = sorted({d.weekday() for d in dates})
    if len(dates) > MOST_LISTED and _has_no_gaps(dates, weekdays):
        return f"{_every(weekdays)} {_from_to(dates[0], dates[-1], year)}"
    months: dict[tuple[int, int], list[date]] = defaultdict(list)
    for d in dates:
        months[d.year, d.month].append(d)
    mixed = len(weekdays) > 1  # then each number has its weekday before it
    parts = []
    for some in months.values():
        numbers = [f"{WEEKDAYS[d.weekday()]} {d.day}" if mixed else str(d.day) for d in some]
        parts.append(f"{listing(numbers)} {_month(some[0], year)}")
    last = "och" if len(parts) == len(dates) else "samt"
    return listing(parts, last) if mixed else f"{WEEKDAYS[weekdays[0]]}ar {listing(parts, last)}"


def _has_no_gaps(dates: Sequence[date], weekdays: Sequence[int]) -> bool:
    """Whether the dates are all the days of those weekdays from the first to the last."""
    days = (dates[0] + timedelta(days=n) for n in range((dates[-1] - dates[0]).days + 1))
    return [d for d in days if d.weekday() in weekdays] == list(dates)


def _every(weekdays: Sequence[int]) -> str:
    if len(weekdays) == len(WEEKDAYS):
        return "varje dag"
    return "vardagar" if list(weekdays) == [0, 1, 2, 3, 4] else listing([f"{WEEKDAYS[n]}ar" for n in weekdays])


def _from_to(first: date, last: date, year: int) -> str:
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day}–{last.day} {_month(last, year)}"
    return f"{first.day} {_month(first, year)}–{last.day} {_month(last, year)}"


def _month(d: date, year: int) -> str:
    return MONTHS[d.month - 1] if d.year == year else f"{MONTHS[d.month - 1]} {d.year}"


def short_month(value: datetime) -> str:
    """”maj”, ”juni”, ”aug”: for the date beside an event."""
    name = MONTHS[value.month - 1]
    return name if len(name) <= 4 else name[:3]
