"""Which relays take nothing: told from what is wrong with one message, and written down seldom."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from mailer.db import Database
from mailer.deliver.away import AT_ONCE, LATER, Away
from mailer.outbox.outcome import Outcome
from mailer.outbox.store import outages
from tests.outbox.test_ledger import NOW
from tests.outbox.test_outages import BUSY, DEAD, MINUTE, REFUSED

RELAY, OTHER = "127.0.0.1:2525", "reserv"
TAKEN = Outcome("accept", "dot", 250, "2.0.0", "ok")
UNKNOWN = Outcome("refuse", "rcpt", 550, "5.1.1", "okänd", "recipient")
AT_RCPT = Outcome("defer", "rcpt", 451, "4.3.0", "senare", "relay")
NO_SUCH_DOMAIN = Outcome("defer", "rcpt", 450, "4.1.2", "domänen finns inte", "relay")
FULL = Outcome("defer", "rcpt", 452, "4.2.2", "full", "relay")
POLICY = Outcome("defer", "dot", 554, "5.7.1", "policy", "ours")


class Worker:
    """A runner's view of the relays, on a real database, with a clock that is moved by hand."""

    def __init__(self, db: Database) -> None:
        self.db, self.now, self.wrote = db, NOW, 0
        self.over = asyncio.Event()
        self.minute = asyncio.Event()
        self.away = Away([RELAY, OTHER], lambda: self.now, self._sleep, self.over.is_set, self._read, self._write)

    async def _sleep(self, _: float) -> None:
        await self.minute.wait()

    async def _read(self, fn: Callable[..., Any]) -> Any:
        return self.db.read(fn)

    async def _write(self, fn: Callable[..., Any]) -> Any:
        self.wrote += 1
        return self.db.write(fn)

    async def hears(self, outcome: Outcome, times: int = 1, later: timedelta = timedelta(0)) -> list[str]:
        """The relays that are away after it, by the rows."""
        self.now += later
        for _ in range(times):
            if outcome in (DEAD, REFUSED):
                self.away.failed(RELAY, outcome)
            else:
                self.away.answered(RELAY, outcome)
        await self.away.note()
        return list(self.db.read(outages.read_open))


@pytest.fixture
def worker(db: Database) -> Worker:
    return Worker(db)


@pytest.mark.parametrize(
    ("outcome", "times", "is_away"),
    [
        (DEAD, 1, True),
        (REFUSED, 1, True),
        (BUSY, AT_ONCE - 1, False),
        (BUSY, AT_ONCE, True),
        (AT_RCPT, LATER - 1, False),
        (AT_RCPT, LATER, True),
        (NO_SUCH_DOMAIN, 3 * LATER, False),
        (FULL, 3 * LATER, False),
        (POLICY, 3 * LATER, False),
        (UNKNOWN, 3 * LATER, False),
        (TAKEN, 3 * LATER, False),
    ],
)
async def test_tells_a_relay_that_is_away_from_a_message_that_is_not_taken(
    worker: Worker, outcome: Outcome, times: int, is_away: bool
) -> None:
    assert await worker.hears(outcome, times) == ([RELAY] if is_away else [])


@pytest.mark.parametrize("good", [TAKEN, UNKNOWN])
async def test_counts_refusals_anew_when_the_relay_has_done_its_work(worker: Worker, good: Outcome) -> None:
    for _ in range(4):
        assert await worker.hears(AT_RCPT, LATER - 1) == []
        await worker.hears(good)


@pytest.mark.parametrize("outcome", [DEAD, BUSY])
async def test_writes_at_once_then_once_a_minute_then_when_it_works(worker: Worker, outcome: Outcome) -> None:
    await worker.hears(TAKEN, 100)
    assert worker.wrote == 0
    await worker.hears(outcome, 3)
    assert worker.wrote == 1
    for _ in range(59):
        await worker.hears(outcome, 3, timedelta(seconds=1))
    assert worker.wrote == 1
    await worker.hears(outcome, 3, timedelta(seconds=1))
    assert worker.wrote == 2
    (found,) = worker.db.read(outages.read)
    assert (found.since, found.heard_at) == (NOW, NOW + MINUTE)
    for _ in range(100):
        await worker.hears(TAKEN, 3, timedelta(seconds=1))
    assert worker.wrote == 3
    assert worker.db.read(outages.read) == []


async def test_counts_from_the_first_refusal(worker: Worker) -> None:
    await worker.hears(AT_RCPT, LATER - 1)
    await worker.hears(AT_RCPT, later=MINUTE)
    assert [o.since for o in worker.db.read(outages.read)] == [NOW]


async def test_ends_what_another_worker_or_a_run_before_has_written(worker: Worker) -> None:
    before = Worker(worker.db)
    assert await before.hears(DEAD) == [RELAY]
    assert await worker.hears(TAKEN, later=MINUTE) == []
    # The other one still has no way through; that is an outage of its own.
    assert await before.hears(DEAD, later=2 * MINUTE) == [RELAY]
    assert [o.since for o in worker.db.read(outages.read)] == [NOW + 2 * MINUTE]


async def test_remembers_a_success_that_could_not_be_written(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    await worker.hears(DEAD)

    async def broken(_: object) -> None:
        raise asyncio.CancelledError

    with monkeypatch.context() as patch:
        patch.setattr(worker.away, "write", broken)
        with pytest.raises(asyncio.CancelledError):
            await worker.hears(TAKEN)
    await worker.away.note()
    assert worker.db.read(outages.read) == []


async def test_writes_the_first_failure_without_waiting_for_the_minute(worker: Worker) -> None:
    task = asyncio.create_task(worker.away.keep())
    await asyncio.sleep(0)
    worker.away.failed(RELAY, DEAD)
    async with asyncio.timeout(10):
        while not worker.wrote:
            await asyncio.sleep(0.01)
        worker.over.set()
        worker.minute.set()
        await task
