"""One tick: do what is due, by the same verbs a person has, each thing once.

Takes   the opened house.
Gives   the words of what was done.
Fails   AdminError, LaterError; what an editor must mend becomes a notice and is tried again at the next tick.
"""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, func, select
from sqlalchemy.dialects import postgresql, sqlite

from mailer import lineage, maillog
from mailer.clockwork.due import Due, due
from mailer.clockwork.tables import dues
from mailer.errors import EditorError
from mailer.house import House
from mailer.issue import moments
from mailer.outbox.states import Mailing
from mailer.outbox.store import ledger, mailings
from mailer.verbs import month, watch

FIRST = "home"  # the schedule that marks the first tick ever


def tick(house: House) -> list[str]:
    """Do what is due. A home that waits for a person does nothing."""
    if why := lineage.held(house.db):
        maillog.held(why)
        return []
    now = house.clock.now()
    house.db.write(lambda c: ledger.expire(c, now))
    done: list[str] = []
    first, known = house.db.write(lambda c: _known(c, now))
    for thing in due(house.settings.series, house.zone, now, first, known):
        if TASKS[thing.task](house, thing):
            house.db.write(partial(_mark, schedule=thing.schedule, planned_for=thing.planned_for, now=now))
            maillog.due(thing.schedule, thing.planned_for.isoformat(), (now - thing.planned_for).total_seconds())
            done.append(thing.schedule)
    for series in house.settings.series:
        watch.watch_changes(house, series, moments.period_of(now, house.zone))
    done += _send_letters(house, now)
    watch.tell_progress(house)
    return done


def _assemble(house: House, thing: Due) -> bool:
    """Done when there is a proposal, whoever made it; without content the editors are told, and it is tried again."""
    if house.db.read(lambda c: mailings.find(c, thing.schedule.rpartition("/")[0])):
        watch.ask_approvers(house, thing.series, thing.period)
        return True
    try:
        month.assemble(house, thing.series, thing.period)
    except EditorError as wrong:
        watch.tell_nothing_to_assemble(house, thing.series, thing.period, wrong)
        return False
    watch.ask_approvers(house, thing.series, thing.period)
    return True


def _second(house: House, thing: Due) -> bool:
    """A day of silence from the first approver: the others are asked."""
    if not watch.waits_for_approval(house, thing.series, thing.period):
        return watch.is_decided(house, thing.series, thing.period)
    watch.ask_approvers(house, thing.series, thing.period, everyone=True)
    return True


def _send(house: House, thing: Due) -> bool:
    """Done when it is planned. Not approved: an alarm, once, and it is sent as soon as it is approved."""
    row = house.db.read(lambda c: mailings.find(c, thing.schedule.rpartition("/")[0]))
    if row is not None and row.planned_at is not None:
        return True
    if row is None or row.state != Mailing.APPROVED:
        watch.alarm(house, thing.series, thing.period, "send")
        return row is not None and row.state == Mailing.WITHDRAWN
    return watch.send_by_the_clock(house, row)


def _last_call(house: House, thing: Due) -> bool:
    if not watch.is_sent(house, thing.series, thing.period):
        watch.alarm(house, thing.series, thing.period, "last_call")
    return True


def _missed(house: House, thing: Due) -> bool:
    """The month is over: what was not sent waits for a person."""
    if not watch.is_sent(house, thing.series, thing.period):
        watch.alarm(house, thing.series, thing.period, "missed")
    return True


TASKS: dict[str, Callable[[House, Due], bool]] = {
    "assemble": _assemble,
    "second": _second,
    "send": _send,
    "last_call": _last_call,
    "missed": _missed,
}


def _send_letters(house: House, now: datetime) -> list[str]:
    """One-off mailings and corrections with a send moment of their own, and late issues a person has approved."""
    done = []
    for row in house.db.read(lambda c: mailings.approved_and_due(c, now)):
        if row.kind == "issue" and moments.period_of(now, house.zone) == row.period:
            continue  # the schedule's own
        if watch.send_by_the_clock(house, row):
            done.append(row.name)
    return done


def _known(connection: Connection, now: datetime) -> tuple[datetime, frozenset[str]]:
    """The moment of the first tick, and the schedules that are done."""
    _mark(connection, FIRST, now, now, unless_any=True)
    first = connection.execute(select(func.min(dues.c.planned_for)).where(dues.c.schedule == FIRST)).scalar_one()
    return first, frozenset(connection.execute(select(dues.c.schedule)).scalars())


def _mark(
    connection: Connection, schedule: str, planned_for: datetime, now: datetime, unless_any: bool = False
) -> None:
    if unless_any and connection.execute(select(dues.c.schedule).where(dues.c.schedule == schedule)).first():
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    row = dialect.insert(dues).values(schedule=schedule, planned_for=planned_for, done_at=now)
    connection.execute(row.on_conflict_do_nothing())
