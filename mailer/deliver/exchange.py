"""The exchange between the connections and the ledger: one group commit for all that wait.

Takes   settlements from connections, and their wish for a next message.
Gives   to each a delivery whose offered mark is durable, or None when there is nothing for it.
Fails   LostLease, LaterError, AdminError from the database: the runner stops.

While one commit is on its way to the disk the next one gathers, so the more connections, the larger the commits.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from mailer import maillog
from mailer.db import Database
from mailer.outbox.outcome import Offered, Outcome, Settlement
from mailer.outbox.store import ledger
from mailer.outbox.store.ledger import Commit, Terms

RENEW_S = 20  # a third of the lease (leases.LEASE)


@dataclass(slots=True)
class _Request:
    settlement: Settlement | None
    wants: bool
    answer: "asyncio.Future[Offered | None]"


@dataclass(slots=True)
class Exchange:
    """Lives in one event loop; `work` is its task."""

    db: Database
    runner: int
    terms: Terms
    now: Callable[[], datetime]  # the house's clock; sleeps are real seconds
    poll_s: float
    connections: int
    on_commit: Callable[[Commit], None] = lambda _: None
    stock: tuple[int, ...] = ()
    stopping: bool = False
    on_round: Callable[[], None] = lambda: None  # each time round, whether there was anything to do or not
    _requests: list[_Request] = field(default_factory=list)
    _orphans: list[Settlement] = field(default_factory=list)  # offered to a connection that is gone
    _woken: asyncio.Event = field(default_factory=asyncio.Event)
    _stocked: asyncio.Event = field(default_factory=asyncio.Event)
    _ended: bool = False
    _last_commit: float = 0.0
    _rate: float = 0.0  # messages per second, smoothed

    async def next(self, settlement: Settlement | None) -> Offered | None:
        """Settle the last message durably, and get the next; None when there is none now or the runner stops."""
        return await self._ask(settlement, wants=not self.stopping)

    async def settle(self, settlement: Settlement) -> None:
        """Settle without asking for more."""
        await self._ask(settlement, wants=False)

    def orphan(self, settlement: Settlement) -> None:
        """A settlement of a connection that cannot wait for the commit."""
        self._orphans.append(settlement)

    async def refresh(self) -> None:
        """A commit for its own sake: what was paused or withdrawn meanwhile leaves the stock."""
        await self._ask(None, wants=False)

    @property
    def has_stock(self) -> bool:
        """Whether something is claimed and may be offered."""
        return self._stocked.is_set()

    async def stocked(self) -> None:
        """Wait until something is claimed and may be offered."""
        await self._stocked.wait()

    def stop(self) -> None:
        """No connection gets another message. What is under way may still be settled."""
        self.stopping = True
        self._woken.set()

    def end(self) -> None:
        """Let `work` return after the commit under way."""
        self._ended = True
        self._woken.set()

    async def work(self) -> None:
        """Commit after commit, until `end`. Looks for new deliveries every `poll_s`.

        Never cancel it: what a commit under way has marked as offered would be handed to nobody.
        """
        while not self._ended:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), self.poll_s)
            self._woken.clear()
            self.on_round()
            if self._requests or self._orphans or not await self._may_rest():
                await self.commit()

    async def commit(self) -> None:
        """One group commit."""
        requests, self._requests = self._requests, []
        settlements = [*self._orphans, *(r.settlement for r in requests if r.settlement is not None)]
        self._orphans = []
        wants = [] if self.stopping else [r for r in requests if r.wants]
        claim = 0 if self.stopping else self._claim_size()
        began = time.monotonic()
        done = await asyncio.wrap_future(
            self.db.submit(
                lambda c: ledger.commit(
                    c,
                    self.db,
                    self.runner,
                    settlements,
                    self.stock,
                    len(wants),
                    claim,
                    self.terms,
                    self.now(),
                )
            )
        )
        self._measure(len(done.offered), began)
        self._hand_out(requests, wants, done)
        _log(settlements, done)
        self.on_commit(done)

    async def _may_rest(self) -> bool:
        """Whether nothing is due, and the lease has long to go. Asks by a read, in a thread."""
        if self.stopping or self.stock or time.monotonic() - self._last_commit > RENEW_S:
            return self.stopping
        return await asyncio.to_thread(self.db.read, lambda c: ledger.is_idle(c, self.terms, self.now()))

    def _claim_size(self) -> int:
        """What two seconds of the present rate can send."""
        return max(2 * self.connections, min(ledger.LARGEST_CLAIM, int(2 * self._rate)))

    def _measure(self, offered: int, began: float) -> None:
        passed = max(time.monotonic() - max(self._last_commit, began - 1), 1e-3)
        self._rate += (offered / passed - self._rate) * min(1.0, passed)
        self._last_commit = time.monotonic()

    def _hand_out(self, requests: list[_Request], wants: list[_Request], done: Commit) -> None:
        self.stock = done.stock
        given = {id(r): o for r, o in zip(wants, done.offered, strict=False)}
        for request in requests:
            offered = given.get(id(request))
            if not request.answer.done():
                request.answer.set_result(offered)
            elif offered is not None:
                self._orphans.append(Settlement(offered, Outcome("return", "mail", text="förbindelsen är borta")))
        if self.stock and done.permits:
            self._stocked.set()
        else:
            self._stocked.clear()

    async def _ask(self, settlement: Settlement | None, wants: bool) -> Offered | None:
        request = _Request(settlement, wants, asyncio.get_running_loop().create_future())
        self._requests.append(request)
        self._woken.set()
        return await request.answer


def _log(settlements: list[Settlement], done: Commit) -> None:
    accepted = sum(s.outcome.event == "accept" for s in settlements)
    for s in settlements:
        if s.outcome.event != "accept":
            maillog.settled(s.offered.delivery, s.outcome.event, s.outcome.stage, s.outcome.code, s.outcome.status)
    if settlements or done.offered:
        maillog.committed(accepted, len(settlements) - accepted, len(done.offered))
    for mailing, _ in done.paused:
        maillog.mailing_paused(mailing, "our_faults")
