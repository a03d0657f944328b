"""What the clock owes: from the settings and what is done, at any moment, however it got there."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.clockwork.due import due
from mailer.issue import moments
from mailer.settings import Series

ZONE = ZoneInfo("Europe/Stockholm")
V = Series(key="v", name="V", lists=("medlemmar",))
START = datetime(2024, 1, 1, tzinfo=ZONE).astimezone(UTC)


def live(series: Series, times: list[datetime], since: datetime = START) -> list[tuple[str, datetime]]:
    """Let a clock pass these moments; what is due is done at once. Gives (schedule, when) in order."""
    done: dict[str, datetime] = {}
    for now in times:
        for thing in due((series,), ZONE, now, since, frozenset(done)):
            done[thing.schedule] = now
    return list(done.items())


def sent(series: Series, times: list[datetime], since: datetime = START) -> list[datetime]:
    return [when for schedule, when in live(series, times, since) if schedule.endswith("/send")]


def hours(start: datetime, days: float, step: float = 1) -> list[datetime]:
    return [start + timedelta(hours=step * n) for n in range(int(days * 24 / step))]


def test_sends_once_a_month_for_ten_years():
    """120 of 120, over both nights when clocks change, with a sending day and hour next to each of them."""
    for day, time in ((27, "03:00"), (28, "01:59"), (1, "00:00"), (28, "22:00")):
        series = Series(key="v", name="V", lists=("m",), assemble_day=1, send_day=day, send_time=time)
        times = sent(series, [t for t in hours(START, 3653, 2) if t.day < 3 or t.day > 25])
        assert len(times) == 120, (day, time)
        local = [t.astimezone(ZONE) for t in times]
        assert [(t.year, t.month) for t in local] == [(y, m) for y in range(2024, 2034) for m in range(1, 13)]
        planned = [moments.send_at(series, f"{t.year}-{t.month:02}", ZONE) for t in local]
        assert all(timedelta(0) <= late < timedelta(hours=2) for late in map(lambda a, b: a - b, times, planned))


@pytest.mark.parametrize(
    ("asleep_from", "asleep_until", "sent_on"),
    [
        ("2024-05-10T08:00", "2024-05-10T09:30", "2024-05-10"),  # an hour
        ("2024-05-10T08:00", "2024-05-10T16:00", "2024-05-10"),  # seven
        ("2024-05-09T00:00", "2024-05-13T07:00", "2024-05-13"),  # three days
        ("2024-05-09T00:00", "2024-05-31T22:00", "2024-05-31"),  # to the last evening
        ("2024-05-09T00:00", "2024-06-01T01:00", None),  # past the month's end: a person is asked
        ("2024-05-09T00:00", "2024-06-12T01:00", None),  # a month: June goes, May waits
    ],
)
def test_sends_late_within_the_month_and_asks_after_it(asleep_from, asleep_until, sent_on):
    begin, end = (datetime.fromisoformat(t).replace(tzinfo=ZONE).astimezone(UTC) for t in (asleep_from, asleep_until))
    times = [*hours(START, (begin - START) / timedelta(days=1)), *hours(end, 3)]
    done = dict(live(V, times))
    may = done.get("v/2024-05/send")
    if sent_on is None:
        assert may is None
        assert "v/2024-05/missed" in done
    else:
        assert may.astimezone(ZONE).date().isoformat() == sent_on
    sends = [s for s, when in done.items() if s.endswith("/send") and when >= end - timedelta(hours=1)]
    assert len(sends) <= 1  # never two months at once


@given(jumps=st.lists(st.integers(-40 * 24, 40 * 24), max_size=30), step=st.sampled_from([1, 7, 25]))
@settings(max_examples=200, deadline=None)
def test_never_does_a_thing_twice_however_the_clock_jumps(jumps, step):
    now, times = START + timedelta(days=100), []
    for jump in jumps:
        now += timedelta(hours=jump)
        times += hours(now, 2, step)
    done = live(V, times)
    assert len({s for s, _ in done}) == len(done)
    for schedule, when in done:
        _, period, task = schedule.split("/")
        if task != "missed":
            assert moments.period_of(when, ZONE) == period


def test_owes_nothing_from_before_the_first_day():
    assert live(V, hours(START + timedelta(days=50), 5), since=START + timedelta(days=50)) == []


def test_assembles_the_first_month_of_a_home_that_began_after_the_assemble_day():
    begun = START + timedelta(days=5)
    assert [s for s, _ in live(V, hours(begun, 1), since=begun)] == ["v/2024-01/assemble", "v/2024-01/second"]


def test_asks_the_second_after_a_day_of_silence():
    done = dict(live(V, hours(START, 31)))
    assert done["v/2024-01/second"] - done["v/2024-01/assemble"] == timedelta(hours=24)


@pytest.mark.parametrize(("period", "after"), [("2024-11", "2024-12"), ("2024-12", "2025-01"), ("2023-01", "2023-02")])
def test_knows_the_month_that_follows(period, after):
    assert moments.next_period(period) == after
