"""A telephone round: one person before one caller, the rules of the calls, and what each outcome ends."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select, update

from mailer.db import Database
from mailer.keys import Keys
from mailer.register.page_tables import requests
from mailer.register.tables import accesses, contacts
from mailer.surveys import invitations
from mailer.surveys.field import calling, queue
from mailer.surveys.field.calling import SETTLING, Outcome
from mailer.surveys.field.tables import contact_attempts, holds
from mailer.surveys.freezing import figures
from mailer.surveys.goal.standing import standing
from mailer.surveys.states import Ask
from mailer.surveys.tables import asks, channel_stops
from tests.surveys.arranged import ZONE
from tests.surveys.fielded import (
    CALENDAR,
    EVENING,
    a_pass,
    a_round,
    ask_of,
    before,
    called,
    calls,
    nobody_minds,
    set_survey,
    settle,
    state_of,
    take,
)

AT_ONCE = 50


def test_gives_fifty_callers_fifty_people_and_the_fifty_first_nobody(db: Database, keys: Keys):
    """W12: at the same moment, each in a connection of its own where the engine has them."""
    survey = a_round(db, keys, AT_ONCE)
    callers = [a_pass(db, survey, f"Kim {n}") for n in range(AT_ONCE + 1)]
    others = [db] if db.is_sqlite else [Database(db.url.render_as_string(hide_password=False)) for _ in range(3)]
    try:
        with ThreadPoolExecutor(len(callers)) as hands:
            words = list(hands.map(lambda n: take(others[n % len(others)], survey, callers[n]), range(len(callers))))
    finally:
        for other in others:
            if other is not db:
                other.close()
    assert sorted(words) == ["none_left"] + ["taken"] * AT_ONCE
    held = db.read(lambda c: c.execute(select(holds.c.invitation_id, holds.c.pass_id)).all())
    assert len({row.invitation_id for row in held}) == len({row.pass_id for row in held}) == AT_ONCE
    seen = db.read(lambda c: c.execute(select(accesses.c.who, accesses.c.contact_id)).all())
    assert len({row.contact_id for row in seen}) == len(seen) == AT_ONCE
    assert all("ringrunda" in row.who for row in seen)


def test_gives_one_caller_who_presses_fifty_times_one_person(db: Database, keys: Keys):
    survey = a_round(db, keys, 3)
    by = a_pass(db, survey)
    with ThreadPoolExecutor(AT_ONCE) as hands:
        words = list(hands.map(lambda _: take(db, survey, by), range(AT_ONCE)))
    assert sorted(words) == ["kept"] * (AT_ONCE - 1) + ["taken"]
    assert db.read(lambda c: c.execute(select(func.count()).select_from(accesses)).scalar_one()) == 1


@pytest.mark.parametrize(
    ("outcome", "state", "stopped", "again"),
    [
        ("no_answer", "invited", False, True),
        ("busy", "invited", False, True),
        ("herself", "invited", False, False),
        ("declined", "declined", False, False),
        ("wrong_number", "invited", True, False),
        ("gone", "stopped", False, False),
    ],
)
def test_ends_with_each_outcome_what_it_says(
    db: Database, keys: Keys, outcome: str, state: str, stopped: bool, again: bool
):
    survey = a_round(db, keys, 1)
    number = called(db, survey, outcome)
    assert state_of(db, number) == state
    assert ask_of(db, number) == Ask.ASKED
    stops = db.read(lambda c: c.execute(select(channel_stops.c.channel, channel_stops.c.reason)).all())
    assert [tuple(row) for row in stops] == ([("telephone", "wrong_number")] if stopped else [])
    asked = db.read(lambda c: c.execute(select(requests.c.kind)).scalars().all())
    assert asked == (["gone"] if outcome == "gone" else [])
    later = EVENING + timedelta(days=3)
    assert take(db, survey, a_pass(db, survey, "Bo", now=later), later) == ("taken" if again else "none_left")
    assert [row[1] for row in calls(db)] == [outcome]


@pytest.mark.parametrize(
    ("outcome", "mail_and_letter", "is_asked"),
    [
        ("no_answer", Ask.PLANNED, False),
        ("busy", Ask.PLANNED, False),
        ("again", Ask.PLANNED, False),
        ("herself", Ask.PLANNED, False),
        ("wrong_number", Ask.PLANNED, False),
        ("declined", Ask.STOPPED, False),
        ("gone", Ask.STOPPED, True),
    ],
)
def test_ends_nothing_but_what_the_outcome_ends(
    db: Database, keys: Keys, outcome: str, mail_and_letter: str, is_asked: bool
):
    """Mails and letters go on after a wrong number, and after ”I will answer by myself”; the members are as many as
    before, and the register is not changed by anything that was said in a call."""
    survey = a_round(db, keys, 2)

    def more(c) -> None:
        for number in (1, 2):
            for step, channel in (("mejl", "email"), ("brev", "letter")):
                values = {"invitation_id": number, "step": step, "channel": channel, "state": Ask.PLANNED}
                c.execute(insert(asks).values(**values, planned_for=EVENING + timedelta(days=9), drawn_for=EVENING))

    db.write(more)
    register = select(contacts)
    members = select(invitations.invitations.c.is_frozen, invitations.invitations.c.removed)
    before_it = [db.read(lambda c, q=query: c.execute(q).all()) for query in (register, members)]
    number = called(db, survey, outcome, again_at=EVENING + timedelta(days=1))
    assert [db.read(lambda c, q=query: c.execute(q).all()) for query in (register, members)] == before_it
    rows = db.read(lambda c: c.execute(select(asks.c.invitation_id, asks.c.step, asks.c.state)).all())
    states = {(row.invitation_id, row.step): row.state for row in rows}
    assert [states[number, step] for step in ("mejl", "brev")] == [mail_and_letter] * 2
    other = 3 - number
    assert {states[other, step] for step in ("mejl", "brev", "ringrunda")} == {Ask.PLANNED}
    assert state_of(db, other) == "invited"
    assert bool(db.read(lambda c: c.execute(select(requests.c.kind)).scalars().all())) == is_asked


def test_has_a_row_of_the_table_above_for_every_button():
    assert set(SETTLING) == {"no_answer", "busy", "herself", "declined", "wrong_number", "gone", "again"}


@pytest.mark.parametrize(
    ("days", "hours", "is_called"),
    [
        (1, 0, False),
        (2, 0, False),
        (2.99, 0, False),
        (3, 0, True),
        (7, 0, False),
        (7, 0.9, False),
        (7, 1, True),
        (7, -1, True),
    ],
)
def test_calls_again_after_three_days_and_at_another_hour_of_the_week(
    db: Database, keys: Keys, days: float, hours: float, is_called: bool
):
    survey = a_round(db, keys, 1)
    called(db, survey, "no_answer")
    later = EVENING + timedelta(days=days, hours=hours)
    one = db.read(lambda c: queue.candidates(c, survey, CALENDAR, later))[0]
    assert (queue.why_not(one, CALENDAR, later) is None) == is_called


def test_calls_nobody_a_fifth_time(db: Database, keys: Keys):
    survey = a_round(db, keys, 1)
    for days in (0, 3, 6, 15):  # Tuesday, Friday, Monday, Wednesday
        called(db, survey, "no_answer", days)
    later = EVENING + timedelta(days=20)
    assert take(db, survey, a_pass(db, survey, "Bo", now=later), later) == "none_left"


def test_calls_back_first_and_when_she_has_said(db: Database, keys: Keys):
    survey = a_round(db, keys, 3)
    again = EVENING + timedelta(days=1, hours=1)
    number = called(db, survey, "again", again_at=again)
    early = again - timedelta(minutes=1)
    by = a_pass(db, survey, "Bo", now=early)
    assert take(db, survey, by, early) == "taken"
    held = before(db, by)
    assert held is not None
    assert held.invitation != number
    settle(db, survey, by, "no_answer", early)
    assert take(db, survey, by, again) == "taken"
    held = before(db, by)
    assert held is not None
    assert (held.invitation, held.is_call_back, held.calls) == (number, True, 1)


@pytest.mark.parametrize(
    ("moment", "why"),
    [
        (datetime(2024, 4, 9, 14, 59, tzinfo=UTC), "quiet_hour"),
        (datetime(2024, 4, 9, 18, 0, tzinfo=UTC), "quiet_hour"),
        (datetime(2024, 4, 13, 16, tzinfo=UTC), "weekend"),
        (datetime(2024, 4, 30, 16, tzinfo=UTC), "quiet_holiday"),  # the eve of the first of May
        (datetime(2024, 4, 4, 16, tzinfo=UTC), "round_not_begun"),
        (datetime(2024, 5, 16, 16, tzinfo=UTC), "round_over"),
        (datetime(2024, 7, 2, 16, tzinfo=UTC), "closed"),
    ],
)
def test_calls_nobody_at_a_quiet_hour(db: Database, keys: Keys, moment: datetime, why: str):
    survey = a_round(db, keys, 1)
    assert take(db, survey, a_pass(db, survey, now=moment), moment) == why


@pytest.mark.parametrize(
    "what", ["answered", "declined", "stopped", "resigned", "no_number", "not_planned", "later", "wrong", "removed"]
)
def test_calls_nobody_who_is_not_to_be_called(db: Database, keys: Keys, what: str):
    survey = a_round(db, keys, 1)
    number = db.read(lambda c: c.execute(select(asks.c.invitation_id)).scalar_one())

    def change(c) -> None:
        if what in ("answered", "declined"):
            event = {"answered": "answer", "declined": "decline"}[what]
            invitations.step(c, db, number, event, EVENING)
        elif what == "stopped":
            invitations.stop(c, db, number, "objected", EVENING)
        elif what == "resigned":
            c.execute(update(contacts).values(resigned_at=EVENING))
        elif what == "no_number":
            c.execute(update(contacts).values(phone=None))
        elif what == "not_planned":
            c.execute(update(asks).values(state=Ask.NOT_ASKED))
        elif what == "later":
            c.execute(update(asks).values(planned_for=EVENING + timedelta(hours=1)))
        elif what == "wrong":
            invitations.stop_channel(c, number, "telephone", "wrong_number", EVENING)
        else:
            c.execute(update(invitations.invitations).values(removed="duplicate"))

    db.write(change)
    assert take(db, survey, a_pass(db, survey)) == "none_left"


def test_lets_the_rest_of_the_house_keep_somebody_in_peace(db: Database, keys: Keys):
    survey = a_round(db, keys, 1)
    by = a_pass(db, survey)
    word = db.write(lambda c: calling.take(c, db, by, survey, CALENDAR, EVENING, lambda _c, _one: "too_soon"))
    assert word == "none_left"
    assert db.write(lambda c: calling.take(c, db, by, survey, CALENDAR, EVENING, nobody_minds)) == "taken"


def test_says_at_the_next_press_that_she_has_answered_by_herself(db: Database, keys: Keys):
    survey = a_round(db, keys, 2)
    by = a_pass(db, survey)
    take(db, survey, by)
    held = before(db, by)
    assert held is not None
    assert held.is_open
    db.write(lambda c: invitations.step(c, db, held.invitation, "answer", answered_on=EVENING.date()))
    assert not before(db, by).is_open  # type: ignore[union-attr]
    assert db.write(lambda c: calling.begin(c, db, by, survey, held.invitation, EVENING)) == "changed"
    take(db, survey, by)
    other = before(db, by)
    assert other is not None
    assert other.invitation != held.invitation


def test_undoes_nothing_that_she_has_answered_in_the_meantime(db: Database, keys: Keys):
    survey = a_round(db, keys, 1)
    by = a_pass(db, survey)
    take(db, survey, by)
    held = before(db, by)
    assert held is not None
    db.write(lambda c: invitations.step(c, db, held.invitation, "answer", answered_on=EVENING.date()))
    assert settle(db, survey, by, "declined") == "changed"
    assert state_of(db, held.invitation) == "answered"
    assert [row[1] for row in calls(db)] == ["declined"]  # the call was made, and is not lost


def test_does_nothing_for_a_page_that_has_lain_open(db: Database, keys: Keys):
    """An old tab: the outcome of the one before is not the outcome of the one after."""
    survey = a_round(db, keys, 2)
    by = a_pass(db, survey)
    take(db, survey, by)
    first = before(db, by)
    assert first is not None
    assert settle(db, survey, by, "no_answer") == "settled"
    take(db, survey, by)
    for outcome in SETTLING:
        assert settle(db, survey, by, outcome, invitation=first.invitation) == "not_yours"
    assert db.write(lambda c: calling.put_back(c, db, by, first.invitation)) == "not_yours"
    assert len(calls(db)) == 1


def test_never_gives_a_caller_again_whom_she_has_put_back(db: Database, keys: Keys):
    survey = a_round(db, keys, 1)
    by, other = a_pass(db, survey, "Kim"), a_pass(db, survey, "Bo")
    take(db, survey, by)
    number = before(db, by).invitation  # type: ignore[union-attr]
    assert db.write(lambda c: calling.put_back(c, db, by, number)) == "back"
    assert take(db, survey, by) == "none_left"
    assert take(db, survey, other) == "taken"
    assert calls(db) == []


@pytest.mark.parametrize(("minutes", "is_free"), [(29, False), (31, True)])
def test_frees_whom_a_silent_page_holds(db: Database, keys: Keys, minutes: int, is_free: bool):
    survey = a_round(db, keys, 1)
    by, other = a_pass(db, survey, "Kim"), a_pass(db, survey, "Bo")
    take(db, survey, by)
    later = EVENING + timedelta(minutes=minutes)
    assert take(db, survey, other, later) == ("taken" if is_free else "none_left")
    assert settle(db, survey, by, "no_answer", later, invitation=1) == ("not_yours" if is_free else "settled")


def test_lets_a_long_call_go_on_while_nobody_else_wants_her(db: Database, keys: Keys):
    survey = a_round(db, keys, 1)
    by = a_pass(db, survey)
    take(db, survey, by)
    assert settle(db, survey, by, "no_answer", EVENING + timedelta(minutes=90)) == "settled"


def test_notes_one_call_from_the_first_word_to_the_outcome(db: Database, keys: Keys):
    survey = a_round(db, keys, 1)
    by = a_pass(db, survey)
    take(db, survey, by)
    number = before(db, by).invitation  # type: ignore[union-attr]
    for _ in range(2):
        assert db.write(lambda c: calling.begin(c, db, by, survey, number, EVENING)) == "talking"
    assert before(db, by).is_talking  # type: ignore[union-attr]
    assert [row[1] for row in calls(db)] == ["talking"]
    assert settle(db, survey, by, "declined") == "settled"
    assert [row[1] for row in calls(db)] == ["declined"]


def test_asks_nobody_again_over_any_evenings(db: Database, keys: Keys):
    """Random evenings: at most four calls, three days apart unless she said when, none after what ended them."""
    survey, chance = a_round(db, keys, 12), random.Random(5)
    ended: dict[int, str] = {}
    made: dict[int, list[tuple[datetime, datetime | None]]] = {}
    for day in range(0, 34):
        now = EVENING + timedelta(days=day, minutes=chance.choice((0, 30, 60, 90)))
        by = a_pass(db, survey, f"Kim {day}", now=now)
        for _ in range(6):
            if take(db, survey, by, now) != "taken":
                break
            number = before(db, by).invitation  # type: ignore[union-attr]
            assert number not in ended
            last = made.get(number, [])
            if last:
                at, again = last[-1]
                assert again <= now if again else now - at >= timedelta(hours=72)
            outcome = chance.choice([*SETTLING, Outcome.NO_ANSWER, Outcome.NO_ANSWER, Outcome.BUSY])
            again = now + timedelta(days=chance.randint(0, 3)) if outcome is Outcome.AGAIN else None
            assert settle(db, survey, by, outcome, now, again) == "settled"
            made.setdefault(number, []).append((now, again))
            if outcome in queue.NO_MORE:
                ended[number] = outcome
    assert len(ended) > 3
    assert max(len(rows) for rows in made.values()) <= 4
    count = db.read(lambda c: c.execute(select(func.count()).select_from(contact_attempts)).scalar_one())
    assert count == sum(len(rows) for rows in made.values())


def test_calls_for_no_survey_that_is_withdrawn(db: Database, keys: Keys):
    from mailer.surveys import store

    survey = a_round(db, keys, 1)
    set_survey(db, survey, state="withdrawn")
    withdrawn = db.read(lambda c: store.read(c, survey.number))
    assert take(db, withdrawn, a_pass(db, survey)) == "closed"


@pytest.mark.parametrize(
    ("outcome", "after_yes", "reached"),
    [("again", False, 0), ("again", True, 1), ("gone", False, 0), ("gone", True, 1), ("wrong_number", True, 0),
     ("declined", False, 1)],
)  # fmt: skip
def test_has_spoken_with_her_when_she_has_said_who_she_is(
    db: Database, keys: Keys, outcome: str, after_yes: bool, reached: int
):
    """Who says that she is not at home, or that she has died, is somebody else."""
    survey = a_round(db, keys, 1)
    by = a_pass(db, survey)
    assert take(db, survey, by) == "taken"
    number = before(db, by).invitation  # type: ignore[union-attr]
    if after_yes:
        assert db.write(lambda c: calling.begin(c, db, by, survey, number, EVENING)) == "talking"
    assert settle(db, survey, by, outcome, again_at=EVENING + timedelta(days=1)) == "settled"
    found = db.read(lambda c: standing(c, survey, ZONE, EVENING.date()))
    assert (found.whole.contacted, found.whole.reached) == (reached, reached)
    assert db.read(lambda c: figures(c, survey)).contacted == reached
