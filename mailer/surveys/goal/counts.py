"""What the projection may see of a survey: counts of people who stand alike, never persons.

Takes   a connection inside a transaction; a Surveyed; the association's time zone and day.
Gives   Counts.
Fails   never.

Days are numbered from the opening (0). Who stand alike have been asked in the same ways on the same days, and have the
same asks ahead of them.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from mailer.content.channel_plan.model import Channel
from mailer.surveys.field.queue import NO_MORE
from mailer.surveys.goal import ways
from mailer.surveys.goal.traces import Trace, traces
from mailer.surveys.plan.rules import Calendar, Person, last_day, step_day
from mailer.surveys.states import Invitation
from mailer.surveys.store import Surveyed

OPEN = (Invitation.INVITED, Invitation.BEGUN)  # may still answer, and be asked
TELEPHONE = "telephone"  # in invitations.through

CALL_DAYS = 4  # between two calls to one person, about


class Ask(NamedTuple):
    """One ask of one channel: her `turn`:th in that way (from 0)."""

    day: int
    channel: str  # email, letter, in_person
    turn: int


class Silent(NamedTuple):
    """Those who may still answer."""

    had: tuple[Ask, ...]
    ahead: tuple[Ask, ...]  # what is left of the plan
    calls: int  # how many more times each may be called


class Ended(NamedTuple):
    """Those who have answered by themselves on a day (`is_answer`), or whom nothing more can come of: by then they had
    not answered by themselves."""

    had: tuple[Ask, ...]
    day: int
    is_answer: bool


@dataclass(frozen=True, slots=True)
class Calls:
    """The telephone so far."""

    made: int = 0
    spoken: int = 0  # people who have been spoken with
    answered: int = 0  # of them, on the telephone


@dataclass(frozen=True, slots=True)
class Counts:
    """All that the projection knows."""

    opens: date
    closes: date
    today: date
    members: int  # of the freeze date
    answered: int
    goal: int  # per cent
    silent: tuple[tuple[Silent, int], ...] = ()
    ended: tuple[tuple[Ended, int], ...] = ()
    calls: Calls = Calls()
    calls_each: int = 4  # so many times a member is called at most
    round: tuple[int, int] | None = None  # the first and the last day on which somebody may be called

    @property
    def day(self) -> int:
        """Today's number."""
        return (self.today - self.opens).days

    @property
    def last(self) -> int:
        """The closing day's."""
        return (self.closes - self.opens).days

    def round_gone(self, day: int) -> float:
        """Of the calls that are left from tomorrow on, the share that are made when the day is over: evenly, for
        which evenings it will be nobody knows."""
        first, last = self.round or (self.day + 1, self.day + 1)
        first = max(first, self.day + 1)
        return min(1.0, max(0.0, (day - first + 1) / (last - first + 1))) if day < last else 1.0

    @property
    def to_call(self) -> int:
        """How many are left to call."""
        return sum(people for one, people in self.silent if one.calls)

    @property
    def wanted(self) -> int:
        """How many answers the goal is."""
        return -(-self.members * self.goal // 100)


def tally(ones: Iterable[Silent | Ended]) -> tuple[tuple[tuple[Silent, int], ...], tuple[tuple[Ended, int], ...]]:
    """The people of a survey, each as she stands, as counts."""
    found = Counter(ones)
    silent = [(one, n) for one, n in found.items() if isinstance(one, Silent)]
    ended = [(one, n) for one, n in found.items() if isinstance(one, Ended)]
    return tuple(sorted(silent)), tuple(sorted(ended))


def counts(connection: Connection, survey: Surveyed, zone: ZoneInfo, today: date) -> Counts:
    """What there is to count when `today` is over."""
    members = traces(connection, survey, zone, today)
    silent = [one for one in members if _is_silent(one)]
    known = ways.persons(connection, survey, [one.invitation for one in silent], zone, today)
    coming = ways.left(connection, survey, known, zone, today)
    asked = survey.questionnaire
    of = _Days(survey, zone, today)
    ones = [
        of.silent(one, known.get(one.invitation), coming.get(one.invitation, ())) if _is_silent(one) else of.ended(one)
        for one in members
    ]
    called = [one for one in members if one.calls]
    spoken = [one for one in called if one.spoken_on]
    by_telephone = sum(one.is_answered and one.through == TELEPHONE for one in spoken)
    return Counts(
        asked.opens, asked.closes, today, len(members), sum(one.is_answered for one in members), asked.goal,
        *tally(ones), Calls(sum(len(one.calls) for one in called), len(spoken), by_telephone), survey.plan.limits.calls,
        of.whole_round(),
    )  # fmt: skip


class _Days:
    """The days of one survey, numbered, and its members by them."""

    def __init__(self, survey: Surveyed, zone: ZoneInfo, today: date) -> None:
        asked, plan = survey.questionnaire, survey.plan
        self.opens, self.today, self.most = asked.opens, (today - asked.opens).days, plan.limits.calls
        calendar = Calendar(zone, asked.opens, asked.closes, plan.limits)
        self.occasions = sorted(
            (step_day(step, calendar) - asked.opens).days for step in plan.steps if step.channel is Channel.IN_PERSON
        )
        rounds = [step for step in plan.steps if step.channel is Channel.TELEPHONE]
        self.rounds = {
            step.key: (self.number(step_day(step, calendar)), self.number(last_day(step, calendar))) for step in rounds
        }

    def whole_round(self) -> tuple[int, int] | None:
        """From the first telephone round's first day to the last one's last."""
        days = self.rounds.values()
        return (min(first for first, _ in days), max(last for _, last in days)) if days else None

    def number(self, day: date) -> int:
        return (day - self.opens).days

    def ended(self, one: Trace) -> Ended:
        """One who has answered or declined, or may not be asked any more."""
        until = one.answered_on or one.declined_on or (one.contacts[-1].day if one.contacts else self.opens)
        day = min(max(self.number(until), 0), self.today)
        return Ended(self._had(one, day), day, one.is_answered and one.through != TELEPHONE)

    def silent(self, one: Trace, person: Person | None, coming: Sequence[ways.Left]) -> Silent:
        """One who may still answer. `person` None: forgotten, and nothing will come of her."""
        had = self._had(one, self.today)
        if person is None or person.state not in OPEN:
            return Silent(had, (), 0)
        turns = Counter(ask.channel for ask in had)
        ahead = [Ask(day, str(Channel.IN_PERSON), n) for n, day in enumerate(self.occasions) if day > self.today]
        calls = 0
        for day, step in coming:
            if step.channel is Channel.TELEPHONE:
                calls = max(calls, self._calls(one, step.key))
            else:
                ahead.append(Ask(max(self.number(day), self.today + 1), str(step.channel), turns[step.channel]))
                turns[str(step.channel)] += 1
        return Silent(had, tuple(sorted(ahead)), calls)

    def _had(self, one: Trace, until: int) -> tuple[Ask, ...]:
        """The mails and letters that reached her, and the occasions there were, up to that day."""
        turns: Counter[str] = Counter()
        had = [Ask(day, str(Channel.IN_PERSON), n) for n, day in enumerate(self.occasions) if day <= until]
        for contact in one.contacts:
            day, channel = max(0, self.number(contact.day)), str(contact.channel)
            if contact.is_ask and contact.channel in (Channel.EMAIL, Channel.LETTER) and day <= until:
                had.append(Ask(day, channel, turns[channel]))
                turns[channel] += 1
        return tuple(sorted(had))

    def _calls(self, one: Trace, step: str) -> int:
        if {outcome for _, outcome in one.calls} & set(NO_MORE):
            return 0
        first, last = self.rounds[step]
        return calls_left(len(one.calls), self.most, first, last, self.today)


def _is_silent(one: Trace) -> bool:
    return one.state in OPEN and not one.is_answered


def calls_left(made: int, most: int, first: int, last: int, day: int) -> int:
    """How many more times one may be called after `day`, in a round of these days: at most every fourth day, for it is
    to be another weekday and another hour each time."""
    days = last - max(first, day + 1) + 1
    return max(0, min(most - made, (days + CALL_DAYS - 1) // CALL_DAYS))
