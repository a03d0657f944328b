"""What must not go in the post after all: taken out of the stack before it is carried to the letter box.

Takes   a connection inside a transaction; a survey, its Calendar, sheets that are printed and not posted; moments.
Gives   Pulls and Waits, each with the key of a reason; the same test that posting makes once more in its transaction.
Fails   EditorError for a run that the survey does not have.

A household's envelope goes without the sheet that is taken out; it waits as a whole if one of its sheets has to.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection, select

from mailer.content.channel_plan.model import Channel
from mailer.surveys import store
from mailer.surveys.people import invited
from mailer.surveys.plan.reasons import MOMENTS, REASONS
from mailer.surveys.plan.rules import Asked, Calendar, Person, next_allowed, not_now, why_never
from mailer.surveys.posting import addressees, letter_rows
from mailer.surveys.posting.addressees import letter_step
from mailer.surveys.posting.households import Addressee, hash_of
from mailer.surveys.posting.letter_rows import Sheet
from mailer.surveys.posting.tables import letters
from mailer.surveys.states import Invitation, Letter, Survey
from mailer.surveys.store import Surveyed
from mailer.surveys.tables import invitations

# A letter box has no weekend: what lies in it on a Sunday is fetched on Monday.
NO_MATTER = ("weekend", "quiet_sunday", "quiet_holiday")
REVOKED, MOVED, WITHDRAWN = "revoked", "new_address", "withdrawn"
WORDS = REASONS | {
    REVOKED: "har fått en ny svarskod: den på bladet öppnar inget",
    MOVED: "har fått en ny adress i registret",
}


@dataclass(frozen=True, slots=True)
class Pull:
    """A sheet that is to be taken out. `stays`: whose sheets go on in the same envelope; (): the whole of it is out."""

    sheet: Sheet
    name: str  # ””: forgotten
    first_name: str
    reason: str  # a key of WORDS
    stays: tuple[str, ...] = ()  # first names
    beside: tuple[int, ...] = ()  # their contacts: who reads the list has seen them too

    @property
    def is_whole(self) -> bool:
        return not self.stays


@dataclass(frozen=True, slots=True)
class Waiting:
    """A sheet that may go, but not yet. `first`: when it may, None: never before the closing."""

    sheet: Sheet
    name: str
    reason: str  # a key of MOMENTS
    first: datetime | None


@dataclass(frozen=True, slots=True)
class Judged:
    """Printed sheets, sorted by what becomes of them when they are posted at one moment."""

    going: tuple[Sheet, ...]
    pulls: tuple[Pull, ...]
    waiting: tuple[Waiting, ...]


def to_pull(connection: Connection, survey: Surveyed, calendar: Calendar, now: datetime, run: int = 0) -> Judged:
    """Of everything that is printed and not posted (or of one run): what would become of it if it were posted now."""
    if run:
        letter_rows.run(connection, survey, run)
    some = letter_rows.sheets(connection, survey, Letter.PRINTED, *((letters.c.run_id == run,) if run else ()))
    return judge(connection, survey, calendar, some, now, now)


def pull(connection: Connection, survey: Surveyed, calendar: Calendar, now: datetime, run: int = 0) -> Judged:
    """The same, and a person has taken them out."""
    letter_rows.lock(connection, survey)
    found = to_pull(connection, survey, calendar, now, run)
    letter_rows.step(connection, [one.sheet for one in found.pulls], "pull", now)
    return found


def judge(
    connection: Connection, survey: Surveyed, calendar: Calendar, some: Sequence[Sheet], moment: datetime, now: datetime
) -> Judged:
    """What becomes of these sheets when they are posted at that moment."""
    numbers = sorted({sheet.invitation for sheet in some})
    later = _ended_after(connection, numbers, calendar.day_of(moment))
    people = {
        person.invitation: replace(person, state=Invitation.INVITED) if person.invitation in later else person
        for person in invited(connection, survey, now, numbers)
    }
    register = addressees.of_invitations(connection, numbers)
    is_over = store.read(connection, survey.number).state == Survey.WITHDRAWN  # nobody is asked any more
    why = {
        _key(sheet): WITHDRAWN if is_over else _why(survey, sheet, people, register, calendar, moment) for sheet in some
    }
    going = [sheet for sheet in some if why[_key(sheet)] in (None, *MOMENTS)]
    pulls = tuple(
        _pull(sheet, reason, register, going)
        for sheet in some
        if (reason := why[_key(sheet)]) is not None and reason not in MOMENTS
    )
    waiting = tuple(
        Waiting(sheet, register[sheet.invitation].name, reason, _first(survey, sheet, people, calendar, moment))
        for sheet in going
        if (reason := why[_key(sheet)]) is not None
    )
    late = {(one.sheet.run, one.sheet.envelope) for one in waiting}
    free = tuple(sheet for sheet in going if (sheet.run, sheet.envelope) not in late)
    return Judged(free, pulls, waiting)


def _ended_after(connection: Connection, numbers: Sequence[int], day: date) -> set[int]:
    """Who has answered or said no on a later day: a letter that was posted on this one had gone before."""
    i, found = invitations.c, set[int]()
    ended = select(i.id).where((i.answered_on > day) | (i.declined_on > day))
    for first in range(0, len(numbers), addressees.BUNCH):
        some = numbers[first : first + addressees.BUNCH]
        found.update(connection.execute(ended.where(i.id.in_(some))).scalars())
    return found


def all_going(found: Judged, some: Iterable[Sheet]) -> Judged:
    """The same when a person says of each envelope that it is posted: then nothing of it waits."""
    out = {_key(one.sheet) for one in found.pulls}
    return replace(found, going=tuple(sheet for sheet in some if _key(sheet) not in out))


def _why(
    survey: Surveyed, sheet: Sheet, people: dict[int, Person], register: dict[int, Addressee], calendar: Calendar,
    moment: datetime,
) -> str | None:  # fmt: skip
    person, step = people.get(sheet.invitation), letter_step(survey, sheet.step)
    if sheet.contact is None:
        return "forgotten"
    if person is None:
        return "removed"
    had = _since(person, sheet)
    if never := why_never(person, step, had, survey.plan.limits):
        return never
    if sheet.version != sheet.version_now:
        return REVOKED
    if hash_of(register[sheet.invitation]) != sheet.address_hash:
        return MOVED
    reason = not_now(step, moment, had, calendar)
    return None if reason in NO_MATTER else reason


def _first(
    survey: Surveyed, sheet: Sheet, people: dict[int, Person], calendar: Calendar, moment: datetime
) -> datetime | None:
    person = people[sheet.invitation]
    return next_allowed(person, letter_step(survey, sheet.step), moment, _since(person, sheet), calendar)[0]


def _since(person: Person, sheet: Sheet) -> tuple[Asked, ...]:
    """What she has been asked, without the letters she had before this one was printed: they were counted then, and one
    that is printed once more is for those whose first one is astray."""
    return tuple(
        ask for ask in person.asks
        if not (ask.of_survey and ask.channel == Channel.LETTER and ask.at <= sheet.made_at)
    )  # fmt: skip


def _pull(sheet: Sheet, reason: str, register: dict[int, Addressee], going: Sequence[Sheet]) -> Pull:
    beside = [other for other in going if (other.run, other.envelope) == (sheet.run, sheet.envelope)]
    stays = tuple(register[other.invitation].first_name for other in beside)
    hers = register.get(sheet.invitation)
    seen = tuple(other.contact for other in beside if other.contact is not None)
    return Pull(sheet, hers.name if hers else "", hers.first_name if hers else "", reason, stays, seen)


def _key(sheet: Sheet) -> tuple[int, int]:
    return sheet.run, sheet.invitation
