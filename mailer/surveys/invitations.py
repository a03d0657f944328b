"""Who is invited, found by link or by code, and what becomes of an invitation.

Takes   a connection inside a transaction.
Gives   an Invited; the steps of its state.
Fails   never: who is not found is None.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from mailer.content.channel_plan.model import Whom
from mailer.db import Database
from mailer.errors import BrokenPromise
from mailer.keys import Keys
from mailer.outbox.states import Delivery
from mailer.outbox.store import control
from mailer.outbox.tables import deliveries
from mailer.surveys import codes
from mailer.surveys.plan.reasons import STOPS
from mailer.surveys.states import Ask, Invitation, Survey, ask_step, invitation_step
from mailer.surveys.tables import asks, channel_stops, invitations, surveys

ENDS = {"answer": "answered", "decline": "declined", "stop": "stopped"}  # what ends the asking, and what it is called
REMOVED = ("died_before", "never_member", "duplicate")  # why somebody never was in the denominator
NEVER_SENT = (Delivery.WITHDRAWN, Delivery.EXCLUDED)
# Who begins or answers after a no has taken it back.
_TAKEN_BACK: dict[str, dict[str, Any]] = {
    "begin": {"declined_on": None, "through": None},
    "answer": {"declined_on": None},
}


@dataclass(frozen=True, slots=True)
class Invited:
    """One invitation, and its survey as far as everybody asks about it."""

    number: int
    survey: int
    survey_key: str
    contact: int
    state: str
    opens_at: datetime
    closes_at: datetime
    survey_state: str

    def is_open(self, now: datetime) -> bool:
        """Whether it can be answered at this moment."""
        return self.survey_state == Survey.APPROVED and self.opens_at <= now < self.closes_at


def by_token(connection: Connection, keys: Keys, word: str) -> Invited | None:
    """The invitation that a link leads to."""
    found = codes.read_token(keys, word)
    if found is None:
        return None
    c = invitations.c
    return _one(connection, (c.survey_id == found[0]) & (c.contact_id == found[1]))


def by_code(connection: Connection, keys: Keys, typed: str) -> Invited | None:
    """The invitation that a typed code leads to, of all surveys there are."""
    word = codes.read_code(typed)
    if word is None:
        return None
    for survey in connection.execute(select(surveys.c.id).order_by(surveys.c.id.desc())).scalars().all():
        c = invitations.c
        if found := _one(connection, (c.survey_id == survey) & (c.code_key == codes.code_key(keys, survey, word))):
            return found
    return None


def read(connection: Connection, number: int) -> Invited | None:
    """The invitation of this number, as long as somebody is behind it."""
    return _one(connection, invitations.c.id == number)


def invite(
    connection: Connection, keys: Keys, survey: int, contact: int, list_key: str, is_frozen: bool, now: datetime
) -> int:
    """A new invitation, with a code that nobody else of the survey has. Its number."""
    version, c = 0, invitations.c
    while True:
        key = codes.code_key(keys, survey, codes.code(keys, survey, contact, version))
        taken = select(c.id).where(c.survey_id == survey, c.code_key == key)
        if connection.execute(taken).first() is None:
            break
        version += 1
    values = {"survey_id": survey, "contact_id": contact, "list": list_key, "code_key": key, "version": version}
    new = insert(invitations).values(**values, is_frozen=is_frozen, state="invited", created_at=now)
    return int(connection.execute(new.returning(c.id)).scalar_one())


def step(
    connection: Connection, db: Database, number: int, event: str, now: datetime | None = None, **values: Any
) -> bool:
    """Let an event happen to an invitation; False when its state does not know it. What ends the asking ends what is
    on its way to be asked, in the same transaction: the plan's rows here, open deliveries by `outbox`.

    `now`: when the deliveries were taken back. An answer has none: the day alone, that no moment ties a ballot to her.
    """
    db.last_look(connection, wish=True)
    before, after = invitation_step(event)
    values = _TAKEN_BACK.get(event, {}) | values
    c = invitations.c
    fresh = [state for state in before if state != after]
    query = select(c.survey_id, c.contact_id).where(c.id == number, c.state.in_(fresh)).with_for_update()
    found = connection.execute(query).one_or_none()
    moved = update(invitations).where(c.id == number, c.state.in_(before)).values(state=after, **values)
    if not connection.execute(moved).rowcount:
        return False
    # Who answers once more has nothing open but what thanks her.
    if event in ENDS and found is not None:
        stop_asks(connection, number, ENDS[event], _thanks(connection, found.survey_id) if event == "answer" else ())
        if found.contact_id is not None:
            at = now or _day(values.get("answered_on"))
            control.withdraw_survey(connection, db, found.survey_id, found.contact_id, at, ENDS[event])
    return True


def stop_asks(connection: Connection, number: int, reason: str, but: Sequence[str] = ()) -> None:
    """Nothing more of the plan happens to this invitation. `but`: the steps that thank whoever has answered."""
    before, after = ask_step("stop")
    c = asks.c
    rows = update(asks).where(c.invitation_id == number, c.state.in_(before), c.step.not_in(but))
    connection.execute(rows.values(state=after, reason=reason))


def decline(connection: Connection, db: Database, number: int, through: str, now: datetime) -> bool:
    """She will not answer: she is not asked again, and still counts among the members. False: she has answered, or is
    not asked any more. `through`: web, telephone, paper, mail. Of when she said it the day alone is kept."""
    return step(connection, db, number, "decline", now, through=through, declined_on=now.astimezone(UTC).date())


def stop(connection: Connection, db: Database, number: int, reason: str, now: datetime, removed: str = "") -> bool:
    """She is not asked any more: resigned, died, objected, or a person has said so. False: nothing was to be stopped.

    `removed`: out of the denominator as well, whatever her state (REMOVED names the three reasons there are).
    """
    if removed:
        connection.execute(update(invitations).where(invitations.c.id == number).values(removed=removed))
    if step(connection, db, number, "stop", now, reason=reason):
        return True
    # Who has resigned may come back, and goes on then: what a person says of her is the stronger reason.
    c = invitations.c
    resigned = update(invitations).where(c.id == number, c.state == Invitation.STOPPED, c.reason == "resigned")
    connection.execute(resigned.values(reason=reason))
    return False


def resume(connection: Connection, db: Database, number: int, now: datetime) -> bool:
    """The stop was a mistake, or she is a member again. False: she was not stopped.

    What the stop kept from her is taken out of her plan, which is to be drawn anew (`asking.draw_up`). Whoever had
    declined before it has declined, and is not asked.
    """
    said_no = select(invitations.c.through).where(invitations.c.id == number)
    had_declined = connection.execute(said_no).scalar_one() is not None
    if not step(connection, db, number, "resume", now, reason=None):
        return False
    if had_declined:
        return step(connection, db, number, "decline", now)
    a, d = asks.c, deliveries.c
    contact = select(invitations.c.contact_id).where(invitations.c.id == number).scalar_subquery()
    kept_back = select(d.mailing_id).where(d.contact_id == contact, d.state.in_(NEVER_SENT), d.reason.in_(STOPS))
    hers = delete(asks).where(a.invitation_id == number)
    connection.execute(
        hers.where(
            (a.state == Ask.STOPPED)
            | ((a.state == Ask.NOT_ASKED) & a.reason.in_(STOPS))
            | ((a.state == Ask.ASKED) & a.mailing_id.in_(kept_back))
        )
    )
    return True


def stop_channel(connection: Connection, number: int, channel: str, reason: str, now: datetime) -> bool:
    """One channel does not lead to her: hard_bounce, wrong_number, returned_letter. False: it was known."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(channel_stops).values(invitation_id=number, channel=channel, reason=reason, at=now)
    return bool(connection.execute(new.on_conflict_do_nothing()).rowcount)


def open_channel(connection: Connection, number: int, channel: str, reason: str) -> bool:
    """What was stopped for this reason is open again: the bounce was none, the number is right after all."""
    c = channel_stops.c
    gone = delete(channel_stops).where(c.invitation_id == number, c.channel == channel, c.reason == reason)
    return bool(connection.execute(gone).rowcount)


def _thanks(connection: Connection, survey: int) -> tuple[str, ...]:
    """The steps of the plan that are for those who have answered."""
    raw = connection.execute(select(surveys.c.plan).where(surveys.c.id == survey)).scalar_one()
    return tuple(one["key"] for one in raw["steps"] if one["whom"] == Whom.ANSWERED)


def _day(day: date | None) -> datetime:
    """The day's first moment. BrokenPromise without a day: whoever ends the asking says when."""
    if day is None:
        raise BrokenPromise("ett svar eller ett nej utan dag")
    return datetime.combine(day, time(0), UTC)


def _one(connection: Connection, which: Any) -> Invited | None:
    i, s = invitations.c, surveys.c
    query = select(
        i.id, i.survey_id, s.key, i.contact_id, i.state, s.opens_at, s.closes_at, s.state.label("survey_state")
    ).join(surveys, s.id == i.survey_id)
    row = connection.execute(query.where(which, i.contact_id.is_not(None))).one_or_none()
    return Invited(*tuple(row)) if row is not None else None
