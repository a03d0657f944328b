"""A response code that went astray: a letter stolen, or read by somebody else. The old one opens nothing any more.

Takes   a connection inside a write transaction; the home's keys; a survey, a contact.
Gives   what became of it: the sheets that carry the old code, on the table or in the post.
Fails   EditorError when she is not invited, or the survey is over.

The links in her mails go on: they are made without the code (surveys/codes.py). A mail that has not gone yet gets the
new code; one that has gone shows the old one.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, exists, select, update

from mailer.db import Database
from mailer.errors import EditorError, Problem
from mailer.keys import Keys
from mailer.outbox.states import OWED
from mailer.outbox.tables import deliveries, mailings, picks
from mailer.surveys import codes
from mailer.surveys.posting import letter_rows
from mailer.surveys.posting.letter_rows import Sheet
from mailer.surveys.posting.tables import letters
from mailer.surveys.states import Letter
from mailer.surveys.store import Surveyed
from mailer.surveys.tables import invitations


@dataclass(frozen=True, slots=True)
class Revoked:
    """Her code is another now."""

    invitation: int
    version: int
    lying: tuple[Sheet, ...]  # printed and not posted: to be taken out and destroyed
    out: tuple[Sheet, ...]  # in the post, or with her


def revoke(connection: Connection, db: Database, keys: Keys, survey: Surveyed, contact: int, who: str) -> Revoked:
    """A new code for her. The old one is that of nobody."""
    db.last_look(connection, wish=True)  # no mail is filled in between with the old one
    i = invitations.c
    query = select(i.id, i.version).where(i.survey_id == survey.number, i.contact_id == contact)
    row = connection.execute(query.with_for_update()).one_or_none()
    if row is None:
        raise EditorError(Problem(who, "är inte inbjuden till enkäten.", "Kontrollera koden eller medlemsnumret."))
    version, key = _next(connection, keys, survey, contact, row.version)
    connection.execute(update(invitations).where(i.id == row.id).values(version=version, code_key=key))
    _tell_mails(connection, survey, contact, version)
    hers = letter_rows.sheets(connection, survey, None, letters.c.invitation_id == row.id)
    lying = tuple(sheet for sheet in hers if sheet.state == Letter.PRINTED)
    return Revoked(row.id, version, lying, tuple(sheet for sheet in hers if sheet.state == Letter.POSTED))


def _next(connection: Connection, keys: Keys, survey: Surveyed, contact: int, version: int) -> tuple[int, str]:
    """The next version whose code nobody else of the survey has."""
    i = invitations.c
    while True:
        version += 1
        key = codes.code_key(keys, survey.number, codes.code(keys, survey.number, contact, version))
        taken = select(i.id).where(i.survey_id == survey.number, i.code_key == key)
        if connection.execute(taken).first() is None:
            return version, key


def _tell_mails(connection: Connection, survey: Surveyed, contact: int, version: int) -> None:
    """What is owed to her carries the new code. What a server has taken is made again, if ever, as it was."""
    p, d, m = picks.c, deliveries.c, mailings.c
    of_survey = select(m.id).where(m.survey_id == survey.number)
    owed = exists().where(d.mailing_id == p.mailing_id, d.contact_id == p.contact_id, d.state.in_(OWED))
    hers = update(picks).where(p.contact_id == contact, p.mailing_id.in_(of_survey), owed)
    connection.execute(hers.values(version=version))
