"""A segment's rule as a condition in SQL, over `contacts` and the lists they are on.

Takes   an Expression, and the day that ages and ”90 dagar” are reckoned from.
Gives   a condition for a query that has `contacts` in it; true or false, never NULL, the same on both engines.
Fails   BrokenPromise on a fact that no rule can ask for.

Every value goes in as a parameter.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, and_, false, func, literal, not_, or_, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import GenericFunction

from mailer.errors import BrokenPromise
from mailer.register.rules.expression import (
    Among,
    And,
    Begins,
    Expression,
    Has,
    Listed,
    Named,
    Node,
    Not,
    Or,
    Range,
    Within,
    walk,
)
from mailer.register.tables import contacts, list_entries

_TEXTS: dict[str, ColumnElement[Any]] = {
    "number": contacts.c.number,
    "city": contacts.c.city,
    "postcode": contacts.c.postcode,
    "language": contacts.c.language,
    "status": contacts.c.status,
    "home_branch": contacts.c.home_branch,
}
_HAVING: dict[str, tuple[ColumnElement[Any], ...]] = {
    **{key: (column,) for key, column in _TEXTS.items()},
    "email": (contacts.c.address,),
    "phone": (contacts.c.phone,),
    "postal": (contacts.c.street, contacts.c.postcode, contacts.c.city),
    "born_year": (contacts.c.born_year,),
    "joined_on": (contacts.c.joined_on,),
}


def holds(expression: Expression, today: date) -> ColumnElement[bool]:
    """Whether the rule holds for the contact. A rule with anything empty in it holds for nobody."""
    return false() if expression.is_empty else condition(expression.root, today)


def on_any(lists: Sequence[str]) -> ColumnElement[bool]:
    """Whether the contact is on at least one of the lists."""
    if not lists:
        return false()
    return (
        select(literal(1))
        .where(list_entries.c.contact_id == contacts.c.id, list_entries.c.list.in_(list(lists)))
        .correlate_except(list_entries)
        .exists()
    )


def held(key: str) -> ColumnElement[bool]:
    """Whether the contact has this at all: a key of `facts.HAVING`."""
    if key not in _HAVING:
        raise BrokenPromise(f"ingen grupp kan väljas på att ha {key}")
    return and_(*(_given(column) for column in _HAVING[key]))


def condition(node: Node, today: date) -> ColumnElement[bool]:
    """One part of a rule, which `holds` has found not to be empty."""
    match node:
        case And(parts):
            return and_(*(condition(part, today) for part in parts))
        case Or(parts):
            return or_(*(condition(part, today) for part in parts))
        case Not(part):
            return _others(part, today)
        case Named(_, part):
            return condition(part, today)
        case Has(what):
            return and_(*(held(key) for key in what))
        case Listed(lists):
            return on_any(lists)
    return _of_fact(node, today)


def _of_fact(node: Among | Begins | Range | Within, today: date) -> ColumnElement[bool]:
    match node:
        case Among(fact, values):
            return _among(fact, values)
        case Begins(fact, values):
            return _begins(_text(fact), values)
        case Range(fact, low, high):
            return _range(fact, low, high, today)
        case Within(_, number, unit):
            return _days(_before(today, number, unit), today)


def _others(part: Node, today: date) -> ColumnElement[bool]:
    """Everybody but those: unless a list among them has nobody yet. ”Not the board” must not be all of us before the
    board's file has been read."""
    lists = sorted({key for node in walk(part) if isinstance(node, Listed) for key in node.lists})
    filled = (select(literal(1)).where(list_entries.c.list == key).correlate(None).exists() for key in lists)
    return and_(*filled, not_(condition(part, today)))


class _bytewise(GenericFunction[str]):
    """A text that sorts by its code points: PostgreSQL's own order is that of the language, SQLite's is not."""

    type = String()
    inherit_cache = True


@compiles(_bytewise)
def _as_it_is(element: Any, compiler: Any, **kw: Any) -> str:
    return str(compiler.process(element.clauses, **kw))


@compiles(_bytewise, "postgresql")
def _in_order_of_bytes(element: Any, compiler: Any, **kw: Any) -> str:
    return f'{compiler.process(element.clauses, **kw)} COLLATE "C"'


def _among(fact: str, values: Sequence[str]) -> ColumnElement[bool]:
    if fact == "joined_year":
        return or_(*(_days(date(low, 1, 1), date(high, 12, 31)) for low, high in _spans(values)))
    if fact == "born_year":
        return and_(_given(contacts.c.born_year), contacts.c.born_year.in_([int(v) for v in values]))
    return and_(_given(_text(fact)), _text(fact).in_(list(values)))


def _begins(column: ColumnElement[Any], values: Sequence[str]) -> ColumnElement[bool]:
    by_length: dict[int, list[str]] = {}
    for value in values:
        by_length.setdefault(len(value), []).append(value)
    begins = (func.substr(column, 1, n).in_(sorted(some)) for n, some in sorted(by_length.items()))
    return and_(_given(column), or_(*begins))


def _range(fact: str, low: str, high: str, today: date) -> ColumnElement[bool]:
    if fact == "joined_on":
        return _days(date.fromisoformat(low) if low else None, date.fromisoformat(high) if high else None)
    if fact == "joined_year":
        return _days(date(int(low), 1, 1) if low else None, date(int(high), 12, 31) if high else None)
    if fact == "born_year":
        return _between(contacts.c.born_year, int(low) if low else None, int(high) if high else None)
    if fact == "age":  # the age one turns this year: the register keeps the year of birth alone
        youngest, oldest = (today.year - int(age) if age else None for age in (low, high))
        return _between(contacts.c.born_year, oldest, youngest)
    return _between(_bytewise(_text(fact)), low or None, high or None)


def _days(first: date | None, last: date | None) -> ColumnElement[bool]:
    return _between(contacts.c.joined_on, first, last)


def _between(column: ColumnElement[Any], low: Any, high: Any) -> ColumnElement[bool]:
    bounds = [column.is_not(None)]
    bounds += [column >= low] if low is not None else []
    bounds += [column <= high] if high is not None else []
    return and_(*bounds)


def _given(column: ColumnElement[Any]) -> ColumnElement[bool]:
    given = column.is_not(None)
    return and_(given, column != "") if isinstance(column.type, String) else given


def _text(fact: str) -> ColumnElement[Any]:
    if fact not in _TEXTS:
        raise BrokenPromise(f"ingen grupp kan väljas på {fact}")
    return _TEXTS[fact]


def _spans(years: Sequence[str]) -> list[tuple[int, int]]:
    """The years as unbroken spans: SQLite allows no condition of a thousand parts."""
    spans: list[tuple[int, int]] = []
    for year in sorted({int(y) for y in years}):
        if spans and spans[-1][1] == year - 1:
            spans[-1] = (spans[-1][0], year)
        else:
            spans.append((year, year))
    return spans


def _before(today: date, number: int, unit: str) -> date:
    """The day so long before today; the last of a month that is too short."""
    if unit == "days":
        return today - timedelta(days=number)
    year, month = divmod(today.year * 12 + today.month - 1 - number, 12)
    for day in range(today.day, 27, -1):
        try:
            return date(year, month + 1, day)
        except ValueError:
            continue
    return date(year, month + 1, min(today.day, 28))
