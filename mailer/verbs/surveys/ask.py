"""What the clock does for every approved survey at each tick: draw up, invite, ask who is due, tell people their part.

Takes   the opened house.
Gives   the names of the mailings that were made.
Fails   AdminError when the home may not send, or what is kept is not what was approved.

Killed anywhere and run again: each step and day is one transaction (surveys/plan/asking.py).
"""

from functools import partial

from sqlalchemy import Connection

from mailer import lineage, maillog
from mailer.content.channel_plan.model import Channel, Step
from mailer.house import House
from mailer.surveys import freezing, keeping, store
from mailer.surveys.people import invited
from mailer.surveys.plan import asking
from mailer.surveys.plan.asking import Due, Verdict
from mailer.surveys.posting import returning
from mailer.surveys.states import Survey
from mailer.surveys.store import Surveyed
from mailer.verbs import backup
from mailer.verbs.surveys import tell
from mailer.verbs.surveys.days import calendar_of


def ask(house: House) -> list[str]:
    """Carry out all plans as far as the present moment. Without an approved survey it only looks."""
    return [name for survey in live(house) for name in carry_out(house, survey)]


def live(house: House) -> list[Surveyed]:
    """The surveys whose plans are carried out."""
    return [s for s in house.db.read(store.all_surveys) if s.state in store.LIVE]


def carry_out(house: House, survey: Surveyed) -> list[str]:
    """One plan, by itself: what only a person can mend in it keeps no other survey waiting."""
    if survey.state == Survey.APPROVED:
        _keep(house, survey)
    made = _ask_due(house, survey)
    tell.people(house, survey)
    return made


def _keep(house: House, survey: Surveyed) -> None:
    """The invitations of the freeze date, those of later members, and who is not asked any more."""
    now, today = house.clock.now(), house.here().date()
    has_closed = now >= survey.closes_at

    def look(connection: Connection) -> bool:
        if not store.is_frozen(connection, survey.number):
            return freezing.is_time(survey, today)
        found = keeping.look(connection, survey)
        happened = found.resigned or found.back or found.failed or found.mended
        has_moved = returning.moved_since(connection, survey)
        return bool(happened or has_moved or (found.has_new and not has_closed))

    def work(connection: Connection) -> None:
        house.db.last_look(connection, wish=True)  # two clocks, or a clock and an approval, invite nobody twice
        new: list[int] = []
        if not store.is_frozen(connection, survey.number):
            new += freezing.freeze(connection, house.keys, survey, house.zone, now)
        new += keeping.keep(connection, house.db, survey, now).back
        returning.mend(connection, survey)
        if not has_closed:
            new += freezing.invite_later(connection, house.keys, survey, now)
        draw_up(house, connection, survey, new)

    if house.db.read(look):
        house.db.write(work)


def draw_up(house: House, connection: Connection, survey: Surveyed, numbers: list[int]) -> int:
    """Draw the plan for new invitations and keep it."""
    if not numbers:
        return 0
    now = house.clock.now()
    calendar = calendar_of(house, connection, survey.questionnaire, survey.plan, now)
    return asking.draw_up(connection, survey, calendar, numbers, now)


def _ask_due(house: House, survey: Surveyed) -> list[str]:
    """One transaction for each step that has somebody due."""
    found = house.db.read(lambda c: asking.due(c, survey, house.clock.now()))
    steps = [step for step in survey.plan.steps if any(one.step == step.key and not one.is_open for one in found)]
    waiting = [step for step in survey.plan.steps if any(one.step == step.key and one.is_open for one in found)]
    made = []
    # What waits for a person is looked at each time, but nothing is written and nobody held up while it only waits.
    over = [step for step in waiting if step in steps or _is_over(house, survey, step, found)]
    for step in dict.fromkeys((*steps, *over)):
        if step.channel is Channel.EMAIL:
            house.may_send()
            backup.before_mailing(house, unless_within=backup.LATELY)
        if name := house.db.write(partial(_step, house=house, survey=survey, step=step)):
            made.append(name)
            lineage.settle(house.db, house.var)
    return made


def _is_over(house: House, survey: Surveyed, step: Step, found: list[Due]) -> bool:
    """Whether some of what is open for a person is so no more."""
    due = [one for one in found if one.step == step.key]
    return bool(house.db.read(lambda c: judged(house, c, survey, step, due))[1])


def _step(connection: Connection, house: House, survey: Surveyed, step: Step) -> str:
    """The step for all who are due: the name of its mailing, or ”” when nobody is asked by mail now."""
    house.db.last_look(connection, wish=True)  # who answers at this moment is answered before or after, never between
    now = house.clock.now()
    if not store.is_live(connection, survey.number):
        return ""  # withdrawn a moment ago
    due = [one for one in asking.due(connection, survey, now) if one.step == step.key]
    asked, settled = judged(house, connection, survey, step, due)
    asking.settle(connection, settled)
    if not asked:
        return ""
    lineage.advance(connection)
    first_wave = bool(house.settings.mailbox.kind and house.settings.outbox.wave_wait_min)
    number, planned = asking.mail(connection, survey, step, asked, house.here(), first_wave)
    counted = planned.head_count
    maillog.mailing_planned(number, counted.selected, counted.selected - counted.recipients)
    return asking.name_of(connection, number)


def judged(
    house: House, connection: Connection, survey: Surveyed, step: Step, due: list[Due]
) -> tuple[list[Due], list[tuple[Due, Verdict]]]:
    """Who is asked now, and what becomes of the others."""
    now = house.clock.now()
    calendar = calendar_of(house, connection, survey.questionnaire, survey.plan)
    people = {p.invitation: p for p in invited(connection, survey, now, [one.invitation for one in due])}
    gone = Verdict("stop", "removed")
    said = [
        (one, asking.verdict(step, people[one.invitation], one, calendar, now) if one.invitation in people else gone)
        for one in due
    ]
    return [one for one, v in said if v.event == "ask"], [(one, v) for one, v in said if v.event not in ("", "ask")]
