"""Holds: one person before one caller. Two never talk to the same, and one never has two.

Takes   a connection inside a write transaction that has the last look, the time now.
Gives   a Hold.
Fails   never.

A hold that nobody has stirred for half an hour is let go as soon as somebody else wants the person; until then whoever
came back from a long call finds it where it was.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from mailer.surveys.field.tables import holds, passes, put_backs

SILENCE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Hold:
    """Whom a pass holds. `attempt`: the call that is going on, once she has answered the telephone."""

    invitation: int
    pass_number: int
    since: datetime
    attempt: int | None
    is_named: bool = False  # found by her name: it may be shown
    is_submitted: bool = False  # all but ”contact me” is answered
    sheet: int | None = None  # the printed sheet whose line is being typed


def of_pass(connection: Connection, pass_number: int) -> Hold | None:
    """Whom this caller has before her."""
    return _one(connection, holds.c.pass_id == pass_number)


def of_invitation(connection: Connection, invitation: int, now: datetime) -> Hold | None:
    """Who has this person before her, as far as the hold lives."""
    found = _one(connection, holds.c.invitation_id == invitation)
    return None if found is None or found.since <= now - SILENCE or _is_over(connection, found, now) else found


def take(
    connection: Connection, pass_number: int, invitation: int, now: datetime, is_named: bool = False,
    sheet: int | None = None, attempt: int | None = None,
) -> bool:  # fmt: skip
    """Hold the person; False when somebody else does. Whom the pass held before is let go. `sheet`: a line of it is
    typed; `attempt`: the call that was begun before."""
    found = of_invitation(connection, invitation, now)
    if found is not None and found.pass_number != pass_number:
        return False
    h = holds.c
    connection.execute(delete(holds).where((h.invitation_id == invitation) | (h.pass_id == pass_number)))
    values = {"invitation_id": invitation, "pass_id": pass_number, "since": now, "is_named": is_named}
    connection.execute(insert(holds).values(**values, sheet_id=sheet, attempt_id=attempt))
    return True


def touch(connection: Connection, pass_number: int, now: datetime, attempt: int | None = None) -> None:
    """A sign of life; with `attempt`: this is the call."""
    values = {"since": now} | ({"attempt_id": attempt} if attempt is not None else {})
    connection.execute(update(holds).where(holds.c.pass_id == pass_number).values(**values))


def submitted(connection: Connection, pass_number: int) -> None:
    """The form is submitted; the person is held until she has been asked the last thing."""
    connection.execute(update(holds).where(holds.c.pass_id == pass_number).values(is_submitted=True))


def release(connection: Connection, pass_number: int) -> None:
    """Whom the pass held is free."""
    connection.execute(delete(holds).where(holds.c.pass_id == pass_number))


def put_back(connection: Connection, hold: Hold) -> None:
    """Free for others; this caller does not get the same person again."""
    release(connection, hold.pass_number)
    p = put_backs.c
    same = (p.pass_id == hold.pass_number) & (p.invitation_id == hold.invitation)
    if connection.execute(select(p.pass_id).where(same)).first() is None:
        connection.execute(insert(put_backs).values(pass_id=hold.pass_number, invitation_id=hold.invitation))


def _is_over(connection: Connection, hold: Hold, now: datetime) -> bool:
    p = passes.c
    query = select(p.ended_at, p.expires_at).where(p.id == hold.pass_number)
    ended_at, expires_at = connection.execute(query).one()
    return ended_at is not None or expires_at <= now


def _one(connection: Connection, which: object) -> Hold | None:
    h = holds.c
    columns = (h.invitation_id, h.pass_id, h.since, h.attempt_id, h.is_named, h.is_submitted, h.sheet_id)
    row = connection.execute(
        select(*columns).where(which)  # type: ignore[arg-type]
    ).one_or_none()
    return Hold(*tuple(row)) if row is not None else None
