"""Who works for the home at the moment, in words.

Takes   the opened house.
Gives   a line for each process that is alive.
Fails   LaterError when the database is away.
"""

from mailer import presence, words
from mailer.house import House

KINDS = {"run": "Tjänsten", "worker": "Arbetaren"}


def lines(house: House) -> list[str]:
    """Each process with its name, its machine and since when; the one that keeps the clock is said."""
    if house.db.is_sqlite:
        return [_alone(house)]
    found = house.db.read(lambda c: presence.living(c, house.db))
    if not found:
        return ["Ingen arbetar just nu. Starta: mailer run"]
    return [_line(house, one) for one in found]


def _alone(house: House) -> str:
    """On SQLite there is one process, and its lock tells."""
    if house.runner_lock.take():
        house.runner_lock.free()
        return "Ingen arbetar just nu. Starta: mailer run"
    return "En process på den här datorn sköter hemmet. Flera datorer kräver PostgreSQL: mailer move"


def _line(house: House, one: presence.Worker) -> str:
    since = one.since.astimezone(house.zone)
    name = KINDS[one.kind] if one.kind == "run" else f"{KINDS[one.kind]} {one.name}"
    clock = ", håller i klockan" if one.keeps_clock else ""
    return f"{name} på {one.machine}, sedan {words.day(since.date(), year=True)} kl. {words.clock(since)}{clock}"
