"""letters runs: what is printed, posted and come back; letters discard: a run is thrown away.

Takes   the opened house; which survey, which run.
Gives   the lines. No names.
Fails   EditorError when there is no such run.
"""

from collections.abc import Sequence

from mailer import words as swedish
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.surveys.posting import letter_rows, runs
from mailer.surveys.posting.letter_rows import Run
from mailer.surveys.states import Letter
from mailer.verbs.letters import files, which
from mailer.verbs.people import person

FACTS = (
    (Letter.PRINTED, "utskrivna, inte postade"),
    (Letter.POSTED, "postade"),
    (Letter.RETURNED, "i retur"),
    (Letter.PULLED, "uttagna"),
    (Letter.DISCARDED, "kasserade"),
)


def listed(house: House, words: Sequence[str]) -> list[str]:
    """Every run, step by step, and what comes next."""
    survey = which.survey(house, words).survey
    there = house.db.read(lambda c: letter_rows.runs(c, survey))
    if not there:
        return ["Inga brev är utskrivna.", f"Skriv ut dem som ska gå: mailer letters print {survey.key} STEG --as NAMN"]
    out = [f"{survey.questionnaire.title.sv}:"]
    for step in survey.plan.steps:
        some = [run for run in there if run.step == step.key]
        out += [f"{step.name}{_share(some)}"] if some else []
        out += [f"  {_line(house, run)}" for run in some]
    waiting = [run for run in there if run.of(Letter.PRINTED)]
    out += [f"Före posten: mailer letters pull {survey.key} --as NAMN"] if waiting else []
    out += [f"När den är postad: mailer letters posted {survey.key} {run.number} --as NAMN" for run in waiting]
    return out


def discard(house: House, words: Sequence[str], name: str) -> list[str]:
    """A run is thrown away: nothing of it that is not posted will be."""
    person(house.settings, name, "editor", "approver", "administrator")
    meant = which.step_or_run(house, words)
    if not meant.run:
        raise EditorError(Problem("mailer letters discard", "vilken körning?", "Se numren: mailer letters runs"))
    survey, now = meant.survey, house.clock.now()
    number = house.db.write(lambda c: runs.discard(c, survey, meant.run, now))
    files.remove_done(house, survey)
    if not number:
        return [f"Körning {meant.run} hade inget kvar som inte var postat."]
    many = swedish.count(number, "blad är kasserat", "blad är kasserade")
    return [f"Körning {meant.run}: {many}. Riv dem: där står namn och svarskoder.",
            f"Skriv ut på nytt: mailer letters print {survey.key} STEG --as NAMN"]  # fmt: skip


def _line(house: House, run: Run) -> str:
    made = swedish.day(run.made_at.astimezone(house.zone).date())
    facts = [f"{run.of(state)} {what}" for state, what in FACTS if run.of(state)]
    letters = swedish.count(run.letters, "brev", "brev")
    return f"Körning {run.number}, {made} ({run.made_by}): {letters} i {run.envelopes} kuvert. {', '.join(facts)}."


def _share(some: Sequence[Run]) -> str:
    """How much of what was posted has come back: a register that is out of date shows here first."""
    back = sum(run.of(Letter.RETURNED) for run in some)
    posted = back + sum(run.of(Letter.POSTED) for run in some)
    if not posted:
        return ""
    percent = f"{100 * back / posted:.1f}".replace(".", ",")
    return f": {posted} postade, {back} i retur ({percent} %)"
