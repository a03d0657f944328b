"""return: an approver sends a proposal back to the editor, with a remark.

Takes   the opened house, which mailing, the approver's name, the remark.
Gives   a SentBack; the editors are told. When a file changes the clock makes it anew and asks again.
Fails   EditorError when the person may not, there is no remark, or it waits for no approval.
"""

import hashlib
from dataclasses import dataclass

from sqlalchemy import Connection

from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.outbox.states import Mailing
from mailer.outbox.store import mailings
from mailer.verbs import which
from mailer.verbs.people import person
from mailer.verbs.say import say

LONGEST_REMARK = 2000  # characters


@dataclass(frozen=True, slots=True)
class SentBack:
    """What was sent back, and to how many editors."""

    title: str
    word: str
    told: int


def send_back(house: House, word: str, name: str, remark: str, version: str = "") -> SentBack:
    """Send back what is stored. `version`: what the approver has read; made anew meanwhile, it is refused."""
    approver = person(house.settings, name, "approver")
    remark = remark.strip()
    if not remark or len(remark) > LONGEST_REMARK:
        remedy = f'Skriv vad som ska ändras, högst {LONGEST_REMARK} tecken: --remark "…"'
        raise EditorError(Problem("anmärkning", "den saknas eller är för lång.", remedy))

    def write(c: Connection) -> tuple[int, str, str, str]:
        row = which.mailing(house, c, word, (Mailing.PROPOSED, Mailing.HELD))
        row = mailings.lock(c, row.id)
        digest = mailings.hash_of(c, row)
        if not digest.startswith(version):
            raise EditorError(Problem(row.title, "har gjorts om sedan du läste det.", "Läs det nya mejlet."))
        mailings.step(c, row.id, "send_back", f"{approver.name}: {remark}")
        return row.id, row.title, row.name, digest

    number, title, full_name, digest = house.db.write(write)
    row = house.db.read(lambda c: mailings.read(c, number))
    said = f"{digest}{remark}{house.clock.now()}"  # the same words once more are a remark of their own
    told = say(
        house,
        f"tillbaka/{full_name}/{hashlib.sha256(said.encode()).hexdigest()[:12]}",
        house.settings.with_role("editor"),
        "returned",
        title=title,
        approver=approver.name,
        remark=remark.splitlines(),
        command=house.command(f"assemble {row.period}") if row.kind == "issue" else "",
    )
    return SentBack(title, row.period or row.name, told)


def lines(done: SentBack) -> list[str]:
    """What the approver reads."""
    return [f"{done.title} är skickat tillbaka till redaktören. När något ändras får du en ny fråga."]
