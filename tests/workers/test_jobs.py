"""Background work is a hint: given once, done by whoever is free, put back when its worker dies, harmless when it
comes again."""

import asyncio
import threading
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import func, select, text, update

from mailer import lineage
from mailer.errors import EditorError, LaterError, Problem
from mailer.outbox.tables import mailings
from mailer.workers import errands, jobs
from mailer.workers.errands import Errand, Stop
from mailer.workers.giving import Here
from mailer.workers.jobs import Jobs

PATIENCE_S = 30
BOTH = ("anywhere", "home")


@pytest.fixture
def done(monkeypatch) -> list:
    """What the errands of these tests have done: one that can be done anywhere, one at home."""
    done: list = []
    for name, where in (("note", "anywhere"), ("note at home", "home")):
        work = Errand(lambda house, what, stop, n=name: done.append((n, dict(what))), lambda _, w=where: w)
        monkeypatch.setitem(errands.ERRANDS, name, work)
    return done


@asynccontextmanager
async def working(house, queues=("anywhere",)):
    """Jobs, and one process that takes them."""
    stopped = asyncio.Event()
    async with Jobs(house) as some:
        work = asyncio.create_task(some.work(stopped, lambda: queues, "prov"))
        try:
            yield some
        finally:
            stopped.set()
            await asyncio.wait_for(work, PATIENCE_S)


async def until(what) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not what():
            await asyncio.sleep(0.01)


def states(house) -> list[str]:
    jobs_ = "procrastinate.procrastinate_jobs WHERE task_name <> 'each minute'"
    sql = f"SELECT task_name || ' ' || status FROM {jobs_} ORDER BY id"
    return list(house.db.read(lambda c: c.execute(text(sql)).scalars()))


async def test_is_done_by_whoever_may_and_once_however_often_it_is_said(house, done):
    async with Jobs(house) as some:
        await some.give("note at home", n=1)
        await some.give("note", n=2)
        await some.give("note", n=3)
    assert states(house) == ["note at home todo", "note todo"], "one that waits will do"
    async with working(house):
        await until(lambda: done)
        await until(lambda: states(house) == ["note at home todo"])
    async with working(house, BOTH):
        await until(lambda: states(house) == [])
    assert done == [("note", {"n": 2}), ("note at home", {"n": 1})]


async def test_follows_the_clock_to_the_queue_of_the_home(house, done):
    queues, stopped = ["anywhere"], asyncio.Event()
    async with Jobs(house) as some:
        work = asyncio.create_task(some.work(stopped, lambda: tuple(queues), "prov"))
        await some.give("note at home")
        await some.give("note")
        await until(lambda: done == [("note", {})])
        queues.append("home")
        await until(lambda: len(done) == 2)
        stopped.set()
        await asyncio.wait_for(work, PATIENCE_S)


DEAD = """
INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour');
UPDATE procrastinate_jobs SET status = 'doing', attempts = {attempts},
  worker_id = (SELECT max(id) FROM procrastinate_workers) WHERE task_name = 'note'
"""
PRUNED = "DELETE FROM procrastinate_workers"


@pytest.mark.parametrize("pruned", [False, True], ids=["silent", "off the list"])
async def test_puts_back_what_a_dead_worker_held_also_when_its_name_is_gone(house, done, pruned):
    async with Jobs(house) as some:
        await some.give("note")
        die(house, pruned=pruned)
        assert await some.sweep() == 1
        assert await some.sweep() == 0
        assert states(house) == ["note todo"]
    async with working(house):
        await until(lambda: done)


async def test_lets_go_what_a_dead_worker_held_when_its_like_waits_already(house, done):
    async with Jobs(house) as some:
        await some.give("note", n=1)
        die(house)
        await some.give("note", n=2)
        assert await some.sweep() == 0
        assert states(house) == ["note todo"]


async def test_sets_aside_what_the_process_has_died_of_three_times(house, done):
    async with Jobs(house) as some:
        await some.give("note")
        die(house, attempts=jobs.KILLED)
        assert await some.sweep() == 0
        assert states(house) == []


def die(house, pruned=False, attempts=0) -> None:
    def write(c):
        c.execute(text("SET LOCAL search_path TO procrastinate"))
        for sql in DEAD.format(attempts=attempts).split(";") + ([PRUNED] if pruned else []):
            c.execute(text(sql))

    house.db.write(write)


async def test_puts_back_what_is_under_way_when_the_worker_stops(house, monkeypatch):
    begun, may_end = threading.Event(), threading.Event()

    def work(_house, _what, stop):
        begun.set()
        assert stop.wait(PATIENCE_S)
        may_end.wait(PATIENCE_S)

    monkeypatch.setattr(jobs, "STOP_S", 0.05)
    monkeypatch.setitem(errands.ERRANDS, "slow", Errand(work, lambda _: "anywhere"))
    async with working(house) as some:
        await some.give("slow")
        await asyncio.to_thread(begun.wait, PATIENCE_S)
    assert states(house) == ["slow todo"]
    may_end.set()


@pytest.mark.parametrize(("wrong", "left", "told"), [
    (EditorError, [], 1),
    pytest.param(LaterError, ["failing failed"], 0, marks=pytest.mark.soak),
    (KeyError, ["failing failed"], 0),
])  # fmt: skip
async def test_tells_people_what_only_they_can_mend_and_goes_on(house, done, monkeypatch, wrong, left, told):
    problem = "x" if wrong is KeyError else Problem("listan", "går inte att läsa.", "Se efter.")

    def fail(*_):
        raise wrong(problem)

    monkeypatch.setitem(errands.ERRANDS, "failing", Errand(fail, lambda _: "anywhere"))
    async with working(house) as some:
        await some.give("failing")
        await until(lambda: states(house) == left)
        await some.give("note")
        await until(lambda: done)
    assert bool(house.db.read(lambda c: c.execute(select(func.count()).select_from(mailings)).scalar_one())) == bool(
        told
    )


async def test_tries_again_what_failed_for_now_when_nobody_else_will(house, monkeypatch):
    def fail(*_):
        raise LaterError(Problem("databasen", "svarar inte."))

    monkeypatch.setitem(errands.ERRANDS, "letters", Errand(fail, lambda _: "anywhere", alone=False, again=5))
    async with working(house) as some:
        await some.give("letters", words=["enkat"])
        await until(lambda: states(house) == ["letters todo"] and _attempts(house) == 1)


def _attempts(house) -> int:
    sql = "SELECT attempts FROM procrastinate.procrastinate_jobs WHERE task_name = 'letters'"
    return house.db.read(lambda c: c.execute(text(sql)).scalar_one())


@pytest.mark.parametrize("how", ["here", "by a worker"])
async def test_does_nothing_for_a_home_that_waits_for_a_person(house, done, how):
    house.db.write(lambda c: c.execute(update(lineage.homes).values(held="kopierad")))
    if how == "here":
        await Here(house, asyncio.Event()).give("note")
    else:
        async with working(house) as some:
            await some.give("note")
            await until(lambda: states(house) == [])
    assert done == []


async def test_waits_for_a_database_that_is_away(house, done, monkeypatch):
    """Every connection is cut, the listening one too."""
    monkeypatch.setattr(jobs, "AGAIN_S", 0.05)
    async with working(house) as some:
        await some.give("note")
        await until(lambda: done)
        cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'mailer' AND datname = current_database()"
        house.db.write(lambda c: c.execute(text(cut)))
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    await some.give("note")
                    break
                except LaterError:  # the first to use a connection that is cut
                    continue
        await until(lambda: len(done) == 2)


@pytest.mark.parametrize("name", ["deliver", "feeds"])
def test_is_safe_to_do_twice_and_when_there_is_nothing_to_do(house, name):
    for _ in range(2):
        errands.carry_out(house, name, {}, Stop())
