"""The list of all that was changed by itself.

Takes   what was changed, and by what.
Gives   a row in `consequences`; its number.
Fails   BrokenPromise on a word that is no consequence.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, insert, not_

from mailer.errors import BrokenPromise
from mailer.feedback.tables import consequences
from mailer.outbox.store import notices
from mailer.outbox.tables import mailings

# bounced: a delivery. point, reset, asked, suppressed: an address. left: a list. paused: a mailing.
# handed: somebody's words, to a person. alarmed: the administrators are told.
WHAT = ("bounced", "point", "reset", "asked", "suppressed", "left", "paused", "handed", "alarmed")


def note(connection: Connection, what: str, now: datetime, **of: Any) -> int:
    """Write down one consequence. `of`: received_id, delivery_id, mailing_id, contact_id, address_key, number, word."""
    if what not in WHAT:
        raise BrokenPromise(f"{what} är ingen följd av något")
    new = insert(consequences).values(what=what, at=now, **of).returning(consequences.c.id)
    return int(connection.execute(new).scalar_one())


def reply_name(received: int) -> str:
    """The name of the notice in which a person is given the words of a mail."""
    return f"svar/{received}"


def is_to_staff() -> ColumnElement[bool]:
    """Whether a mailing is what the house says to its own people: only machines answer it to where bounces come."""
    to_member = mailings.c.name.startswith(f"systemmejl/{notices.TO_MEMBERS}/", autoescape=True)
    return and_(mailings.c.kind == "notice", not_(to_member))
