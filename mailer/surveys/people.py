"""The people of a survey as the plan asks about them: which channels lead to each, and what she has had already.

Takes   a connection inside a transaction; a survey, or the questions of one that is not approved; the moment now.
Gives   Persons, in the order of their contacts.
Fails   never.

No names and no addresses: whether there is one that can be used, not what it says.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, func, literal, select

from mailer.audience.store import reason_now
from mailer.content.questionnaires.model import Questionnaire
from mailer.languages import language_of
from mailer.register.tables import contacts
from mailer.surveys.freezing import members_on
from mailer.surveys.plan.house_asks import BUNCH, asks_of
from mailer.surveys.plan.rules import Person
from mailer.surveys.store import Surveyed
from mailer.surveys.tables import channel_stops, invitations

LOOKS_BACK = timedelta(days=31)  # asks of the rest of the house before that are long over
# An address that a letter can go to has all three.
HAS_POST = and_(*(func.coalesce(part, "") != "" for part in (contacts.c.street, contacts.c.postcode, contacts.c.city)))


def invited(
    connection: Connection, survey: Surveyed, now: datetime, numbers: Sequence[int] | None = None
) -> list[Person]:
    """Those who are invited; with `numbers`, of these invitations. Who is forgotten is nobody any more."""
    i, c = invitations.c, contacts.c
    query = (
        select(
            i.contact_id, i.id.label("invitation"), i.state, i.reason, i.is_frozen, i.created_at, c.language, c.phone,
            HAS_POST.label("has_post"), reason_now(c.id, i.list, now).label("no_email"),
        )
        .join(contacts, c.id == i.contact_id)
        .where(i.survey_id == survey.number, i.removed.is_(None))
        .order_by(i.contact_id)
    )  # fmt: skip
    rows: list[Any] = []
    if numbers is None:
        rows += connection.execute(query).all()
    for first in range(0, len(numbers or ()), BUNCH):
        rows += connection.execute(query.where(i.id.in_((numbers or ())[first : first + BUNCH]))).all()
    stops = _stops(connection, survey.number)
    had = asks_of(connection, [row.contact_id for row in rows], now - LOOKS_BACK, now, survey.number)
    return [
        _person(
            row, had.get(row.contact_id, ()), row.invitation, row.state, row.reason or "",
            None if row.is_frozen else row.created_at, stops.get(row.invitation, ()),
        )
        for row in rows
    ]  # fmt: skip


def members(connection: Connection, asked: Questionnaire, zone: ZoneInfo, now: datetime) -> list[Person]:
    """Those who would be invited: the members on the freeze date, or of today when it has not come."""
    day: date = min(asked.freeze, now.astimezone(zone).date())
    chosen = members_on(asked, day, zone).subquery()
    c = contacts.c
    query = (
        select(
            c.id.label("contact_id"), c.language, c.phone, HAS_POST.label("has_post"),
            reason_now(c.id, literal(asked.list_key), now).label("no_email"),
        )
        .join(chosen, chosen.c.id == c.id)
        .order_by(c.id)
    )  # fmt: skip
    rows = connection.execute(query).all()
    had = asks_of(connection, [row.contact_id for row in rows], now - LOOKS_BACK, now)
    return [_person(row, had.get(row.contact_id, ())) for row in rows]


def _person(
    row: Any, asks: tuple[Any, ...], invitation: int = 0, state: str = "invited", reason: str = "",
    since: datetime | None = None, stops: tuple[tuple[str, str], ...] = (),
) -> Person:  # fmt: skip
    has_resigned = row.no_email == "resigned"
    return Person(
        contact=row.contact_id,
        invitation=invitation,
        state="stopped" if has_resigned and state != "answered" else state,
        stopped="resigned" if has_resigned else reason if state == "stopped" else "",
        no_email=row.no_email or "",
        has_post=bool(row.has_post),
        has_phone=bool(row.phone),
        language=language_of(row.language),
        since=since,
        stops=stops,
        asks=asks,
    )


def _stops(connection: Connection, survey: int) -> dict[int, tuple[tuple[str, str], ...]]:
    s = channel_stops.c
    query = select(s.invitation_id, s.channel, s.reason).join(invitations, invitations.c.id == s.invitation_id)
    found: dict[int, tuple[tuple[str, str], ...]] = {}
    for number, channel, reason in connection.execute(query.where(invitations.c.survey_id == survey)):
        found[number] = (*found.get(number, ()), (channel, reason))
    return found
