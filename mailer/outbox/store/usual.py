"""The usual group commit on PostgreSQL: all that is answered was accepted alike, and more may go out. One statement.

Takes   the turn, inside the write transaction of a group commit.
Gives   how many were accepted and how many marked; None where it takes more than one statement.
Fails   never.

Every statement is a round trip to the server, and all lines wait for it. SQLite is asked within the process.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, func, select

from mailer.db import Database
from mailer.db.prepared import micros, prepared
from mailer.outbox.store import looking, settling
from mailer.outbox.tables import deliveries
from mailer.outbox.turn import Terms, Turn


class Done(NamedTuple):
    """So many deliveries were changed."""

    accepted: int
    marked: int


def settle_and_mark(
    connection: Connection, db: Database, runner: int, turn: Turn, terms: Terms, now: datetime
) -> Done | None:
    """Write down the answers, and mark what may go out. Nothing is done where None is given."""
    if db.is_sqlite or not turn.settlements or not turn.marks:
        return None
    alike, others = settling.alike(turn.settlements, terms)
    if others or len(alike) != 1:
        return None
    (reply,) = alike.items()
    values = settling.values_of(*reply) | looking.values_of(turn.marks)
    rows: Sequence[Sequence[Any]] = _both.rows(connection, runner=runner, now=micros(now), **values)
    return Done(*rows[0])


@prepared
def _both(is_sqlite: bool) -> Select[int, int]:
    def number(statement: Any, name: str) -> ColumnElement[int]:
        changed = statement.returning(deliveries.c.id).cte(name)
        return select(func.count()).select_from(changed).scalar_subquery()

    accepted = number(settling.accepting.build(is_sqlite), "accepted")
    return select(accepted, number(looking.marking.build(is_sqlite), "marked"))
