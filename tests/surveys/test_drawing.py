"""The house and its channel plan: whom each step reaches, and when."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from mailer.content.channel_plan.defaults import default_plan
from mailer.content.channel_plan.model import Channel, ChannelPlan, Limits, Step, Whom
from mailer.surveys.plan.drawing import (
    Asked,
    Calendar,
    Drawn,
    Line,
    Person,
    allowed,
    draw,
    is_missed,
    likely_moment,
    next_allowed,
)
from mailer.surveys.plan.reasons import REASONS
from tests.surveys.arranged import QUESTIONNAIRE, ZONE

OPENS, CLOSES = date(2024, 2, 13), date(2024, 6, 30)
ASKED = replace(QUESTIONNAIRE, opens=OPENS, closes=CLOSES)
ISSUES = tuple(datetime(2024, m, 10, 9, tzinfo=ZONE).astimezone(UTC) for m in range(1, 13))
CALENDAR = Calendar(ZONE, OPENS, CLOSES, Limits(), ISSUES)
PLAN = default_plan(ASKED)
ANNA = Person(1)
BO = Person(2, no_email="no_address")


def mail(key: str, day: int, **more: Any) -> Step:
    return Step(key, key, Channel.EMAIL, Whom.SILENT, day, **more)


def letter(key: str, day: int, whom: Whom = Whom.SILENT, **more: Any) -> Step:
    return Step(key, key, Channel.LETTER, whom, day, **more)


def a_plan(*steps: Step, **limits: Any) -> ChannelPlan:
    return ChannelPlan("", "", steps, Limits(**limits))


def lines(person: Person, plan: ChannelPlan = PLAN, calendar: Calendar = CALENDAR) -> dict[str, Line]:
    return {line.step: line for line in draw(ASKED, plan, [person], calendar).people[0][1]}


def days(person: Person, plan: ChannelPlan = PLAN, calendar: Calendar = CALENDAR) -> dict[str, str]:
    """Step -> the day and hour, or the reason."""
    found = lines(person, plan, calendar)
    return {
        k: f"{line.moment.astimezone(ZONE):%m-%d %H.%M}" if line.moment else line.reason for k, line in found.items()
    }


def test_draws_the_default_plan_for_whom_mail_reaches() -> None:
    assert days(ANNA) == {
        "forvarning": "02-10 09.00",
        "inbjudan": "02-13 10.00",
        "inbjudan-med-brev": "has_email",
        "forsta-paminnelsen": "02-19 17.30",
        "andra-paminnelsen": "02-26 12.00",
        "brev-i-stallet-for-mejl": "02-27 10.00",  # if it is needed
        "brev-med-svarskod": "03-05 10.00",
        "frageblad-med-posten": "03-19 10.00",
        "ringrunda": "03-26 17.00",
        "pa-torget-och-pa-motet": "03-02 10.00",
        "pa-plats-andra-gangen": "04-06 10.00",
        "pa-plats-tredje-gangen": "05-11 10.00",
        "sista-mejlet": "06-17 10.00",
        "tack": "08-01 10.00",
        "resultatet": "07-10 09.00",
    }
    assert [key for key, line in lines(ANNA).items() if line.if_needed] == ["brev-i-stallet-for-mejl", "tack"]


def test_draws_the_default_plan_for_whom_only_paper_reaches() -> None:
    found = days(BO)
    assert found["inbjudan-med-brev"] == "02-13 10.00"
    assert found["frageblad-med-posten"] == "03-19 10.00"
    assert found["brev-med-svarskod"] == "no_address"  # two letters to each, and never more
    assert found["brev-i-stallet-for-mejl"] == "has_letter"
    assert {found[k] for k in ("inbjudan", "forsta-paminnelsen", "sista-mejlet", "tack")} == {"no_address"}


def test_says_why_a_step_was_moved_and_from_when() -> None:
    line = lines(ANNA)["sista-mejlet"]  # 16 June is a Sunday
    assert line.moved == ("quiet_sunday",)
    assert line.drawn == datetime(2024, 6, 16, 10, tzinfo=ZONE)
    assert lines(ANNA)["tack"].moved == ("quiet_month",)


def test_names_no_quiet_day_before_anybody_is_drawn_up() -> None:
    easter = replace(CALENDAR, opens=date(2024, 3, 20), closes=date(2024, 6, 30), issues=())
    said = {step.key: easter.day_of(likely_moment(step, easter)) for step in (mail("andra", 12), letter("brev", 42))}
    assert said == {"andra": date(2024, 4, 2), "brev": date(2024, 5, 2)}  # not Easter Monday, not the first of May


@pytest.mark.parametrize(
    ("person", "reason"),
    [
        (Person(1, state="answered"), "answered"),
        (Person(1, state="declined"), "declined"),
        (Person(1, state="stopped", stopped="died"), "died"),
        (Person(1, state="stopped", stopped="resigned"), "resigned"),
        (Person(1, state="stopped", stopped="objected"), "objected"),
        (Person(1, state="stopped"), "stopped"),
    ],
)
def test_asks_nobody_who_is_done_or_gone(person: Person, reason: str) -> None:
    asks = {step.key for step in PLAN.steps if step.is_ask}
    assert {line.reason for key, line in lines(person).items() if key in asks} == {reason}


def test_thanks_those_who_have_answered_and_no_others() -> None:
    assert days(Person(1, state="answered"))["tack"] == "08-01 10.00"
    assert days(Person(1, state="declined"))["tack"] == "not_answered"
    thanks = next(step for step in PLAN.steps if step.key == "tack")
    august = datetime(2024, 8, 1, 8, tzinfo=UTC)
    assert allowed(ANNA, thanks, august, (), CALENDAR) == "not_answered"
    assert allowed(replace(ANNA, state="answered"), thanks, august, (), CALENDAR) is None


def test_says_why_nobody_can_be_reached() -> None:
    nobody = Person(1, no_email="suppressed", has_post=False, has_phone=False)
    found = days(nobody)
    assert found["inbjudan"] == "suppressed"
    assert found["inbjudan-med-brev"] == "no_post"
    assert found["ringrunda"] == "no_phone"
    assert (
        set(found.values()) - {"02-10 09.00", "03-02 10.00", "04-06 10.00", "05-11 10.00", "07-10 09.00"}
        <= REASONS.keys()
    )


@pytest.mark.parametrize(
    ("channel", "reason", "steps"),
    [
        ("email", "hard_bounce", ("inbjudan", "forsta-paminnelsen", "sista-mejlet")),
        ("telephone", "wrong_number", ("ringrunda",)),
        ("letter", "returned_letter", ("brev-i-stallet-for-mejl", "frageblad-med-posten")),
    ],
)
def test_leaves_a_channel_that_has_failed(channel: str, reason: str, steps: tuple[str, ...]) -> None:
    found = days(replace(ANNA, stops=((channel, reason),)))
    assert {found[step] for step in steps} == {reason}


def test_writes_a_letter_where_mail_has_failed_and_none_has_come() -> None:
    step = next(step for step in PLAN.steps if step.key == "brev-i-stallet-for-mejl")
    then = datetime(2024, 2, 27, 9, tzinfo=UTC)
    assert allowed(ANNA, step, then, (), CALENDAR) == "has_email"
    failed = replace(ANNA, stops=(("email", "hard_bounce"),))
    assert allowed(failed, step, then, (), CALENDAR) is None
    assert allowed(replace(ANNA, no_email="left"), step, then, (), CALENDAR) is None
    had = (Asked(then - timedelta(14), "letter", "inbjudan-med-brev"),)
    assert allowed(failed, step, then, had, CALENDAR) == "has_letter"


@pytest.mark.parametrize(
    ("days_before", "of_survey", "is_ask", "expected"),
    [
        (1, True, True, "05-16 10.00"),
        (1, False, True, "05-16 10.00"),  # any ask of the house
        (3, False, True, "05-14 10.00"),  # 72 hours to the minute
        (1, False, False, "05-14 10.00"),  # a notice is no ask
        (-1, False, True, "05-18 10.00"),  # one that is promised for tomorrow
    ],
)
def test_keeps_the_hours_between_two_asks(days_before: int, of_survey: bool, is_ask: bool, expected: str) -> None:
    plan = a_plan(mail("a", 91, at=time(10)), quiet_holidays=False)  # 14 May
    other = Asked(datetime(2024, 5, 14, 10, tzinfo=ZONE) - timedelta(days_before), "email", "x", of_survey, is_ask)
    assert days(replace(ANNA, asks=(other,)), plan)["a"] == expected


def test_counts_the_hours_of_the_world_when_the_clock_is_changed() -> None:
    """From Friday noon to Monday noon there are 71 hours when the clock goes forward, whatever the wall says."""
    plan = a_plan(mail("a", 41, at=time(12)), quiet_holidays=False)  # 25 March, just before the change
    friday = datetime(2024, 3, 29, 12, tzinfo=ZONE)
    step = replace(plan.steps[0], offset=48)
    calendar = replace(CALENDAR, limits=plan.limits)
    had = (Asked(friday, "email", "x"),)
    assert allowed(ANNA, step, datetime(2024, 4, 1, 12, tzinfo=ZONE), had, calendar) == "too_soon"
    assert allowed(ANNA, step, datetime(2024, 4, 1, 13, tzinfo=ZONE), had, calendar) is None
    autumn = replace(calendar, closes=date(2024, 12, 1))
    had = (Asked(datetime(2024, 10, 25, 12, tzinfo=ZONE), "email", "x"),)
    assert allowed(ANNA, step, datetime(2024, 10, 28, 11, tzinfo=ZONE), had, autumn) is None


def test_keeps_the_hour_on_the_wall_when_the_clock_is_changed() -> None:
    plan = a_plan(mail("a", 40, at=time(10)), mail("b", 50, at=time(10)), quiet_holidays=False)
    found = lines(ANNA, plan)
    assert [line.moment and line.moment.hour for line in found.values()] == [9, 8]


@pytest.mark.parametrize(
    ("step", "expected", "why"),
    [
        (mail("a", 78), "05-02 10.00", ("quiet_holiday",)),  # 1 May
        (mail("a", 77), "05-02 10.00", ("quiet_holiday",)),  # the eve of it
        (mail("a", 87), "05-11 10.00", ("issue_day",)),  # 10 May
        (mail("a", 128), "06-20 10.00", ()),
        (mail("a", 129), "06-24 10.00", ("quiet_holiday", "quiet_sunday")),  # midsummer
        (letter("a", 88), "05-13 10.00", ("weekend", "quiet_sunday")),  # nobody empties the letter box on a Saturday
        (mail("a", 88), "05-11 10.00", ()),
        (mail("a", 138), "no_day_left", ("quiet_sunday",)),  # 30 June, the last day
        (mail("a", 84, weekday=2), "05-11 10.00", ("quiet_holiday", "issue_day")),  # the Wednesday before Ascension
    ],
)
def test_moves_a_step_forward_to_the_next_day_that_is_allowed(step: Step, expected: str, why: tuple[str, ...]) -> None:
    line = lines(ANNA, a_plan(step))["a"]
    assert days(ANNA, a_plan(step))["a"] == expected
    assert line.moved == why


def test_pushes_what_comes_after_a_step_that_was_moved() -> None:
    plan = a_plan(mail("a", 77), mail("b", 79))  # 30 April and 2 May
    assert days(ANNA, plan) == {"a": "05-02 10.00", "b": "05-06 10.00"}
    assert lines(ANNA, plan)["b"].moved == ("too_soon", "quiet_sunday")


def test_never_asks_through_two_channels_on_one_day() -> None:
    plan = a_plan(mail("a", 1), letter("b", 1), hours_between=0)
    assert days(ANNA, plan) == {"a": "02-14 10.00", "b": "02-15 10.00"}
    assert lines(ANNA, plan)["b"].moved == ("other_channel",)


@pytest.mark.parametrize(("most", "reason"), [(3, "enough_email"), (4, None)])
def test_keeps_to_the_most_that_anybody_is_asked(most: int, reason: str | None) -> None:
    had = tuple(Asked(datetime(2024, 2, 13 + n, 9, tzinfo=UTC), "email", f"m{n}") for n in (0, 4, 8))
    other = Asked(datetime(2024, 2, 14, 9, tzinfo=UTC), "email", "", of_survey=False)
    calendar = replace(CALENDAR, limits=Limits(emails=most))
    assert allowed(ANNA, mail("a", 91), datetime(2024, 5, 14, 8, tzinfo=UTC), (*had, other), calendar) == reason


def test_gives_nobody_the_same_step_twice() -> None:
    had = (Asked(datetime(2024, 2, 13, 9, tzinfo=UTC), "email", "a"),)
    assert allowed(ANNA, mail("a", 91), datetime(2024, 5, 14, 8, tzinfo=UTC), had, CALENDAR) == "done"


ROUND = Step("r", "r", Channel.TELEPHONE, Whom.SILENT, 35, until=75, at=time(17))


@pytest.mark.parametrize(
    ("when", "reason"),
    [
        ("2024-03-19T17:00", None),
        ("2024-03-19T19:59", None),
        ("2024-03-19T20:00", "quiet_hour"),
        ("2024-03-19T16:59", "quiet_hour"),
        ("2024-03-18T17:00", "round_not_begun"),
        ("2024-03-23T17:00", "weekend"),
        ("2024-03-28T17:00", "quiet_holiday"),
        ("2024-04-28T17:00", "quiet_sunday"),
        ("2024-04-29T17:00", "round_over"),
        ("2024-07-02T17:00", "closed"),
    ],
)
def test_calls_on_weekday_evenings_of_the_round(when: str, reason: str | None) -> None:
    moment = datetime.fromisoformat(when).replace(tzinfo=ZONE)
    assert allowed(ANNA, ROUND, moment, (), CALENDAR) == reason


def test_ends_a_round_on_the_last_evening_on_which_it_calls() -> None:
    line = lines(ANNA, a_plan(ROUND))["r"]
    assert line.until == datetime(2024, 4, 26, 20, tzinfo=ZONE)  # the 28th is a Sunday


def test_calls_again_another_day_and_at_most_so_many_times() -> None:
    first = datetime(2024, 3, 19, 17, tzinfo=ZONE)
    had = [Asked(first, "telephone", "r")]
    assert next_allowed(ANNA, ROUND, first, had, CALENDAR) == (
        datetime(2024, 3, 22, 17, tzinfo=ZONE),
        ("too_soon",),
    )
    had += [Asked(first + timedelta(3 * n), "telephone", "r") for n in (1, 2, 3)]
    assert next_allowed(ANNA, ROUND, first + timedelta(20), had, CALENDAR) == (None, ("enough_telephone",))


def test_welcomes_who_joins_later_with_the_invitation_and_not_with_a_reminder() -> None:
    late = replace(ANNA, since=datetime(2024, 2, 20, 11, tzinfo=UTC))
    found = days(late)
    assert found["inbjudan"] == "02-21 12.00"
    assert found["forsta-paminnelsen"] == "joined_later"
    assert found["andra-paminnelsen"] == "02-26 12.00"
    assert days(replace(BO, since=late.since))["inbjudan-med-brev"] == "02-21 12.00"
    assert lines(late)["inbjudan"].moved == ("joined_later",)


def test_draws_nothing_for_a_time_that_is_gone() -> None:
    calendar = replace(CALENDAR, now=datetime(2024, 4, 2, 12, tzinfo=UTC))
    found = days(ANNA, calendar=calendar)
    assert found["forvarning"] == found["forsta-paminnelsen"] == "day_gone"
    assert found["inbjudan"] == "04-02 14.00"  # as soon as it can
    assert found["ringrunda"] == "04-05 17.00"
    assert found["sista-mejlet"] == "06-17 10.00"
    assert all(line.moment is None or line.moment >= calendar.now for line in lines(ANNA, calendar=calendar).values())


@pytest.mark.parametrize(
    ("days_from_end", "issues", "expected"),
    [
        (-10, ISSUES, "07-10 09.00"),
        (-11, ISSUES, "08-10 09.00"),  # what is told may not come before it is true
        (-10, (), "no_issue"),
    ],
)
def test_tells_of_it_in_the_issue_that_suits(days_from_end: int, issues: tuple[datetime, ...], expected: str) -> None:
    step = Step("n", "n", Channel.ISSUE, Whom.EVERYBODY, days_from_end, from_end=True, at=time(8), is_ask=False)
    found = days(ANNA, a_plan(step), replace(CALENDAR, issues=issues))["n"]
    assert found == expected


def test_announces_it_in_the_issue_before_the_opening() -> None:
    step = Step("n", "n", Channel.ISSUE, Whom.EVERYBODY, -30, is_ask=False)
    assert days(ANNA, a_plan(step))["n"] == "01-10 09.00"
    late = replace(CALENDAR, issues=ISSUES[2:])
    assert days(ANNA, a_plan(step), late)["n"] == "no_issue"


def test_keeps_away_from_an_issue_whose_day_was_moved() -> None:
    plan = a_plan(mail("a", 91))
    moved = replace(CALENDAR, issues=(datetime(2024, 5, 14, 15, tzinfo=ZONE),))
    assert days(ANNA, plan, moved)["a"] == "05-15 10.00"


def test_keeps_away_from_other_asks_that_are_approved_for_all() -> None:
    calendar = replace(CALENDAR, others=(datetime(2024, 5, 15, 18, tzinfo=ZONE),))
    assert days(ANNA, a_plan(mail("a", 91)), calendar)["a"] == "05-20 10.00"  # the 18th and 19th are Whitsun


@pytest.mark.parametrize(("hours", "missed"), [(0, False), (24, False), (24.1, True)])
def test_skips_a_step_only_when_it_was_down_for_a_day(hours: float, missed: bool) -> None:
    planned = datetime(2024, 5, 14, 8, tzinfo=UTC)
    assert is_missed(planned, planned + timedelta(hours=hours)) is missed


def test_draws_the_same_plan_twice_and_shares_what_is_alike() -> None:
    people = [Person(n, n, no_email="no_address" if n % 7 == 0 else "") for n in range(1, 200)]
    one: Drawn = draw(ASKED, PLAN, people, CALENDAR)
    assert one == draw(ASKED, PLAN, people, CALENDAR)
    assert [person.contact for person, _ in one.people] == list(range(1, 200))
    assert len({id(found) for _, found in one.people}) == 2


def test_gives_every_person_every_step_with_a_moment_or_a_reason() -> None:
    people = [
        Person(1, no_email=email, has_post=post, has_phone=phone, state=state)
        for email in ("", "no_address", "left")
        for post in (True, False)
        for phone in (True, False)
        for state in ("invited", "begun", "answered", "declined", "stopped")
    ]
    for _, found in draw(ASKED, PLAN, people, CALENDAR).people:
        assert [line.step for line in found] == [step.key for step in PLAN.steps]
        assert all((line.moment is None) == bool(line.reason) for line in found)
        assert all(line.reason in REASONS for line in found if line.reason)
        assert all(why in REASONS for line in found for why in line.moved)
