"""Outages as rows: one at a time and relay, shared by all workers; whether anything waits for a relay. Both engines."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from mailer.db import Database
from mailer.keys import Keys
from mailer.outbox import outage
from mailer.outbox.outage import NEWS_AFTER, STALE, Outage
from mailer.outbox.outcome import Outcome
from mailer.outbox.states import Delivery, Mailing
from mailer.outbox.store import leases, outages
from mailer.outbox.tables import deliveries
from mailer.outbox.tables import mailings as table
from tests.homes import add_people, plan_letter
from tests.outbox.test_ledger import NOW

FIRST, SECOND = "127.0.0.1:2525", "reserv"
DEAD = Outcome("defer", "connect", text="Connection refused", fault="relay", lost_line=True)
REFUSED = Outcome("defer", "auth", 535, "5.7.8", "5.7.8 nej", "ours")
BUSY = Outcome("defer", "mail", 451, "4.3.0", "4.3.0 senare", "relay")
MINUTE = timedelta(minutes=1)


def noted(db: Database, heard: datetime, said: Outcome = DEAD, since: datetime = NOW, first: bool = False) -> datetime:
    """Since when the relay is away, when it was tried in vain at this moment."""
    return db.write(lambda c: outages.note(c, FIRST, since, heard, said, first))


def test_keeps_since_when_whoever_tries_and_the_last_word(db: Database) -> None:
    assert noted(db, NOW, first=True) == NOW
    assert noted(db, NOW + 5 * MINUTE, REFUSED, since=NOW + 4 * MINUTE, first=True) == NOW, "another worker"
    (found,) = db.read(outages.read)
    assert (found.since, found.heard_at, found.why) == (NOW, NOW + 5 * MINUTE, "inloggningen: 535 5.7.8 nej")


def test_writes_no_address_down(db: Database) -> None:
    noted(
        db, NOW, Outcome("defer", "rcpt", 451, "4.3.0", "4.3.0 <asa@vallentuna.example>: senare", "relay"), first=True
    )
    assert [o.text for o in db.read(outages.read)] == ["4.3.0 … senare"]


def test_begins_anew_when_another_worker_has_got_through(db: Database) -> None:
    noted(db, NOW, first=True)
    db.write(lambda c: outages.end(c, FIRST, NOW + MINUTE))
    assert noted(db, NOW + 2 * MINUTE) == NOW + 2 * MINUTE


@pytest.mark.parametrize(("later", "since"), [(STALE, NOW), (STALE + MINUTE, NOW + STALE + MINUTE)])
def test_does_not_go_on_when_nobody_has_tried_for_an_hour(db: Database, later: timedelta, since: datetime) -> None:
    noted(db, NOW, first=True)
    assert noted(db, NOW + later) == since
    assert [o.since for o in db.read(outages.read)] == [since]


@pytest.mark.parametrize(
    ("heard", "over", "is_kept"),
    [
        (timedelta(0), NEWS_AFTER - MINUTE, False),
        (timedelta(0), NEWS_AFTER, True),
        (timedelta(days=3), timedelta(days=3) + MINUTE, True),
        (MINUTE, timedelta(days=3), False),
    ],
    ids=["short", "long", "days", "not tried"],
)
def test_keeps_a_long_one_until_it_is_told(db: Database, heard: timedelta, over: timedelta, is_kept: bool) -> None:
    noted(db, NOW, first=True)
    db.write(lambda c: c.execute(update(outages.outages).values(heard_at=NOW + heard)))
    db.write(lambda c: outages.end(c, FIRST, NOW + over))
    assert db.read(outages.read_open) == {}
    found = db.read(outages.read)
    assert [o.over_at for o in found] == ([NOW + over] if is_kept else [])
    db.write(lambda c: outages.forget(c, [o.number for o in found]))
    assert db.read(outages.read) == []


def an_outage(relay: str, since: datetime = NOW, said: Outcome = DEAD) -> Outage:
    return Outage(1, relay, since, since, said.stage, said.code, said.text)


def test_finds_that_nothing_goes_only_when_no_relay_carries_it() -> None:
    first, second = an_outage(FIRST), an_outage(SECOND, NOW + MINUTE)
    both = (FIRST, SECOND)
    assert outage.nothing_goes({}, both) == ()
    assert outage.nothing_goes({FIRST: first}, both) == ()
    assert outage.nothing_goes({SECOND: second}, both) == ()
    assert outage.nothing_goes({FIRST: first, SECOND: second}, both) == (first, second)
    assert outage.nothing_goes_since((first, second)) == NOW + MINUTE
    # One that is there and says ”not now” keeps what it has: the next relay is not asked.
    busy = an_outage(FIRST, said=BUSY)
    assert outage.nothing_goes({FIRST: busy}, both) == (busy,)


def test_says_since_when_and_what_the_relay_said() -> None:
    refused = an_outage(FIRST, said=REFUSED)
    today = f"kl. {NOW.hour}.{NOW.minute:02d}"
    said = f"E-postservern har inte tagit emot något sedan {today} (inloggningen: 535 5.7.8 nej)."
    assert outage.in_words((refused,), NOW) == said
    later = outage.in_words((refused, an_outage(SECOND)), NOW + timedelta(days=1))
    assert "E-postservern 127.0.0.1:2525 har" in later
    assert "E-postservern reserv har" in later
    assert f" {NOW.day} " in later
    assert outage.in_words((), NOW) == ""


@pytest.fixture
def mailing(db: Database, keys: Keys) -> int:
    db.write(lambda c: add_people(c, keys, range(1, 3), NOW))
    return db.write(lambda c: plan_letter(c, NOW))


@pytest.mark.parametrize(
    ("mailing_state", "why", "delivery_state", "is_waited_for"),
    [
        (Mailing.SENDING, None, Delivery.PLANNED, True),
        (Mailing.SENDING, None, Delivery.DEFERRED, True),
        (Mailing.SENDING, None, Delivery.ACCEPTED, False),
        (Mailing.SENDING, None, Delivery.IN_DOUBT, False),
        (Mailing.PAUSED, "inloggningen: 535 nej", Delivery.PLANNED, True),
        (Mailing.PAUSED, "pausat av Anna Redaktör", Delivery.PLANNED, False),
        (Mailing.APPROVED, None, Delivery.PLANNED, False),
        (Mailing.FINISHED, None, Delivery.ACCEPTED, False),
    ],
)
def test_knows_whether_anything_waits_for_a_relay(
    db: Database, mailing: int, mailing_state: str, why: str | None, delivery_state: str, is_waited_for: bool
) -> None:
    db.write(lambda c: c.execute(update(table).values(state=mailing_state, why=why)))
    db.write(lambda c: c.execute(update(deliveries).values(state=delivery_state)))
    assert db.read(outages.is_waited_for) is is_waited_for


def test_knows_that_what_a_runner_holds_waits_too(db: Database, mailing: int) -> None:
    runner, _ = db.write(lambda c: leases.start(c, db, "", NOW))
    db.write(lambda c: c.execute(update(deliveries).values(state=Delivery.CLAIMED, runner_id=runner)))
    assert db.read(outages.is_waited_for)
