"""Rules and the days they give: against the standard's examples, a plain second calculation, and the clock."""

import calendar
import time
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.content.recurrence import Every, Rule, days, work

NEVER = date(9999, 12, 31)


@pytest.mark.parametrize(
    ("rule", "first", "expected"),
    [  # RFC 5545 section 3.8.5.3, the examples of which a meeting may make use
        (Rule(Every.DAY, 10, count=5), "1997-09-02", "09-02 09-12 09-22 10-02 10-12"),
        (Rule(Every.WEEK, 2, ((0, 1), (0, 3)), week_begins=6, count=8), "1997-09-02", "09-02 09-04 09-16 09-18 09-30 10-02 10-14 10-16"),
        (Rule(Every.WEEK, 2, ((0, 1), (0, 6)), count=4), "1997-08-05", "08-05 08-10 08-19 08-24"),
        (Rule(Every.WEEK, 2, ((0, 1), (0, 6)), week_begins=6, count=4), "1997-08-05", "08-05 08-17 08-19 08-31"),
        (Rule(Every.MONTH, weekdays=((1, 4),), count=4), "1997-09-05", "09-05 10-03 11-07 12-05"),
        (Rule(Every.MONTH, weekdays=((-2, 0),), count=4), "1997-09-22", "09-22 10-20 11-17 12-22"),
        (Rule(Every.MONTH, month_days=(-3,), count=4), "1997-09-28", "09-28 10-29 11-28 12-29"),
        (Rule(Every.MONTH, weekdays=((0, 4),), month_days=(13,), count=2), "1998-02-13", "02-13 03-13"),
        (Rule(Every.MONTH, weekdays=((0, 5),), month_days=(7, 8, 9, 10, 11, 12, 13), count=3), "1997-09-13", "09-13 10-11 11-08"),
        (Rule(Every.MONTH, weekdays=((0, 1), (0, 2), (0, 3)), positions=(3,), count=3), "1997-09-04", "09-04 10-07 11-06"),
        (Rule(Every.YEAR, weekdays=((20, 0),), count=2), "1997-05-19", "05-19 05-18"),
        (Rule(Every.YEAR, weeks=(20,), weekdays=((0, 0),), count=3), "1997-05-12", "05-12 05-11 05-17"),
        (Rule(Every.YEAR, 3, year_days=(1, 100, 200), count=4), "1997-01-01", "01-01 04-10 07-19 01-01"),
        (Rule(Every.YEAR, 4, ((0, 1),), (2, 3, 4, 5, 6, 7, 8), (11,), count=3), "1996-11-05", "11-05 11-07 11-02"),
        (Rule(Every.MONTH, month_days=(15, 30), count=5), "2007-01-15", "01-15 01-30 02-15 03-15 03-30"),
        # what the standard leaves open, or what programs get wrong
        (Rule(Every.MONTH, count=4), "2024-01-31", "01-31 03-31 05-31 07-31"),
        (Rule(Every.YEAR, count=2), "2024-02-29", "02-29 02-29"),
        (Rule(Every.MONTH, weekdays=((1, 2), (0, 6)), count=4), "2024-05-01", "05-01 05-05 05-12 05-19"),
        (Rule(Every.WEEK, weekdays=((0, 0),), count=3), "2024-05-14", "05-14 05-20 05-27"),
        (Rule(Every.YEAR, weeks=(1,), weekdays=((0, 0),), count=2), "2024-01-01", "01-01 12-30"),
        (Rule(Every.YEAR, weeks=(53,), weekdays=((0, 6),), count=2), "2021-01-03", "01-03 01-03"),
    ],
)  # fmt: skip
def test_finds_the_days_of_a_rule(rule: Rule, first: str, expected: str) -> None:
    begins = date.fromisoformat(first)
    assert " ".join(f"{d:%m-%d}" for d in days(rule, begins, begins, NEVER)) == expected


def test_walks_from_the_middle_as_from_the_beginning() -> None:
    first, since, until = date(2019, 1, 31), date(2024, 5, 1), date(2024, 7, 1)
    for every in Every:
        for interval in (1, 2, 3, 7):
            rule = Rule(every, interval)
            whole = [d for d in days(rule, first, first, until) if d >= since]
            assert list(days(rule, first, since, until)) == whole


@pytest.mark.parametrize(
    "rule",
    [
        Rule(Every.DAY, months=(2,), month_days=(30,)),
        Rule(Every.DAY, 7, weekdays=((0, 1),)),
        Rule(Every.MONTH, weekdays=((0, 0),), positions=(366,)),
        Rule(Every.YEAR, year_days=(1,), months=(5,)),
        Rule(Every.WEEK, 1_000_000),
    ],
)
def test_comes_back_from_a_rule_that_no_day_fits(rule: Rule) -> None:
    first = date(1900, 1, 1)
    before = time.process_time()
    assert list(days(rule, first, first, date(2200, 1, 1)))[:1] == [first]
    assert time.process_time() - before < 5


def test_knows_beforehand_how_much_there_is_to_do() -> None:
    first = date(1900, 1, 1)
    assert work(Rule(Every.DAY, count=5), first, date(2024, 1, 1), date(2025, 1, 1)) > 40_000
    assert work(Rule(Every.DAY), first, date(2024, 1, 1), date(2025, 1, 1)) < 1_200
    assert work(Rule(Every.DAY, until=date(1901, 1, 1)), first, date(2024, 1, 1), date(2025, 1, 1)) < 10


NTH = st.sampled_from([(1,), (2, -1), (5,), (-2,)])
DAY = st.integers(0, 6)


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """Rules of the kinds that calendars have."""
    every = draw(st.sampled_from(Every))
    some = lambda low, high: tuple(draw(st.lists(st.integers(low, high).filter(bool), max_size=2, unique=True)))
    plain = tuple((0, d) for d in draw(st.lists(DAY, max_size=3, unique=True)))
    nth = tuple((n, draw(DAY)) for n in draw(NTH))
    fields: dict[str, object] = {"interval": draw(st.integers(1, 4)), "week_begins": draw(st.sampled_from([0, 6]))}
    if every is Every.WEEK:
        fields["weekdays"] = plain
    elif every is Every.DAY:
        fields |= {"weekdays": plain, "months": some(1, 12)}
    elif every is Every.MONTH:
        fields |= {"weekdays": draw(st.sampled_from([(), plain, nth])), "month_days": some(-31, 31)}
    else:
        fields |= draw(
            st.sampled_from([{}, {"weekdays": nth}, {"year_days": some(-366, 366)}, {"month_days": some(1, 31)}])
        )
        fields["months"] = some(1, 12)
    if draw(st.booleans()) and (fields.get("weekdays") or fields.get("month_days")):
        fields["positions"] = draw(st.sampled_from([(1,), (-1,), (2, -2)]))
    return Rule(every, **fields)  # type: ignore[arg-type]


@cache
def places(year: int, month: int = 0) -> dict[date, tuple[set[int], set[int]]]:
    """Each day of the month, or of the year: its numbers from both ends, and those among its weekday, 0 for any."""
    all_days = [d for m in range(1, 13) for d in calendar.Calendar().itermonthdates(year, m) if d.month == m]
    some = [d for d in all_days if month in (0, d.month)]
    same = {w: [d for d in some if d.weekday() == w] for w in range(7)}
    return {
        d: ({n, n - len(some) - 1}, {0, same[w].index(d) + 1, same[w].index(d) - len(same[w])})
        for n, d in enumerate(some, 1)
        if (w := d.weekday()) is not None
    }


def fits(rule: Rule, first: date, d: date) -> bool:
    weekdays, month_days, months = rule.weekdays, rule.month_days, rule.months
    if not (weekdays or month_days or rule.year_days):
        month_days = (first.day,) if rule.every in (Every.MONTH, Every.YEAR) else ()
        months = months or (first.month,) if rule.every is Every.YEAR else months
        weekdays = ((0, first.weekday()),) if rule.every is Every.WEEK else ()
    of_year = rule.every is Every.YEAR and not rule.months
    nth = places(d.year, 0 if of_year else d.month)[d][1]
    return (
        (not months or d.month in months)
        and (not month_days or bool(places(d.year, d.month)[d][0] & set(month_days)))
        and (not rule.year_days or bool(places(d.year)[d][0] & set(rule.year_days)))
        and (not weekdays or any(d.weekday() == w and n in nth for n, w in weekdays))
    )


def period(rule: Rule, d: date) -> int:
    if rule.every is Every.WEEK:
        return (d.toordinal() - 1 - rule.week_begins) // 7  # day 1 of the calendar is a Monday
    return {Every.DAY: d.toordinal(), Every.MONTH: d.year * 12 + d.month, Every.YEAR: d.year}[rule.every]


def by_hand(rule: Rule, first: date, until: date) -> list[date]:
    """The days as one would find them with a calendar and a pencil: every day of every period is looked at."""
    begins = first.replace(month=1, day=1) - timedelta(days=7)
    all_days = [begins + timedelta(days=n) for n in range((until - begins).days + 400)]
    found = [first]
    for number, some in groupby(all_days, key=lambda d: period(rule, d)):
        if (number - period(rule, first)) % rule.interval == 0:
            chosen = [d for d in some if fits(rule, first, d)]
            if rule.positions:
                chosen = [d for n, d in enumerate(chosen) if {n + 1, n - len(chosen)} & set(rule.positions)]
            found += [d for d in chosen if first < d <= until]
    return found[: rule.count]


@settings(max_examples=200, deadline=None)
@given(rules(), st.dates(date(2022, 1, 1), date(2024, 2, 29)), st.none() | st.integers(1, 30))
def test_agrees_with_a_calculation_by_hand(rule: Rule, first: date, count: int | None) -> None:
    rule, until = replace(rule, count=count), date(2024, 12, 31)
    expected = by_hand(rule, first, until)
    assert list(days(rule, first, first, until)) == expected
    since = first + timedelta(days=300)
    assert list(days(rule, first, since, until)) == [d for d in expected if d >= since]
