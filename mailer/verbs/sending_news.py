"""What those who wait for a mailing are told: it has begun, it has stopped by itself, it is done.

Takes   the opened house.
Gives   notices in the outbox, each said once.
Fails   never for want of people.

Of an issue the one who approved it gets two mails: one when it begins, one when it is done. The administrators are told
only when it has stopped. A step of a survey that is small begins without a word, for a plan has many of them.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

from mailer import words
from mailer.feedback import rounds
from mailer.house import House
from mailer.outbox import remaining
from mailer.outbox import report as outbox_report
from mailer.outbox.states import Mailing
from mailer.outbox.store import figures, mailings, unreached
from mailer.settings import Person
from mailer.verbs import waves
from mailer.verbs.progress import progress
from mailer.verbs.say import digest, each_once, is_said, say

SMALL_STEP = 50  # people; a survey's step to fewer begins without a word


def tell(house: House) -> None:
    """All there is to tell of the newest mailings."""
    for row in house.db.read(figures.newest_mailings):
        if row.state == Mailing.SENDING and not is_said(house, _begun(row)):
            _tell_begun(house, row)
        if row.state == Mailing.PAUSED and row.why and not row.why.startswith("pausat av"):
            _tell_paused(house, row)
        # Who comes later is not told of what was sent before.
        if row.state == Mailing.FINISHED and not is_said(house, f"skickat/{row.name}"):
            _tell_sent(house, row)


def _tell_begun(house: House, row: Any) -> None:
    """To the one who approved it."""
    approval = house.db.read(lambda c: mailings.valid_approval(c, row))
    found = house.db.read(lambda c: progress(house, c, row))
    if approval is None or (row.kind == "survey" and found.all < SMALL_STEP):
        return
    done_at = found.done_at.astimezone(house.zone) if found.done_at else None
    word = row.period or row.name
    say(
        house,
        _begun(row),
        [p for p in house.settings.people if p.name == approval.name],
        "begun",
        title=row.title,
        people=words.count(found.all, "person", "personer"),
        done_at=remaining.about(done_at, house.here()) if done_at else "",
        waits=waves.in_words(house, row),
        command=house.command(f"report {word}"),
        pause=house.command(f"pause {word}"),
    )


def _tell_paused(house: House, row: Any) -> None:
    day = house.here().date().isoformat()
    balance = house.db.read(partial(figures.balance, mailing=row.id))
    reasons = house.db.read(partial(figures.reasons, mailing=row.id))
    say(
        house,
        f"pausat/{row.name}/{day}/{digest(row.why)}",
        _everyone(house, "administrator", "approver"),
        "paused",
        title=row.title,
        why=row.why,
        sentence=outbox_report.sentence(row.title, balance, reasons),
        balance=outbox_report.lines(balance, reasons),
        command=house.command(f"resume {row.period or row.name}"),
    )


def _tell_sent(house: House, row: Any) -> None:
    balance = house.db.read(partial(figures.balance, mailing=row.id))
    reasons = house.db.read(partial(figures.reasons, mailing=row.id))
    # A count, no names. A survey's letters are steps of its plan, with a code of their own.
    paper = 0 if row.kind == "survey" else len(house.db.read(lambda c: unreached.unreached(c, row, house.here())))
    word = row.period or row.name
    say(
        house,
        f"skickat/{row.name}",
        _everyone(house, "editor", "approver"),
        "sent",
        title=row.title,
        sentence=outbox_report.sentence(row.title, balance, reasons),
        balance=outbox_report.lines(balance, reasons),
        unknown_mails=rounds.waiting_words(house.db.read(rounds.unknown_left)),
        command=house.command(f"report {word} --names"),
        paper=words.count(paper, "person", "personer") if paper else "",
        paper_command=house.command(f"print {word}"),
        call_command=house.command(f"report {word} --call"),
    )


def _begun(row: Any) -> str:
    return f"börjat/{row.name}"


def _everyone(house: House, *roles: Any) -> Sequence[Person]:
    return each_once(p for role in roles for p in house.settings.with_role(role))
