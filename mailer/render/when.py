"""When an occurrence is, in words.

Takes   an Occurrence, the zone, the year that goes without saying.
Gives   ”tisdag 14 maj kl. 18.30–20.00”, ”onsdag 8–söndag 12 maj”, ”söndag 9 juni”.
Fails   never.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from mailer.content.events import Occurrence
from mailer.words import MONTHS, WEEKDAYS, clock, day

NBSP = "\u00a0"  # ”kl. 18.30” stays on one line


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


def short_month(value: datetime) -> str:
    """”maj”, ”juni”, ”aug”: for the date beside an event."""
    name = MONTHS[value.month - 1]
    return name if len(name) <= 4 else name[:3]
