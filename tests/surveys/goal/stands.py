"""How a survey stands, made by hand: on its third day, its thirtieth, when the goal is reached, when it is closed.

Takes   nothing.
Gives   a Standing for each story, its end, and the waves of a plan.
Fails   never.

Two hundred and ten members, from 20 March to 30 June 2024.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from mailer.surveys.goal.charts import Wave
from mailer.surveys.goal.model import Alike, Bar, OnDay, Part, Projection, Span, Standing, TooEarly

OPENS, CLOSES = date(2024, 3, 20), date(2024, 6, 30)
MEMBERS, GOAL = 210, 50
WAVES = (
    Wave(date(2024, 3, 20), "Inbjudan", "mejl"),
    Wave(date(2024, 3, 20), "Inbjudan per brev", "brev"),
    Wave(date(2024, 3, 26), "Första påminnelsen", "mejl"),
    Wave(date(2024, 4, 2), "Andra påminnelsen", "mejl"),
    Wave(date(2024, 4, 10), "Brev med formulär", "brev"),
    Wave(date(2024, 4, 24), "Ringrunda", "samtal"),
    Wave(date(2024, 5, 18), "Torget", "på plats"),
    Wave(date(2024, 6, 16), "Sista chansen", "mejl"),
)


@dataclass(frozen=True)
class Story:
    """One moment of the survey."""

    standing: Standing
    end: Projection | TooEarly


def days(last: date, answered: int) -> tuple[OnDay, ...]:
    """So many answers by the last day; they come fast at first, and in steps."""
    length = (last - OPENS).days
    found = []
    for n in range(length + 1):
        share = min(1.0, (n // 3 * 3 + 1) / max(1, length))
        done = answered if n == length else round(answered * share**0.55)
        found.append(OnDay(OPENS + timedelta(n), min(MEMBERS - 4, 180 + n), done + n // 4, done))
    return tuple(found)


def standing(day: date, answered: int, contacted: int, reached: int, untouched: int) -> Standing:
    channels = (
        Part("email", "mejl", Bar(178, 169, 80, min(answered, 61))),
        Part("letter", "brev", Bar(204, 31, 12, min(answered, 9))),
        Part("telephone", "telefon", Bar(190, 0, 0, 0)),
    )
    segments = (
        Part("unga", "Unga", Bar(34, 30, 8, 7)),
        Part("nya", "Medlem i mindre än ett år", Bar(41, 39, 22, min(answered, 20))),
        Part("karsta", "Kårsta", Bar(3, 3, 1, 1)),
        Part("vallentuna", "Vallentuna <tätort> & omnejd", Bar(132, 120, 50, min(answered, 44))),
    )
    alike = (
        Alike("medlem sedan", "före 2014", 90, min(answered, 30)),
        Alike("medlem sedan", "2014 eller senare", 120, answered - min(answered, 30)),
    )
    return Standing(
        day, Bar(MEMBERS, contacted, reached, answered), GOAL, channels, segments, days(min(day, CLOSES), answered),
        untouched, (("har varken e-post, telefon eller postadress", 4),), alike,
    )  # fmt: skip


STORIES = {
    "third day": Story(
        standing(OPENS + timedelta(2), 7, 171, 8, 35), TooEarly("days", OPENS + timedelta(7))
    ),
    "thirtieth day": Story(
        standing(OPENS + timedelta(29), 72, 196, 81, 10),
        Projection(Span(37.6, 41.0, 44.4), Span(44.8, 50.1, 55.3), 33, 240, True, to_call=300),
    ),
    "reached": Story(
        standing(OPENS + timedelta(60), 111, 204, 120, 2),
        Projection(Span(52.9, 54.0, 57.0), Span(54.0, 57.5, 61.9), 0, 0, True),
    ),
    "closed": Story(standing(CLOSES + timedelta(3), 117, 206, 129, 0), TooEarly("over")),
}  # fmt: skip
