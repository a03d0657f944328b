"""survey plan: who gets what of a survey, when and how, or why not; with all words, and what it costs.

Takes   the opened house and a survey's key.
Gives   a Shown: each step with its days and reasons; its Swedish lines are in plan_words.
Fails   EditorError with all that is wrong in the survey's files.

Nothing is kept and nothing is sent. People are counted one after the other: a hundred thousand take no more memory than
their facts. Names are shown only when asked for, and that somebody looked is written down first.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, select

from mailer.content import new_file
from mailer.content.channel_plan.model import Channel, ChannelPlan, Step
from mailer.content.channel_plan.writing import plan_text
from mailer.content.questionnaires.model import Questionnaire
from mailer.content.questionnaires.place import plan_path_of
from mailer.content.source import where
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.register import store as register
from mailer.register.tables import contacts
from mailer.surveys import store
from mailer.surveys.people import invited, members
from mailer.surveys.plan.costs import PlanCost, cost
from mailer.surveys.plan.drawing import Line, each
from mailer.surveys.plan.rules import Calendar, Person
from mailer.surveys.states import Survey
from mailer.surveys.store import Surveyed
from mailer.verbs.surveys import reading
from mailer.verbs.surveys.days import calendar_of

BUNCH = 500  # names in one question to the database


@dataclass(slots=True)
class Tally:
    """One step: how many get it at which moment, how many do not and why, how many were moved and why."""

    step: Step
    moments: Counter[datetime] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    moved: Counter[str] = field(default_factory=Counter)
    if_needed: int = 0  # of `moments`: those for whom the day itself decides
    until: datetime | None = None
    drawn: datetime | None = None

    @property
    def people(self) -> int:
        return sum(self.moments.values())


@dataclass(frozen=True, slots=True)
class Shown:
    """A plan as it would be carried out from today."""

    questionnaire: Questionnaire
    plan: ChannelPlan
    state: str  # of the survey; ””: it is not approved
    calendar: Calendar
    people: int
    tallies: tuple[Tally, ...]
    unreached: tuple[int, ...]  # contacts whom no ask of the plan reaches, though nobody has said no
    cost: PlanCost

    @property
    def is_past(self) -> bool:
        """Whether the survey has closed: then the plan is shown as it would be in good time."""
        return self.calendar.now is None


@dataclass(frozen=True, slots=True)
class Drawing:
    """What the plan is drawn from."""

    questionnaire: Questionnaire
    plan: ChannelPlan
    state: str
    calendar: Calendar
    people: list[Person]

    def lines(self) -> Iterator[tuple[Person, tuple[Line, ...]]]:
        """Each person's lines, in the order of the plan's steps."""
        return each(self.plan, self.people, self.calendar)


def read(house: House, key: str = "") -> Drawing:
    """The survey of that key. One that is approved is shown as it was approved, whatever its files say now."""
    now = house.clock.now()
    surveyed = _approved(house, key)
    if surveyed is None:
        looked = reading.look(house, key)
        surveyed = _approved(house, looked.key)
    asked, plan = (surveyed.questionnaire, surveyed.plan) if surveyed else reading.read(house, key)

    def look(c: Connection) -> Drawing:
        people = invited(c, surveyed, now) if surveyed else []
        people = people or members(c, asked, house.zone, now)  # before the freeze date nobody is invited
        is_past = asked.closes < house.here().date()
        calendar = calendar_of(house, c, asked, plan, None if is_past else now)
        return Drawing(asked, plan, surveyed.state if surveyed else "", calendar, people)

    return house.db.read(look)


def _approved(house: House, key: str) -> Surveyed | None:
    """The survey as a person has said yes to it, or as it has ended since."""
    found = house.db.read(lambda c: store.find(c, key)) if key else None
    return found if found and found.state != Survey.PREPARED else None


def show(drawing: Drawing) -> Shown:
    """The plan, counted."""
    tallies = {step.key: Tally(step) for step in drawing.plan.steps}
    asks = {step.key for step in drawing.plan.steps if step.is_ask}
    unreached = []
    for person, lines in drawing.lines():
        for line in lines:
            _count(tallies[line.step], line)
        is_asked = any(line.moment and not line.if_needed and line.step in asks for line in lines)
        if not is_asked and person.state in ("invited", "begun") and not any(ask.of_survey for ask in person.asks):
            unreached.append(person.contact)
    counts = {key: tally.people for key, tally in tallies.items()}
    return Shown(
        drawing.questionnaire,
        drawing.plan,
        drawing.state,
        drawing.calendar,
        len(drawing.people),
        tuple(tallies.values()),
        tuple(unreached),
        cost(drawing.questionnaire, drawing.plan, counts),
    )


def _count(tally: Tally, line: Line) -> None:
    tally.drawn = tally.drawn or line.drawn
    if line.moment is None:
        tally.reasons[line.reason] += 1
        return
    tally.moments[line.moment] += 1
    tally.moved.update(line.moved)
    tally.if_needed += line.if_needed
    tally.until = tally.until or line.until


def names_of(house: House, drawing: Drawing) -> dict[int, str]:
    """Everybody by name, with the member's number. The look is recorded before it is taken."""
    now, what = house.clock.now(), f"survey plan: {drawing.questionnaire.key}"
    house.db.write(lambda c: register.record_access(c, house.os_user, what, None, now))
    numbers = [person.contact for person in drawing.people]
    found: dict[int, str] = {}
    for first in range(0, len(numbers), BUNCH):
        found |= house.db.read(lambda c, some=numbers[first : first + BUNCH]: _names(c, some))  # type: ignore[misc]
    return found


def _names(connection: Connection, numbers: list[int]) -> dict[int, str]:
    c = contacts.c
    rows = connection.execute(select(c.id, c.first_name, c.last_name, c.number).where(c.id.in_(numbers)))
    return {
        row.id: f"{row.first_name} {row.last_name}".strip() + (f" ({row.number})" if row.number else "") for row in rows
    }


def write(house: House, key: str = "") -> list[str]:
    """Write the plan as a file beside the survey, for the editor to change. EditorError when there is one."""
    asked, plan = reading.read(house, key)
    path = plan_path_of(asked.key)
    folder, name = path.rsplit("/", 1)
    text = plan_text(plan, asked.key, asked.title.sv)
    if plan.path or not new_file.make_file(house.content, folder, name, text):
        raise EditorError(
            Problem(where(path), "filen finns redan.", "Ändra i den. Vill du börja om, flytta undan den först.")
        )
    return [
        f"Skrev {where(path)}: {len(plan.steps)} steg med alla ord.",
        f"Gör den till er. Se sedan vad det blir: mailer survey plan {asked.key} --words",
    ]


def has_calls(plan: ChannelPlan) -> bool:
    """Whether somebody is to be called."""
    return any(step.channel is Channel.TELEPHONE for step in plan.steps)
