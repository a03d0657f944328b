"""Answers come in: once, whole, and the anonymous ones under nobody's name."""

import dataclasses
import os
import signal
import threading
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from itertools import permutations

import pytest
from sqlalchemy import event, insert, select, update

from mailer.content.questionnaires.model import Part
from mailer.db import METADATA, Database
from mailer.errors import BrokenPromise, EditorError
from mailer.surveys import invitations, store
from mailer.surveys.answers import answering
from mailer.surveys.box import ballot, sealing
from mailer.surveys.box import store as box
from mailer.surveys.box.tables import ballots, responses
from mailer.surveys.tables import asks, surveys
from mailer.surveys.tables import invitations as ledger
from tests.surveys.arranged import ANONYMOUS, NOON, QUESTIONNAIRE, open_survey, people
from tests.surveys.boxed import give_key

TODAY = date(2024, 3, 5)
SIGNED = {"aktiv": ("nej",)}
BALLOT = {"viktigast": ("skolan",), "nojd": ("4",), "ord": ("Mer ”åäö” \U0001f600\nrad två",)}


@pytest.fixture
def opened(db, keys):
    def arrange(c):
        number = open_survey(c, keys, people(c, 3))
        private = give_key(c, number)
        rows = list(c.execute(select(ledger.c.id).order_by(ledger.c.id)).scalars())
        return store.read(c, number), rows, private

    return db.write(arrange)


def answer(db, survey, who, signed=SIGNED, given=BALLOT, through="web", now=NOON, today=TODAY):
    return db.write(
        lambda c: answering.submit(c, db, survey, who, signed, given, through, None, today, now)
    )  # fmt: skip


def row_of(db, who):
    return db.read(lambda c: c.execute(select(ledger).where(ledger.c.id == who)).one())


def in_box(db):
    return db.read(lambda c: c.execute(select(ballots)).all())


def test_takes_an_answer_whole(db, opened):
    survey, (who, *_), private = opened
    db.write(lambda c: c.execute(insert(asks).values(invitation_id=who, step="x", channel="email", state="planned")))
    assert answer(db, survey, who) == "answered"
    row = row_of(db, who)
    assert (row.state, row.answered_on, row.through) == ("answered", TODAY, "web")
    assert db.read(lambda c: c.execute(select(asks.c.state)).scalar_one()) == "stopped"
    assert db.read(lambda c: answering.drafts(c, who, Part.SIGNED)) == SIGNED
    (sealed,) = in_box(db)
    assert set(sealed._fields) == {"id", "survey_id", "sealed"}
    plain = sealing.unseal(private, survey.key, sealed.sealed)
    assert ballot.from_bytes(QUESTIONNAIRE, plain) == BALLOT


def test_keeps_the_day_of_a_signed_answer_and_no_moment(db, opened):
    """With a moment her visits would stand out in a web server's log, and with them how many pages she got."""
    survey, (who, other, _), _ = opened
    answer(db, survey, who, now=NOON + timedelta(minutes=77))
    late = NOON + timedelta(hours=9, minutes=3)
    db.write(lambda c: answering.save(c, db, other, Part.SIGNED, SIGNED, "web", None, late))
    at = db.read(lambda c: c.execute(select(responses.c.at)).scalars().all())
    assert at == [datetime(2024, 3, 5, 12, tzinfo=UTC)] * 2


def test_keeps_a_second_signed_answer_and_no_second_ballot(db, opened):
    survey, (who, *_), _ = opened
    answer(db, survey, who)
    before = in_box(db)
    tomorrow = NOON + timedelta(days=1)
    again = answer(
        db, survey, who, {"aktiv": ("ja",)}, {"viktigast": ("bussen",)}, "telephone", tomorrow, date(2024, 3, 6)
    )
    assert again == "again"
    assert in_box(db) == before
    assert db.read(lambda c: answering.drafts(c, who, Part.SIGNED)) == {"aktiv": ("ja",)}
    assert (row_of(db, who).answered_on, row_of(db, who).through) == (TODAY, "web")


def test_takes_one_of_fifty_answers_that_come_at_once(db, opened):
    survey, (who, *_), _ = opened
    gate, came = threading.Barrier(50), []
    doors = [Database(db.url.render_as_string(hide_password=False)) for _ in range(10)]  # each writes by itself

    def press(door):
        gate.wait()
        came.append(answer(door, survey, who))

    threads = [threading.Thread(target=press, args=(doors[n % 10],)) for n in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for door in doors:
        door.close()
    assert sorted(came) == ["again"] * 49 + ["answered"]
    assert len(in_box(db)) == 1


def test_saves_signed_answers_as_one_goes(db, opened):
    _, (who, *_), _ = opened
    for typed in ("ja", "kanske"):
        given = {"aktiv": (typed,)}
        db.write(lambda c, g=given: answering.save(c, db, who, Part.SIGNED, g, "web", None, NOON))
    assert db.read(lambda c: answering.drafts(c, who, Part.SIGNED)) == {"aktiv": ("kanske",)}
    assert row_of(db, who).state == "begun"
    assert len(db.read(lambda c: c.execute(select(responses)).all())) == 1


def test_never_saves_an_anonymous_answer(db, opened):
    _, (who, *_), _ = opened
    with pytest.raises(BrokenPromise):
        db.write(lambda c: answering.save(c, db, who, Part.ANONYMOUS, BALLOT, "web", None, NOON))


def test_shows_a_draft_before_the_complete_answer_it_will_replace(db, opened):
    survey, (who, *_), _ = opened
    answer(db, survey, who)
    db.write(lambda c: answering.save(c, db, who, Part.SIGNED, {"aktiv": ("ja",)}, "web", None, NOON))
    assert db.read(lambda c: answering.drafts(c, who, Part.SIGNED)) == {"aktiv": ("ja",)}
    assert row_of(db, who).state == "answered"


@pytest.mark.parametrize(
    ("signed", "given", "through", "came"),
    [
        ({}, {}, "web", "blank"),
        ({}, {"ord": ("  ",)}, "web", "blank"),
        ({}, BALLOT, "web", "incomplete"),
        (SIGNED, {}, "web", "incomplete"),
        (SIGNED, None, "web", "incomplete"),
        (SIGNED, None, "mail", "incomplete"),
        (SIGNED, BALLOT, "mail", "incomplete"),  # by mail no ballot is taken, whatever the caller says
        (SIGNED, None, "paper", "answered"),  # her sheet lies in the inner envelope
        ({}, None, "paper", "blank"),
    ],
)
def test_says_what_a_submit_came_to(db, opened, signed, given, through, came):
    survey, (who, *_), _ = opened
    assert answer(db, survey, who, signed, given, through) == came
    assert not in_box(db)
    state = {"answered": "answered", "blank": "invited"}.get(came, "begun" if signed else "invited")
    assert row_of(db, who).state == state


def optional(survey):
    """The same, with no anonymous question that must have an answer: one that mail can answer the rest of."""
    questions = tuple(dataclasses.replace(q, required=False) for q in ANONYMOUS.questions)
    asked = dataclasses.replace(ANONYMOUS, questions=questions)
    sections = tuple(asked if s is ANONYMOUS else s for s in QUESTIONNAIRE.sections)
    return dataclasses.replace(survey, questionnaire=dataclasses.replace(QUESTIONNAIRE, sections=sections))


WAYS = {"web": BALLOT, "telephone": BALLOT, "paper": None, "mail": BALLOT}


@pytest.mark.parametrize("order", [*permutations(WAYS, 2), *permutations(WAYS, 3), *permutations(WAYS)])
def test_takes_one_ballot_in_whatever_order_she_answers_in_more_than_one_way(db, opened, order):
    """By web or telephone it is put into the box; by paper its envelope is put on the pile; by mail there is none."""
    survey, (who, *_), _ = opened
    loose = optional(survey)
    words = {way: answer(db, loose, who, given=WAYS[way], through=way) for way in order}
    cast = next(way for way in order if way != "mail")
    assert [way for way, word in words.items() if word == "answered" and way != "mail"] == [cast]
    assert len(in_box(db)) == (cast != "paper")
    assert row_of(db, who).through == cast


def test_takes_the_ballot_of_one_who_first_answered_by_mail(db, opened):
    survey, (who, *_), _ = opened
    loose = optional(survey)
    assert answer(db, loose, who, given=None, through="mail") == "answered"
    assert answer(db, loose, who) == "answered"
    assert answer(db, loose, who) == "again"
    assert len(in_box(db)) == 1


@pytest.mark.parametrize("days", [-5, 118])
def test_takes_nothing_outside_its_days(db, opened, days):
    survey, (who, *_), _ = opened
    now = NOON + timedelta(days=days)
    assert answer(db, survey, who, now=now) == "closed"
    with pytest.raises(EditorError):
        db.write(lambda c: answering.save(c, db, who, Part.SIGNED, SIGNED, "web", None, now))
    assert not in_box(db)


def test_takes_nothing_from_one_who_may_not_be_asked(db, opened):
    survey, (who, *_), _ = opened
    db.write(lambda c: invitations.step(c, db, who, "stop", NOON, reason="resigned"))
    assert answer(db, survey, who) == "closed"


def test_takes_nothing_when_the_box_is_opened_meanwhile(db, opened):
    survey, (who, *_), _ = opened  # `survey` was read before
    db.write(lambda c: store.step(c, survey.number, "count"))
    assert answer(db, survey, who) == "closed"
    with pytest.raises(EditorError, match="tar inte emot"):
        db.write(lambda c: box.put(c, survey, BALLOT))


def test_welcomes_one_who_changes_her_mind(db, opened):
    survey, (who, *_), _ = opened
    db.write(lambda c: invitations.step(c, db, who, "decline", NOON))
    assert answer(db, survey, who) == "answered"


def test_takes_no_anonymous_answers_without_a_key(db, opened):
    survey, (who, *_), _ = opened
    db.write(lambda c: c.execute(update(surveys).values(public_key=None)))
    with pytest.raises(EditorError, match="ingen nyckel"):
        answer(db, survey, who)
    assert row_of(db, who).state == "invited"


def test_keeps_the_contact_page_apart(db, opened):
    survey, (who, *_), _ = opened
    answer(db, survey, who)
    for words in ("Efter sex", "Aldrig"):
        given = {"ring": (words,)}
        db.write(lambda c, g=given: answering.save(c, db, who, Part.AFTER, g, "web", None, NOON))
    assert db.read(lambda c: answering.drafts(c, who, Part.AFTER)) == {"ring": ("Aldrig",)}
    assert len(db.read(lambda c: c.execute(select(responses)).all())) == 2


def test_keeps_the_newest_complete_answer_alone_at_the_closing(db, opened):
    survey, (first, second, third), _ = opened
    for word in ("ja", "kanske", "nej"):
        answer(db, survey, first, {"aktiv": (word,)})
    answer(db, survey, second)
    for who, word in ((first, "ja"), (third, "kanske")):  # begun, and never submitted
        db.write(lambda c, w=who, g={"aktiv": (word,)}: answering.save(c, db, w, Part.SIGNED, g, "web", None, NOON))
    assert db.write(lambda c: answering.settle(c, survey.number)) == 3
    left = [db.read(lambda c, w=who: answering.drafts(c, w, Part.SIGNED)) for who in (first, second, third)]
    assert left == [{"aktiv": ("nej",)}, SIGNED, {"aktiv": ("kanske",)}]


def test_drops_answers_to_a_branch_that_was_left(db, opened):
    survey, (who, *_), _ = opened
    answer(db, survey, who, {"aktiv": ("nej",), "hur": ("torget",)})
    assert db.read(lambda c: answering.drafts(c, who, Part.SIGNED)) == SIGNED


def test_has_all_of_an_answer_or_nothing(database_url, keys):
    """Killed after each statement of a submit: no ledger without its ballot, no ballot without its ledger."""
    db = Database(database_url)
    db.write(METADATA.create_all)
    number, who = db.write(lambda c: an_open_survey(c, keys))
    survey = db.read(lambda c: store.read(c, number))
    db.close()
    killed = 0
    while (child := os.fork()) and os.WIFSIGNALED(status := os.waitpid(child, 0)[1]):
        killed += 1
        db = Database(database_url)
        assert (row_of(db, who).state, in_box(db)) == ("invited", []), killed
        db.close()
    if not child:
        submit_until(database_url, survey, who, killed + 1)
    assert os.WEXITSTATUS(status) == 0
    assert killed >= 5
    db = Database(database_url)
    assert (row_of(db, who).state, len(in_box(db))) == ("answered", 1)
    db.close()


def an_open_survey(c, keys):
    number = open_survey(c, keys, people(c, 1))
    give_key(c, number)
    return number, c.execute(select(ledger.c.id)).scalar_one()


def submit_until(url, survey, who, statement):
    """In a process of its own: killed after the given statement; it ends with 0 when there are no more."""
    with suppress(BaseException):
        db = Database(url)
        left = [statement]

        def count(*_):
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(db.writer_engine(), "after_cursor_execute", count)
        assert answer(db, survey, who) == "answered"
        os._exit(0)
    os._exit(1)
