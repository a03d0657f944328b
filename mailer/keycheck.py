"""Whether these keys are the ones the database was made with.

Takes   a connection inside a transaction, the opened keys.
Gives   a keyed hash of a constant for each purpose, kept as a row; the purposes whose hash is another.
Fails   AdminError when a key file cannot be read.

The hash says nothing of the key (HMAC-SHA-256 under 256 random bits): who has the database alone has no key by it.
"""

import hmac

from sqlalchemy import Column, Connection, LargeBinary, String, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from mailer.db import METADATA
from mailer.keys import PURPOSES, REMADE, Keys

key_checks = Table(
    "key_checks",
    METADATA,
    Column("purpose", String(32), primary_key=True),
    Column("mac", LargeBinary, nullable=False),  # 16 bytes
)
CHECKED = tuple(purpose for purpose in PURPOSES if purpose not in REMADE)  # those that may be made anew are not held
CONSTANT = "key check"


def remember(connection: Connection, keys: Keys) -> None:
    """Keep the check of each purpose that has none yet. One that is there is never changed."""
    known = set(connection.execute(select(key_checks.c.purpose)).scalars())
    gone = set(keys.missing())
    rows = [{"purpose": p, "mac": _mac(keys, p)} for p in CHECKED if p not in known and p not in gone]
    if rows:  # two workers may open a new home at once
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        connection.execute(dialect.insert(key_checks).on_conflict_do_nothing(), rows)


def fits(connection: Connection, keys: Keys) -> list[str]:
    """The purposes whose key is missing or another than the one the database was made with; [] when all fit.

    A purpose that was never remembered (a database of an older release) is not among them.
    """
    gone = set(keys.missing())
    known = {purpose: mac for purpose, mac in connection.execute(select(key_checks.c.purpose, key_checks.c.mac))}
    return [p for p in CHECKED if p in known and (p in gone or not hmac.compare_digest(known[p], _mac(keys, p)))]


def _mac(keys: Keys, purpose: str) -> bytes:
    return keys.mac(purpose, CONSTANT)
