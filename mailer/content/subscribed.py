"""What the kept copies of others' feeds and calendars say.

Takes   a Kept; for a calendar the association's zone and the span of time that is wanted.
Gives   posts or events, and Problems. Pure: the network is not here.
Fails   never: of a copy that cannot be read there is nothing but a Problem.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from mailer.content.calendar import read_calendar
from mailer.content.events import Event, upcoming
from mailer.content.feeds import Post, read_posts
from mailer.content.kept import Coming, Kept
from mailer.content.readers import Readers
from mailer.errors import MailerError, Problem

AHEAD = timedelta(days=366)  # so far an event that vanishes is missed


def posts_of(kept: Kept) -> tuple[tuple[Post, ...], tuple[Problem, ...]]:
    """The posts of the copy, the newest first."""
    if kept.raw is None or kept.feed.kind != "posts":
        return (), ()
    try:
        return read_posts(kept.raw, kept.feed.name, kept.content_type, kept.feed.address)
    except MailerError as wrong:
        return (), wrong.problems


def events_of(
    kept: Kept, zone: ZoneInfo, since: datetime, until: datetime
) -> tuple[tuple[Event, ...], tuple[Problem, ...]]:
    """The events of the copy that have a date between `since` and `until`, for those whom the source is for."""
    if kept.raw is None or kept.feed.kind != "calendar":
        return (), ()
    readers = Readers(circle=kept.feed.circle.casefold())
    floating = UTC if kept.feed.floating == "utc" else zone
    try:
        found, wrong = read_calendar(kept.raw, kept.feed.name, zone, since, until, readers=readers, floating=floating)
    except MailerError as whole:
        return (), whole.problems
    return tuple(_known_by_itself(event, kept.feed.name) for event in found), wrong


def _known_by_itself(event: Event, feed: str) -> Event:
    """The event under a path of its own, with a hash of what it says: a calendar stamps itself anew each time."""
    says = repr((event.title, event.dates, event.place, event.body, event.link, event.cancelled))
    return replace(event, path=f"{feed}/{event.uid}", hash=sha256(says.encode()).hexdigest())


def coming(events: Iterable[Event], now: datetime, cancelled: bool) -> tuple[Coming, ...]:
    """What lies ahead, each event once, by its next occurrence; with or without what is said to be cancelled."""
    found: dict[str, Coming] = {}
    for occurrence in upcoming(events, now, now + AHEAD):
        event = occurrence.event
        if cancelled or not event.cancelled:
            found.setdefault(event.uid, Coming(event.uid, event.title, occurrence.begins))
    return tuple(found.values())
