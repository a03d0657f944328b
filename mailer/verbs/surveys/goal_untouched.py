"""Those whom nobody has contacted, by name: the list that must become empty.

Takes   the opened house, which survey, who looks.
Gives   the list; lines to print. That she looked is recorded for every person on it, before it is shown.
Fails   EditorError when who looks is neither approver nor administrator.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from mailer import words
from mailer.house import House
from mailer.register.store import record_access
from mailer.settings import Person
from mailer.surveys.goal.model import Untouched
from mailer.surveys.goal.untouched import REASONS, TOO_LATE, untouched
from mailer.surveys.store import Surveyed
from mailer.verbs.people import person
from mailer.verbs.surveys.goal_link import NAMES
from mailer.verbs.surveys.kept import kept


def by_name(house: House, key: str, as_name: str) -> tuple[Untouched, ...]:
    """The list, for a person of that name."""
    who = person(house.settings, as_name, *NAMES)
    return seen_by(house, kept(house, key), who)


def seen_by(house: House, survey: Surveyed, who: Person) -> tuple[Untouched, ...]:
    """The list, for somebody who may see it. In one transaction: what is shown is what is recorded."""
    now, today = house.clock.now(), house.here().date()

    def look(connection: Connection) -> tuple[Untouched, ...]:
        found = untouched(connection, survey, house.zone, today)
        for one in found:
            record_access(connection, who.name, f"survey untouched {survey.key}", one.contact, now)
        return found

    return house.db.write(look)


def told(one: Untouched) -> str:
    """What of the plan will contact her, or why nobody can."""
    if one.reason:
        return REASONS.get(one.reason, one.reason)
    if one.day is None:
        return one.step or "inget steg i planen är kvar"
    return f"{one.step}, {words.day(one.day)}"


def lines(found: Sequence[Untouched]) -> list[str]:
    """One a person; those whom nobody can contact last."""
    if not found:
        return ["Alla medlemmar är kontaktade."]
    can = [one for one in found if not one.reason]
    late = [one for one in found if one.reason == TOO_LATE]
    cannot = [one for one in found if one.reason not in ("", TOO_LATE)]
    out = [f"{words.count(len(can), 'medlem', 'medlemmar')} har ingen kontaktat än:"] if can else []
    out += [f"  {_who(one)}: {told(one)}" for one in can]
    if late:
        out += [f"{words.count(len(late), 'medlem', 'medlemmar')} hann ingen kontakta innan enkäten stängde:"]
        out += [f"  {_who(one)}" for one in late]
    if cannot:
        out += [f"{words.count(len(cannot), 'medlem', 'medlemmar')} går inte att kontakta:"]
        out += [f"  {_who(one)}: {told(one)}" for one in cannot]
    return [*out, "Att du har läst namnen är antecknat."]


def _who(one: Untouched) -> str:
    return f"{one.name} ({one.number})" if one.number else one.name
