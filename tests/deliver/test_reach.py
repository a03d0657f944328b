"""The way to a relay: when it is tried again."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from mailer.deliver.reach import Reach
from mailer.deliver.smtp import Unreachable
from mailer.outbox.outcome import Outcome

REFUSED = Outcome("defer", "connect", text="Connection refused", fault="relay", lost_line=True)
TRIES = 3


def a_line() -> Any:
    """One that has carried a message."""
    return SimpleNamespace(usable=True, accepted=1)


@pytest.mark.parametrize("is_before", [True, False])
async def test_tries_again_at_once_when_its_only_line_closes_while_another_is_refused(is_before: bool) -> None:
    """A relay that goes down does both in one breath, in either order."""
    tried, over = 0, asyncio.Event()

    async def connect() -> Any:
        nonlocal tried
        tried += 1
        if tried == 2:
            if is_before:
                reach.closed(first, REFUSED)
            else:
                asyncio.get_running_loop().call_soon(reach.closed, first, REFUSED)
            raise Unreachable(REFUSED)
        if tried == TRIES:
            over.set()
        return first if tried == 1 else a_line()

    async def sleep(_: float) -> None:
        await over.wait()  # no wait of ours ends by itself

    async def wanted() -> int:
        return 10

    async def on_refusal(_: Outcome) -> None: ...

    first = a_line()
    reach = Reach(4, connect, sleep, wanted, lambda _: None, lambda *_: None, on_refusal, over.is_set)
    async with asyncio.timeout(10):
        await reach.keep_open()
    assert tried == TRIES
