"""The dates of one event of a calendar: what its rule gives, less what is taken away, with what is moved.

Takes   the components that have one UID, the zones, a span of time.
Gives   Instances: from when until when, and which component tells about it.
Fails   Unreadable when the event's own dates cannot be read; of a changed date that cannot be, a Problem.

RFC 5545 sections 3.8.4.4 (RECURRENCE-ID, THISANDFUTURE) and 3.8.5 (EXDATE, RDATE, RRULE).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from heapq import merge

from mailer.content.calendar_lines import Component, Line, Misread, shown
from mailer.content.calendar_rules import LEFT_OUT, parse_rrule
from mailer.content.calendar_times import LONGEST, Length, Moment, Zones, length, real, values
from mailer.content.dates import Unreadable
from mailer.content.recurrence import days, work

DAY = timedelta(days=1)
MOST_NAMED = 2_000  # dates in RDATE and EXDATE of one event
MOST_RULES = 4
NO_END = "Det visas utan sluttid."

Note = Callable[[Component, Unreadable], None]


@dataclass(frozen=True, slots=True)
class Instance:
    """One date. `begins` and `ends` on the wall of `zone`; without an end `ends` is None."""

    component: Component  # what tells about it
    planned: datetime  # on the wall: the date it has by the rule
    begins: datetime
    length: Length | None
    zone: tzinfo
    is_date: bool


@dataclass(frozen=True, slots=True)
class Window:
    """The span that is wanted, as days, and how many days may be looked at. `note` takes what is wrong with a date."""

    since: date
    until: date
    note: Note
    spend: Callable[[int], bool]  # whether so much work is left


@dataclass(frozen=True, slots=True)
class _Change:
    """A component that changes one date, or it and all after."""

    component: Component
    planned: datetime
    first: Moment
    length: Length | None
    and_after: bool


def instances(own: Component | None, changes: list[Component], zones: Zones, window: Window) -> Iterator[Instance]:
    """The dates in the window, about, in order, made one by one: the caller looks again when the times are real.

    `own`: the component without RECURRENCE-ID; without it (the file holds a part of the series) each change is a date.
    """
    if own is None:
        for component in changes:
            first, long = when(component, zones, window.note)
            planned = _planned(component, zones, first.zone) or first.wall
            yield Instance(component, planned, first.wall, long, first.zone, first.is_date)
        return
    first, long = when(own, zones, window.note)
    changed = _changes(changes, first, zones, window.note)
    alone = {c.planned: c for c in changed if not c.and_after}
    onward = sorted((c for c in changed if c.and_after), key=lambda c: c.planned)
    planned_dates = _planned_dates(own, first, long, onward, zones, window)
    as_planned = (_moved(own, day, its, first, onward) for day, its in planned_dates if day not in alone)
    moved = sorted((_alone(change, first) for change in alone.values()), key=_begins)
    yield from merge(sorted(as_planned, key=_begins) if onward else as_planned, moved, key=_begins)


def _begins(instance: Instance) -> datetime:
    return instance.begins


def _alone(change: _Change, first: Moment) -> Instance:
    begins = change.first.within(first.zone)
    return Instance(change.component, change.planned, begins, change.length, first.zone, change.first.is_date)


def when(component: Component, zones: Zones, note: Note) -> tuple[Moment, Length | None]:
    """Beginning and length. An end that cannot be meant is noted, and the event has none."""
    begin = component.get("DTSTART")
    if begin is None:
        raise Unreadable("evenemanget saknar tid (DTSTART).", LEFT_OUT)
    first = zones.moment(begin)
    try:
        long = _length(component, first, zones)
    except Unreadable as why:
        note(component, _mended(why, NO_END))
        return first, None
    total = long.wall + long.passing if long else timedelta(0)
    if total < timedelta(0):
        note(component, Unreadable("evenemanget slutar innan det börjar.", NO_END))
        return first, None
    if total > LONGEST:
        note(component, Unreadable("evenemanget håller på i mer än ett år.", NO_END))
        return first, None
    return first, long if total else None


def _mended(why: Unreadable, remedy: str) -> Unreadable:
    return Misread(why.what, remedy, why.line) if isinstance(why, Misread) else Unreadable(why.what, remedy)


def _length(component: Component, first: Moment, zones: Zones) -> Length | None:
    if end := component.get("DTEND"):
        last = zones.moment(end)
        if first.is_date != last.is_date:
            return Length(datetime.combine(last.wall, time()) - datetime.combine(first.wall, time()))
        return Length(last.within(first.zone) - first.wall)
    line = component.get("DURATION")
    return length(line) if line else None


def _planned(component: Component, zones: Zones, zone: tzinfo) -> datetime | None:
    line = component.get("RECURRENCE-ID")
    return zones.moment(line).within(zone) if line else None


def _changes(changes: list[Component], first: Moment, zones: Zones, note: Note) -> list[_Change]:
    """The changes that can be read; of two for one date the one with the higher SEQUENCE, or the later in the file."""
    found: dict[tuple[datetime, bool], _Change] = {}
    for component in sorted(changes, key=sequence):
        try:
            line = component.get("RECURRENCE-ID")
            planned = _planned(component, zones, first.zone)
            if line is None or planned is None:
                continue
            if zones.moment(line).is_date and not first.is_date:
                planned = datetime.combine(planned, first.wall.time())
            begins, long = when(component, zones, note)
        except Unreadable as why:
            note(component, why)
            continue
        and_after = line.parameters.get("RANGE", "").upper() == "THISANDFUTURE"
        found[(planned, and_after)] = _Change(component, planned, begins, long, and_after)
    return list(found.values())


def sequence(component: Component) -> int:
    """How often it has been changed."""
    line = component.get("SEQUENCE")
    text = line.value.strip() if line else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _planned_dates(
    own: Component, first: Moment, long: Length | None, onward: list[_Change], zones: Zones, window: Window
) -> Iterator[tuple[datetime, Length | None]]:
    """The dates by rule and list, less what is taken away, in order; each with its length."""
    away, away_days = _named(own, "EXDATE", first, zones, window.note)
    listed, periods = _listed(own, first, zones, window.note)
    shift = max((abs(c.first.within(first.zone) - c.planned) for c in onward), default=timedelta(0))
    margin = min(shift, LONGEST) + (long.wall + long.passing if long else DAY) + 2 * DAY
    rules = [_by_rule(line, first, zones, window, margin) for line in own.all("RRULE")[:MOST_RULES]]
    for line in own.all("EXRULE")[:MOST_RULES]:
        away.update(_by_rule(line, first, zones, window, margin))
    before = None
    for planned in merge(sorted({first.wall} | listed), *rules):
        if planned != before and planned not in away and planned.date() not in away_days:
            yield planned, periods.get(planned, long)
        before = planned


def _by_rule(line: Line, first: Moment, zones: Zones, window: Window, margin: timedelta) -> Iterator[datetime]:
    rule, begins = parse_rrule(line, first, zones), first.wall.date()
    since, until = window.since - margin, window.until + margin
    if not window.spend(work(rule, begins, since, until)):
        raise Unreadable("kalendern har fler upprepningar än vi hinner räkna ut.", LEFT_OUT)
    return (datetime.combine(day, first.wall.time()) for day in days(rule, begins, since, until))


def _named(own: Component, name: str, first: Moment, zones: Zones, note: Note) -> tuple[set[datetime], set[date]]:
    """The moments that the lines name, and the days: Outlook takes a whole day away, whatever the hour."""
    moments: set[datetime] = set()
    whole: set[date] = set()
    for line, value in values(own.all(name))[:MOST_NAMED]:
        try:
            moment = zones.moment(line, value)
        except Unreadable as why:
            note(own, why)
            continue
        if moment.is_date and not first.is_date:
            whole.add(moment.wall.date())
        else:
            wall = moment.within(first.zone)
            moments.add(datetime.combine(wall, time()) if first.is_date else wall)
    return moments, whole


def _listed(
    own: Component, first: Moment, zones: Zones, note: Note
) -> tuple[set[datetime], dict[datetime, Length | None]]:
    """The dates of RDATE, and the length of those that are periods."""
    found: set[datetime] = set()
    periods: dict[datetime, Length | None] = {}
    for line, value in values(own.all("RDATE"))[:MOST_NAMED]:
        begins, _, ends = value.partition("/")
        try:
            moment = zones.moment(line, begins)
            wall = moment.within(first.zone)
            if moment.is_date:
                wall = datetime.combine(wall, first.wall.time())
            if ends:
                periods[wall] = _period(line, wall, ends, first, zones)
        except Unreadable as why:
            note(own, why)
            continue
        found.add(wall)
    return found, periods


def _period(line: Line, begins: datetime, ends: str, first: Moment, zones: Zones) -> Length:
    if ends.strip().upper().startswith(("P", "+P")):
        found = length(Line(line.number, line.name, {}, ends))
    else:
        found = Length(zones.moment(line, ends).within(first.zone) - begins)
    if not timedelta(0) <= found.wall + found.passing <= LONGEST:
        raise Unreadable(f"”{shown(ends)}” är ingen rimlig sluttid.", "Det datumet tas inte med.")
    return found


def _moved(
    own: Component, planned: datetime, its_length: Length | None, first: Moment, onward: list[_Change]
) -> Instance:
    """The date as the last change of it and all after has it."""
    change = next((c for c in reversed(onward) if c.planned <= planned), None)
    if change is None:
        return Instance(own, planned, planned, its_length, first.zone, first.is_date)
    begins = planned + (change.first.within(first.zone) - change.planned)
    return Instance(change.component, planned, begins, change.length, first.zone, change.first.is_date)


def moments(instance: Instance, zones: Zones) -> tuple[datetime, datetime | None]:
    """Beginning and end, aware, in the association's zone; None when it has no end."""
    zone, long = zones.association if instance.is_date else instance.zone, instance.length
    begins = real(instance.begins, zone)
    if instance.is_date:
        wall = long.wall + long.passing if long else DAY
        ends: datetime | None = real(instance.begins + max(DAY, DAY * -(-wall // DAY)), zone)
    else:
        ends = real(instance.begins + long.wall, zone) + long.passing if long else None
        if ends and long and ends <= begins:  # the clock has skipped the beginning, not the end
            ends = begins + long.wall
    return begins.astimezone(zones.association), ends.astimezone(zones.association) if ends else None
