"""Fresh links: mailed to the registered address, good for one use within 30 minutes; what they open.

Takes   the opened house; a Wanted that the clock has taken; a token from a link.
Gives   whether anything was mailed; whose pages are opened, and the token of the visit.
Fails   EditorError for what is no new address.

An address that is suppressed gets a link too, once a day: whoever asks for it reads the mail there, and the right to
see what is stored (GDPR article 15) is not lost by a bounce or a complaint about something else.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup
from sqlalchemy import Connection, Row, delete, select, update

from mailer import maillog
from mailer.address import Address
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.languages import LANGUAGES, Language, language_of, say
from mailer.outbox.store import notices
from mailer.register import fresh_links, membership, requests, store
from mailer.register.page_tables import wanted
from mailer.register.tables import contacts
from mailer.render.notice import render_notice
from mailer.render.rendering import Rendering
from mailer.render.templates import open_templates
from mailer.verbs import links
from mailer.verbs.say import digest

TOKEN_BYTES = 16  # 128 bits
SUPPRESSED_A_DAY = 1  # mails to an address that nobody writes to otherwise


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody has typed on a page."""

    id: int
    address: Address
    language: Language
    first_name: str
    lists: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class Opened:
    """A link that was used. `visit`: the token of the visit, ”” when the link confirmed an address."""

    contact_id: int
    visit: str


def answer(house: House, one: Wanted) -> bool:
    """Mail the links; nothing to an address that is nobody's, or has had its mails."""
    key, now = one.address.key(house.keys), house.clock.now()
    people = house.db.read(lambda c: _people(c, key))
    tokens = [secrets.token_urlsafe(TOKEN_BYTES) for _ in people]
    rendering = _mail(house, one.language, people, tokens) if people else None

    def work(connection: Connection) -> bool:
        if connection.execute(delete(wanted).where(wanted.c.id == one.id)).rowcount != 1:
            return False  # another process was faster
        most = SUPPRESSED_A_DAY if store.suppression_of(connection, key) else fresh_links.A_DAY
        if rendering is None or not fresh_links.may_mail(connection, key, now, most):
            return False
        for person, token in zip(people, tokens, strict=True):
            fresh_links.make(connection, token, person.id, key, now)
        # To the address as the register has it: of two spellings that we hold for one, a server may think otherwise.
        registered = Address(people[0].address, people[0].address_shown or people[0].address)
        return _notify(connection, registered, key, rendering, now, tokens)

    return house.db.write(work)


def ask_to_change(house: House, contact_id: int, new: Address, language: Language) -> None:
    """Mail a link to the new address; until it is used nothing is changed. EditorError when it is hers already."""
    key, now, token = new.key(house.keys), house.clock.now(), secrets.token_urlsafe(TOKEN_BYTES)
    if house.db.read(lambda c: store.address_key_of(c, contact_id)) == key:
        raise EditorError(Problem("", "Det är den adress du har.", "Skriv den nya."))
    url = _url(house, language, token)
    rendering = _render(house, language, "new_address", link=url)

    def work(connection: Connection) -> None:
        most = SUPPRESSED_A_DAY if store.suppression_of(connection, key) else fresh_links.A_DAY
        if fresh_links.may_mail(connection, key, now, most):
            fresh_links.make(connection, token, contact_id, key, now, new)
            _notify(connection, new, key, rendering, now, [token])

    house.db.write(work)


def find(house: House, token: str) -> str:
    """What the link would do: open, address; ”” when it does nothing. Changes nothing."""
    row = house.db.read(lambda c: fresh_links.find(c, token, house.clock.now()))
    return "" if row is None else "address" if row.new_address else "open"


def was_opened_by(house: House, token: str, contact_id: int) -> bool:
    """Whether the link was that contact's, and has opened her pages."""
    row = house.db.read(lambda c: fresh_links.used(c, token))
    return row is not None and row.contact_id == contact_id and row.new_address is None


def use(house: House, token: str) -> Opened | None:
    """Use the link up. Of several at once, one gets it."""
    now, visit = house.clock.now(), secrets.token_urlsafe(TOKEN_BYTES)
    members = membership.readable_members_lists(house.lists)
    told = {language: _farewell(house, language) for language in LANGUAGES}

    def work(connection: Connection) -> Opened | None:
        row = fresh_links.use(connection, token, now)
        if row is None:
            return None
        if row.new_address:
            _change(house, connection, row, members, told, now)
            return Opened(row.contact_id, "")
        fresh_links.begin_visit(connection, visit, row.contact_id, now)
        return Opened(row.contact_id, visit)

    opened = house.db.write(work)
    if opened is not None:
        maillog.opened(opened.contact_id, "address" if not opened.visit else "visit")
    return opened


def _farewell(house: House, language: Language) -> Rendering:
    """To the address that mail went to before: if it was not she who asked, that is where she reads of it."""
    contact = house.settings.responsible.contact or house.settings.sender.reply_to
    return _render(house, language, "address_changed", contact=contact)


def _change(
    house: House,
    connection: Connection,
    row: Row[Any],
    members: Sequence[str] | None,
    told: Mapping[Language, Rendering],
    now: datetime,
) -> None:
    """Her address is the new one from now. Of a member the register outside is the master: a person is asked to change
    it there. Until then its old one does not come back by an import, to any list: an import that did not know her by it
    would make her somebody new, who has said no to nothing. She has shown where her mail is read."""
    new, c = Address(row.new_address, row.new_shown or row.new_address), contacts.c
    key = new.key(house.keys)
    of = select(c.address, c.address_shown, c.address_key, c.address_before, c.language).where(c.id == row.contact_id)
    was = connection.execute(of).one()
    changed: dict[str, Any] = {"address": new.ascii, "address_shown": new.shown, "address_key": key}
    changed |= {"address_problem": None, "updated_at": now}
    is_member = membership.is_member(connection, row.contact_id, members)
    if is_member or store.ever_imported(connection, store.lists_of(connection, row.contact_id)):
        changed["address_before"] = was.address_before or (was.address.lower() if was.address else None)
    if is_member:
        requests.ask(connection, "address", row.contact_id, f"{was.address_shown or '–'} → {new.shown}", now)
    connection.execute(update(contacts).where(c.id == row.contact_id).values(**changed))
    stands = store.suppression_of(connection, key)
    if stands and stands["reason"] in ("hard_bounce", "erasure"):  # mail does come there, and she wants it there
        store.unsuppress(connection, key)
    fresh_links.end_all(connection, row.contact_id)
    if was.address:
        name, old = f"{notices.TO_MEMBERS}/adress/{row.id}", Address(was.address, was.address_shown or was.address)
        notices.notify(connection, name, old, was.address_key, told[language_of(was.language)], now)


def _people(connection: Connection, key: str) -> list[Row[Any]]:
    """Everybody with the address: a household may share one."""
    c = contacts.c
    query = select(c.id, c.first_name, c.last_name, c.address, c.address_shown).where(c.address_key == key)
    return list(connection.execute(query.order_by(c.id)))


def _mail(house: House, language: Language, people: Sequence[Row[Any]], tokens: Sequence[str]) -> Rendering:
    """One mail, with a link for each."""
    urls = [_url(house, language, token) for token in tokens]
    named = [(_called(language, p, n), url) for n, (p, url) in enumerate(zip(people, urls, strict=True), 1)]
    return _render(house, language, "fresh_link", people=named)


def _called(language: Language, person: Row[Any], number: int) -> str:
    return person.first_name or person.last_name or say(language, "Person %(number)s", number=number)


def _url(house: House, language: Language, token: str) -> Markup:
    return links.page(house, language, f"/oppna/{token}")


def _render(house: House, language: Language, name: str, **values: Any) -> Rendering:
    foot = say(language, "Systemmejl från %(name)s.", name=house.settings.association.name)
    return render_notice(
        open_templates(house.home), name, house.settings, language, foot,
        association=house.settings.association.name, **values,
    )  # fmt: skip


def _notify(
    connection: Connection, to: Address, key: str, rendering: Rendering, now: datetime, tokens: Sequence[str]
) -> bool:
    """In the outbox for as long as the link lives; asked for just now, so it goes to a suppressed address too."""
    name = f"{notices.TO_MEMBERS}/länk/{digest(*tokens)}"
    return notices.notify(connection, name, to, key, rendering, now, fresh_links.LIVES, even_suppressed=True)
