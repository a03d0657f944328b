"""A calendar file of our own: what an issue lists, for the readers' calendars.

Takes   occurrences, the association's name and zone, the moment to date it by.
Gives   bytes by RFC 5545: the same for the same input, to everybody, without anything about who reads it.
Fails   never.

Each date is an event of its own, in UTC, so that no program has to understand our zone or rules; its UID is the same
in every issue, and a date that is moved or called off replaces itself when a later file is opened.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import quote
from zoneinfo import ZoneInfo

from icalendar import Calendar
from icalendar import Event as Entry

from mailer.content import plain
from mailer.content.events import Occurrence
from mailer.slots import MARKER

PRODUCT = "-//V Aktuellt//SV"
MEDIA_TYPE = "text/calendar; charset=utf-8; method=PUBLISH"
LONGEST_BODY = 2_000  # characters
NO_WIDTH = 10**6  # columns: lines are the reader's program's to break


def calendar_of(occurrences: Iterable[Occurrence], zone: ZoneInfo, association: str, now: datetime) -> bytes:
    """The file, dated `now`: the moment the issue was made, which a program takes for the newest of two versions."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", association)
    for occurrence in occurrences:
        calendar.add_component(_entry(occurrence, zone, association, now))
    return bytes(calendar.to_ical())


def _entry(occurrence: Occurrence, zone: ZoneInfo, association: str, now: datetime) -> Entry:
    event, entry = occurrence.event, Entry()
    entry.add("uid", sha256(f"{association}\n{occurrence.uid}".encode()).hexdigest()[:32])
    entry.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
    if event.is_all_day:
        entry.add("dtstart", occurrence.begins.astimezone(zone).date())
        entry.add("dtend", occurrence.ends.astimezone(zone).date())  # midnight: the day after the last
    else:
        entry.add("dtstart", occurrence.begins.astimezone(UTC))
        if event.has_end:
            entry.add("dtend", occurrence.ends.astimezone(UTC))
    entry.add("sequence", event.sequence + event.cancelled)
    entry.add("status", "CANCELLED" if event.cancelled else "CONFIRMED")
    entry.add("summary", f"Inställt: {event.title}" if event.cancelled else event.title)
    for name, value in (("location", event.place), ("description", _words(event.body)), ("url", _ascii(event.link))):
        if value:
            entry.add(name, value)
    return entry


def _ascii(address: str) -> str:
    """The address as RFC 3986 has it: ”möte” as ”m%C3%B6te”."""
    return quote(address, safe="/:?#[]@!$&'()*+,;=%~")


def _words(body: str) -> str:
    """The text, merge fields as those read it of whom nothing is known."""
    words = MARKER.sub(lambda m: m[2] or "", plain.text(body, NO_WIDTH))
    return words if len(words) <= LONGEST_BODY else words[: LONGEST_BODY - 1].rstrip() + "…"
