"""The ledger: claim, offer, settle; the last look; leases; what is found after a crash. On both engines."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text, update

from mailer.audience.rule import Rule
from mailer.db import Database
from mailer.keys import Keys
from mailer.outbox.outcome import Offered, Outcome, Settlement
from mailer.outbox.states import Delivery, Mailing
from mailer.outbox.store import control, figures, leases, ledger, mailings, pace, planning
from mailer.outbox.tables import attempts, deliveries, runners
from mailer.outbox.turn import Ask
from mailer.register.rules.expression import Among, Expression
from mailer.register.tables import contacts, leaves, list_entries, suppressions
from tests.homes import FRIENDS, MEMBERS, a_rendering, add_people, plan_letter, states
from tests.outbox import turns
from tests.outbox.turns import TERMS

NOW = datetime(2024, 5, 10, 7, 0, tzinfo=UTC)
OK = Outcome("accept", "dot", 250, "2.0.0", "ok")


@pytest.fixture
def mailing(db: Database, keys: Keys) -> int:
    """Six members, one mailing to them, planned."""

    def fill(c):
        add_people(c, keys, range(1, 7), NOW)
        return plan_letter(c, NOW)

    return db.write(fill)


def start(db: Database, instance: str = "here", now: datetime = NOW):
    return db.write(lambda c: leases.start(c, db, instance, now))


def commit(db: Database, runner: int, settlements=(), stock=(), wanted=0, claim=10, terms=TERMS, now=NOW):
    return turns.go_round(db, runner, settlements, stock, wanted, claim, terms, now=now)


def settle(db: Database, runner: int, offered, outcome: Outcome, now: datetime = NOW):
    return commit(db, runner, [Settlement(o, outcome) for o in offered], claim=0, now=now)


def test_offers_each_delivery_once_and_settles_it(db, mailing):
    runner, _ = start(db)
    first = commit(db, runner, wanted=2)
    assert [o.contact for o in first.offered] == [1, 2]
    assert len(first.stock) == 4
    assert states(db, mailing)[1] == Delivery.OFFERED
    second = commit(db, runner, [Settlement(o, OK) for o in first.offered], first.stock, wanted=9)
    assert [o.contact for o in second.offered] == [3, 4, 5, 6]
    settle(db, runner, second.offered, OK)
    assert set(states(db, mailing).values()) == {Delivery.ACCEPTED}
    assert db.read(lambda c: mailings.read(c, mailing)).state == Mailing.FINISHED
    assert db.read(lambda c: figures.balance(c, mailing)).accepted == 6


def test_puts_what_was_offered_in_doubt_after_a_crash_and_releases_what_was_claimed(db, mailing):
    runner, _ = start(db)
    commit(db, runner, wanted=2)
    _, found = start(db)  # the lock was free: the first runner is dead
    assert found.released == 4
    assert len(found.in_doubt) == 2
    assert list(states(db, mailing).values()) == [Delivery.IN_DOUBT] * 2 + [Delivery.PLANNED] * 4
    noted = db.read(lambda c: c.execute(select(attempts.c.event)).scalars().all())
    assert noted == ["doubt", "doubt"]


def test_sends_a_delivery_in_doubt_once_more_and_no_more(db, mailing):
    for round_ in range(2):
        runner, _ = start(db)
        offered = commit(db, runner, wanted=6).offered
        assert len(offered) == 6, f"round {round_}"
    runner, found = start(db)
    assert len(found.in_doubt) == 6
    assert commit(db, runner, wanted=6).offered == ()
    assert set(states(db, mailing).values()) == {Delivery.IN_DOUBT}
    assert db.read(lambda c: figures.balance(c, mailing)).in_doubt == 6


def test_holds_what_is_in_doubt_when_told_to(db, mailing):
    hold = turns.terms(again=False)
    runner, _ = start(db)
    commit(db, runner, wanted=1, claim=1)
    runner, _ = start(db)
    assert 1 not in [o.contact for o in commit(db, runner, wanted=9, terms=hold).offered]


def test_keeps_in_doubt_what_was_claimed_again_and_never_offered(db, mailing):
    runner, _ = start(db)
    commit(db, runner, wanted=6)
    runner, _ = start(db)
    commit(db, runner, wanted=0)  # claims all six again
    start(db)
    assert set(states(db, mailing).values()) == {Delivery.IN_DOUBT}


def test_lets_a_person_judge_what_is_in_doubt(db, mailing):
    runner, _ = start(db)
    taken = commit(db, runner, wanted=2).offered
    start(db)
    db.write(lambda c: control.judge(c, db, taken[0].delivery, True, NOW))
    db.write(lambda c: control.judge(c, db, taken[1].delivery, False, NOW))
    assert states(db, mailing)[1] == Delivery.ACCEPTED
    assert states(db, mailing)[2] == Delivery.PLANNED


def test_stops_a_runner_whose_lease_another_took(db, mailing):
    runner, _ = start(db, "one")
    offered = commit(db, runner, wanted=1).offered
    db.write(lambda c: c.execute(update(runners).where(runners.c.id == runner).values(lease_until=1)))
    other, found = start(db, "two")
    assert len(found.in_doubt) == 1
    with pytest.raises(leases.LostLease):
        settle(db, runner, offered, OK)
    assert len(commit(db, other, wanted=9).offered) == 6


def test_leaves_alone_a_runner_whose_lease_lasts(db, mailing):
    runner, _ = start(db, "one")
    commit(db, runner, wanted=2)
    other, found = start(db, "two")
    assert (found.released, found.in_doubt) == (0, ())
    assert commit(db, other, wanted=9).offered == ()  # the first has claimed them all
    commit(db, runner, wanted=1)  # and goes on


def leave(c, contact: int, list_key: str = "medlemmar") -> None:
    c.execute(leaves.insert().values(contact_id=contact, list=list_key, at=NOW, how="person"))


WISHES = {
    "left": lambda c: leave(c, 2),
    "left_all": lambda c: leave(c, 2, "*"),
    "resigned": lambda c: c.execute(update(contacts).where(contacts.c.id == 2).values(resigned_at=NOW)),
    "suppressed": lambda c: c.execute(
        suppressions.insert().values(
            address_key=c.execute(select(contacts.c.address_key).where(contacts.c.id == 2)).scalar_one(),
            reason="complaint",
            at=NOW,
        )
    ),
    "not_on_list": lambda c: c.execute(list_entries.delete().where(list_entries.c.contact_id == 2)),
    "no_address": lambda c: c.execute(update(contacts).where(contacts.c.id == 2).values(address=None)),
}


@pytest.mark.parametrize("wish", WISHES)
@pytest.mark.parametrize("when", ["before the claim", "between claim and offer"])
def test_takes_a_last_look(db, mailing, wish, when):
    runner, _ = start(db)
    stock: tuple[Offered, ...] = ()
    if when == "between claim and offer":
        stock = commit(db, runner, wanted=0).stock
        assert len(stock) == 6
    db.write(WISHES[wish])
    offered = commit(db, runner, stock=stock, wanted=9).offered
    assert [o.contact for o in offered] == [1, 3, 4, 5, 6]
    d = deliveries.c
    row = db.read(lambda c: c.execute(select(d.state, d.reason).where(d.contact_id == 2)).one())
    assert row == (Delivery.EXCLUDED, wish.removesuffix("_all"))
    settle(db, runner, offered, OK)
    assert db.read(lambda c: figures.balance(c, mailing)).excluded == 1


def test_looks_at_withdrawal_and_pause_before_it_offers(db, mailing):
    runner, _ = start(db)
    stock = commit(db, runner, wanted=0).stock
    db.write(lambda c: control.pause(c, db, mailing, "vi väntar"))
    assert commit(db, runner, stock=stock, wanted=9).offered == ()
    assert set(states(db, mailing).values()) == {Delivery.PLANNED}
    db.write(lambda c: control.resume(c, mailing, NOW))
    assert len(commit(db, runner, wanted=1).offered) == 1
    assert db.write(lambda c: control.withdraw(c, db, mailing, "nej", NOW)) == 5
    assert commit(db, runner, wanted=9).offered == ()


def test_defers_with_longer_and_longer_waits_and_gives_up_after_48_hours(db, mailing):
    runner, _ = start(db)
    offered = commit(db, runner, wanted=1, claim=1).offered
    later = Outcome("defer", "rcpt", 450, "4.2.0", "grålistad", "relay")
    now, waits = NOW, []
    while True:
        settle(db, runner, offered, later, now)
        row = db.read(lambda c: c.execute(select(deliveries).where(deliveries.c.contact_id == 1)).one())
        if row.state != Delivery.DEFERRED:
            break
        waits.append((row.next_at - now) // timedelta(minutes=1))
        now = row.next_at
        offered = [o for o in commit(db, runner, wanted=9, claim=9, now=now).offered if o.contact == 1]
    assert waits[:5] == [5, 15, 60, 180, 180]
    assert (row.state, row.reason) == (Delivery.EXPIRED, "gave_up")
    assert timedelta(hours=44) < now - NOW <= timedelta(hours=48)


def test_pauses_after_three_failures_of_our_own_in_a_row(db, mailing):
    runner, _ = start(db)
    first = commit(db, runner, wanted=4)
    offered = first.offered
    ours = Outcome("defer", "mail", 554, "5.7.1", "policy", "ours")
    settle(db, runner, offered[:2], ours)
    settle(db, runner, offered[2:3], OK)  # a success in between: not in a row
    more = commit(db, runner, stock=first.stock, wanted=2).offered
    settle(db, runner, [*offered[3:], *more[:1]], ours)
    assert db.read(lambda c: mailings.read(c, mailing)).state == Mailing.SENDING
    paused = settle(db, runner, more[1:], ours)
    assert paused.paused == ((mailing, "e-postservern svarar 554 policy"),)
    assert db.read(lambda c: mailings.read(c, mailing)).state == Mailing.PAUSED
    b = db.read(lambda c: figures.balance(c, mailing))
    assert (b.refused, b.owed, b.accepted) == (0, 5, 1)


def test_never_offers_more_than_the_rate_within_any_hour(db, mailing):
    limited = turns.terms(4)
    runner, _ = start(db)
    first = commit(db, runner, wanted=3, terms=limited)
    assert len(first.offered) == 3
    runner, _ = start(db)  # a restart does not forget; two that were in doubt count again
    then = commit(db, runner, wanted=9, terms=limited)
    assert len(then.offered) == 1
    half_past = NOW + timedelta(minutes=59)
    assert db.read(lambda c: pace.next_permit(c, limited, half_past)) == NOW + timedelta(minutes=61)
    assert db.read(lambda c: pace.next_permit(c, turns.terms(5), half_past)) is None
    still = commit(db, runner, stock=then.stock, wanted=9, terms=limited, now=half_past)
    assert still.offered == ()
    assert (
        len(commit(db, runner, stock=still.stock, wanted=9, terms=limited, now=NOW + timedelta(minutes=61)).offered)
        == 4
    )


def test_counts_the_rate_over_every_sliding_hour(db):
    taken: list[datetime] = []
    limited = turns.terms(20)
    for minute in range(0, 300, 7):
        now = NOW + timedelta(minutes=minute, seconds=minute % 60)
        asks = [Ask(n, turns.RELAY, "vallentuna.example") for n in range(5)]
        given = db.write(lambda c, now=now, asks=asks: pace.take(c, asks, limited, now))
        taken += [now] * len(given)
    assert len(taken) > 60
    for begin in taken:
        assert sum(begin <= t < begin + timedelta(hours=1) for t in taken) <= 20


def test_plans_nothing_twice(db, mailing):
    with pytest.raises(Exception, match="skickas"):
        db.write(lambda c: planning.plan(c, mailing, NOW))
    assert len(states(db, mailing)) == 6


def test_holds_a_mailing_whose_audience_has_moved(db, keys):
    def fill(c):
        add_people(c, keys, range(1, 31), NOW)
        m = mailings.propose(c, mailings.Proposal("brev/1", "letter", "Brev", Rule((MEMBERS,)), (a_rendering(),)), NOW)
        mailings.approve(c, mailings.read(c, m), "Bo", "test", NOW, 24, None)
        return m, planning.plan(c, m, NOW)

    m, plan = db.write(fill)
    assert "24 till 30" in plan.held
    assert db.read(lambda c: mailings.read(c, m)).state == Mailing.HELD
    assert states(db, m) == {}


@pytest.mark.parametrize(("approved", "now", "moved"), [(100, 120, False), (100, 121, True), (10, 15, False), (10, 16, True), (0, 5, False), (0, 6, True)])  # fmt: skip
def test_asks_first_when_more_than_a_fifth_and_five_people_differ(approved, now, moved):
    assert planning.has_moved(approved, now) is moved


def test_selects_nobody_by_an_empty_rule(db, keys):
    def count(c, rule):
        m = mailings.propose(c, mailings.Proposal("brev/x", "letter", "Brev", rule, (a_rendering(),)), NOW)
        return planning.head_count(c, mailings.read(c, m), NOW).selected

    db.write(lambda c: add_people(c, keys, range(1, 4), NOW))
    assert db.write(lambda c: count(c, Rule(()))) == 0
    assert db.write(lambda c: count(c, Rule((MEMBERS,), Expression(Among("city", ()))))) == 0
    assert db.write(lambda c: count(c, Rule((MEMBERS,)))) == 3


def test_writes_to_a_person_on_two_lists_through_the_first(db, keys):
    def fill(c):
        add_people(c, keys, range(1, 4), NOW, FRIENDS)
        c.execute(list_entries.insert().values(list="medlemmar", contact_id=2, since=NOW))
        return plan_letter(c, NOW, rule=Rule((MEMBERS, FRIENDS)))

    m = db.write(fill)
    d = deliveries.c
    through = dict(db.read(lambda c: c.execute(select(d.contact_id, d.list).where(d.mailing_id == m)).all()))
    assert through == {1: "sympatisorer", 2: "medlemmar", 3: "sympatisorer"}


def test_sends_a_correction_to_exactly_those_who_may_have_the_first(db, mailing):
    runner, _ = start(db)
    offered = commit(db, runner, wanted=3, claim=3).offered
    settle(db, runner, offered[:1], OK)
    settle(db, runner, offered[1:2], Outcome("refuse", "rcpt", 550, "5.1.1", "okänd", "recipient"))
    settle(db, runner, offered[2:3], Outcome("doubt", "dot", lost_line=True))
    correction = db.write(lambda c: plan_letter(c, NOW, "rättelse/1", corrects=mailing))
    assert set(states(db, correction)) == {1, 3}


def test_ends_what_is_too_late(db, mailing):
    from mailer.outbox.tables import mailings as table

    db.write(lambda c: c.execute(update(table).values(expires_at=NOW + timedelta(hours=1))))
    runner, _ = start(db)
    commit(db, runner, wanted=1)
    start(db)
    db.write(lambda c: ledger.expire(c, NOW + timedelta(hours=2)))
    counted = db.read(lambda c: figures.balance(c, mailing))
    assert (counted.expired, counted.in_doubt) == (5, 1)


# What the planner falls back on when nothing else is allowed: the subquery is then asked again for each row.
PLANS = ("enable_hashjoin", "enable_mergejoin", "enable_hashagg", "enable_material", "enable_memoize", "enable_sort")


def test_claims_no_more_than_it_wants_however_the_engine_looks_for_it(db, mailing):
    runner, _ = start(db)

    def claim(c):
        for one in () if db.is_sqlite else PLANS:
            c.execute(text(f"SET LOCAL {one} = off"))
        return [o.delivery for o in ledger.commit(c, db, runner, ledger.Turn(), 2, TERMS, NOW).claimed]

    assert db.write(claim) == [1, 2]
    claimed = select(deliveries.c.id).where(deliveries.c.state == Delivery.CLAIMED)
    assert sorted(db.read(lambda c: c.execute(claimed).scalars().all())) == [1, 2]
