"""What members have asked of a person: the list, what is done, and the word to those who are to do it.

Takes   the opened house; the number of a request.
Gives   the open requests; that somebody has seen whose they are is recorded.
Fails   EditorError for a number that is no open request, or a person who is no administrator.

The notice says that something is asked, and until when; not by whom, and not what: mail lies in mailboxes for years,
and what was asked may be to be forgotten. Who is to answer reads it with `mailer requests`, and that is recorded.
"""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import Connection, Row

from mailer import words as swedish
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.register import requests, store
from mailer.settings import Person
from mailer.verbs.people import person
from mailer.verbs.say import each_once, say

ERASE = (
    "Ta bort personen ur medlemsregistret och läs in det, eller kör mailer resign: då raderas allt här av sig självt, "
    "och begäran försvinner."
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One open request, as it is listed."""

    number: int
    kind: str
    who: str
    text: str
    at: datetime
    due_at: datetime


def listed(house: House) -> list[Asked]:
    """All open requests, the most urgent first."""

    def work(connection: Connection) -> list[Asked]:
        rows = requests.still_open(connection)
        for contact_id in {row.contact_id for row in rows if row.contact_id is not None}:
            store.record_access(connection, house.os_user, "requests", contact_id, house.clock.now())
        return [_asked(connection, row) for row in rows]

    return house.db.write(work)


def finish(house: House, number: int, as_name: str, refused: bool = False) -> None:
    """An administrator says that it is done, or that she has got her answer.

    An erasure is done when she is gone, and then its request is too; while she is here, done can only mean `refused`.
    """
    who = person(house.settings, as_name, "administrator")

    def work(connection: Connection) -> None:
        if requests.read(connection, number).kind == "erasure" and not refused:
            what = "personen finns kvar, så raderingen är inte gjord."
            remedy = f"{ERASE} Har ni svarat nej: lägg till --refused."
            raise EditorError(Problem(f"Nummer {number}", what, remedy))
        requests.finish(connection, number, who.name, house.clock.now())

    house.db.write(work)


def words(found: list[Asked], house: House) -> list[str]:
    """The lines to print."""
    if not found:
        return ["Ingen väntar på svar."]
    lines = []
    for one in found:
        day = swedish.day(one.due_at.astimezone(house.zone).date(), year=True)
        lines.append(f"{one.number}. {one.who}: {requests.KINDS[one.kind]}. Svara senast {day}.")
        lines += [f"   {line}" for line in (ERASE if one.kind == "erasure" else one.text).splitlines()]
    return [*lines, "Klart, eller svarat: mailer requests --done NUMMER --as NAMN"]


def tell(house: House) -> None:
    """The administrators hear of each request once, and again a week before it must be answered. What one contact wants
    corrected is told of once a day: the others of that day stand in the same list."""
    now = house.clock.now()
    for row in house.db.read(lambda c: requests.still_open(c)):
        if row.kind == "erasure" and row.due_at - row.at < requests.REMIND:
            continue
        _tell(house, row, "")
        if row.due_at - requests.REMIND <= now:
            _tell(house, row, "/påminnelse")


def _tell(house: House, row: Row[Any], again: str) -> None:
    say(
        house,
        f"begäran/{_told_as(house, row)}{again}",
        _administrators(house),
        "request",
        kind=requests.KINDS[row.kind],
        number=row.id,
        how=ERASE if row.kind == "erasure" else "",
        due=swedish.day(row.due_at.astimezone(house.zone).date(), year=True),
        reminds=bool(again),
        command=house.command("requests"),
        done=house.command(f"requests --done {row.id} --as"),
    )


def _told_as(house: House, row: Row[Any]) -> int:
    if row.kind != "correction" or row.contact_id is None:
        return int(row.id)
    day = row.at.astimezone(house.zone).date()
    midnight = datetime.combine(day, time(), house.zone)
    return house.db.read(lambda c: requests.first_that_day(c, row, midnight))


def _administrators(house: House) -> list[Person]:
    """Who has the register in hand; without one, who approves."""
    people = house.settings.with_role("administrator") or house.settings.with_role("approver")
    return each_once(people)


def _asked(connection: Connection, row: Row[Any]) -> Asked:
    number = store.number_of(connection, row.contact_id) if row.contact_id is not None else ""
    named = f"nr {number} (#{row.contact_id})" if number else f"#{row.contact_id}"
    who = "någon som vill anmäla sig" if row.contact_id is None else named
    return Asked(row.id, row.kind, who, row.text, row.at, row.due_at)
