"""Paper that has come back: an outer envelope with a code and the signed form, an inner one with the code-less sheet.

Takes   a connection inside a write transaction, the Pass of the one who types, the survey, the time now.
Gives   whose envelope it is; whether a sheet may be typed.
Fails   never: what is not so is said by a word.

The postal vote's pattern: an outer envelope is ticked off in the ledger, its inner one goes unopened on a pile. When
the pile is shuffled its sheets are typed, as many as there were envelopes and never more. Only two counts a day are
kept of it: no row ties a sheet to an envelope, and a ballot has no moment.
"""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from mailer.db import Database
from mailer.keys import Keys
from mailer.languages import Language, language_of
from mailer.register.store import record_access
from mailer.register.tables import contacts
from mailer.surveys import invitations, store
from mailer.surveys.answers import answering
from mailer.surveys.field import holds
from mailer.surveys.field.passes import Pass
from mailer.surveys.field.tables import paper_sheets
from mailer.surveys.states import Invitation
from mailer.surveys.store import Surveyed
from mailer.surveys.tables import invitations as invited

PILE = 5  # inner envelopes: a smaller pile is opened only when no more will come


@dataclass(frozen=True, slots=True)
class Envelope:
    """Whose outer envelope lies before the one who types."""

    invitation: int
    contact: int
    state: str
    language: Language
    name: str  # ””: found by its code, and she need not know
    is_submitted: bool  # just now, by her who types; only ”contact me” is left
    has_no_ballot: bool = False  # she has answered by mail, which carries none: the inner envelope is her first

    @property
    def is_counted(self) -> bool:
        """The member has answered already: the inner envelope is not opened."""
        return self.state == Invitation.ANSWERED and not self.is_submitted and not self.has_no_ballot

    @property
    def is_stopped(self) -> bool:
        return self.state == Invitation.STOPPED


def by_code(
    connection: Connection, db: Database, keys: Keys, by: Pass, survey: Surveyed, typed: str, now: datetime
) -> str:
    """Lay the envelope of the code before her: ”open”; ”unknown”; ”busy” while somebody talks with the person."""
    found = invitations.by_code(connection, keys, typed)
    if found is None or found.survey != survey.number:
        return "unknown"
    return _lay(connection, db, by, found.number, found.contact, now, "")


def by_name(
    connection: Connection, db: Database, by: Pass, survey: Surveyed, number: str, last_name: str, now: datetime
) -> str:
    """The same for an envelope without its code slip; both must fit. That she has looked a person up is recorded."""
    i, c = invited.c, contacts.c
    query = select(i.id, i.contact_id, c.last_name).join(contacts, c.id == i.contact_id)
    query = query.where(i.survey_id == survey.number, c.number == number.strip())
    row = connection.execute(query).one_or_none()
    if row is None or not number.strip() or _plain(row.last_name) != _plain(last_name):
        return "unknown"
    return _lay(connection, db, by, row.id, row.contact_id, now, "utan svarskod")


def before(connection: Connection, by: Pass) -> Envelope | None:
    """The envelope that lies before her."""
    hold = holds.of_pass(connection, by.number)
    if hold is None:
        return None
    i, c = invited.c, contacts.c
    query = select(i.contact_id, i.state, i.through, c.language, c.first_name, c.last_name)
    query = query.join(contacts, c.id == i.contact_id)
    row = connection.execute(query.where(i.id == hold.invitation)).one_or_none()
    if row is None:
        return None
    name = f"{row.first_name} {row.last_name}".strip() if hold.is_named else ""
    by_mail = row.through == answering.MAIL and store.read(connection, by.survey).questionnaire.is_secret
    language = language_of(row.language)
    return Envelope(hold.invitation, row.contact_id, row.state, language, name, hold.is_submitted, by_mail)


def opened(connection: Connection, survey: Surveyed, day: date) -> None:
    """One more outer envelope is in the ledger, and its inner one on the pile: in the transaction of the answer."""
    _count(connection, survey.number, day, envelopes=1)


def waiting(connection: Connection, survey: int) -> int:
    """How many inner envelopes lie on the pile."""
    p = paper_sheets.c
    query = select(func.coalesce(func.sum(p.envelopes), 0) - func.coalesce(func.sum(p.number), 0))
    return int(connection.execute(query.where(p.survey_id == survey)).scalar_one())


def typed(connection: Connection, db: Database, survey: Surveyed, day: date) -> bool:
    """Take one inner envelope from the pile, in the transaction that puts its sheet into the ballot box. False: the
    pile is empty, and there is nothing that a sheet could be typed from."""
    db.last_look(connection, wish=True)  # two who type cannot both take the last
    if waiting(connection, survey.number) < 1:
        return False
    _count(connection, survey.number, day, number=1)
    return True


def _lay(connection: Connection, db: Database, by: Pass, invitation: int, contact: int, now: datetime, how: str) -> str:
    db.last_look(connection, wish=True)
    if not holds.take(connection, by.number, invitation, now, is_named=bool(how)):
        return "busy"
    record_access(connection, f"{by.name} (papper)", "paper" + (f": {how}" if how else ""), contact, now)
    return "open"


def _count(connection: Connection, survey: int, day: date, number: int = 0, envelopes: int = 0) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(paper_sheets).values(survey_id=survey, day=day, number=0, envelopes=0)
    connection.execute(new.on_conflict_do_nothing())
    p = paper_sheets.c
    of_day = (p.survey_id == survey) & (p.day == day)
    values = {"number": p.number + number, "envelopes": p.envelopes + envelopes}
    connection.execute(update(paper_sheets).where(of_day).values(**values))


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())
