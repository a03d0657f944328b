"""survey goal: how far it is to the goal, where it will end, and what there is to do.

Takes   the opened house, which survey.
Gives   a Goal, which the lines, the page, the block and the files are made of; no names.
Fails   EditorError when there is no such survey.

When the tracks of people are erased, it is read from the figures that were kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import Connection, func, select

from mailer import words
from mailer.content.channel_plan.model import Channel, Step
from mailer.errors import EditorError
from mailer.house import House
from mailer.register.lists import read_segments
from mailer.register.segment import Segment
from mailer.surveys import kept as kept_figures
from mailer.surveys.following import tasks
from mailer.surveys.goal.charts import Wave
from mailer.surveys.goal.counts import counts
from mailer.surveys.goal.model import Bar, OnPath, Projection, Standing, TooEarly
from mailer.surveys.goal.projection import path, project
from mailer.surveys.goal.sentence import sentence
from mailer.surveys.goal.standing import standing
from mailer.surveys.plan.drawing import likely_moment
from mailer.surveys.posting import letter_rows
from mailer.surveys.states import Ask, Survey
from mailer.surveys.store import Surveyed, is_frozen
from mailer.surveys.tables import asks, invitations
from mailer.verbs.surveys import tell
from mailer.verbs.surveys.days import calendar_of
from mailer.verbs.surveys.kept import kept

CHANNELS = {
    Channel.ISSUE: "i V Aktuellt",
    Channel.EMAIL: "mejl",
    Channel.LETTER: "brev",
    Channel.TELEPHONE: "samtal",
    Channel.IN_PERSON: "på plats",
}
OVER = TooEarly("over")


@dataclass(frozen=True, slots=True)
class Coming:
    """A step of the plan that is ahead."""

    name: str
    channel: Channel
    day: date  # the first of it
    number: int | None  # of people, as things stand; None: everybody may come

    @property
    def is_for_people(self) -> bool:
        """Whether people have to do it; else the house does."""
        return self.channel in (Channel.LETTER, Channel.TELEPHONE, Channel.IN_PERSON)


@dataclass(frozen=True, slots=True)
class Goal:
    """All that there is to tell of a survey on one day."""

    survey: Surveyed
    standing: Standing
    end: Projection | TooEarly
    sentence: str
    waves: tuple[Wave, ...]
    coming: tuple[Coming, ...]
    work: tuple[tell.Work, ...]
    is_counting: bool  # whether the members are drawn up: before that there is nobody to count
    followed: tuple[int, int] = (0, 0)  # want to be active and wait to hear from us; of them, too long
    is_erased: bool = False
    is_over: bool = False
    path: tuple[OnPath, ...] = ()  # the way to the end, week by week
    printed: Mapping[str, int] = field(default_factory=dict)  # step -> for how many its letter lies printed

    @property
    def goes_on(self) -> bool:
        """Whether anybody can answer yet, and be asked."""
        return self.survey.state == Survey.APPROVED and not self.is_over

    @property
    def wanted(self) -> int:
        """Answers that the goal is."""
        return -(-self.standing.whole.of * self.standing.goal // 100)

    @property
    def missing(self) -> int:
        """Answers to the goal."""
        return max(0, self.wanted - self.standing.whole.answered)


def goal(house: House, key: str) -> Goal:
    """How the survey of that name stands today."""
    return look(house, kept(house, key))


def look(house: House, survey: Surveyed) -> Goal:
    """The same of a survey that is found already."""
    groups = _groups(house)
    return house.db.read(lambda c: _look(house, c, survey, groups))


def _look(house: House, connection: Connection, survey: Surveyed, groups: Sequence[Segment]) -> Goal:
    today, asked = house.here().date(), survey.questionnaire
    calendar = calendar_of(house, connection, asked, survey.plan)
    days = {step.key: calendar.day_of(likely_moment(step, calendar)) for step in survey.plan.steps}
    asking = [step for step in survey.plan.steps if step.is_ask and step.channel is not Channel.ISSUE]
    waves = tuple(Wave(days[step.key], step.name, CHANNELS[step.channel]) for step in asking)
    is_over = today > asked.closes or survey.state in (Survey.COUNTED, Survey.WITHDRAWN)
    if (was := kept_figures.read(connection, survey.number)) is not None:
        stood = was.standing or _nobody(survey, today)
        told = sentence(OVER, stood) if was.standing else ""
        followed = (was.followed.open, was.followed.late)
        return Goal(survey, stood, OVER, told, waves, (), (), bool(was.standing), followed, True, True)
    stands = standing(connection, survey, house.zone, today, groups)
    counting = is_frozen(connection, survey.number)
    if not counting:
        ahead = () if is_over else _planned(asking, days, today)
        return Goal(survey, _nobody(survey, today), OVER, "", waves, ahead, (), False, is_over=is_over)
    counted = None if is_over else counts(connection, survey, house.zone, today)
    end = OVER if counted is None else project(counted)
    coming = () if is_over else _coming(house, connection, survey, days)
    work = () if is_over else tuple(tell.to_do(house, connection, survey))
    waiting = tasks.count(connection, survey.number, today)
    return Goal(
        survey, stands, end, sentence(end, stands), waves, coming, work, True, (waiting.open, waiting.late),
        is_over=is_over, path=() if counted is None else path(counted),
        printed=letter_rows.on_table(connection, survey),
    )  # fmt: skip


def _nobody(survey: Surveyed, today: date) -> Standing:
    """Before the members are drawn up."""
    return Standing(today, Bar(0, 0, 0, 0), survey.questionnaire.goal, (), (), (), 0, (), ())


def _groups(house: House) -> tuple[Segment, ...]:
    """The home's own groups. While their file is wrong there are none: its editor is told of it elsewhere."""
    try:
        return tuple(read_segments(house.lists).values())
    except EditorError:
        return ()


def _planned(steps: Sequence[Step], days: Mapping[str, date], today: date) -> tuple[Coming, ...]:
    """Before the members are drawn up: what the plan says."""
    ahead = [Coming(step.name, step.channel, days[step.key], None) for step in steps if days[step.key] >= today]
    return tuple(sorted(ahead, key=lambda one: one.day))


def _coming(house: House, connection: Connection, survey: Surveyed, days: Mapping[str, date]) -> tuple[Coming, ...]:
    """What is planned after this moment, step by step, and the days on which everybody may come."""
    a, i, now = asks.c, invitations.c, house.clock.now()
    query = (
        select(a.step, func.min(a.planned_for), func.count())
        .join(invitations, i.id == a.invitation_id)
        .where(i.survey_id == survey.number, a.state == Ask.PLANNED, a.planned_for > now)
        .group_by(a.step)
    )
    ahead = {step: (first.astimezone(house.zone).date(), number) for step, first, number in connection.execute(query)}
    found = []
    for step in survey.plan.steps:
        if step.key in ahead and step.is_ask:
            day, number = ahead[step.key]
            found.append(Coming(step.name, step.channel, day, number))
        elif step.channel is Channel.IN_PERSON and days[step.key] > house.here().date():
            found.append(Coming(step.name, step.channel, days[step.key], None))
    return tuple(sorted(found, key=lambda one: one.day))


def left(day: date, today: date) -> str:
    """”i dag”, ”i morgon”, ”om 12 dagar”."""
    days = (day - today) // timedelta(days=1)
    return {0: "i dag", 1: "i morgon"}.get(days, f"om {words.number(days)} dagar")
