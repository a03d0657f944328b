"""Those who want to be active, each a task of a person's, due fourteen days after she said so.

Takes   a connection inside a transaction; an invitation whose signed answers have just come in; a person's word.
Gives   follow_ups as they should be after it; Tasks; how many there are.
Fails   never.

A task is made in the transaction that takes the answers. Of when she said it the day alone is kept, for the same reason
as with her answers (surveys/answers/answering.py): a moment would find her visits in the log of a web server.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, insert, not_, or_, select, update

from mailer.content.questionnaires.model import Part, Questionnaire
from mailer.register.tables import contacts
from mailer.surveys.box.tables import responses
from mailer.surveys.following.tables import follow_ups
from mailer.surveys.following.wishes import wished
from mailer.surveys.states import FollowUp, Invitation, follow_up_step
from mailer.surveys.tables import invitations

DUE = timedelta(days=14)
# Why a task is dropped. The first two by the house, which takes them back when they hold no more.
SAID_NO, GONE, PERSON = "said_no", "gone", "person"


@dataclass(frozen=True, slots=True)
class Task:
    """One of them."""

    number: int
    survey: int
    invitation: int
    contact: int | None
    wish: str  # the question's key
    asked_on: date
    due_on: date
    owner: str  # as written; ””: nobody yet
    state: str

    def is_late(self, today: date) -> bool:
        """Whether its day has gone by."""
        return self.state == FollowUp.OPEN and self.due_on < today


@dataclass(frozen=True, slots=True)
class Counted:
    """How many of a survey there are."""

    open: int
    late: int  # of them, with their day gone by
    done: int
    dropped: int


def note(connection: Connection, questionnaire: Questionnaire, invitation: int, day: date) -> None:
    """Let the task of an invitation be what her newest complete answers say. `day`: on which she gave them."""
    if questionnaire.following is None:
        return
    wish, f = wished(questionnaire, _given(connection, invitation)), follow_ups.c
    row = connection.execute(select(follow_ups).where(f.invitation_id == invitation)).one_or_none()
    if row is None:
        if wish is not None:
            _make(connection, questionnaire.following.owner, invitation, wish, day)
    elif wish is None:
        _step(connection, "drop", (row.id,), _noon(day), None, reason=SAID_NO)
    elif row.state == FollowUp.DROPPED and row.reason == SAID_NO:
        anew = {"wish": wish, "asked_on": day, "due_on": day + DUE, "reason": None}
        _step(connection, "reopen", (row.id,), _noon(day), None, **anew)
    elif row.state == FollowUp.OPEN and row.wish != wish:
        connection.execute(update(follow_ups).where(f.id == row.id).values(wish=wish))


def all_open(connection: Connection, survey: int | None = None) -> tuple[Task, ...]:
    """Those that wait, of all surveys or of one, the most urgent first."""
    f = follow_ups.c
    query = select(follow_ups).where(f.state == FollowUp.OPEN).order_by(f.due_on, f.id)
    rows = connection.execute(query if survey is None else query.where(f.survey_id == survey))
    return tuple(_task(row) for row in rows)


def read(connection: Connection, number: int) -> Task | None:
    """The one of this number, whatever its state."""
    row = connection.execute(select(follow_ups).where(follow_ups.c.id == number)).one_or_none()
    return _task(row) if row is not None else None


def of_contact(connection: Connection, contact: int) -> tuple[Task, ...]:
    """A member's, of every survey, the newest first."""
    f = follow_ups.c
    rows = connection.execute(select(follow_ups).where(f.contact_id == contact).order_by(f.id.desc()))
    return tuple(_task(row) for row in rows)


def count(connection: Connection, survey: int, today: date) -> Counted:
    """How it stands with those of a survey."""
    f = follow_ups.c
    by = select(f.state, func.count()).where(f.survey_id == survey).group_by(f.state)
    of: dict[str, int] = {state: number for state, number in connection.execute(by)}
    waits = and_(f.survey_id == survey, f.state == FollowUp.OPEN, f.due_on < today)
    late = connection.execute(select(func.count()).where(waits)).scalar_one()
    return Counted(of.get(FollowUp.OPEN, 0), int(late), of.get(FollowUp.DONE, 0), of.get(FollowUp.DROPPED, 0))


def contacted(connection: Connection, number: int, by: str, now: datetime) -> bool:
    """Somebody has spoken with her. False: it was not open."""
    return _step(connection, "contact", (number,), now, by, reason=None) > 0


def not_wanted(connection: Connection, number: int, by: str, now: datetime) -> bool:
    """She does not want it any more. False: it was not open."""
    return _step(connection, "drop", (number,), now, by, reason=PERSON) > 0


def reopen(connection: Connection, number: int, by: str, now: datetime) -> bool:
    """It was a mistake. False: it was open."""
    return _step(connection, "reopen", (number,), now, by, reason=None) > 0


def hand_over(connection: Connection, numbers: Sequence[int], owner: str) -> int:
    """They are somebody else's from now on, with the same day. How many."""
    f = follow_ups.c
    moved = update(follow_ups).where(f.id.in_(numbers), f.state == FollowUp.OPEN, f.owner != owner)
    return connection.execute(moved.values(owner=owner)).rowcount


def gone(connection: Connection) -> tuple[Task, ...]:
    """The open ones of members who have resigned, have died or are not to be asked any more."""
    return _whose(connection, and_(follow_ups.c.state == FollowUp.OPEN, _is_gone()))


def back(connection: Connection) -> tuple[Task, ...]:
    """Those that were dropped because a member was gone, who is one again."""
    f = follow_ups.c
    return _whose(connection, and_(f.state == FollowUp.DROPPED, f.reason == GONE, not_(_is_gone())))


def keep(connection: Connection, now: datetime) -> int:
    """Drop those of members who are gone, and take up those of members who are back. How many were touched."""
    left, returned = gone(connection), back(connection)
    _step(connection, "drop", [task.number for task in left], now, None, reason=GONE)
    _step(connection, "reopen", [task.number for task in returned], now, None, reason=None)
    return len(left) + len(returned)


def stop(connection: Connection, invitation: int, now: datetime) -> None:
    """A person has said that she is dead, or wants nothing more of the survey."""
    f = follow_ups.c
    of_hers = select(f.id).where(f.invitation_id == invitation, f.state == FollowUp.OPEN)
    _step(connection, "drop", connection.execute(of_hers).scalars().all(), now, None, reason=PERSON)


def _is_gone() -> ColumnElement[bool]:
    i = invitations.c
    return or_(contacts.c.resigned_at.is_not(None), i.removed.is_not(None), i.state == Invitation.STOPPED)


def _whose(connection: Connection, which: ColumnElement[bool]) -> tuple[Task, ...]:
    """With the members themselves: of those who are forgotten there is nothing to ask."""
    f = follow_ups.c
    query = select(follow_ups).join(invitations, invitations.c.id == f.invitation_id)
    query = query.join(contacts, contacts.c.id == f.contact_id).where(which).order_by(f.id)
    return tuple(_task(row) for row in connection.execute(query))


def _given(connection: Connection, invitation: int) -> dict[str, tuple[str, ...]]:
    """Her newest complete answers of both parts."""
    r = responses.c
    of_hers = and_(r.invitation_id == invitation, r.is_complete, r.part.in_((Part.SIGNED, Part.AFTER)))
    newest = select(func.max(r.id)).where(of_hers).group_by(r.part)
    rows = connection.execute(select(r.answers).where(r.id.in_(newest))).scalars()
    return {key: tuple(words) for answers in rows for key, words in answers.items()}


def _make(connection: Connection, owner: str, invitation: int, wish: str, day: date) -> None:
    i = invitations.c
    hers = connection.execute(select(i.survey_id, i.contact_id, i.state).where(i.id == invitation)).one()
    if hers.state != Invitation.ANSWERED:
        return
    values = {"survey_id": hers.survey_id, "invitation_id": invitation, "contact_id": hers.contact_id, "wish": wish}
    days = {"asked_on": day, "due_on": day + DUE, "at": _noon(day)}
    connection.execute(insert(follow_ups).values(**values, **days, owner=owner, state=FollowUp.OPEN))


def _step(
    connection: Connection, event: str, numbers: Sequence[int], at: datetime, by: str | None, **values: object
) -> int:
    before, after = follow_up_step(event)
    f = follow_ups.c
    moved = update(follow_ups).where(f.id.in_(numbers), f.state.in_(before))
    return connection.execute(moved.values(state=after, at=at, by=by, **values)).rowcount


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def _task(row: Row[Any]) -> Task:
    ids = (row.id, row.survey_id, row.invitation_id, row.contact_id)
    return Task(*ids, row.wish, row.asked_on, row.due_on, row.owner, row.state)
