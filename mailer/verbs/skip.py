"""skip: a month without an issue, by somebody's decision.

Takes   the opened house, a month, the name of the one who decides, and why.
Gives   a Skipped. The month counts as missed in the reports; the clock asks no more about it.
Fails   EditorError when the person may not, no reason is given, or the issue is approved or sent.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from mailer import words
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.issue import store as issues
from mailer.outbox.states import Mailing
from mailer.outbox.store import control, mailings
from mailer.verbs import which
from mailer.verbs.people import person

MAY_BE_SKIPPED = (Mailing.PROPOSED, Mailing.HELD, Mailing.RETURNED, Mailing.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class Skipped:
    """What was decided."""

    series: str
    period: str
    name: str
    written: bool


def skip(house: House, word: str, name: str, reason: str, dry_run: bool = False) -> Skipped:
    """Decide that the month has no issue. A proposal that waits is withdrawn."""
    series, period = which.series_and_period(house, word)
    decides = person(house.settings, name, "editor")
    if not reason.strip():
        remedy = 'Säg varför: --reason "…". Det står i årets redovisning.'
        raise EditorError(Problem(f"{series.name} {words.month(period)}", "skäl saknas.", remedy))
    now = house.clock.now()

    def write(c: Connection) -> None:
        row = mailings.find(c, f"{series.key}/{period}")
        if row is not None and row.state not in MAY_BE_SKIPPED:
            raise mailings.refusal(row, MAY_BE_SKIPPED)
        if row is not None and row.state != Mailing.WITHDRAWN and not dry_run:
            control.withdraw(c, house.db, row.id, f"månaden hoppas över: {reason}", now)
        if not dry_run:
            issues.skip(c, series.key, period, decides.name, reason, now)

    house.db.write(write)
    return Skipped(series.name, period, decides.name, not dry_run)


def lines(done: Skipped) -> list[str]:
    """What the one who decided reads."""
    what = f"{done.series} {words.month(done.period)}"
    if not done.written:
        return [f"{what} kan hoppas över av {done.name}.", "Inget är sparat (--dry-run)."]
    return [
        f"{what} hoppas över, efter beslut av {done.name}. Månaden räknas som missad.",
        f"Ändrar ni er: mailer assemble {done.period}",
    ]
