"""One number of a series: which blocks and occurrences belong to it, in which order.

Takes   the series, the period, what the editors' folder and the feeds hold, and what other issues have used.
Gives   an Issue: all of it, for whomever. Pure: the same input gives the same issue, byte for byte.
Fails   never: what is wrong is left out and named, the rest goes on. `require_content`, `require_news`: EditorError on
        an issue that is empty, or that has nothing its readers have not had.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from mailer.content.blocks import Block
from mailer.content.dates import month_bounds
from mailer.content.events import Event, Occurrence, upcoming
from mailer.content.readers import Readers
from mailer.content.source import ROOT, where
from mailer.errors import EditorError, Problem
from mailer.issue.moments import send_at
from mailer.settings import Series
from mailer.words import day, listing, month

AFTER_DEADLINE = "kom efter manusstopp"
LONGEST_PREHEADER = 140  # characters; what mail programs show beside the subject


@dataclass(frozen=True, slots=True)
class FromFeed:
    """A post of somebody's homepage. `path` is what it is remembered by."""

    path: str
    feed: str  # the feed's name: ”På hemsidan”
    title: str
    link: str
    excerpt: str  # plain text
    readers: Readers
    published: datetime | None = None


@dataclass(frozen=True, slots=True)
class Issue:
    """One number of a series: content only."""

    series: str  # the key
    period: str  # ”2024-05”
    title: str  # ”V Aktuellt maj 2024”
    default_subject: str  # of the series, when no block says another
    subject: str
    preheader: str
    blocks: tuple[Block, ...]
    occurrences: tuple[Occurrence, ...]
    left_out: tuple[tuple[str, str], ...]  # path (or the place of a problem), and why
    problems: tuple[Problem, ...]
    sources: Mapping[str, str]  # path -> hash, of what is in the issue
    posts: tuple[FromFeed, ...] = ()


def assemble(
    series: Series,
    period: str,
    blocks: Iterable[Block],
    events: Iterable[Event],
    today: date,
    zone: ZoneInfo,
    used: Mapping[str, str],
    problems: Iterable[Problem] = (),
    posts: Iterable[FromFeed] = (),
    late: Collection[str] = (),
) -> Issue:
    """The issue of `period`, as it is on `today`.

    `used`: path -> period of each block without month or window, and of each post, that an issue has had. `late`: paths
    of blocks that came after the copy deadline and that nobody has taken in. An issue that goes late lists what is not
    over on the day it goes.
    """
    problems = tuple(problems)
    chosen: list[Block] = []
    left_out: list[tuple[str, str]] = []
    for block in sorted(blocks, key=lambda b: (b.order, b.path.rpartition("/")[2], b.path)):
        why_not = _why_not(block, period, used)
        if why_not is None and block.path in late:
            why_not = AFTER_DEADLINE
        if why_not is None:
            chosen.append(block)
        elif why_not:
            left_out.append((block.path, why_not))
    sends_at = send_at(series, period, zone).astimezone(zone)
    sends_at = max(sends_at, datetime.combine(today, sends_at.time(), zone))
    occurrences = upcoming(events, sends_at, sends_at + timedelta(weeks=series.events_weeks))
    printed = tuple(p for p in posts if used.get(p.path, period) == period and p.path not in late)
    default = series.subject.replace("{name}", series.name).replace("{month}", month(period))
    sources = {b.path: b.hash for b in chosen} | _event_sources(occurrences)
    whole = Issue(
        series=series.key,
        period=period,
        title=f"{series.name} {month(period)}",
        default_subject=default,
        subject=default,
        preheader="",
        blocks=tuple(chosen),
        occurrences=occurrences,
        posts=printed,
        left_out=(*left_out, *_faulty(problems)),
        problems=(*problems, *_two_subjects(chosen, default)),
        sources=dict(sorted((sources | {p.path: sha256(repr(p).encode()).hexdigest() for p in printed}).items())),
    )
    subject, preheader = subject_and_preheader(whole, whole.blocks, occurrences)
    return replace(whole, subject=subject, preheader=preheader)


def _event_sources(occurrences: Iterable[Occurrence]) -> dict[str, str]:
    """path -> hash of each event; of a series also of its dates, for one that is over is gone from the issue."""
    found: dict[str, str] = {}
    for occurrence in occurrences:
        event = occurrence.event
        of_date = f"{occurrence.begins.timestamp():.0f}" if event.spans is not None else ""
        before = found.get(event.path, event.hash)
        found[event.path] = sha256(f"{before}{of_date}".encode()).hexdigest() if of_date else event.hash
    return found


def require_content(issue: Issue) -> None:
    """EditorError when there is nothing to send."""
    if issue.blocks or issue.occurrences or issue.posts:
        return
    what = f"numret för {month(issue.period)} är tomt: det finns varken inslag eller evenemang."
    remedy = f"Lägg minst ett inslag i {ROOT}/{issue.period}/."
    if issue.problems:
        remedy = "Rätta det som är fel i filerna ovan, och sätt samman numret igen."
    raise EditorError(*issue.problems, Problem(where(issue.period), what, remedy))


def require_news(issue: Issue, used: Mapping[str, str]) -> None:
    """EditorError when there is nothing that the issue before has not had. `used`: as for `assemble`."""
    require_content(issue)
    if issue.posts or any(is_new(b, issue.period) for b in issue.blocks):
        return
    what = f"till numret för {month(issue.period)} finns inget nytt, bara återkommande inslag och evenemang."
    remedy = (
        f"Lägg ett inslag i {ROOT}/{issue.period}/. Ska det gå ändå: mailer assemble {issue.period}. "
        f'Ska månaden hoppas över: mailer skip {issue.period} --as NAMN --reason "…"'
    )
    raise EditorError(*issue.problems, Problem(where(issue.period), what, remedy))


def is_new(block: Block, period: str) -> bool:
    """Whether it is in this issue and was in none before."""
    if block.recurs:
        return False
    if block.month or block.is_once:
        return True
    first, _ = month_bounds(period)
    return block.shown_from is not None and block.shown_from >= first


def subject_and_preheader(issue: Issue, blocks: Sequence[Block], occurrences: Sequence[Occurrence]) -> tuple[str, str]:
    """The subject and the preheader of an issue that has these parts: nothing is taken from others."""
    given = [b.subject for b in blocks if b.subject]
    subject = given[0] if len(set(given)) == 1 else issue.default_subject
    return subject, _preheader(blocks, occurrences)


def _why_not(block: Block, period: str, used: Mapping[str, str]) -> str | None:
    """None: it belongs to the issue. ””: it belongs to another month, by its folder; nobody needs to hear of it."""
    if block.recurs:
        return None if _recurs_in(block, period) else ""
    if block.month:
        return None if block.month == period else ""
    if block.is_once:
        before = used.get(block.path, period)
        return None if before == period else f"stod i numret för {month(before)}"
    return _outside_window(block, period)


def _outside_window(block: Block, period: str) -> str | None:
    first, last = month_bounds(period)
    if block.shown_from and block.shown_from > last:
        return f"visas från {day(block.shown_from, year=True)}"
    if block.shown_until and block.shown_until < first:
        return f"visades till och med {day(block.shown_until, year=True)}"
    return None


def _recurs_in(block: Block, period: str) -> bool:
    """Every `recurs` months from its folder's month or its first day; without either, counted from January."""
    if _outside_window(block, period):
        return False
    begins = block.month or (f"{block.shown_from:%Y-%m}" if block.shown_from else "")
    since = _months(period) - (_months(begins) if begins else 1)
    return since >= 0 and since % block.recurs == 0


def _months(period: str) -> int:
    year, number = (int(part) for part in period.split("-"))
    return year * 12 + number


def _two_subjects(blocks: list[Block], default: str) -> list[Problem]:
    """Two subjects that differ: the series' is taken, and a Problem says so."""
    given = [b for b in blocks if b.subject]
    if len({b.subject for b in given}) < 2:
        return []
    files = listing([where(b.path) for b in given])
    what = f"två inslag vill bestämma ämnesraden: {files}."
    return [Problem(where(given[-1].path), what, f"Ta bort ämnesrad ur ett av dem. Tills dess: ”{default}”.")]


def _preheader(blocks: Sequence[Block], occurrences: Sequence[Occurrence]) -> str:
    """What mail programs show beside the subject: the first block's ingress, else the titles there is room for."""
    for block in blocks:
        if block.preheader:
            return block.preheader
    line = ""
    for title in [b.title for b in blocks] or [o.event.title for o in occurrences]:
        longer = f"{line} · {title}" if line else title
        if len(longer) > LONGEST_PREHEADER:
            break
        line = longer
    return line


def _faulty(problems: tuple[Problem, ...]) -> list[tuple[str, str]]:
    """The files with something wrong in them, each once, with the first thing."""
    first: dict[str, str] = {}
    for problem in problems:
        first.setdefault(problem.where.removeprefix(f"{ROOT}/"), problem.what)
    return list(first.items())
