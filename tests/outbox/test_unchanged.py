"""What is marked without being looked at again is what nobody has touched since it was claimed, whoever it was."""

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, select, update

from mailer.db import Database
from mailer.keys import Keys
from mailer.outbox.outcome import Outcome, Settlement
from mailer.outbox.states import Delivery
from mailer.outbox.store import leases, looking
from mailer.outbox.tables import deliveries, mailings
from mailer.outbox.turn import Commit, Turn
from mailer.register.tables import contacts, leaves
from tests.homes import add_people, plan_letter
from tests.outbox import turns

NOW = datetime(2024, 5, 10, 7, 0, tzinfo=UTC)
GONE = 2  # the contact who leaves


@pytest.fixture
def mailing(db: Database, keys: Keys) -> int:
    def fill(c: Connection) -> int:
        add_people(c, keys, range(1, 7), NOW)
        return plan_letter(c, NOW)

    return db.write(fill)


@pytest.fixture
def runner(db: Database, mailing: int) -> int:
    return db.write(lambda c: leases.start(c, db, "here", NOW))[0]


def leave(c: Connection) -> None:
    c.execute(leaves.insert().values(contact_id=GONE, list="medlemmar", at=NOW, how="person"))


def claim(db: Database, runner: int) -> Commit:
    return turns.commit(db, runner, claim=10, now=NOW)


def mark(db: Database, runner: int, claimed: Commit, *settlements: Settlement, now: datetime = NOW) -> list[int | None]:
    """The contacts to whom a body may go."""
    done = turns.commit(db, runner, Turn(settlements, marks=claimed.claimed), now=now)
    return [o.contact for o in claimed.claimed if o.delivery in done.offered]


def by_this_process(db: Database) -> None:
    db.write(leave)


def by_another_process(db: Database) -> None:
    other = Database(db.url.render_as_string(hide_password=False))
    other.write(leave)
    other.close()


def by_another_program(db: Database) -> None:
    if not db.is_sqlite:
        by_another_process(db)
        return
    with sqlite3.connect(str(db.url.database)) as raw:
        raw.execute(
            "INSERT INTO leaves (contact_id, list, at, how) VALUES (?, 'medlemmar', 0, 'person')",
            (GONE,),
        )
    raw.close()


@pytest.mark.parametrize("by", [by_this_process, by_another_process, by_another_program])
@pytest.mark.parametrize("commits", [0, 1])
def test_writes_to_nobody_who_has_left_since_the_claim(
    db: Database, runner: int, by: Callable[[Database], None], commits: int
) -> None:
    claimed = claim(db, runner)
    assert len(claimed.claimed) == 6
    by(db)
    for _ in range(commits):  # one that marks nothing sees the change first
        turns.commit(db, runner, now=NOW)
    assert mark(db, runner, claimed) == [1, 3, 4, 5, 6]


def test_is_claimed_anew_after_a_change_and_known_again(db: Database, runner: int) -> None:
    claimed = claim(db, runner)
    db.write(lambda c: c.execute(update(contacts).where(contacts.c.id == GONE).values(last_name="Ny")))
    assert mark(db, runner, claimed) == [1, 3, 4, 5, 6]  # hers was made with the old name
    again = claim(db, runner)
    assert [(o.contact, o.last_name) for o in again.claimed] == [(GONE, "Ny")]
    assert mark(db, runner, again) == [GONE]


def test_claims_nothing_anew_in_the_commit_that_refuses_its_mark(db: Database, runner: int) -> None:
    """Its old self is in somebody's hands until that commit is done, and would be given back as the new one."""
    claimed = claim(db, runner)
    db.write(lambda c: c.execute(update(contacts).where(contacts.c.id == GONE).values(last_name="Ny")))
    done = turns.commit(db, runner, Turn(marks=claimed.claimed), claim=10, now=NOW)
    (refused,) = done.gone
    assert done.claimed == ()
    (old,) = [o for o in claimed.claimed if o.delivery == refused]
    again = turns.commit(db, runner, Turn(returned=[turns.ask(old)]), claim=10, now=NOW)
    assert [(o.delivery, o.last_name) for o in again.claimed] == [(refused, "Ny")]
    assert mark(db, runner, again) == [GONE]


def test_looks_once_where_nobody_has_written(db: Database, runner: int, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []
    slow = looking.marking.change
    monkeypatch.setattr(looking.marking, "change", lambda *a, **k: looks.append("again") or slow(*a, **k))
    claimed = claim(db, runner)
    turns.commit(db, runner, now=NOW)
    assert mark(db, runner, claimed) == [1, 2, 3, 4, 5, 6]
    assert looks == ([] if db.is_sqlite else ["again"])  # PostgreSQL does not tell who has written


def test_stops_at_the_end_of_its_time_also_where_nobody_has_written(db: Database, runner: int, mailing: int) -> None:
    db.write(
        lambda c: c.execute(
            update(mailings).where(mailings.c.id == mailing).values(expires_at=NOW + timedelta(hours=1))
        )
    )
    claimed = claim(db, runner)
    assert mark(db, runner, claimed, now=NOW + timedelta(hours=1)) == []
    found = db.read(lambda c: c.execute(select(deliveries.c.state).distinct()).scalars().all())
    assert found == [Delivery.PLANNED]


def test_stops_with_its_mailing_when_the_same_commit_pauses_it(db: Database, runner: int, mailing: int) -> None:
    claimed = claim(db, runner)
    first, *rest = claimed.claimed
    assert turns.commit(db, runner, Turn(marks=[first]), now=NOW).offered == {first.delivery}
    too_large = Outcome("defer", "dot", 552, "5.3.4", "för stort", "ours", size_limit=1000)
    done = turns.commit(db, runner, Turn([Settlement(first, too_large)], marks=rest), now=NOW)
    assert [number for number, _ in done.paused] == [mailing]
    assert done.offered == set()


def test_believes_nothing_of_a_commit_that_failed(db: Database, runner: int) -> None:
    claimed = claim(db, runner)

    def fails(c: Connection) -> None:
        leave(c)
        raise KeyError

    with pytest.raises(KeyError):
        db.write(fails)
    db.write(leave)
    assert mark(db, runner, claimed) == [1, 3, 4, 5, 6]


def test_offers_nothing_that_another_runner_has_taken_over(db: Database, runner: int) -> None:
    claimed = claim(db, runner)
    other = Database(db.url.render_as_string(hide_password=False))
    other.write(lambda c: leases.start(c, other, "here", NOW))
    other.close()
    turn = Turn(marks=claimed.claimed, renews=False)  # most commits do not ask whether the lease is still ours
    assert turns.commit(db, runner, turn, now=NOW).offered == set()
