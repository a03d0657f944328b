"""One call, as it is kept: its row, the step of the plan it was of, and the line of a printed sheet it is on.

Takes   a connection inside a write transaction; an invitation, an outcome, who called and when.
Gives   the number of a row; the calls somebody has had.
Fails   never.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from mailer.content.channel_plan.model import Channel
from mailer.surveys.field.holds import Hold
from mailer.surveys.field.tables import call_sheet_lines, call_sheets, contact_attempts
from mailer.surveys.states import ask_step
from mailer.surveys.store import Surveyed
from mailer.surveys.tables import asks
from mailer.surveys.tables import invitations as invited


def called(
    connection: Connection, survey: Surveyed, invitation: int, outcome: str, again_at: datetime | None,
    by: str, at: datetime, pass_number: int | None,
) -> int:  # fmt: skip
    """A call was made: a row of its own, and the step of the plan has reached her."""
    step = step_of(connection, survey, invitation)
    before, after = ask_step("ask")
    a = asks.c
    of_step = (a.invitation_id == invitation) & (a.step == step) & a.state.in_(before)
    connection.execute(update(asks).where(of_step).values(state=after, asked_at=at))
    whose = select(invited.c.contact_id).where(invited.c.id == invitation).scalar_subquery()
    values: dict[str, Any] = {"invitation_id": invitation, "contact_id": whose, "step": step}
    values |= {"channel": Channel.TELEPHONE, "at": at, "outcome": outcome, "again_at": again_at}
    new = insert(contact_attempts).values(**values, by=by, pass_id=pass_number)
    return int(connection.execute(new.returning(contact_attempts.c.id)).scalar_one())


def called_by(connection: Connection, hold: Hold, name: str, now: datetime) -> tuple[str, datetime]:
    """Who made the call, and when: of a sheet whoever had it, at the latest when it was to be back."""
    if hold.sheet is None:
        return name, now
    query = select(call_sheets.c.name).where(call_sheets.c.id == hold.sheet)
    return str(connection.execute(query).scalar_one()), min(now, expiry(connection, hold.sheet))


def expiry(connection: Connection, sheet: int) -> datetime:
    at: datetime = connection.execute(select(call_sheets.c.expires_at).where(call_sheets.c.id == sheet)).scalar_one()
    return at


def typed(connection: Connection, sheet: int | None, invitation: int, attempt: int) -> None:
    n = call_sheet_lines.c
    of_line = update(call_sheet_lines).where(n.sheet_id == sheet, n.invitation_id == invitation)
    connection.execute(of_line.values(attempt_id=attempt))


def line_of(connection: Connection, hold: Hold) -> tuple[int | None, int]:
    """(number of the sheet, line) that is typed; (None, 0) of a call that is made now."""
    n, s = call_sheet_lines.c, call_sheets.c
    query = select(s.number, n.line).join(call_sheets, s.id == n.sheet_id)
    row = connection.execute(query.where(n.sheet_id == hold.sheet, n.invitation_id == hold.invitation)).one_or_none()
    return (row.number, row.line) if row is not None else (None, 0)


def noted(
    connection: Connection, attempt: int, outcome: str, again_at: datetime | None, herself: bool | None = None
) -> None:
    """What came of a call that was begun, after her yes. `herself`: she said it, where another could have."""
    a = contact_attempts.c
    values = {"outcome": outcome, "again_at": again_at, "herself": herself}
    connection.execute(update(contact_attempts).where(a.id == attempt).values(**values))


def step_of(connection: Connection, survey: Surveyed, invitation: int) -> str:
    """The telephone step that this call is of: the last one that was due."""
    a = asks.c
    rounds = [step.key for step in survey.plan.steps if step.channel == Channel.TELEPHONE]
    query = select(a.step).where(a.invitation_id == invitation, a.step.in_(rounds), a.planned_for.is_not(None))
    found: str | None = connection.execute(query.order_by(a.planned_for.desc()).limit(1)).scalar_one_or_none()
    return found or (rounds[0] if rounds else "")


def calls_before(connection: Connection, invitation: int, but: int | None) -> list[datetime | None]:
    """The `again_at` of each call she has had, oldest first; not of the one that is going on."""
    a = contact_attempts.c
    query = select(a.again_at).where(a.invitation_id == invitation, a.channel == Channel.TELEPHONE)
    if but is not None:
        query = query.where(a.id != but)
    return list(connection.execute(query.order_by(a.at, a.id)).scalars())
