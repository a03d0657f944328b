"""Note that somebody does not want a list, or anything; or wants it again after all.

Takes   the opened house; a code from a mail or the subject line it stands in, or a member number, an address or `#id`;
        a list's key or ”alla”.
Gives   who, which list, whether it was so already, and what else the person has said no to.
Fails   EditorError when nobody, more than one, or no list is meant.
"""

import shlex
from dataclasses import dataclass

from sqlalchemy import Connection

from mailer import codes
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.register import choices, store
from mailer.register.choices import Choices
from mailer.register.lists import read_lists
from mailer.register.tables import ALL_LISTS
from mailer.words import listing

ALL_WORDS = ("alla", "all", ALL_LISTS)
EXAMPLE = "k3v7m2qx5tzb4wfn6yhaed2qpcmi"  # a code as codes.py makes them, of a delivery with a small number


@dataclass(frozen=True, slots=True)
class Left:
    """`list_name` is ”alla utskick” for all. `undone`: wants it again.

    `others`: what else the person has said no to.
    """

    contact_id: int
    list_key: str
    list_name: str
    already: bool
    dry_run: bool
    undone: bool = False
    number: str = ""
    others: tuple[tuple[str, str], ...] = ()  # key, or ”alla”, and what people call it


def leave(house: House, who_or_code: str, list_or_all: str | None = None, dry_run: bool = False) -> Left:
    """Committed when this returns: nothing is offered afterwards. A code knows its own list; a person must name one."""
    return _leave(house, who_or_code, list_or_all, dry_run, undo=False)


def undo(house: House, who_or_code: str, list_or_all: str | None = None, dry_run: bool = False) -> Left:
    """The contact has asked for the list again. That it was once left is kept."""
    return _leave(house, who_or_code, list_or_all, dry_run, undo=True)


def words(result: Left) -> list[str]:
    """The lines to print; the last ones say what still stands in the way of one who wants it again."""
    who = f"Nr {result.number} (#{result.contact_id})" if result.number else f"#{result.contact_id}"
    is_all = result.list_key == ALL_LISTS
    what = result.list_name if is_all else f"listan {result.list_name}"
    if result.already:
        lines = [f"{who} hade {'inte' if result.undone else 'redan'} tackat nej till {what}."]
    elif result.dry_run:
        change = "inte längre ha" if result.undone else "ha"
        lines = [f"{who} skulle {change} tackat nej till {what}. Inget är sparat (--dry-run)."]
    elif result.undone:
        lines = [f"{who} har inte längre tackat nej till {what}."]
    else:
        lines = [f"{who} har tackat nej till {what}.{'' if is_all else ' Andra listor påverkas inte.'}"]
    return lines + _remaining(result) if result.undone else lines


def _remaining(result: Left) -> list[str]:
    """What still stands, one by one, with how it is undone. Another list's leave does not touch this list."""
    who = shlex.quote(result.number or f"#{result.contact_id}")
    return [
        f"Nejet till {name} står kvar. Gäller ångern det också: mailer leave {who} --list {key} --undo"
        for key, name in result.others
        if result.list_key == ALL_LISTS or key == "alla"
    ]


def _leave(house: House, who_or_code: str, list_or_all: str | None, dry_run: bool, undo: bool) -> Left:
    names = {key: one.name for key, one in read_lists(house.lists).items()} | {ALL_LISTS: "alla utskick"}
    delivery = _delivery(house, who_or_code)

    def work(connection: Connection) -> Left:
        contact_id, list_key = _whose(connection, who_or_code, delivery, list_or_all, names)
        now = house.clock.now()
        how = "person" if delivery is None else "code"

        def edit(was: Choices) -> Choices:
            return was.wanting(list_key) if undo else was.leaving(list_key)

        if dry_run:
            done = (list_key in choices.read(connection, contact_id, now).left) == undo
        else:
            done = choices.change(house.db, connection, contact_id, edit, how, now) is not None
        others = tuple(
            ("alla", names[ALL_LISTS]) if key == ALL_LISTS else (key, f"listan {names.get(key, key)}")
            for key in store.standing_leaves(connection, contact_id)
            if key != list_key
        )
        number = store.number_of(connection, contact_id)
        return Left(contact_id, list_key, names.get(list_key, list_key), not done, dry_run, undo, number, others)

    return house.db.read(work) if dry_run else house.db.write(work)


def _delivery(house: House, who_or_code: str) -> int | None:
    """The delivery whose code is among the words: all of the subject may have been pasted. Nobody else can make one."""
    words_ = (word.strip(".,;:!?<>()[]\"'”“’") for word in reversed(who_or_code.split()))
    return next((found for w in words_ if (found := codes.read_leave_code(house.keys, w)) is not None), None)


def _person(connection: Connection, who: str) -> int:
    """The contact; EditorError that speaks of codes too when what was typed may have been meant as one."""
    written = who.strip()
    if "@" in written or written.startswith("#") or store.find_contacts(connection, written):
        return store.find_contact(connection, written)
    what = f"ingen i registret är ”{written}”, och det är ingen kod ur ett mejl härifrån."
    remedy = (
        f"En kod ser ut som {EXAMPLE} och står sist i ämnesraden. "
        "Utan kod: skriv e-postadressen, medlemsnumret eller # och kontaktens id."
    )
    raise EditorError(Problem("", what, remedy))


def _whose(
    connection: Connection,
    who_or_code: str,
    delivery: int | None,
    list_or_all: str | None,
    names: dict[str, str],
) -> tuple[int, str]:
    """The contact and the list. A list whose file is gone since the mail was sent can still be left."""
    if delivery is None:
        return _person(connection, who_or_code), _list_key(list_or_all, names)
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
