"""The goal in values: three bars, where it will end, whom nobody has contacted.

Takes   what the counting finds.
Gives   values. Rates are shares from 0 to 1; a Span holds per cent.
Fails   never.

Contacted: a mail that was accepted and has not come back, a letter that was posted and has not come back, or she has
been spoken with. Reached: answered, declined or spoken with. Answered: a complete response. Each holds the one after
it, and all are of the same denominator: the members of the freeze date (AAPOR, Standard Definitions, RR1).
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Bar:
    """So many of so many."""

    of: int
    contacted: int
    reached: int
    answered: int


@dataclass(frozen=True, slots=True)
class Part:
    """One group of the members, or one channel."""

    key: str
    name: str  # to read
    bar: Bar


@dataclass(frozen=True, slots=True)
class OnDay:
    """How it stood when the day was over."""

    day: date
    contacted: int
    reached: int
    answered: int


@dataclass(frozen=True, slots=True)
class Alike:
    """Those who have answered beside the whole register, in one respect: ”medlem i mindre än ett år”."""

    respect: str  # ”bostadsort”, ”medlem sedan”
    name: str
    members: int
    answered: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How a survey stands."""

    day: date  # the association's
    whole: Bar
    goal: int  # per cent
    channels: tuple[Part, ...]  # through which they were contacted, reached, answered: one may be in several
    segments: tuple[Part, ...]
    days: tuple[OnDay, ...]  # from the opening on, none left out
    untouched: int  # nobody has contacted them, and somebody could
    unreachable: tuple[tuple[str, int], ...]  # why nobody can, how many: a closed list (surveys/goal/untouched.py)
    alike: tuple[Alike, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """Eight times of ten it ends between `low` and `high`, per cent of the members."""

    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True)
class Projection:
    """Where it will end on the closing date."""

    without: Span  # if nobody is asked any more
    with_plan: Span  # with what is left of the plan
    needed: int  # answers to the goal, beside those that come of what is asked already; 0: it is reached, or will be
    calls: int | None  # people to call for so many answers; None: nobody is left to call
    own_rates: bool  # the calls are reckoned from the branch's own
    to_call: int = 0  # people left to call: fewer than `calls` may be


@dataclass(frozen=True, slots=True)
class OnPath:
    """Where it will stand when the day is over."""

    day: date
    without: Span
    with_plan: Span


@dataclass(frozen=True, slots=True)
class TooEarly:
    """Why nothing is said of the end yet: a key of ”days”, ”answers”, ”over”."""

    why: str
    from_day: date | None = None  # when there will have been seven days


@dataclass(frozen=True, slots=True)
class Untouched:
    """A member nobody has contacted. `reason`: why nobody can, of the closed list; ””: somebody can, and `step` says
    what of the plan will, on `day`."""

    contact: int
    number: str
    name: str
    reason: str
    step: str = ""
    day: date | None = None
