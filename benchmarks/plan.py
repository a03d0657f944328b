"""Planning: the audience of a mailing becomes deliveries, in one transaction.

    python benchmarks/plan.py --recipients 1000000 [--engine postgres --database URL]

The yardstick beside it is the plainest INSERT … SELECT of as many rows of the same table. The last line is JSON.
"""

import argparse
import json
import resource

from ledger import measured, opened
from members import NOW, letter, register
from sqlalchemy import insert, literal, select

from mailer.db import Database
from mailer.outbox.store import planning
from mailer.outbox.tables import deliveries, renderings
from mailer.register.tables import contacts

BOUND_S = 15  # a million


def plain(db: Database, mailing: int) -> None:
    """As many rows, of which nobody has asked whether they may be sent."""

    def write(connection):  # type: ignore[no-untyped-def]
        rendering = connection.execute(select(renderings.c.id).where(renderings.c.mailing_id == mailing)).scalar_one()
        of = select(literal(mailing), contacts.c.id, literal("medlemmar"), literal(rendering), literal("planned"))
        names = ["mailing_id", "contact_id", "list", "rendering_id", "state"]
        connection.execute(insert(deliveries).from_select(names, of))

    db.write(write)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipients", type=int, default=1_000_000)
    parser.add_argument("--engine", choices=["sqlite", "postgres"], default="sqlite")
    parser.add_argument("--database", default="")
    args = parser.parse_args()
    with opened(args.engine, args.database) as db:
        register(db, args.recipients)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        first, second = letter(db, args.recipients, "brev/1"), letter(db, args.recipients, "brev/2")
        seconds, cpu = measured(lambda: db.write(lambda c: planning.plan(c, first, NOW, first_wave=True)))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        yardstick, _ = measured(lambda: plain(db, second))
    figures = {
        "engine": args.engine, "recipients": args.recipients, "seconds": round(seconds, 2), "cpu_s": round(cpu, 2),
        "peak_rss_mb": peak, "rss_before_mb": before, "yardstick_s": round(yardstick, 2),
        "ratio": round(seconds / yardstick, 2), "holds": seconds <= BOUND_S * args.recipients / 1_000_000,
    }  # fmt: skip
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
