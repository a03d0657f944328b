"""The house and what a plan costs."""

from dataclasses import replace
from datetime import date

import pytest

from mailer.content.channel_plan.defaults import default_plan
from mailer.content.channel_plan.model import Channel, ChannelPlan, Costs, Limits, Step, Whom
from mailer.content.questionnaires.model import Question, Section, Sort, Words
from mailer.surveys.plan.costs import Span, attempts, cost, form_sheets, grams, postage
from tests.surveys.arranged import AFTER, QUESTIONNAIRE, SIGNED

ASKED = replace(QUESTIONNAIRE, opens=date(2024, 2, 13), closes=date(2024, 6, 30))
OPENLY = replace(ASKED, sections=(SIGNED, AFTER))
FIRST = Step("forst", "Först", Channel.LETTER, Whom.WITHOUT_EMAIL, 0)
FORM = Step("blad", "Blad", Channel.LETTER, Whom.SILENT, 21, with_form=True)
ROUND = Step("ring", "Ring", Channel.TELEPHONE, Whom.SILENT, 35, until=75)


def a_plan(*steps: Step, most: int = 4, **costs: object) -> ChannelPlan:
    return ChannelPlan("", "", steps, Limits(calls=most), replace(Costs(), **costs))


@pytest.mark.parametrize(
    ("weight", "kronor"), [(1, 22.0), (50, 22.0), (50.1, 44.0), (100, 44.0), (100.1, None), (2000, None)]
)
def test_takes_the_postage_of_the_weight(weight: float, kronor: float | None) -> None:
    assert postage(Costs(), weight) == kronor


@pytest.mark.parametrize(
    ("sheets", "with_form", "is_secret", "weight"),
    [(1, False, True, 10), (3, False, False, 20), (3, True, False, 25), (3, True, True, 30)],
)
def test_weighs_an_envelope_with_all_that_is_in_it(
    sheets: int, with_form: bool, is_secret: bool, weight: float
) -> None:
    """A ballot on paper has an envelope of its own inside the reply envelope."""
    assert grams(Costs(), sheets, with_form, is_secret) == weight


def test_reckons_a_letter_before_anybody_can_have_answered_to_the_krona() -> None:
    found = cost(OPENLY, a_plan(FIRST), {"forst": 63})
    assert found.kronor == Span(63 * 23, 63 * 23)  # stamp and one sheet
    assert found.letters == Span(63, 63)


def test_reckons_fewer_letters_when_many_have_answered_and_pays_for_their_replies() -> None:
    mail = Step("m", "m", Channel.EMAIL, Whom.WITH_EMAIL, 0)
    found = cost(OPENLY, a_plan(mail, FORM), {"m": 100, "blad": 100})
    assert found.letters == Span(75, 92)
    assert found.steps[0].grams == 20  # the letter, the form, two envelopes
    assert found.steps[0].each_kr == 22 + 2 + 22  # the stamp, two sheets, the stamp on the reply envelope
    assert found.kronor == Span(75 * 46, 92 * 46)


def test_counts_only_the_mail_that_may_come_back() -> None:
    instead = Step("i", "i", Channel.LETTER, Whom.EMAIL_FAILED, 14)
    assert cost(OPENLY, a_plan(instead), {"i": 200}).letters == Span(2, 10)


@pytest.mark.parametrize(("most", "picks_up", "calls"), [(1, 0.3, 1), (4, 1.0, 1), (2, 0.5, 1.5), (4, 0.3, 2.533)])
def test_calls_until_somebody_answers_and_not_oftener_than_the_plan_allows(
    most: int, picks_up: float, calls: float
) -> None:
    assert attempts(most, picks_up) == pytest.approx(calls)


def test_turns_calls_into_hours_and_evenings() -> None:
    found = cost(OPENLY, a_plan(ROUND, most=1, minutes_per_call=6, callers=2), {"ring": 120})
    assert found.calls == Span(120, 120)
    assert found.hours == Span(12, 12)
    assert found.evenings == Span(2, 2)  # two callers, three hours each
    assert found.kronor == Span(0, 0)


@pytest.mark.parametrize(
    ("budget", "over"),
    [(None, Span(0, 0)), (4300, Span(0, 0)), (4000, Span(0, 232)), (3000, Span(450, 1232))],
)
def test_measures_itself_against_the_budget(budget: int | None, over: Span) -> None:
    mail = Step("m", "m", Channel.EMAIL, Whom.WITH_EMAIL, 0)
    assert cost(OPENLY, a_plan(mail, FORM, budget_kr=budget), {"m": 100, "blad": 100}).over_kr == over


def test_says_that_a_letter_is_heavier_than_the_table_of_postage() -> None:
    found = cost(OPENLY, a_plan(FORM, sheet_g=60.0), {"blad": 10})
    assert found.steps[0].each_kr is None


def test_takes_more_sheets_for_more_questions() -> None:
    text = Question("t", Sort.TEXT, Words("Skriv?"), 1, most=1000)
    many = tuple(replace(text, key=f"t{n}") for n in range(20))
    long = replace(ASKED, sections=(Section("s", SIGNED.part, Words("S"), Words(""), many),))
    assert form_sheets(OPENLY) == 1
    assert form_sheets(ASKED) == 2  # a ballot is a sheet of its own
    assert form_sheets(long) == 4


def test_puts_a_price_on_the_default_plan() -> None:
    plan = default_plan(ASKED)
    counts = {"inbjudan-med-brev": 63, "brev-i-stallet-for-mejl": 337, "brev-med-svarskod": 337,
              "frageblad-med-posten": 400, "ringrunda": 329}  # fmt: skip
    found = cost(ASKED, plan, counts)
    assert [one.step for one in found.steps] == list(counts)
    assert 0 < found.kronor.low < found.kronor.high
    assert 0 < found.hours.low < found.hours.high
