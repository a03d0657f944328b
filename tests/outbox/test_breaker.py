"""The breaker on the share of failures: what is no recipient's fault stops a mailing, and what passes does not."""

import pytest

from mailer.db import Database
from mailer.keys import Keys
from mailer.outbox.outcome import Offered, Outcome, Settlement
from mailer.outbox.states import Mailing
from mailer.outbox.store import breaker, mailings
from tests.homes import add_people, plan_letter
from tests.outbox.test_ledger import NOW

OK = Outcome("accept", "dot", 250, "2.0.0", "ok")
GREY = Outcome("defer", "rcpt", 450, "4.7.1", "grålistad", "relay")
FULL = Outcome("defer", "rcpt", 452, "4.2.2", "full", "relay")
LINE = Outcome("doubt", "dot", lost_line=True)
BROKEN = Outcome("defer", "data", fault="relay", lost_line=True)
POLICY = Outcome("defer", "dot", 554, "5.7.1", "policy", "ours")
UNKNOWN = Outcome("refuse", "rcpt", 550, "5.1.1", "okänd", "recipient")


def told(db: Database, mailing: int, outcomes: list[Outcome], attempts: int = 0, group: int = 25) -> str:
    """Why the mailing is paused after these outcomes; ”” when it goes on."""
    for first in range(0, len(outcomes), group):
        settlements = [
            Settlement(Offered(n, mailing, 1, "letter", "medlemmar", n, "a@b.example", "", "", attempts, None), outcome)
            for n, outcome in enumerate(outcomes[first : first + group], first)
        ]
        db.write(lambda c, settlements=settlements: breaker.note(c, settlements))
    row = db.read(lambda c: mailings.read(c, mailing))
    return row.why if row.state == Mailing.PAUSED else ""


@pytest.fixture
def mailing(db: Database, keys: Keys) -> int:
    db.write(lambda c: add_people(c, keys, range(1, 3), NOW))
    return db.write(lambda c: plan_letter(c, NOW))


@pytest.mark.parametrize(
    ("outcomes", "attempts", "why"),
    [
        ([OK, OK, POLICY] * 40, 0, "försöken misslyckades, och det är inte mottagarnas fel; senast svarade"),
        ([OK, LINE] * 60, 0, "senast bröts förbindelsen"),
        ([GREY] * 200, 5, ""),  # nor ever: when it is over the mailing goes on by itself
        ([OK, BROKEN] * 60, 0, ""),  # before the final dot nothing is lost and nothing comes twice
        ([GREY] * 200, 0, ""),  # greylisting: everybody, the first time
        ([GREY] * 200, 1, ""),  # and the second
        ([FULL] * 200, 2, ""),  # full mailboxes
        ([OK] * 100 + [LINE] * 50 + [OK] * 100, 0, ""),  # a relay that is restarted takes all lines with it
        (([OK] * 6 + [LINE]) * 60, 0, ""),  # every seventh
        ([OK, UNKNOWN, OK] * 30, 0, ""),  # what a recipient is to blame for is the first wave's to judge
        ([OK, LINE] * 8, 0, ""),  # fewer than ten
    ],
)
def test_stops_for_the_share_that_nobody_among_the_recipients_is_to_blame_for(db, mailing, outcomes, attempts, why):
    said = told(db, mailing, outcomes, attempts)
    assert (why in said) if why else said == ""


def test_writes_nothing_while_nothing_fails(db, mailing):
    told(db, mailing, [OK] * 150)
    row = db.read(lambda c: mailings.read(c, mailing))
    assert (row.recent, row.recent_failed) == (breaker.WINDOW, 0)
