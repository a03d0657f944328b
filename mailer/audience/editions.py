"""Which edition of an issue a person gets: the one with everything that is for her, and nothing that is not.

Takes   the Editions of a rule: the conditions that parts of an issue ask for, and which of them each edition needs.
Gives   the choice as SQL, for counting and planning alike.
Fails   never.

An edition is known by the conditions it needs. Of those whose needs a person meets, she gets the one with the most; it
holds all the others' parts (`issue.editions` makes them so). Somebody who has changed since the editions were made
gets a smaller one rather than a part outside its circle; who meets none is excluded, with that reason.
"""

from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    String,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    true,
)

from mailer.audience.predicate import holds, on_any
from mailer.audience.rule import Condition, Editions
from mailer.register.tables import contacts


def met(condition: Condition, today: date) -> ColumnElement[bool]:
    """Whether the contact meets the condition. Needs `contacts` in the query."""
    either = [on_any(condition.lists)] if condition.lists else []
    either += [holds(expression, today) for expression in condition.segments]
    return or_(*either) if either else literal(False)


def facts(editions: Editions, today: date) -> list[ColumnElement[bool]]:
    """Which conditions the contact meets, as columns c0, c1, … Needs `contacts` in the query."""
    return [met(c, today).label(f"c{n}") for n, c in enumerate(editions.conditions)]


def choice(editions: Editions, judged: FromClause) -> ColumnElement[str | None]:
    """The name of the edition that somebody with these `facts` gets; NULL when there is none for her."""
    if not editions.needs:
        return literal(None, String)
    by_most = sorted(editions.needs, key=lambda e: (-len(e[1]), e[0]))
    whens = [(and_(true(), *(judged.c[f"c{n}"] for n in numbers)), literal(name)) for name, numbers in by_most]
    return case(*whens, else_=literal(None, String))


def signatures(
    connection: Connection,
    chosen: Select[Any],
    conditions: tuple[Condition, ...],
    today: date,
) -> dict[tuple[bool, ...], int]:
    """How many of those it goes to meet which of the conditions: (true, false, …) -> people."""
    people = chosen.subquery()
    judged = (
        select(people.c.contact_id, *facts(Editions(conditions), today))
        .join(contacts, contacts.c.id == people.c.contact_id)
        .where(people.c.reason.is_(None))
        .subquery()
    )
    columns = [judged.c[f"c{n}"] for n in range(len(conditions))]
    counted = select(*columns, func.count().label("people")).select_from(judged).group_by(*columns)
    rows = connection.execute(counted).all()
    return {tuple(bool(value) for value in row[:-1]): row[-1] for row in rows if row[-1]}


def count_editions(connection: Connection, chosen: Select[Any]) -> dict[str, int]:
    """How many get each edition. `chosen`: what `store.recipients` gives."""
    rows = chosen.subquery()
    found = select(rows.c.edition, func.count()).where(rows.c.reason.is_(None)).group_by(rows.c.edition)
    return {edition: n for edition, n in connection.execute(found) if edition is not None}
