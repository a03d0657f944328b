"""On which days something that repeats takes place.

Takes   a Rule and the first day.
Gives   the days in order, by RFC 5545 section 3.3.10, as far as days go: times are added by whoever has them.
Fails   never: a rule that no day fits gives the first day and no other.

Ours, and not dateutil's: that one never comes back from INTERVAL=0, looks until the year 9999 for a 30 February (3 s),
and a file may hold ten thousand of them. Here the work is bounded by the days between `first` and `until`.
"""

import calendar
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from itertools import chain, islice


class Every(Enum):
    """The period that a rule speaks of; the value is about how many days it has."""

    DAY = 1
    WEEK = 7
    MONTH = 28
    YEAR = 365


@dataclass(frozen=True, slots=True)
class Rule:
    """Every `interval` periods, on the days that fit. Weekdays from 0, Monday. Negative numbers count from the end."""

    every: Every
    interval: int = 1
    weekdays: tuple[tuple[int, int], ...] = ()  # which one, and of what: (0, 1) each Tuesday, (-1, 5) the last Saturday
    month_days: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    year_days: tuple[int, ...] = ()
    weeks: tuple[int, ...] = ()  # of the year
    positions: tuple[int, ...] = ()  # of what fits in one period, these
    week_begins: int = 0
    count: int | None = None  # the first day is one of them
    until: date | None = None  # the last day it may be


def days(rule: Rule, first: date, since: date, until: date) -> Iterator[date]:
    """The days from `since` to `until`, both with them. `first` is one of them even where the rule does not fit it."""
    last = min(until, rule.until or until)
    everything = chain((first,), _after(rule, first, first if rule.count else since, last))
    for day in islice(everything, rule.count):
        if day > last:
            return
        if day >= since:
            yield day


def work(rule: Rule, first: date, since: date, until: date) -> int:
    """How much `days` has to do, in days looked at: what a hostile file may ask of us is bounded by the sum."""
    last = min(until, rule.until or until)
    begins = first if rule.count else max(first, since)
    periods = max(0, (last - begins).days) // (rule.every.value * rule.interval) + 2
    return periods * (rule.every.value + 2)  # to come to a period costs as much as two of its days


def _after(rule: Rule, first: date, since: date, last: date) -> Iterator[date]:
    """What fits, after `first`; what lies before `since` may be passed over."""
    fits = _fitting(rule, first)
    for begins, length in _periods(rule, first, since, last):
        found = [day for n in range(length) if fits(day := begins + timedelta(days=n))]
        if rule.positions:
            found = _picked(found, rule.positions)
        yield from (day for day in found if day > first)


def _periods(rule: Rule, first: date, since: date, last: date) -> Iterator[tuple[date, int]]:
    """The beginning and the number of days of each period that counts, from about `since`."""
    begins = _period_of(rule, first)
    skipped = max(0, _between(rule.every, begins, _period_of(rule, since)) // rule.interval - 1) if since > first else 0
    n = skipped * rule.interval
    while (period := _moved(rule.every, begins, n)) and period <= last:
        yield period, _length(rule.every, period)
        n += rule.interval


def _period_of(rule: Rule, day: date) -> date:
    if rule.every is Every.WEEK:
        return day - timedelta(days=(day.weekday() - rule.week_begins) % 7)
    if rule.every is Every.MONTH:
        return day.replace(day=1)
    return day.replace(month=1, day=1) if rule.every is Every.YEAR else day


def _between(every: Every, first: date, last: date) -> int:
    if every is Every.MONTH:
        return (last.year - first.year) * 12 + last.month - first.month
    return last.year - first.year if every is Every.YEAR else (last - first).days // every.value


def _moved(every: Every, begins: date, n: int) -> date | None:
    """The beginning of the period `n` later; None after the last year there is."""
    try:
        if every in (Every.DAY, Every.WEEK):
            return begins + timedelta(days=n * every.value)
        months = begins.year * 12 + begins.month - 1 + n * (12 if every is Every.YEAR else 1)
        return date(months // 12, months % 12 + 1, 1)
    except (ValueError, OverflowError):
        return None


def _length(every: Every, begins: date) -> int:
    if every is Every.MONTH:
        return calendar.monthrange(begins.year, begins.month)[1]
    return 365 + calendar.isleap(begins.year) if every is Every.YEAR else every.value


def _fitting(rule: Rule, first: date) -> Callable[[date], bool]:
    """Whether a day fits. What the rule leaves open is as on the first day (RFC 5545 section 3.3.10, last but one)."""
    tests: list[Callable[[date], bool]] = []
    months, month_days, weekdays = rule.months, rule.month_days, rule.weekdays
    names_day = month_days or weekdays or rule.year_days
    if rule.every is Every.YEAR and not names_day and not rule.weeks:
        months, month_days = months or (first.month,), (first.day,)
    elif rule.every is Every.MONTH and not names_day:
        month_days = (first.day,)
    elif not weekdays and (rule.every is Every.WEEK or (rule.weeks and not names_day)):
        weekdays = ((0, first.weekday()),)
    if months:
        tests.append(lambda day: day.month in months)
    if month_days:
        tests.append(lambda day: _counted(day.day, _length(Every.MONTH, day), month_days))
    if rule.year_days:
        tests.append(lambda day: _counted(day.timetuple().tm_yday, _length(Every.YEAR, day), rule.year_days))
    if rule.weeks:
        tests.append(lambda day: _week_counted(day, rule))
    if weekdays:
        within = Every.YEAR if rule.every is Every.YEAR and not rule.months else Every.MONTH
        tests.append(lambda day: any(_is_weekday(day, nth, weekday, within) for nth, weekday in weekdays))
    return tests[0] if len(tests) == 1 else lambda day: all(test(day) for test in tests)


def _counted(number: int, of: int, wanted: Sequence[int]) -> bool:
    return number in wanted or number - of - 1 in wanted


def _is_weekday(day: date, nth: int, weekday: int, within: Every) -> bool:
    if day.weekday() != weekday or nth == 0:
        return day.weekday() == weekday
    number = day.day if within is Every.MONTH else day.timetuple().tm_yday
    left = _length(within, day) - number
    return nth == (number - 1) // 7 + 1 if nth > 0 else -nth == left // 7 + 1


def _week_counted(day: date, rule: Rule) -> bool:
    """Whether the day's week is one of them. A week is of the year in which its fourth day lies (ISO 8601)."""
    fourth = day + timedelta(days=3 - (day.weekday() - rule.week_begins) % 7)
    number = fourth.timetuple().tm_yday
    week = (number - 1) // 7 + 1
    return _counted(week, week + (_length(Every.YEAR, fourth) - number) // 7, rule.weeks)


def _picked(found: list[date], positions: Sequence[int]) -> list[date]:
    return [day for n, day in enumerate(found, 1) if _counted(n, len(found), positions)]
