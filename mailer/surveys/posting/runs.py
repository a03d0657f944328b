"""A run of letters: made when it is printed, pulled, posted, come back, thrown away. The room's front.

Takes   a connection inside a write transaction; a survey as it was approved, a letter step of its plan; the moment now.
Gives   a Made: the run, with its households; nothing is asked of anybody by it.
Fails   EditorError when the step is none, nobody is to have a letter, or all of them have one that is not posted yet.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert

from mailer.content.channel_plan.model import Step
from mailer.errors import EditorError, Problem
from mailer.surveys.posting import addressees, letter_rows
from mailer.surveys.posting.addressees import BUNCH, Found, letter_step
from mailer.surveys.posting.households import Addressee, Household, hash_of, households
from mailer.surveys.posting.letter_rows import Run, Sheet
from mailer.surveys.posting.posted import Posting, post, post_without_run
from mailer.surveys.posting.pulling import Judged, Pull, Waiting, pull, to_pull
from mailer.surveys.posting.returning import Back, returned, returned_after_all
from mailer.surveys.posting.tables import letter_runs, letters
from mailer.surveys.states import Letter
from mailer.surveys.store import Surveyed

__all__ = [
    "Back", "Judged", "Made", "Posting", "Pull", "Run", "Waiting", "discard", "find", "letter_step", "make", "post",
    "post_without_run", "pull", "returned", "returned_after_all", "to_pull",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Made:
    """A run that is to be printed. `unable`: who should have had a letter, and why there is none."""

    number: int
    step: Step
    households: tuple[Household, ...]  # envelope 1, 2, 3 …
    unable: tuple[tuple[Addressee, str], ...]
    waiting: int  # people whose letter is printed already and not posted
    discarded: int  # sheets of earlier runs that are thrown away

    @property
    def letters(self) -> int:
        return sum(map(len, self.households))


def find(
    connection: Connection, survey: Surveyed, step: Step, now: datetime, again: bool = False,
    only: Collection[int] | None = None,
) -> tuple[Found, list[Sheet]]:  # fmt: skip
    """Whom a run would be for, and the sheets on the table with a code that holds: those people are left out, or
    (`again`, or named by `only`) their old sheets are thrown away. Nothing is written."""
    if only is None:
        found = addressees.open_now(connection, survey, step, now)
    else:
        found = addressees.once_more(connection, survey, step, only, now)
    printed = letter_rows.sheets(connection, survey, Letter.PRINTED, letter_runs.c.step == step.key)
    able = {one.invitation for one in found.able}
    lying = [sheet for sheet in printed if sheet.invitation in able and sheet.version == sheet.version_now]
    if not again and only is None:
        on_table = {sheet.invitation for sheet in lying}
        found = Found(tuple(one for one in found.able if one.invitation not in on_table), found.unable)
    return found, lying


def make(
    connection: Connection, survey: Surveyed, step: Step | str, window: str, by: str, now: datetime, *,
    together: bool = True, again: bool = False, only: Collection[int] | None = None,
) -> Made:  # fmt: skip
    """A new run for all whose letter of the step is open; with `only`, for these contacts whatever they have had.
    `together`: one envelope a household."""
    letter_rows.lock(connection, survey)
    step = letter_step(survey, step) if isinstance(step, str) else step
    found, lying = find(connection, survey, step, now, again, only)
    if not found.able:
        is_ahead = addressees.is_ahead(connection, survey, step)
        raise EditorError(_nobody(survey, step, found, lying, is_ahead))
    packed = households(found.able, together)
    old = [sheet for sheet in lying if sheet.invitation in {one.invitation for one in found.able}]
    discarded = letter_rows.step(connection, old, "discard", now)
    values = {"survey_id": survey.number, "step": step.key, "window": window, "made_by": by, "made_at": now}
    new = insert(letter_runs).values(**values).returning(letter_runs.c.id)
    number = int(connection.execute(new).scalar_one())
    _write(connection, number, packed, now)
    return Made(number, step, packed, found.unable, len(lying) - len(old), discarded)


def discard(connection: Connection, survey: Surveyed, number: int, now: datetime) -> int:
    """The run is thrown away: what of it is not posted never will be. How many sheets."""
    letter_rows.lock(connection, survey)
    found = letter_rows.run(connection, survey, number)
    rest = letter_rows.sheets(connection, survey, Letter.PRINTED, letters.c.run_id == found.number)
    return letter_rows.step(connection, rest, "discard", now)


def _write(connection: Connection, run: int, packed: Sequence[Household], now: datetime) -> None:
    rows = [
        {"run_id": run, "invitation_id": one.invitation, "envelope": envelope, "version": one.version,
         "address_hash": hash_of(one), "state": Letter.PRINTED, "at": now}
        for envelope, household in enumerate(packed, 1)
        for one in household
    ]  # fmt: skip
    for first in range(0, len(rows), BUNCH):
        connection.execute(insert(letters), rows[first : first + BUNCH])


def _nobody(survey: Surveyed, step: Step, found: Found, lying: Sequence[Sheet], is_ahead: bool) -> Problem:
    if lying:
        runs = ", ".join(str(number) for number in sorted({sheet.run for sheet in lying}))
        return Problem(
            f"{step.name} ({step.key})", f"breven är redan utskrivna (körning {runs}) och inte postade.",
            "Posta dem, eller skriv --again: då kastas de gamla. "
            f"När de är postade: mailer letters posted {survey.key} {step.key} --as NAMN",
        )  # fmt: skip
    if found.unable and not is_ahead:
        return Problem(
            f"{step.name} ({step.key})", "ingen av dem som ska ha brev kan få det.",
            f"Se vad som saknas: mailer letters print {survey.key} {step.key} --as NAMN --dry-run",
        )  # fmt: skip
    return Problem(
        f"{step.name} ({step.key})", "brevets dag har inte kommit än." if is_ahead else "ingen ska ha det brevet nu.",
        f"Se när steget kommer: mailer survey status {survey.key}",
    )  # fmt: skip
