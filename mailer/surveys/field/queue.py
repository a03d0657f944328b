"""Who is to be called, and who first: those the telephone round is for, without those whom a rule keeps in peace.

Takes   a connection inside a transaction; a survey as it was approved; the time now.
Gives   Candidates in the order they are called; for each why not, when a rule says so.
Fails   never.

The queue is read anew each time: who answers, declines or resigns is out of it by that alone (Zetkin's ”target minus
goal”). A call back at an hour she has chosen herself comes first, and no other rule of time is asked about it.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import Connection, Select, select

from mailer.content.channel_plan.model import Channel, ChannelPlan, Step
from mailer.register.tables import contacts
from mailer.surveys.field.holds import SILENCE
from mailer.surveys.field.tables import call_sheet_lines, call_sheets, contact_attempts, holds, passes, put_backs
from mailer.surveys.plan.rules import Calendar, last_day, not_now
from mailer.surveys.states import Ask, Sheet, invitation_step
from mailer.surveys.store import Surveyed
from mailer.surveys.tables import asks, channel_stops, invitations

FAR = 60  # days forward that a call back is looked for
OTHER_HOUR = timedelta(hours=1)  # on the same weekday as before: at least so far from that time of day
NO_MORE = ("herself", "wrong_number", "declined", "gone", "answered")  # outcomes after which nobody calls again


@dataclass(frozen=True, slots=True)
class Candidate:
    """One person of the round, and the calls she has had, oldest first."""

    invitation: int
    contact: int
    step: str
    planned_for: datetime
    calls: tuple[datetime, ...] = ()
    outcomes: tuple[str, ...] = ()
    again_at: datetime | None = None  # of the last call: she wants to be called then

    @property
    def is_call_back(self) -> bool:
        return self.again_at is not None


def why_closed(plan: ChannelPlan, calendar: Calendar, now: datetime) -> str | None:
    """Why nobody is called at this hour: a key of REASONS, ”no_round” of a plan without one, or None."""
    whys = [not_now(step, now, (), calendar) for step in plan.steps if step.channel == Channel.TELEPHONE]
    return None if None in whys else whys[-1] if whys else "no_round"


def why_not(one: Candidate, calendar: Calendar, now: datetime) -> str | None:
    """Why this person is left in peace: often, done, later, lately, same_time; or None."""
    if len(one.calls) >= calendar.limits.calls:
        return "often"
    if set(one.outcomes) & set(NO_MORE):
        return "done"
    if one.again_at is not None:
        return "later" if one.again_at > now else None
    if one.calls and now - one.calls[-1] < timedelta(hours=calendar.limits.hours_between):
        return "lately"
    return "same_time" if any(_is_like(before, now, calendar) for before in one.calls) else None


def evenings(plan: ChannelPlan, calendar: Calendar, now: datetime, most: int) -> list[datetime]:
    """The first moment of each evening that is left to call on, at most so many; one with less than half an hour left
    is over. The first may have begun."""
    first, found = calendar.day_of(now), []
    for days in range(FAR):
        moment = calendar.at(first + timedelta(days), calendar.limits.call_earliest)
        late = now + timedelta(minutes=30) if days == 0 else moment
        if why_closed(plan, calendar, max(moment, late)) is None:
            found.append(moment)
        if len(found) == most:
            break
    return found


def candidates(
    connection: Connection, survey: Surveyed, calendar: Calendar, now: datetime, pass_number: int | None = None,
    at: datetime | None = None,
) -> list[Candidate]:  # fmt: skip
    """Everybody of the telephone round who has a number and is before no other caller, on a page or on a sheet; first
    the one to call first. `pass_number`: without those whom this caller has put back. `at`: when they are called, if
    that is not now."""
    at = at or now
    steps = _rounds(survey.plan, calendar, calendar.day_of(at))
    a, i, c = asks.c, invitations.c, contacts.c
    query = (
        select(i.id, i.contact_id, a.step, a.planned_for)
        .join(asks, a.invitation_id == i.id)
        .join(contacts, c.id == i.contact_id)
        .where(i.survey_id == survey.number, i.removed.is_(None), i.state.in_(_open()), c.resigned_at.is_(None))
        .where(c.phone.is_not(None), c.phone != "", a.step.in_([step.key for step in steps]))
        .where(a.state.in_((Ask.PLANNED, Ask.ASKED)), a.planned_for <= at)
        .where(i.id.not_in(select(channel_stops.c.invitation_id).where(channel_stops.c.channel == Channel.TELEPHONE)))
        .where(i.id.not_in(_held(now, pass_number)), i.id.not_in(on_sheets(now)))
    )
    if pass_number is not None:
        query = query.where(i.id.not_in(select(put_backs.c.invitation_id).where(put_backs.c.pass_id == pass_number)))
    calls = _calls(connection, survey.number)
    rows = {row.id: row for row in connection.execute(query.order_by(a.planned_for, a.id))}  # two rounds, one person
    found = [_with(Candidate(*tuple(row)), calls.get(number, [])) for number, row in rows.items()]
    return sorted(found, key=lambda one: (not one.is_call_back, len(one.calls), one.planned_for, one.invitation))


def left(
    connection: Connection, survey: Surveyed, calendar: Calendar, now: datetime, pass_number: int
) -> tuple[int, int]:
    """(how many may be called now, how many wait for another hour or day), as far as their calls say."""
    whys = [why_not(one, calendar, now) for one in candidates(connection, survey, calendar, now, pass_number)]
    return whys.count(None), sum(why in ("later", "lately", "same_time") for why in whys)


def on_sheets(now: datetime) -> Select[tuple[int]]:
    """Whom a sheet that is out holds: until it is back or its hour is over, or what came of the call is typed."""
    n, s = call_sheet_lines.c, call_sheets.c
    living = select(n.invitation_id).join(call_sheets, s.id == n.sheet_id)
    return living.where(s.state == Sheet.OUT, s.expires_at > now, n.attempt_id.is_(None))


def _open() -> list[str]:
    """The states in which somebody may still be asked: those that can say no, but have not."""
    return invitation_step("decline")[0]


def _rounds(plan: ChannelPlan, calendar: Calendar, today: date) -> list[Step]:
    """The telephone steps that are not over."""
    return [s for s in plan.steps if s.channel == Channel.TELEPHONE and today <= last_day(s, calendar)]


def _held(now: datetime, pass_number: int | None) -> Select[tuple[int]]:
    h, p = holds.c, passes.c
    living = select(h.invitation_id).join(passes, p.id == h.pass_id)
    living = living.where(h.since > now - SILENCE, p.ended_at.is_(None), p.expires_at > now)
    return living if pass_number is None else living.where(h.pass_id != pass_number)


def _calls(connection: Connection, survey: int) -> dict[int, list[tuple[datetime, str, datetime | None]]]:
    a, i = contact_attempts.c, invitations.c
    query = (
        select(a.invitation_id, a.at, a.outcome, a.again_at)
        .join(invitations, i.id == a.invitation_id)
        .where(i.survey_id == survey, a.channel == Channel.TELEPHONE)
        .order_by(a.at, a.id)
    )
    found: dict[int, list[tuple[datetime, str, datetime | None]]] = {}
    for number, at, outcome, again_at in connection.execute(query):
        found.setdefault(number, []).append((at, outcome, again_at))
    return found


def _with(one: Candidate, calls: list[tuple[datetime, str, datetime | None]]) -> Candidate:
    if not calls:
        return one
    made, outcomes, again = zip(*calls, strict=True)
    return Candidate(one.invitation, one.contact, one.step, one.planned_for, made, outcomes, again[-1])


def _is_like(before: datetime, now: datetime, calendar: Calendar) -> bool:
    """Whether the moments lie at about the same hour of the same weekday: who was away then is away again."""
    was, here = before.astimezone(calendar.zone), now.astimezone(calendar.zone)
    return was.weekday() == here.weekday() and abs(_of_day(was.time()) - _of_day(here.time())) < OTHER_HOUR


def _of_day(clock: time) -> timedelta:
    return timedelta(hours=clock.hour, minutes=clock.minute)
