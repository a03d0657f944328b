"""A runner that was taken for dead does nothing more, whatever it had in hand."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from mailer.db import Database
from mailer.keys import Keys
from mailer.outbox.outcome import Settlement
from mailer.outbox.states import Delivery
from mailer.outbox.store import leases
from mailer.outbox.tables import runners
from tests.homes import add_people, plan_letter, states
from tests.outbox.test_ledger import OK, commit, start

NOW = datetime(2024, 5, 10, 7, 0, tzinfo=UTC)


@pytest.fixture
def mailing(db: Database, keys: Keys) -> int:
    db.write(lambda c: add_people(c, keys, range(1, 7), NOW))
    return db.write(lambda c: plan_letter(c, NOW))


def run_out(db: Database, runner: int) -> None:
    """Its machine has slept, or somebody has set the clock."""
    db.write(lambda c: c.execute(update(runners).where(runners.c.id == runner).values(lease_until=1)))


@pytest.mark.parametrize("wanted", [0, 9], ids=["renews", "asks for more"])
def test_stops_a_runner_that_was_taken_for_dead_before_it_touches_anything(
    db: Database, mailing: int, wanted: int
) -> None:
    runner, _ = start(db, "one")
    stock = commit(db, runner, wanted=2).stock
    run_out(db, runner)
    start(db, "two")
    before = states(db, mailing)
    with pytest.raises(leases.LostLease):
        commit(db, runner, stock=stock, wanted=wanted)
    assert states(db, mailing) == before
    assert Delivery.OFFERED not in before.values()


def test_believes_the_answers_to_a_runner_that_nobody_has_taken_over(db: Database, mailing: int) -> None:
    runner, _ = start(db, "one")
    offered = commit(db, runner, wanted=2).offered
    run_out(db, runner)
    commit(db, runner, [Settlement(o, OK) for o in offered], claim=0)
    assert [states(db, mailing)[n] for n in (1, 2)] == 2 * [Delivery.ACCEPTED]
    _, found = start(db, "two")  # it has its lease anew
    assert (found.released, found.in_doubt) == (0, ())
