"""What the clock does for the calendar that goes out: remembers what the folder says, when it says something new.

Takes   the opened house.
Gives   how many dates are remembered otherwise than before.
Fails   AdminError when the folder is missing; EditorError when a list is.

Never done by a page: who reads the calendar changes nothing, and gets what was last remembered.
"""

from datetime import timedelta
from pathlib import Path

from sqlalchemy import Connection

from mailer.bookings import store
from mailer.bookings.calendar import AHEAD, KEPT, Date, Folder, changes, date_of
from mailer.content.events import Event, upcoming
from mailer.content.stamps import look_of, read_stamps
from mailer.house import House
from mailer.issue.gates import Addressed, gates_of
from mailer.issue.public import is_public
from mailer.register.lists import read_lists
from mailer.render.archive import prose
from mailer.verbs import prepare, seen
from mailer.verbs.changes import REST_S, REST_SIMULATED_S

# home -> what its folders looked like when nothing was left to remember: most ticks end there.
_quiet: dict[Path, str] = {}


def remember(house: House) -> int:
    """Remember what is new. A folder in which nothing has happened costs a listing; a home without pages nothing."""
    if not house.settings.web.address:
        return 0
    look = (
        f"{house.here().date()} {look_of([*read_stamps(house.content).values(), *read_stamps(house.lists).values()])}"
    )
    if _quiet.get(house.home) == look:
        return 0
    found = seen.look(house)
    folder, now = _folder(house, found), house.clock.now()
    rest = timedelta(seconds=REST_SIMULATED_S if house.clock.is_simulated else REST_S)

    def write(connection: Connection) -> tuple[int, bool]:
        changed = changes(store.read_dates(connection), folder, now, rest)
        store.write_dates(connection, changed)
        store.forget_old(connection, now)
        waits = any(date.missing_since for date in store.read_dates(connection).values())
        return len(changed), waits

    count, waits = house.db.write(write)
    if waits or found.folder.unsettled:
        _quiet.pop(house.home, None)
    else:
        _quiet[house.home] = look
    return count


def _folder(house: House, found: seen.Seen) -> Folder:
    """Whose dates are for everybody, whose are not, and which files say nothing that can be read."""
    own = [event for event in found.content.events if not event.is_foreign]
    known, _ = prepare.known_readers(house, tuple(read_lists(house.lists)))
    gates = gates_of([Addressed(e.path, e.readers, is_opinion=False) for e in own], known)
    public = [event for event in own if is_public(event.path, event.readers, gates)]
    return Folder(
        tuple(date for event in public for date in _dates(house, event)),
        {event.path for event in own} - {event.path for event in public},
        {seen.path_of(problem.where) for problem in found.content.problems},
    )


def _dates(house: House, event: Event) -> list[Date]:
    now, association = house.clock.now(), house.settings.association.name
    html = prose(event.body, 4)
    near = upcoming([event], now - KEPT, now + AHEAD)
    return [date_of(occurrence, association, html, getattr(event, "kind", ""), now) for occurrence in near]
