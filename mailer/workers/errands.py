"""The background work, each piece a function of the opened house: the same on SQLite, and by a worker anywhere.

Takes   the opened house, what is to be done (JSON), a way to be told to stop.
Gives   ERRANDS: by name, what does it and where it can be done.
Fails   with the verbs' errors. What the mailbox does is told to people instead.

An errand is only a hint that there may be work: it may come twice, and when the work is already gone.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, text

from mailer import lineage, maillog
from mailer.house import House
from mailer.outbox.store import leases, ledger
from mailer.settings import Settings
from mailer.verbs import fetch, import_
from mailer.workers.reading import Reading

Where = Literal["anywhere", "home"]  # home: where the folders of the home are, and what is written is looked for
What = Mapping[str, Any]
MAILBOX = 0x56414B55  # pg_advisory_xact_lock key; beside db.engines.LAST_LOOK


class Stop(threading.Event):
    """Tells an errand to end; it may say what else is to be done then, from the thread that tells."""

    def __init__(self) -> None:
        super().__init__()
        self._also: list[Callable[[], None]] = []

    def also(self, what: Callable[[], None]) -> None:
        """Call this too, when it is time."""
        self._also.append(what)
        if self.is_set():
            what()

    def tell(self) -> None:
        """It is time."""
        self.set()
        for what in self._also:
            what()


@dataclass(frozen=True, slots=True)
class Errand:
    """One kind of background work."""

    work: Callable[[House, What, Stop], None]
    where: Callable[[Settings], Where]
    alone: bool = True  # one waits at a time: a second hint says nothing new
    again: int = 0  # tries after one that failed for now; what is given regularly needs none


def carry_out(house: House, name: str, what: What, stop: Stop) -> None:
    """Do it, in this thread. A home that waits for a person does nothing."""
    if not lineage.held(house.db):
        ERRANDS[name].work(house, what, stop)


def deliver(house: House, _what: What, _stop: Stop) -> None:
    """Something may be owed: what the dead held is free again. The runners here and elsewhere see it by themselves."""
    now = house.clock.now()
    found = house.db.write(lambda c: leases.recover(c, house.db, now))
    if found.released or found.in_doubt:
        maillog.recovered(found.released, found.in_doubt)
    house.db.write(lambda c: ledger.expire(c, now))


def read_mailbox(house: House, _what: What, stop: Stop) -> None:
    """One reading. Each mail is taken once, by its hash."""
    one = Reading(house)
    stop.also(one.stop)
    _alone(house, MAILBOX, one.run)


def fetch_feeds(house: House, _what: What, _stop: Stop) -> None:
    """Ask the sources whose time has come: those that were just asked are not due any more."""
    if due := fetch.due_feeds(house):
        fetch.fetch_all(house, due)
    fetch.tell(house)


def print_letters(house: House, what: What, _stop: Stop) -> None:
    """Print a step's letters. Those that lie printed on the table are not printed twice."""
    from mailer.verbs.letters import printing  # fifteen megabytes of PDF and fonts: loaded when something is printed

    printing.print_run(house, what["words"], what["as"], what.get("window", ""))


def import_list(house: House, what: What, _stop: Stop) -> None:
    """Apply a difference a person has accepted, by its hash. One that is applied already changes nothing."""
    file, removals, mapped = Path(what["path"]), what.get("allow_removals"), what.get("mapped", ())
    shown = import_.preview(house, what["list"], file, what["whole"], removals, mapped)
    if not shown.diff.is_empty:
        import_.accept(house, what["list"], file, what["whole"], what["hash"], removals, mapped=mapped)


def _alone(house: House, key: int, work: Callable[[], None]) -> None:
    """Do it unless somebody else is at it, on whatever machine. The lock ends with the process, however that ends."""
    if house.db.is_sqlite:
        return work()

    def hold(connection: Connection) -> None:
        house.db.takes_its_time(connection)  # this connection stands still while the other one works
        if connection.execute(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": key}).scalar_one():
            work()

    return house.db.read(hold)


def _anywhere(_: Settings) -> Where:
    return "anywhere"


def _at_home(_: Settings) -> Where:
    return "home"


def _where_the_mailbox_is(settings: Settings) -> Where:
    return "anywhere" if settings.mailbox.kind == "imap" else "home"


ERRANDS: dict[str, Errand] = {
    "deliver": Errand(deliver, _anywhere),
    "mailbox": Errand(read_mailbox, _where_the_mailbox_is),
    "feeds": Errand(fetch_feeds, _anywhere),
    "letters": Errand(print_letters, _at_home, alone=False, again=5),
    "import": Errand(import_list, _at_home, alone=False, again=5),
}
