"""A printed sheet of people to call, for a caller without a screen.

Takes   the opened house, a survey, who calls, how many, until when, and the approver by name.
Gives   a PDF under var/, for its owner alone; its people are before no other caller.
Fails   EditorError: no such survey, no right to it, no evening left, nobody to call; AdminError: no room for the file.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from pathlib import Path

from mailer import maillog
from mailer import words as swedish
from mailer.errors import AdminError, EditorError, Problem
from mailer.house import House
from mailer.languages import Language
from mailer.letters.sheet_paper import SheetLine, SheetPaper, Tick
from mailer.register import telephone
from mailer.surveys.box.promise import BY_TELEPHONE
from mailer.surveys.field import attempts, queue, sheets
from mailer.surveys.field.calling import OUTCOME_WORDS, SETTLING, Outcome
from mailer.surveys.field.sheets import CallSheet, Line
from mailer.surveys.plan.reasons import REASONS
from mailer.surveys.plan.rules import Calendar
from mailer.surveys.store import Surveyed
from mailer.verbs.people import person
from mailer.verbs.preview import make_private
from mailer.verbs.surveys import calls
from mailer.verbs.surveys.days import calendar_of
from mailer.verbs.surveys.field import named, survey_of

When = tuple[date | None, time]  # as it was typed: without a day it is the evening of the sheet
FIELD = re.compile(r"\{\{\s*(förnamn|efternamn)\s*(?:\|[^}]*)?\}\}")
NAMES = {"sv": {"förnamn": "(förnamnet)", "efternamn": "(efternamnet)"},
         "en": {"förnamn": "(first name)", "efternamn": "(last name)"}}  # fmt: skip
MARGIN = timedelta(minutes=10)  # before the evening is over: a sheet for less is no use


_NONE = {
    "closed": "enkäten är inte öppen.",
    "none_left": "ingen är att ringa då: alla har svarat, har en annan ringare eller ska vara i fred.",
}


@dataclass(frozen=True, slots=True)
class Made:
    """A new sheet, and its file."""

    sheet: CallSheet
    title: str
    path: Path
    is_kept: bool  # under var/, until it is back


def make(
    house: House, key: str, name: str, people: int, until: When | None, as_name: str, out: Path | None = None
) -> Made:
    """Take the next people out of the queue, hold them, and print them."""
    from mailer.letters.call_sheet import print_call_sheet  # PDF and fonts: loaded when a sheet is printed

    by = person(house.settings, as_name, "administrator", "approver")
    caller, survey, now = named(name), survey_of(house, key), house.clock.now()
    calendar = house.db.read(lambda c: calendar_of(house, c, survey.questionnaire, survey.plan))
    begins = _begins(survey, calendar, now)
    end = _until(house, survey, calendar, begins, until)
    may = partial(calls.may, house, survey, calendar, begins)
    word = house.db.write(
        lambda c: sheets.make(c, house.db, survey, caller, by.name, people, calendar, begins, end, now, may)
    )
    if isinstance(word, str):
        raise EditorError(Problem(survey.questionnaire.title.sv, _NONE[word], "Se: mailer survey status"))
    maillog.sheet_made(word.key, word.people)
    tidy(house, survey, now)
    path = out or file_of(house, survey, word.number)
    try:
        if out is None:
            make_private(path.parent)
        print_call_sheet(path, _paper(house, survey, word, begins, by.name))
    except OSError as why:  # the people are free again before anybody is told
        house.db.write(lambda c: sheets.give_back(c, house.db, word, by.name, now))
        what = f"bladet gick inte att skriva: {why.strerror}. Ingen är upptagen av det."
        raise AdminError(Problem(str(path), what, "Se efter att mappen finns och har plats.")) from why
    return Made(word, survey.questionnaire.title.sv, path, out is None)


def words(house: House, made: Made) -> list[str]:
    """The lines to print after a sheet is made."""
    sheet = made.sheet
    lines = [
        f"Blad {sheet.number} till {sheet.name}: {swedish.count(sheet.people, 'person', 'personer')} att ringa för "
        f"{made.title}.",
        str(made.path),
        f"Ingen annan ringer dem före {swedish.moment(sheet.expires_at, house.zone)}, eller när bladet är tillbaka.",
        "Skriv ut det på båda sidor av ett papper, och lämna det i handen. "
        + ("Filen raderas när bladet är tillbaka." if made.is_kept else "Radera filen sedan: den har namn och nummer."),
    ]
    if not house.settings.association.telephone:
        lines.append("Inget nummer att ringa tillbaka på står på bladet: fyll i telephone under [association].")
    return [*lines, f"När bladet är tillbaka: mailer survey sheet-back {sheet.number} --as NAMN"]


def _begins(survey: Surveyed, calendar: Calendar, now: datetime) -> datetime:
    """When the first call may be made: now, or at the beginning of the next evening."""
    found = queue.evenings(survey.plan, calendar, now, 1)
    if not found:
        why = queue.why_closed(survey.plan, calendar, now) or "round_over"
        what = f"ingen kväll att ringa på är kvar: {REASONS.get(why, 'planen har ingen ringrunda')}."
        raise EditorError(Problem(survey.questionnaire.title.sv, what, "Se: mailer survey plan"))
    return max(found[0], now)


def _until(house: House, survey: Surveyed, calendar: Calendar, begins: datetime, until: When | None) -> datetime:
    """When the sheet is to be back: at the end of its first evening, if nobody has said."""
    if until is None:
        return calendar.at(calendar.day_of(begins), calendar.limits.call_latest)
    end = calendar.at(until[0] or calendar.day_of(begins), until[1])
    if end < begins + MARGIN:
        what = f"är för tidigt: den första som får ringas kan ringas {swedish.moment(begins, house.zone)}."
        raise EditorError(Problem("--until", what, "Skriv en senare tid."))
    if end > begins + sheets.LONGEST:
        what = "är för sent: ett blad med namn och nummer får vara ute högst sju dygn."
        raise EditorError(Problem("--until", what, "Skriv en tidigare tid, och skriv ut ett nytt blad sedan."))
    return end


def file_of(house: House, survey: Surveyed, number: int) -> Path:
    """Where the sheet's PDF lies until it is back."""
    return house.var / "ringblad" / f"{survey.key}-{number}.pdf"


def _paper(house: House, survey: Surveyed, sheet: CallSheet, begins: datetime, return_to: str) -> SheetPaper:
    people = house.db.read(lambda c: sheets.lines(c, sheet))
    step = house.db.read(lambda c: attempts.step_of(c, survey, people[0].invitation))
    printed = tuple(_printed(house, one) for one in people)
    return SheetPaper(
        sheet.number, sheet.name, begins.astimezone(house.zone).date(), sheet.expires_at.astimezone(house.zone),
        printed,
        tuple(_tick(one) for one in SETTLING),
        {language: _script(house, survey, step, language) for language in ("sv", "en")},
        house.settings.association.telephone, return_to,
    )  # fmt: skip


def _printed(house: House, one: Line) -> SheetLine:
    name = f"{one.first_name} {one.last_name}".strip()
    again = swedish.moment(one.again_at, house.zone) if one.again_at is not None else ""
    return SheetLine(one.line, name, telephone.shown(one.phone), one.language, one.calls, again)


def _script(house: House, survey: Surveyed, step: str, language: Language) -> str:
    """What to say after the yes: the approved words, or the usual ones; and what is said before what is anonymous."""
    said = next((s.text.say(language) for s in survey.plan.steps if s.key == step), "").strip()
    said = FIELD.sub(lambda found: NAMES[language][found[1]], said) or calls.usual(house, survey).say(language)
    if survey.questionnaire.is_secret:
        before = "Before the anonymous questions:" if language == "en" else "Före de anonyma frågorna:"
        said += f"\n\n*{before}* {BY_TELEPHONE.say(language)}"
    return said


def tidy(house: House, survey: Surveyed, now: datetime) -> None:
    """The files of sheets whose hour is over, whoever has forgotten to sign them back."""
    for old in house.db.read(lambda c: sheets.listed(c, survey.number)):
        if old.expires_at <= now:
            file_of(house, survey, old.number).unlink(missing_ok=True)


def _tick(one: Outcome) -> Tick:
    """On the side that lies on a table nothing says that those on it are members of anything."""
    words = "avliden eller inte med längre" if one is Outcome.GONE else OUTCOME_WORDS[one]
    return Tick(words[:1].upper() + words[1:], one is Outcome.AGAIN)
