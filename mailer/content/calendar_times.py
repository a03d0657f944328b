"""The dates and times of a calendar file, and the zones they are in.

Takes   lines, the zones that the file defines, the association's zone.
Gives   Moments: what a clock on the wall shows, and in which zone.
Fails   Misread for a value that is no date. A zone nobody knows is the association's, and a Problem says so.

All sums are done on the wall (a meeting at 18.30 is at 18.30 in winter too) and made real last.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from icalendar import Timezone
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from mailer.content.calendar_lines import Component, Line, Misread, shown
from mailer.errors import Problem

EARLIEST, LATEST = 1900, 2200
LONGEST = timedelta(days=366)  # of an event; what says more is a slip, and would be listed for ever
MOST_OWN_ZONES = 10
MOST_ZONE_LINES = 1_000
# Clocks change once a year, on a weekday of a month; any other rule is made to keep us busy.
_CHANGE = re.compile(
    r"FREQ=YEARLY(;(INTERVAL=1|BYMONTH=[0-9]{1,2}|BYDAY=[+-]?[1-5]?[A-Z]{2}|WKST=[A-Z]{2}|UNTIL=\w+))*;?"
)
_BEGINS = re.compile(r"(DTSTART[^:]*:)(\d{4})(.*)", re.I)
_VALUE = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)?(Z)?)?")
_DURATION = re.compile(r"([+-])?P(?:(\d{1,5})W)?(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,7})S)?)?")


@dataclass(frozen=True, slots=True)
class Moment:
    """What the clock on the wall shows in a zone. Of a whole day: its midnight."""

    wall: datetime  # naive
    zone: tzinfo
    is_date: bool = False

    def within(self, zone: tzinfo) -> datetime:
        """The wall's time in another zone, naive. A date is the same date everywhere."""
        if self.is_date or zone is self.zone:
            return self.wall
        return real(self.wall, self.zone).astimezone(zone).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class Length:
    """From beginning to end: days and hours on the wall, then hours that pass (RFC 5545 section 3.3.6)."""

    wall: timedelta
    passing: timedelta = timedelta(0)


@dataclass(slots=True)
class Zones:
    """The zones of one calendar. What cannot be known is noted in `problems` once."""

    where: str
    association: ZoneInfo
    floating: tzinfo | None  # of times without a zone; None: as the calendar says, else the association's
    calendars: tzinfo | None  # X-WR-TIMEZONE
    own: dict[str, Component]  # VTIMEZONE by TZID
    problems: list[Problem]
    known: dict[str, tzinfo] = field(default_factory=dict)

    def moment(self, line: Line, value: str | None = None) -> Moment:
        """The moment of a line, or of one of its values."""
        text = (line.value if value is None else value).strip()
        found = _VALUE.fullmatch(text)
        if not found:
            what = f"”{shown(text)}” är inget datum."
            raise Misread(what, "Det ska stå som 20240514T183000.", line.number)
        wall = _wall(line, *(int(part or 0) for part in found.groups()[:6]))
        if found[4] is None:
            return Moment(wall, self.association, is_date=True)
        if found[7]:
            return self._utc(wall)
        if tzid := line.parameters.get("TZID", "").strip('"'):
            return Moment(wall, self.named(tzid, line.number))
        return Moment(wall, self.floating or self.calendars or self.association)

    def named(self, tzid: str, number: int) -> tzinfo:
        """The zone of that name."""
        if tzid not in self.known:
            zone = standard_zone(tzid) or self._own(tzid)
            if zone is None:
                what = f"tidszonen ”{shown(tzid)}” är okänd."
                remedy = f"Tiderna läses som {self.association.key}. Kontrollera ett av evenemangen."
                self.problems.append(Problem(self.where, what, remedy, number))
            self.known[tzid] = zone or self.association
        return self.known[tzid]

    def _utc(self, wall: datetime) -> Moment:
        """Google writes UTC and means its X-WR-TIMEZONE: a weekly meeting stays at its hour when clocks change."""
        moment = Moment(wall, UTC)
        return Moment(moment.within(self.calendars), self.calendars) if self.calendars else moment

    def _own(self, tzid: str) -> tzinfo | None:
        """What the file itself says of the zone."""
        zone = self.own.get(tzid)
        if zone is None or len(zone.lines) > MOST_ZONE_LINES or len(self.known) > MOST_OWN_ZONES:
            return None
        if (place := zone.get("X-LIC-LOCATION")) and (found := standard_zone(place.text)):
            return found
        if not all(_CHANGE.fullmatch(line.value.upper().strip()) for line in zone.all("RRULE")):
            return None
        lines = [text for _, text in zone.lines]
        if len(zone.all("RRULE")) == len(
            zone.all("TZOFFSETTO")
        ):  # Outlook's begin in 1601: each look would start there
            lines = [_BEGINS.sub(lambda m: m[1] + max(m[2], "1970") + m[3], text) for text in lines]
        try:
            read = Timezone.from_ical("\r\n".join(["BEGIN:VTIMEZONE", *lines, "END:VTIMEZONE", ""]))
            made: tzinfo | None = read.to_tz(lookup_tzid=False) if isinstance(read, Timezone) else None
            datetime(2024, 7, 1, tzinfo=made).utcoffset()  # fails here when it fails at all
        except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError):
            return None
        return made


def standard_zone(name: str) -> ZoneInfo | None:
    """The zone of the IANA name, with or without somebody's path before it, or of the name Windows has for it."""
    name = name.strip().strip('"/')
    parts = name.split("/")[-3:]
    tails = ["/".join(parts[n:]) for n in range(len(parts))]
    for tail in (*tails, WINDOWS_TO_OLSON.get(name, "")):
        if tail in _iana():
            return ZoneInfo(tail)
    return None


def real(wall: datetime, zone: tzinfo) -> datetime:
    """The moment, aware, in UTC. A time that the clock skips is as much after the hour as it would have been."""
    moment = wall.replace(tzinfo=zone).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == wall:
        return moment
    before = (wall - timedelta(hours=6)).replace(tzinfo=zone).utcoffset() or timedelta(0)
    return (wall - before).replace(tzinfo=UTC)


def length(line: Line) -> Length:
    """The length in a DURATION."""
    found = _DURATION.fullmatch(line.value.strip().upper())
    if not found:
        raise Misread(f"”{shown(line.value)}” är ingen längd.", "Den ska stå som PT2H.", line.number)
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    sign = -1 if found[1] == "-" else 1
    passing = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return Length(sign * timedelta(weeks=weeks, days=days), sign * passing)


def values(lines: Sequence[Line]) -> list[tuple[Line, str]]:
    """Each of the values that lines such as EXDATE list."""
    return [(line, value) for line in lines for value in line.value.split(",") if value.strip()]


def _wall(line: Line, year: int, month: int, day: int, hour: int, minute: int, second: int) -> datetime:
    try:
        wall = datetime.combine(date(year, month, day), time(hour, minute, min(second, 59)))
    except ValueError as why:
        what = f"{year}-{month:02d}-{day:02d} kl. {hour}.{minute:02d} finns inte."
        raise Misread(what, "Datumet eller klockslaget är fel.", line.number) from why
    if not EARLIEST <= year <= LATEST:
        remedy = f"Det ska vara mellan {EARLIEST} och {LATEST}."
        raise Misread(f"året {year} ligger för långt bort.", remedy, line.number)
    return wall


@cache
def _iana() -> frozenset[str]:
    """The names that zones have. ZoneInfo itself would look for a file of any name."""
    return frozenset(available_timezones())
