"""What the whole house has asked of somebody lately: the quiet rule counts it, whoever asked.

Takes   a connection inside a transaction; contacts; from when on.
Gives   contact -> the asks she has had, oldest first.
Fails   never.

An ask by e-mail is one that a server has taken, or that is on its way; what came back or was never sent asked nobody.
V Aktuellt, its corrections and what the house says by itself are no asks.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select

from mailer.content.channel_plan.model import Channel
from mailer.outbox.states import OWED, Delivery
from mailer.outbox.tables import deliveries, mailings
from mailer.surveys.field.tables import contact_attempts
from mailer.surveys.plan.rules import Asked
from mailer.surveys.states import Ask
from mailer.surveys.tables import asks, invitations, surveys

LETTER, SURVEY = "letter", "survey"  # the kinds of mailings that want something of their readers
REACHES = (Delivery.ACCEPTED, Delivery.IN_DOUBT, *OWED)
BUNCH = 500  # contacts in one question to the database


def asks_of(
    connection: Connection, contacts: Sequence[int], since: datetime, survey: int = 0
) -> Mapping[int, tuple[Asked, ...]]:
    """What each has been asked since then. `survey`: the one whose own steps are told apart from the rest of the
    house's; its asks are given from its beginning."""
    wants = {row.id: _wanting(row.plan) for row in connection.execute(select(surveys.c.id, surveys.c.plan))}
    found: dict[int, list[Asked]] = {}
    for first in range(0, len(contacts), BUNCH):
        some = contacts[first : first + BUNCH]
        for contact, asked in _mails(connection, some, since, survey, wants):
            found.setdefault(contact, []).append(asked)
        for contact, asked in _attempts(connection, some, since, survey):
            found.setdefault(contact, []).append(asked)
    return {contact: tuple(sorted(some_asks, key=lambda a: a.at)) for contact, some_asks in found.items()}


def _mails(
    connection: Connection, contacts: Sequence[int], since: datetime, survey: int, wants: Mapping[int, frozenset[str]]
) -> Iterator[tuple[int, Asked]]:
    d, m, a, i = deliveries.c, mailings.c, asks.c, invitations.c
    at = func.coalesce(d.settled_at, m.planned_at).label("at")
    mails: Select[Any] = (
        select(d.contact_id, at, m.survey_id)
        .join(mailings, m.id == d.mailing_id)
        .where(d.contact_id.in_(contacts), m.kind.in_((LETTER, SURVEY)), d.state.in_(REACHES))
        .add_columns(_step_of().label("step"))
    )
    for contact, moment, of, step in connection.execute(mails):
        ours = of is not None and of == survey
        if moment is None or (moment < since and not ours):
            continue
        yield contact, Asked(moment, Channel.EMAIL, step or "", ours, of is None or step in wants.get(of, ()))
    # Asked, and the mail has not gone at all: it was excluded, or came back. The step is done, but asked nothing.
    gone = (
        select(i.contact_id, a.asked_at, a.step)
        .join(invitations, i.id == a.invitation_id)
        .join(deliveries, (d.mailing_id == a.mailing_id) & (d.contact_id == i.contact_id))
        .where(i.survey_id == survey, i.contact_id.in_(contacts), a.state == Ask.ASKED, d.state.not_in(REACHES))
    )
    for contact, moment, step in connection.execute(gone):
        yield contact, Asked(moment, Channel.EMAIL, step, True, False)


def _step_of() -> Any:
    """The step that a mailing of a survey was, by the asks it has settled."""
    a, d = asks.c, deliveries.c
    of_hers = invitations.c.contact_id == d.contact_id
    query = select(a.step).join(invitations, invitations.c.id == a.invitation_id)
    return query.where(a.mailing_id == d.mailing_id, of_hers).limit(1).scalar_subquery()


def _attempts(
    connection: Connection, contacts: Sequence[int], since: datetime, survey: int
) -> Iterator[tuple[int, Asked]]:
    """Letters posted and calls made."""
    t, i = contact_attempts.c, invitations.c
    query = (
        select(t.contact_id, t.at, t.channel, t.step, i.survey_id)
        .join(invitations, i.id == t.invitation_id)
        .where(t.contact_id.in_(contacts), (t.at >= since) | (i.survey_id == survey))
    )
    for contact, moment, channel, step, of in connection.execute(query):
        yield contact, Asked(moment, channel, step, of == survey)


def _wanting(plan: Mapping[str, Any]) -> frozenset[str]:
    """The steps of a kept plan that want something."""
    return frozenset(step["key"] for step in plan["steps"] if step["is_ask"])
