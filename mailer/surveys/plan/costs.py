"""What a plan costs: kronor, grams per envelope, calls and evening hours, against its budget.

Takes   the plan and its questions; how many the drawn plan has for each step.
Gives   a StepCost for each step with letters or calls, and their sum, each from a low to a high figure.
Fails   never.

How many are left to write to depends on how many will have answered by then, and nobody knows that. The two ends are
assumptions, from what others have seen: in a cohort of 11,100 people a quarter answered the first e-mail, and each
later contact brought 9–20 % of all (Connect, 2024); in the worst of surveys hardly one in twelve.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from mailer.content.channel_plan.days import step_day
from mailer.content.channel_plan.model import Channel, ChannelPlan, Costs, Step, Whom
from mailer.content.questionnaires.model import Questionnaire
from mailer.languages import LANGUAGES

# Of those who have not answered, how many do so after one more ask: if it goes well, and if it goes badly.
FIRST_WELL, LATER_WELL, BADLY = 0.25, 0.15, 0.08
FAILED_WELL, FAILED_BADLY = 0.01, 0.05  # of the e-mails, how many come back or are declined
PICK_UP_WELL, PICK_UP_BADLY = 0.6, 0.3  # of the calls, how many are answered
EVENING_H = 3.0  # one caller's evening


@dataclass(frozen=True, slots=True)
class Span:
    """From a low figure to a high one."""

    low: float
    high: float

    def __add__(self, other: "Span") -> "Span":
        return Span(self.low + other.low, self.high + other.high)

    def times(self, factor: float) -> "Span":
        return Span(self.low * factor, self.high * factor)


NOTHING = Span(0, 0)


@dataclass(frozen=True, slots=True)
class StepCost:
    """One step with letters or calls. `grams` and `each_kr` are of one letter; `each_kr` None: heavier than the table
    of postage goes. `hours`: of callers, together."""

    step: str
    people: Span
    grams: float = 0
    each_kr: float | None = 0
    kronor: Span = NOTHING
    calls: Span = NOTHING
    hours: Span = NOTHING


@dataclass(frozen=True, slots=True)
class PlanCost:
    """All of it."""

    steps: tuple[StepCost, ...]
    kronor: Span
    letters: Span
    calls: Span
    hours: Span
    evenings: Span  # with as many callers as the plan says, each for EVENING_H
    budget_kr: int | None

    @property
    def over_kr(self) -> Span:
        """By how much it is over the budget; 0 where it is not, or there is none."""
        if self.budget_kr is None:
            return NOTHING
        return Span(max(0, self.kronor.low - self.budget_kr), max(0, self.kronor.high - self.budget_kr))


def cost(questionnaire: Questionnaire, plan: ChannelPlan, counts: Mapping[str, int]) -> PlanCost:
    """What the plan costs. `counts`: step -> how many it was drawn for, before anybody has answered; of a step that
    the day itself decides, how many it might be for."""
    steps = [_one(step, plan, questionnaire, counts.get(step.key, 0)) for step in plan.steps]
    found = tuple(one for one in steps if one is not None)
    calls, hours = _sum([one.calls for one in found]), _sum([one.hours for one in found])
    return PlanCost(
        steps=found,
        kronor=_sum([one.kronor for one in found]),
        letters=_sum([one.people for one in found if one.grams]),
        calls=calls,
        hours=hours,
        evenings=hours.times(1 / (plan.costs.callers * EVENING_H)),
        budget_kr=plan.costs.budget_kr,
    )


def grams(costs: Costs, sheets: int, with_form: bool, is_secret: bool) -> float:
    """One letter: the envelope, its sheets; with a form the reply envelope, and one inside it for a ballot."""
    more = costs.reply_envelope_g * (2 if is_secret else 1) if with_form else 0
    return costs.envelope_g + sheets * costs.sheet_g + more


def postage(costs: Costs, weight: float) -> float | None:
    """Kronor for a letter of so many grams; None when it is heavier than the table."""
    return next((kronor for most, kronor in costs.stamp_kr if weight <= most), None)


@lru_cache(maxsize=16)
def form_sheets(questionnaire: Questionnaire) -> int:
    """How many sheets the paper form takes, printed on both sides: of the longer language."""
    from mailer.letters.form import PaperForm  # here, so that a program that prints nothing loads no typefaces

    form = PaperForm(questionnaire)
    return max(form.sheets(language) for language in LANGUAGES)


def attempts(most: int, picks_up: float) -> float:
    """Calls to one person, on average, when she is called until she answers and at most so many times."""
    return sum((1 - picks_up) ** n for n in range(most))


def _one(step: Step, plan: ChannelPlan, questionnaire: Questionnaire, count: int) -> StepCost | None:
    if step.channel not in (Channel.LETTER, Channel.TELEPHONE) or not step.is_ask:
        return None
    people = _left(step, plan.steps, questionnaire.opens, questionnaire.closes, count)
    if step.channel is Channel.TELEPHONE:
        most = plan.limits.calls
        calls = Span(people.low * attempts(most, PICK_UP_WELL), people.high * attempts(most, PICK_UP_BADLY))
        return StepCost(step.key, people, calls=calls, hours=calls.times(plan.costs.minutes_per_call / 60))
    costs, sheets = plan.costs, 1 + (form_sheets(questionnaire) if step.with_form else 0)
    weight = grams(costs, sheets, step.with_form, questionnaire.is_secret)
    stamp = postage(costs, weight)
    each = None if stamp is None else stamp + sheets * costs.print_kr + (costs.reply_kr if step.with_form else 0)
    return StepCost(step.key, people, weight, each, people.times(each or 0))


def _left(step: Step, steps: Sequence[Step], opens: date, closes: date, count: int) -> Span:
    """How many of so many will not have answered when the step comes."""
    if step.whom is Whom.EMAIL_FAILED:
        return Span(count * FAILED_WELL, count * FAILED_BADLY)
    day = step_day(step, opens, closes)
    # One person is asked by e-mail or by letter: of the two, the one with more asks before this stands for both.
    channels = (Channel.LETTER,) if step.whom is Whom.WITHOUT_EMAIL else (Channel.EMAIL, Channel.LETTER)
    asks = [s for s in steps if s.is_ask and s.whom is not Whom.EMAIL_FAILED and step_day(s, opens, closes) < day]
    before = max(sum(s.channel is channel for s in asks) for channel in channels)
    well = (1 - FIRST_WELL) * (1 - LATER_WELL) ** (before - 1) if before else 1.0
    return Span(count * well, count * (1 - BADLY) ** before)


def _sum(spans: Sequence[Span]) -> Span:
    return sum(spans, start=NOTHING)
