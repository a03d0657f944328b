"""Whole dialogues with a relay that says anything at any time: nobody is lost, and every word of the ledger is true."""

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mailer.outbox.states import Mailing
from tests.crash.kills import planned_home
from tests.homes import address_of
from tests.relay.client import Line, Relay, running_relay
from tests.wire.sending import resume, send

MEMBERS, FAST = 8, 7200  # people; simulated seconds per second
EVERYBODY = {address_of(n) for n in range(1, MEMBERS + 1)}
STAGES = ("connect", "ehlo", "mail", "rcpt", "data", "body", "dot")

TEXTS = st.sampled_from([
    "250 2.0.0 Ok", "251 Will forward", "354 Go on", "220 Hello", "299 Well", "199 Soon", "600 Beyond", "0 Zero",
    "421 4.3.2 Closing", "450 4.2.0 Later", "451 4.7.1 Greylisted", "452 4.5.3 Too many", "500 5.5.2 What",
    "503 5.5.1 Not now", "535 5.7.8 No", "550 5.1.1 No such user", "552 5.2.2 Full", "554 5.7.1 Policy",
    "250-Ok\n251 Ok", "250-a\n250-b\n250 c", "Ok", "", "250", "2500 Ok", "250 " + "x" * 5000, "550 åäö ☃",
])  # fmt: skip
WHEN = st.one_of(
    st.fixed_dictionaries({"nth": st.lists(st.integers(1, 2 * MEMBERS), min_size=1, max_size=3)}),
    st.fixed_dictionaries(
        {"match": st.sampled_from(["medlem[1-3]@", "medlem5@", "medlem"]), "first": st.integers(1, 2)}
    ),
)


@st.composite
def a_rule(draw: st.DrawFn) -> Line:
    """One fault. It ends: what the relay does wrong for ever is in the tables."""
    at, do = (
        draw(st.sampled_from(STAGES)),
        draw(st.sampled_from(["reply", "double", "garbage", "drop", "rst", "delay"])),
    )
    rule: Line = {"at": at, "do": "drop" if at == "body" and do in ("reply", "double", "delay") else do, **draw(WHEN)}
    if at in ("connect", "ehlo", "mail") and "match" in rule:
        rule = {k: v for k, v in rule.items() if k not in ("match", "first")} | {"nth": [2, 4]}
    if rule["do"] in ("reply", "double"):
        rule["text"] = draw(TEXTS)
    if rule["do"] == "garbage":
        rule |= {
            "text": draw(st.text(st.characters(max_codepoint=255), max_size=40)),
            "repeat": draw(st.integers(1, 3)),
        }
    if rule["do"] == "delay":
        rule["seconds"] = 0.02
    if at == "dot" and do in ("drop", "rst") and draw(st.booleans()):
        rule["when"] = "after_ack"
    if at == "body":
        rule["bytes"] = draw(st.integers(0, 900))
    return rule


@pytest.fixture(scope="module")
def shared() -> Iterator[Relay]:
    with running_relay(max_seconds=1500) as relay:
        yield relay


@pytest.fixture(scope="module")
def plain() -> Iterator[Relay]:
    """A relay that does not offer pipelining."""
    with running_relay(pipelining=False, max_seconds=1500) as relay:
        yield relay


def endures(relay: Relay, rules: list[Line], connections: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILER_RELAY__TIMEOUT_S", "1")
    relay.set_script()
    os.truncate(relay.log_path, 0)
    with TemporaryDirectory(prefix="fuzz") as folder:
        home = planned_home(Path(folder) / "home", relay, MEMBERS, connections=connections)
        sent = send(home, relay, rules, FAST)
        for _ in range(4):
            if sent.state == Mailing.FINISHED:
                break
            assert sent.why
            resume(home)
            sent = send(home, relay, (), FAST)
        else:
            raise AssertionError(f"the mailing never ended: {sent}")
    ends = sent.of("accepted") | sent.of("refused") | sent.of("in_doubt")
    assert ends == EVERYBODY
    found = sent.found
    assert (found.lost, found.different_ids, found.shared_ids, found.unexpected) == ([], [], [], [])
    assert sent.found.balance
    refusals = any(str(rule.get("text", "")).startswith("55") for rule in rules)
    assert refusals or not sent.of("refused"), "nobody is blamed for what a relay says out of step"
    yeses = any(str(rule.get("text", "")).startswith("2") for rule in rules)
    assert yeses or not sent.found.lies, "nothing is accepted that nobody took"


BOUNDED = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]}
RULES = st.lists(a_rule(), min_size=1, max_size=5)


@settings(max_examples=5, derandomize=True, **BOUNDED)
@given(RULES, st.integers(1, 5))
@example([{"at": "dot", "do": "garbage", "nth": [1], "text": ""}], 1)  # leaves the reply out, and goes on with the next
@example([{"at": "dot", "do": "garbage", "nth": [2, 5], "text": ""}, {"at": "rcpt", "do": "drop", "nth": [3, 6]}], 2)
def test_loses_nobody_whatever_the_relay_says(shared, monkeypatch, rules: list[Line], connections: int) -> None:
    endures(shared, rules, connections, monkeypatch)


@pytest.mark.soak
@settings(max_examples=120, **BOUNDED)
@given(RULES, st.integers(1, 8))
def test_loses_nobody_in_a_hundred_dialogues(shared, monkeypatch, rules: list[Line], connections: int) -> None:
    endures(shared, rules, connections, monkeypatch)


@pytest.mark.soak
@settings(max_examples=60, **BOUNDED)
@given(RULES, st.integers(1, 8))
def test_loses_nobody_when_it_says_one_thing_at_a_time(plain, monkeypatch, rules: list[Line], connections: int) -> None:
    endures(plain, rules, connections, monkeypatch)
