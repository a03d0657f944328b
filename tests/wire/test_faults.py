"""Whatever the relay does, the house loses nobody, blames no member for others' faults, and believes no false yes."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mailer.outbox.retry import WAITS
from tests.crash.kills import planned_home
from tests.databases import new_database
from tests.homes import address_of
from tests.relay.client import Line, Relay, running_relay
from tests.wire.sending import judge, resume, send

MEMBERS = 12
SLOWER, FAST, FASTER, FASTEST = 150, 600, 36_000, 72_000  # simulated seconds per second
HOURS = (0, 0.6)  # real seconds: six hours of FASTER
CONNECTIONS = 4
SENDING = ("mail", "rcpt", "data", "dot")
EVERYBODY = {address_of(n) for n in range(1, MEMBERS + 1)}
A_FEW = "medlem[37]@"
BOTH = pytest.mark.parametrize("engine", ["sqlite", "postgres"])


@pytest.fixture(scope="module")
def shared() -> Iterator[Relay]:
    with running_relay(user="hemmet", password="rätt", max_seconds=600) as relay:
        yield relay


@pytest.fixture
def relay(shared: Relay) -> Relay:
    """A relay without faults, with an empty log."""
    shared.set_script()
    os.truncate(shared.log_path, 0)
    return shared


@pytest.fixture
def home(tmp_path: Path, relay: Relay, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with a letter to twelve, on SQLite unless the test asks for another engine."""
    engine = request.node.callspec.params.get("engine", "sqlite") if hasattr(request.node, "callspec") else "sqlite"
    url = new_database(request.getfixturevalue("postgres_server")) if engine == "postgres" else ""
    monkeypatch.setenv("MAILER_RELAY__USERNAME", "hemmet")
    monkeypatch.setenv("MAILER_RELAY__PASSWORD", "rätt")
    monkeypatch.setenv("MAILER_RELAY__TIMEOUT_S", "1")
    return planned_home(tmp_path / "home", relay, MEMBERS, url, CONNECTIONS)


def a_reply(at: str, text: str, **more: object) -> list[Line]:
    return [{"at": at, "do": "reply", "text": text, **more}]


# For now (M1, M3, M4)


@pytest.mark.parametrize("at", ["connect", "ehlo", "auth", *SENDING])
def test_waits_out_hours_of_not_now_at(home: Path, relay: Relay, at: str) -> None:
    sent = send(home, relay, a_reply(at, "451 4.3.0 Not now", between_s=HOURS), FASTER)
    assert {line["stage"] for line in relay.log("refused") if line["code"] == 451} == {at}
    assert sent.of("accepted") == EVERYBODY
    assert (sent.found.ok, sent.found.duplicates, sent.suppressed) == (True, 0, 0)


@BOTH
def test_gives_up_after_two_days_and_says_so(home: Path, relay: Relay, engine: str) -> None:
    sent = send(home, relay, a_reply("rcpt", "450 4.2.0 Not now"), FASTEST)
    assert sent.of("expired") == EVERYBODY
    assert {person["reason"] for person in sent.people.values()} == {"gave_up"}
    assert (relay.acknowledged(), sent.found.ok, sent.suppressed) == ([], True, 0)
    tries = [line["at_ns"] for line in relay.log("refused") if line["rcpt"] == [address_of(1)]]
    assert len(tries) > len(WAITS)
    # Not sooner. At this speed a second of a busy machine is a day: tests/outbox holds the 48 hours to the minute.
    assert timedelta(hours=40) < timedelta(seconds=(tries[-1] - tries[0]) / 1e9 * FASTEST)


def test_comes_back_to_a_relay_that_greylists_within_20_minutes(home: Path, relay: Relay) -> None:
    sent = send(home, relay, a_reply("rcpt", "451 4.7.1 Greylisted for 5 minutes", first=1), SLOWER)
    assert sent.of("accepted") == EVERYBODY
    assert sent.found.duplicates == 0
    first = {line["rcpt"][0]: line["at_ns"] for line in relay.log("refused") if line["rcpt"]}
    for line in relay.acknowledged():
        minutes = (line["at_ns"] - first[line["rcpt"][0]]) / 1e9 * SLOWER / 60
        assert 5 <= minutes < 20


@pytest.mark.parametrize("at", ["mail", "rcpt", "dot"])
def test_goes_on_after_a_421_at_every_seventh(home: Path, relay: Relay, at: str) -> None:
    sent = send(home, relay, a_reply(at, "421 4.3.2 Closing", nth=7), FAST)
    assert sent.of("accepted") == EVERYBODY
    assert (sent.found.ok, sent.found.duplicates) == (True, 0)
    assert relay.log("refused")


def test_makes_do_with_the_connections_it_is_allowed(home: Path, relay: Relay) -> None:
    crowded = a_reply("connect", "421 4.7.0 Too many connections", nth=list(range(3, 999)))
    slow: list[Line] = [{"at": "dot", "do": "delay", "seconds": 0.1}]
    sent = send(home, relay, [*crowded, *slow], FAST, until_idle=True)
    assert len(relay.log("refused")) > CONNECTIONS
    assert sent.of("accepted") == EVERYBODY


# Never (M2, M9, M10)


@pytest.mark.parametrize(
    ("at", "text"),
    [
        ("rcpt", "550 5.1.1 No such user"),
        ("rcpt", "550 No such user"),
        ("rcpt", "553 5.1.3 Bad address"),
        ("dot", "550 5.1.1 No such user"),
        ("dot", "552 5.2.2 Mailbox full"),
    ],
)
def test_takes_a_no_about_a_recipient_for_that_recipient_alone(home: Path, relay: Relay, at: str, text: str) -> None:
    sent = send(home, relay, a_reply(at, text, match=A_FEW), FAST)
    assert sent.of("refused") == {address_of(3), address_of(7)}
    assert sent.of("accepted") == EVERYBODY - sent.of("refused")
    assert (sent.state, sent.found.ok, sent.found.duplicates) == ("finished", True, 0)


@pytest.mark.parametrize(
    ("at", "text"),
    [
        ("connect", "554 5.7.1 You are listed"),
        ("ehlo", "550 5.7.1 Who are you"),
        ("auth", "535 5.7.8 Wrong password"),
        ("mail", "530 5.7.0 Log in first"),
        ("mail", "550 Sender refused"),
        ("mail", "552 5.3.4 Too large"),
        ("rcpt", "554 5.7.1 Relaying denied"),
        ("data", "554 5.7.1 Policy"),
        ("dot", "554 5.7.1 Looks like spam"),
        ("dot", "552 5.3.4 Too large"),
    ],
)
def test_pauses_and_blames_nobody_for_a_no_that_is_about_us(home: Path, relay: Relay, at: str, text: str) -> None:
    paused = send(home, relay, a_reply(at, text), FAST)
    assert (paused.state, paused.balance.owed) == ("paused", MEMBERS)
    assert text in paused.why
    assert 3 <= len([line for line in relay.log("refused") if line["text"] == text]) <= 3 + CONNECTIONS
    assert (relay.acknowledged(), paused.suppressed) == ([], 0)
    resume(home)
    sent = send(home, relay, (), FASTER)
    assert sent.of("accepted") == EVERYBODY
    assert (sent.found.ok, sent.found.duplicates, sent.suppressed) == (True, 0, 0)


def test_does_not_pause_for_a_no_that_does_not_come_back(home: Path, relay: Relay) -> None:
    sent = send(home, relay, a_reply("mail", "550 5.7.1 Not this one", nth=[2, 5]), FAST)
    assert sent.of("accepted") == EVERYBODY


def test_sees_before_it_begins_that_a_message_is_too_large(tmp_path: Path) -> None:
    with running_relay(size=500) as relay:
        home = planned_home(tmp_path / "home", relay, MEMBERS, connections=CONNECTIONS)
        paused = send(home, relay)
        assert (paused.state, paused.balance.owed) == ("paused", MEMBERS)
        assert "500" in paused.why
        assert {line["kind"] for line in relay.log()} == {"connect", "disconnect"}


# Broken lines (M5)


@pytest.mark.parametrize("do", ["drop", "rst"])
@pytest.mark.parametrize(
    "where", [{"at": "data"}, {"at": "body", "bytes": 300}, {"at": "dot"}], ids=["data", "body", "dot"]
)
def test_sends_once_more_what_a_broken_line_cut_off(home: Path, relay: Relay, do: str, where: Line) -> None:
    sent = send(home, relay, [{**where, "do": do, "match": A_FEW, "first": 1}], FAST)
    assert len(relay.log("fault")) == 2
    assert sent.of("accepted") == EVERYBODY
    assert (sent.found.ok, sent.found.duplicates) == (True, 0)


@BOTH
@pytest.mark.parametrize("do", ["drop", "rst"])
def test_repeats_itself_when_a_line_broke_after_the_message_was_taken(
    home: Path, relay: Relay, do: str, engine: str
) -> None:
    sent = send(home, relay, [{"at": "dot", "do": do, "when": "after_ack", "match": A_FEW, "first": 1}], FAST)
    assert sent.of("accepted") == EVERYBODY
    assert sent.found.duplicates_of == {address_of(3): 1, address_of(7): 1}
    assert sent.found.ok  # with the same Message-ID


def test_does_not_put_everybody_in_doubt_when_every_line_breaks_for_ten_minutes(home: Path, relay: Relay) -> None:
    sent = send(home, relay, [{"at": "dot", "do": "drop", "between_s": (0, 1.0)}], FAST)
    assert len(relay.log("fault")) > CONNECTIONS
    assert len(sent.of("in_doubt")) <= CONNECTIONS
    assert sent.of("accepted") == EVERYBODY - sent.of("in_doubt")
    assert sent.found.ok


def test_leaves_to_a_person_what_is_in_doubt_twice(home: Path, relay: Relay) -> None:
    sent = send(home, relay, [{"at": "dot", "do": "drop", "match": A_FEW}], FASTER)
    assert sent.of("in_doubt") == {address_of(3), address_of(7)}
    assert len(relay.log("fault")) == 4
    assert (sent.state, sent.balance.accepted, sent.found.ok) == ("finished", MEMBERS - 2, True)
    judge(home, address_of(3), arrived=False)
    judge(home, address_of(7), arrived=True)
    judged = send(home, relay)
    assert judged.of("accepted") == EVERYBODY
    assert judged.found.duplicates == 0
    assert judged.found.lost == [address_of(7)]  # a person said that it arrived


# Silence and nonsense


@pytest.mark.parametrize("at", SENDING)
def test_does_not_let_one_that_hangs_hold_up_the_others(
    home: Path, relay: Relay, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line that hangs is let go when the others have been served: were they waiting for it, they would wait on."""
    monkeypatch.setenv("MAILER_RELAY__TIMEOUT_S", "20")
    who: Line = {"nth": [3]} if at == "mail" else {"match": "medlem3@", "first": 1}
    others = MEMBERS - CONNECTIONS
    sent = send(home, relay, [{"at": at, "do": "hang", "seconds": 60, "others": others, **who}], FAST)
    assert len(relay.log("fault")) == 1
    assert sent.of("accepted") == EVERYBODY
    assert (sent.found.ok, sent.found.duplicates) == (True, 0)
    (hung,) = relay.log("fault")
    ends = next(
        n
        for n, line in enumerate(relay.log())
        if line["kind"] == "disconnect" and line["connection"] == hung["connection"]
    )
    assert sum(line["kind"] == "accepted" for line in relay.log()[:ends]) >= others


NONSENSE: dict[str, Line] = {
    "noise": {"do": "garbage"},
    "a reply without an end": {"do": "garbage", "text": "250-" + "x" * 1000 + "\r\n", "repeat": 1000},
    "another reply than any": {"do": "reply", "text": "299 Well"},
    "no number": {"do": "reply", "text": "Ok then"},
}


@pytest.mark.parametrize("nonsense", NONSENSE)
@pytest.mark.parametrize("at", ["connect", "ehlo", *SENDING])
def test_takes_nonsense_for_nothing(home: Path, relay: Relay, at: str, nonsense: str) -> None:
    who: Line = {"match": A_FEW, "first": 1} if at in ("rcpt", "data", "dot") else {"nth": [2, 5]}
    sent = send(home, relay, [{"at": at, **NONSENSE[nonsense], **who}], FAST)
    assert sent.of("accepted") == EVERYBODY
    assert (sent.found.ok, sent.found.duplicates) == (True, 0)


@pytest.mark.parametrize("at", ["connect", "ehlo", *SENDING])
@pytest.mark.parametrize("text", ["", "250 2.0.0 Ok", "354 Go on", "450 4.0.0 Not now"])
def test_is_not_put_out_of_step_by_a_reply_given_twice(home: Path, relay: Relay, at: str, text: str) -> None:
    sent = send(home, relay, [{"at": at, "do": "double", "text": text, "nth": [2, 5]}], FAST)
    assert sent.of("accepted") == EVERYBODY
    assert sent.found.ok
    assert sent.found.duplicates == 0
