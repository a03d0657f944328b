"""The copies of what others publish, in the database.

Takes   a Connection; the sources of the settings.
Gives   what is kept of each; nothing is kept of a source that has left the settings.
Fails   with what the database raises.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from mailer.content.fetch import Validators
from mailer.content.kept import Coming, Kept
from mailer.content.tables import feeds as table
from mailer.errors import Problem
from mailer.settings import Feed


def read_kept(connection: Connection, feeds: Sequence[Feed]) -> tuple[Kept, ...]:
    """What is kept of each source, in their order; an empty Kept where nothing is."""
    keys = [key_of(feed) for feed in feeds]
    rows = {row.key: row for row in connection.execute(select(table).where(table.c.key.in_(keys)))}
    return tuple(_kept(f, rows[key]) if key in rows else Kept(f) for f, key in zip(feeds, keys, strict=True))


def write_kept(connection: Connection, kept: Kept) -> None:
    """Keep it, in the place of what was kept before."""
    row: dict[str, Any] = {
        "raw": kept.raw,
        "content_type": kept.content_type,
        "etag": kept.validators.etag,
        "last_modified": kept.validators.last_modified,
        "fetched_at": kept.fetched_at,
        "tried_at": kept.tried_at,
        "failing_since": kept.failing_since,
        "wrong": [{"what": p.what, "remedy": p.remedy} for p in kept.wrong],
        "vanished": [{"uid": v.uid, "title": v.title, "begins": v.begins.isoformat()} for v in kept.vanished],
    }
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(table).values(key=key_of(kept.feed), **row)
    connection.execute(new.on_conflict_do_update(index_elements=[table.c.key], set_=row))


def forget_others(connection: Connection, feeds: Sequence[Feed]) -> None:
    """Drop what is kept of sources that are in the settings no more."""
    connection.execute(delete(table).where(table.c.key.not_in([key_of(feed) for feed in feeds])))


def key_of(feed: Feed) -> str:
    """The source's name in the table: its address may be a secret, and the name people give it may change."""
    return hashlib.sha256(f"{feed.kind}\0{feed.address}".encode()).hexdigest()


def _kept(feed: Feed, row: Row[Any]) -> Kept:
    return Kept(
        feed,
        row.raw,
        row.content_type,
        Validators(row.etag, row.last_modified),
        row.fetched_at,
        row.tried_at,
        row.failing_since,
        tuple(Problem(feed.name, w["what"], w["remedy"]) for w in row.wrong),
        tuple(Coming(v["uid"], v["title"], datetime.fromisoformat(v["begins"])) for v in row.vanished),
    )
