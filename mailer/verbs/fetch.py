"""fetch: what others publish, the homepage's posts and others' calendars, kept for the issues to come.

Takes   the opened house.
Gives   for each source what came, or why nothing did; the copies that are kept.
Fails   AdminError when [[feeds]] is empty and a person asked; never for what a source does.

Assembling reads the copies and never the network: the same copies, the same issue.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from mailer import words
from mailer.content import kept as copies
from mailer.content import store
from mailer.content.fetch import Fetched, Reach, get
from mailer.content.kept import Coming, Kept
from mailer.content.subscribed import AHEAD, coming, events_of, posts_of
from mailer.errors import AdminError, LaterError, MailerError, Problem
from mailer.house import House
from mailer.render.templates import open_templates
from mailer.settings import FILE, Feed, Person
from mailer.verbs.say import say

AT_ONCE = 4  # sources; each may take its twenty seconds
OF_OURS = Reach()


@dataclass(frozen=True, slots=True)
class Tried:
    """One source, after the try."""

    kept: Kept
    news: str  # what came, in words; ”” when nothing did
    problems: tuple[Problem, ...]  # of the try, and of single posts or events
    exit_code: int = 0  # of the error the try ended in


def due_feeds(house: House) -> tuple[Feed, ...]:
    """The sources it is time to ask. None with an invented clock: nobody else lives by it."""
    if house.clock.is_simulated:
        return ()
    now = house.clock.now()
    return tuple(kept.feed for kept in read_fetched(house) if copies.is_due(kept, now))


def fetch_all(
    house: House, feeds: Sequence[Feed] | None = None, dry_run: bool = False, reach: Reach | None = None
) -> tuple[Tried, ...]:
    """Ask each source, or those given, and keep what is good. `reach` is for tests; `dry_run` keeps nothing."""
    chosen = house.settings.feeds if feeds is None else tuple(feeds)
    before = house.db.read(lambda c: store.read_kept(c, chosen))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        replies = list(pool.map(lambda kept: _ask(kept, reach or OF_OURS), before))
    now = house.clock.now()
    tried = tuple(_tried(house, kept, reply, now) for kept, reply in zip(before, replies, strict=True))

    def write(connection: Connection) -> None:
        for one in tried:
            store.write_kept(connection, one.kept)
        store.forget_others(connection, house.settings.feeds)

    if not dry_run:
        house.db.write(write)
    return tried


def read_fetched(house: House) -> tuple[Kept, ...]:
    """What is kept of each source, in the order of the settings."""
    return house.db.read(lambda c: store.read_kept(c, house.settings.feeds))


def problems(house: House) -> list[Problem]:
    """What people should know of the copies: sources silent for days, events that have vanished."""
    now = house.clock.now()
    return [problem for kept in read_fetched(house) for problem in copies.problems(kept, now, house.zone)]


def tell(house: House) -> int:
    """Tell the administrators of a source that has been silent for days, the editors of an event that is gone.

    Each thing is said once. How many were told.
    """
    now, told = house.clock.now(), 0
    administrators, editors = (house.settings.with_role(role) for role in ("administrator", "editor"))
    for kept in read_fetched(house):
        key = store.key_of(kept.feed)[:16]
        if kept.failing_since and (silent := copies.silence(kept, now, house.zone)):
            told += _say(house, f"flöde/{key}/{kept.failing_since.isoformat()}", administrators, silent)
        for event in kept.vanished:
            name = f"möjligen inställt/{key}/{event.begins.isoformat()}/{event.uid}"
            told += _say(house, name, editors, copies.cancelled_perhaps(kept, event, house.zone))
    return told


def require_feeds(house: House) -> None:
    """AdminError when there is nothing to fetch."""
    if not house.settings.feeds:
        what = "det finns inga [[feeds]], så det finns inget att hämta."
        raise AdminError(Problem(FILE, what, "Skriv in hemsidans flöde där, till exempel https://…/feed/."))


def lines(tried: Sequence[Tried], dry_run: bool = False) -> list[str]:
    """What came from each source. Its problems go elsewhere."""
    out = [f"{one.kept.feed.name}: {one.news}" for one in tried if one.news]
    if dry_run:
        return [*out, "Inget är sparat (--dry-run)."]
    return [*out, "Se vad som kommer med: mailer check"] if out else out


def _say(house: House, name: str, to: Sequence[Person], problem: Problem) -> int:
    values = {"title": house.settings.association.name, "problems": [str(problem)]}
    return say(house, name, to, "trouble", open_templates(), command=house.command("fetch"), **values)


def _ask(kept: Kept, reach: Reach) -> Fetched | MailerError:
    """What the source says. Runs beside others: it touches nothing but the network."""
    known = kept.validators if kept.raw is not None else None
    try:
        return get(kept.feed.address, kept.feed.name, known, reach=reach)
    except MailerError as wrong:
        return wrong


def _tried(house: House, kept: Kept, reply: Fetched | MailerError, now: datetime) -> Tried:
    """The copy after the reply: renewed when the reply says something, else as it was."""
    if isinstance(reply, MailerError):
        return Tried(copies.failed(kept, reply.problems, now), "", reply.problems, reply.exit_code)
    if reply.raw is None:
        return Tried(copies.unchanged(kept, now), "inget nytt.", ())
    before = _contents(house, kept, now)
    after = _contents(house, replace(kept, raw=reply.raw, content_type=reply.content_type), now)
    if not after.count and (before.count or after.problems):
        wrong = after.problems or (_suddenly_empty(kept),)
        return Tried(copies.failed(kept, wrong, now), "", wrong, LaterError.exit_code)
    renewed = copies.renewed(kept, reply, before.promised, after.ahead, now)
    gone = [copies.cancelled_perhaps(renewed, e, house.zone) for e in renewed.vanished if e not in kept.vanished]
    return Tried(renewed, after.news, (*after.problems, *gone))


@dataclass(frozen=True, slots=True)
class _Contents:
    """What a copy holds: how many posts or coming events, the words for it, what lies ahead with and without what is
    said to be cancelled."""

    count: int
    news: str
    problems: tuple[Problem, ...]
    ahead: tuple[Coming, ...] = ()
    promised: tuple[Coming, ...] = ()


def _contents(house: House, kept: Kept, now: datetime) -> _Contents:
    if kept.feed.kind == "posts":
        posts, problems = posts_of(kept)
        newest = max((p.published for p in posts if p.published), default=None)
        latest = f", det senaste {words.day(newest.astimezone(house.zone).date(), year=True)}" if newest else ""
        return _Contents(len(posts), f"{words.count(len(posts), 'inlägg', 'inlägg')}{latest}.", problems)
    events, problems = events_of(kept, house.zone, now, now + AHEAD)
    ahead, promised = coming(events, now, cancelled=True), coming(events, now, cancelled=False)
    latest = f", det närmaste {words.day(ahead[0].begins.astimezone(house.zone).date(), year=True)}" if ahead else ""
    news = f"{words.count(len(ahead), 'kommande evenemang', 'kommande evenemang')}{latest}."
    return _Contents(len(ahead), news, problems, ahead, promised)


def _suddenly_empty(kept: Kept) -> Problem:
    return Problem(
        kept.feed.name, "är plötsligt tomt.", "Det som hämtades senast gäller tills vidare. Se efter på sidan."
    )
