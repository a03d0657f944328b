"""What the clock tells people about a survey: letters to post, calls to make, steps that were missed, a block to use.

Takes   the opened house; a survey as it was approved.
Gives   notices in the outbox, each said once; a file in the month's folder, never over one that is there.
Fails   AdminError when the folder cannot be written to.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, func, select

from mailer import words
from mailer.content.channel_plan.model import Channel, Step
from mailer.content.new_file import make_file, make_folder
from mailer.content.source import where
from mailer.house import House
from mailer.issue import moments
from mailer.settings import Person
from mailer.surveys.plan.asking import OPEN
from mailer.surveys.plan.drawing import own_moment
from mailer.surveys.states import Ask
from mailer.surveys.store import Surveyed
from mailer.surveys.tables import asks, invitations
from mailer.verbs.say import each_once, is_said, say
from mailer.verbs.surveys import goal_link
from mailer.verbs.surveys.days import calendar_of

OFFER_AHEAD = timedelta(days=45)  # before the issue: its folder is there, and its editor has begun
FIRST_NUMBER = 41  # of the block's file: after what editors number from 1, before the standing columns


@dataclass(frozen=True, slots=True)
class Work:
    """What people have to do of one step."""

    step: Step
    number: int  # of people
    since: str  # the day the last of them came to it, ”2024-03-05”


def people(house: House, survey: Surveyed) -> None:
    """Everything that somebody has to hear of."""
    for work in house.db.read(lambda c: to_do(house, c, survey)):
        _tell(house, survey, work, "survey_work", f"enkät/{survey.key}/{work.step.key}/{work.since}")
    for work in house.db.read(lambda c: missed(house, c, survey)):
        _tell(house, survey, work, "survey_missed", f"enkät/{survey.key}/missat/{work.step.key}/{work.since}")
    for step in survey.plan.steps:
        if step.channel is Channel.ISSUE:
            _offer_block(house, survey, step)


def to_do(house: House, connection: Connection, survey: Surveyed) -> list[Work]:
    """Letters to post and people to call."""
    return _works(house, connection, survey, Ask.PLANNED, OPEN)


def missed(house: House, connection: Connection, survey: Surveyed) -> list[Work]:
    """Steps that were skipped because the service was down."""
    return _works(house, connection, survey, Ask.SKIPPED, "missed")


def _works(house: House, connection: Connection, survey: Surveyed, state: Ask, reason: str) -> list[Work]:
    a, i = asks.c, invitations.c
    counted = (
        select(a.step, func.count(), func.max(a.planned_for))
        .join(invitations, i.id == a.invitation_id)
        .where(i.survey_id == survey.number, a.state == state, a.planned_for <= house.clock.now(), a.reason == reason)
        .group_by(a.step)
    )
    of = {step: (number, last) for step, number, last in connection.execute(counted)}
    return [
        Work(step, of[step.key][0], of[step.key][1].astimezone(house.zone).date().isoformat())
        for step in survey.plan.steps
        if step.key in of
    ]


def _tell(house: House, survey: Surveyed, work: Work, template: str, name: str) -> None:
    for one in _everyone(house):  # each has a link of her own
        say(
            house, name, [one], template,
            goal_link=goal_link.url_of(house, survey, one),
            title=survey.questionnaire.title.sv,
            step=work.step.name,
            channel=work.step.channel.value,
            number=words.count(work.number, "person", "personer"),
            day=words.day(house.here().date().fromisoformat(work.since)),
            command=house.command(f"survey status {survey.key}"),
            print_command=house.command(f"letters print {survey.key} {work.step.key} --as"),
            pull_command=house.command(f"letters pull {survey.key}"),
            posted_command=house.command(f"letters posted {survey.key} {work.step.key} --as"),
        )  # fmt: skip


def _offer_block(house: House, survey: Surveyed, step: Step) -> None:
    """The words of a notice in V Aktuellt, as a block in the month's folder: once, and its editor decides the rest."""
    name = f"enkät/{survey.key}/{step.key}/inslag"
    asked = survey.questionnaire
    calendar = house.db.read(lambda c: calendar_of(house, c, asked, survey.plan))
    goes, now = own_moment(step, calendar), house.clock.now()
    if goes not in calendar.issues or not goes - OFFER_AHEAD <= now < goes or is_said(house, name):
        return
    period = moments.period_of(goes, house.zone)
    make_folder(house.content, period)
    file = f"{FIRST_NUMBER}-enkat-{step.key}.md"
    title = step.subject.sv or asked.title.sv
    make_file(house.content, period, file, f"---\nrubrik: {title}\n---\n\n{step.text.sv.strip()}\n")
    say(
        house, name, _everyone(house), "survey_block",
        title=asked.title.sv, month=words.month(period), path=where(f"{period}/{file}"),
    )  # fmt: skip


def _everyone(house: House) -> list[Person]:
    return each_once(p for role in ("editor", "administrator") for p in house.settings.with_role(role))
