"""letters posted: a person says that letters are posted, and from then on they are asks.

Takes   the opened house; a step or a run, envelopes; or a step and whom, where letters were printed elsewhere; the day.
Gives   the lines of what counts, what was taken out, and what has to wait.
Fails   EditorError when the day is none on which it can have happened, or there is no such run or envelope.
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Connection

from mailer import maillog
from mailer import words as swedish
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.surveys.posting import letter_rows, runs
from mailer.surveys.posting.runs import Posting, Pull, Waiting
from mailer.verbs.letters import files, which
from mailer.verbs.letters.pull import pull_lines, seen, waiting_lines
from mailer.verbs.letters.which import Meant
from mailer.verbs.people import person
from mailer.verbs.surveys.days import calendar_of


def posted(
    house: House,
    words: Sequence[str],
    name: str,
    day: date | None = None,
    to: Sequence[str] = (),
    everyone: bool = False,
) -> tuple[Meant, Posting]:
    """The letters of a step or a run are posted, or some of its envelopes. `to`, `everyone`: of a step whose letters
    were printed elsewhere, those to these members, or all that were to go. `day`: when; None: now."""
    by = person(house.settings, name, "editor", "approver", "administrator")
    meant = which.step_or_run(house, words)
    envelopes = which.envelopes(meant.rest)
    if (to or everyone) and (meant.step is None or envelopes):
        raise EditorError(Problem("--to", "går bara med ett steg.", "Skriv steget, och inga kuvert."))
    survey = meant.survey

    def work(connection: Connection) -> Posting:
        house.db.last_look(connection, wish=True)
        now = house.clock.now()
        at = _moment(house, connection, meant, day, now)
        if to or everyone:
            assert meant.step is not None
            who = {which.contact(house, connection, survey, word) for word in to} if to else None
            done = runs.post_without_run(connection, house.db, survey, meant.step, who, by.name, at, now)
        else:
            _is_printed(connection, meant)
            calendar = calendar_of(house, connection, survey.questionnaire, survey.plan)
            done = runs.post(connection, house.db, survey, calendar, by.name, now, run=meant.run, step=meant.step,
                             envelopes=envelopes, at=at)  # fmt: skip
        some: list[Pull | Waiting] = [*done.pulled, *done.waiting]
        seen(connection, f"{by.name} ({house.os_user})", "letters: posted", some, house)
        return done

    done = house.db.write(work)
    maillog.letters_posted(survey.key, done.letters, len(done.pulled))
    files.remove_done(house, survey)
    return meant, done


def lines(house: House, meant: Meant, done: Posting) -> list[str]:
    """What the one who has posted them reads."""
    letters, envelopes = swedish.count(done.letters, "brev", "brev"), swedish.count(done.envelopes, "kuvert", "kuvert")
    what = f"Körning {meant.run}" if meant.run else meant.step.name if meant.step else ""
    out = [f"{what}: {letters} i {envelopes} räknas som postade." if done.letters else f"{what}: inget nytt är postat."]
    if done.pulled:
        out += ["", "Tas ur: räknas inte som postade, och ska inte gå:", *pull_lines(done.pulled)]
    if done.waiting:
        key, name = meant.survey.key, meant.name
        out += ["", "Väntar (hela kuvertet). Är det redan postat, skriv kuvertets nummer:"]
        out += waiting_lines(house, done.waiting)
        out += [f"    mailer letters posted {key} {name} KUVERT --as NAMN"]
    if done.skipped:
        out.append(f"{swedish.count(done.skipped, 'person', 'personer')} hade inget öppet brev i det steget.")
    return [*out, f"Kommer något i retur: mailer letters returned {meant.survey.key} KÖRNING/KUVERT --as NAMN"]


def _moment(house: House, connection: Connection, meant: Meant, day: date | None, now: datetime) -> datetime:
    """When they were posted. EditorError for a day to come, or one before they were printed."""
    today = now.astimezone(house.zone).date()
    if day is None or day == today:
        return now
    written = swedish.day(day, year=True)
    if day > today:
        raise EditorError(Problem("--on", f"{written} har inte varit än.", "Skriv dagen då breven postades."))
    survey = meant.survey
    if day < survey.questionnaire.opens:
        opens = swedish.day(survey.questionnaire.opens, year=True)
        raise EditorError(Problem("--on", f"{written} hade enkäten inte öppnat.", f"Den öppnade {opens}."))
    step = meant.step.key if meant.step else ""
    some = [run for run in letter_rows.runs(connection, survey, step) if meant.run in (0, run.number)]
    printed = max((run.made_at for run in some), default=None)
    if printed is not None and day < printed.astimezone(house.zone).date():
        first = swedish.day(printed.astimezone(house.zone).date(), year=True)
        remedy = "Skriv dagen då breven postades, eller körningens nummer."
        raise EditorError(Problem("--on", f"{written} var de inte utskrivna än: det var {first}.", remedy))
    at = max(datetime.combine(day, _HOUR, house.zone), printed) if printed else datetime.combine(day, _HOUR, house.zone)
    return min(at, now)


_HOUR = datetime.min.time().replace(hour=16)  # of a day that is given without an hour: the boxes are emptied then


def _is_printed(connection: Connection, meant: Meant) -> None:
    """EditorError for a step of which nothing was printed here: a slip of the pen would count them all."""
    if meant.step is None or letter_rows.runs(connection, meant.survey, meant.step.key):
        return
    key, step = meant.survey.key, meant.step.key
    raise EditorError(
        Problem(
            meant.step.name, "inga brev i steget är utskrivna här.",
            f"Skriv ut dem: mailer letters print {key} {step} --as NAMN. Är de utskrivna på annat sätt: skriv till vem "
            "med --to MEDLEMSNUMMER, eller --all för alla.",
        )
    )  # fmt: skip
