"""A calendar that others keep, or an editor has put in the folder: .ics to events.

Takes   bytes, the name for Problems, the association's zone, a span of time.
Gives   Events with their dates in the span, and Problems with their lines.
Fails   EditorError when it is no calendar, or too large. One event with a mistake is left out and named.

Nothing in a calendar is trusted: words become plain text, rules are bounded, and of what is too much the rest is named.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from hashlib import sha256
from heapq import merge
from itertools import islice
from zoneinfo import ZoneInfo

from mailer.content import markdown
from mailer.content.calendar_lines import Component, File, Misread, take_apart
from mailer.content.calendar_series import Instance, Window, instances, moments, sequence
from mailer.content.calendar_times import Zones, standard_zone
from mailer.content.dates import Unreadable
from mailer.content.escape import markdown_safe, one_line, plain_text
from mailer.content.event_dates import AHEAD, BEFORE, Span
from mailer.content.events import LONGEST_PLACE, Event
from mailer.content.readers import MEMBERS, Readers
from mailer.content.source import Source, where
from mailer.content.titles import LONGEST_TITLE
from mailer.errors import Problem
from mailer.words import day

MOST_OCCURRENCES = 1_000
MOST_PROBLEMS = 25
MOST_WORK = 250_000  # days that rules are tried on; half a second. 500 weekly meetings, a year ahead
LONGEST_BODY = 2_000  # characters
LONGEST_LINK = 500
NOT_IN = "Evenemanget tas inte med."
_CALLED_OFF = re.compile(r"(?:inställt|inställd|inställda|cancelled|canceled)\s*[:!.–—-]+\s*", re.I)


@dataclass(slots=True)
class _Reading:
    """One calendar while it is read: what it is called, what is wrong so far, how much work is left."""

    where: str
    zones: Zones
    since: datetime
    until: datetime
    problems: list[Problem]
    work: int = MOST_WORK
    private: int = 0
    seen: set[tuple[int, str]] = field(default_factory=set)

    def note(self, component: Component, why: Unreadable) -> None:
        if (component.number, why.what) not in self.seen:
            self.seen.add((component.number, why.what))
            line = why.line if isinstance(why, Misread) else component.number
            self.problems.append(Problem(self.where, why.what, why.remedy, line))

    def leave_out(self, component: Component, why: Unreadable) -> None:
        """Note why there is nothing of the event."""
        if NOT_IN not in why.remedy:
            remedy = f"{why.remedy} {NOT_IN}"
            why = Misread(why.what, remedy, why.line if isinstance(why, Misread) else component.number)
        self.note(component, why)

    def spend(self, much: int) -> bool:
        self.work -= much
        return self.work >= 0


@dataclass(frozen=True, slots=True)
class _Date:
    """One date in the span, and where its words stand: in `own` what `instance.component` leaves out."""

    span: Span
    has_end: bool
    instance: Instance
    own: Component
    uid: str


def read_calendar(
    raw: bytes,
    where: str,
    zone: ZoneInfo,
    since: datetime,
    until: datetime,
    *,
    path: str = "",
    readers: Readers = MEMBERS,
    is_foreign: bool = True,
    floating: tzinfo | None = None,
) -> tuple[tuple[Event, ...], tuple[Problem, ...]]:
    """The events that have a date between `since` and `until`, and what is wrong in the calendar.

    `path`: what its events are known by; `where` when missing. `floating`: the zone of times without a zone (Zetkin's
    have none); None: the one that the calendar names for all of it, else `zone`. A date that differs from the others of
    its series in more than time is an Event of its own with the same uid.
    """
    file = take_apart(raw, where)
    reading = _Reading(where, _zones(file, where, zone, floating), since, until, file.problems)
    dates = _dates(file, reading)
    if len(dates) > MOST_OCCURRENCES:
        what = f"kalendern har fler än {MOST_OCCURRENCES} datum; bara de första tas med."
        remedy = f"Det sista som tas med är {day(dates[MOST_OCCURRENCES - 1].span.begins, year=True)}."
        reading.problems.append(Problem(where, what, remedy))
    known_by = (path or where, sha256(raw).hexdigest(), readers, is_foreign)
    events = _events(dates[:MOST_OCCURRENCES], reading, known_by)
    if reading.private:
        what, remedy = f"{reading.private} evenemang är märkta som privata.", "De tas inte med."
        if reading.private == 1:
            what, remedy = "ett evenemang är märkt som privat.", "Det tas inte med."
        reading.problems.append(Problem(where, what, remedy))
    return events, _capped(reading.problems, where)


def read_calendar_file(file: Source, near: date, zone: ZoneInfo) -> tuple[tuple[Event, ...], tuple[Problem, ...]]:
    """The events of a calendar in the editors' folder, as far around `near` as those of an event's file."""
    middle = datetime.combine(near, time(), zone)
    return read_calendar(
        file.raw, where(file.path), zone, middle - BEFORE, middle + AHEAD, path=file.path, is_foreign=False
    )


def _zones(file: File, where: str, zone: ZoneInfo, floating: tzinfo | None) -> Zones:
    own = {line.text: z for z in reversed(file.zones) if (line := z.get("TZID"))}
    zones = Zones(where, zone, floating, None, own, file.problems)
    if (line := file.head.get("X-WR-TIMEZONE")) and line.value.strip():
        zones.calendars = standard_zone(line.text) or zones.named(line.text, line.number)
    return zones


def _dates(file: File, reading: _Reading) -> list[_Date]:
    """The first dates in the span, in order of time; one more than MOST_OCCURRENCES, when there are."""
    all_series: dict[str, list[Component]] = defaultdict(list)
    for component in file.events:
        all_series[_uid(component)].append(component)
    parts: list[Iterator[_Date]] = []
    for uid, components in all_series.items():
        changes = [c for c in components if c.get("RECURRENCE-ID")]
        owns: Sequence[Component | None] = _newest([c for c in components if not c.get("RECURRENCE-ID")]) or [None]
        parts += [_of_series(o, [] if n else changes, f"{uid}/{n}" if n else uid, reading) for n, o in enumerate(owns)]
    first = islice(merge(*parts, key=lambda d: d.span.begins), MOST_OCCURRENCES + 1)
    return sorted(first, key=lambda d: (d.span.begins, d.uid, d.instance.component.number))


def _newest(owns: list[Component]) -> list[Component]:
    """Of several with the same UID the newest version; all, when nothing tells which that is: some give all one UID."""
    if len(owns) < 2:
        return owns
    best = max(map(_version, owns))
    newest = [own for own in owns if _version(own) == best]
    return list({tuple(text for _, text in own.lines): own for own in newest}.values())


def _version(component: Component) -> tuple[int, str]:
    changed = component.get("LAST-MODIFIED")
    return sequence(component), changed.value if changed else ""


def _of_series(own: Component | None, changes: list[Component], uid: str, reading: _Reading) -> Iterator[_Date]:
    """The dates of one series in the span. What is wrong with it ends it, and is noted."""
    zone, margin = reading.zones.association, timedelta(days=1)
    since, until = ((m.astimezone(zone) + d).date() for m, d in ((reading.since, -margin), (reading.until, margin)))
    window = Window(since, until, reading.note, reading.spend)
    try:
        for instance in instances(own, changes, reading.zones, window):
            begins, ends = moments(instance, reading.zones)
            over = ends or (begins + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
            if over > reading.since and begins < reading.until:
                planned = _planned(instance, reading.zones)
                span = Span(begins, over, planned=planned if planned != begins else None)
                yield _Date(span, ends is not None, instance, own or instance.component, uid)
    except Unreadable as why:
        reading.leave_out(own or changes[0], why)


def _planned(instance: Instance, zones: Zones) -> datetime:
    at_first = Instance(instance.component, instance.planned, instance.planned, None, instance.zone, instance.is_date)
    return moments(at_first, zones)[0]


def _events(dates: list[_Date], reading: _Reading, known_by: tuple[str, str, Readers, bool]) -> tuple[Event, ...]:
    """The dates with the same words about them as one event."""
    together: dict[tuple[str, int, bool, bool], list[_Date]] = defaultdict(list)
    for one in dates:
        together[one.uid, one.instance.component.number, one.instance.is_date, one.has_end].append(one)
    events = [event for group in together.values() if (event := _event(group, reading, known_by))]
    return tuple(sorted(events, key=lambda e: (e.begins, e.title, e.uid)))


def _event(group: list[_Date], reading: _Reading, known_by: tuple[str, str, Readers, bool]) -> Event | None:
    """The event of some dates of a series; None when nobody should read of it."""
    first, (path, file_hash, readers, is_foreign) = group[0], known_by
    if _text(first, "CLASS").upper() in ("PRIVATE", "CONFIDENTIAL"):
        reading.private += 1
        return None
    title = one_line(_text(first, "SUMMARY"), LONGEST_TITLE)
    named = _CALLED_OFF.sub("", title, count=1) if _CALLED_OFF.match(title) else title
    if not named:
        what = f"evenemanget {day(first.span.begins, year=True)} saknar rubrik (SUMMARY)."
        reading.note(first.instance.component, Unreadable(what, NOT_IN))
        return None
    body = plain_text(_text(first, "DESCRIPTION")[: 2 * LONGEST_BODY])
    link = _text(first, "URL").strip()
    repeats = first.own.get("RRULE") or first.own.get("RDATE") or first.own.get("RECURRENCE-ID")
    return Event(
        path,
        named,
        first.span.begins,
        first.span.ends,
        one_line(_text(first, "LOCATION"), LONGEST_PLACE),
        markdown_safe(body if len(body) <= LONGEST_BODY else body[: LONGEST_BODY - 1].rstrip() + "…"),
        file_hash,
        cancelled=_text(first, "STATUS").upper() == "CANCELLED" or named != title,
        is_all_day=first.instance.is_date,
        has_end=first.has_end and (not first.instance.is_date or _is_long(first.span)),
        readers=readers,
        link=link if len(link) <= LONGEST_LINK and not markdown.wrong_link(link) else "",
        uid=sha256(first.uid.encode("utf-8", "replace")).hexdigest()[:32],
        spans=tuple(one.span for one in group) if repeats else None,
        is_foreign=is_foreign,
        says_all_day=first.instance.is_date,
        sequence=sequence(first.instance.component),
    )


def _is_long(span: Span) -> bool:
    return span.ends - span.begins > timedelta(hours=25)  # a day is 25 hours long when clocks go back


def _text(one: _Date, name: str) -> str:
    """What is said of this date; where nothing is, of the series."""
    line = one.instance.component.get(name) or one.own.get(name)
    return line.text if line else ""


def _uid(component: Component) -> str:
    """The UID; of a component without one what makes it another than the rest."""
    if (line := component.get("UID")) and line.text.strip():
        return line.text.strip()
    return "\n".join(line.value for name in ("DTSTART", "SUMMARY") if (line := component.get(name)))


def _capped(problems: list[Problem], where: str) -> tuple[Problem, ...]:
    ordered = sorted(problems, key=lambda p: p.line)
    rest = len(ordered) - MOST_PROBLEMS
    if rest <= 0:
        return tuple(ordered)
    last = Problem(where, f"och {rest} problem till i kalendern.", "Säg till den som har kalendern.")
    return (*ordered[:MOST_PROBLEMS], last)
