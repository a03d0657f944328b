"""The copy deadline of a period: the last evening on which a block still comes in by itself.

Takes   a series, a period, the association's time zone.
Gives   its day, the moments at which those who write are told of it, and its words.
Fails   never.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mailer.issue.moments import first_day
from mailer.settings import Series
from mailer.words import MONTHS, WEEKDAYS

OFFER_AT = time(6)
NUDGE_AT = time(9)
FIRST_NUDGE, LAST_NUDGE = 5, 1  # days before


def last_day(series: Series, period: str) -> date:
    """The day before the issue is assembled, early in the morning."""
    return first_day(period).replace(day=series.assemble_day) - timedelta(days=1)


def offer_at(period: str, zone: ZoneInfo) -> datetime:
    """When the month's folder is made: a month ahead."""
    return _at((first_day(period) - timedelta(days=1)).replace(day=1), OFFER_AT, zone)


def nudge_at(series: Series, period: str, days: int, zone: ZoneInfo) -> datetime:
    """When those who have not written are reminded, so many days before."""
    return _at(last_day(series, period) - timedelta(days=days), NUDGE_AT, zone)


def in_words(day: date) -> str:
    """”söndagen den 2 juni, på kvällen”."""
    return f"{WEEKDAYS[day.weekday()]}en den {day.day} {MONTHS[day.month - 1]}, på kvällen"


def ahead(day: date, today: date) -> str:
    """”i morgon kväll”, ”om 5 dagar”."""
    days = (day - today).days
    return {0: "i kväll", 1: "i morgon kväll"}.get(days, f"om {days} dagar")


def _at(day: date, hour: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, hour, zone).astimezone(UTC)
