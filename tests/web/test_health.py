"""/health: well when all parts have lately done their work; else which one has not, and nothing more."""

import dataclasses
import json
import re
import signal
import subprocess
import sys
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from sqlalchemy import Engine, event, update

from mailer import lineage
from mailer.errors import LaterError, Problem
from mailer.pulse import Pulse
from mailer.web.pages import Pages
from mailer.web.public.health import CLOCK_S, RUNNER_S, Health
from tests.homes import ROOT, make_home
from tests.relay.client import running_relay
from tests.waiting import until
from tests.web.serving import free_port

PARTS = ("clock", "runner", "mailbox")


class Hours:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Mailbox:
    kind = "imap"
    every_min = 10


@pytest.fixture
def hours() -> Hours:
    return Hours()


@pytest.fixture
def health(house, hours) -> Health:
    return Health(dataclasses.replace(house, pulse=Pulse(hours)), Pages(house, None))


@pytest.fixture
def with_mailbox(monkeypatch) -> None:
    monkeypatch.setattr(Health, "_mailbox_min", lambda self: Mailbox.every_min)


def beat(health: Health) -> None:
    for part in PARTS:
        health._house.pulse.beat(part)


def answer(health: Health) -> tuple[int, list[str]]:
    got = health.show()
    return got.status_code, json.loads(got.body)["failing"]


def test_is_well_when_all_parts_have_just_done_their_work(health):
    beat(health)
    assert answer(health) == (200, [])


def test_is_not_well_before_anything_has_been_done(health, with_mailbox):
    assert answer(health) == (503, ["clock", "runner", "mailbox"])


@pytest.mark.parametrize(
    ("part", "longest"), [("clock", CLOCK_S), ("runner", RUNNER_S), ("mailbox", 3 * Mailbox.every_min * 60)]
)
def test_says_which_part_has_been_silent(health, hours, with_mailbox, part, longest):
    beat(health)
    hours.now += longest
    for other in set(PARTS) - {part}:
        health._house.pulse.beat(other)
    assert answer(health) == (200, [])
    hours.now += 1
    for other in set(PARTS) - {part}:
        health._house.pulse.beat(other)
    assert answer(health) == (503, [part])


def test_does_not_miss_a_mailbox_it_does_not_have(health, hours):
    beat(health)
    hours.now += 100_000
    health._house.pulse.beat("clock")
    health._house.pulse.beat("runner")
    assert answer(health) == (200, [])


def test_says_that_a_home_waits_for_a_person(health, with_mailbox):
    health._house.db.write(lambda c: c.execute(update(lineage.homes).values(held="kopierad")))
    health._house.pulse.beat("clock")
    assert answer(health) == (503, ["held"])


def test_says_that_the_database_is_away(health, monkeypatch):
    def away(db):
        raise LaterError(Problem("databasen", "svarar inte.", "Vänta."))

    beat(health)
    monkeypatch.setattr(lineage, "held", away)
    assert answer(health) == (503, ["database"])


def test_says_it_to_anybody_without_a_word_about_anybody(one_site):
    for method in ("GET", "HEAD"):
        got = one_site.ask(method, "/health")
        assert got.status == 503
        assert got.headers["cache-control"] == "no-store"
        assert got.headers["content-type"] == "application/json"
    assert json.loads(one_site.get("/health").raw) == {"status": "failing", "failing": ["clock", "runner"]}
    assert one_site.ask("POST", "/health").status == 405
    assert one_site.get("/en/health").status == 404


def test_costs_two_rows(health):
    """Whoever watches asks every few seconds, and a stranger may ask more often."""
    asked: list[str] = []

    def noted(_connection, _cursor, statement, *_) -> None:
        asked.append(statement)

    beat(health)
    event.listen(Engine, "before_cursor_execute", noted)
    try:
        answer(health)
    finally:
        event.remove(Engine, "before_cursor_execute", noted)
    assert len([s for s in asked if s.lstrip().upper().startswith("SELECT")]) == 2


def health_at(port: int) -> str:
    """What the service says of itself; ”” while it does not answer."""
    try:
        return urlopen(f"http://127.0.0.1:{port}/health", timeout=10).read().decode()
    except HTTPError as not_yet:
        return not_yet.read().decode()
    except OSError:
        return ""


def test_is_well_while_the_service_runs(tmp_path):
    """The real service, over its first seconds."""
    port = free_port()
    with running_relay() as relay:
        more = {'# address = ""   ': f'address = "http://127.0.0.1:{port}" ', "# port = 8025": f"port = {port}"}
        home = make_home(tmp_path / "hem", relay.port, **more)
        command = [sys.executable, "-m", "mailer.cli", "--home", str(home), "run"]
        service = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        try:
            until(lambda: '"ok"' in health_at(port), lambda: health_at(port))
        finally:
            service.send_signal(signal.SIGTERM)
            _, errors = service.communicate(timeout=30)
    assert service.returncode == 0, errors
    assert re.search(r"event='asked' route='/health' status=200 ms=\d", errors)
