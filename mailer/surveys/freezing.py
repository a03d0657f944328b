"""The denominator: the members on the freeze date, each with an invitation; who came later; the figures of both.

Takes   a connection inside a transaction; a Surveyed; the home's keys and time zone; the moment now.
Gives   invitations; Figures.
Fails   never.

The response rate is complete responses by frozen members through the members on the freeze date (AAPOR, Standard
Definitions, RR1). Taken out of it are only those who had died before that day, never were members, or stand there
twice; who leaves later stays in it, and who joins later is asked and counted apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select, update

from mailer.content.questionnaires.model import Questionnaire
from mailer.keys import Keys
from mailer.outbox.states import Delivery
from mailer.outbox.tables import deliveries, mailings
from mailer.register.tables import contacts, list_entries
from mailer.surveys import invitations, kept
from mailer.surveys.box.tables import responses
from mailer.surveys.field.calling import SPOKEN
from mailer.surveys.field.tables import contact_attempts
from mailer.surveys.posting.tables import POSTED
from mailer.surveys.states import Invitation
from mailer.surveys.store import Surveyed, begins
from mailer.surveys.tables import invitations as table
from mailer.surveys.tables import surveys


@dataclass(frozen=True, slots=True)
class Figures:
    """How it stands. Members are people; `answered`, `begun`, `declined` are of the frozen ones that count."""

    frozen: int  # members on the freeze date, as they were drawn up
    removed: dict[str, int]  # died_before, never_member, duplicate
    answered: int
    begun: int
    declined: int
    stopped: int  # resigned, died, objected: still in the denominator
    contacted: int  # a mail or a letter has come to her and not come back, or she has been spoken with (goal/model.py)
    later: int  # joined after the freeze date
    later_answered: int
    today: int  # members today, whenever they joined
    today_answered: int

    @property
    def counted(self) -> int:
        """The denominator."""
        return self.frozen - sum(self.removed.values())

    @property
    def rate(self) -> float | None:
        """The response rate, per cent; None while there is nobody to ask."""
        return 100 * self.answered / self.counted if self.counted else None

    @property
    def rate_today(self) -> float | None:
        """The same ”av dagens medlemmar”."""
        return 100 * self.today_answered / self.today if self.today else None


def members_on(questionnaire: Questionnaire, day: date, zone: ZoneInfo) -> Select[int]:
    """The contacts who were members on that day. Who has no date of joining in the register was one already."""
    c = contacts.c
    return _on_list(questionnaire).where(
        or_(c.joined_on.is_(None), c.joined_on <= day),
        or_(c.resigned_at.is_(None), c.resigned_at >= begins(day, zone)),
    )


def members_now(questionnaire: Questionnaire) -> Select[int]:
    """The contacts who are members at this moment."""
    return _on_list(questionnaire).where(contacts.c.resigned_at.is_(None))


def freeze(connection: Connection, keys: Keys, survey: Surveyed, zone: ZoneInfo, now: datetime) -> list[int]:
    """Draw up the invitations of the freeze date, once: the numbers of the new ones. [] when it has been done."""
    c = surveys.c
    once = update(surveys).where(c.id == survey.number, c.frozen_at.is_(None)).values(frozen_at=now)
    if not connection.execute(once).rowcount:
        return []
    asked = survey.questionnaire
    # Nobody has an invitation before this day; were there one all the same, it is kept as it is.
    chosen = members_on(asked, asked.freeze, zone).where(contacts.c.id.not_in(_invited(survey))).order_by(contacts.c.id)
    return _invite(connection, keys, survey, connection.execute(chosen).scalars().all(), True, now)


def invite_later(connection: Connection, keys: Keys, survey: Surveyed, now: datetime) -> list[int]:
    """Invite those who have become members since: the numbers of the new invitations."""
    new = connection.execute(new_members(survey)).scalars().all()
    return _invite(connection, keys, survey, new, False, now)


def new_members(survey: Surveyed) -> Select[int]:
    """The members of today who have no invitation."""
    return members_now(survey.questionnaire).where(contacts.c.id.not_in(_invited(survey))).order_by(contacts.c.id)


def figures(connection: Connection, survey: Surveyed) -> Figures:
    """How it stands now; when nothing leads to anybody any more, how it stood then."""
    if found := kept.read(connection, survey.number):
        return _as_it_stood(found.people)
    t = table.c
    of_survey = t.survey_id == survey.number
    frozen = and_(of_survey, t.is_frozen.is_(True))
    counted = and_(frozen, t.removed.is_(None))
    later = and_(of_survey, t.is_frozen.is_(False), t.removed.is_(None))
    states = dict(_by(connection, t.state, counted))
    of_today = t.contact_id.in_(members_now(survey.questionnaire))
    today = select(func.count()).select_from(members_now(survey.questionnaire).subquery())
    return Figures(
        frozen=_count(connection, frozen),
        removed=dict(_by(connection, t.removed, and_(frozen, t.removed.is_not(None)))),
        answered=states.get(Invitation.ANSWERED, 0),
        begun=states.get(Invitation.BEGUN, 0),
        declined=states.get(Invitation.DECLINED, 0),
        stopped=states.get(Invitation.STOPPED, 0),
        contacted=_count(connection, and_(counted, or_(*_contacted(survey.number)))),
        later=_count(connection, later),
        later_answered=_count(connection, and_(later, t.state == Invitation.ANSWERED)),
        today=connection.execute(today).scalar_one(),
        today_answered=_count(connection, and_(of_survey, t.state == Invitation.ANSWERED, of_today)),
    )


def _as_it_stood(people: kept.People) -> Figures:
    p = people
    removed = {one.why: one.number for one in p.removed}
    return Figures(p.frozen, removed, p.answered, p.begun, p.declined, p.stopped, p.contacted, p.later,
                   p.later_answered, p.today, p.today_answered)  # fmt: skip


def _invited(survey: Surveyed) -> Select[int | None]:
    t = table.c
    return select(t.contact_id).where(t.survey_id == survey.number, t.contact_id.is_not(None))


def _contacted(survey: int) -> tuple[ColumnElement[bool], ...]:
    """A mail that a server has taken; a letter posted, or she has been spoken with; or she has come by herself."""
    t, d, m, a = table.c, deliveries.c, mailings.c, contact_attempts.c
    taken = (
        select(d.contact_id)
        .join(mailings, m.id == d.mailing_id)
        .where(m.survey_id == survey, d.state == Delivery.ACCEPTED, d.contact_id.is_not(None))
    )
    came = (Invitation.BEGUN, Invitation.ANSWERED, Invitation.DECLINED)
    # A letter that came back contacted nobody, nor did a call that she did not answer herself (goal/model.py).
    tried = select(a.invitation_id).where(a.outcome.in_((POSTED, *SPOKEN)) | a.herself.is_(True))
    begun = select(responses.c.invitation_id)
    said_no = t.declined_on.is_not(None)  # also of one who has left since
    return t.contact_id.in_(taken), t.id.in_(tried), t.state.in_(came), t.id.in_(begun), said_no


def _on_list(questionnaire: Questionnaire) -> Select[int]:
    """Everybody on the survey's list, and of its branch when it names one."""
    c, e = contacts.c, list_entries.c
    query = select(c.id).join(list_entries, e.contact_id == c.id).where(e.list == questionnaire.list_key)
    branch = questionnaire.home_branch.strip().lower()
    return query.where(func.lower(c.home_branch) == branch) if branch else query


def _invite(
    connection: Connection, keys: Keys, survey: Surveyed, members: Sequence[int], is_frozen: bool, now: datetime
) -> list[int]:
    key = survey.questionnaire.list_key
    return [invitations.invite(connection, keys, survey.number, one, key, is_frozen, now) for one in members]


def _count(connection: Connection, which: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(table).where(which)).scalar_one()


def _by(connection: Connection, column: ColumnElement[str], which: ColumnElement[bool]) -> list[tuple[str, int]]:
    rows = connection.execute(select(column, func.count()).where(which).group_by(column))
    return [(name, number) for name, number in rows]


def is_time(survey: Surveyed, today: date) -> bool:
    """Whether the freeze date has come, so that its members can be drawn up."""
    return today >= survey.questionnaire.freeze
