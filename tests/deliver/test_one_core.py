"""The loop's thread and the ledger's on one core of two, while mail goes out fast; anywhere, at any other time."""

import asyncio
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailer.deliver import one_core
from mailer.deliver.dkim_key import make_key
from mailer.deliver.one_core import FREE_S, HOLD_S, WORTH, OneCore
from mailer.deliver.runner import Runner
from mailer.house import open_house
from mailer.verbs import send
from tests.homes import add_people, make_home, plan_letter
from tests.relay.client import Relay, running_relay

ALL = os.sched_getaffinity(0)
pytestmark = pytest.mark.skipif(len(ALL) < 2, reason="there is one core")


@pytest.fixture(autouse=True)
def two() -> Iterator[set[int]]:
    """The cores of the test: two, however many there are."""
    cores = set(sorted(ALL)[:2])
    os.sched_setaffinity(0, cores)
    yield cores
    os.sched_setaffinity(0, ALL)


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    at = [1000.0]
    monkeypatch.setattr(one_core.time, "monotonic", lambda: at[0])
    return at


class Other:
    """A thread that waits until the test is over."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self.thread = threading.Thread(target=self._over.wait)
        self.thread.start()

    def end(self) -> None:
        self._over.set()
        self.thread.join()

    @property
    def cores(self) -> set[int]:
        return os.sched_getaffinity(self.thread.native_id or 0)


@pytest.fixture
def writer() -> Iterator[Other]:
    other = Other()
    yield other
    other.end()


def mine() -> set[int]:
    return os.sched_getaffinity(0)


async def until_sent(runner: Runner, relay: Relay, number: int) -> None:
    """As a service runs it: until it is told to stop."""
    running = asyncio.create_task(runner.run())
    while len(relay.acknowledged()) < number:
        await asyncio.sleep(0.05)
    runner.stop()
    await running


def fast(core: OneCore, now: list[float]) -> None:
    """A look, and enough messages until the next."""
    core.look()
    now[0] += FREE_S
    core.sent += int(WORTH * FREE_S) + 1
    core.look()


def test_holds_both_on_one_core_while_mail_goes_out_fast(writer: Other, two: set[int], now: list[float]) -> None:
    core = OneCore(writer.thread.native_id)
    core.look()
    fast(core, now)
    assert len(mine()) == 1
    assert mine() <= two
    assert writer.cores == mine()


def test_lets_go_after_a_second_and_chooses_anew(writer: Other, two: set[int], now: list[float]) -> None:
    core = OneCore(writer.thread.native_id)
    fast(core, now)
    now[0] += HOLD_S / 2
    core.sent += 10 * WORTH
    core.look()
    assert len(mine()) == 1, "not before"
    now[0] += HOLD_S
    core.look()
    assert mine() == writer.cores == two
    fast(core, now)
    assert len(mine()) == 1


def test_a_thread_begun_by_one_that_is_held_is_let_go_with_it(writer: Other, two: set[int], now: list[float]) -> None:
    core = OneCore(writer.thread.native_id)
    fast(core, now)
    born = Other()
    assert len(born.cores) == 1, "as the system has it"
    now[0] += HOLD_S
    core.look()
    assert born.cores == two
    born.end()


def test_holds_nobody_while_mail_goes_out_slowly(writer: Other, two: set[int], now: list[float]) -> None:
    core = OneCore(writer.thread.native_id)
    core.look()
    for _ in range(100):
        now[0] += 0.1
        core.sent += WORTH // 20
        core.look()
        assert mine() == writer.cores == two


@pytest.mark.parametrize("cores", [1, 3])
def test_holds_nobody_where_there_are_not_two(
    writer: Other, two: set[int], now: list[float], cores: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(os, "sched_getaffinity", lambda _: set(range(cores)))
        core = OneCore(writer.thread.native_id)
    fast(core, now)
    assert mine() == writer.cores == two


def test_is_no_worse_off_where_the_system_does_not_let_us(
    writer: Other, two: set[int], now: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PermissionError

    core = OneCore(writer.thread.native_id)
    with monkeypatch.context() as patched:
        patched.setattr(os, "sched_setaffinity", refused)
        fast(core, now)
        now[0] += HOLD_S
        core.look()
    assert mine() == writer.cores == two


def test_holds_nobody_where_the_system_does_not_say_where_a_thread_is(
    writer: Other, two: set[int], now: list[float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one_core, "_TASKS", tmp_path / "nowhere")
    core = OneCore(writer.thread.native_id)
    fast(core, now)
    core.let_go()
    assert mine() == writer.cores == two


@pytest.mark.parametrize(
    ("signed", "alone"), [(False, True), (True, True), (False, False)], ids=["alone", "signed", "in a service"]
)
def test_a_mailing_holds_the_two_and_leaves_them_free(
    tmp_path: Path, two: set[int], signed: bool, alone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(one_core, "WORTH", 0)
    seen: set[tuple[int, int]] = set()  # how many cores the loop's thread may use, and the ledger's
    with running_relay(max_seconds=60) as relay:
        more = {'# selector = "" ': 'selector = "v1" ', '# key_file = "" ': 'key_file = "nyckel" '} if signed else {}
        home = make_home(tmp_path / "hem", relay.port, connections=2, **more)
        make_key(home / "nyckel", "v1", "rsa")
        with open_house(home) as house:
            house.db.write(lambda c: add_people(c, house.keys, range(1, 101), house.clock.now()))
            house.db.write(lambda c: plan_letter(c, house.clock.now(), "brev/1"))

            def look(_: object) -> None:
                seen.add((len(mine()), len(os.sched_getaffinity(house.db.writer_thread))))

            if alone:
                assert send.run_until_idle(house, look)
            else:
                asyncio.run(asyncio.wait_for(until_sent(send.runner_of(house, look), relay, 100), 30))
            assert mine() == os.sched_getaffinity(house.db.writer_thread) == two
        assert len(relay.acknowledged()) == 100
    assert ((1, 1) in seen) is (alone and not signed), "signatures and pages want both cores"
    assert seen <= {(1, 1), (2, 2)}
