"""A channel plan: the steps of a survey, each with its day, its channel, whom it is for and its words.

Takes   what the reading has found, or the defaults.
Gives   values.
Fails   never.
"""

from dataclasses import dataclass
from datetime import time
from enum import StrEnum

from mailer.content.questionnaires.model import NO_WORDS, Words


class Channel(StrEnum):
    """How a step reaches somebody."""

    ISSUE = "issue"  # a notice in V Aktuellt: no ask
    EMAIL = "email"
    LETTER = "letter"
    TELEPHONE = "telephone"
    IN_PERSON = "in_person"  # a meeting, the square: everybody may come, nobody is chosen


class Whom(StrEnum):
    """Which members a step is for, of those who have not answered."""

    EVERYBODY = "everybody"
    WITH_EMAIL = "with_email"
    WITHOUT_EMAIL = "without_email"  # none, suppressed, has left the list, or what was sent came back
    EMAIL_FAILED = "email_failed"  # had one when the plan was drawn; what was sent came back, or she has left since
    SILENT = "silent"  # all who have not answered and have the channel
    ANSWERED = "answered"  # thanks


@dataclass(frozen=True, slots=True)
class Step:
    """One step. Its day: `offset` days after the opening, or before the closing when `from_end`, then forward to
    `weekday` (0 Monday … 6 Sunday) when there is one. A telephone step lasts until `until` (days from the same end)."""

    key: str
    name: str
    channel: Channel
    whom: Whom
    offset: int
    from_end: bool = False
    weekday: int | None = None
    at: time = time(10, 0)
    until: int | None = None
    with_form: bool = False  # a letter with the paper form in it
    is_ask: bool = True  # thanks and notices want nothing
    subject: Words = NO_WORDS
    text: Words = NO_WORDS  # Markdown; {{ förnamn }}
    signed_by: str = ""  # who signs it; ””: the association
    line: int = 0


@dataclass(frozen=True, slots=True)
class Limits:
    """What no member is asked more than, and when nobody is asked."""

    emails: int = 4
    letters: int = 2
    calls: int = 4
    hours_between: int = 72  # between any two asks of the whole house to one person
    quiet_months: tuple[int, ...] = (7,)
    quiet_sundays: bool = True
    quiet_holidays: bool = True  # Swedish ones and their eves
    earliest: time = time(8, 0)
    latest: time = time(20, 0)
    call_earliest: time = time(17, 0)
    call_latest: time = time(20, 0)


@dataclass(frozen=True, slots=True)
class Costs:
    """What a letter and a call cost; the budget, when there is one."""

    stamp_kr: tuple[tuple[int, float], ...] = ((50, 22.0), (100, 44.0))  # up to so many grams: so many kronor
    sheet_g: float = 5.0
    envelope_g: float = 5.0
    reply_envelope_g: float = 5.0
    print_kr: float = 1.0  # a sheet
    reply_kr: float = 22.0
    minutes_per_call: int = 6
    callers: int = 3
    budget_kr: int | None = None


@dataclass(frozen=True, slots=True)
class ChannelPlan:
    """All steps of one survey."""

    path: str
    hash: str  # of the file's bytes; ””: the default plan
    steps: tuple[Step, ...]
    limits: Limits = Limits()
    costs: Costs = Costs()
