"""What a member wants of the mailings, said with the link in one of them or on her own pages.

Takes   the opened house; a code from a mail, or who she is; what she wants.
Gives   what stands now, as the pages show it; the number of the wish, by which it is undone.
Fails   EditorError on a day that no rest can end.

A leave must never fail: also when the list's file is gone or broken, when she has resigned, and years later.
"""

from calendar import monthrange
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import Connection, select

from mailer import codes
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.outbox.store.holder import Holder, holder_of
from mailer.register import choices, store
from mailer.register.choices import Choices
from mailer.register.definition import List
from mailer.register.lists import read_lists
from mailer.register.tables import ALL_LISTS, contacts, list_entries
from mailer.settings import Kind
from mailer.words import listing

LONGEST_REST = 12  # months
WRONG_DAY = "Välj en dag från i morgon, högst ett år bort."
PRESETS = (1, 3)  # months: the rests that are one press away
UNDONE = ("leave", "rest", "kind")  # what the link in a mailing may undo: no more than it may do
LIST, KIND = "lista", "sort"  # what a name on the form is a choice of: ”lista-medlemmar”


@dataclass(frozen=True, slots=True)
class Offer:
    """Something she can have or not. `note`: what else to know it by."""

    name: str  # on the form
    words: str
    english: str
    note: str
    is_wanted: bool
    until: date | None = None  # of a rest: the day when it comes again


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands now. `what`: the series that the mail was of, ”” for mail that is none."""

    address: str  # masked
    what: str
    language: str | None
    is_to_members: bool  # the mail was to members: whoever holds it knows that she is one, or was
    is_member: bool
    is_resigned: bool
    is_stopped: bool  # nothing goes to the address, whatever she wants
    has_left: bool
    has_left_all: bool
    until: date | None  # of a rest
    lists: tuple[Offer, ...]
    kinds: tuple[Offer, ...]
    wish: int | None  # the newest, if it stands and can be undone


def holder(house: House, code: str) -> Holder | None:
    """Whose code it is. What is not ours is looked up too, as nobody's: known and unknown take the same time."""
    delivery = codes.read_leave_code(house.keys, code) or 0
    return house.db.read(lambda c: holder_of(c, delivery))


def standing(house: House, whose: Holder) -> Standing | None:
    """What stands now, for the page behind a link in a mail; None when she was forgotten meanwhile.

    Whoever was given the mail has the link too. So it shows no name, the address only in part, and of her lists those
    that members in general are on: never that she is on the board; and that she is a member only when the mail says so.
    """
    known, now = lists_of(house), house.clock.now()

    def look(connection: Connection) -> Standing | None:
        c = contacts.c
        query = select(c.address_shown, c.address, c.address_key, c.language, c.resigned_at)
        person = connection.execute(query.where(c.id == whose.contact_id)).one_or_none()
        if person is None:
            return None
        on = _lists_with(connection, whose.contact_id)
        says = choices.read(connection, whose.contact_id, now)
        newest = choices.newest(connection, whose.contact_id)
        is_to_members = _is_to_members(known, whose.list_key)
        is_undoable = newest is not None and newest.undone_at is None and choices.is_about(newest.changes, UNDONE)
        return Standing(
            mask(person.address_shown or person.address or ""),
            next((s.name for s in house.settings.series if s.key == whose.series), ""),
            person.language,
            is_to_members,
            is_to_members and any(known[key].members for key in on if key in known),
            person.resigned_at is not None,
            store.suppression_of(connection, person.address_key) is not None,
            says.has_left(whose.list_key),
            ALL_LISTS in says.left,
            _day(house, says.rests_until(whose.list_key)),
            _lists_offered(house, known, on, whose.list_key, says),
            kinds_offered(house, says),
            newest.id if newest is not None and is_undoable else None,
        )

    return house.db.read(look)


def leave(house: House, code: str, list_key: str | None = None, how: str = "code") -> bool:
    """Stop the list that the code's mail came through, or the one that is named. False: the code is nobody's.

    Committed when this returns, and nothing is offered afterwards.
    """
    delivery, now = codes.read_leave_code(house.keys, code), house.clock.now()
    if delivery is None:  # a forged code is looked up as nobody's, and never waits for the one who writes
        return house.db.read(lambda c: holder_of(c, 0)) is not None

    def write(connection: Connection) -> bool:
        whose = holder_of(connection, delivery)
        if whose is not None:
            key = list_key or whose.list_key
            choices.change(house.db, connection, whose.contact_id, lambda was: was.leaving(key), how, now)
        return whose is not None

    return house.db.write(write)


def want(house: House, whose: Holder) -> None:
    """The list of the mail again, whatever stood in the way: its leave, a rest, or a leave from all. Of the others
    that a leave from all stopped, none comes back."""

    def edit(was: Choices, on: Collection[str]) -> Choices:
        return was.apart(on).wanting(whose.list_key)

    _change(house, whose, edit)


def rest(house: House, whose: Holder, until: date, is_all: bool = False) -> None:
    """A time-out to the beginning of a day: from the list of the mail, or from all that is voluntary. EditorError on a
    day that is not after today, or more than a year away."""
    moment = end_of_rest(house, until)
    key = ALL_LISTS if is_all else whose.list_key
    _change(house, whose, lambda was, _: was.resting(key, moment))


def end_of_rest(house: House, until: date) -> datetime:
    """The beginning of the day. EditorError on one that is not after today, or more than a year away."""
    today = house.here().date()
    if not today < until <= months_after(today, LONGEST_REST):
        raise EditorError(Problem("paus", "Det går inte att ta paus till den dagen.", WRONG_DAY))
    return datetime.combine(until, time(), house.zone)


def choose(house: House, whose: Holder, shown: Collection[str], ticked: Collection[str]) -> None:
    """What was ticked, of what was shown: names of Offers. What was not shown stays as it is."""
    known = lists_of(house)

    def edit(was: Choices, on: Collection[str]) -> Choices:
        offered = _lists_offered(house, known, on, whose.list_key, was)
        keys = {o.name.partition("-")[2]: o.name in ticked for o in offered if o.name in shown}
        now = was.apart(on) if any(keys.values()) and ALL_LISTS in was.left else was
        for key, is_ticked in keys.items():
            if is_ticked and key in now.left:
                now = now.wanting(key)
            elif not is_ticked and not now.has_left(key):
                now = now.leaving(key)
        for kind in house.settings.kinds:
            name = f"{KIND}-{kind.key}"
            if name in shown:
                now = now.choosing("kind", kind.key, "" if name in ticked else "no")
        return now

    _change(house, whose, edit)


def undo(house: House, whose: Holder, wish: int) -> bool:
    """As it was before the wish. False for one that says more than a link in a mailing may: of paper, say."""
    now = house.clock.now()
    return house.db.write(lambda c: choices.undo(house.db, c, whose.contact_id, wish, now, UNDONE))


def day_of(length: str, day: str, today: date) -> date:
    """The day when mail comes again: so many months from today, or the day that was picked. EditorError on neither.

    Whoever has picked a day means it, also where the button beside it was forgotten.
    """
    if not day and length in map(str, PRESETS):
        return months_after(today, int(length))
    try:
        return date.fromisoformat(day)
    except ValueError:
        raise EditorError(Problem("paus", "Det går inte att ta paus till den dagen.", WRONG_DAY)) from None


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last day of that month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def kinds_offered(house: House, says: Choices) -> tuple[Offer, ...]:
    """The kinds of events, and which of them she wants."""
    return tuple(_kind(kind, says) for kind in house.settings.kinds)


def lists_of(house: House) -> Mapping[str, List]:
    """The lists by key; none while a file among them is broken: the editor is told of it elsewhere."""
    try:
        return read_lists(house.lists)
    except EditorError:
        return {}


def mask(address: str) -> str:
    """”k•••@v•••.example”: enough to know one's own, too little to learn another's."""
    local, at, domain = address.rpartition("@")
    name, dot, top = domain.rpartition(".")
    return f"{local[:1]}•••{at}{name[:1]}•••{dot}{top}" if at else ""


def _change(house: House, whose: Holder, edit: Callable[[Choices, Collection[str]], Choices]) -> int | None:
    now = house.clock.now()

    def write(connection: Connection) -> int | None:
        if connection.execute(select(contacts.c.id).where(contacts.c.id == whose.contact_id)).first() is None:
            return None  # forgotten in this very moment: nothing more comes
        on = _lists_with(connection, whose.contact_id)
        who = whose.contact_id
        return choices.change(house.db, connection, who, lambda was: edit(was, on), "code", now)

    return house.db.write(write)


def _lists_with(connection: Connection, contact_id: int) -> tuple[str, ...]:
    """The keys of all lists she is on."""
    query = select(list_entries.c.list).where(list_entries.c.contact_id == contact_id)
    return tuple(sorted(connection.execute(query).scalars()))


def _lists_offered(
    house: House, known: Mapping[str, List], on: Collection[str], through: str, says: Choices
) -> tuple[Offer, ...]:
    """Of the lists she is on, those that a series goes to, those that anybody may join, and the one the mail came
    through. The others are of trustees, and nobody learns here who is one; nor from a mail to friends who is a member.
    """
    series = house.settings.series
    is_to_members = _is_to_members(known, through)
    open_ = {key for s in series for key in s.lists} | {key for key, one in known.items() if one.joinable} | {through}
    found = []
    for key in on:
        if key in open_ and key in known and (is_to_members or not known[key].members):
            gets = listing([s.name for s in series if key in s.lists])
            until = _day(house, says.rests_until(key))
            found.append(Offer(f"{LIST}-{key}", known[key].name, "", gets, not says.has_left(key), until))
    return tuple(found)


def _is_to_members(known: Mapping[str, List], list_key: str) -> bool:
    return list_key in known and known[list_key].members


def _kind(kind: Kind, says: Choices) -> Offer:
    return Offer(f"{KIND}-{kind.key}", kind.name, kind.english or kind.name, "", ("kind", kind.key) not in says.chosen)


def _day(house: House, moment: datetime | None) -> date | None:
    return moment.astimezone(house.zone).date() if moment else None
