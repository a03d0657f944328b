"""The rules of a channel plan, one by one: whom a step may reach, and at which moment.

Takes   a Person as things stand, a Step, a moment (aware), the asks she has had, a Calendar.
Gives   the key of the first reason against it (surveys/plan/reasons.py), or None; the next moment that is allowed.
Fails   never.

The drawing asks them of the days to come, and whoever is about to ask somebody asks them again with what is true then.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from mailer.content.channel_plan import days
from mailer.content.channel_plan.model import Channel, Limits, Step, Whom
from mailer.languages import Language
from mailer.surveys.plan import calendar_days
from mailer.surveys.plan.reasons import MOMENTS

LATEST = timedelta(hours=24)  # a step that is later than this is skipped: its words speak of days
SEARCHED = 400  # days forward; longer than any quiet time, and than any survey
CONDITIONAL = (Whom.EMAIL_FAILED, Whom.ANSWERED)  # whom they are for shows on the day itself
SATURDAY = 5
USUAL = Limits()


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that was sent, posted or said to her: by this survey, or (`of_survey` False) by the rest of the house.

    `is_ask` False: it wanted nothing (thanks, a notice), so neither the caps nor the quiet between asks count it.
    """

    at: datetime
    channel: str
    step: str = ""
    of_survey: bool = True
    is_ask: bool = True


@dataclass(frozen=True, slots=True)
class Person:
    """One member as far as the plan asks about her."""

    contact: int
    invitation: int = 0  # 0: not invited yet
    state: str = "invited"  # surveys/states.py
    stopped: str = ""  # why, when the state is stopped: a key of STOPS
    no_email: str = ""  # why there is no e-mail to use now: a key of CHANNELS; ””: there is
    has_post: bool = True
    has_phone: bool = True
    language: Language = "sv"
    since: datetime | None = None  # when she came into the survey; None: before it opened
    stops: tuple[tuple[str, str], ...] = ()  # channel, reason
    asks: tuple[Asked, ...] = ()  # what she has had, of the whole house

    def why_not(self, channel: Channel) -> str | None:
        """Why this channel does not lead to her."""
        if failed := next((reason for stopped, reason in self.stops if stopped == channel), ""):
            return failed
        if channel is Channel.EMAIL:
            return self.no_email or None
        if channel is Channel.LETTER:
            return None if self.has_post else "no_post"
        return None if channel is not Channel.TELEPHONE or self.has_phone else "no_phone"


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of a survey (`opens` and `closes` inclusive), and what else the house has promised for them.

    `issues`: when V Aktuellt goes. `others`: other asks to all members. `now`: nothing is drawn before it.
    """

    zone: ZoneInfo
    opens: date
    closes: date
    limits: Limits = USUAL
    issues: tuple[datetime, ...] = ()
    others: tuple[datetime, ...] = ()
    now: datetime | None = None

    def day_of(self, moment: datetime) -> date:
        """The association's day."""
        return moment.astimezone(self.zone).date()

    def at(self, day: date, when: time) -> datetime:
        """The moment in UTC; a time that the clock jumps over is an hour later."""
        return datetime.combine(day, when, self.zone).astimezone(UTC)


def step_day(step: Step, calendar: Calendar) -> date:
    """The step's own day, before anything moves it."""
    return days.step_day(step, calendar.opens, calendar.closes)


def last_day(step: Step, calendar: Calendar) -> date:
    """The last day of a telephone round; of any other step its own day."""
    return days.last_day(step, calendar.opens, calendar.closes)


def allowed(
    person: Person, step: Step, moment: datetime, asks_so_far: Sequence[Asked], calendar: Calendar
) -> str | None:
    """Why the step may not reach her at this moment: the key of the first reason; None when it may."""
    return why_never(person, step, asks_so_far, calendar.limits) or not_now(step, moment, asks_so_far, calendar)


def next_allowed(
    person: Person, step: Step, moment: datetime, asks_so_far: Sequence[Asked], calendar: Calendar
) -> tuple[datetime | None, tuple[str, ...]]:
    """The first moment from `moment` on that is allowed, and the keys of all reasons it was moved for.

    Forward only: the same day at the step's own hour, or a day after it. None: the last key says why there is none.
    """
    if never := why_never(person, step, asks_so_far, calendar.limits):
        return None, (never,)
    moved: dict[str, None] = {}
    for tried in _tries(step, moment, calendar):
        reason = not_now(step, tried, asks_so_far, calendar)
        if reason is None:
            return tried, tuple(moved)
        if reason not in MOMENTS:  # closed, round_over: no later moment is any better
            break
        moved[reason] = None
    return None, (*moved, "no_day_left")


def past_quiet_days(step: Step, moment: datetime, calendar: Calendar) -> datetime:
    """When the calendar alone lets the step go, whomever it is for; `moment` itself when no day is left."""
    for tried in _tries(step, moment, calendar):
        reason = not_now(step, tried, (), calendar)
        if reason is None:
            return tried
        if reason not in MOMENTS:
            break
    return moment


def is_missed(planned: datetime, now: datetime) -> bool:
    """Whether a step is so late that it is skipped: the service was down for more than a day."""
    return now - planned > LATEST


def why_never(person: Person, step: Step, asks: Sequence[Asked], limits: Limits) -> str | None:
    """Why the step is not for her, whatever the day."""
    if person.state == "stopped":
        return person.stopped or "stopped"
    if step.channel in (Channel.ISSUE, Channel.IN_PERSON):
        return None  # nobody is chosen: it is there for all
    return (
        _of_state(person, step)
        or _of_whom(person, step, asks)
        or person.why_not(step.channel)
        or _of_asks(step, asks, limits)
    )


def not_now(step: Step, moment: datetime, asks: Sequence[Asked], calendar: Calendar) -> str | None:
    """Why not at this moment, whoever she is."""
    if step.channel in (Channel.ISSUE, Channel.IN_PERSON):
        return None  # they have their own days
    day = calendar.day_of(moment)
    return (
        _of_survey(step, day, calendar)
        or calendar_days.quiet(day, calendar.limits)
        or ("weekend" if day.weekday() >= SATURDAY and step.channel is not Channel.EMAIL else None)
        or _of_hour(step, moment, calendar)
        or ("issue_day" if day in _issue_days(calendar.issues, calendar.zone) else None)
        or (_of_gap(step, moment, asks, calendar) if step.is_ask else None)
    )


def _tries(step: Step, moment: datetime, calendar: Calendar) -> Iterator[datetime]:
    yield moment
    first = calendar.day_of(moment)
    hour = max(step.at, calendar.limits.call_earliest) if step.channel is Channel.TELEPHONE else step.at
    for later in range(SEARCHED):
        tried = calendar.at(first + timedelta(later), hour)
        if tried > moment:
            yield tried


def _of_state(person: Person, step: Step) -> str | None:
    if step.whom is Whom.ANSWERED:
        return None if person.state == "answered" else "not_answered"
    return person.state if person.state in ("answered", "declined") else None


def _of_whom(person: Person, step: Step, asks: Sequence[Asked]) -> str | None:
    if step.whom is Whom.WITH_EMAIL:
        return person.why_not(Channel.EMAIL)
    if step.whom in (Whom.WITHOUT_EMAIL, Whom.EMAIL_FAILED) and person.why_not(Channel.EMAIL) is None:
        return "has_email"
    had_letter = any(a.of_survey and a.channel == Channel.LETTER for a in asks)
    # The letter in the place of a mail that came back is for those who had no other.
    return "has_letter" if step.whom is Whom.EMAIL_FAILED and had_letter else None


def _of_asks(step: Step, asks: Sequence[Asked], limits: Limits) -> str | None:
    if step.channel is not Channel.TELEPHONE and any(a.of_survey and a.step == step.key for a in asks):
        return "done"
    if not step.is_ask:
        return None
    most = {Channel.EMAIL: limits.emails, Channel.LETTER: limits.letters, Channel.TELEPHONE: limits.calls}
    had = sum(a.of_survey and a.is_ask and a.channel == step.channel for a in asks)
    return f"enough_{step.channel}" if had >= most[step.channel] else None


def _of_survey(step: Step, day: date, calendar: Calendar) -> str | None:
    if step.is_ask and day > calendar.closes:
        return "closed"
    if step.is_ask and day < calendar.opens:
        return "not_open"
    if step.channel is not Channel.TELEPHONE:
        return None
    if day < step_day(step, calendar):
        return "round_not_begun"
    return "round_over" if day > last_day(step, calendar) else None


def _of_hour(step: Step, moment: datetime, calendar: Calendar) -> str | None:
    limits, hour = calendar.limits, moment.astimezone(calendar.zone).time()
    if step.channel is Channel.LETTER:
        return None  # a letter box has no hours
    if step.channel is Channel.TELEPHONE:
        return None if limits.call_earliest <= hour < limits.call_latest else "quiet_hour"
    return None if limits.earliest <= hour <= limits.latest else "quiet_hour"


@cache
def _issue_days(issues: tuple[datetime, ...], zone: ZoneInfo) -> frozenset[date]:
    return frozenset(issue.astimezone(zone).date() for issue in issues)


def _of_gap(step: Step, moment: datetime, asks: Sequence[Asked], calendar: Calendar) -> str | None:
    """Between any two asks of the whole house, also one that is promised for a later day."""
    # In UTC: two moments of one zone are told apart by the clock on the wall, which is wrong when it is changed.
    moment, gap = moment.astimezone(UTC), timedelta(hours=calendar.limits.hours_between)
    if any(abs(moment - other.astimezone(UTC)) < gap for other in calendar.others):
        return "too_soon"
    day = calendar.day_of(moment)
    for ask in asks:
        if not ask.is_ask:
            continue
        if abs(moment - ask.at.astimezone(UTC)) < gap:
            return "too_soon"
        if ask.channel != step.channel and calendar.day_of(ask.at) == day:
            return "other_channel"  # where a plan has no hours between asks: still never two channels on one day
    return None
