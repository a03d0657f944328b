"""What has happened between a survey and each of its members: what reached her and when, and what she did.

Takes   a connection inside a transaction; a Surveyed; the association's time zone and day.
Gives   a Trace for each member of the freeze date who counts, in the order of their invitations.
Fails   never.

Read from the rows as they are now, up to the end of a day: a mail that has come back since is not there on the day it
was sent either. No names and no addresses.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, func, select

from mailer.content.channel_plan.model import Channel
from mailer.outbox.states import Delivery
from mailer.outbox.tables import deliveries, mailings
from mailer.surveys.box.tables import responses
from mailer.surveys.field.calling import SPOKEN, Outcome
from mailer.surveys.field.tables import contact_attempts
from mailer.surveys.posting.tables import POSTED
from mailer.surveys.states import Ask, Invitation
from mailer.surveys.store import Surveyed, begins
from mailer.surveys.tables import asks, invitations

ENDED = (Invitation.ANSWERED, Invitation.DECLINED)
THROUGH = {"telephone": Channel.TELEPHONE, "paper": Channel.LETTER, "mail": Channel.EMAIL}


class Contact(NamedTuple):
    """One thing that reached her."""

    day: date
    channel: Channel
    step: str
    is_ask: bool


@dataclass(slots=True)
class Trace:
    """One member. `contacts`: what reached her, oldest first; `calls`: made to her, whoever answered."""

    invitation: int
    contact: int | None  # None: forgotten
    state: str
    reason: str
    answered_on: date | None
    through: str
    contacts: list[Contact]
    calls: list[tuple[date, str]]
    begun_on: date | None = None
    refused_on: date | None = None  # the day of her no, as it was kept

    @property
    def is_answered(self) -> bool:
        return self.answered_on is not None

    @property
    def spoken_on(self) -> date | None:
        """The first day on which she was spoken with."""
        return next((one.day for one in self.contacts if one.channel is Channel.TELEPHONE), None)

    @property
    def declined_on(self) -> date | None:
        """The day of her no, also of one who has left since; of a no without a day, that of the call, or the last on
        which something reached her."""
        if self.state == Invitation.STOPPED or self.refused_on is not None:
            return self.refused_on
        if self.state != Invitation.DECLINED:
            return None
        said = next((day for day, outcome in self.calls if outcome == Outcome.DECLINED), None)
        return said or (self.contacts[-1].day if self.contacts else None)

    @property
    def reached_on(self) -> date | None:
        """When she had answered, declined or been spoken with."""
        return min((day for day in (self.answered_on, self.declined_on, self.spoken_on) if day), default=None)

    @property
    def contacted_on(self) -> date | None:
        """When something had reached her, or she had come by herself."""
        first = self.contacts[0].day if self.contacts else None
        return min((day for day in (first, self.reached_on, self.begun_on) if day), default=None)

    @property
    def channel(self) -> Channel:
        """The way that led to her answer or her no: as it came in; of the web, the last thing that reached her."""
        if self.through in THROUGH:
            return THROUGH[self.through]
        until = self.answered_on or self.declined_on
        before = [one.channel for one in self.contacts if until is None or one.day <= until]
        return before[-1] if before else Channel.IN_PERSON


def traces(connection: Connection, survey: Surveyed, zone: ZoneInfo, today: date) -> list[Trace]:
    """All of them, when `today` is over."""
    i = invitations.c
    query = (
        select(i.id, i.contact_id, i.state, i.reason, i.answered_on, i.declined_on, i.through)
        .where(i.survey_id == survey.number, i.is_frozen.is_(True), i.removed.is_(None))
        .order_by(i.id)
    )
    found: dict[int, Trace] = {}
    for row in connection.execute(query):
        answered = row.answered_on if row.state == Invitation.ANSWERED else None
        ended = answered or row.declined_on
        is_later = ended is not None and ended > today
        state = Invitation.INVITED if is_later and row.state in ENDED else row.state
        found[row.id] = Trace(
            row.id,
            row.contact_id,
            state,
            row.reason or "",
            None if is_later else answered,
            row.through or "",
            [],
            [],
            refused_on=None if is_later or answered else row.declined_on,
        )
    wanting = {step.key: step.is_ask for step in survey.plan.steps}
    _mails(connection, survey, zone, today, found, wanting)
    _attempts(connection, survey, zone, today, found, wanting)
    _begun(connection, survey, today, found)
    for trace in found.values():
        trace.contacts.sort()
        if trace.state == Invitation.DECLINED and trace.declined_on is None:
            trace.refused_on = survey.questionnaire.opens  # from before the day of a no was kept
    return list(found.values())


def _mails(
    connection: Connection, survey: Surveyed, zone: ZoneInfo, today: date, found: Mapping[int, Trace],
    wanting: Mapping[str, bool],
) -> None:  # fmt: skip
    """The mails that a server has taken and that have not come back."""
    d, m, a, i = deliveries.c, mailings.c, asks.c, invitations.c
    steps = (
        select(a.mailing_id, func.min(a.step))
        .join(invitations, i.id == a.invitation_id)
        .where(i.survey_id == survey.number, a.state == Ask.ASKED, a.mailing_id.is_not(None))
        .group_by(a.mailing_id)
    )
    step_of = dict(_pairs(connection.execute(steps)))
    query = (
        select(i.id, d.mailing_id, d.settled_at)
        .join(mailings, m.id == d.mailing_id)
        .join(invitations, and_(i.survey_id == m.survey_id, i.contact_id == d.contact_id))
        .where(m.survey_id == survey.number, d.state == Delivery.ACCEPTED)
        .where(d.settled_at < begins(today + timedelta(1), zone))
    )
    days: dict[Any, date] = {}  # of each moment: a commit settles many
    for number, mailing, at in connection.execute(query):
        if (trace := found.get(number)) is not None:
            if at not in days:
                days[at] = at.astimezone(zone).date()
            step = step_of.get(mailing, "")
            trace.contacts.append(Contact(days[at], Channel.EMAIL, step, wanting.get(step, True)))


def _attempts(
    connection: Connection, survey: Surveyed, zone: ZoneInfo, today: date, found: Mapping[int, Trace],
    wanting: Mapping[str, bool],
) -> None:  # fmt: skip
    """Letters that were posted and have not come back; calls."""
    t, i = contact_attempts.c, invitations.c
    query = (
        select(t.invitation_id, t.channel, t.step, t.at, t.outcome, t.herself)
        .join(invitations, i.id == t.invitation_id)
        .where(i.survey_id == survey.number, t.at < begins(today + timedelta(1), zone))
        .order_by(t.at, t.id)
    )
    for number, channel, step, at, outcome, herself in connection.execute(query):
        if (trace := found.get(number)) is None:
            continue
        day = at.astimezone(zone).date()
        if channel == Channel.TELEPHONE:
            trace.calls.append((day, outcome))
        is_hers = outcome in SPOKEN or herself
        if is_hers if channel == Channel.TELEPHONE else outcome == POSTED:
            trace.contacts.append(Contact(day, Channel(channel), step, wanting.get(step, True)))


def _begun(connection: Connection, survey: Surveyed, today: date, found: Mapping[int, Trace]) -> None:
    """Who has begun an answer has come by herself."""
    r, i = responses.c, invitations.c
    query = (
        select(r.invitation_id, func.min(r.at))
        .join(invitations, i.id == r.invitation_id)
        .where(i.survey_id == survey.number)
        .group_by(r.invitation_id)
    )
    for number, at in _pairs(connection.execute(query)):
        if number in found and at.date() <= today:  # kept as the day's noon
            found[number].begun_on = at.date()


def _pairs(rows: Any) -> list[tuple[Any, Any]]:
    return [(one, other) for one, other in rows]
