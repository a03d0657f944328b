"""The house and where a survey will end."""

import random
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest

from benchmarks import survey as played
from mailer.demo.behaviour import Behaviour
from mailer.surveys.goal.counts import Ask, Calls, Counts, Ended, Silent, calls_left
from mailer.surveys.goal.model import Projection, TooEarly
from mailer.surveys.goal.projection import a_call_brings, path, project

OPENS, CLOSES = date(2024, 3, 5), date(2024, 6, 30)
FIRST, SECOND = Ask(0, "email", 0), Ask(6, "email", 1)
LETTER, SQUARE = Ask(21, "letter", 0), Ask(40, "in_person", 0)


def some_counts(answers: int = 80, day: int = 12, ahead: tuple[Ask, ...] = (LETTER, SQUARE), calls: int = 4) -> Counts:
    """Four hundred who were asked twice; `answers` of them came on the fourth day."""
    silent = Silent((FIRST, SECOND), ahead, calls)
    return Counts(
        OPENS, CLOSES, OPENS + timedelta(day), 400, answers, 50,
        ((silent, 400 - answers),), ((Ended((FIRST,), 3, True), answers),),
    )  # fmt: skip


def projected(counts: Counts) -> Projection:
    found = project(counts)
    assert isinstance(found, Projection)
    return found


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (some_counts(day=6), TooEarly("days", OPENS + timedelta(7))),
        (some_counts(answers=9), TooEarly("answers")),
        (some_counts(day=118), TooEarly("over")),
    ],
)
def test_says_nothing_of_the_end_too_early_and_too_late(counts: Counts, expected: TooEarly) -> None:
    assert project(counts) == expected


@pytest.mark.parametrize("day", [7, 30, 117])
@pytest.mark.parametrize("answers", [10, 80, 200, 390])
def test_gives_a_span_that_holds_what_has_come_and_no_more_than_all(day: int, answers: int) -> None:
    found = projected(some_counts(answers, day))
    for span in (found.without, found.with_plan):
        assert answers / 4 <= span.low <= span.middle <= span.high <= 100
    assert found.without.middle <= found.with_plan.middle


def test_ends_at_the_same_place_when_nothing_is_left_of_the_plan() -> None:
    found = projected(some_counts(ahead=(), calls=0))
    assert found.without == found.with_plan


def test_goes_to_the_end_in_waves_and_not_in_a_straight_line() -> None:
    counts = some_counts(ahead=(Ask(33, "letter", 0),), calls=0)
    way, end = path(counts), projected(counts)
    assert (way[-1].day, way[-1].with_plan, way[-1].without) == (CLOSES, end.with_plan, end.without)
    middles = {(one.day - OPENS).days: one.with_plan.middle for one in way}
    # Before the letter hardly anything more comes; in the weeks after it most of the answers it wins.
    assert middles[33] - middles[26] < 0.5 < 2 < middles[47] - middles[33]
    assert middles[117] - middles[61] < 0.5
    assert all(a.with_plan.low <= b.with_plan.low + 1e-6 for a, b in pairwise(way))


def test_spreads_the_calls_over_the_evenings_that_are_left() -> None:
    counts = replace(some_counts(ahead=(), calls=4), round=(40, 80))
    middles = {(one.day - OPENS).days: one.with_plan.middle for one in path(counts)}
    assert middles[33] - middles[26] < 0.5 < middles[47] - middles[40]
    assert middles[103] - middles[89] < 0.1
    assert path(replace(counts, today=OPENS)) == ()


@pytest.mark.parametrize("step", [LETTER, SQUARE])
def test_counts_on_each_step_that_is_to_come(step: Ask) -> None:
    less, more = projected(some_counts(ahead=(), calls=0)), projected(some_counts(ahead=(step,), calls=0))
    assert more.without == less.without
    assert more.with_plan.low > less.with_plan.low


@pytest.mark.parametrize("day", [8, 20, 60])
def test_never_ends_lower_because_one_more_has_answered_today(day: int) -> None:
    before = None
    for more in range(0, 60, 6):
        counts = some_counts(80, day)
        ((silent, people),) = counts.silent
        today = (Ended((FIRST, SECOND), day, True), more)
        found = projected(
            replace(counts, answered=80 + more, silent=((silent, people - more),), ended=(*counts.ended, today))
        )
        assert before is None or found.with_plan.low >= before.with_plan.low - 1e-6
        assert before is None or found.without.middle >= before.without.middle - 1e-6
        before = found


def test_waits_for_the_wave_that_is_out_and_not_for_one_that_has_gone_by() -> None:
    fresh, old = some_counts(day=7, ahead=(), calls=0), some_counts(day=40, ahead=(), calls=0)
    assert projected(fresh).without.middle > projected(old).without.middle


def test_learns_how_willing_the_branch_is() -> None:
    few, many = projected(some_counts(40)), projected(some_counts(150))
    assert many.with_plan.middle - 150 / 4 > few.with_plan.middle - 40 / 4


@pytest.mark.parametrize(
    ("calls", "each", "is_own"),
    [
        (Calls(), 0.135, False),
        (Calls(19, 19, 19), 0.135, False),
        (Calls(20, 0, 0), 0.008, True),
        (Calls(100, 14, 5), 0.16, True),
    ],
)
def test_reckons_the_calls_from_the_branchs_own_when_it_has_twenty(calls: Calls, each: float, is_own: bool) -> None:
    found, own = a_call_brings(replace(some_counts(), calls=calls))
    assert (round(found, 3), own) == (each, is_own)


def test_says_how_many_to_call_for_the_answers_that_are_missing() -> None:
    found = projected(some_counts(150, day=60, ahead=()))
    assert found.needed > 0
    assert found.calls == -(-found.needed * 1000 // 135)
    assert projected(some_counts(150, day=60, calls=0)).calls is None
    assert projected(some_counts(220)).needed == 0


@pytest.mark.parametrize(
    ("made", "day", "left"), [(0, 10, 4), (3, 10, 1), (0, 70, 2), (0, 75, 0), (4, 10, 0), (1, 72, 1)]
)
def test_knows_how_often_one_can_still_be_called(made: int, day: int, left: int) -> None:
    assert calls_left(made, 4, 35, 75, day) == left


def test_holds_the_end_about_eight_times_of_ten() -> None:
    """Wide: thirty branches. The narrow bars are of a thousand (benchmarks/survey.py)."""
    setting = played.Setting(played.default_plan(played.QUESTIONS))
    found = played.branches(setting, Behaviour(), "prov", 30, (30, 60))
    for n in range(2):
        spans = [one.projected[n].with_plan for one in found if one.projected[n] is not None]
        hits = sum(s.low <= 100 * one.answered / played.SIZE <= s.high for s, one in zip(spans, found, strict=True))
        assert 0.6 <= hits / len(found) <= 0.97
    assert all(one.contacted + sum(one.reasons.values()) == played.SIZE for one in found)
    assert all(not one.reasons[""] for one in found)


def test_plays_the_same_branch_for_the_same_seed() -> None:
    setting = played.Setting(played.default_plan(played.QUESTIONS))
    one, two = (
        played.played(setting, Behaviour().people(random.Random(5), 60), Behaviour().chances(), random.Random(4))
        for _ in range(2)
    )
    assert [m.answers_on for m in one] == [m.answers_on for m in two]
