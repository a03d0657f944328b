"""The calendar of a survey: its days, those of V Aktuellt, and what else the house has promised to ask.

Takes   the opened house, a connection inside a transaction; the questions and the plan.
Gives   a Calendar (surveys/plan/rules.py).
Fails   never.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from mailer.content.channel_plan.model import Channel, ChannelPlan
from mailer.content.questionnaires.model import Questionnaire
from mailer.house import House
from mailer.issue import moments
from mailer.issue import store as issues
from mailer.outbox.states import Mailing
from mailer.outbox.tables import mailings as table
from mailer.surveys import store
from mailer.surveys.plan.rules import Calendar
from mailer.surveys.states import Ask, Survey
from mailer.surveys.store import begins
from mailer.surveys.tables import asks, invitations

BEFORE, AFTER = timedelta(days=62), timedelta(days=93)  # a notice goes before the opening, the thanks after the closing


def calendar_of(
    house: House, connection: Connection, asked: Questionnaire, plan: ChannelPlan, now: datetime | None = None
) -> Calendar:
    """The calendar as things stand. `now`: nothing is drawn before it, nor near what another survey has planned; on the
    day itself it is what each has had that counts, or two surveys would wait for one another."""
    return Calendar(
        zone=house.zone,
        opens=asked.opens,
        closes=asked.closes,
        limits=plan.limits,
        issues=tuple(sorted(_issues(house, connection, asked))),
        others=(*_others(connection), *(_planned(connection, asked.key) if now is not None else ())),
        now=now,
    )


def _issues(house: House, connection: Connection, asked: Questionnaire) -> Iterator[datetime]:
    """When each issue around the survey goes: as planned, or as a person has decided it."""
    first, last = begins(asked.opens, house.zone) - BEFORE, begins(asked.closes, house.zone) + AFTER
    begin, end = moments.period_of(first, house.zone), moments.period_of(last, house.zone)
    skipped = {(row.series, row.period) for row in issues.all_skipped(connection)}
    for series in house.settings.series:
        decided, period = _decided(connection, series.key), begin
        while period <= end:
            if goes := decided.get(f"{series.key}/{period}"):
                yield goes
            elif (series.key, period) not in skipped:
                yield moments.send_at(series, period, house.zone)
            period = moments.next_period(period)


def _decided(connection: Connection, series: str) -> dict[str, datetime]:
    """name -> when the issue was sent, or is to be, where that is decided."""
    m = table.c
    goes = func.coalesce(m.planned_at, m.send_after)
    query = select(m.name, m.planned_at, m.send_after).where(m.name.startswith(f"{series}/", autoescape=True))
    rows = connection.execute(query.where(goes.is_not(None)))
    return {name: planned_at or send_after for name, planned_at, send_after in rows}


def _planned(connection: Connection, but: str) -> Iterator[datetime]:
    """When other surveys are going to ask by mail."""
    a, i = asks.c, invitations.c
    for survey in store.all_surveys(connection):
        if survey.key == but or survey.state != Survey.APPROVED:
            continue
        mails = [step.key for step in survey.plan.steps if step.channel is Channel.EMAIL and step.is_ask]
        query = select(a.planned_for).distinct().join(invitations, i.id == a.invitation_id)
        planned = (i.survey_id == survey.number, a.state == Ask.PLANNED, a.step.in_(mails))
        yield from connection.execute(query.where(*planned)).scalars()


def _others(connection: Connection) -> Iterator[datetime]:
    """The one-off mailings that are approved for a moment of their own."""
    m = table.c
    query = select(m.send_after).where(m.kind == "letter", m.state == Mailing.APPROVED, m.send_after.is_not(None))
    yield from connection.execute(query).scalars()
