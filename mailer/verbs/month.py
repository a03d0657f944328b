"""assemble: from the editors' folder to a proposal that waits for an approval.

Takes   the opened house, a series and a period.
Gives   an Assembled: the issue, what is wrong in the files, how many would get it.
Fails   EditorError when there is nothing to send, or a list or a group is missing.
"""

from dataclasses import dataclass

from sqlalchemy import Connection

from mailer import words
from mailer.audience import store as audience
from mailer.audience.rule import Rule, Source
from mailer.audience.store import REASONS, HeadCount
from mailer.content.folder import SETTLE_S, read_folder
from mailer.content.parse import Content, parse
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.issue import moments
from mailer.issue import store as issues
from mailer.issue.assemble import Issue, require_content
from mailer.issue.assemble import assemble as assemble_issue
from mailer.outbox.states import Mailing
from mailer.outbox.store import mailings
from mailer.outbox.store.mailings import Proposal
from mailer.register.lists import read_lists, read_segments
from mailer.render.issue import render_issue
from mailer.render.templates import open_templates
from mailer.render.when import when
from mailer.settings import Series


@dataclass(frozen=True, slots=True)
class Assembled:
    """What the folder gave."""

    issue: Issue
    proposal: Proposal
    head_count: HeadCount
    written: bool

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self.issue.problems


def assemble(
    house: House, series: Series, period: str, dry_run: bool = False, unless_decided: bool = False
) -> Assembled:
    """Make the issue and propose it. Made anew, an approval of the earlier one is void.

    `unless_decided`: nothing is written when somebody has said yes or no to the earlier one meanwhile.
    """
    issue = look(house, series, period)
    require_content(issue)
    now = house.clock.now()
    proposal = Proposal(
        name=f"{series.key}/{period}",
        kind="issue",
        title=issue.title,
        rule=rule_of(house, series.lists, series.segment, series.one_per_address),
        renderings=(render_issue(issue, open_templates(house.home), house.settings),),
        sources=dict(issue.sources),
        series=series.key,
        period=period,
        send_after=moments.send_at(series, period, house.zone),
        expires_at=moments.ends_at(period, house.zone),
    )

    def write(c: Connection) -> bool:
        issues.open_issue(c, series.key, period, now)
        row = mailings.find(c, proposal.name)
        if unless_decided and row is not None and mailings.lock(c, row.id).state != Mailing.PROPOSED:
            return False
        mailings.propose(c, proposal, now)
        issues.remember_used(c, issue)
        return True

    written = not dry_run and house.db.write(write)
    return Assembled(issue, proposal, head_count(house, proposal.rule), written)


def look(house: House, series: Series, period: str, settle_s: float = SETTLE_S) -> Issue:
    """The issue as the folder has it now; nothing is written."""
    content = read_content(house, period, settle_s)
    used = house.db.read(lambda c: issues.used_blocks(c, series.key))
    today = house.clock.now().astimezone(house.zone).date()
    return assemble_issue(series, period, content.blocks, content.events, today, house.zone, used, content.problems)


def read_content(house: House, period: str, settle_s: float = SETTLE_S) -> Content:
    """All blocks and events, and what is wrong with the others."""
    folder = read_folder(house.content, settle_s=settle_s)
    return parse(folder.files, moments.first_day(period).replace(day=15), house.zone, folder.problems)


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
    return Rule(sources, (found.column, found.values), found.name, one_per_address)


def head_count(house: House, rule: Rule) -> HeadCount:
    """How many the rule selects now, and how many of them are excluded for what."""
    chosen = audience.recipients(audience.base_of(rule), rule.one_per_address)
    return house.db.read(lambda c: audience.count(c, chosen))


def lines(house: House, done: Assembled) -> list[str]:
    """What the editor reads: what is in, what is not and why, how many get it, what comes next."""
    issue = done.issue
    out = [f"{issue.title}: ”{issue.subject}”", ""]
    out += [f"  {n}. {block.title}" for n, block in enumerate(issue.blocks, 1)]
    out += [
        f"  – {when(o, house.zone, moments.first_day(issue.period).year)}: {o.event.title}" for o in issue.occurrences
    ]
    if issue.left_out:
        out += ["", "Inte med:", *(f"  {path}: {why}" for path, why in issue.left_out)]
    out += ["", *head_count_lines(done.head_count), ""]
    if not done.written:
        return [*out, "Inget är sparat (--dry-run)."]
    return [*out, f"Läs det: mailer preview {issue.period}. Godkänn det: mailer approve {issue.period} --as NAMN"]


def head_count_lines(counted: HeadCount) -> list[str]:
    """”Går till 331 av 400.” and why not to the others."""
    out = [f"Går till {words.number(counted.recipients)} av {words.number(counted.selected)}."]
    return out + [f"  {words.number(n)} {REASONS[reason]}" for reason, n in sorted(counted.excluded.items())]
