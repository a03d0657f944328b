"""Events: something with a beginning, a place and a time zone; listed until it is over.

Takes   a file's text, its path and hash, the zone, and a day near which dates without a year lie.
Gives   an Event, and the occurrences that lie ahead.
Fails   EditorError with everything that is wrong in the file, each with its line.

One date of a series that is moved: ”utom” in the series' file, and a file of its own with the new date.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

from mailer.content import frontmatter, kinds, markdown, readers
from mailer.content.blocks import month_of
from mailer.content.dates import month_bounds
from mailer.content.event_dates import Span, read_times, says_all_day
from mailer.content.fields import Fields
from mailer.content.readers import MEMBERS, Readers, parse_readers
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
    "upprepas": "upprepas", "repeats": "upprepas", "repeat": "upprepas",
    "upprepas till": "upprepas till", "upprepas till och med": "upprepas till", "repeats until": "upprepas till",
    "antal": "antal", "antal gånger": "antal", "count": "antal",
    "utom": "utom", "except": "utom",
    "länk": "länk", "link": "länk",
    **kinds.KEYS,
    **readers.KEYS,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Event:
    """One file in content/evenemang/, or one event of a calendar."""

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
    link: str = ""  # https, http, mailto or tel
    uid: str = ""  # the same as long as it is the same event
    spans: tuple[Span, ...] | None = None  # all its dates near, in order; None: `begins` and `ends` are the only one
    is_foreign: bool = False  # from a calendar that others keep
    says_all_day: bool = False  # ”tid: hela dagen”; else `is_all_day` is only the lack of a time
    sequence: int = 0  # of the calendar it comes from: how often it has been changed
    kind: str = ""  # a key of [[kinds]], as the editor wrote it
    line_of_kind: int = 0

    @property
    def dates(self) -> tuple[Span, ...]:
        return (Span(self.begins, self.ends),) if self.spans is None else self.spans


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One date of an event. An event that does not repeat has one."""

    event: Event  # as it is on that date: cancelled, when the date is
    begins: datetime
    ends: datetime
    planned: datetime | None = None  # where it was moved from

    @property
    def uid(self) -> str:
        """Of this date: the same when it is moved or called off."""
        if self.event.spans is None:
            return self.event.uid
        return sha256(f"{self.event.uid}\n{(self.planned or self.begins).timestamp():.0f}".encode()).hexdigest()[:32]


def is_event(path: str) -> bool:
    """Whether the file lies in a folder for events."""
    return any(part.casefold() in FOLDERS for part in path.split("/")[:-1])


def upcoming(events: Iterable[Event], since: datetime, until: datetime) -> tuple[Occurrence, ...]:
    """The occurrences that are not over at `since` and begin before `until`, in order of time."""
    found = [
        Occurrence(replace(e, cancelled=True) if s.cancelled else e, s.begins, s.ends, s.planned)
        for e in events
        for s in e.dates
        if s.ends > since and s.begins < until
    ]
    return tuple(sorted(found, key=lambda o: (o.begins, not o.event.is_all_day, o.event.path, o.event.title, o.uid)))


def parse_event(path: str, text: str, file_hash: str, near: date, zone: ZoneInfo) -> Event:
    """The Event in `text`. ”14 maj” is the 14 May nearest to `near`, or to the month of the folder.

    Of what repeats, the dates from two months before `near` to two years after.
    """
    problems: list[Problem] = []
    month = month_of(path)
    document, wrong = frontmatter.split(text, where(path), KEYS)
    fields = Fields(document, where(path), month_bounds(month)[0].replace(day=15) if month else near, problems)
    problems += wrong
    title, body = title_and_body(fields, "evenemanget")
    problems += markdown.problems(body, where(path), document.line_of_body)
    times = None if wrong else read_times(fields, zone, near)
    place, owner = fields.line("plats", LONGEST_PLACE), fields.line("ansvarig", LONGEST_TITLE)
    cancelled, link, for_whom = _is_cancelled(fields), _link(fields), parse_readers(fields)
    kind = kinds.parse_kind(fields)
    if problems or times is None:
        raise EditorError(*sorted(problems, key=lambda p: (p.line, p.what)))
    return Event(
        path,
        title,
        times.first.begins,
        times.first.ends,
        place,
        body,
        file_hash,
        owner,
        cancelled,
        times.is_all_day,
        times.has_end,
        document.line_of_body,
        readers=for_whom,
        link=link,
        uid=sha256(path.encode()).hexdigest()[:32],
        spans=times.spans if fields.text("upprepas") else None,
        says_all_day=says_all_day(fields),
        kind=kind,
        line_of_kind=fields.line_of("slag"),
    )


def _is_cancelled(fields: Fields) -> bool:
    """Whether all of it is. Dates of what repeats may be named instead, and those are read with the others."""
    named = fields.text("upprepas") and any(c.isdigit() for c in fields.text("inställt"))
    return False if named else fields.yes("inställt")


def _link(fields: Fields) -> str:
    address = markdown.bare_address(fields.bare("länk"))
    if address and (wrong := markdown.wrong_link(address)):
        fields.wrong("länk", *wrong)
    return address
