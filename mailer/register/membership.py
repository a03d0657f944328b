"""Whether a contact is a member today: of some list that is the association's own register, and not resigned.

Takes   the folder of lists; a connection inside a transaction.
Gives   a yes or a no.
Fails   EditorError when the folder cannot be read.
"""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection, select

from mailer.errors import EditorError
from mailer.register.lists import read_lists
from mailer.register.tables import contacts, list_entries


def members_lists(folder: Path) -> tuple[str, ...]:
    """The keys of the members' lists."""
    return tuple(key for key, one in read_lists(folder).items() if one.members)


def readable_members_lists(folder: Path) -> tuple[str, ...] | None:
    """The same; None while a file among them is broken: then nobody knows who is no member."""
    try:
        return members_lists(folder)
    except EditorError:
        return None


def is_member(connection: Connection, contact_id: int, members: Sequence[str] | None) -> bool:
    """Whether she stands on a members' list and has not resigned; on any list, when it is not known which are theirs:
    to ask a person once too often costs less than to erase a member."""
    e = list_entries.c
    query = (
        select(e.contact_id)
        .join(contacts, contacts.c.id == e.contact_id)
        .where(e.contact_id == contact_id, contacts.c.resigned_at.is_(None))
    )
    if members is not None:
        query = query.where(e.list.in_(members))
    return connection.execute(query.limit(1)).first() is not None
