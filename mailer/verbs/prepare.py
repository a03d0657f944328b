"""From the editors' folder to editions, renderings and what the preflight found; nothing is written.

Takes   the opened house, a series and a period.
Gives   a Prepared.
Fails   EditorError when there is nothing to send, or a list or a group is missing.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select

from mailer import words
from mailer.audience import editions as audience_editions
from mailer.audience import store as audience
from mailer.audience.rule import Editions, Rule, Source
from mailer.audience.store import HeadCount
from mailer.content import kinds
from mailer.content.dates import month_bounds
from mailer.content.folder import read_folder
from mailer.content.invite import calendar_name, calendar_of
from mailer.content.parse import Content, parse
from mailer.content.reading import SETTLE_S
from mailer.content.source import where
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.issue import moments
from mailer.issue import store as issues
from mailer.issue.assemble import Issue, require_content
from mailer.issue.assemble import assemble as assemble_issue
from mailer.issue.editions import MOST, Edition, editions_of
from mailer.issue.finding import Finding
from mailer.issue.gates import Addressed, Gates, Known, circles_of, gates_of
from mailer.issue.preflight import preflight
from mailer.issue.public import public_part
from mailer.register.lists import read_lists, read_segments
from mailer.render import preflight as of_rendering
from mailer.render.archive import archive_issue, leaks
from mailer.render.archived import ArchivePage
from mailer.render.issue import CALENDAR, render_issue
from mailer.render.rendering import Part, Rendering
from mailer.render.templates import open_templates
from mailer.settings import Series
from mailer.verbs import elsewhere, pictures

MOST_RENDERED = 2 * MOST  # above `MOST` the preflight stops it; above this it is not even made


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the folder gives for a month, as its readers would get it."""

    issue: Issue  # all of it
    editions: tuple[Edition, ...]
    renderings: tuple[Rendering, ...]  # one for each edition
    findings: tuple[Finding, ...]
    rule: Rule
    head_count: HeadCount
    used: dict[str, str]
    public: Issue  # what of it anybody may read
    archive: ArchivePage

    @property
    def contents(self) -> dict[str, Any]:
        """What those who approve it are shown, as JSON."""
        inside = {b.path: [e.name for e in self.editions if b in e.issue.blocks] for b in self.issue.blocks}
        return {
            "blocks": [{"path": b.path, "title": b.title, "editions": inside[b.path]} for b in self.issue.blocks],
            "left_out": [list(pair) for pair in self.issue.left_out],
            "findings": [f.to_json() for f in self.findings],
        }


def prepare(
    house: House, series: Series, period: str, settle_s: float = SETTLE_S, late: Collection[str] = ()
) -> Prepared:
    """The issue as the folder, the lists and the register have it now. `late`: as in `issue.assemble`."""
    issue, gates, used = look(house, series, period, settle_s, late)
    require_content(issue)
    rule = rule_of(house, series.lists, series.segment, series.one_per_address)
    now, today = house.here(), house.here().date()
    everybody = audience.recipients(audience.base_of(rule, today), now)
    conditions = tuple(gates.conditions)
    signatures = house.db.read(lambda c: audience_editions.signatures(c, everybody, conditions, today))
    made = editions_of(issue, gates.of, tuple(c.name for c in conditions), signatures)
    if len(made) > MOST_RENDERED:
        raise EditorError(*(f.problem for f in preflight(issue, made, today, 0) if f.stops))
    shown, wrong = pictures.prepare(house.content, issue.blocks, issue.title)
    templates = open_templates(house.home)
    public = public_part(issue, gates)
    links = _calendar_links(house, public)
    renderings = tuple(
        render_issue(
            e.issue, templates, house.settings, e.name, shown, gates.marks,
            _calendar(house, series, e.issue, links), links,
        )
        for e in made
    )  # fmt: skip
    archive = archive_issue(public, templates, house.settings, shown)
    needs = tuple((e.name, e.needs) for e in made)
    if any(numbers for _, numbers in needs):
        rule = replace(rule, editions=Editions(conditions, needs))
    chosen = audience.recipients(audience.base_of(rule, today), now, rule.one_per_address, rule.editions)
    counted = house.db.read(lambda c: audience.count(c, chosen))
    people = house.db.read(lambda c: audience_editions.count_editions(c, chosen))
    made = tuple(replace(e, people=people.get(e.name, 0) if people else counted.recipients) for e in made)
    sends_on = min(max(moments.send_day(series, period), today), month_bounds(period)[1])
    issue = replace(issue, problems=(*issue.problems, *wrong))
    findings = (
        *gates.findings,
        *(Finding(False, problem) for problem in (*wrong, *_unknown_kinds(house, issue))),
        *preflight(issue, made, sends_on, _unreached_members(house, rule), "mailer report --post"),
        *of_rendering.preflight(issue, made, renderings, gates.circles),
        *leaks(issue, public, archive),
    )
    return Prepared(issue, made, renderings, _in_order(findings, issue), rule, counted, used, public, archive)


def look(
    house: House, series: Series, period: str, settle_s: float = SETTLE_S, late: Collection[str] = ()
) -> tuple[Issue, Gates, dict[str, str]]:
    """The issue as the folder has it now, who may have which part, and what other issues have used."""
    content = read_content(house, period, settle_s)
    used = house.db.read(lambda c: issues.used_blocks(c, series.key))
    today = house.here().date()
    others = elsewhere.read(house, series, period, used)
    made = assemble_issue(
        series,
        period,
        content.blocks,
        (*content.events, *others.events),
        today,
        house.zone,
        used,
        (*content.problems, *others.problems),
        others.posts,
        late,
    )
    made = replace(made, sources=dict(made.sources) | pictures.hashes(house.content, made.blocks))
    known, wrong = known_readers(house, series.lists)
    gates = gates_of(_parts(made), known)
    out = gates.left_out
    return (
        replace(
            made,
            blocks=tuple(b for b in made.blocks if b.path not in out),
            occurrences=tuple(o for o in made.occurrences if o.event.path not in out),
            posts=tuple(p for p in made.posts if p.path not in out),
            left_out=(*made.left_out, *out.items()),
            problems=(*made.problems, *wrong),
            sources={path: digest for path, digest in made.sources.items() if path not in out},
        ),
        gates,
        used,
    )


def read_content(house: House, period: str, settle_s: float = SETTLE_S) -> Content:
    """All blocks and events, and what is wrong with the others."""
    folder = read_folder(house.content, settle_s=settle_s)
    return parse(folder.files, moments.first_day(period).replace(day=15), house.zone, folder.problems)


def known_readers(house: House, goes_to: tuple[str, ...]) -> tuple[Known, tuple[Problem, ...]]:
    """The circles, lists and groups that a part may name of what goes to these lists.

    A mistake among the groups makes them all unknown, and so leaves out what is for some of them; the rest goes on.
    """
    lists, wrong = read_lists(house.lists), tuple[Problem, ...]()
    try:
        segments = read_segments(house.lists)
    except EditorError as mistakes:
        segments, wrong = {}, mistakes.problems
    return Known(circles_of(house.settings.circles, lists), lists, segments, goes_to), wrong


def rule_of(house: House, list_keys: tuple[str, ...], segment: str = "", one_per_address: bool = False) -> Rule:
    """The audience rule, whole, from the files in lists/. EditorError on a list or group that does not exist."""
    known = read_lists(house.lists)
    missing = [key for key in list_keys if key not in known]
    if missing:
        names = words.listing(list(known)) or "inga"
        raise EditorError(
            *(Problem("lists", f"listan ”{key}” finns inte.", f"De som finns är: {names}.") for key in missing)
        )
    sources = tuple(Source(key, known[key].name, known[key].why, known[key].origin) for key in list_keys)
    if not segment:
        return Rule(sources, one_per_address=one_per_address)
    segments = read_segments(house.lists)
    if segment not in segments:
        names = words.listing(list(segments)) or "inga"
        raise EditorError(
            Problem("lists/grupper.toml", f"gruppen ”{segment}” finns inte.", f"De som finns är: {names}.")
        )
    found = segments[segment]
    return Rule(sources, found.expression, found.name, one_per_address)


def head_count(house: House, rule: Rule) -> HeadCount:
    """How many the rule selects now, and how many of them are excluded for what."""
    now = house.here()
    chosen = audience.recipients(
        audience.base_of(rule, now.date()), now, rule.one_per_address, event_kind=rule.event_kind
    )
    return house.db.read(lambda c: audience.count(c, chosen))


def _calendar_links(house: House, public: Issue) -> dict[str, str]:
    """uid -> the address of the event's calendar file, of those that are for everybody. Only where there are pages."""
    address, name = house.settings.web.address, house.settings.association.name
    if not address:
        return {}
    own = {o.event.uid: o.event for o in public.occurrences if not o.event.is_foreign}
    return {uid: f"{address}/kalender/{calendar_name(event, name)}.ics" for uid, event in own.items()}


def _calendar(house: House, series: Series, issue: Issue, links: Mapping[str, str]) -> tuple[Part, ...]:
    """The events of an edition as a file for the reader's calendar, unless the mail links to each of them.

    What is not for everybody has no address: then the file goes with the mail, with all of it. Dated by the issue, not
    by when it was made.
    """
    if all(o.event.uid in links for o in issue.occurrences):
        return ()
    dated = moments.send_at(series, issue.period, house.zone)
    raw = calendar_of(issue.occurrences, house.zone, house.settings.association.name, dated)
    return (Part(f"{series.key}-{issue.period}.ics", CALENDAR, raw, is_inline=False),)


def _parts(issue: Issue) -> list[Addressed]:
    events = {o.event.path: o.event for o in issue.occurrences}.values()
    return [
        *(Addressed(b.path, b.readers) for b in issue.blocks),
        *(Addressed(e.path, e.readers, is_opinion=False) for e in events),
        *(Addressed(p.path, p.readers, is_opinion=False) for p in issue.posts),
    ]


def _unknown_kinds(house: House, issue: Issue) -> list[Problem]:
    """What is wrong with the kinds of the issue's events: they stand in it all the same."""
    known = [kind.key for kind in house.settings.kinds]
    events = {o.event.path: o.event for o in issue.occurrences if not o.event.is_foreign}.values()
    return [p for e in events for p in kinds.unknown(where(e.path), e.kind, known, e.line_of_kind)]


def _unreached_members(house: House, rule: Rule) -> int:
    """How many members of the association, on whatever list of members, get no e-mail by the rule."""
    lists = read_lists(house.lists)
    members = [s.key for s in rule.sources if lists[s.key].members]
    now = house.here()
    rows = audience.recipients(audience.base_of(rule, now.date()), now, rule.one_per_address).subquery()
    without = select(func.count()).where(rows.c.list.in_(members), rows.c.reason.is_not(None))
    return house.db.read(lambda c: int(c.execute(without).scalar_one()))


def _in_order(findings: Collection[Finding], issue: Issue) -> tuple[Finding, ...]:
    """Each once: what stops it first, then as the issue is read."""
    turn = {f"content/{b.path}": n for n, b in enumerate(issue.blocks)}
    last = len(turn)
    key = {f: (not f.stops, turn.get(f.problem.where, last), f.problem.where, f.problem.line) for f in findings}
    return tuple(sorted(key, key=lambda f: key[f]))
