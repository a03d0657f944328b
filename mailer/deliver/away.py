"""Which relays take nothing, as this runner meets them, and the rows that say so to everybody.

Takes   each try that failed and each answer, relay by relay.
Gives   a row when a relay goes away, at most one writing a minute while it is, and one when it works again.
Fails   with what the database raises.

Away is a relay that no line leads to, or that answers nothing but ”not now”: three times in a row to an envelope's
sender, ten times later on. What speaks of a recipient (4.1.x, 4.2.x, 4.4.x) is no word about the relay.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import Connection

from mailer.outbox.outage import Outage
from mailer.outbox.outcome import Outcome
from mailer.outbox.store import outages

BETWEEN_S = 60.0  # two writings about the same relay; and two looks at what other workers have written
AT_ONCE = 3  # refusals of the sender, in a row
LATER = 10  # of what the relay may have another reason for; as many as hold it back (outbox/slower.py, RELAY_IN_A_ROW)
_OF_A_RECIPIENT = ("4.1.", "4.2.", "4.4.")


@dataclass(slots=True)
class Met:
    """One relay, as this runner has met it since it last took a message."""

    since: datetime | None = None  # it is away
    heard_at: datetime | None = None
    said: Outcome | None = None
    noted_at: datetime | None = None  # of this outage, in its row
    has_taken: bool = False  # a message, since the last look
    refusals: int = 0  # in a row
    _refused_since: datetime | None = None

    def failed(self, outcome: Outcome, since: datetime, now: datetime) -> bool:
        """Nothing gets through. Whether it is news."""
        is_news = self.since is None
        self.since = self.since or since
        self.heard_at, self.said = now, outcome
        return is_news

    def took(self) -> bool:
        """It does its work. Whether it is news."""
        was_away = self.since is not None
        self.since = self.heard_at = self.said = self.noted_at = self._refused_since = None
        self.refusals, self.has_taken = 0, True
        return was_away

    def refused(self, outcome: Outcome, now: datetime) -> bool:
        """It has said ”not now”. Whether it is away, and that is news."""
        self.refusals += 1
        self._refused_since = self._refused_since or now
        if self.since is None and self.refusals < (AT_ONCE if outcome.stage == "mail" else LATER):
            return False
        return self.failed(outcome, self._refused_since, now)

    def is_to_note(self, now: datetime) -> bool:
        """Whether its row is to be written."""
        if self.since is None or self.heard_at is None:
            return False
        last = self.noted_at
        return last is None or (self.heard_at > last and now - last >= timedelta(seconds=BETWEEN_S))


@dataclass(slots=True)
class Away:
    """The relays of one runner. `keep` is its task; all else only remembers."""

    relays: Iterable[str]
    now: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]  # seconds of the house's clock; cut short when the runner stops
    is_over: Callable[[], bool]  # whether the runner stops
    read: Callable[[Callable[[Connection], dict[str, Outage]]], Awaitable[dict[str, Outage]]]
    write: Callable[[Callable[[Connection], dict[str, datetime]]], Awaitable[dict[str, datetime]]]
    _met: dict[str, Met] = field(default_factory=dict)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._met = {relay: Met() for relay in self.relays}

    def failed(self, relay: str, outcome: Outcome) -> None:
        """No line could be opened, or it broke before it was of any use."""
        now = self.now()
        if self._met[relay].failed(outcome, now, now):
            self._woken.set()

    def answered(self, relay: str, outcome: Outcome) -> None:
        """The relay has answered in a transaction. As nearly always it has taken the message, and is not away."""
        met = self._met[relay]
        if outcome.event in ("accept", "refuse"):
            if met.has_taken and met.since is None and not met.refusals:
                return
            is_news = met.took()
        else:
            is_news = _is_of_the_relay(outcome) and met.refused(outcome, self.now())
        if is_news:
            self._woken.set()

    async def keep(self) -> None:
        """Write what is new, and look once a minute, until the runner stops."""
        while not self.is_over():
            self._woken.clear()
            waits = [asyncio.ensure_future(self._woken.wait()), asyncio.ensure_future(self.sleep(BETWEEN_S))]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for wait in waits:
                    wait.cancel()
            await self.note()

    async def note(self) -> None:
        """Write what has changed. A relay that takes messages is not away, whoever has said so."""
        taken = [relay for relay, met in self._met.items() if met.has_taken]
        for relay in taken:
            self._met[relay].has_taken = False
        is_written = False
        try:
            await self._write_news(taken, self.now())
            is_written = True
        finally:
            for relay in taken if not is_written else ():  # told to stop, above all: the last look writes it
                self._met[relay].has_taken = True

    async def _write_news(self, taken: list[str], now: datetime) -> None:
        open_ = await self.read(outages.read_open) if taken else {}
        back = [relay for relay in taken if relay in open_]
        away = {relay: replace(met) for relay, met in self._met.items() if met.is_to_note(now)}
        if not back and not away:
            return
        since = await self.write(lambda c: _write(c, back, away, now))
        for relay, known in away.items():
            met = self._met[relay]
            if met.since == known.since:  # it has not worked meanwhile
                met.since, met.noted_at = since[relay], now


def _write(connection: Connection, back: list[str], away: dict[str, Met], now: datetime) -> dict[str, datetime]:
    """Since when those are away that are."""
    for relay in back:
        outages.end(connection, relay, now)
    since = {}
    for relay, met in away.items():
        if met.since is not None and met.heard_at is not None and met.said is not None:
            first = met.noted_at is None
            since[relay] = outages.note(connection, relay, met.since, met.heard_at, met.said, first)
    return since


def _is_of_the_relay(outcome: Outcome) -> bool:
    """Whether ”not now” may be about all messages."""
    return outcome.event == "defer" and outcome.fault == "relay" and not outcome.status.startswith(_OF_A_RECIPIENT)
