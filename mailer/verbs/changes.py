"""What the clock does when files change under a proposal or an approved issue.

Takes   the opened house, a series and a period.
Gives   before the approval: the issue made anew and asked about anew; after it: people are told. What comes after the
        copy deadline is offered to the approver, neither dropped nor taken in silently.
Fails   never for want of people.
"""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Row

from mailer import words
from mailer.content.source import where
from mailer.errors import EditorError
from mailer.house import House
from mailer.issue import moments
from mailer.issue.assemble import AFTER_DEADLINE, Issue
from mailer.outbox.states import Mailing
from mailer.settings import Person, Series
from mailer.verbs import month, prepare, watch
from mailer.verbs.say import digest, each_once, say

REST_S = 600  # a folder somebody is writing in is left in peace for ten minutes
REST_SIMULATED_S = 2
WATCHED = (Mailing.PROPOSED, Mailing.RETURNED, Mailing.APPROVED, Mailing.HELD)
FROZEN = (Mailing.APPROVED, Mailing.HELD)  # the words are those somebody has said yes to


def watch_changes(house: House, series: Series, period: str) -> None:
    """A file that changed: before the approval the issue is made anew; after it, people are told."""
    row = watch.find(house, series, period)
    if row is None or row.planned_at is not None or row.state not in WATCHED:
        return
    try:
        issue, _, _ = prepare.look(house, series, period, REST_SIMULATED_S if house.clock.is_simulated else REST_S)
    except EditorError as wrong:
        watch.tell_nothing_to_assemble(house, series, period, wrong)
        return
    if any("sparas just nu" in p.what for p in issue.problems):
        return
    late = late_paths(house, series, row, issue)
    changed = {path for path, _ in set(issue.sources.items()) ^ set(row.sources.items())} - late
    if row.state in FROZEN:
        if changed := changed | (late & {b.path for b in issue.blocks}):
            _tell_changed(house, row, issue, changed)
        return
    _offer(house, row, issue, late)
    if changed:
        _make_anew(house, series, period, late)
    elif house.clock.now() >= moments.assemble_at(series, period, house.zone):
        watch.ask_those_left(house, series, period)  # what a person has made anew waits for an answer too


def late_paths(house: House, series: Series, row: Row[Any], issue: Issue) -> set[str]:
    """What has come to the folder since the copy deadline: neither in the proposal, nor there with a mistake in it.

    Events are no copy: they come and go with the calendar.
    """
    if house.clock.now() < moments.assemble_at(series, issue.period, house.zone):
        return set()
    known = set(row.sources) | {path for path, why in row.contents.get("left_out", ()) if why != AFTER_DEADLINE}
    return ({b.path for b in issue.blocks} | {p.path for p in issue.posts}) - known


def _make_anew(house: House, series: Series, period: str, late: Collection[str]) -> None:
    try:
        done = month.assemble(house, series, period, by_clock=True, late=late)
    except EditorError as wrong:
        watch.tell_nothing_to_assemble(house, series, period, wrong)
        return
    if done.written:
        watch.ask_approvers(house, series, period)


def _offer(house: House, row: Row[Any], issue: Issue, late: Collection[str]) -> None:
    """Each version of a late block is offered once. A post of the homepage is not: it stands in the next issue."""
    blocks = [b for b in issue.blocks if b.path in late]
    if not blocks:
        return
    approvers = house.settings.with_role("approver")[:1]
    say(
        house,
        f"efter manusstopp/{row.name}/{digest(repr(sorted((b.path, b.hash) for b in blocks)))}",
        approvers,
        "late",
        title=row.title,
        blocks=[f"{b.title} ({where(b.path)}{', ' + b.owner if b.owner else ''})" for b in blocks],
        stays=any(b.month for b in blocks),
        link=watch.link_to(house, row, approvers[0]) if approvers else "",
        command=house.command(f"assemble {row.period}"),
    )


def _tell_changed(house: House, row: Row[Any], issue: Issue, changed: set[str]) -> None:
    files = sorted(changed)
    owners = {b.owner for b in issue.blocks if b.path in changed} | {
        o.event.owner for o in issue.occurrences if o.event.path in changed
    }
    now = {path: issue.sources.get(path, "") for path in files}
    say(
        house,
        f"ändrat/{row.name}/{digest(str(now))}",
        each_once([*named(house, owners), *house.settings.with_role("approver")]),
        "changed",
        title=row.title,
        files=files,
        command=house.command(f"assemble {row.period}"),
        send_at=words.moment(row.send_after, house.zone) if row.send_after else "",
    )


def named(house: House, names: Iterable[str]) -> list[Person]:
    """The people of the settings who are called so, or have that address."""
    folded = {name.casefold() for name in names if name}
    return [p for p in house.settings.people if {p.name.casefold(), p.address.casefold()} & folded]
