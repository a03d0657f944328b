"""One number of a series: which blocks and occurrences belong to it, in which order.

Takes   the series, the period, what the editors' folder holds, and which blocks other issues have used.
Gives   an Issue. Pure: the same input gives the same issue, byte for byte.
Fails   never: what is wrong is left out and named, the rest goes on. `require_content`: EditorError on an empty issue.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from mailer.content.blocks import Block
from mailer.content.dates import month_bounds
from mailer.content.events import Event, Occurrence, upcoming
from mailer.content.source import ROOT, where
from mailer.errors import EditorError, Problem
from mailer.issue.moments import send_at
from mailer.settings import Series
from mailer.words import day, listing, month

LONGEST_PREHEADER = 140  # characters; what mail programs show beside the subject


@dataclass(frozen=True, slots=True)
class Issue:
    """One number of a series: content only."""

    series: str  # the key
    period: str  # ”2024-05”
    title: str  # ”V Aktuellt maj 2024”
    subject: str
    preheader: str
    blocks: tuple[Block, ...]
    occurrences: tuple[Occurrence, ...]
    left_out: tuple[tuple[str, str], ...]  # path (or the place of a problem), and why
    problems: tuple[Problem, ...]
    sources: Mapping[str, str]  # path -> hash, of what is in the issue


def assemble(
    series: Series,
    period: str,
    blocks: Iterable[Block],
    events: Iterable[Event],
    today: date,
    zone: ZoneInfo,
    used: Mapping[str, str],
    problems: Iterable[Problem] = (),
) -> Issue:
    """The issue of `period`, as it is on `today`.

    `used`: path -> period of each block without month or window that an issue has had. An issue that goes late lists
    what is not over on the day it goes.
    """
    problems = tuple(problems)
    chosen: list[Block] = []
    left_out: list[tuple[str, str]] = []
    for block in sorted(blocks, key=lambda b: (b.order, b.path.rpartition("/")[2], b.path)):
        why_not = _why_not(block, period, used)
        if why_not is None:
            chosen.append(block)
        elif why_not:
            left_out.append((block.path, why_not))
    sends_at = send_at(series, period, zone).astimezone(zone)
    sends_at = max(sends_at, datetime.combine(today, sends_at.time(), zone))
    occurrences = upcoming(events, sends_at, sends_at + timedelta(weeks=series.events_weeks))
    subject, wrong = _subject(series, period, chosen)
    sources = {b.path: b.hash for b in chosen} | {o.event.path: o.event.hash for o in occurrences}
    return Issue(
        series=series.key,
        period=period,
        title=f"{series.name} {month(period)}",
        subject=subject,
        preheader=_preheader(chosen, occurrences),
        blocks=tuple(chosen),
        occurrences=occurrences,
        left_out=(*left_out, *_faulty(problems)),
        problems=(*problems, *wrong),
        sources=dict(sorted(sources.items())),
    )


def require_content(issue: Issue) -> None:
    """EditorError when there is nothing to send."""
    if issue.blocks or issue.occurrences:
        return
    what = f"numret för {month(issue.period)} är tomt: det finns varken inslag eller evenemang."
    remedy = f"Lägg minst ett inslag i {ROOT}/{issue.period}/."
    if issue.problems:
        remedy = "Rätta det som är fel i filerna ovan, och sätt samman numret igen."
    raise EditorError(*issue.problems, Problem(where(issue.period), what, remedy))


def _why_not(block: Block, period: str, used: Mapping[str, str]) -> str | None:
    """None: it belongs to the issue. ””: it belongs to another month, by its folder; nobody needs to hear of it."""
    if block.month:
        return None if block.month == period else ""
    if block.is_once:
        before = used.get(block.path, period)
        return None if before == period else f"stod i numret för {month(before)}"
    first, last = month_bounds(period)
    if block.shown_from and block.shown_from > last:
        return f"visas från {day(block.shown_from, year=True)}"
    if block.shown_until and block.shown_until < first:
        return f"visades till och med {day(block.shown_until, year=True)}"
    return None


def _subject(series: Series, period: str, blocks: list[Block]) -> tuple[str, list[Problem]]:
    """The subject that one block gives, else the series'. Two that differ: the series', and a Problem."""
    default = series.subject.replace("{name}", series.name).replace("{month}", month(period))
    given = [b for b in blocks if b.subject]
    if len({b.subject for b in given}) < 2:
        return (given[0].subject if given else default), []
    files = listing([where(b.path) for b in given])
    what = f"två inslag vill bestämma ämnesraden: {files}."
    return default, [Problem(where(given[-1].path), what, f"Ta bort ämnesrad ur ett av dem. Tills dess: ”{default}”.")]


def _preheader(blocks: list[Block], occurrences: tuple[Occurrence, ...]) -> str:
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
