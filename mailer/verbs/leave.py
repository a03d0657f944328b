"""Note that somebody does not want a list, or anything; or wants it again after all.

Takes   the opened house; a code from a mail, or a member number, an address or `#id`; a list's key or ”alla”.
Gives   who, which list, and whether it was so already.
Fails   EditorError when nobody, more than one, or no list is meant.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from mailer import codes
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.register import store
from mailer.register.lists import read_lists
from mailer.register.tables import ALL_LISTS
from mailer.words import listing

ALL_WORDS = ("alla", "all", ALL_LISTS)


@dataclass(frozen=True, slots=True)
class Left:
    """`list_name` is ”alla utskick” for all. `undone`: wants it again."""

    contact_id: int
    list_key: str
    list_name: str
    already: bool
    dry_run: bool
    undone: bool = False


def leave(house: House, who_or_code: str, list_or_all: str | None = None, dry_run: bool = False) -> Left:
    """Committed when this returns: nothing is offered afterwards. A code knows its own list; a person must name one."""
    return _leave(house, who_or_code, list_or_all, dry_run, undo=False)


def undo(house: House, who_or_code: str, list_or_all: str | None = None, dry_run: bool = False) -> Left:
    """The contact has asked for the list again. That it was once left is kept."""
    return _leave(house, who_or_code, list_or_all, dry_run, undo=True)


def words(result: Left) -> list[str]:
    """The lines to print."""
    who, what = f"#{result.contact_id}", result.list_name
    if result.already:
        return [
            f"{who} hade inte tackat nej till {what}." if result.undone else f"{who} hade redan tackat nej till {what}."
        ]
    if result.dry_run:
        change = "åter få" if result.undone else "sluta få"
        return [f"{who} skulle {change} {what}. Inget är sparat (--dry-run)."]
    return [f"{who} får åter {what}." if result.undone else f"{who} har tackat nej till {what} och får inga fler brev."]


def _leave(house: House, who_or_code: str, list_or_all: str | None, dry_run: bool, undo: bool) -> Left:
    names = {key: one.name for key, one in read_lists(house.lists).items()} | {ALL_LISTS: "alla utskick"}
    delivery = codes.read_leave_code(house.keys, who_or_code)

    def work(connection: Connection) -> Left:
        contact_id, list_key = _whose(connection, who_or_code, delivery, list_or_all, names)
        now = house.clock.now()
        if dry_run:
            done = store.has_left(connection, contact_id, list_key) == undo
        elif undo:
            done = store.undo_leave(connection, contact_id, list_key, now)
        else:
            how = "person" if delivery is None else "code"
            done = store.leave(house.db, connection, contact_id, list_key, how, now)
        return Left(contact_id, list_key, names.get(list_key, list_key), not done, dry_run, undo)

    return house.db.read(work) if dry_run else house.db.write(work)


def _whose(
    connection: Connection,
    who_or_code: str,
    delivery: int | None,
    list_or_all: str | None,
    names: dict[str, str],
) -> tuple[int, str]:
    """The contact and the list. A list whose file is gone since the mail was sent can still be left."""
    if delivery is None:
        return store.find_contact(connection, who_or_code), _list_key(list_or_all, names)
    from mailer.outbox.store import contact_and_list_of

    found = contact_and_list_of(connection, delivery)
    if found is None:
        raise EditorError(
            Problem("", "koden är riktig, men mottagaren finns inte kvar i registret.", "Inget behöver göras.")
        )
    contact_id, list_key = found
    return contact_id, _list_key(list_or_all, names) if list_or_all else list_key


def _list_key(list_or_all: str | None, names: dict[str, str]) -> str:
    if list_or_all in ALL_WORDS:
        return ALL_LISTS
    if list_or_all is None or list_or_all not in names:
        what = "det saknas vilken lista det gäller." if list_or_all is None else f"listan ”{list_or_all}” finns inte."
        known = [key for key in names if key != ALL_LISTS]
        raise EditorError(Problem("", what, f"Skriv {listing([*known, 'alla'], 'eller')}."))
    return list_or_all
