"""One tick: do what is due, by the same verbs a person has, each thing once.

Takes   the opened house.
Gives   the words of what was done.
Fails   LaterError; AdminError when the disk fails. What else a person must mend becomes a notice and is tried again at
        the next tick.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import postgresql, sqlite

from mailer import lineage, maillog
from mailer.clockwork.due import Due, due, editorial
from mailer.clockwork.tables import dues
from mailer.errors import AdminError, EditorError
from mailer.house import House
from mailer.issue import moments
from mailer.issue import store as issues
from mailer.outbox.states import Mailing
from mailer.outbox.store import leases, ledger, mailings
from mailer.settings import Series
from mailer.verbs import (
    backup,
    calendar,
    changes,
    columns,
    consequences,
    folder_news,
    month,
    nudges,
    outage_news,
    own_pages,
    sending_news,
    watch,
)
from mailer.verbs.surveys import ask as survey_asking
from mailer.verbs.surveys import close as survey_closing
from mailer.verbs.surveys import erase as survey_erasing
from mailer.verbs.surveys import reminding as survey_reminding

FIRST = "first"  # in the place of a period: the schedule that marks a series' first tick
A_DAY = timedelta(days=1)
Result = TypeVar("Result")


def tick(house: House) -> list[str]:
    """Do what is due. A home that waits for a person does nothing."""
    if why := lineage.look(house.db, house.var):
        maillog.held(why)
        return []
    now = house.clock.now()
    found = house.db.write(lambda c: leases.recover(c, house.db, now))
    if found.released or found.in_doubt:
        maillog.recovered(found.released, found.in_doubt)
    house.db.write(lambda c: ledger.expire(c, now))
    done: list[str] = []
    for thing in _due(house, now):
        if _try(house, partial(TASKS[thing.task], house, thing)):
            house.db.write(partial(_mark, schedule=thing.schedule, planned_for=thing.planned_for, now=now))
            maillog.due(thing.schedule, thing.planned_for.isoformat(), (now - thing.planned_for).total_seconds())
            done.append(thing.schedule)
    for series in house.settings.series:
        _try(house, partial(changes.watch_changes, house, series, moments.period_of(now, house.zone)))
    done += _send_letters(house, now)
    for survey in survey_asking.live(house):
        done += _try(house, partial(survey_asking.carry_out, house, survey)) or []
    _try(house, partial(survey_erasing.tend, house))
    _try(house, partial(survey_reminding.tend, house))
    _try(house, partial(calendar.remember, house))
    _try(house, partial(folder_news.tell, house, _first_moments(house)))
    _try(house, partial(consequences.keep, house))
    _try(house, partial(own_pages.tend, house))
    _try(house, partial(survey_closing.clean_up, house))
    _try(house, partial(sending_news.tell, house))
    _try(house, partial(outage_news.tell, house))
    _try(house, partial(backup.tend, house))
    return done


def _try(house: House, what: Callable[[], Result]) -> Result | None:
    """Do it. What only a person can mend is told, and keeps nothing else from being done.

    A full disk is such a thing too; but then the telling fails as well, and the service ends.
    """
    try:
        return what()
    except (EditorError, AdminError) as wrong:
        maillog.failed("tick", type(wrong).__name__)
        watch.tell_trouble(house, wrong)
        return None


def _due(house: House, now: datetime) -> list[Due]:
    """What is due of all series, each counted from its own first tick: a new one owes nothing from before it."""
    all_series = house.settings.series
    first, known = house.db.write(lambda c: _known(c, now, all_series))
    found = [thing for s in all_series for thing in due((s,), house.zone, now, first[s.key], known)]
    found += editorial(all_series, house.zone, now, known)
    return sorted(found, key=lambda d: (d.planned_for, d.series.key, d.task))


def _first_moments(house: House) -> dict[str, datetime]:
    """series -> its first tick."""
    begun = {f"{series.key}/{FIRST}": series.key for series in house.settings.series}
    first = select(dues.c.schedule, func.min(dues.c.planned_for)).where(dues.c.schedule.in_(begun))
    rows = house.db.read(lambda c: c.execute(first.group_by(dues.c.schedule)).all())
    return {begun[schedule]: moment for schedule, moment in rows}


def _assemble(house: House, thing: Due) -> bool:
    """Done when there is a proposal, whoever made it; without content the editors are told, and it is tried again."""
    if watch.is_skipped(house, thing.series, thing.period):
        return True
    if house.db.read(lambda c: mailings.find(c, thing.schedule.rpartition("/")[0])):
        watch.ask_approvers(house, thing.series, thing.period)
        return True
    try:
        month.assemble(house, thing.series, thing.period, by_clock=True)
    except EditorError as wrong:
        watch.tell_nothing_to_assemble(house, thing.series, thing.period, wrong)
        return False
    watch.ask_approvers(house, thing.series, thing.period)
    return True


def _second(house: House, thing: Due) -> bool:
    """A day of silence from the first approver: the others are asked. Counted anew for each version."""
    if not watch.waits_for_approval(house, thing.series, thing.period):
        return watch.is_decided(house, thing.series, thing.period)
    watch.ask_those_left(house, thing.series, thing.period)
    return False


def _send(house: House, thing: Due) -> bool:
    """Done when it is planned. Not approved: an alarm, once, and it is sent as soon as it is approved."""
    row = house.db.read(lambda c: mailings.find(c, thing.schedule.rpartition("/")[0]))
    if row is not None and row.planned_at is not None:
        return True
    if watch.is_skipped(house, thing.series, thing.period):
        return False  # somebody has decided; made after all it goes
    if row is not None and row.state == Mailing.WITHDRAWN:
        return False  # somebody has said no; made anew it may still go
    if row is None or row.state != Mailing.APPROVED:
        watch.alarm(house, thing.series, thing.period, "send")
        return False
    return watch.send_by_the_clock(house, row)


def _last_call(house: House, thing: Due) -> bool:
    row = watch.find(house, thing.series, thing.period)
    is_waited_for = row is None or (row.planned_at is None and row.state != Mailing.WITHDRAWN)
    if is_waited_for and not watch.is_skipped(house, thing.series, thing.period):
        watch.alarm(house, thing.series, thing.period, "last_call")
    return True


def _missed(house: House, thing: Due) -> bool:
    """The month is over: what was not sent waits for a person."""
    if not watch.is_sent(house, thing.series, thing.period):
        house.db.write(lambda c: issues.free_used(c, thing.series.key, thing.period))
    if not watch.is_sent(house, thing.series, thing.period) and not watch.is_skipped(house, thing.series, thing.period):
        watch.alarm(house, thing.series, thing.period, "missed")
    return True


def _offer(house: House, thing: Due) -> bool:
    """The month's folder, with a file for each standing column."""
    if not watch.is_decided(house, thing.series, thing.period):
        columns.offer(house, thing.series, thing.period)
    return True


def _nudge(house: House, thing: Due) -> bool:
    """Those who got their file the same day, because the home is new or has slept, are not reminded of it."""
    offered = select(dues.c.done_at).where(dues.c.schedule == f"{thing.series.key}/{thing.period}/offer")
    at = house.db.read(lambda c: c.execute(offered).scalar())
    if at is None or house.clock.now() - at >= A_DAY:
        nudges.nudge(house, thing.series, thing.period, thing.task)
    return True


TASKS: dict[str, Callable[[House, Due], bool]] = {
    "offer": _offer,
    "nudge": _nudge,
    "last_nudge": _nudge,
    "assemble": _assemble,
    "second": _second,
    "send": _send,
    "last_call": _last_call,
    "missed": _missed,
}


def _send_letters(house: House, now: datetime) -> list[str]:
    """One-off mailings and corrections with a send moment of their own, and late issues a person has approved."""
    done = []
    scheduled = {f"{s.key}/{moments.period_of(now, house.zone)}" for s in house.settings.series}
    for row in house.db.read(lambda c: mailings.approved_and_due(c, now)):
        if row.name not in scheduled and _try(house, partial(watch.send_by_the_clock, house, row)):
            done.append(row.name)
    return done


def _known(
    connection: Connection, now: datetime, all_series: Iterable[Series]
) -> tuple[dict[str, datetime], frozenset[str]]:
    """The moment of the first tick of each series, and the schedules that are done."""
    first = {}
    for series in all_series:
        schedule = f"{series.key}/{FIRST}"
        _mark(connection, schedule, now, now, unless_any=True)
        earliest = select(func.min(dues.c.planned_for)).where(dues.c.schedule == schedule)
        first[series.key] = connection.execute(earliest).scalar_one()
    return first, frozenset(connection.execute(select(dues.c.schedule)).scalars())


def _mark(
    connection: Connection, schedule: str, planned_for: datetime, now: datetime, unless_any: bool = False
) -> None:
    if unless_any and connection.execute(select(dues.c.schedule).where(dues.c.schedule == schedule)).first():
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    row = dialect.insert(dues).values(schedule=schedule, planned_for=planned_for, done_at=now)
    connection.execute(row.on_conflict_do_nothing())
