"""A server that accepts everything and sends it back later gets two hundred messages, not two thousand."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from mailer.audience.rule import Rule
from mailer.feedback import rounds
from mailer.feedback.meaning import Hardness, Kind, Reading
from mailer.feedback.store import Received, take
from mailer.house import House, open_house
from mailer.outbox.store import figures, mailings
from mailer.verbs import report, send, waves
from tests.databases import new_database
from tests.feedback.sent import delivery_of, letter, people
from tests.homes import MEMBERS as LIST
from tests.homes import a_rendering, make_home
from tests.relay.client import Relay, running_relay

MEMBERS = 240
START = "2024-05-10T09:00,0"


@pytest.fixture(scope="module")
def shared() -> Iterator[Relay]:
    with running_relay(max_seconds=600) as relay:
        yield relay


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.soak)])
def home(request: pytest.FixtureRequest, shared: Relay, tmp_path: Path) -> Path:
    """A home with a mailbox, whose relay accepts everything."""
    shared.set_script()
    os.truncate(shared.log_path, 0)
    url = new_database(request.getfixturevalue("postgres_server")) if request.param == "postgres" else ""
    mailbox = {'# kind = "" ': 'kind = "maildir" ', '# path = "" ': 'path = "brevlada" '}
    return make_home(tmp_path / "home", shared.port, url, **mailbox)


def planned(house: House) -> None:
    """A letter to 240, approved and planned by the verb that plans."""
    people(house.db, house.keys, MEMBERS)

    def write(c: Connection) -> None:
        proposal = mailings.Proposal("brev/1", "letter", "Brev", Rule((LIST,)), (a_rendering(),))
        number = mailings.propose(c, proposal, house.clock.now())
        mailings.approve(c, mailings.read(c, number), "Bo", "test", house.clock.now(), MEMBERS, None)

    house.db.write(write)
    send.plan(house, "brev/1")


def bounce(house: House, contact: int) -> None:
    reading = Reading(Kind.bounce, delivery_of(house.db, contact), hardness=Hardness.hard, status="5.1.1")
    one: Received = letter()
    house.db.write(lambda c: take(house.db, c, house.keys, house.zone, one, reading, house.clock.now()))


def test_sends_two_hundred_and_stops_when_too_many_come_back(home: Path, shared: Relay) -> None:
    with open_house(home, START) as house:
        planned(house)
        send.run_until_idle(house)
        assert len(shared.acknowledged()) == 200
        for contact in range(1, 12):
            bounce(house, contact)
        house.db.write(lambda c: rounds.note_read(c, house.clock.now() + timedelta(hours=1), 0))
        send.run_until_idle(house)
        assert len(shared.acknowledged()) == 200
        shown = report.report(house, "brev/1")
        assert shown.state == "paused"
        assert "11 av de 200 första adresserna fungerar inte" in "\n".join(report.lines(shown))


def test_sends_the_rest_when_the_mailbox_has_been_read_and_few_came_back(home: Path, shared: Relay) -> None:
    with open_house(home, START) as house:
        planned(house)
        send.run_until_idle(house)
        send.run_until_idle(house)
        assert len(shared.acknowledged()) == 200
        for contact in range(1, 11):
            bounce(house, contact)
        house.db.write(lambda c: rounds.note_read(c, house.clock.now() + timedelta(minutes=15), 0))
        assert waves.look(house)
        send.run_until_idle(house)
        assert len(shared.acknowledged()) == MEMBERS
        counted = house.db.read(lambda c: figures.balance(c, 1))
        assert (counted.accepted, counted.bounced, counted.owed) == (230, 10, 0)
