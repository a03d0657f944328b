"""The moments of a period: when its issue is assembled, sent, and when it is too late.

Takes   a series (its days and hour, in the association's time zone) and a period ”2024-05”.
Gives   aware moments in UTC.
Fails   never: settings forbid days over 28 and the hour in which clocks change.
"""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from mailer.settings import Series

ASSEMBLE_AT = time(6, 0)


def period_of(moment: datetime, zone: ZoneInfo) -> str:
    """The calendar month the moment falls in, where the association is."""
    local = moment.astimezone(zone)
    return f"{local.year}-{local.month:02d}"


def first_day(period: str) -> date:
    return date.fromisoformat(f"{period}-01")


def next_period(period: str) -> str:
    day = first_day(period)
    return f"{day.year + day.month // 12}-{day.month % 12 + 1:02d}"


def assemble_at(series: Series, period: str, zone: ZoneInfo) -> datetime:
    return _at(first_day(period).replace(day=series.assemble_day), ASSEMBLE_AT, zone)


def send_at(series: Series, period: str, zone: ZoneInfo) -> datetime:
    return _at(send_day(series, period), time.fromisoformat(series.send_time), zone)


def send_day(series: Series, period: str) -> date:
    return first_day(period).replace(day=series.send_day)


def ends_at(period: str, zone: ZoneInfo) -> datetime:
    """Midnight after the last day of the period: an issue may go late until then."""
    return _at(first_day(next_period(period)), time(0), zone)


def _at(day: date, hour: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, hour, zone).astimezone(UTC)
