"""check: read everything an editor writes, and say what needs mending.

Takes   the opened house, and a period (the present month when none is given).
Gives   a Checked: the issues as they stand, and all Problems.
Fails   with AdminError when the folder is missing.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mailer import words
from mailer.content.folder import BEING_SAVED, SETTLE_S
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.issue import moments
from mailer.issue.assemble import Issue
from mailer.register.lists import read_lists
from mailer.render.templates import open_templates
from mailer.settings import Series
from mailer.verbs import check_home, month, which

AGAIN = 3  # so many times more we look when a file is being saved


@dataclass(frozen=True, slots=True)
class Checked:
    """Everything that was read."""

    issues: tuple[Issue, ...]
    problems: tuple[Problem, ...]


def check(house: House, period: str = "", wait: Callable[[float], None] = time.sleep) -> Checked:
    """Read blocks, events, lists and groups, settings and approved issues; nothing is written.

    `wait`: lets so many seconds pass, when a file is being saved this moment.
    """
    if period:
        chosen, period = which.series_and_period(house, period)
        all_series = [chosen]
    else:
        period = moments.period_of(house.clock.now(), house.zone)
        all_series = list(house.settings.series)
    issues = _look(house, all_series, period, wait)
    problems = check_home.settings_problems(house)
    for series in all_series:
        try:
            month.rule_of(house, series.lists, series.segment)
        except EditorError as wrong:
            problems += [p for p in wrong.problems if p not in problems]
    problems += _never_imported(house)
    problems += open_templates(house.home).problems()
    for issue in issues:
        problems += [p for p in issue.problems if p not in problems]
    problems += check_home.changed_since_approval(house)
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


def _look(house: House, series: Sequence[Series], period: str, wait: Callable[[float], None]) -> tuple[Issue, ...]:
    """The issues, once nobody is saving; after a few looks, as they are."""
    for looks_left in range(AGAIN, -1, -1):
        issues = tuple(month.look(house, one, period) for one in series)
        if not looks_left or not any(p.what == BEING_SAVED for issue in issues for p in issue.problems):
            break
        wait(SETTLE_S)
    return issues


def _never_imported(house: House) -> list[Problem]:
    try:
        return check_home.never_imported(house, read_lists(house.lists))
    except EditorError:
        return []  # what is wrong with the files has been said
