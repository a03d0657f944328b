"""Erase a person: every room forgets her, in one transaction (GDPR article 17).

Takes   the opened house; a member number, an address or `#id`; or, from her own page, the contact.
Gives   what was done, or who has been asked.
Fails   EditorError when nobody, or more than one, is meant; when a message to her is on its way this very second.

The surveys forget first, then the outbox, then what came back, last the register, whose contacts the others point at.
What stays: that nobody writes to the address (a keyed hash), unless another contact has it; figures, so
that balances close; when she asked (keyed hashes again), for the day an import brings her back. Backups keep her until
they are thrown away.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, select

from mailer import maillog
from mailer.address import Address
from mailer.errors import EditorError
from mailer.feedback import store as feedback
from mailer.house import House
from mailer.outbox import store as outbox
from mailer.outbox.store import control
from mailer.register import membership, requests, store
from mailer.register.tables import contacts
from mailer.surveys import privacy as surveys
from mailer.verbs.say import digest
from mailer.words import count

# gone: at once. soon: a message to her is on its way; the clock erases her when it has come. asked: a person is to.
Erased = Literal["gone", "soon", "asked"]


@dataclass(frozen=True, slots=True)
class Forgotten:
    """`is_member`: she stands in the member register outside, and comes back with the next import from it."""

    contact_id: int
    is_member: bool
    deliveries: int
    shared: bool  # another contact has the address: mail to that one goes on
    dry_run: bool
    shown: str  # name, number and address: the wrong one cannot be brought back
    has_asked: bool  # by herself
    code: str  # what a person repeats to say that it is this one


def preview(house: House, who: str) -> Forgotten:
    """Whom it would be; that somebody has seen it is recorded."""
    found = forget(house, who, dry_run=True)
    house.db.write(lambda c: store.record_access(c, house.os_user, "forget", found.contact_id, house.clock.now()))
    return found


def forget(house: House, who: str, dry_run: bool = False) -> Forgotten:
    """Committed when this returns, and gone from the file and its log."""
    members = membership.members_lists(house.lists)

    def look(connection: Connection) -> Forgotten:
        contact_id = store.find_contact(connection, who)
        key = store.address_key_of(connection, contact_id)
        others = select(contacts.c.id).where(contacts.c.id != contact_id, contacts.c.address_key == key)
        shown = _shown(connection, contact_id)
        return Forgotten(
            contact_id,
            membership.is_member(connection, contact_id, members),
            len(outbox.about(connection, contact_id)),
            key is not None and connection.execute(others.limit(1)).first() is not None,
            dry_run,
            shown,
            requests.first_asked(connection, contact_id, "erasure") is not None,
            digest(str(contact_id), shown)[:6],
        )

    def work(connection: Connection) -> Forgotten:
        found = look(connection)
        all_rooms(house, connection, found.contact_id, house.clock.now())
        return found

    if dry_run:
        return house.db.read(look)
    done = house.db.write(work)
    maillog.erased(done.contact_id, True)
    house.db.scrub()
    return done


def all_rooms(house: House, connection: Connection, contact_id: int, now: datetime) -> bool:
    """Every room's `forget`, in the order that their tables point at each other. False: somebody was faster."""
    house.db.last_look(connection, wish=True)
    c = contacts.c
    found = connection.execute(select(c.address, c.address_before).where(c.id == contact_id)).one_or_none()
    if found is None:
        return False
    surveys.forget(connection, house.db, contact_id, now)
    outbox.forget(connection, contact_id, now)
    for address in {*found} - {None}:
        others = select(c.id).where(c.id != contact_id, c.address_key == Address(address, address).key(house.keys))
        if connection.execute(others.limit(1)).first() is None:
            control.forget_address(connection, address, now)
    feedback.forget(connection, contact_id, now)
    store.forget(house.db, connection, contact_id, house.keys, now)
    return True


def erase(house: House, contact_id: int) -> Erased:
    """As she wishes, from her own page: at once, or for a member by a person, who has a month. While a list's file is
    broken nobody is taken for no member: the clock erases who is none when it is mended."""
    members = membership.readable_members_lists(house.lists)

    def work(connection: Connection) -> bool:
        if connection.execute(select(contacts.c.id).where(contacts.c.id == contact_id)).first() is None:
            return False  # pressed twice at once: she is gone
        is_member = membership.is_member(connection, contact_id, members)
        requests.ask(connection, "erasure", contact_id, "", house.clock.now())
        return is_member

    if house.db.write(work):
        maillog.erased(contact_id, False)
        return "asked"
    return "gone" if _now(house, contact_id) else "soon"


def finish(house: House) -> int:
    """Erase those who have asked and are no members, or no longer are; how many."""
    asked = [r.contact_id for r in house.db.read(requests.still_open) if r.kind == "erasure" and r.contact_id]
    if not asked:
        return 0
    members = membership.members_lists(house.lists)
    gone = house.db.read(lambda c: [n for n in asked if not membership.is_member(c, n, members)])
    return sum(_now(house, contact_id) for contact_id in gone)


def words(result: Forgotten) -> list[str]:
    """The lines to print."""
    who = f"#{result.contact_id}"
    if result.dry_run:
        what = f"med {count(result.deliveries, 'leverans', 'leveranser')}. Det går inte att ångra."
        lines = [f"{result.shown} ({who}) skulle raderas ur allt, {what}"]
        asked = "Personen har själv bett om det." if result.has_asked else "Personen har inte bett om det på sin sida."
        lines += [asked, f"Stämmer det: mailer forget '{who}' --accept {result.code}"]
    else:
        lines = [f"{who} är raderad. Avstämningarna av gamla utskick går ihop ändå."]
    if result.shared:
        lines.append("Någon annan har samma e-postadress och får sina utskick som förut.")
    if result.is_member:
        lines.append("Ta bort personen ur medlemsregistret också; annars är hon tillbaka med nästa import.")
    return lines


def _shown(connection: Connection, contact_id: int) -> str:
    c = contacts.c
    row = connection.execute(
        select(c.first_name, c.last_name, c.number, c.address_shown).where(c.id == contact_id)
    ).one()
    named = f"{row.first_name} {row.last_name}".strip()
    return ", ".join(part for part in (named, row.number and f"nr {row.number}", row.address_shown) if part)


def _now(house: House, contact_id: int) -> bool:
    """False while a message to her is on its way: what waits is taken back at once, so that nothing more follows."""
    now = house.clock.now()
    try:
        was_there = house.db.write(lambda c: all_rooms(house, c, contact_id, now))
    except EditorError:
        house.db.write(lambda c: control.withdraw_all(c, house.db, contact_id, now))
        return False
    if was_there:
        maillog.erased(contact_id, True)
        house.db.scrub()
    return True
