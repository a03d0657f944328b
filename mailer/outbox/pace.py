"""How fast messages may go: limits per second, minute, hour and day.

Takes   limits, what has been used of them, the time now.
Gives   how many may go now, when the next may, and when so many have gone.
Fails   never.

Windows slide by the row they are kept in. A minute is counted in seconds (61 of them), an hour in minutes (61), a day
in hours (25): one row more than the span, so that no minute, hour or day holds more than the limit wherever it begins.
A second is counted as clocks count it. All moments are whole seconds since 1970, UTC.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mailer.limits import NO_LIMITS, Limits, Span

__all__ = ["NO_LIMITS", "UNLIMITED", "Full", "Lane", "Limits", "Span", "done_at", "full", "room", "row_of"]

Used = Mapping[int, Sequence[tuple[int, int]]]  # seconds a row covers -> (when it begins, used of it), in order

UNLIMITED = 1 << 30
ROW_S: Mapping[Span, int] = {"second": 1, "minute": 1, "hour": 60, "day": 3600}
ROWS: Mapping[Span, int] = {"second": 1, "minute": 61, "hour": 61, "day": 25}
LONGEST_ESTIMATE = timedelta(days=60)  # nobody plans by an estimate beyond it


@dataclass(frozen=True, slots=True)
class Full:
    """A limit that is reached: which one, and when it lets the next through."""

    span: Span
    limit: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Lane:
    """One relay's limits, what has been used of them, and until when it is held back."""

    limits: Limits
    used: Used
    held_until: int = 0


def row_of(span: Span, at: int) -> int:
    """When the row begins that a message of this moment is counted in."""
    return at // ROW_S[span] * ROW_S[span]


def room(limits: Limits, used: Used, at: int) -> int:
    """How many may go at this moment."""
    return max(
        0, min((limit - _sum(_counted(span, used, at)) for span, limit in limits.each.items()), default=UNLIMITED)
    )


def full(limits: Limits, used: Used, at: int) -> Full | None:
    """The limit that is reached and lasts longest; None when the next may go now."""
    found = [
        Full(span, limit, datetime.fromtimestamp(when, UTC))
        for span, limit in limits.each.items()
        if (when := _opens(span, limit, _counted(span, used, at)))
    ]
    return max(found, key=lambda f: f.at, default=None)


def done_at(left: int, lanes: Sequence[Lane], rate_s: float, now: datetime) -> datetime | None:
    """When so many more have gone: by the limits of all relays together, and at `rate_s` messages a second.

    `rate_s` 0: not known. None when neither limits nor a rate say anything, or it is too far away to tell.
    """
    begin = int(now.timestamp())
    if left <= 0:
        return now
    if rate_s <= 0 and not all(lane.limits for lane in lanes):
        return None

    def by(until: int) -> float:
        given = sum(_given(lane, begin, until) for lane in lanes)
        return min(given, rate_s * (until - begin)) if rate_s > 0 else given

    low, high = begin, begin + int(LONGEST_ESTIMATE.total_seconds())
    if by(high) < left:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if by(middle) >= left else (middle, high)
    return datetime.fromtimestamp(low if by(low) >= left else high, UTC)


def _counted(span: Span, used: Used, at: int) -> list[tuple[int, int]]:
    """The rows of the window. What a clock that was wrong for a while has noted far ahead does not count, or nothing
    would go until then."""
    row, last = ROW_S[span], row_of(span, at)
    first, ahead = last - row * (ROWS[span] - 1), last + row * ROWS[span]
    return [(begins, n) for begins, n in used.get(row, ()) if first <= begins <= ahead]


def _opens(span: Span, limit: int, rows: Sequence[tuple[int, int]]) -> int:
    """When enough of the oldest rows have left the window; 0 when there is room."""
    surplus = _sum(rows) - limit + 1
    for begins, n in rows:
        if surplus <= 0:
            break
        surplus -= n
        if surplus <= 0:
            return begins + ROW_S[span] * ROWS[span]
    return 0


def _given(lane: Lane, begin: int, until: int) -> int:
    """How many one relay lets through by then, if all that may go does."""
    begin = max(begin, lane.held_until)
    if until < begin:
        return 0
    each = lane.limits.each.items()
    return min((_given_by(span, limit, lane.used, begin, until) for span, limit in each), default=UNLIMITED)


def _given_by(span: Span, limit: int, used: Used, begin: int, until: int) -> int:
    """Each permit comes back when its row leaves the window, and is used again at once, and again."""
    turn = ROW_S[span] * ROWS[span]
    rows = _counted(span, used, begin)
    surplus = max(0, _sum(rows) - limit)  # the limit has been lowered meanwhile: the oldest come back to nobody
    given = max(0, limit - _sum(rows)) * (1 + (until - begin) // turn)
    for begins, n in rows:
        lost = min(n, surplus)
        surplus -= lost
        if until >= begins + turn:
            given += (n - lost) * (1 + (until - begins - turn) // turn)
    return given


def _sum(rows: Iterable[tuple[int, int]]) -> int:
    return sum(n for _, n in rows)
