"""The house keeps what others publish: what came last is good until something better comes."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from mailer.cli import editing  # noqa: F401 - it enters its commands
from mailer.cli.main import root
from mailer.clock import Clock
from mailer.content import kept as copies
from mailer.content import store
from mailer.content.fetch import Fetched, Validators
from mailer.content.kept import Coming, Kept
from mailer.content.subscribed import events_of, posts_of
from mailer.db import Database
from mailer.errors import Problem
from mailer.house import House, open_house
from mailer.settings import Feed
from mailer.verbs import fetch
from tests.content.website import Website, here, ok, website
from tests.homes import make_home

NOW = datetime(2024, 5, 14, 12, tzinfo=UTC)
ZONE = ZoneInfo("Europe/Stockholm")
FEED = Feed(name="På hemsidan", address="https://vallentuna.example/feed/", kind="posts")
CALENDAR = Feed(name="Distriktet", address="https://distriktet.example/x.ics", kind="calendar", circle="styrelsen")
CORPUS = Path(__file__).parents[1] / "feeds"
WORDPRESS = (CORPUS / "wordpress.xml").read_bytes()
WRONG = (Problem(FEED.name, "svarar inte.", "Vänta."),)
HOUR = timedelta(hours=1)


def fetched(raw: bytes = b"<rss/>") -> Fetched:
    return Fetched(raw, "text/xml", Validators('"1"', "i dag"), FEED.address)


def event(uid: str, days: int = 7, title: str = "Torgmöte") -> Coming:
    return Coming(uid, title, NOW + timedelta(days=days))


@pytest.mark.parametrize(
    ("kept", "hours", "due"),
    [
        (Kept(FEED), 0, True),
        (copies.unchanged(Kept(FEED), NOW), 5.9, False),
        (copies.unchanged(Kept(FEED), NOW), 6, True),
        (copies.failed(Kept(FEED), WRONG, NOW), 0.9, False),
        (copies.failed(Kept(FEED), WRONG, NOW), 1, True),
        (copies.unchanged(Kept(FEED), NOW), -1, True),
    ],
)
def test_asks_when_it_is_time(kept: Kept, hours: float, due: bool) -> None:
    assert copies.is_due(kept, NOW + hours * HOUR) is due


def test_keeps_the_last_good_copy_and_since_when_there_is_no_better() -> None:
    good = copies.renewed(Kept(FEED), fetched(), (), (), NOW)
    assert (good.raw, good.fetched_at, good.failing_since) == (b"<rss/>", NOW, None)
    worse = copies.failed(copies.failed(good, WRONG, NOW + HOUR), WRONG, NOW + 2 * HOUR)
    assert (worse.raw, worse.validators, worse.fetched_at) == (good.raw, good.validators, NOW)
    assert (worse.failing_since, worse.tried_at) == (NOW + HOUR, NOW + 2 * HOUR)
    again = copies.unchanged(worse, NOW + 3 * HOUR)
    assert (again.failing_since, again.wrong, again.fetched_at) == (None, (), NOW + 3 * HOUR)


def test_says_after_three_days_that_a_source_is_silent() -> None:
    kept = copies.failed(copies.renewed(Kept(FEED), fetched(), (), (), NOW), WRONG, NOW)
    assert copies.problems(kept, NOW + timedelta(days=3), ZONE) == []
    (said,) = copies.problems(kept, NOW + timedelta(days=3, hours=1), ZONE)
    assert said == Problem(FEED.name, "har inte gått att hämta sedan tisdag 14 maj: svarar inte.", "Vänta.")


def test_says_at_once_that_there_is_nothing_yet() -> None:
    assert [p.what for p in copies.problems(Kept(FEED), NOW, ZONE)] == ["har inte hämtats än."]
    (said,) = copies.problems(copies.failed(Kept(FEED), WRONG, NOW), NOW, ZONE)
    assert said.what == "har inte gått att hämta: svarar inte."


def test_asks_about_an_event_that_is_gone_before_its_day() -> None:
    kept = copies.renewed(Kept(CALENDAR), fetched(), [event("a"), event("b", 8)], [event("b", 8)], NOW)
    assert kept.vanished == (event("a"),)
    (said,) = copies.problems(kept, NOW, ZONE)
    assert said.what == "”Torgmöte”, tisdag 21 maj kl. 14.00, finns inte längre i kalendern: möjligen inställt."
    later = copies.renewed(kept, fetched(), [event("b", 8)], [event("b", 8)], NOW + HOUR)
    assert later.vanished == (event("a"),)
    assert copies.failed(later, WRONG, NOW + HOUR).vanished == (event("a"),)
    assert copies.renewed(later, fetched(), [event("b", 8)], [event("a"), event("b", 8)], NOW).vanished == ()
    assert copies.unchanged(later, NOW + timedelta(days=8)).vanished == ()


def test_asks_about_no_event_that_has_moved_or_changed_its_name() -> None:
    before = [event("a"), event("b", title="Årsmöte")]
    after = [event("a", days=9), event("c", title="Årsmöte")]
    assert copies.renewed(Kept(CALENDAR), fetched(), before, after, NOW).vanished == ()


def test_remembers_what_it_keeps(db: Database) -> None:
    whole = Kept(
        FEED, bytes(range(256)), "text/xml", Validators('"1"', "i dag"), NOW, NOW + HOUR, NOW + HOUR, WRONG, (event("a"),)
    )  # fmt: skip
    db.write(lambda c: store.write_kept(c, copies.failed(Kept(FEED), (), NOW)))
    db.write(lambda c: store.write_kept(c, whole))
    renamed = FEED.model_copy(update={"name": "Nytt", "circle": "medlemmar"})
    assert db.read(lambda c: store.read_kept(c, (CALENDAR, FEED))) == (Kept(CALENDAR), whole)
    (found,) = db.read(lambda c: store.read_kept(c, (renamed,)))
    assert (found.feed, found.raw) == (renamed, whole.raw)


@pytest.mark.parametrize("change", [{"address": "https://a.example/"}, {"kind": "calendar"}])
def test_takes_another_address_for_another_source(db: Database, change: dict[str, str]) -> None:
    db.write(lambda c: store.write_kept(c, copies.renewed(Kept(FEED), fetched(), (), (), NOW)))
    other = FEED.model_copy(update=change)
    assert db.read(lambda c: store.read_kept(c, (other,))) == (Kept(other),)
    db.write(lambda c: store.forget_others(c, (other,)))
    assert db.read(lambda c: store.read_kept(c, (FEED,))) == (Kept(FEED),)


@pytest.fixture
def site() -> Iterator[Website]:
    with website() as running:
        running.pages["/feed"] = ok(WORDPRESS, 'ETag: "1"')
        yield running


@pytest.fixture
def home(tmp_path: Path, database_url: str, site: Website) -> Path:
    home = make_home(tmp_path / "hem", 2525, database_url)
    with (home / "settings.toml").open("a", encoding="utf-8") as file:
        file.write(f'\n[[feeds]]\nname = "På hemsidan"\naddress = "{site.address("/feed")}"\nkind = "posts"\n')
    return home


@pytest.fixture
def house(home: Path) -> Iterator[House]:
    with open_house(home) as opened:
        yield opened


def at(house: House, moment: datetime) -> House:
    """The house at a moment, by a clock that stands still."""
    return replace(house, clock=Clock(moment, 0))


def test_fetches_and_keeps(house: House, site: Website) -> None:
    (tried,) = fetch.fetch_all(house, reach=here(site))
    assert (tried.news, tried.problems) == ("2 inlägg, det senaste tisdag 14 maj 2024.", ())
    (kept,) = fetch.read_fetched(house)
    assert kept == tried.kept
    assert [p.author for p in posts_of(kept)[0]] == ["Yusuf Demir", ""]
    assert fetch.problems(house) == []
    assert fetch.due_feeds(house) == ()


def test_keeps_nothing_on_a_dry_run(house: House, site: Website) -> None:
    fetch.fetch_all(house, dry_run=True, reach=here(site))
    assert fetch.read_fetched(house) == (Kept(house.settings.feeds[0]),)
    assert fetch.due_feeds(house) == house.settings.feeds


def test_asks_next_time_only_for_what_is_new(house: House, site: Website) -> None:
    fetch.fetch_all(house, reach=here(site))
    site.pages["/feed"] = b"HTTP/1.1 304 Not Modified\r\n\r\n"
    (tried,) = fetch.fetch_all(house, reach=here(site))
    assert tried.news == "inget nytt."
    assert 'If-None-Match: "1"' in site.requests[-1]
    assert len(posts_of(fetch.read_fetched(house)[0])[0]) == 2


@pytest.mark.parametrize(
    ("page", "words"),
    [
        (b"HTTP/1.1 503 Busy\r\n\r\n", "svarar 503"),
        (ok((CORPUS / "page.html").read_bytes()), "inte ett flöde, utan en webbsida"),
        (ok((CORPUS / "empty.xml").read_bytes()), "plötsligt tomt"),
        (ok(WORDPRESS, length=5000), "bröts av"),
    ],
)
def test_keeps_the_old_copy_when_the_source_is_down(house: House, site: Website, page: bytes, words: str) -> None:
    fetch.fetch_all(house, reach=here(site))
    site.pages["/feed"] = page
    (tried,) = fetch.fetch_all(house, reach=here(site))
    assert words in tried.problems[0].what
    assert (tried.news, tried.exit_code) == ("", 75)
    (kept,) = fetch.read_fetched(house)
    assert len(posts_of(kept)[0]) == 2
    assert kept.failing_since
    assert 'If-None-Match: "1"' in site.requests[-1]


def test_tells_the_administrators_once_of_a_source_that_is_down(house: House, site: Website) -> None:
    site.pages["/feed"] = b"HTTP/1.1 503 Busy\r\n\r\n"
    fetch.fetch_all(at(house, NOW), reach=here(site))
    fetch.fetch_all(at(house, NOW + timedelta(days=3)), reach=here(site))
    assert fetch.tell(at(house, NOW + timedelta(days=3))) == 0
    people = len(house.settings.with_role("administrator"))
    assert [fetch.tell(at(house, NOW + timedelta(days=d))) for d in (4, 4, 5)] == [people, 0, 0]


def test_asks_nobody_by_an_invented_clock(home: Path) -> None:
    with open_house(home, "2024-05-14T12:00") as house:
        assert fetch.due_feeds(house) == ()


def run(home: Path, *words: str) -> Any:
    return CliRunner().invoke(root, ["--home", str(home), *words])


def test_says_what_came(home: Path, site: Website) -> None:
    """No setting opens the way to this machine: what the command says is why not."""
    result = run(home, "fetch")
    assert result.exit_code == 3
    assert "port" in result.stderr
    assert site.connections == 0


def ics(*lines: str) -> bytes:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//y", *lines, "END:VCALENDAR", ""]).encode()


def entry(uid: str, day: str, *more: str) -> str:
    times = f"DTSTART:202405{day}T160000Z\r\nDTEND:202405{day}T180000Z"
    begins = f"BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20240501T000000Z\r\n{times}\r\nSUMMARY:Möte {uid}"
    return "\r\n".join([begins, *more, "END:VEVENT"])


@pytest.fixture
def calendar(house: House, site: Website) -> House:
    """A house that follows the district's calendar, on 14 May."""
    feed = Feed(name="Distriktet", address=site.address("/x.ics"), kind="calendar", circle="styrelsen")
    return at(replace(house, settings=house.settings.model_copy(update={"feeds": (feed,)})), NOW)


def test_follows_a_calendar(calendar: House, site: Website) -> None:
    site.pages["/x.ics"] = ok(ics(entry("a", "21"), entry("b", "22"), entry("over", "10")))
    (tried,) = fetch.fetch_all(calendar, reach=here(site))
    assert (tried.news, tried.problems) == ("2 kommande evenemang, det närmaste tisdag 21 maj 2024.", ())
    events, problems = events_of(tried.kept, ZONE, NOW, NOW + timedelta(days=30))
    assert [(e.title, e.readers.circle, e.is_foreign) for e in events] == [
        ("Möte a", "styrelsen", True),
        ("Möte b", "styrelsen", True),
    ]
    assert problems == ()


def test_asks_the_editors_once_about_an_event_that_is_gone(calendar: House, site: Website) -> None:
    site.pages["/x.ics"] = ok(ics(entry("a", "21"), entry("b", "22"), entry("c", "23"), entry("over", "15")))
    fetch.fetch_all(calendar, reach=here(site))
    later = at(calendar, NOW + timedelta(days=2))
    site.pages["/x.ics"] = ok(ics(entry("b", "24"), entry("c", "23", "STATUS:CANCELLED")))
    (tried,) = fetch.fetch_all(later, reach=here(site))
    assert [p.what for p in tried.problems] == [
        "”Möte a”, tisdag 21 maj kl. 18.00, finns inte längre i kalendern: möjligen inställt."
    ]
    assert [p.what for p in fetch.problems(later)] == [p.what for p in tried.problems]
    assert fetch.tell(later) == len(calendar.settings.with_role("editor"))
    assert fetch.tell(later) == 0
    assert fetch.problems(at(calendar, NOW + timedelta(days=8))) == []


@pytest.mark.parametrize("page", [ics(), ics(entry("over", "10")), b"<html>", b"", b"BEGIN:VCALENDAR\r\n"])
def test_keeps_the_old_calendar_when_the_new_one_is_empty(calendar: House, site: Website, page: bytes) -> None:
    site.pages["/x.ics"] = ok(ics(entry("a", "21")))
    fetch.fetch_all(calendar, reach=here(site))
    site.pages["/x.ics"] = ok(page)
    (tried,) = fetch.fetch_all(calendar, reach=here(site))
    assert tried.problems
    assert tried.exit_code == 75
    (kept,) = fetch.read_fetched(calendar)
    assert len(events_of(kept, ZONE, NOW, NOW + timedelta(days=30))[0]) == 1
    assert kept.vanished == ()


@pytest.fixture
def reached(monkeypatch: pytest.MonkeyPatch, site: Website) -> Callable[[], None]:
    return lambda: monkeypatch.setattr(fetch, "OF_OURS", here(site))


@pytest.mark.parametrize("options", [[], ["--dry-run"]])
def test_says_what_came_from_each_source(home: Path, reached: Callable[[], None], options: list[str]) -> None:
    reached()
    result = run(home, "fetch", *options)
    assert result.exit_code == 0
    assert "På hemsidan: 2 inlägg, det senaste tisdag 14 maj 2024.\n" in result.output
    assert ("Inget är sparat" in result.output) is bool(options)


def test_says_that_there_is_nothing_to_fetch(tmp_path: Path) -> None:
    home = make_home(tmp_path / "hem", 2525)
    result = CliRunner().invoke(root, ["--home", str(home), "fetch"])
    assert "det finns inga [[feeds]]" in str(result.exception)


def test_reads_nothing_where_there_is_nothing() -> None:
    assert posts_of(Kept(FEED)) == ((), ())
    assert posts_of(Kept(FEED, b"<html>")) != ((), ())
    assert posts_of(Kept(CALENDAR, b"x")) == ((), ())
