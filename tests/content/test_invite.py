"""The calendar file that goes with an issue: read back as other programs read it."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import icalendar

from mailer.content.calendar import read_calendar
from mailer.content.events import Occurrence, parse_event, upcoming
from mailer.content.invite import calendar_of

ZONE = ZoneInfo("Europe/Stockholm")
SINCE, UNTIL = datetime(2024, 5, 1, tzinfo=ZONE), datetime(2024, 12, 1, tzinfo=ZONE)
NOW = datetime(2024, 5, 3, 6, 0, 0, 123, tzinfo=ZONE)
SERIES = "datum: 2024-10-21\ntid: 18–20\nplats: Folkets hus, stora salen; vid ån\nupprepas: varje vecka\nantal: 3\n"


def listed(*heads: str, body: str = "") -> tuple[Occurrence, ...]:
    events = [
        parse_event(f"evenemang/{n}.md", f"---\nrubrik: Möte {n}\n{head}---\n{body}", "hash", date(2024, 5, 15), ZONE)
        for n, head in enumerate(heads)
    ]
    return upcoming(events, SINCE, UNTIL)


def written(*heads: str, body: str = "", now: datetime = NOW, association: str = "Vallentuna") -> bytes:
    return calendar_of(listed(*heads, body=body), ZONE, association, now)


def entries(raw: bytes) -> list[icalendar.Event]:
    return [e for e in icalendar.Calendar.from_ical(raw).events if isinstance(e, icalendar.Event)]


def test_writes_what_other_programs_read_back() -> None:
    raw = written(
        "datum: 2024-05-14\ntid: 18.30–20\nplats: Torget\nlänk: https://a.example/möte\n", body="Hej, *du*!\n"
    )
    (entry,) = entries(raw)
    assert entry["summary"] == "Möte 0"
    assert entry["location"] == "Torget"
    assert entry["description"] == "Hej, du!"
    assert entry["url"] == "https://a.example/m%C3%B6te"
    assert (entry["status"], entry["sequence"]) == ("CONFIRMED", 0)
    assert entry.start == datetime(2024, 5, 14, 16, 30, tzinfo=UTC)
    assert entry.end == datetime(2024, 5, 14, 18, 0, tzinfo=UTC)
    assert entry["dtstamp"].dt == datetime(2024, 5, 3, 4, 0, tzinfo=UTC)
    whole = icalendar.Calendar.from_ical(raw)
    assert (whole["method"], whole["version"], whole["x-wr-calname"]) == ("PUBLISH", "2.0", "Vallentuna")


def test_writes_whole_days_with_the_day_after_as_their_end() -> None:
    (congress, election) = entries(written("datum: 2024-05-08\nslut: 2024-05-12\n", "datum: 2024-06-09\n"))
    assert (congress.start, congress.end) == (date(2024, 5, 8), date(2024, 5, 13))
    assert (election.start, election.end) == (date(2024, 6, 9), date(2024, 6, 10))


def test_leaves_out_an_end_that_nobody_gave() -> None:
    (entry,) = entries(written("datum: 2024-05-14\ntid: 18.30\n"))
    assert "dtend" not in entry


def test_writes_lines_that_every_program_takes() -> None:
    raw = written(SERIES, body="å" * 500 + "\n\nnytt, stycke; \\\\ med allt\n")
    assert raw.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 75
    for line in raw.split(b"\r\n"):
        line.decode("utf-8")  # no letter is cut in two
    assert entries(raw)[0]["description"] == "å" * 500 + "\n\nnytt, stycke; \\ med allt"
    assert entries(raw)[0]["location"] == "Folkets hus, stora salen; vid ån"


def test_writes_the_same_bytes_for_the_same_issue() -> None:
    assert written(SERIES) == written(SERIES)
    assert written(SERIES) != written(SERIES, now=NOW.replace(day=4))


def test_says_nothing_about_who_reads_it() -> None:
    raw = written("datum: 2024-05-14\n", body="Hej {{ förnamn }}! Är du {{ efternamn | ny }}?\n")
    assert entries(raw)[0]["description"] == "Hej vän! Är du ny?"
    assert b"ATTENDEE" not in raw
    assert b"ORGANIZER" not in raw


def test_lets_a_date_called_off_replace_itself() -> None:
    before, after = entries(written(SERIES)), entries(written(f"{SERIES}inställt: 28 oktober\n"))
    assert [e["uid"] for e in before] == [e["uid"] for e in after]
    assert [(e["status"], e["sequence"]) for e in after] == [("CONFIRMED", 0), ("CANCELLED", 1), ("CONFIRMED", 0)]
    assert after[1]["summary"] == "Inställt: Möte 0"
    assert len({e["uid"] for e in before}) == 3


def test_lets_an_event_that_is_moved_replace_itself() -> None:
    ((before,), (after,)) = (entries(written(f"datum: 2024-05-{day}\n")) for day in (14, 15))
    assert before["uid"] == after["uid"]


def test_keeps_the_names_of_two_associations_apart() -> None:
    ((ours,), (theirs,)) = (entries(written("datum: 2024-05-14\n", association=a)) for a in ("Vallentuna", "Huddinge"))
    assert ours["uid"] != theirs["uid"]


def test_reads_its_own_calendar_as_it_was() -> None:
    """Over the night when clocks go back too."""
    before = listed(SERIES, "datum: 2024-05-08\nslut: 2024-05-12\n", "datum: 2024-05-14\ntid: 18\ninställt: ja\n")
    events, problems = read_calendar(calendar_of(before, ZONE, "Vallentuna", NOW), "kalender", ZONE, SINCE, UNTIL)
    after = upcoming(events, SINCE, UNTIL)
    assert problems == ()
    assert [(o.begins, o.ends, o.event.title, o.event.place, o.event.cancelled) for o in after] == [
        (o.begins, o.ends, o.event.title, o.event.place, o.event.cancelled) for o in before
    ]
