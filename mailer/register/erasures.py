"""Who has asked to be erased, by keyed hashes alone: so that an import that brings her back can say so.

Takes   a connection inside a transaction; an address and a member number.
Gives   when she asked, or None.
Fails   never.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from mailer.address import Address
from mailer.keys import Keys
from mailer.register.page_tables import erasures

BUNCH = 500  # values in one IN


def keys_of(keys: Keys, address: str | None, number: str | None) -> tuple[str, ...]:
    """The keys that one person is known by."""
    found = [Address(address, address).key(keys)] if address else []
    return (*found, keys.mac("address", "number", number).hex()) if number else tuple(found)


def remember(connection: Connection, keys: Keys, address: str | None, number: str | None, at: datetime) -> None:
    """She asked at this moment. The first time stands."""
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    for key in keys_of(keys, address, number):
        connection.execute(dialect.insert(erasures).values(key=key, at=at).on_conflict_do_nothing())


def asked_among(connection: Connection, wanted: Iterable[str]) -> Mapping[str, datetime]:
    """key -> when, of those that are known."""
    every, found = sorted(set(wanted)), {}
    for n in range(0, len(every), BUNCH):
        rows = connection.execute(select(erasures).where(erasures.c.key.in_(every[n : n + BUNCH])))
        found.update({row.key: row.at for row in rows})
    return found


def is_empty(connection: Connection) -> bool:
    """Whether nobody has asked: then an import has nothing to look for."""
    return connection.execute(select(erasures.c.key).limit(1)).first() is None


def take_back(connection: Connection, keys: Keys, address: str) -> None:
    """She has joined anew by herself: her address is no longer that of one who wants to be forgotten."""
    connection.execute(delete(erasures).where(erasures.c.key.in_(keys_of(keys, address, None))))
