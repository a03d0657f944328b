"""The first wave of a large mailing: let the rest go when what came back has been looked at, or say what it waits for.

Takes   the opened house; a mailing.
Gives   the mailings that go on; the words for one that waits; notices when the mailbox is not read, and when the rest
        has been let go without it.
Fails   never.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from mailer import words
from mailer.feedback import rounds
from mailer.house import House
from mailer.outbox.states import Mailing
from mailer.outbox.store import wave
from mailer.settings import Person
from mailer.verbs.say import each_once, say

PATIENCE = timedelta(hours=2)  # beyond the wait, until somebody is told that the mailbox is not read
# Then the rest goes unread. A mailbox that could not be read for a day will not be mended by one hour more; providers
# send back most of what they do in the first hours; and a mailing that never arrives harms its members the most.
LONGEST = timedelta(hours=24)


def look(house: House) -> list[int]:
    """Let those mailings go on whose first wave is out and looked after, or waited for too long. Gives which."""
    waiting = house.db.read(wave.waiting)
    if not waiting:
        return []
    now, wait = house.clock.now(), _wait(house)

    def write(connection: Connection) -> list[int]:
        wave.note_sent(connection, now)
        return wave.go_on(connection, rounds.last_read(connection), wait)

    let_go = house.db.write(write)
    still = [row for row in waiting if row.id not in let_go]
    return let_go + [row.id for row in still if _is_at_its_end(house, row, wait)]


def _is_at_its_end(house: House, row: Any, wait: timedelta) -> bool:
    """Whether a mailing has waited for as long as it may: then the rest goes. Else it is told that it waits."""
    now, end = house.clock.now(), _end(row, wait)
    if end is not None and now >= end:
        _tell_of_end(house, row)  # first: killed between the two it is told again, which is once
        house.db.write(lambda c: wave.go_unread(c, row.id))
        return True
    if row.wave_sent_at is not None and now - row.wave_sent_at > wait + PATIENCE:
        _tell_of_wait(house, row)
    return False


def _wait(house: House) -> timedelta:
    settings = house.settings
    return timedelta(minutes=settings.outbox.wave_wait_min) if settings.mailbox.kind else timedelta(0)


def _end(row: Any, wait: timedelta) -> datetime | None:
    """When the rest goes whatever has been read; None while the wave is not out and the mailing has no end.

    Half of the mailing's own time is the rest's: what is let go at the end of it would only expire.
    """
    sent_at = row.wave_sent_at
    ends = [sent_at + max(LONGEST, wait + PATIENCE)] if sent_at is not None else []
    if row.expires_at is not None and (began := sent_at or row.planned_at) is not None:
        ends.append(began + (row.expires_at - began) / 2)
    return min(ends, default=None)


def _tell_of_wait(house: House, row: Any) -> None:
    """The mailbox is not read, so the rest waits: to those who can mend it, or say that it need not wait.

    Once: the wait ends within a day, and its end is told.
    """
    say(house, f"väntar/{row.name}", _to(house), "waits", title=row.title, first=wave.FIRST,
        read=house.command("mailbox"), resume=house.command(f"resume {row.period or row.name}"))  # fmt: skip


def _tell_of_end(house: House, row: Any) -> None:
    """The rest goes without what came back having been read."""
    say(house, f"släppt/{row.name}", _to(house), "let_go", title=row.title, first=wave.FIRST,
        read=house.command("mailbox"), pause=house.command(f"pause {row.period or row.name}"))  # fmt: skip


def _to(house: House) -> list[Person]:
    return each_once([*house.settings.with_role("administrator"), *house.settings.with_role("approver")])


def in_words(house: House, row: Any) -> str:
    """What a mailing waits for whose first wave is out, and how to go on at once; ”” when it does not wait."""
    if row.state != Mailing.SENDING or row.wave_upto is None:
        return ""
    if row.wave_sent_at is None:
        return f"De {wave.FIRST} första skickas. Sedan väntar vi på studsar från dem innan resten skickas."
    wait = _wait(house)
    clock = words.clock((row.wave_sent_at + wait).astimezone(house.zone))
    end = _end(row, wait)
    latest = f", senast {words.moment(end, house.zone)}" if end is not None else ""
    command = house.command(f"resume {row.period or row.name}")
    return (
        f"Väntar på studsar efter de {wave.FIRST} första, fortsätter när brevlådan är läst efter kl. {clock}{latest}. "
        f"Vill du inte vänta: {command}"
    )
