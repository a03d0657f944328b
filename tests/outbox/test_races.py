"""Two processes on one home, each in the middle of the other's work. On both engines."""

import threading
import time

import pytest
from sqlalchemy import text, update

from mailer.audience.rule import Rule
from mailer.db import Database
from mailer.outbox.outcome import Outcome, Settlement
from mailer.outbox.states import Mailing
from mailer.outbox.store import control, leases, ledger, mailings, planning
from mailer.outbox.tables import runners
from mailer.register.tables import contacts
from tests.homes import FRIENDS, MEMBERS, a_rendering, add_people, plan_letter, states
from tests.outbox import turns
from tests.outbox.test_ledger import NOW
from tests.outbox.turns import TERMS


def propose(c, source) -> int:
    return mailings.propose(
        c, mailings.Proposal("brev/x", "letter", "Brev", Rule((source,)), (a_rendering(source.name),)), NOW
    )


def approve(c, number: int) -> None:
    row = mailings.lock(c, number)
    mailings.approve(c, row, "Bo", "test", NOW, planning.head_count(c, row, NOW).recipients, None)


def wait_until_another_waits(c, done: threading.Event) -> None:
    """Until the other transaction stands at a lock of this one. SQLite lets only one begin."""
    ends = time.monotonic() + 10
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    while c.dialect.name == "postgresql" and not c.execute(waiting).scalar_one() and not done.is_set():
        assert time.monotonic() < ends


def test_plans_for_those_the_last_approval_was_for(db, database_url, keys):
    """It is made anew for others and approved again in the moment between the look at the approval and the planning."""

    def fill(c):
        add_people(c, keys, [1, 2], NOW)
        add_people(c, keys, [3, 4], NOW, FRIENDS)
        number = propose(c, MEMBERS)
        approve(c, number)
        return number

    number = db.write(fill)
    other, begun, done = Database(database_url), threading.Event(), threading.Event()

    def anew(c):
        propose(c, FRIENDS)
        approve(c, number)
        begun.set()
        wait_until_another_waits(c, done)

    changed = other.submit(anew)
    assert begun.wait(10)
    planned = db.submit(lambda c: planning.plan(c, number, NOW))
    planned.add_done_callback(lambda _: done.set())
    changed.result()
    planned.result()
    other.close()
    assert set(states(db, number)) == {3, 4}


def test_gives_no_delivery_to_two_runners(db, database_url, keys):
    """Each claims in a transaction of its own while the other's is open, where the engine allows it."""
    mailing = db.write(lambda c: (add_people(c, keys, range(1, 61), NOW), plan_letter(c, NOW))[1])
    other = Database(database_url)
    pair = [db.write(lambda c, name=name: leases.start(c, db, name, NOW))[0] for name in ("one", "two")]
    held: list[int] = []
    while len(held) < 60:
        both = [
            door.submit(lambda c, d=door, r=runner: ledger.commit(c, d, r, ledger.Turn(), 7, TERMS, NOW))
            for door, runner in zip((db, other), pair, strict=True)
        ]
        found = [o.delivery for one in both for o in one.result().claimed]
        assert found
        held += found
    other.close()
    assert len(set(held)) == len(held) == 60
    assert set(states(db, mailing).values()) == {"claimed"}


def test_offers_nothing_to_a_runner_whose_lease_was_taken(db, keys):
    """It slept for ten minutes, and another has its deliveries: neither its marks nor what it settles count."""
    mailing = db.write(lambda c: (add_people(c, keys, range(1, 5), NOW), plan_letter(c, NOW))[1])
    old, _ = db.write(lambda c: leases.start(c, db, "one", NOW))
    mine = turns.commit(db, old, claim=4, now=NOW).claimed
    turns.commit(db, old, ledger.Turn(marks=mine[:2]), now=NOW)
    db.write(lambda c: c.execute(update(runners).where(runners.c.id == old).values(lease_until=1)))
    new, found = db.write(lambda c: leases.start(c, db, "two", NOW))
    assert (found.released, len(found.in_doubt)) == (2, 2)
    theirs = turns.commit(db, new, claim=4, now=NOW).claimed
    before = states(db, mailing)
    for turn in (ledger.Turn(marks=mine[2:]), ledger.Turn([Settlement(mine[0], Outcome("accept", "dot", 250))])):
        with pytest.raises(leases.LostLease):
            turns.commit(db, old, turn, now=NOW)
    assert states(db, mailing) == before
    assert len(turns.commit(db, new, ledger.Turn(marks=theirs), now=NOW).offered) == 4


def test_makes_anew_what_has_changed_since_it_was_claimed(db, keys):
    db.write(lambda c: (add_people(c, keys, range(1, 4), NOW), plan_letter(c, NOW)))
    runner, _ = db.write(lambda c: leases.start(c, db, "one", NOW))
    claimed = turns.commit(db, runner, claim=3, now=NOW).claimed
    db.write(lambda c: c.execute(update(contacts).where(contacts.c.id == 2).values(first_name="Östen")))
    done = turns.commit(db, runner, ledger.Turn(marks=claimed), now=NOW)
    assert (done.offered, done.gone) == (frozenset({1, 3}), frozenset({2}))
    again = turns.commit(db, runner, claim=3, now=NOW).claimed
    assert [(o.contact, o.first_name) for o in again] == [(2, "Östen")]


def test_does_not_end_a_mailing_of_which_a_person_sends_one_once_more(db, database_url, keys):
    """Nothing else of it is owed, and a runner is about to end it in the moment between her word and its commit."""
    mailing = db.write(lambda c: (add_people(c, keys, [1], NOW), plan_letter(c, NOW))[1])
    for _ in range(2):
        runner, _ = db.write(lambda c: leases.start(c, db, "one", NOW))
        claimed = turns.commit(db, runner, claim=1, now=NOW).claimed
        turns.commit(db, runner, ledger.Turn(marks=claimed), now=NOW)
    runner, found = db.write(lambda c: leases.start(c, db, "one", NOW))
    (number,) = found.in_doubt
    other, begun, done = Database(database_url), threading.Event(), threading.Event()

    def once_more(c):
        control.judge(c, other, number, False, NOW)
        begun.set()
        wait_until_another_waits(c, done)

    judged = other.submit(once_more)
    assert begun.wait(10)
    ending = db.submit(lambda c: ledger.commit(c, db, runner, ledger.Turn(), 0, TERMS, NOW))
    ending.add_done_callback(lambda _: done.set())
    judged.result()
    ending.result()
    other.close()
    assert states(db, mailing) == {1: "planned"}
    assert db.read(lambda c: mailings.read(c, mailing)).state == Mailing.SENDING
