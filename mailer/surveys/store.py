"""Surveys in the database: what was read in, and what of it is approved.

Takes   a connection inside a transaction; a questionnaire, a channel plan.
Gives   a Surveyed: the row's number, and its values as they were kept.
Fails   EditorError when a survey is not in a state that allows the step.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, insert, select, update

from mailer.content.channel_plan.model import ChannelPlan
from mailer.content.questionnaires.model import Questionnaire
from mailer.errors import EditorError, Problem
from mailer.numbers import anew
from mailer.surveys.frozen import from_json, to_json
from mailer.surveys.states import Survey, survey_step
from mailer.surveys.tables import surveys

STATE_WORDS = {
    "prepared": "är inte godkänd",
    "approved": "är godkänd",
    "counted": "är avslutad och räknad",
    "withdrawn": "är stoppad",
}
LIVE = (Survey.APPROVED, Survey.COUNTED)


@dataclass(frozen=True, slots=True)
class Surveyed:
    """A survey as it is kept."""

    number: int
    key: str
    state: str
    questionnaire: Questionnaire
    plan: ChannelPlan
    hash: str
    opens_at: datetime
    closes_at: datetime
    public_key: bytes | None
    ballot_size: int | None

    def is_open(self, now: datetime) -> bool:
        """Whether it can be answered at this moment."""
        return self.state == Survey.APPROVED and self.opens_at <= now < self.closes_at

    def takes_sheets(self, now: datetime) -> bool:
        """Whether sheets of inner envelopes may be typed: after the closing too, for the envelopes came in time."""
        return self.state == Survey.APPROVED and self.opens_at <= now


def begins(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a day of the association's."""
    return datetime.combine(day, time(0), zone)


def prepare(
    connection: Connection, questionnaire: Questionnaire, plan: ChannelPlan, digest: str, zone: ZoneInfo
) -> int:
    """Write it, or make one that is not approved anew. `digest`: what an approval would be a yes to. Its number."""
    values = {
        "title": questionnaire.title.sv[:200],
        "definition": to_json(questionnaire),
        "plan": to_json(plan),
        "hash": digest,
        "freeze_on": questionnaire.freeze,
        "opens_at": begins(questionnaire.opens, zone),
        "closes_at": begins(questionnaire.closes + timedelta(days=1), zone),
    }
    row = _find(connection, questionnaire.key)
    if row is None:
        new = insert(surveys).values(
            key=questionnaire.key, state=Survey.PREPARED, **values, **anew(connection, surveys)
        )
        return int(connection.execute(new.returning(surveys.c.id)).scalar_one())
    step(connection, row.id, "prepare", **values)
    return int(row.id)


def find(connection: Connection, key: str) -> Surveyed | None:
    """The survey of that name."""
    row = _find(connection, key)
    return _value(row) if row is not None else None


def read(connection: Connection, number: int) -> Surveyed:
    return _value(connection.execute(select(surveys).where(surveys.c.id == number)).one())


def all_surveys(connection: Connection) -> tuple[Surveyed, ...]:
    """Every survey, oldest first."""
    return tuple(_value(row) for row in connection.execute(select(surveys).order_by(surveys.c.id)))


def step(connection: Connection, number: int, event: str, **values: Any) -> None:
    """Let an event happen to a survey. EditorError, in words, when its state does not know it."""
    before, after = survey_step(event)
    c = surveys.c
    moved = update(surveys).where(c.id == number, c.state.in_(before)).values(state=after, **values)
    if connection.execute(moved).rowcount:
        return
    row = connection.execute(select(c.title, c.state).where(c.id == number)).one()
    allowed = " eller ".join(f"som {STATE_WORDS[s]}" for s in before)
    raise EditorError(
        Problem(row.title, f"enkäten {STATE_WORDS[row.state]}.", f"Det här går bara med en enkät {allowed}.")
    )


def is_frozen(connection: Connection, number: int) -> bool:
    """Whether its invitations are drawn up."""
    return connection.execute(select(surveys.c.frozen_at).where(surveys.c.id == number)).scalar_one() is not None


def is_live(connection: Connection, number: int) -> bool:
    """Whether its plan is carried out, now. Whoever has answered is thanked when the ballots are counted, too."""
    state = select(surveys.c.state).where(surveys.c.id == number).with_for_update(read=True)
    return connection.execute(state).scalar_one() in LIVE


def _find(connection: Connection, key: str) -> Row[Any] | None:
    return connection.execute(select(surveys).where(surveys.c.key == key)).one_or_none()


def _value(row: Row[Any]) -> Surveyed:
    return Surveyed(
        row.id, row.key, row.state,
        _kept(Questionnaire, json.dumps(row.definition)), _kept(ChannelPlan, json.dumps(row.plan)), row.hash,
        row.opens_at, row.closes_at, row.public_key, row.ballot_size,
    )  # fmt: skip


@lru_cache(maxsize=16)  # each page of a form asks for them, and they are the same until a person approves others
def _kept(kind: type[Any], written: str) -> Any:
    return from_json(kind, json.loads(written))
