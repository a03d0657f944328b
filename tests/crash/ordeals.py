"""A mailing that is struck from all sides: who is struck, how often, over which engine, how fast the mail goes.

Takes   a Case; a folder; the PostgreSQL server where the case wants one.
Gives   an Ordeal: what each blow cost; every promise is looked at after each of them, and by the checker at the end.
Fails   AssertionError with the case and its seed when a promise is broken; TimeoutError when it hangs.

Victims: `send`, `run` and `worker` are processes of the product, struck with a signal; `relay` is killed and started
again at once; `backend` is the database's process behind the sender, ended by an administrator or with -9.
"""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, make_url, select, text
from sqlalchemy.exc import DBAPIError

from mailer.house import open_house
from mailer.outbox.states import Delivery, Mailing
from mailer.outbox.store import figures, mailings
from mailer.outbox.tables import deliveries
from mailer.register.tables import contacts
from mailer.workers.migrating import bring_procrastinate
from tests.crash.kills import LETTER, PATIENCE_S, Ordeal, Tail, addresses, planned_home, verdict
from tests.databases import new_database
from tests.homes import ROOT
from tests.relay.client import Relay, running_relay

LOOKER = "looker"  # what our own connections to PostgreSQL are called, so that they are not struck
LONGEST_START_S = 3.0  # within which a process has begun to send, and more
UNTOUCHED = (Delivery.PLANNED, Delivery.CLAIMED, Delivery.DEFERRED)  # and it will go as if for the first time
WELL = (0, 75)  # done; more to do later
VERBS = {"send": ("send", LETTER), "run": ("run",), "worker": ("worker",)}


@dataclass(frozen=True, slots=True)
class Case:
    """One row of the table. `per_s`: messages a second that the relay lets through, 0: as fast as it can."""

    victim: str
    blows: int
    engine: str = "sqlite"
    connections: int = 4
    per_s: float = 0
    how: int = signal.SIGKILL
    workers: int = 1
    seed: int = 0
    members: int = 0  # 0: as many as it takes

    @property
    def verb(self) -> str:
        return self.victim if self.victim in VERBS else "send"

    @property
    def audience(self) -> int:
        """Enough that there is always something left to strike at."""
        # Before the next blow; one round in four may last for LONGEST_START_S.
        a_round = self.per_s * (0.5 if self.per_s <= 100 else 0.8) or 300 + 60 * self.connections
        return self.members or max(60, int(self.blows * max(a_round, 3)))

    def __str__(self) -> str:
        rate = f"{self.per_s:g}/s" if self.per_s else "unlimited"
        name = "term" if self.how == signal.SIGTERM else "kill"
        return f"{self.engine}-{self.victim}-{name}x{self.blows}-{self.connections}-{rate}"


@dataclass(slots=True)
class Struck:
    """The home under the blows, and how we look at it."""

    case: Case
    home: Path
    relay: Relay
    engine: Engine
    rng: random.Random
    ordeal: Ordeal = field(default_factory=Ordeal)
    crew: list["subprocess.Popen[str] | None"] = field(default_factory=list)
    found_open: Counter[str] = field(default_factory=Counter)  # address -> by how many blows

    @property
    def sees_what_was_open(self) -> bool:
        """Whether each blow leaves nobody at work, so that all that was open can be named."""
        case = self.case
        return case.workers == 1 and case.victim in VERBS and case.how == signal.SIGKILL

    def look(self, fn: Callable[[Any], Any]) -> Any:
        """Read, however often the database goes away meanwhile."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                with self.engine.connect() as connection:
                    return fn(connection)
            except DBAPIError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def is_over(self) -> bool:
        return bool(self.look(lambda c: _mailing(c).state) == Mailing.FINISHED)

    def states(self) -> dict[str, tuple[str, int]]:
        """address -> its state, and how often it has been in doubt."""
        d, c = deliveries.c, contacts.c
        query = select(c.address, d.state, d.doubts).join(contacts, c.id == d.contact_id)
        rows = self.look(lambda x: x.execute(query.where(d.mailing_id == _mailing(x).id)).all())
        return {row.address: (row.state, row.doubts) for row in rows}

    def backends(self) -> list[int]:
        """The database's processes behind the product's."""
        query = text(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name <> :us "
            "AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
        )
        return list(self.look(lambda c: c.execute(query, {"us": LOOKER}).scalars().all()))


def undergo(case: Case, folder: Path, server: str = "") -> Ordeal:
    """All blows of a case, then to the end. `server`: the URL of a PostgreSQL that has no other guests."""
    url = new_database(server) if case.engine == "postgres" else ""
    if url:  # the tests' server need not wait for its log, but one that is killed has lost what it did not wait for
        with _looking(url) as engine, engine.connect() as connection:
            name = make_url(url).database
            connection.execute(text(f'ALTER DATABASE "{name}" SET synchronous_commit = on'))
    delay = (
        {"at": "dot", "do": "delay", "seconds": case.connections * case.workers / case.per_s} if case.per_s else None
    )
    with running_relay([delay] if delay else [], folder=folder, max_seconds=1800) as relay:
        home = planned_home(folder / "home", relay, case.audience, url, case.connections)
        if case.victim == "worker":
            with open_house(home) as house:
                bring_procrastinate(house.db)
        with _looking(url or f"sqlite:///{home / 'var' / 'mailer.db'}") as engine:
            struck = Struck(case, home, relay, engine, random.Random(case.seed))
            try:
                _suffer(struck)
            finally:
                for process in struck.crew:
                    if process is not None and process.returncode is None:
                        process.kill()
                        process.communicate()
        bound = case.connections if case.how == signal.SIGKILL else 0
        found = verdict(home, relay, addresses(case.audience), bound, struck.ordeal.kills, others=True)
    wrong = {key: value for key, value in found.items() if key not in ("figures", "never")}
    assert found["ok"], (case, wrong)
    assert (found["lost"], found["balance"], found["figures"]["owed"]) == ([], True, 0), (case, wrong)
    assert struck.ordeal.kills == case.blows, case
    print(f"\n{case} seed {case.seed}: {struck.ordeal}\nlost 0; {found['figures']}")
    return struck.ordeal


def _suffer(struck: Struck) -> None:
    case, ordeal, tail = struck.case, struck.ordeal, Tail(struck.relay.log_path)
    struck.crew += [None] * case.workers
    while not struck.is_over():
        came, began = len(tail.read().acknowledged), time.monotonic()
        for n, process in enumerate(struck.crew):
            if process is None:
                struck.crew[n] = _start(struck, n)
        _until(_something(struck, _moment(struck, tail)), case)
        if any(p and p.poll() is not None for p in struck.crew):
            _gather(struck)
        elif ordeal.kills < case.blows and not struck.is_over():
            ordeal.kills += 1
            _strike(struck)
            if all(p is None for p in struck.crew):  # nobody works: what the kernel had taken has arrived
                _until(lambda: tail.read().open_connections <= 0, case)
            _check(struck, tail)
        if len(tail.read().acknowledged) > came:
            ordeal.restart_s.append(tail.acknowledged[came]["at_ns"] / 1e9 - began)
        ordeal.duplicates.append(tail.duplicates_since(came))
        # What one blow left in doubt may come in a later round: at a limited rate, or when a dead worker's lease is over.
        assert sum(ordeal.duplicates) <= case.connections * ordeal.kills, (case, ordeal.duplicates)
        if struck.sees_what_was_open:
            unasked = twice_without_cause(tail, struck.found_open)
            assert not unasked, (case, "came again, and no blow had found it open", unasked)
    _dismiss(struck)


def twice_without_cause(tail: Tail, found_open: Counter[str]) -> list[str]:
    """Who has got it more often than once, and once more for each blow that found it open."""
    came = Counter(line["rcpt"][0] for line in tail.acknowledged)
    return sorted(address for address, n in came.items() if n > 1 + found_open[address])


def _something(struck: Struck, enough: Callable[[], bool]) -> Callable[[], bool]:
    """Somebody has ended, it is time for the next blow, or everything is over."""
    return lambda: any(p and p.poll() is not None for p in struck.crew) or enough() or struck.is_over()


def _start(struck: Struck, n: int) -> "subprocess.Popen[str]":
    verb = [*VERBS[struck.case.verb], *(["--name", f"nummer-{n}"] if struck.case.verb == "worker" else [])]
    command = [sys.executable, "-m", "mailer.cli", "--home", str(struck.home), *verb]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def _moment(struck: Struck, tail: Tail) -> Callable[[], bool]:
    """When the next blow falls: after so many messages more, or, one time in four, whenever."""
    case, rng, start = struck.case, struck.rng, time.monotonic()
    left = case.blows - struck.ordeal.kills
    if left <= 0:
        return lambda: False
    if rng.random() < 0.25:
        until = start + rng.uniform(0, LONGEST_START_S)
        return lambda: time.monotonic() > until
    gap = (case.audience - len({line["rcpt"][0] for line in tail.acknowledged})) // (left + 1)
    at = len(tail.acknowledged) + rng.randint(1, max(1, 2 * gap - 1))
    return lambda: len(tail.read().acknowledged) >= at


def _strike(struck: Struck) -> None:
    case, rng = struck.case, struck.rng
    time.sleep(rng.uniform(0, 0.01))  # not always at the same step of the sender
    began = time.monotonic()
    if case.victim == "relay":
        struck.relay.kill()
        time.sleep(rng.choice((0, 0, 0.5)))
        struck.relay.start()
    elif case.victim == "backend":
        for pid in rng.sample(there := struck.backends(), min(1, len(there))):
            if rng.random() < 0.5:
                struck.look(lambda c, pid=pid: c.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid}))
            else:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)  # the whole server starts anew
    else:
        n = rng.choice([n for n, p in enumerate(struck.crew) if p is not None])
        process = struck.crew[n]
        assert process is not None
        process.send_signal(case.how)
        _, said = process.communicate(timeout=PATIENCE_S)
        assert process.returncode in (-case.how, *(WELL if case.how == signal.SIGTERM else ())), (case, said)
        struck.crew[n] = None
    struck.ordeal.end_s.append(time.monotonic() - began)


def _gather(struck: Struck) -> None:
    """Whoever has ended by herself has ended well."""
    for n, process in enumerate(struck.crew):
        if process is not None and process.poll() is not None:
            _, said = process.communicate()
            assert process.returncode in WELL, (struck.case, process.returncode, said)
            struck.crew[n] = None


def _dismiss(struck: Struck) -> None:
    """At the end the service and the workers are asked to go; nobody has to be killed for it."""
    for n, process in enumerate(struck.crew):
        if process is not None:
            if struck.case.verb != "send":
                process.terminate()
            _, said = process.communicate(timeout=PATIENCE_S)
            assert process.returncode in (*WELL, -signal.SIGTERM), (struck.case, process.returncode, said)
            struck.crew[n] = None


def _check(struck: Struck, tail: Tail) -> None:
    """After each blow: nobody the ledger has as accepted is unknown to the relay; and, where nobody works just now,
    whoever has had it is marked so, and no more are open than there were connections."""
    case, nobody_works = struck.case, all(p is None for p in struck.crew)
    if nobody_works and case.engine == "postgres":
        _until(lambda: not struck.backends(), case)  # its last statement may still be on its way
    states = struck.states()
    came = {line["rcpt"][0] for line in tail.read().acknowledged}
    lies = sorted(a for a, (state, _) in states.items() if state == Delivery.ACCEPTED and a not in came)
    assert not lies, (case, "accepted in the ledger, unknown to the relay", lies)
    struck.look(lambda c: figures.balance(c, _mailing(c).id))  # it closes, or raises
    if nobody_works:
        bare = sorted(a for a, (state, doubts) in states.items() if state in UNTOUCHED and not doubts and a in came)
        assert not bare, (case, "the relay has it, the ledger has nothing of it", bare)
        still_open = [a for a, (state, _) in states.items() if state == Delivery.OFFERED]
        assert len(still_open) <= (case.connections if case.how == signal.SIGKILL else 0), (case, still_open)
        struck.found_open.update(still_open)


def _mailing(connection: Any) -> Any:
    row = mailings.find(connection, LETTER)
    assert row is not None
    return row


@contextlib.contextmanager
def _looking(url: str) -> Iterator[Engine]:
    is_postgres = make_url(url).get_backend_name() == "postgresql"
    more: dict[str, Any] = {"connect_args": {"application_name": LOOKER}} if is_postgres else {}
    engine = create_engine(url, pool_pre_ping=True, isolation_level="AUTOCOMMIT", **more)
    try:
        yield engine
    finally:
        engine.dispose()


def _until(done: Callable[[], bool], case: Case) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError(f"nothing happened for a minute: {case}, seed {case.seed}")
        time.sleep(0.005)
