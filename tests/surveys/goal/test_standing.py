"""The house and how a survey stands: who is contacted, reached and has answered, and whom nobody has contacted."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, insert, update

from mailer.content.channel_plan.model import Channel, Step, Whom
from mailer.db import Database
from mailer.keys import Keys
from mailer.outbox.tables import deliveries, mailings, renderings
from mailer.register.segment import Segment, parse_segments
from mailer.register.tables import contacts
from mailer.surveys import freezing, invitations, store
from mailer.surveys.field.tables import contact_attempts
from mailer.surveys.goal import traces
from mailer.surveys.goal.counts import Ask, Ended, counts
from mailer.surveys.goal.model import Bar, Standing, Untouched
from mailer.surveys.goal.standing import standing
from mailer.surveys.goal.untouched import REASONS, untouched, why_nobody
from mailer.surveys.plan.rules import Person
from mailer.surveys.store import Surveyed
from mailer.surveys.tables import asks
from mailer.surveys.tables import invitations as table
from tests.surveys.arranged import PLAN, QUESTIONNAIRE, ZONE, open_survey, people

FIRST_DAY = datetime(2024, 3, 5, 11, tzinfo=UTC)
TODAY = date(2024, 4, 12)
SQUARE = Step("torget", "Torget", Channel.IN_PERSON, Whom.EVERYBODY, 20)
LETTER = Step("brev", "Brev", Channel.LETTER, Whom.SILENT, 50)
WHOLE_PLAN = replace(PLAN, steps=(*PLAN.steps, SQUARE, LETTER))


@pytest.fixture
def survey(db: Database, keys: Keys) -> Surveyed:
    """Twelve members, on the thirty-eighth day. Of the first four the mail of the fourth came back; the fifth's letter
    is posted and the sixth's has come back; the seventh has said no on the telephone, and the eighth did not answer."""

    def work(c: Connection) -> Surveyed:
        number = open_survey(c, keys, people(c, 12), plan=WHOLE_PLAN)
        survey = store.read(c, number)
        mailed(c, number, {1: "accepted", 2: "accepted", 3: "accepted", 4: "bounced"})
        for who, channel, outcome in (
            (5, "letter", "posted"), (6, "letter", "returned"), (7, "telephone", "declined"), (8, "telephone", "no_answer"),
        ):  # fmt: skip
            tried(c, who, channel, outcome)
        changed(c, 1, state="answered", answered_on=date(2024, 3, 9), through="web")
        changed(c, 7, state="declined", through="telephone", declined_on=date(2024, 4, 4))
        return survey

    return db.write(work)


def mailed(c: Connection, survey: int, states: dict[int, str], at: datetime = FIRST_DAY) -> None:
    """One mail of the invitation to each."""
    values = {"name": f"enkät/{at.isoformat()}", "kind": "survey", "title": "Inbjudan", "state": "finished", "rule": {}}
    new = insert(mailings).values(**values, created_at=at, planned_at=at, survey_id=survey).returning(mailings.c.id)
    mailing = int(c.execute(new).scalar_one())
    words = {"edition": "sv", "subject": "Hej", "html": "Hej", "text": "Hej", "hash": "0"}
    rendering = insert(renderings).values(mailing_id=mailing, **words).returning(renderings.c.id)
    number = int(c.execute(rendering).scalar_one())
    for contact, state in states.items():
        row = {"mailing_id": mailing, "contact_id": contact, "rendering_id": number, "state": state, "settled_at": at}
        c.execute(insert(deliveries).values(**row))
        ask = {"invitation_id": contact, "step": "inbjudan", "channel": "email", "state": "asked", "asked_at": at}
        c.execute(insert(asks).values(**ask, planned_for=at, mailing_id=mailing))


def tried(c: Connection, who: int, channel: str, outcome: str, days: int = 30) -> None:
    at = FIRST_DAY + timedelta(days)
    values = {"invitation_id": who, "contact_id": who, "channel": channel, "at": at, "outcome": outcome, "by": "Kim"}
    c.execute(insert(contact_attempts).values(**values, step="ringrunda" if channel == "telephone" else "brev"))


def changed(c: Connection, who: int, **values: Any) -> None:
    c.execute(update(table).where(table.c.id == who).values(**values))


def stands(db: Database, survey: Surveyed, today: date = TODAY, groups: tuple[Segment, ...] = ()) -> Standing:
    return db.read(lambda c: standing(c, survey, ZONE, today, groups))


def test_counts_who_is_contacted_reached_and_has_answered(db: Database, survey: Surveyed) -> None:
    found = stands(db, survey)
    assert found.whole == Bar(12, 5, 2, 1)
    assert {one.key: (one.bar.contacted, one.bar.reached, one.bar.answered) for one in found.channels} == {
        "email": (3, 1, 1), "letter": (1, 0, 0), "telephone": (1, 1, 0), "in_person": (0, 0, 0),
    }  # fmt: skip


def test_closes_the_balance(db: Database, survey: Surveyed) -> None:
    def work(c: Connection) -> None:
        changed(c, 9, state="stopped", reason="died")
        changed(c, 10, contact_id=None, state="stopped", reason="forgotten")
        c.execute(update(contacts).where(contacts.c.id == 11).values(address=None, phone=None))

    db.write(work)
    found = stands(db, survey)
    assert found.untouched == 4  # 4, 6, 8 and 12
    assert found.unreachable == (("died", 1), ("forgotten", 1), ("no_way", 1))
    assert found.whole.contacted + found.untouched + sum(n for _, n in found.unreachable) == found.whole.of
    assert {why for why, _ in found.unreachable} <= REASONS.keys()


def test_tells_each_day_as_a_recount_of_that_day_would(db: Database, survey: Surveyed) -> None:
    found = stands(db, survey).days
    assert [one.day for one in found] == [date(2024, 3, 1) + timedelta(n) for n in range(43)]
    for one in found[::7]:
        bar = stands(db, survey, one.day).whole
        # Who has said no on a later day was silent on this one.
        assert (one.contacted, one.reached, one.answered) == (bar.contacted, bar.reached, bar.answered)


def test_lets_each_bar_hold_the_next(db: Database, survey: Surveyed) -> None:
    db.write(lambda c: changed(c, 12, state="answered", answered_on=date(2024, 4, 1), through="paper"))
    found = stands(db, survey)
    for bar in (found.whole, *(one.bar for one in (*found.channels, *found.segments)), *found.days):
        assert bar.contacted >= bar.reached >= bar.answered
    assert found.whole.contacted == 6  # whoever has answered has been contacted


def test_leaves_out_those_who_are_not_of_the_denominator(db: Database, survey: Surveyed) -> None:
    db.write(lambda c: (changed(c, 1, is_frozen=False), changed(c, 2, removed="duplicate")))
    assert stands(db, survey).whole == Bar(10, 3, 1, 0)


def test_names_whom_nobody_has_contacted_and_what_comes(db: Database, survey: Surveyed) -> None:
    def work(c: Connection) -> None:
        due = datetime(2024, 4, 20, 8, tzinfo=UTC)
        for who in (6, 12):
            values = {"invitation_id": who, "step": "brev", "channel": "letter", "state": "planned", "planned_for": due}
            c.execute(insert(asks).values(**values))
        c.execute(
            update(contacts).where(contacts.c.id == 12).values(street="Stigen 1", postcode="186 96", city="Brottby")
        )
        c.execute(update(contacts).where(contacts.c.id == 6).values(phone=None, address=None))
        invitations.stop_channel(c, 6, "letter", "returned_letter", FIRST_DAY)

    db.write(work)
    found = {one.contact: one for one in db.read(lambda c: untouched(c, survey, ZONE, TODAY))}
    assert sorted(found) == [4, 6, 8, 9, 10, 11, 12]
    assert found[6] == Untouched(6, "0006", "Förnamn6 Efternamn6", "returned_letter")
    assert found[12] == Untouched(12, "0012", "Förnamn12 Efternamn12", "", "Brev", date(2024, 4, 20))
    assert found[9] == Untouched(9, "0009", "Förnamn9 Efternamn9", "")  # somebody could, and nothing comes


def test_puts_small_parts_together(db: Database, survey: Surveyed) -> None:
    def work(c: Connection) -> None:
        c.execute(update(contacts).where(contacts.c.id <= 7).values(city="Vallentuna"))
        c.execute(update(contacts).where(contacts.c.id.in_((8, 9))).values(city="Brottby"))

    db.write(work)
    tables = {"tatort": {"name": "Tätorten", "ort": ["Vallentuna"]}, "by": {"name": "Byn", "ort": ["Brottby"]}}
    groups, problems = parse_segments("grupper.toml", "", tables)
    assert problems == []
    found = stands(db, survey, groups=tuple(groups.values()))
    assert [(one.key, one.name, one.bar.of) for one in found.segments] == [
        ("grupp:tatort", "Tätorten", 7), ("ort:Vallentuna", "Vallentuna", 7), ("ort:", "övriga", 5),
    ]  # fmt: skip
    assert [(one.respect, one.name, one.members, one.answered) for one in found.alike] == [
        ("bostadsort", "Vallentuna", 7, 1), ("bostadsort", "övriga", 5, 0),
    ]  # fmt: skip


def test_gives_the_projection_counts_and_nobody(db: Database, survey: Surveyed) -> None:
    found = db.read(lambda c: counts(c, survey, ZONE, TODAY))
    assert (found.members, found.answered, found.goal, found.day) == (12, 1, 50, 42)
    assert (Ended((Ask(4, "email", 0),), 8, True), 1) in found.ended
    assert (found.calls.made, found.calls.spoken, found.calls.answered) == (2, 1, 0)
    assert sum(n for _, n in (*found.silent, *found.ended)) == 12
    # The occasion of day 20 has been there for all; a letter has come to one.
    had = {one.had: n for one, n in found.silent}
    assert had[(Ask(20, "in_person", 0), Ask(34, "letter", 0))] == 1


def test_counts_nobody_as_contacted_whom_no_call_has_found(db: Database, survey: Surveyed) -> None:
    assert db.read(lambda c: freezing.figures(c, survey)).contacted == 5


@pytest.mark.soak
def test_counts_twenty_thousand_members_whoever_they_are(db: Database, keys: Keys) -> None:
    def work(c: Connection) -> Surveyed:
        number = open_survey(c, keys, people(c, 20_000), QUESTIONNAIRE, WHOLE_PLAN)
        mailed(c, number, dict.fromkeys(range(1, 15_001), "accepted"))
        return store.read(c, number)

    survey = db.write(work)
    assert stands(db, survey).whole == Bar(20_000, 15_000, 0, 0)
    assert len(db.read(lambda c: traces.traces(c, survey, ZONE, TODAY))) == 20_000


PHONE = Person(1, no_email="bad_address", has_post=False)


@pytest.mark.parametrize(
    ("person", "calls", "is_ahead", "is_over", "why"),
    [
        (Person(1), 0, True, False, ""),
        (Person(1), 0, False, False, ""),  # the plan has forgotten her: a person has to do something
        (Person(1), 0, False, True, "too_late"),
        (PHONE, 3, True, False, ""),
        (PHONE, 3, False, False, "round_over"),
        (PHONE, 0, False, False, ""),
        (PHONE, 4, True, False, "no_pick_up"),
        (replace(PHONE, has_phone=False), 0, False, False, "no_way"),
        (replace(PHONE, stops=(("telephone", "wrong_number"),)), 1, False, True, "wrong_number"),
        (replace(PHONE, state="stopped", stopped="died"), 0, True, False, "died"),
    ],
)
def test_has_a_reason_for_each_whom_nobody_can_contact(
    person: Person, calls: int, is_ahead: bool, is_over: bool, why: str
) -> None:
    assert why_nobody(person, calls, 4, is_ahead, is_over) == why


def test_counts_as_reached_whoever_has_said_no_by_herself(db: Database, survey: Surveyed) -> None:
    """Nothing had come to her; and that she leaves the association afterwards changes nothing of it."""
    said = datetime(2024, 4, 10, 9, tzinfo=UTC)
    db.write(lambda c: [invitations.decline(c, db, who, "web", said) for who in (9, 10)])
    db.write(lambda c: invitations.stop(c, db, 10, "resigned", said))
    found = stands(db, survey)
    assert (found.whole.contacted, found.whole.reached) == (7, 4)
    assert {one.key: one.bar.reached for one in found.channels}["in_person"] == 2
    assert stands(db, survey, date(2024, 4, 9)).whole.reached == found.days[-4].reached == 2
    assert db.read(lambda c: freezing.figures(c, survey)).contacted == 7
    db.write(lambda c: invitations.step(c, db, 9, "begin", said))  # she has taken it back
    assert stands(db, survey).whole.reached == 3
