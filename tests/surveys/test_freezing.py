"""The denominator: the members on the freeze date, and those who came or went later."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import update

from mailer.register.tables import contacts
from mailer.surveys import freezing, invitations, store
from tests.surveys.arranged import NOON, PLAN, QUESTIONNAIRE, ZONE, people

FREEZE = QUESTIONNAIRE.freeze  # 20 February 2024


def a_survey(c, questionnaire=QUESTIONNAIRE):
    number = store.prepare(c, questionnaire, PLAN, "0" * 64, ZONE)
    store.step(c, number, "approve", approved_by="Anna Ek", approved_os_user="anna", approved_at=NOON)
    return store.read(c, number)


def change(c, number, **values):
    c.execute(update(contacts).where(contacts.c.id == number).values(**values))


MEMBERS = [
    ("no date of joining", {}, True),
    ("joined on the day", {"joined_on": FREEZE}, True),
    ("joined the day after", {"joined_on": date(2024, 2, 21)}, False),
    ("resigned before it", {"resigned_at": datetime(2024, 2, 19, 22, 59, tzinfo=UTC)}, False),
    ("resigned on the day", {"resigned_at": datetime(2024, 2, 19, 23, 1, tzinfo=UTC)}, True),
    ("resigned after it", {"resigned_at": datetime(2024, 3, 1, tzinfo=UTC)}, True),
]


@pytest.mark.parametrize(("what", "values", "counts"), MEMBERS, ids=[m[0] for m in MEMBERS])
def test_counts_the_members_of_the_freeze_date(db, what, values, counts):
    def work(c):
        (one,) = people(c, 1)
        if values:
            change(c, one, **values)
        return c.execute(freezing.members_on(QUESTIONNAIRE, FREEZE, ZONE)).scalars().all() == [one]

    assert db.write(work) is counts


def test_asks_one_branch_alone_when_the_survey_names_it(db):
    def work(c):
        first, second = people(c, 2)
        change(c, first, home_branch="Vallentuna")
        change(c, second, home_branch="Huddinge")
        asked = replace(QUESTIONNAIRE, home_branch="vallentuna")
        return c.execute(freezing.members_on(asked, FREEZE, ZONE)).scalars().all() == [first]

    assert db.write(work)


def test_draws_up_the_invitations_once(db, keys):
    def work(c):
        people(c, 4)
        survey = a_survey(c)
        return [len(freezing.freeze(c, keys, survey, ZONE, NOON)) for _ in range(2)]

    assert db.write(work) == [4, 0]


def test_draws_up_the_others_where_somebody_has_an_invitation_already(db, keys):
    def work(c):
        made = people(c, 3)
        survey = a_survey(c)
        invitations.invite(c, keys, survey.number, made[1], "medlemmar", True, NOON)
        return len(freezing.freeze(c, keys, survey, ZONE, NOON)), freezing.figures(c, survey).frozen

    assert db.write(work) == (2, 3)


def test_keeps_who_leaves_later_in_the_denominator_and_reports_who_joins_later_apart(db, keys):
    def work(c):
        made = people(c, 10)
        survey = a_survey(c)
        numbers = dict(zip(made, freezing.freeze(c, keys, survey, ZONE, NOON), strict=True))
        (late,) = people(c, 1, first=11)
        (hers,) = freezing.invite_later(c, keys, survey, NOON)
        assert freezing.invite_later(c, keys, survey, NOON) == []
        for who in (*made[:4], late):
            number = numbers.get(who, hers)
            assert invitations.step(c, db, number, "answer", answered_on=date(2024, 3, 6), through="web")
        change(c, made[0], resigned_at=NOON)  # has answered, and leaves
        change(c, made[9], resigned_at=NOON)
        assert invitations.stop(c, db, numbers[made[9]], "resigned", NOON)
        assert invitations.decline(c, db, numbers[made[5]], "web", NOON)
        invitations.stop(c, db, numbers[made[8]], "removed", NOON, "died_before")
        return freezing.figures(c, survey)

    found = db.write(work)
    assert (found.frozen, found.removed, found.counted) == (10, {"died_before": 1}, 9)
    assert (found.answered, found.declined, found.stopped, found.contacted) == (4, 1, 1, 5)
    assert (found.later, found.later_answered) == (1, 1)
    assert (found.today, found.today_answered) == (9, 4)
    assert found.rate == pytest.approx(100 * 4 / 9)
    assert found.rate_today == pytest.approx(100 * 4 / 9)


def test_has_no_rate_without_members(db, keys):
    found = db.write(lambda c: freezing.figures(c, a_survey(c)))
    assert found.rate is None
    assert found.rate_today is None
