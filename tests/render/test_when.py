"""When something is, as it is read aloud."""

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from mailer.content.events import parse_event, upcoming
from mailer.render.when import Group, grouped, when, when_group

ZONE = ZoneInfo("Europe/Stockholm")
SINCE, UNTIL = datetime(2024, 5, 1, tzinfo=ZONE), datetime(2026, 1, 1, tzinfo=ZONE)


def groups(*heads: str) -> tuple[Group, ...]:
    events = [
        parse_event(f"evenemang/{n}.md", f"---\nrubrik: Möte\n{head}---\n", "hash", date(2024, 5, 15), ZONE)
        for n, head in enumerate(heads)
    ]
    return grouped(upcoming(events, SINCE, UNTIL))


def said(head: str) -> list[str]:
    return [when_group(group, ZONE, 2024).replace("\u00a0", " ") for group in groups(head)]


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("datum: 2024-05-14\ntid: 18.30\n", "tisdag 14 maj kl. 18.30"),
        ("datum: 2024-05-14\ntid: 18.30–20\n", "tisdag 14 maj kl. 18.30–20.00"),
        ("datum: 2024-05-08\nslut: 2024-05-12\n", "onsdag 8–söndag 12 maj"),
        ("datum: 2024-05-31\nslut: 2024-06-02\n", "fredag 31 maj–söndag 2 juni"),
        ("datum: 2024-06-07\ntid: 22–02\nslut: 2024-06-08\n", "fredag 7 juni kl. 22.00 till lördag 8 juni kl. 2.00"),
        ("datum: 2025-01-14\ntid: 18\n", "tisdag 14 januari 2025 kl. 18.00"),
    ],
)
def test_says_one_date_by_its_weekday(head: str, words: str) -> None:
    assert said(head) == [words]
    assert [when(o, ZONE, 2024).replace("\u00a0", " ") for g in groups(head) for o in g.occurrences] == [words]


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("2024-06-03\ntid: 18–20\nupprepas: varje vecka\nantal: 4\n", "måndagar 3, 10, 17 och 24 juni kl. 18.00–20.00"),
        ("2024-06-03\ntid: 18\nupprepas: varje vecka\nantal: 2\n", "måndagar 3 och 10 juni kl. 18.00"),
        ("2024-05-27\ntid: 18\nupprepas: varje vecka\nantal: 4\n", "måndagar 27 maj samt 3, 10 och 17 juni kl. 18.00"),
        (
            "2024-06-03\ntid: 18\nupprepas: första måndagen i månaden\nantal: 3\n",
            "måndagar 3 juni, 1 juli och 5 augusti kl. 18.00",
        ),
        (
            "2024-06-03\ntid: 18\nupprepas: måndagar och onsdagar\nantal: 3\n",
            "måndag 3, onsdag 5 och måndag 10 juni kl. 18.00",
        ),
        (
            "2024-05-29\ntid: 18\nupprepas: måndagar och onsdagar\nantal: 3\n",
            "onsdag 29 maj samt måndag 3 och onsdag 5 juni kl. 18.00",
        ),
        ("2024-06-03\ntid: 18\nupprepas: varje vecka\nantal: 13\n", "måndagar 3 juni–26 augusti kl. 18.00"),
        (
            "2024-06-03\ntid: 18\nupprepas: varje vecka\nantal: 7\nutom: 17 juni\n",
            "måndagar 3, 10 och 24 juni samt 1, 8, 15 och 22 juli kl. 18.00",
        ),
        (
            "2024-06-03\ntid: 18\nupprepas: måndagar och onsdagar\nantal: 8\n",
            "måndagar och onsdagar 3–26 juni kl. 18.00",
        ),
        ("2024-06-03\ntid: 10–12\nupprepas: varje dag\nantal: 7\n", "varje dag 3–9 juni kl. 10.00–12.00"),
        ("2024-06-03\ntid: 10–12\nupprepas: vardagar\nantal: 10\n", "vardagar 3–14 juni kl. 10.00–12.00"),
        ("2024-06-01\nupprepas: lördagar\nantal: 2\n", "lördagar 1 och 8 juni"),
        (
            "2024-12-30\ntid: 18\nupprepas: varje vecka\nantal: 3\n",
            "måndagar 30 december samt 6 och 13 januari 2025 kl. 18.00",
        ),
        (
            "2024-06-07\ntid: 22–02\nslut: 2024-06-08\nupprepas: varje vecka\nantal: 2\n",
            "fredag 7 juni kl. 22.00 till lördag 8 juni kl. 2.00, "
            "samt fredag 14 juni kl. 22.00 till lördag 15 juni kl. 2.00",
        ),
    ],
)
def test_says_the_dates_of_a_series_together(head: str, words: str) -> None:
    assert said(f"datum: {head}") == [words]


def test_tells_a_date_at_another_hour_last() -> None:
    (group,) = groups("datum: 2024-06-03\ntid: 18–20\nupprepas: varje vecka\nantal: 3\n")
    first, *rest = group.occurrences
    earlier = replace(first, begins=first.begins.replace(hour=17))
    words = when_group(replace(group, occurrences=(*rest, earlier)), ZONE, 2024).replace("\u00a0", " ")
    assert words == "måndagar 10 och 17 juni kl. 18.00–20.00, samt måndag 3 juni kl. 17.00–20.00"


def test_keeps_apart_what_is_called_off_and_what_is_another_event() -> None:
    found = groups(
        "datum: 2024-06-03\ntid: 18\nupprepas: varje vecka\nantal: 3\ninställt: 10 juni\n",
        "datum: 2024-06-04\ntid: 18\n",
    )
    assert [(g.begins.day, len(g.occurrences), g.event.cancelled) for g in found] == [
        (3, 2, False),
        (4, 1, False),
        (10, 1, True),
    ]
    assert when_group(found[0], ZONE, 2024).replace("\u00a0", " ") == "måndagar 3 och 17 juni kl. 18.00"


def test_keeps_the_hour_of_a_series_in_winter() -> None:
    head = "datum: 2024-10-21\ntid: 18\nupprepas: varje vecka\nantal: 2\n"
    assert said(head) == ["måndagar 21 och 28 oktober kl. 18.00"]
