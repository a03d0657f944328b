"""Whoever has somebody to get in touch with is told, reminded, and at last the board is; nobody's name is in a mail."""

from datetime import date

import pytest
from sqlalchemy import event, select, update

from mailer.clockwork.tick import tick
from mailer.errors import EditorError
from mailer.register.tables import accesses
from mailer.settings import Person
from mailer.surveys.following.tables import follow_ups
from mailer.verbs.surveys import following, reminding, status
from tests.surveys.followed import ANNA, BO, KERSTIN, NO, YES, asks_for_a_call, opened, rows, says, told
from tests.surveys.running import a_home, at, change

TO_ANNA, TO_BO = "anna@vallentuna.example", "bo@vallentuna.example"


@pytest.fixture
def house(tmp_path):
    with a_home(tmp_path, 1, 4) as house:
        yield house


def days(house, *moments):
    """The clock strikes then."""
    for moment in moments:
        reminding.tend(at(house, moment))


def said(house):
    """(to whom, the file of words by its subject's tail) of every notice."""
    return [(to, subject.removeprefix("Medlemsenkät 2024: ")) for to, subject, _ in told(house)]


def test_tells_of_the_new_ones_the_next_morning_once_and_all_at_once(house):
    opened(house)
    says(house, 1, YES, "2024-03-06T12:34")
    says(house, 2, YES, "2024-03-06T20:00")
    days(house, "2024-03-06T12:35", "2024-03-06T23:59", "2024-03-07T07:59")
    assert told(house) == []  # by the moment of a notice her visit would be found
    says(house, 3, YES, "2024-03-07T07:59")
    days(house, "2024-03-07T08:00", "2024-03-07T20:00")
    assert said(house) == [(TO_ANNA, "2 medlemmar väntar på att du hör av dig")]
    days(house, "2024-03-08T08:00", "2024-03-09T08:00")
    assert said(house)[1:] == [(TO_ANNA, "3 medlemmar väntar på att du hör av dig")]
    for _, _, text in told(house):
        assert "Åsa" not in text
        assert 'survey follow medlemsenkat --as "Anna Redaktör"' in " ".join(text.split())


def test_reminds_three_days_before_and_the_day_after_and_then_tells_the_board_once_a_week(house):
    opened(house)
    says(house, 1, YES, "2024-03-06T12:34")  # due on Wednesday 20 March
    days(house, "2024-03-16T10:00")
    assert len(told(house)) == 1  # that she is new
    days(house, "2024-03-17T10:00", "2024-03-18T10:00", "2024-03-20T10:00")
    assert said(house)[1:] == [(TO_ANNA, "hör av dig senast onsdag 20 mars")]
    days(house, "2024-03-21T10:00", "2024-03-22T10:00", "2024-03-24T10:00")
    assert said(house)[2:] == [(TO_ANNA, "någon väntar fortfarande på att du hör av dig")]
    days(house, "2024-03-25T10:00", "2024-03-26T10:00", "2024-03-31T10:00")  # from Monday on
    words = "1 medlem har sagt ja till att vara med och inte hört något"
    assert said(house)[3:] == [(TO_ANNA, words), (TO_BO, words)]  # both approve
    days(house, "2024-04-01T10:00", "2024-04-03T10:00")
    assert said(house)[5:] == [(TO_ANNA, words), (TO_BO, words)]
    assert "1 väntar på att någon hör av sig, längre än 14 dagar" in "\n".join(
        status.status(at(house, "2024-04-03T10:00"), "medlemsenkat")
    )
    following.followed(at(house, "2024-04-04T10:00"), "#1", ANNA)
    days(house, "2024-04-08T10:00")
    assert len(told(house)) == 7


def test_lets_it_fall_to_the_administrators_when_the_owner_is_gone_and_says_so_once(house):
    opened(house, "Kim Avgången")
    says(house, 1, YES)
    days(house, "2024-03-07T08:00", "2024-03-08T08:00")
    assert said(house) == [
        (TO_BO, "någon annan behöver höra av sig till medlemmar"), (TO_BO, "1 medlem väntar på att du hör av dig"),
    ]  # fmt: skip
    assert [row.owner for row in rows(house)] == [BO]


def test_is_the_administrators_from_the_beginning_when_the_survey_names_nobody(house):
    opened(house, "")
    says(house, 1, YES)
    days(house, "2024-03-07T08:00")
    assert said(house) == [(TO_BO, "1 medlem väntar på att du hör av dig")]


def test_is_looked_after_by_the_clock_and_writes_nothing_when_there_is_nothing(house):
    opened(house)
    wrote = []
    event.listen(house.db.writer_engine(), "before_cursor_execute", lambda *args: wrote.append(args[2]))
    days(house, "2024-03-07T08:00")
    assert wrote == []
    says(house, 1, YES)
    tick(at(house, "2024-03-07T08:00"))
    assert len(told(house)) == 1


def test_shows_her_tasks_with_what_she_needs_and_records_that_she_looked(house):
    opened(house)
    change(house, [1], phone="+46701740605")
    says(house, 1, YES)
    says(house, 2, NO)
    asks_for_a_call(house, 1, "Efter klockan sex")
    then = at(house, "2024-03-07T08:00")
    read = "\n".join(following.follow(then, "", ANNA))
    for words in ("Åsa1 Öberg, nr 000001", "070-174 06 05", "medlem1@vallentuna.example", "senast onsdag 20 mars",
                  "Hur? Torget", "När får vi ringa? Efter klockan sex", 'survey followed NR --as "Anna Redaktör"'):  # fmt: skip
        assert words in read
    assert "Åsa2" not in read
    seen = house.db.read(lambda c: c.execute(select(accesses.c.who, accesses.c.what, accesses.c.contact_id)).all())
    assert [tuple(row) for row in seen] == [(ANNA, "survey follow medlemsenkat", 1)]
    assert following.follow(then, "", BO) == [
        "Ingen väntar på att Bo Godkännare hör av sig. 1 person väntar på andra: lägg till --all."
    ]
    assert "Ska höra av sig: Anna Redaktör" in "\n".join(following.follow(then, "", BO, everybody=True))
    with pytest.raises(EditorError, match="inte godkännare eller administratör"):
        following.follow(then, "", KERSTIN, everybody=True)
    with pytest.raises(EditorError, match="finns inte i inställningarna"):
        following.follow(then, "", "Vem Som Helst")


@pytest.mark.parametrize(("word", "contact"), [("1", 1), ("000002", 2), ("#3", 3), ("medlem2@vallentuna.example", 2)])
def test_takes_a_task_by_its_number_or_its_member(house, word, contact):
    opened(house)
    for one in (1, 2, 3):
        says(house, one, YES)
    following.followed(at(house, "2024-03-08T10:00"), word, ANNA)
    assert [row.contact_id for row in rows(house) if row.state == "done"] == [contact]


def test_says_when_a_word_may_be_two(house):
    opened(house)
    for one in (1, 2):
        says(house, one, YES)
    change(house, [2], number="1")
    with pytest.raises(EditorError, match="kan vara nr 1 eller 2"):
        following.followed(house, "1", ANNA)
    with pytest.raises(EditorError, match="är ingen som ska kontaktas"):
        following.followed(house, "#4", ANNA)


def test_lets_only_the_owner_and_the_board_say_what_became_of_it(house):
    opened(house)
    says(house, 1, YES)
    with pytest.raises(EditorError, match="ligger hos Anna"):
        following.followed(house, "1", KERSTIN)
    assert following.followed(house, "1", BO, no=True)[0] == "Nr 1: antecknat att medlemmen inte vill längre."
    assert [(row.state, row.by, row.reason) for row in rows(house)] == [("dropped", BO, "person")]
    with pytest.raises(EditorError, match="är avslutad"):
        following.followed(house, "1", ANNA)
    following.followed(house, "1", ANNA, undo=True)
    assert [(row.state, row.reason) for row in rows(house)] == [("open", None)]


def test_hands_it_over_to_another_who_is_told_at_once(house):
    opened(house)
    says(house, 1, YES)
    following.followed(at(house, "2024-03-08T10:00"), "1", ANNA, to="kerstin lund")
    assert [(row.owner, row.due_on, row.state) for row in rows(house)] == [(KERSTIN, date(2024, 3, 20), "open")]
    assert said(house) == [("kerstin@vallentuna.example", "du tar över kontakten med en medlem")]
    assert "Åsa1" in "\n".join(following.follow(house, "", KERSTIN))
    with pytest.raises(EditorError, match="ligger redan hos Kerstin"):
        following.followed(house, "1", BO, to=KERSTIN)
    following.followed(house, "1", KERSTIN)
    assert house.db.read(lambda c: c.execute(select(follow_ups.c.by)).scalars().all()) == [KERSTIN]


def test_finds_a_person_who_was_renamed_only_by_the_name_of_today(house):
    opened(house)
    says(house, 1, YES)
    house.db.write(lambda c: c.execute(update(follow_ups).values(owner="ANNA  redaktör")))
    assert isinstance(house.settings.people[0], Person)
    assert "Åsa1" in "\n".join(following.follow(house, "", ANNA))
