"""Rows in every table, with what is hard to carry in every column: for what must not lose any of it.

Takes   an opened database, a seed.
Gives   the database with rows; how many by table.
Fails   never.
"""

import random
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Float,
    Integer,
    LargeBinary,
    String,
    Table,
    insert,
    select,
)
from sqlalchemy.exc import IntegrityError

from mailer.db import METADATA, Database, Moment

EACH = 6  # rows that are tried for each table
TEXTS = (
    "",
    "Åsa Öberg",
    'it\'s; "quoted"',
    "rad\nrad\ttabb\\N\\",
    "\\.",
    "😀 e\u0301 \u200b",
    "%s %(x)s {x}",
    "NULL",
    " ",
)
JSONS: tuple[Any, ...] = ({}, [], {"å": [1, None, 2.5, "\\u0000 😀"]}, [{"a": {"b": [True, False]}}], "text", 0, None)
BYTES = (b"", b"\x00\xff\x00", bytes(range(256)), b"\\x41")
DAYS = (date(1, 1, 1), date(2024, 2, 29), date(9999, 12, 31))
MOMENTS = (
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(2024, 3, 31, 1, 30, 0, 123456, tzinfo=UTC),
    datetime(1914, 7, 1, tzinfo=UTC),
)


def fill(db: Database, seed: int) -> dict[str, int]:
    """Rows in every table but the one the home has by itself."""
    return db.write(lambda connection: _fill(connection, random.Random(seed)))


def _fill(connection: Connection, rng: random.Random) -> dict[str, int]:
    keys: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for table in METADATA.sorted_tables:
        keys[table.name] = [dict(row._mapping) for row in connection.execute(select(table))]
        for number in range(EACH if table.name != "homes" else 0):
            row = {column.name: _value(column, rng, number, keys) for column in table.columns}
            try:
                with connection.begin_nested():
                    connection.execute(insert(table).values(**row))
            except IntegrityError:
                continue
            keys[table.name].append(row)
    return {name: len(rows) for name, rows in keys.items()}


def _value(column: Column[Any], rng: random.Random, number: int, keys: dict[str, list[dict[str, Any]]]) -> Any:
    points_at = next(iter(column.foreign_keys), None)
    if column.nullable and rng.random() < 0.3:
        return None
    if points_at is not None:
        there = keys[points_at.column.table.name]
        if not there:
            return None
        return rng.choice(there)[points_at.column.name]
    if column.primary_key and column is _counted(column.table):
        return number * 3 + 11
    return _of_kind(column, rng, number)


def _of_kind(column: Column[Any], rng: random.Random, number: int) -> Any:
    kind = column.type
    if isinstance(kind, Moment):
        return rng.choice(MOMENTS) + timedelta(microseconds=rng.randrange(10**12))
    if isinstance(kind, Boolean):
        return rng.random() < 0.5
    if isinstance(kind, Date):
        return rng.choice(DAYS)
    if isinstance(kind, JSON):
        return rng.choice(JSONS)
    if isinstance(kind, LargeBinary):
        return rng.choice(BYTES) + bytes([number])
    if isinstance(kind, Float):
        return rng.choice((0.0, 0.1, -1e-300, 1 / 3, 1e300))
    if isinstance(kind, BigInteger):
        return rng.choice((0, -1, 2**63 - 1, -(2**63), number))
    if isinstance(kind, Integer):
        return rng.choice((0, -1, 2**31 - 1, -(2**31), number))
    assert isinstance(kind, String), column
    text = rng.choice(TEXTS) + (str(number) if column.primary_key or column.unique else "")
    return text[: kind.length or 1000]


def _counted(table: Table) -> Column[Any] | None:
    return table.autoincrement_column
