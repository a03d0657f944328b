"""Killed at any moment and started again, the house forgets nobody and writes to hardly anybody twice."""

import signal
import time
from pathlib import Path
from typing import Any

import pytest

from mailer.deliver import runner
from tests.crash.kills import LETTER, Ordeal, addresses, endure, mailer, planned_home, said, verdict
from tests.databases import new_database
from tests.relay.client import running_relay

CONNECTIONS = 4
RESTART_S = 10.0  # to the first message after a restart
STOP_S = 10.0  # from SIGTERM to the end of the process, also when the relay is silent (K7)
SOAK = pytest.mark.soak


def tell(ordeal: Ordeal, found: dict[str, Any]) -> None:
    """For `make soak`, which shows it."""
    figures = found["figures"]
    doubt = f"{figures['in_doubt']} in doubt twice, of whom {len(found['never'])} have nothing"
    print(f"\n{ordeal}\nlost {len(found['lost'])}, {doubt}; {figures}")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=SOAK)])
def engine_url(request: pytest.FixtureRequest) -> str:
    """Which database a home is to use: its own SQLite, or a new one on a real PostgreSQL."""
    if request.param == "sqlite":
        return ""
    return new_database(request.getfixturevalue("postgres_server"))


@pytest.mark.parametrize(("members", "kills"), [(300, 5)])
def test_forgets_nobody_when_it_is_killed(tmp_path: Path, engine_url: str, members: int, kills: int) -> None:
    with running_relay(folder=tmp_path, max_seconds=900) as relay:
        home = planned_home(tmp_path / "home", relay, members, engine_url, CONNECTIONS)
        ordeal = endure(home, relay, members, kills, seed=members)
        found = verdict(home, relay, addresses(members), CONNECTIONS, ordeal.kills)
    tell(ordeal, found)
    assert ordeal.kills == kills
    assert found["lost"] == []
    assert found["ok"], found
    assert found["balance"] is True
    assert max(ordeal.duplicates) <= CONNECTIONS
    assert max(ordeal.restart_s) < RESTART_S


@pytest.mark.parametrize(("members", "kills"), [pytest.param(300, 8, marks=SOAK)])
def test_forgets_nobody_when_it_is_killed_before_it_has_sent_anything(
    tmp_path: Path, engine_url: str, members: int, kills: int
) -> None:
    slow = [{"at": "dot", "do": "delay", "seconds": 0.1}]
    with running_relay(slow, folder=tmp_path, max_seconds=900) as relay:
        home = planned_home(tmp_path / "home", relay, members, engine_url, CONNECTIONS)
        ordeal = endure(home, relay, members, kills, seed=members, anywhere=True)
        found = verdict(home, relay, addresses(members), CONNECTIONS, ordeal.kills)
    tell(ordeal, found)
    assert ordeal.kills == kills
    assert found["ok"], found
    assert found["balance"] is True


@pytest.mark.parametrize(("members", "times"), [(200, 2)])
def test_writes_to_nobody_twice_when_it_is_asked_to_stop(
    tmp_path: Path, engine_url: str, members: int, times: int
) -> None:
    with running_relay(folder=tmp_path, max_seconds=900) as relay:
        home = planned_home(tmp_path / "home", relay, members, engine_url, CONNECTIONS)
        ordeal = endure(home, relay, members, times, seed=1, how=signal.SIGTERM)
        found = verdict(home, relay, addresses(members), connections=0, kills=0)
    tell(ordeal, found)
    assert ordeal.kills == times
    assert found["ok"], found
    assert found["duplicates"] == 0
    assert len(relay.acknowledged()) == members
    assert max(ordeal.end_s) < STOP_S


def test_names_those_the_relay_says_nothing_about_when_it_stops_and_writes_to_them_once_more(
    tmp_path: Path,
) -> None:
    silent = [
        {"at": "dot", "do": "hang", "seconds": 60, "match": "medlem3@"},
        {"at": "dot", "do": "hang", "seconds": 60, "match": "medlem5@", "when": "after_ack"},
    ]
    with running_relay(silent, folder=tmp_path) as relay:
        home = planned_home(tmp_path / "home", relay, 12, connections=CONNECTIONS)
        with mailer(home, "send", LETTER) as process:
            relay.wait_for(2, kind="fault")
            relay.wait_for(11)  # all but the one who was not acknowledged
            signalled = time.monotonic()
            process.terminate()
            process.communicate(timeout=60)
            assert process.returncode == 0
            took = time.monotonic() - signalled
            assert runner.STOP_S <= took < STOP_S
        named = said(home, "owed", "--names")
        people = [line.split(": ")[1] for line in named.splitlines()[1:]]
        assert people == ["Åsa3 Öberg (000003)", "Åsa5 Öberg (000005)"]
        assert "2 oklart" in named
        relay.set_script()
        said(home, "send", LETTER)
        found = verdict(home, relay, addresses(12), CONNECTIONS, kills=0)
    assert found["lost"] == []
    assert found["duplicates_of"] == {"medlem5@vallentuna.example": 1}
    assert found["ok"], found
