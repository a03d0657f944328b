"""The closing of a survey: all ballots are opened, mixed and counted, once; then nothing of them is left.

Takes   the opened house; a survey whose last moment is past; a file with a copy of its key.
Gives   how many ballots there were, against how many have answered.
Fails   EditorError before the closing moment, after the counting, or with another key.
"""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, select, update

from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.surveys import erasing, store
from mailer.surveys.answers import answering
from mailer.surveys.box import results, urn
from mailer.surveys.box import store as box
from mailer.surveys.box.sealing import PrivateKey
from mailer.surveys.field import paper
from mailer.surveys.states import Survey
from mailer.surveys.store import Surveyed
from mailer.surveys.tables import surveys
from mailer.verbs.surveys.kept import kept
from mailer.verbs.surveys.key import Ask, open_copy, unconfirmed
from mailer.words import count as counted
from mailer.words import listing, moment


@dataclass(frozen=True, slots=True)
class Closed:
    """What was in the box, and what the ledger says should have been."""

    key: str
    is_secret: bool
    opened: int
    unopened: int
    answered: int  # all who have answered
    own: int  # of them, through something that carries a ballot
    sheets: int  # typed from inner envelopes
    is_clean: bool  # whether nothing of the ballots is left in the file
    is_file: bool  # whether it is our own file at all
    officers: tuple[str, ...]


def close(house: House, key: str, file: Path | None, ask: Ask, leave_sheets: int | None = None) -> Closed:
    """Count, once, in one transaction; then clean the file. `leave_sheets`: so many inner envelopes are not counted."""
    survey = kept(house, key)
    _require_over(house, survey)
    secret = survey.questionnaire.is_secret
    if secret and file is None:
        remedy = f"Sätt i det ena mediet: mailer survey close {survey.key} --key FIL"
        raise EditorError(Problem(survey.questionnaire.title.sv, "svarsurnan öppnas med nyckeln.", remedy))
    _require_typed(house, survey, leave_sheets)
    private = open_copy(house, survey, file, ask) if secret and file is not None else None
    done = house.db.write(lambda c: _count(c, house, survey, private))
    clean = clean_up(house)
    ledger = house.db.read(lambda c: erasing.of_box(c, survey.number))
    return Closed(survey.key, secret, done.opened, done.unopened, *ledger, clean, house.db.is_sqlite,
                  tuple(house.db.read(lambda c: unconfirmed(c, survey.number))))  # fmt: skip


def _require_typed(house: House, survey: Surveyed, leave_sheets: int | None) -> None:
    """EditorError while inner envelopes wait to be typed: the box takes nothing once it is opened."""
    waiting = house.db.read(lambda c: paper.waiting(c, survey.number))
    if waiting and waiting != leave_sheets:
        type_them = f"Skriv in dem: mailer survey paper {survey.key} --name NAMN --as NAMN."
        remedy = f"{type_them} Finns de inte mer: --leave-sheets {waiting}"
        what = f"{counted(waiting, 'inre kuvert väntar', 'inre kuvert väntar')} på att skrivas in."
        raise EditorError(Problem(survey.questionnaire.title.sv, what, remedy))


def clean_up(house: House) -> bool:
    """Take what is left of ballots that were opened, or thrown away unopened, out of the database's files, for every
    survey where that is still to do; and what is left of its people, when they are erased.

    SQLite: deleted rows are overwritten as they go (secure_delete); the file is written anew here, for copies lie in
    the gaps of its pages, and its log is emptied. False when others read or wrote all the while: the clock does it
    again. PostgreSQL: the rows are cleared away (VACUUM); the bytes stay
    on their pages until they are written over, and in its own log until that is reused. They are sealed.
    """
    s = surveys.c
    is_over = s.counted_at.is_not(None) | ((s.state == Survey.WITHDRAWN) & s.public_key.is_not(None))
    waiting = select(s.id).where(is_over | s.erased_at.is_not(None), s.scrubbed_at.is_(None))
    numbers = list(house.db.read(lambda c: c.execute(waiting).scalars().all()))
    if not numbers:
        return True
    if not house.db.rewrite():
        return False
    done = update(surveys).where(surveys.c.id.in_(numbers)).values(scrubbed_at=house.clock.now())
    house.db.write(lambda c: c.execute(done))
    return True


def words(house: House, done: Closed) -> list[str]:
    """The lines to print."""
    answered = counted(done.answered, "medlem", "medlemmar")
    if not done.is_secret:
        return [f"Enkäten är avslutad. {answered} har svarat.", f"Resultatet: mailer survey report {done.key}"]
    lines = [f"Svarsurnan är öppnad: {counted(done.opened, 'svarssedel', 'svarssedlar')}, blandade och räknade."]
    lines += _difference(done)
    if done.is_clean:
        place = "databasen, med sin logg" if done.is_file else "databasens tabell"
        lines.append(f"De förseglade sedlarna är raderade ur {place}.")
    else:
        lines.append(
            "De förseglade sedlarna är raderade; databasens logg är upptagen och töms av klockan så snart det går."
        )
    if done.officers:
        lines += [f"Nu ska {listing(done.officers)} förstöra sina kopior av nyckeln och intyga det:"]
        lines += [f'    mailer survey destroyed {done.key} --as "{name}"' for name in done.officers]
    return [*lines, "Resultatet kan läsas när alla har gjort det."]


def _difference(done: Closed) -> list[str]:
    lines = []
    if done.unopened:
        lines.append(f"{counted(done.unopened, 'sedel', 'sedlar')} gick inte att öppna och är inte räknade.")
    sheets = counted(done.sheets, "svarsblad utan kod är inskrivet", "svarsblad utan kod är inskrivna")
    lines.append(
        f"{counted(done.answered, 'medlem', 'medlemmar')} har svarat: {done.own} på webben eller i telefon, "
        f"{done.answered - done.own} på papper eller med e-post; {sheets}."
    )
    expected, found = done.own + done.sheets, done.opened + done.unopened
    if found < expected <= found + done.sheets:
        lines.append(f"{expected - found} av bladen var tomma: de är inget svar och lades inte i urnan.")
    elif found != expected:
        lines.append(
            f"Det skulle ha legat {expected} sedlar i urnan men låg {found}. Har hemmet lagts tillbaka från en "
            "säkerhetskopia, eller har någon ändrat i databasen? Ta upp det innan resultatet används."
        )
    return lines


def _count(connection: Connection, house: House, survey: Surveyed, private: PrivateKey | None) -> urn.Counted:
    now, counted_ballots = house.clock.now(), urn.Counted(0, 0)
    if private is not None:
        counted_ballots = urn.count(connection, house.db, survey, private, now)
    else:
        house.db.last_look(connection, wish=True)
        store.step(connection, survey.number, "count", counted_at=now, scrubbed_at=now)
    answering.settle(connection, survey.number)
    results.freeze(connection, survey)
    return counted_ballots


def _require_over(house: House, survey: Surveyed) -> None:
    title = survey.questionnaire.title.sv
    if survey.state != Survey.APPROVED:
        raise EditorError(
            Problem(title, f"enkäten {store.STATE_WORDS[survey.state]}.", "Bara en öppen enkät avslutas.")
        )
    if house.clock.now() < survey.closes_at:
        still = counted(house.db.read(lambda c: box.number(c, survey.number)), "svarssedel", "svarssedlar")
        when = moment(survey.closes_at, house.zone)
        what = f"enkäten stänger {when}; inget öppnas innan dess."
        raise EditorError(Problem(title, what, f"Just nu ligger {still} förseglade i svarsurnan."))
