"""The misbehaving relay does what its script says, and knows what it acknowledged."""

import asyncio
import contextlib
import json
import os
import smtplib
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.relay.client import CERTIFICATES, ROOT, Relay, running_relay
from tests.relay.journal import Journal

FROM, ANNA, BO = "v-aktuellt@hem.example", "anna@hem.example", "bo@hem.example"
LETTER = b"Message-ID: <1@hem.example>\r\nSubject: Hej\r\n\r\nHej!\r\n"


@pytest.fixture(scope="module")
def shared() -> Iterator[Relay]:
    with running_relay(pipelining=True, record=True, size=100_000) as relay:
        yield relay


@pytest.fixture
def relay(shared: Relay) -> Relay:
    """A relay without faults, with an empty log."""
    shared.set_script()
    os.truncate(shared.log_path, 0)
    return shared


@pytest.fixture
def client(relay: Relay) -> Iterator[smtplib.SMTP]:
    with connected(relay) as client:
        yield client


@contextlib.contextmanager
def connected(relay: Relay, timeout: float = 10) -> Iterator[smtplib.SMTP]:
    client = smtplib.SMTP(relay.host, relay.port, local_hostname="hem.example", timeout=timeout)
    try:
        yield client
    finally:
        client.close()


@contextlib.contextmanager
def raw(relay: Relay, timeout: float = 10) -> Iterator[socket.socket]:
    with socket.create_connection((relay.host, relay.port), timeout=timeout) as wire:
        yield wire


def talk(wire: socket.socket, said: bytes, replies: int) -> list[bytes]:
    """Say it all at once; the codes of as many last lines of replies."""
    wire.sendall(said)
    codes: list[bytes] = []
    octets = b""
    while len(codes) < replies:
        octets += wire.recv(4096)
        *lines, octets = octets.split(b"\r\n")
        codes += [line[:3] for line in lines if line[3:4] != b"-"]
    return codes


def send(client: smtplib.SMTP, to: str = ANNA, letter: bytes = LETTER) -> None:
    client.sendmail(FROM, [to], letter)


# What it knows


def test_logs_what_it_acknowledges(relay: Relay, client: smtplib.SMTP) -> None:
    letter = b"Message-ID: <1@hem.example>\r\nList-Id: <v.hem.example>\r\nSubject: x\r\n\r\n.hej\r\n"
    send(client, letter=letter)
    (line,) = relay.acknowledged()
    assert (line["mail_from"], line["rcpt"]) == (FROM, [ANNA])
    assert (line["message_id"], line["list"]) == ("<1@hem.example>", "<v.hem.example>")
    assert line["header_names"] == ["Message-ID", "List-Id", "Subject"]
    assert (line["size"], line["longest_line"]) == (len(letter), 27)
    assert (line["bare_cr_lf"], line["tls"]) == (False, False)
    assert relay.recorded(line) == letter.replace(b"\r\n.", b"\r\n..")


def test_has_it_in_the_log_before_it_says_250(tmp_path: Path) -> None:
    for n in range(5):
        with running_relay(folder=tmp_path) as relay, connected(relay) as client:
            send(client, letter=b"Message-ID: <%d@x>\r\n\r\nhej\r\n" % n)
            relay.kill()
            assert [line["message_id"] for line in relay.acknowledged()] == [f"<{i}@x>" for i in range(n + 1)]


async def test_has_it_on_the_disk_before_it_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log"
    synced: list[int] = []
    fsync = os.fsync

    def seen(fd: int) -> None:
        synced.append(path.read_bytes().count(b"\n"))
        fsync(fd)

    monkeypatch.setattr(os, "fsync", seen)
    journal = Journal(path)
    await journal.append("accepted", message_id="<1@x>")
    assert synced == [1]
    await asyncio.gather(*(journal.append("accepted") for _ in range(50)))
    assert synced[-1] == 51
    assert len(synced) < 10  # one fsync carries many
    await journal.close()


async def test_forgets_the_half_of_a_line_that_it_was_killed_in(tmp_path: Path) -> None:
    path = tmp_path / "relay.jsonl"
    path.write_bytes(b'{"kind": "accepted"}\n{"kind": "acce')
    journal = Journal(path)
    await journal.append("connect")
    await journal.close()
    assert [json.loads(line)["kind"] for line in path.read_text("utf-8").splitlines()] == ["accepted", "connect"]


def test_sees_a_bare_lf_and_does_not_end_there(relay: Relay) -> None:
    with raw(relay) as wire:
        hello = b"EHLO hem.example\r\n"
        assert talk(wire, b"", 1) + talk(wire, hello, 1) == [b"220", b"250"]
        group = b"MAIL FROM:<a@hem.example>\r\nRCPT TO:<bo@hem.example>\r\nDATA\r\n"
        assert talk(wire, group, 3) == [b"250", b"250", b"354"]
        assert talk(wire, b"A: b\r\n\r\nx\n.\nRCPT TO:<c@x.example>\n.\r\ny\r\n.\r\n", 1) == [b"250"]
    (line,) = relay.acknowledged()
    assert line["bare_cr_lf"]
    assert line["rcpt"] == [BO]


def test_takes_a_pipelined_stream_of_messages(relay: Relay) -> None:
    group = b"MAIL FROM:<a@hem.example>\r\nRCPT TO:<b%d@hem.example>\r\nDATA\r\n"
    with raw(relay) as wire:
        talk(wire, b"", 1)
        talk(wire, b"EHLO hem.example\r\n", 1)
        assert talk(wire, group % 0, 3) == [b"250", b"250", b"354"]
        for n in range(1, 5):
            assert talk(wire, LETTER + b".\r\n" + group % n, 4) == [b"250", b"250", b"250", b"354"]
        assert talk(wire, LETTER + b".\r\nQUIT\r\n", 2) == [b"250", b"221"]
    assert [line["rcpt"] for line in relay.acknowledged()] == [[f"b{n}@hem.example"] for n in range(5)]
    assert not relay.log("pipelined_unasked") + relay.log("talked_early")


def test_tells_on_a_client_that_pipelines_unasked_or_speaks_before_its_turn() -> None:
    group = b"MAIL FROM:<a@hem.example>\r\nRCPT TO:<bo@hem.example>\r\nDATA\r\nA: b\r\n\r\n.\r\n"
    with running_relay(pipelining=False) as relay, raw(relay) as wire:
        talk(wire, b"", 1)
        talk(wire, b"EHLO hem.example\r\n", 1)
        assert talk(wire, group, 4) == [b"250", b"250", b"354", b"250"]
        assert [line["stage"] for line in relay.log("pipelined_unasked")] == ["MAIL", "RCPT", "DATA"]
        assert [line["stage"] for line in relay.log("talked_early")] == ["DATA"]


def test_tells_who_was_left_in_the_middle(relay: Relay) -> None:
    with connected(relay) as client:
        client.ehlo()
        client.mail(FROM)
        client.rcpt(ANNA)
    assert relay.wait_for(1, kind="abandoned")[0]["rcpt"] == [ANNA]
    assert relay.acknowledged() == []


# The order of commands


@pytest.mark.parametrize(
    ("commands", "last"),
    [
        (["MAIL FROM:<a@x.example>"], b"503"),
        (["EHLO x", "RCPT TO:<a@x.example>"], b"503"),
        (["EHLO x", "DATA"], b"503"),
        (["EHLO x", "MAIL FROM:<>", "DATA"], b"554"),
        (["EHLO x", "MAIL FROM:<>", "RCPT TO:<>"], b"501"),
        (["HELO x", "MAIL FROM:<>", "MAIL FROM:<>"], b"503"),
        (["HELO x", "MAIL FROM:<>", "RSET", "MAIL FROM:<>"], b"250"),
        (["EHLO x", "MAIL FROM:<> SIZE=100001"], b"552"),
        (["EHLO x", "MAIL FROM:<> BODY=8BITMIME SIZE=100000"], b"250"),
        (["NOOP"], b"250"),
        (["VRFY anna"], b"500"),
        (["STARTTLS"], b"503"),
    ],
)
def test_answers_the_last_of(relay: Relay, commands: list[str], last: bytes) -> None:
    with raw(relay) as wire:
        talk(wire, b"", 1)
        for command in commands:
            (code,) = talk(wire, command.encode() + b"\r\n", 1)
        assert code == last


def test_refuses_a_message_that_is_larger_than_it_said(relay: Relay, client: smtplib.SMTP) -> None:
    client.ehlo()
    assert client.esmtp_features["size"] == "100000"
    client.mail(FROM)
    client.rcpt(ANNA)
    assert client.data(b"x\r\n" * 40_000)[0] == 552
    assert relay.acknowledged() == []


# Faults, every kind once


def test_greylists(relay: Relay, client: smtplib.SMTP) -> None:
    relay.set_script([{"at": "rcpt", "first": 1, "do": "reply", "text": "450 4.7.1 Greylisted"}])
    for _ in range(2):
        for to in (ANNA, BO):
            with contextlib.suppress(smtplib.SMTPRecipientsRefused):
                send(client, to)
    assert [line["rcpt"] for line in relay.log("refused")] == [[ANNA], [BO]]
    assert [line["rcpt"] for line in relay.acknowledged()] == [[ANNA], [BO]]


@pytest.mark.parametrize(
    ("at", "error"),
    [
        ("connect", smtplib.SMTPConnectError),
        ("ehlo", smtplib.SMTPHeloError),
        ("mail", smtplib.SMTPSenderRefused),
        ("rcpt", smtplib.SMTPRecipientsRefused),
        ("data", smtplib.SMTPDataError),
        ("dot", smtplib.SMTPDataError),
    ],
)
def test_refuses_for_now_at(relay: Relay, at: str, error: type[Exception]) -> None:
    relay.set_script([{"at": at, "do": "reply", "text": "451-4.3.0 Inte nu,\n451 4.3.0 å, senare"}])

    def attempt() -> None:
        with connected(relay) as client:
            send(client)

    with pytest.raises(error):
        attempt()
    assert {(line["stage"], line["code"]) for line in relay.log("refused")} == {(at, 451)}
    assert relay.acknowledged() == []


def test_hangs_up_after_a_421(relay: Relay, client: smtplib.SMTP) -> None:
    relay.set_script([{"at": "mail", "nth": 2, "do": "reply", "text": "421 4.7.0 Nog för idag"}])
    send(client)
    assert client.mail(FROM)[0] == 421
    with pytest.raises(smtplib.SMTPServerDisconnected):
        client.noop()


@pytest.mark.parametrize("at", ["connect", "ehlo", "mail", "rcpt", "data", "body", "dot"])
def test_drops_the_line_at(relay: Relay, at: str) -> None:
    relay.set_script([{"at": at, "do": "drop"}])

    def attempt() -> None:
        with connected(relay) as client:
            send(client)

    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        attempt()
    assert [(line["fault"], line["stage"]) for line in relay.log("fault")] == [("drop", at)]
    assert relay.acknowledged() == []


def test_drops_the_line_in_the_body_after_as_many_octets_as_said(relay: Relay, client: smtplib.SMTP) -> None:
    relay.set_script([{"at": "body", "do": "drop", "bytes": 500, "match": "bo@"}])
    send(client, BO, b"x" * 400)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionError)):
        send(client, BO, b"x" * 600)
    assert [line["size"] for line in relay.acknowledged()] == [402]
    assert relay.wait_for(1, kind="abandoned")[0]["rcpt"] == [BO]


def test_acknowledges_and_drops_the_line_without_a_word(relay: Relay, client: smtplib.SMTP) -> None:
    relay.set_script([{"at": "dot", "do": "drop", "when": "after_ack"}])
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(client)
    assert len(relay.acknowledged()) == 1
    assert [line["acknowledged"] for line in relay.log("fault")] == [True]


def test_resets_the_connection(relay: Relay) -> None:
    relay.set_script([{"at": "mail", "do": "rst"}])
    with raw(relay) as wire:
        talk(wire, b"", 1)
        talk(wire, b"EHLO x\r\n", 1)
        wire.sendall(b"MAIL FROM:<>\r\n")
        with pytest.raises(ConnectionResetError):
            wire.recv(1)


def test_hangs(relay: Relay) -> None:
    relay.set_script([{"at": "ehlo", "do": "hang", "seconds": 60}])
    with raw(relay, timeout=0.2) as wire:
        talk(wire, b"", 1)
        wire.sendall(b"EHLO x\r\n")
        with pytest.raises(TimeoutError):
            wire.recv(1)
    relay.wait_for(1, kind="disconnect")  # it does not go on hanging when the client has gone


def test_hangs_up_when_it_has_hung_for_long_enough(relay: Relay) -> None:
    relay.set_script([{"at": "ehlo", "do": "hang", "seconds": 0.05}])
    with raw(relay) as wire:
        talk(wire, b"", 1)
        wire.sendall(b"EHLO x\r\n")
        assert wire.recv(1) == b""


def test_delays_and_goes_on(relay: Relay, client: smtplib.SMTP) -> None:
    relay.set_script([{"at": "dot", "do": "delay", "seconds": 0.2}])
    send(client)
    (fault,), (line,) = relay.log("fault"), relay.acknowledged()
    assert line["at_ns"] - fault["at_ns"] >= 200_000_000


def test_answers_nonsense(relay: Relay, client: smtplib.SMTP) -> None:
    relay.set_script(
        [{"at": "ehlo", "do": "garbage", "text": "\xff\x00hej", "repeat": 3}, {"at": "mail", "do": "drop"}]
    )
    with raw(relay) as wire:
        talk(wire, b"", 1)
        wire.sendall(b"EHLO x\r\n")
        octets = b""
        while len(octets) < 15:
            octets += wire.recv(64)
        assert octets == b"\xff\x00hej" * 3


def test_answers_twice(relay: Relay, client: smtplib.SMTP) -> None:
    relay.set_script([{"at": "dot", "do": "double", "text": "250 2.0.0 Tack"}])
    send(client)
    assert client.noop() == (250, b"2.0.0 Tack")
    assert client.noop() == (250, b"2.0.0 Ok")
    assert len(relay.acknowledged()) == 1


def test_acknowledges_when_the_script_says_yes_after_the_dot(relay: Relay, client: smtplib.SMTP) -> None:
    relay.set_script([{"at": "dot", "do": "reply", "text": "250-2.0.0 Tack\n250 2.0.0 och hej"}])
    send(client)
    assert len(relay.acknowledged()) == 1


def test_offers_what_the_script_says(relay: Relay) -> None:
    relay.set_script([{"at": "ehlo", "do": "reply", "text": "250-x\n250 SIZE 7"}])
    with connected(relay) as client:
        client.ehlo()
        assert client.esmtp_features == {"size": "7"}


def test_ends_a_fault_when_it_is_told_to(relay: Relay) -> None:
    relay.set_script([{"at": "connect", "do": "drop"}])
    with pytest.raises(smtplib.SMTPServerDisconnected), connected(relay):
        pass
    before = relay.stat()["connections"]
    relay.set_script()
    with connected(relay) as client:
        send(client)
    assert relay.stat()["connections"] == before + 1
    with pytest.raises(ValueError, match="no such stage"):
        relay.set_script([{"at": "lunch", "do": "drop"}])


# TLS and who may come in


def trusting(name: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(CERTIFICATES / f"{name}.pem"))


def test_speaks_tls_and_lets_in_who_knows_the_password() -> None:
    with running_relay(tls="good", user="hem", password="hemligt") as relay:
        with connected(relay) as client:
            client.ehlo()
            assert "auth" not in client.esmtp_features
            assert client.mail(FROM)[0] == 530
            client.starttls(context=trusting("good"))
            client.ehlo()
            assert client.esmtp_features["auth"].split() == ["PLAIN", "LOGIN"]
            with pytest.raises(smtplib.SMTPAuthenticationError):
                client.login("hem", "fel")
            assert client.mail(FROM)[0] == 530
            client.login("hem", "hemligt")
            send(client)
        assert [line["tls"] for line in relay.acknowledged()] == [True]
        assert {line["tls"] for line in relay.log("auth")} == {True}


@pytest.mark.parametrize("mechanism", ["auth_plain", "auth_login"])
@pytest.mark.parametrize("initial", [True, False])
def test_lets_in_by(mechanism: str, initial: bool) -> None:
    with running_relay(user="hem", password="hemligt") as relay, connected(relay) as client:
        client.ehlo()
        client.user, client.password = "hem", "hemligt"
        name = mechanism.removeprefix("auth_").upper()
        assert client.auth(name, getattr(client, mechanism), initial_response_ok=initial)[0] == 235
        send(client)
        assert [line["tls"] for line in relay.log("auth")] == [False]


@pytest.mark.parametrize(
    ("said", "answer", "code"),
    [
        ("user=hem\x01auth=Bearer kod\x01\x01", "", 235),
        ("user=hem\x01auth=Bearer gammal\x01\x01", "", 535),
        ("user=andra\x01auth=Bearer kod\x01\x01", "", 535),
        ("user=hem\x01auth=Bearer gammal\x01\x01", "nej", 501),
        ("user=hem\x01auth=Bearer kod\x01", "", 501),
        ("\0hem\0kod", "", 501),
    ],
)
def test_lets_in_by_a_token(said: str, answer: str, code: int) -> None:
    challenges: list[bytes] = []

    def speak(challenge: bytes | None = None) -> str:
        if challenge is None:
            return said
        challenges.append(challenge)
        return answer

    with running_relay(user="hem", password="kod", mechanisms=["XOAUTH2"]) as relay, connected(relay) as client:
        client.ehlo()
        assert client.esmtp_features["auth"].split() == ["XOAUTH2"]
        assert client.docmd("AUTH", "PLAIN AGhlbQBrb2Q=")[0] == 504
        try:
            told = client.auth("XOAUTH2", speak)[0]
        except smtplib.SMTPAuthenticationError as why:
            told = why.smtp_code
        assert told == code
        refused = said.endswith("\x01\x01") and code != 235
        assert [json.loads(challenge)["status"] for challenge in challenges] == (["401"] if refused else [])
        assert [line["answer"] == "" for line in relay.log("challenged")] == ([code == 535] if refused else [])


def test_lets_in_by_the_new_password_when_it_is_changed() -> None:
    with running_relay(user="hem", password="gammalt") as relay, connected(relay) as before, connected(relay) as after:
        before.login("hem", "gammalt")
        relay.set_password("nytt")
        send(before)
        with pytest.raises(smtplib.SMTPAuthenticationError):
            after.login("hem", "gammalt")
        after.login("hem", "nytt")
        send(after, BO)
        assert len(relay.acknowledged()) == 2


@pytest.mark.parametrize("name", ["expired", "wrong-name"])
def test_shows_a_certificate_nobody_should_trust(name: str) -> None:
    with running_relay(tls=name) as relay, connected(relay) as client:
        with pytest.raises(ssl.SSLCertVerificationError):
            client.starttls(context=trusting(name))
        assert relay.log("tls") == []


def test_speaks_tls_from_the_first_octet() -> None:
    with running_relay(tls="good", implicit_tls=True, script=[{"at": "dot", "do": "rst", "nth": [2]}]) as relay:
        with smtplib.SMTP_SSL(relay.host, relay.port, timeout=10, context=trusting("good")) as client:
            send(client)
        with smtplib.SMTP_SSL(relay.host, relay.port, timeout=10, context=trusting("good")) as client:
            with pytest.raises((smtplib.SMTPServerDisconnected, OSError)):
                send(client)
            client.close()
        assert [line["tls"] for line in relay.acknowledged()] == [True]


def test_talks_nonsense_instead_of_tls() -> None:
    script: list[dict[str, Any]] = [
        {"at": "starttls", "do": "reply", "text": "454 4.7.0 Inte nu", "nth": [1]},
        {"at": "starttls", "do": "garbage", "text": "220 ok\r\nnonsense", "nth": [2]},
    ]
    with running_relay(script, tls="good") as relay:
        with connected(relay) as client, pytest.raises(smtplib.SMTPResponseException, match="454"):
            client.starttls(context=trusting("good"))
        with raw(relay) as wire:
            talk(wire, b"", 1)
            wire.sendall(b"STARTTLS\r\n")
            assert wire.recv(8) == b"220 ok\r\n"
            with pytest.raises(ssl.SSLError):
                trusting("good").wrap_socket(wire, server_hostname="localhost")
        with connected(relay) as client:
            client.starttls(context=trusting("good"))
            send(client)
        assert [line["tls"] for line in relay.acknowledged()] == [True]


# The process


def test_comes_back_on_the_same_port_with_the_same_log(tmp_path: Path) -> None:
    with running_relay(folder=tmp_path) as relay:
        port = relay.port
        for end in (relay.stop, relay.kill):
            with connected(relay) as client:
                send(client)
            end()
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((relay.host, port), timeout=5)
            relay.start()
            assert relay.port == port
        assert len(relay.acknowledged()) == 2


def test_stops_by_itself(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "tests.relay.server",
        "--log",
        str(tmp_path / "log"),
        "--max-seconds",
        "0.1",
    ]
    assert subprocess.run(command, cwd=ROOT, timeout=20, check=True, capture_output=True).stdout


def test_refuses_to_start_with_a_script_it_would_not_follow(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text('[{"at": "lunch", "do": "drop"}]')
    command = [
        sys.executable,
        "-m",
        "tests.relay.server",
        "--log",
        str(tmp_path / "log"),
        "--script",
        str(script),
    ]
    done = subprocess.run(command, cwd=ROOT, timeout=20, check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert "no such stage" in done.stderr
