"""The calendar that goes out, as those get it who read it and who subscribe to it."""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import icalendar
import pytest
import recurring_ical_events
from bs4 import BeautifulSoup
from sqlalchemy import event

from mailer.bookings import store
from mailer.clockwork.tick import tick
from mailer.content.invite import calendar_name
from mailer.house import House
from mailer.outbox.store import mailings
from mailer.settings import Kind
from mailer.verbs import calendar, month, which
from tests.web.month import MAY, ZONE, a_month, assemble, at, write
from tests.web.serving import Served, serving

MEETING = "---\nrubrik: Medlemsmöte\ndatum: 2024-05-20\ntid: 18–20\nplats: Folkets hus\nfår läsas av: alla\n---\nSoppa, {{ förnamn }}.\n"
CIRCLE = "---\nrubrik: Cirkel\ndatum: 2024-05-13\ntid: 18–20\nupprepas: varje vecka\nfår läsas av: alla\n---\n"
INNER = "---\nrubrik: Hemligt möte\ndatum: 2024-05-21\nfår läsas av: styrelsen\n---\nHemligt.\n"
HOSTILE = ("../x", "..%2fx", "x" * 300, "%00", "a.ics", "", "A" * 32)


def told(site: Served, path: str = "/kalender.ics") -> dict[str, icalendar.Event]:
    got = site.get(path)
    assert (got.status, got.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    events = icalendar.Calendar.from_ical(got.raw).events
    return {str(e["uid"]): e for e in events if isinstance(e, icalendar.Event)}


def titles(site: Served) -> list[tuple[str, str, int]]:
    return sorted((str(e["summary"]), str(e["status"]), int(e["sequence"])) for e in told(site).values())


def seen_by(house: House, moment: str) -> House:
    later = at(house, moment)
    calendar.remember(later)
    return later


def test_is_remembered_by_the_clock_and_by_nobody_who_reads(house: House) -> None:
    write(house.home, "evenemang/a.md", MEETING)
    with serving(house) as site:
        before = site.hash()
        assert titles(site) == []
        assert "Medlemsmöte" not in site.get("/kalender").text
        assert site.hash() == before
        tick(house)
        assert titles(site) == [("Medlemsmöte", "CONFIRMED", 0)]
        after = site.hash()
        tick(house)
        for path in ("/kalender", "/en/kalender", "/kalender.ics"):
            for method in ("GET", "HEAD", "OPTIONS"):
                site.ask(method, path)
        assert site.hash() == after


def test_follows_what_is_moved_called_off_taken_away_and_put_back(house: House) -> None:
    write(house.home, "evenemang/a.md", MEETING)
    with serving(house) as site:
        seen_by(house, "2024-05-04T10:00")
        (uid,) = told(site)
        write(house.home, "evenemang/a.md", MEETING.replace("18–20", "19–21"))
        seen_by(house, "2024-05-05T10:00")
        assert (told(site)[uid].start, titles(site)) == (
            datetime(2024, 5, 20, 19, tzinfo=ZONE), [("Medlemsmöte", "CONFIRMED", 1)],
        )  # fmt: skip
        write(house.home, "evenemang/a.md", MEETING.replace("---\nSoppa", "inställt: ja\n---\nSoppa"))
        seen_by(house, "2024-05-06T10:00")
        assert titles(site) == [("Inställt: Medlemsmöte", "CANCELLED", 2)]
        assert "Inställt:" in site.get("/kalender").text
        write(house.home, "evenemang/a.md", MEETING)
        seen_by(house, "2024-05-07T10:00")
        (house.home / "content/evenemang/a.md").unlink()
        seen_by(house, "2024-05-08T10:00")
        assert titles(site) == [("Medlemsmöte", "CONFIRMED", 3)]  # it may be a program that saves
        seen_by(house, "2024-05-08T10:20")
        assert titles(site) == [("Inställt eller borttaget", "CANCELLED", 4)]
        (date,) = house.db.read(store.read_dates).values()
        for path in ("/kalender", "/en/kalender", "/kalender.ics", f"/kalender/{date.name}.ics"):
            assert not re.search("Medlemsmöte|Folkets hus|Soppa", site.get(path).text), path
        write(house.home, "evenemang/a.md", MEETING)
        seen_by(house, "2024-05-09T10:00")
        assert titles(site) == [("Medlemsmöte", "CONFIRMED", 5)]
        assert set(told(site)) == {uid}


def test_takes_back_what_is_no_longer_for_all(house: House) -> None:
    write(house.home, "evenemang/a.md", MEETING)
    with serving(house) as site:
        calendar.remember(house)
        write(house.home, "evenemang/a.md", MEETING.replace("alla", "styrelsen"))
        calendar.remember(house)
        everything = "".join(site.get(p).text for p in ("/kalender", "/en/kalender", "/kalender.ics"))
        assert "CANCELLED" in everything
        assert not re.search("Medlemsmöte|Folkets hus|Soppa", everything)


def test_lets_a_broken_file_say_what_it_last_said(one_house: House) -> None:
    write(one_house.home, "evenemang/a.md", MEETING)
    with serving(one_house) as site:
        calendar.remember(one_house)
        write(one_house.home, "evenemang/a.md", MEETING.replace("2024-05-20", "2024-05-32"))
        for day in (5, 6, 7):
            seen_by(one_house, f"2024-05-0{day}T10:00")
        assert titles(site) == [("Medlemsmöte", "CONFIRMED", 0)]


@dataclass
class Wound:
    """A clock that goes when we wind it."""

    moment: str
    is_simulated = True

    def now(self) -> datetime:
        return datetime.fromisoformat(self.moment).replace(tzinfo=ZONE).astimezone(UTC)


def test_keeps_what_it_has_made_until_something_else_is_so(one_house: House) -> None:
    """In one process, with nothing told but by the memory and the hour."""
    clock = Wound("2024-05-19T10:00")
    house = replace(one_house, clock=clock)
    write(house.home, "evenemang/a.md", MEETING)
    write(house.home, "evenemang/b.md", MEETING.replace("2024-05-20", "2025-05-20").replace("möte", "fest"))
    calendar.remember(house)
    with serving(house) as site:
        first = site.get("/kalender").text
        assert ("Medlemsmöte" in first, "Medlemsfest" in first) == (True, False)
        assert site.get("/kalender").text == first
        clock.moment = "2024-05-19T10:05"
        write(house.home, "evenemang/a.md", MEETING.replace("Soppa", "**Soppa**"))  # no word of it is another
        calendar.remember(house)
        assert "<strong>Soppa</strong>" in site.get("/kalender").text
        assert "Medlemsmöte" in site.get("/kalender.ics").text
        clock.moment = "2024-05-20T19:59"
        assert "Medlemsmöte" in site.get("/kalender").text
        clock.moment = "2024-05-20T20:00"
        assert "Medlemsmöte" not in site.get("/kalender").text
        calendar.remember(house)
        assert "20 maj 2025" in site.get("/kalender").text  # the year is told, for it is another
        clock.moment = "2024-08-18T19:59"
        assert "Medlemsmöte" in site.get("/kalender.ics").text
        clock.moment = "2024-08-18T20:01"
        assert "Medlemsmöte" not in site.get("/kalender.ics").text
        clock.moment = "2025-01-01T00:00"
        assert "20 maj kl." in site.get("/kalender").text


def test_reads_the_memory_once_for_all_who_ask(one_house: House) -> None:
    write(one_house.home, "evenemang/a.md", MEETING)
    calendar.remember(one_house)
    with serving(one_house) as site:
        paths = ("/kalender", "/en/kalender", "/kalender.ics")
        first = [site.get(path).raw for path in paths]
        asked: list[str] = []
        event.listen(one_house.db._readers, "before_cursor_execute", lambda *given: asked.append(given[2]))
        assert [site.get(path).raw for path in paths] == first
    assert sum("calendar_dates" in sql for sql in asked) == len(paths)
    assert not any("html" in sql for sql in asked)


@pytest.fixture
def one_house(tmp_path: Path):
    with a_month(tmp_path / "hem") as opened:
        yield opened


def test_tells_who_subscribes_what_the_issue_lists(one_house: House) -> None:
    write(one_house.home, "evenemang/a.md", MEETING)
    write(one_house.home, "evenemang/b.md", CIRCLE)
    write(one_house.home, "evenemang/c.md", INNER)
    calendar.remember(one_house)
    series, period = which.series_and_period(one_house, "2024-05")
    listed = month.prepare(one_house, series, period).public.occurrences
    assert len(listed) > 5
    with serving(one_house) as site:
        raw = site.get("/kalender.ics").raw
        until = datetime(2024, 5, 10, 9, tzinfo=ZONE) + timedelta(weeks=series.events_weeks)
        seen = recurring_ical_events.of(icalendar.Calendar.from_ical(raw)).between(
            datetime(2024, 5, 10, tzinfo=ZONE), until
        )
        assert sorted((str(e["summary"]), e.start, e.end) for e in seen) == sorted(
            (o.event.title, o.begins, o.ends) for o in listed
        )
        assert b"emligt" not in raw


def test_gives_each_event_a_file_that_mail_and_archive_lead_to(one_house: House) -> None:
    write(one_house.home, "evenemang/a.md", MEETING)
    write(one_house.home, "evenemang/b.md", CIRCLE)
    assemble(one_house)
    calendar.remember(one_house)
    (rendering,) = one_house.db.read(lambda c: mailings.read_renderings(c, mailings.find(c, MAY).id))[:1]
    assert [p.name for p in rendering.parts if p.name.endswith(".ics")] == []
    links = re.findall(r'href="http://127[^"]*(/kalender/[^"]+\.ics)"', rendering.html)
    assert len(links) == 2
    assert "/kalender>" in rendering.text
    with serving(one_house) as site:
        found = [told(site, link) for link in links]
        assert sorted(len(f) for f in found)[0] == 1
        assert {str(e["summary"]) for f in found for e in f.values()} == {"Cirkel", "Medlemsmöte"}
        assert all(f.keys() <= told(site).keys() for f in found)
        assert site.get(links[0]).headers["content-disposition"].startswith("attachment")


def test_sends_the_file_with_the_mail_when_an_event_has_no_address(one_house: House) -> None:
    """What is for members cannot lie where everybody reads it; the mail then carries all of it."""
    write(one_house.home, "evenemang/a.md", MEETING)
    write(one_house.home, "evenemang/d.md", MEETING.replace("alla", "medlemmar").replace("Medlemsmöte", "Fest"))
    assemble(one_house)
    renderings = one_house.db.read(lambda c: mailings.read_renderings(c, mailings.find(c, MAY).id))
    carried = {r.edition: [p.raw for p in r.parts if p.name.endswith(".ics")] for r in renderings}
    assert [raw.count(b"BEGIN:VEVENT") for raws in carried.values() for raw in raws] == [2]


def test_gives_a_file_once(one_house: House) -> None:
    write(one_house.home, "evenemang/a.md", MEETING)
    calendar.remember(one_house)
    with serving(one_house) as site:
        got = site.get("/kalender.ics")
        assert got.headers["cache-control"] == "public, max-age=300"
        again = site.ask("GET", "/kalender.ics", If_None_Match=got.headers["etag"])
        assert (again.status, again.raw) == (304, b"")
        write(one_house.home, "evenemang/a.md", MEETING.replace("18–20", "19–21"))
        calendar.remember(one_house)
        assert site.ask("GET", "/kalender.ics", If_None_Match=got.headers["etag"]).status == 200


def test_gives_the_archive_its_events_long_after(one_house: House) -> None:
    write(one_house.home, "evenemang/a.md", MEETING)
    calendar.remember(one_house)
    (name,) = {d.name for d in one_house.db.read(store.read_dates).values()}
    with serving(at(one_house, "2026-01-01T10:00")) as site:
        assert len(told(site, f"/kalender/{name}.ics")) == 1
        assert told(site) == {}


def test_tells_what_is_on_in_both_languages(one_house: House) -> None:
    write(one_house.home, "evenemang/a.md", MEETING)
    write(one_house.home, "evenemang/b.md", CIRCLE)
    write(
        one_house.home,
        "evenemang/d.md",
        "---\nrubrik: Kongress\ndatum: 2024-05-30\nslut: 2024-06-02\nfår läsas av: alla\n---\n",
    )
    calendar.remember(one_house)
    with serving(one_house) as site:
        swedish, english = (
            BeautifulSoup(site.get(p).text, "html.parser").main.text for p in ("/kalender", "/en/kalender")
        )
        for words in ("Maj 2024", "Måndag 20 maj kl. 18.00–20.00", "Torsdag 30 maj–söndag 2 juni", "Soppa, vän."):
            assert words in swedish
        for words in ("May 2024", "Monday 20 May, 18:00–20:00", "Thursday 30 May–Sunday 2 June"):
            assert words in english
        assert swedish.count("Lägg Cirkel i din kalender") < 4  # a series without an end fills no page
        assert "/kalender.ics" in swedish


@pytest.mark.parametrize("name", HOSTILE)
def test_has_nothing_at_an_address_it_did_not_give(one_house: House, name: str) -> None:
    with serving(one_house) as site:
        assert site.get(f"/kalender/{name}.ics").status == 404


def test_keeps_others_calendars_out_of_ours(one_house: House) -> None:
    """They are theirs: two who subscribe to each other would fill each other without end."""
    write(one_house.home, "evenemang/a.md", MEETING)
    found = calendar.seen.look(one_house)
    theirs = replace(
        found, content=replace(found.content, events=tuple(replace(e, is_foreign=True) for e in found.content.events))
    )
    assert calendar._folder(one_house, theirs).dates == ()
    assert len(calendar._folder(one_house, found).dates) == 1


def test_has_no_memory_in_a_home_without_pages(one_house: House) -> None:
    write(one_house.home, "evenemang/a.md", MEETING)
    web = one_house.settings.web.model_copy(update={"address": ""})
    assert calendar.remember(replace(one_house, settings=one_house.settings.model_copy(update={"web": web}))) == 0


def test_names_the_event_that_does_not_repeat_by_its_uid(one_house: House) -> None:
    write(one_house.home, "evenemang/a.md", MEETING)
    calendar.remember(one_house)
    (date,) = one_house.db.read(store.read_dates).values()
    (event,) = calendar.seen.look(one_house).content.events
    assert date.uid == date.name == calendar_name(event, "Vänsterpartiet Vallentuna")


def test_gives_a_calendar_of_one_kind(one_house: House) -> None:
    write(one_house.home, "evenemang/a.md", MEETING.replace("tid:", "slag: möten\ntid:"))
    write(one_house.home, "evenemang/b.md", CIRCLE)
    kind = Kind(key="möten", name="Möten", english="Meetings")
    house = replace(one_house, settings=one_house.settings.model_copy(update={"kinds": (kind,)}))
    calendar.remember(house)
    with serving(house) as site:
        assert {str(e["summary"]) for e in told(site, "/kalender/m%C3%B6ten.ics").values()} == {"Medlemsmöte"}
        assert len(told(site)) > 5
        assert "Meetings" in site.get("/en/kalender").text
        assert site.get("/kalender/annat.ics").status == 404
