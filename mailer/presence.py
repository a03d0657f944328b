"""Who works at the moment, and who of them keeps the clock: leases by the database's clock.

Takes   a connection inside a transaction; the process, by the lock that only it can hold.
Gives   the list of the living; whether the clock is this one's.
Fails   LaterError when the database is away.

The clock is a lease too: what two that both believe in it would do twice is kept from it by the unique rows of what is
due, of mailings and of notices. The lease only spares them the work.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import BigInteger, Column, Connection, Integer, String, Table, delete, inspect, or_, select, text
from sqlalchemy.dialects import postgresql, sqlite

from mailer import words
from mailer.db import METADATA, Database, Moment

workers = Table(
    "workers",
    METADATA,
    Column("instance", String(64), primary_key=True),  # SHA-256 of the machine and the lock: only one process can
    Column("kind", String(16), nullable=False),  # run, worker
    Column("name", String(64), nullable=False),
    Column("machine", String(200), nullable=False),  # as its owner named it
    Column("since", Moment, nullable=False),
    Column("lease_until", BigInteger, nullable=False),  # microseconds by the database's clock
)

clocks = Table(
    "clocks",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),  # always 1: there is one clock
    Column("instance", String(64), nullable=False),
    Column("lease_until", BigInteger, nullable=False),
)

LEASE = timedelta(seconds=30)
RENEW_S = 8.0  # so often is it renewed: two may be missed
CLOCK = 1
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Worker:
    """A process at work."""

    instance: str
    kind: str
    name: str
    machine: str
    since: datetime
    keeps_clock: bool = False


def key_of(instance: str) -> str:
    """The instance as the tables name it: a path may be longer than any column."""
    return sha256(instance.encode()).hexdigest()


def renew(connection: Connection, db: Database, one: Worker) -> None:
    """It is alive. Whoever is long gone is taken off the list."""
    now = db.clock(connection)
    values = {
        "kind": one.kind,
        "name": one.name,
        "machine": one.machine,
        "since": one.since,
        "lease_until": now + LEASE // _MICROSECOND,
    }
    new = _insert(connection, workers).values(instance=one.instance, **values)
    connection.execute(new.on_conflict_do_update(index_elements=["instance"], set_=values))
    connection.execute(delete(workers).where(workers.c.lease_until < now - timedelta(hours=1) // _MICROSECOND))


def leave(connection: Connection, instance: str) -> None:
    """It ends: its name goes at once, and the clock is free if it was its."""
    connection.execute(delete(workers).where(workers.c.instance == instance))
    connection.execute(delete(clocks).where(clocks.c.instance == instance))


def take_clock(connection: Connection, db: Database, instance: str) -> bool:
    """Take the clock, or keep it. False while another one's lease on it lasts."""
    now = db.clock(connection)
    values = {"instance": instance, "lease_until": now + LEASE // _MICROSECOND}
    new = _insert(connection, clocks).values(id=CLOCK, **values)
    free = or_(clocks.c.instance == instance, clocks.c.lease_until < now)
    taken = new.on_conflict_do_update(index_elements=["id"], set_=values, where=free).returning(clocks.c.id)
    return connection.execute(taken).first() is not None


def living(connection: Connection, db: Database) -> list[Worker]:
    """Those whose lease lasts, in the order they began."""
    now = db.clock(connection)
    keeper = connection.execute(select(clocks.c.instance).where(clocks.c.lease_until >= now)).scalar_one_or_none()
    w = workers.c
    columns = select(w.instance, w.kind, w.name, w.machine, w.since)
    found = connection.execute(columns.where(w.lease_until >= now).order_by(w.since, w.machine, w.name))
    return [Worker(*row, keeps_clock=row.instance == keeper) for row in found.all()]


def names_of_living(connection: Connection, db: Database) -> list[str]:
    """Their names, also where this table is not built yet: ”2 processer” then, from the runners' leases."""
    if inspect(connection).has_table(workers.name):
        return [f"{one.name} på {one.machine}" for one in living(connection, db)]
    sql = text("SELECT count(*) FROM runners WHERE NOT ended AND lease_until >= :now")
    count = connection.execute(sql, {"now": db.clock(connection)}).scalar_one()
    return [words.count(count, "process", "processer")] if count else []


def keeper(connection: Connection, db: Database) -> Worker | None:
    """Who keeps the clock."""
    return next((one for one in living(connection, db) if one.keeps_clock), None)


def _insert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)
