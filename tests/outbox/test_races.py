"""Two processes on one home, each in the middle of the other's work. On both engines."""

import threading
import time

from sqlalchemy import text

from mailer.audience.rule import Rule
from mailer.db import Database
from mailer.outbox.store import mailings, planning
from tests.homes import FRIENDS, MEMBERS, a_rendering, add_people, states
from tests.outbox.test_ledger import NOW


def propose(c, source) -> int:
    return mailings.propose(
        c, mailings.Proposal("brev/x", "letter", "Brev", Rule((source,)), (a_rendering(source.name),)), NOW
    )


def approve(c, number: int) -> None:
    row = mailings.lock(c, number)
    mailings.approve(c, row, "Bo", "test", NOW, planning.head_count(c, row, NOW).recipients, None)


def wait_until_another_waits(c, done: threading.Event) -> None:
    """Until the other transaction stands at a lock of this one. SQLite lets only one begin."""
    ends = time.monotonic() + 10
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    while c.dialect.name == "postgresql" and not c.execute(waiting).scalar_one() and not done.is_set():
        assert time.monotonic() < ends


def test_plans_for_those_the_last_approval_was_for(db, database_url, keys):
    """It is made anew for others and approved again in the moment between the look at the approval and the planning."""

    def fill(c):
        add_people(c, keys, [1, 2], NOW)
        add_people(c, keys, [3, 4], NOW, FRIENDS)
        number = propose(c, MEMBERS)
        approve(c, number)
        return number

    number = db.write(fill)
    other, begun, done = Database(database_url), threading.Event(), threading.Event()

    def anew(c):
        propose(c, FRIENDS)
        approve(c, number)
        begun.set()
        wait_until_another_waits(c, done)

    changed = other.submit(anew)
    assert begun.wait(10)
    planned = db.submit(lambda c: planning.plan(c, number, NOW))
    planned.add_done_callback(lambda _: done.set())
    changed.result()
    planned.result()
    other.close()
    assert set(states(db, number)) == {3, 4}
