"""Why a rule selects those it does: how many remain after each of its conditions.

Takes   a Rule and the day it is asked.
Gives   Steps; and the values in it that nobody in the register has.
Fails   never.
"""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, false, func, not_, or_, select

from mailer.audience.predicate import condition, held, on_any
from mailer.audience.rule import Rule
from mailer.register.rules.expression import Among, And, Begins, Expression, Node, Not, Or, walk
from mailer.register.rules.facts import FACTS, HAVING
from mailer.register.rules.words import describe, lacking, once
from mailer.register.tables import contacts
from mailer.words import listing

MOST_DETAILS = 10  # values or branches that a step is told apart by
MOST_KNOWN = 2000  # values of a fact that a misspelt one is compared with, the most common first


@dataclass(frozen=True, slots=True)
class Step:
    """`remaining`: after this condition and all before it. `details`: parts of them, in words."""

    text: str
    remaining: int
    details: tuple[tuple[str, int], ...] = ()


def steps(connection: Connection, rule: Rule, today: date) -> list[Step]:
    """From all on the rule's lists, down to those in its segment: one look at the register, all figures of one moment.

    A segment with anything empty in it has one step: nobody.
    """
    texts, figures = [listing([source.name for source in rule.sources]) or "Ingen lista"], [[("", _all())]]
    if rule.segment is not None and rule.segment.is_empty:
        texts.append("regeln är tom och väljer ingen")
        figures.append([("", _some(false()))])
    elif rule.segment is not None:
        before: list[ColumnElement[bool]] = []
        for part in _conditions(rule.segment):
            now = condition(part, today)
            texts.append(describe(part))
            figures.append(
                [("", _some(*before, now)), *((t, _some(*before, c)) for t, c in _details(part, now, today))]
            )
            before.append(now)
    keys = [source.key for source in rule.sources]
    flat = [figure.label(f"n{n}") for n, (_, figure) in enumerate(f for step in figures for f in step)]
    row = iter(connection.execute(select(*flat).where(on_any(keys), contacts.c.resigned_at.is_(None))).one())
    out = []
    for text, step in zip(texts, figures, strict=True):
        counted = [(words, int(next(row) or 0)) for words, _ in step]
        out.append(Step(text, counted[0][1], tuple(counted[1:])))
    return out


def strangers(connection: Connection, expression: Expression) -> list[tuple[str, str, str]]:
    """(fact, value, the nearest there is) for each value that nobody in the register has: a misspelling, perhaps."""
    found = []
    for node in walk(expression.root):
        if isinstance(node, Among) and node.fact in _COMPARED:
            known = _known(connection, node.fact)
            folded = {value.casefold() for value in known}
            for value in once(node.values):
                if value.casefold() not in folded:
                    near = difflib.get_close_matches(value, known, 1)
                    found.append((FACTS[node.fact].names[0], value, near[0] if near else ""))
    return found


_COMPARED = ("city", "postcode", "status", "home_branch", "language")


def _known(connection: Connection, fact: str) -> list[str]:
    column = contacts.c[fact]
    query = select(column).where(column.is_not(None), contacts.c.resigned_at.is_(None)).group_by(column)
    return list(connection.execute(query.order_by(func.count().desc(), column).limit(MOST_KNOWN)).scalars())


def _conditions(expression: Expression) -> tuple[Node, ...]:
    """What stands side by side in the rule."""
    root = expression.root
    return root.parts if isinstance(root, And) else (root,)


def _details(part: Node, now: ColumnElement[bool], today: date) -> Iterator[tuple[str, ColumnElement[bool]]]:
    """What the step is made of: each branch, each value; and those who are in because a fact is not known."""
    match part:
        case Or(parts) if len(parts) <= MOST_DETAILS:
            yield from ((describe(one), condition(one, today)) for one in parts)
        case Among(fact, values) if 1 < len(once(values)) <= MOST_DETAILS:
            for value in once(values):
                same = tuple(v for v in values if v.casefold() == value.casefold())
                yield value, condition(Among(fact, same), today)
        case Begins(fact, values) if 1 < len(values) <= MOST_DETAILS:
            yield from ((f"{value}…", condition(Begins(fact, (value,)), today)) for value in values)
        case Not(inner) if facts := lacking(inner):
            unknown = or_(*(not_(held(key)) for key in facts))
            names = listing([HAVING[key][0] for key in facts], "eller")
            yield f"räknade hit fast {names} inte är känt", and_(now, unknown)


def _all() -> ColumnElement[Any]:
    return func.count()


def _some(*conditions: ColumnElement[bool]) -> ColumnElement[Any]:
    return func.sum(case((and_(*conditions), 1), else_=0))
