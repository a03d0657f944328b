"""How the invented members behave: the rates are those that are stated, and the days too."""

from random import Random

import pytest

from mailer.demo import behaviour as model
from mailer.demo.behaviour import BOUNCES, EMAIL, PHONE, POSTAL, Behaviour

MANY = 20_000
AS_IT_IS = Behaviour()


def share(happened: list[bool]) -> float:
    return sum(happened) / len(happened)


def near(value: float) -> object:
    return pytest.approx(value, abs=0.012)


@pytest.mark.parametrize(("bit", "wanted"), [(EMAIL, 0.85), (PHONE, 0.90), (POSTAL, 0.97), (BOUNCES, 0.85 * 0.05)])
def test_gives_the_members_what_the_model_says(bit: int, wanted: float) -> None:
    people = AS_IT_IS.people(Random(1), MANY)
    assert share([bool(one & bit) for one in people]) == near(wanted)


def test_lets_no_address_bounce_that_nobody_has() -> None:
    assert all(one & EMAIL for one in AS_IT_IS.people(Random(2), MANY) if one & BOUNCES)


@pytest.mark.parametrize(("turn", "wanted"), [(0, 0.25), (1, 0.09), (2, 0.08), (3, 0.06), (4, 0.06)])
def test_answers_mails_as_often_as_stated(turn: int, wanted: float) -> None:
    rng, chances = Random(3), AS_IT_IS.chances()
    assert share([model.mail_answer(chances, turn, rng) is not None for _ in range(MANY)]) == near(wanted)


@pytest.mark.parametrize(("turn", "wanted"), [(0, 0.12), (1, 0.10)])
def test_answers_letters_as_often_as_stated_and_no_sooner_than_the_post(turn: int, wanted: float) -> None:
    rng, chances = Random(4), AS_IT_IS.chances()
    days = [model.letter_answer(chances, turn, rng) for _ in range(MANY)]
    assert share([day is not None for day in days]) == near(wanted)
    assert min(day for day in days if day is not None) == model.POST_TAKES


def test_speaks_with_so_many_in_four_calls_of_whom_so_many_answer() -> None:
    rng, chances = Random(5), AS_IT_IS.chances()
    ends = []
    for _ in range(MANY):
        calls = (model.call_answer(chances, rng) for _ in range(AS_IT_IS.calls))
        ends.append(next((answers for spoken, answers in calls if spoken), None))
    assert share([end is not None for end in ends]) == near(0.45)
    assert share([bool(end) for end in ends if end is not None]) == near(0.30)


def test_meets_so_many_at_an_occasion_of_whom_so_many_answer() -> None:
    rng, chances = Random(6), AS_IT_IS.chances()
    ends = [model.occasion_answer(chances, rng) for _ in range(MANY)]
    assert share([met for met, _ in ends]) == near(0.08)
    assert share([answers for met, answers in ends if met]) == pytest.approx(0.60, abs=0.04)


def test_answers_half_within_two_days_and_nearly_all_within_ten() -> None:
    rng, chances = Random(7), AS_IT_IS.chances()
    days = [day for _ in range(MANY) if (day := model.mail_answer(chances, 0, rng)) is not None]
    assert share([day <= 1 for day in days]) == pytest.approx(model.answered_within(1), abs=0.02)
    assert model.answered_within(1) == pytest.approx(0.5, abs=0.02)
    assert 0.95 < model.answered_within(10) < 1
    assert model.answered_within(30) == 1
    assert model.answered_within(2, posted=True) == 0
    assert model.answered_within(-1) == 0


@pytest.mark.parametrize("scale", [0.5, 1.5])
def test_scales_every_rate_and_nothing_of_what_they_have(scale: float) -> None:
    scaled = Behaviour(scale=scale).chances()
    assert scaled.mail == pytest.approx([scale * rate for rate in AS_IT_IS.mail])
    assert scaled.letter == pytest.approx([scale * rate for rate in AS_IT_IS.letter])
    assert (1 - scaled.spoken) ** 4 == pytest.approx(1 - scale * 0.45)
    assert (scaled.spoken_yes, scaled.meets, scaled.meets_yes) == pytest.approx(
        (scale * 0.3, scale * 0.08, scale * 0.6)
    )
    assert Behaviour(scale=scale).people(Random(8), 50) == AS_IT_IS.people(Random(8), 50)


def test_multiplies_the_odds_by_the_willingness() -> None:
    twice = AS_IT_IS.chances(2.0)
    assert twice.mail[0] / (1 - twice.mail[0]) == pytest.approx(2 * 0.25 / 0.75)
    assert (twice.spoken, twice.meets) == (AS_IT_IS.chances().spoken, 0.08)  # nobody is easier to find


def test_draws_the_willingness_around_one() -> None:
    rng = Random(9)
    drawn = sorted(AS_IT_IS.willingness(rng) for _ in range(MANY))
    assert drawn[MANY // 2] == pytest.approx(1, abs=0.02)
    assert drawn[int(MANY * 0.8413)] == pytest.approx(2.71828**0.3, abs=0.03)  # one σ


def test_takes_no_scale_that_is_no_rate() -> None:
    with pytest.raises(ValueError, match="scale"):
        Behaviour(scale=0)
