"""The limits of a relay as the relay counts them: all workers together, in every aligned second, minute, hour and day.

Hours and days pass in simulated time: what counts is when the sender's clock says that the relay had the body.
"""

import asyncio
import re
import signal
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from mailer.deliver.runner import Runner
from mailer.house import open_house
from mailer.verbs.send import runner_of
from mailer.workers.migrating import bring_procrastinate
from tests.crash.kills import mailer as started
from tests.crash.kills import planned_home
from tests.relay.client import Relay, running_relay
from tests.waiting import until
from tests.workers.test_worker import elsewhere, end_leases, worker

CONNECTIONS = 3
PER_SECOND, PER_MINUTE = 12, 60


def limited(home: Path) -> None:
    path = home / "settings.toml"
    text = path.read_text("utf-8")
    for name, limit in (("per_second", PER_SECOND), ("per_minute", PER_MINUTE)):
        assert f"# {name} = 0 " in text
        text = text.replace(f"# {name} = 0 ", f"{name} = {limit} ")
    path.write_text(text, "utf-8")


def most(relay: Relay, length_s: int) -> int:
    """The most messages in one second (or minute) of the clock, as the relay counts them: when the body was there."""
    moments = [datetime.fromisoformat(line["at"]).timestamp() for line in relay.acknowledged()]
    return max(Counter(int(moment // length_s) for moment in moments).values())


def is_begun(relay: Relay, number: int) -> bool:
    return len(relay.acknowledged()) >= number


def keeps_the_limits(relay: Relay, workers: int) -> None:
    open_lines = workers * CONNECTIONS
    assert most(relay, 1) <= PER_SECOND + open_lines
    assert most(relay, 60) <= PER_MINUTE + open_lines
    # Where nobody counts, these go out in one second: the limit is what held them back, and not the machine.
    assert most(relay, 1) >= PER_SECOND // 2


@pytest.mark.parametrize("minutes", [1, pytest.param(3, marks=pytest.mark.soak)])
def test_keeps_the_relays_limits_with_two_workers_and_one_killed(
    tmp_path: Path, postgres_url: str, minutes: int
) -> None:
    """`minutes` full minutes' worth; one worker is killed on the way and another takes its place."""
    members = PER_MINUTE * minutes
    with running_relay() as relay:
        home = planned_home(tmp_path / "hem", relay, members + 20, postgres_url, CONNECTIONS)
        limited(home)
        with open_house(home) as house:
            bring_procrastinate(house.db)
            with (
                worker(elsewhere(home, tmp_path / "ett"), "--name", "ett") as first,
                worker(elsewhere(home, tmp_path / "tva"), "--name", "tva") as second,
            ):
                until(lambda: is_begun(relay, PER_MINUTE // 2), patience_s=60)
                first.kill()
                first.communicate()
                end_leases(house)
                with worker(elsewhere(home, tmp_path / "tre"), "--name", "tre") as third:
                    until(lambda: is_begun(relay, members - 2 * CONNECTIONS), patience_s=60 * (minutes + 1))
                    for one in (second, third):
                        one.send_signal(signal.SIGTERM)
                        one.communicate(timeout=60)
        keeps_the_limits(relay, workers=3)


def test_keeps_the_relays_limits_over_a_restart(tmp_path: Path) -> None:
    """On SQLite: the second process knows what the first one has sent."""
    with running_relay() as relay:
        home = planned_home(tmp_path / "hem", relay, PER_MINUTE + 30, "", CONNECTIONS)
        limited(home)
        with started(home, "send") as first:
            until(lambda: is_begun(relay, PER_MINUTE // 2), patience_s=60)
            first.kill()
            first.communicate()
        with started(home, "send") as second:
            until(lambda: is_begun(relay, PER_MINUTE - 2 * CONNECTIONS), patience_s=60)
            second.send_signal(signal.SIGTERM)
            second.communicate(timeout=60)
        keeps_the_limits(relay, workers=1)


SPEED = 3600.0  # an hour of the clock in a second


@pytest.mark.parametrize(("span", "length_s", "limit", "spans"), [("hour", 3600, 20, 3), ("day", 86_400, 20, 3)])
@pytest.mark.parametrize("begins", ["2024-05-10T09:00", "2024-05-10T09:59", "2024-05-10T23:59"])
def test_keeps_the_relays_limits_by_the_hour_and_the_day(
    tmp_path: Path, span: str, length_s: int, limit: int, spans: int, begins: str
) -> None:
    """It begins at the boundary of an hour, just before one, just before midnight."""
    speed = SPEED * length_s / 3600
    with running_relay() as relay:
        home = planned_home(tmp_path / "hem", relay, limit * spans, "", CONNECTIONS)
        path = home / "settings.toml"
        text = re.sub(rf"#? ?per_{span} = \d+ ", f"per_{span} = {limit} ", path.read_text("utf-8"), count=1)
        path.write_text(text, "utf-8")
        with open_house(home, f"{begins},{speed}") as house:
            limits = next(iter(house.settings.all_relays)).limits
            assert getattr(limits, span) == limit
            anchor = house.clock.now().timestamp(), time.time()
            asyncio.run(sends_until(runner_of(house), lambda: is_begun(relay, limit * spans)))
        moments = [
            anchor[0] + (datetime.fromisoformat(line["at"]).timestamp() - anchor[1]) * speed
            for line in relay.acknowledged()
        ]
    assert len(moments) == limit * spans
    in_each = Counter(int(moment // length_s) for moment in moments)
    assert max(in_each.values()) <= limit + CONNECTIONS
    assert len(in_each) >= spans, "the limit is what held them back"


async def sends_until(runner: Runner, is_over: Callable[[], bool], patience_s: float = 60) -> None:
    running, deadline = asyncio.create_task(runner.run()), time.monotonic() + patience_s
    while not is_over() and time.monotonic() < deadline and not running.done():
        await asyncio.sleep(0.05)
    runner.stop()
    await running
