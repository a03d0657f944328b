"""What the surveys hold of one person, for her to read, and how they forget her.

Takes   a connection inside a transaction; a contact.
Gives   the facts of every table of the surveys that leads to her; what was erased.
Fails   never.

The ballot box and the urn are not among them: nothing in them leads to anybody.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, String, cast, delete, literal, select, update

from mailer.db import Database
from mailer.surveys import invitations
from mailer.surveys.box.tables import responses
from mailer.surveys.field.tables import (
    call_sheet_lines,
    call_sheets,
    contact_attempts,
    holds,
    proposals,
    put_backs,
)
from mailer.surveys.following.tables import follow_ups
from mailer.surveys.posting.tables import letter_runs, letters
from mailer.surveys.states import follow_up_step
from mailer.surveys.tables import asks, channel_stops, surveys
from mailer.surveys.tables import invitations as table


def about(connection: Connection, contact: int) -> list[dict[str, Any]]:
    """Each survey she is invited to: what became of it, what was asked of her, what she has answered under her name."""
    t, s = table.c, surveys.c
    query = (
        select(
            t.id,
            s.title,
            t.is_frozen,
            t.removed,
            t.state,
            t.reason,
            t.answered_on,
            t.declined_on,
            t.through,
            t.created_at,
        )
        .join(surveys, s.id == t.survey_id)
        .where(t.contact_id == contact)
        .order_by(t.id)
    )
    return [_one(connection, dict(row._mapping)) for row in connection.execute(query).all()]


def forget(connection: Connection, db: Database, contact: int, now: datetime) -> int:
    """Cut every tie to her and erase what she has answered under her name. That somebody was invited stays, so that the
    denominator does, and whether she answered; how many invitations."""
    t = table.c
    numbers = list(connection.execute(select(t.id).where(t.contact_id == contact)).scalars())
    for number in numbers:
        invitations.stop(connection, db, number, "forgotten", now)
    hers = select(t.id).where(t.contact_id == contact)
    for gone in (responses, proposals, holds, put_backs, channel_stops):
        connection.execute(delete(gone).where(gone.c.invitation_id.in_(hers)))
    made = update(contact_attempts).where(
        (contact_attempts.c.contact_id == contact) | contact_attempts.c.invitation_id.in_(hers)
    )
    connection.execute(made.values(contact_id=None, again_at=None))
    _forget_wishes(connection, contact, now)
    connection.execute(update(letters).where(letters.c.invitation_id.in_(hers)).values(address_hash=""))
    connection.execute(update(table).where(t.contact_id == contact).values(contact_id=None, code_key=_nobodys(t.id)))
    return len(numbers)


def _forget_wishes(connection: Connection, contact: int, now: datetime) -> None:
    """Nobody is to get in touch with her. That somebody wanted to be active is a number that stays."""
    f = follow_ups.c
    before, after = follow_up_step("drop")
    hers = f.contact_id == contact
    gone = {"state": after, "at": now, "by": None, "reason": "forgotten"}
    connection.execute(update(follow_ups).where(hers, f.state.in_(before)).values(**gone))
    connection.execute(update(follow_ups).where(hers).values(contact_id=None))


def _one(connection: Connection, row: dict[str, Any]) -> dict[str, Any]:
    number = row.pop("id")
    a, r, c, s = asks.c, responses.c, contact_attempts.c, channel_stops.c
    f, n, g, h, k = follow_ups.c, letters.c, letter_runs.c, call_sheets.c, call_sheet_lines.c
    of: dict[str, Select[Any]] = {
        "asks": select(a.step, a.channel, a.state, a.planned_for, a.asked_at).where(a.invitation_id == number),
        "answers": select(r.part, r.answers, r.is_complete, r.at, r.through, r.typed_by).where(
            r.invitation_id == number
        ),
        "attempts": select(c.step, c.channel, c.at, c.outcome, c.again_at, c.by).where(c.invitation_id == number),
        "channel_stops": select(s.channel, s.reason, s.at).where(s.invitation_id == number),
        "letters": select(g.step, n.state, n.at, g.made_by, g.made_at, g.posted_by)
        .join(letter_runs, g.id == n.run_id)
        .where(n.invitation_id == number),
        "call_sheets": select(h.number, h.name, h.made_by, h.made_at, h.state, h.ended_at, h.ended_by)
        .join(call_sheet_lines, k.sheet_id == h.id)
        .where(k.invitation_id == number),
        "follow_ups": select(f.wish, f.asked_on, f.due_on, f.owner, f.state, f.at, f.by).where(
            f.invitation_id == number
        ),
    }
    return row | {what: [dict(one._mapping) for one in connection.execute(query)] for what, query in of.items()}


def _nobodys(number: ColumnElement[int]) -> ColumnElement[str]:
    """In the place of a code's key: of nobody, and of no other invitation."""
    return literal("forgotten-") + cast(number, String)
