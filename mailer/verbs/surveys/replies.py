"""Answers by e-mail: found among the replies by the clock, read and decided by a person.

Takes   the opened house; a survey's key; the number of a proposal, and the name of whoever decides.
Gives   notices: that some wait, to whoever has the register; to a member what became of hers; lines to print.
Fails   EditorError when there is no such survey or proposal, or the person may not.
"""

import shlex
from typing import Any

from sqlalchemy import Connection, Row, select

from mailer import words
from mailer.address import Address
from mailer.content.questionnaires.said import in_words
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.languages import language_of
from mailer.languages import say as in_language
from mailer.outbox.store import notices
from mailer.register import store as register
from mailer.register.tables import contacts
from mailer.render.notice import render_notice
from mailer.render.templates import open_templates
from mailer.settings import Role
from mailer.surveys import codes, store
from mailer.surveys.answers import proposing
from mailer.surveys.answers.proposing import Proposal, Taken
from mailer.surveys.store import Surveyed
from mailer.verbs import links, people
from mailer.verbs.say import each_once, say

# Who may read an answer with a name on it, and say that it counts.
ROLES: tuple[Role, ...] = ("administrator", "approver")


def propose(house: House) -> int:
    """The clock's part: look through the replies that nobody has read. How many proposals were made."""
    made = 0
    for reply in house.db.read(proposing.waiting):
        taken = house.db.write(lambda c, reply=reply: _take(house, c, reply))  # type: ignore[misc]
        if taken is None:
            continue
        if taken.is_anonymous:
            _tell_member(house, taken.survey, taken.contact, f"anonym/{taken.invitation}", is_anonymous=True)
        made += taken.number is not None
    if made:
        _tell_staff(house)
    return made


def _take(house: House, connection: Connection, reply: Row[Any]) -> Taken | None:
    again = next((row for row in proposing.waiting(connection) if row.id == reply.id), None)
    return proposing.take(connection, again, house.clock.now()) if again is not None else None


def listed(house: House, key: str) -> list[str]:
    """The proposals that wait, with all that was written. The look is recorded, of each member."""
    now = house.clock.now()

    def work(connection: Connection) -> tuple[Surveyed, list[Proposal]]:
        survey = _survey(connection, key)
        found = proposing.undecided(connection, survey.number)
        for one in found or ():
            register.record_access(connection, house.os_user, "survey replies", one.contact, now)
        return survey, found

    survey, found = house.db.write(work)
    if not found:
        return ["Inga svar med e-post väntar på någon."]
    command = house.command(f"survey replies {survey.key}")
    return [
        *(line for one in found for line in _lines(house, survey, one)),
        f"Räkna ett: {command} --accept NUMMER --as NAMN",
        f"Eller inte: {command} --refuse NUMMER --as NAMN",
    ]


def accept(house: House, key: str, number: int, as_name: str) -> list[str]:
    """It is an answer: it counts as far as it goes, and she is told how far that is."""
    person, now = people.person(house.settings, as_name, *ROLES), house.clock.now()
    today = now.astimezone(house.zone).date()

    def work(connection: Connection) -> tuple[Surveyed, Proposal, str]:
        survey = _survey(connection, key)
        one, came_to = proposing.accept(connection, house.db, survey, number, person.name, today, now)
        register.record_access(connection, house.os_user, "survey replies", one.contact, now)
        return survey, one, came_to

    survey, one, came_to = house.db.write(work)
    is_whole = came_to != "incomplete"
    if one.contact is not None:
        _tell_member(house, survey.number, one.contact, f"sparat/{number}", is_saved=True, is_whole=is_whole)
    if is_whole:
        return [f"Svar {number} räknas. {_next(house, survey)}"]
    kept = (
        f"Svar {number} är sparat som ett påbörjat svar: resten svarar medlemmen på själv, och har fått besked om det."
    )
    return [kept, _next(house, survey)]


def refuse(house: House, key: str, number: int, as_name: str) -> list[str]:
    """It is none, or not hers. Nobody is told."""
    person, now = people.person(house.settings, as_name, *ROLES), house.clock.now()

    def work(connection: Connection) -> Surveyed:
        survey = _survey(connection, key)
        one = proposing.refuse(connection, survey, number, person.name, now)
        register.record_access(connection, house.os_user, "survey replies", one.contact, now)
        return survey

    survey = house.db.write(work)
    return [f"Svar {number} räknas inte. {_next(house, survey)}"]


def _survey(connection: Connection, key: str) -> Surveyed:
    """The survey of that name; without a name the only one."""
    there = store.all_surveys(connection)
    wanted = [one for one in there if one.key == key.casefold()] if key else list(there)
    if len(wanted) == 1:
        return wanted[0]
    known = ", ".join(one.key for one in there)
    remedy = f"De som finns är: {known}." if known else "Den finns när den är godkänd: mailer survey approve"
    what = f"enkäten ”{key[:64]}” finns inte." if key else "skriv vilken enkät." if there else "ingen enkät finns."
    raise EditorError(Problem("enkäter", what, remedy))


def _lines(house: House, survey: Surveyed, one: Proposal) -> list[str]:
    who = f"{one.name or 'namn saknas'}{f', nr {one.member_number}' if one.member_number else ''}"
    out = [f"{one.number}  {words.moment(one.at, house.zone)}  {who}"]
    out += [f"   Se upp: {one.why}"] if one.why else []
    out += [f"   Förslag: {line}" for line in in_words(survey.questionnaire, one.answers)]
    return [*out, *(f"   | {line}" for line in one.text.splitlines()), ""]


def _next(house: House, survey: Surveyed) -> str:
    left = len(house.db.read(lambda c: proposing.undecided(c, survey.number)))
    if not left:
        return "Inga fler väntar."
    return f"{words.count(left, 'svar', 'svar')} till väntar: {house.command(f'survey replies {survey.key}')}"


def _tell_staff(house: House) -> None:
    """Once a day for each survey that has any: how many, and the command. No name leaves the register."""
    day = house.here().date()
    to = house.settings.with_role("administrator") or house.settings.with_role("approver")
    for survey in house.db.read(store.all_surveys):
        number = len(house.db.read(lambda c, n=survey.number: proposing.undecided(c, n)))  # type: ignore[misc]
        if number:
            command = house.command(f"survey replies {shlex.quote(survey.key)}")
            title = survey.questionnaire.title.sv
            say(house, f"enkätsvar/{survey.key}/{day}", each_once(to), "survey_replies", number=number,
                title=title, command=command)  # fmt: skip


def _tell_member(
    house: House, survey: int, contact: int, thing: str,
    is_anonymous: bool = False, is_saved: bool = False, is_whole: bool = False,
) -> None:  # fmt: skip
    """What became of what she wrote, to her registered address, in her language; once."""
    surveyed = house.db.read(lambda c: store.read(c, survey))
    c = contacts.c
    who = select(c.first_name, c.language, c.address, c.address_shown, c.address_key).where(c.id == contact)
    row = house.db.read(lambda connection: connection.execute(who).one_or_none())
    if row is None or not row.address:
        return
    language = language_of(row.language)
    association = house.settings.association.name
    rendering = render_notice(
        open_templates(house.home), "survey_reply", house.settings, language,
        foot=in_language(language, "Du får det här mejlet för att du svarade på ett mejl från %(association)s.",
                         association=association),
        first_name=row.first_name or "",
        title=surveyed.questionnaire.title.say(language),
        is_anonymous=is_anonymous, is_saved=is_saved, is_whole=is_whole,
        link=links.page(house, language, f"/enkat/{codes.token(house.keys, survey, contact)}"),
    )  # fmt: skip
    address, now = Address(row.address, row.address_shown or row.address), house.clock.now()
    name = f"{notices.TO_MEMBERS}/enkätsvar/{thing}"
    house.db.write(lambda connection: notices.notify(connection, name, address, row.address_key, rendering, now))
