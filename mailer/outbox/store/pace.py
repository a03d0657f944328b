"""The pace: who may go now, through which relay, to which domain. The rows are shared by all workers, and outlast them.

Takes   asks of composed messages, in order; what the settings allow; inside the write transaction of a group commit.
Gives   those permitted, counted; when those may come again whose domain is what stands in their way.
Fails   never.

Where no limit is set and nobody has asked us to slow down, all are permitted, and the database is not touched.
On PostgreSQL these are the last statements of a transaction (`pace_holds.gate`).
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, func, select

from mailer.outbox import slower
from mailer.outbox.pace import NO_LIMITS, Full, Lane, Limits, Span, full, room
from mailer.outbox.slower import Hold
from mailer.outbox.states import Delivery
from mailer.outbox.store import pace_holds, pace_windows
from mailer.outbox.store.pace_holds import note, of_domain, of_relay
from mailer.outbox.store.pace_windows import seconds
from mailer.outbox.tables import deliveries
from mailer.outbox.turn import Ask, Terms

__all__ = [
    "SOON", "Permits", "give_back", "lanes", "next_permit", "note", "permits", "recent_rate", "rests", "spent", "take",
]  # fmt: skip

SOON = timedelta(seconds=90)  # a person who has typed `mailer send` waits so long for the next permit
# Those whose domain is full come back spread over so long, or each would be claimed and put back again and again.
SPREAD_S: Mapping[Span, int] = {"second": 5, "minute": 60, "hour": 900, "day": 3600}
LONGEST_SPREAD_S = 900
LATELY = timedelta(minutes=5)
FEW = 10  # so few say nothing of a rate
PROBE_TAKES = timedelta(seconds=15)  # about so long the one that tries the way is out


@dataclass(frozen=True, slots=True)
class Permits:
    """What the asks came to. In neither: the relay is what is full; it may go through another, or later."""

    permitted: frozenset[int] = frozenset()
    later: Mapping[int, datetime] | None = None  # delivery -> when: its domain is full, or held back. Others go on
    hopeless: frozenset[int] = frozenset()  # of those, whose domain has been held back for as long as we try again


@dataclass(frozen=True, slots=True)
class _Subject:
    """A relay or a domain: what it allows now."""

    limits: Limits
    hold: Hold | None
    full: Full | None
    room: int


def take(connection: Connection, asks: Sequence[Ask], terms: Terms, now: datetime) -> frozenset[int]:
    """Those of the asks that may go now. They are counted."""
    return permits(connection, asks, terms, now).permitted


def permits(connection: Connection, asks: Sequence[Ask], terms: Terms, now: datetime) -> Permits:
    """The same, and when those may be asked for again that their domain stands in the way of."""
    if not asks:
        return Permits()
    holds = {s: h for s, h in pace_holds.known(connection, now).items() if h.stands}
    subjects = _limited(asks, terms, holds)
    if not subjects:
        return Permits(frozenset([ask.delivery for ask in asks]), {})
    pace_holds.gate(connection)
    if not holds.keys().isdisjoint(subjects):
        holds = pace_holds.read(connection, now)
    return _Counting(connection, subjects, holds, terms.give_up_after, now).permits(asks)


def give_back(connection: Connection, asks: Sequence[Ask], terms: Terms, now: datetime) -> None:
    """Give back the permits of messages that were never offered."""
    if not asks:
        return
    holds = {s: h for s, h in pace_holds.known(connection, now).items() if h.stands}
    subjects = _limited(asks, terms, holds)
    if not subjects:
        return
    pace_holds.gate(connection)
    number = Counter(subject for ask in asks for subject in _subjects_of(ask) if subject in subjects)
    pace_windows.give_back(connection, {s: (subjects[s], n) for s, n in sorted(number.items())}, seconds(now))
    back = {ask.delivery for ask in asks}
    holds = pace_holds.read(connection, now)
    lost = {s: h for s, h in holds.items() if h.probe in back}
    if lost:
        pace_holds.write(connection, {s: slower.given_back(h, h.probe or 0, now) for s, h in lost.items()}, now)


def spent(connection: Connection, terms: Terms, now: datetime) -> Full | None:
    """What stands in the way of the next message at the relay that opens first; None when one may go now.

    A relay that is held back counts as full; its `limit` is 0.
    """
    found: list[Full] = []
    for lane in lanes(connection, terms, now):
        reached = full(lane.limits, lane.used, seconds(now))
        held = datetime.fromtimestamp(lane.held_until, UTC)
        if lane.held_until > now.timestamp() and (reached is None or held > reached.at):
            reached = Full("minute", 0, held)
        if reached is None:
            return None
        found.append(reached)
    return min(found, key=lambda f: f.at, default=None)


def next_permit(connection: Connection, terms: Terms, now: datetime) -> datetime | None:
    """When the next message may go through one of the relays; None when it may now."""
    reached = spent(connection, terms, now)
    return reached.at if reached else None


def rests(connection: Connection, terms: Terms, now: datetime) -> bool:
    """Whether nothing may go for so long that nobody waits for it."""
    reached = spent(connection, terms, now)
    return reached is not None and reached.at - now > SOON


def lanes(connection: Connection, terms: Terms, now: datetime) -> list[Lane]:
    """Each relay's limits and what has been used of them, first things first."""
    of = {of_relay(key): limits for key, limits in terms.relays.items()}
    used = pace_windows.read(connection, of, seconds(now))
    holds = pace_holds.read(connection, now)
    return [Lane(limits, used[s], _held_until(holds.get(s))) for s, limits in of.items()]


def recent_rate(connection: Connection, mailing: int, now: datetime) -> float:
    """Messages a second that the relays have taken of a mailing lately, while any went; 0.0: too few to tell."""
    d = deliveries.c
    lately = (d.mailing_id == mailing, d.state == Delivery.ACCEPTED, d.settled_at > now - LATELY)
    taken = select(func.count(), func.min(d.settled_at), func.max(d.settled_at)).where(*lately)
    number, first, last = connection.execute(taken).one()
    if number < FEW:
        return 0.0
    return float(number / max((last - first).total_seconds(), 1.0))


class _Counting:
    """One call's work: each subject read once, each ask weighed in order, all of it written at the end."""

    def __init__(
        self,
        connection: Connection,
        subjects: Mapping[str, Limits],
        holds: Mapping[str, Hold],
        give_up_after: timedelta,
        now: datetime,
    ):
        self._connection, self._now = connection, now
        self._give_up_after = give_up_after
        self._holds = holds
        used = pace_windows.read(connection, subjects, seconds(now))
        self._of = {s: self._subject(s, limits, used[s]) for s, limits in subjects.items()}
        self._room = {s: subject.room for s, subject in self._of.items()}

    def permits(self, asks: Sequence[Ask]) -> Permits:
        permitted: list[int] = []
        later: dict[int, datetime] = {}
        hopeless: list[int] = []
        taken: Counter[str] = Counter()
        changed: dict[str, Hold | None] = {}
        for ask in asks:
            domain, relay = _subjects_of(ask)
            if not self._room.get(domain, 1):
                later[ask.delivery] = self._again(ask.delivery, self._of[domain])
                if self._is_hopeless(self._of[domain].hold):
                    hopeless.append(ask.delivery)
                continue
            if not self._room.get(relay, 1):
                continue
            permitted.append(ask.delivery)
            for subject in (domain, relay):
                if subject in self._of:
                    self._room[subject] -= 1
                    taken[subject] += 1
                    if (hold := self._of[subject].hold) is not None and hold.until is not None:
                        changed[subject] = slower.probed(hold, ask.delivery, self._now)
        pace_windows.count(self._connection, {s: (self._of[s].limits, n) for s, n in taken.items()}, seconds(self._now))
        if changed:
            pace_holds.write(self._connection, changed, self._now)
        return Permits(frozenset(permitted), later, frozenset(hopeless))

    def _is_hopeless(self, hold: Hold | None) -> bool:
        if hold is None or hold.until is None:
            return False
        return slower.held_for(hold, slower.DOMAIN_WAITS) >= self._give_up_after

    def _subject(self, name: str, limits: Limits, used: Mapping[int, Sequence[tuple[int, int]]]) -> _Subject:
        hold = self._holds.get(name)
        left = room(limits, used, seconds(self._now))
        if hold is not None and hold.until is not None:
            left = min(left, 1) if hold.until <= self._now else 0  # one tries the way
        return _Subject(limits, hold, full(limits, used, seconds(self._now)), left)

    def _again(self, delivery: int, domain: _Subject) -> datetime:
        """When a delivery is to be asked for again that its domain stands in the way of."""
        moments = [self._now + timedelta(seconds=1)]
        spread = SPREAD_S["second"]
        if domain.full is not None:
            moments.append(domain.full.at)
            spread = SPREAD_S[domain.full.span]
        hold = domain.hold
        if hold is not None and hold.until is not None:
            is_probing = hold.probe is not None or hold.until <= self._now
            moments.append(self._now + PROBE_TAKES if is_probing else hold.until)
            wait_s = int(slower.length(hold.step, slower.DOMAIN_WAITS).total_seconds())
            spread = max(spread, min(wait_s // 2, LONGEST_SPREAD_S))
        return max(moments) + timedelta(seconds=delivery % (spread + 1))


def _limited(asks: Sequence[Ask], terms: Terms, holds: Mapping[str, Hold]) -> dict[str, Limits]:
    """The subjects of these asks that there is anything to count or to heed of, with their limits."""
    if not holds and not any(terms.relays.values()) and not any(terms.domains.values()):
        return {}
    found: dict[str, Limits] = {}
    others = terms.domains.get("*", NO_LIMITS)
    for name in {ask.domain for ask in asks}:
        found[of_domain(name)] = terms.domains.get(name, others)
    for key in {ask.relay for ask in asks}:
        found[of_relay(key)] = terms.relays.get(key, NO_LIMITS)
    for subject in holds.keys() & found.keys():
        if ramp := holds[subject].ramp:
            found[subject] = found[subject].at_most(ramp)
    return {s: limits for s, limits in found.items() if limits or s in holds}


def _subjects_of(ask: Ask) -> tuple[str, str]:
    return of_domain(ask.domain), of_relay(ask.relay)


def _held_until(hold: Hold | None) -> int:
    return math.ceil(hold.until.timestamp()) if hold is not None and hold.until is not None else 0
