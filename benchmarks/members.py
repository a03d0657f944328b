"""A register of any size by plain inserts, and a letter to all of it that is approved: for the benchmarks alone.

Takes   a database and how many.
Gives   the number of the mailing, not planned yet.
Fails   never.
"""

from datetime import UTC, datetime

from sqlalchemy import Connection, insert

from mailer.audience.rule import Rule, Source
from mailer.db import Database
from mailer.outbox.store import mailings
from mailer.register.tables import contacts, list_entries
from mailer.render.rendering import Rendering

NOW = datetime(2024, 5, 10, 7, 0, tzinfo=UTC)
MEMBERS = Source("medlemmar", "Medlemmar", "du är medlem", "medlemsregistret")
AT_ONCE = 20_000


def register(db: Database, number: int) -> None:
    """Members 1, 2, 3, … with an address each."""
    for first in range(1, number + 1, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, number + 1))
        db.write(lambda c, numbers=numbers: _add(c, numbers))


def _add(connection: Connection, numbers: range) -> None:
    at = NOW
    people = [
        {
            "id": n,
            "number": f"{n:07d}",
            "first_name": f"Åsa{n}",
            "last_name": "Öberg",
            "address": f"medlem{n}@vallentuna.example",
            "address_shown": f"medlem{n}@vallentuna.example",
            "address_key": f"{n:032x}",
            "created_at": at,
            "updated_at": at,
        }
        for n in numbers
    ]
    connection.execute(insert(contacts), people)
    connection.execute(insert(list_entries), [{"list": MEMBERS.key, "contact_id": n, "since": at} for n in numbers])


def letter(db: Database, number: int, name: str = "brev/1") -> int:
    """A letter to all members, approved."""
    rendering = Rendering("alla", "V Aktuellt", "<p>Hej!</p>", "Hej!\n")
    proposal = mailings.Proposal(name, "letter", "V Aktuellt", Rule((MEMBERS,)), (rendering,))

    def write(connection: Connection) -> int:
        mailing = mailings.propose(connection, proposal, NOW)
        mailings.approve(connection, mailings.read(connection, mailing), "Bo", "bench", NOW, number, None)
        return mailing

    return db.write(write)


__all__ = ["MEMBERS", "NOW", "letter", "register"]
