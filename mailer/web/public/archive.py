"""The archive: each published issue as a page, by year and month, and as feeds.

Takes   the opened house, and the pages' looks.
Gives   Responses made of what was approved and frozen; nothing in them is about anyone who reads.
Fails   LaterError and AdminError, which the routes put into words. What was never published is not there: 404;
        what a person has taken down is gone, with its pictures: 410 (RFC 9110 section 15.5.11).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup
from starlette.responses import Response

from mailer.house import House
from mailer.languages import Language, days, say
from mailer.outbox.shelf import Found, Published, Shelf, newest_first
from mailer.outbox.store import archive as store
from mailer.render.archive import uid_of, with_addresses
from mailer.render.feed import Feed, Post, atom, rss
from mailer.web.pages import SHOWN, Pages
from mailer.web.public.files import public_file
from mailer.web.route import Ask, Page

ARCHIVE = "/arkiv"
RSS, ATOM = f"{ARCHIVE}/rss.xml", f"{ARCHIVE}/atom.xml"
MOST_IN_FEED = 24  # posts: two years of months
TAKEN_DOWN = (
    "Sidan är borttagen",
    "Den fanns i arkivet, men vi har tagit bort den. Det andra vi har skickat finns kvar i arkivet.",
)


@dataclass(frozen=True, slots=True)
class Line:
    """One issue, as it is listed."""

    title: str
    subject: str
    day: str
    path: str  # ”” when nobody can read it
    is_withdrawn: bool
    corrections: tuple[tuple[str, str, str], ...]  # title, day, path


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
        shelf = self._shelf()
        years: dict[int, dict[str, list[Line]]] = {}
        for issue in sorted(shelf.issues, key=newest_first, reverse=True):
            year = years.setdefault(int(issue.period[:4]), {})
            year.setdefault(days.month(ask.language, issue.period), []).append(self._line(ask.language, issue, shelf))
        return self._pages.member("archive", ask.language, ARCHIVE, robots=True, years=years, rss=RSS, atom=ATOM)

    def _line(self, language: Language, issue: Published, shelf: Shelf) -> Line:
        """Of what is withdrawn nothing that an editor wrote is told: it may be what had to go."""
        day = self._day(language, issue)
        if issue.withdrawal:
            return Line(issue.title, "", day, "", is_withdrawn=True, corrections=())
        corrections = tuple(self._correction(language, one, shelf) for one in shelf.corrections(issue))
        path = self._path(issue, shelf) if issue.is_shown else ""
        return Line(issue.title, issue.subject or issue.summary, day, path, False, corrections)

    def _correction(self, language: Language, one: Published, shelf: Shelf) -> tuple[str, str, str]:
        day = self._day(language, one)
        return ("Rättelse", day, "") if one.withdrawal else (one.title, day, self._path(one, shelf))

    def _page(self, ask: Ask) -> Response:
        shelf = self._shelf()
        there = shelf.find([ask.path[f"part{n}"] for n in range(1, 5) if f"part{n}" in ask.path])
        if there is None or not there.published.has_page:
            return self._pages.message(404, language=ask.language)
        if there.published.withdrawal:
            heading, words = (say(ask.language, words) for words in TAKEN_DOWN)
            return self._pages.message(410, heading=heading, words=words, language=ask.language)
        if there.picture:
            return self._picture(ask, there)
        published, issue = there.published, there.issue
        path = self._path(published, shelf)
        article = self._article(published, path)
        before, after = shelf.beside(published)
        return self._pages.member(
            "archive_page", ask.language, path, robots=True, images=True, rss=RSS, atom=ATOM,
            title=published.title, article=Markup(article), summary=published.summary or published.subject,  # noqa: S704
            day=self._day(ask.language, published), moment=published.published_at.astimezone(self._house.zone).date(),
            canonical=self._pages.address("sv", path), line=self._line(ask.language, issue, shelf),
            is_correction=published.number != issue.number,
            before=(before.title, self._path(before, shelf)) if before else None,
            after=(after.title, self._path(after, shelf)) if after else None,
        )  # fmt: skip

    def _picture(self, ask: Ask, there: Found) -> Response:
        part = self._house.db.read(lambda c: store.read_picture(c, there.published.number, there.picture))
        if part is None or part.kind not in SHOWN or ask.language != "sv":
            return self._pages.message(404, language=ask.language)
        return public_file(self._house.settings.web.address, ask, part.raw, part.kind)

    def _feed(self, ask: Ask, write: Callable[[Feed, Sequence[Post]], bytes], path: str, kind: str) -> Response:
        settings, shelf = self._house.settings, self._shelf()
        shown = [one for one in shelf.all if one.is_shown][:MOST_IN_FEED]
        name = settings.association.name
        feed = Feed(
            uid_of(settings, "arkiv"), f"{', '.join(s.name for s in settings.series) or name} – {name}",
            f"Det som alla får läsa av det som {name} har skickat.", name,
            self._pages.address("sv", ARCHIVE), self._pages.address("sv", path),
        )  # fmt: skip
        raw = write(feed, [self._post(one, shelf) for one in shown])
        return public_file(settings.web.address, ask, raw, f"{kind}; charset=utf-8")

    def _post(self, one: Published, shelf: Shelf) -> Post:
        path = self._path(one, shelf)
        changed = max([one.published_at, *(c.published_at for c in shelf.corrections(one))])
        title = f"{one.title}: {one.subject}" if one.subject else one.title
        return Post(
            one.uid, title, self._pages.address("sv", path), one.summary, self._article(one, path, whole=True),
            one.published_at, changed,
        )  # fmt: skip

    def _article(self, one: Published, path: str, whole: bool = False) -> str:
        """The frozen article, with our addresses as they are today. `whole`: it is read elsewhere than on its page."""
        article = self._house.db.read(lambda c: store.read_article(c, one.number))
        here = self._pages.address("sv", path)
        shown = with_addresses(
            article,
            lambda name: f"{here}/{name}",
            lambda name: self._pages.address("sv", f"/kalender/{name}.ics"),
        )
        return shown.replace('href="#', f'href="{here}#') if whole else shown

    def _shelf(self) -> Shelf:
        published = self._house.db.read(store.published)
        return Shelf(published, tuple(s.key for s in self._house.settings.series))

    def _path(self, one: Published, shelf: Shelf) -> str:
        return f"{ARCHIVE}/{shelf.word(one)}"

    def _day(self, language: Language, one: Published) -> str:
        return days.day(language, one.published_at.astimezone(self._house.zone).date(), weekday=False)
