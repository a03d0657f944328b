"""Where in the archive something stands, and what it is called there.

Takes   what is published, the series of the settings in their order.
Gives   the word for an issue or a correction (”2024-05”, ”2024-05/rattelse-1”), and what a word leads to.
Fails   never. Pure.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

PERIOD = re.compile(r"[12]\d{3}-(?:0[1-9]|1[0-2])")
CORRECTION = re.compile(r"rattelse-([1-9]\d{0,2})")


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """That a person has taken a page down."""

    at: datetime
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Published:
    """A mailing that stands in the archive, by name or with a page."""

    number: int
    kind: str  # issue, correction
    series: str
    period: str
    corrects: int | None
    published_at: datetime
    uid: str
    title: str
    subject: str
    summary: str
    hash: str
    has_page: bool
    withdrawal: Withdrawal | None = None  # of a correction also when the issue is withdrawn

    @property
    def is_shown(self) -> bool:
        """Whether anybody can read its page."""
        return self.has_page and self.withdrawal is None


@dataclass(frozen=True, slots=True)
class Found:
    """What a word leads to: an issue or a correction, and perhaps a picture of it."""

    published: Published
    issue: Published
    picture: str = ""


@dataclass(frozen=True, slots=True)
class Shelf:
    """All that is published, and the keys of the series."""

    all: tuple[Published, ...]
    series: tuple[str, ...]

    @property
    def issues(self) -> tuple[Published, ...]:
        """Without the corrections."""
        return tuple(one for one in self.all if one.kind == "issue")

    def corrections(self, issue: Published) -> tuple[Published, ...]:
        """Those of the issue, in the order they went out. One that is withdrawn keeps its number."""
        return tuple(sorted((one for one in self.all if one.corrects == issue.number), key=lambda one: one.number))

    def issue_of(self, one: Published) -> Published:
        """The issue itself, or the one that this corrects."""
        return one if one.kind == "issue" else next(issue for issue in self.all if issue.number == one.corrects)

    def word(self, one: Published) -> str:
        """What it is called, with its series' key where there are several."""
        issue = self.issue_of(one)
        many = len({*self.series, *(p.series for p in self.issues)}) > 1
        word = f"{issue.series}/{issue.period}" if many else issue.period
        if one.number == issue.number:
            return word
        numbers = [correction.number for correction in self.corrections(issue)]
        return f"{word}/rattelse-{numbers.index(one.number) + 1}"

    def find(self, parts: Sequence[str]) -> Found | None:
        """What the word leads to, with or without the series' key: an old one goes on leading there."""
        issues, parts = self.issues, tuple(parts)
        if parts and not PERIOD.fullmatch(parts[0]):
            issues, parts = tuple(p for p in issues if p.series == parts[0]), parts[1:]
        issues = tuple(p for p in issues if parts and p.period == parts[0])
        if not issues:
            return None
        issue = min(issues, key=self._order)
        one, rest = issue, parts[1:]
        if rest and (number := CORRECTION.fullmatch(rest[0])):
            listed, rest = self.corrections(issue), rest[1:]
            if int(number[1]) > len(listed):
                return None
            one = listed[int(number[1]) - 1]
        return Found(one, issue, rest[0] if rest else "") if len(rest) < 2 else None

    def beside(self, one: Published) -> tuple[Published | None, Published | None]:
        """The issues of the same series before and after this one that can be read."""
        same = sorted((p for p in self.issues if p.series == one.series and p.is_shown), key=newest_first)
        at = next((n for n, p in enumerate(same) if p.number == one.number), None)
        if at is None:
            return None, None
        return (same[at - 1] if at else None), (same[at + 1] if at + 1 < len(same) else None)

    def _order(self, issue: Published) -> tuple[int, str]:
        known = issue.series in self.series
        return (self.series.index(issue.series) if known else len(self.series)), issue.series


def newest_first(issue: Published) -> tuple[str, int]:
    """The key to sort issues by, reversed."""
    return issue.period, issue.number
