"""From claimed deliveries to parcels, a little ahead of the lines.

Takes   Offered values in the order they were claimed.
Gives   a Parcel for each, in about that order.
Fails   LaterError, AdminError when a rendering cannot be read. A message that cannot be made, whatever the reason, is
        that delivery's outcome, and keeps no other waiting: it would come first in each run to come.

What is signed is made in threads: a signature lets go of the interpreter lock, so that two make more than one.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from mailer import maillog
from mailer.audience.rule import Rule, Source
from mailer.codes import OfMessage
from mailer.db import Database
from mailer.deliver.line import Parcel
from mailer.deliver.message import Composer, Letterhead, words_of
from mailer.errors import AdminError, BrokenPromise, LaterError
from mailer.keys import Keys
from mailer.outbox.outcome import Offered, Outcome
from mailer.outbox.store import mailings
from mailer.render.mould import cut
from mailer.render.rendering import Rendering
from mailer.settings import Settings

THREADS = 2
BUNCH = 8  # messages to a thread at a time: a hand-over costs as much as half a signature
MOST_COMPOSERS = 32  # more than a mailing has editions; with pictures each takes half a megabyte
_NOBODYS = Source("", "", "", "")
_Key = tuple[int, str | None]  # a rendering, and the list it is reached through


class Composing:
    """One per runner."""

    def __init__(
        self,
        db: Database,
        settings: Settings,
        keys: Keys,
        head: Letterhead,
        now: Callable[[], datetime],
        personal: Callable[[Offered], Mapping[str, str]],
        ahead: int,
    ) -> None:
        self._db, self._settings, self._keys, self._head = db, settings, keys, head
        self._now, self._personal = now, personal
        self._ahead = ahead  # so many parcels are kept ready
        self._composers: dict[_Key, Composer | Outcome] = {}
        self._threads = ThreadPoolExecutor(THREADS, "composing") if head.signer else None
        self._under_way: dict[int, Offered] = {}  # in the threads
        self._made: deque[Parcel] = deque()
        self._stock: deque[Offered] = deque()
        self._wrong: BaseException | None = None  # what a thread ended with, and should not have
        self.on_made: Callable[[], None] = lambda: None
        self.on_failed: Callable[[Offered, Outcome], None] = lambda *_: None

    @property
    def has_threads(self) -> bool:
        """Whether messages are made in threads of their own: those that are signed."""
        return self._threads is not None

    @property
    def under_way(self) -> int:
        """How many are being made in the threads."""
        return len(self._under_way)

    def numbers(self) -> list[int]:
        """The deliveries being made in the threads."""
        return list(self._under_way)

    def forget(self, gone: Iterable[int]) -> None:
        """What is being made of these is thrown away when it comes."""
        for number in gone:
            self._under_way.pop(number, None)

    def make(self, stock: deque[Offered], made: deque[Parcel]) -> None:
        """Move what fits from `stock` to `made`; with a signer it arrives there later."""
        self._stock, self._made = stock, made
        if self._threads:
            self._start_bunches()
            return
        now = self._now()
        while some := self._next(self._ahead - len(made)):
            for offered, found in self._parcels(some, now):
                if isinstance(found, Parcel):
                    made.append(found)
                else:
                    self.on_failed(offered, found)

    async def read_missing(self, stock: deque[Offered]) -> None:
        """Read the renderings of what comes next, where they are not in hand. Raises what went wrong in a thread."""
        if self._wrong is not None:
            raise self._wrong
        coming = [stock[n] for n in range(min(len(stock), self._ahead))]
        missing = {(o.rendering, o.list): o for o in coming if (o.rendering, o.list) not in self._composers}
        first = dict(list(missing.items())[: MOST_COMPOSERS // 2])
        if not first:
            return
        read = await asyncio.to_thread(self._composers_of, first)
        for key in list(self._composers)[: max(0, len(self._composers) + len(read) - MOST_COMPOSERS)]:
            del self._composers[key]
        self._composers |= read

    def close(self) -> None:
        """No more is made."""
        if self._threads:
            self._threads.shutdown(wait=False, cancel_futures=True)

    def _start_bunches(self) -> None:
        assert self._threads is not None
        loop = asyncio.get_running_loop()
        while self._stock and len(self._made) + len(self._under_way) < self._ahead + 2 * THREADS * BUNCH:
            bunch = self._next(BUNCH)
            if not bunch:
                return
            self._under_way |= {o.delivery: o for _, o in bunch}
            work = loop.run_in_executor(self._threads, self._parcels, bunch, self._now())
            work.add_done_callback(self._bunch_made)

    def _next(self, most: int) -> list[tuple[Composer | Outcome, Offered]]:
        """The next ones, out of the stock, up to one for which `read_missing` has nothing yet."""
        some: list[tuple[Composer | Outcome, Offered]] = []
        while self._stock and len(some) < most:
            composer = self._composers.get((self._stock[0].rendering, self._stock[0].list))
            if composer is None:
                break
            some.append((composer, self._stock.popleft()))
        return some

    def _parcels(
        self, some: Sequence[tuple[Composer | Outcome, Offered]], now: datetime
    ) -> list[tuple[Offered, Parcel | Outcome]]:
        words: Sequence[OfMessage | None] = [None] * len(some)
        with suppress(UnicodeError):  # whose address it is shows when each is made by itself
            words = words_of([offered for _, offered in some], self._head, self._keys)
        return [(one, self._parcel(by, one, now, hers)) for (by, one), hers in zip(some, words, strict=True)]

    def _bunch_made(self, work: "asyncio.Future[list[tuple[Offered, Parcel | Outcome]]]") -> None:
        if work.cancelled():
            return
        if (wrong := work.exception()) is not None:
            self._wrong = wrong
            self.on_made()
            return
        for offered, found in work.result():
            if self._under_way.pop(offered.delivery, None) is None:
                continue  # gone meanwhile
            if isinstance(found, Parcel):
                self._made.append(found)
            else:
                self.on_failed(offered, found)
        self._start_bunches()
        self.on_made()

    def _parcel(
        self, composer: Composer | Outcome, offered: Offered, now: datetime, words: OfMessage | None
    ) -> Parcel | Outcome:
        """A message that cannot be made is held against our side, and not against those beside it."""
        if isinstance(composer, Outcome):
            return composer
        try:
            message = composer.compose(offered, now, self._personal(offered), words)
        except (LaterError, AdminError):
            raise  # the database or the machine: the same for all
        except Exception as why:  # noqa: BLE001 - handed to the ledger: this delivery waits, with the reason
            return _not_made(offered.delivery, why)
        return Parcel(offered, message, offered.address.rpartition("@")[2].lower())

    def _composers_of(self, first: Mapping[_Key, Offered]) -> dict[_Key, Composer | Outcome]:
        """Read them, then cut them; in place of one that cannot be cut, what becomes of its deliveries."""
        read = self._db.read(
            lambda c: {
                key: (mailings.read_rendering(c, o.rendering), mailings.read(c, o.mailing)) for key, o in first.items()
            }
        )
        return {key: self._composer(first[key], *found) for key, found in read.items()}

    def _composer(self, offered: Offered, rendering: Rendering, row: Row[Any]) -> Composer | Outcome:
        try:
            source = Rule.from_json(row.rule).source(offered.list) if offered.list else _NOBODYS
            stops, zone = self._settings.what_stops(row.series), self._settings.association.zone
            return Composer.of(self._head, self._keys, cut(rendering), rendering.subject, source, stops, zone)
        except Exception as why:  # noqa: BLE001 - handed to the ledger: other renderings go out
            return _not_made(offered.delivery, why)


def _not_made(delivery: int, why: Exception) -> Outcome:
    """Whose words are ours may be read by a person; those of others may hold a name, and only their kind is told."""
    maillog.not_made(delivery, type(why).__name__)
    said = str(why) if isinstance(why, BrokenPromise) else f"ett fel i programmet ({type(why).__name__})"
    return Outcome("defer", "mail", text=f"meddelandet går inte att göra: {said}"[:200], fault="ours")
