"""Which step of the plan reaches whom, and when: drawn for everybody before anything is sent.

Takes   the questionnaire, its plan, the people as the register knows them, a calendar.
Gives   for each person and step a moment in UTC, or the key of a reason why not; each move with its reasons.
Fails   never.

Pure: the same people on the same calendar give the same plan. The rules are those of `surveys.rules`, which are asked
again on the day itself; a step that a rule has moved pushes the steps after it, never the other way round.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from mailer.content.channel_plan.model import Channel, ChannelPlan, Step, Whom
from mailer.content.questionnaires.model import Questionnaire
from mailer.surveys.plan.rules import (
    CONDITIONAL,
    Asked,
    Calendar,
    Person,
    allowed,
    is_missed,
    last_day,
    next_allowed,
    not_now,
    past_quiet_days,
    step_day,
    why_never,
)

__all__ = ["Asked", "Calendar", "Drawn", "Line", "Person", "allowed", "draw", "each", "is_missed", "next_allowed"]


@dataclass(frozen=True, slots=True)
class Line:
    """One step for one person. `moment` None: she does not get it, and `reason` says why (a key of REASONS).

    `drawn`: when it would be by its own day and hour; another than `moment`: it was moved, and `moved` has the keys of
    all reasons. `until`: the end of a telephone round. `if_needed`: the day itself decides, by what has happened by
    then (a letter if her mail came back, thanks if she has answered); it moves no other step.
    """

    step: str
    channel: Channel
    moment: datetime | None
    reason: str = ""
    drawn: datetime | None = None
    moved: tuple[str, ...] = ()
    until: datetime | None = None
    if_needed: bool = False


@dataclass(frozen=True, slots=True)
class Drawn:
    """The plan, drawn. Persons in the order they were given; those who stand alike share one tuple of lines."""

    steps: tuple[Step, ...]
    people: tuple[tuple[Person, tuple[Line, ...]], ...]


def draw(questionnaire: Questionnaire, plan: ChannelPlan, people: Iterable[Person], calendar: Calendar) -> Drawn:
    """Every step for every person. The days are the questionnaire's, the limits the plan's."""
    calendar = replace(calendar, opens=questionnaire.opens, closes=questionnaire.closes, limits=plan.limits)
    return Drawn(plan.steps, tuple(each(plan, people, calendar)))


def each(plan: ChannelPlan, people: Iterable[Person], calendar: Calendar) -> Iterator[tuple[Person, tuple[Line, ...]]]:
    """The lines of one person after the other: a hundred thousand of them need no memory of their own."""
    in_order = sorted(plan.steps, key=lambda step: own_moment(step, calendar))
    firsts = _firsts(in_order)
    known: dict[Person, tuple[Line, ...]] = {}
    for person in people:
        alike = replace(person, contact=0, invitation=0, language="sv")
        if alike not in known:
            by_step = {line.step: line for line in _lines(person, in_order, firsts, calendar)}
            known[alike] = tuple(by_step[step.key] for step in plan.steps)
        yield person, known[alike]


def own_moment(step: Step, calendar: Calendar) -> datetime:
    """When the step is by the plan's words alone; of one in V Aktuellt, when the issue that suits it goes."""
    moment = calendar.at(step_day(step, calendar), step.at)
    return _issue(step, moment, calendar) or moment if step.channel is Channel.ISSUE else moment


def likely_moment(step: Step, calendar: Calendar) -> datetime:
    """When the step is before anybody is drawn up: its own moment, past the days on which nobody is asked."""
    moment = own_moment(step, calendar)
    is_asked = step.is_ask and step.channel not in (Channel.ISSUE, Channel.IN_PERSON)
    return past_quiet_days(step, moment, calendar) if is_asked else moment


def _issue(step: Step, moment: datetime, calendar: Calendar) -> datetime | None:
    """Before the opening the issue that is nearest to the day, and never one after it; else the first from the day on:
    what is told may not come before it is true."""
    day, issues = calendar.day_of(moment), calendar.issues
    if day < calendar.opens:
        before = [issue for issue in issues if calendar.day_of(issue) < calendar.opens]
        return min(before, key=lambda issue: abs(issue - moment), default=None)
    return min((issue for issue in issues if calendar.day_of(issue) >= day), default=None)


def _firsts(in_order: list[Step]) -> set[str]:
    """The steps that tell somebody of the survey for the first time: who comes in later gets hers when she comes."""
    found: dict[Channel, str] = {}
    for step in in_order:
        if step.is_ask and step.whom not in CONDITIONAL and step.channel in (Channel.EMAIL, Channel.LETTER):
            found.setdefault(step.channel, step.key)
    return set(found.values())


def _lines(person: Person, in_order: list[Step], firsts: set[str], calendar: Calendar) -> Iterator[Line]:
    asks = list(person.asks)
    for step in in_order:
        line = _line(person, step, asks, step.key in firsts, calendar)
        if line.moment and not line.if_needed and step.channel not in (Channel.ISSUE, Channel.IN_PERSON):
            asks.append(Asked(line.moment, step.channel, step.key, is_ask=step.is_ask))
        yield line


def _line(person: Person, step: Step, asks: list[Asked], is_first: bool, calendar: Calendar) -> Line:
    own = own_moment(step, calendar)
    if step.whom in CONDITIONAL:
        person, asks = _supposing(person, step, asks)
    if never := why_never(person, step, asks, calendar.limits):
        return Line(step.key, step.channel, None, never, own)
    if step.channel is Channel.ISSUE and own not in calendar.issues:
        return Line(step.key, step.channel, None, "no_issue", own)
    start, why_late = _start(person, own, step, calendar)
    if why_late and not is_first:
        return Line(step.key, step.channel, None, why_late, own)
    moment, moved = next_allowed(person, step, start, asks, calendar)
    moved = (why_late, *moved) if why_late else moved
    if moment is None:
        return Line(step.key, step.channel, None, moved[-1], own, moved[:-1])
    until = _end(step, moment, calendar) if step.until is not None else None
    return Line(step.key, step.channel, moment, "", own, moved, until, step.whom in CONDITIONAL)


def _end(step: Step, first: datetime, calendar: Calendar) -> datetime:
    """The end of a round: of the last evening on which somebody may be called."""
    day, begin = last_day(step, calendar), calendar.limits.call_earliest
    while calendar.at(day, begin) > first and not_now(step, calendar.at(day, begin), (), calendar):
        day -= timedelta(1)
    return calendar.at(day, calendar.limits.call_latest)


def _supposing(person: Person, step: Step, asks: list[Asked]) -> tuple[Person, list[Asked]]:
    """The person if what the step waits for has happened. Where mail has failed, none of what was to come has come."""
    if step.whom is Whom.ANSWERED:
        return (replace(person, state="answered") if person.state in ("invited", "begun") else person), asks
    if person.why_not(Channel.EMAIL) is None:
        had = [ask for ask in asks if ask in person.asks or ask.channel != Channel.EMAIL]
        return replace(person, no_email="bad_address"), had
    return person, asks


def _start(person: Person, own: datetime, step: Step, calendar: Calendar) -> tuple[datetime, str]:
    """From when the step can be, and why that is later than its own moment: she came in after it, or it is past."""
    begin = own
    if step.until is not None:  # a round is begun whenever it is on
        end = calendar.at(last_day(step, calendar), calendar.limits.call_latest)
        later = max((m for m in (person.since, calendar.now) if m), default=own)
        return (max(own, later), "") if later < end else (own, "day_gone")
    why = ""
    if person.since and person.since > begin:
        # Not the same hour: whoever has just come in has her welcome first.
        begin, why = person.since + timedelta(days=1), "joined_later"
    if calendar.now and calendar.now > begin:
        begin, why = calendar.now, why or "day_gone"
    return begin, why
