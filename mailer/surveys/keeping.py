"""What has happened to the people of a survey outside of it: who has resigned, whose mail comes back, who is new.

Takes   a connection inside a transaction; a survey as it was approved; the moment now.
Gives   whether there is anything to do, as a read; how many it touched.
Fails   never.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select

from mailer.content.channel_plan.model import Channel
from mailer.db import Database
from mailer.outbox.states import Delivery
from mailer.outbox.tables import deliveries, mailings
from mailer.register.tables import contacts, suppressions
from mailer.surveys import freezing, invitations
from mailer.surveys.states import Invitation, invitation_step
from mailer.surveys.store import Surveyed
from mailer.surveys.tables import channel_stops
from mailer.surveys.tables import invitations as table

HARD = "hard_bounce"


@dataclass(frozen=True, slots=True)
class Found:
    """Invitations, by number, that something has happened to."""

    resigned: tuple[int, ...]
    back: tuple[int, ...]  # members again: their plans are to be drawn anew
    failed: tuple[int, ...]  # mail does not reach her
    mended: tuple[int, ...]  # it did after all
    has_new: bool  # members without an invitation


def look(connection: Connection, survey: Surveyed) -> Found:
    """What there is to do."""
    return Found(
        tuple(connection.execute(_resigned(survey)).scalars()),
        tuple(connection.execute(_back(survey)).scalars()),
        tuple(connection.execute(_failed(survey).where(table.c.id.not_in(_stopped()))).scalars()),
        tuple(connection.execute(_mended(survey)).scalars()),
        connection.execute(freezing.new_members(survey).limit(1)).first() is not None,
    )


def keep(connection: Connection, db: Database, survey: Surveyed, now: datetime) -> Found:
    """Stop those who have resigned, and go on with those who are back; stop the e-mail of those it does not reach, and
    open it again where it did."""
    found = look(connection, survey)
    for number in found.resigned:
        invitations.stop(connection, db, number, "resigned", now)
    for number in found.back:
        invitations.resume(connection, db, number, now)
    for number in found.failed:
        invitations.stop_channel(connection, number, Channel.EMAIL, HARD, now)
    for number in found.mended:
        invitations.open_channel(connection, number, Channel.EMAIL, HARD)
    return found


def _resigned(survey: Surveyed) -> Select[int]:
    t = table.c
    query = select(t.id).join(contacts, contacts.c.id == t.contact_id)
    of_survey = and_(t.survey_id == survey.number, t.state.in_(invitation_step("stop")[0]))
    return query.where(of_survey, contacts.c.resigned_at.is_not(None)).order_by(t.id)


def _back(survey: Surveyed) -> Select[int]:
    """Who was stopped because the register said that she had resigned, and says so no more."""
    t = table.c
    stopped = and_(
        t.survey_id == survey.number, t.state == Invitation.STOPPED, t.reason == "resigned", t.removed.is_(None)
    )
    return select(t.id).where(stopped, t.contact_id.in_(freezing.members_now(survey.questionnaire))).order_by(t.id)


def _failed(survey: Surveyed) -> Select[int]:
    """Whose mail about the survey was refused or came back for good, or whose address is suppressed for that."""
    t = table.c
    query = select(t.id).join(contacts, contacts.c.id == t.contact_id).where(t.survey_id == survey.number)
    return query.where(_fails(survey)).order_by(t.id)


def _mended(survey: Surveyed) -> Select[int]:
    t = table.c
    query = select(t.id).join(contacts, contacts.c.id == t.contact_id).where(t.survey_id == survey.number)
    return query.where(t.id.in_(_stopped()), ~_fails(survey)).order_by(t.id)


def _stopped() -> Select[int]:
    s = channel_stops.c
    return select(s.invitation_id).where(s.channel == Channel.EMAIL, s.reason == HARD)


def _fails(survey: Surveyed) -> ColumnElement[bool]:
    d, m, c = deliveries.c, mailings.c, contacts.c
    back = or_(d.state == Delivery.REFUSED, and_(d.state == Delivery.BOUNCED, d.reason == "hard"))
    ours = select(d.contact_id).join(mailings, m.id == d.mailing_id)
    suppressed = select(suppressions.c.address_key).where(suppressions.c.reason == HARD)
    came = ours.where(m.survey_id == survey.number, back, d.contact_id.is_not(None))
    return or_(c.id.in_(came), and_(c.address_key.is_not(None), c.address_key.in_(suppressed)))
