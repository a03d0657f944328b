"""What is settled and marked in one statement comes to the same as one after the other."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from mailer.db import Database
from mailer.keys import Keys
from mailer.outbox.outcome import Outcome, Settlement
from mailer.outbox.states import Delivery
from mailer.outbox.store import leases, looking, settling, usual
from mailer.outbox.store.leases import LostLease
from mailer.outbox.tables import deliveries
from mailer.outbox.turn import Turn
from mailer.register.tables import contacts
from tests.homes import add_people, plan_letter
from tests.outbox import turns

NOW = datetime(2024, 5, 10, 7, 0, tzinfo=UTC)
TAKEN = Outcome("accept", "dot", 250, "2.0.0", "Tack så mycket")


@pytest.fixture
def runner(db: Database, keys: Keys) -> int:
    db.write(lambda c: add_people(c, keys, range(1, 7), NOW))
    db.write(lambda c: plan_letter(c, NOW))
    return db.write(lambda c: leases.start(c, db, "here", NOW))[0]


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that were run by themselves."""
    said: list[str] = []
    for name, one in (("accepting", settling.accepting), ("marking", looking.marking)):
        by_itself = one.change
        monkeypatch.setattr(one, "change", lambda *a, n=name, f=by_itself, **k: said.append(n) or f(*a, **k))
    return said


def offer_three(db: Database, runner: int) -> tuple[list[Settlement], Sequence[int], Turn]:
    """Three are offered; what their answers come to, the numbers of the other three, and the turn that marks those."""
    claimed = turns.commit(db, runner, claim=10, now=NOW).claimed
    turns.commit(db, runner, Turn(marks=claimed[:3]), now=NOW)
    answers = [Settlement(o, TAKEN, turns.RELAY) for o in claimed[:3]]
    return answers, [o.delivery for o in claimed[3:]], Turn(answers, marks=claimed[3:])


def states(db: Database) -> list[str]:
    asks = select(deliveries.c.state).order_by(deliveries.c.id)
    return list(db.read(lambda c: c.execute(asks).scalars().all()))


def test_writes_down_the_answers_and_marks(db: Database, runner: int, alone: list[str]) -> None:
    _, others, turn = offer_three(db, runner)
    alone.clear()
    done = turns.commit(db, runner, turn, now=NOW)
    assert done.offered == frozenset(others)
    assert states(db) == [Delivery.ACCEPTED] * 3 + [Delivery.OFFERED] * 3
    d = deliveries.c
    asks = select(d.reply_code, d.reply_status, d.reply_text, d.relay, d.attempts, d.settled_at, d.runner_id)
    rows = db.read(lambda c: c.execute(asks.where(d.state == Delivery.ACCEPTED)).all())
    assert [tuple(row) for row in rows] == [(250, "2.0.0", "Tack så mycket", None, 1, NOW, None)] * 3
    assert alone == (["accepting"] if db.is_sqlite else [])  # and SQLite knows that nobody has written meanwhile


def test_a_mark_that_is_refused_undoes_no_answer(db: Database, runner: int) -> None:
    _, others, turn = offer_three(db, runner)
    db.write(lambda c: c.execute(update(contacts).where(contacts.c.id == 5).values(last_name="Ny")))
    done = turns.commit(db, runner, turn, claim=10, now=NOW)
    assert (done.offered, done.gone, done.claimed) == (frozenset([others[0], others[2]]), {others[1]}, ())
    assert states(db) == [Delivery.ACCEPTED] * 3 + [Delivery.OFFERED, Delivery.PLANNED, Delivery.OFFERED]


def test_an_answer_to_what_another_has_taken_over_ends_the_runner_and_marks_nothing(db: Database, runner: int) -> None:
    answers, _, turn = offer_three(db, runner)
    lost = answers[1].offered.delivery
    db.write(lambda c: c.execute(update(deliveries).where(deliveries.c.id == lost).values(state="in_doubt")))
    with pytest.raises(LostLease):
        turns.commit(db, runner, turn, now=NOW)
    assert states(db) == [Delivery.OFFERED, Delivery.IN_DOUBT, Delivery.OFFERED] + [Delivery.CLAIMED] * 3


@pytest.mark.parametrize(
    "other",
    [Outcome("accept", "dot", 250, "2.6.0", "Tack"), Outcome("refuse", "dot", 550, "5.1.1", "Okänd", "recipient")],
)
def test_answers_that_differ_are_written_down_one_kind_at_a_time(db: Database, runner: int, other: Outcome) -> None:
    answers, others, turn = offer_three(db, runner)
    answers[1] = answers[1]._replace(outcome=other)
    done = turns.commit(db, runner, Turn(answers, marks=turn.marks), now=NOW)
    assert done.offered == frozenset(others)
    d = deliveries.c
    asks = select(d.reply_status, d.reply_text).where(d.reply_code.is_not(None)).order_by(d.id)
    rows = [tuple(row) for row in db.read(lambda c: c.execute(asks).all())]
    usual_one = ("2.0.0", "Tack så mycket")
    assert rows == [usual_one, (other.status, other.text), usual_one]


def test_says_nothing_where_it_takes_more_than_one_statement(db: Database, runner: int) -> None:
    answers, _, turn = offer_three(db, runner)

    def tried(turn: Turn) -> object:
        return db.write(lambda c: usual.settle_and_mark(c, db, runner, turn, turns.TERMS, NOW))

    assert tried(Turn(answers)) is None
    assert tried(Turn(marks=turn.marks)) is None
    assert states(db) == [Delivery.OFFERED] * 3 + [Delivery.CLAIMED] * 3
    assert tried(turn) == (None if db.is_sqlite else (3, 3))
