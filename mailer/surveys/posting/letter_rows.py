"""The rows of letters as values: which sheet, of whom, in which envelope of which run, and how it stands.

Takes   a connection inside a transaction; a survey, a run.
Gives   Letters, Runs; steps of a letter's state.
Fails   EditorError for a run that the survey does not have.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, func, select, update

from mailer.errors import EditorError, Problem
from mailer.surveys.posting.addressees import BUNCH
from mailer.surveys.posting.tables import letter_runs, letters
from mailer.surveys.states import Letter, letter_step
from mailer.surveys.store import Surveyed
from mailer.surveys.tables import invitations, surveys


@dataclass(frozen=True, slots=True)
class Run:
    """What was printed at one time for one step."""

    number: int  # of the home: 1, 2, 3 …
    step: str
    window: str
    made_by: str
    made_at: datetime
    posted_at: datetime | None
    posted_by: str | None
    envelopes: int
    states: tuple[tuple[str, int], ...]  # state -> how many letters

    @property
    def letters(self) -> int:
        return sum(number for _, number in self.states)

    def of(self, state: Letter) -> int:
        """How many of its letters are in that state."""
        return dict(self.states).get(state, 0)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One member's sheet in an envelope."""

    run: int
    step: str
    envelope: int
    place: int  # in its envelope, from 1, as they lie
    together: int  # how many sheets were put in that envelope
    invitation: int
    contact: int | None  # None: forgotten
    version: int  # of the code that is printed on it
    version_now: int
    address_hash: str
    state: str
    at: datetime
    made_at: datetime


def runs(connection: Connection, survey: Surveyed, step: str = "") -> tuple[Run, ...]:
    """All runs of a survey, or of one of its steps, oldest first."""
    r, n = letter_runs.c, letters.c
    of = (r.survey_id == survey.number) & (r.step == step) if step else r.survey_id == survey.number
    counts: dict[int, list[tuple[str, int]]] = {}
    grouped = select(n.run_id, n.state, func.count()).join(letter_runs, r.id == n.run_id).where(of)
    for run, state, number in connection.execute(grouped.group_by(n.run_id, n.state).order_by(n.run_id, n.state)):
        counts.setdefault(run, []).append((state, number))
    packed = select(n.run_id, func.count(n.envelope.distinct())).join(letter_runs, r.id == n.run_id).where(of)
    envelopes = {run: number for run, number in connection.execute(packed.group_by(n.run_id))}
    return tuple(
        Run(row.id, row.step, row.window, row.made_by, row.made_at, row.posted_at, row.posted_by,
            envelopes.get(row.id, 0), tuple(counts.get(row.id, ())))
        for row in connection.execute(select(letter_runs).where(of).order_by(r.id))
    )  # fmt: skip


def run(connection: Connection, survey: Surveyed, number: int) -> Run:
    """One run; EditorError with those there are."""
    there = runs(connection, survey)
    found = next((one for one in there if one.number == number), None)
    if found is None:
        numbers = ", ".join(str(one.number) for one in there) or "inga"
        raise EditorError(Problem(f"körning {number}", "finns inte i enkäten.", f"De som finns: {numbers}."))
    return found


def sheets(connection: Connection, survey: Surveyed, state: Letter | None, *which: ColumnElement[bool]) -> list[Sheet]:
    """The letters of a survey, in the order of runs, envelopes and sheets. `state` None: whatever it is."""
    r, n, i = letter_runs.c, letters.c, invitations.c
    together = func.count().over(partition_by=(n.run_id, n.envelope)).label("together")
    place = func.row_number().over(partition_by=(n.run_id, n.envelope), order_by=n.invitation_id).label("place")
    lying = select(n.run_id, n.invitation_id, place, together).subquery()
    query: Select[tuple[object, ...]] = (
        select(
            n.run_id, r.step, n.envelope, lying.c.place, lying.c.together, n.invitation_id, i.contact_id, n.version,
            i.version, n.address_hash, n.state, n.at, r.made_at,
        )
        .join(letter_runs, r.id == n.run_id)
        .join(invitations, i.id == n.invitation_id)
        .join(lying, (lying.c.run_id == n.run_id) & (lying.c.invitation_id == n.invitation_id))
        .where(r.survey_id == survey.number, *which)
        .order_by(n.run_id, n.envelope, lying.c.place)
    )  # fmt: skip
    rows = connection.execute(query if state is None else query.where(n.state == state))
    return [Sheet(*tuple(row)) for row in rows]  # type: ignore[arg-type]


def on_table(connection: Connection, survey: Surveyed) -> dict[str, int]:
    """step -> for how many people a sheet with a code that holds is printed and not posted."""
    r, n, i = letter_runs.c, letters.c, invitations.c
    query = select(r.step, func.count(n.invitation_id.distinct())).join(letter_runs, r.id == n.run_id)
    query = query.join(invitations, i.id == n.invitation_id).where(r.survey_id == survey.number)
    lying = query.where(n.state == Letter.PRINTED, n.version == i.version).group_by(r.step)
    return {key: number for key, number in connection.execute(lying)}


def step(connection: Connection, some: Sequence[Sheet], event: str, at: datetime) -> int:
    """Let an event happen to these letters; how many knew it."""
    before, after = letter_step(event)
    n, number = letters.c, 0
    by_run: dict[int, list[int]] = {}
    for sheet in some:
        by_run.setdefault(sheet.run, []).append(sheet.invitation)
    for of, whose in by_run.items():
        for first in range(0, len(whose), BUNCH):
            these = (n.run_id == of) & n.invitation_id.in_(whose[first : first + BUNCH]) & n.state.in_(before)
            number += connection.execute(update(letters).where(these).values(state=after, at=at)).rowcount
    return number


def lock(connection: Connection, survey: Surveyed) -> None:
    """Whoever prints, posts, takes out or throws away does it alone: a sheet that is thrown away at this moment is not
    posted, and one that is posted is not printed anew (PostgreSQL; SQLite has one writer). After the last look."""
    connection.execute(select(surveys.c.id).where(surveys.c.id == survey.number).with_for_update())
