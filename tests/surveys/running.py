"""A home whose survey is approved, with members and a real relay: for the tests of what the clock does with it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path

from sqlalchemy import select, update

from mailer.clock import Clock
from mailer.content.channel_plan.model import Channel, ChannelPlan, Step, Whom
from mailer.content.questionnaires.model import Part, Questionnaire, Words
from mailer.house import House, open_house
from mailer.register.tables import contacts
from mailer.surveys.store import Surveyed, find
from mailer.surveys.tables import asks, invitations
from mailer.verbs.surveys import approve
from tests.homes import add_people, make_home
from tests.surveys.arranged import QUESTIONNAIRE, ZONE

WEB = {'# address = ""   ': 'address = "https://utskick.vallentuna.example" '}
# No anonymous part: that one needs two officers and their keys.
OPENLY = replace(QUESTIONNAIRE, sections=tuple(s for s in QUESTIONNAIRE.sections if s.part is not Part.ANONYMOUS),
                 crosstabs=(), opens=date(2024, 3, 5), closes=date(2024, 4, 30), freeze=date(2024, 2, 20))  # fmt: skip


def step(key: str, whom: Whom, offset: int, channel: Channel = Channel.EMAIL, **more) -> Step:
    words = {
        "subject": Words(f"Steget {key}", f"The step {key}"),
        "text": Words("Hej {{ förnamn }}!", "Hi {{ förnamn }}!"),
    }
    return Step(key, key.capitalize(), channel, whom, offset, at=time(10, 0), **(words | more))


INVITATION = step("inbjudan", Whom.WITH_EMAIL, 0)
REMINDER = step("paminnelse", Whom.WITH_EMAIL, 7)
INSTEAD = step("brev", Whom.EMAIL_FAILED, 14, Channel.LETTER)
THANKS = step("tack", Whom.ANSWERED, -1, from_end=True, is_ask=False)
PLAN = ChannelPlan("", "", (INVITATION, REMINDER, INSTEAD, THANKS))


@contextmanager
def a_home(
    folder: Path, port: int, number: int, database_url: str = "", at: str = "2024-03-01T09:00"
) -> Iterator[House]:
    """A home with so many members, on a clock that stands still."""
    home = make_home(folder / "hem", port, database_url, **WEB)
    with open_house(home, f"{at},0") as house:
        house.db.write(lambda c: add_people(c, house.keys, range(1, number + 1), house.clock.now()))
        yield house


def approved(house: House, questionnaire: Questionnaire = OPENLY, plan: ChannelPlan = PLAN) -> Surveyed:
    """The survey, approved as a person would."""
    shown = approve.look_at(house, questionnaire, plan)
    assert shown.problems == ()
    approve.put(house, shown, "Bo Godkännare")
    survey = house.db.read(lambda c: find(c, questionnaire.key))
    assert survey is not None
    return survey


def at(house: House, moment: str) -> House:
    """The same home at another moment of the association's."""
    return replace(house, clock=Clock(datetime.fromisoformat(moment).replace(tzinfo=ZONE), 0))


def invitation_of(house: House, contact: int) -> int:
    query = select(invitations.c.id).where(invitations.c.contact_id == contact)
    return int(house.db.read(lambda c: c.execute(query).scalar_one()))


def states(house: House, step_key: str) -> dict[int, tuple[str, str | None]]:
    """contact -> (state, reason) of her row of the step."""
    query = select(invitations.c.contact_id, asks.c.state, asks.c.reason).join(
        invitations, invitations.c.id == asks.c.invitation_id
    )
    rows = house.db.read(lambda c: c.execute(query.where(asks.c.step == step_key)).all())
    return {contact: (state, reason) for contact, state, reason in rows}


def change(house: House, numbers: Sequence[int], **values) -> None:
    house.db.write(lambda c: c.execute(update(contacts).where(contacts.c.id.in_(numbers)).values(**values)))
