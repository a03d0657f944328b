"""The plan is carried out: who is due, what is true of her now, and the mailing that asks all of a step and day.

Takes   a connection inside a transaction; a survey as it was approved; its Calendar; the moment now.
Gives   rows of `asks`, each with its day or why not; verdicts on those that are due; mailings with their deliveries.
Fails   AdminError when the words that are kept are not those that were approved.

A row of `asks` is settled in the transaction that makes its delivery: killed anywhere and run again, nobody gets a
step twice. Every rule is asked again on the day itself (surveys/plan/rules.py).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Update, insert, select, update

from mailer.content.channel_plan.model import Channel, Step
from mailer.outbox.store import mailings, planning
from mailer.outbox.store.mailings import Proposal
from mailer.outbox.tables import mailings as mailing_table
from mailer.outbox.tables import picks
from mailer.surveys import store
from mailer.surveys.people import invited
from mailer.surveys.plan import approved_words
from mailer.surveys.plan.drawing import Line, draw
from mailer.surveys.plan.reasons import MOMENTS, STOPS
from mailer.surveys.plan.rules import Calendar, Person, is_missed, next_allowed, not_now, why_never
from mailer.surveys.states import Ask, ask_step
from mailer.surveys.store import Surveyed
from mailer.surveys.tables import asks, invitations, surveys

BY_MAIL = (Channel.EMAIL,)
BY_PEOPLE = (Channel.LETTER, Channel.TELEPHONE)  # a person does it, and says so
OPEN = "open"  # in asks.reason: it waits for a person; the clock has looked at its day
GOES_ON = timedelta(hours=48)  # so long the mail of a step is tried: its words speak of days
BUNCH = 500  # rows in one statement


@dataclass(frozen=True, slots=True)
class Due:
    """One row of `asks` whose moment has come."""

    ask: int
    invitation: int
    step: str
    planned_for: datetime
    is_open: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of it now. `event`: of the state table; ”open”: it waits for a person; ””: nothing."""

    event: str
    reason: str = ""
    moment: datetime | None = None


def draw_up(connection: Connection, survey: Surveyed, calendar: Calendar, numbers: Sequence[int], now: datetime) -> int:
    """Draw the plan for these invitations and keep it; how many rows."""
    drawn = draw(survey.questionnaire, survey.plan, invited(connection, survey, now, numbers), calendar)
    there = _there(connection, numbers)  # what she has had stays as it is when the rest is drawn anew
    rows = [
        _row(person.invitation, line)
        for person, lines in drawn.people
        for line in lines
        if _is_kept(line) and (person.invitation, line.step) not in there
    ]
    for first in range(0, len(rows), BUNCH):
        connection.execute(insert(asks), rows[first : first + BUNCH])
    return len(rows)


def due(connection: Connection, survey: Surveyed, now: datetime) -> list[Due]:
    """What is due, in the order of its moments."""
    a, i = asks.c, invitations.c
    query = (
        select(a.id, a.invitation_id, a.step, a.planned_for, a.reason)
        .join(invitations, i.id == a.invitation_id)
        .where(i.survey_id == survey.number, a.state == Ask.PLANNED, a.planned_for <= now)
        .order_by(a.planned_for, a.id)
    )
    return [Due(r.id, r.invitation_id, r.step, r.planned_for, r.reason == OPEN) for r in connection.execute(query)]


def due_asks(connection: Connection, now: datetime) -> list[tuple[str, str, str, int]]:
    """(survey, its title, step, how many) of what the next tick would mail, of all surveys."""
    found = []
    for survey in store.all_surveys(connection):
        steps = Counter(one.step for one in due(connection, survey, now)) if survey.state in store.LIVE else Counter()
        mails = [step for step in survey.plan.steps if step.channel in BY_MAIL and steps[step.key]]
        found += [(survey.key, survey.questionnaire.title.sv, step.name, steps[step.key]) for step in mails]
    return found


def verdict(step: Step, person: Person, one: Due, calendar: Calendar, now: datetime) -> Verdict:
    """What the rules say now, with all that is true of her today. Pure."""
    if never := why_never(person, step, person.asks, calendar.limits):
        return Verdict("stop" if never in STOPS else "skip", never)
    by_people = step.channel in BY_PEOPLE
    if one.is_open:
        over = not_now(step, now, person.asks, calendar)
        return Verdict("") if over is None or over in MOMENTS else Verdict("skip", over)
    if not by_people and is_missed(one.planned_for, now):
        return Verdict("skip", "missed")
    why = not_now(step, now, person.asks, calendar)
    if why is None:
        return Verdict("open") if by_people else Verdict("ask")
    moment, moved = next_allowed(person, step, now, person.asks, calendar)
    return Verdict("move", ",".join(moved), moment) if moment else Verdict("skip", moved[-1])


def settle(connection: Connection, found: Iterable[tuple[Due, Verdict]]) -> None:
    """Write down what is not asked now: moved, skipped, stopped, or open for a person."""
    alike: dict[Verdict, list[int]] = {}
    for one, said in found:
        alike.setdefault(said, []).append(one.ask)
    for said, numbers in alike.items():
        for first in range(0, len(numbers), BUNCH):
            connection.execute(_settling(said).where(asks.c.id.in_(numbers[first : first + BUNCH])))


def _settling(said: Verdict) -> Update:
    if said.event == "open":
        return update(asks).values(reason=OPEN)
    before, after = ask_step(said.event)
    values = {"planned_for": said.moment} if said.event == "move" else {}
    return update(asks).where(asks.c.state.in_(before)).values(state=after, reason=said.reason, **values)


def mail(
    connection: Connection, survey: Surveyed, step: Step, asked: Sequence[Due], here: datetime, first_wave: bool
) -> tuple[int, planning.Plan]:
    """The mailing of a step and day to all of them, planned at once: its words are approved with the plan.

    `here`: now, in the association's time zone. One transaction with the rows of `asks`, which name it.
    """
    words = approved_words.approved(connection, survey.number, survey.questionnaire, survey.plan, survey.hash)
    proposal = Proposal(
        name=_name(connection, survey, step, here),
        kind=planning.SURVEY,
        title=f"{survey.questionnaire.title.sv}: {step.name}"[:200],
        rule=approved_words.rule_of(connection, survey.number),
        renderings=tuple(words[step.key]),
        expires_at=min(survey.closes_at, here + GOES_ON) if step.is_ask else here + GOES_ON,
    )
    number = mailings.propose(connection, proposal, here)
    connection.execute(update(mailing_table).where(mailing_table.c.id == number).values(survey_id=survey.number))
    _pick(connection, number, [one.invitation for one in asked])
    by = connection.execute(select(surveys).where(surveys.c.id == survey.number)).one()
    row = mailings.lock(connection, number)
    mailings.approve(
        connection, row, by.approved_by, by.approved_os_user or "", here, len(asked), "godkänt med enkätens plan"
    )
    planned = planning.plan(connection, number, here, first_wave)
    before, after = ask_step("ask")
    a = asks.c
    for first in range(0, len(asked), BUNCH):
        numbers = [one.ask for one in asked[first : first + BUNCH]]
        done = update(asks).where(a.id.in_(numbers), a.state.in_(before))
        connection.execute(done.values(state=after, reason=None, asked_at=here, mailing_id=number))
    return number, planned


def name_of(connection: Connection, mailing: int) -> str:
    """The name of a mailing."""
    return str(mailings.read(connection, mailing).name)


def _pick(connection: Connection, mailing: int, numbers: Sequence[int]) -> None:
    """Name its recipients, each with the version of her code."""
    i = invitations.c
    for first in range(0, len(numbers), BUNCH):
        some = numbers[first : first + BUNCH]
        rows = connection.execute(select(i.contact_id, i.list, i.version).where(i.id.in_(some))).all()
        named: list[dict[str, Any]] = [{"mailing_id": mailing, **dict(row._mapping)} for row in rows]
        connection.execute(insert(picks), named)


def _name(connection: Connection, survey: Surveyed, step: Step, here: datetime) -> str:
    """enkät/KEY/STEP/DAY; with a number when it is the second of the day, to those who were moved to a later hour."""
    name = f"enkät/{survey.key}/{step.key}/{here.date().isoformat()}"
    turn, found = 1, name
    while mailings.find(connection, found) is not None:
        turn += 1
        found = f"{name}-{turn}"
    return found


def _there(connection: Connection, numbers: Sequence[int]) -> set[tuple[int, str]]:
    found: set[tuple[int, str]] = set()
    for first in range(0, len(numbers), BUNCH):
        some = asks.c.invitation_id.in_(numbers[first : first + BUNCH])
        query = select(asks.c.invitation_id, asks.c.step).where(some)
        found.update((number, step) for number, step in connection.execute(query))
    return found


def _is_kept(line: Line) -> bool:
    """A notice in V Aktuellt and a meeting are there for all: nobody is asked by name."""
    return line.channel not in (Channel.ISSUE, Channel.IN_PERSON)


def _row(invitation: int, line: Line) -> dict[str, Any]:
    return {
        "invitation_id": invitation,
        "step": line.step,
        "channel": line.channel,
        "state": Ask.PLANNED if line.moment else Ask.NOT_ASKED,
        "reason": line.reason or ",".join(line.moved) or None,
        "planned_for": line.moment,
        "drawn_for": line.moment,
    }
