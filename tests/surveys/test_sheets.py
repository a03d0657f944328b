"""Printed call sheets: who is on them, before nobody else; signed back, lost, and typed line by line."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from mailer.db import Database
from mailer.keys import Keys
from mailer.register.page_tables import requests
from mailer.register.tables import accesses, contacts
from mailer.surveys import invitations
from mailer.surveys.field import calling, holds, sheets
from mailer.surveys.field.calling import Outcome
from mailer.surveys.field.sheets import CallSheet, Line
from mailer.surveys.field.tables import call_sheet_lines
from mailer.surveys.field.tables import holds as held_by
from mailer.surveys.store import Surveyed
from mailer.surveys.tables import channel_stops
from tests.surveys.fielded import (
    CALENDAR,
    EVENING,
    a_pass,
    a_round,
    before,
    called,
    calls,
    nobody_minds,
    planned,
    settle,
    state_of,
    take,
)

CLOSES = EVENING + timedelta(hours=2)  # 20.00
AT_ONCE = 25


def make(
    db: Database, survey: Surveyed, people: int = 10, name: str = "Kim", now: datetime = EVENING,
    until: datetime = CLOSES, begins: datetime | None = None,
) -> CallSheet | str:  # fmt: skip
    return db.write(
        lambda c: sheets.make(
            c, db, survey, name, "Anna Ek", people, CALENDAR, begins or now, until, now, nobody_minds
        )
    )  # fmt: skip


def made(db: Database, survey: Surveyed, people: int = 10, **more) -> CallSheet:
    sheet = make(db, survey, people, **more)
    assert isinstance(sheet, CallSheet)
    return sheet


def lines(db: Database, sheet: CallSheet) -> tuple[Line, ...]:
    return db.read(lambda c: sheets.lines(c, sheet))


def people(db: Database, sheet: CallSheet) -> list[int]:
    return [one.invitation for one in lines(db, sheet)]


def note(
    db: Database, survey: Surveyed, line: int, outcome: str, number: int = 1, now: datetime = EVENING, again_at=None
):
    return db.write(lambda c: sheets.note(c, db, survey, number, line, Outcome(outcome), again_at, now))


def test_gives_fifty_callers_and_sheets_at_once_different_people(db: Database, keys: Keys):
    """W12: pages and sheets in the same instant, each in a connection of its own where the engine has them."""
    survey = a_round(db, keys, AT_ONCE + 60)
    callers = [a_pass(db, survey, f"Kim {n}") for n in range(AT_ONCE)]
    others = [db] if db.is_sqlite else [Database(db.url.render_as_string(hide_password=False)) for _ in range(3)]

    def press(n: int) -> object:
        at = others[n % len(others)]
        return make(at, survey, 3, f"Bo {n}") if n % 2 else take(at, survey, callers[n // 2])

    try:
        with ThreadPoolExecutor(2 * AT_ONCE) as hands:
            got = list(hands.map(press, range(2 * AT_ONCE)))
    finally:
        for other in others:
            if other is not db:
                other.close()
    printed = [sheet for sheet in got if isinstance(sheet, CallSheet)]
    on_sheets = [one for sheet in printed for one in people(db, sheet)]
    on_pages = db.read(lambda c: c.execute(select(held_by.c.invitation_id)).scalars().all())
    assert sorted(sheet.number for sheet in printed) == list(range(1, len(printed) + 1))
    everybody = [*on_sheets, *on_pages]
    assert len(everybody) == len(set(everybody)) == AT_ONCE + 60  # different people, until there is nobody left
    assert set(got) - set(printed) <= {"taken", "none_left"}
    seen = db.read(lambda c: c.execute(select(accesses.c.contact_id)).scalars().all())
    assert len(seen) == len(set(seen)) == len(everybody)


def test_takes_the_same_people_in_the_same_order_as_a_page(db: Database, keys: Keys):
    survey = a_round(db, keys, 4)
    first = called(db, survey, "no_answer")
    back = called(db, survey, "again", again_at=EVENING + timedelta(days=1))
    later = EVENING + timedelta(days=3)
    by = a_pass(db, survey, "Bo", now=later)
    order = []
    while take(db, survey, by, later) == "taken":
        order.append(before(db, by).invitation)  # type: ignore[union-attr]
        db.write(lambda c: calling.put_back(c, db, by, order[-1]))
    sheet = made(db, survey, now=later, until=later + timedelta(hours=2))
    assert people(db, sheet) == order
    assert (order[0], order[-1]) == (back, first)
    assert [one.calls for one in lines(db, sheet)] == [1, 0, 0, 1]


def test_has_nobody_on_a_sheet_whom_a_page_holds_and_nobody_on_a_page_whom_a_sheet_holds(db: Database, keys: Keys):
    survey = a_round(db, keys, 3)
    by = a_pass(db, survey)
    take(db, survey, by)
    sheet = made(db, survey)
    assert len(people(db, sheet)) == 2
    assert before(db, by).invitation not in people(db, sheet)  # type: ignore[union-attr]
    assert make(db, survey) == "none_left"
    assert take(db, survey, a_pass(db, survey, "Bo")) == "none_left"


@pytest.mark.parametrize("freed", ["expiry", "back", "lost", "typed"])
def test_frees_the_people_of_a_sheet(db: Database, keys: Keys, freed: str):
    survey = a_round(db, keys, 1)
    sheet, now = made(db, survey, until=EVENING + timedelta(minutes=30)), EVENING + timedelta(minutes=29)
    by = a_pass(db, survey, "Bo")
    assert take(db, survey, by, now) == "none_left"
    if freed == "expiry":
        now += timedelta(minutes=1)
    elif freed == "typed":
        assert note(db, survey, 1, "again", now=now, again_at=now) == "settled"
    else:
        end = sheets.give_back if freed == "back" else sheets.lose
        assert db.write(lambda c: end(c, db, sheet, "Anna Ek", now))
    assert take(db, survey, by, now) == "taken"


def test_takes_who_wants_a_call_back_while_the_sheet_is_out(db: Database, keys: Keys):
    survey = a_round(db, keys, 2)
    at = EVENING + timedelta(days=1, hours=1)
    back = called(db, survey, "again", again_at=at)
    late = called(db, survey, "again", 0.01, at + timedelta(days=1))
    sheet = made(db, survey, now=EVENING + timedelta(days=1), until=EVENING + timedelta(days=1, hours=2))
    assert [(one.invitation, one.again_at) for one in lines(db, sheet)] == [(back, at)]
    assert late not in people(db, sheet)


def test_judges_by_the_hour_of_the_call_and_not_of_the_printing(db: Database, keys: Keys):
    """Printed in the afternoon for the evening: the three days are over when she is called."""
    survey = a_round(db, keys, 1)
    called(db, survey, "no_answer")
    evening = EVENING + timedelta(days=3)
    afternoon = evening - timedelta(hours=4)
    assert make(db, survey, now=afternoon, until=evening + timedelta(hours=2)) == "none_left"
    assert made(db, survey, now=afternoon, begins=evening, until=evening + timedelta(hours=2)).people == 1


def test_prints_nothing_when_the_survey_is_over(db: Database, keys: Keys):
    survey = a_round(db, keys, 1)
    assert make(db, survey, now=EVENING + timedelta(days=90)) == "closed"


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
def test_ends_with_each_typed_outcome_what_a_call_ends(
    db: Database, keys: Keys, outcome: str, state: str, stopped: bool, again: bool
):
    survey = a_round(db, keys, 1)
    sheet = made(db, survey)
    (number,) = people(db, sheet)
    assert note(db, survey, 1, outcome) == "settled"
    assert state_of(db, number) == state
    stops = db.read(lambda c: c.execute(select(channel_stops.c.channel)).scalars().all())
    assert stops == (["telephone"] if stopped else [])
    asked = db.read(lambda c: c.execute(select(requests.c.kind)).scalars().all())
    assert asked == (["gone"] if outcome == "gone" else [])
    assert calls(db) == [(number, outcome, "Kim")]
    assert note(db, survey, 1, "no_answer") == "typed"
    later = EVENING + timedelta(days=3)
    assert take(db, survey, a_pass(db, survey, "Bo", now=later), later) == ("taken" if again else "none_left")


def test_counts_a_call_that_is_typed_late_from_when_the_sheet_was_to_be_back(db: Database, keys: Keys):
    survey = a_round(db, keys, 1)
    made(db, survey, until=EVENING + timedelta(hours=1))
    note(db, survey, 1, "no_answer", now=EVENING + timedelta(days=2))
    later = EVENING + timedelta(days=3, hours=1)
    assert take(db, survey, a_pass(db, survey, "Bo", now=later), later) == "taken"


def test_notes_a_call_to_one_who_has_answered_since_and_nothing_follows(db: Database, keys: Keys):
    survey = a_round(db, keys, 1)
    (number,) = people(db, made(db, survey))
    db.write(lambda c: invitations.step(c, db, number, "answer", answered_on=EVENING.date()))
    assert note(db, survey, 1, "declined") == "changed"
    assert state_of(db, number) == "answered"
    assert [row[1] for row in calls(db)] == ["declined"]


def test_types_a_line_on_a_page_as_a_call_and_keeps_who_made_it(db: Database, keys: Keys):
    survey = a_round(db, keys, 2)
    sheet = made(db, survey, name="Kim Utan Skärm")
    by = a_pass(db, survey, "Bo")

    def lay(line: int, number: int = 1) -> str:
        return db.write(lambda c: sheets.lay(c, db, by, survey, number, line, EVENING))

    assert (lay(3), lay(1, 2)) == ("unknown", "unknown")
    assert lay(2) == "laid"
    held = before(db, by)
    assert held is not None
    assert (held.sheet, held.line, held.invitation) == (1, 2, people(db, sheet)[1])
    assert settle(db, survey, by, "declined") == "settled"
    assert calls(db) == [(held.invitation, "declined", "Kim Utan Skärm")]
    assert lay(2) == "typed"
    assert db.read(lambda c: sheets.left(sheets.lines(c, sheet))) == (1,)


def test_goes_on_with_a_line_whose_form_was_left_half_way(db: Database, keys: Keys):
    """One call, however often it is taken up."""
    survey = a_round(db, keys, 1)
    sheet = made(db, survey)
    for name in ("Bo", "Ek"):
        by = a_pass(db, survey, name)
        assert db.write(lambda c, by=by: sheets.lay(c, db, by, survey, 1, 1, EVENING)) == "laid"
        number = before(db, by).invitation  # type: ignore[union-attr]
        assert db.write(lambda c, by=by, n=number: calling.begin(c, db, by, survey, n, EVENING)) == "talking"
        assert db.read(lambda c: sheets.left(sheets.lines(c, sheet))) == (1,)
        db.write(lambda c, by=by: calling.release(c, by))
    assert [row[1] for row in calls(db)] == ["talking"]
    assert note(db, survey, 1, "no_answer") == "settled"
    assert [row[1] for row in calls(db)] == ["no_answer"]


def test_types_no_line_of_one_whom_another_has_before_her(db: Database, keys: Keys):
    """The sheet's hour is over, and a page has got her since."""
    survey = a_round(db, keys, 2)
    made(db, survey, until=EVENING + timedelta(minutes=1))
    now = EVENING + timedelta(minutes=2)
    caller, typist = a_pass(db, survey, "Bo"), a_pass(db, survey, "Ek")
    assert take(db, survey, caller, now) == "taken"
    number = before(db, caller).invitation  # type: ignore[union-attr]
    line = db.read(
        lambda c: c.execute(
            select(call_sheet_lines.c.line).where(call_sheet_lines.c.invitation_id == number)
        ).scalar_one()
    )
    assert db.write(lambda c: sheets.lay(c, db, typist, survey, 1, line, now)) == "busy"
    other = 3 - line
    assert db.write(lambda c: sheets.lay(c, db, caller, survey, 1, other, now)) == "have_one"
    assert db.read(lambda c: holds.of_pass(c, caller.number)).invitation == number  # type: ignore[union-attr]


@pytest.mark.parametrize("what", ["resigned", "forgotten"])
def test_asks_nobody_to_type_the_line_of_one_who_has_left(db: Database, keys: Keys, what: str):
    survey = a_round(db, keys, 1)
    sheet = made(db, survey)
    if what == "resigned":
        db.write(lambda c: c.execute(update(contacts).values(resigned_at=EVENING)))
    else:
        db.write(lambda c: c.execute(update(invitations.invitations).values(contact_id=None)))
    assert db.read(lambda c: sheets.left(sheets.lines(c, sheet))) == ()
    assert note(db, survey, 1, "no_answer") == "nobody"
    assert calls(db) == []


def test_signs_a_sheet_back_once_and_finds_a_lost_one(db: Database, keys: Keys):
    survey = a_round(db, keys, 1)
    sheet = made(db, survey)

    def end(what) -> bool:
        return db.write(lambda c: what(c, db, sheet, "Anna Ek", EVENING))

    assert end(sheets.lose)
    assert not end(sheets.lose)
    assert end(sheets.give_back)
    assert not end(sheets.give_back)
    assert not end(sheets.lose)
    (one,) = db.read(lambda c: sheets.listed(c, survey.number))
    assert (one.state, one.people, one.typed) == ("back", 1, 0)
    assert db.read(lambda c: c.execute(select(func.count()).select_from(held_by)).scalar_one()) == 0


def test_waits_with_a_line_that_somebody_has_before_her_on_a_page(db: Database, keys: Keys):
    """The sheet is back, and two type it: one call, not two."""
    survey = a_round(db, keys, 1)
    sheet, by = made(db, survey), a_pass(db, survey, "Bo")
    assert db.write(lambda c: sheets.lay(c, db, by, survey, 1, 1, EVENING)) == "laid"
    assert db.write(lambda c: sheets.give_back(c, db, sheet, "Anna Ek", EVENING))
    assert note(db, survey, 1, "no_answer") == "typing"
    assert settle(db, survey, by, "declined") == "settled"
    assert [row[1] for row in calls(db)] == ["declined"]
    assert note(db, survey, 1, "no_answer") == "typed"


def test_has_one_line_for_one_of_two_rounds(db: Database, keys: Keys):
    survey = a_round(db, keys, 2)
    (first,) = (step for step in survey.plan.steps if step.channel == "telephone")
    second = replace(first, key="ringrunda-2", offset=first.offset + 1)
    survey = replace(survey, plan=replace(survey.plan, steps=(*survey.plan.steps, second)))
    db.write(lambda c: planned(c, survey.number, "ringrunda-2"))
    assert len(people(db, made(db, survey))) == 2
