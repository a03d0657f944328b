"""What the clock owes at a moment: a pure list, from the settings and what has been done.

Takes   the series, the time zone, the moment now, and what is done.
Gives   Due things in the order they are to be done, each with the moment it was planned for.
Fails   never.

Nothing is missed by sleeping: whatever should have been done before now and is not done, is due. Only the present
period counts: a month that is over is no longer assembled or sent by the clock; a person is asked.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from mailer.issue import deadline, moments
from mailer.settings import Series
from mailer.verbs.watch import SILENCE

LOOKS_BACK = timedelta(days=400)  # after a longer sleep nobody asks about the first of the missed months
LAST_CALL = timedelta(days=3)  # before the month ends without an approved issue


@dataclass(frozen=True, slots=True)
class Due:
    """One thing of the clock."""

    task: str  # offer, nudge, last_nudge, assemble, second, send, last_call, missed
    series: Series
    period: str
    planned_for: datetime

    @property
    def schedule(self) -> str:
        return f"{self.series.key}/{self.period}/{self.task}"


def due(
    all_series: Iterable[Series], zone: ZoneInfo, now: datetime, since: datetime, done: frozenset[str]
) -> list[Due]:
    """What is due now. `since`: the home's first moment; months whose send moment was before it owe nothing."""
    this = moments.period_of(now, zone)
    out: list[Due] = []
    for series in all_series:
        period = moments.period_of(max(since, now - LOOKS_BACK), zone)
        while period < this:
            if moments.send_at(series, period, zone) >= since:
                out.append(Due("missed", series, period, moments.ends_at(period, zone)))
            period = moments.next_period(period)
        if moments.send_at(series, this, zone) >= since:
            out += _of_present(series, this, zone)
    ready = [d for d in out if d.schedule not in done and d.planned_for <= now]
    return sorted(ready, key=lambda d: (d.planned_for, d.series.key, d.task))


def editorial(all_series: Iterable[Series], zone: ZoneInfo, now: datetime, done: frozenset[str]) -> list[Due]:
    """What those who write are owed ahead of a copy deadline: late if it must be, but not when the next is due.

    A new home owes it from its first moment, for every issue whose deadline lies ahead.
    """
    this = moments.period_of(now, zone)
    out: list[Due] = []
    for series in all_series:
        for period in (this, moments.next_period(this)):
            ends = moments.assemble_at(series, period, zone)
            first, last = (
                deadline.nudge_at(series, period, days, zone) for days in (deadline.FIRST_NUDGE, deadline.LAST_NUDGE)
            )
            steps = (
                ("offer", deadline.offer_at(period, zone), ends),
                ("nudge", first, last),
                ("last_nudge", last, ends),
            )
            out += [Due(task, series, period, begins) for task, begins, until in steps if begins <= now < until]
    return [d for d in out if d.schedule not in done]


def _of_present(series: Series, period: str, zone: ZoneInfo) -> list[Due]:
    assemble = moments.assemble_at(series, period, zone)
    return [
        Due("assemble", series, period, assemble),
        Due("second", series, period, assemble + SILENCE),
        Due("send", series, period, moments.send_at(series, period, zone)),
        Due("last_call", series, period, moments.ends_at(period, zone) - LAST_CALL),
    ]
