"""pause, resume, withdraw, judge: what a person may do to a mailing that is under way.

Takes   the opened house and which mailing.
Gives   the sentence to say.
Fails   EditorError when the mailing is not in a state for it.
"""

from sqlalchemy import Connection

from mailer import words
from mailer.house import House
from mailer.outbox.states import Mailing
from mailer.outbox.store import control
from mailer.verbs.which import mailing


def pause(house: House, word: str) -> str:
    """Nothing more is offered once this returns; what is on its way arrives."""

    def write(c: Connection) -> str:
        row = mailing(house, c, word, (Mailing.SENDING,))
        control.pause(c, house.db, row.id, f"pausat av {house.os_user}")
        return str(row.title)

    return f"{house.db.write(write)} är pausat. Fortsätt med: mailer resume {word}".rstrip()


def resume(house: House, word: str) -> str:
    def write(c: Connection) -> str:
        row = mailing(house, c, word, (Mailing.PAUSED,))
        control.resume(c, row.id, house.clock.now())
        return str(row.title)

    return f"{house.db.write(write)} fortsätter. Följ det med: mailer report {word}".rstrip()


def withdraw(house: House, word: str) -> str:
    """Stop for good what has not been offered."""

    def write(c: Connection) -> tuple[str, int]:
        row = mailing(house, c, word)
        return str(row.title), control.withdraw(c, house.db, row.id, f"stoppat av {house.os_user}", house.clock.now())

    title, number = house.db.write(write)
    return f"{title} är stoppat; {words.count(number, 'mejl', 'mejl')} skickas inte."


def judge(house: House, delivery: int, arrived: bool) -> str:
    """A person's word on one delivery in doubt."""
    house.db.write(lambda c: control.judge(c, house.db, delivery, arrived, house.clock.now()))
    return f"Leverans {delivery} räknas som mottagen." if arrived else f"Leverans {delivery} skickas en gång till."
