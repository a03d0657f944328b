"""The door to the register's tables: finding, stopping, and what is known of one contact.

Takes   a connection inside a transaction, from `Database.write` or `Database.read`.
Gives   contacts' ids; whether anything changed.
Fails   EditorError when nobody, or more than one, is meant.

What stops mail (resign, leave, suppress, forget) takes the Database too and orders itself against the runner's last
look by itself: once its transaction has committed, nothing is offered that did not see it. No caller can forget to.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from mailer.address import Address, parse_address
from mailer.db import Database
from mailer.errors import BrokenPromise, EditorError, Problem
from mailer.keys import Keys
from mailer.register import consents, erasures, requests
from mailer.register import page_tables as pages
from mailer.register.tables import (
    accesses,
    choices,
    contacts,
    imports,
    leaves,
    list_entries,
    rests,
    suppressions,
    wishes,
)

REASONS = ("complaint", "hard_bounce", "erasure", "person")  # of a suppression
WAYS = ("code", "mail", "person", "import")  # of a leave


def find_contact(connection: Connection, text: str) -> int:
    """The id of the contact meant by a member number, an address, or `#` and an id."""
    written = text.strip()
    ids = find_contacts(connection, written)
    if not ids:
        raise EditorError(
            Problem(
                "",
                f"ingen i registret är ”{written}”.",
                "Skriv e-postadressen, medlemsnumret eller # och kontaktens id.",
            )
        )
    if len(ids) > 1:
        names = ", ".join(f"#{n}" for n in ids)
        raise EditorError(
            Problem("", f"”{written}” är {len(ids)} personer: {names}.", f"Skriv vem, till exempel ”#{ids[0]}”.")
        )
    return ids[0]


def find_contacts(connection: Connection, written: str) -> list[int]:
    """Everybody who may be meant. EditorError on what has an @ and is no address."""
    if written.startswith("#"):
        number = int(written[1:]) if written[1:].isascii() and written[1:].isdigit() else 0
        condition = contacts.c.id == (number if number < 1 << 63 else 0)
    elif "@" in written:
        try:
            condition = func.lower(contacts.c.address) == parse_address(written).normal
        except ValueError as why:
            raise EditorError(
                Problem("", f"{why}.", "Skriv e-postadressen, medlemsnumret eller # och kontaktens id.")
            ) from why
    else:
        condition = contacts.c.number == written
    return list(connection.execute(select(contacts.c.id).where(condition).order_by(contacts.c.id)).scalars())


def number_of(connection: Connection, contact_id: int) -> str:
    """The contact's member number; ”” without one."""
    return connection.execute(select(contacts.c.number).where(contacts.c.id == contact_id)).scalar_one() or ""


def resign(db: Database, connection: Connection, contact_id: int, now: datetime) -> bool:
    """Gone from the member register: out of everything from this moment. False when it was so already."""
    db.last_look(connection, wish=True)
    open_ = (contacts.c.id == contact_id) & contacts.c.resigned_at.is_(None)
    return connection.execute(update(contacts).where(open_).values(resigned_at=now, updated_at=now)).rowcount == 1


def is_resigned(connection: Connection, contact_id: int) -> bool:
    """Whether the contact is gone from the member register."""
    query = select(contacts.c.resigned_at).where(contacts.c.id == contact_id)
    return connection.execute(query).scalar_one() is not None


def leave(db: Database, connection: Connection, contact_id: int, list_key: str, how: str, now: datetime) -> bool:
    """Stop one list, or all (ALL_LISTS). False when it was stopped already: leaving twice is leaving once."""
    if how not in WAYS:
        raise BrokenPromise(f"ingen kan tacka nej på sättet {how}")
    db.last_look(connection, wish=True)
    if has_left(connection, contact_id, list_key):
        return False
    connection.execute(insert(leaves).values(contact_id=contact_id, list=list_key, how=how, at=now))
    return True


def has_left(connection: Connection, contact_id: int, list_key: str) -> bool:
    """Whether the contact has a standing leave from exactly this list, or from ALL_LISTS."""
    return connection.execute(select(leaves.c.id).where(_standing(contact_id, list_key))).first() is not None


def standing_leaves(connection: Connection, contact_id: int) -> tuple[str, ...]:
    """The lists the contact has left and not asked for again; ALL_LISTS first when it is among them."""
    standing = (leaves.c.contact_id == contact_id) & leaves.c.undone_at.is_(None)
    return tuple(sorted(set(connection.execute(select(leaves.c.list).where(standing)).scalars())))


def undo_leave(connection: Connection, contact_id: int, list_key: str, now: datetime) -> bool:
    """The contact wants the list again; that it was once left is kept. False when there was nothing to undo."""
    return connection.execute(update(leaves).where(_standing(contact_id, list_key)).values(undone_at=now)).rowcount > 0


def suppress(db: Database, connection: Connection, address_key: str, reason: str, now: datetime) -> bool:
    """Nobody writes to this address again. False when it was so already; the first reason stands."""
    if reason not in REASONS:
        raise BrokenPromise(f"en adress kan inte spärras av skälet {reason}")
    db.last_look(connection, wish=True)
    if suppression_of(connection, address_key):
        return False
    connection.execute(insert(suppressions).values(address_key=address_key, reason=reason, at=now))
    return True


def unsuppress(connection: Connection, address_key: str) -> bool:
    """The address may be written to again. False when it was not suppressed."""
    return connection.execute(delete(suppressions).where(suppressions.c.address_key == address_key)).rowcount > 0


def suppression_of(connection: Connection, address_key: str | None) -> dict[str, Any] | None:
    """Why and since when the address is suppressed, or None."""
    query = select(suppressions.c.reason, suppressions.c.at).where(suppressions.c.address_key == address_key)
    row = connection.execute(query).first()
    return dict(row._mapping) if row else None


def address_key_of(connection: Connection, contact_id: int) -> str | None:
    """The key of the contact's address, or None when there is no address."""
    key: str | None = connection.execute(select(contacts.c.address_key).where(contacts.c.id == contact_id)).scalar_one()
    return key


def record_access(connection: Connection, who: str, what: str, contact_id: int | None, now: datetime) -> None:
    """Somebody of the staff has looked: at one person, or (None) at more than one."""
    connection.execute(insert(accesses).values(at=now, who=who[:200], what=what[:200], contact_id=contact_id))


def ever_imported(connection: Connection, lists: Iterable[str]) -> frozenset[str]:
    """Which of the lists have got any file, whole or not."""
    query = select(imports.c.list).where(imports.c.list.in_(list(lists))).distinct()
    return frozenset(connection.execute(query).scalars())


def lists_of(connection: Connection, contact_id: int) -> frozenset[str]:
    """The lists the contact stands on."""
    query = select(list_entries.c.list).where(list_entries.c.contact_id == contact_id)
    return frozenset(connection.execute(query).scalars())


def last_whole_import(connection: Connection, lists: Iterable[str]) -> dict[str, datetime | None]:
    """When each list last got a whole file; None: never."""
    wanted = list(lists)
    query = (
        select(imports.c.list, func.max(imports.c.at))
        .where(imports.c.whole, imports.c.list.in_(wanted))
        .group_by(imports.c.list)
    )
    found: dict[str, datetime] = {key: at for key, at in connection.execute(query)}
    return {key: found.get(key) for key in wanted}


def about(connection: Connection, contact_id: int) -> dict[str, Any]:
    """Everything the register holds of one person, for the person (GDPR article 15)."""
    person = connection.execute(select(contacts).where(contacts.c.id == contact_id)).one()
    of = {
        "lists": select(list_entries.c.list, list_entries.c.since).where(list_entries.c.contact_id == contact_id),
        "leaves": select(leaves.c.list, leaves.c.at, leaves.c.how, leaves.c.undone_at).where(
            leaves.c.contact_id == contact_id
        ),
        "rests": select(rests.c.list, rests.c.until, rests.c.at, rests.c.how, rests.c.undone_at).where(
            rests.c.contact_id == contact_id
        ),
        "choices": select(choices.c.what, choices.c.which, choices.c.value, choices.c.at).where(
            choices.c.contact_id == contact_id
        ),
        "wishes": select(wishes.c.at, wishes.c.how, wishes.c.undone_at).where(wishes.c.contact_id == contact_id),
        "accesses": select(accesses.c.at, accesses.c.who, accesses.c.what).where(accesses.c.contact_id == contact_id),
    }
    f, v = pages.fresh_links.c, pages.visits.c
    of |= {
        "fresh_links": select(f.made_at, f.expires_at, f.used_at, f.new_shown).where(f.contact_id == contact_id),
        "visits": select(v.began_at, v.expires_at).where(v.contact_id == contact_id),
    }
    found: dict[str, Any] = {"contact": dict(person._mapping)}
    for name, query in of.items():
        found[name] = [dict(row._mapping) for row in connection.execute(query.order_by(*query.selected_columns))]
    found["consents"] = consents.of_contact(connection, contact_id)
    found["requests"] = requests.of_contact(connection, contact_id)
    return found | {"suppression": suppression_of(connection, person.address_key)}


def forget(db: Database, connection: Connection, contact_id: int, keys: Keys, now: datetime) -> None:
    """Erase the contact. What stays: that nobody writes to the address, unless another contact has it too.

    Call after the outbox has forgotten: its deliveries point here. That staff has looked stays, without at whom.
    """
    c = contacts.c
    query = select(c.address, c.address_before, c.number).where(c.id == contact_id)
    address, before, number = connection.execute(query).one()
    asked = requests.first_asked(connection, contact_id, "erasure")
    erasures.remember(connection, keys, address, number, asked or now)
    erasures.remember(connection, keys, before, None, asked or now)
    for one in {address, before} - {None}:  # an import brings back the one she had before
        _forget_address(db, connection, contact_id, one, keys, now)
    connection.execute(update(accesses).where(accesses.c.contact_id == contact_id).values(contact_id=None))
    for table in (pages.fresh_links, pages.visits, pages.requests, pages.consents):
        connection.execute(delete(table).where(table.c.contact_id == contact_id))
    for table in (wishes, choices, rests, leaves, list_entries):
        connection.execute(delete(table).where(table.c.contact_id == contact_id))
    connection.execute(delete(contacts).where(contacts.c.id == contact_id))


def _forget_address(
    db: Database, connection: Connection, contact_id: int, address: str, keys: Keys, now: datetime
) -> None:
    """What was typed with the address on pages open to all; and nobody writes to it, unless it is another's too."""
    key = Address(address, address).key(keys)
    same = (contacts.c.address_key == key) | (func.lower(contacts.c.address) == address.lower())
    shared = select(contacts.c.id).where(contacts.c.id != contact_id, same)
    if not connection.execute(shared.limit(1)).first():
        suppress(db, connection, key, "erasure", now)
    for typed in (pages.wanted, pages.signups):
        connection.execute(delete(typed).where(func.lower(typed.c.address) == address.lower()))
    connection.execute(delete(pages.signups).where(pages.signups.c.address_key == key))  # confirmed, and emptied
    r = pages.requests.c
    connection.execute(delete(pages.requests).where(r.contact_id.is_(None), r.address_key == key))  # ”join” names it


def _standing(contact_id: int, list_key: str) -> Any:
    return (leaves.c.contact_id == contact_id) & (leaves.c.list == list_key) & leaves.c.undone_at.is_(None)
