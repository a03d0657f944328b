"""What the calendar that goes out remembers: each date, what was last told of it, how often that has changed.

Takes   what is remembered, what the editors' folder holds now, the moment now.
Gives   the dates that are to be remembered otherwise, and what those who subscribe are told.
Fails   never. Pure.

A program that subscribes knows a date by its UID and takes the version with the higher SEQUENCE (RFC 5545 section
3.8.7.4, RFC 5546 section 2.1.5). What disappears from the feed without a word stays in some programs for ever: so a
date that is called off, or whose file is gone, is told as CANCELLED for a long time.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from mailer.content.events import Occurrence
from mailer.content.invite import Told, calendar_name, told

AHEAD = timedelta(days=366)  # so far the calendar looks
KEPT = timedelta(days=90)  # after it is over, or was called off, a date is still told
FORGOTTEN = timedelta(days=400)  # then what was taken away is not even remembered
VANISHED, CLOSED = "vanished", "closed"
CLOSED_TITLE = "Borttaget ur kalendern"
GONE_TITLE = "Inställt eller borttaget"
ALL_GONE = timedelta(days=1)  # a folder without a single event is more often a disk that is away
FEW = 3  # files


@dataclass(frozen=True, slots=True)
class Date:
    """One date, as it was last told. The same names as the columns of the table."""

    uid: str
    name: str
    path: str
    file_hash: str
    kind: str
    begins: datetime
    ends: datetime
    is_all_day: bool
    has_end: bool
    title: str
    place: str
    words: str
    html: str
    link: str
    is_cancelled: bool
    sequence: int
    changed_at: datetime
    cancelled_at: datetime | None = None
    gone: str = ""
    missing_since: datetime | None = None

    @property
    def tells(self) -> str:
        """A hash of what subscribers read of it."""
        said = (
            self.kind, self.begins.timestamp(), self.ends.timestamp(), self.is_all_day, self.has_end, self.title,
            self.place, self.words, self.link, self.is_cancelled, self.gone,
        )  # fmt: skip
        return sha256(repr(said).encode()).hexdigest()

    @property
    def last(self) -> datetime:
        """After this nothing more happens to it."""
        return max(self.ends, self.cancelled_at or self.ends)


@dataclass(frozen=True, slots=True)
class Folder:
    """What the editors' folder holds now."""

    dates: tuple[Date, ...]  # for everybody
    closed: Collection[str]  # paths of events that are not
    broken: Collection[str]  # paths of files that cannot be read: what was last told of them stands


def date_of(occurrence: Occurrence, association: str, html: str, kind: str, now: datetime) -> Date:
    """The date as the folder has it. `html`: its text for a page."""
    event, said = occurrence.event, told(occurrence, association, now)
    return Date(
        said.uid, calendar_name(event, association), event.path, event.hash, kind, said.begins, said.ends,
        said.is_all_day, said.has_end, event.title, said.place, said.words, html, said.link, said.is_cancelled,
        said.sequence, now, now if said.is_cancelled else None,
    )  # fmt: skip


def changes(before: Mapping[str, Date], folder: Folder, now: datetime, rest: timedelta) -> tuple[Date, ...]:
    """The dates that are not as they were. `rest`: so long a file must be missing until it is gone."""
    found = {date.uid: date for date in folder.dates if date.last > now - KEPT}
    changed = [new for uid, date in found.items() if (new := _told_now(before.get(uid), date, now))]
    left = [old for uid, old in before.items() if uid not in found]
    titles = {date.path: date.title for date in folder.dates}
    closed = set(folder.closed) - titles.keys()
    if not folder.dates and not folder.closed and not folder.broken and len({d.path for d in _ahead(left, now)}) >= FEW:
        rest = max(rest, ALL_GONE)
    for old in left:
        if old.path in closed:
            changed += [_closed(old, now)] if old.gone != CLOSED else []
        elif not old.gone and old.path not in folder.broken and now < old.ends and old.begins < now + AHEAD:
            changed += _missing(old, titles.get(old.path, GONE_TITLE), now, rest)
    return tuple(changed)


def is_told(date: Date, now: datetime) -> bool:
    """Whether those who subscribe are told of it."""
    return date.last > now - KEPT


def feed_of(dates: Iterable[Date], now: datetime) -> tuple[Told, ...]:
    """What those who subscribe are told, in the order of time."""
    return file_of(date for date in dates if is_told(date, now))


def file_of(dates: Iterable[Date]) -> tuple[Told, ...]:
    """All of these dates, in the order of time: the archive leads to events that are long over."""
    return tuple(_entry(date) for date in sorted(dates, key=lambda d: (d.begins, d.uid)))


def upcoming(dates: Iterable[Date], now: datetime) -> Sequence[Date]:
    """What stands on the page: not over, not gone, within a year; what is called off says so."""
    shown = (d for d in dates if not d.gone and now < d.ends and d.begins < now + AHEAD)
    return sorted(shown, key=lambda d: (d.begins, not d.is_all_day, d.title, d.uid))


def _told_now(old: Date | None, new: Date, now: datetime) -> Date | None:
    """The date as it is to be remembered; None when that is as it is."""
    if old is None:
        return new
    if old.file_hash == new.file_hash and not old.gone and old.ends < now and new.begins > old.ends:
        return None  # ”14 maj” without a year: the file has not changed, and this year's is over
    if old.tells == new.tells:
        same = old.file_hash == new.file_hash and old.missing_since is None and old.html == new.html
        if same:
            return None
        changed_at = old.changed_at if old.html == new.html else now  # the page is made anew when it says so
        return replace(old, file_hash=new.file_hash, html=new.html, missing_since=None, changed_at=changed_at)
    cancelled_at = (old.cancelled_at if old.is_cancelled else now) if new.is_cancelled else None
    sequence = max(old.sequence + 1, new.sequence)
    return replace(
        new, sequence=sequence, changed_at=now, cancelled_at=cancelled_at or (now if new.is_cancelled else None)
    )


def _missing(old: Date, title: str, now: datetime, rest: timedelta) -> list[Date]:
    """`title`: what its file says today, if that is there. It may be gone because nobody should have been told of it;
    what an editor has called off was told on purpose."""
    if old.missing_since is None:
        return [replace(old, missing_since=now)]
    if now - old.missing_since < rest:
        return []
    return [_gone(old, VANISHED, old.title if old.is_cancelled else title, now)]


def _closed(old: Date, now: datetime) -> Date:
    """It is for some only, from now on: not even its title is told any more."""
    return _gone(old, CLOSED, CLOSED_TITLE, now)


def _gone(old: Date, how: str, title: str, now: datetime) -> Date:
    """What an editor has taken away is told no further than that it is away."""
    return replace(
        old, gone=how, title=title, place="", words="", html="", link="", sequence=old.sequence + 1, changed_at=now,
        cancelled_at=old.cancelled_at or now, missing_since=None, file_hash="",
    )  # fmt: skip


def _ahead(dates: Iterable[Date], now: datetime) -> list[Date]:
    return [date for date in dates if not date.gone and now < date.ends]


def _entry(date: Date) -> Told:
    title = f"Inställt: {date.title}" if date.is_cancelled and date.gone != CLOSED else date.title
    return Told(
        date.uid, date.begins, date.ends, date.is_all_day, date.has_end, title, date.place, date.words, date.link,
        date.is_cancelled or bool(date.gone), date.sequence, date.changed_at, is_remembered=True,
    )  # fmt: skip
