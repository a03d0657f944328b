"""What time and the relay's refusals do: points, questions and their answers, what is kept no longer. On both engines."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from mailer.db import Database
from mailer.feedback import store_sweep, store_telling
from mailer.feedback.meaning import Hardness, Kind, Reading
from mailer.feedback.tables import consequences, points, probes, received
from mailer.outbox.outcome import Outcome
from mailer.outbox.tables import deliveries
from mailer.register import store as register
from tests.feedback import sent
from tests.feedback.sent import NOW, ZONE, bounce, changes, come, delivery_of, key_of, probe_states, score_of

A_DAY = timedelta(days=1)
HARD, SOFT = Hardness.hard, Hardness.soft
FULL = Outcome("refuse", "rcpt", 552, "5.2.2", "full", "recipient")


def sweep(db: Database, now) -> None:
    while db.write(lambda c: store_sweep.count_refusals(db, c, ZONE, now)):
        pass
    db.write(lambda c: store_sweep.count_successes(db, c, now))
    db.write(lambda c: store_sweep.end_questions(db, c, now))
    db.write(lambda c: store_sweep.purge(c, now))


def ask(db: Database, contact: int, now) -> int:
    """The question as a notice in the outbox, sent and accepted. Its delivery. (The words are another test's.)"""
    query = select(probes.c.id).where(probes.c.address_key == key_of(db, contact)).order_by(probes.c.id.desc())

    def write(c) -> int:
        from mailer.outbox.tables import mailings, renderings

        probe = c.execute(query).scalars().first()
        name = f"systemmejl/medlem/{probe}"
        c.execute(
            mailings.insert().values(name=name, kind="notice", title="?", state="sending", rule={}, created_at=now)
        )
        notice = c.execute(select(func.max(mailings.c.id))).scalar_one()
        words = {"edition": "systemmejl", "subject": "?", "html": "?", "text": "?", "hash": "?"}
        c.execute(renderings.insert().values(mailing_id=notice, **words))
        rendering = c.execute(select(func.max(renderings.c.id))).scalar_one()
        new = deliveries.insert().values(
            mailing_id=notice, address="x@y.example", address_key=key_of(db, contact), rendering_id=rendering,
            state="accepted", settled_at=now,
        )  # fmt: skip
        number = c.execute(new.returning(deliveries.c.id)).scalar_one()
        store_telling.note_asked(c, probe, number, now)
        return number

    return db.write(write)


def is_suppressed(db: Database, contact: int) -> str:
    found = db.read(lambda c: register.suppression_of(c, key_of(db, contact)))
    return found["reason"] if found else ""


def test_suppresses_an_address_only_when_the_question_comes_back_too(db, keys, mailing):
    come(db, keys, bounce(delivery_of(db, 1)))
    assert probe_states(db, 1) == ["wanted"]
    assert is_suppressed(db, 1) == ""
    question = ask(db, 1, NOW + A_DAY)
    second = sent.mailing(db, "brev/2", NOW + A_DAY)
    assert sent.state(db, delivery_of(db, 1, second))[0] == "planned"  # until the answer, mail still goes
    come(db, keys, bounce(question), now=NOW + 2 * A_DAY)
    assert probe_states(db, 1) == ["failed"]
    assert is_suppressed(db, 1) == "hard_bounce"
    assert changes(db, 1) == ["bounced", "point", "asked", "bounced", "suppressed"]


def test_drops_a_question_that_came_back_by_our_own_fault(db, keys, mailing):
    """Else it would wait for ever for its answer."""
    come(db, keys, bounce(delivery_of(db, 1)))
    come(db, keys, bounce(ask(db, 1, NOW + A_DAY), Hardness.ours), now=NOW + 2 * A_DAY)
    assert probe_states(db, 1) == ["dropped"]
    assert is_suppressed(db, 1) == ""


def test_takes_seven_days_of_silence_for_an_answer(db, keys, mailing):
    come(db, keys, bounce(delivery_of(db, 1)))
    ask(db, 1, NOW + A_DAY)
    sweep(db, NOW + 8 * A_DAY - timedelta(seconds=1))
    assert (probe_states(db, 1), score_of(db, 1)) == (["asked"], 4)
    sweep(db, NOW + 8 * A_DAY + timedelta(hours=2))
    assert (probe_states(db, 1), score_of(db, 1)) == (["reached"], 0)
    assert is_suppressed(db, 1) == ""


def test_asks_once_in_thirty_days_and_gives_up_at_the_third_soft_answer(db, keys, mailing):
    now, expected = NOW, []
    for round_ in range(3):
        number = sent.mailing(db, f"brev/a{round_}", now)
        sent.send(db, now=now)
        come(db, keys, bounce(delivery_of(db, 1, number)), now=now)
        again = sent.mailing(db, f"brev/b{round_}", now + A_DAY)
        sent.send(db, now=now + A_DAY)
        come(db, keys, bounce(delivery_of(db, 1, again)), now=now + A_DAY)
        assert is_suppressed(db, 1) == ""
        assert probe_states(db, 1) == [*expected, "wanted"]
        come(db, keys, bounce(ask(db, 1, now + A_DAY), SOFT), now=now + 2 * A_DAY)
        expected.append("unsure")
        assert probe_states(db, 1) == expected
        now += timedelta(days=31)
    assert is_suppressed(db, 1) == "hard_bounce"


def test_drops_a_question_that_never_went_out(db, keys, mailing):
    come(db, keys, bounce(delivery_of(db, 1)))
    question = ask(db, 1, NOW)
    db.write(lambda c: c.execute(update(deliveries).where(deliveries.c.id == question).values(state="expired")))
    sweep(db, NOW + A_DAY)
    assert probe_states(db, 1) == ["dropped"]
    assert score_of(db, 1) == 4


def test_does_not_ask_whom_it_may_not_write_to_anyway(db, keys, mailing):
    db.write(lambda c: register.suppress(db, c, key_of(db, 1), "person", NOW))
    db.write(lambda c: register.resign(db, c, 2, NOW - A_DAY))
    for contact in (1, 2):
        come(db, keys, bounce(delivery_of(db, contact)))
        assert probe_states(db, contact) == []


@pytest.mark.parametrize(("outcome", "points_after"), [(sent.UNKNOWN_USER, 4), (FULL, 1)])
def test_lets_a_refusal_weigh_as_a_bounce_does(db, keys, outcome, points_after):
    sent.people(db, keys)
    sent.mailing(db)
    sent.send(db, {1: outcome, 2: Outcome("defer", "rcpt", 450, "4.2.1", "busy", "relay")})
    sweep(db, NOW + timedelta(minutes=1))
    assert [score_of(db, n) for n in (1, 2, 3)] == [points_after, 0, 0]
    sweep(db, NOW + timedelta(minutes=2))
    assert changes(db, 1).count("point") == 1
    assert probe_states(db, 1) == (["wanted"] if points_after == 4 else [])


def test_passes_over_no_refusal_however_many_there_are(db, keys, monkeypatch):
    monkeypatch.setattr(store_sweep, "BUNCH", 2)
    sent.people(db, keys)
    sent.mailing(db)
    sent.send(db, dict.fromkeys(range(1, 6), sent.UNKNOWN_USER))
    sweep(db, NOW + timedelta(minutes=1))
    assert [score_of(db, n) for n in range(1, 7)] == [4] * 5 + [0]


def test_does_not_dig_up_refusals_of_long_ago(db, keys):
    sent.people(db, keys)
    sent.mailing(db)
    sent.send(db, {1: sent.UNKNOWN_USER})
    sweep(db, NOW + timedelta(days=31))
    assert (score_of(db, 1), probe_states(db, 1)) == (0, [])


def test_suppresses_an_address_that_refuses_the_question(db, keys, mailing):
    come(db, keys, bounce(delivery_of(db, 1)))
    question = ask(db, 1, NOW + A_DAY)
    from mailer.outbox.tables import attempts

    refused = {"delivery_id": question, "at": NOW + A_DAY, "event": "refuse", "stage": "rcpt", "code": 550,
               "status": "5.1.1", "text": ""}  # fmt: skip
    db.write(lambda c: c.execute(attempts.insert().values(**refused)))
    sweep(db, NOW + 2 * A_DAY)
    assert is_suppressed(db, 1) == "hard_bounce"


def test_forgets_the_points_of_an_address_that_a_later_message_reached(db, keys, mailing):
    come(db, keys, bounce(delivery_of(db, 1), SOFT))
    sent.mailing(db, "brev/2", NOW + A_DAY)
    sent.send(db, now=NOW + A_DAY)
    sweep(db, NOW + 7 * A_DAY)
    assert score_of(db, 1) == 1
    sweep(db, NOW + 8 * A_DAY)
    assert score_of(db, 1) == 0
    assert changes(db, 1) == ["bounced", "point", "reset"]


def test_keeps_points_that_came_after_the_success(db, keys, mailing):
    come(db, keys, bounce(delivery_of(db, 1), Hardness.soft))
    sent.mailing(db, "brev/2", NOW + A_DAY)
    sent.send(db, now=NOW + A_DAY)
    third = sent.mailing(db, "brev/3", NOW + 7 * A_DAY)
    sent.send(db, now=NOW + 7 * A_DAY)
    come(db, keys, bounce(delivery_of(db, 1, third)), now=NOW + 7 * A_DAY + timedelta(hours=1))
    db.write(lambda c: store_sweep.count_successes(db, c, NOW + 9 * A_DAY))
    assert probe_states(db, 1) == ["wanted"]
    assert score_of(db, 1) == 5


def test_does_not_take_the_message_that_bounced_for_a_success(db, keys, mailing):
    second = sent.mailing(db, "brev/2", NOW + A_DAY)
    sent.send(db, now=NOW + A_DAY)
    come(db, keys, bounce(delivery_of(db, 1, second), SOFT), now=NOW + 2 * A_DAY)
    sweep(db, NOW + 20 * A_DAY)  # the first mailing arrived before the bounce: that says nothing of later
    assert score_of(db, 1) == 1


def test_keeps_nothing_of_what_came_back_for_more_than_a_year(db, keys, mailing):
    come(db, keys, bounce(delivery_of(db, 1)))
    come(db, keys, Reading(Kind.reply, delivery_of(db, 2), text="Hej"))
    come(db, keys, Reading(Kind.complaint, delivery_of(db, 3), status="abuse"))
    come(db, keys, Reading(Kind.unknown))
    sweep(db, NOW + timedelta(days=300))
    kept = [received, consequences]
    assert all(db.read(lambda c, t=t: c.execute(select(func.count()).select_from(t)).scalar_one()) for t in kept)
    sweep(db, NOW + timedelta(days=367))
    gone = [received, consequences, points]
    left = [db.read(lambda c, t=t: c.execute(select(func.count()).select_from(t)).scalar_one()) for t in gone]
    assert left == [0, 0, 0]
    assert is_suppressed(db, 3) == "complaint"


def test_says_when_there_is_nothing_to_do(db, keys, mailing):
    sweep(db, NOW)
    assert not db.read(lambda c: store_sweep.is_anything_due(c, NOW + timedelta(minutes=1)))
    assert not db.read(lambda c: store_telling.is_anything_to_tell(c, NOW))
