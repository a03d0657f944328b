"""Nasty calendars: their dates, their sentences, and that no one of them takes long or harms another."""

import os
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from time import process_time
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.content import markdown, plain
from mailer.content.calendar import MOST_OCCURRENCES, MOST_PROBLEMS, read_calendar
from mailer.content.escape import markdown_safe, plain_text
from mailer.content.events import Occurrence, upcoming
from mailer.content.parse import parse
from mailer.content.source import Source
from mailer.errors import EditorError, Problem

ZONE = ZoneInfo("Europe/Stockholm")
SINCE, UNTIL = datetime(2024, 3, 1, tzinfo=ZONE), datetime(2024, 12, 1, tzinfo=ZONE)
FILES = sorted((Path(__file__).parent.parent / "calendars").glob("*.ics"))


def read(raw: bytes) -> tuple[tuple[Occurrence, ...], tuple[Problem, ...]]:
    events, problems = read_calendar(raw, "kalender", ZONE, SINCE, UNTIL)
    return upcoming(events, SINCE, UNTIL), problems


def line(o: Occurrence) -> str:
    """One date, to be read: ”2024-05-14 18:30–20:00 Möte (Folkets hus)”."""
    event = o.event
    end = f"–{o.ends:%H:%M}" if o.begins.date() == o.ends.date() else f"–{o.ends:%Y-%m-%d %H:%M}"
    if event.is_all_day:
        last = o.ends - timedelta(seconds=1)
        when = f"{o.begins:%Y-%m-%d}" + (f"–{last:%Y-%m-%d}" if last.date() != o.begins.date() else "") + " hela dagen"
    else:
        when = f"{o.begins:%Y-%m-%d %H:%M}{end if event.has_end else ''}"
    rest = f"{' INSTÄLLT' if event.cancelled else ''} {event.title}{f' ({event.place})' if event.place else ''}"
    return when + rest + (f" <{event.link}>" if event.link else "")


@pytest.mark.parametrize("file", FILES, ids=lambda p: p.stem)
def test_reads_a_nasty_calendar_as_it_was_meant(file: Path) -> None:
    occurrences, problems = read(file.read_bytes())
    said = "".join(f"{line(o)}\n" for o in occurrences) + "".join(f"\n{problem}\n" for problem in problems)
    expected = file.with_suffix(".expected")
    if os.environ.get("MAILER_GOLDEN") == "write":
        expected.write_text(said, encoding="utf-8")
    assert said == expected.read_text(encoding="utf-8")
    assert len({o.uid for o in occurrences}) == len(occurrences)
    for o in occurrences:
        assert markdown.problems(o.event.body, "") == []


def test_has_thirty_of_them() -> None:
    assert len(FILES) >= 30


# Not asked of the other engine: what would hang it, what it cannot read, and where we choose otherwise (a private event
# is left out, two meetings with one UID are both kept, an end before the beginning is no end).
OTHERWISE = ("12", "16", "18", "21", "23", "24", "26", "27", "28", "29", "30", "33")
# Hours that pass, or hours on the wall, on the nights when they differ: RFC 5545 section 3.3.6 says the former.
OTHER_ENDS = ("02", "03", "07")


@pytest.mark.parametrize("file", [f for f in FILES if f.stem[:2] not in OTHERWISE], ids=lambda p: p.stem)
@pytest.mark.filterwarnings("ignore::icalendar.error.GloballyUniqueTZIDGuessed")
def test_agrees_with_another_engine(file: Path) -> None:
    def aware(moment: date) -> datetime:
        moment = moment if isinstance(moment, datetime) else datetime.combine(moment, time())
        return (moment if moment.tzinfo else moment.replace(tzinfo=ZONE)).astimezone(UTC)

    raw = file.read_bytes()
    theirs = recurring_ical_events.of(icalendar.Calendar.from_ical(raw), skip_bad_series=True).between(SINCE, UNTIL)
    ours, _ = read(raw)
    assert sorted(o.begins.astimezone(UTC) for o in ours) == sorted(aware(e.start) for e in theirs)
    if file.stem[:2] not in OTHER_ENDS:
        ends = [o.ends if o.event.has_end or o.event.is_all_day else o.begins for o in ours]
        assert sorted(end.astimezone(UTC) for end in ends) == sorted(aware(e.end) for e in theirs)


GOOD = "UID:good\r\nDTSTART;TZID=Europe/Stockholm:20240301T003000\r\nSUMMARY:God\r\n"


def calendar(*events: str, head: str = "") -> bytes:
    body = "".join(f"BEGIN:VEVENT\r\n{event}END:VEVENT\r\n" for event in events)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{head}{body}END:VCALENDAR\r\n".encode()


def entry(n: int, more: str = "", start: str = "20240101T100000") -> str:
    return f"UID:{n}\r\nDTSTART:{start}\r\nSUMMARY:E{n}\r\n{more}"


def many(more: str, n: int = 9_999, start: str = "20240101T100000") -> list[str]:
    return [entry(k, more, start) for k in range(n)]


ZONE_BOMB = (
    "BEGIN:VTIMEZONE\r\nTZID:Bomb\r\nBEGIN:STANDARD\r\nDTSTART:00010101T000000\r\nTZOFFSETFROM:+0200\r\n"
    "TZOFFSETTO:+0100\r\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
)
ALARM = "BEGIN:VALARM\r\nTRIGGER:-PT1S\r\nREPEAT:2147483647\r\nDURATION:PT1S\r\nEND:VALARM\r\n"
BOMBS = {
    "every-second": (GOOD, *many("RRULE:FREQ=SECONDLY\r\n")),
    "interval-0": (GOOD, *many("RRULE:FREQ=DAILY;INTERVAL=0\r\n")),
    "30-february": (GOOD, *many("RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30\r\n")),
    "count-without-end": (GOOD, *many("RRULE:FREQ=DAILY;COUNT=99999999999999999999\r\n", start="19000101T000000")),
    "until-9999": (GOOD, *many("RRULE:FREQ=DAILY;UNTIL=99991231T000000Z\r\n")),
    "setpos-366": (GOOD, *many("RRULE:FREQ=YEARLY;BYDAY=MO,TU;BYSETPOS=-366\r\n")),
    "hours-minutes-seconds": (GOOD, *many(f"RRULE:FREQ=DAILY;BYSECOND={','.join(map(str, range(60)))}\r\n")),
    "many-rules": (GOOD, entry(1, "RRULE:FREQ=DAILY\r\n" * 50_000)),
    "many-rdates": (GOOD, entry(1, f"RDATE:{','.join(['20240601T100000'] * 250_000)}\r\n")),
    "many-exdates": (GOOD, entry(1, "RRULE:FREQ=DAILY\r\nEXDATE:20240601T100000\r\n" * 90_000)),
    "many-changes": (GOOD, entry(1, "RRULE:FREQ=DAILY\r\n"), *[entry(1, "RECURRENCE-ID:20240601T100000\r\n")] * 9_000),
    "many-and-all-after": (
        GOOD,
        *(entry(k, "RRULE:FREQ=DAILY\r\n") for k in range(3_000)),
        *(entry(k, "RECURRENCE-ID;RANGE=THISANDFUTURE:20240201T100000\r\n") for k in range(3_000)),
    ),
    "many-alarms": (GOOD, *many(ALARM, 8_000)),
    "many-zones": (GOOD, *(entry(k).replace("DTSTART:", f"DTSTART;TZID=Z{k}:") for k in range(9_999))),
    "a-zone": (
        GOOD,
        *(entry(k, start="20240601T100000").replace("DTSTART:", "DTSTART;TZID=Bomb:") for k in range(900)),
    ),
    "html": (GOOD, *(f"{entry(k, start='20240601T100000')}DESCRIPTION:{'<table><b>' * 400}\r\n" for k in range(999))),
    "one-long-line": (GOOD, entry(1, f"DESCRIPTION:{'<!--{{' * 700_000}\r\n", "20240601T100000")),
    "parameters": (GOOD, entry(1, f"X-A;{'X=a;' * 500_000}B=c:d\r\n")),
    "quoted-parameters": (GOOD, entry(1, "X-A;" + 'X="a;";' * 300_000 + "B=c:d\r\n")),
    "nests": (GOOD, entry(1, "BEGIN:X\r\n" * 130_000 + "END:Y\r\n" * 130_000)),
    "broken-lines": (GOOD, entry(1, "hej\r\n" * 280_000)),
    "folds": (GOOD, entry(1, f"DESCRIPTION:x{chr(13) + chr(10) + ' y'}" + "\r\n y" * 280_000 + "\r\n")),
}


@pytest.mark.parametrize("name", BOMBS)
def test_is_not_kept_busy_by_a_calendar_made_for_it(name: str) -> None:
    """Under a second each on a quiet machine; the bound leaves room for one that is not."""
    raw = calendar(*BOMBS[name], head=ZONE_BOMB)
    before = process_time()
    found, problems = read(raw)
    assert process_time() - before < 5
    assert len(found) <= MOST_OCCURRENCES
    assert len(problems) <= MOST_PROBLEMS + 1
    assert "God" in [o.event.title for o in found]


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (b"", "det här är ingen kalender."),
        (b"<!doctype html><html>Logga in</html>", "det här är ingen kalender."),
        (b"\x00" * 1_000, "det här är ingen kalender."),
        (b"BEGIN:VCALENDAR\n" * 400_000, "kalendern är större än 5 MB eller 300000 rader."),
        (b"BEGIN:VCALENDAR" + b"\n" * 5_000_000, "kalendern är större än 5 MB eller 300000 rader."),
        (b"x" * 5_300_000, "kalendern är större än 5 MB eller 300000 rader."),
    ],
)
def test_refuses_what_is_no_calendar(raw: bytes, what: str) -> None:
    with pytest.raises(EditorError) as caught:
        read(raw)
    assert [p.what for p in caught.value.problems] == [what]


def test_reads_ten_thousand_events_and_names_the_rest() -> None:
    _, problems = read(calendar(*many("", 10_001)))
    assert [p.what for p in problems] == ["kalendern har 10001 evenemang; bara de första 10000 läses."]


def test_takes_the_first_thousand_dates_and_names_the_last() -> None:
    found, problems = read(calendar(*(entry(k, "RRULE:FREQ=DAILY\r\n", "20240401T100000") for k in range(10))))
    assert len(found) == 1_000
    assert [(p.what, p.remedy) for p in problems] == [
        ("kalendern har fler än 1000 datum; bara de första tas med.", "Det sista som tas med är tisdag 9 juli 2024.")
    ]


def test_lets_a_feed_say_in_which_zone_its_times_float() -> None:
    raw = calendar("UID:1\r\nDTSTART:20240514T163000\r\nSUMMARY:Zetkin\r\n")
    for zone, hour in ((None, 16), (UTC, 18), (ZoneInfo("Europe/Helsinki"), 15)):
        events, _ = read_calendar(raw, "kalender", ZONE, SINCE, UNTIL, floating=zone)
        assert events[0].begins == datetime(2024, 5, 14, hour, 30, tzinfo=ZONE)


def test_learns_nothing_from_one_calendar_that_it_tells_another() -> None:
    own = ZONE_BOMB.replace("RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30\r\n", "").replace("+0100", "-0500")
    event = "UID:1\r\nDTSTART;TZID=Bomb:20240514T100000\r\nSUMMARY:Möte\r\n"
    (there,), _ = read(calendar(event, head=own))
    (here,), problems = read(calendar(event))
    assert (there.begins.hour, here.begins.hour, len(problems)) == (17, 10, 1)


def test_makes_plain_words_of_what_others_write() -> None:
    (first, second), problems = read((FILES[0].parent / "25-html-and-markdown-in-the-words.ics").read_bytes())
    html, text = markdown.html(first.event.body), plain.text(first.event.body, 200)
    assert problems == ()
    assert "<a" not in html
    assert "<h" not in html
    assert "<li" not in html
    assert "\ue000" not in text
    assert text == (
        "Hej klicka läs mer (https://a.example/x)\n\n# Rubrik\n- punkt\n"
        "[länk] (javascript:x) { { kod }} **fet**\n| a | b |"
    )
    assert plain.text(second.event.body) == "Rad ett\nRad två\n\nNytt stycke & 5 < 6"
    assert (first.event.link, second.event.link) == ("", "https://a.example/möte?x=1&y=2")


def test_reads_a_calendar_in_the_editors_folder() -> None:
    raw = calendar(GOOD)
    found = parse([Source("evenemang/distriktet.ics", raw, "hash")], date(2024, 5, 1), ZONE)
    (event,) = found.events
    assert (event.title, event.path, event.is_foreign, found.problems) == ("God", "evenemang/distriktet.ics", False, ())
    broken = parse([Source("evenemang/distriktet.ics", b"hej", "hash")], date(2024, 5, 1), ZONE)
    assert [(p.where, p.what) for p in broken.problems] == [
        ("content/evenemang/distriktet.ics", "det här är ingen kalender.")
    ]


LINES = [line for file in FILES[:25] for line in file.read_bytes().split(b"\r\n") if line]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(LINES) | st.binary(max_size=40), max_size=40), st.integers(0, 3), st.data())
def test_reads_or_refuses_any_bytes(lines: list[bytes], events: int, data: st.DataObject) -> None:
    wrapped = [b"BEGIN:VCALENDAR", *[b"BEGIN:VEVENT"] * bool(events), *lines, b"END:VEVENT", b"END:VCALENDAR"]
    raw = bytearray(b"\r\n".join(wrapped))
    for _ in range(events):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    with suppress(EditorError):
        found, _ = read(bytes(raw))
        for o in found:
            assert markdown.problems(o.event.body, "") == []
            assert o.event.title == o.event.title.strip() != ""
            assert o.ends > SINCE
            assert o.begins < UNTIL
        assert read(bytes(raw))[0] == found


@given(st.text(max_size=200))
def test_makes_markdown_that_says_what_the_words_say(text: str) -> None:
    safe = markdown_safe(text)
    assert markdown.problems(safe, "") == []
    words = "".join(plain.text(safe, 10_000).split())
    assert words == "".join(plain.text(markdown_safe(plain.text(safe, 10_000)), 10_000).split())
    assert not {t.type for t in markdown.tokens(safe)} - {"paragraph_open", "paragraph_close", "inline"}
    assert not {c.type for t in markdown.tokens(safe) for c in t.children or ()} - {"text", "hardbreak", "softbreak"}


@given(st.text(alphabet="<>/abp =\"'&;#12x!-[]({}\n", max_size=120))
def test_leaves_no_markup_in_plain_words(text: str) -> None:
    assert markdown.problems(markdown_safe(plain_text(text)), "") == []
