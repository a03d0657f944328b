"""The calendar that goes out: a page, a feed to subscribe to, and a file for each event.

Takes   the opened house, and the pages' looks.
Gives   Responses made of what the clock has remembered; nothing in them is about anyone who reads.
Fails   LaterError and AdminError, which the routes put into words.

No address here holds a code: people share calendars. What is made of the memory is kept until that says something new
or the day is another: many ask, and it changes a few times a month.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from markupsafe import Markup
from sqlalchemy import Connection
from starlette.responses import Response

from mailer.bookings import store
from mailer.bookings.calendar import KEPT, Date, feed_of, file_of, is_told, upcoming
from mailer.content.invite import Told, calendar_file
from mailer.house import House
from mailer.languages import Language, days
from mailer.web.pages import Pages
from mailer.web.public.files import public_file
from mailer.web.route import Ask, Page

CALENDAR = "/kalender"
FEED = f"{CALENDAR}.ics"
KIND = "text/calendar; charset=utf-8"
MOST_OF_ONE = 8  # dates of one event on the page; those who want the rest of a series have its file
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Listed:
    """One event of a month, with its dates in it."""

    title: str
    is_cancelled: bool
    link: str
    place: str
    html: Markup
    day: int  # of the first
    month: str
    times: tuple[tuple[str, str], ...]  # (as a machine reads it, in words)
    path: str  # of its file


@dataclass(frozen=True, slots=True)
class Remembered:
    """The memory as it was last read, and what has been made of it."""

    stamp: tuple[object, ...]
    dates: tuple[Date, ...]
    made: dict[Hashable, Any] = field(default_factory=dict)

    def once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What was made under this key; made now if nobody has asked for it."""
        if key not in self.made:
            self.made[key] = make()
        found: Made = self.made[key]
        return found


class Calendars:
    """Where it is read what is going on."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._house = house
        self._pages = pages
        self._last = Remembered((), ())

    def routes(self) -> tuple[Page, ...]:
        """The page, the feed, and the files."""
        return (
            Page("GET", CALENDAR, self._page, in_english=True),
            Page("GET", FEED, lambda ask: self._feed(ask, "", self._name(), "kalender.ics")),
            Page("GET", f"{CALENDAR}/{{name}}.ics", self._file),
        )

    def _page(self, ask: Ask) -> Response:
        memory = self._remembered()
        dates = upcoming(memory.dates, self._house.clock.now())
        key = ask.language, tuple(one.uid for one in dates)  # within a day some are over, and some come within a year
        months = memory.once(key, lambda: self._months(ask.language, dates))
        feed = self._pages.address("sv", FEED)
        return self._pages.member(
            "calendar", ask.language, CALENDAR, robots=True, months=months, feed=feed,
            webcal=f"webcal://{urlsplit(feed).netloc}{urlsplit(feed).path}", kinds=self._kinds(ask.language),
        )  # fmt: skip

    def _months(self, language: Language, dates: Iterable[Date]) -> Mapping[str, list[Listed]]:
        """The events under their months, in the order of their first dates."""
        months: dict[str, dict[tuple[object, ...], list[Date]]] = {}
        now, shown = self._house.clock.now(), Counter[str]()
        for one in dates:
            shown[one.name] += 1
            if shown[one.name] > MOST_OF_ONE:
                continue
            begins = (
                max(one.begins, now) if one.is_all_day or one.has_end else one.begins
            )  # what goes on is this month's
            month = days.month(language, f"{self._local(begins):%Y-%m}")
            alike = (one.name, one.title, one.place, one.html, one.link, one.is_cancelled, one.is_all_day)
            months.setdefault(month, {}).setdefault(alike, []).append(one)
        return {month: [self._listed(language, some) for some in found.values()] for month, found in months.items()}

    def _listed(self, language: Language, some: list[Date]) -> Listed:
        first = some[0]
        begins = self._local(first.begins)
        times = tuple((self._machine(one), self._words(language, one)) for one in some)
        return Listed(
            first.title, first.is_cancelled, first.link, first.place, Markup(first.html), begins.day,  # noqa: S704
            days.day(language, begins.date(), weekday=False, year=False).partition(" ")[2][:3], times,
            f"{CALENDAR}/{first.name}.ics",
        )  # fmt: skip

    def _file(self, ask: Ask) -> Response:
        """Of one event, by its name; else of one kind."""
        name = ask.path["name"]
        if kind := next((k for k in self._kinds(ask.language) if k[0] == name), None):
            title = f"{self._name()}: {kind[1]}"
            return self._feed(ask, name, title, f"{name}.ics")
        found = self._house.db.read(lambda c: store.read_dates(c, name=name))
        if not found:
            return self._pages.message(404, language=ask.language)
        raw = _written(file_of(found.values()), self._house.zone, self._name())
        return public_file(self._house.settings.web.address, ask, raw, KIND, "evenemang.ics")

    def _feed(self, ask: Ask, kind: str, name: str, save_as: str) -> Response:
        memory, now = self._remembered(), self._house.clock.now()
        dates = [one for one in memory.dates if (not kind or one.kind == kind) and is_told(one, now)]

        def write() -> bytes:
            return calendar_file(feed_of(dates, now), self._house.zone, name, is_feed=True)

        raw = memory.once((name, kind, len(dates)), write)  # within a day they only become fewer
        return public_file(self._house.settings.web.address, ask, raw, KIND, save_as)

    def _remembered(self) -> Remembered:
        """What there is today to tell of; read again when the clock has written something."""
        today = self._house.here().date()
        since = self._house.clock.now() - KEPT - timedelta(days=1)  # all that is told at any hour of today

        def read(connection: Connection) -> Remembered:
            stamp = today, *store.newest(connection)  # first: what comes after it is read the next time
            if self._last.stamp == stamp:
                return self._last
            return Remembered(stamp, tuple(store.read_dates(connection, since=since).values()))

        self._last = self._house.db.read(read)
        return self._last

    def _kinds(self, language: Language) -> list[tuple[str, str]]:
        """(key, name) of each kind of event that the settings name."""
        kinds = getattr(self._house.settings, "kinds", ())
        return [(k.key, (k.english if language == "en" else "") or k.name) for k in kinds]

    def _name(self) -> str:
        return self._house.settings.association.name

    def _machine(self, one: Date) -> str:
        begins = self._local(one.begins)
        return begins.date().isoformat() if one.is_all_day else begins.isoformat(timespec="minutes")

    def _words(self, language: Language, one: Date) -> str:
        """”tisdag 14 maj kl. 18.30–20.00”, ”Tuesday 14 May, 18:30–20:00”; of other years the year too."""
        begins, ends = self._local(one.begins), self._local(one.ends)
        last = (ends - timedelta(microseconds=1)).date() if one.is_all_day or not one.has_end else ends.date()
        first = self._day(language, begins.date())
        if one.is_all_day:
            return first if begins.date() == last else f"{first}–{self._day(language, last)}"
        hours = f"{first}{' kl. ' if language == 'sv' else ', '}{days.clock(language, begins)}"
        if not one.has_end:
            return hours
        if begins.date() == last:
            return f"{hours}–{days.clock(language, ends)}"
        return f"{hours} – {self._day(language, last)} {days.clock(language, ends)}"

    def _day(self, language: Language, value: date) -> str:
        return days.day(language, value, year=value.year != self._house.here().year)

    def _local(self, moment: datetime) -> datetime:
        return moment.astimezone(self._house.zone)


@lru_cache(maxsize=64)
def _written(dates: tuple[Told, ...], zone: ZoneInfo, name: str) -> bytes:
    """The file of one event: a mail leads a thousand readers to it in an hour."""
    return calendar_file(dates, zone, name)
