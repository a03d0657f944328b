"""approve: a named person's yes to the words and the audience of a mailing, as they stand.

Takes   the opened house, which mailing, the approver's name, a reason where one is called for.
Gives   an Approved: what was approved, for how many, how old the register is.
Fails   EditorError when the person may not, it waits for no approval, the register is old and no reason is given, or
        nobody would get it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select, update

from mailer import words
from mailer.audience.rule import Rule
from mailer.audience.store import REASONS, HeadCount
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.issue.finding import Finding
from mailer.outbox.states import Mailing
from mailer.outbox.store import mailings, planning
from mailer.outbox.tables import mailings as table
from mailer.register import store as register
from mailer.register.definition import List
from mailer.register.lists import read_lists
from mailer.surveys.plan import house_asks
from mailer.surveys.plan.rules import USUAL
from mailer.verbs import which
from mailer.verbs.people import person

LATE_GETS = timedelta(days=7)  # a late issue that a person has said yes to may be sent for so long


@dataclass(frozen=True, slots=True)
class Approved:
    """What was said yes to."""

    title: str
    name: str
    head_count: HeadCount
    imports: dict[str, datetime | None]  # list -> the last whole import
    send_after: datetime | None
    word: str  # what the commands call it
    before: int | None = None  # how many the issue before went to
    written: bool = True
    asked: int = 0  # of the recipients: a survey asks them something too near it


def approve(
    house: House,
    word: str,
    name: str,
    reason: str = "",
    dry_run: bool = False,
    version: str = "",
    despite: str = "",
) -> Approved:
    """Approve what is stored; the hash in the approval is made from it. `version`: what the approver has read.

    `despite`: why it goes although the preflight stops it. `reason`: why, although the register is old, the time is
    out, or the audience has moved.
    """
    approver = person(house.settings, name, "approver")
    reason, despite = reason.strip(), despite.strip()

    def work(connection: Connection) -> Approved:
        found = _stands(house, connection, word, dry_run)
        if not mailings.hash_of(connection, found.row).startswith(version):
            raise EditorError(
                Problem(found.row.title, "har gjorts om sedan du läste det.", f"Läs det nya: {_read(found.row)}")
            )
        _require(house, found, reason, despite)
        if not dry_run:
            _write(house, connection, found, approver.name, reason, despite)
        row = found.row
        return Approved(
            row.title, approver.name, found.head_count, found.imports, row.send_after, row.period or row.name,
            found.before, not dry_run, _asked(house, connection, row),
        )  # fmt: skip

    return house.db.read(work) if dry_run else house.db.write(work)


@dataclass(frozen=True, slots=True)
class _Stands:
    """A mailing as it stands when somebody would say yes to it."""

    row: Row[Any]
    head_count: HeadCount
    imports: dict[str, datetime | None]
    before: int | None
    is_late: bool  # its time has run out
    is_again: bool  # a yes came to nothing before that, or is not to what is stored


def _stands(house: House, connection: Connection, word: str, dry_run: bool) -> _Stands:
    row = which.mailing(house, connection, word, (Mailing.PROPOSED, Mailing.HELD))
    row = row if dry_run else mailings.lock(connection, row.id)  # what is counted and hashed is what is approved
    is_late = row.expires_at is not None and row.expires_at < house.clock.now()
    is_again = row.state == Mailing.APPROVED and (is_late or mailings.valid_approval(connection, row) is None)
    if not is_again:
        mailings.may(row, "approve")
    return _Stands(
        row,
        planning.head_count(connection, row, house.here()),
        register.last_whole_import(connection, [s.key for s in Rule.from_json(row.rule).sources]),
        planning.recipients_of_issue_before(connection, row),
        is_late,
        is_again,
    )


def _require(house: House, found: _Stands, reason: str, despite: str) -> None:
    """EditorError with what stands in the way and has not been answered with a reason."""
    row, counted, before = found.row, found.head_count, found.before
    if found.is_late and not reason:
        raise EditorError(
            Problem(row.title, "tiden för numret har gått ut.", 'Skicka det ändå: lägg till --reason "…"')
        )
    _check(house, row.title, counted, found.imports, house.clock.now(), reason)
    _check_preflight(row, despite)
    if before is not None and planning.has_moved(before, counted.recipients) and not reason:
        what = f"{words.number(counted.recipients)} skulle få det; förra numret gick till {words.number(before)}."
        raise EditorError(Problem(row.title, what, 'Kontrollera listorna. Är det rätt: lägg till --reason "…"'))


def _write(house: House, connection: Connection, found: _Stands, name: str, reason: str, despite: str) -> None:
    row, now = found.row, house.clock.now()
    if found.is_again:
        mailings.step(connection, row.id, "hold", "")
    if found.is_late:
        later = update(table).where(table.c.id == row.id).values(expires_at=now + LATE_GETS)
        connection.execute(later)
    mailings.approve(
        connection, row, name, house.os_user, now, found.head_count.recipients,
        reason or None, despite or None, planning.edition_counts(connection, row, house.here()),
    )  # fmt: skip


def lines(house: House, done: Approved) -> list[str]:
    """What the approver reads."""
    counted = done.head_count
    who = words.count(counted.recipients, "person", "personer")
    head = f"{done.title} är godkänt av {done.name}" if done.written else f"{done.title} kan godkännas av {done.name}"
    out = [f"{head}: till {who} av {words.number(counted.selected)}."]
    out += [f"  {words.number(n)} {REASONS[reason]}" for reason, n in sorted(counted.excluded.items())]
    out += [f"  förra numret gick till {words.number(done.before)}"] if done.before is not None else []
    if done.asked:
        lately = f"{words.number(done.asked)} av dem har fått en fråga om en enkät mindre än tre dygn innan"
        out.append(f"  {lately}: kan det vänta?")
    out += [f"  {age_line(key, at, house.clock.now())}" for key, at in sorted(done.imports.items())]
    return [*out, _what_next(done, house)]


def _asked(house: House, connection: Connection, row: Row[Any]) -> int:
    """A survey keeps away from a letter; only a person can keep a letter away from a survey that has just asked."""
    if row.kind != "letter":
        return 0
    chosen = planning.chosen(row, house.here()).subquery()
    since = (row.send_after or house.clock.now()) - timedelta(hours=USUAL.hours_between)
    gets = select(chosen.c.contact_id).where(chosen.c.reason.is_(None))
    return house_asks.asked_since(connection, gets, since)


def _read(row: Row[Any]) -> str:
    return f"det senaste mejlet, eller mailer preview {row.period or row.name}"


def _what_next(done: Approved, house: House) -> str:
    if done.send_after is None:
        return f"Skicka det: mailer send {done.word}"
    if done.send_after > house.clock.now():
        return f"Det skickas {words.moment(done.send_after, house.zone)}."
    return f"Det är dags att skicka: mailer run skickar det nu. Är den inte i gång: mailer send {done.word}"


def age_line(list_key: str, at: datetime | None, now: datetime) -> str:
    """How old a list's last whole import is."""
    if at is None:
        return f"listan {list_key} har aldrig lästs in i sin helhet"
    days = (now - at).days
    return f"listan {list_key} lästes in " + (f"för {words.count(days, 'dag', 'dagar')} sedan" if days > 0 else "i dag")


def must_be_whole(one: List | None, at: datetime | None) -> bool:
    """Whether only a whole file says who is still on the list. One that people join by themselves, or that is only
    ever added to, has no such file; who has left the association is told by the member lists."""
    if one is None or one.members:
        return True
    return at is not None and not one.joinable


def _check_preflight(row: Row[Any], despite: str) -> None:
    """EditorError with everything that stops it, unless somebody says why it goes all the same."""
    stops = [f.problem for value in row.contents.get("findings", ()) if (f := Finding.from_json(value)).stops]
    if not stops or despite:
        return
    count = words.count(len(stops), "sak", "saker")
    remedy = f'Rätta, och kör mailer assemble {row.period or row.name}. Ska det gå ändå: lägg till --despite "SKÄL"'
    raise EditorError(*stops, Problem(row.title, f"slutkontrollen stoppar {count}.", remedy))


def _check(
    house: House, title: str, counted: HeadCount, imports: dict[str, datetime | None], now: datetime, reason: str
) -> None:
    if counted.recipients == 0:
        raise EditorError(
            Problem(
                title, "det finns ingen att skicka till.", "Kontrollera listorna och gruppen: mailer import, lists/"
            )
        )
    oldest = timedelta(days=house.settings.outbox.whole_import_max_age_d)
    lists = read_lists(house.lists)
    stale = [key for key, at in imports.items() if must_be_whole(lists.get(key), at) and (not at or now - at > oldest)]
    if stale and not reason:
        ages = "; ".join(age_line(key, imports[key], now) for key in stale)
        remedy = 'Läs in registret: mailer import --whole LISTA FIL. Eller säg varför det går ändå: --reason "…"'
        raise EditorError(Problem(title, f"registret är för gammalt: {ages}.", remedy))
