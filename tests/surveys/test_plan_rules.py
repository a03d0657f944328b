"""The house and its rules over a survey's whole life: whatever happens to whom, nobody is asked who may not be.

A simulator carries the drawn plan out, hour by hour, with answers, refusals, deaths, bounces, services that are down
and issues that are moved; then an oracle that knows none of the house's code reads what was sent.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from mailer.content.channel_plan.defaults import default_plan
from mailer.content.channel_plan.model import Channel, Limits, Step, Whom
from mailer.surveys.plan.drawing import Asked, Calendar, Line, Person, allowed, draw, is_missed, next_allowed
from mailer.surveys.plan.reasons import MOMENTS
from mailer.surveys.plan.rules import last_day
from tests.surveys.arranged import QUESTIONNAIRE, ZONE
from tests.surveys.test_days import OF_2024

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ENDS = ("answered", "declined", "resigned", "died", "objected")
CHANNELS = ("email", "letter", "telephone")


@dataclass
class Life:
    """One member, what has happened to her, and what she has been asked."""

    person: Person
    open: dict[str, datetime] = field(default_factory=dict)  # steps that wait, and for when
    drawn: dict[str, datetime] = field(default_factory=dict)
    asks: list[Asked] = field(default_factory=list)
    ended: datetime | None = None
    failed: dict[str, datetime] = field(default_factory=dict)


class World:
    """A survey with its clock. Everything is drawn from the seed."""

    def __init__(self, seed: int) -> None:
        self.rng = rng = Random(seed)
        opens = date(2024, 1, 1) + timedelta(rng.randrange(200))
        closes = min(opens + timedelta(rng.randrange(5, 170)), date(2024, 12, 29))
        self.limits = Limits(
            emails=rng.choice((1, 2, 3, 4, 4, 4)),
            letters=rng.choice((1, 2, 2)),
            calls=rng.choice((1, 2, 4, 4)),
            hours_between=rng.choice((0, 24, 48, 72, 72, 72, 120)),
            quiet_months=rng.choice(((7,), (7,), (), (7, 8))),
            quiet_sundays=rng.random() < 0.8,
            quiet_holidays=rng.random() < 0.8,
        )
        asked = replace(QUESTIONNAIRE, opens=opens, closes=closes)
        self.plan = replace(default_plan(asked), limits=self.limits)
        if rng.random() < 0.5:  # steps that crowd one another
            self.plan = replace(self.plan, steps=tuple(self._crowded(step) for step in self.plan.steps))
        self.steps = {step.key: step for step in self.plan.steps}
        series = [datetime(2024, m, rng.randrange(1, 29), 9, tzinfo=ZONE).astimezone(UTC) for m in range(1, 13)]
        self.calendar = Calendar(ZONE, opens, closes, self.limits, tuple(series))
        self.issues_as_known: list[tuple[datetime, tuple[datetime, ...]]] = [
            (self._begin(opens) - 99 * DAY, tuple(series))
        ]
        self.lives = [Life(self._person(n)) for n in range(1, 4)]
        for life in self.lives:
            ((_, lines),) = draw(asked, self.plan, [life.person], self.calendar).people
            self._keep(life, lines)
        self.down: list[tuple[datetime, datetime]] = []
        for _ in range(rng.randrange(3)):
            start = self._begin(opens) + rng.randrange(0, 24 * 150) * HOUR
            self.down.append((start, start + rng.randrange(1, 100) * HOUR))

    def run(self) -> None:
        """Hour by hour until everything is over. Each tick runs twice: a killed one is run again."""
        now, end = self._begin(self.calendar.opens) - DAY, self._begin(self.calendar.closes) + 60 * DAY
        minutes = self.rng.randrange(60)
        while now < end:
            moment = now + timedelta(minutes=minutes)
            self._happens(moment)
            if not any(start <= moment < stop for start, stop in self.down):
                for life in self.lives:
                    self._tick(life, moment)
                    self._tick(life, moment)
            now += HOUR

    def _tick(self, life: Life, now: datetime) -> None:
        for key, planned in sorted(life.open.items()):
            if planned > now:
                continue
            step = self.steps[key]
            if step.channel is Channel.TELEPHONE:
                self._call(life, step, now)
                continue
            if is_missed(planned, now):
                del life.open[key]
                continue
            why = allowed(life.person, step, now, life.asks, self.calendar)
            if why is None:
                del life.open[key]
                life.asks.append(Asked(now, step.channel, key, is_ask=step.is_ask))
            elif why in MOMENTS:
                moment, _ = next_allowed(life.person, step, now, life.asks, self.calendar)
                if moment is None:
                    del life.open[key]
                else:
                    assert moment > now
                    life.open[key] = moment
            else:
                del life.open[key]

    def _call(self, life: Life, step: Step, now: datetime) -> None:
        if self.rng.random() < 0.3 and allowed(life.person, step, now, life.asks, self.calendar) is None:
            life.asks.append(Asked(now, step.channel, step.key))

    def _happens(self, now: datetime) -> None:
        rng = self.rng
        for life in self.lives:
            if rng.random() < 0.0008 and life.ended is None:
                end = rng.choice(ENDS)
                life.ended = now
                state, why = (end, "") if end in ("answered", "declined") else ("stopped", end)
                life.person = replace(life.person, state=state, stopped=why)
            if rng.random() < 0.0005:
                channel = rng.choice(CHANNELS)
                if channel not in life.failed:
                    life.failed[channel] = now
                    life.person = replace(life.person, stops=(*life.person.stops, (channel, "hard_bounce")))
            if rng.random() < 0.001:
                life.asks.append(Asked(now, "email", "", of_survey=False))
        if rng.random() < 0.0008:  # an issue gets another day
            issues = list(self.calendar.issues)
            n = rng.randrange(len(issues))
            issues[n] += rng.randrange(-5, 6) * DAY
            self.calendar = replace(self.calendar, issues=tuple(sorted(issues)))
            self.issues_as_known.append((now, self.calendar.issues))

    def _keep(self, life: Life, lines: tuple[Line, ...]) -> None:
        for line in lines:
            if line.moment and line.channel not in (Channel.ISSUE, Channel.IN_PERSON):
                life.open[line.step] = life.drawn[line.step] = line.moment

    def _crowded(self, step: Step) -> Step:
        # A round keeps its length: it would end before it began.
        if not step.is_ask or step.until is not None:
            return step
        length = (self._last() - self._first()).days
        return replace(step, offset=self.rng.randrange(max(1, length)), from_end=False, weekday=None)

    def _first(self) -> date:
        return date(2024, 3, 1)

    def _last(self) -> date:
        return date(2024, 4, 1)

    def _person(self, n: int) -> Person:
        rng = self.rng
        since = self._begin(self.calendar.opens) + rng.randrange(60) * DAY if rng.random() < 0.2 else None
        return Person(
            n, n, no_email=rng.choice(("", "", "", "no_address", "left")),
            has_post=rng.random() < 0.9, has_phone=rng.random() < 0.8, since=since,
        )  # fmt: skip

    @staticmethod
    def _begin(day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=ZONE).astimezone(UTC)


def broken(world: World) -> list[str]:
    """The oracle: which promises the log breaks. It asks no rule of the house's."""
    return [f"{life.person.contact}: {what}" for life in world.lives for what in _broken(world, life)]


def _broken(world: World, life: Life) -> list[str]:
    out, ours, limits = [], [ask for ask in life.asks if ask.of_survey], world.limits
    steps = [ask.step for ask in ours if ask.channel != "telephone"]
    if len(steps) != len(set(steps)):
        out.append("the same step twice")
    for channel, most in (("email", limits.emails), ("letter", limits.letters), ("telephone", limits.calls)):
        if sum(a.channel == channel and a.is_ask for a in ours) > most:
            out.append(f"more than {most} by {channel}")
    for ask in ours:
        out += _broken_ask(world, life, ask) + _broken_day(world, ask, world.steps[ask.step], ask.at.astimezone(ZONE))
    return out + _too_close(life, limits)


def _broken_ask(world: World, life: Life, ask: Asked) -> list[str]:
    out = []
    if world.steps[ask.step].whom is Whom.ANSWERED:
        if not (life.person.state == "answered" and life.ended and life.ended <= ask.at):
            out.append("thanks for nothing")
    elif life.ended and ask.at > life.ended:
        out.append(f"asked after {life.person.state}")
    if ask.channel in life.failed and life.failed[ask.channel] < ask.at:
        out.append(f"asked by {ask.channel} after it had failed")
    if ask.at < life.drawn[ask.step]:
        out.append("earlier than drawn")
    return out


def _too_close(life: Life, limits: Limits) -> list[str]:
    """What the rest of the house sends without asking us is not ours to keep apart: the later of the two is."""
    out = []
    asks = sorted((a for a in life.asks if a.is_ask), key=lambda a: a.at)
    for before, ask in ((one, two) for n, two in enumerate(asks) for one in asks[:n] if two.of_survey):
        if ask.at - before.at < timedelta(hours=limits.hours_between):
            out.append(f"{ask.at - before.at} between two asks")
        same_day = ask.at.astimezone(ZONE).date() == before.at.astimezone(ZONE).date()
        if same_day and ask.channel != before.channel:
            out.append("two channels on one day")
    return out


def _broken_day(world: World, ask: Asked, step: Step, here: datetime) -> list[str]:
    out, limits = [], world.limits
    if here.month in limits.quiet_months:
        out.append("a quiet month")
    if limits.quiet_sundays and here.isoweekday() == 7:
        out.append("a Sunday")
    if limits.quiet_holidays and str(here.date()) in OF_2024:
        out.append("a holiday")
    if step.is_ask and not world.calendar.opens <= here.date() <= world.calendar.closes:
        out.append("outside the survey")
    if ask.channel == "email" and not 8 * 60 <= here.hour * 60 + here.minute <= 20 * 60:
        out.append(f"a mail at {here:%H:%M}")
    if ask.channel == "telephone":
        if here.isoweekday() > 5 or not 17 <= here.hour < 20:
            out.append(f"a call at {here:%a %H:%M}")
        if here.date() > last_day(step, world.calendar):
            out.append("a call after the round")
    known = max(known for known in world.issues_as_known if known[0] <= ask.at)[1]
    if any(issue.astimezone(ZONE).date() == here.date() for issue in known):
        out.append("on the day of V Aktuellt")
    return out


@pytest.mark.parametrize("first", range(0, 60, 20))
def test_asks_nobody_who_may_not_be_asked_whatever_happens(first: int) -> None:
    asked = 0
    for seed in range(first, first + 20):
        world = World(seed)
        world.run()
        assert broken(world) == [], f"seed {seed}"
        asked += sum(ask.of_survey for life in world.lives for ask in life.asks)
    assert asked > 60, "a world in which nobody is asked shows nothing"


@pytest.mark.soak
@pytest.mark.parametrize("first", range(1000, 3000, 200))
def test_asks_nobody_who_may_not_be_asked_in_two_thousand_worlds(first: int) -> None:
    for seed in range(first, first + 200):
        world = World(seed)
        world.run()
        assert broken(world) == [], f"seed {seed}"


def test_has_an_oracle_that_sees_each_broken_rule() -> None:
    """A log that breaks every rule, read by the oracle: it could not be red otherwise."""
    world = World(3)
    life = world.lives[0]
    life.person = replace(life.person, state="answered")
    life.ended = world._begin(world.calendar.opens)
    life.failed = dict.fromkeys(CHANNELS, life.ended)
    world.limits = Limits(emails=0)
    key = next(step.key for step in world.plan.steps if step.channel is Channel.EMAIL and step.is_ask)
    sunday = datetime(2024, 7, 7, 23, tzinfo=UTC) - DAY * 1
    world.issues_as_known = [(sunday - 200 * DAY, (sunday,))]
    life.drawn = dict.fromkeys(world.steps, sunday + DAY)
    life.asks = [Asked(sunday, "email", key), Asked(sunday + HOUR, "letter", key)]
    found = " ".join(broken(world))
    for word in ("twice", "more than 0", "after answered", "had failed", "earlier", "quiet month", "Sunday",
                 "a mail at", "V Aktuellt", "between two asks", "two channels"):  # fmt: skip
        assert word in found, word
