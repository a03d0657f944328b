"""What follows from one mail that counts, written down piece by piece so that each can be taken back.

Takes   the mail, entered, with its Reading and its delivery; a transaction that has taken the last look.
Gives   rows in `consequences`, and what they say has been done.
Fails   never by itself.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, func, select, update

from mailer.address import parse_address
from mailer.db import Database
from mailer.feedback import ours, store_points
from mailer.feedback.meaning import Hardness, Kind, Reading
from mailer.feedback.store_notes import is_to_staff, note
from mailer.keys import Keys
from mailer.outbox.states import delivery_step
from mailer.outbox.store import wave
from mailer.outbox.tables import deliveries, mailings
from mailer.register import store as register
from mailer.register.tables import ALL_LISTS, contacts

OPT_OUT = "opt-out"  # a feedback report that is no complaint but a leave


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail that counts. `row`: its delivery, as `store._row` reads it."""

    received: int
    reading: Reading
    row: Row[Any]
    keys: Keys
    zone: ZoneInfo
    now: datetime


def follow(db: Database, connection: Connection, mail: Mail) -> None:
    """Everything that follows from the mail."""
    {Kind.bounce: _bounce, Kind.complaint: _complain, Kind.leave: _leave, Kind.reply: _reply}[mail.reading.kind](
        db, connection, mail
    )


def _note(connection: Connection, mail: Mail, what: str, **more: Any) -> int:
    row = mail.row
    of = {"delivery_id": row.id, "mailing_id": row.mailing_id, "contact_id": row.contact_id}
    return note(connection, what, mail.now, received_id=mail.received, **(of | more))


def _bounce(db: Database, connection: Connection, mail: Mail) -> None:
    hardness = mail.reading.hardness or Hardness.soft
    before, after = delivery_step("bounce")
    d = deliveries.c
    values = {"state": after, "reason": hardness.value, "settled_at": func.coalesce(d.settled_at, d.first_attempt_at)}
    gone = update(deliveries).where(d.id == mail.row.id, d.state.in_(before))
    # What the relay said when it took the message is no reason any more: the report's words stand in its place.
    said = {"reply_code": None, "reply_text": ours.without_addresses(mail.reading.status, mail.reading.text) or None}
    connection.execute(gone.values(**values, **said, reply_status=mail.reading.status[:16] or None, runner_id=None))
    _note(connection, mail, "bounced", word=hardness.value)
    if hardness is Hardness.ours:
        _note(connection, mail, "alarmed", word=ours.shortened(mail.reading.status, mail.reading.text))
        if (probe := store_points.probe_of(connection, mail.row.id)) is not None:  # it says nothing of her address
            store_points.step(connection, probe.id, "drop", mail.now)
        return
    if mail.row.kind != "notice":
        _weigh(db, connection, mail, hardness)
        if hardness is Hardness.hard and (why := wave.stop_if_many(connection, mail.row.mailing_id)):
            _note(connection, mail, "paused", contact_id=None, word=why)
    elif (probe := store_points.probe_of(connection, mail.row.id)) is not None:
        store_points.answer(db, connection, probe, hardness, mail.now, received_id=mail.received)
    else:
        _note(connection, mail, "alarmed", word=ours.about_a_notice(mail.reading.status, mail.reading.text))


def _weigh(db: Database, connection: Connection, mail: Mail, hardness: Hardness) -> None:
    key = _address_key(connection, mail)
    if key is None or mail.row.contact_id is None:
        return
    of = {"received_id": mail.received, "delivery_id": mail.row.id, "mailing_id": mail.row.mailing_id}
    day = mail.now.astimezone(mail.zone).date()
    store_points.add(connection, key, mail.row.contact_id, hardness, day, mail.now, **of)


def _address_key(connection: Connection, mail: Mail) -> str | None:
    """The key of the address that failed; None when it may be another than the contact has now.

    A delivery does not say which address it went to. A contact that has been changed since is held to account only
    when the report names the address she has now.
    """
    c = contacts.c
    person = connection.execute(select(c.address_key, c.updated_at).where(c.id == mail.row.contact_id)).one_or_none()
    if person is None or person.address_key is None:
        return None
    if mail.row.went_at is not None and person.updated_at <= mail.row.went_at:
        return str(person.address_key)
    named = _named(mail)
    return named if named == person.address_key else None


def _complain(db: Database, connection: Connection, mail: Mail) -> None:
    """The address is suppressed at once, and the list is left: a new address does not take the complaint back."""
    if mail.reading.status == OPT_OUT:
        _stop(db, connection, mail, ALL_LISTS)
        return
    key = _complaining(connection, mail)
    if key is not None and register.suppress(db, connection, key, "complaint", mail.now):
        _note(connection, mail, "suppressed", address_key=key, word="complaint")
    if mail.row.list:
        _stop(db, connection, mail, mail.row.list)


def _complaining(connection: Connection, mail: Mail) -> str | None:
    """The key of the address that complained: of the one the report names when she has been changed since the message
    went, else of the one she has now. A report is written by others, so it may not name somebody else's address.
    """
    if mail.row.contact_id is None:
        return _word(mail.row.address_key)
    c = contacts.c
    query = select(c.address_key, c.updated_at).where(c.id == mail.row.contact_id)
    if (person := connection.execute(query).one_or_none()) is None:
        return None
    if mail.row.went_at is not None and person.updated_at > mail.row.went_at:
        named = _named(mail)
        if named is not None and not _is_somebodys(connection, named):
            return named
    return _word(person.address_key)


def _word(value: Any) -> str | None:
    return None if value is None else str(value)


def _is_somebodys(connection: Connection, key: str) -> bool:
    """Whether a contact has the address now, or the house has written to it as to one of its own people."""
    d = deliveries.c
    has = select(contacts.c.id).where(contacts.c.address_key == key)
    told = select(d.id).join(mailings, mailings.c.id == d.mailing_id).where(d.address_key == key, is_to_staff())
    return any(connection.execute(query.limit(1)).first() is not None for query in (has, told))


def _named(mail: Mail) -> str | None:
    """The key of the address that the mail names; None when it names none."""
    try:
        return parse_address(mail.reading.address).key(mail.keys)
    except ValueError:
        return None


def _leave(db: Database, connection: Connection, mail: Mail) -> None:
    """One list, or all. A notice belongs to no list: who wants to stop it means all."""
    _stop(db, connection, mail, ALL_LISTS if mail.reading.leaves == "all" else mail.row.list or ALL_LISTS)


def _stop(db: Database, connection: Connection, mail: Mail, list_key: str) -> None:
    contact = mail.row.contact_id
    if contact is not None and register.leave(db, connection, contact, list_key, "mail", mail.now):
        _note(connection, mail, "left", word=list_key)


def _reply(db: Database, connection: Connection, mail: Mail) -> None:
    """She writes: so mail reaches her. A person is given her words (verbs/consequences.py)."""
    _note(connection, mail, "handed")
    key = mail.row.address_key
    if mail.row.contact_id is not None:
        key = register.address_key_of(connection, mail.row.contact_id)
    if key is not None:
        store_points.reset(connection, [key], mail.now, received_id=mail.received, contact_id=mail.row.contact_id)
