"""Events: when they begin, when they are over, in which order."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from mailer.content.events import Event, is_event, parse_event, upcoming
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
    )


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
    ],
)
def test_names_what_is_wrong_with_an_event(head: str, line: int) -> None:
    with pytest.raises(EditorError) as caught:
        event(head)
    assert [p.line for p in caught.value.problems] == [line]


def test_keeps_a_cancelled_event_so_that_nobody_goes_there() -> None:
    assert event("datum: 14 maj\ninställt: ja\n").cancelled
    assert not event("datum: 14 maj\ninställt: nej\n").cancelled


@pytest.mark.parametrize("path", ["evenemang/a.md", "events/a.md", "2024-05/Evenemang/a.md", "evenemang/2024/a.md"])
def test_knows_an_event_by_its_folder(path: str) -> None:
    assert is_event(path)
    assert not is_event("2024-05/evenemang.md")
