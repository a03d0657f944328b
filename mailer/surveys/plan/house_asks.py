"""What the whole house has asked of somebody lately: the quiet rule counts it, whoever asked.

Takes   a connection inside a transaction; contacts; from when on.
Gives   contact -> the asks she has had, oldest first.
Fails   never.

An ask by e-mail is one that a server has taken, or that is on its way; what came back or was never sent asked nobody.
One that is on its way may come at any moment, however long ago it was planned: it counts as asked now.
V Aktuellt, its corrections and what the house says by itself are no asks.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, case, func, literal, or_, select

from mailer.content.channel_plan.model import Channel
from mailer.outbox.states import OWED, Delivery, Mailing
from mailer.outbox.tables import deliveries, mailings
from mailer.surveys.field.tables import contact_attempts
from mailer.surveys.plan.rules import Asked
from mailer.surveys.posting.tables import RETURNED
from mailer.surveys.states import Ask, Invitation
from mailer.surveys.tables import asks, invitations, surveys

LETTER, SURVEY = "letter", "survey"  # the kinds of mailings that want something of their readers
REACHES = (Delivery.ACCEPTED, Delivery.IN_DOUBT, *OWED)
BUNCH = 500  # contacts in one question to the database


def asks_of(
    connection: Connection, contacts: Sequence[int], since: datetime, now: datetime, survey: int = 0
) -> Mapping[int, tuple[Asked, ...]]:
    """What each has been asked since then. `now`: when what is on its way counts as asked.

    `survey`: the one whose own steps are told apart from the rest of the house's; its asks are given from its
    beginning."""
    wants = {row.id: _wanting(row.plan) for row in connection.execute(select(surveys.c.id, surveys.c.plan))}
    found: dict[int, list[Asked]] = {}
    for first in range(0, len(contacts), BUNCH):
        some = contacts[first : first + BUNCH]
        for contact, asked in _mails(connection, some, since, now, survey, wants):
            found.setdefault(contact, []).append(asked)
        for contact, asked in _attempts(connection, some, since, survey):
            found.setdefault(contact, []).append(asked)
    return {contact: tuple(sorted(some_asks, key=lambda a: a.at)) for contact, some_asks in found.items()}


def asked_since(connection: Connection, contacts: Select[int], since: datetime) -> int:
    """How many of these a survey has asked something since then, and who have not answered it."""
    a, i = asks.c, invitations.c
    query = select(func.count(i.contact_id.distinct())).join(asks, a.invitation_id == i.id)
    lately = (a.state == Ask.ASKED, a.asked_at > since, i.state != Invitation.ANSWERED)
    return connection.execute(query.where(*lately, i.contact_id.in_(contacts))).scalar_one()


def _mails(
    connection: Connection, contacts: Sequence[int], since: datetime, now: datetime, survey: int,
    wants: Mapping[int, frozenset[str]],
) -> Iterator[tuple[int, Asked]]:  # fmt: skip
    d, m = deliveries.c, mailings.c
    # Paused it is not on its way: when it goes on is a person's to say.
    in_time = or_(m.expires_at.is_(None), m.expires_at > now)
    under_way = and_(d.state.in_(OWED), m.state == Mailing.SENDING, in_time)
    gone = func.coalesce(d.settled_at, d.first_attempt_at, m.planned_at)
    at = case((under_way, literal(now, m.planned_at.type)), else_=gone).label("at")
    mails = (
        select(d.contact_id, d.mailing_id, d.state, at, m.survey_id)
        .join(mailings, m.id == d.mailing_id)
        .where(d.contact_id.in_(contacts), m.kind.in_((LETTER, SURVEY)))
    )
    steps = _steps(connection, contacts)
    for contact, mailing, state, moment, of in connection.execute(mails):
        step, asked_at = steps.get((mailing, contact), ("", None))
        ours = of is not None and of == survey
        if state not in REACHES:
            # The mail has not gone at all: it was excluded, or came back. The step is done, but asked nothing.
            if ours and asked_at is not None:
                yield contact, Asked(asked_at, Channel.EMAIL, step, True, False)
        elif moment is not None and (moment >= since or ours):
            yield contact, Asked(moment, Channel.EMAIL, step, ours, of is None or step in wants.get(of, ()))


def _steps(connection: Connection, contacts: Sequence[int]) -> dict[tuple[int, int], tuple[str, datetime]]:
    """(mailing, contact) -> the step it was, and when she was asked. By themselves, from the invitations on: joined to
    the deliveries, SQLite looks through all asks of a mailing for each of them."""
    a, i = asks.c, invitations.c
    query = select(a.mailing_id, i.contact_id, a.step, a.asked_at).join(invitations, i.id == a.invitation_id)
    rows = connection.execute(query.where(i.contact_id.in_(contacts), a.state == Ask.ASKED))
    return {(mailing, contact): (step, at) for mailing, contact, step, at in rows if mailing is not None}


def _attempts(
    connection: Connection, contacts: Sequence[int], since: datetime, survey: int
) -> Iterator[tuple[int, Asked]]:
    """Letters posted and calls made."""
    t, i = contact_attempts.c, invitations.c
    query = (
        select(t.contact_id, t.at, t.channel, t.step, i.survey_id, t.outcome)
        .join(invitations, i.id == t.invitation_id)
        .where(t.contact_id.in_(contacts), (t.at >= since) | (i.survey_id == survey))
    )
    for contact, moment, channel, step, of, outcome in connection.execute(query):
        # A letter that came back has asked nobody anything.
        yield contact, Asked(moment, channel, step, of == survey, outcome != RETURNED)


def _wanting(plan: Mapping[str, Any]) -> frozenset[str]:
    """The steps of a kept plan that want something."""
    return frozenset(step["key"] for step in plan["steps"] if step["is_ask"])
