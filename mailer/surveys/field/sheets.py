"""Printed call sheets: numbered, with a caller until an hour, signed back; and what came of each line, typed.

Takes   a connection inside a transaction, the survey, the time now; whoever signs for it, by name.
Gives   a CallSheet and its lines; what happened, as one word of a closed list.
Fails   never: what is not so is said by a word.

The people of a sheet come from the same queue as a page's, by the same rules, and are before nobody else while the
sheet is out. A line that is typed is a call like any other: its outcome has the same consequences.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Select, func, insert, select, update

from mailer.db import Database
from mailer.languages import Language, language_of
from mailer.register.store import record_access
from mailer.register.tables import contacts
from mailer.surveys import store
from mailer.surveys.field import attempts, calling, holds
from mailer.surveys.field.calling import May, Outcome
from mailer.surveys.field.passes import Pass
from mailer.surveys.field.queue import Candidate, candidates, why_not
from mailer.surveys.field.tables import call_sheet_lines, call_sheets, contact_attempts
from mailer.surveys.plan.rules import Calendar
from mailer.surveys.states import Sheet, sheet_step
from mailer.surveys.store import Surveyed
from mailer.surveys.tables import invitations as invited

LONGEST = timedelta(days=7)  # out: names and numbers that lie about for longer are forgotten


@dataclass(frozen=True, slots=True)
class CallSheet:
    """One sheet. `number`: of the survey, as printed. `typed` of its `people` lines have an outcome."""

    key: int
    number: int
    name: str  # who calls
    made_by: str
    made_at: datetime
    expires_at: datetime
    state: str
    ended_at: datetime | None
    ended_by: str | None
    people: int
    typed: int

    def is_late(self, now: datetime) -> bool:
        """Whether it is out, and was to be back by now."""
        return self.state == Sheet.OUT and self.expires_at <= now


@dataclass(frozen=True, slots=True)
class Line:
    """One person of a sheet. `contact` None: she is forgotten."""

    line: int
    invitation: int
    contact: int | None
    is_member: bool  # neither forgotten nor resigned
    first_name: str
    last_name: str
    phone: str
    language: Language
    calls: int  # before this one
    again_at: datetime | None  # she has asked to be called then
    attempt: int | None
    outcome: str | None  # once it is typed

    @property
    def is_left(self) -> bool:
        """Whether somebody has still to type what came of it."""
        return self.is_member and self.outcome in (None, Outcome.TALKING)


def make(
    connection: Connection, db: Database, survey: Surveyed, name: str, by: str, people: int, calendar: Calendar,
    begins: datetime, until: datetime, now: datetime, may: May,
) -> CallSheet | str:  # fmt: skip
    """The next people of the queue, on a new sheet of that caller's. `begins`: when she may make the first call.

    ”closed”: the survey is not open; ”none_left”: nobody is to be called then.
    """
    db.last_look(connection, wish=True)
    if not store.read(connection, survey.number).is_open(now):
        return "closed"
    chosen: list[Candidate] = []
    for one in candidates(connection, survey, calendar, now, at=begins):
        moment = max(begins, one.again_at or begins)
        if len(chosen) == people:
            break
        is_hers = moment < until and why_not(one, calendar, moment) is None
        if is_hers and (one.is_call_back or may(connection, one) is None):
            chosen.append(one)
    if not chosen:
        return "none_left"
    s = call_sheets.c
    last = connection.execute(select(func.max(s.number)).where(s.survey_id == survey.number)).scalar_one() or 0
    values = {"survey_id": survey.number, "number": last + 1, "name": name[:200], "made_by": by[:200]}
    new = insert(call_sheets).values(**values, made_at=now, expires_at=until, state=Sheet.OUT)
    key = int(connection.execute(new.returning(s.id)).scalar_one())
    for line, one in enumerate(chosen, 1):
        connection.execute(insert(call_sheet_lines).values(sheet_id=key, line=line, invitation_id=one.invitation))
        record_access(connection, f"{name} (ringblad {last + 1})", "caller", one.contact, now)
    return _sheets(connection, s.id == key)[0]


def listed(connection: Connection, survey: int) -> tuple[CallSheet, ...]:
    """Every sheet of the survey, the newest first."""
    return tuple(reversed(_sheets(connection, call_sheets.c.survey_id == survey)))


def find(connection: Connection, survey: int, number: int) -> CallSheet | None:
    """The sheet of that number."""
    s = call_sheets.c
    return next(iter(_sheets(connection, (s.survey_id == survey) & (s.number == number))), None)


def lines(connection: Connection, sheet: CallSheet) -> tuple[Line, ...]:
    """Its people, as printed, and what is typed of them. Whoever shows their names records it."""
    n, i, c, a = call_sheet_lines.c, invited.c, contacts.c, contact_attempts.c
    query = (
        select(n.line, n.invitation_id, i.contact_id, c.first_name, c.last_name, c.phone, c.language, n.attempt_id,
               a.outcome, c.resigned_at)
        .join(invited, i.id == n.invitation_id)
        .outerjoin(contacts, c.id == i.contact_id)
        .outerjoin(contact_attempts, a.id == n.attempt_id)
        .where(n.sheet_id == sheet.key)
        .order_by(n.line)
    )  # fmt: skip
    found = []
    for row in connection.execute(query).all():
        made = attempts.calls_before(connection, row.invitation_id, row.attempt_id)
        is_member = row.contact_id is not None and row.resigned_at is None
        found.append(
            Line(
                row.line, row.invitation_id, row.contact_id, is_member, row.first_name or "",
                row.last_name or "", row.phone or "", language_of(row.language or "sv"), len(made),
                made[-1] if made else None, row.attempt_id, row.outcome,
            )
        )  # fmt: skip
    return tuple(found)


def left(people: Sequence[Line]) -> tuple[int, ...]:
    """The lines that nobody has typed. Who has resigned or is forgotten needs none."""
    return tuple(one.line for one in people if one.is_left)


def give_back(connection: Connection, db: Database, sheet: CallSheet, by: str, now: datetime) -> bool:
    """It is in the association's hands again, and whom it held is free. False: it was back already."""
    return _ended(connection, db, sheet, "give_back", by, now)


def lose(connection: Connection, db: Database, sheet: CallSheet, by: str, now: datetime) -> bool:
    """Nobody knows where it is. Whom it held is free. False: it is back, or known as lost."""
    return _ended(connection, db, sheet, "lose", by, now)


def lay(connection: Connection, db: Database, by: Pass, survey: Surveyed, number: int, line: int, now: datetime) -> str:
    """Lay the person of that line before her who types, as in a call. ”laid”; ”unknown”: no such line; ”typed”: it is
    typed already; ”nobody”: she has resigned or is forgotten; ”busy”: another caller has her now; ”have_one”: she who
    types has somebody else before her."""
    db.last_look(connection, wish=True)
    sheet, one = _line(connection, survey, number, line)
    if sheet is None or one is None:
        return "unknown"
    if one.contact is None or not one.is_member:
        return "nobody"
    if not one.is_left:
        return "typed"
    held = holds.of_pass(connection, by.number)
    if held is not None and held.sheet is None:
        return "have_one"
    if not holds.take(connection, by.number, one.invitation, now, sheet=sheet.key, attempt=one.attempt):
        return "busy"
    record_access(connection, f"{by.name} (ringblad {number})", "caller", one.contact, now)
    return "laid"


def note(
    connection: Connection, db: Database, survey: Surveyed, number: int, line: int, outcome: Outcome,
    again_at: datetime | None, now: datetime,
) -> str:  # fmt: skip
    """What came of the call of that line, typed without a page. ”settled”; ”changed”: noted, but she has answered,
    declined or left since, and nothing follows; ”typing”: somebody has the line before her on a page; or ”unknown”,
    ”typed”, ”nobody” as `lay` says."""
    db.last_look(connection, wish=True)
    sheet, one = _line(connection, survey, number, line)
    if sheet is None or one is None:
        return "unknown"
    if one.contact is None or not one.is_member:
        return "nobody"
    if not one.is_left:
        return "typed"
    held = holds.of_invitation(connection, one.invitation, now)
    if held is not None and held.sheet == sheet.key:
        return "typing"
    return calling.settle_line(
        connection, db, survey, sheet.key, sheet.name, one.invitation, one.attempt, outcome, again_at, now
    )


def _line(connection: Connection, survey: Surveyed, number: int, line: int) -> tuple[CallSheet | None, Line | None]:
    sheet = find(connection, survey.number, number)
    found = lines(connection, sheet) if sheet is not None else ()
    return sheet, next((one for one in found if one.line == line), None)


def _ended(connection: Connection, db: Database, sheet: CallSheet, event: str, by: str, now: datetime) -> bool:
    db.last_look(connection, wish=True)
    before, after = sheet_step(event)
    s = call_sheets.c
    moved = update(call_sheets).where(s.id == sheet.key, s.state.in_(before))
    return bool(connection.execute(moved.values(state=after, ended_at=now, ended_by=by[:200])).rowcount)


def _sheets(connection: Connection, which: object) -> list[CallSheet]:
    s, n, a = call_sheets.c, call_sheet_lines.c, contact_attempts.c
    columns = (s.id, s.number, s.name, s.made_by, s.made_at, s.expires_at, s.state, s.ended_at, s.ended_by)
    typed = func.count(a.id).filter(a.outcome != Outcome.TALKING)
    query: Select[tuple[object, ...]] = (
        select(*columns, func.count(n.line), typed)
        .outerjoin(call_sheet_lines, n.sheet_id == s.id)
        .outerjoin(contact_attempts, a.id == n.attempt_id)
        .where(which)  # type: ignore[arg-type]
        .group_by(*columns)
        .order_by(s.id)
    )
    return [CallSheet(*tuple(row)) for row in connection.execute(query)]  # type: ignore[arg-type]
