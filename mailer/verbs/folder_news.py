"""What the clock does about the editors' folder: mistakes, receipts, and the question whether its sync has stopped.

Takes   the opened house.
Gives   notices in the outbox, each said once.
Fails   AdminError when the folder is missing; EditorError when a list or a group is.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection

from mailer.content import folder_store as store
from mailer.content.stamps import Stamp, look_of, read_stamps
from mailer.house import House
from mailer.verbs import mistakes, receipts, seen, stopped
from mailer.verbs.seen import Seen

# home -> what its folder looked like when nothing was left to say: most ticks end there, without opening a file.
_quiet: dict[Path, str] = {}


def tell(house: House, since: Mapping[str, datetime]) -> None:
    """Say what is new. A folder in which nothing has happened costs a listing.

    `since`: series -> its first moment here; an issue that was to be sent before it is nobody's to make.
    """
    stamps = read_stamps(house.content)
    look = _as_it_looks(house, stamps)
    if _quiet.get(house.home) != look:
        if _tell_all(house, seen.look(house, stamps), since):
            _quiet[house.home] = look
        else:
            _quiet.pop(house.home, None)
    stopped.ask(house, since)


def _tell_all(house: House, found: Seen, since: Mapping[str, datetime]) -> bool:
    """Whether nothing is left to say."""
    if _is_first(house, found):
        return False
    if not found.folder.unsettled:  # what the house has just made is known as its own in a moment
        now = house.clock.now()
        house.db.write(lambda c: store.note_signs(c, found.copy, now))
    is_told = mistakes.tell(house, found)
    return receipts.tell(house, found, since) and is_told


def _is_first(house: House, found: Seen) -> bool:
    """Whether this is the first look ever: what is there by then gets no receipts."""
    if house.db.read(store.read_signs) is not None:
        return False
    there, now = receipts.versions(house, found).items(), house.clock.now()

    def write(connection: Connection) -> bool:
        return store.begin(connection, found.copy, there, now)

    return house.db.write(write)


def _as_it_looks(house: House, stamps: Mapping[str, Stamp]) -> str:
    """The files, the day, and those who are told of them."""
    settings = house.settings
    who = (settings.people, settings.columns, settings.series)
    return f"{house.here().date()} {hash(who)} {look_of(stamps.values())}"
