"""The house comes in with a password or a token, and stands it that either is changed while it sends."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.crash.kills import addresses, planned_home
from tests.databases import new_database
from tests.relay.client import Line, Relay, running_relay
from tests.wire.sending import send

MEMBERS = 36
USER = "hemmet"
OLD, NEW = "gammalt", "nytt"
SECRET = "hemlighet.txt"
TRIES = 3
REFUSED = "inloggningen: 535 5.7.8 Wrong name or password"
SLOW: Line = {"at": "dot", "do": "delay", "seconds": 0.02}
# All four lines end, at least once, in the middle of the mailing.
ENDS: Line = {"at": "mail", "do": "drop", "nth": list(range(16, 24))}


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILER_RELAY__USERNAME", USER)
    monkeypatch.setenv("MAILER_RELAY__PASSWORD_FILE", SECRET)


def a_home(folder: Path, relay: Relay, secret: str, members: int = MEMBERS, url: str = "") -> Path:
    home = planned_home(folder / "home", relay, members, url)
    write(home, secret)
    return home


def write(home: Path, secret: str) -> None:
    """As another program does: never half a file."""
    (home / f"{SECRET}.new").write_text(f"{secret}\n", "utf-8")
    (home / f"{SECRET}.new").rename(home / SECRET)


# The password is changed (M13)


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_pauses_when_the_password_is_changed_and_goes_on_without_a_restart(
    tmp_path: Path, engine: str, request: pytest.FixtureRequest
) -> None:
    url = new_database(request.getfixturevalue("postgres_server")) if engine == "postgres" else ""
    with running_relay(user=USER, password=OLD) as relay:
        home = a_home(tmp_path, relay, OLD, url=url)
        seen: list[tuple[str, int]] = []

        def change() -> None:
            relay.wait_for(4)
            relay.set_password(NEW)

        def mend(mailing: Any) -> None:
            seen.append((mailing.why, len(relay.acknowledged())))
            write(home, NEW)

        sent = send(home, relay, [ENDS, SLOW], 3000, meanwhile=change, mend=mend)
        ((why, before),) = seen
        assert why == REFUSED
        assert 4 <= before < MEMBERS
        assert len([line for line in relay.log("refused") if line["stage"] == "auth"]) >= TRIES
        came = Counter(line["rcpt"][0] for line in relay.acknowledged())
        assert came == Counter(addresses(MEMBERS))
        assert (sent.state, sent.balance.accepted, sent.suppressed) == ("finished", MEMBERS, 0)
        assert (sent.found.ok, sent.found.duplicates) == (True, 0)


def test_goes_on_by_the_line_it_has_when_no_other_comes_in(tmp_path: Path) -> None:
    with running_relay(user=USER, password=OLD) as relay:
        home = a_home(tmp_path, relay, OLD, 12)
        full: Line = {"at": "auth", "do": "reply", "text": "535 5.7.8 Wrong name or password", "nth": [*range(2, 99)]}
        sent = send(home, relay, [full, SLOW])
        assert relay.log("refused")
        assert {line["connection"] for line in relay.acknowledged()} == {1}
        assert (sent.state, sent.found.ok, sent.found.duplicates) == ("finished", True, 0)


# XOAUTH2


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILER_RELAY__LOGIN", "xoauth2")


def challenged(relay: Relay) -> set[str]:
    """What was answered where the relay said what is wrong with the token."""
    return {line["answer"] for line in relay.log("challenged")}


@pytest.mark.usefixtures("token")
def test_comes_in_with_a_token(tmp_path: Path) -> None:
    with running_relay(user=USER, password=NEW, mechanisms=["PLAIN", "XOAUTH2"]) as relay:
        sent = send(a_home(tmp_path, relay, NEW, 6), relay)
        assert sent.of("accepted") == set(addresses(6))
        assert {line["mechanism"] for line in relay.log("auth")} == {"XOAUTH2"}
        assert challenged(relay) == set()


@pytest.mark.usefixtures("token")
@pytest.mark.parametrize("first", [OLD, ""], ids=["expired", "empty"])
def test_reads_the_token_anew_for_each_try(tmp_path: Path, first: str) -> None:
    with running_relay(user=USER, password=NEW, mechanisms=["XOAUTH2"]) as relay:
        home = a_home(tmp_path, relay, first, 6)

        def renew() -> None:
            relay.wait_for(1, kind="challenged")
            write(home, NEW)

        sent = send(home, relay, speed=20, meanwhile=renew)
        assert (sent.state, sent.of("accepted")) == ("finished", set(addresses(6)))
        assert 1 <= len(relay.log("challenged")) < TRIES
        assert challenged(relay) == {""}


@pytest.mark.usefixtures("token")
def test_pauses_when_the_token_is_not_renewed_and_goes_on_when_it_is(tmp_path: Path) -> None:
    with running_relay(user=USER, password=NEW, mechanisms=["XOAUTH2"]) as relay:
        home = a_home(tmp_path, relay, OLD, 6)
        seen: list[str] = []

        def mend(mailing: Any) -> None:
            seen.append(mailing.why)
            write(home, NEW)

        sent = send(home, relay, mend=mend)
        assert seen == [REFUSED]
        assert challenged(relay) == {""}
        assert (sent.state, sent.of("accepted")) == ("finished", set(addresses(6)))


@pytest.mark.usefixtures("token")
def test_says_that_a_relay_knows_no_tokens(tmp_path: Path) -> None:
    with running_relay(user=USER, password=NEW) as relay:
        home = a_home(tmp_path, relay, NEW, 6)
        paused = send(home, relay)
        assert (paused.state, paused.why) == ("paused", "inloggningen: 504 5.5.4 Not offered")
