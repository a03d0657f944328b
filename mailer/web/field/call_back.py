"""When somebody wants to be called again: the evenings and hours a page offers, and the one that was chosen.

Takes   the opened house, a survey, what was posted.
Gives   what the selects show; the moment, or None when it is none that was offered.
Fails   never.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from mailer import words as swedish
from mailer.house import House
from mailer.surveys.store import Surveyed
from mailer.verbs.surveys import calls

HALF_HOUR = timedelta(minutes=30)
WRONG = "Välj en dag och ett klockslag som inte har varit."


@dataclass(frozen=True, slots=True)
class Offer:
    """What a page offers. `day`, `hour`: what is chosen already."""

    days: list[tuple[str, str]]
    hours: list[tuple[str, str]]
    day: str
    hour: str


def offer(house: House, survey: Surveyed, form: Mapping[str, str]) -> Offer:
    """The evenings of the round that are left, and every half-hour at which somebody may call."""
    here = house.here()
    days = [(d.date().isoformat(), _in_words(d, here)) for d in calls.days_for_call_back(house, survey)]
    return Offer(days, _half_hours(survey), form.get("day", ""), form.get("hour", "") or _next_half_hour(here))


def chosen(house: House, survey: Surveyed, form: Mapping[str, str]) -> datetime | None:
    """The moment that was chosen: one of those the page offers, and not over."""
    days = {d.date().isoformat(): d for d in calls.days_for_call_back(house, survey)}
    day, hour = form.get("day", ""), form.get("hour", "")
    if day not in days or hour not in dict(_half_hours(survey)):
        return None
    moment = datetime.combine(days[day].date(), time.fromisoformat(hour), house.zone)
    return moment if moment > house.clock.now() else None


def _half_hours(survey: Surveyed) -> list[tuple[str, str]]:
    limits = survey.plan.limits
    day = datetime(2000, 1, 3)  # noqa: DTZ001 - any day: only the clock is looked at
    at, end = datetime.combine(day, limits.call_earliest), datetime.combine(day, limits.call_latest)
    found = []
    while at < end:
        found.append((f"{at:%H:%M}", f"{at:%H.%M}"))
        at += HALF_HOUR
    return found


def _next_half_hour(here: datetime) -> str:
    return f"{here + HALF_HOUR - timedelta(minutes=here.minute % 30):%H:%M}"


def _in_words(day: datetime, here: datetime) -> str:
    """”i kväll”, ”i morgon”, ”tisdag 14 maj”."""
    apart = (day.date() - here.date()).days
    named = swedish.day(day.date())
    return {0: "i kväll", 1: f"i morgon, {named}"}.get(apart, named)
