"""What a person changes by herself on her own pages: lists, rests, paper, language, address; what she asks of others.

Takes   the opened house, the contact (whose visit it is), what was typed.
Gives   what may be chosen, with what is chosen now.
Fails   EditorError, in words for the one who typed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.languages import LANGUAGES, Language, language_of
from mailer.register import choices, membership, requests
from mailer.register.choices import Choices
from mailer.register.definition import List
from mailer.register.tables import ALL_LISTS, contacts, list_entries
from mailer.verbs import fresh, wanted, wishes
from mailer.verbs.wishes import Offer

RESTS = (30, 90, 180)  # days that a rest may be chosen to last


@dataclass(frozen=True, slots=True)
class Offered:
    """One list she stands on, as the form shows it."""

    key: str
    name: str
    why: str
    wanted: bool
    rests_until: str  # ”” without a rest
    may_letter: bool
    letter: bool


def is_member(house: House, contact_id: int) -> bool:
    """Whether erasing her is for a person to do."""
    members = membership.readable_members_lists(house.lists)
    return house.db.read(lambda c: membership.is_member(c, contact_id, members))


def offered(house: House, contact_id: int, lists: Mapping[str, List], shown: Callable[[Any], str]) -> list[Offered]:
    """The lists she stands on, in the order of their names. `shown` puts a day into words."""
    now = house.clock.now()
    keys, stands = house.db.read(lambda c: (_on(c, contact_id), choices.read(c, contact_id, now)))
    found = []
    for key in sorted(keys):
        until = stands.rests_until(key)
        one = lists.get(key)
        found.append(
            Offered(
                key,
                one.name if one else key,
                one.why if one else "",
                not stands.has_left(key),
                shown(until.astimezone(house.zone).date()) if until else "",
                one.letters if one else False,
                ("channel", key) in stands.chosen,
            )
        )
    return found


def kinds(house: House, contact_id: int) -> tuple[Offer, ...]:
    """The kinds of events, and which of them she wants to be asked to."""
    return wishes.kinds_offered(house, house.db.read(lambda c: choices.read(c, contact_id, house.clock.now())))


def choose(house: House, contact_id: int, form: Mapping[str, str]) -> None:
    """What the form says of lists: `want-KEY`, `rest-KEY` (days, or ”end”), `until-KEY` (a day), `letter-KEY`; and of
    kinds of events: `sort-KEY`. Once, however often pressed. EditorError on a day that no rest can end.

    Lists and kinds that the form did not show (`shown`, `kinds`) are left alone: they may have come since.
    """
    now, lists = house.clock.now(), wishes.lists_of(house)
    shown_keys, shown_kinds = (set(form.get(name, "").split()) for name in ("shown", "kinds"))

    def work(connection: Connection) -> None:
        on = _on(connection, contact_id)

        def edit(was: Choices) -> Choices:
            shown = on & shown_keys
            # A rest from all is shown with each list: whoever changes it for one has said so of that one alone.
            is_said = ALL_LISTS in was.rests and any(
                form.get(f"{what}-{key}") for key in shown for what in ("rest", "until")
            )
            wish = was.apart(on) if is_said and ALL_LISTS not in was.left else was
            if ALL_LISTS in was.left and any(f"want-{key}" in form for key in shown):
                wish = wish.wanting(ALL_LISTS)
                for key in sorted(on - shown_keys):
                    wish = wish.leaving(key)
            for key in sorted(shown):
                wish = _one(house, wish, key, form, lists.get(key))
            for kind in house.settings.kinds:
                if (name := f"{wishes.KIND}-{kind.key}") in shown_kinds:
                    wish = wish.choosing("kind", kind.key, "" if name in form else "no")
            return wish

        choices.change(house.db, connection, contact_id, edit, "code", now)

    house.db.write(work)


def speak(house: House, contact_id: int, typed: str) -> None:
    """Her language, whatever imports say. EditorError for none of ours."""
    if typed not in LANGUAGES:
        raise EditorError(Problem("", "Välj ett av språken.", ""))
    changed = {"language": typed, "language_chosen": True, "updated_at": house.clock.now()}
    house.db.write(lambda c: c.execute(update(contacts).where(contacts.c.id == contact_id).values(**changed)))


def language_in(form: Mapping[str, str]) -> Language:
    """The language that was chosen."""
    return language_of(form.get("language"))


def change_address(house: House, contact_id: int, typed: str, language: Language) -> None:
    """A link goes to the new address. EditorError for what is no address, or hers already."""
    fresh.ask_to_change(house, contact_id, wanted.address_in(typed), language)


def correct(house: House, contact_id: int, typed: str) -> None:
    """A dated request to the person with the register. EditorError for nothing, too much, or too many that wait."""
    text = typed.strip()
    if not text:
        raise EditorError(Problem("", "Skriv vad som är fel och hur det ska vara.", ""))
    if len(text) > requests.LONGEST:
        raise EditorError(Problem("", "Texten är för lång.", "Korta den till 1 000 tecken."))

    def work(connection: Connection) -> bool:
        found = [r for r in requests.still_open(connection, contact_id) if r.kind == "correction"]
        has_room = len(found) < requests.MOST_CORRECTIONS
        if has_room:
            requests.ask(connection, "correction", contact_id, text, house.clock.now())
        return has_room or any(r.text == text for r in found)  # pressed twice is asked once

    if not house.db.write(work):
        raise EditorError(Problem("", "Vi har redan fem rättelser från dig som väntar på svar.",
                                  "Vänta tills någon har läst dem, eller ring eller skriv till oss."))  # fmt: skip


def _one(house: House, wish: Choices, key: str, form: Mapping[str, str], one: List | None) -> Choices:
    if f"want-{key}" not in form:
        return wish if wish.has_left(key) else wish.leaving(key)
    if wish.has_left(key):
        wish = wish.wanting(key)
    rest, day = form.get(f"rest-{key}", ""), form.get(f"until-{key}", "")
    if day:  # whoever has picked a day means it
        wish = wish.resting(key, wishes.end_of_rest(house, wishes.day_of("", day, house.here().date())))
    elif rest == "end" and key in wish.rests:
        wish = wish.wanting(key)
    elif rest.isascii() and rest.isdigit() and len(rest) < 4 and int(rest) in RESTS:
        wish = wish.resting(key, wishes.end_of_rest(house, house.here().date() + timedelta(days=int(rest))))
    if one is not None and one.letters:
        wish = wish.choosing("channel", key, "letter" if f"letter-{key}" in form else "")
    return wish


def _on(connection: Connection, contact_id: int) -> set[str]:
    query = select(list_entries.c.list).where(list_entries.c.contact_id == contact_id)
    return set(connection.execute(query).scalars())
