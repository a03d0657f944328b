"""A telephone round that has begun: members with numbers, invited, and callers with links for the evening."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from mailer.db import Database
from mailer.keys import Keys
from mailer.surveys import store
from mailer.surveys.field import calling, passes
from mailer.surveys.field.passes import Pass, Sort
from mailer.surveys.field.tables import contact_attempts
from mailer.surveys.plan.rules import Calendar
from mailer.surveys.states import Ask
from mailer.surveys.store import Surveyed
from mailer.surveys.tables import asks, invitations, surveys
from tests.surveys.arranged import QUESTIONNAIRE, ZONE, open_survey, people

EVENING = datetime(2024, 4, 9, 16, tzinfo=UTC)  # a Tuesday, 18.00 where they are
BEGINS = datetime(2024, 4, 5, 15, tzinfo=UTC)
CALENDAR = Calendar(ZONE, QUESTIONNAIRE.opens, QUESTIONNAIRE.closes)


def planned(connection: Connection, survey: int, step: str = "ringrunda") -> None:
    """The telephone step is due for everybody."""
    for number in connection.execute(select(invitations.c.id).where(invitations.c.survey_id == survey)).scalars().all():
        values = {"invitation_id": number, "step": step, "channel": "telephone", "state": Ask.PLANNED}
        connection.execute(insert(asks).values(**values, planned_for=BEGINS, drawn_for=BEGINS))


def a_round(db: Database, keys: Keys, number: int = 3) -> Surveyed:
    """The survey, with so many to call."""

    def work(connection: Connection) -> Surveyed:
        survey = open_survey(connection, keys, people(connection, number))
        planned(connection, survey)
        return store.read(connection, survey)

    return db.write(work)


def a_pass(
    db: Database, survey: Surveyed, name: str = "Kim", sort: Sort = Sort.TELEPHONE, now: datetime = EVENING
) -> Pass:
    token = f"{name}-{sort}-{now:%d%H%M}"
    end = passes.ends_at(now, None, ZONE)
    db.write(lambda c: passes.make(c, survey.number, sort, token, name, "Anna Ek", now, end))
    found = db.read(lambda c: passes.find(c, sort, token, now))
    assert found is not None
    return found


def nobody_minds(_connection: Connection, _one: object) -> None:
    """The rest of the house has asked nobody anything."""


def take(db: Database, survey: Surveyed, by: Pass, now: datetime = EVENING) -> str:
    return db.write(lambda c: calling.take(c, db, by, survey, CALENDAR, now, nobody_minds))


def before(db: Database, by: Pass) -> calling.Before | None:
    return db.read(lambda c: calling.before(c, by))


def settle(
    db: Database, survey: Surveyed, by: Pass, outcome: str, now: datetime = EVENING, again_at: datetime | None = None,
    invitation: int = 0,
) -> str:  # fmt: skip
    held = before(db, by)
    number = invitation or (held.invitation if held else 0)
    return db.write(lambda c: calling.settle(c, db, by, survey, number, calling.Outcome(outcome), again_at, now))


def called(db: Database, survey: Surveyed, outcome: str, days: float = 0, again_at: datetime | None = None) -> int:
    """One call of a caller of her own that evening, so many days later. Who was called."""
    now = EVENING + timedelta(days=days)
    by = a_pass(db, survey, f"Kim {days} {outcome}", now=now)
    assert take(db, survey, by, now) == "taken", days
    held = before(db, by)
    assert held is not None
    assert settle(db, survey, by, outcome, now, again_at) == "settled"
    return held.invitation


def calls(db: Database) -> list[tuple[int, str, str]]:
    """(invitation, outcome, by) of each."""
    a = contact_attempts.c
    return [
        tuple(row)
        for row in db.read(lambda c: c.execute(select(a.invitation_id, a.outcome, a.by).order_by(a.id)).all())
    ]


def state_of(db: Database, invitation: int) -> str:
    return str(
        db.read(lambda c: c.execute(select(invitations.c.state).where(invitations.c.id == invitation)).scalar_one())
    )


def ask_of(db: Database, invitation: int) -> str:
    query = select(asks.c.state).where(asks.c.invitation_id == invitation)
    return str(db.read(lambda c: c.execute(query).scalar_one()))


def set_survey(db: Database, survey: Surveyed, **values: object) -> None:
    db.write(lambda c: c.execute(update(surveys).where(surveys.c.id == survey.number).values(**values)))
