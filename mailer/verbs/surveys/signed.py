"""The signed answers under their names, for those who are to contact people: ”Kontakta mig”, ”vill du bli aktiv?”.

Takes   the opened house; a survey; who looks.
Gives   a row for each who has answered: name, number, telephone, address, her answers in words.
Fails   EditorError when who looks is neither approver nor administrator.

That she looked is recorded for every person she saw. Nothing of the anonymous part is here: nobody could put it here.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from mailer.content.questionnaires.model import OTHER, OTHER_WORDS, Answers, Part, Question
from mailer.house import House
from mailer.register import telephone
from mailer.register.store import record_access
from mailer.register.tables import contacts
from mailer.surveys.answers import form
from mailer.surveys.box.results import name_of
from mailer.surveys.box.tables import responses
from mailer.surveys.states import Invitation
from mailer.surveys.store import Surveyed
from mailer.surveys.tables import invitations
from mailer.verbs.people import person
from mailer.verbs.surveys.kept import kept

PARTS = (Part.SIGNED, Part.AFTER)
# What a spreadsheet takes for a formula (CWE-1236).
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Answered:
    """One member and what she has answered under her name, in the order of the questions."""

    contact: int
    name: str
    number: str
    phone: str
    address: str
    answers: tuple[str, ...]


def answers(house: House, key: str, as_name: str) -> tuple[tuple[str, ...], tuple[Answered, ...]]:
    """(the questions in words, the members by name). Recorded before it is shown."""
    who = person(house.settings, as_name, "approver", "administrator")
    survey = kept(house, key)

    def look(connection: Connection) -> tuple[Answered, ...]:
        found = of_members(connection, survey)
        for one in found:
            record_access(connection, who.name, f"survey answers {survey.key}", one.contact, house.clock.now())
        return found

    return asked_words(survey), house.db.write(look)


def lines(questions: Sequence[str], found: Sequence[Answered]) -> list[str]:
    """To read: a paragraph for each, without what she left out."""
    out = []
    for one in found:
        out += ["", ", ".join(part for part in (one.name, one.number, one.phone, one.address) if part)]
        out += [f"  {asked} {said}" for asked, said in zip(questions, one.answers, strict=True) if said]
    return out or ["Ingen har svarat ännu."]


def table(questions: Sequence[str], found: Sequence[Answered]) -> str:
    """As CSV, for a spreadsheet: semicolons, as Swedish ones read it."""
    written = io.StringIO()
    rows = csv.writer(written, delimiter=";")
    rows.writerow(["Namn", "Medlemsnummer", "Telefon", "E-post", *map(_harmless, questions)])
    for one in found:
        rows.writerow([_harmless(word) for word in (one.name, one.number, one.phone, one.address, *one.answers)])
    return written.getvalue()


def asked_words(survey: Surveyed) -> tuple[str, ...]:
    """The questions whose answers stand under names, in words and in order."""
    return tuple(question.words.sv for question in _questions(survey))


def _questions(survey: Surveyed) -> tuple[Question, ...]:
    sections = survey.questionnaire.sections
    return tuple(question for section in sections if section.part in PARTS for question in section.questions)


def of_members(connection: Connection, survey: Surveyed, only: Sequence[int] | None = None) -> tuple[Answered, ...]:
    """The newest complete answers of each part, of those who have answered and are not forgotten; of these contacts
    `only`. Whoever shows them records it."""
    r, i, c = responses.c, invitations.c, contacts.c
    newest = select(func.max(r.id)).where(r.is_complete).group_by(r.invitation_id, r.part)
    query = (
        select(c.id, c.first_name, c.last_name, c.number, c.phone, c.address_shown, r.answers)
        .join(invitations, i.id == r.invitation_id)
        .join(contacts, c.id == i.contact_id)
        .where(i.survey_id == survey.number, i.state == Invitation.ANSWERED, r.id.in_(newest))
        .order_by(c.last_name, c.first_name, c.id)
    )
    query = query if only is None else query.where(c.id.in_(only))
    given: dict[int, dict[str, tuple[str, ...]]] = {}
    people: dict[int, Any] = {}
    for row in connection.execute(query):
        people[row.id] = row
        given.setdefault(row.id, {}).update({name: tuple(words) for name, words in row.answers.items()})
    return tuple(_one(survey, people[contact], given[contact]) for contact in people)


def _one(survey: Surveyed, row: Any, given: Answers) -> Answered:
    asked = {question.key for question in form.asked(survey.questionnaire, given, PARTS)}
    said = tuple(_said(question, given) if question.key in asked else "" for question in _questions(survey))
    name = f"{row.first_name} {row.last_name}".strip()
    return Answered(
        row.id, name, row.number or "", telephone.shown(row.phone) if row.phone else "", row.address_shown or "", said
    )


def _said(question: Question, given: Mapping[str, tuple[str, ...]]) -> str:
    own = " ".join(given.get(question.key + OTHER_WORDS, ()))
    words = [
        f"Annat: {own}" if word == OTHER and own else name_of(question, word) for word in given.get(question.key, ())
    ]
    return ", ".join(words)


def _harmless(word: str) -> str:
    """A member's words are never a formula. A telephone number keeps its plus."""
    is_number = word[:1] == "+" and word[1:].replace(" ", "").isdigit()
    return f"'{word}" if word.startswith(_FORMULA) and not is_number else word
