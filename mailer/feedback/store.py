"""The door to what has come back: one mail is taken in one transaction, with all that follows from it.

Takes   a connection inside a write transaction; the mail's hash, its Reading, the moment now.
Gives   where the mail is to be put, and what it was.
Fails   never by itself.

However often the same mail comes, by whatever way, it counts once; of one delivery one bounce and one complaint count.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, case, func, not_, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from mailer.db import Database
from mailer.feedback import store_points, weighing
from mailer.feedback.meaning import Kind, Reading
from mailer.feedback.store_consequences import Mail, follow
from mailer.feedback.store_notes import is_to_staff, reply_name
from mailer.feedback.tables import consequences, probes, received
from mailer.feedback.weighing import Folder, Subject
from mailer.keys import Keys
from mailer.outbox.store import notices
from mailer.outbox.tables import deliveries, mailings
from mailer.register.tables import contacts

# Those that change nothing need not wait for the runner, nor make it wait.
_CHANGES = (Kind.bounce, Kind.complaint, Kind.leave, Kind.reply)


@dataclass(frozen=True, slots=True)
class Received:
    """One mail as it lay in the mailbox. `hash`: of its bytes, 64 hexadecimal digits; `size`: of all of it, bytes."""

    hash: str
    message_id: str
    size: int


@dataclass(frozen=True, slots=True)
class Taken:
    """`folder`: where to put the mail; ”” with `later`: leave it, and take it again at the next round.

    `is_new`: it had not been taken before. `ignored`: why it changed nothing (weighing.WHY), else ””.
    """

    folder: Folder
    is_new: bool
    kind: Kind
    later: bool = False
    ignored: str = ""


def take(
    db: Database,
    connection: Connection,
    keys: Keys,
    zone: ZoneInfo,
    letter: Received,
    reading: Reading,
    now: datetime,
) -> Taken:
    """Write down one mail and all its consequences. Call it in a transaction of its own; twice is once.

    `zone`: the association's, for what counts once a day.
    """
    if reading.kind in _CHANGES and reading.delivery is not None:
        db.last_look(connection, wish=True)  # before any row is locked: the runner takes the lock first too
    if known := _known(connection, letter, reading):
        return _taken(known)
    row = _row(connection, reading)
    verdict = weighing.weigh(reading, _subject(connection, row, reading, now) if row else None, now)
    if verdict.later:
        return Taken("", False, reading.kind, later=True)
    number = _enter(connection, letter, reading, row, verdict.ignored, now)
    if number is None:  # another process was faster by a moment
        known = _known(connection, letter, reading)
        assert known is not None
        return _taken(known)
    if row is not None and not verdict.ignored:
        follow(db, connection, Mail(number, reading, row, keys, zone, now))
    return Taken(verdict.folder, True, reading.kind, ignored=verdict.ignored)


def _mark(letter: Received, reading: Reading) -> str:
    """What tells a mail from all others when its bytes do not: servers on the way may add a line."""
    if not letter.message_id:
        return letter.hash
    whole = f"{letter.message_id.strip()}\0{reading.delivery}\0{reading.kind}"
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()


def _known(connection: Connection, letter: Received, reading: Reading) -> Any:
    r = received.c
    same = or_(r.hash == letter.hash, r.mark == _mark(letter, reading))
    return connection.execute(select(r.kind, r.ignored).where(same).limit(1)).first()


def _taken(known: Any) -> Taken:
    ignored = known.ignored or ""
    return Taken(weighing.folder_of(ignored), False, Kind(known.kind), ignored=ignored)


def _row(connection: Connection, reading: Reading) -> Any:
    """The delivery, held until the transaction ends, with its mailing."""
    if reading.delivery is None:
        return None
    d, m = deliveries.c, mailings.c
    query = (
        select(
            d.id, d.state, d.doubts, func.coalesce(d.contact_id, _of_notice()).label("contact_id"), d.list,
            d.address_key, d.mailing_id, m.kind, is_to_staff().label("to_staff"),
            func.coalesce(d.settled_at, d.first_attempt_at).label("went_at"),
        )
        .join(mailings, m.id == d.mailing_id)
        .where(d.id == reading.delivery)
    )  # fmt: skip
    if reading.kind in _CHANGES:
        query = query.with_for_update(of=deliveries)
    return connection.execute(query).one_or_none()


def _of_notice() -> Any:
    """Whose a notice to a member is: whom it asked, or the only one who has the address it went to."""
    d, p, c = deliveries.c, probes.c, contacts.c
    asked = select(func.max(p.contact_id)).where(p.delivery_id == d.id).scalar_subquery()
    alone = select(func.max(c.id)).where(c.address_key == d.address_key).having(func.count() == 1).scalar_subquery()
    return case((and_(mailings.c.kind == "notice", not_(is_to_staff())), func.coalesce(asked, alone)), else_=None)


def _subject(connection: Connection, row: Any, reading: Reading, now: datetime) -> Subject:
    r = received.c
    counted = select(func.count()).where(r.delivery_id == row.id, r.kind == reading.kind, r.ignored.is_(None))
    return Subject(
        row.id,
        row.state,
        row.doubts,
        row.kind,
        row.contact_id,
        row.went_at,
        connection.execute(counted).scalar_one() > 0,
        connection.execute(counted.where(r.at > now - weighing.A_DAY)).scalar_one(),
        bool(row.to_staff),
    )


def _enter(
    connection: Connection, letter: Received, reading: Reading, row: Any, ignored: str, now: datetime
) -> int | None:
    """The mail's number; None when it is there already."""
    is_for_a_person = reading.kind is Kind.reply and not ignored
    values = {
        "hash": letter.hash,
        "mark": _mark(letter, reading),
        "at": now,
        "size": letter.size,
        "kind": reading.kind,
        "hardness": reading.hardness,
        "status": reading.status[:16],
        "ignored": ignored or None,
        "delivery_id": row.id if row else None,
        "contact_id": row.contact_id if row else None,
        "text": _clean(reading.text) if is_for_a_person else None,
        "subject": _clean(reading.subject)[:200] if is_for_a_person else None,
        "from_address": _clean(reading.from_address)[:254] if is_for_a_person else None,
        "dmarc": (reading.dmarc or None) if is_for_a_person else None,
    }
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(received).values(**values).on_conflict_do_nothing().returning(received.c.id)
    return connection.execute(new).scalar_one_or_none()


def _clean(text: str) -> str:
    """As a database takes it: no NUL, no half characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def about(connection: Connection, contact: int) -> list[dict[str, Any]]:
    """Everything that came back about a contact and what followed, for the contact to read."""
    r, n, m, d = received.c, consequences.c, mailings.c, deliveries.c
    title = select(m.title).join(deliveries, d.mailing_id == m.id).where(d.id == r.delivery_id).scalar_subquery()
    mails = select(r.at, r.kind, r.status, r.ignored, title.label("title"), r.text).where(r.contact_id == contact)
    title = select(m.title).where(m.id == n.mailing_id).scalar_subquery()
    changes = select(n.id, n.at, n.what, n.number, n.word, title.label("title"), n.undone_at).where(
        n.contact_id == contact
    )
    found = [*connection.execute(mails.order_by(r.id)), *connection.execute(changes.order_by(n.id))]
    return sorted((dict(row._mapping) for row in found), key=lambda one: one["at"])


def forget(connection: Connection, contact: int, now: datetime) -> None:
    """Cut every tie to a contact. Her words go, here and where a person was given them; that mail came back stays.

    Call before the register forgets.
    """
    r, n = received.c, consequences.c
    handed = connection.execute(select(r.id).where(r.contact_id == contact, r.kind == Kind.reply)).scalars().all()
    for number in handed:
        notices.unsay(connection, reply_name(number), now)
    gone = {"contact_id": None, "text": None, "subject": None, "from_address": None}
    connection.execute(update(received).where(r.contact_id == contact).values(**gone))
    key = connection.execute(select(contacts.c.address_key).where(contacts.c.id == contact)).scalar_one_or_none()
    store_points.forget(connection, contact, key, now)
    cut = update(consequences).where(n.contact_id == contact)
    connection.execute(cut.values(contact_id=None, address_key=None))
