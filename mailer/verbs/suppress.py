"""Stop all mail to an address, or allow it again.

Takes   the opened house, and an address, a member number or `#id`.
Gives   whether it was so already, and why.
Fails   EditorError when no address is meant.
"""

import shlex
from dataclasses import dataclass

from sqlalchemy import Connection

from mailer.address import parse_address
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.register import store

_WHY = {
    "complaint": "mottagaren anmälde mejlet som skräppost",
    "hard_bounce": "adressen fungerar inte",
    "erasure": "personen har bett att bli raderad",
    "person": "någon i föreningen spärrade den",
}


@dataclass(frozen=True, slots=True)
class Suppressed:
    """`reason` is the one that stands, or stood; `lifted`: mail is allowed again."""

    reason: str
    already: bool
    dry_run: bool
    lifted: bool = False
    lift: str = ""  # the command that allows mail again


def suppress(house: House, who: str, reason: str = "person", dry_run: bool = False) -> Suppressed:
    """Committed when this returns: nothing is offered afterwards. The address need not be in the register."""

    def work(connection: Connection) -> Suppressed:
        key = _key(house, connection, who)
        stands = store.suppression_of(connection, key)
        if not dry_run:
            store.suppress(house.db, connection, key, reason, house.clock.now())
        lift = house.command(f"suppress --undo {shlex.quote(who)}")
        return Suppressed(stands["reason"] if stands else reason, stands is not None, dry_run, lift=lift)

    return house.db.read(work) if dry_run else house.db.write(work)


def unsuppress(house: House, who: str, dry_run: bool = False) -> Suppressed:
    """Mail to the address is allowed again."""

    def work(connection: Connection) -> Suppressed:
        key = _key(house, connection, who)
        stands = store.suppression_of(connection, key)
        if not dry_run:
            store.unsuppress(connection, key)
        return Suppressed(stands["reason"] if stands else "", stands is None, dry_run, lifted=True)

    return house.db.read(work) if dry_run else house.db.write(work)


def words(result: Suppressed) -> list[str]:
    """The lines to print."""
    why = _WHY.get(result.reason, result.reason)
    how = [f"Häv spärren: {result.lift}"] if result.reason == "person" else []  # another reason is not ours to forget
    if result.already:
        return ["Adressen var inte spärrad."] if result.lifted else [f"Adressen var redan spärrad: {why}.", *how]
    if result.dry_run:
        return [f"Adressen skulle {'släppas fri' if result.lifted else 'spärras'}. Inget är sparat (--dry-run)."]
    if result.lifted:
        return [f"Adressen är inte längre spärrad (den var det för att {why})."]
    return [f"Adressen är spärrad: {why}.", *how]


def _key(house: House, connection: Connection, who: str) -> str:
    if "@" in who:
        try:
            return parse_address(who).key(house.keys)
        except ValueError as why:
            raise EditorError(Problem("", f"{why}.", "Skriv hela adressen.")) from why
    contact_id = store.find_contact(connection, who)
    if key := store.address_key_of(connection, contact_id):
        return key
    raise EditorError(Problem("", f"#{contact_id} har ingen e-postadress.", "Det finns inget att spärra."))
