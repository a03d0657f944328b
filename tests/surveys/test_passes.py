"""A link for one evening: it opens while it lives, for its own sort of work, and its words are nowhere."""

from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import select

from mailer.db import METADATA, Database
from mailer.keys import Keys
from mailer.surveys.field import passes
from mailer.surveys.field.passes import Sort
from mailer.surveys.field.tables import holds
from tests.surveys.arranged import ZONE
from tests.surveys.fielded import EVENING, a_pass, a_round, take

TOKEN = "k" * 22


@pytest.mark.parametrize(
    ("now", "until", "end"),
    [
        (EVENING, None, datetime(2024, 4, 9, 22, tzinfo=UTC)),  # midnight in Sweden, in summer
        (EVENING, time(21), datetime(2024, 4, 9, 19, tzinfo=UTC)),
        (datetime(2024, 1, 9, 16, tzinfo=UTC), None, datetime(2024, 1, 9, 23, tzinfo=UTC)),
        (datetime(2024, 3, 30, 23, 30, tzinfo=UTC), None, datetime(2024, 3, 31, 22, tzinfo=UTC)),  # a day of 23 hours
    ],
)
def test_ends_with_the_day_where_the_association_is(now: datetime, until: time | None, end: datetime):
    assert passes.ends_at(now, until, ZONE) == end


def test_opens_while_it_lives_and_for_its_own_work_alone(db: Database, keys: Keys):
    survey, end = a_round(db, keys), EVENING + timedelta(hours=3)
    db.write(lambda c: passes.make(c, survey.number, Sort.PAPER, TOKEN, "Kim", "Anna Ek", EVENING, end))

    def opens(sort: Sort, token: str, now: datetime = EVENING) -> bool:
        return db.read(lambda c: passes.find(c, sort, token, now)) is not None

    assert opens(Sort.PAPER, TOKEN)
    assert opens(Sort.PAPER, TOKEN, end - timedelta(seconds=1))
    assert not opens(Sort.PAPER, TOKEN, end)
    assert not opens(Sort.PAPER, TOKEN, EVENING - timedelta(seconds=1))
    assert not opens(Sort.TELEPHONE, TOKEN)
    for other in ("", TOKEN[:-1], TOKEN + "k", TOKEN.upper(), "k" * 1000, "å\ud800"):
        assert not opens(Sort.PAPER, other)


def test_keeps_the_words_of_a_link_nowhere(db: Database, keys: Keys):
    survey = a_round(db, keys)
    db.write(lambda c: passes.make(c, survey.number, Sort.PAPER, TOKEN, "Kim", "Anna Ek", EVENING, EVENING))
    rows = db.read(lambda c: [repr(c.execute(select(table)).all()) for table in METADATA.sorted_tables])
    assert TOKEN not in "".join(rows)


def test_frees_whom_it_held_when_a_person_ends_it(db: Database, keys: Keys):
    survey = a_round(db, keys, 1)
    by, other = a_pass(db, survey, "Kim"), a_pass(db, survey, "Bo")
    assert take(db, survey, by) == "taken"
    assert take(db, survey, other) == "none_left"
    assert db.write(lambda c: passes.end(c, survey.number, by.number, EVENING))
    assert not db.write(lambda c: passes.end(c, survey.number, by.number, EVENING))
    assert db.read(lambda c: c.execute(select(holds)).all()) == []
    assert take(db, survey, other) == "taken"


def test_lists_the_links_of_a_survey(db: Database, keys: Keys):
    survey = a_round(db, keys, 1)
    a_pass(db, survey, "Kim")
    a_pass(db, survey, "Bo", Sort.PAPER)
    listed = db.read(lambda c: passes.listed(c, survey.number))
    assert [(one.name, one.sort, calls) for one, calls in listed] == [("Bo", "paper", 0), ("Kim", "telephone", 0)]
