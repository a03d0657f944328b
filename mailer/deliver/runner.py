"""The runner: keeps connections to the relay busy with what the ledger offers, and stops without losing anybody.

Takes   the opened doors of a house, and a lock that proves it is the only runner.
Gives   nothing: the ledger tells. It ends when told to, or when nothing more can be sent now.
Fails   LostLease, LaterError, AdminError from the database.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from mailer import maillog
from mailer.audience.rule import Rule, Source
from mailer.clock import Clock
from mailer.db import Database
from mailer.deliver.dkim import signer_of
from mailer.deliver.exchange import Exchange
from mailer.deliver.message import NOTHING, Letterhead, Message, compose
from mailer.deliver.reach import TRIES, Reach
from mailer.deliver.smtp import Wire, connect
from mailer.errors import LaterError, Problem
from mailer.keys import Keys
from mailer.outbox.outcome import Offered, Outcome, Settlement
from mailer.outbox.store import leases, ledger, mailings
from mailer.outbox.store.leases import Recovered
from mailer.outbox.store.ledger import Commit, Terms
from mailer.render.mould import Mould, cut
from mailer.settings import Settings

STOP_S = 10  # how long the open transactions get after SIGTERM
POLL_S = 1.0
MOST_STAMPS = 32  # more than a mailing has editions; with pictures each takes half a megabyte


@dataclass(frozen=True, slots=True)
class _Stamp:
    """What a delivery's mailing and rendering add to its message."""

    mould: Mould
    subject: str
    rule: Rule
    stops: str


@dataclass(slots=True)
class Runner:
    """One per home. `run` in an event loop; `stop` from a signal handler."""

    db: Database
    settings: Settings
    keys: Keys
    clock: Clock
    home: Path
    instance: str
    on_commit: Callable[[Commit], None] = lambda _: None
    on_recovered: Callable[[Recovered], None] = lambda _: None
    on_round: Callable[[], None] = lambda: None
    personal: Callable[[Offered], Mapping[str, str]] = lambda _: NOTHING  # what only she has: her link to a survey
    _stamps: dict[int, _Stamp] = field(default_factory=dict)
    _exchange: Exchange | None = None
    _head: Letterhead | None = None  # from the moment it runs
    _stopped: asyncio.Event = field(default_factory=asyncio.Event)
    _until_idle: bool = False
    _gave_up: LaterError | None = None

    def stop(self) -> None:
        """Finish the open transactions, then end."""
        self._stopped.set()

    async def run(self, until_idle: bool = False) -> None:
        """Send until stopped; with `until_idle`, until nothing can be sent now."""
        self._until_idle = until_idle
        await asyncio.to_thread(
            self.settings.password, self.home
        )  # a missing secret is better said before the first try
        signer = await asyncio.to_thread(signer_of, self.settings, self.home)
        self._head = Letterhead.of(self.settings, signer=signer)
        runner, found = await self._write(lambda c: leases.start(c, self.db, self.instance, self.clock.now()))
        maillog.runner_started(runner, found.released, len(found.in_doubt))
        self.on_recovered(found)
        exchange = self._exchange = Exchange(
            self.db,
            runner,
            self._terms(),
            self.clock.now,
            self._pause(POLL_S),
            self.settings.relay.connections,
            self.on_commit,
            on_round=self.on_round,
        )
        reach = Reach(self._connect, self._wait, self._on_failure, self._on_refusal)
        work = asyncio.create_task(exchange.work())
        lines = [asyncio.create_task(self._line(exchange, reach)) for _ in range(self.settings.relay.connections)]
        ends: list[asyncio.Task[Any]] = [asyncio.create_task(self._stopped.wait())]
        if until_idle:
            ends.append(asyncio.create_task(self._idle(exchange)))
        done, _ = await asyncio.wait([work, *lines, *ends], return_when=asyncio.FIRST_COMPLETED)
        for task in ends:
            task.cancel()
        if broken := [t for t in done if t is work or t in lines]:
            exchange.end()
            await _cancel(lines)
            maillog.runner_stopped(runner, "broken")
            broken[0].result()
            return
        await self._end(exchange, work, lines)
        await self._write(lambda c: leases.end(c, runner, self.clock.now()))
        maillog.runner_stopped(runner, "asked")
        if self._gave_up is not None:
            raise self._gave_up

    async def _end(self, exchange: Exchange, work: "asyncio.Task[None]", lines: "list[asyncio.Task[None]]") -> None:
        """Let what is under way end, for at most ten seconds; what the relay leaves open then is in doubt, by name."""
        exchange.stop()
        self._stopped.set()
        busy = [line for line in lines if not line.done()]
        if busy:
            await asyncio.wait(busy, timeout=STOP_S)
        await _cancel(lines)
        exchange.end()
        await work
        await exchange.commit()  # what the cancelled lines had to say

    async def _line(self, exchange: Exchange, reach: Reach) -> None:
        """One connection's life: open when there is work, closed when there is none."""
        while not exchange.stopping:
            await _either(exchange.stocked(), self._stopped.wait())
            if exchange.stopping or self._stopped.is_set():
                return
            wire = await reach.line(lambda: exchange.has_stock and not self._stopped.is_set())
            if wire is not None:
                await reach.closed(wire, await self._carry(exchange, reach, wire))

    async def _carry(self, exchange: Exchange, reach: Reach, wire: Wire) -> Outcome | None:
        """Message after message on one connection, until there is none; if it broke, the outcome it broke with."""
        settlement: Settlement | None = None
        try:
            while offered := await exchange.next(settlement):
                outcome = await self._submit(exchange, wire, offered)
                settlement = Settlement(offered, outcome)
                if wire.usable or outcome.event == "accept":
                    reach.works()
                if not wire.usable:
                    await exchange.settle(settlement)
                    return outcome
            return None
        finally:
            if wire.usable:
                await wire.quit()

    async def _submit(self, exchange: Exchange, wire: Wire, offered: Offered) -> Outcome:
        try:
            return await wire.submit(self._compose(offered, await self._stamp(offered)))
        except asyncio.CancelledError:
            exchange.orphan(Settlement(offered, wire.interrupted()))
            raise

    async def _connect(self) -> Wire:
        relay = self.settings.relay
        return await connect(relay, self.settings.password(self.home), self.settings.sender.from_.domain)

    def _on_failure(self, outcome: Outcome, failures: int) -> None:
        """With `until_idle` a person is waiting: not for ever."""
        if self._until_idle and failures >= TRIES:
            said = f"{outcome.code or ''} {outcome.text}".strip()
            self._gave_up = LaterError(
                Problem(
                    f"{self.settings.relay.host}",
                    f"e-postservern går inte att nå: {said}.",
                    "Inget är förlorat. Kör samma kommando igen om en stund.",
                )
            )
            self.stop()

    async def _on_refusal(self, outcome: Outcome) -> None:
        """A login or a certificate that is refused again and again: only a person can mend it."""
        assert self._exchange is not None
        stock = self._exchange.stock
        reason = " ".join(f"{outcome.stage}: {outcome.code or ''} {outcome.text}".split())
        for mailing in await self._write(lambda c: ledger.pause_for(c, self.db, stock, reason)):
            maillog.mailing_paused(mailing, "unreachable")
        await self._exchange.refresh()

    def _compose(self, offered: Offered, stamp: _Stamp) -> Message:
        source = stamp.rule.source(offered.list) if offered.list else Source("", "", "", "")
        assert self._head is not None
        return compose(
            self._head,
            self.keys,
            stamp.mould,
            stamp.subject,
            offered,
            source,
            stamp.stops,
            self.clock.now().astimezone(self.settings.association.zone),
            self.personal(offered),
        )

    async def _stamp(self, offered: Offered) -> _Stamp:
        """Cut once per rendering, while it is in use: those used last are kept."""
        stamp = self._stamps.pop(offered.rendering, None)
        if stamp is None:
            stamp = await asyncio.to_thread(self.db.read, lambda c: _read_stamp(c, offered, self.settings))
        self._stamps[offered.rendering] = stamp
        if len(self._stamps) > MOST_STAMPS:
            del self._stamps[next(iter(self._stamps))]
        return stamp

    async def _idle(self, exchange: Exchange) -> None:
        """Returns when nothing is claimed, offered or due now."""
        while not await asyncio.to_thread(
            self.db.read, lambda c: ledger.is_quiet(c, exchange.runner, exchange.terms, self.clock.now())
        ):
            await asyncio.sleep(self._pause(POLL_S) / 4)

    def _terms(self) -> Terms:
        relay, outbox = self.settings.relay, self.settings.outbox
        return Terms(
            relay.key,
            relay.per_hour,
            outbox.in_doubt == "again",
            timedelta(hours=outbox.give_up_after_h),
        )

    def _pause(self, seconds: float) -> float:
        """Real seconds for so many seconds of the house's clock; a simulated clock never busy-loops."""
        return max(seconds / self.clock.speed, 0.02) if self.clock.is_simulated and self.clock.speed > 0 else seconds

    async def _wait(self, seconds: float) -> None:
        """So many seconds of the house's clock, or until the runner stops."""
        await _either(self._stopped.wait(), asyncio.sleep(self._pause(seconds)))

    async def _write(self, fn: Any) -> Any:
        return await asyncio.wrap_future(self.db.submit(fn))


def _read_stamp(connection: Any, offered: Offered, settings: Settings) -> _Stamp:
    rendering = mailings.read_rendering(connection, offered.rendering)
    row = mailings.read(connection, offered.mailing)
    return _Stamp(cut(rendering), rendering.subject, Rule.from_json(row.rule), settings.what_stops(row.series))


async def _either(*waits: Coroutine[Any, Any, Any] | Awaitable[Any]) -> None:
    """Until the first of them ends; the others are cancelled."""
    tasks = [asyncio.ensure_future(w) for w in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        await _cancel(tasks)


async def _cancel(tasks: "list[asyncio.Task[Any]] | list[asyncio.Future[Any]]") -> None:
    for task in tasks:
        task.cancel()
    for task in tasks:
        with contextlib.suppress(asyncio.CancelledError, Exception):  # the first failure is already known
            await task
