"""Events: when they begin, when they are over, in which order."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mailer.content.events import Event, is_event, parse_event, upcoming
from mailer.content.readers import MEMBERS
from mailer.errors import EditorError

ZONE = ZoneInfo("Europe/Stockholm")
NEAR = date(2024, 5, 15)


def event(head: str, body: str = "", path: str = "evenemang/a.md") -> Event:
    return parse_event(path, f"---\nrubrik: Möte\n{head}---\n{body}", "hash", NEAR, ZONE)


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZONE)  # type: ignore[arg-type,misc]


def test_reads_an_event_with_a_beginning_and_an_end() -> None:
    read = event("datum: 14 maj\ntid: 18.30–20.00\nplats: Folkets hus\nansvarig: Bo\n", "Soppa.\n")
    assert read == Event(
        path="evenemang/a.md",
        title="Möte",
        begins=local(2024, 5, 14, 18, 30),
        ends=local(2024, 5, 14, 20, 0),
        place="Folkets hus",
        body="Soppa.\n",
        hash="hash",
        owner="Bo",
        has_end=True,
        line_of_body=8,
        uid=read.uid,
    )
    assert read.uid


@pytest.mark.parametrize(
    ("head", "begins", "ends", "is_all_day", "has_end"),
    [
        ("datum: 9 juni\n", local(2024, 6, 9), local(2024, 6, 10), True, False),
        ("datum: 8 maj\nslutdatum: 12 maj\n", local(2024, 5, 8), local(2024, 5, 13), True, True),
        ("datum: 8 maj\ntid: 18\n", local(2024, 5, 8, 18), local(2024, 5, 9), False, False),
        ("datum: 8 maj\ntid: 20–01\nslut: 9 maj\n", local(2024, 5, 8, 20), local(2024, 5, 9, 1), False, True),
    ],
)
def test_knows_when_an_event_is_over(
    head: str, begins: datetime, ends: datetime, is_all_day: bool, has_end: bool
) -> None:
    read = event(head)
    assert (read.begins, read.ends, read.is_all_day, read.has_end) == (begins, ends, is_all_day, has_end)


def test_lists_an_event_until_it_is_over_and_in_order_of_time() -> None:
    congress = event("datum: 8 maj\nslutdatum: 12 maj\n", path="evenemang/kongress.md")
    meeting = event("datum: 10 maj\ntid: 18–20\n", path="evenemang/möte.md")
    election = event("datum: 9 juni\n", path="evenemang/val.md")
    since = local(2024, 5, 10, 9)

    def listed(moment: datetime, weeks: int = 6) -> list[str]:
        found = upcoming([election, meeting, congress], moment, moment + timedelta(weeks=weeks))
        return [o.event.path.removeprefix("evenemang/") for o in found]

    assert listed(since) == ["kongress.md", "möte.md", "val.md"]
    assert listed(since, weeks=4) == ["kongress.md", "möte.md"]
    assert listed(local(2024, 5, 10, 19, 59)) == ["kongress.md", "möte.md", "val.md"]
    assert listed(local(2024, 5, 10, 20)) == ["kongress.md", "val.md"]
    assert listed(local(2024, 5, 13)) == ["val.md"]


def test_crosses_a_change_of_clocks() -> None:
    night = event("datum: 2024-10-26\ntid: 22–04\nslutdatum: 2024-10-27\n")
    assert night.ends.astimezone(ZoneInfo("UTC")) - night.begins.astimezone(ZoneInfo("UTC")) == timedelta(hours=7)


@pytest.mark.parametrize(
    ("head", "line"),
    [
        ("tid: 18\n", 0),
        ("datum: 2024-05-14\ntid: 20–18\n", 4),
        ("datum: 2024-05-14\nslutdatum: 2024-05-13\n", 4),
        ("datum: 2024-03-31\ntid: 02.30\n", 4),
        ("datum: 2024-05-32\n", 3),
        ("datum: 2024-05-14\ninställt: kanske\n", 4),
        ("datum: 2024-05-14\nordning: 1\n", 4),
        ("datum: 2024-05-14\nupprepas: ibland\n", 4),
        ("datum: 2024-05-14\nupprepas: måndagar\n", 4),
        ("datum: 2024-05-31\nupprepas: varje månad\n", 4),
        ("datum: 2024-05-14\nantal: 3\n", 4),
        ("datum: 2024-05-14\nupprepas: varje vecka\nantal: 3\nupprepas till: 1 juli\n", 5),
        ("datum: 2024-05-14\nupprepas: varje vecka\nantal: 401\n", 5),
        ("datum: 2024-05-14\nupprepas: varje vecka\nutom: 22 maj\n", 5),
        ("datum: 2024-05-14\nupprepas: varje vecka\ninställt: 22 maj\n", 5),
        ("datum: 2024-05-14\nslutdatum: 2024-05-18\nupprepas: varje dag\n", 4),
        ("datum: 2024-05-14\nupprepas: varje vecka\nupprepas till: 2024-05-13\n", 5),
        ("datum: 2024-05-14\nlänk: javascript:alert(1)\n", 4),
    ],
)
def test_names_what_is_wrong_with_an_event(head: str, line: int) -> None:
    with pytest.raises(EditorError) as caught:
        event(head)
    assert [p.line for p in caught.value.problems] == [line]


def dates(head: str, near: date = NEAR) -> list[str]:
    """The dates of an event that repeats: ”06-03 18:00”, with a ! when it is called off."""
    read = parse_event("evenemang/a.md", f"---\nrubrik: Möte\ndatum: {head}---\n", "hash", near, ZONE)
    return [f"{s.begins:%m-%d %H:%M}{'!' if s.cancelled else ''}" for s in read.dates]


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("2024-06-03\ntid: 18\nupprepas: varje vecka\nantal: 3\n", ["06-03 18:00", "06-10 18:00", "06-17 18:00"]),
        ("2024-06-03\nupprepas: varje vecka\nupprepas till: 17 juni\nutom: 10 juni\n", ["06-03 00:00", "06-17 00:00"]),
        ("2024-06-03\nrepeats: weekly\nrepeats until: 17 juni\nexcept: 10 juni\n", ["06-03 00:00", "06-17 00:00"]),
        ("2024-06-03\nupprepas: varannan vecka\nantal: 2\ninställt: 17 juni\n", ["06-03 00:00", "06-17 00:00!"]),
        # as many times as readers can come
        ("2024-06-03\nupprepas: varje vecka\nantal: 2\nutom: 10, 17 och 24 juni\n", ["06-03 00:00", "07-01 00:00"]),
        # dates without a year follow the first one, also into the next year
        (
            "2024-12-17\nupprepas: varje vecka\nupprepas till: 7 januari\nutom: 24 och 31 december\n",
            ["12-17 00:00", "01-07 00:00"],
        ),
        # over both nights when clocks change the hour stays
        ("2024-10-20\ntid: 18\nupprepas: söndagar\nantal: 3\n", ["10-20 18:00", "10-27 18:00", "11-03 18:00"]),
        ("2024-03-24\ntid: 02.30\nupprepas: söndagar\nantal: 3\n", ["03-24 02:30", "03-31 03:30", "04-07 02:30"]),
        # over since long
        ("2022-01-03\nupprepas: varje vecka\nantal: 5\n", []),
    ],
)
def test_reads_the_dates_of_what_repeats(head: str, expected: list[str]) -> None:
    assert dates(head) == expected


def test_lets_what_has_no_end_go_on() -> None:
    head = "2015-01-05\ntid: 18\nupprepas: varje vecka\n"
    assert dates(head)[0] == "03-18 18:00"
    assert dates(head, date(2034, 5, 15))[0] == "03-20 18:00"
    assert len(dates(head)) == 113


def test_bounds_the_dates_of_what_repeats() -> None:
    assert len(dates("2024-05-15\nupprepas: varje dag\n")) == 400


def test_shows_one_date_called_off_and_the_others_not() -> None:
    series = event("datum: 2024-06-03\ntid: 18–20\nupprepas: varje vecka\nantal: 3\ninställt: 10 juni\n")
    found = upcoming([series], local(2024, 6, 1), local(2024, 7, 1))
    assert [(o.begins.day, o.event.cancelled) for o in found] == [(3, False), (10, True), (17, False)]
    assert (series.begins, series.ends, series.cancelled) == (local(2024, 6, 3, 18), local(2024, 6, 3, 20), False)


def test_names_each_date_by_a_uid_of_its_own_that_stays() -> None:
    head = "datum: 2024-06-03\nupprepas: varje vecka\nantal: 3\n"
    before, after = (
        [o.uid for o in upcoming([event(h)], local(2024, 6, 1), local(2024, 7, 1))]
        for h in (head, f"{head}inställt: 10 juni\n")
    )
    assert before == after
    assert len(set(before)) == 3
    (moved,), (once,) = (upcoming([event(h)], SINCE, UNTIL) for h in ("datum: 14 maj\n", "datum: 15 maj\n"))
    assert moved.uid == once.uid


SINCE, UNTIL = local(2024, 5, 1), local(2024, 6, 1)


def test_reads_for_whom_and_where_to_read_more() -> None:
    read = event("datum: 14 maj\nläsare: Kårsta\nfår läsas av: alla\nlänk: https://a.example/x\n")
    assert (read.readers.names, read.readers.circle, read.link) == (("Kårsta",), "alla", "https://a.example/x")
    assert event("datum: 14 maj\n").readers == MEMBERS


def test_tells_all_day_from_no_time_given() -> None:
    assert event("datum: 14 maj\ntid: hela dagen\n").says_all_day
    assert not event("datum: 14 maj\n").says_all_day
    assert event("datum: 14 maj\ntid: hela dagen\n").is_all_day


def test_keeps_a_cancelled_event_so_that_nobody_goes_there() -> None:
    assert event("datum: 14 maj\ninställt: ja\n").cancelled
    assert not event("datum: 14 maj\ninställt: nej\n").cancelled


@pytest.mark.parametrize("path", ["evenemang/a.md", "events/a.md", "2024-05/Evenemang/a.md", "evenemang/2024/a.md"])
def test_knows_an_event_by_its_folder(path: str) -> None:
    assert is_event(path)
    assert not is_event("2024-05/evenemang.md")
