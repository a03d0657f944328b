"""Whether a block is in the issue it was written for, and why not, in words to its author.

Takes   the opened house, a series and blocks.
Gives   a Verdict for each block; None when there is nothing to say, or when others say it.
Fails   EditorError when a list or a group of the series is missing.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from mailer import words
from mailer.content.blocks import Block
from mailer.content.source import ROOT, where
from mailer.errors import EditorError
from mailer.house import House
from mailer.issue import moments
from mailer.issue.assemble import AFTER_DEADLINE, Issue
from mailer.issue.finding import Finding
from mailer.issue.gates import Gates
from mailer.outbox.states import Mailing
from mailer.settings import Series
from mailer.verbs import changes, prepare, watch
from mailer.verbs.prepare import Prepared

OPEN = (Mailing.PROPOSED, Mailing.RETURNED)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to say of one block."""

    heading: str  # ”Med i maj”
    sentence: str  # ”Ditt inslag är med i maj, plats 3 av 8, till 340 personer.”
    findings: tuple[Finding, ...] = ()  # of the preflight, about this file
    mark: str = ""  # ”Endast för styrelsen”


@dataclass(frozen=True, slots=True)
class _Month:
    """An issue as it is now. `prepared` None: there is nothing to send yet."""

    issue: Issue
    gates: Gates
    late: Collection[str]
    prepared: Prepared | None


@dataclass(slots=True)
class Verdicts:
    """The verdicts of one series at one tick; each issue is looked at once."""

    house: House
    series: Series
    since: datetime  # its first moment here
    _months: dict[str, _Month] = field(default_factory=dict)

    def of(self, block: Block) -> Verdict | None:
        """What to say of the block as it is now."""
        this = moments.period_of(self.house.clock.now(), self.house.zone)
        after = moments.next_period(this)
        period = block.month if block.month and not block.recurs else this
        if period < this:
            return None
        if period > after:
            name = self._name(period)
            return Verdict(f"Kommer i {name}", f"Ditt inslag kommer i {name}: filen ligger i den månadens mapp.")
        row = watch.find(self.house, self.series, period)
        if row is not None and row.state not in OPEN:
            if period != block.month and block.path not in row.sources:
                return self._open(block, after)
            return self._decided(block, row)
        if row is None and not self._is_owed(period) and period != block.month:
            return self._open(block, after)
        if watch.is_skipped(self.house, self.series, period):
            return self._open(block, after) if period != block.month else self._skipped(period)
        return self._open(block, period)

    def _open(self, block: Block, period: str) -> Verdict:
        """Of an issue that nobody has said yes to."""
        name, month = self._name(period), self._month(period)
        made = month.prepared.issue if month.prepared else month.issue
        findings = month.prepared.findings if month.prepared else tuple(month.gates.findings)
        mine = tuple(f for f in findings if f.problem.where == where(block.path))
        mark = month.gates.marks.get(block.path, "")
        paths = [b.path for b in made.blocks]
        if block.path in paths and block.path not in month.late:
            place = f"plats {paths.index(block.path) + 1} av {len(paths)}"
            if month.prepared and not _readers(block, month.prepared):
                sentence = f"Ditt inslag ligger i numret för {name}, {place}, men just nu får ingen det."
                return Verdict(f"Når ingen än i {name}", sentence, mine, mark)
            return Verdict(f"Med i {name}", f"Ditt inslag är med i {name}, {place}{_to(block, month)}.", mine, mark)
        why = AFTER_DEADLINE if block.path in month.late else dict(made.left_out).get(block.path, "")
        return Verdict(f"Inte med i {name}", _why_not(name, why), mine, mark)

    def _decided(self, block: Block, row: Row[Any]) -> Verdict | None:
        """Of an issue that is approved, sent or withdrawn."""
        name = self._name(row.period)
        state = "skickat" if row.planned_at is not None else "stoppat"
        if row.state in changes.FROZEN:
            state = "godkänt"
        if row.sources.get(block.path) == block.hash:
            return Verdict(f"Med i {name}", f"Ditt inslag är med i {name}. Numret är {state}.")
        if row.state in changes.FROZEN and block.path in row.sources:
            return None  # `changes` tells of what has changed since
        what = "ändringen" if block.path in row.sources else "inslaget"
        later = moments.next_period(row.period)
        remedy = f"Ska det med i {self._name(later)}: flytta filen till {ROOT}/{later}."
        return Verdict(f"Inte med i {name}", f"Numret för {name} är redan {state}, så {what} är inte med. {remedy}")

    def _skipped(self, period: str) -> Verdict:
        name, later = self._name(period), moments.next_period(period)
        remedy = f"Ska inslaget med i {self._name(later)}: flytta filen till {ROOT}/{later}."
        return Verdict(f"Inget nummer i {name}", f"Det blir inget nummer i {name}. {remedy}")

    def _is_owed(self, period: str) -> bool:
        """Whether the clock makes the issue: one that was to be sent before its first moment it does not."""
        return moments.send_at(self.series, period, self.house.zone) >= self.since

    def _month(self, period: str) -> _Month:
        if period not in self._months:
            self._months[period] = self._look(period)
        return self._months[period]

    def _look(self, period: str) -> _Month:
        issue, gates, _ = prepare.look(self.house, self.series, period)
        row = watch.find(self.house, self.series, period)
        late = changes.late_paths(self.house, self.series, row, issue) if row is not None else set()
        try:
            return _Month(issue, gates, late, prepare.prepare(self.house, self.series, period, late=late))
        except EditorError:  # nothing to send, which the editors hear of on the day
            return _Month(issue, gates, late, None)

    def _name(self, period: str) -> str:
        """”maj”; the year is named when it is another than the present."""
        year, number = period.split("-")
        month = words.MONTHS[int(number) - 1]
        return month if int(year) == self.house.here().year else f"{month} {year}"


def _to(block: Block, month: _Month) -> str:
    """”, till 340 personer”: those of all editions that have the block."""
    if month.prepared is None:
        return ""
    return f", till {words.count(_readers(block, month.prepared), 'person', 'personer')}"


def _readers(block: Block, prepared: Prepared) -> int:
    """How many get the block."""
    return sum(e.people for e in prepared.editions if block.path in {b.path for b in e.issue.blocks})


def _why_not(name: str, why: str) -> str:
    if why == AFTER_DEADLINE:
        return f"Ditt inslag kom efter manusstopp för {name}: godkännaren bestämmer om det ska med."
    if not why:
        return f"Ditt inslag är inte med i {name}: det återkommer en annan månad."
    if why.startswith(("stod ", "visas ", "visades ")):
        why = f"det {why}"
    return f"Ditt inslag är inte med i {name}: {why}."
