"""Dates and times as people write them."""

from contextlib import suppress
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.content.dates import Unreadable, at, parse_date, parse_dates, parse_times

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NEAR = date(2024, 5, 15)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-05-14", date(2024, 5, 14)),
        ("2024-5-4", date(2024, 5, 4)),
        ("14 maj", date(2024, 5, 14)),
        ("den 14 maj", date(2024, 5, 14)),
        ("tisdag 14 maj", date(2024, 5, 14)),
        ("Tisdagen den 14:e Maj", date(2024, 5, 14)),
        ("1 jan", date(2024, 1, 1)),
        ("14 sept.", date(2024, 9, 14)),
        ("14 december", date(2023, 12, 14)),  # nearer than the one to come
        ("12 november", date(2024, 11, 12)),
        ("29 februari", date(2024, 2, 29)),
        ("1 maj 2026", date(2026, 5, 1)),
    ],
)
def test_reads_a_date_as_people_write_it(text: str, day: date) -> None:
    assert parse_date(text, NEAR) == day


def test_finds_the_nearest_leap_day() -> None:
    assert parse_date("29 februari", date(2026, 1, 1)) == date(2024, 2, 29)


@pytest.mark.parametrize(
    ("text", "what", "remedy"),
    [
        (
            "31/02/2024",
            "datumet ”31/02/2024” finns inte.",
            "Februari 2024 har 29 dagar. Skriv det som 2024-02-29.",
        ),
        (
            "2026-02-30",
            "datumet ”2026-02-30” finns inte.",
            "Februari 2026 har 28 dagar. Skriv det som 2026-02-28.",
        ),
        ("31 april", "datumet ”31 april” finns inte.", "April 2024 har 30 dagar. Skriv det som 2024-04-30."),
        (
            "2024-13-01",
            "datumet ”2024-13-01” finns inte.",
            "Ett år har tolv månader. Skriv det som 2024-05-14.",
        ),
        (
            "3/4/2024",
            "datumet ”3/4/2024” ska skrivas med året först.",
            "Skriv det som 2024-04-03, om det är det du menar.",
        ),
        ("måndag 14 maj", "”måndag 14 maj” stämmer inte.", "Den 14 maj 2024 är en tisdag."),
        ("imorgon", "”imorgon” är inget datum.", "Skriv det som 2024-05-15 eller 15 maj."),
        ("0001-01-01", "datumet ”0001-01-01” ligger för långt bort.", "Året ska vara mellan 1990 och 2100."),
        ("14 m", "”14 m” är inget datum.", "Skriv det som 2024-05-15 eller 15 maj."),
        ("٣ maj", "”٣ maj” är inget datum.", "Skriv det som 2024-05-15 eller 15 maj."),
    ],
)
def test_refuses_a_date_that_does_not_exist_or_can_be_two(text: str, what: str, remedy: str) -> None:
    with pytest.raises(Unreadable) as wrong:
        parse_date(text, NEAR)
    assert (wrong.value.what, wrong.value.remedy) == (what, remedy)


@given(st.dates(date(1991, 1, 1), date(2099, 12, 31)), st.integers(-180, 180))
def test_reads_back_every_date_near_to_it(day: date, away: int) -> None:
    months = "januari februari mars april maj juni juli augusti september oktober november december".split()
    near = day + timedelta(days=away)
    assert parse_date(day.isoformat(), near) == day
    if (day.month, day.day) != (2, 29):
        assert parse_date(f"{day.day} {months[day.month - 1]}", near) == day


@given(st.text(max_size=30))
def test_reads_or_refuses_any_text(text: str) -> None:
    with suppress(Unreadable):
        found = parse_date(text, NEAR)
        assert parse_date(found.isoformat(), NEAR) == found
    with suppress(Unreadable):
        begins, ends = parse_times(text)
        assert ends is None or parse_times(f"{begins:%H.%M}–{ends:%H.%M}") == (begins, ends)


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("18.30", (time(18, 30), None)),
        ("18:30", (time(18, 30), None)),
        ("kl. 18", (time(18), None)),
        ("9", (time(9), None)),
        ("18.30–20.00", (time(18, 30), time(20))),
        ("18:30 - 20", (time(18, 30), time(20))),
        ("kl 9 till 12.15", (time(9), time(12, 15))),
        ("klockan 18–kl. 20", (time(18), time(20))),
    ],
)
def test_reads_times_as_people_write_them(text: str, times: tuple[time, time | None]) -> None:
    assert parse_times(text) == times


@pytest.mark.parametrize("text", ["25.00", "18.60", "18.3", "kväll", "18–", "", "–20", "1830", "18–19–20", "24.00"])
def test_refuses_what_is_no_time(text: str) -> None:
    with pytest.raises(Unreadable):
        parse_times(text)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("3 juni", [date(2024, 6, 3)]),
        ("3 juni, 10 juni", [date(2024, 6, 3), date(2024, 6, 10)]),
        ("3, 10 och 17 juni", [date(2024, 6, 3), date(2024, 6, 10), date(2024, 6, 17)]),
        ("27 maj samt 3 och 10 juni 2024.", [date(2024, 5, 27), date(2024, 6, 3), date(2024, 6, 10)]),
        ("2024-06-10; 2024-06-03, 2024-06-10", [date(2024, 6, 3), date(2024, 6, 10)]),
    ],
)
def test_reads_a_list_of_dates(text: str, days: list[date]) -> None:
    assert parse_dates(text, NEAR) == days


@pytest.mark.parametrize("text", ["3, 10", "3 juni och sen", "31 juni, 3 juni", "10 och 17"])
def test_refuses_a_list_with_something_that_is_no_date(text: str) -> None:
    with pytest.raises(Unreadable):
        parse_dates(text, NEAR)


def test_refuses_a_time_the_clock_skips_and_takes_the_first_of_two() -> None:
    with pytest.raises(Unreadable, match=r"klockan 2\.30 finns inte söndag 31 mars 2024") as wrong:
        at(date(2024, 3, 31), time(2, 30), STOCKHOLM)
    assert wrong.value.remedy == "Skriv tiden som 3.30, om det är den du menar."
    twice = at(date(2024, 10, 27), time(2, 30), STOCKHOLM)
    assert twice.utcoffset() == timedelta(hours=2)
    assert at(date(2024, 5, 14), time(18, 30), STOCKHOLM) == datetime(2024, 5, 14, 18, 30, tzinfo=STOCKHOLM)
