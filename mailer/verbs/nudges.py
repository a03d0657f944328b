"""Reminders before the copy deadline, to those whose standing column still waits for a text.

Takes   the opened house, a series and a period, and which reminder it is.
Gives   a notice to each owner, said once; none for a column that is closed, or whose body has not met.
Fails   AdminError when the folder cannot be read.
"""

from datetime import datetime

from mailer.content.events import Event, upcoming
from mailer.content.source import where
from mailer.content.subscribed import events_of
from mailer.house import House
from mailer.issue import moments
from mailer.settings import Column, Series
from mailer.verbs import fetch, watch
from mailer.verbs.columns import Waiting, waiting, words_of
from mailer.verbs.say import say
from mailer.verbs.seen import Seen, by_person, look, owner_of


def nudge(house: House, series: Series, period: str, which: str) -> int:
    """Remind the owners of the columns nobody has written in. `which`: of the reminders. How many were told."""
    if watch.is_decided(house, series, period):
        return 0
    seen = look(house)
    since = moments.assemble_at(series, _before(period), house.zone)
    late = [w for w in waiting(house, series, period, seen) if has_met(house, w.column, seen, since)]
    told = 0
    for person, is_hers, places in by_person((owner_of(house, w.column), w) for w in late):
        told += say(
            house,
            f"puff/{period}/{which}/{'egen' if is_hers else 'annans'}",
            [person],
            "nudge",
            columns=[(w.column.name, _file(w)) for w in places],
            is_hers=is_hers,
            **words_of(house, series, period),
        )
    return told


def has_met(house: House, column: Column, seen: Seen, since: datetime) -> bool:
    """Whether its body has met since then, by the events and the calendars there are. One without ”meetings” has."""
    word = " ".join(column.meetings.split()).casefold()
    if not word:
        return True
    now = house.clock.now()
    events: list[Event] = [*seen.content.events]
    for kept in fetch.read_fetched(house):
        events += events_of(kept, house.zone, since, now)[0]
    return any(
        word in " ".join(o.event.title.split()).casefold() and not o.event.cancelled
        for o in upcoming(events, since, now)
    )


def _before(period: str) -> str:
    """The period before."""
    first = moments.first_day(period)
    return f"{first.year - (first.month == 1)}-{(first.month - 2) % 12 + 1:02d}"


def _file(w: Waiting) -> str:
    return where(w.path) if w.exists else f"{where(w.path)} (filen finns inte; gör en ny)"
