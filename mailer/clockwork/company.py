"""What is otherwise on SQLite, where `mailer run` is alone, and on PostgreSQL, where it may be one of many.

Takes   the opened house, the event that says stop, whose clock it is, the sender of this process.
Gives   how background work is given; the tasks that run beside the ticker, the sender and the pages.
Fails   AdminError when the extra `postgres` is not installed.
"""

import asyncio
from typing import TYPE_CHECKING

from mailer.clockwork.election import Election
from mailer.clockwork.mail import giving_readings, reading
from mailer.house import House
from mailer.workers.giving import Giving, Here
from mailer.workers.sending import Sending
from mailer.workers.worker import Membership, working

if TYPE_CHECKING:
    from mailer.workers.jobs import Jobs


class Company:
    """Of one `mailer run`."""

    def __init__(self, house: House, stopped: asyncio.Event, election: Election, sending: Sending) -> None:
        self._house, self._stopped, self._election = house, stopped, election
        self._jobs: Jobs | None = None
        self.giving: Giving = Here(house, stopped)
        if not house.db.is_sqlite:
            from mailer.workers import jobs  # a home on SQLite needs nothing of it

            self.giving = self._jobs = jobs.Jobs(house, sending.wake)

    def parts(self) -> list["asyncio.Task[None]"]:
        """The reading of the mailbox; on PostgreSQL also the place among the others, and the jobs."""
        if self._jobs is None:
            return [asyncio.create_task(reading(self._house, self._stopped))]
        me = Membership(self._house, "run", "run")
        return [
            asyncio.create_task(part)
            for part in (
                giving_readings(self._house, self._stopped, self._jobs, self._election),
                me.keep(self._stopped),
                self._election.keep(self._stopped),
                working(self._jobs, self._stopped, self._queues, "run"),
            )
        ]

    def _queues(self) -> tuple[str, ...]:
        """Who keeps the clock has the home's folders, and is where a person looks."""
        return ("anywhere", "home") if self._election.is_ours else ("anywhere",)
