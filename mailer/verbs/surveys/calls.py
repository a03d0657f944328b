"""What a caller's page does: the next person, the outcome, the form she fills in for her.

Takes   the opened house, a living Pass and its survey.
Gives   what happened, as a word of `surveys.calling`.
Fails   EditorError, LaterError: the page says so, and nothing is changed.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from mailer.content.channel_plan.model import Channel
from mailer.content.questionnaires.model import NO_WORDS, Answers, Part, Words
from mailer.house import House
from mailer.surveys import store
from mailer.surveys.answers import answering
from mailer.surveys.field import attempts, calling, passes, queue, sheets
from mailer.surveys.field.calling import Before, Outcome
from mailer.surveys.field.passes import Pass, Sort
from mailer.surveys.field.queue import Candidate
from mailer.surveys.plan import rules
from mailer.surveys.plan.house_asks import asks_of
from mailer.surveys.plan.rules import Calendar
from mailer.surveys.store import Surveyed
from mailer.verbs.surveys.days import calendar_of

THROUGH = "telephone"


def find(house: House, sort: Sort, token: str) -> tuple[Pass, Surveyed] | None:
    """The pass behind a link, while it lives, and its survey."""

    def look(connection: Connection) -> tuple[Pass, Surveyed] | None:
        found = passes.find(connection, sort, token, house.clock.now())
        return (found, store.read(connection, found.survey)) if found is not None else None

    return house.db.read(look)


def before(house: House, by: Pass) -> Before | None:
    """Whom the caller has before her."""
    return house.db.read(lambda c: calling.before(c, by))


def left(house: House, by: Pass, survey: Surveyed) -> tuple[int, int]:
    """(to call now, that wait for another day)."""
    return house.db.read(lambda c: queue.left(c, survey, _calendar(house, c, survey), house.clock.now(), by.number))


def script(house: House, survey: Surveyed, invitation: int) -> Words:
    """What the approved plan has a caller say in this call, in Markdown; empty when it says nothing."""
    step = house.db.read(lambda c: attempts.step_of(c, survey, invitation))
    return next((one.text for one in survey.plan.steps if one.key == step), NO_WORDS)


def usual(house: House, survey: Surveyed) -> Words:
    """What a caller says when the plan gives her no words."""
    name, minutes = house.settings.association.name, survey.questionnaire.minutes
    return Words(
        f"Jag ringer från {name} om vår enkät. Har du {minutes} minuter nu?",
        f"I am calling from {name} about our member survey. Do you have {minutes} minutes now?",
    )


def why_closed(house: House, survey: Surveyed) -> str | None:
    """Why nobody is called now."""
    now = house.clock.now()
    if not survey.is_open(now):
        return "closed"
    return queue.why_closed(survey.plan, house.db.read(lambda c: _calendar(house, c, survey)), now)


def next_person(house: House, by: Pass, survey: Surveyed) -> str:
    """Give the caller somebody to call."""
    now = house.clock.now()

    def work(connection: Connection) -> str:
        calendar = _calendar(house, connection, survey)
        free = partial(may, house, survey, calendar, now)
        return calling.take(connection, house.db, by, survey, calendar, now, free)

    return house.db.write(work)


def put_back(house: House, by: Pass, invitation: int) -> str:
    """She cannot call this one."""
    return house.db.write(lambda c: calling.put_back(c, house.db, by, invitation))


def begin(house: House, by: Pass, survey: Surveyed, invitation: int) -> str:
    """The member answers now."""
    return house.db.write(lambda c: calling.begin(c, house.db, by, survey, invitation, house.clock.now()))


def take_back(house: House, by: Pass, invitation: int) -> str:
    """It was somebody else who answered."""
    return house.db.write(lambda c: calling.take_back(c, house.db, by, invitation, house.clock.now()))


def lay_line(house: House, by: Pass, survey: Surveyed, sheet: int, line: int) -> str:
    """Lay the person of a printed sheet's line before her who types: `sheets.lay`'s word."""
    return house.db.write(lambda c: sheets.lay(c, house.db, by, survey, sheet, line, house.clock.now()))


def lines_left(house: House, survey: Surveyed, sheet: int) -> tuple[int, ...] | None:
    """The lines of a printed sheet that nobody has typed, by number alone; None: there is no such sheet."""

    def look(connection: Connection) -> tuple[int, ...] | None:
        found = sheets.find(connection, survey.number, sheet)
        return sheets.left(sheets.lines(connection, found)) if found is not None else None

    return house.db.read(look)


def has_sheets(house: House, survey: Surveyed) -> bool:
    """Whether any sheet has been printed."""
    return bool(house.db.read(lambda c: sheets.listed(c, survey.number)))


def settle(
    house: House, by: Pass, survey: Surveyed, invitation: int, outcome: Outcome, again_at: datetime | None
) -> str:
    """What came of the call."""
    now = house.clock.now()
    return house.db.write(lambda c: calling.settle(c, house.db, by, survey, invitation, outcome, again_at, now))


def days_for_call_back(house: House, survey: Surveyed, most: int = 6) -> list[datetime]:
    """The evenings on which a call back may be made, each at its first hour, in the association's time zone."""
    calendar, now = house.db.read(lambda c: _calendar(house, c, survey)), house.clock.now()
    return [moment.astimezone(house.zone) for moment in queue.evenings(survey.plan, calendar, now, most)]


def saved(house: House, invitation: int, part: Part = Part.SIGNED) -> dict[str, tuple[str, ...]]:
    """What is answered so far under the member's name."""
    return house.db.read(lambda c: answering.drafts(c, invitation, part))


def save(house: House, by: Pass, invitation: int, part: Part, answers: Answers, through: str) -> None:
    """Keep what was answered so far."""
    now = house.clock.now()

    def work(connection: Connection) -> None:
        answering.save(connection, house.db, invitation, part, answers, through, by.name, now)
        calling.stirred(connection, by, now)

    house.db.write(work)


def submit(house: House, by: Pass, survey: Surveyed, invitation: int, signed: Answers, ballot: Answers) -> str:
    """Submit it all, with the outcome of the call, in one transaction: `answering.submit`'s word, or ”not_yours”."""

    def then(connection: Connection, word: str) -> None:
        if word in ("answered", "again"):
            calling.answered(connection, by, keeps=bool(survey.questionnaire.of_part(Part.AFTER)))

    return submitted(house, by, survey, invitation, signed, ballot, THROUGH, then)


def submitted(
    house: House, by: Pass, survey: Surveyed, invitation: int, signed: Answers, ballot: Answers | None, through: str,
    then: Callable[[Connection, str], None],
) -> str:  # fmt: skip
    """The submit, for whoever holds the invitation; and in the same transaction what follows from it."""
    now, today = house.clock.now(), house.here().date()

    def work(connection: Connection) -> str:
        house.db.last_look(connection, wish=True)
        if not calling.is_hers(connection, by, invitation):
            return "not_yours"
        word = answering.submit(
            connection, house.db, survey, invitation, signed, ballot, through, by.name, today, now
        )  # fmt: skip
        then(connection, word)
        return word

    return house.db.write(work)


def is_after(house: House, by: Pass) -> bool:
    """Whether the form is submitted, and only ”contact me” is left to ask."""
    return house.db.read(lambda c: calling.is_submitted(c, by))


def done(house: House, by: Pass) -> None:
    """She has said yes or no to ”contact me”: the caller is free."""
    house.db.write(lambda c: calling.release(c, by))


def may(
    house: House, survey: Surveyed, calendar: Calendar, now: datetime, connection: Connection, one: Candidate
) -> str | None:
    """Why the rest of the house wants her left in peace now. Calls of this very round are spaced by the round's own
    rules: nobody was reached by them."""
    step = next(s for s in survey.plan.steps if s.key == one.step)
    since = now - timedelta(hours=calendar.limits.hours_between)
    had = asks_of(connection, [one.contact], since, now, survey.number).get(one.contact, ())
    others = [ask for ask in had if not (ask.of_survey and ask.channel == Channel.TELEPHONE)]
    return rules.not_now(step, now, others, calendar)


def _calendar(house: House, connection: Connection, survey: Surveyed) -> Calendar:
    return calendar_of(house, connection, survey.questionnaire, survey.plan)
