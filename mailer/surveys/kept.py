"""What stands of a survey when the tracks of people in it are gone: numbers, as they were at the erasure.

Takes   a connection inside a transaction; a survey's number.
Gives   the figures; None while its people are still there to be counted.
Fails   never.

Nothing here is of one person: the numbers are those that were shown all along.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, select, update

from mailer.surveys.frozen import from_json, to_json
from mailer.surveys.goal.model import Standing
from mailer.surveys.tables import surveys


@dataclass(frozen=True, slots=True)
class OnOne:
    """So many answered on a day, through something. `day`: None when it is not known."""

    day: date | None
    through: str
    number: int


@dataclass(frozen=True, slots=True)
class OfStep:
    """So many were in one state of one step of the plan."""

    step: str
    state: str
    reason: str | None
    number: int


@dataclass(frozen=True, slots=True)
class Removed:
    """So many were taken out of the denominator, and why."""

    why: str
    number: int


@dataclass(frozen=True, slots=True)
class People:
    """The figures of the denominator (surveys/freezing.py `Figures`), field by field."""

    frozen: int
    removed: tuple[Removed, ...]
    answered: int
    begun: int
    declined: int
    stopped: int
    contacted: int
    later: int
    later_answered: int
    today: int
    today_answered: int


@dataclass(frozen=True, slots=True)
class Followed:
    """How many wanted to be active, and what became of it."""

    open: int
    late: int
    done: int
    dropped: int


@dataclass(frozen=True, slots=True)
class Kept:
    """All of it."""

    people: People
    turnout: tuple[OnOne, ...]
    steps: tuple[OfStep, ...]
    box: tuple[int, int, int]  # answered, of them with a ballot of their own, sheets from inner envelopes
    followed: Followed
    standing: Standing  # of the goal


def read(connection: Connection, survey: int) -> Kept | None:
    """What was kept at the erasure."""
    raw: Mapping[str, Any] | None = connection.execute(
        select(surveys.c.kept).where(surveys.c.id == survey, surveys.c.erased_at.is_not(None))
    ).scalar_one_or_none()
    return from_json(Kept, raw) if raw is not None else None


def standing(connection: Connection, survey: int) -> Standing | None:
    """The goal, as it stood."""
    found = read(connection, survey)
    return found.standing if found is not None else None


def write(connection: Connection, survey: int, kept: Kept) -> None:
    """Keep it, in the transaction that erases the rest."""
    connection.execute(update(surveys).where(surveys.c.id == survey).values(kept=to_json(kept)))
