"""However slow the relay is, a message is in doubt only when nothing moves; and nothing that stands still is waited for
without end."""

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailer.deliver import smtp
from mailer.house import open_house
from tests.crash.kills import LETTER, addresses, mailer, planned_home
from tests.homes import a_rendering, add_people, address_of, make_home, plan_letter
from tests.relay.client import CERTIFICATES, Line, Relay, running_relay
from tests.wire.sending import send

MEMBERS, CONNECTIONS = 4, 2
TIMEOUT_S = 0.8  # for a reply; twice as much after the final dot
SPARE_S = 1.5  # a sweep, and a busy machine
EVERYBODY = set(addresses(MEMBERS))
HER: Line = {"match": "medlem2@", "first": 1}
LARGE = "Det blir möte på tisdag. " * 25_000  # twice in the message: 1.3 MB
SIPS_S = 0.14  # 0.12 MB a second
LONGER_S = 4.0  # where a machine that stands still for seconds is not to be taken for a relay that does


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILER_RELAY__TIMEOUT_S", str(TIMEOUT_S))


@pytest.fixture(scope="module")
def shared() -> Iterator[Relay]:
    with running_relay(max_seconds=600) as relay:
        yield relay


@pytest.fixture
def relay(shared: Relay) -> Relay:
    """A relay without faults, with an empty log."""
    shared.set_script()
    shared.log_path.write_bytes(b"")
    return shared


def large_home(folder: Path, relay: Relay) -> Path:
    """A home with a letter of more than the relay takes in a second."""
    make_home(folder, relay.port, connections=CONNECTIONS)
    with open_house(folder) as house:
        now = house.clock.now()
        house.db.write(lambda c: add_people(c, house.keys, range(1, MEMBERS + 1), now))
        house.db.write(lambda c: plan_letter(c, now, rendering=a_rendering(body=LARGE)))
    return folder


def faulty_s(relay: Relay, kind: str) -> float:
    """Seconds from the one fault to the next entry of this kind on its connection."""
    (fault,) = relay.log("fault")
    of_it = (line for line in relay.log(kind) if line["connection"] == fault["connection"])
    return next(line["at_ns"] - fault["at_ns"] for line in of_it if line["at_ns"] > fault["at_ns"]) / 1e9


# Answers


@pytest.mark.parametrize("at", ["connect", "ehlo", "mail", "rcpt", "data", "dot"])
def test_hears_a_reply_that_comes_byte_by_byte(tmp_path: Path, relay: Relay, at: str) -> None:
    home = planned_home(tmp_path / "home", relay, MEMBERS, connections=CONNECTIONS)
    sent = send(home, relay, [{"at": at, "do": "drip", "seconds": 0.002}])
    assert sent.of("accepted") == EVERYBODY
    assert len(relay.acknowledged()) == MEMBERS


@pytest.mark.parametrize("at", ["connect", "ehlo", "mail", "rcpt", "data", "dot"])
def test_does_not_wait_for_a_reply_that_comes_byte_by_byte_without_end(tmp_path: Path, relay: Relay, at: str) -> None:
    home = planned_home(tmp_path / "home", relay, MEMBERS, connections=CONNECTIONS)
    code = {"connect": "220", "data": "354"}.get(at, "250")
    who: Line = HER if at in ("rcpt", "data") else {"nth": [1]}
    when = {"when": "after_ack"} if at == "dot" else {}
    endless: Line = {"at": at, "do": "drip", "text": f"{code} {'x' * 900}", "seconds": 0.02, **who, **when}
    sent = send(home, relay, [endless])
    assert sent.of("accepted") == EVERYBODY
    assert (sent.found.ok, sent.found.duplicates) == (True, at == "dot")
    allowed_s = TIMEOUT_S * (2 if at == "dot" else 1)
    assert allowed_s - 0.1 < faulty_s(relay, "disconnect") < allowed_s + SPARE_S


def test_waits_longer_after_the_final_dot_than_for_another_reply(tmp_path: Path, relay: Relay) -> None:
    home = planned_home(tmp_path / "home", relay, MEMBERS, connections=CONNECTIONS)
    sent = send(home, relay, [{"at": "dot", "do": "delay", "seconds": 1.4 * TIMEOUT_S, **HER}])
    assert sent.of("accepted") == EVERYBODY
    assert len(relay.acknowledged()) == MEMBERS


# Bodies


@pytest.mark.soak  # it takes a while
@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_waits_while_a_large_message_is_taken_little_by_little(
    tmp_path: Path, security: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILER_RELAY__SECURITY", security)
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "good.pem"))
    monkeypatch.setenv("MAILER_RELAY__TIMEOUT_S", str(LONGER_S))
    sips: Line = {"at": "body", "do": "sip", "seconds": SIPS_S, **HER}
    with running_relay([sips], tls=None if security == "none" else "good", implicit_tls=security == "tls") as relay:
        sent = send(large_home(tmp_path / "home", relay), relay, [sips])
        assert faulty_s(relay, "accepted") > 2.5 * LONGER_S, "the relay was not slow"
        assert sent.of("accepted") == EVERYBODY
        assert len(relay.acknowledged()) == MEMBERS, "nothing was in doubt"


@pytest.mark.parametrize("security", ["none", "tls"])
def test_does_not_wait_for_one_that_takes_no_more_of_a_message(
    tmp_path: Path, security: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILER_RELAY__SECURITY", security)
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "good.pem"))
    stalls: Line = {"at": "body", "do": "stall", "seconds": 60, "bytes": 1000, **HER}
    with running_relay([stalls], tls=None if security == "none" else "good", implicit_tls=security == "tls") as relay:
        sent = send(large_home(tmp_path / "home", relay), relay, [stalls])
        (fault,) = relay.log("fault")
        at_s = {line["rcpt"][0]: (line["at_ns"] - fault["at_ns"]) / 1e9 for line in relay.acknowledged()}
    assert sent.of("accepted") == EVERYBODY
    assert (sent.found.ok, sent.found.duplicates) == (True, 0)
    assert TIMEOUT_S < at_s.pop(address_of(2)) < TIMEOUT_S + 2 * SPARE_S
    assert sorted(at_s.values())[-2] < TIMEOUT_S, "nobody waits for it but the one behind it"


@pytest.mark.parametrize(
    ("where", "duplicates"),
    [
        ({"at": "body", "bytes": 300}, 0),
        ({"at": "dot"}, 0),
        ({"at": "dot", "when": "after_ack"}, 1),
    ],
    ids=["from the body on", "the final dot", "the answer"],
)
def test_goes_on_when_something_on_the_way_swallows(tmp_path: Path, relay: Relay, where: Line, duplicates: int) -> None:
    home = planned_home(tmp_path / "home", relay, MEMBERS, connections=CONNECTIONS)
    sent = send(home, relay, [{"do": "hang", "seconds": 60, **where, **HER}])
    assert sent.of("accepted") == EVERYBODY
    assert (sent.found.ok, sent.found.duplicates) == (True, duplicates)
    assert 2 * TIMEOUT_S - 0.1 < faulty_s(relay, "disconnect") < 2 * TIMEOUT_S + SPARE_S


# Greetings


@pytest.mark.parametrize("at", ["connect", "ehlo"])
def test_waits_longer_for_a_greeting_than_for_a_connection(
    tmp_path: Path, relay: Relay, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "CONNECT_TIMEOUT_S", 0.2)
    monkeypatch.setenv("MAILER_RELAY__TIMEOUT_S", "20")
    home = planned_home(tmp_path / "home", relay, MEMBERS, connections=1)
    sent = send(home, relay, [{"at": at, "do": "delay", "seconds": 0.5}], speed=60)
    assert sent.of("accepted") == EVERYBODY
    assert len(relay.log("connect")) == 1, "it was not tried again"


@pytest.mark.parametrize("at", ["connect", "ehlo"])
def test_stops_at_once_while_it_waits_for_a_greeting(
    tmp_path: Path, relay: Relay, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILER_RELAY__TIMEOUT_S", "300")
    home = planned_home(tmp_path / "home", relay, MEMBERS, connections=CONNECTIONS)
    relay.set_script([{"at": at, "do": "hang", "seconds": 60}])
    with mailer(home, "send", LETTER) as sender:
        try:
            relay.wait_for(1, kind="fault")
            told = time.monotonic()
            sender.send_signal(signal.SIGTERM)
            sender.communicate(timeout=10)
            assert time.monotonic() - told < 4
        finally:
            sender.kill()
    assert relay.acknowledged() == []
