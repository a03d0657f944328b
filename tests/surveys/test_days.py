"""The house and the days when nobody is asked."""

from datetime import date, timedelta

import pytest

from mailer.content.channel_plan.model import Limits
from mailer.surveys.plan.calendar_days import holiday, quiet

# As the almanac has them; none of it is computed here.
OF_2024 = {
    "2024-01-01": "nyårsdagen", "2024-01-05": "trettondagsafton", "2024-01-06": "trettondedag jul",
    "2024-03-28": "skärtorsdagen", "2024-03-29": "långfredagen", "2024-03-30": "påskafton",
    "2024-03-31": "påskdagen", "2024-04-01": "annandag påsk", "2024-04-30": "valborgsmässoafton",
    "2024-05-01": "första maj", "2024-05-08": "dagen före Kristi himmelsfärdsdag",
    "2024-05-09": "Kristi himmelsfärdsdag", "2024-05-18": "pingstafton", "2024-05-19": "pingstdagen",
    "2024-06-05": "dagen före nationaldagen", "2024-06-06": "nationaldagen", "2024-06-21": "midsommarafton",
    "2024-06-22": "midsommardagen", "2024-11-01": "allhelgonaafton", "2024-11-02": "alla helgons dag",
    "2024-12-24": "julafton", "2024-12-25": "juldagen", "2024-12-26": "annandag jul", "2024-12-31": "nyårsafton",
}  # fmt: skip


def test_knows_every_holiday_of_a_year_and_no_other_day() -> None:
    year = [date(2024, 1, 1) + timedelta(n) for n in range(366)]
    assert {str(day): holiday(day) for day in year if holiday(day)} == OF_2024


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2008-05-01", "Kristi himmelsfärdsdag"),  # and första maj: the later of the two names stands
        ("2008-04-30", "dagen före Kristi himmelsfärdsdag"),
        ("2020-06-06", "nationaldagen"),
        ("2022-06-05", "pingstdagen"),  # the day before nationaldagen, and a holiday itself
        ("2020-06-19", "midsommarafton"),  # the earliest midsummer
        ("2026-06-20", "midsommardagen"),
        ("2025-06-21", "midsommardagen"),
        ("2020-10-31", "alla helgons dag"),  # the earliest
        ("2021-11-06", "alla helgons dag"),  # the latest
        ("2038-04-25", "påskdagen"),  # the latest Easter there is
        ("2011-05-01", "första maj"),
        ("2023-12-31", "nyårsafton"),
        ("2024-06-20", ""),
    ],
)
def test_finds_the_days_that_move(day: str, name: str) -> None:
    assert holiday(date.fromisoformat(day)) == name


@pytest.mark.parametrize(
    ("day", "limits", "reason"),
    [
        ("2024-05-14", Limits(), None),
        ("2024-05-12", Limits(), "quiet_sunday"),
        ("2024-05-12", Limits(quiet_sundays=False), None),
        ("2024-03-31", Limits(quiet_sundays=False), "quiet_holiday"),
        ("2024-05-01", Limits(), "quiet_holiday"),
        ("2024-04-30", Limits(), "quiet_holiday"),
        ("2024-04-30", Limits(quiet_holidays=False), None),
        ("2024-07-02", Limits(), "quiet_month"),
        ("2024-07-02", Limits(quiet_months=(8,)), None),
        ("2024-08-02", Limits(quiet_months=(7, 8)), "quiet_month"),
        ("2024-05-18", Limits(), "quiet_holiday"),
        ("2024-05-25", Limits(), None),  # a Saturday
    ],
)
def test_is_quiet_as_the_plan_says(day: str, limits: Limits, reason: str | None) -> None:
    assert quiet(date.fromisoformat(day), limits) == reason
