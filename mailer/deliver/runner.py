"""The runner: keeps connections to the relay busy with what the ledger offers, and stops without losing anybody.

Takes   the opened doors of a house, and a lock that proves it is the only runner.
Gives   nothing: the ledger tells. It ends when told to, or when nothing more can be sent now.
Fails   LostLease, LaterError, AdminError from the database; NoRoom before anything goes out, or when what was out is
        written down.
"""

import asyncio
import contextlib
import gc
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from mailer import maillog
from mailer.clock import Clock
from mailer.db import Database
from mailer.deliver.away import Away
from mailer.deliver.composing import Composing
from mailer.deliver.dkim import signer_of
from mailer.deliver.exchange import Exchange
from mailer.deliver.line import QUIT_S, Line
from mailer.deliver.message import NOTHING, Letterhead
from mailer.deliver.reach import TRIES, Reach
from mailer.deliver.reserve import Reserve
from mailer.deliver.smtp import Unreachable, connect
from mailer.errors import AdminError, LaterError, MailerError, NoRoom, Problem
from mailer.keys import Keys
from mailer.outbox import outage
from mailer.outbox.outcome import Offered, Outcome
from mailer.outbox.store import late, leases, ledger
from mailer.outbox.store.leases import Recovered
from mailer.outbox.store.ledger import Commit, Terms
from mailer.settings import Settings
from mailer.settings.relay import Relay

STOP_S = 6  # how long the open transactions get after SIGTERM; with QUIT_S and the last commit it is over within ten
POLL_S = 1.0
# While a commit is under way the loop makes the next messages, a millisecond's work, and the ledger's thread asks for
# its turn so long after each statement: with it waits every line. Python's own 5 ms gives a third fewer messages a
# second, 0.3 ms a tenth; below this nothing is won.
SWITCH_S = 0.00003
SELDOM = 50_000  # objects more than there were, before the young ones are gone through


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
    _reaches: dict[str, Reach] = field(default_factory=dict)
    _stopped: asyncio.Event = field(default_factory=asyncio.Event)
    _line_over: asyncio.Event = field(default_factory=asyncio.Event)
    _composing: Composing | None = None  # from the moment it runs
    _until_idle: bool = False
    _gave_up: MailerError | None = None
    _refused: set[int] = field(default_factory=set)  # mailings that stand still until a person mends a login
    _reserve: Reserve | None = None

    def stop(self) -> None:
        """Finish the open transactions, then end."""
        self._stopped.set()

    async def run(self, until_idle: bool = False) -> None:
        """Send until stopped; with `until_idle`, until nothing can be sent now."""
        self._until_idle = until_idle
        if not gc.get_freeze_count():  # what is there by now stays: it need not be gone through, not even once
            gc.freeze()
        gc.set_threshold(SELDOM)
        sys.setswitchinterval(SWITCH_S)
        relays = self.settings.all_relays
        for relay in relays:  # a missing secret is better said before the first try
            await asyncio.to_thread(self.settings.password_of, relay, self.home)
        signer = await asyncio.to_thread(signer_of, self.settings, self.home)
        await asyncio.to_thread(self._keep_reserve)
        runner, found = await self._write(self._begun)
        maillog.runner_started(runner, found.released, len(found.in_doubt))
        self.on_recovered(found)
        composing = self._composing = self._composing_with(Letterhead.of(self.settings, signer=signer))
        exchange = self._exchange(runner, composing)
        away = self._away([relay.key for relay in relays])
        tasks = [asyncio.create_task(exchange.work())]
        tasks += [asyncio.create_task(self._reach(exchange, relay, away).keep_open()) for relay in relays]
        tasks.append(asyncio.create_task(away.keep()))
        ends: list[asyncio.Task[Any]] = [asyncio.create_task(self._stopped.wait())]
        if until_idle:
            ends.append(asyncio.create_task(self._idle(exchange)))
        done, _ = await asyncio.wait([*tasks, *ends], return_when=asyncio.FIRST_COMPLETED)
        wrong = next((why for task in done if (why := task.exception()) is not None), None)
        try:
            await _cancel([*tasks[1:], *ends])
            if tasks[0].done():
                exchange.end()
                exchange.drop_all()
                maillog.runner_stopped(runner, "broken")
                tasks[0].result()
                return
            if isinstance(wrong, NoRoom):
                self._on_full(exchange, wrong)
            await self._end(exchange, tasks[0])  # also where a task beside it has failed: what is out may be answered
            if wrong is None:
                await away.note()  # what the last answers have shown
        finally:
            composing.close()
        await self._write(lambda c: leases.end(c, runner, self.clock.now()))
        maillog.runner_stopped(runner, "full" if isinstance(self._gave_up, NoRoom) else "broken" if wrong else "asked")
        if why := wrong or self._gave_up:
            raise why

    @property
    def _connections(self) -> int:
        return sum(relay.connections for relay in self.settings.all_relays)

    def _keep_reserve(self) -> None:
        if self.db.is_sqlite and self.db.url.database:
            self._reserve = Reserve(Path(self.db.url.database).with_name("reserve"), self._connections)
            self._reserve.keep()

    def _begun(self, connection: Connection) -> tuple[int, Recovered]:
        """Enter the runner. What has stood still for long is stopped before anything else is found of it."""
        self._stop_late(connection)
        return leases.start(connection, self.db, self.instance, self.clock.now())

    def _stop_late(self, connection: Connection) -> None:
        for mailing in late.pause_late(connection, self.db, self.clock.now()):
            maillog.mailing_paused(mailing, "late")

    async def _end(self, exchange: Exchange, work: "asyncio.Task[None]") -> None:
        """Let what is under way end, for at most STOP_S; what the relay leaves open then is in doubt, by name."""
        self._stopped.set()
        exchange.stop()
        await self._lines_end(exchange, STOP_S, lambda: exchange.is_busy)
        await self._lines_end(exchange, QUIT_S, lambda: exchange.has_lines)
        exchange.drop_all()
        exchange.end()
        await work
        while exchange.has_said:  # what the last lines had to say
            await exchange.commit()

    async def _lines_end(self, exchange: Exchange, seconds: float, waited_for: Callable[[], bool]) -> None:
        """Until it is no longer so, or the time is over."""
        until = asyncio.get_running_loop().time() + seconds
        while waited_for() and (left := until - asyncio.get_running_loop().time()) > 0:
            self._line_over.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._line_over.wait(), min(left, 0.1))

    def _composing_with(self, head: Letterhead) -> Composing:
        zone = self.settings.association.zone
        return Composing(
            self.db, self.settings, self.keys, head, lambda: self.clock.now().astimezone(zone), self.personal,
            2 * self._connections,
        )  # fmt: skip

    def _exchange(self, runner: int, composing: Composing) -> Exchange:
        return Exchange(
            self.db,
            runner,
            self._terms(),
            self.clock.now,
            self._pause(POLL_S),
            composing,
            self._connections,
            self.on_commit,
            self.on_round,
            is_alone=self._until_idle,
        )

    def _away(self, relays: list[str]) -> Away:
        async def read(fn: Any) -> Any:
            return await asyncio.to_thread(self.db.read, fn)

        return Away(relays, self.clock.now, self._wait, self._stopped.is_set, read, self._write)

    def _reach(self, exchange: Exchange, relay: Relay, away: Away) -> Reach:
        """The way to the relay, tied to the exchange."""
        key = relay.key

        async def wanted() -> int:
            while not self._stopped.is_set():
                await exchange.work_is_there()
                if exchange.may_use(key):
                    return exchange.waiting
                await self._wait(POLL_S)
            return 0

        def on_failure(outcome: Outcome, failures: int) -> None:
            away.failed(key, outcome)
            self._on_failure(outcome, failures)

        async def on_refusal(outcome: Outcome) -> None:
            away.failed(key, outcome)
            await self._on_refusal(exchange, outcome)

        def on_works(name: str, outcome: Outcome) -> None:
            self._reaches[name].works()
            away.answered(name, outcome)

        reach = self._reaches[key] = Reach(
            relay.connections,
            lambda: self._connect(relay, exchange),
            self._wait_or_go_on,
            wanted,
            lambda line: exchange.opened(key, line),
            on_failure,
            on_refusal,
            self._stopped.is_set,
        )
        exchange.lines.reachable = lambda name: name not in self._reaches or not self._reaches[name].is_away
        exchange.on_over = self._over
        exchange.on_full = lambda full: self._on_full(exchange, full)
        exchange.on_works = on_works
        return reach

    def _over(self, relay: str, line: Line, broken: Outcome | None) -> None:
        self._line_over.set()
        self._reaches[relay].closed(line, broken)

    async def _connect(self, relay: Relay, exchange: Exchange) -> Line:
        if self._reaches[relay.key].is_away:  # perhaps for days
            await self._write(self._stop_late)
            exchange.look()
        try:
            password = await asyncio.to_thread(self.settings.password_of, relay, self.home)
        except AdminError as why:  # it could be read at the start: perhaps it is being renewed at this moment
            raise Unreachable(Outcome("return", "auth", text=str(why)[:200], fault="ours")) from why
        return await connect(relay, password, self.settings.sender.from_.domain, exchange)

    def _on_full(self, exchange: Exchange, full: NoRoom) -> bool:
        """Let go of the room that was held, and write down there what is under way, but nothing new."""
        if self._reserve is None or not self._reserve.release():
            return False
        self._gave_up = full
        exchange.stop()
        self.stop()
        return True

    @property
    def _nobody_carries(self) -> bool:
        """Whether every relay has failed again and again: one that has failed once may be back in a minute."""
        return all(reach.failures >= TRIES for reach in self._reaches.values())

    def _on_failure(self, outcome: Outcome, failures: int) -> None:
        """With `until_idle` a person is waiting: not for ever."""
        if self._until_idle and self._nobody_carries:
            said = f"{outcome.code or ''} {outcome.text}".strip()
            self._gave_up = LaterError(
                Problem(
                    f"{self.settings.relay.host}",
                    f"e-postservern går inte att nå: {said}.",
                    "Inget är förlorat. Kör samma kommando igen om en stund.",
                )
            )
            self.stop()

    async def _on_refusal(self, exchange: Exchange, outcome: Outcome) -> None:
        """A login or a certificate that is refused again and again: only a person can mend it."""
        if not self._nobody_carries:
            return  # another relay carries it meanwhile
        held = exchange.numbers()
        paused = await self._write(lambda c: ledger.pause_for(c, self.db, held, outage.why(outcome)))
        for mailing in paused:
            maillog.mailing_paused(mailing, "unreachable")
        self._refused.update(paused)
        exchange.look()

    async def _idle(self, exchange: Exchange) -> None:
        """Returns when nothing is claimed, offered or due now."""

        def is_quiet(connection: Connection) -> bool:
            relays = exchange.terms.relays
            there = {key: limits for key, limits in relays.items() if exchange.lines.reachable(key)}
            terms = replace(exchange.terms, relays=there or relays)  # one that is away has room, and is of no use
            return ledger.is_quiet(connection, exchange.runner, terms, self.clock.now())

        # The limits are reached when the last permits are given, and those who have them are still to go.
        while not await asyncio.to_thread(self.db.read, is_quiet) or exchange.is_busy or exchange.has_permits:
            await asyncio.sleep(self._pause(POLL_S) / 4)

    def _terms(self) -> Terms:
        settings = self.settings
        return Terms(
            {relay.key: relay.limits for relay in settings.all_relays},
            {domain.name: domain.limits for domain in settings.domains},
            settings.outbox.in_doubt == "again",
            timedelta(hours=settings.outbox.give_up_after_h),
        )

    def _pause(self, seconds: float) -> float:
        """Real seconds for so many seconds of the house's clock; a simulated clock never busy-loops."""
        return max(seconds / self.clock.speed, 0.02) if self.clock.is_simulated and self.clock.speed > 0 else seconds

    async def _wait(self, seconds: float) -> None:
        """So many seconds of the house's clock, or until the runner stops."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopped.wait(), self._pause(seconds))

    async def _wait_or_go_on(self, seconds: float) -> None:
        """The same; not when a person lets one of those go on that stood still: then she has mended it."""
        left = seconds
        while left > 0 and not self._stopped.is_set():
            step = min(left, POLL_S) if self._refused else left
            await self._wait(step)
            left -= step
            going = bool(self._refused) and await asyncio.to_thread(self.db.read, self._goes_on)
            if going:
                self._refused.clear()
                return

    def _goes_on(self, connection: Connection) -> bool:
        return ledger.goes_on(connection, tuple(self._refused))

    async def _write(self, fn: Any) -> Any:
        return await asyncio.wrap_future(self.db.submit(fn))


async def _cancel(tasks: "list[asyncio.Task[Any]]") -> None:
    """End them. More than once if need be: a wait that is over in the same moment swallows a cancellation."""
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=0.1)
    for task in tasks:
        if not task.cancelled():
            task.exception()  # the first failure is already known
