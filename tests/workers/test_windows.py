"""The limits of a relay as the relay counts them: all workers together, in every aligned second and minute."""

import signal
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from mailer.house import open_house
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
