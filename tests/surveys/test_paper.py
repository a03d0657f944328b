"""Paper: an envelope is found by its code, ticked off once, and no more sheets are typed than there were envelopes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from mailer.db import Database
from mailer.keys import Keys
from mailer.register.tables import accesses
from mailer.surveys import codes, invitations
from mailer.surveys.field import holds, paper
from mailer.surveys.field.passes import Sort
from mailer.surveys.field.tables import paper_sheets
from mailer.surveys.store import Surveyed
from tests.surveys.fielded import EVENING, a_pass, a_round, state_of, take

DAY = date(2024, 4, 9)


def typist(db: Database, survey: Surveyed, name: str = "Kim"):
    return a_pass(db, survey, name, Sort.PAPER)


def code_of(keys: Keys, survey: Surveyed, contact: int) -> str:
    return codes.shown(codes.code(keys, survey.number, contact))


@pytest.mark.parametrize("typed", ["{}", "  {} ", "{}".lower(), "{0}."])
def test_finds_an_envelope_by_its_code_however_it_is_typed(db: Database, keys: Keys, typed: str):
    survey = a_round(db, keys, 3)
    by, word = typist(db, survey), typed.format(code_of(keys, survey, 2).lower())
    assert db.write(lambda c: paper.by_code(c, db, keys, by, survey, word, EVENING)) == "open"
    found = db.read(lambda c: paper.before(c, by))
    assert found is not None
    assert (found.contact, found.name, found.is_counted) == (2, "", False)
    seen = db.read(lambda c: c.execute(select(accesses.c.who, accesses.c.what, accesses.c.contact_id)).all())
    assert [tuple(row) for row in seen] == [("Kim (papper)", "paper", 2)]


@pytest.mark.parametrize(
    ("number", "last_name", "word"),
    [("0002", "Efternamn2", "open"), (" 0002 ", "efternamn2 ", "open"), ("2", "Efternamn2", "unknown"),
     ("0002", "Efternamn3", "unknown"), ("0002", "", "unknown"), ("", "", "unknown"), ("0009", "Efternamn9", "unknown")],
)  # fmt: skip
def test_finds_an_envelope_without_a_code_by_number_and_name(
    db: Database, keys: Keys, number: str, last_name: str, word: str
):
    survey = a_round(db, keys, 3)
    by = typist(db, survey)
    assert db.write(lambda c: paper.by_name(c, db, by, survey, number, last_name, EVENING)) == word
    seen = db.read(lambda c: c.execute(select(accesses.c.what)).scalars().all())
    assert seen == (["paper: utan svarskod"] if word == "open" else [])


def test_knows_a_code_of_another_survey_as_nobody(db: Database, keys: Keys):
    from dataclasses import replace

    from tests.surveys.arranged import QUESTIONNAIRE, open_survey

    survey = a_round(db, keys, 2)
    other = db.write(lambda c: open_survey(c, keys, [1], replace(QUESTIONNAIRE, key="annan")))
    by, word = typist(db, survey), codes.code(keys, other, 1)
    assert db.write(lambda c: paper.by_code(c, db, keys, by, survey, word, EVENING)) == "unknown"


def test_leaves_whom_a_caller_talks_with_to_the_caller(db: Database, keys: Keys):
    survey = a_round(db, keys, 1)
    caller, by = a_pass(db, survey, "Bo"), typist(db, survey)
    assert take(db, survey, caller) == "taken"
    word = code_of(keys, survey, 1)
    assert db.write(lambda c: paper.by_code(c, db, keys, by, survey, word, EVENING)) == "busy"
    db.write(lambda c: holds.release(c, caller.number))
    assert db.write(lambda c: paper.by_code(c, db, keys, by, survey, word, EVENING)) == "open"
    assert take(db, survey, caller) == "none_left"


def test_says_that_she_has_answered_already(db: Database, keys: Keys):
    survey = a_round(db, keys, 1)
    by = typist(db, survey)
    db.write(lambda c: invitations.step(c, db, 1, "answer", answered_on=DAY))
    db.write(lambda c: paper.by_code(c, db, keys, by, survey, code_of(keys, survey, 1), EVENING))
    found = db.read(lambda c: paper.before(c, by))
    assert found is not None
    assert found.is_counted
    assert state_of(db, 1) == "answered"


def test_takes_the_inner_envelope_of_one_who_has_answered_by_mail_alone(db: Database, keys: Keys):
    survey = a_round(db, keys, 1)
    by = typist(db, survey)
    db.write(lambda c: invitations.step(c, db, 1, "answer", answered_on=DAY, through="mail"))
    db.write(lambda c: paper.by_code(c, db, keys, by, survey, code_of(keys, survey, 1), EVENING))
    found = db.read(lambda c: paper.before(c, by))
    assert found is not None
    assert not found.is_counted


def test_types_as_many_sheets_as_there_were_envelopes_and_no_more(db: Database, keys: Keys):
    """Over two days, and by fifty hands at once."""
    survey = a_round(db, keys, 1)
    for day in (DAY, DAY, DAY + timedelta(1)):
        db.write(lambda c, d=day: paper.opened(c, survey, d))
    assert db.read(lambda c: paper.waiting(c, survey.number)) == 3
    with ThreadPoolExecutor(50) as hands:
        words = list(hands.map(lambda _: db.write(lambda c: paper.typed(c, db, survey, DAY + timedelta(2))), range(50)))
    assert words.count(True) == 3
    assert db.read(lambda c: paper.waiting(c, survey.number)) == 0
    rows = db.read(lambda c: c.execute(select(paper_sheets).order_by(paper_sheets.c.day)).all())
    assert [(row.envelopes, row.number) for row in rows] == [(2, 0), (1, 0), (0, 3)]


def test_holds_nothing_that_ties_a_sheet_to_an_envelope():
    assert set(paper_sheets.c.keys()) == {"survey_id", "day", "number", "envelopes"}
