"""What a member asks of a person: to correct, to erase a member, to change an address in the register outside.

Takes   a connection inside a transaction, the time now.
Gives   requests with the day they are to be answered by: one month (GDPR article 12.3).
Fails   EditorError for a number that is no open request.
"""

from calendar import monthrange
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from mailer.errors import EditorError, Problem
from mailer.register.page_tables import requests

KINDS = {
    "correction": "rätta en uppgift",
    "erasure": "radera en medlem",
    "address": "ändra adressen i medlemsregistret",
    "join": "en spärrad adress vill ha utskicken igen",
    "gone": "se efter i medlemsregistret: någon har sagt i telefon att medlemmen är död eller inte är medlem längre",
    "post": "se efter postadressen i medlemsregistret: ett brev till medlemmen kom tillbaka",
}
LONGEST = 1000  # characters of a correction
MOST_CORRECTIONS = 5  # open ones of one contact: a person reads them
REMIND = timedelta(days=7)  # before the day


def a_month_from(now: datetime) -> datetime:
    """The same day of the next month, or its last (Regulation 1182/71 article 3.2 c)."""
    year, month = (now.year + 1, 1) if now.month == 12 else (now.year, now.month + 1)
    return now.replace(year=year, month=month, day=min(now.day, monthrange(year, month)[1]))


def ask(
    connection: Connection, kind: str, contact_id: int | None, text: str, now: datetime, address_key: str | None = None
) -> int | None:
    """The number of the new request; None when exactly this is asked for already: pressed twice is asked once."""
    c = requests.c
    who = c.contact_id == contact_id if contact_id is not None else c.address_key == address_key
    same = select(c.id).where(who, c.kind == kind, c.text == text, c.done_at.is_(None))
    if connection.execute(same.limit(1)).first() is not None:
        return None
    new = insert(requests).values(
        kind=kind, contact_id=contact_id, address_key=address_key, text=text, at=now, due_at=a_month_from(now)
    )
    return int(connection.execute(new.returning(c.id)).scalar_one())


def first_that_day(connection: Connection, request: Row[Any], midnight: datetime) -> int:
    """The number of her first request of the kind since the midnight before this one."""
    c = requests.c
    same = (c.contact_id == request.contact_id) & (c.kind == request.kind) & (c.at >= midnight) & (c.id <= request.id)
    return int(connection.execute(select(func.min(c.id)).where(same)).scalar_one())


def still_open(connection: Connection, contact_id: int | None = None) -> list[Row[Any]]:
    """Those that nobody has answered, oldest first; of one contact, or all."""
    c = requests.c
    query = select(requests).where(c.done_at.is_(None)).order_by(c.due_at, c.id)
    return list(connection.execute(query.where(c.contact_id == contact_id) if contact_id is not None else query))


def read(connection: Connection, number: int) -> Row[Any]:
    """An open request."""
    found = connection.execute(select(requests).where(requests.c.id == number, requests.c.done_at.is_(None)))
    if (row := found.one_or_none()) is None:
        raise EditorError(Problem(f"begäran {number}", "finns inte, eller är redan klar.", "Se: mailer requests"))
    return row


def finish(connection: Connection, number: int, who: str, now: datetime) -> None:
    """Somebody has done what was asked, or answered why not."""
    read(connection, number)
    done = update(requests).where(requests.c.id == number).values(done_at=now, done_by=who[:200])
    connection.execute(done)


def of_contact(connection: Connection, contact_id: int) -> list[dict[str, Any]]:
    """Everything she has asked for, for herself to read."""
    c = requests.c
    query = select(c.kind, c.text, c.at, c.due_at, c.done_at).where(c.contact_id == contact_id).order_by(c.id)
    return [dict(row._mapping) for row in connection.execute(query)]


def first_asked(connection: Connection, contact_id: int, kind: str) -> datetime | None:
    """When she first asked for it and nobody had answered."""
    c = requests.c
    query = select(func.min(c.at)).where(c.contact_id == contact_id, c.kind == kind, c.done_at.is_(None))
    found: datetime | None = connection.execute(query).scalar_one()
    return found
