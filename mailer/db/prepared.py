"""Statements that run in every group commit: written in SQLAlchemy, compiled once per engine, run through the driver.

Takes   a function that builds the statement for one engine; lists go in as one JSON text, moments as microseconds.
Gives   how many rows it changed; its rows, on SQLite as one of them, since every step takes the interpreter lock anew.
Fails   DBAPIError as SQLAlchemy raises it, so that the door can say what is wrong.

What the statement compares with by itself, the states above all, is written into its text: an index over some of the
rows is only used where the engine can see that the others are not asked for.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ClauseElement,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    Text,
    bindparam,
    cast,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.sql.visitors import traverse
from sqlalchemy.types import TypeEngine

from mailer.db.columns import EPOCH, MICROSECOND
from mailer.db.driver import run

Build = Callable[[bool], ClauseElement]  # (is it SQLite?) -> the statement
_WHOLE = BigInteger()
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class _Text:
    """What the driver is given."""

    sql: str
    names: tuple[str, ...] | None  # SQLite's are counted; PostgreSQL's are named
    as_json: bool
    own: Mapping[str, Any]  # what the compiler has added by itself


class Prepared:
    """One statement on either engine."""

    def __init__(self, build: Build) -> None:
        self.build = build
        self._texts: dict[str, _Text] = {}

    def change(self, connection: Connection, **values: Any) -> int:
        """Run it. How many rows it changed."""
        return int(self._run(connection, values)[0].rowcount)

    def rows(self, connection: Connection, **values: Any) -> Sequence[Sequence[Any]]:
        """Run it. Its rows, as the engine has them: moments are microseconds, and SQLite's booleans numbers."""
        cursor, text = self._run(connection, values)
        found = cursor.fetchall()
        one: Sequence[Sequence[Any]] = json.loads(found[0][0]) if text.as_json else found
        return one

    def _run(self, connection: Connection, values: Mapping[str, Any]) -> tuple[Any, _Text]:
        text = self._texts.get(connection.dialect.name) or self._compile(connection)
        if text.own:
            values = {**text.own, **values}
        return run(connection, text.sql, values if text.names is None else [values[n] for n in text.names]), text

    def _compile(self, connection: Connection) -> _Text:
        is_sqlite = connection.dialect.name == "sqlite"
        statement = self.build(is_sqlite)
        as_json = is_sqlite and isinstance(statement, Select)
        if as_json:
            of = statement.subquery()  # type: ignore[attr-defined]
            statement = select(func.json_group_array(func.json_array(*of.c)))
        traverse(statement, {}, {"bindparam": _write_out})
        compiled: Any = statement.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
        names = tuple(compiled.positiontup) if is_sqlite else None
        own = {name: bind.value for name, bind in compiled.binds.items() if bind.value is not None}
        text = _Text(str(compiled), names, as_json, {n: value for n, value in own.items() if n in (names or ())})
        self._texts[connection.dialect.name] = text
        return text


def prepared(build: Build) -> Prepared:
    """Decorates the function that builds a statement."""
    return Prepared(build)


def asked(name: str, of: TypeEngine[Any] = _WHOLE) -> BindParameter[Any]:
    """A value that comes with each run, by its name."""
    return bindparam(name, type_=of, required=False)


def each(name: str, is_sqlite: bool) -> FromClause:
    """The pairs of a JSON object that is given under this name, as a table of `key` and `value`, both texts."""
    given = asked(name, Text())
    if is_sqlite:
        return func.json_each(given).table_valued("key", "value", name=f"each_{name}")
    return func.json_each_text(cast(given, JSON)).table_valued("key", "value", name=f"each_{name}")


def among(column: ColumnElement[int], name: str, is_sqlite: bool) -> ColumnElement[bool]:
    """Whether the column is one of the keys of the JSON object that is given under this name.

    PostgreSQL is given them as an array, beside a join with `each` too: of a table function it believes that it has a
    hundred rows, and of a table that is new that going through it is nothing.
    """
    if is_sqlite:
        return column.in_(select(cast(each(name, is_sqlite).c.key, BigInteger)))
    names = func.json_object_keys(cast(asked(name, Text()), JSON))
    return column == func.any(func.array(select(cast(names, BigInteger)).scalar_subquery()))


def keys(numbers: Iterable[int]) -> str:
    """Numbers as the keys of a JSON object, for `each`."""
    named = '":0,"'.join(map(str, numbers))
    return f'{{"{named}":0}}' if named else "{}"


def pairs(values: Mapping[int, Any]) -> str:
    """Numbers with their values as a JSON object, for `each`."""
    return _JSON(values)


def micros(moment: datetime) -> int:
    """As `Moment` writes it."""
    return (moment - EPOCH) // MICROSECOND


def moment(micros: int | None) -> datetime | None:
    """As `Moment` reads it."""
    return None if micros is None else EPOCH + micros * MICROSECOND


def _write_out(bind: BindParameter[Any]) -> None:
    if bind.value is not None:
        bind.literal_execute = True
