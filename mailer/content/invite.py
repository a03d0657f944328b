"""Calendar files of our own: what an issue lists, and what the branch's calendar holds, for the readers' calendars.

Takes   occurrences, or dates as they are remembered; the association's name and zone; the moment to date them by.
Gives   bytes by RFC 5545: the same for the same input, to everybody, without anything about who reads it.
Fails   never.

Each date is an event of its own on the clock of the association's zone, whose rules stand in the file (RFC 5545 section
3.6.5), so that no program has to understand our repetitions and the hour stays what it is when a parliament moves the
clocks. Its UID is the same in every issue and in the calendar one subscribes to, and a date that is moved or called
off replaces itself when a later file is opened.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from urllib.parse import quote
from zoneinfo import ZoneInfo

from icalendar import Calendar, Timezone
from icalendar import Event as Entry

from mailer.content import plain
from mailer.content.events import Event, Occurrence
from mailer.slots import MARKER

PRODUCT = "-//V Aktuellt//SV"
MEDIA_TYPE = "text/calendar; charset=utf-8; method=PUBLISH"
LONGEST_BODY = 2_000  # characters
NO_WIDTH = 10**6  # columns: lines are the reader's program's to break
ASK_AGAIN = timedelta(hours=6)  # how often a program that subscribes is asked to look (RFC 7986 section 5.7)


@dataclass(frozen=True, slots=True)
class Told:
    """One date, as a calendar tells of it."""

    uid: str
    begins: datetime
    ends: datetime
    is_all_day: bool
    has_end: bool
    title: str  # as it is shown: ”Inställt: Möte”
    place: str
    words: str  # plain text
    link: str
    is_cancelled: bool
    sequence: int
    dated: datetime  # when it was last changed, as far as we know
    is_remembered: bool = False  # `dated` is the change itself, and not the day of the issue


def uid_of(occurrence: Occurrence, association: str) -> str:
    """What programs know the date by. Two associations may have a file of the same name."""
    return _named(association, occurrence.uid)


def calendar_name(event: Event, association: str) -> str:
    """What the event's own calendar file is called, without ”.ics”: of one that does not repeat, its UID."""
    return _named(association, event.uid)


def told(occurrence: Occurrence, association: str, dated: datetime) -> Told:
    """The date, merge fields as those read it of whom nothing is known."""
    event = occurrence.event
    return Told(
        uid_of(occurrence, association), occurrence.begins, occurrence.ends, event.is_all_day, event.has_end,
        f"Inställt: {event.title}" if event.cancelled else event.title, event.place, _words(event.body), event.link,
        event.cancelled,
        event.sequence + event.cancelled, dated,
    )  # fmt: skip


def calendar_of(occurrences: Iterable[Occurrence], zone: ZoneInfo, association: str, now: datetime) -> bytes:
    """The file of an issue, dated `now`: when it was made, which a program takes for the newest of two versions."""
    return calendar_file([told(o, association, now) for o in occurrences], zone, association)


def calendar_file(dates: Sequence[Told], zone: ZoneInfo, name: str, is_feed: bool = False) -> bytes:
    """The file. `is_feed`: programs are told what it is called and how often to look (RFC 7986)."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    if is_feed:
        calendar.add("name", name)
        calendar.add("x-wr-timezone", zone.key)
        calendar.add("refresh-interval", ASK_AGAIN, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", "PT6H")
    if any(not one.is_all_day for one in dates):
        calendar.add_component(_zone(dates, zone))
    for one in dates:
        calendar.add_component(_entry(one, zone))
    return bytes(calendar.to_ical())


def _named(association: str, uid: str) -> str:
    return sha256(f"{association}\n{uid}".encode()).hexdigest()[:32]


def _zone(dates: Sequence[Told], zone: ZoneInfo) -> Timezone:
    """The rules of the zone in the years that are needed."""
    first = min(one.begins for one in dates).astimezone(zone).year
    last = max(max(one.ends, one.begins) for one in dates).astimezone(zone).year
    made = Timezone.from_tzinfo(zone, zone.key, date(first, 1, 1), date(last + 1, 1, 1))
    made.pop("comment", None)
    return made


def _entry(one: Told, zone: ZoneInfo) -> Entry:
    entry = Entry()
    entry.add("uid", one.uid)
    entry.add("dtstamp", one.dated.astimezone(UTC).replace(microsecond=0))
    if one.is_remembered:
        entry.add("last-modified", one.dated.astimezone(UTC).replace(microsecond=0))
    if one.is_all_day:
        entry.add("dtstart", one.begins.astimezone(zone).date())
        entry.add("dtend", one.ends.astimezone(zone).date())  # midnight: the day after the last
    else:
        entry.add("dtstart", _on_the_clock(one.begins, zone))
        if one.has_end:
            entry.add("dtend", _on_the_clock(one.ends, zone))
    entry.add("sequence", one.sequence)
    entry.add("status", "CANCELLED" if one.is_cancelled else "CONFIRMED")
    entry.add("summary", one.title)
    for name, value in (("location", one.place), ("description", one.words), ("url", _ascii(one.link))):
        if value:
            entry.add(name, value)
    return entry


def _on_the_clock(moment: datetime, zone: ZoneInfo) -> datetime:
    """On the zone's clock; in UTC where that clock shows an hour for the second time, which no file can say."""
    local = moment.astimezone(zone)
    return moment.astimezone(UTC) if local.fold else local


def _ascii(address: str) -> str:
    """The address as RFC 3986 has it: ”möte” as ”m%C3%B6te”."""
    return quote(address, safe="/:?#[]@!$&'()*+,;=%~")


def _words(body: str) -> str:
    """The text, merge fields as those read it of whom nothing is known."""
    words = MARKER.sub(lambda m: m[2] or "", plain.text(body, NO_WIDTH))
    return words if len(words) <= LONGEST_BODY else words[: LONGEST_BODY - 1].rstrip() + "…"
