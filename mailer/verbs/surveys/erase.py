"""survey erase, and the clock's part of it: what a survey holds of people goes six months after its closing.

Takes   the opened house; a survey's key and who says so, when it is to be earlier.
Gives   lines to print; notices fourteen days before; files that are gone.
Fails   EditorError when the survey is not counted, is erased, or a mail of it is on its way.
"""

import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from mailer import maillog, words
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.register.lists import read_segments
from mailer.register.segment import Segment
from mailer.surveys import erasing, store
from mailer.surveys.following import tasks
from mailer.surveys.states import Survey
from mailer.surveys.store import Surveyed
from mailer.surveys.tables import surveys
from mailer.verbs.backup import kept_for
from mailer.verbs.letters import files as letter_files
from mailer.verbs.people import person
from mailer.verbs.say import each_once, say
from mailer.verbs.surveys import close, owners, sheet_print
from mailer.verbs.surveys.kept import kept

AHEAD = timedelta(days=14)  # so long before are people told
# Where sheets with names and codes lie: var/letters/KEY/RUN/, var/ringblad/KEY-3.pdf.
LETTERS, SHEETS = "letters", "ringblad"


def tend(house: House) -> list[str]:
    """The clock's part: tell, erase what is due, and see that no file is left of sheets that are over and letters that
    are posted. The keys of what was erased."""
    today, done = house.here().date(), []
    for survey in house.db.read(lambda c: [store.read(c, number) for number in erasing.left(c)]):
        sheet_print.tidy(house, survey, house.clock.now())
        letter_files.remove_done(house, survey)
        due = erasing.erase_day(survey.questionnaire.closes)
        if today >= due:
            done += [survey.key] if _erase(house, survey) else []
        elif today >= due - AHEAD:
            _tell(house, survey)
    _remove_files(house)
    if done:
        close.clean_up(house)
    return done


def erase(house: House, key: str, as_name: str) -> list[str]:
    """Earlier, by a person: after the counting, so that the numbers are there. Without a name: what it would be."""
    survey = kept(house, key)
    title = survey.questionnaire.title.sv
    if house.db.read(lambda c: erasing.is_erased(c, survey.number)):
        raise EditorError(Problem(title, "är redan raderad.", "Siffrorna: mailer survey report"))
    due = words.day(erasing.erase_day(survey.questionnaire.closes), year=True)
    if survey.state != Survey.COUNTED:
        what = f"enkäten {store.STATE_WORDS[survey.state]}. I förtid raderas bara en räknad enkät."
        remedy = f"Räkna den: mailer survey close {survey.key}. Annars raderas det om personer {due}."
        raise EditorError(Problem(title, what, remedy))
    if not as_name:
        return [
            f"{title}: allt om enskilda personer raderas av sig självt {due}.", *WHAT_GOES,
            f"Spara först det ni behöver: mailer survey answers {survey.key} --csv --as NAMN",
            f"Radera nu, och det går inte att ångra: mailer survey erase {survey.key} --as NAMN",
        ]  # fmt: skip
    person(house.settings, as_name, "approver", "administrator")
    if not _erase(house, survey):
        raise EditorError(Problem(title, "ett mejl om enkäten är på väg just nu.", "Vänta en minut och kör igen."))
    _remove_files(house)
    clean = close.clean_up(house)
    lines = [f"{title}: allt om enskilda personer är raderat. Siffrorna står kvar: mailer survey report {survey.key}"]
    lines += [] if clean else ["Databasens logg är upptagen och töms av klockan så snart det går."]
    return [*lines, kept_for(house), "Listor som ni själva har sparat kastar ni också."]


WHAT_GOES = (
    "Bort går: svar med namn, vilka som har svarat och hur, svarskoder, brev och deras filer, samtal, ringblad, "
    "vilka som fick vilket mejl, och de som ville bli aktiva.",
    "Kvar står: siffrorna, de anonyma svaren och hur många som svarade.",
)


def status_lines(house: House, survey: Surveyed) -> list[str]:
    """For `survey status`: when it goes, once the survey is over; or that it is gone."""
    at = house.db.read(lambda c: c.execute(surveys.select().where(surveys.c.id == survey.number)).one().erased_at)
    if at is not None:
        gone = words.day(at.astimezone(house.zone).date(), year=True)
        return ["", f"Allt om enskilda personer är raderat sedan {gone}. Siffrorna är de som gällde då."]
    if house.here().date() <= survey.questionnaire.closes:
        return []
    due = words.day(erasing.erase_day(survey.questionnaire.closes), year=True)
    return ["", f"Allt om enskilda personer raderas {due}."]


def _erase(house: House, survey: Surveyed) -> bool:
    now, today = house.clock.now(), house.here().date()
    groups = _groups(house)
    done = house.db.write(lambda c: erasing.erase(c, house.db, survey, house.zone, today, now, groups))
    if done:
        maillog.survey_erased(survey.key)
    return done


def _groups(house: House) -> tuple[Segment, ...]:
    """For the figures that are kept. A mistake in the file of groups is no reason to keep people longer."""
    try:
        return tuple(read_segments(house.lists).values())
    except EditorError:
        return ()


def _tell(house: House, survey: Surveyed) -> None:
    """Fourteen days before, once: the administrators all that goes, owners of tasks that theirs go too."""
    due = erasing.erase_day(survey.questionnaire.closes)
    title, day = survey.questionnaire.title.sv, words.day(due, year=True)
    for one in each_once(owners.administrators(house.settings)):
        command = house.command(f'survey answers {survey.key} --csv --as "{one.name}"')
        say(house, f"enkät/{survey.key}/gallras/{due}", [one], "survey_erase", title=title, day=day, what=WHAT_GOES,
            command=command, is_counted=survey.state == Survey.COUNTED,
            close_command=house.command(f"survey close {survey.key}"))  # fmt: skip
    waiting = house.db.read(lambda c: tasks.all_open(c, survey.number))
    theirs = {owner for task in waiting if (owner := owners.find(house.settings, task.owner)) is not None}
    for one in each_once(sorted(theirs, key=lambda person: person.name)):
        number = sum(owners.find(house.settings, task.owner) == one for task in waiting)
        say(house, f"uppföljning/{survey.key}/gallras/{due}", [one], "follow_erase", title=title, day=day,
            number=words.count(number, "medlem", "medlemmar"),
            command=house.command(f'survey follow {survey.key} --as "{one.name}"'))  # fmt: skip


def _remove_files(house: House) -> None:
    """Of every survey that is erased: looked for at each tick, so that a kill after the commit leaves none."""
    gone = house.db.read(lambda c: [one.key for one in store.all_surveys(c) if erasing.is_erased(c, one.number)])
    for path in (path for key in gone for path in _sheets(house.var, key)):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _sheets(var: Path, key: str) -> Iterator[Path]:
    """The survey's own folder of letters, and its call sheets. Another survey's key may begin with this one's and go on
    with a number, as a sheet does: enkat, enkat-2025."""
    own = re.compile(rf"\.?{re.escape(key)}-\d+\.pdf(?:\.\w+)?")  # what a kill left half written too
    if (letters := var / LETTERS / key).is_symlink() or letters.exists():
        yield letters
    if (folder := var / SHEETS).is_dir():
        yield from (path for path in sorted(folder.iterdir()) if own.fullmatch(path.name))
