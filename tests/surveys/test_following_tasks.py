"""Who says that she wants to be active becomes somebody's task, in the same transaction."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import event, insert, select

from mailer.content.questionnaires.model import Following
from mailer.errors import LaterError
from mailer.feedback.tables import received
from mailer.outbox.tables import deliveries
from mailer.surveys import invitations
from mailer.surveys.answers import proposing
from mailer.surveys.following import tasks
from mailer.surveys.following.tasks import Counted
from mailer.surveys.following.wishes import wished
from mailer.verbs import forget
from mailer.verbs.surveys import following, reminding, stop
from tests.surveys.followed import ANNA, BO, FOLLOWED, NO, SAID_ON, WISHES, YES, asks_for_a_call, opened, rows, says
from tests.surveys.running import a_home, at, change, invitation_of


@pytest.fixture
def house(tmp_path):
    with a_home(tmp_path, 1, 4) as house:
        yield house


@pytest.fixture
def on_each(tmp_path, database_url):
    """Once on each engine: where the statements themselves are what is tried."""
    with a_home(tmp_path, 1, 4, database_url) as house:
        yield house


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, None),
        ({"aktiv": ("nej",)}, None),
        ({"aktiv": ("kanske",)}, "aktiv"),
        ({"hur": ("torget",)}, None),
        ({"aktiv": ("nej",), "ring": ("Efter sex",)}, "ring"),
        ({"ring": ("  ",)}, None),
        ({"aktiv": ("ja",), "ring": ("Efter sex",)}, "aktiv"),
    ],
)
def test_knows_a_wish_when_it_reads_one(given, expected):
    assert wished(FOLLOWED, given) == expected
    assert wished(replace(FOLLOWED, following=None), given) is None


def test_asks_no_more_than_a_question_that_was_asked():
    hangs = replace(FOLLOWED, following=Following((replace(WISHES[0], question="hur", options=("torget",)),)))
    assert wished(hangs, {"aktiv": ("nej",), "hur": ("torget",)}) is None
    assert wished(hangs, {"aktiv": ("ja",), "hur": ("torget",)}) == "hur"


def test_makes_a_task_of_a_yes_whatever_way_it_comes_and_keeps_the_day_alone(on_each):
    house = on_each
    survey = opened(house)
    for contact, through in enumerate(("web", "telephone", "paper"), 1):
        assert says(house, contact, YES, through=through) == "answered"
    says(house, 4, NO)
    made = rows(house)
    assert [(row.survey_id, row.contact_id, row.wish, row.owner) for row in made] == [
        (survey.number, contact, "aktiv", ANNA) for contact in (1, 2, 3)
    ]
    assert {(row.asked_on, row.due_on, row.state) for row in made} == {(SAID_ON, date(2024, 3, 20), "open")}
    noon = datetime(2024, 3, 6, 12, tzinfo=UTC)  # a moment would find her visit in a log
    assert {(row.at, row.by) for row in made} == {(noon, None)}


def test_makes_a_task_of_a_reply_that_a_person_takes_for_an_answer(house):
    survey = opened(house)
    delivery = house.db.read(lambda c: c.execute(select(deliveries.c.id).where(deliveries.c.contact_id == 3)).scalar())
    now = at(house, "2024-03-07T09:00").clock.now()
    mail = {"hash": "h", "mark": "m", "at": now, "size": 9, "kind": "reply", "delivery_id": delivery, "contact_id": 3,
            "text": "Ja tack!", "from_address": "medlem3@vallentuna.example"}  # fmt: skip
    house.db.write(lambda c: c.execute(insert(received).values(**mail)))
    (reply,) = house.db.read(proposing.waiting)
    house.db.write(lambda c: proposing.take(c, reply, now))
    (one,) = house.db.read(lambda c: proposing.undecided(c, survey.number))
    assert rows(house) == []  # nobody has read it
    house.db.write(lambda c: proposing.accept(c, house.db, survey, one.number, BO, date(2024, 3, 8), now))
    assert [(row.contact_id, row.asked_on) for row in rows(house)] == [(3, date(2024, 3, 8))]


def test_makes_it_with_the_answers_or_not_at_all(house):
    opened(house)
    engine = house.db.writer_engine()

    def power_cut(_connection, _cursor, statement, *_rest):
        if statement.startswith("INSERT INTO follow_ups"):
            raise LaterError

    event.listen(engine, "after_cursor_execute", power_cut)
    with pytest.raises(LaterError):
        says(house, 1, YES)
    event.remove(engine, "after_cursor_execute", power_cut)
    assert rows(house) == []
    assert says(house, 1, YES) == "answered"  # nothing of the first was kept
    assert len(rows(house)) == 1


def test_lets_the_newest_answers_decide(on_each):
    house = on_each
    opened(house)
    says(house, 1, YES)
    says(house, 1, {"aktiv": ("kanske",)}, "2024-03-09T10:00")
    assert [(row.state, row.due_on) for row in rows(house)] == [("open", date(2024, 3, 20))]  # no longer than she waits
    says(house, 1, NO, "2024-03-10T10:00")
    assert [(row.state, row.reason) for row in rows(house)] == [("dropped", "said_no")]
    says(house, 1, YES, "2024-03-11T10:00")
    assert [(row.state, row.asked_on, row.due_on) for row in rows(house)] == [
        ("open", date(2024, 3, 11), date(2024, 3, 25))
    ]


def test_keeps_what_a_person_has_said_of_it_when_she_answers_once_more(house):
    opened(house)
    says(house, 1, YES)
    says(house, 2, YES)
    now = at(house, "2024-03-08T10:00").clock.now()
    first, second = (row.id for row in rows(house))
    assert house.db.write(lambda c: tasks.contacted(c, first, ANNA, now))
    assert house.db.write(lambda c: tasks.not_wanted(c, second, ANNA, now))
    for contact in (1, 2):
        says(house, contact, YES, "2024-03-09T10:00")
    assert [row.state for row in rows(house)] == ["done", "dropped"]
    assert not house.db.write(lambda c: tasks.contacted(c, first, ANNA, now))


def test_takes_a_wish_to_be_called_on_the_page_after(house):
    opened(house)
    says(house, 1, NO)
    asks_for_a_call(house, 1, "Efter sex")
    assert [(row.wish, row.state) for row in rows(house)] == [("ring", "open")]
    says(house, 1, YES, "2024-03-07T10:00")
    assert [row.wish for row in rows(house)] == ["aktiv"]  # one task, whatever she wants to speak of
    says(house, 1, NO, "2024-03-08T10:00")
    assert [(row.wish, row.state) for row in rows(house)] == [("ring", "open")]  # she still wants the call
    asks_for_a_call(house, 1, "")
    assert [row.state for row in rows(house)] == ["dropped"]


def test_drops_what_is_of_somebody_gone_and_takes_it_up_when_she_is_back(on_each):
    house = on_each
    opened(house)
    for contact in (1, 2, 3, 4):
        says(house, contact, YES)
    later = at(house, "2024-03-08T07:00")
    change(house, [1], resigned_at=later.clock.now())
    stop.stop(later, "medlemsenkat", "#2", "avliden", BO)
    forget.forget(later, "#3")
    reminding.tend(later)
    assert [(row.state, row.reason, row.contact_id) for row in rows(house)] == [
        ("dropped", "gone", 1), ("dropped", "person", 2), ("dropped", "forgotten", None), ("open", None, 4),
    ]  # fmt: skip
    change(house, [1], resigned_at=None)
    reminding.tend(later)
    assert [row.state for row in rows(house)] == ["open", "dropped", "dropped", "open"]


def test_counts_them_without_names(house):
    survey = opened(house)
    for contact in (1, 2, 3):
        says(house, contact, YES)
    house.db.write(lambda c: tasks.contacted(c, rows(house)[0].id, ANNA, house.clock.now()))
    count = house.db.read(lambda c: tasks.count(c, survey.number, date(2024, 3, 20)))
    assert (count.open, count.late, count.done, count.dropped) == (2, 0, 1, 0)
    assert house.db.read(lambda c: tasks.count(c, survey.number, date(2024, 3, 21))).late == 2


def test_makes_none_of_a_draft(house):
    opened(house)
    assert says(house, 1, {"hur": ("torget",)}) == "incomplete"
    asks_for_a_call(house, 1, "Efter sex")
    assert rows(house) == []
    assert house.db.read(lambda c: invitations.read(c, invitation_of(house, 1))).state != "answered"


def test_says_in_words_how_many_wait_and_names_no_way_to_those_who_are_erased():
    one = Counted(open=1, late=1, done=1, dropped=0)
    assert following.status_lines(one, "enkat")[0] == (
        "Vill bli aktiva: 1 väntar på att någon hör av sig, längre än 14 dagar; 1 är kontaktad."
    )
    (gone,) = following.status_lines(one, "enkat", is_erased=True)
    assert gone == "Ville bli aktiva: 1 är kontaktad, 1 hörde ingen av sig till."
