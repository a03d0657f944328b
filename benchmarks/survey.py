"""Whether the plan gets a branch to its goal, and whether the projection knows where it will end.

    .venv/bin/python benchmarks/survey.py [--branches 1000] [--seed 1] [--plan default|example]

Branches of 400 that behave as mailer/demo/behaviour.py says. The plan is the product's own, drawn by the product's
drawing, each step asked again on its day by the product's rules; calls are made on two evenings a week by as many
callers as the plan counts on, to those the product's queue leaves open. Beside it, with the same people: nothing but
the e-mails of the plan, and the habit of others, an invitation and three e-mail reminders after 3, 7 and 14 days.

The projection is given what mailer/surveys/goal/counts.py counts, and nothing of the branch. It is asked on days 30, 60
and 120 of each branch, in the world its usual rates are of, and in worlds where all rates are half or one and a half
times as high and the branches differ twice as much. JSON last.
"""

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from heapq import heapify, heappop, heappush
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from mailer.content.channel_plan.defaults import default_plan  # noqa: E402
from mailer.content.channel_plan.model import Channel, ChannelPlan, Step, Whom  # noqa: E402
from mailer.content.questionnaires.model import Questionnaire, Words  # noqa: E402
from mailer.demo import behaviour as model  # noqa: E402
from mailer.demo.behaviour import BOUNCES, EMAIL, PHONE, POSTAL, Behaviour, Chances  # noqa: E402
from mailer.surveys.field import queue  # noqa: E402
from mailer.surveys.field.queue import Candidate  # noqa: E402
from mailer.surveys.goal import counts as counting  # noqa: E402
from mailer.surveys.goal.counts import Ask, Calls, Counts, Ended, Silent  # noqa: E402
from mailer.surveys.goal.model import Projection  # noqa: E402
from mailer.surveys.goal.projection import project  # noqa: E402
from mailer.surveys.goal.untouched import why_nobody  # noqa: E402
from mailer.surveys.plan.asking import Due, Verdict, verdict  # noqa: E402
from mailer.surveys.plan.costs import EVENING_H  # noqa: E402
from mailer.surveys.plan.drawing import Line, draw  # noqa: E402
from mailer.surveys.plan.rules import Asked, Calendar, Person, last_day, not_now, step_day  # noqa: E402

SIZE, GOAL = 400, 50
DAYS = (30, 60, 120)
ZONE = ZoneInfo("Europe/Stockholm")
OPENS, CLOSES = date(2024, 1, 30), date(2024, 6, 30)  # the first half-year
ISSUES = tuple(datetime(2024, month, 5, 9, tzinfo=ZONE).astimezone(UTC) for month in range(1, 9))
QUESTIONS = Questionnaire(
    "enkat", "content/enkater/enkat.md", "", Words("Medlemsenkät", "Member survey"), Words(""), OPENS, CLOSES,
    date(2024, 1, 15), GOAL, "medlemmar", "", Words("Anna Ek och Bo Dal"), 4, (),
)  # fmt: skip
EVENINGS = ((0, (17, 15)), (3, (18, 30)), (0, (18, 45)), (3, (17, 15)))  # weekday and hour, in turn
WRONG = (0.5, 1.5)
WRONG_SIGMA = 0.6


@dataclass(slots=True)
class Member:
    """One invented member, and what has become of her."""

    bits: int
    lines: tuple[Line, ...]
    person: Person
    had: list[Ask] = field(default_factory=list)
    calls: list[datetime] = field(default_factory=list)
    answers_on: int | None = None  # a day that may lie ahead: she has made up her mind
    by_telephone: bool = False
    spoken_on: int | None = None
    sent: int = 0  # mails, letters, calls
    is_contacted: bool = False


class Setting:
    """One plan on its calendar: what does not differ from branch to branch."""

    def __init__(self, plan: ChannelPlan) -> None:
        self.plan = plan
        self.steps = {step.key: step for step in plan.steps}
        self.calendar = Calendar(ZONE, OPENS, CLOSES, plan.limits, ISSUES)
        self.occasions = sorted(
            self.day(self.calendar.at(step_day(step, self.calendar), step.at))
            for step in plan.steps
            if step.channel is Channel.IN_PERSON
        )
        self.rounds = [step for step in plan.steps if step.channel is Channel.TELEPHONE]
        self.evenings = list(self._evenings())
        self.capacity = round(plan.costs.callers * EVENING_H * 60 / plan.costs.minutes_per_call)
        self.verdicts: dict[Any, Verdict] = {}
        self.whys: dict[Any, str | None] = {}

    def day(self, moment: datetime) -> int:
        return (self.calendar.day_of(moment) - OPENS).days

    def _evenings(self) -> Iterable[datetime]:
        turn = 0
        for step in self.rounds:
            day, last = step_day(step, self.calendar), last_day(step, self.calendar)
            while day <= last:
                weekday, hour = EVENINGS[turn % len(EVENINGS)]
                if day.weekday() == weekday:
                    moment = datetime(day.year, day.month, day.day, *hour, tzinfo=ZONE).astimezone(UTC)
                    turn += 1
                    if not_now(step, moment, (), self.calendar) is None:
                        yield moment
                day += timedelta(1)

    def said(self, step: Step, person: Person, moment: datetime) -> Verdict:
        """The product's verdict, asked once for all who stand alike."""
        key = (step.key, person, moment)
        if key not in self.verdicts:
            due = Due(0, 0, step.key, moment, False)
            self.verdicts[key] = verdict(step, person, due, self.calendar, moment)
        return self.verdicts[key]

    def may_call(self, member: Member, now: datetime) -> bool:
        key = (tuple(member.calls), member.person.asks[-1:], now)
        if key not in self.whys:
            one = Candidate(0, 0, "", now, tuple(member.calls), ("no_answer",) * len(member.calls))
            step = self.rounds[0]
            self.whys[key] = queue.why_not(one, self.calendar, now) or not_now(
                step, now, member.person.asks[-1:], self.calendar
            )
        return self.whys[key] is None


def played(setting: Setting, people: Sequence[int], chances: Chances, rng: random.Random) -> list[Member]:
    """One branch from the opening to the closing."""
    members = drawn(setting, people)
    happens = [(evening, 1, 0, "") for evening in setting.evenings]
    for n, member in enumerate(members):
        for line in member.lines:
            happens.append((line.moment, 0, n, line.step))  # type: ignore[arg-type]  # those without one are left out
    for step in setting.plan.steps:
        if step.channel is Channel.IN_PERSON:
            happens.append((setting.calendar.at(step_day(step, setting.calendar), step.at), 2, 0, step.key))
    heapify(happens)
    while happens:
        now, sort, n, key = heappop(happens)
        if sort == 0:
            if moved := asked(setting, members[n], setting.steps[key], now, chances, rng):
                heappush(happens, (moved, 0, n, key))
        elif sort == 1:
            evening(setting, members, now, chances, rng)
        else:
            occasion(setting, members, now, chances, rng)
    return members


def drawn(setting: Setting, people: Sequence[int]) -> list[Member]:
    """The plan as it is drawn before anything is sent: nobody knows yet whose address bounces."""
    persons = [
        Person(
            n, no_email="" if bits & EMAIL else "no_address", has_post=bool(bits & POSTAL), has_phone=bool(bits & PHONE)
        )
        for n, bits in enumerate(people)
    ]
    found = draw(QUESTIONS, setting.plan, persons, setting.calendar).people
    return [
        Member(bits, tuple(line for line in lines if is_asking(setting, line)), replace(person, contact=0))
        for bits, (person, lines) in zip(people, found, strict=True)
    ]


def is_asking(setting: Setting, line: Line) -> bool:
    return (
        line.moment is not None
        and line.channel in (Channel.EMAIL, Channel.LETTER)
        and setting.steps[line.step].is_ask
    )  # fmt: skip


def asked(
    setting: Setting, member: Member, step: Step, now: datetime, chances: Chances, rng: random.Random
) -> datetime | None:
    """One mail or letter of the plan, if the rules still say so; the moment it is moved to."""
    day = setting.day(now)
    if has_answered(member, day):
        return None
    said = setting.said(step, member.person, now)
    if said.event == "move":
        return said.moment
    if said.event not in ("ask", "open"):
        return None
    member.sent += 1
    bounces = step.channel is Channel.EMAIL and bool(member.bits & BOUNCES)
    ask = Asked(now, step.channel, step.key, is_ask=not bounces)
    stops = (*member.person.stops, (Channel.EMAIL, "hard_bounce")) if bounces else member.person.stops
    member.person = replace(member.person, asks=(*member.person.asks, ask), stops=stops)
    if bounces:
        return None
    turn = sum(one.channel == step.channel for one in member.had)
    member.had.append(Ask(day, step.channel, turn))
    member.is_contacted = True
    if member.answers_on is None:
        draws = model.mail_answer if step.channel is Channel.EMAIL else model.letter_answer
        after = draws(chances, turn, rng)
        member.answers_on = None if after is None else day + after
    return None


def evening(setting: Setting, members: Sequence[Member], now: datetime, chances: Chances, rng: random.Random) -> None:
    """The callers call those whom the queue leaves open, the least called first, as many as they have time for."""
    day, step = setting.day(now), setting.rounds[0]
    open_to = [m for m in members if m.bits & PHONE and m.spoken_on is None and not has_answered(m, day)]
    to_call = [m for m in open_to if setting.may_call(m, now)]
    for member in sorted(to_call, key=lambda one: len(one.calls))[: setting.capacity]:
        member.sent += 1
        member.calls.append(now)
        ask = Asked(now, Channel.TELEPHONE, step.key)
        member.person = replace(member.person, asks=(*member.person.asks, ask))
        spoken, answers = model.call_answer(chances, rng)
        if spoken:
            member.spoken_on, member.is_contacted = day, True
            if answers and member.answers_on is None:
                member.answers_on, member.by_telephone = day, True


def occasion(setting: Setting, members: Sequence[Member], now: datetime, chances: Chances, rng: random.Random) -> None:
    """An hour on the square: whoever is silent may come by."""
    day = setting.day(now)
    for member in members:
        if member.answers_on is None:
            _, answers = model.occasion_answer(chances, rng)
            if answers:
                member.answers_on, member.is_contacted = day, True


def has_answered(member: Member, day: int) -> bool:
    """Whether the answer is in before what happens on that day: mails go in the morning, calls are made at night."""
    return member.answers_on is not None and member.answers_on < day


def counted(setting: Setting, members: Sequence[Member], day: int) -> Counts:
    """What the product would count when the day is over."""
    ones = [as_she_stands(setting, member, day) for member in members]
    silent, ended = counting.tally(ones)
    spoken = [m for m in members if m.spoken_on is not None and m.spoken_on <= day]
    return Counts(
        OPENS, CLOSES, OPENS + timedelta(day), len(members),
        sum(m.answers_on is not None and m.answers_on <= day for m in members), GOAL, silent, ended,
        Calls(
            sum(setting.day(call) <= day for m in members for call in m.calls),
            len(spoken), sum(m.by_telephone for m in spoken),
        ),
        setting.plan.limits.calls,
    )  # fmt: skip


def as_she_stands(setting: Setting, member: Member, day: int) -> Silent | Ended:
    """One member at the end of that day, as far as anybody but she knows."""
    answered = member.answers_on if member.answers_on is not None and member.answers_on <= day else None
    until = day if answered is None else answered
    had = [ask for ask in member.had if ask.day <= until]
    had += [Ask(on, Channel.IN_PERSON, n) for n, on in enumerate(setting.occasions) if on <= until]
    had.sort()
    if answered is not None:
        return Ended(tuple(had), answered, not member.by_telephone)
    ahead = [Ask(on, Channel.IN_PERSON, n) for n, on in enumerate(setting.occasions) if on > day]
    ahead += coming(setting, member, day)
    made = sum(setting.day(call) <= day for call in member.calls)
    is_done = member.spoken_on is not None and member.spoken_on <= day
    calls = 0
    if member.bits & PHONE and not is_done and setting.rounds:
        first = setting.day(setting.calendar.at(step_day(setting.rounds[0], setting.calendar), setting.rounds[0].at))
        last = (last_day(setting.rounds[0], setting.calendar) - OPENS).days
        calls = counting.calls_left(made, setting.plan.limits.calls, first, last, day)
    return Silent(tuple(had), tuple(sorted(ahead)), calls)


def coming(setting: Setting, member: Member, day: int) -> Iterable[Ask]:
    """What is left for her of the plan as it was drawn, and as its steps are for her now."""
    turns = Counter(ask.channel for ask in member.had if ask.day <= day)
    has_bounced = bool(member.bits & BOUNCES) and day > 0
    has_email = bool(member.bits & EMAIL) and not has_bounced
    for line in sorted(member.lines, key=lambda one: one.moment):  # type: ignore[arg-type,return-value]
        on = setting.day(line.moment)  # type: ignore[arg-type]
        only_failed = setting.steps[line.step].whom is Whom.EMAIL_FAILED
        if on > day and (has_email if line.channel is Channel.EMAIL else has_bounced or not only_failed):
            yield Ask(on, line.channel, turns[line.channel])
            turns[line.channel] += 1


@dataclass(frozen=True, slots=True)
class Result:
    """One branch with one plan."""

    answered: int
    sent: int
    contacted: int
    reasons: Counter[str]  # of those nobody has contacted
    projected: tuple[Projection | None, ...] = ()  # on DAYS


def result(setting: Setting, members: Sequence[Member], days: Sequence[int] = ()) -> Result:
    last = (CLOSES - OPENS).days
    answered = sum(m.answers_on is not None and m.answers_on <= last for m in members)
    most = setting.plan.limits.calls
    reasons = Counter(why_nobody(m.person, len(m.calls), most, False, True) for m in members if not m.is_contacted)
    projected = [project(counted(setting, members, day)) for day in days]
    return Result(
        answered, sum(m.sent for m in members), sum(m.is_contacted for m in members), reasons,
        tuple(one if isinstance(one, Projection) else None for one in projected),
    )  # fmt: skip


def branches(setting: Setting, world: Behaviour, seed: str, number: int, days: Sequence[int] = ()) -> list[Result]:
    """So many branches; the same seed gives the same people, however they are asked."""
    found = []
    for n in range(number):
        people_of, rng = random.Random(f"{seed}/{n}/people"), random.Random(f"{seed}/{n}")
        people = world.people(people_of, SIZE)
        chances = world.chances(world.willingness(people_of))
        found.append(result(setting, played(setting, people, chances, rng), days))
    return found


def only_mails(plan: ChannelPlan) -> ChannelPlan:
    return replace(plan, steps=tuple(step for step in plan.steps if step.channel is Channel.EMAIL))


def three_reminders(plan: ChannelPlan) -> ChannelPlan:
    """An invitation, and reminders after 3, 7 and 14 days: the habit that field/… calls one, not evidence."""
    steps = (Step(f"mejl-{day}", f"Mejl {day}", Channel.EMAIL, Whom.SILENT, day) for day in (0, 3, 7, 14))
    return replace(plan, steps=tuple(steps))


def coverage(results: Sequence[Result]) -> dict[int, float]:
    """day -> how often the end lay in the interval, of the branches of which something was said."""
    found = {}
    for n, day in enumerate(DAYS):
        hits = []
        for one in results:
            span = one.projected[n].with_plan if one.projected[n] is not None else None
            if span is not None:
                end = 100 * one.answered / SIZE
                hits.append(span.low <= end <= span.high)
        found[day] = round(sum(hits) / len(hits), 3) if hits else 0.0
    return found


def share(parts: Sequence[float]) -> float:
    return round(sum(parts) / len(parts), 4)


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--branches", type=int, default=1000)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    print(json.dumps(measured(chosen.branches, f"seed {chosen.seed}"), ensure_ascii=False))


def measured(number: int, seed: str) -> dict[str, Any]:
    began = time.process_time()
    plan = default_plan(QUESTIONS)
    ours = branches(Setting(plan), Behaviour(), seed, number, DAYS)
    mails = branches(Setting(only_mails(plan)), Behaviour(), seed, number)
    habit = branches(Setting(three_reminders(plan)), Behaviour(), seed, number)
    wrong = {}
    for scale in WRONG:
        world = Behaviour(scale=scale, sigma=WRONG_SIGMA)
        wrong[scale] = branches(Setting(plan), world, seed, number, DAYS)
    by_day = coverage(ours)
    by_day_wrong = {str(scale): coverage(some) for scale, some in wrong.items()}
    extra = sum(o.answered - h.answered for o, h in zip(ours, habit, strict=True))
    reasons = sum((one.reasons for one in ours), Counter[str]())
    named = sum(number for reason, number in reasons.items() if reason)
    return {
        "branches": number, "seed": seed,
        "met": met(ours), "met_email_only": met(mails), "met_three_reminders": met(habit),
        "mean": mean(ours), "mean_email_only": mean(mails), "mean_three_reminders": mean(habit),
        "contacted": round(sum(one.contacted for one in ours) / number / SIZE, 7),
        "unreachable": round(named / number / SIZE, 7), "unreachable_why": dict(reasons),
        "contacts_per_extra_answer": round(
            sum(o.sent - h.sent for o, h in zip(ours, habit, strict=True)) / max(1, extra), 1
        ),
        "coverage80": max(by_day.values(), key=lambda one: abs(one - 0.8)), "coverage80_by_day": by_day,
        "coverage80_wrong_rates": min(one for some in by_day_wrong.values() for one in some.values()),
        "coverage80_wrong_by_day": by_day_wrong,
        "width_by_day": widths(ours), "width_by_day_wrong": {str(k): widths(v) for k, v in wrong.items()},
        "seconds": round(time.process_time() - began, 1),
    }  # fmt: skip


def widths(results: Sequence[Result]) -> dict[int, float]:
    """day -> the mean width of the interval, points."""
    found = {}
    for n, day in enumerate(DAYS):
        spans = [one.projected[n].with_plan for one in results if one.projected[n] is not None]  # type: ignore[union-attr]
        found[day] = round(sum(span.high - span.low for span in spans) / max(1, len(spans)), 1)
    return found


def met(results: Sequence[Result]) -> float:
    return share([100 * one.answered >= GOAL * SIZE for one in results])


def mean(results: Sequence[Result]) -> float:
    return share([one.answered / SIZE for one in results])


if __name__ == "__main__":
    main()
