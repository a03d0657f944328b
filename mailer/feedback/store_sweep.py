"""What time does to points and questions, and what the relay's own refusals add; and what is kept no longer.

Takes   a connection inside a write transaction; the moment now; the association's time zone.
Gives   rows changed, each with its consequence.
Fails   never by itself.

The runner writes nothing for this: a refusal is read from `attempts`, a success from `deliveries`, and only for
addresses that have points.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, delete, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from mailer.db import Database
from mailer.feedback import ours, store_points
from mailer.feedback import probe as probing
from mailer.feedback.meaning import Hardness, Kind
from mailer.feedback.probe import Probe
from mailer.feedback.status import judge
from mailer.feedback.store_notes import note, reply_name
from mailer.feedback.tables import consequences, points, probes, received, rounds
from mailer.feedback.weighing import OLDEST
from mailer.outbox.states import Delivery
from mailer.outbox.store import notices
from mailer.outbox.tables import attempts, deliveries, mailings
from mailer.register.tables import contacts

SUCCESS = timedelta(days=7)  # accepted and not come back for so long: it arrived
KEPT = timedelta(days=365)  # mails, their consequences, people's words; longer than any question of them
BUNCH = 500  # refusals in one transaction
HOURLY, DAILY = timedelta(hours=1), timedelta(days=1)


def count_refusals(db: Database, connection: Connection, zone: ZoneInfo, now: datetime) -> bool:
    """Let the refusals since the last time weigh as bounces do. Whether there are more of them.

    They are read in the order of their numbers, under the lock that no runner writes under: none is passed over.
    """
    before = _upto(connection, "refusals")
    newest = connection.execute(select(func.max(attempts.c.id))).scalar_one() or 0
    if newest <= before:
        return False
    db.last_look(connection, wish=True)
    a, d, m, c = attempts.c, deliveries.c, mailings.c, contacts.c
    query = (
        select(a.id, a.at, a.status, a.code, a.text, d.id.label("delivery"), d.mailing_id, d.contact_id,
               m.kind, c.address_key, c.updated_at)
        .join(deliveries, d.id == a.delivery_id)
        .join(mailings, m.id == d.mailing_id)
        .outerjoin(contacts, c.id == d.contact_id)
        .where(a.id > before, a.id <= newest, a.event == "refuse", a.at > now - OLDEST)
        .order_by(a.id)
        .limit(BUNCH)
    )  # fmt: skip
    rows = connection.execute(query).all()
    alarmed: set[str] = set()
    for row in rows:
        hardness = hardness_of(row.code, row.status, row.text)
        of = {"delivery_id": row.delivery, "mailing_id": row.mailing_id}
        probe = store_points.probe_of(connection, row.delivery) if row.kind == "notice" else None
        if hardness is Hardness.ours:  # ”550 Daily sending limit exceeded”: says nothing about the member
            word = ours.shortened(row.status, row.text)
            if ours.parted(word)[0] not in alarmed:
                alarmed.add(ours.parted(word)[0])
                note(connection, "alarmed", now, word=word, contact_id=row.contact_id, **of)
            if probe is not None:
                store_points.step(connection, probe.id, "drop", now)
        elif row.kind == "notice":
            if probe is not None:
                store_points.answer(db, connection, probe, hardness, now, **of)
        elif row.address_key is not None and row.updated_at <= row.at:  # else she may have another address by now
            day = row.at.astimezone(zone).date()
            store_points.add(connection, row.address_key, row.contact_id, hardness, day, row.at, **of)
    is_full = len(rows) == BUNCH
    _note(connection, "refusals", now, rows[-1].id if is_full else newest)
    return is_full


def hardness_of(code: int, status: str, text: str = "") -> Hardness:
    """How hard a refusal of the recipient is. A full mailbox is soft, whatever the code. RFC 3463 section 3.3.

    Relays of web hosts say ”550” of their own limits and of spam too: what their words say of us is ours.
    """
    if text and judge(status, f"{code} {text}").hardness is Hardness.ours:
        return Hardness.ours
    return Hardness.soft if status.startswith(("5.2.2", "5.2.3", "4.")) or code in (452, 552) else Hardness.hard


def count_successes(db: Database, connection: Connection, now: datetime) -> None:
    """Take away the points of addresses that a later message reached. Once an hour."""
    if not _is_due(connection, "successes", HOURLY, now):
        return
    db.last_look(connection, wish=True)
    p, d, c = points.c, deliveries.c, contacts.c
    arrived = (
        select(p.address_key, func.max(c.id).label("contact"))
        .join(contacts, c.address_key == p.address_key)
        .join(deliveries, d.contact_id == c.id)
        .where(p.gone_at.is_(None), d.state == Delivery.ACCEPTED, d.settled_at <= now - SUCCESS)
        .group_by(p.address_key)
        .having(func.max(d.settled_at) > func.max(p.at))  # what came back after it stands, and its question
        .order_by(p.address_key)
    )
    for key, contact in connection.execute(arrived).all():
        store_points.reset(connection, [key], now, contact_id=contact)
    _note(connection, "successes", now)


def end_questions(db: Database, connection: Connection, now: datetime) -> None:
    """A question that has not come back in seven days has arrived; one that never went out is dropped."""
    p, d = probes.c, deliveries.c
    query = select(p.id, p.address_key, p.contact_id, d.state).join(deliveries, d.id == p.delivery_id)
    silent = and_(d.state == Delivery.ACCEPTED, d.settled_at <= now - probing.SILENCE)
    lost = d.state.in_([Delivery.EXCLUDED, Delivery.EXPIRED, Delivery.WITHDRAWN])
    rows = connection.execute(query.where(p.state == Probe.ASKED, or_(silent, lost)).order_by(p.id)).all()
    if rows:
        db.last_look(connection, wish=True)
    for row in rows:
        if row.state == Delivery.ACCEPTED:
            store_points.reset(connection, [row.address_key], now, contact_id=row.contact_id)
        else:
            store_points.step(connection, row.id, "drop", now)


def purge(connection: Connection, now: datetime) -> None:
    """Delete what is older than a year: mails, people's words, consequences, points. Once a day.

    A suppression and a leave stand; what is lost is which mail they came from. A mail that comes again after a year
    is older than a bounce may be (weighing.OLDEST).
    """
    if not _is_due(connection, "purge", DAILY, now):
        return
    old = now - KEPT
    r, n, p = received.c, consequences.c, probes.c
    handed = select(r.id).where(r.at < old, r.kind == Kind.reply, r.handed_at.is_not(None))
    for number in connection.execute(handed).scalars().all():
        notices.unsay(connection, reply_name(number), now)
    connection.execute(delete(consequences).where(n.at < old))
    still = select(n.received_id).where(n.received_id.is_not(None))
    connection.execute(delete(received).where(r.at < old, r.id.not_in(still)))
    connection.execute(delete(points).where(points.c.at < old))
    connection.execute(delete(probes).where(p.wanted_at < old, p.state.not_in([Probe.WANTED, Probe.ASKED])))
    _note(connection, "purge", now)


def is_anything_due(connection: Connection, now: datetime) -> bool:
    """Whether a sweep has anything to do: a read, so that an idle service writes nothing."""
    newest = connection.execute(select(func.max(attempts.c.id))).scalar_one() or 0
    asked = select(probes.c.id).where(probes.c.state == Probe.ASKED).limit(1)
    return (
        newest > _upto(connection, "refusals")
        or _is_due(connection, "successes", HOURLY, now)
        or connection.execute(asked).first() is not None
    )


def _upto(connection: Connection, name: str) -> int:
    return connection.execute(select(rounds.c.upto).where(rounds.c.name == name)).scalar() or 0


def _is_due(connection: Connection, name: str, every: timedelta, now: datetime) -> bool:
    before = connection.execute(select(rounds.c.at).where(rounds.c.name == name)).scalar()
    return before is None or now - before >= every


def _note(connection: Connection, name: str, now: datetime, upto: int = 0) -> None:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(rounds).values(name=name, at=now, upto=upto)
    connection.execute(new.on_conflict_do_update(index_elements=[rounds.c.name], set_={"at": now, "upto": upto}))
