"""A survey that has been open for some days, with answers in it: for the tests of what is told of its goal.

Takes   a folder, an engine.
Gives   the home at that moment; its survey's key.
Fails   AssertionError when an answer is not taken.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, select, update

from mailer.clockwork.tick import tick
from mailer.house import House, open_house
from mailer.outbox.states import Delivery
from mailer.outbox.tables import deliveries, mailings
from mailer.register.tables import contacts
from mailer.surveys import codes
from mailer.verbs.surveys import answer
from tests.homes import add_people, make_home
from tests.surveys.running import OPENLY, PLAN, WEB, approved, at

MEMBERS = 14
KEY = OPENLY.key
BO, ANNA = "Bo Godkännare", "Anna Redaktör"


def answered(house: House, survey: int, *who: int) -> None:
    """They answer at that moment, on the page."""
    for contact in who:
        hers = answer.find(house, codes.token(house.keys, survey, contact))
        assert hers is not None
        assert answer.submit(house, hers, {"aktiv": ("nej",)}, None) == "answered"


def _taken(connection: Connection, now: datetime) -> None:
    """A server has taken every mail."""
    mails = select(mailings.c.id).where(mailings.c.survey_id.is_not(None))
    taken = update(deliveries).where(deliveries.c.mailing_id.in_(mails))
    connection.execute(taken.values(state=Delivery.ACCEPTED, settled_at=now))


@contextmanager
def going(folder: Path, database_url: str = "", web: Mapping[str, str] = WEB) -> Iterator[House]:
    """Fourteen members; one has no address of any sort; six answered on the second day, one declined on the third. It
    is the evening of the fourth."""
    asked = replace(OPENLY, title=replace(OPENLY.title, en="Member survey 2024"))
    home = make_home(folder / "hem", 1, database_url, **web)
    with open_house(home, "2024-03-01T09:00,0") as house:
        house.db.write(lambda c: add_people(c, house.keys, range(1, MEMBERS + 1), house.clock.now()))
        nothing = {"address": None, "address_shown": None, "address_key": None}
        house.db.write(lambda c: c.execute(update(contacts).where(contacts.c.id == MEMBERS).values(**nothing)))
        survey = approved(house, asked, PLAN).number
        tick(at(house, "2024-03-05T10:00"))
        house.db.write(lambda c: _taken(c, at(house, "2024-03-05T10:01").clock.now()))
        answered(at(house, "2024-03-06T12:00"), survey, *range(1, 7))
        later = at(house, "2024-03-07T12:00")
        hers = answer.find(later, codes.token(house.keys, survey, 7))
        assert hers is not None
        assert answer.decline(later, hers)
        yield at(house, "2024-03-08T18:00")
