"""Who is invited, found by link or by code, and what becomes of an invitation.

Takes   a connection inside a transaction.
Gives   an Invited; the steps of its state.
Fails   never: who is not found is None.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from mailer.db import Database
from mailer.keys import Keys
from mailer.surveys import codes
from mailer.surveys.states import Survey, ask_step, invitation_step
from mailer.surveys.tables import asks, invitations, surveys


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


def step(connection: Connection, db: Database, number: int, event: str, **values: Any) -> bool:
    """Let an event happen to an invitation; False when its state does not know it. What ends the asking ends what is
    on its way to be asked, in the same transaction: the plan's rows here, open deliveries by `outbox`."""
    db.last_look(connection, wish=True)
    before, after = invitation_step(event)
    c = invitations.c
    moved = update(invitations).where(c.id == number, c.state.in_(before)).values(state=after, **values)
    if not connection.execute(moved).rowcount:
        return False
    if event in ("answer", "decline", "stop"):
        stop_asks(connection, number, event)
    return True


def stop_asks(connection: Connection, number: int, reason: str) -> None:
    """Nothing more of the plan happens to this invitation."""
    before, after = ask_step("stop")
    c = asks.c
    rows = update(asks).where(c.invitation_id == number, c.state.in_(before))
    connection.execute(rows.values(state=after, reason=reason))


def _one(connection: Connection, which: Any) -> Invited | None:
    i, s = invitations.c, surveys.c
    query = select(
        i.id, i.survey_id, s.key, i.contact_id, i.state, s.opens_at, s.closes_at, s.state.label("survey_state")
    ).join(surveys, s.id == i.survey_id)
    row = connection.execute(query.where(which, i.contact_id.is_not(None))).one_or_none()
    return Invited(*tuple(row)) if row is not None else None
