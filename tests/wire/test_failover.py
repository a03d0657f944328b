"""With several relays the first one carries what it can, the next one the rest, and nothing that was offered moves."""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from mailer.db import Database
from mailer.outbox.store import ledger
from mailer.outbox.turn import Commit, Turn
from tests.crash.kills import addresses, planned_home
from tests.databases import new_database
from tests.relay.client import Line, Relay, running_relay
from tests.wire.sending import send

MEMBERS, MANY = 12, 60
CONNECTIONS = 4
BOTH = pytest.mark.parametrize("engine", ["sqlite", "postgres"])
EVERYBODY = set(addresses(MEMBERS))
SLOW: Line = {"at": "dot", "do": "delay", "seconds": 0.1}
WRONG: Line = {"at": "auth", "do": "reply", "text": "535 5.7.8 Wrong name or password"}


@dataclass(frozen=True, slots=True)
class Pair:
    """Two relays in order of priority, and how a home that has them is made."""

    first: Relay
    second: Relay
    home: Callable[..., Path]

    def taken(self) -> tuple[list[str], list[str]]:
        """Whose message each has taken responsibility for, by its own record."""
        first, second = ([line["rcpt"][0] for line in relay.acknowledged()] for relay in (self.first, self.second))
        return first, second


@pytest.fixture
def pair(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    """Both running, without faults. The home is on SQLite unless the test asks for another engine."""
    engine = request.node.callspec.params.get("engine", "sqlite") if hasattr(request.node, "callspec") else "sqlite"
    monkeypatch.setenv("MAILER_RELAY__USERNAME", "hemmet")
    monkeypatch.setenv("MAILER_RELAY__PASSWORD", "rätt")
    monkeypatch.setenv("MAILER_RELAY__TIMEOUT_S", "20")
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(running_relay(user="hemmet", password="rätt"))
        second = stack.enter_context(running_relay())

        def home(members: int = MEMBERS, connections: int = CONNECTIONS, **limits: int) -> Path:
            url = new_database(request.getfixturevalue("postgres_server")) if engine == "postgres" else ""
            made = planned_home(tmp_path / "home", first, members, url, connections)
            reserve = {"per_hour": 0, "connections": connections, "timeout_s": 20, "port": second.port, **limits}
            section = '[[relays]]\nname = "reserv"\nsecurity = "none"\n'
            section += "".join(f"{key} = {value}\n" for key, value in reserve.items())
            settings = (made / "settings.toml").read_text("utf-8")
            (made / "settings.toml").write_text(settings.replace("\n[mailbox]\n", f"\n{section}\n[mailbox]\n"), "utf-8")
            return made

        yield Pair(first, second, home)


def test_leaves_the_second_alone_while_the_first_carries(pair: Pair) -> None:
    sent = send(pair.home(), pair.first, others=[pair.second])
    assert (sent.of("accepted"), pair.second.stat()["connections"]) == (EVERYBODY, 0)
    assert sorted(pair.taken()[0]) == sorted(EVERYBODY)


@BOTH
@pytest.mark.parametrize("until_idle", [False, True], ids=["run", "send"])
def test_sends_through_the_second_when_the_first_is_dead(pair: Pair, engine: str, until_idle: bool) -> None:
    home = pair.home()
    pair.first.stop()
    sent = send(home, pair.second, others=[pair.first], until_idle=until_idle)
    first, second = pair.taken()
    assert (first, sorted(second)) == ([], sorted(EVERYBODY))
    assert (sent.state, sent.of("accepted"), sent.found.ok) == ("finished", EVERYBODY, True)


@BOTH
@pytest.mark.parametrize("in_doubt", ["hold", "again"])
def test_moves_what_was_not_offered_when_the_first_dies(
    pair: Pair, engine: str, in_doubt: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four are out and unanswered. They go once more only where the settings say so of what is in doubt."""
    monkeypatch.setenv("MAILER_OUTBOX__IN_DOUBT", in_doubt)
    home = pair.home(MANY)

    def die() -> None:
        pair.first.wait_for(CONNECTIONS, kind="fault")
        pair.first.kill()

    hangs: Line = {"at": "dot", "do": "hang", "seconds": 60, "nth": list(range(20, 20 + CONNECTIONS))}
    sent = send(home, pair.first, [hangs], others=[pair.second], meanwhile=die)
    first, second = pair.taken()
    out = {line["rcpt"][0] for line in pair.first.log("fault")}
    again = out if in_doubt == "again" else set()
    assert (len(out), len(first)) == (CONNECTIONS, 19)
    assert out.isdisjoint(first)
    assert sent.of("in_doubt") == out - again
    assert Counter(second) == Counter(set(addresses(MANY)) - set(first) - out | again)
    assert (sent.state, sent.found.ok, sent.found.duplicates) == ("finished", True, 0)


@BOTH
def test_sends_the_rest_through_the_second_when_the_first_has_sent_its_share(
    pair: Pair, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILER_RELAY__PER_DAY", "5")
    home = pair.home(per_day=4)
    # What has the last permit takes its time until it is offered: nobody says ”done” before.
    later: list[Line] = [{"at": "rcpt", "do": "delay", "seconds": 0.1}]
    pair.second.set_script(later)
    sent = send(home, pair.first, later, others=[pair.second], until_idle=True)
    first, second = pair.taken()
    assert (len(first), len(second), sent.balance.owed) == (5, 4, MEMBERS - 9)
    assert len({*first, *second}) == 9
    assert sent.found.ok


def test_does_not_ask_the_first_at_every_turn_when_it_has_sent_its_share(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each asking is a commit that nobody goes out by."""
    asked: Counter[str] = Counter()
    commit = ledger.commit

    def listened(connection: Connection, db: Database, runner: int, turn: Turn, *more: Any) -> Commit:
        asked.update(ask.relay for ask in turn.asks)
        return commit(connection, db, runner, turn, *more)

    monkeypatch.setattr(ledger, "commit", listened)
    monkeypatch.setenv("MAILER_RELAY__PER_DAY", "5")
    sent = send(pair.home(MANY), pair.first, others=[pair.second], speed=1)
    first, second = pair.taken()
    assert (sent.state, len(first), len(second)) == ("finished", 5, MANY - 5)
    assert asked["reserv"] == len(second)
    assert asked[f"127.0.0.1:{pair.first.port}"] <= 5 + 4 * CONNECTIONS


@pytest.mark.parametrize("until_idle", [False, True], ids=["run", "send"])
def test_does_not_pause_while_the_second_carries_what_the_first_refuses(pair: Pair, until_idle: bool) -> None:
    home = pair.home(connections=1)
    pair.second.set_script([SLOW])
    sent = send(home, pair.first, [WRONG], others=[pair.second], until_idle=until_idle)
    first, second = pair.taken()
    assert (first, sorted(second)) == ([], sorted(EVERYBODY))
    assert len(pair.first.log("refused")) > 3
    assert (sent.state, sent.found.ok) == ("finished", True)


def test_goes_back_to_the_first_when_it_answers_again(pair: Pair) -> None:
    home = pair.home(40, connections=2)
    pair.first.set_script([SLOW])
    pair.first.stop()

    def come_back() -> None:
        pair.second.wait_for(8)
        pair.first.start()

    sent = send(home, pair.second, [SLOW], others=[pair.first], meanwhile=come_back)
    first, second = pair.taken()
    assert Counter(first + second) == Counter(addresses(40))
    back = pair.first.acknowledged()[0]["at_ns"]
    after = [line for line in pair.second.acknowledged() if line["at_ns"] > back]
    assert len(after) <= 4, "what was on its way, and had its permit"
    assert len(first) > len(after)
    assert (sent.state, sent.found.ok) == ("finished", True)


@pytest.mark.parametrize("until_idle", [False, True], ids=["run", "send"])
def test_waits_for_the_second_when_it_stumbles_while_the_first_refuses(pair: Pair, until_idle: bool) -> None:
    """The first one's third no comes while the second one is away for the second time, and not for long."""
    home = pair.home(connections=1)
    busy: Line = {"at": "connect", "do": "reply", "text": "421 4.3.2 Too busy"}
    pair.second.set_script([{**busy, "nth": [1, 2]}])
    sent = send(home, pair.first, [WRONG], 300, others=[pair.second], until_idle=until_idle)
    first, second = pair.taken()
    assert (first, sorted(second)) == ([], sorted(EVERYBODY))
    assert (sent.state, sent.found.ok) == ("finished", True)
