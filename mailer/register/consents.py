"""Consents: who agreed to what, in which words, when and how; and when it was withdrawn (GDPR article 7).

Takes   a connection inside a transaction, the time now.
Gives   the version of a wording: the hash that its text is kept under.
Fails   never.
"""

import hashlib
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from mailer.register.page_tables import consents, wordings
from mailer.register.tables import ALL_LISTS, leaves


def version_of(list_key: str, text: str) -> str:
    """Another text, or another list, is another agreement."""
    return hashlib.sha256(f"{list_key}\0{text}".encode()).hexdigest()


def keep_wording(connection: Connection, list_key: str, text: str, now: datetime) -> str:
    """The version, with its text kept."""
    version = version_of(list_key, text)
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    row = dialect.insert(wordings).values(hash=version, list=list_key, text=text, since=now)
    connection.execute(row.on_conflict_do_nothing())
    return version


def agree(
    connection: Connection,
    contact_id: int,
    list_key: str,
    version: str,
    language: str,
    asked_at: datetime,
    now: datetime,
) -> None:
    """She has confirmed, by the link mailed to her, what she ticked. It takes the place of an earlier consent."""
    c = consents.c
    earlier = (c.contact_id == contact_id) & (c.list == list_key) & c.withdrawn_at.is_(None)
    for row in connection.execute(select(c.id, c.at).where(earlier)).all():
        ended = _left_at(connection, contact_id, list_key, row.at) or now
        connection.execute(update(consents).where(c.id == row.id).values(withdrawn_at=ended))
    connection.execute(
        insert(consents).values(
            contact_id=contact_id, list=list_key, wording=version, language=language, asked_at=asked_at, at=now,
            how="web",
        )
    )  # fmt: skip


def consenting(connection: Connection, list_key: str) -> frozenset[int]:
    """Who stands on the list by a consent of her own: no file that lacks her takes her off."""
    c = consents.c
    standing = select(c.contact_id).where(c.list == list_key, c.withdrawn_at.is_(None))
    left = select(leaves.c.contact_id).where(leaves.c.undone_at.is_(None), leaves.c.list.in_((list_key, ALL_LISTS)))
    return frozenset(connection.execute(standing.where(c.contact_id.not_in(left))).scalars())


def of_contact(connection: Connection, contact_id: int) -> list[dict[str, Any]]:
    """Everything she has agreed to, in its words. A leave withdraws it, however it came; undone, it stands again."""
    c = consents.c
    query = (
        select(c.list, wordings.c.text, c.wording, c.language, c.asked_at, c.at, c.how, c.withdrawn_at)
        .join(wordings, wordings.c.hash == c.wording)
        .where(c.contact_id == contact_id)
        .order_by(c.id)
    )
    found = [dict(row._mapping) for row in connection.execute(query)]
    for one in found:
        one["withdrawn_at"] = one["withdrawn_at"] or _left_at(connection, contact_id, one["list"], one["at"])
    return found


def _left_at(connection: Connection, contact_id: int, list_key: str, since: datetime) -> datetime | None:
    """When she left the list, or all, after that moment; None while no leave stands."""
    c = leaves.c
    standing = (
        (c.contact_id == contact_id) & c.list.in_((list_key, ALL_LISTS)) & c.undone_at.is_(None) & (c.at >= since)
    )
    found: datetime | None = connection.execute(select(func.min(c.at)).where(standing)).scalar_one()
    return found
