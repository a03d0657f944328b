"""Which ways lead to each member now, and what is left of the plan for her.

Takes   a connection inside a transaction; a Surveyed; invitations by number; the association's time zone and day.
Gives   Persons; the steps that are still to reach them, with their days.
Fails   never.

No names and no addresses. The rules themselves are asked on the day (surveys/plan/rules.py); here it is told what is to
come as things stand.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from mailer.audience.store import reason_now
from mailer.content.channel_plan.model import Channel, Step, Whom
from mailer.register.tables import contacts
from mailer.surveys.people import HAS_POST
from mailer.surveys.plan.rules import Calendar, Person, last_day
from mailer.surveys.states import Ask
from mailer.surveys.store import Surveyed
from mailer.surveys.tables import asks, channel_stops, invitations

BUNCH = 500  # invitations in one question to the database


class Left(NamedTuple):
    """One step that is still to reach somebody. `day`: of one that waits for a person, today at the earliest."""

    day: date
    step: Step


def persons(
    connection: Connection, survey: Surveyed, numbers: Sequence[int], zone: ZoneInfo, today: date
) -> dict[int, Person]:
    """invitation -> the ways to her at the end of the day. Who is forgotten is nobody any more."""
    i, c = invitations.c, contacts.c
    end = datetime.combine(today + timedelta(1), time(0), zone).astimezone(UTC) - timedelta(seconds=1)
    query = select(
        i.id, i.contact_id, i.state, i.reason, c.phone, HAS_POST.label("has_post"),
        reason_now(c.id, i.list, end).label("no_email"),
    ).join(contacts, c.id == i.contact_id)  # fmt: skip
    stops = _stops(connection, survey)
    return {
        row.id: _person(row, stops.get(row.id, ()))
        for some in bunches(numbers)
        for row in connection.execute(query.where(i.id.in_(some)))
    }


def left(
    connection: Connection, survey: Surveyed, known: Mapping[int, Person], zone: ZoneInfo, today: date
) -> dict[int, list[Left]]:
    """invitation -> what of the plan is still to reach her, in the order of the days. A telephone round goes on until
    its last day, however often she has been called; who may be called again, its rules say."""
    steps = {step.key: step for step in survey.plan.steps if step.is_ask}
    calendar = Calendar(zone, survey.questionnaire.opens, survey.questionnaire.closes, survey.plan.limits)
    a = asks.c
    found: dict[int, list[Left]] = {}
    query = select(a.invitation_id, a.step, a.state, a.planned_for).where(a.planned_for.is_not(None))
    query = query.where(a.state.in_((Ask.PLANNED, Ask.ASKED)), a.step.in_(list(steps)))
    for some in bunches(sorted(known)):
        for row in connection.execute(query.where(a.invitation_id.in_(some))):
            step, day = steps[row.step], max(row.planned_for.astimezone(zone).date(), today)
            if _comes(step, row.state, known[row.invitation_id], calendar, day):
                found.setdefault(row.invitation_id, []).append(Left(day, step))
    return {number: sorted(some, key=lambda one: one.day) for number, some in found.items()}


def bunches(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    """So many that a question to the database takes them."""
    for first in range(0, len(numbers), BUNCH):
        yield numbers[first : first + BUNCH]


def _comes(step: Step, state: str, person: Person, calendar: Calendar, day: date) -> bool:
    if person.why_not(step.channel) is not None or day > calendar.closes:
        return False
    if step.channel is Channel.TELEPHONE:
        return day <= last_day(step, calendar)
    needs_none = step.whom is Whom.EMAIL_FAILED and person.why_not(Channel.EMAIL) is None
    return state == Ask.PLANNED and not needs_none


def _person(row: Any, stops: tuple[tuple[str, str], ...]) -> Person:
    has_resigned = row.no_email == "resigned"
    return Person(
        row.contact_id, row.id, "stopped" if has_resigned else row.state,
        "resigned" if has_resigned else row.reason or "", row.no_email or "", bool(row.has_post), bool(row.phone),
        stops=stops,
    )  # fmt: skip


def _stops(connection: Connection, survey: Surveyed) -> dict[int, tuple[tuple[str, str], ...]]:
    s, i = channel_stops.c, invitations.c
    query = select(s.invitation_id, s.channel, s.reason).join(invitations, i.id == s.invitation_id)
    found: dict[int, tuple[tuple[str, str], ...]] = {}
    for number, channel, reason in connection.execute(query.where(i.survey_id == survey.number)):
        found[number] = (*found.get(number, ()), (channel, reason))
    return found
