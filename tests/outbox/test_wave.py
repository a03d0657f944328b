"""The first wave: two hundred, what comes back from them, and then the rest; too many failures stop it. Both engines."""

from datetime import timedelta

from sqlalchemy import func, select, update

from mailer.db import Database
from mailer.keys import Keys
from mailer.outbox.outcome import Settlement
from mailer.outbox.states import Mailing
from mailer.outbox.store import control, figures, leases, ledger, mailings, wave
from mailer.outbox.tables import deliveries
from tests.feedback import sent
from tests.feedback.sent import NOW, OK, UNKNOWN_USER, bounce, come, delivery_of
from tests.homes import plan_letter
from tests.outbox import turns

WAIT = timedelta(minutes=15)


def large(db: Database, keys: Keys, number: int = 260, first_wave: bool = True) -> int:
    """A mailing to so many members, planned, with a first wave."""
    sent.people(db, keys, number)
    mailing = db.write(lambda c: plan_letter(c, NOW))
    if first_wave:
        db.write(lambda c: wave.begin(c, mailing))
    return mailing


def offer_all(db: Database, running: int) -> tuple:
    return sent.commit(db, running, wanted=1000).offered


def look(db: Database, now, looked_at) -> list[int]:
    def write(c) -> list[int]:
        wave.note_sent(c, now)
        return wave.go_on(c, looked_at, WAIT)

    return db.write(write)


def test_sends_to_the_first_two_hundred_and_waits(db, keys):
    mailing = large(db, keys)
    running = sent.runner(db)
    offered = offer_all(db, running)
    assert [o.contact for o in offered] == list(range(1, 201))
    assert look(db, NOW, NOW + timedelta(days=1)) == []  # nothing is out before the relay has answered
    sent.commit(db, running, [Settlement(o, OK) for o in offered])
    assert offer_all(db, running) == ()
    assert db.read(lambda c: ledger.is_idle(c, sent.TERMS, NOW))
    assert db.read(lambda c: mailings.read(c, mailing)).state == Mailing.SENDING  # not finished: the rest is owed
    assert look(db, NOW, None) == []  # the mailbox was never read
    assert look(db, NOW, NOW + WAIT - timedelta(seconds=1)) == []  # nor long enough after
    assert look(db, NOW, NOW + WAIT) == [mailing]
    assert [o.contact for o in offer_all(db, running)] == list(range(201, 261))


def test_lets_a_mailing_of_two_hundred_go_at_once(db, keys):
    mailing = large(db, keys, 200)
    assert db.read(lambda c: mailings.read(c, mailing)).wave_upto is None
    assert len(offer_all(db, sent.runner(db))) == 200


def test_counts_only_those_it_goes_to_for_the_wave(db, keys):
    sent.people(db, keys, 210)
    from mailer.register.tables import contacts

    db.write(lambda c: c.execute(update(contacts).where(contacts.c.id <= 5).values(address=None)))
    mailing = db.write(lambda c: plan_letter(c, NOW))
    assert db.write(lambda c: wave.begin(c, mailing))
    assert [o.contact for o in offer_all(db, sent.runner(db))][-1] == 205


def test_stops_a_mailing_of_whose_first_two_hundred_eleven_bounce_for_good(db, keys):
    mailing = large(db, keys)
    running = sent.runner(db)
    offered = offer_all(db, running)
    sent.commit(db, running, [Settlement(o, OK) for o in offered])
    for contact in range(1, 11):
        come(db, keys, bounce(delivery_of(db, contact)))
    assert db.read(lambda c: mailings.read(c, mailing)).state == Mailing.SENDING  # ten of two hundred are five per cent
    come(db, keys, bounce(delivery_of(db, 11)))
    row = db.read(lambda c: mailings.read(c, mailing))
    assert row.state == Mailing.PAUSED
    assert row.why.startswith("11 av de 200 första adresserna fungerar inte")
    assert "paused" in sent.changes(db)
    look(db, NOW, NOW + timedelta(days=1))
    assert offer_all(db, running) == ()
    counted = db.read(lambda c: figures.balance(c, mailing))
    assert (counted.accepted, counted.bounced, counted.owed) == (189, 11, 60)


def test_goes_on_when_a_person_says_so_and_does_not_stop_again(db, keys):
    mailing = large(db, keys)
    running = sent.runner(db)
    sent.commit(db, running, [Settlement(o, OK) for o in offer_all(db, running)])
    for contact in range(1, 12):
        come(db, keys, bounce(delivery_of(db, contact)))
    db.write(lambda c: control.resume(c, mailing, NOW))
    come(db, keys, bounce(delivery_of(db, 12)))
    assert db.read(lambda c: mailings.read(c, mailing)).state == Mailing.SENDING
    assert len(offer_all(db, running)) == 60


def test_need_not_wait_when_a_person_says_so(db, keys):
    mailing = large(db, keys)
    running = sent.runner(db)
    sent.commit(db, running, [Settlement(o, OK) for o in offer_all(db, running)])
    db.write(lambda c: control.resume(c, mailing, NOW))
    assert len(offer_all(db, running)) == 60


def test_keeps_waiting_when_it_was_paused_for_something_else(db, keys):
    mailing = large(db, keys)
    running = sent.runner(db)
    sent.commit(db, running, [Settlement(o, OK) for o in offer_all(db, running)])
    db.write(lambda c: control.pause(c, db, mailing, "pausat av bo"))
    db.write(lambda c: control.resume(c, mailing, NOW))
    assert offer_all(db, running) == ()


def test_stops_for_refusals_without_any_mailbox(db, keys):
    mailing = large(db, keys, first_wave=False)
    running = sent.runner(db)
    offered = sent.commit(db, running, wanted=100, claim=100)
    refused = [Settlement(o, UNKNOWN_USER) for o in offered.offered[:11]]
    done = sent.commit(db, running, refused, stock=offered.stock, claim=0)
    assert [number for number, _ in done.paused] == [mailing]
    assert db.read(lambda c: mailings.read(c, mailing)).state == Mailing.PAUSED
    assert sent.commit(db, running, stock=offered.stock, wanted=100).offered == ()


def test_does_not_stop_for_failures_after_the_first_two_hundred(db, keys):
    mailing = large(db, keys, first_wave=False)
    running = sent.runner(db)
    sent.commit(db, running, [Settlement(o, OK) for o in offer_all(db, running)])
    db.write(
        lambda c: c.execute(update(mailings.mailings).where(mailings.mailings.c.id == mailing).values(state="sending"))
    )
    for contact in range(201, 215):
        come(db, keys, bounce(delivery_of(db, contact)))
    assert db.read(lambda c: wave.first_hard(c, mailing)) == (0, 200)
    assert db.read(lambda c: mailings.read(c, mailing)).state == Mailing.SENDING


def test_does_not_count_what_may_pass_or_is_our_own_fault(db, keys):
    mailing = large(db, keys)
    running = sent.runner(db)
    sent.commit(db, running, [Settlement(o, OK) for o in offer_all(db, running)])
    from mailer.feedback.meaning import Hardness

    for contact in range(1, 30):
        hardness = Hardness.soft if contact % 2 else Hardness.ours
        come(db, keys, bounce(delivery_of(db, contact), hardness))
    assert db.read(lambda c: mailings.read(c, mailing)).state == Mailing.SENDING
    assert db.read(lambda c: wave.first_hard(c, mailing)) == (0, 200)


def test_does_not_wait_for_what_a_relay_has_put_off(db, keys):
    from mailer.outbox.outcome import Outcome

    mailing = large(db, keys)
    running = sent.runner(db)
    offered = offer_all(db, running)
    later = Outcome("defer", "rcpt", 450, "4.2.0", "grålistad", "relay")
    sent.commit(db, running, [*[Settlement(o, OK) for o in offered[1:]], Settlement(offered[0], later)])
    look(db, NOW, None)
    assert look(db, NOW, NOW + WAIT) == [mailing]


def test_does_not_wait_for_a_domain_that_is_held_back(db, keys):
    """Forty of the wave have their addresses there: put off again and again, they are no reason for the rest to wait."""
    mailing = large(db, keys)
    running = sent.runner(db)
    claimed = turns.commit(db, running, claim=200, now=NOW).claimed
    turns.commit(db, running, ledger.Turn(marks=claimed[:160]), now=NOW)
    turns.commit(db, running, ledger.Turn([Settlement(o, OK) for o in claimed[:160]]), now=NOW)
    held = [o.delivery for o in claimed[160:]]
    db.write(lambda c: leases.release_these(c, running, held, later=NOW + timedelta(seconds=6)))
    look(db, NOW, None)
    assert look(db, NOW, NOW + WAIT) == []  # they go in a moment
    assert len(turns.commit(db, running, claim=100, now=NOW + timedelta(seconds=6)).claimed) == 40
    db.write(lambda c: leases.release_these(c, running, held, later=NOW + timedelta(hours=1)))
    look(db, NOW, None)
    assert look(db, NOW, NOW + WAIT) == [mailing]


def test_is_not_out_before_the_relay_has_taken_one(db, keys):
    """What was put off cannot bounce: a reading of the mailbox says nothing yet."""
    from mailer.outbox.outcome import Outcome

    mailing = large(db, keys)
    running = sent.runner(db)
    later = Outcome("defer", "rcpt", 450, "4.2.0", "grålistad", "relay")
    sent.commit(db, running, [Settlement(o, later) for o in offer_all(db, running)])
    assert look(db, NOW, NOW + WAIT) == []
    assert look(db, NOW, NOW + timedelta(days=1)) == []
    assert db.read(lambda c: mailings.read(c, mailing)).wave_sent_at is None
    at = NOW + timedelta(hours=1)
    running = sent.runner(db, now=at)
    again = sent.commit(db, running, wanted=1000, now=at).offered
    assert [o.contact for o in again] == list(range(1, 201))
    sent.commit(db, running, [Settlement(again[0], OK), *[Settlement(o, later) for o in again[1:]]], claim=0, now=at)
    assert look(db, at, at) == []
    assert look(db, at, at + WAIT) == [mailing]


def test_waits_for_nothing_when_none_of_the_wave_can_arrive_any_more(db, keys):
    """Given up, left, stopped one by one: nothing of it can come back, and the rest must not wait for ever."""
    mailing = large(db, keys)
    first = deliveries.c.contact_id <= 200
    db.write(lambda c: c.execute(update(deliveries).where(first).values(state="expired", reason="gave_up")))
    assert look(db, NOW, None) == [mailing]
    assert len(offer_all(db, sent.runner(db))) == 60


def test_never_passes_two_hundred_though_it_is_killed_in_between(db, keys):
    large(db, keys)
    running = sent.runner(db)
    sent.commit(db, running, wanted=7)
    running = sent.runner(db)  # seven in doubt
    offered = offer_all(db, running)
    assert max(o.contact for o in offered) == 200
    query = select(func.count()).select_from(deliveries).where(deliveries.c.state == "planned")
    assert db.read(lambda c: c.execute(query).scalar_one()) == 60
