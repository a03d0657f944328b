"""A home in which members of an open survey say that they want to be active: for the tests of what comes of it."""

from dataclasses import replace
from datetime import date

from sqlalchemy import select

from mailer.content.questionnaires.model import Following, Part, Wish
from mailer.house import House
from mailer.outbox.tables import deliveries, mailings, renderings
from mailer.surveys.answers import answering
from mailer.surveys.following.tables import follow_ups
from mailer.surveys.store import Surveyed, find
from mailer.verbs.surveys import ask
from tests.surveys.running import OPENLY, approved, at, invitation_of

WISHES = (Wish("aktiv", ("ja", "kanske")), Wish("ring"))
ANNA, BO, KERSTIN = "Anna Redaktör", "Bo Godkännare", "Kerstin Lund"
FOLLOWED = replace(OPENLY, following=Following(WISHES, ANNA))
SAID_ON = date(2024, 3, 6)
YES, NO = {"aktiv": ("ja",), "hur": ("torget",)}, {"aktiv": ("nej",)}


def opened(house: House, owner: str = ANNA) -> Surveyed:
    """The survey, approved, its members invited."""
    approved(house, replace(FOLLOWED, following=Following(WISHES, owner)))
    ask.ask(at(house, "2024-03-05T10:00"))
    survey = house.db.read(lambda c: find(c, FOLLOWED.key))
    assert survey is not None
    return survey


def says(house: House, contact: int, answers: dict, moment: str = "2024-03-06T12:34:56", through: str = "web") -> str:
    """She submits it, signed."""
    then, survey = at(house, moment), house.db.read(lambda c: find(c, FOLLOWED.key))
    number, today = invitation_of(house, contact), then.here().date()
    now = then.clock.now()
    return house.db.write(
        lambda c: answering.submit(c, house.db, survey, number, answers, None, through, None, today, now)
    )


def asks_for_a_call(house: House, contact: int, words: str, moment: str = "2024-03-06T12:40") -> None:
    number, now = invitation_of(house, contact), at(house, moment).clock.now()
    given = {"ring": (words,)} if words else {}
    house.db.write(lambda c: answering.save(c, house.db, number, Part.AFTER, given, "web", None, now))


def rows(house: House) -> list:
    return list(house.db.read(lambda c: c.execute(select(follow_ups).order_by(follow_ups.c.id)).all()))


def told(house: House, thing: str = "uppföljning/") -> list[tuple[str, str, str]]:
    """(to whom, subject, text) of every notice of these, in order."""
    m, d, r = mailings.c, deliveries.c, renderings.c
    query = (
        select(d.address, r.subject, r.text).join(mailings, m.id == d.mailing_id).join(renderings, r.id == d.rendering_id)
        .where(m.name.startswith(f"systemmejl/{thing}")).order_by(m.id)
    )  # fmt: skip
    return [tuple(row) for row in house.db.read(lambda c: c.execute(query).all())]
