"""How far a mailing has come, and when it will be done.

Takes   the opened house and a mailing's row.
Gives   how many are left and when the last goes, from the limits and the present rate; the words for it, with what
        the relay has said when it takes nothing.
Fails   never.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from mailer.house import House
from mailer.outbox import outage, remaining
from mailer.outbox import pace as windows
from mailer.outbox.outage import Outage
from mailer.outbox.states import Mailing
from mailer.outbox.store import figures, outages, pace
from mailer.outbox.turn import Terms
from mailer.settings import Settings


@dataclass(frozen=True, slots=True)
class Progress:
    """`done_at` None: nobody can tell, or nothing is under way. `outages`: why no relay takes it."""

    done: int
    all: int
    done_at: datetime | None = None
    outages: tuple[Outage, ...] = ()

    @property
    def left(self) -> int:
        return self.all - self.done


def progress(house: House, connection: Connection, row: Any) -> Progress:
    """Of one mailing. What the first wave waits for, no figure tells (`waves.in_words`)."""
    done, all_ = figures.progress(connection, row.id)
    if row.state != Mailing.SENDING or done >= all_:
        return Progress(done, all_)
    relays = [relay.key for relay in house.settings.all_relays]
    if stopped := outage.nothing_goes(outages.read_open(connection), relays):
        return Progress(done, all_, outages=stopped)
    if row.wave_upto is not None:
        return Progress(done, all_)
    now = house.clock.now()
    lanes = pace.lanes(connection, terms(house.settings), now)
    rate_s = pace.recent_rate(connection, row.id, now)
    return Progress(done, all_, windows.done_at(all_ - done, lanes, rate_s, now))


def in_words(house: House, connection: Connection, row: Any) -> str:
    """”Kvar: 1 240, klart omkring kl. 10.40 (i dag).”; ”” when nothing is under way.

    While no relay takes anything: ”Kvar: 1 240. E-postservern har inte tagit emot något sedan kl. 14.05 (…).”
    """
    if row.state != Mailing.SENDING:
        return ""
    found = progress(house, connection, row)
    done_at = found.done_at.astimezone(house.zone) if found.done_at else None
    stopped_by = outage.in_words(found.outages, house.here())
    return remaining.in_words(found.left, done_at, house.here(), stopped_by)


def next_permit(house: House) -> str:
    """”Högst 150 mejl i timmen: nästa går omkring kl. 10.31.”, when the limits of all servers are reached; else ””."""
    reached = house.db.read(lambda c: pace.spent(c, terms(house.settings), house.clock.now()))
    return remaining.next_in_words(reached, house.here())


def terms(settings: Settings) -> Terms:
    """What the settings allow a runner."""
    return Terms(
        {relay.key: relay.limits for relay in settings.all_relays},
        {domain.name: domain.limits for domain in settings.domains},
        settings.outbox.in_doubt == "again",
        timedelta(hours=settings.outbox.give_up_after_h),
    )
