"""Note that a member has left the party: out of every list from this moment.

Takes   the opened house, and a member number, an address or `#id`.
Gives   who, and whether it was so already.
Fails   EditorError when nobody, or more than one, is meant.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from mailer.house import House
from mailer.register import store


@dataclass(frozen=True, slots=True)
class Resigned:
    contact_id: int
    already: bool
    dry_run: bool


def resign(house: House, who: str, dry_run: bool = False) -> Resigned:
    """Committed when this returns: nothing is offered to the contact afterwards."""
    if dry_run:
        contact_id, already = house.db.read(lambda c: _look(c, who))
        return Resigned(contact_id, already, True)

    def work(connection: Connection) -> Resigned:
        contact_id = store.find_contact(connection, who)
        return Resigned(contact_id, not store.resign(house.db, connection, contact_id, house.clock.now()), False)

    return house.db.write(work)


def words(result: Resigned) -> list[str]:
    """The lines to print."""
    if result.already:
        return [f"#{result.contact_id} var redan utträdd."]
    if result.dry_run:
        return [f"#{result.contact_id} skulle bli utträdd och inte få några fler utskick. Inget är sparat (--dry-run)."]
    return [
        f"#{result.contact_id} är utträdd och får inga fler utskick.",
        "Ändra också i medlemsregistret; annars kommer personen tillbaka med nästa import.",
    ]


def _look(connection: Connection, who: str) -> tuple[int, bool]:
    contact_id = store.find_contact(connection, who)
    return contact_id, store.is_resigned(connection, contact_id)
