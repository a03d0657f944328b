"""Letters are posted: a person says so, and from then on they are asks.

Takes   a connection inside a write transaction; a survey as it was approved, its Calendar; who says so; when they were
        posted, and the moment now.
Gives   a Posting: what counts, what was taken out after all, what has to wait for another day.
Fails   EditorError for a run or an envelope that there is not.

The state of the letter, the row of the plan and the contact attempt are one transaction, behind the lock that all
wishes to stop take: who answers at this very moment has answered before it or after it. Said twice, it counts once.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from mailer.content.channel_plan.model import Channel, Step
from mailer.db import Database
from mailer.errors import EditorError, Problem
from mailer.surveys.field.tables import contact_attempts
from mailer.surveys.plan.asking import OPEN
from mailer.surveys.plan.rules import Calendar
from mailer.surveys.posting import letter_rows, pulling
from mailer.surveys.posting.addressees import BUNCH
from mailer.surveys.posting.letter_rows import Sheet
from mailer.surveys.posting.pulling import Pull, Waiting
from mailer.surveys.posting.tables import POSTED, letter_runs, letters
from mailer.surveys.states import Letter, ask_step, invitation_step
from mailer.surveys.store import Surveyed
from mailer.surveys.tables import asks, invitations


@dataclass(frozen=True, slots=True)
class Posting:
    """What was said to be posted."""

    letters: int
    envelopes: int
    pulled: tuple[Pull, ...] = ()  # never counted: they are to be taken out
    waiting: tuple[Waiting, ...] = ()
    skipped: int = 0  # named without a run, and no letter was open for them


def post(
    connection: Connection, db: Database, survey: Surveyed, calendar: Calendar, by: str, now: datetime, *,
    run: int = 0, step: Step | None = None, envelopes: Collection[int] = (), at: datetime | None = None,
) -> Posting:  # fmt: skip
    """The letters of a run, or of all runs of a step, are posted: all that may go, or the envelopes that are named.

    An envelope that is named has gone, whatever day it is: what has happened is written down. `at`: when; None: now."""
    db.last_look(connection, wish=True)
    letter_rows.lock(connection, survey)
    if run:
        letter_rows.run(connection, survey, run)
    of = letters.c.run_id == run if run else letter_runs.c.step == (step.key if step else "")
    printed = letter_rows.sheets(connection, survey, Letter.PRINTED, of)
    if envelopes:
        printed = _named(printed, envelopes)
    found = pulling.judge(connection, survey, calendar, printed, at or now, now)
    if envelopes:
        found = pulling.all_going(found, printed)
    letter_rows.step(connection, [one.sheet for one in found.pulls], "pull", now)
    letter_rows.step(connection, found.going, "post", at or now)
    _asked(connection, found.going, by, at or now)
    going = {(sheet.run, sheet.envelope) for sheet in found.going}
    return Posting(len(found.going), len(going), found.pulls, () if envelopes else found.waiting)


def post_without_run(
    connection: Connection, db: Database, survey: Surveyed, step: Step, who: Collection[int] | None, by: str,
    at: datetime, now: datetime,
) -> Posting:  # fmt: skip
    """The letters of a step to these contacts are posted, or (None) to all for whom one is open, though none was
    printed here. Whoever has a printed sheet in a run: that one is posted."""
    db.last_look(connection, wish=True)
    letter_rows.lock(connection, survey)
    a, i = asks.c, invitations.c
    query = select(a.invitation_id, i.contact_id).join(invitations, i.id == a.invitation_id)
    query = query.where(i.survey_id == survey.number, a.step == step.key, a.reason == OPEN)
    query = query.where(a.state.in_(ask_step("ask")[0]), i.state.in_(invitation_step("decline")[0]))
    rows = connection.execute(query if who is None else query.where(i.contact_id.in_(who))).all()
    may = {row.invitation_id: row.contact_id for row in rows if row.contact_id is not None}
    printed = letter_rows.sheets(connection, survey, Letter.PRINTED, letter_runs.c.step == step.key)
    lying = [s for s in printed if s.invitation in may and s.version == s.version_now]
    letter_rows.step(connection, lying, "post", at)
    _note(connection, step.key, may, by, at)
    _note_runs(connection, lying, by, at)
    return Posting(len(may), len(may), skipped=(len(rows) if who is None else len(who)) - len(may))


def _named(printed: Sequence[Sheet], envelopes: Collection[int]) -> list[Sheet]:
    """The sheets of these envelopes; EditorError when two runs have such a number, or none has."""
    some = [sheet for sheet in printed if sheet.envelope in envelopes]
    if len({sheet.run for sheet in some}) > 1:
        runs = " och ".join(str(run) for run in sorted({sheet.run for sheet in some}))
        raise EditorError(
            Problem("kuverten", f"finns i flera körningar: {runs}.", "Skriv körningens nummer i stället för steget.")
        )
    lacking = [str(number) for number in sorted(set(envelopes) - {sheet.envelope for sheet in some})]
    if lacking:
        what = "finns inte bland dem som är utskrivna och inte postade."
        remedy = "Numret står på bladen och i packlistan. Se också: mailer letters runs"
        raise EditorError(*(Problem(f"kuvert {number}", what, remedy) for number in lacking))
    return some


def _asked(connection: Connection, going: Sequence[Sheet], by: str, at: datetime) -> None:
    by_step: dict[str, dict[int, int]] = {}
    for sheet in going:
        if sheet.contact is not None:
            by_step.setdefault(sheet.step, {})[sheet.invitation] = sheet.contact
    for step, whom in by_step.items():
        _note(connection, step, whom, by, at)
    _note_runs(connection, going, by, at)


def _note(connection: Connection, step: str, whom: dict[int, int], by: str, at: datetime) -> None:
    """The rows of the plan, and a contact attempt each. `whom`: invitation -> contact."""
    before, after = ask_step("ask")
    a, numbers = asks.c, list(whom)
    for first in range(0, len(numbers), BUNCH):
        some = numbers[first : first + BUNCH]
        done = update(asks).where(a.invitation_id.in_(some), a.step == step, a.state.in_(before))
        connection.execute(done.values(state=after, reason=None, asked_at=at))
        rows = [
            {"invitation_id": number, "contact_id": whom[number], "step": step, "channel": Channel.LETTER, "at": at,
             "outcome": POSTED, "by": by}
            for number in some
        ]  # fmt: skip
        connection.execute(insert(contact_attempts), rows)


def _note_runs(connection: Connection, going: Sequence[Sheet], by: str, at: datetime) -> None:
    r = letter_runs.c
    for run in sorted({sheet.run for sheet in going}):
        first = update(letter_runs).where(r.id == run, r.posted_at.is_(None))
        connection.execute(first.values(posted_at=at, posted_by=by))
