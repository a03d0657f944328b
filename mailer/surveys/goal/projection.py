"""Where a survey will end on its closing date: of the waves that are out, and of those to come.

Takes   Counts.
Gives   a Projection, or TooEarly.
Fails   never.

Each ask starts a wave: so many of those who are asked answer it, most of them within days. How many, is reckoned from
what is usual (goal/rates.py), moved by how willing this branch has shown itself: a grid over the shift of the log-odds,
and over how easy its members are to find, each point weighed by how well it explains the counts. Whoever is silent has
made up her mind to answer one of the asks she has had, on a day that lies ahead, or is still to be won by another.
What is left to chance is a sum of independent people at each point: its mean and variance go into the quantiles.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from math import ceil, erf, exp, log, pi, sqrt

from mailer.content.channel_plan.model import Channel
from mailer.surveys.goal import rates
from mailer.surveys.goal.counts import Ask, Counts, Silent
from mailer.surveys.goal.model import OnPath, Projection, Span, TooEarly

OWN_CALLS = 20  # from so many calls on, the branch's own rates
LOW, HIGH = 0.10, 0.90
SHIFTS = tuple(n / 8 for n in range(-20, 17))
FOUND = (-1.2, -0.8, -0.4, 0.0, 0.4, 0.8, 1.2)
LEAST = 1e-9  # the chance of an answer that no wave explains
NEGLIGIBLE = 1e-4  # a point that explains the counts so much worse than the best

STRIDE = 7  # days between two points of the way

ROUGH, REACH = 4, 0.9  # first every fourth shift, then those around the best of them
ALLOWANCE = 3.0  # so much better may a shift do, when its branch is harder or easier to find

Share = Callable[[str, int], float]  # of a channel and a turn
_Row = tuple[int, tuple[tuple[tuple[str, int], float, float], ...], bool]


@dataclass(frozen=True, slots=True)
class _Point:
    """One branch that it may be."""

    weight: float
    shift: float
    found: float


@dataclass(frozen=True, slots=True)
class _Sum:
    """How many more will answer."""

    weight: float
    mean: float
    variance: float


def project(counts: Counts) -> Projection | TooEarly:
    """Where it will end. Pure."""
    if counts.today > counts.closes:
        return TooEarly("over")
    if counts.day < rates.FIRST_DAYS:
        return TooEarly("days", counts.opens + timedelta(days=rates.FIRST_DAYS))
    if counts.answered < rates.FIRST_ANSWERS:
        return TooEarly("answers")
    points = _points(counts)
    without = _span(counts, [_to_come(counts, point, with_plan=False) for point in points])
    with_plan = _span(counts, [_to_come(counts, point, with_plan=True) for point in points])
    expected = max(counts.answered, round(without.middle * counts.members / 100))
    needed = max(0, counts.wanted - expected)
    each, is_own = a_call_brings(counts)
    calls = ceil(needed / each) if counts.to_call and needed else None
    return Projection(without, with_plan, needed, calls, is_own, counts.to_call)


def path(counts: Counts) -> tuple[OnPath, ...]:
    """The way to the end: each week from today on, and the closing day. Empty while nothing is said of the end."""
    if isinstance(project(counts), TooEarly):
        return ()
    points = _points(counts)
    days = dict.fromkeys((*range(counts.day + STRIDE, counts.last, STRIDE), counts.last))
    return tuple(
        OnPath(
            counts.opens + timedelta(days=day),
            _span(counts, [_to_come(counts, point, False, day) for point in points]),
            _span(counts, [_to_come(counts, point, True, day) for point in points]),
        )
        for day in days
        if day > counts.day
    )


def a_call_brings(counts: Counts) -> tuple[float, bool]:
    """The share of answers of those who are called as often as the plan allows, and whether it is the branch's own."""
    made, spoken, answered = counts.calls.made, counts.calls.spoken, counts.calls.answered
    if made < OWN_CALLS:
        return _spoken(rates.A_CALL, counts.calls_each) * rates.SPOKEN_ANSWER, False
    # One call and one person as usual beside its own: a round in which nobody has answered yet is no proof that
    # nobody will.
    a_call = (spoken + rates.A_CALL) / (made + 1)
    answer = (answered + rates.SPOKEN_ANSWER) / (spoken + 1)
    return _spoken(a_call, counts.calls_each) * answer, True


def _points(counts: Counts) -> list[_Point]:
    """The branches it may be, weighed; those that explain next to nothing are left out."""
    rows = _rows(counts)
    has_met = any(kind[0] == Channel.IN_PERSON for _, asks, _ in rows for kind, _, _ in asks)
    fits = {shift: _explained(rows, shift, 0.0) for shift in SHIFTS[::ROUGH]}
    top = max(fits, key=lambda shift: fits[shift])
    near = [shift for shift in SHIFTS if abs(shift - top) <= REACH]
    fits |= {shift: _explained(rows, shift, 0.0) for shift in near if shift not in fits}
    worst = max(fits.values()) + log(NEGLIGIBLE) - (ALLOWANCE if has_met else 0)
    fitted = []
    for shift, fit in fits.items():
        for found in FOUND if fit > worst else ():
            waves = _explained(rows, shift, found) if has_met and found else fit
            fitted.append((waves + _calls_explained(counts, shift, found) + _log(_prior(shift, found)), shift, found))
    best = max(weight for weight, _, _ in fitted)
    kept = [(exp(weight - best), shift, found) for weight, shift, found in fitted if weight > best + log(NEGLIGIBLE)]
    whole = sum(weight for weight, _, _ in kept)
    return [_Point(weight / whole, shift, found) for weight, shift, found in kept]


def _rows(counts: Counts) -> list[_Row]:
    """Who stand alike, with what does not differ from point to point: of each ask the share that would be silent yet,
    had it won them, and of those who have answered also the day before."""
    rows: list[_Row] = []
    for silent, people in counts.silent:
        rows.append((people, tuple((ask[1:], _late(ask, counts.day), 0.0) for ask in silent.had), False))
    for ended, people in counts.ended:
        asks = tuple((ask[1:], _late(ask, ended.day), _late(ask, ended.day - 1)) for ask in ended.had)
        rows.append((people, asks, ended.is_answer))
    return rows


def _explained(rows: Sequence[_Row], shift: float, found: float) -> float:
    """The logarithm of how likely the answers that came by themselves are."""
    share, total = _shares(shift, found), 0.0
    for people, asks, is_answer in rows:
        undecided, silent, before = 1.0, 0.0, 0.0
        for kind, late, earlier in asks:
            won = undecided * share(*kind)
            silent += won * late
            before += won * earlier
            undecided -= won
        total += people * _log(before - silent if is_answer else silent + undecided)
    return total


def _calls_explained(counts: Counts, shift: float, found: float) -> float:
    calls = counts.calls
    if not calls.made:
        return 0.0
    spoken, answer = _found_by_call(found), rates.shifted(rates.SPOKEN_ANSWER, shift)
    return (
        calls.spoken * log(spoken) + (calls.made - calls.spoken) * log(1 - spoken)
        + calls.answered * log(answer) + (calls.spoken - calls.answered) * log(1 - answer)
    )  # fmt: skip


def _to_come(counts: Counts, point: _Point, with_plan: bool, last: int | None = None) -> _Sum:
    """The answers from tomorrow to the evening of day `last` (the closing day), at this point."""
    last = counts.last if last is None else last
    gone = counts.round_gone(last)
    share, mean, variance = _shares(point.shift, point.found), 0.0, 0.0
    answer = rates.shifted(rates.SPOKEN_ANSWER, point.shift)
    a_call = _found_by_call(point.found)
    for one, people in counts.silent:
        calls = one.calls * gone if with_plan else 0
        stays = _stays(one, counts, last, share, one.ahead if with_plan else (), _spoken(a_call, calls) * answer)
        mean += people * (1 - stays)
        variance += people * stays * (1 - stays)
    return _Sum(point.weight, mean, variance)


def _stays(one: Silent, counts: Counts, last: int, share: Share, ahead: Sequence[Ask], by_call: float) -> float:
    """The chance that one who is silent today is silent when day `last` is over."""
    undecided, now, late = 1.0, 0.0, 0.0
    for ask in one.had:
        won = undecided * share(*ask[1:])
        now += won * _late(ask, counts.day)
        late += won * _late(ask, last)
        undecided -= won
    now += undecided
    for ask in ahead:
        undecided *= 1 - share(*ask[1:]) * (1 - _late(ask, last))
    return (late + undecided * (1 - by_call)) / now if now else 0.0


def _shares(shift: float, found: float) -> Share:
    """What one branch says yes to."""

    @cache
    def share(channel: str, turn: int) -> float:
        if channel == Channel.IN_PERSON:
            return rates.shifted(rates.MET, found) * rates.shifted(rates.MET_ANSWER, shift)
        return rates.shifted(rates.usual(channel, turn), shift)

    return share


def _found_by_call(found: float) -> float:
    return rates.shifted(rates.A_CALL, found)


def _spoken(a_call: float, calls: float) -> float:
    return 1 - exp(calls * log(1 - a_call))


def _late(ask: Ask, day: int) -> float:
    """Of those whom the ask makes answer: the share who have not when the day is over."""
    return 1 - _within(ask.channel, day - ask.day)


@cache
def _within(channel: str, days: int) -> float:
    return rates.answered_within(channel, days)


@cache
def _prior(shift: float, found: float) -> float:
    """How likely such a branch is before anything is known of it."""
    near = _bell(shift, 0.0, rates.NEAR_SPREAD) * _bell(found, 0.0, rates.NEAR_FOUND)
    far = _bell(shift, 0.0, rates.FAR_SPREAD) * _bell(found, rates.FAR_TOGETHER * shift, rates.FAR_FOUND)
    return rates.NEAR * near + (1 - rates.NEAR) * far


def _bell(x: float, middle: float, spread: float) -> float:
    return exp(-(((x - middle) / spread) ** 2) / 2) / (spread * sqrt(2 * pi))


def _log(chance: float) -> float:
    return log(max(chance, LEAST))


def _span(counts: Counts, sums: Sequence[_Sum]) -> Span:
    """Per cent of the members at the closing."""
    low, middle, high = (_quantile(sums, share) for share in (LOW, 0.5, HIGH))
    most = sum(people for _, people in counts.silent)
    return Span(*(100 * (counts.answered + min(max(more, 0.0), most)) / counts.members for more in (low, middle, high)))


def _quantile(sums: Sequence[_Sum], share: float) -> float:
    """So many more that the share of the chance lies below."""
    low = min(one.mean - 5 * sqrt(one.variance + 1) for one in sums)
    high = max(one.mean + 5 * sqrt(one.variance + 1) for one in sums)
    while high - low > 0.02:
        middle = (low + high) / 2
        below = sum(
            one.weight * (1 + erf((middle - one.mean) / sqrt(2 * one.variance + 1e-9))) / 2 for one in sums
        )  # fmt: skip
        low, high = (middle, high) if below < share else (low, middle)
    return (low + high) / 2
