"""Who is to have a letter of a step now, and where it goes.

Takes   a connection inside a transaction; a survey as it was approved, a letter step of its plan.
Gives   Addressees; those whose address is not whole.
Fails   EditorError when the plan has no such letter step.

A letter is open when the clock has looked at its day (asks.reason); that she may still be asked is asked again here.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from mailer.content.channel_plan.model import Channel, Step
from mailer.errors import EditorError, Problem
from mailer.languages import language_of
from mailer.register.tables import contacts
from mailer.surveys.people import invited
from mailer.surveys.plan.asking import OPEN
from mailer.surveys.plan.reasons import REASONS
from mailer.surveys.plan.rules import Person, why_never
from mailer.surveys.posting.households import Addressee, lacks
from mailer.surveys.states import Ask
from mailer.surveys.store import Surveyed
from mailer.surveys.tables import asks, invitations

BUNCH = 500  # rows in one statement
NO_POST = "no_post"


@dataclass(frozen=True, slots=True)
class Found:
    """`able`: a letter can go to them. `unable`: why not, in Swedish (”postnummer och ort saknas”)."""

    able: tuple[Addressee, ...]
    unable: tuple[tuple[Addressee, str], ...] = ()


def letter_step(survey: Surveyed, key: str) -> Step:
    """The letter step of that key; EditorError with those there are."""
    steps = [step for step in survey.plan.steps if step.channel is Channel.LETTER]
    found = next((step for step in steps if key in (step.key, step.name)), None)
    if found is None:
        there = ", ".join(step.key for step in steps) or "inga"
        raise EditorError(Problem(key or "steget", "är inget brevsteg i planen.", f"De som finns: {there}."))
    return found


def open_now(connection: Connection, survey: Surveyed, step: Step, now: datetime) -> Found:
    """Those whose letter of this step is open, and who may still be asked."""
    a = asks.c
    is_open = _whose(connection, survey, step, (a.state == Ask.PLANNED) & (a.reason == OPEN))
    homeless = _whose(connection, survey, step, a.state.in_((Ask.NOT_ASKED, Ask.SKIPPED)) & (a.reason == NO_POST))
    people = invited(connection, survey, now, [*is_open, *homeless])
    why = {one.invitation: why_never(one, step, one.asks, survey.plan.limits) for one in people}
    may = [number for number in is_open if number in why and why[number] is None]
    found = _sorted_out(_read(connection, may))
    lacking = _sorted_out(_read(connection, [one for one in (*is_open, *homeless) if why.get(one) == NO_POST]))
    return Found(found.able, (*found.unable, *lacking.unable))


def is_ahead(connection: Connection, survey: Surveyed, step: Step) -> bool:
    """Whether somebody is to have the letter whose day has not come."""
    a = asks.c
    later = (a.state == Ask.PLANNED) & (func.coalesce(a.reason, "") != OPEN)
    return bool(_whose(connection, survey, step, later))


def once_more(connection: Connection, survey: Surveyed, step: Step, who: Collection[int], now: datetime) -> Found:
    """These contacts, whatever they have had of the step: a letter got lost, or its code is revoked. Whoever has
    answered, or may not be asked, is among the unable."""
    i = invitations.c
    query = select(i.id).where(i.survey_id == survey.number, i.contact_id.in_(who))
    numbers = list(connection.execute(query).scalars())
    people = invited(connection, survey, now, numbers)
    why = {person.invitation: why_not_again(person, step, survey) for person in people}
    found = _sorted_out(_read(connection, [number for number in numbers if number in why]))
    stopped = tuple((one, REASONS[said]) for one in found.able if (said := why[one.invitation]))
    return Found(tuple(one for one in found.able if not why[one.invitation]), (*found.unable, *stopped))


def why_not_again(person: Person, step: Step, survey: Surveyed) -> str:
    """Why she may have no letter at all: the key of a reason. What she has had already does not count."""
    return why_never(person, step, (), survey.plan.limits) or ""


def of_invitations(connection: Connection, numbers: Sequence[int]) -> dict[int, Addressee]:
    """These, as the register knows them today; who is forgotten is not among them."""
    return {one.invitation: one for one in _read(connection, numbers)}


def _whose(connection: Connection, survey: Surveyed, step: Step, which: ColumnElement[bool]) -> list[int]:
    a, i = asks.c, invitations.c
    query = select(i.id).join(asks, a.invitation_id == i.id).where(i.survey_id == survey.number, a.step == step.key)
    return list(connection.execute(query.where(which)).scalars())


def _sorted_out(people: Sequence[Addressee]) -> Found:
    lacking = {one.invitation: lacks(one) for one in people}
    able = tuple(one for one in people if not lacking[one.invitation])
    return Found(able, tuple((one, f"{lacking[one.invitation]} saknas") for one in people if lacking[one.invitation]))


def _read(connection: Connection, numbers: Sequence[int]) -> list[Addressee]:
    found: list[Addressee] = []
    for first in range(0, len(numbers), BUNCH):
        found += _some(connection, invitations.c.id.in_(numbers[first : first + BUNCH]))
    return sorted(found, key=lambda one: one.invitation)


def _some(connection: Connection, which: ColumnElement[bool]) -> list[Addressee]:
    i, c = invitations.c, contacts.c
    query = select(
        i.id, i.contact_id, c.number, c.first_name, c.last_name, c.language, c.care_of, c.street, c.postcode, c.city,
        i.version, i.code_key, c.phone, c.address,
    ).join(contacts, c.id == i.contact_id)  # fmt: skip
    return [_addressee(row) for row in connection.execute(query.where(which))]


def _addressee(row: Any) -> Addressee:
    return Addressee(
        row.id, row.contact_id, row.number or "", row.first_name, row.last_name, language_of(row.language),
        row.care_of or "", row.street or "", row.postcode or "", row.city or "", row.version, row.code_key,
        row.phone or "", row.address or "",
    )  # fmt: skip
