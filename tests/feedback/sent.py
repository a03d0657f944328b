"""A mailing that has gone out, and the mails that come back from it, without a relay or a mailbox.

Takes   a database and keys; readings as `mailer.feedback.reading` gives them.
Gives   deliveries' numbers; what `take` says.
Fails   as `take` does.
"""

import hashlib
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from mailer.db import Database
from mailer.feedback.meaning import Hardness, Kind, Reading
from mailer.feedback.store import Received, Taken, take
from mailer.feedback.tables import consequences, points, probes
from mailer.keys import Keys
from mailer.outbox.outcome import Outcome, Settlement
from mailer.outbox.store import leases
from mailer.outbox.tables import deliveries
from mailer.register.tables import contacts
from tests.homes import add_people, plan_letter
from tests.outbox.turns import TERMS, Done, go_round

__all__ = ["TERMS"]  # for those who send with it

NOW = datetime(2024, 5, 10, 7, 0, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Stockholm")
OK = Outcome("accept", "dot", 250, "2.0.0", "ok")
UNKNOWN_USER = Outcome("refuse", "rcpt", 550, "5.1.1", "okänd", "recipient")
_mails = itertools.count(1)


def people(db: Database, keys: Keys, number: int = 6) -> None:
    """So many members; their ids are 1, 2, 3, …"""
    db.write(lambda c: add_people(c, keys, range(1, number + 1), NOW - timedelta(days=60)))


def mailing(db: Database, name: str = "brev/1", now: datetime = NOW) -> int:
    """A mailing to all members, planned."""
    return db.write(lambda c: plan_letter(c, now, name))


def runner(db: Database, instance: str = "here", now: datetime = NOW) -> int:
    return db.write(lambda c: leases.start(c, db, instance, now))[0]


def commit(
    db: Database, running: int, settlements: Any = (), stock: Any = (), wanted: int = 0, claim: int = 1000,
    now: datetime = NOW,
) -> Done:  # fmt: skip
    return go_round(db, running, settlements, stock, wanted, claim, now=now)


def send(db: Database, outcomes: dict[int, Outcome] | None = None, now: datetime = NOW, most: int = 1000) -> None:
    """Send all that is owed. `outcomes`: by contact, where it is not accepted."""
    running = runner(db, now=now)
    offered = commit(db, running, wanted=most, now=now).offered
    done = [Settlement(o, (outcomes or {}).get(o.contact or 0, OK)) for o in offered]
    commit(db, running, done, claim=0, now=now)
    commit(db, running, claim=1, now=now)  # so that what is over is finished


def delivery_of(db: Database, contact: int, of: int | None = None) -> int:
    """The number of a contact's newest delivery."""
    d = deliveries.c
    query = select(d.id).where(d.contact_id == contact).order_by(d.id.desc())
    query = query.where(d.mailing_id == of) if of else query
    return db.read(lambda c: c.execute(query).scalars().first())  # type: ignore[return-value]


def letter(raw: bytes | None = None, message_id: str = "") -> Received:
    """A mail as it lies in the mailbox: another each time, unless its bytes are given."""
    raw = raw if raw is not None else f"mejl {next(_mails)}".encode()
    return Received(hashlib.sha256(raw).hexdigest(), message_id, len(raw))


def bounce(delivery: int | None, hardness: Hardness = Hardness.hard, **more: Any) -> Reading:
    status = {"hard": "5.1.1", "soft": "4.2.2", "ours": "5.7.1"}[hardness]
    return Reading(Kind.bounce, delivery, hardness=hardness, **({"status": status} | more))


def come(
    db: Database, keys: Keys, reading: Reading, mail: Received | None = None, now: datetime = NOW + timedelta(hours=1)
) -> Taken:
    """Take one mail, as the reader of the mailbox does."""
    one = mail or letter()
    return db.write(lambda c: take(db, c, keys, ZONE, one, reading, now))


def state(db: Database, delivery: int) -> tuple[str, str | None]:
    d = deliveries.c
    row = db.read(lambda c: c.execute(select(d.state, d.reason).where(d.id == delivery)).one())
    return row.state, row.reason


def changes(db: Database, contact: int | None = None) -> list[str]:
    """What has been changed, in order."""
    query = select(consequences.c.what).order_by(consequences.c.id)
    query = query.where(consequences.c.contact_id == contact) if contact else query
    return list(db.read(lambda c: c.execute(query).scalars()))


def score_of(db: Database, contact: int) -> int:
    from mailer.feedback import store_points

    return db.read(lambda c: store_points.standing(c, key_of(db, contact)))


def key_of(db: Database, contact: int) -> str:
    query = select(contacts.c.address_key).where(contacts.c.id == contact)
    return str(db.read(lambda c: c.execute(query).scalar_one()))


def probe_states(db: Database, contact: int) -> list[str]:
    query = select(probes.c.state).where(probes.c.address_key == key_of(db, contact)).order_by(probes.c.id)
    return list(db.read(lambda c: c.execute(query).scalars()))


def days_of_points(db: Database) -> list[tuple[str, int]]:
    query = select(points.c.day, points.c.weight).where(points.c.gone_at.is_(None)).order_by(points.c.day)
    return [(day.isoformat(), weight) for day, weight in db.read(lambda c: c.execute(query).all())]


def move_contact(db: Database, contact: int, at: datetime, **values: Any) -> None:
    """The register has learnt something new of the contact."""
    db.write(lambda c: c.execute(update(contacts).where(contacts.c.id == contact).values(updated_at=at, **values)))
