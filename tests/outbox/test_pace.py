"""The pace: limits per relay and domain that no window exceeds, domains that are left alone, and the way back."""

import math
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event, func, select

from mailer.db import Database
from mailer.limits import NO_LIMITS, Limits
from mailer.outbox import slower as slower_rules
from mailer.outbox.outcome import Offered, Outcome, Settlement
from mailer.outbox.pace_tables import pace_holds, pace_used
from mailer.outbox.slower import Hold
from mailer.outbox.store import pace
from mailer.outbox.turn import Ask, Terms

NOW = datetime(2024, 5, 10, 7, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
OK = Outcome("accept", "dot", 250, "2.0.0", "ok")
TOO_MANY = Outcome("defer", "rcpt", 450, "4.7.0", "too many messages", "relay")
MINUTE, HOUR, DAY = 60, 3600, 86400


def terms(relay: Limits = NO_LIMITS, domains: dict[str, Limits] | None = None, **more: Limits) -> Terms:
    return Terms({"one": relay, **more}, domains or {}, True, timedelta(hours=48))


FREE = terms()


def asks(numbers: Sequence[int], domain: str = "post.example", relay: str = "one") -> list[Ask]:
    return [Ask(n, relay, domain) for n in numbers]


def settled(number: int, outcome: Outcome, domain: str = "post.example", tried: int = 0, relay: str = "one"):
    address = f"m{number}@{domain}"
    offered = Offered(number, 1, 1, "issue", "medlemmar", number, address, "", "", tried, NOW if tried else None)
    return Settlement(offered, outcome, relay)


def take(db: Database, wanted: Sequence[Ask], limits: Terms, now: datetime = NOW) -> frozenset[int]:
    return db.write(lambda c: pace.take(c, wanted, limits, now))


def note(db: Database, settlements, limits: Terms = FREE, now: datetime = NOW) -> None:
    db.write(lambda c: pace.note(c, settlements, limits, now))


def slower(db: Database, times: int, domain: str = "post.example", now: datetime = NOW, begin: int = 1) -> None:
    note(db, [settled(n, TOO_MANY, domain) for n in range(begin, begin + times)], now=now)


def most_within(moments: Sequence[float], span: float, step: float = 0.5) -> int:
    """The most that fall within any such span, wherever it begins."""
    ordered = sorted(moments)
    return max((sum(1 for m in ordered[i:] if m - one < span) for i, one in enumerate(ordered)), default=0)


# Limits


def test_asks_the_database_nothing_when_no_limit_is_set(db):
    said: list[str] = []

    def twice(c):
        pace.take(c, asks([1]), FREE, NOW)  # the first look, once a second
        event.listen(c, "before_cursor_execute", lambda conn, cursor, sql, *_: said.append(sql))
        permitted = pace.take(c, asks(range(50)), FREE, NOW)
        pace.note(c, [settled(n, OK) for n in range(50)], FREE, NOW)
        pace.give_back(c, asks([1]), FREE, NOW)
        return permitted

    assert db.write(twice) == frozenset(range(50))
    assert said == []


@pytest.mark.parametrize("span", ["second", "minute", "hour", "day"])
def test_permits_no_more_than_the_limit_and_those_in_order(db, span):
    limits = terms(Limits(**{span: 3}))
    assert take(db, asks([9, 2, 7, 5]), limits) == {9, 2, 7}
    assert take(db, asks([5]), limits) == frozenset()


OPENS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(seconds=61),
    "hour": timedelta(minutes=61),
    "day": timedelta(hours=25),
}


@pytest.mark.parametrize("span", OPENS)
def test_says_when_the_next_may_go_and_lets_it_go_then(db, span):
    limits = terms(Limits(**{span: 2}))
    assert db.read(lambda c: pace.next_permit(c, limits, NOW)) is None
    take(db, asks([1, 2]), limits)
    opens = db.read(lambda c: pace.next_permit(c, limits, NOW))
    assert opens == NOW + OPENS[span]
    assert take(db, asks([3]), limits, opens - timedelta(seconds=1)) == frozenset()
    assert take(db, asks([3]), limits, opens) == {3}
    assert db.read(lambda c: pace.rests(c, limits, NOW)) is (span in ("hour", "day"))


def test_waits_for_the_limit_that_lasts_longest(db):
    limits = terms(Limits(second=1, hour=1))
    take(db, asks([1]), limits)
    assert db.read(lambda c: pace.spent(c, limits, NOW)).span == "hour"


def test_waits_no_longer_than_needed_when_a_limit_has_been_lowered(db):
    for minute in range(5):
        take(db, asks([minute]), terms(Limits(hour=9)), NOW + timedelta(minutes=minute))
    lower = terms(Limits(hour=2))
    assert db.read(lambda c: pace.next_permit(c, lower, NOW + timedelta(minutes=10))) == NOW + timedelta(minutes=64)


def test_does_not_wait_for_a_day_that_a_wrong_clock_has_filled(db):
    limits = terms(Limits(second=2, minute=2, hour=2, day=2))
    ahead = NOW + timedelta(days=2000)
    assert take(db, asks([1, 2]), limits, ahead) == {1, 2}
    assert take(db, asks([3, 4, 5]), limits, NOW) == {3, 4}


def test_takes_a_permit_of_the_domain_as_well(db):
    limits = terms(Limits(hour=9), {"gmail.com": Limits(hour=1), "*": Limits(hour=2)})
    assert take(db, asks([1, 2], "gmail.com") + asks([3, 4, 5], "b.example") + asks([6], "c.example"), limits) == {
        1,
        3,
        4,
        6,
    }
    used = db.read(lambda c: dict(c.execute(select(pace_used.c.subject, pace_used.c.used)).all()))
    assert used == {"relay/one": 4, "domain/gmail.com": 1, "domain/b.example": 2, "domain/c.example": 1}


def test_tries_another_relay_when_the_first_has_no_more(db):
    limits = terms(Limits(hour=1), two=Limits(hour=1))
    assert take(db, asks([1, 2]), limits) == {1}
    assert db.read(lambda c: pace.next_permit(c, limits, NOW)) is None
    assert take(db, asks([2], relay="two"), limits) == {2}
    assert db.read(lambda c: pace.next_permit(c, limits, NOW)) == NOW + timedelta(minutes=61)


def test_gives_back_what_was_never_offered(db):
    limits = terms(Limits(hour=2, day=2), {"*": Limits(hour=2)})
    take(db, asks([1, 2]), limits)
    later = NOW + timedelta(minutes=5)
    db.write(lambda c: pace.give_back(c, asks([2]), limits, later))
    assert take(db, asks([3, 4]), limits, later) == {3}


def test_gives_nothing_back_to_a_window_that_is_over(db):
    limits = terms(Limits(hour=2))
    take(db, asks([1, 2]), limits)
    later = NOW + timedelta(minutes=90)
    take(db, asks([3]), limits, later)
    db.write(lambda c: pace.give_back(c, asks([1]), limits, later + timedelta(minutes=61)))
    assert db.read(lambda c: c.execute(select(func.sum(pace_used.c.used))).scalar_one()) == 3


@pytest.mark.parametrize("span", ["second", "minute"])
def test_gives_nothing_back_of_a_span_that_may_be_over_before_it_is_returned(db, span):
    limits = terms(Limits(**{span: 2}))
    take(db, asks([1, 2]), limits)
    db.write(lambda c: pace.give_back(c, asks([2]), limits, NOW))
    assert take(db, asks([3]), limits) == frozenset()


def test_forgets_what_no_limit_counts_any_more(db):
    limits = terms(Limits(second=1, day=9), {"*": Limits(hour=9)})
    take(db, asks([1]), limits)
    take(db, asks([2], "other.example"), limits, NOW + timedelta(days=3))
    subjects = db.read(lambda c: c.execute(select(pace_used.c.subject, pace_used.c.begins)).all())
    assert {begins for _, begins in subjects} == {AT + 3 * DAY}


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.floats(0, 4000), st.integers(1, 9), st.booleans()), min_size=5, max_size=40
    ),
    st.sampled_from([Limits(second=3), Limits(minute=5), Limits(hour=7), Limits(day=11), Limits(2, 5, 9, 14)]),
)
def test_exceeds_no_window_wherever_it_begins(bursts, limits):
    """Two workers, bursts at random, some permits given back: nothing that was used breaks a window."""
    with a_database() as (one, url):
        two = Database(url)
        now, used, number = NOW, [], 0
        for length, wait, wanted, is_two in bursts:
            now += timedelta(seconds=wait * (0.001, 0.1, 1)[length])
            numbers = range(number, number + wanted)
            number += wanted
            worker = two if is_two else one
            permitted = sorted(take(worker, asks(numbers), terms(limits), now))
            back, gone = permitted[: len(permitted) // 3], permitted[len(permitted) // 3 :]
            used += [now.timestamp()] * len(gone)
            worker.write(lambda c, back=back, now=now: pace.give_back(c, asks(back), terms(limits), now))
            if number % 7 == 0:  # the worker dies and comes back
                two.close()
                two = Database(url)
        two.close()
    for span, seconds in (("minute", MINUTE), ("hour", HOUR), ("day", DAY)):
        if limit := getattr(limits, span):
            assert most_within(used, seconds) <= limit
    if limits.second:
        assert max(Counter(math.floor(at) for at in used).values()) <= limits.second


def a_database():
    """A database of its own for each example."""
    import shutil
    import tempfile
    from contextlib import contextmanager
    from pathlib import Path

    from tests import databases

    @contextmanager
    def opened():
        folder = Path(tempfile.mkdtemp())
        databases.place(folder / "mailer.db")
        database = Database(f"sqlite:///{folder / 'mailer.db'}")
        try:
            yield database, f"sqlite:///{folder / 'mailer.db'}"
        finally:
            database.close()
            shutil.rmtree(folder)

    return opened()


def test_shares_a_window_between_two_workers_at_once(db, database_url):
    """Each asks for all there is, at the same moment, again and again."""
    from concurrent.futures import ThreadPoolExecutor

    limits, other = terms(Limits(hour=40), {"*": Limits(hour=25)}), Database(database_url)
    try:
        with ThreadPoolExecutor(2) as pool:
            rounds = [
                pool.submit(
                    take,
                    worker,
                    asks(range(n * 10, n * 10 + 5), f"d{n % 2}.example"),
                    limits,
                    NOW + timedelta(minutes=n // 4),
                )
                for n, worker in enumerate([db, other] * 8)
            ]
            permitted = sum(len(r.result()) for r in rounds)
    finally:
        other.close()
    assert permitted == 40


# Those who ask us to slow down


REPLIES = {
    "too many, by its status": (Outcome("defer", "rcpt", 450, "4.7.0", "later", "relay"), 0, True),
    "too many, by its words": (Outcome("defer", "data", 451, "", "Too many connections", "relay"), 0, True),
    "421 in the middle": (Outcome("defer", "rcpt", 421, "", "closing", "relay", lost_line=True), 0, True),
    "congestion": (Outcome("defer", "dot", 452, "4.4.5", "busy", "relay"), 0, True),
    "something at the second attempt": (Outcome("defer", "rcpt", 451, "", "local error", "relay"), 1, True),
    "something at the first": (Outcome("defer", "rcpt", 451, "4.7.1", "try again later", "relay"), 0, False),
    "greylisting": (Outcome("defer", "rcpt", 450, "4.7.1", "Greylisted, too many unknowns", "relay"), 1, False),
    "a full mailbox": (Outcome("defer", "rcpt", 452, "4.2.2", "over quota", "relay"), 1, False),
    "silence": (Outcome("defer", "dot", 0, "", "", "relay", lost_line=True), 1, False),
    "a no": (Outcome("refuse", "rcpt", 550, "5.1.1", "unknown", "recipient"), 1, False),
    "a no to us": (Outcome("defer", "dot", 554, "5.7.1", "too many", "ours"), 1, False),
    "not a word of it": (Outcome("defer", "ehlo", 421, "", "too many", "relay"), 1, False),
}


@pytest.mark.parametrize("reply", REPLIES)
def test_knows_who_asks_us_to_slow_down(db, reply):
    outcome, tried, is_slower = REPLIES[reply]
    note(db, [settled(n, outcome, tried=tried) for n in range(3)])
    assert take(db, asks([9]), FREE) == (frozenset() if is_slower else {9})


def test_holds_back_a_domain_that_defers_three_in_a_row_and_nobody_else(db):
    slower(db, 2)
    note(db, [settled(3, OK)])
    slower(db, 2, begin=4)
    assert take(db, asks([6]), FREE) == {6}, "an accept has come between"
    slower(db, 1, begin=7)
    assert take(db, asks([8]) + asks([9], "other.example"), FREE) == {9}


def test_waits_longer_each_time_and_lets_one_try(db):
    slower(db, 3)
    now, waited = NOW, []
    for number in range(10, 19):
        opens = now
        while not take(db, asks([number, number + 1000]), FREE, opens):
            opens += timedelta(seconds=30)
            assert opens - now < timedelta(hours=2)
        assert take(db, asks([number + 2000]), FREE, opens) == frozenset(), "one tries for all"
        waited.append((opens - now) // timedelta(minutes=1))
        now = opens
        note(db, [settled(number, TOO_MANY)], now=now)
    assert waited == [1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_is_not_held_back_longer_by_what_was_under_way(db):
    slower(db, 30)
    assert take(db, asks([99]), FREE, NOW + timedelta(minutes=1)) == {99}


def test_comes_back_to_full_speed_step_by_step(db):
    slower(db, 3)
    now = NOW + timedelta(minutes=1)
    assert take(db, asks(range(10, 400)), FREE, now) == {10}
    note(db, [settled(10, OK)], now=now)
    speeds = []
    while len(permitted := take(db, asks(range(400, 1400)), FREE, now)) < 1000:
        speeds.append(len(permitted))
        assert len(speeds) < 9
        note(db, [settled(n, OK) for n in permitted], now=now)
        now += timedelta(seconds=1)
    assert speeds == [5, 10, 20, 40, 80, 160, 320]
    assert db.read(lambda c: c.execute(select(func.count()).select_from(pace_holds)).scalar_one()) == 0


def test_holds_back_again_at_the_first_no_on_the_way_up(db):
    slower(db, 3)
    now = NOW + timedelta(minutes=1)
    take(db, asks([10]), FREE, now)
    note(db, [settled(10, OK)], now=now)
    assert len(take(db, asks(range(20, 40)), FREE, now)) == 5
    note(db, [settled(20, TOO_MANY)], now=now)
    assert take(db, asks([50]), FREE, now + timedelta(seconds=119)) == frozenset()
    assert take(db, asks([50]), FREE, now + timedelta(minutes=2)) == {50}


NEITHER = {
    "a greylist": lambda db, now: note(db, [settled(10, REPLIES["greylisting"][0])], now=now),
    "a broken line": lambda db, now: note(db, [settled(10, REPLIES["silence"][0])], now=now),
    "a refusal of our return address": lambda db, now: note(
        db, [settled(10, Outcome("defer", "mail", 553, "5.1.8", "no", "ours"))], now=now
    ),
    "nothing: it was never offered": lambda db, now: db.write(lambda c: pace.give_back(c, asks([10]), FREE, now)),
}


@pytest.mark.parametrize("end", NEITHER)
def test_lets_another_try_when_the_first_learned_nothing(db, end):
    slower(db, 3)
    now = NOW + timedelta(minutes=1)
    assert take(db, asks([10]), FREE, now) == {10}
    NEITHER[end](db, now)
    assert take(db, asks([11, 12]), FREE, now) == {11}


def test_lets_another_try_when_the_first_is_never_heard_of(db):
    slower(db, 3)
    now = NOW + timedelta(minutes=1)
    assert take(db, asks([10]), FREE, now) == {10}
    assert take(db, asks([11]), FREE, now + timedelta(minutes=9)) == frozenset()
    assert take(db, asks([11]), FREE, now + timedelta(minutes=10)) == {11}


def test_holds_back_a_relay_that_says_so_to_many_domains(db):
    limits = terms(two=Limits())
    note(db, [settled(n, TOO_MANY, f"d{n}.example") for n in range(10)], limits)
    assert take(db, asks([20], "d20.example"), limits) == frozenset()
    assert take(db, asks([20], "d20.example", "two"), limits) == {20}
    assert db.read(lambda c: pace.next_permit(c, limits, NOW)) is None
    assert db.read(lambda c: pace.next_permit(c, FREE, NOW)) == NOW + timedelta(minutes=1)


def test_does_not_blame_the_relay_for_one_domain(db):
    for number in range(30):
        slower(db, 1, begin=number)
    assert take(db, asks([40], "other.example"), FREE) == {40}


def test_remembers_who_is_held_back_over_a_restart_and_tells_all_workers(db, database_url):
    slower(db, 3)
    other = Database(database_url)
    try:
        assert take(other, asks([9]), FREE) == frozenset()
    finally:
        other.close()


def test_hears_of_another_workers_hold_within_a_second(db, database_url):
    other = Database(database_url)
    try:
        assert take(other, asks([1]), FREE) == {1}
        slower(db, 3)
        assert take(other, asks([9]), FREE, NOW + timedelta(seconds=1)) == frozenset()
    finally:
        other.close()


def test_forgets_a_grudge_after_a_day(db):
    slower(db, 2)
    slower(db, 1, now=NOW + timedelta(hours=25), begin=9)
    assert take(db, asks([10]), FREE, NOW + timedelta(hours=25)) == {10}


# Those that wait because of their domain


def test_says_when_those_may_come_back_whose_domain_is_held(db):
    slower(db, 3)
    found = db.write(lambda c: pace.permits(c, asks(range(10, 110)) + asks([200], "other.example"), FREE, NOW))
    assert found.permitted == {200}
    assert set(found.later) == set(range(10, 110))
    assert min(found.later.values()) >= NOW + timedelta(minutes=1)
    assert max(found.later.values()) <= NOW + timedelta(seconds=90)
    assert len(set(found.later.values())) > 20, "not all at once"


def test_calls_those_hopeless_whose_domain_has_been_held_back_for_as_long_as_we_try(db):
    now, steps = NOW, 0
    slower(db, 3)
    while True:
        found = db.write(lambda c, at=now: pace.permits(c, asks([1, 2]), FREE, at))
        assert not found.hopeless or now - NOW >= FREE.give_up_after
        if found.hopeless:
            break
        assert found.permitted <= {1}, "one tries the way"
        note(db, [settled(1, TOO_MANY)] if found.permitted else (), now=now)
        now += timedelta(minutes=20)
        steps += 1
        assert steps < 400
    assert found.hopeless <= set(found.later)
    assert now - NOW < FREE.give_up_after + timedelta(days=1)


def test_keeps_those_at_hand_that_only_the_relay_stands_in_the_way_of(db):
    found = db.write(lambda c: pace.permits(c, asks([1, 2]), terms(Limits(hour=1)), NOW))
    assert (found.permitted, found.later) == ({1}, {})


def test_counts_anew_how_long_a_domain_was_held_back_once_it_has_taken_something():
    probing = Hold(step=60, until=NOW, probe=1)
    taken = slower_rules.heard(probing, 1, "yes", NOW, 3, slower_rules.DOMAIN_WAITS)
    assert slower_rules.held_for(probing, slower_rules.DOMAIN_WAITS) > timedelta(hours=48)
    again = slower_rules.heard(taken, 2, "slower", NOW, 3, slower_rules.DOMAIN_WAITS)
    assert slower_rules.held_for(again, slower_rules.DOMAIN_WAITS) < timedelta(hours=5)
    assert again.until == NOW + slower_rules.DOMAIN_WAITS[-1], "and is left alone for as long as before"
