"""check: read everything an editor writes, and say what needs mending.

Takes   the opened house, and a period (the present month when none is given).
Gives   a Checked: the issues as they stand, and all Problems.
Fails   with AdminError when the folder is missing.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mailer import words
from mailer.content.folder import BEING_SAVED
from mailer.content.reading import SETTLE_S
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.issue import moments
from mailer.issue.assemble import Issue
from mailer.issue.finding import Finding
from mailer.register.lists import read_lists
from mailer.render.templates import open_templates
from mailer.settings import Series
from mailer.verbs import check_home, prepare, which
from mailer.verbs.surveys import reading as surveys

AGAIN = 3  # so many times more we look when a file is being saved


@dataclass(frozen=True, slots=True)
class Checked:
    """Everything that was read. `warnings`: what the preflight would have an approver know."""

    issues: tuple[Issue, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...] = ()


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
            prepare.rule_of(house, series.lists, series.segment)
        except EditorError as wrong:
            problems += [p for p in wrong.problems if p not in problems]
    problems += _never_imported(house)
    problems += open_templates(house.home).problems()
    for issue in issues:
        problems += [p for p in issue.problems if p not in problems]
    problems += check_home.changed_since_approval(house)
    problems += [p for survey in surveys.look_all(house) for p in survey.errors if p not in problems]
    findings = [f for series in all_series for f in _preflight(house, series, period) if f.problem not in problems]
    problems += [f.problem for f in findings if f.stops]
    return Checked(issues, tuple(problems), tuple(f.problem for f in findings if not f.stops))


def lines(checked: Checked) -> list[str]:
    """What is fine, in numbers."""
    out = [
        f"{issue.title}: {words.count(len(issue.blocks), 'inslag', 'inslag')}, "
        f"{words.count(len(issue.occurrences), 'evenemang', 'evenemang')}."
        for issue in checked.issues
    ]
    wrong, heed = len(checked.problems), len(checked.warnings)
    out += [f"{words.count(heed, 'sak', 'saker')} att tänka på."] if heed else []
    return [*out, f"{words.count(wrong, 'sak', 'saker')} att rätta." if wrong else "Inget att rätta."]


def _look(house: House, series: Sequence[Series], period: str, wait: Callable[[float], None]) -> tuple[Issue, ...]:
    """The issues, once nobody is saving; after a few looks, as they are."""
    for looks_left in range(AGAIN, -1, -1):
        issues = tuple(issue for one in series if (issue := _issue(house, one, period)))
        if not looks_left or not any(p.what == BEING_SAVED for issue in issues for p in issue.problems):
            break
        wait(SETTLE_S)
    return issues


def _issue(house: House, series: Series, period: str) -> Issue | None:
    """The issue as it is; None while the lists cannot be read, which is said elsewhere."""
    try:
        return prepare.look(house, series, period)[0]
    except EditorError:
        return None


def _preflight(house: House, series: Series, period: str) -> tuple[Finding, ...]:
    """What the preflight finds; nothing where there is no issue to look at, which has been said."""
    try:
        return prepare.prepare(house, series, period).findings
    except EditorError:
        return ()


def _never_imported(house: House) -> list[Problem]:
    try:
        return check_home.never_imported(house, read_lists(house.lists))
    except EditorError:
        return []  # what is wrong with the files has been said
