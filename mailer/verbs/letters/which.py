"""Which survey, step, run and envelope somebody means by what she typed.

Takes   the opened house, the words after the verb: [ENKÄT] STEG or RUN, and more.
Gives   a Meant.
Fails   EditorError with what there is to choose from.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from mailer.content.channel_plan.model import Channel, Step
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.register import store as register
from mailer.surveys import codes, invitations, store
from mailer.surveys.posting.addressees import letter_step
from mailer.surveys.states import Survey
from mailer.surveys.store import Surveyed
from mailer.verbs.surveys.stop import find

ENVELOPE = re.compile(r"(\d{1,9})\s*/\s*(\d{1,9})")  # run/envelope
SPAN = re.compile(r"(\d{1,6})(?:[-–](\d{1,6}))?")  # 12, or 12-18
MOST = 10_000  # envelopes named at once


@dataclass(frozen=True, slots=True)
class Meant:
    """A step (`run` 0) or a run (`step` None) of a survey, and the words after it."""

    survey: Surveyed
    step: Step | None = None
    run: int = 0
    rest: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """As it is typed."""
        return str(self.run) if self.run else self.step.key if self.step else ""


def survey(house: House, words: Sequence[str]) -> Meant:
    """The survey that the first word names, else the only one that lives; the words that are left."""
    keys = {one.key for one in house.db.read(store.all_surveys)}
    first, *rest = words or ("",)
    return Meant(find(house, first), rest=tuple(rest)) if first in keys else Meant(find(house, ""), rest=tuple(words))


def step(house: House, words: Sequence[str]) -> Meant:
    """A survey and a step of it; without a step, the only letter step there is."""
    meant = survey(house, words)
    steps = [one for one in meant.survey.plan.steps if one.channel is Channel.LETTER]
    if not meant.rest and len(steps) == 1:
        return Meant(meant.survey, steps[0])
    first, *rest = meant.rest or ("",)
    return Meant(meant.survey, letter_step(meant.survey, first), rest=tuple(rest))


def step_or_run(house: House, words: Sequence[str]) -> Meant:
    """A survey, and a step or the number of a run."""
    meant = survey(house, words)
    if meant.rest and meant.rest[0].isascii() and meant.rest[0].isdigit():
        return Meant(meant.survey, run=_number(meant.rest[0]), rest=meant.rest[1:])
    return step(house, words)


def envelopes(words: Sequence[str]) -> frozenset[int]:
    """The envelopes of ”12 14 20-25”. EditorError for what is none."""
    found: set[int] = set()
    for word in words:
        span = SPAN.fullmatch(word.strip(","))
        first, last = (int(span[1]), int(span[2] or span[1])) if span else (0, 0)
        if not first or last < first or last - first >= MOST:
            raise EditorError(Problem(word, "är inget kuvertnummer.", "Skriv till exempel 12 14 20-25."))
        found |= set(range(first, last + 1))
    return frozenset(found)


def open_to_ask(house: House, connection: Connection, of: Surveyed) -> None:
    """EditorError unless people may still be asked."""
    now = house.clock.now()
    if store.read(connection, of.number).state != Survey.APPROVED or now >= of.closes_at:
        title = of.questionnaire.title.sv
        raise EditorError(Problem(title, "är stängd: inga fler brev ska gå.", "Kasta dem som är utskrivna."))


def contact(house: House, connection: Connection, of: Surveyed, word: str) -> int:
    """The contact of a code, a member number, an address or #id. EditorError when it is nobody's."""
    if codes.read_code(word) is not None:
        found = invitations.by_code(connection, house.keys, word)
        if found is not None and found.survey == of.number:
            return found.contact
        if not register.find_contacts(connection, word.strip()):
            remedy = "Är den återkallad? Skriv medlemsnumret i stället."
            raise EditorError(Problem(word, "är ingens svarskod i enkäten.", remedy))
    return register.find_contact(connection, word)


def _number(word: str) -> int:
    number = int(word)
    if not 0 < number < 1 << 63:
        raise EditorError(Problem(word, "är inget körningsnummer.", "Se: mailer letters runs"))
    return number
