"""What is typed on the pages open to all: an address that wants a link, or wants to join. Put aside at once, done
by the clock a few seconds later.

Takes   the opened house; what was typed, and in which language.
Gives   the same work for everybody, whether the address is known or not: one row.
Fails   EditorError for what is no address, no list or no name; LaterError when too many wait.

An answer that takes longer for those who are known says who is known; and that somebody is a member here is the
secret. So nothing about an address is looked up while its owner, or anybody, waits for the page.
"""

import re
import secrets
from datetime import timedelta

from sqlalchemy import Connection, Table, delete, func, insert, select

from mailer.address import Address, parse_address
from mailer.errors import EditorError, LaterError, Problem
from mailer.house import House
from mailer.languages import Language, language_of
from mailer.register.page_tables import fresh_links, signups, wanted
from mailer.verbs import fresh, joining
from mailer.verbs.fresh import Wanted

MOST_WAITING = 2_000  # rows; whoever comes after them is asked to come back
GIVEN_UP = timedelta(hours=1)  # a link that comes later than this is no longer waited for
# Mails in an hour, of each sort, whoever asks from wherever: what a flood of victims can be sent in our name.
MOST_MAILS = 300
AT_A_TIME = 50
_NAME = re.compile(r"[^\W\d_]+(?:[ '’.-]+[^\W\d_]+)*\.?")
LONGEST_NAME = 60


def put(
    house: House, what: str, typed: str, language: Language, first_name: str = "", lists: tuple[str, ...] = ()
) -> None:
    """One row. `what`: link or join."""
    address, name = address_in(typed), name_in(first_name)
    row = {"what": what, "address": address.ascii, "shown": address.shown, "first_name": name, "lists": list(lists),
           "language": language, "at": house.clock.now()}  # fmt: skip

    def work(connection: Connection) -> bool:
        waiting = connection.execute(select(func.count()).select_from(wanted)).scalar_one()
        if waiting < MOST_WAITING:
            connection.execute(insert(wanted).values(**row))
        return bool(waiting < MOST_WAITING)

    if not house.db.write(work):
        raise LaterError(Problem("sidan", "för många väntar just nu.", "Kom tillbaka om en stund."))


def take(house: House) -> int:
    """Do what waits, oldest first; how many. What the hour has no room for waits on, and is given up in time.

    Links first, and each sort by itself: a flood of strangers who join, or a mistake in a list's file, must not stand
    in the way of one who wants to see what is stored about her.
    """
    if not house.db.read(lambda c: c.execute(select(wanted.c.id).limit(1)).all()):
        return 0
    _give_up(house)
    done = 0
    for one in _oldest(house, "link"):
        done += _has_room(house, fresh_links) and fresh.answer(house, one)
    for one in _oldest(house, "join"):
        done += _has_room(house, signups) and joining.answer(house, one, secrets.token_urlsafe(16))
    return done


def _give_up(house: House) -> None:
    over = wanted.c.at <= house.clock.now() - GIVEN_UP
    if house.db.read(lambda c: c.execute(select(wanted.c.id).where(over).limit(1)).all()):
        house.db.write(lambda c: c.execute(delete(wanted).where(over)))


def _oldest(house: House, what: str) -> list[Wanted]:
    query = select(wanted).where(wanted.c.what == what).order_by(wanted.c.id).limit(AT_A_TIME)
    rows = house.db.read(lambda c: c.execute(query).all())
    return [
        Wanted(r.id, Address(r.address, r.shown), language_of(r.language), r.first_name, tuple(r.lists), r.at)
        for r in rows
    ]


def address_in(typed: str) -> Address:
    """The address. EditorError, in words for the one who typed it."""
    if not typed.rpartition("@")[0].isascii():
        raise EditorError(
            Problem(
                "", "Adressen har å, ä, ö eller ett annat tecken utanför a–z före @. Dit kan vi inte skicka.",
                "Skriv en annan adress.",
            )
        )  # fmt: skip
    try:
        return parse_address(typed)
    except ValueError as why:
        raise EditorError(Problem("", "Det där är ingen e-postadress.", "Se efter att den är rätt skriven.")) from why


def name_in(typed: str) -> str:
    """The first name, or ””. Nothing that can be a web address or a sentence: it will stand in mails."""
    name = " ".join(typed.split())
    if name and (len(name) > LONGEST_NAME or not _NAME.fullmatch(name)):
        raise EditorError(Problem("", "Förnamnet går inte att läsa.", "Skriv det med bokstäver, eller lämna det tomt."))
    return name


def _has_room(house: House, table: Table) -> bool:
    """Whether the hour has room for one more mail of the sort. A household's mail has several links, and is one."""
    since = house.clock.now() - timedelta(hours=1)
    mails = select(table.c.address_key, table.c.made_at).where(table.c.made_at > since).distinct().subquery()
    sent = house.db.read(lambda c: c.execute(select(func.count()).select_from(mails)).scalar_one())
    return bool(sent < MOST_MAILS)
