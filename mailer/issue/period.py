"""The calendar month an issue belongs to, and the moments in it.

Takes   a period (”2024-05”), the series' settings, the association's zone.
Gives   the days and moments: first, last, assembling, sending.
Fails   EditorError when a period is not written as a month.
"""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from mailer.content.blocks import MONTH_FOLDER
from mailer.content.dates import month_bounds
from mailer.errors import EditorError, Problem
from mailer.settings import Series


def parse_period(text: str) -> str:
    """The period in ”2024-05”."""
    if not MONTH_FOLDER.fullmatch(text):
        raise EditorError(Problem("", f"”{text}” är ingen månad.", "Skriv den som 2024-05."))
    return text


def period_of(day: date) -> str:
    """The period a day lies in."""
    return f"{day.year:04d}-{day.month:02d}"


def bounds(period: str) -> tuple[date, date]:
    """The first and the last day of the period."""
    return month_bounds(period)


def middle(period: str) -> date:
    """A day near which dates without a year lie: ”1 maj”, in an issue for May or April, is this year's."""
    return bounds(period)[0].replace(day=15)


def assemble_day(series: Series, period: str) -> date:
    """The day the issue is put together."""
    return bounds(period)[0].replace(day=series.assemble_day)


def send_moment(series: Series, period: str, zone: ZoneInfo) -> datetime:
    """When the issue goes out, aware, in the zone. Settings keep `send_time` out of the hour that DST moves."""
    return datetime.combine(bounds(period)[0].replace(day=series.send_day), time.fromisoformat(series.send_time), zone)
