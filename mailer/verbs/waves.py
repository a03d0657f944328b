"""The first wave of a large mailing: let the rest go when what came back has been looked at, or say what it waits for.

Takes   the opened house; a mailing.
Gives   the mailings that go on; the words for one that waits; a notice when the mailbox is not read.
Fails   never.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from mailer import words
from mailer.feedback import rounds
from mailer.house import House
from mailer.outbox.states import Mailing
from mailer.outbox.store import wave
from mailer.verbs.say import each_once, say

PATIENCE = timedelta(hours=2)  # beyond the wait, until somebody is told that the mailbox is not read


def look(house: House) -> list[int]:
    """Let those mailings go on whose first wave is out, and has been looked after. Gives which."""
    waiting = house.db.read(wave.waiting)
    if not waiting:
        return []
    now, settings = house.clock.now(), house.settings
    wait = timedelta(minutes=settings.outbox.wave_wait_min) if settings.mailbox.kind else timedelta(0)

    def write(connection: Connection) -> list[int]:
        wave.note_sent(connection, now)
        return wave.go_on(connection, rounds.last_read(connection), wait)

    let_go = house.db.write(write)
    for row in waiting:
        if row.id not in let_go and row.wave_sent_at is not None and now - row.wave_sent_at > wait + PATIENCE:
            _tell_of_wait(house, row)
    return let_go


def _tell_of_wait(house: House, row: Any) -> None:
    """The mailbox is not read, so the rest waits: to those who can mend it, or say that it need not wait."""
    to = each_once([*house.settings.with_role("administrator"), *house.settings.with_role("approver")])
    say(house, f"väntar/{row.name}", to, "waits", title=row.title, first=wave.FIRST, read=house.command("mailbox"),
        resume=house.command(f"resume {row.period or row.name}"))  # fmt: skip


def in_words(house: House, row: Any) -> str:
    """What a mailing waits for whose first wave is out, and how to go on at once; ”” when it does not wait."""
    if row.state != Mailing.SENDING or row.wave_upto is None:
        return ""
    if row.wave_sent_at is None:
        return f"De {wave.FIRST} första skickas. Sedan väntar vi på studsar från dem innan resten skickas."
    at = row.wave_sent_at + timedelta(minutes=house.settings.outbox.wave_wait_min)
    clock = words.clock(at.astimezone(house.zone))
    command = house.command(f"resume {row.period or row.name}")
    return (
        f"Väntar på studsar efter de {wave.FIRST} första, fortsätter när brevlådan är läst efter kl. {clock}. "
        f"Vill du inte vänta: {command}"
    )
