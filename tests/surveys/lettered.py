"""A home in which letters of a survey are open: for the tests of the post."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from sqlalchemy import select, update

from mailer.content.channel_plan.model import Channel, ChannelPlan, Whom
from mailer.house import House, open_house
from mailer.register.tables import contacts
from mailer.surveys import invitations
from mailer.surveys.posting import runs
from mailer.surveys.posting.tables import letters
from mailer.surveys.store import Surveyed, find
from mailer.verbs.surveys import ask
from mailer.verbs.surveys.days import calendar_of
from tests.homes import add_people, make_home
from tests.surveys.running import WEB, approved, at, invitation_of, step

OPENED = "2024-03-05T10:00"  # a Tuesday: the letters are open
LETTER = step("brev", Whom.SILENT, 0, Channel.LETTER)
SECOND = step("brev-2", Whom.SILENT, 21, Channel.LETTER, with_form=True)
PLAN = ChannelPlan("", "", (LETTER, SECOND))
ANNA = "Anna Redaktör"
BOX = {'# return_address = ""   ': 'return_address = "Box 12, 186 21 Vallentuna" '}


@contextmanager
def a_post_home(folder: Path, number: int, database_url: str = "", plan: ChannelPlan = PLAN) -> Iterator[House]:
    """So many members, two by two at an address (1 and 2, 3 and 4 …), whose first letter is open."""
    home = make_home(folder / "hem", 1, database_url, **WEB, **BOX)
    with open_house(home, "2024-03-01T09:00,0") as house:
        house.db.write(lambda c: add_people(c, house.keys, range(1, number + 1), house.clock.now()))
        house.db.write(lambda c: [c.execute(_address(n)) for n in range(1, number + 1)])
        approved(house, plan=plan)
        ask.ask(at(house, OPENED))
        yield at(house, OPENED)


def _address(n: int):
    where = {"street": f"Vägen {(n + 1) // 2}", "postcode": "18630", "city": "Vallentuna"}
    return update(contacts).where(contacts.c.id == n).values(**where, phone=None)


def survey_of(house: House) -> Surveyed:
    found = house.db.read(lambda c: find(c, "medlemsenkat"))
    assert found is not None
    return found


def make(house: House, **more):
    """A run of the first letter, without its PDF."""
    survey = survey_of(house)
    return house.db.write(lambda c: runs.make(c, survey, "brev", "e65-h2", ANNA, house.clock.now(), **more))


def post(house: House, run: int = 0, envelopes=(), **more):
    survey = survey_of(house)

    def work(c):
        calendar = calendar_of(house, c, survey.questionnaire, survey.plan)
        which = {"run": run} if run else {"step": LETTER}
        return runs.post(c, house.db, survey, calendar, ANNA, house.clock.now(), envelopes=envelopes, **which, **more)

    return house.db.write(work)


def to_pull(house: House, run: int = 0):
    survey = survey_of(house)
    return house.db.read(
        lambda c: runs.to_pull(
            c, survey, calendar_of(house, c, survey.questionnaire, survey.plan), house.clock.now(), run
        )
    )


def answer(house: House, contact: int) -> bool:
    number, day = invitation_of(house, contact), {"answered_on": date(2024, 3, 5), "through": "web"}
    return house.db.write(lambda c: invitations.step(c, house.db, number, "answer", **day))


def letter_states(house: House, run: int = 0) -> dict[int, str]:
    """contact -> state of her letter, of that run or of the last."""
    i = invitations.invitations.c
    query = select(i.contact_id, letters.c.state).join(
        invitations.invitations, i.id == letters.c.invitation_id
    ).order_by(letters.c.run_id)  # fmt: skip
    return dict(house.db.read(lambda c: c.execute(query.where(letters.c.run_id == run) if run else query).all()))
