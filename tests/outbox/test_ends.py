"""How a mailing ends: in time or not, taken back, paused, judged. Nothing stays owed that nobody will send."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from mailer.errors import EditorError
from mailer.outbox.outcome import Outcome
from mailer.outbox.slower import Hold
from mailer.outbox.states import Delivery, Mailing
from mailer.outbox.store import control, figures, leases, ledger, mailings, pace, pace_holds
from mailer.outbox.store.pace_holds import of_domain
from mailer.outbox.tables import deliveries
from mailer.outbox.tables import mailings as table
from tests.homes import states
from tests.outbox.test_ledger import NOW, OK, commit, mailing, settle, start
from tests.outbox.turns import TERMS, terms

__all__ = ["mailing"]  # a fixture
LATER = NOW + timedelta(hours=2)
NOT_NOW = Outcome("defer", "rcpt", 450, "4.2.0", "grå", "relay")


def end_in_an_hour(db) -> None:
    db.write(lambda c: c.execute(update(table).values(expires_at=NOW + timedelta(hours=1))))


def state_of(db, mailing) -> str:
    return str(db.read(lambda c: mailings.read(c, mailing)).state)


def balance(db, mailing):
    return db.read(lambda c: figures.balance(c, mailing))


def in_doubt_and_over(db, mailing) -> int:
    """One delivery in doubt in a mailing whose time has run out; its number."""
    end_in_an_hour(db)
    runner, _ = start(db)
    number = commit(db, runner, wanted=1).offered[0].delivery
    runner, _ = start(db)
    db.write(lambda c: leases.end(c, runner, NOW))
    db.write(lambda c: ledger.expire(c, LATER))
    return number


def test_finishes_a_mailing_whose_time_ran_out_with_one_in_doubt(db, mailing):
    in_doubt_and_over(db, mailing)
    runner, _ = start(db, now=LATER)
    assert not db.read(lambda c: ledger.is_idle(c, TERMS, LATER))
    commit(db, runner, wanted=1, now=LATER)
    assert state_of(db, mailing) == Mailing.FINISHED
    assert (balance(db, mailing).in_doubt, balance(db, mailing).expired) == (1, 5)


def test_finishes_a_paused_mailing_of_which_nothing_is_left(db, mailing):
    end_in_an_hour(db)
    db.write(lambda c: control.pause(c, db, mailing, "e-postservern svarar 554"))
    db.write(lambda c: ledger.expire(c, LATER))
    runner, _ = start(db, now=LATER)
    commit(db, runner, now=LATER)
    assert state_of(db, mailing) == Mailing.FINISHED


def test_sends_once_more_what_a_person_says_though_the_time_ran_out(db, mailing):
    number = in_doubt_and_over(db, mailing)
    db.write(lambda c: control.judge(c, db, number, False, LATER))
    db.write(lambda c: ledger.expire(c, LATER))
    runner, _ = start(db, now=LATER)
    offered = commit(db, runner, wanted=9, now=LATER).offered
    assert [o.delivery for o in offered] == [number]
    settle(db, runner, offered, OK, now=LATER)
    assert balance(db, mailing).accepted == 1


def test_sends_nothing_else_that_is_in_doubt_when_the_time_ran_out(db, mailing):
    """Weeks later, and nobody has said a word on it."""
    end_in_an_hour(db)
    runner, _ = start(db)
    first, second = (o.delivery for o in commit(db, runner, wanted=2).offered)
    start(db)
    db.write(lambda c: ledger.expire(c, LATER))
    db.write(lambda c: control.judge(c, db, first, False, LATER))
    runner, _ = start(db, now=LATER)
    offered = commit(db, runner, wanted=9, now=LATER).offered
    assert [o.delivery for o in offered] == [first]
    settle(db, runner, offered, OK, now=LATER)
    assert (balance(db, mailing).in_doubt, state_of(db, mailing)) == (1, Mailing.FINISHED)
    db.write(lambda c: control.judge(c, db, second, False, LATER))
    assert [o.delivery for o in commit(db, runner, wanted=9, now=LATER).offered] == [second]


def test_gives_what_a_person_sends_once_more_its_whole_time(db, mailing):
    runner, _ = start(db)
    number = commit(db, runner, wanted=1).offered[0].delivery
    start(db)
    week = NOW + timedelta(days=7)
    db.write(lambda c: control.judge(c, db, number, False, week))
    runner, _ = start(db, now=week)
    settle(db, runner, commit(db, runner, wanted=1, claim=1, now=week).offered, NOT_NOW, now=week)
    assert states(db, mailing)[1] == Delivery.DEFERRED


def test_does_not_promise_to_send_what_belongs_to_a_withdrawn_mailing(db, mailing):
    runner, _ = start(db)
    number = commit(db, runner, wanted=1).offered[0].delivery
    db.write(lambda c: control.withdraw(c, db, mailing, "nej", NOW))
    start(db)
    with pytest.raises(EditorError, match="utskicket är stoppat"):
        db.write(lambda c: control.judge(c, db, number, False, NOW))
    db.write(lambda c: control.judge(c, db, number, True, NOW))
    assert balance(db, mailing).accepted == 1


@pytest.mark.parametrize("outcome", [NOT_NOW, Outcome("return", "mail", text="avbrutet")])
def test_owes_nothing_of_a_withdrawn_mailing(db, mailing, outcome):
    runner, _ = start(db)
    offered = commit(db, runner, wanted=2).offered
    db.write(lambda c: control.withdraw(c, db, mailing, "nej", NOW))
    settle(db, runner, offered, outcome)
    assert (balance(db, mailing).withdrawn, balance(db, mailing).owed) == (6, 0)


def test_does_not_count_the_time_a_mailing_lay_paused_against_what_it_tries_again(db, mailing):
    runner, _ = start(db)
    settle(db, runner, commit(db, runner, wanted=1, claim=1).offered, NOT_NOW)
    db.write(lambda c: control.pause(c, db, mailing, "nej"))
    week = NOW + timedelta(days=7)
    db.write(lambda c: control.resume(c, mailing, NOW))
    runner, _ = start(db, now=week)
    settle(db, runner, commit(db, runner, wanted=1, claim=1, now=week).offered, NOT_NOW, now=week)
    settle(db, runner, commit(db, runner, wanted=1, claim=1, now=week + timedelta(hours=1)).offered, NOT_NOW, now=week)
    assert Delivery.EXPIRED not in states(db, mailing).values()


def test_does_not_send_once_more_to_one_who_was_forgotten_in_doubt(db, mailing):
    runner, _ = start(db)
    commit(db, runner, wanted=1)
    db.write(lambda c: leases.end(c, runner, NOW))
    db.write(lambda c: control.forget(c, 1, NOW))
    runner, _ = start(db)
    assert [o.contact for o in commit(db, runner, wanted=9).offered] == [2, 3, 4, 5, 6]
    assert balance(db, mailing).excluded == 1


def test_does_not_wait_for_an_hour_that_a_wrong_clock_has_filled(db, mailing):
    limited = terms(2)
    runner, _ = start(db)
    commit(db, runner, wanted=2, terms=limited, now=NOW + timedelta(days=2000))
    assert db.read(lambda c: pace.next_permit(c, limited, NOW)) is None
    assert db.read(lambda c: pace.next_permit(c, limited, NOW + timedelta(days=2000))) is not None


def test_lets_another_mailings_end_alone(db, mailing):
    """A mailing without an end of its own still waits for what is in doubt once."""
    runner, _ = start(db)
    offered = commit(db, runner, wanted=6).offered
    settle(db, runner, offered[:5], OK)
    db.write(lambda c: leases.end(c, runner, NOW))
    runner, _ = start(db)
    db.write(lambda c: c.execute(update(deliveries).where(deliveries.c.contact_id == 6).values(doubts=1)))
    assert len(commit(db, runner, wanted=1).offered) == 1
    assert state_of(db, mailing) == Mailing.SENDING


@pytest.mark.parametrize(("steps", "waited", "is_given_up"), [(60, 50, True), (60, 1, False), (3, 50, False)])
def test_gives_up_what_waits_behind_a_domain_that_has_long_been_held_back(db, mailing, steps, waited, is_given_up):
    """`waited`: hours since the mailing was planned. Both must have lasted: the hold, and the wait of each."""
    now = NOW + timedelta(hours=waited)
    held = {of_domain("vallentuna.example"): Hold(step=steps, until=now + timedelta(minutes=30))}
    db.write(lambda c: pace_holds.write(c, held, now))
    runner, _ = start(db, now=now)
    done = commit(db, runner, wanted=6, now=now)
    assert done.offered == ()
    assert balance(db, mailing).expired == (6 if is_given_up else 0)
    assert set(states(db, mailing).values()) == {"expired" if is_given_up else "planned"}
    commit(db, runner, now=now)
    assert state_of(db, mailing) == (Mailing.FINISHED if is_given_up else Mailing.SENDING)


def test_does_not_give_up_behind_a_held_domain_what_may_have_arrived(db, mailing):
    now = NOW + timedelta(hours=50)
    runner, _ = start(db)
    assert len(commit(db, runner, wanted=1).offered) == 1
    held = {of_domain("vallentuna.example"): Hold(step=60, until=now + timedelta(minutes=30))}
    db.write(lambda c: pace_holds.write(c, held, now))
    runner, found = start(db, now=now)  # the one before is dead
    assert len(found.in_doubt) == 1
    commit(db, runner, wanted=6, now=now)
    assert (balance(db, mailing).in_doubt, balance(db, mailing).expired) == (1, 5)
