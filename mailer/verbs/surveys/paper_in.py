"""What the page for paper does: whose envelope, the signed form, the sheets of the pile.

Takes   the opened house, a living Pass and its survey.
Gives   what happened, as a word of `surveys.paper` or `surveys.answering`.
Fails   EditorError, LaterError: the page says so, and nothing is changed.
"""

from sqlalchemy import Connection

from mailer.content.questionnaires.model import Answers, Part
from mailer.house import House
from mailer.surveys import store
from mailer.surveys.answers import form
from mailer.surveys.box import store as box
from mailer.surveys.field import calling, paper
from mailer.surveys.field.paper import Envelope
from mailer.surveys.field.passes import Pass
from mailer.surveys.store import Surveyed
from mailer.verbs.surveys.calls import submitted

THROUGH = "paper"


def by_code(house: House, by: Pass, survey: Surveyed, typed: str) -> str:
    """The envelope with this code."""
    now = house.clock.now()
    return house.db.write(lambda c: paper.by_code(c, house.db, house.keys, by, survey, typed, now))


def by_name(house: House, by: Pass, survey: Surveyed, number: str, last_name: str) -> str:
    """The envelope of this member, whose code slip is gone."""
    now = house.clock.now()
    return house.db.write(lambda c: paper.by_name(c, house.db, by, survey, number, last_name, now))


def before(house: House, by: Pass) -> Envelope | None:
    """The envelope that lies before her."""
    return house.db.read(lambda c: paper.before(c, by))


def waiting(house: House, survey: Surveyed) -> int:
    """How many inner envelopes lie on the pile."""
    return house.db.read(lambda c: paper.waiting(c, survey.number))


def lay_aside(house: House, by: Pass) -> None:
    """She is done with the envelope."""
    house.db.write(lambda c: calling.release(c, by))


def submit(house: House, by: Pass, survey: Surveyed, invitation: int, signed: Answers) -> str:
    """The outer envelope's form; its inner one goes on the pile in the same transaction."""
    today = house.here().date()

    def then(connection: Connection, word: str) -> None:
        if word == "answered" and survey.questionnaire.is_secret:
            paper.opened(connection, survey, today)
        if word in ("answered", "again"):
            calling.answered(connection, by, keeps=bool(survey.questionnaire.of_part(Part.AFTER)))
        elif word != "not_yours":
            calling.release(connection, by)

    return submitted(house, by, survey, invitation, signed, None, THROUGH, then)


def sheet(house: House, survey: Surveyed, ballot: Answers) -> str:
    """One code-less sheet into the ballot box: ”typed”; ”none”: the pile is empty; ”closed”. A blank one is only
    taken from the pile: it is no response."""
    now, today = house.clock.now(), house.here().date()

    def work(connection: Connection) -> str:
        if not store.read(connection, survey.number).takes_sheets(now):
            return "closed"
        if not paper.typed(connection, house.db, survey, today):
            return "none"
        if not form.is_blank(ballot):
            box.put(connection, survey, ballot)
        return "typed"

    return house.db.write(work)
