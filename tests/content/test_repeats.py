"""How often, as people write it."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.content.dates import Unreadable
from mailer.content.recurrence import Every, Rule
from mailer.content.repeats import parse_rule

MONDAY = date(2024, 6, 3)  # the first in its month
WEEK, MONTH = Every.WEEK, Every.MONTH


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("varje dag", Rule(Every.DAY)),
        ("dagligen", Rule(Every.DAY)),
        ("varje vecka", Rule(WEEK)),
        ("En gång i veckan", Rule(WEEK)),
        ("varannan vecka", Rule(WEEK, 2)),
        ("var tredje vecka", Rule(WEEK, 3)),
        ("var 4:e vecka", Rule(WEEK, 4)),
        ("var fjortonde dag", Rule(Every.DAY, 14)),
        ("varje månad", Rule(MONTH)),
        ("varannan månad", Rule(MONTH, 2)),
        ("varje kvartal", Rule(MONTH, 3)),
        ("varje år", Rule(Every.YEAR)),
        ("måndag", Rule(WEEK, weekdays=((0, 0),))),
        ("måndagar.", Rule(WEEK, weekdays=((0, 0),))),
        ("varje måndag", Rule(WEEK, weekdays=((0, 0),))),
        ("varje vecka på måndagar", Rule(WEEK, weekdays=((0, 0),))),
        ("varannan måndag", Rule(WEEK, 2, ((0, 0),))),
        ("måndagar och onsdagar", Rule(WEEK, weekdays=((0, 0), (0, 2)))),
        ("varje måndag och varje onsdag", Rule(WEEK, weekdays=((0, 0), (0, 2)))),
        ("måndagar, onsdagar och fredagar", Rule(WEEK, weekdays=((0, 0), (0, 2), (0, 4)))),
        ("vardagar", Rule(WEEK, weekdays=((0, 0), (0, 1), (0, 2), (0, 3), (0, 4)))),
        ("första måndagen i månaden", Rule(MONTH, weekdays=((1, 0),))),
        ("den första måndagen varje månad", Rule(MONTH, weekdays=((1, 0),))),
        ("första måndagen varannan månad", Rule(MONTH, 2, ((1, 0),))),
        ("första och tredje måndagen i månaden", Rule(MONTH, weekdays=((1, 0), (3, 0)))),
        ("första måndagen och sista fredagen i månaden", Rule(MONTH, weekdays=((1, 0), (-1, 4)))),
        ("weekly", Rule(WEEK)),
        ("every 2 weeks", Rule(WEEK, 2)),
        ("every other Monday", Rule(WEEK, 2, ((0, 0),))),
        ("Mondays and Wednesdays", Rule(WEEK, weekdays=((0, 0), (0, 2)))),
        ("first Monday of the month", Rule(MONTH, weekdays=((1, 0),))),
    ],
)
def test_reads_how_often_as_people_write_it(text: str, rule: Rule) -> None:
    assert parse_rule(text, MONDAY) == rule


@pytest.mark.parametrize(
    ("text", "first", "what", "remedy"),
    [
        (
            "ibland",
            MONDAY,
            "”ibland” går inte att läsa som en upprepning.",
            "Skriv till exempel varje vecka, varannan vecka, måndagar och onsdagar, varje månad eller sista lördagen i "
            "månaden.",
        ),
        (
            "lördagar",
            MONDAY,
            "3 juni är en måndag, men evenemanget ska upprepas ”lördagar”.",
            "Första dagen som stämmer är lördag 8 juni: skriv datum: 2024-06-08, eller rätta ”upprepas”.",
        ),
        (
            "sista fredagen i månaden",
            date(2024, 5, 24),
            "24 maj är den fjärde fredagen i månaden, men evenemanget ska upprepas ”sista fredagen i månaden”.",
            "Första dagen som stämmer är fredag 31 maj: skriv datum: 2024-05-31, eller rätta ”upprepas”.",
        ),
        (
            "varje månad",
            date(2024, 5, 31),
            "alla månader har inte någon 31:a.",
            "Skriv en dag som alla har, eller upprepas: sista fredagen i månaden.",
        ),
        (
            "varje år",
            date(2024, 2, 29),
            "alla år har inte någon 29 februari.",
            "Skriv en fil för varje år, eller välj en annan dag.",
        ),
    ],
)
def test_asks_when_a_repetition_cannot_be_meant(text: str, first: date, what: str, remedy: str) -> None:
    with pytest.raises(Unreadable) as wrong:
        parse_rule(text, first)
    assert (wrong.value.what, wrong.value.remedy) == (what, remedy)


@pytest.mark.parametrize(
    "text", ["två gånger i veckan", "varje", "och", "första i månaden", "varje måndag utom 3 juni", ""]
)
def test_refuses_what_is_no_repetition(text: str) -> None:
    with pytest.raises(Unreadable):
        parse_rule(text, MONDAY)


WORDS = "varje var varannan första sista måndag måndagar måndagen i och , månaden vecka 2 :e every of the".split()


@given(
    st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join) | st.text(max_size=30),
    st.dates(date(2000, 1, 1), date(2090, 1, 1)),
)
def test_reads_or_refuses_any_words(text: str, first: date) -> None:
    with suppress(Unreadable):
        assert parse_rule(text.upper(), first) == parse_rule(text, first)
