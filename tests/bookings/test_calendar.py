"""What the calendar that goes out remembers: every change counted, nothing lost, nothing told that is not for all."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.bookings import store
from mailer.bookings.calendar import (
    ALL_GONE,
    CLOSED_TITLE,
    GONE_TITLE,
    KEPT,
    Date,
    Folder,
    changes,
    date_of,
    feed_of,
    upcoming,
)
from mailer.content import events as content
from mailer.content.invite import calendar_file, calendar_of

ZONE = ZoneInfo("Europe/Stockholm")
NOW = datetime(2024, 5, 4, 7, 0, tzinfo=UTC)
REST = timedelta(minutes=10)
NAME = "Vallentuna"
MEETING = "datum: 2024-05-20\ntid: 18–20\nplats: Torget\n"
SERIES = "datum: 2024-10-21\ntid: 18–20\nupprepas: varje vecka\nantal: 3\n"


def occurrences(head: str, name: str = "a", now: datetime = NOW, title: str = "Möte", body: str = ""):
    text = f"---\nrubrik: {title}\n{head}---\n{body}"
    event = content.parse_event(f"evenemang/{name}.md", text, str(hash(text)), date(2024, 5, 15), ZONE)
    return content.upcoming([event], now - KEPT, now + timedelta(days=366))


def dates(head: str, name: str = "a", now: datetime = NOW, **more: str) -> tuple[Date, ...]:
    return tuple(date_of(o, NAME, "", "", now) for o in occurrences(head, name, now, **more))


def after(before: dict[str, Date], found: tuple[Date, ...] = (), now: datetime = NOW, **more) -> dict[str, Date]:
    folder = Folder(found, more.get("closed", ()), more.get("broken", ()))
    return before | {d.uid: d for d in changes(before, folder, now, REST)}


def only(remembered: dict[str, Date]) -> Date:
    (one,) = remembered.values()
    return one


def entries(remembered: dict[str, Date], now: datetime = NOW) -> list[icalendar.Event]:
    raw = calendar_file(feed_of(remembered.values(), now), ZONE, NAME, is_feed=True)
    return [e for e in icalendar.Calendar.from_ical(raw).events if isinstance(e, icalendar.Event)]


def test_names_a_date_as_the_file_of_an_issue_does() -> None:
    for head in (MEETING, SERIES):
        attached = icalendar.Calendar.from_ical(calendar_of(occurrences(head), ZONE, NAME, NOW)).events
        assert {e["uid"] for e in attached} == {d.uid for d in dates(head)}


def test_remembers_nothing_anew_while_nothing_changes() -> None:
    first = after({}, dates(MEETING))
    assert changes(first, Folder(dates(MEETING), (), ()), NOW + timedelta(days=1), REST) == ()


@pytest.mark.parametrize(
    "changed",
    [
        {"head": MEETING.replace("18–20", "19–21")},
        {"head": MEETING.replace("2024-05-20", "2024-05-21")},
        {"head": MEETING.replace("Torget", "Biblioteket")},
        {"head": MEETING + "inställt: ja\n"},
        {"head": MEETING + "länk: https://vallentuna.example/\n"},
        {"title": "Årsmöte"},
        {"body": "Ta med kaffe.\n"},
    ],
)
def test_counts_each_change_and_says_when(changed: dict[str, str]) -> None:
    later = NOW + timedelta(days=1)
    before = after({}, dates(MEETING))
    now = only(after(before, dates(**({"head": MEETING} | changed)), later))
    assert (now.uid, now.sequence, now.changed_at) == (only(before).uid, 1, later)
    back = only(after({now.uid: now}, dates(MEETING), later + timedelta(days=1)))
    assert (back.sequence, back.cancelled_at) == (2, None)


def test_says_the_same_time_over_the_night_when_clocks_go_back() -> None:
    told = entries(after({}, dates(SERIES)))
    assert [e.start for e in told] == [datetime(2024, 10, d, 18, tzinfo=ZONE) for d in (21, 28)] + [
        datetime(2024, 11, 4, 18, tzinfo=ZONE)
    ]
    assert {e["dtstart"].params["TZID"] for e in told} == {"Europe/Stockholm"}


def test_tells_what_the_issue_lists_as_another_program_reads_it() -> None:
    """Over both nights when clocks move; the oracle is a library that we do not write calendars with."""
    heads = {
        "a": "datum: 2024-10-23\ntid: 17.30–19\nupprepas: varje vecka\nantal: 30\n",
        "b": "datum: 2024-10-27\n",
        "c": "datum: 2024-11-08\nslut: 2024-11-10\n",
        "d": "datum: 2024-10-26\nslutdatum: 2024-10-27\ntid: 22–04\n",
        "e": "datum: 2025-03-29\nslutdatum: 2025-03-30\ntid: 23–05\n",
    }
    now = datetime(2024, 10, 1, tzinfo=UTC)
    listed = [o for name, head in heads.items() for o in occurrences(head, name, now, title=name)]
    raw = calendar_file(feed_of([date_of(o, NAME, "", "", now) for o in listed], now), ZONE, NAME, is_feed=True)
    seen = recurring_ical_events.of(icalendar.Calendar.from_ical(raw)).between(now, now + timedelta(days=366))

    def moment(value: date | datetime) -> datetime:
        return value if isinstance(value, datetime) else datetime(value.year, value.month, value.day, tzinfo=ZONE)

    assert sorted((str(e["summary"]), moment(e.start).timestamp(), moment(e.end).timestamp()) for e in seen) == sorted(
        (o.event.title, o.begins.timestamp(), o.ends.timestamp()) for o in listed
    )


def test_keeps_what_is_called_off_as_called_off_for_ninety_days() -> None:
    off = after(after({}, dates(MEETING)), dates(MEETING + "inställt: ja\n"), NOW + timedelta(days=2))
    for days in (3, 20, 60, 89):
        (entry,) = entries(off, NOW + timedelta(days=days))
        assert (entry["status"], entry["summary"]) == ("CANCELLED", "Inställt: Möte")
    assert entries(off, only(off).ends + KEPT + timedelta(days=1)) == []


def test_cancels_one_date_of_a_series_alone() -> None:
    off = after(after({}, dates(SERIES)), dates(SERIES + "inställt: 2024-10-28\n"))
    assert [(e["status"], e["sequence"]) for e in entries(off)] == [
        ("CONFIRMED", 0), ("CANCELLED", 1), ("CONFIRMED", 0),
    ]  # fmt: skip


def test_cancels_what_is_gone_from_the_folder_when_it_has_been_so_for_a_while() -> None:
    there = after({}, dates(MEETING, body="Hemlig telefon.\n"))
    missed = after(there, now=NOW + timedelta(minutes=1))
    assert [e["status"] for e in entries(missed)] == ["CONFIRMED"]
    gone = after(missed, now=NOW + timedelta(minutes=12))
    (entry,) = entries(gone, NOW + timedelta(days=89))
    assert (entry["status"], entry["summary"], entry["sequence"]) == ("CANCELLED", GONE_TITLE, 1)
    assert entry["uid"] == only(there).uid
    assert re.search("Möte|Torget|telefon", repr(only(gone))) is None  # it may have been told of by mistake
    assert "description" not in entry
    assert "location" not in entry
    assert upcoming(gone.values(), NOW) == []
    back = after(gone, dates(MEETING, body="Hemlig telefon.\n"), NOW + timedelta(hours=1))
    (entry,) = entries(back)
    assert (entry["status"], entry["sequence"], entry["location"]) == ("CONFIRMED", 2, "Torget")
    assert entry["summary"] == "Möte"


def test_keeps_the_title_of_what_was_called_off_before_its_file_went() -> None:
    off = after(after({}, dates(MEETING)), dates(MEETING + "inställt: ja\n"))
    gone = after(after(off, now=NOW + timedelta(minutes=1)), now=NOW + timedelta(minutes=12))
    (entry,) = entries(gone)
    assert (entry["status"], entry["summary"], entry["sequence"]) == ("CANCELLED", "Inställt: Möte", 2)


def test_calls_a_date_that_a_series_no_longer_has_what_the_series_is_called_now() -> None:
    there = after({}, dates(SERIES, title="Uteslutning"))
    fewer = SERIES.replace("antal: 3", "antal: 2")
    for minutes in (1, 12):
        there = after(there, dates(fewer, title="Cirkel"), NOW + timedelta(minutes=minutes))
    assert [(e["status"], e["summary"]) for e in entries(there)] == [
        ("CONFIRMED", "Cirkel"), ("CONFIRMED", "Cirkel"), ("CANCELLED", "Cirkel"),
    ]  # fmt: skip


def test_forgets_that_a_file_was_away_when_it_comes_back_in_time() -> None:
    missed = after(after({}, dates(MEETING)), now=NOW + timedelta(minutes=1))
    back = after(missed, dates(MEETING), NOW + timedelta(minutes=2))
    assert (only(back).missing_since, only(back).sequence) == (None, 0)
    assert only(after(back, now=NOW + timedelta(minutes=12))).gone == ""


def test_lets_a_file_that_cannot_be_read_say_what_it_last_said() -> None:
    there = after({}, dates(SERIES))
    now = NOW + timedelta(days=3)
    assert changes(there, Folder((), (), {"evenemang/a.md"}), now, REST) == ()


def test_cancels_nothing_for_a_disk_that_is_away() -> None:
    there = after({}, tuple(d for n in "abc" for d in dates(MEETING, n)))
    missed = after(there, now=NOW + timedelta(minutes=1))
    later = after(missed, now=NOW + timedelta(hours=20))
    assert {d.gone for d in later.values()} == {""}
    assert {d.gone for d in after(later, now=NOW + ALL_GONE + timedelta(hours=1)).values()} == {"vanished"}


def test_takes_back_every_word_at_once_of_what_is_no_longer_for_all() -> None:
    there = after({}, dates(MEETING, title="Hemligt", body="Hemligt.\n"))
    closed = after(there, closed=("evenemang/a.md",))
    (entry,) = entries(closed)
    assert (entry["status"], entry["summary"]) == ("CANCELLED", CLOSED_TITLE)
    assert "hemlig" not in repr(only(closed)).casefold()
    assert after(closed, closed=("evenemang/a.md",)) == closed
    vanished = after(after(there, now=NOW), now=NOW + timedelta(hours=1))
    assert only(after(vanished, closed=("evenemang/a.md",))).title == CLOSED_TITLE


def test_does_not_hold_next_year_what_was_over_this_year() -> None:
    """”20 maj” in a file that nobody has touched is the 20 May it was written for."""

    def read(near: date) -> tuple[Date, ...]:
        text = "---\nrubrik: Möte\ndatum: 20 maj\n---\n"
        event = content.parse_event("evenemang/a.md", text, "h", near, ZONE)
        now = datetime(near.year, near.month, near.day, tzinfo=UTC)
        found = content.upcoming([event], now - KEPT, now + timedelta(days=366))
        return tuple(date_of(o, NAME, "", "", now) for o in found)

    there = after({}, read(date(2024, 5, 15)))
    autumn = read(date(2024, 12, 15))
    assert [d.begins.year for d in autumn] == [2025]
    assert changes(there, Folder(autumn, (), ()), datetime(2024, 12, 15, tzinfo=UTC), REST) == ()


HEADS = st.lists(
    st.sampled_from(
        [MEETING, MEETING.replace("18", "17"), MEETING + "inställt: ja\n", SERIES, SERIES + "utom: 2024-10-28\n",
         SERIES + "inställt: 2024-11-04\n", SERIES.replace("antal: 3", "antal: 5"), "", "closed", "broken"]
    ), min_size=1, max_size=8,
)  # fmt: skip


@given(HEADS)
@settings(deadline=None)  # the machine has others to serve
def test_leaves_each_who_subscribes_with_what_is_so_whatever_happened(heads: list[str]) -> None:
    """A program that saw every version, and one that saw the first and the last, end alike."""
    remembered: dict[str, Date] = {}
    always: dict[str, icalendar.Event] = {}
    seldom: dict[str, icalendar.Event] = {}
    now = NOW
    for nth, head in enumerate(heads):
        for _ in range(2):  # a file must be gone for a while
            now += timedelta(hours=1)
            found = dates(head, now=now) if head not in ("", "closed", "broken") else ()
            closed = ("evenemang/a.md",) if head == "closed" else ()
            broken = ("evenemang/a.md",) if head == "broken" else ()
            remembered = after(remembered, found, now, closed=closed, broken=broken)
            told = {str(e["uid"]): e for e in entries(remembered, now)}
            always = merged(always, told)
            if nth in (0, len(heads) - 1):
                seldom = merged(seldom, told)
    assert shown(always) == shown(told)
    assert shown(seldom) == {uid: s for uid, s in shown(told).items() if uid in seldom}
    last = next((h for h in reversed(heads) if h != "broken"), "")
    lives = {uid for uid, (status, _) in shown(always).items() if status == "CONFIRMED"}
    expected = dates(last, now=now) if last not in ("", "closed") else ()
    assert lives == {d.uid for d in expected if not d.is_cancelled}


def merged(known: dict[str, icalendar.Event], told: dict[str, icalendar.Event]) -> dict[str, icalendar.Event]:
    """As RFC 5546 section 2.1.5 has it: the higher SEQUENCE wins, then the later DTSTAMP; others stay."""
    newer = {uid: entry for uid, entry in told.items() if uid not in known or version(entry) > version(known[uid])}
    for uid in known.keys() & told.keys() - newer.keys():
        assert known[uid].to_ical() == told[uid].to_ical(), "changed without a higher SEQUENCE"
    return known | newer


def version(entry: icalendar.Event) -> tuple[int, datetime]:
    return int(entry["sequence"]), entry["dtstamp"].dt


def shown(all_entries: dict[str, icalendar.Event]) -> dict[str, tuple[str, str]]:
    return {uid: (str(e["status"]), str(e.start)) for uid, e in all_entries.items()}


def test_is_written_as_the_rules_say() -> None:
    raw = calendar_file(feed_of(after({}, dates(SERIES, body="å" * 300)).values(), NOW), ZONE, NAME, is_feed=True)
    assert raw.startswith(b"BEGIN:VCALENDAR\r\n")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 75
    for line in (b"NAME:Vallentuna", b"X-WR-CALNAME:Vallentuna", b"REFRESH-INTERVAL;VALUE=DURATION:PT6H",
                 b"X-PUBLISHED-TTL:PT6H", b"METHOD:PUBLISH", b"BEGIN:VTIMEZONE", b"LAST-MODIFIED:20240504T070000Z"):  # fmt: skip
        assert line in raw.split(b"\r\n")
    assert b"ATTENDEE" not in raw


def test_remembers_in_the_database_what_it_was_told(db) -> None:
    first = {d.uid: d for d in dates(SERIES)}
    db.write(lambda c: store.write_dates(c, first.values()))
    assert db.read(store.read_dates) == first
    changed = [replace(d, sequence=7, cancelled_at=NOW, gone="vanished", missing_since=NOW) for d in first.values()][:1]
    db.write(lambda c: store.write_dates(c, changed))
    assert db.read(store.read_dates) == first | {changed[0].uid: changed[0]}
    (name,) = {d.name for d in first.values()}
    assert db.read(lambda c: store.read_dates(c, name=name)).keys() == first.keys()
    assert db.read(lambda c: store.read_dates(c, name="annat")) == {}


def test_forgets_what_was_taken_away_long_ago_and_nothing_else(db) -> None:
    stands, gone = dates(MEETING), dates(MEETING, "b")
    taken = [replace(d, gone="vanished", cancelled_at=NOW) for d in gone]
    db.write(lambda c: store.write_dates(c, [*stands, *taken]))
    db.write(lambda c: store.forget_old(c, NOW + timedelta(days=300)))
    assert len(db.read(store.read_dates)) == 2
    db.write(lambda c: store.forget_old(c, NOW + timedelta(days=500)))
    assert db.read(store.read_dates).keys() == {d.uid for d in stands}


def test_reads_of_all_it_remembers_what_something_still_happens_to(db) -> None:
    over = [replace(d, uid="x", ends=NOW - timedelta(days=5)) for d in dates(MEETING)]
    off = [replace(d, uid="y", ends=NOW - timedelta(days=5), cancelled_at=NOW) for d in dates(MEETING)]
    db.write(lambda c: store.write_dates(c, [*over, *off, *dates(MEETING)]))
    found = db.read(lambda c: store.read_dates(c, since=NOW - timedelta(days=1)))
    assert set(found) == {"y", *(d.uid for d in dates(MEETING))}
