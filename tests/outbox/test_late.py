"""What has stood still for long waits for a person: after an outage, a stop, or a machine put back in time."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from mailer.db import Database
from mailer.keys import Keys
from mailer.outbox.outcome import Outcome
from mailer.outbox.states import Delivery, Mailing
from mailer.outbox.store import attempts, control, late, mailings
from mailer.outbox.store.late import LATE
from mailer.outbox.tables import deliveries
from tests.homes import add_people, plan_letter
from tests.outbox.test_ledger import NOW

SOON = timedelta(minutes=1)
GREY = Outcome("defer", "rcpt", 450, "4.7.1", "senare", "relay")


@pytest.fixture
def mailing(db: Database, keys: Keys) -> int:
    db.write(lambda c: add_people(c, keys, range(1, 4), NOW))
    return db.write(lambda c: plan_letter(c, NOW))


def asked(db: Database, now: datetime) -> list[int]:
    return db.write(lambda c: late.pause_late(c, db, now))


def settled(db: Database, number: int, state: Delivery, at: datetime) -> None:
    db.write(
        lambda c: c.execute(update(deliveries).where(deliveries.c.id == number).values(state=state, settled_at=at))
    )


def state_of(db: Database, mailing: int) -> Any:
    return db.read(lambda c: mailings.read(c, mailing))


def test_asks_before_it_sends_what_has_stood_still(db, mailing):
    assert asked(db, NOW + LATE - SOON) == []
    assert asked(db, NOW + LATE) == [mailing]
    assert state_of(db, mailing).state == Mailing.PAUSED
    assert "kan resten ha gått redan" in state_of(db, mailing).why


def test_goes_on_with_what_goes_out_however_slowly(db, mailing):
    settled(db, 1, Delivery.ACCEPTED, NOW + SOON)
    assert asked(db, NOW + LATE) == []
    assert asked(db, NOW + LATE + SOON) == [mailing]


def test_goes_on_with_what_is_tried_again_and_again(db, mailing):
    db.write(lambda c: attempts.note(c, [(2, GREY)], NOW + SOON))
    assert asked(db, NOW + LATE) == []
    assert asked(db, NOW + LATE + SOON) == [mailing]


@pytest.mark.parametrize("say", [control.resume, lambda c, _, now: late.let_go(c, now)], ids=["resume", "adopt"])
def test_asks_once_when_a_person_has_answered(db, mailing, say):
    later = NOW + LATE
    if say is control.resume:
        assert asked(db, later) == [mailing]
    db.write(lambda c: say(c, mailing, later))
    assert asked(db, later + LATE - SOON) == []
    assert asked(db, later + LATE) == [mailing]


def test_asks_nothing_of_a_mailing_of_which_nothing_is_left(db, mailing):
    for number in (1, 2, 3):
        settled(db, number, Delivery.ACCEPTED, NOW)
    assert asked(db, NOW + 2 * LATE) == []
