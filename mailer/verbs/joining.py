"""Joining a list that anybody may join, with double opt-in: a form, a mail, a button.

Takes   the opened house; a Wanted that the clock has taken; the token of the mail's link.
Gives   whether anything was mailed; the names of the lists she has joined.
Fails   EditorError for no list, or one that nobody may join.

Nothing she types stands in the mail: it goes to whomever she says she is. One a day to an address, whatever is asked.

An address that was suppressed because mail bounced, or because its owner was erased, is let free when its owner
confirms: mail does come there, and a new consent is the latest word. One of a complaint, or that somebody here has
suppressed by hand, is let free by a person, who is told: what stands behind it we do not know.

An address may be several people's, and whoever reads its mail can confirm. So she is somebody we know only when the
name she typed is that one's, or when just one at the address stands on that very list; else she is somebody new, and
nothing is changed of the others: what they have left stays left. Two of them at one address get one mail.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from mailer import maillog
from mailer.address import Address
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.languages import Language, language_of, say
from mailer.numbers import anew
from mailer.outbox.store import notices
from mailer.register import choices, consents, erasures, fresh_links, requests, store
from mailer.register.choices import Choices
from mailer.register.definition import List
from mailer.register.lists import read_lists
from mailer.register.page_tables import signups, wanted
from mailer.register.tables import ALL_LISTS, contacts, list_entries
from mailer.render.notice import render_notice
from mailer.render.templates import open_templates
from mailer.verbs import links, wishes
from mailer.verbs.fresh import Wanted
from mailer.verbs.say import digest

LIVES = timedelta(hours=48)
A_DAY = timedelta(days=1)
LIFTED = ("hard_bounce", "erasure")  # of a suppression, by her own confirming


def joinable(house: House) -> dict[str, List]:
    """The lists that anybody may join, by key."""
    return {key: one for key, one in read_lists(house.lists).items() if one.joinable}


def wording(one: List, language: Language) -> str:
    """What she agrees to, in the language where there are words in it."""
    return one.consent_en if language == "en" and one.consent_en else one.consent


def chosen(house: House, keys: Sequence[str]) -> tuple[str, ...]:
    """Those of the keys that may be joined. EditorError when none is."""
    if found := tuple(key for key in joinable(house) if key in keys):
        return found
    raise EditorError(Problem("", "Ingen lista är vald.", "Kryssa i vad du vill ha."))


def answer(house: House, one: Wanted, token: str) -> bool:
    """Mail the link that confirms; or, to one who is on the lists already, that she is."""
    key, now = one.address.key(house.keys), house.clock.now()
    wants = {k: v for k, v in joinable(house).items() if k in one.lists}
    is_known = house.db.read(lambda c: _gets_all(c, key, wants))
    stands = house.db.read(lambda c: store.suppression_of(c, key))
    for_a_person = stands is not None and stands["reason"] not in LIFTED
    name = "join_already" if is_known else "join"
    url = links.page(house, one.language, "/lank" if is_known else f"/bekrafta/{token}")
    association = house.settings.association.name
    foot = say(one.language, "Systemmejl från %(name)s.", name=association)
    rendering = render_notice(
        open_templates(house.home), name, house.settings, one.language, foot, association=association, link=url,
        responsible=house.settings.responsible, names=[v.name for v in wants.values()],
    )  # fmt: skip

    def work(connection: Connection) -> bool:
        if connection.execute(delete(wanted).where(wanted.c.id == one.id)).rowcount != 1 or not wants:
            return False
        recent = select(signups.c.id).where(signups.c.address_key == key, signups.c.made_at > now - A_DAY)
        if connection.execute(recent.limit(1)).first() is not None:
            return False
        _sign_up(connection, one, key, wants, token, now)
        if for_a_person:
            requests.ask(connection, "join", None, one.address.shown, now, key)
            return False
        thing = f"{notices.TO_MEMBERS}/anmälan/{digest(token)}"
        return notices.notify(connection, thing, one.address, key, rendering, now, A_DAY, even_suppressed=True)

    return house.db.write(work)


def find(house: House, token: str) -> tuple[str, ...] | None:
    """The names of the lists that the link is about, while it lives; None when it does nothing. Changes nothing."""
    row = house.db.read(lambda c: _read(c, token, house.clock.now()))
    if row is None:
        return None
    lists = wishes.lists_of(house)
    return tuple(lists[key].name if key in lists else key for key in row.wordings)


def is_confirmed(house: House, token: str) -> bool:
    """Whether the button has been pressed."""
    row = house.db.read(lambda c: _read(c, token, house.clock.now()))
    return row is not None and row.confirmed_at is not None


def confirm(house: House, token: str) -> bool:
    """She is on the lists, with her consent. False when the link does nothing; a second press changes nothing more."""
    now = house.clock.now()

    def work(connection: Connection) -> int | None:
        if (row := _read(connection, token, now)) is None:
            return None
        s = signups.c
        emptied = {"confirmed_at": now, "address": "", "shown": "", "first_name": ""}
        mine = update(signups).where(s.id == row.id, s.confirmed_at.is_(None)).values(**emptied)
        if connection.execute(mine).rowcount != 1:
            return 0
        return _enter(house, connection, row, now)

    contact_id = house.db.write(work)
    if contact_id:
        maillog.joined(contact_id)
    return contact_id is not None


def purge(connection: Connection, now: datetime) -> None:
    """What was never confirmed leaves nothing behind."""
    connection.execute(delete(signups).where(signups.c.expires_at <= now))


def _sign_up(
    connection: Connection, one: Wanted, key: str, wants: Mapping[str, List], token: str, now: datetime
) -> None:
    versions = {k: consents.keep_wording(connection, k, wording(v, one.language), now) for k, v in wants.items()}
    connection.execute(
        insert(signups).values(
            token_hash=fresh_links.hash_of(token), address_key=key, address=one.address.ascii, shown=one.address.shown,
            first_name=one.first_name, wordings=versions, language=one.language, asked_at=one.at, made_at=now,
            expires_at=now + LIVES,
        )
    )  # fmt: skip


def _read(connection: Connection, token: str, now: datetime) -> Row[Any] | None:
    if len(token) > fresh_links.LONGEST_TOKEN:
        return None
    s = signups.c
    found = select(signups).where(s.token_hash == fresh_links.hash_of(token), s.expires_at > now)
    return connection.execute(found).one_or_none()


def _enter(house: House, connection: Connection, row: Row[Any], now: datetime) -> int:
    """The contact, on the lists and with nothing of her own in the way: she has asked for them now."""
    house.db.last_look(connection, wish=True)
    address, language = Address(row.address, row.shown), language_of(row.language)
    named = _named(connection, row)
    whose = {key: named or _alone_on(connection, row, key) for key in row.wordings}
    new = _new(connection, row, language, now) if None in whose.values() else 0
    for key, version in row.wordings.items():
        contact_id = whose[key] or new
        on = _lists_of(connection, contact_id)
        if key not in on:
            connection.execute(insert(list_entries).values(list=key, contact_id=contact_id, since=now))
        consents.agree(connection, contact_id, key, version, language, row.asked_at, now)
        edit = partial(_wanting, key=key, others=on - {*row.wordings}, named=named is not None)
        choices.change(house.db, connection, contact_id, edit, "code", now)
    stands = store.suppression_of(connection, row.address_key)
    if stands and stands["reason"] in LIFTED:
        store.unsuppress(connection, row.address_key)
        erasures.take_back(connection, house.keys, address.normal)
    return contact_id


def _wanting(was: Choices, key: str, others: set[str], named: bool) -> Choices:
    """With the list again. Who had left all, and is known by her name, has still left the others."""
    now = was
    if named and ALL_LISTS in was.left:
        now = now.wanting(ALL_LISTS)
        for other in sorted(others):
            now = now.leaving(other)
    return now.wanting(key).choosing("channel", key, "")


def _named(connection: Connection, row: Row[Any]) -> int | None:
    """The one who has the address and the name. Not one who has left the association: whoever left is out of
    everything, and comes back as somebody new."""
    if not row.first_name:
        return None
    found = [one.id for one in _at_the_address(connection, row) if _is_called(one, row.first_name)]
    return int(found[0]) if len(found) == 1 else None


def _alone_on(connection: Connection, row: Row[Any], key: str) -> int | None:
    """Without a name: the only one at the address who stands on the list. Not when she has left all: that is not said
    of this list, and may be somebody else's word."""
    if row.first_name:
        return None
    found = [one.id for one in _at_the_address(connection, row) if key in _lists_of(connection, one.id)]
    if len(found) != 1 or ALL_LISTS in store.standing_leaves(connection, found[0]):
        return None
    return int(found[0])


def _at_the_address(connection: Connection, row: Row[Any]) -> list[Row[Any]]:
    c = contacts.c
    query = select(c.id, c.first_name).where(c.address_key == row.address_key, c.resigned_at.is_(None))
    return list(connection.execute(query.order_by(c.id)))


def _is_called(one: Row[Any], name: str) -> bool:
    return bool((one.first_name or "").casefold() == name.casefold())


def _new(connection: Connection, row: Row[Any], language: Language, now: datetime) -> int:
    new = insert(contacts).values(
        first_name=row.first_name, last_name="", address=row.address, address_shown=row.shown,
        address_key=row.address_key, language=language, language_chosen=True, created_at=now, updated_at=now,
        **anew(connection, contacts),
    )  # fmt: skip
    return int(connection.execute(new.returning(contacts.c.id)).scalar_one())


def _lists_of(connection: Connection, contact_id: int) -> set[str]:
    query = select(list_entries.c.list).where(list_entries.c.contact_id == contact_id)
    return set(connection.execute(query).scalars())


def _gets_all(connection: Connection, key: str, wants: Mapping[str, List]) -> bool:
    """Whether one who has the address stands on all the lists and has left none of them."""
    c, e = contacts.c, list_entries.c
    on = (
        select(e.contact_id)
        .join(contacts, c.id == e.contact_id)
        .where(c.address_key == key, c.resigned_at.is_(None), e.list.in_(list(wants)))
        .group_by(e.contact_id)
        .having(func.count() == len(wants))
    )
    for contact_id in connection.execute(on).scalars().all():
        if not {*wants, ALL_LISTS} & set(store.standing_leaves(connection, contact_id)):
            return True
    return False
