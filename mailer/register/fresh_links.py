"""Fresh links, and the visits they open: my pages are for one who has just read the mail at her own address.

Takes   a connection inside a transaction, a token (128 random bits, as an argument), the time now.
Gives   whose link or visit it is; None for a token that opens nothing, whatever the reason.
Fails   never.

Only hashes are kept, and looked up by the index of the database: what the time of that could tell is about the hash
of what was sent, and that is no step towards a token.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from mailer.address import Address
from mailer.register.page_tables import fresh_links, visits

LIVES = timedelta(minutes=30)
VISIT = timedelta(minutes=30)
# Mails with links to one address: whoever knows an address can ask for them, and she should not be pestered.
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
A_DAY = 5
LONGEST_TOKEN = 64  # characters; longer ones are not even hashed


def hash_of(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def may_mail(connection: Connection, address_key: str, now: datetime, most_a_day: int = A_DAY) -> bool:
    """Whether one more mail with links may go to the address: one an hour, `most_a_day` in 24 hours."""
    f = fresh_links.c
    mails = select(func.count(func.distinct(f.made_at)), func.max(f.made_at))
    number, last = connection.execute(mails.where(f.address_key == address_key, f.made_at > now - DAY)).one()
    return number < most_a_day and (last is None or last <= now - HOUR)


def make(
    connection: Connection,
    token: str,
    contact_id: int,
    address_key: str,
    now: datetime,
    new: Address | None = None,
) -> None:
    """A link for the contact. With `new` it confirms that address; else it opens my pages."""
    connection.execute(
        insert(fresh_links).values(
            token_hash=hash_of(token), contact_id=contact_id, address_key=address_key,
            new_address=new.ascii if new else None, new_shown=new.shown if new else None,
            made_at=now, expires_at=now + LIVES,
        )
    )  # fmt: skip


def find(connection: Connection, token: str, now: datetime) -> Row[Any] | None:
    """The link, while it may be used. Looking uses nothing up: a scanner looks at everything."""
    if len(token) > LONGEST_TOKEN:
        return None
    return connection.execute(select(fresh_links).where(_alive(token, now))).one_or_none()


def used(connection: Connection, token: str) -> Row[Any] | None:
    """The link, when it has been used."""
    if len(token) > LONGEST_TOKEN:
        return None
    f = fresh_links.c
    of = (f.token_hash == hash_of(token)) & f.used_at.is_not(None)
    return connection.execute(select(fresh_links).where(of)).one_or_none()


def use(connection: Connection, token: str, now: datetime) -> Row[Any] | None:
    """The link, used up by this: of fifty at once, one gets it."""
    if len(token) > LONGEST_TOKEN:
        return None
    taken = update(fresh_links).where(_alive(token, now)).values(used_at=now).returning(*fresh_links.c)
    return connection.execute(taken).one_or_none()


def begin_visit(connection: Connection, token: str, contact_id: int, now: datetime) -> None:
    """Her browser has the token; until VISIT from now it is her."""
    connection.execute(
        insert(visits).values(
            token_hash=hash_of(token), contact_id=contact_id, began_at=now, expires_at=now + VISIT,
        )
    )  # fmt: skip


def visitor(connection: Connection, token: str, now: datetime) -> int | None:
    """Whose visit it is, while it lasts."""
    if not token or len(token) > LONGEST_TOKEN:
        return None
    alive = (visits.c.token_hash == hash_of(token)) & (visits.c.expires_at > now)
    found: int | None = connection.execute(select(visits.c.contact_id).where(alive)).scalar_one_or_none()
    return found


def end_visit(connection: Connection, token: str) -> None:
    """She is done, on this machine."""
    connection.execute(delete(visits).where(visits.c.token_hash == hash_of(token)))


def end_all(connection: Connection, contact_id: int) -> None:
    """Her address is another: whoever reads the old one may open nothing more."""
    connection.execute(delete(visits).where(visits.c.contact_id == contact_id))
    unused = (fresh_links.c.contact_id == contact_id) & fresh_links.c.used_at.is_(None)
    connection.execute(update(fresh_links).where(unused).values(expires_at=fresh_links.c.made_at))


def purge(connection: Connection, now: datetime) -> None:
    """What is over is deleted; links when they no longer count against the limit of a day."""
    connection.execute(delete(visits).where(visits.c.expires_at <= now))
    connection.execute(delete(fresh_links).where(fresh_links.c.made_at <= now - DAY))


def _alive(token: str, now: datetime) -> Any:
    f = fresh_links.c
    return (f.token_hash == hash_of(token)) & f.used_at.is_(None) & (f.expires_at > now)
