"""Rows between PostgreSQL and one SQLite file: every table, every column, counted and summed.

Takes   a connection to PostgreSQL inside a transaction; a SQLite file with this release's tables.
Gives   for each table how many rows went over and a sum over them, the same on both sides whatever their order.
Fails   AdminError when PostgreSQL cannot hold a row (named by its table, never by what is in it); BrokenPromise when a
        column is of a kind that this cannot carry.

The file's own tables say what there is to copy: no room can be forgotten. A row goes over as SQLite keeps it: moments
and booleans as numbers, days and JSON as text. PostgreSQL is asked for it in that form and takes it in that form
(COPY). Memory does not grow with the number of rows.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from mailer.db.driver import without_rows
from mailer.errors import AdminError, BrokenPromise, Problem

Row = tuple[Any, ...]
BUNCH = 500  # rows in memory
BUNCH_OF_BYTES = 16  # of tables that hold pictures and the like
WRAP = 1 << 128
OURS = "alembic_version"  # which release the tables are of: both sides have their own
# The kind of a column, as it stands in the file's table -> how PostgreSQL is asked for what SQLite keeps.
KINDS = {
    "BIGINT": '"{}"',
    "BLOB": '"{}"',
    "BOOLEAN": '"{}"::int',
    "DATE": "to_char(\"{}\", 'YYYY-MM-DD')",
    "FLOAT": '"{}"',
    "INTEGER": '"{}"',
    "JSON": '"{}"::text',
    "TEXT": '"{}"',
    "VARCHAR": '"{}"',
}


@dataclass(frozen=True, slots=True)
class Shape:
    """A table: its columns as (name, kind), and the one column of its key when it has one alone."""

    name: str
    columns: tuple[tuple[str, str], ...]
    key: str
    points_at: frozenset[str]

    @property
    def names(self) -> str:
        return ", ".join(f'"{name}"' for name, _ in self.columns)

    @property
    def bunch(self) -> int:
        return BUNCH_OF_BYTES if any(kind == "BLOB" for _, kind in self.columns) else BUNCH


@dataclass(frozen=True, slots=True)
class Sum:
    """How many rows, and the sum of their hashes modulo 2^128."""

    rows: int = 0
    digest: int = 0


Sums = Mapping[str, Sum]


def shapes(file: sqlite3.Connection) -> list[Shape]:
    """The tables of a file, those that are pointed at before those that point."""
    names = (
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> ? ORDER BY name"
    )
    left = {name: _shape(file, name) for (name,) in file.execute(names, (OURS,)).fetchall()}
    ordered: list[Shape] = []
    while left:
        free = [shape for shape in left.values() if not (shape.points_at - {shape.name}) & set(left)]
        if not free:
            raise BrokenPromise(f"tabellerna pekar på varandra i ring: {', '.join(left)}")
        ordered += free
        left = {name: shape for name, shape in left.items() if shape not in free}
    return ordered


def pour_out(connection: Connection, file: sqlite3.Connection) -> Sums:
    """All rows of PostgreSQL, as this transaction sees them, into the file's tables, which are there and empty."""
    indexes = file.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL").fetchall()
    file.execute("BEGIN")
    for name, _ in indexes:  # made when all rows are there: sorted once
        file.execute(f'DROP INDEX "{name}"')
    sums = {shape.name: _into_file(file, shape, connection) for shape in shapes(file)}
    for _, sql in indexes:
        file.execute(sql)
    file.execute("COMMIT")
    return sums


def pour_in(file: sqlite3.Connection, connection: Connection) -> Sums:
    """All rows of the file into PostgreSQL's tables, which are there and empty, in the caller's transaction.

    The counters of the ids go on after the highest one.
    """
    sums = {}
    for shape in shapes(file):
        sums[shape.name] = _into_postgres(file, shape, connection)
        _count_on(connection, shape)
    return sums


def sums_of(connection: Connection, of: Iterable[Shape]) -> Sums:
    """The sums of these tables in PostgreSQL."""
    return {shape.name: _sum(_from_postgres(connection, shape)) for shape in of}


def sums_of_file(file: sqlite3.Connection) -> Sums:
    """The sums of all tables of a file."""
    return {shape.name: _sum(_from_file(file, shape)) for shape in shapes(file)}


def has_rows(connection: Connection, of: Iterable[Shape]) -> bool:
    """Whether any of these tables has a row in PostgreSQL."""
    asked = (f'EXISTS (SELECT 1 FROM "{shape.name}")' for shape in of)
    return bool(connection.exec_driver_sql(f"SELECT {' OR '.join(asked)}").scalar_one())


def empty(connection: Connection, of: Iterable[Shape]) -> None:
    """Every row of these away, in the caller's transaction; nobody reads or writes them until it is over."""
    names = ", ".join(f'"{shape.name}"' for shape in of)
    connection.exec_driver_sql(f"TRUNCATE {names}")


def _shape(file: sqlite3.Connection, name: str) -> Shape:
    rows = file.execute("SELECT name, type, pk FROM pragma_table_info(?) ORDER BY cid", (name,)).fetchall()
    columns = tuple((column, kind.partition("(")[0].upper()) for column, kind, _ in rows)
    if strange := [f"{name}.{column}: {kind}" for column, kind in columns if kind not in KINDS]:
        raise BrokenPromise(f"kolumner av en sort som inte kan kopieras: {', '.join(strange)}")
    key = [column for column, _, place in rows if place]
    pointed = file.execute('SELECT DISTINCT "table" FROM pragma_foreign_key_list(?)', (name,)).fetchall()
    return Shape(name, columns, key[0] if len(key) == 1 else "", frozenset(other for (other,) in pointed))


def _into_file(file: sqlite3.Connection, shape: Shape, connection: Connection) -> Sum:
    insert = f'INSERT INTO "{shape.name}" ({shape.names}) VALUES ({", ".join("?" * len(shape.columns))})'
    total = Sum()
    for bunch in _from_postgres(connection, shape):
        file.executemany(insert, bunch)
        total = _add(total, bunch)
    return total


def _into_postgres(file: sqlite3.Connection, shape: Shape, connection: Connection) -> Sum:
    cursor: Any = connection.connection.cursor()
    total = Sum()
    try:
        with cursor.copy(f'COPY "{shape.name}" ({shape.names}) FROM STDIN') as copy:
            for bunch in _from_file(file, shape):
                for row in bunch:
                    copy.write_row(row)
                total = _add(total, bunch)
    except connection.dialect.loaded_dbapi.Error as why:
        remedy = "Inget är ändrat. Ta med tabellens namn om du ber om hjälp."
        what = f"PostgreSQL tar inte emot en av raderna ({without_rows(why)})."
        raise AdminError(Problem(f"tabellen {shape.name}", what, remedy)) from None
    finally:
        cursor.close()
    return total


def _count_on(connection: Connection, shape: Shape) -> None:
    if shape.key:
        sequence = f"pg_get_serial_sequence('\"{shape.name}\"', '{shape.key}')"
        if connection.exec_driver_sql(f"SELECT {sequence}").scalar_one() is not None:
            highest = f'SELECT max("{shape.key}") AS top FROM "{shape.name}"'
            sql = f"SELECT setval({sequence}, coalesce(top, 1), top IS NOT NULL) FROM ({highest}) AS highest"
            connection.exec_driver_sql(sql)


def _from_postgres(connection: Connection, shape: Shape) -> Iterator[Sequence[Row]]:
    columns = ", ".join(KINDS[kind].format(name) for name, kind in shape.columns)
    options = {"stream_results": True, "max_row_buffer": shape.bunch}
    sql = f'SELECT {columns} FROM "{shape.name}"'
    with connection.exec_driver_sql(sql, execution_options=options) as rows:
        while bunch := rows.fetchmany(shape.bunch):
            yield [tuple(row) for row in bunch]


def _from_file(file: sqlite3.Connection, shape: Shape) -> Iterator[Sequence[Row]]:
    # A column that is called JSON is one of numbers to SQLite: it keeps ”5” as 5.
    columns = ", ".join(f'CAST("{name}" AS TEXT)' if kind == "JSON" else f'"{name}"' for name, kind in shape.columns)
    cursor = file.execute(f'SELECT {columns} FROM "{shape.name}"')
    while bunch := cursor.fetchmany(shape.bunch):
        yield bunch


def _sum(bunches: Iterable[Sequence[Row]]) -> Sum:
    total = Sum()
    for bunch in bunches:
        total = _add(total, bunch)
    return total


def _add(total: Sum, bunch: Sequence[Row]) -> Sum:
    digest = total.digest
    for row in bunch:
        digest += int.from_bytes(hashlib.blake2b(repr(row).encode(), digest_size=16).digest(), "big")
    return Sum(total.rows + len(bunch), digest % WRAP)
