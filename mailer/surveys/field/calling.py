"""A caller's evening: the next person, what came of the call, and what follows from it.

Takes   a connection inside a write transaction, the Pass of the caller, the survey, the time now.
Gives   whom she has before her; what happened, as one word of a closed list.
Fails   never: what is not so any more is said by a word.

Everything is looked at anew in the transaction that changes it, behind the lock that all wishes to stop take
(`Database.last_look`): who has answered by herself a moment ago is not called.

There is no ”left a message”: whoever hears it may be somebody else, and that she is a member is not theirs to know.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection, delete, select

from mailer.content.channel_plan.model import Channel
from mailer.db import Database
from mailer.languages import Language, language_of
from mailer.register import requests
from mailer.register.store import record_access
from mailer.register.tables import contacts
from mailer.surveys import invitations, store
from mailer.surveys.field import attempts, holds
from mailer.surveys.field.passes import Pass
from mailer.surveys.field.queue import Candidate, candidates, why_closed, why_not
from mailer.surveys.field.tables import contact_attempts
from mailer.surveys.plan.rules import Calendar
from mailer.surveys.states import invitation_step
from mailer.surveys.store import Surveyed
from mailer.surveys.tables import invitations as invited

GONE = "reported_gone"  # why an invitation is stopped, until a person has looked in the register
May = Callable[[Connection, Candidate], str | None]  # why the rest of the house wants her left in peace


class Outcome(StrEnum):
    """What came of one call."""

    TALKING = "talking"  # she has answered the telephone, and the form is before the caller
    ANSWERED = "answered"  # the form is submitted
    NO_ANSWER = "no_answer"
    BUSY = "busy"
    AGAIN = "again"  # she wants to be called at another hour
    HERSELF = "herself"  # she wants to answer by herself: nobody calls again
    DECLINED = "declined"
    WRONG_NUMBER = "wrong_number"
    GONE = "gone"  # dead, or no member any more, says whoever answered the telephone


OUTCOME_WORDS: Mapping[str, str] = {
    Outcome.TALKING: "samtalet började, inte klart",
    Outcome.ANSWERED: "svarade i telefon",
    Outcome.NO_ANSWER: "svarade inte",
    Outcome.BUSY: "upptaget",
    Outcome.AGAIN: "ring igen",
    Outcome.HERSELF: "vill svara själv",
    Outcome.DECLINED: "vill inte svara",
    Outcome.WRONG_NUMBER: "fel nummer",
    Outcome.GONE: "avliden eller inte medlem längre",
}
# She has answered the telephone herself, and said so, or nobody else may. What anybody can say is hers after her yes.
SPOKEN = (Outcome.TALKING, Outcome.ANSWERED, Outcome.HERSELF, Outcome.DECLINED)
BY_ANYBODY = (Outcome.AGAIN, Outcome.GONE)
SETTLING = tuple(o for o in Outcome if o not in (Outcome.TALKING, Outcome.ANSWERED))  # the buttons


@dataclass(frozen=True, slots=True)
class Before:
    """The person a caller has before her, as she stands now."""

    invitation: int
    contact: int
    first_name: str
    last_name: str
    phone: str  # E.164
    language: Language
    state: str
    is_talking: bool  # she has answered the telephone
    calls: int  # before this one
    is_call_back: bool
    sheet: int | None = None  # its number, when a line of a printed sheet is typed; None: a call that is made now
    line: int = 0  # of that sheet

    @property
    def is_open(self) -> bool:
        """Whether she may still be asked; else she has answered, declined or been stopped in the meantime."""
        return self.state in invitation_step("decline")[0]


def before(connection: Connection, by: Pass) -> Before | None:
    """Whom this caller has before her; None when nobody, or when that person is forgotten or has resigned."""
    hold = holds.of_pass(connection, by.number)
    if hold is None:
        return None
    i, c = invited.c, contacts.c
    query = select(i.contact_id, c.first_name, c.last_name, c.phone, c.language, i.state)
    query = query.join(contacts, c.id == i.contact_id).where(i.id == hold.invitation, c.resigned_at.is_(None))
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    made = attempts.calls_before(connection, hold.invitation, hold.attempt)
    sheet, line = attempts.line_of(connection, hold)
    return Before(
        hold.invitation, row.contact_id, row.first_name, row.last_name, row.phone or "", language_of(row.language),
        row.state, hold.attempt is not None, len(made), bool(made and made[-1] is not None), sheet, line,
    )  # fmt: skip


def take(
    connection: Connection, db: Database, by: Pass, survey: Surveyed, calendar: Calendar, now: datetime, may: May
) -> str:
    """The next person, before this caller and nobody else. Pressed again while she has one, she keeps that one.

    ”taken”; ”kept”; or why there is none: none_left, or a key of surveys/plan/reasons.py for the hour.
    """
    db.last_look(connection, wish=True)
    held = before(connection, by)
    if held is not None and held.is_open:
        holds.touch(connection, by.number, now)
        return "kept"
    holds.release(connection, by.number)
    if not store.read(connection, survey.number).is_open(now):  # withdrawn a moment ago?
        return "closed"
    if why := why_closed(survey.plan, calendar, now):
        return why
    for one in candidates(connection, survey, calendar, now, by.number):
        is_hers = why_not(one, calendar, now) is None and (one.is_call_back or may(connection, one) is None)
        if is_hers and holds.take(connection, by.number, one.invitation, now):
            record_access(connection, f"{by.name} (ringrunda)", "caller", one.contact, now)
            return "taken"
    return "none_left"


def put_back(connection: Connection, db: Database, by: Pass, invitation: int) -> str:
    """She cannot call this one: ”back”, or ”not_yours”."""
    db.last_look(connection, wish=True)
    hold = holds.of_pass(connection, by.number)
    if hold is None or hold.invitation != invitation:
        return "not_yours"
    holds.put_back(connection, hold)
    return "back"


def begin(connection: Connection, db: Database, by: Pass, survey: Surveyed, invitation: int, now: datetime) -> str:
    """She has answered the telephone, and will answer: ”talking”; ”changed” when she has already; ”not_yours”."""
    db.last_look(connection, wish=True)
    hold, held = holds.of_pass(connection, by.number), before(connection, by)
    if hold is None or hold.invitation != invitation:
        return "not_yours"
    if held is None or not held.is_open:
        holds.release(connection, by.number)
        return "changed"
    if hold.attempt is None:
        who, at = attempts.called_by(connection, hold, by.name, now)
        attempt = attempts.called(connection, survey, held.invitation, Outcome.TALKING, None, who, at, by.number)
        holds.touch(connection, by.number, now, attempt)
        attempts.typed(connection, hold.sheet, held.invitation, attempt)
    else:
        holds.touch(connection, by.number, now)
    return "talking"


def take_back(connection: Connection, db: Database, by: Pass, invitation: int, now: datetime) -> str:
    """It was somebody else who answered, and the caller pressed too early: she has the person before her as before the
    yes. ”asking”, or ”not_yours”."""
    db.last_look(connection, wish=True)
    hold = holds.of_pass(connection, by.number)
    if hold is None or hold.invitation != invitation or hold.sheet is not None:
        return "not_yours"
    if hold.attempt is not None and not hold.is_submitted:
        holds.take(connection, by.number, invitation, now)
        connection.execute(delete(contact_attempts).where(contact_attempts.c.id == hold.attempt))
    return "asking"


def settle(
    connection: Connection, db: Database, by: Pass, survey: Surveyed, invitation: int, outcome: Outcome,
    again_at: datetime | None, now: datetime,
) -> str:  # fmt: skip
    """What came of the call, and what follows. ”settled”; ”changed”: noted, but she has answered, declined or left in
    the meantime, and nothing follows; ”not_yours”: another has her, or it is settled already, and nothing is done."""
    db.last_look(connection, wish=True)
    hold, held = holds.of_pass(connection, by.number), before(connection, by)
    if hold is None or hold.invitation != invitation:
        return "not_yours"
    holds.release(connection, by.number)
    if held is None:
        return "changed"
    who, at = attempts.called_by(connection, hold, by.name, now)
    again = again_at if outcome is Outcome.AGAIN else None
    if hold.attempt is not None:
        attempts.noted(connection, hold.attempt, outcome, again, outcome in BY_ANYBODY or None)
    else:
        attempt = attempts.called(connection, survey, held.invitation, outcome, again, who, at, by.number)
        attempts.typed(connection, hold.sheet, held.invitation, attempt)
    if not held.is_open:
        return "changed"
    _follow(connection, db, held.invitation, held.contact, outcome, now)
    return "settled"


def settle_line(
    connection: Connection, db: Database, survey: Surveyed, sheet: int, caller: str, invitation: int,
    attempt: int | None, outcome: Outcome, again_at: datetime | None, now: datetime,
) -> str:  # fmt: skip
    """What came of a call from a printed sheet, typed without a page: ”settled” or ”changed”, as `settle`."""
    db.last_look(connection, wish=True)
    query = select(invited.c.contact_id, invited.c.state).where(invited.c.id == invitation)
    contact, state = connection.execute(query).one()
    again = again_at if outcome is Outcome.AGAIN else None
    if attempt is not None:
        attempts.noted(connection, attempt, outcome, again, outcome in BY_ANYBODY or None)
    else:
        at = min(now, attempts.expiry(connection, sheet))
        attempt = attempts.called(connection, survey, invitation, outcome, again, caller, at, None)
        attempts.typed(connection, sheet, invitation, attempt)
    if contact is None or state not in invitation_step("decline")[0]:
        return "changed"
    _follow(connection, db, invitation, contact, outcome, now)
    return "settled"


def answered(connection: Connection, by: Pass, keeps: bool = False) -> None:
    """The form of the call that is going on has been submitted, in this transaction. `keeps`: there is one thing left
    to ask, and the caller has her until then."""
    hold = holds.of_pass(connection, by.number)
    if hold is not None and hold.attempt is not None:
        attempts.noted(connection, hold.attempt, Outcome.ANSWERED, None)
    if keeps:
        holds.submitted(connection, by.number)
    else:
        holds.release(connection, by.number)


def is_submitted(connection: Connection, by: Pass) -> bool:
    """Whether her form is submitted, and only ”contact me” is left to ask."""
    hold = holds.of_pass(connection, by.number)
    return hold is not None and hold.is_submitted


def is_hers(connection: Connection, by: Pass, invitation: int) -> bool:
    """Whether this caller has that person before her."""
    hold = holds.of_pass(connection, by.number)
    return hold is not None and hold.invitation == invitation


def stirred(connection: Connection, by: Pass, now: datetime) -> None:
    """A sign of life from the one who has somebody before her."""
    holds.touch(connection, by.number, now)


def release(connection: Connection, by: Pass) -> None:
    """She is done with whom she had."""
    holds.release(connection, by.number)


def _follow(
    connection: Connection, db: Database, invitation: int, contact: int, outcome: Outcome, now: datetime
) -> None:
    if outcome is Outcome.DECLINED:
        invitations.decline(connection, db, invitation, "telephone", now)
    elif outcome is Outcome.WRONG_NUMBER:
        invitations.stop_channel(connection, invitation, Channel.TELEPHONE, "wrong_number", now)
    elif outcome is Outcome.GONE:
        invitations.stop(connection, db, invitation, GONE, now)
        requests.ask(connection, "gone", contact, "", now)
