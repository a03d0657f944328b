"""Events: something with a beginning, a place and a time zone; listed until it is over.

Takes   a file's text, its path and hash, the zone, and a day near which dates without a year lie.
Gives   an Event, and the occurrences that lie ahead.
Fails   EditorError with everything that is wrong in the file, each with its line.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from mailer.content import frontmatter, markdown
from mailer.content.blocks import month_of
from mailer.content.dates import Unreadable, at, midnight_after, month_bounds, parse_times
from mailer.content.fields import Fields
from mailer.content.readers import MEMBERS, Readers
from mailer.content.source import where
from mailer.content.titles import LONGEST_TITLE, title_and_body
from mailer.errors import EditorError, Problem

FOLDERS = ("evenemang", "events")
LONGEST_PLACE = 200

KEYS = {
    "rubrik": "rubrik", "title": "rubrik",
    "datum": "datum", "date": "datum",
    "tid": "tid", "time": "tid",
    "slutdatum": "slutdatum", "slut": "slutdatum", "till och med": "slutdatum", "end": "slutdatum",
    "plats": "plats", "place": "plats",
    "inställt": "inställt", "inställd": "inställt", "cancelled": "inställt",
    "ansvarig": "ansvarig", "owner": "ansvarig",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Event:
    """One file in content/evenemang/."""

    path: str  # relative to content/, NFC
    title: str
    begins: datetime  # aware, in the association's zone; midnight when it is all day
    ends: datetime  # aware; where the editor gave no end, the end of the day: until then it may be going on
    place: str
    body: str  # Markdown, often empty
    hash: str  # SHA-256 of the file's bytes, hex
    owner: str = ""
    cancelled: bool = False
    is_all_day: bool = False
    has_end: bool = False  # whether `ends` is what the editor wrote
    line_of_body: int = 1
    readers: Readers = MEMBERS


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One date of an event. An event that does not repeat has one."""

    event: Event
    begins: datetime
    ends: datetime


def is_event(path: str) -> bool:
    """Whether the file lies in a folder for events."""
    return any(part.casefold() in FOLDERS for part in path.split("/")[:-1])


def upcoming(events: Iterable[Event], since: datetime, until: datetime) -> tuple[Occurrence, ...]:
    """The occurrences that are not over at `since` and begin before `until`, in order of time."""
    found = (Occurrence(e, e.begins, e.ends) for e in events)
    return tuple(
        sorted(
            (o for o in found if o.ends > since and o.begins < until),
            key=lambda o: (o.begins, not o.event.is_all_day, o.event.path),
        )
    )


def parse_event(path: str, text: str, file_hash: str, near: date, zone: ZoneInfo) -> Event:
    """The Event in `text`. ”14 maj” is the 14 May nearest to `near`, or to the month of the folder."""
    problems: list[Problem] = []
    month = month_of(path)
    document, wrong = frontmatter.split(text, where(path), KEYS)
    fields = Fields(document, where(path), month_bounds(month)[0].replace(day=15) if month else near, problems)
    problems += wrong
    title, body = title_and_body(fields, "evenemanget")
    problems += markdown.problems(body, where(path), document.line_of_body)
    times = None if wrong else _times(fields, zone)
    place = fields.line("plats", LONGEST_PLACE)
    owner, cancelled = fields.line("ansvarig", LONGEST_TITLE), fields.yes("inställt")
    if problems or times is None:
        raise EditorError(*sorted(problems, key=lambda p: (p.line, p.what)))
    begins, ends, is_all_day, has_end = times
    return Event(
        path,
        title,
        begins,
        ends,
        place,
        body,
        file_hash,
        owner,
        cancelled,
        is_all_day,
        has_end,
        document.line_of_body,
    )


def _times(fields: Fields, zone: ZoneInfo) -> tuple[datetime, datetime, bool, bool] | None:
    """Beginning, end, whether it is all day, whether the end was given. None: a Problem has been noted."""
    known = len(fields.problems)
    first, last = fields.day("datum"), fields.day("slutdatum")
    if first is None:
        if not fields.text("datum") and not known:
            fields.wrong("datum", "evenemanget saknar datum.", "Skriv till exempel datum: 2024-05-14.")
        return None
    if last and last < first:
        fields.wrong("slutdatum", f"evenemanget slutar {last}, innan det börjar {first}.", "Rätta ett av datumen.")
    if len(fields.problems) > known:
        return None
    if not fields.text("tid"):
        return (
            datetime.combine(first, time(), zone),
            midnight_after(last or first, zone),
            True,
            last is not None,
        )
    try:
        begin, end = parse_times(fields.text("tid"))
        begins = at(first, begin, zone)
        ends = at(last or first, end, zone) if end else midnight_after(last or first, zone)
    except Unreadable as why:
        fields.wrong("tid", why.what, why.remedy)
        return None
    if ends <= begins:
        remedy = f"Slutar det efter midnatt? Lägg till slutdatum: {first + timedelta(days=1)}."
        fields.wrong("tid", "evenemanget slutar innan det börjar.", remedy)
        return None
    return begins, ends, False, end is not None or last is not None
