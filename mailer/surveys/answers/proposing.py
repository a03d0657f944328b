"""Answers that came by e-mail, on their way to a person who says whether they are any.

Takes   a connection inside a transaction; a reply to a survey's mail; a person's yes or no.
Gives   the replies that nobody has read; a Proposal; what became of it.
Fails   EditorError when the proposal is not there, is decided, or the survey is closed.

Only a reply to a delivery of ours is here at all: the signed mark in the address it came to says whose it is, and From
never does. It counts for nothing until a person has said yes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, insert, select, update

from mailer.address import parse_address
from mailer.content.questionnaires.model import Answers, Part
from mailer.db import Database
from mailer.errors import EditorError, Problem
from mailer.feedback import store_telling
from mailer.feedback.meaning import Kind
from mailer.feedback.tables import received
from mailer.outbox.tables import deliveries, mailings
from mailer.register.tables import contacts
from mailer.surveys import store
from mailer.surveys.answers import answering
from mailer.surveys.answers.reply import CUT, Understood, understand
from mailer.surveys.answers.reply_words import is_greeting
from mailer.surveys.field.tables import proposals
from mailer.surveys.states import Invitation
from mailer.surveys.store import Surveyed
from mailer.surveys.tables import invitations

AT_ONCE = 100
MAIL = answering.MAIL
# Why a person should look twice.
OTHER_SENDER = "skrivet från en annan adress än medlemmens"
FORGED = "e-postservern säger att avsändaren är falsk (DMARC)"
CLOSED = "enkäten tar inte emot svar"
REPLACES = "ersätter det medlemmen har svarat förut"
UNCLEAR = "något i mejlet gick inte att tolka"


@dataclass(frozen=True, slots=True)
class Taken:
    """What a reply came to. `number`: of the proposal, None when it holds no answer. `is_anonymous`: a line was cut."""

    contact: int
    survey: int
    invitation: int
    number: int | None
    is_anonymous: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """One that waits, for the person who decides."""

    number: int
    survey: int
    invitation: int
    contact: int | None
    name: str
    member_number: str
    at: datetime
    answers: Answers
    why: str
    text: str


def waiting(connection: Connection) -> Sequence[Row[Any]]:
    """Replies to mails about surveys that nobody has been given and that have not been looked at."""
    r, p = received.c, proposals.c
    query = _replies().where(r.handed_at.is_(None), r.id.not_in(select(p.received_id)))
    return connection.execute(query.order_by(r.id).limit(AT_ONCE)).all()


def take(connection: Connection, reply: Row[Any], now: datetime) -> Taken | None:
    """Write down what the reply answers. None when there is nothing in it for the survey: it is words for a person."""
    survey = store.read(connection, reply.survey_id)
    found = understand(survey.questionnaire, reply.text or "")
    if not found.answers and not found.is_anonymous:
        return None
    if found.is_anonymous:  # nobody has read it, and nobody will
        connection.execute(update(received).where(received.c.id == reply.id).values(text=found.text))
    number = None
    if found.answers:
        values = {"invitation_id": reply.invitation, "received_id": reply.id, "at": reply.at}
        answers = {key: list(words) for key, words in found.answers.items()}
        why = "; ".join(_doubts(reply, survey, found, now))
        new = insert(proposals).values(**values, answers=answers, is_held=bool(why), why=why or None)
        number = int(connection.execute(new.returning(proposals.c.id)).scalar_one())
    if found.answers or _says_nothing_else(found.text):
        store_telling.note_handed(connection, reply.id, now)
    return Taken(reply.contact_id, survey.number, reply.invitation, number, found.is_anonymous)


def undecided(connection: Connection, survey: int) -> list[Proposal]:
    """The proposals that wait, oldest first."""
    p, i, c, r = proposals.c, invitations.c, contacts.c, received.c
    query = (
        select(p.id, i.survey_id, p.invitation_id, i.contact_id, c.first_name, c.last_name, c.number, p.at, p.answers,
               p.why, r.text)
        .join(invitations, i.id == p.invitation_id)
        .join(received, r.id == p.received_id)
        .outerjoin(contacts, c.id == i.contact_id)
        .where(i.survey_id == survey, p.decided_at.is_(None), i.contact_id.is_not(None))
        .order_by(p.id)
    )  # fmt: skip
    return [_proposal(row) for row in connection.execute(query)]


def accept(
    connection: Connection, db: Database, survey: Surveyed, number: int, name: str, today: date, now: datetime
) -> tuple[Proposal, str]:
    """A person says that it is an answer. What the submit came to; ”incomplete”: kept as far as it goes."""
    db.last_look(connection, wish=True)
    one = _find(connection, survey, number)
    newer = (proposals.c.invitation_id == one.invitation) & (proposals.c.id > number)
    if connection.execute(select(proposals.c.id).where(newer, proposals.c.is_accepted.is_(True))).first():
        remedy = "Det nyare gäller. Säg nej till det här med --refuse."
        raise EditorError(Problem(f"svar {number}", "medlemmen har skrivit ett nyare, som är godkänt.", remedy))
    signed = {**answering.drafts(connection, one.invitation, Part.SIGNED), **one.answers}
    came_to = answering.submit(connection, db, survey, one.invitation, signed, None, MAIL, name, today, now)
    if came_to == "closed":
        raise EditorError(Problem(f"svar {number}", "enkäten tar inte emot svar.", "Säg nej med --refuse."))
    older = (proposals.c.invitation_id == one.invitation) & (proposals.c.id < number)
    _decide(connection, older, name, False, now)
    _decide(connection, proposals.c.id == number, name, True, now)
    return one, came_to


def refuse(connection: Connection, survey: Surveyed, number: int, name: str, now: datetime) -> Proposal:
    """A person says that it is no answer, or not hers."""
    one = _find(connection, survey, number)
    _decide(connection, proposals.c.id == number, name, False, now)
    return one


def _replies() -> Select[Any]:
    r, d, m, i, c = received.c, deliveries.c, mailings.c, invitations.c, contacts.c
    return (
        select(r.id, r.at, r.text, r.from_address, r.dmarc, i.contact_id, i.id.label("invitation"), i.survey_id,
               i.state, c.address)
        .select_from(received)
        .join(deliveries, d.id == r.delivery_id)
        .join(mailings, m.id == d.mailing_id)
        .join(invitations, (i.survey_id == m.survey_id) & (i.contact_id == d.contact_id))
        .join(contacts, c.id == i.contact_id)
        .where(r.kind == Kind.reply, r.ignored.is_(None))
    )  # fmt: skip


def _doubts(reply: Row[Any], survey: Surveyed, found: Understood, now: datetime) -> list[str]:
    doubts = {
        OTHER_SENDER: not _is_hers(reply.from_address, reply.address),
        FORGED: reply.dmarc == "fail",
        CLOSED: not survey.is_open(now) or reply.state == Invitation.STOPPED,
        REPLACES: reply.state == Invitation.ANSWERED,
        UNCLEAR: bool(found.unclear),
    }
    return [why for why, holds in doubts.items() if holds]


def _is_hers(written_from: str | None, registered: str | None) -> bool:
    try:
        return parse_address(written_from or "").normal == parse_address(registered or "").normal
    except ValueError:
        return False


def _says_nothing_else(text: str) -> bool:
    """Whether no words are left for a person once the lines about anonymous questions are gone."""
    left = (line.strip() for line in text.split("\n"))
    return all(not line or line == CUT or is_greeting(line) for line in left)


def _find(connection: Connection, survey: Surveyed, number: int) -> Proposal:
    there = undecided(connection, survey.number)
    found = next((one for one in there if one.number == number), None)
    if found is None:
        numbers = ", ".join(str(one.number) for one in there) or "inga"
        raise EditorError(Problem(f"svar {number}", "väntar inte på någon.", f"De som väntar är: {numbers}."))
    return found


def _decide(connection: Connection, which: Any, name: str, is_accepted: bool, now: datetime) -> None:
    values: Mapping[str, Any] = {"decided_at": now, "decided_by": name[:200], "is_accepted": is_accepted}
    connection.execute(update(proposals).where(which, proposals.c.decided_at.is_(None)).values(**values))


def _proposal(row: Any) -> Proposal:
    answers = {key: tuple(words) for key, words in row.answers.items()}
    name = f"{row.first_name or ''} {row.last_name or ''}".strip()
    ids = (row.id, row.survey_id, row.invitation_id, row.contact_id)
    return Proposal(*ids, name, row.number or "", row.at, answers, row.why or "", row.text or "")
