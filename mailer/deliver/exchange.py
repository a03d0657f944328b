"""The exchange between the lines and the ledger: one group commit for all that wait.

Takes   what the lines say: this one is answered, the relay waits for the body of that one, this line is idle.
Gives   to the lines, after each commit, the word that a body may go, and the next envelope behind it.
Fails   LostLease, LaterError, AdminError from the database: `work` ends with it.

While one commit is on its way to the disk the next one gathers, so the more lines, the larger the commits. It lives in
one event loop and has one task; what the lines say only adds to lists.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from mailer.db import Database
from mailer.deliver.asking import Asking, ask_of
from mailer.deliver.composing import Composing
from mailer.deliver.hands import Hands
from mailer.deliver.line import Line, Parcel
from mailer.deliver.lines import Lines
from mailer.deliver.one_core import OneCore
from mailer.deliver.smtp import too_large
from mailer.deliver.stocking import Stocking
from mailer.deliver.telling import Telling
from mailer.errors import Busy, NoRoom
from mailer.outbox.outcome import Offered, Outcome, Settlement
from mailer.outbox.store import ledger
from mailer.outbox.store.ledger import Commit, Terms, Turn

RENEW_S = 20.0  # a third of the lease (leases.LEASE)
LOOK_S = 1.0  # so often is all that is held looked at: a pause or a leave reaches it
PATIENCE_S = 5.0  # so long does a message lie behind one that the relay is silent about
IDLE_S = 2.0  # so long is a line kept open with nothing to carry
SWEEP_S = 0.1
# So often are the sockets looked at before a commit: what has come meanwhile goes into it. Half as many commits, each
# of twice as many, cost a seventh less of everything.
HEARINGS = 2


@dataclass(slots=True)
class Gathered:
    """What the lines have said since the last commit."""

    settlements: list[Settlement] = field(default_factory=list)
    marks: list[tuple[Line, Parcel]] = field(default_factory=list)
    returned: list[Parcel] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.settlements or self.marks or self.returned)


class Exchange:
    """The lines of all relays, what they carry and what waits for them."""

    def __init__(
        self,
        db: Database,
        runner: int,
        terms: Terms,
        now: Callable[[], datetime],
        poll_s: float,
        composing: Composing,
        connections: int,
        on_commit: Callable[[Commit], None] = lambda _: None,
        on_round: Callable[[], None] = lambda: None,
        *,
        is_alone: bool = False,
    ) -> None:
        """`is_alone`: the process does nothing but send."""
        self.db, self.runner, self.terms, self.now = db, runner, terms, now
        self.poll_s = poll_s
        self.on_commit, self.on_round = on_commit, on_round
        self.composing = composing
        self.stopping = False
        self.on_over: Callable[[str, Line, Outcome | None], None] = lambda *_: None
        self.on_works: Callable[[str, Outcome], None] = lambda *_: None
        self.on_full: Callable[[NoRoom], bool] = lambda _: False  # stop; True when there is room for what is under way
        self.lines = Lines(terms.relays, bool(terms.domains))
        self._hands = Hands(terms.relays)
        self._asking = Asking(self.lines, self._hands, poll_s)
        self._stocking = Stocking(connections)
        self._gathered = Gathered()
        self._marking: dict[Parcel, Line] = {}  # in the commit under way
        self._woken = asyncio.Event()
        self._ended = False
        self._has_work = asyncio.Event()
        self._last_look = 0.0
        self._last_sweep = 0.0
        self._telling = Telling()
        # PostgreSQL works on the other core, signatures and pages on both.
        holds = is_alone and db.is_sqlite and not composing.has_threads
        self._one_core = OneCore(db.writer_thread if holds else None)
        composing.on_made = self._on_made
        composing.on_failed = self._on_not_made

    # What the lines say (Listener)

    def ready(self, line: Line, parcel: Parcel) -> None:
        self._gathered.marks.append((line, parcel))
        self._woken.set()

    def answered(self, line: Line, parcel: Parcel, outcome: Outcome) -> None:
        self._settle(parcel, outcome)
        relay = self.lines.answered(line)
        if outcome.event != "doubt":
            self.on_works(relay, outcome)
        if line.is_idle and line.usable:
            self._rests(line)

    def refused(self, line: Line, parcel: Parcel, outcome: Outcome) -> None:
        self._settle(parcel, outcome)
        if line.usable:
            self.on_works(self.lines.relay_of(line), outcome)
            if line.is_idle:
                self._rests(line)

    def unsent(self, line: Line, parcel: Parcel) -> None:
        if parcel in self._marking:
            return  # the commit under way decides: `_hand_out` finds its line gone
        marks = self._gathered.marks
        marks[:] = [mark for mark in marks if mark[1] is not parcel]
        self._give_back(parcel)

    def over(self, line: Line, broken: Outcome | None) -> None:
        relay = self.lines.over(line)
        if not self.lines.leads_to(relay):  # another relay may carry what this one was to carry
            while self._hands.permitted[relay]:
                self._give_back(self._hands.permitted[relay].popleft())
        self._woken.set()
        self.on_over(relay, line, broken)

    def opened(self, relay: str, line: Line) -> None:
        """A new connection to the relay."""
        self.lines.opened(relay, line)
        self._rests(line)

    # What the runner asks

    @property
    def has_work(self) -> bool:
        """Whether something is claimed that could go out."""
        return self.waiting > 0

    @property
    def waiting(self) -> int:
        """How many could go out if there were a line for each."""
        return len(self._hands) + self.composing.under_way

    @property
    def has_lines(self) -> bool:
        """Whether any line is open."""
        return len(self.lines) > 0

    @property
    def is_busy(self) -> bool:
        """Whether something is under way on some line, or waits to be written down."""
        return bool(self._gathered or self._marking) or any(not line.is_idle for line in self.lines)

    @property
    def has_permits(self) -> bool:
        """Whether something may go, or perhaps may, and is on no line yet."""
        return bool(self._asking.under_way) or any(self._hands.permitted.values())

    @property
    def has_said(self) -> bool:
        """Whether something waits to be written down."""
        return bool(self._gathered)

    def numbers(self) -> list[int]:
        """The deliveries that are claimed and not under way."""
        return self._hands.numbers() + self.composing.numbers()

    def look(self) -> None:
        """Look at all that is held, now."""
        self._last_look = 0.0
        self._stocking.last_commit = 0.0
        self._woken.set()

    def drop_all(self) -> None:
        """Close every line at once."""
        self._telling.sum()
        for line in self.lines:
            line.drop()

    async def work_is_there(self) -> None:
        """Wait until something is claimed that could go out."""
        await self._has_work.wait()

    def stop(self) -> None:
        """No more envelopes. What the relay waits for is not sent; what is out may still be answered."""
        self.stopping = True
        for line in self.lines:
            if line.is_idle:
                line.quit()
        self._woken.set()

    def end(self) -> None:
        """Let `work` return after the commit under way."""
        self._ended = True
        self._woken.set()

    async def work(self) -> None:
        """Commit after commit, until `end`. Looks for new deliveries every `poll_s`.

        Never cancel it: what a commit under way has marked as offered would be handed to nobody.
        """
        try:
            while not self._ended:
                await self._round()
        finally:
            self._one_core.let_go()

    async def _round(self) -> None:
        if not self._gathered and not self._may_ask:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.poll_s):
                    await self._woken.wait()
        for _ in range(HEARINGS):
            await asyncio.sleep(0)
        self._woken.clear()
        self.on_round()
        self._sweep()
        self._one_core.look()
        if self._gathered or self._may_ask or not await self._may_rest():
            await self.commit()

    async def commit(self) -> None:
        """One group commit, and its consequences."""
        gathered, self._gathered = self._gathered, Gathered()
        self._marking = {parcel: line for line, parcel in gathered.marks}
        asks = [] if self.stopping else self._asking.ask(self._marking.values())
        look = time.monotonic() - self._last_look >= LOOK_S
        turn = Turn(
            gathered.settlements,
            [] if self.stopping else [parcel.offered for _, parcel in gathered.marks],
            [ask_of(parcel) for parcel in asks],
            [ask_of(parcel) for parcel in gathered.returned],
            self.numbers() if look else (),
            renews=look,
        )
        claim = 0 if self.stopping else self._stocking.size(self.waiting)
        began = time.monotonic()
        if look:
            self._last_look = began
        written = self._write(turn, claim)
        hands = self._hands
        self.composing.make(hands.stock, hands.made)  # meanwhile
        try:
            done = await written
        except NoRoom as full:
            if not self.on_full(full):
                raise
            done = await self._write(replace(turn, marks=[], asks=[]), 0)  # what is known, and nothing more goes out
        except Busy:
            done = await self._write_after_all(turn)
        self._stocking.committed(len(done.offered), began)
        self._one_core.sent += len(done.offered)
        self._hand_out(gathered, done)
        await self.composing.read_missing(hands.stock)
        if not hands.made:
            self.composing.make(hands.stock, hands.made)
        self._telling.told(gathered.settlements, done)
        if self._ended:
            self._telling.sum()
        self.on_commit(done)

    def _write(self, turn: Turn, claim: int) -> "asyncio.Future[Commit]":
        def commit(connection: Connection) -> Commit:
            return ledger.commit(connection, self.db, self.runner, turn, claim, self.terms, self.now())

        return asyncio.wrap_future(self.db.submit(commit, offers=True))

    async def _write_after_all(self, turn: Turn) -> Commit:
        """The same again, when another process has written for longer than is waited for: a large import. What the
        relay has answered by now is not asked of it twice."""
        while True:
            try:
                return await self._write(turn, 0)
            except Busy:
                if self.stopping:
                    raise

    def _hand_out(self, gathered: Gathered, done: Commit) -> None:
        """Each line gets the word on its body, and the next envelope."""
        self._take_in(done)
        for line, parcel in gathered.marks:
            if parcel.offered.delivery not in done.offered:
                line.drop()
                self._give_back(parcel)  # the permit at least, if the delivery is not ours any more
            elif not line.usable:
                self._settle(parcel, Outcome("return", "data", text="förbindelsen är borta"))
            else:
                line.go(self._next_for(line) if self.lines.takes_two(line) else None)
        self._marking = {}
        self._feed_idle()

    def _take_in(self, done: Commit) -> None:
        """What was permitted, what was claimed, what is gone."""
        hands = self._hands
        if done.gone:
            for parcel in hands.forget(done.gone):
                self._give_back(parcel)
            self.composing.forget(done.gone)
        for parcel in self._asking.answered(done):
            self._give_back(parcel)
        if done.paused:  # what is in hand of them goes back at once, permitted or not
            for parcel in hands.of_mailings({mailing for mailing, _ in done.paused}):
                self._give_back(parcel)
            self._last_look = 0.0  # the rest, in the next commit
        hands.stock.extend(done.claimed)
        self._has_work.set() if self.has_work else self._has_work.clear()

    def _feed_idle(self) -> None:
        """Idle lines begin with what has a permit."""
        for relay, waiting in self._hands.permitted.items():
            for line in self.lines.idle(relay) if waiting and not self.stopping else ():
                parcel = self._next_for(line)
                if parcel is None:
                    break
                self.lines.wakes(line)
                line.begin(parcel)

    def _next_for(self, line: Line) -> Parcel | None:
        """What has a permit for the line's relay and is not too large for it."""
        if self.stopping:
            return None
        waiting = self._hands.permitted[self.lines.relay_of(line)]
        while waiting:
            parcel = waiting.popleft()
            size = parcel.message.size
            if not line.size_limit or size <= line.size_limit:
                return parcel
            self._settle(parcel, too_large(size, line.size_limit))
        return None

    def may_use(self, relay: str) -> bool:
        """Whether lines to this relay are wanted now."""
        return relay in self.lines.in_turn()

    @property
    def _may_ask(self) -> bool:
        return not self.stopping and self._asking.may_ask

    async def _may_rest(self) -> bool:
        """Whether nothing is due, and the lease has long to go. Asks by a read, in a thread."""
        passed = time.monotonic() - self._stocking.last_commit
        if self.stopping:
            return True
        if self.has_work:  # no line takes it now: look at it, and ask for permits, each time round
            self.lines.dry = set()
            return passed < self.poll_s / 2
        return passed <= RENEW_S and await asyncio.to_thread(
            self.db.read, lambda c: ledger.is_idle(c, self.terms, self.now())
        )

    def _rests(self, line: Line) -> None:
        """The line is idle. While stopping it says goodbye."""
        if self.stopping:
            line.quit()
            return
        self.lines.rests(line)
        self._woken.set()

    def _sweep(self) -> None:
        """Close the lines that have waited too long: for a reply, or for something to carry."""
        now = asyncio.get_running_loop().time()
        if now - self._last_sweep < SWEEP_S:
            return
        if not self._gathered:
            self._telling.sum()
        self._last_sweep = now
        for line in self.lines:
            if line.is_late(now):
                line.cut("inget svar i tid")
            elif (parcel := line.take_back(now, PATIENCE_S)) is not None:
                self._give_back(parcel)
            elif line.is_idle and now - line.idle_since > IDLE_S and not self.has_work:
                self.lines.wakes(line)
                line.quit()

    def _settle(self, parcel: Parcel, outcome: Outcome) -> None:
        self._gathered.settlements.append(Settlement(parcel.offered, outcome, parcel.relay))
        self._woken.set()

    def _give_back(self, parcel: Parcel) -> None:
        self._gathered.returned.append(parcel)
        self._woken.set()

    def _on_made(self) -> None:
        if self._may_ask:
            self._woken.set()

    def _on_not_made(self, offered: Offered, outcome: Outcome) -> None:
        self._gathered.settlements.append(Settlement(offered, outcome))
        self._woken.set()
