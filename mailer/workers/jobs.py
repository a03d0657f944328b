"""The background work as Procrastinate carries it: given by anybody, done by whoever is free, put back when it dies.

Takes   the opened house of a home on PostgreSQL.
Gives   a Giving; and `work`, which takes jobs from the queues ”anywhere” and, where the home's folders are, ”home”.
Fails   LaterError when the database is away; `work` waits for it instead.

What a dead worker held is put back by the sweep of any other. The sweep is no job: a job can die too, and one that
holds a lock would keep all sweeps away (Procrastinate's issues 1408, 1518). For the same reason no job has a lock.
Nothing with an hour of the day is periodic here: Procrastinate counts in UTC; the home's clock gives what is due.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import procrastinate
from procrastinate import exceptions, jobs
from sqlalchemy import URL

from mailer import maillog
from mailer.errors import AdminError, EditorError, LaterError, Problem
from mailer.house import House
from mailer.verbs import watch
from mailer.workers.errands import ERRANDS, Errand, Stop, What, carry_out
from mailer.workers.giving import beside
from mailer.workers.schema import SCHEMA
from mailer.workers.sending import either_or

for _name in ("procrastinate", "psycopg.pool"):  # they quote what a job was given; what matters is told by us
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)

AT_ONCE = 3  # jobs of one worker
BEAT_S = 8.0  # Procrastinate's heartbeat
DEAD_S = 30.0  # without one
SWEEP_S = 20.0
POLL_S = 5.0  # when a notification was lost
STOP_S = 6.0  # what takes longer is told to end, and put back; as the runner's
AGAIN_S = 5.0
KEPT_H = 24  # what is done is forgotten after so long
RETRY_S = 60
KILLED = 3  # the process died of it so often: set aside


class Jobs:
    """Procrastinate for one process. Open it with `async with`."""

    def __init__(self, house: House, woken: Callable[[], None] = lambda: None) -> None:
        self._house, self._woken = house, woken
        self._under_way: set[Stop] = set()
        self._errors: tuple[type[Exception], ...] = (exceptions.ConnectorException, exceptions.AppNotOpen, OSError)
        self._app = procrastinate.App(connector=_connector(house.db.url))
        for name, errand in ERRANDS.items():
            self._enter(name, errand)
        # Its periodic part must have something to do: a worker that has nothing periodic stops minding its heartbeat.
        self._app.periodic(cron="* * * * *")(
            self._app.task(name="each minute", queue="anywhere", queueing_lock="each minute")(self._each_minute)
        )

    async def __aenter__(self) -> "Jobs":
        try:
            await self._app.open_async()
        except self._errors as why:
            raise _away() from why
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._app.close_async()

    async def give(self, name: str, **what: Any) -> None:
        """A job for it. When one like it waits already, that one will do."""
        errand = ERRANDS[name]
        job = self._app.configure_task(
            name,
            queue=errand.where(self._house.settings),
            queueing_lock=name if errand.alone else None,
        )
        try:
            await job.defer_async(what=what)
        except exceptions.AlreadyEnqueued:
            return
        except self._errors as why:
            raise _away() from why

    async def work(self, stopped: asyncio.Event, queues: Callable[[], tuple[str, ...]], name: str) -> None:
        """Take jobs until told to stop. `queues` is asked now and then: the clock may have come here, or gone."""
        sweeping = asyncio.create_task(self._sweep_again_and_again(stopped))
        stopping = asyncio.create_task(self._tell(stopped))
        try:
            while not stopped.is_set():
                await self._work_in(queues(), stopped, queues, name)
        finally:
            sweeping.cancel()
            stopping.cancel()

    async def sweep(self) -> int:
        """Put back what a dead worker held. How many."""
        manager = self._app.job_manager
        found = 0
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_S):
            if job.attempts >= KILLED:
                maillog.failed(job.task_name, "killed")
                await self._end(job)
                continue
            try:
                await manager.retry_job(job)
                found += 1
            except exceptions.UniqueViolation:  # one like it waits already
                await self._end(job)
            except exceptions.ConnectorException:  # another sweep was first
                continue
        return found

    async def _tell(self, stopped: asyncio.Event) -> None:
        """What can end halfway does so at once."""
        await stopped.wait()
        for stop in list(self._under_way):
            stop.tell()

    async def _end(self, job: jobs.Job) -> None:
        try:
            await self._app.job_manager.finish_job(job, jobs.Status.FAILED, delete_job=True)
        except exceptions.ConnectorException:  # another sweep was first
            return

    async def _work_in(
        self, chosen: tuple[str, ...], stopped: asyncio.Event, queues: Callable[[], tuple[str, ...]], name: str
    ) -> None:
        """Until stopped, until the queues are others, or the database is away."""
        worker = asyncio.create_task(
            self._app.run_worker_async(
                queues=list(chosen),
                name=name,
                concurrency=AT_ONCE,
                fetch_job_polling_interval=POLL_S,
                update_heartbeat_interval=BEAT_S,
                stalled_worker_timeout=DEAD_S,
                shutdown_graceful_timeout=STOP_S,
                delete_jobs=jobs.DeleteJobCondition.SUCCESSFUL,
                install_signal_handlers=False,
            )
        )
        changed = asyncio.create_task(_while(lambda: queues() == chosen and not stopped.is_set()))
        await asyncio.wait([worker, changed], return_when=asyncio.FIRST_COMPLETED)
        is_over = worker.done()
        changed.cancel()
        worker.cancel()
        try:
            await worker
        except asyncio.CancelledError:
            return
        except self._errors as why:
            maillog.failed("jobs", type(why).__name__)
        if is_over:
            await either_or(stopped, AGAIN_S)

    async def _sweep_again_and_again(self, stopped: asyncio.Event) -> None:
        while not stopped.is_set():
            try:
                if found := await self.sweep():
                    maillog.jobs_put_back(found)
                await self._app.job_manager.delete_old_jobs(nb_hours=KEPT_H, include_failed=True, include_aborted=True)
            except self._errors as why:
                maillog.failed("sweep", type(why).__name__)
            await either_or(stopped, SWEEP_S)

    def _enter(self, name: str, errand: Errand) -> None:
        async def work(what: dict[str, Any]) -> None:
            await self._carry_out(name, what)

        self._app.task(name=name, queue="anywhere", retry=Again(errand.again))(work)

    async def _each_minute(self, timestamp: int) -> None:
        await self._carry_out("deliver", {})

    async def _carry_out(self, name: str, what: What) -> None:
        stop = Stop()
        self._under_way.add(stop)
        try:
            await beside(lambda: carry_out(self._house, name, what, stop), stop)
        except (EditorError, AdminError) as wrong:
            maillog.failed(name, type(wrong).__name__)
            await asyncio.to_thread(watch.tell_trouble, self._house, wrong)
        finally:
            self._under_way.discard(stop)
        if name == "deliver":
            self._woken()


class Again(procrastinate.BaseRetryStrategy):
    """What was told to stop is put back; what failed for now is tried again so many times; a bug of ours is not."""

    def __init__(self, times: int) -> None:
        self._times = times

    def get_retry_decision(self, *, exception: BaseException, job: jobs.Job) -> procrastinate.RetryDecision | None:
        """None: it has failed."""
        if isinstance(exception, asyncio.CancelledError | exceptions.JobAborted):
            return procrastinate.RetryDecision()
        maillog.failed(job.task_name, type(exception).__name__)
        if isinstance(exception, LaterError) and job.attempts < self._times:
            return procrastinate.RetryDecision(retry_in={"seconds": RETRY_S})
        return None


async def _while(is_so: Callable[[], bool]) -> None:
    while is_so():
        await asyncio.sleep(0.2)


def _connector(url: URL) -> procrastinate.PsycopgConnector:
    """Its own connections: their search_path is its schema and nothing else."""
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    own = {"options": f"-c search_path={SCHEMA}", "application_name": "mailer"}
    return procrastinate.PsycopgConnector(conninfo=plain, kwargs=own, min_size=1, max_size=AT_ONCE + 3, timeout=10)


def _away() -> LaterError:
    return LaterError(Problem("databasen", "svarar inte.", "Vänta och kör igen. Inget är förlorat."))
