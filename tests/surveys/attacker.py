"""Who wants to know who wrote what: a survey as it is answered, and everything that can be taken from the server.

She has the database with its log as it lay at the end of every day and after the closing, all ledgers in it, and the
service's log at debug level. She has not the key file, nor live memory. She is granted more than she can get: which
sealed ballot is whose. Every one of her ways puts the members in some order and the texts in another, and pairs them.
"""

import logging
import random
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import select, text

from mailer.db import METADATA, Database
from mailer.keys import Keys
from mailer.surveys import store
from mailer.surveys.answers import answering
from mailer.surveys.box import sealing, urn
from mailer.surveys.box import store as box
from mailer.surveys.box.tables import ballots
from mailer.surveys.tables import invitations as ledger
from tests.surveys.arranged import open_survey, people
from tests.surveys.boxed import give_key

MEMBERS, DAYS = 60, 10
OPENS = datetime(2024, 3, 4, 11, tzinfo=UTC)
AFTER = OPENS + timedelta(days=150)
FILES = ("mailer.db", "mailer.db-wal", "mailer.db-shm")
Pairs = dict[int, str]  # member -> text


@dataclass(frozen=True, slots=True)
class House:
    """How a house keeps its ballots. The real one seals and mixes; the others are there to be found out."""

    seals: bool = True
    mixes: bool = True


@dataclass(slots=True)
class Loot:
    """What she has, and what she wants."""

    truth: Pairs
    order: list[int] = field(default_factory=list)  # members as they answered: by the signed answers' moments, the log
    whose: dict[str, int] = field(default_factory=dict)  # ballot id -> member: granted
    days: list[dict[str, bytes]] = field(default_factory=list)  # the files at the end of each day
    sealed: dict[str, bytes] = field(default_factory=dict)  # ballot id -> bytes, of all backups
    new: list[list[str]] = field(default_factory=list)  # ballot ids that are new in each day's backup
    last: dict[str, bytes] = field(default_factory=dict)  # the files after the closing, before they are cleaned
    clean: dict[str, bytes] = field(default_factory=dict)  # and after
    urn: list[tuple[str, str]] = field(default_factory=list)  # (id, text) in the order the table gives them
    place: list[str] = field(default_factory=list)  # texts by where they lie in the heap (PostgreSQL)
    ledger: dict[int, tuple[date, int]] = field(default_factory=dict)  # member -> day, and when it was written (xmin)
    log: str = ""


def rob(folder: Path, url: str, seed: int, house: House, keys: Keys) -> Loot:
    """A survey of 60 from its first answer to its counting, all by chance of `seed`; and what is taken."""
    chance = random.Random(seed)
    ids = random.Random(seed + 1_000_003)
    counter = iter(range(10_000))
    name: Callable[[], str] = (
        (lambda: f"{ids.getrandbits(128):032x}") if house.mixes else (lambda: f"{next(counter):032x}")
    )
    log = Log()
    db = Database(url)
    db.write(METADATA.create_all)
    survey, private, members = db.write(lambda c: _open(c, keys))
    loot = Loot({member: _words(chance, n) for n, member in enumerate(members)}, order=chance.sample(members, MEMBERS))
    seen: set[str] = set()
    with log.listening():
        for day, those in enumerate(_by_day(chance, loot.order)):
            now = OPENS + timedelta(days=day)
            for n, member in enumerate(those):
                moment = now + timedelta(minutes=n)
                given = _ballot(chance, loot.truth[member])
                _answer(db, survey, member, given, moment, house, name)
                held = set(db.read(lambda c: c.execute(select(ballots.c.id)).scalars().all()))
                loot.whose |= dict.fromkeys(held - set(loot.whose), member)
            loot.days.append(_files(folder))
            rows = db.read(lambda c: c.execute(select(ballots.c.id, ballots.c.sealed)).all())
            loot.new.append([row.id for row in rows if row.id not in seen])
            seen |= {row.id for row in rows}
            loot.sealed |= {row.id: bytes(row.sealed) for row in rows}
        _count(db, survey, private, house, ids, name)
    loot.last = _files(folder)
    db.scrub()
    loot.clean = _files(folder)
    loot.log = log.text()
    db.read(lambda c: _take(c, db, loot))
    db.close()
    return loot


def links(loot: Loot) -> dict[str, int]:
    """Way -> how many members she has paired with their own text."""
    return {
        way: sum(loot.truth[member] == text for member, text in pairs.items()) for way, pairs in _ways(loot) if pairs
    }


def _ways(loot: Loot) -> Iterator[tuple[str, Pairs]]:
    members = {
        "as they answered": loot.order,
        "by number": sorted(loot.truth),
        "by the ledger's day": sorted(loot.ledger, key=lambda m: (loot.ledger[m][0], m)),
        "by the ledger's transaction": sorted(loot.ledger, key=lambda m: (loot.ledger[m][1], m)),
        "by the ballot's id": [loot.whose[name] for name in sorted(loot.whose)],
        "by day and the ballot's id": [loot.whose[name] for day in loot.new for name in sorted(day)],
        "by the sealed bytes": [loot.whose[name] for name in sorted(loot.sealed, key=lambda n: loot.sealed[n])],
        "by the ballot's size": [
            loot.whose[name] for name in sorted(loot.sealed, key=lambda n: (len(loot.sealed[n]), n))
        ],
        "by the ballot's place": _by_place(loot.days[-1], {name: loot.whose[name] for name in loot.sealed}),
    }
    said = list(loot.truth.values())
    orders = {
        "by id": [said for _, said in loot.urn],
        "by length": sorted(said, key=lambda s: (len(s), s)),
        "by place in the log": _by_place(_only(loot.last, "mailer.db-wal"), {s: s for s in said}),
        "by place in the file": _by_place(_only(loot.clean, "mailer.db"), {s: s for s in said}),
        "by place in the heap": loot.place,
    }
    for who, put in members.items():
        for what, found in orders.items():
            if len(put) == len(found):
                yield f"{who} × {what}", dict(zip(put, found, strict=True))
                yield f"{who} × {what}, backwards", dict(zip(put, reversed(found), strict=True))
    yield "read in the box", _read(loot)


def _read(loot: Loot) -> Pairs:
    """The text that stands in her ballot as it lies, in any backup."""
    texts = {text.encode(): text for text in loot.truth.values()}
    found = {}
    for name, member in loot.whose.items():
        for raw, said in texts.items():
            if raw in loot.sealed.get(name, b""):
                found[member] = said
    return found


def _by_place(files: dict[str, bytes], things: dict[str, object]) -> list:
    """Things in the order in which their names first stand in the files; [] unless all do."""
    whole = b"".join(files.values())
    found = {name: whole.find(name.encode()) for name in things}
    return (
        [things[name] for name in sorted(found, key=lambda n: found[n])] if min(found.values(), default=-1) >= 0 else []
    )


def _only(files: dict[str, bytes], name: str) -> dict[str, bytes]:
    return {name: files[name]} if name in files else {}


def _open(c, keys):
    number = open_survey(c, keys, people(c, MEMBERS))
    private = give_key(c, number)
    return store.read(c, number), private, list(c.execute(select(ledger.c.id).order_by(ledger.c.id)).scalars())


def _by_day(chance: random.Random, order: list[int]) -> list[list[int]]:
    """As they come: many in the beginning, one or none on some days."""
    cuts = sorted(chance.choices(range(len(order) + 1), k=DAYS - 1))
    return [order[a:b] for a, b in zip([0, *cuts], [*cuts, len(order)], strict=True)]


def _words(chance: random.Random, n: int) -> str:
    return f"åsikt {chance.getrandbits(64):016x} " + "mer " * chance.randint(0, 60) + f"{n}"


def _ballot(chance: random.Random, said: str) -> dict[str, tuple[str, ...]]:
    choice = chance.choice(["skolan", "klimatet", "bussen"])
    return {"viktigast": (choice,), "nojd": (str(chance.randint(1, 5)),), "ord": (said,)}


def _answer(db, survey, member, given, moment, house: House, name) -> None:
    signed = {"aktiv": ("nej",)}
    if house.seals and house.mixes:
        db.write(lambda c: answering.submit(c, db, survey, member, signed, given, "web", None, moment.date(), moment))
        return

    def work(c) -> None:
        seal = sealing.seal if house.seals else (lambda _key, _survey, plain: plain)
        box.put(c, survey, given, seal, name)
        loose = {"through": "web", "answered_on": moment.date()}
        answering.invitations.step(c, db, member, "answer", **loose)

    db.write(work)


def _count(db, survey, private, house: House, ids: random.Random, name) -> None:
    shuffle = ids.shuffle if house.mixes else (lambda _things: None)
    unseal = sealing.unseal if house.seals else (lambda _key, _survey, sealed: sealed)
    db.write(lambda c: urn.count(c, db, survey, private, AFTER, shuffle, name, unseal))


def _take(c, db: Database, loot: Loot) -> None:
    loot.urn = [(row.id, row.text) for row in c.execute(text("SELECT id, text FROM urn_texts ORDER BY id"))]
    written = "0" if db.is_sqlite else "xmin::text::bigint"
    rows = c.execute(text(f"SELECT id, answered_on, {written} AS written FROM invitations"))
    loot.ledger = {row.id: (row.answered_on, row.written) for row in rows}
    if not db.is_sqlite:
        loot.place = list(c.execute(text("SELECT text FROM urn_texts ORDER BY ctid")).scalars())


def _files(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in FILES if (folder / name).exists()}


def tables_of(files: dict[str, bytes], folder: Path) -> dict[str, list[tuple]]:
    """A backup opened: every table with its rows, by rowid where there is one."""
    folder.mkdir(parents=True)
    for name, raw in files.items():
        (folder / name).write_bytes(raw)
    with closing(sqlite3.connect(folder / "mailer.db")) as c:
        names = [row[0] for row in c.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: c.execute(f'SELECT * FROM "{name}"').fetchall() for name in names}


class Log(logging.Handler):
    """Everything that anybody logs, at the finest level."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(record.getMessage())

    def text(self) -> str:
        return "\n".join(self._lines)

    def listening(self):
        from contextlib import contextmanager

        @contextmanager
        def during():
            root = logging.getLogger()
            before = root.level
            root.addHandler(self)
            root.setLevel(logging.DEBUG)
            try:
                yield
            finally:
                root.removeHandler(self)
                root.setLevel(before)

        return during()
