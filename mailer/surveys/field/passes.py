"""Passes: a page for one evening and one person, to call with or to type paper with. No account, no password.

Takes   a connection inside a transaction, a token (128 random bits, as an argument), the time now.
Gives   a Pass; None for a token that opens nothing, whatever the reason.
Fails   never.

Only the hash of a token is kept, and looked up by the index of the database: what the time of that could tell is about
the hash of what was sent, and that is no step towards a token.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, func, insert, select, update

from mailer.surveys.field.tables import contact_attempts, holds, passes

TOKEN_BYTES = 16  # 128 bits
LONGEST_TOKEN = 64  # characters; longer ones are not even hashed


class Sort(StrEnum):
    """What a pass is for."""

    TELEPHONE = "telephone"
    PAPER = "paper"


@dataclass(frozen=True, slots=True)
class Pass:
    """One evening of one person's."""

    number: int
    survey: int
    sort: Sort
    name: str  # who calls or types
    made_by: str
    made_at: datetime
    expires_at: datetime
    ended_at: datetime | None

    def is_alive(self, now: datetime) -> bool:
        """Whether it opens anything at this moment."""
        return self.ended_at is None and self.made_at <= now < self.expires_at


def ends_at(now: datetime, until: time | None, zone: ZoneInfo) -> datetime:
    """The moment a pass that is made now ends: at `until` of this day, and with the day in any case."""
    here = now.astimezone(zone)
    midnight = datetime.combine(here.date() + timedelta(days=1), time(0), zone)
    return midnight if until is None else datetime.combine(here.date(), until, zone)


def make(
    connection: Connection, survey: int, sort: Sort, token: str, name: str, by: str, now: datetime, end: datetime
) -> int:
    """A new pass. Its number."""
    values = {"survey_id": survey, "sort": sort, "token_hash": _hash(token), "name": name[:200], "made_by": by[:200]}
    new = insert(passes).values(**values, made_at=now, expires_at=end)
    return int(connection.execute(new.returning(passes.c.id)).scalar_one())


def find(connection: Connection, sort: Sort, token: str, now: datetime) -> Pass | None:
    """The pass, while it lives. One for another sort of work opens nothing here."""
    if not token or len(token) > LONGEST_TOKEN:
        return None
    found = _read(connection, passes.c.token_hash == _hash(token))
    return found[0] if found and found[0].sort == sort and found[0].is_alive(now) else None


def listed(connection: Connection, survey: int) -> tuple[tuple[Pass, int], ...]:
    """Every pass of the survey, the newest first, each with how many calls it has made."""
    a, p = contact_attempts.c, passes.c
    made = select(a.pass_id, func.count()).where(a.pass_id.is_not(None)).group_by(a.pass_id)
    calls = {number: int(count) for number, count in connection.execute(made)}
    return tuple((one, calls.get(one.number, 0)) for one in reversed(_read(connection, p.survey_id == survey)))


def end(connection: Connection, survey: int, number: int, now: datetime) -> bool:
    """It opens nothing any more, and whom it held is free. False when it is not there or has ended already."""
    p = passes.c
    alive = (p.id == number) & (p.survey_id == survey) & p.ended_at.is_(None) & (p.expires_at > now)
    ended = connection.execute(update(passes).where(alive).values(ended_at=now)).rowcount == 1
    if ended:
        connection.execute(delete(holds).where(holds.c.pass_id == number))
    return ended


def _read(connection: Connection, which: object) -> list[Pass]:
    c = passes.c
    columns = (c.id, c.survey_id, c.sort, c.name, c.made_by, c.made_at, c.expires_at, c.ended_at)
    rows = connection.execute(select(*columns).where(which).order_by(c.id))  # type: ignore[arg-type]
    return [Pass(row.id, row.survey_id, Sort(row.sort), *tuple(row)[3:]) for row in rows]


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
