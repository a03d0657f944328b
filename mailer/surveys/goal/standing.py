"""How a survey stands: three bars, whole and in parts, and as it stood on each day.

Takes   a connection inside a transaction; a Surveyed; the association's time zone and day; the home's groups.
Gives   a Standing.
Fails   never.

The balance closes: contacted, untouched and unreachable are all of the members together, each once.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from mailer.content.channel_plan.model import Channel
from mailer.register.segment import Segment
from mailer.surveys import kept
from mailer.surveys.goal.likeness import alike
from mailer.surveys.goal.model import Bar, OnDay, Part, Standing
from mailer.surveys.goal.segments import parts_of
from mailer.surveys.goal.traces import Trace, traces
from mailer.surveys.goal.untouched import reasons
from mailer.surveys.store import Surveyed

CHANNELS = {
    Channel.EMAIL: "Mejl",
    Channel.LETTER: "Brev",
    Channel.TELEPHONE: "Telefon",
    Channel.IN_PERSON: "På plats",
}


def standing(
    connection: Connection, survey: Surveyed, zone: ZoneInfo, today: date, groups: Sequence[Segment] = ()
) -> Standing:
    """How the survey stands when `today` is over. `groups`: the home's own, of lists/grupper.toml."""
    if stood := kept.standing(connection, survey.number):
        return stood  # its people are erased
    members = traces(connection, survey, zone, today)
    nobody = Counter(reasons(connection, survey, zone, today, members).values())
    return Standing(
        day=today,
        whole=bar(members),
        goal=survey.questionnaire.goal,
        channels=tuple(_through(channel, members) for channel in CHANNELS),
        segments=tuple(
            Part(key, name, bar(theirs)) for key, name, theirs in parts_of(connection, members, groups, today)
        ),
        days=_days(members, survey.questionnaire.opens, min(today, survey.questionnaire.closes)),
        untouched=nobody.pop("", 0),
        unreachable=tuple(sorted(nobody.items(), key=lambda one: (-one[1], one[0]))),
        alike=alike(connection, survey, members, today),
    )


def bar(members: Sequence[Trace]) -> Bar:
    """How many of these are contacted, reached and have answered."""
    return Bar(
        len(members),
        sum(one.contacted_on is not None for one in members),
        sum(one.reached_on is not None for one in members),
        sum(one.is_answered for one in members),
    )


def _through(channel: Channel, members: Sequence[Trace]) -> Part:
    """What one channel has brought. Who came by herself came in person."""
    answered = [one for one in members if one.is_answered and one.channel == channel]
    reached = {one.invitation for one in answered}
    reached |= {one.invitation for one in members if one.declined_on and one.channel == channel}
    if channel is Channel.TELEPHONE:
        reached |= {one.invitation for one in members if one.spoken_on}
    contacted = reached | {one.invitation for one in members if any(had.channel == channel for had in one.contacts)}
    return Part(channel, CHANNELS[channel], Bar(len(members), len(contacted), len(reached), len(answered)))


def _days(members: Sequence[Trace], opens: date, last: date) -> tuple[OnDay, ...]:
    """Each day from the opening on, as it stood when it was over. What came before the opening stood on it already."""
    length = (last - opens).days + 1
    contacted = _added(members, lambda one: one.contacted_on, opens, length)
    reached = _added(members, lambda one: one.reached_on, opens, length)
    answered = _added(members, lambda one: one.answered_on, opens, length)
    return tuple(OnDay(opens + timedelta(n), contacted[n], reached[n], answered[n]) for n in range(length))


def _added(members: Iterable[Trace], day_of: Callable[[Trace], date | None], opens: date, length: int) -> list[int]:
    new = [0] * max(length, 0)
    for one in members:
        day = day_of(one)
        if day is not None and (day - opens).days < length:
            new[max(0, (day - opens).days)] += 1
    for n in range(1, len(new)):
        new[n] += new[n - 1]
    return new
