"""The copy we keep of what others publish, and how it fares as tries go well or badly.

Takes   the copy as it is, what a try gave, the time now.
Gives   the copy as it is then; whether it is time to try again; what people should hear of it.
Fails   never.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from mailer import words
from mailer.content.fetch import Fetched, Validators
from mailer.errors import Problem
from mailer.settings import Feed

AGAIN = timedelta(hours=1)  # after a try without luck; a homepage that is down is seldom down for long
PATIENCE = timedelta(days=3)  # so long a source may be silent before people hear of it
MOST_VANISHED = 50
UNKNOWN = Validators()


@dataclass(frozen=True, slots=True)
class Coming:
    """An event that lies ahead, as far as it takes to know it again."""

    uid: str
    title: str
    begins: datetime  # aware


@dataclass(frozen=True, slots=True)
class Kept:
    """What we have of one source."""

    feed: Feed
    raw: bytes | None = None  # the last good copy, as it came; None: there has never been one
    content_type: str = ""
    validators: Validators = UNKNOWN
    fetched_at: datetime | None = None  # when the copy was last known to be what the source says
    tried_at: datetime | None = None
    failing_since: datetime | None = None
    wrong: tuple[Problem, ...] = ()  # of the latest try, when it failed
    vanished: tuple[Coming, ...] = ()  # gone from a calendar before their day


def is_due(kept: Kept, now: datetime) -> bool:
    """Whether it is time to try: `every_h` after the last try, an hour when that one failed."""
    if kept.tried_at is None or now < kept.tried_at:  # a clock that has been put back
        return True
    usual = timedelta(hours=kept.feed.every_h)
    return now >= kept.tried_at + (min(usual, AGAIN) if kept.failing_since else usual)


def unchanged(kept: Kept, now: datetime) -> Kept:
    """The source says what it said before."""
    ahead = tuple(v for v in kept.vanished if v.begins > now)
    return replace(kept, fetched_at=now, tried_at=now, failing_since=None, wrong=(), vanished=ahead)


def renewed(kept: Kept, fetched: Fetched, before: Iterable[Coming], after: Iterable[Coming], now: datetime) -> Kept:
    """The source says something new. `before` and `after`: what lies ahead by the old copy and by the new one."""
    copy = replace(kept, raw=fetched.raw, content_type=fetched.content_type, validators=fetched.validators)
    gone = _gone((*kept.vanished, *before), tuple(after))
    return unchanged(replace(copy, vanished=gone), now)


def failed(kept: Kept, wrong: Iterable[Problem], now: datetime) -> Kept:
    """The try came to nothing: the copy stays as it is."""
    ahead = tuple(v for v in kept.vanished if v.begins > now)
    return replace(kept, tried_at=now, failing_since=kept.failing_since or now, wrong=tuple(wrong), vanished=ahead)


def silence(kept: Kept, now: datetime, zone: ZoneInfo) -> Problem | None:
    """What to say of a source that has failed for longer than anyone should wait; None while it has not."""
    if kept.failing_since is None or now - kept.failing_since <= PATIENCE:
        return None
    since = words.day(kept.failing_since.astimezone(zone).date())
    why = " ".join(p.what for p in kept.wrong)
    return Problem(kept.feed.name, f"har inte gått att hämta sedan {since}: {why}", _remedy(kept))


def cancelled_perhaps(kept: Kept, event: Coming, zone: ZoneInfo) -> Problem:
    """What to say of an event that is gone: only a person can know why."""
    when = words.moment(event.begins, zone)
    what = f"”{event.title}”, {when}, finns inte längre i kalendern: möjligen inställt."
    remedy = "Fråga dem som ordnar det. Blir det av ändå: lägg det i content/evenemang/."
    return Problem(kept.feed.name, what, remedy)


def problems(kept: Kept, now: datetime, zone: ZoneInfo) -> list[Problem]:
    """What an editor should know before she relies on the copy."""
    found = [cancelled_perhaps(kept, event, zone) for event in kept.vanished if event.begins > now]
    if silent := silence(kept, now, zone):
        return [silent, *found]
    if kept.raw is None and kept.wrong:
        return [Problem(kept.feed.name, f"har inte gått att hämta: {kept.wrong[0].what}", _remedy(kept))]
    if kept.raw is None:
        return [Problem(kept.feed.name, "har inte hämtats än.", "Hämta nu: mailer fetch")]
    return found


def _remedy(kept: Kept) -> str:
    return kept.wrong[0].remedy if kept.wrong else ""


def _gone(before: Iterable[Coming], after: tuple[Coming, ...]) -> tuple[Coming, ...]:
    """Those of `before` that are not there any more, under their own name or another: some sources rename all."""
    uids = {event.uid for event in after}
    looks = {(event.title, event.begins) for event in after}
    missing: Mapping[str, Coming] = {
        event.uid: event for event in before if event.uid not in uids and (event.title, event.begins) not in looks
    }
    return tuple(sorted(missing.values(), key=lambda event: (event.begins, event.uid))[:MOST_VANISHED])
