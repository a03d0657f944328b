"""check: read everything an editor writes, and say what needs mending.

Takes   the opened house, and a period (the present month when none is given).
Gives   a Checked: the issues as they stand, and all Problems.
Fails   with AdminError when the folder is missing.
"""

from dataclasses import dataclass

from mailer import words
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.issue import moments
from mailer.issue.assemble import Issue
from mailer.render.templates import open_templates
from mailer.verbs import month, which


@dataclass(frozen=True, slots=True)
class Checked:
    """Everything that was read."""

    issues: tuple[Issue, ...]
    problems: tuple[Problem, ...]


def check(house: House, period: str = "") -> Checked:
    """Read blocks, events, lists and groups; nothing is written."""
    if period:
        chosen, period = which.series_and_period(house, period)
        all_series = [chosen]
    else:
        period = moments.period_of(house.clock.now(), house.zone)
        all_series = list(house.settings.series)
    problems: list[Problem] = []
    issues = tuple(month.look(house, series, period) for series in all_series)
    for series in all_series:
        try:
            month.rule_of(house, series.lists, series.segment)
        except EditorError as wrong:
            problems += wrong.problems
    problems += open_templates(house.home).problems()
    for issue in issues:
        problems += [p for p in issue.problems if p not in problems]
    return Checked(issues, tuple(problems))


def lines(checked: Checked) -> list[str]:
    """What is fine, in numbers."""
    out = [
        f"{issue.title}: {words.count(len(issue.blocks), 'inslag', 'inslag')}, "
        f"{words.count(len(issue.occurrences), 'evenemang', 'evenemang')}."
        for issue in checked.issues
    ]
    wrong = len(checked.problems)
    return [*out, f"{words.count(wrong, 'sak', 'saker')} att rätta." if wrong else "Inget att rätta."]
