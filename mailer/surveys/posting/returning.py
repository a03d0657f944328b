"""A letter that the post has brought back: the address is wrong, and nothing else.

Takes   a connection inside a write transaction; a survey; sheets, or a contact and a step; the moment now.
Gives   Backs; True when something changed.
Fails   EditorError when no letter is out to be returned.

The letter reached nobody: its contact attempt says so, and it counts among no contacts. The post leads to her no more,
until the register has another address. E-mail, telephone and her code go on as before (AAPOR, Standard Definitions:
a returned letter says nothing of whether she would answer).
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from mailer.content.channel_plan.model import Channel
from mailer.db import Database
from mailer.errors import EditorError, Problem
from mailer.register import requests
from mailer.surveys import invitations as invited
from mailer.surveys.field.tables import contact_attempts
from mailer.surveys.posting import addressees, letter_rows
from mailer.surveys.posting.households import hash_of, lacks
from mailer.surveys.posting.letter_rows import Sheet
from mailer.surveys.posting.tables import POSTED, RETURNED, letters
from mailer.surveys.states import Letter
from mailer.surveys.store import Surveyed
from mailer.surveys.tables import channel_stops, invitations

STOP = "returned_letter"  # of the channel: a key of surveys/plan/reasons.py
KIND = "post"  # of the request to a person: register/requests.py
# What a person types -> what the request says. Why it came back is the post's word, not ours.
BECAUSE = {
    "flyttat": "mottagaren har flyttat",
    "okänd": "mottagaren är okänd på adressen",
    "adress": "adressen finns inte eller är inte hel",
    "ej-hämtad": "brevet hämtades inte, eller togs inte emot",
}


@dataclass(frozen=True, slots=True)
class Back:
    """A letter that is back. `has_moved`: the register has another address since; the post is open to her."""

    invitation: int
    contact: int
    name: str
    step: str
    has_moved: bool
    beside: tuple[str, ...] = ()  # whose sheets lay in the same envelope and are not said to be back
    seen: tuple[int, ...] = ()  # their contacts: who reads the answer has seen their names


def of_envelope(connection: Connection, survey: Surveyed, run: int, envelope: int, state: Letter) -> list[Sheet]:
    """The sheets of one envelope that are in that state; EditorError when there is none."""
    letter_rows.run(connection, survey, run)
    at = (letters.c.run_id == run) & (letters.c.envelope == envelope)
    some = letter_rows.sheets(connection, survey, state, at)
    if not some:
        there = letter_rows.sheets(connection, survey, None, at)
        what = "finns inte i körningen." if not there else f"är inte {_STATE_WORDS[state]}."
        if state is Letter.POSTED and any(sheet.state == Letter.RETURNED for sheet in there):
            what = "är redan antecknat som i retur."
        raise EditorError(Problem(f"kuvert {run}/{envelope}", what, "Se: mailer letters runs"))
    return some


def of_contact(connection: Connection, survey: Surveyed, contact: int, state: Letter, who: str) -> Sheet | None:
    """Her last letter in that state. None: it was printed elsewhere. EditorError when none of hers is in it."""
    i, a = invitations.c, contact_attempts.c
    number = connection.execute(select(i.id).where(i.survey_id == survey.number, i.contact_id == contact)).scalar()
    if number is None:
        raise EditorError(Problem(who, "är inte inbjuden till enkäten.", "Kontrollera koden eller medlemsnumret."))
    some = letter_rows.sheets(connection, survey, state, letters.c.invitation_id == number)
    if some:
        return max(some, key=lambda sheet: (sheet.at, sheet.run))
    outcome = POSTED if state is Letter.POSTED else RETURNED
    out = select(a.id).where(a.invitation_id == number, a.channel == Channel.LETTER, a.outcome == outcome)
    if connection.execute(out.limit(1)).first() is None:
        what = (
            "har inget postat brev i enkäten." if state is Letter.POSTED else "har inget brev som har kommit tillbaka."
        )
        raise EditorError(Problem(who, what, "Se efter i packlistan vem kuvertet gällde."))
    return None


def returned(
    connection: Connection, db: Database, survey: Surveyed, contact: int, sheet: Sheet | None, because: str,
    now: datetime,
) -> Back:  # fmt: skip
    """Her letter is back: the sheet of a run, or (None) the last one that was posted without a run."""
    db.last_look(connection, wish=True)
    number, step = _attempt(connection, survey, contact, sheet, POSTED, RETURNED)
    hers = addressees.of_invitations(connection, [number])[number]
    has_moved = sheet is not None and hash_of(hers) != sheet.address_hash
    if sheet is not None:
        letter_rows.step(connection, [sheet], "return", now)
    if not has_moved:
        invited.stop_channel(connection, number, Channel.LETTER, STOP, now)
        requests.ask(connection, KIND, contact, BECAUSE[because] if because else "", now)
    return Back(number, contact, hers.name, step, has_moved, *_beside(connection, survey, sheet))


def returned_after_all(
    connection: Connection, db: Database, survey: Surveyed, contact: int, sheet: Sheet | None, by: str, now: datetime
) -> Back:
    """It was another letter: hers is out, and the post leads to her again."""
    db.last_look(connection, wish=True)
    number, step = _attempt(connection, survey, contact, sheet, RETURNED, POSTED)
    if sheet is not None:
        letter_rows.step(connection, [sheet], "reopen", now)
    if not _is_another_back(connection, number):
        invited.open_channel(connection, number, Channel.LETTER, STOP)
        for row in requests.still_open(connection, contact):
            if row.kind == KIND:
                requests.finish(connection, row.id, by, now)
    hers = addressees.of_invitations(connection, [number])[number]
    return Back(number, contact, hers.name, step, False, *_beside(connection, survey, sheet))


def moved_since(connection: Connection, survey: Surveyed) -> list[int]:
    """The invitations whose post was stopped for a returned letter, and whose address is another now."""
    s = channel_stops.c
    stopped = select(s.invitation_id).where(s.channel == Channel.LETTER, s.reason == STOP)
    back = letter_rows.sheets(connection, survey, Letter.RETURNED, letters.c.invitation_id.in_(stopped))
    register = addressees.of_invitations(connection, sorted({sheet.invitation for sheet in back}))
    known: dict[int, set[str]] = {}
    for sheet in back:
        known.setdefault(sheet.invitation, set()).add(sheet.address_hash)
    return [
        number for number, hashes in known.items()
        if (hers := register.get(number)) and hash_of(hers) not in hashes and not lacks(hers)
    ]  # fmt: skip


def mend(connection: Connection, survey: Surveyed) -> int:
    """The post leads again to those who have got another address since; how many."""
    numbers = moved_since(connection, survey)
    return sum(invited.open_channel(connection, number, Channel.LETTER, STOP) for number in numbers)


_STATE_WORDS = {Letter.POSTED: "postat", Letter.RETURNED: "antecknat som tillbaka"}


def _attempt(
    connection: Connection, survey: Surveyed, contact: int, sheet: Sheet | None, was: str, becomes: str
) -> tuple[int, str]:
    """Her contact attempt gets another outcome: (invitation, step). Of a run it is the one of the sheet's own step."""
    a, i = contact_attempts.c, invitations.c
    query = select(a.id, a.invitation_id, a.step).join(invitations, i.id == a.invitation_id)
    query = query.where(i.survey_id == survey.number, i.contact_id == contact, a.channel == Channel.LETTER)
    query = query.where(a.outcome == was)
    if sheet is not None:
        query = query.where(a.step == sheet.step)
    row = connection.execute(query.order_by(a.at.desc(), a.id.desc()).limit(1)).one()
    connection.execute(update(contact_attempts).where(a.id == row.id).values(outcome=becomes))
    return row.invitation_id, row.step


def _is_another_back(connection: Connection, invitation: int) -> bool:
    a = contact_attempts.c
    back = select(a.id).where(a.invitation_id == invitation, a.channel == Channel.LETTER, a.outcome == RETURNED)
    return connection.execute(back.limit(1)).first() is not None


def _beside(
    connection: Connection, survey: Surveyed, sheet: Sheet | None
) -> tuple[tuple[str, ...], tuple[int, ...]]:  # fmt: skip
    """The names of those whose sheets lay beside hers, and their contacts."""
    if sheet is None:
        return (), ()
    at = (letters.c.run_id == sheet.run) & (letters.c.envelope == sheet.envelope)
    beside = [other.invitation for other in letter_rows.sheets(connection, survey, Letter.POSTED, at)]
    register = addressees.of_invitations(connection, [n for n in beside if n != sheet.invitation])
    return tuple(one.name for one in register.values()), tuple(one.contact for one in register.values())
