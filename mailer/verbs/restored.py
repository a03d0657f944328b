"""What a home has now that an older backup of it has not: what a person should know before it is replaced.

Takes   two databases, opened to be read.
Gives   how many rows of what a person would miss; the words for the difference.
Fails   with the driver's error when one cannot be read.
"""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from mailer import words
from mailer.outbox.states import Delivery
from mailer.outbox.tables import deliveries, mailings
from mailer.register.tables import contacts, leaves, suppressions
from mailer.surveys.box.tables import ballots, responses

SHOWN = 500  # erased contacts that are named by their number; whoever is not named is not erased again

COUNTED = {
    "contacts": select(func.count()).select_from(contacts),
    "planned": select(func.count()).select_from(mailings).where(mailings.c.planned_at.is_not(None)),
    "accepted": select(func.count()).select_from(deliveries).where(deliveries.c.state == Delivery.ACCEPTED),
    "leaves": select(func.count()).select_from(leaves),
    "suppressions": select(func.count()).select_from(suppressions),
    "responses": select(func.count()).select_from(responses),
    "ballots": select(func.count()).select_from(ballots),
}
WORDS = {
    "planned": ("utskick har planerats", "utskick har planerats"),
    "accepted": ("mejl har skickats, och kan gå en gång till", "mejl har skickats, och kan gå en gång till"),
    "leaves": ("nej har kommit", "nej har kommit"),
    "suppressions": ("adress har spärrats", "adresser har spärrats"),
    "responses": ("svar med namn har kommit", "svar med namn har kommit"),
    "ballots": ("svarssedel har kommit", "svarssedlar har kommit"),
}


@dataclass(frozen=True, slots=True)
class Rows:
    """The number of rows by what they are, and the contacts' own numbers."""

    numbers: Mapping[str, int]
    contacts: frozenset[int]

    @property
    def has_people(self) -> bool:
        return bool(self.contacts or self.numbers["planned"])


def of_file(file: sqlite3.Connection) -> Rows:
    """Of a SQLite file. A table that an older release had not has no rows."""

    def one(sql: str) -> int:
        try:
            return int(file.execute(sql).fetchone()[0])
        except sqlite3.OperationalError as why:
            if "no such" in str(why):
                return 0
            raise

    ids = file.execute("SELECT name FROM sqlite_master WHERE name = 'contacts'").fetchone()
    known = frozenset(number for (number,) in file.execute("SELECT id FROM contacts")) if ids else frozenset()
    return _rows(one, known)


def of_postgres(connection: Connection) -> Rows:
    """Of PostgreSQL, with this release's tables."""
    known = frozenset(connection.execute(select(contacts.c.id)).scalars())
    return _rows(lambda sql: int(connection.exec_driver_sql(sql).scalar_one()), known)


def difference(now: Rows, then: Rows) -> list[str]:
    """Since the backup: what has come, and who is gone and would come back."""
    more = {what: now.numbers[what] - then.numbers[what] for what in WORDS}
    lines = [f"Sedan kopian: {words.count(n, *WORDS[what])}." for what, n in more.items() if n > 0]
    back = sorted(then.contacts - now.contacts)
    if back:
        named = ", ".join(map(str, back[:SHOWN])) + (" …" if len(back) > SHOWN else "")
        people = words.count(len(back), "person har raderats", "personer har raderats")
        lines.append(f"Sedan kopian: {people} och kommer tillbaka. Radera igen med mailer forget: {named}.")
    return lines or ["Inget har kommit till sedan kopian."]


def _rows(one: Callable[[str], int], known: frozenset[int]) -> Rows:
    literal = {"literal_binds": True}
    return Rows({what: one(str(query.compile(compile_kwargs=literal))) for what, query in COUNTED.items()}, known)
