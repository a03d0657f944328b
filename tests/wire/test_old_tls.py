"""The house speaks no TLS older than 1.2, and says nothing to a relay that has no newer (M8; RFC 8996)."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.kills import planned_home
from tests.relay.client import CERTIFICATES, Relay
from tests.wire.sending import send

MEMBERS = 4
OLD = {"TLS 1.0": ssl.TLSVersion.TLSv1, "TLS 1.1": ssl.TLSVersion.TLSv1_1}


class OldRelay:
    """Speaks SMTP as far as TLS, and TLS of one version alone; keeps what came in clear, and what came encrypted."""

    def __init__(self, version: ssl.TLSVersion, implicit: bool) -> None:
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(CERTIFICATES / "good.pem", CERTIFICATES / "key.pem")
        self.context.set_ciphers("ALL:@SECLEVEL=0")
        self.context.minimum_version = self.context.maximum_version = version
        self.implicit, self.clear, self.encrypted = implicit, b"", b""
        self.shaken: list[str | None] = []  # of each handshake: the version, or None
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.server.accept()
                connection.settimeout(10)
                with connection, contextlib.suppress(OSError):
                    self._talk(connection)

    def _talk(self, connection: socket.socket) -> None:
        if not self.implicit:
            connection.sendall(b"220 relay.example ESMTP\r\n")
            self.clear += (said := connection.recv(4096))
            assert said.startswith(b"EHLO"), said
            connection.sendall(b"250-relay.example\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS\r\n")
            self.clear += (said := connection.recv(4096))
            if not said.startswith(b"STARTTLS"):
                return
            connection.sendall(b"220 2.0.0 Go ahead\r\n")
        try:
            encrypted = self.context.wrap_socket(connection, server_side=True)
        except (ssl.SSLError, OSError):
            self.shaken.append(None)
            return
        with encrypted:
            self.shaken.append(encrypted.version())
            if self.implicit:
                encrypted.sendall(b"220 relay.example ESMTP\r\n")
            self.encrypted += encrypted.recv(4096)


@contextlib.contextmanager
def an_old_relay(version: ssl.TLSVersion, implicit: bool) -> Iterator[OldRelay]:
    relay = OldRelay(version, implicit)
    try:
        yield relay
    finally:
        relay.server.close()


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    monkeypatch.setenv("MAILER_RELAY__USERNAME", "hemmet")
    monkeypatch.setenv("MAILER_RELAY__PASSWORD", "rätt")
    monkeypatch.setenv("MAILER_RELAY__TIMEOUT_S", "2")
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATES / "good.pem"))
    return monkeypatch


def handshake(relay: OldRelay, version: ssl.TLSVersion) -> str | None:
    """What a client that is content with so old a version gets, or None: without it the test would prove nothing."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    with socket.create_connection(("127.0.0.1", relay.port), timeout=10) as bare:
        try:
            with context.wrap_socket(bare) as encrypted:
                return encrypted.version()
        except ssl.SSLError:
            return None


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("security", ["starttls", "tls"])
@pytest.mark.parametrize("version", OLD)
def test_says_nothing_to_a_relay_that_knows_only_old_tls(
    tmp_path: Path, told: pytest.MonkeyPatch, security: str, version: str
) -> None:
    with an_old_relay(OLD[version], implicit=True) as relay:
        if handshake(relay, OLD[version]) is None:
            pytest.skip(f"this OpenSSL knows no {version}")
    told.setenv("MAILER_RELAY__SECURITY", security)
    with an_old_relay(OLD[version], implicit=security == "tls") as relay:
        journal = Relay(tmp_path, [], [], record=False)  # of one that is not started: nothing came
        journal.port, journal.set_script = relay.port, lambda script=(): None  # type: ignore[method-assign]
        home = planned_home(tmp_path / "home", journal, MEMBERS)
        stopped = send(home, journal, until_idle=False)
        assert (stopped.state, stopped.balance.owed) == ("paused", MEMBERS)
        assert "krypteringen" in stopped.why
        assert relay.shaken
        assert set(relay.shaken) == {None}
        assert relay.encrypted == b""
        assert {line.partition(b" ")[0] for line in relay.clear.splitlines()} <= {b"EHLO", b"STARTTLS"}
