"""Those whom nobody has contacted, by name: what of the plan will, or why nobody can.

Takes   a connection inside a transaction; a Surveyed; the association's time zone and day.
Gives   Untouched, in the order of their names; for all of them without names, why not.
Fails   never.

While the survey is open, whoever has a way that leads to her can be contacted: she has no reason, and is to have a step
and a day. One without a step is somebody the plan has forgotten, and a person has to do something about it.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from mailer.content.channel_plan.model import Channel
from mailer.register.tables import contacts
from mailer.surveys.goal import ways
from mailer.surveys.goal.model import Untouched
from mailer.surveys.goal.traces import Trace, traces
from mailer.surveys.plan.rules import Person
from mailer.surveys.states import Invitation
from mailer.surveys.store import Surveyed

TOO_LATE = "too_late"  # somebody could have, and nobody did

# Why nobody can contact her: a closed list. Each reads after a name: ”Anna har lämnat föreningen”.
REASONS = {
    "no_way": "har varken e-post, postadress eller telefon som går att använda",
    "hard_bounce": "har bara e-post, och mejlet kom tillbaka",
    "returned_letter": "har bara postadress, och brevet kom tillbaka",
    "wrong_number": "har bara telefon, och numret är fel",
    "all_failed": "har uppgifter, men ingen av dem leder fram",
    "no_pick_up": "har bara telefon, och har inte svarat på så många samtal som planen tillåter",
    "round_over": "har bara telefon, har inte svarat när vi har ringt, och ringrundan är slut",
    TOO_LATE: "hade gått att kontakta, men ingen hann det innan enkäten stängde",
    "resigned": "har lämnat föreningen",
    "died": "har avlidit",
    "objected": "har bett att inte bli kontaktad",
    "forgotten": "är raderad",
    "reported_gone": "har lämnat eller avlidit, enligt den som svarade i telefon",
    "stopped": "ska inte kontaktas",
}
WAYS = (Channel.EMAIL, Channel.LETTER, Channel.TELEPHONE)


def untouched(connection: Connection, survey: Surveyed, zone: ZoneInfo, today: date) -> tuple[Untouched, ...]:
    """Everybody nobody has contacted, of the members of the freeze date. Nobody is behind one who is forgotten: she is
    in the balance, and not here."""
    nobody = {one.invitation: one for one in traces(connection, survey, zone, today) if one.contacted_on is None}
    known = ways.persons(connection, survey, sorted(nobody), zone, today)
    coming = ways.left(connection, survey, known, zone, today)
    names = _names(connection, [person.contact for person in known.values()])
    most = survey.plan.limits.calls
    found = []
    for number, person in known.items():
        ahead = coming.get(number, ())
        reason = why_nobody(person, len(nobody[number].calls), most, bool(ahead), today > survey.questionnaire.closes)
        following = next(iter(ahead), None) if not reason else None
        step, day = (following.step.name, following.day) if following else ("", None)
        found.append(Untouched(person.contact, *names[person.contact], reason, step, day))
    return tuple(sorted(found, key=lambda one: (one.name.casefold(), one.contact)))


def reasons(
    connection: Connection, survey: Surveyed, zone: ZoneInfo, today: date, members: Sequence[Trace]
) -> Mapping[int, str]:
    """invitation -> why nobody can, of each of these that nobody has contacted; ””: somebody can."""
    nobody = {one.invitation: one for one in members if one.contacted_on is None}
    known = ways.persons(connection, survey, sorted(nobody), zone, today)
    coming = ways.left(connection, survey, known, zone, today)
    most, is_over = survey.plan.limits.calls, today > survey.questionnaire.closes
    return {
        number: why_nobody(known[number], len(one.calls), most, number in coming, is_over)
        if number in known
        else "forgotten"
        for number, one in nobody.items()
    }


def why_nobody(person: Person, calls: int, most_calls: int, is_ahead: bool, is_over: bool) -> str:
    """Why nobody can contact one whom nobody has: a key of REASONS; ”” when somebody can. `calls`: those made;
    `is_ahead`: some of the plan is still to reach her; `is_over`: the survey has closed."""
    if person.state == Invitation.STOPPED:
        return person.stopped if person.stopped in REASONS else "stopped"
    open_ways = [way for way in WAYS if person.why_not(way) is None]
    if not open_ways:
        failed = {reason for _, reason in person.stops if reason in REASONS}
        return "no_way" if not failed else failed.pop() if len(failed) == 1 else "all_failed"
    if open_ways == [Channel.TELEPHONE] and calls >= most_calls:
        return "no_pick_up"
    if open_ways == [Channel.TELEPHONE] and calls and not is_ahead:
        return "round_over"
    return TOO_LATE if is_over else ""


def _names(connection: Connection, numbers: Sequence[int]) -> dict[int, tuple[str, str]]:
    """contact -> her member's number and her name."""
    c = contacts.c
    query = select(c.id, c.number, c.first_name, c.last_name)
    return {
        row.id: (row.number or "", f"{row.first_name} {row.last_name}".strip())
        for some in ways.bunches(numbers)
        for row in connection.execute(query.where(c.id.in_(some)))
    }
