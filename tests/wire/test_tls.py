"""The house says nothing in clear that it was told to encrypt, and trusts nobody who cannot show who they are."""

from pathlib import Path

import pytest

from tests.crash.kills import addresses, planned_home
from tests.relay.client import CERTIFICATES, Line, Relay, running_relay
from tests.wire.sending import resume, send

MEMBERS = 6
USER, PASSWORD = "hemmet", "rätt"
SECURITIES = pytest.mark.parametrize("security", ["starttls", "tls"])


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Settings from the environment, as an administrator may give them."""
    monkeypatch.setenv("MAILER_RELAY__USERNAME", USER)
    monkeypatch.setenv("MAILER_RELAY__PASSWORD", PASSWORD)
    monkeypatch.setenv("MAILER_RELAY__TIMEOUT_S", "1")
    return monkeypatch


def trust(told: pytest.MonkeyPatch, name: str) -> None:
    told.setenv("SSL_CERT_FILE", str(CERTIFICATES / f"{name}.pem"))


def secure(told: pytest.MonkeyPatch, tmp_path: Path, relay: Relay, security: str) -> Path:
    told.setenv("MAILER_RELAY__SECURITY", security)
    return planned_home(tmp_path / "home", relay, MEMBERS)


def said_nothing(relay: Relay) -> bool:
    """Neither a login nor a sender nor a recipient nor a message has come to the relay."""
    lines = relay.log()
    return {line["kind"] for line in lines} <= {
        "connect",
        "disconnect",
        "fault",
        "refused",
        "tls",
    } and not any(line["mail_from"] or line["rcpt"] for line in lines)


@SECURITIES
def test_sends_and_logs_in_through_tls_alone(tmp_path: Path, told: pytest.MonkeyPatch, security: str) -> None:
    trust(told, "good")
    implicit = security == "tls"
    with running_relay(tls="good", implicit_tls=implicit, user=USER, password=PASSWORD, auth_in_clear=True) as relay:
        sent = send(secure(told, tmp_path, relay, security), relay)
        assert sent.of("accepted") == set(addresses(MEMBERS))
        assert all(line["tls"] for line in [*relay.log("auth"), *relay.acknowledged()])
        assert relay.log("auth")


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize("source", ["environment", "file"])
def test_logs_in_by(tmp_path: Path, told: pytest.MonkeyPatch, mechanism: str, source: str) -> None:
    trust(told, "good")
    only: list[Line] = [{"at": "ehlo", "do": "reply", "text": f"250-relay.example\n250 AUTH {mechanism}"}]
    with running_relay(tls="good", implicit_tls=True, user=USER, password=PASSWORD) as relay:
        home = secure(told, tmp_path, relay, "tls")
        if source == "file":
            told.delenv("MAILER_RELAY__PASSWORD")
            told.setenv("MAILER_RELAY__PASSWORD_FILE", "lösenord.txt")
            (home / "lösenord.txt").write_text(f"{PASSWORD}\n", "utf-8")
        sent = send(home, relay, only)
        assert sent.of("accepted") == set(addresses(MEMBERS))
        assert {line["mechanism"] for line in relay.log("auth")} == {mechanism}


@SECURITIES
@pytest.mark.parametrize(
    ("certificate", "trusted", "why"),
    [
        ("expired", "expired", "expired"),
        ("wrong-name", "wrong-name", "127.0.0.1"),
        ("good", "expired", "self-signed"),
    ],
    ids=["expired", "wrong name", "unknown"],
)
def test_refuses_a_relay_whose_certificate_is_no_good(
    tmp_path: Path, told: pytest.MonkeyPatch, security: str, certificate: str, trusted: str, why: str
) -> None:
    trust(told, trusted)
    with running_relay(tls=certificate, implicit_tls=security == "tls", user=USER, password=PASSWORD) as relay:
        paused = send(secure(told, tmp_path, relay, security), relay)
        assert (paused.state, paused.balance.owed) == ("paused", MEMBERS)
        assert "certificate" in paused.why
        assert why in paused.why
        assert said_nothing(relay)


@pytest.mark.parametrize(
    ("offered", "script", "why"),
    [
        (None, [], "STARTTLS"),
        ("good", [{"at": "ehlo", "do": "reply", "text": "250-relay.example\n250 AUTH PLAIN"}], "STARTTLS"),
        ("good", [{"at": "starttls", "do": "reply", "text": "502 5.5.1 No such command"}], "502 5.5.1"),
    ],
    ids=["not offered", "stripped", "refused"],
)
def test_refuses_a_relay_that_will_not_encrypt(
    tmp_path: Path, told: pytest.MonkeyPatch, offered: str | None, script: list[Line], why: str
) -> None:
    trust(told, "good")
    with running_relay(tls=offered, user=USER, password=PASSWORD) as relay:
        paused = send(secure(told, tmp_path, relay, "starttls"), relay, script)
        assert (paused.state, paused.balance.owed) == ("paused", MEMBERS)
        assert why in paused.why
        assert said_nothing(relay)
        assert relay.stat()["connections"] == 3


@pytest.mark.parametrize(
    "fault",
    [
        {"do": "reply", "text": "454 4.7.0 TLS not available now"},
        {"do": "garbage"},
        {"do": "garbage", "text": "220 Go ahead\r\n250 And this too\r\n"},
        {"do": "drop"},
    ],
    ids=["not now", "noise", "plain text where TLS begins", "drop"],
)
def test_waits_for_encryption(tmp_path: Path, told: pytest.MonkeyPatch, fault: Line) -> None:
    trust(told, "good")
    with running_relay(tls="good", user=USER, password=PASSWORD) as relay:
        sent = send(secure(told, tmp_path, relay, "starttls"), relay, [{"at": "starttls", **fault, "nth": [1]}])
        assert sent.of("accepted") == set(addresses(MEMBERS))
        assert all(line["tls"] for line in [*relay.log("auth"), *relay.acknowledged()])


@pytest.mark.parametrize("until_idle", [False, True], ids=["run", "send"])
def test_pauses_when_the_password_is_wrong_and_goes_on_when_it_is_mended(
    tmp_path: Path, told: pytest.MonkeyPatch, until_idle: bool
) -> None:
    trust(told, "good")
    with running_relay(tls="good", user=USER, password=PASSWORD) as relay:
        told.setenv("MAILER_RELAY__PASSWORD", "fel")
        home = secure(told, tmp_path, relay, "starttls")
        paused = send(home, relay, until_idle=until_idle)
        assert (paused.state, paused.balance.owed) == ("paused", MEMBERS)
        assert paused.why == "inloggningen: 535 5.7.8 Wrong name or password"
        assert relay.stat()["connections"] == 3
        told.setenv("MAILER_RELAY__PASSWORD", PASSWORD)
        resume(home)
        sent = send(home, relay, until_idle=until_idle)
        assert sent.of("accepted") == set(addresses(MEMBERS))
        assert (sent.found.ok, sent.found.duplicates) == (True, 0)
