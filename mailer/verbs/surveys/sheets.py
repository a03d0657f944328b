"""The printed call sheets after they are made: which there are, signed back, lost, typed line by line.

Takes   the opened house, a survey; a sheet's number and a line; the administrator or approver by name.
Gives   the lines to print: the list of sheets, what is left to type, what to do when a sheet is lost.
Fails   EditorError: no such survey, sheet or line, no right to it, an hour at which nobody calls.
"""

from datetime import datetime, timedelta

from sqlalchemy import Connection

from mailer import maillog
from mailer import words as swedish
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.register import telephone
from mailer.register.store import record_access
from mailer.surveys.field import queue, sheets
from mailer.surveys.field.calling import OUTCOME_WORDS, Outcome
from mailer.surveys.field.sheets import CallSheet, Line
from mailer.surveys.plan.reasons import REASONS
from mailer.surveys.states import Sheet
from mailer.surveys.store import Surveyed
from mailer.verbs.people import person
from mailer.verbs.surveys.days import calendar_of
from mailer.verbs.surveys.field import survey_of
from mailer.verbs.surveys.sheet_print import When, file_of

IN_WORDS = {
    "svarade-inte": Outcome.NO_ANSWER,
    "upptaget": Outcome.BUSY,
    "igen": Outcome.AGAIN,
    "själv": Outcome.HERSELF,
    "nej": Outcome.DECLINED,
    "fel-nummer": Outcome.WRONG_NUMBER,
    "borta": Outcome.GONE,
}
HOURS_TO_REPORT = timedelta(hours=72)  # GDPR art. 33(1), from when the association knows
STATES = {Sheet.OUT: "ute", Sheet.BACK: "tillbaka", Sheet.LOST: "borta"}


def listed(house: House, key: str) -> list[str]:
    """The sheets of a survey, the newest first."""
    survey, now = survey_of(house, key), house.clock.now()
    found = house.db.read(lambda c: sheets.listed(c, survey.number))
    if not found:
        return ["Inga ringblad är utskrivna. Skriv ut ett: mailer survey sheet --name NAMN --as NAMN"]
    lines = [_listed(house, one, now) for one in found]
    late = [str(one.number) for one in reversed(found) if one.is_late(now)]
    if late:
        lines.append(f"Skulle ha varit tillbaka: blad {swedish.listing(late)}. Fråga den som har det.")
    return lines


def give_back(house: House, key: str, number: int, as_name: str) -> list[str]:
    """Sign a sheet back; which of its lines nobody has typed."""
    by = person(house.settings, as_name, "administrator", "approver")
    survey, now = survey_of(house, key), house.clock.now()
    sheet = _sheet(house, survey, number)
    if not house.db.write(lambda c: sheets.give_back(c, house.db, sheet, by.name, now)):
        raise EditorError(Problem(f"blad {number}", "är redan tillbaka.", "Se: mailer survey sheets"))
    maillog.sheet_ended(sheet.key, "back")
    file_of(house, survey, number).unlink(missing_ok=True)
    left = house.db.read(lambda c: sheets.left(sheets.lines(c, sheet)))
    lines = [f"Blad {number} är tillbaka hos {by.name}."]
    if left:
        rows = swedish.listing([str(one) for one in left])
        lines += [
            f"Rad {rows} är inte inskriven än." if len(left) == 1 else f"Rad {rows} är inte inskrivna än.",
            "De personerna kan andra ringa nu. Skriv genast in dem som blev uppringda, på ringarens sida (”Skriv in "
            f"ett ringblad”) eller med: mailer survey sheet-line {number} RAD UTFALL --as NAMN",
        ]
    return [*lines, "Lägg bladet i strimlaren när alla rader är inskrivna."]


def lose(house: House, key: str, number: int, as_name: str) -> list[str]:
    """Note that a sheet is lost; what a person has to do, and about whom. Asked again it says the same again."""
    by = person(house.settings, as_name, "administrator")
    survey, now = survey_of(house, key), house.clock.now()
    sheet = _sheet(house, survey, number)
    if sheet.state == Sheet.BACK:
        raise EditorError(Problem(f"blad {number}", "är redan tillbaka.", "Se: mailer survey sheets"))

    def work(connection: Connection) -> tuple[Line, ...]:
        sheets.lose(connection, house.db, sheet, by.name, now)
        people = sheets.lines(connection, sheet)
        for one in people:
            if one.contact is not None:
                record_access(connection, f"{by.name} ({house.os_user})", "survey: lost sheet", one.contact, now)
        return people

    people = house.db.write(work)
    if sheet.state == Sheet.OUT:
        maillog.sheet_ended(sheet.key, "lost")
    file_of(house, survey, number).unlink(missing_ok=True)
    known = sheet.ended_at if sheet.state == Sheet.LOST and sheet.ended_at else now
    return _incident(house, sheet, people, known)


def line(
    house: House, key: str, number: int, row: int, outcome: Outcome, again: When | None, as_name: str
) -> list[str]:
    """Type what came of the call of one line."""
    person(house.settings, as_name, "administrator", "approver")
    survey, now = survey_of(house, key), house.clock.now()
    sheet = _sheet(house, survey, number)
    again_at = _again(house, survey, again) if outcome is Outcome.AGAIN else None
    word = house.db.write(lambda c: sheets.note(c, house.db, survey, number, row, outcome, again_at, now))
    if word in _NOT_TYPED:
        raise EditorError(Problem(f"blad {number}, rad {row}", _NOT_TYPED[word], "Se: mailer survey sheets"))
    lines = [f"Blad {number}, rad {row}: {OUTCOME_WORDS[outcome]}."]
    if word == "changed":
        lines.append("Medlemmen har redan svarat, avböjt eller lämnat. Samtalet är noterat, och inget mer händer.")
    left = house.db.read(lambda c: sheets.left(sheets.lines(c, sheet)))
    rows = swedish.listing([str(one) for one in left])
    return [*lines, f"Kvar att skriva in: rad {rows}." if left else "Alla rader är inskrivna. Strimla bladet."]


_NOT_TYPED = {
    "unknown": "bladet har ingen sådan rad.",
    "typed": "är redan inskriven.",
    "typing": "någon skriver in den på ringarens sida just nu.",
    "nobody": "personen är inte medlem längre. Raden behöver inte skrivas in.",
}


def _again(house: House, survey: Surveyed, again: When | None) -> datetime:
    """When she wants to be called: an hour at which somebody may call."""
    now = house.clock.now()
    if again is None:
        raise EditorError(Problem("--again", "saknas: när vill personen bli uppringd?", "Till exempel --again 18:30."))
    calendar = house.db.read(lambda c: calendar_of(house, c, survey.questionnaire, survey.plan))
    moment = calendar.at(again[0] or calendar.day_of(now), again[1])
    if moment <= now:
        raise EditorError(Problem("--again", "har redan varit.", 'Skriv dagen också: --again "2024-04-16 18:30".'))
    if why := queue.why_closed(survey.plan, calendar, moment):
        what = f"då ringer ingen: {REASONS.get(why, 'planen har ingen ringrunda')}."
        raise EditorError(Problem("--again", what, "Skriv en annan tid i ringrundan."))
    return moment


def _sheet(house: House, survey: Surveyed, number: int) -> CallSheet:
    sheet = house.db.read(lambda c: sheets.find(c, survey.number, number))
    if sheet is None:
        raise EditorError(Problem(f"blad {number}", "finns inte.", "Se: mailer survey sheets"))
    return sheet


def _listed(house: House, one: CallSheet, now: datetime) -> str:
    made = swedish.day(one.made_at.astimezone(house.zone).date())
    if one.state == Sheet.OUT:
        stands = f"ute till {swedish.moment(one.expires_at, house.zone)}"
    else:
        ended = swedish.moment(one.ended_at or now, house.zone)
        stands = f"{STATES[Sheet(one.state)]} {ended}, enligt {one.ended_by}"
    typed = f"{one.typed} av {swedish.count(one.people, 'rad', 'rader')} inskrivna"
    return f"Blad {one.number}. {one.name}, {made}: {stands}; {typed}. Utskrivet av {one.made_by}."


def _incident(house: House, sheet: CallSheet, people: tuple[Line, ...], known: datetime) -> list[str]:
    """A lost sheet is a personal data breach: GDPR art. 33 (the authority, within 72 hours) and 34 (those it is about),
    and membership shows a political opinion (art. 9)."""
    who = house.settings.responsible
    responsible = ", ".join(part for part in (who.name, who.contact) if part) or "styrelsen"
    there = [one for one in people if one.contact is not None]
    gone = len(people) - len(there)
    return [
        f"Blad {sheet.number} är antecknat som borta. De som står på det kan ringas av andra igen.",
        "Ett borttappat blad är en personuppgiftsincident: namn och nummer till medlemmar är på drift. Gör så här:",
        "1. Leta en gång till, också i fickor och på kopiatorn.",
        f"2. Berätta redan i dag för den som ansvarar för personuppgifterna: {responsible}.",
        "3. Anmäl till Integritetsskyddsmyndigheten på imy.se inom 72 timmar, senast "
        f"{swedish.moment(known + HOURS_TO_REPORT, house.zone)} (dataskyddsförordningen artikel 33). Skriv att bladet "
        "har namn, telefonnummer och vilken förening det gäller, och hur många det är om.",
        "4. Berätta för dem som står på bladet vad som har hänt, och vart de kan vända sig (artikel 34).",
        "5. Skriv upp vad som hände, vad det kan leda till och vad ni gjorde, och spara det.",
        f"På bladet står {swedish.count(len(people), 'person', 'personer')}"
        + (f", varav {gone} inte finns kvar i registret:" if gone else ":"),
        *(f"  {one.line}. {one.first_name} {one.last_name}, {telephone.shown(one.phone)}" for one in there),
        f"Att du har sett namnen är antecknat. Kommer bladet fram: mailer survey sheet-back {sheet.number} --as NAMN",
    ]
