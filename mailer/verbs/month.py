"""assemble: from the editors' folder to a proposal that waits for an approval.

Takes   the opened house, a series and a period.
Gives   an Assembled: what was prepared, and whether it is written.
Fails   EditorError when there is nothing to send, nothing new, or a list or a group is missing.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection

from mailer import words
from mailer.audience.store import REASONS, HeadCount
from mailer.errors import Problem
from mailer.house import House
from mailer.issue import moments
from mailer.issue import store as issues
from mailer.issue.assemble import Issue, require_news
from mailer.issue.editions import Edition, has_content
from mailer.issue.finding import Finding
from mailer.outbox.states import Mailing
from mailer.outbox.store import mailings
from mailer.outbox.store.mailings import Proposal
from mailer.render.when import Group, grouped, when_group
from mailer.settings import Series
from mailer.verbs.prepare import Prepared, prepare

OPEN = (Mailing.PROPOSED, Mailing.RETURNED)  # the clock makes anew what nobody has answered


@dataclass(frozen=True, slots=True)
class Assembled:
    """What the folder gave."""

    prepared: Prepared
    proposal: Proposal
    written: bool

    @property
    def issue(self) -> Issue:
        return self.prepared.issue

    @property
    def problems(self) -> tuple[Problem, ...]:
        return self.issue.problems

    @property
    def head_count(self) -> HeadCount:
        return self.prepared.head_count


def assemble(
    house: House,
    series: Series,
    period: str,
    dry_run: bool = False,
    by_clock: bool = False,
    late: Collection[str] = (),
) -> Assembled:
    """Make the issue and propose it. Made anew, an approval of the earlier one is void, and so is a skip.

    `by_clock`: nothing is written when a person has answered the earlier one meanwhile, and an issue without anything
    new is no issue. `late`: blocks that came after the copy deadline, which the clock does not take in.
    """
    made = prepare(house, series, period, late=late)
    if by_clock:
        require_news(made.issue, made.used)
    now = house.clock.now()
    proposal = Proposal(
        name=f"{series.key}/{period}",
        kind="issue",
        title=made.issue.title,
        rule=made.rule,
        renderings=made.renderings,
        sources=dict(made.issue.sources),
        contents=made.contents,
        series=series.key,
        period=period,
        send_after=moments.send_at(series, period, house.zone),
        expires_at=moments.ends_at(period, house.zone),
        archive=made.archive,
    )

    def write(c: Connection) -> bool:
        issues.open_issue(c, series.key, period, now)
        if by_clock and issues.skipped(c, series.key, period):
            return False
        row = mailings.find(c, proposal.name)
        if by_clock and row is not None and mailings.lock(c, row.id).state not in OPEN:
            return False
        mailings.propose(c, proposal, now)
        issues.remember_used(c, made.issue)
        issues.unskip(c, series.key, period)
        return True

    written = not dry_run and house.db.write(write)
    return Assembled(made, proposal, written)


def lines(house: House, done: Assembled) -> list[str]:
    """What the editor reads: what is in, what is not and why, how many get it, what comes next."""
    issue = done.issue
    out = [f"{issue.title}: ”{issue.subject}”", ""]
    out += [f"  {n}. {block.title}" for n, block in enumerate(issue.blocks, 1)]
    year = moments.first_day(issue.period).year
    out += [f"  – {when_group(g, house.zone, year)}: {_title(g)}" for g in grouped(issue.occurrences)]
    out += [f"  · {post.feed}: {post.title}" for post in issue.posts]
    if issue.left_out:
        out += ["", "Inte med:", *(f"  {path}: {why}" for path, why in issue.left_out)]
    out += ["", *head_count_lines(done.head_count), *edition_lines(done.prepared.editions)]
    out += [archive_line(done.prepared.public), ""]
    out += finding_lines(done.prepared.findings)
    if not done.written:
        return [*out, "Inget är sparat (--dry-run)."]
    asked = "Ingen har fått frågan i mejl, för det är klockan som frågar."
    read = f"Läs det: mailer preview {issue.period}. Godkänn det: mailer approve {issue.period} --as NAMN"
    return [*out, asked, read]


def _title(group: Group) -> str:
    return f"Inställt: {group.event.title}" if group.event.cancelled else group.event.title


def head_count_lines(counted: HeadCount) -> list[str]:
    """”Går till 331 av 400.” and why not to the others."""
    out = [f"Går till {words.number(counted.recipients)} av {words.number(counted.selected)}."]
    return out + [f"  {words.number(n)} {REASONS[reason]}" for reason, n in sorted(counted.excluded.items())]


def edition_lines(editions: Collection[Edition]) -> list[str]:
    """The editions, where there is more than one, and how many get each."""
    if len(editions) < 2:
        return []
    return [
        "Versioner:",
        *(f"  {e.name}: {words.count(e.people, 'person', 'personer')}, {len(e.issue.blocks)} inslag" for e in editions),
    ]


def archive_line(public: Issue) -> str:
    """How much of the issue anybody may read in the archive."""
    if not has_content(public):
        return "I arkivet: inget. Där står bara att numret är för medlemmar."
    events = len({o.event.path for o in public.occurrences})
    return f"I arkivet: {words.count(len(public.blocks), 'inslag', 'inslag')}, {words.number(events)} evenemang."


def finding_lines(findings: Collection[Finding]) -> list[str]:
    """What the preflight stops for, and what it warns of."""
    out: list[str] = []
    for stops, heading in ((True, "Slutkontrollen stoppar:"), (False, "Slutkontrollen varnar:")):
        some = [str(f.problem) for f in findings if f.stops is stops]
        out += [heading, *(f"  {line}" for text in some for line in text.split("\n")), ""] if some else []
    return out
