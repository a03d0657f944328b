"""Who has asked us to slow down, as rows: kept over restarts, shared by all workers.

Takes   settlements, inside a write transaction.
Gives   what is known against each domain and relay; changes it by what they say.
Fails   never.

A commit in which nothing has been deferred, while nothing is known against anybody, asks the database nothing: what the
rows say is kept with the connection for a second, and another worker's news is that old at most.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select, text

from mailer.outbox import slower
from mailer.outbox.outcome import Settlement
from mailer.outbox.pace_tables import pace_holds
from mailer.outbox.slower import Hold
from mailer.outbox.turn import Terms

NEWS = timedelta(seconds=1)  # how old the news of another worker may be
GATE = 20240502  # PostgreSQL's lock around the rows of the pace; see also db.engines.LAST_LOOK
_KEPT = "mailer.pace"


def gate(connection: Connection) -> None:
    """One at a time from here to the commit. Take it last: who holds it waits for no other row.

    SQLite has one writer at a time anyway. PostgreSQL's own row locks would not do: two workers count different rows
    of one window, and would not see each other's.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": GATE})


def known(connection: Connection, now: datetime) -> Mapping[str, Hold]:
    """What is known, at most a second old."""
    kept = connection.info.get(_KEPT)
    if kept is not None and timedelta(0) <= now - kept[0] < NEWS:
        holds: Mapping[str, Hold] = kept[1]
        return holds
    return read(connection, now)


def read(connection: Connection, now: datetime) -> dict[str, Hold]:
    """What is known now. What has not been spoken of for a day is forgotten."""
    at = pace_holds.c.at  # far ahead: a clock was wrong
    recent = at.between(now - slower.FORGOTTEN_AFTER, now + slower.FORGOTTEN_AFTER)
    rows = connection.execute(select(pace_holds).where(recent)).all()
    found = {row.subject: Hold(row.throttled, row.step, row.until, row.probe, row.ramp, row.passed) for row in rows}
    connection.info[_KEPT] = (now, found)
    return found


def write(connection: Connection, changed: Mapping[str, Hold | None], now: datetime) -> None:
    """Put down what has changed; None: nothing is known against it any more."""
    connection.info.pop(_KEPT, None)  # also when this transaction comes to nothing
    if changed:
        h = pace_holds.c
        old = ~h.at.between(now - slower.FORGOTTEN_AFTER, now + slower.FORGOTTEN_AFTER)
        connection.execute(delete(pace_holds).where(or_(h.subject.in_(list(changed)), old)))
    rows = [{"subject": subject, "at": now, **_row(hold)} for subject, hold in changed.items() if hold is not None]
    if rows:
        connection.execute(insert(pace_holds), rows)


def note(connection: Connection, settlements: Sequence[Settlement], terms: Terms, now: datetime) -> None:
    """Hear what the replies say about our pace: a domain that defers is held back, one that accepts is let go."""
    holds = known(connection, now)
    if not holds and not any(s.outcome.event == "defer" for s in settlements):
        return
    first = next(iter(terms.relays), "")
    spoken = [(s, of_domain(domain_of(s)), of_relay(s.relay or first)) for s in settlements]
    if not any(_matters(s, holds, domain, relay) for s, domain, relay in spoken):
        return
    gate(connection)
    before = read(connection, now)
    after: dict[str, Hold | None] = dict(before)
    for settlement, domain, relay in spoken:
        _hear(after, settlement, domain, relay, now)
    write(connection, {s: hold for s, hold in after.items() if hold != before.get(s)}, now)


def domain_of(settlement: Settlement) -> str:
    """The domain of the recipient's address."""
    return settlement.offered.address.rpartition("@")[2].lower()


def of_domain(domain: str) -> str:
    """What a domain is counted under."""
    return f"domain/{domain}"


def of_relay(key: str) -> str:
    """What a relay is counted under."""
    return f"relay/{key}"


def _matters(settlement: Settlement, holds: Mapping[str, Hold], domain: str, relay: str) -> bool:
    said = slower.says(settlement.outcome, settlement.offered.attempts)
    return said == "slower" or domain in holds or relay in holds


def _hear(holds: dict[str, Hold | None], settlement: Settlement, domain: str, relay: str, now: datetime) -> None:
    said = slower.says(settlement.outcome, settlement.offered.attempts)
    number = settlement.offered.delivery
    of_its_own = holds.get(domain) or Hold()
    # A domain that is held back already speaks for itself, and not for the relay.
    if said != "slower" or not of_its_own.stands:
        _change(holds, relay, number, said, now, slower.RELAY_IN_A_ROW, slower.RELAY_WAITS)
    if slower.is_of_the_domain(settlement.outcome):
        _change(holds, domain, number, said, now, slower.DOMAIN_IN_A_ROW, slower.DOMAIN_WAITS)
    elif of_its_own.probe == number:  # it never came so far
        holds[domain] = slower.given_back(of_its_own, number, now)


def _change(
    holds: dict[str, Hold | None],
    subject: str,
    number: int,
    said: slower.Said,
    now: datetime,
    in_a_row: int,
    waits: Sequence[timedelta],
) -> None:
    hold = holds.get(subject)
    if hold is not None or said == "slower":
        holds[subject] = slower.heard(hold or Hold(), number, said, now, in_a_row, waits)


def _row(hold: Hold) -> dict[str, Any]:
    return {
        "throttled": hold.throttled,
        "step": hold.step,
        "until": hold.until,
        "probe": hold.probe,
        "ramp": hold.ramp,
        "passed": hold.passed,
    }
