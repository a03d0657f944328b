"""A runner that was taken for dead does nothing more, whatever it had in hand."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from mailer.db import Database
from mailer.keys import Keys
from mailer.outbox.states import Delivery
from mailer.outbox.store import leases
from mailer.outbox.tables import runners
from tests.homes import add_people, plan_letter, states
from tests.outbox.test_ledger import commit, start

NOW = datetime(2024, 5, 10, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize("wanted", [0, 9], ids=["renews", "asks for more"])
@pytest.mark.parametrize("taken", [False, True], ids=["lease over", "taken over"])
def test_stops_a_runner_whose_lease_is_over_before_it_touches_anything(
    db: Database, tmp_path: Path, wanted: int, taken: bool
) -> None:
    keys = Keys(tmp_path / "keys")
    keys.make_missing()
    db.write(lambda c: add_people(c, keys, range(1, 7), NOW))
    mailing = db.write(lambda c: plan_letter(c, NOW))
    runner, _ = start(db, "one")
    stock = commit(db, runner, wanted=2).stock
    db.write(lambda c: c.execute(update(runners).where(runners.c.id == runner).values(lease_until=1)))
    if taken:
        start(db, "two")
    before = states(db, mailing)
    with pytest.raises(leases.LostLease):
        commit(db, runner, stock=stock, wanted=wanted)
    assert states(db, mailing) == before
    assert list(before.values()).count(Delivery.OFFERED) == (0 if taken else 2)
