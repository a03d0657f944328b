"""The archive: each published issue as a page, by year and month, and as feeds.

Takes   the opened house, and the pages' looks.
Gives   Responses made of what was approved and frozen; nothing in them is about anyone who reads.
Fails   LaterError and AdminError, which the routes put into words. What was never published is not there: 404.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup
from starlette.responses import Response

from mailer.house import House
from mailer.languages import Language, days
from mailer.outbox.store import archive as store
from mailer.outbox.store.archive import Published
from mailer.render.archive import uid_of, with_addresses
from mailer.render.feed import Feed, Post, atom, rss
from mailer.web.pages import SHOWN, Pages
from mailer.web.public.files import public_file
from mailer.web.route import Ask, Page

ARCHIVE = "/arkiv"
RSS, ATOM = f"{ARCHIVE}/rss.xml", f"{ARCHIVE}/atom.xml"
MOST_IN_FEED = 24  # posts: two years of months
PERIOD = re.compile(r"[12]\d{3}-(?:0[1-9]|1[0-2])")
CORRECTION = re.compile(r"rattelse-([1-9]\d{0,2})")


@dataclass(frozen=True, slots=True)
class Line:
    """One issue, as it is listed."""

    title: str
    subject: str
    day: str
    path: str  # ”” when it has no page
    corrections: tuple[tuple[str, str, str], ...]  # title, day, path


@dataclass(frozen=True, slots=True)
class Found:
    """What an address leads to: an issue or a correction, and perhaps a picture of it."""

    published: Published
    issue: Published
    picture: str = ""


class Archive:
    """Where what was published is read."""

    def __init__(self, house: House, pages: Pages) -> None:
        self._house = house
        self._pages = pages

    def routes(self) -> tuple[Page, ...]:
        """The list, the feeds, and the pages with their pictures beside them."""
        parts = [f"{ARCHIVE}{''.join(f'/{{part{n}}}' for n in range(1, count + 1))}" for count in range(1, 5)]
        return (
            Page("GET", ARCHIVE, self._list, in_english=True),
            Page("GET", RSS, lambda ask: self._feed(ask, rss, RSS, "application/rss+xml")),
            Page("GET", ATOM, lambda ask: self._feed(ask, atom, ATOM, "application/atom+xml")),
            *(Page("GET", path, self._page, in_english=True) for path in parts),
        )

    def _list(self, ask: Ask) -> Response:
        found = self._published()
        years: dict[int, dict[str, list[Line]]] = {}
        for issue in sorted((p for p in found if p.kind == "issue"), key=_newest_first, reverse=True):
            year = years.setdefault(int(issue.period[:4]), {})
            year.setdefault(days.month(ask.language, issue.period), []).append(self._line(ask.language, issue, found))
        return self._pages.member("archive", ask.language, ARCHIVE, robots=True, years=years, rss=RSS, atom=ATOM)

    def _line(self, language: Language, issue: Published, found: Sequence[Published]) -> Line:
        listed = tuple(
            (c.title, self._day(language, c), self._path(c, issue, found)) for c in store.corrections(found, issue)
        )
        path = self._path(issue, issue, found) if issue.has_page else ""
        return Line(issue.title, issue.subject or issue.summary, self._day(language, issue), path, listed)

    def _page(self, ask: Ask) -> Response:
        found = self._published()
        there = self._find([ask.path[f"part{n}"] for n in range(1, 5) if f"part{n}" in ask.path], found)
        if there is None or not there.published.has_page:
            return self._pages.message(404, language=ask.language)
        if there.picture:
            return self._picture(ask, there)
        published, issue = there.published, there.issue
        path = self._path(published, issue, found)
        article = self._article(published, path)
        before, after = _beside(published, [p for p in found if p.kind == "issue" and p.has_page])
        return self._pages.member(
            "archive_page", ask.language, path, robots=True, images=True, rss=RSS, atom=ATOM,
            title=published.title, article=Markup(article), summary=published.summary or published.subject,  # noqa: S704
            day=self._day(ask.language, published), moment=published.published_at.astimezone(self._house.zone).date(),
            canonical=self._pages.address("sv", path), line=self._line(ask.language, issue, found),
            is_correction=published.number != issue.number,
            before=(before.title, self._path(before, before, found)) if before else None,
            after=(after.title, self._path(after, after, found)) if after else None,
        )  # fmt: skip

    def _picture(self, ask: Ask, there: Found) -> Response:
        part = self._house.db.read(lambda c: store.read_picture(c, there.published.number, there.picture))
        if part is None or part.kind not in SHOWN or ask.language != "sv":
            return self._pages.message(404, language=ask.language)
        return public_file(self._house.settings.web.address, ask, part.raw, part.kind)

    def _feed(self, ask: Ask, write: Callable[[Feed, Sequence[Post]], bytes], path: str, kind: str) -> Response:
        settings, found = self._house.settings, self._published()
        shown = [p for p in found if p.has_page][:MOST_IN_FEED]
        name = settings.association.name
        feed = Feed(
            uid_of(settings, "arkiv"), f"{', '.join(s.name for s in settings.series) or name} – {name}",
            f"Det som alla får läsa av det som {name} har skickat.", name,
            self._pages.address("sv", ARCHIVE), self._pages.address("sv", path),
        )  # fmt: skip
        raw = write(feed, [self._post(one, found) for one in shown])
        return public_file(settings.web.address, ask, raw, f"{kind}; charset=utf-8")

    def _post(self, one: Published, found: Sequence[Published]) -> Post:
        issue = one if one.kind == "issue" else next(p for p in found if p.number == one.corrects)
        path = self._path(one, issue, found)
        changed = max([one.published_at, *(c.published_at for c in store.corrections(found, one))])
        title = f"{one.title}: {one.subject}" if one.subject else one.title
        return Post(
            one.uid, title, self._pages.address("sv", path), one.summary, self._article(one, path, whole=True),
            one.published_at, changed,
        )  # fmt: skip

    def _article(self, one: Published, path: str, whole: bool = False) -> str:
        """The frozen article, with our addresses as they are today. `whole`: it is read elsewhere than on its page."""
        page = self._house.db.read(lambda c: store.read_page(c, one.number))
        here = self._pages.address("sv", path)
        shown = with_addresses(
            page.html if page else "",
            lambda name: f"{here}/{name}",
            lambda name: self._pages.address("sv", f"/kalender/{name}.ics"),
        )
        return shown.replace('href="#', f'href="{here}#') if whole else shown

    def _published(self) -> tuple[Published, ...]:
        return self._house.db.read(store.published)

    def _path(self, one: Published, issue: Published, found: Sequence[Published]) -> str:
        """Where it is read: with its series' name in the address where there are several."""
        many = len({s.key for s in self._house.settings.series} | {p.series for p in found if p.kind == "issue"}) > 1
        path = f"{ARCHIVE}/{f'{issue.series}/' if many else ''}{issue.period}"
        if one.number == issue.number:
            return path
        numbers = [c.number for c in store.corrections(found, issue)]
        return f"{path}/rattelse-{numbers.index(one.number) + 1}"

    def _find(self, parts: list[str], found: Sequence[Published]) -> Found | None:
        """What the address leads to, with or without the series' name: an old address goes on leading there."""
        issues = [p for p in found if p.kind == "issue"]
        if not PERIOD.fullmatch(parts[0]):
            issues, parts = [p for p in issues if p.series == parts[0]], parts[1:]
        order = [s.key for s in self._house.settings.series]
        issues = [p for p in issues if parts and p.period == parts[0]]
        if not issues:
            return None
        issue = min(issues, key=lambda p: (order.index(p.series) if p.series in order else len(order), p.series))
        one, rest = issue, parts[1:]
        if rest and (number := CORRECTION.fullmatch(rest[0])):
            listed, rest = store.corrections(found, issue), rest[1:]
            if int(number[1]) > len(listed):
                return None
            one = listed[int(number[1]) - 1]
        return Found(one, issue, rest[0] if rest else "") if len(rest) < 2 else None

    def _day(self, language: Language, one: Published) -> str:
        return days.day(language, one.published_at.astimezone(self._house.zone).date(), weekday=False)


def _newest_first(issue: Published) -> tuple[str, int]:
    return issue.period, issue.number


def _beside(one: Published, pages: Sequence[Published]) -> tuple[Published | None, Published | None]:
    """The issues of the same series before and after this one."""
    same = sorted((p for p in pages if p.series == one.series and one.kind == "issue"), key=_newest_first)
    at = next((n for n, p in enumerate(same) if p.number == one.number), None)
    if at is None:
        return None, None
    return (same[at - 1] if at else None), (same[at + 1] if at + 1 < len(same) else None)
