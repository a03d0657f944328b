"""Whether those who have answered are like the members: by years of membership, place, language and e-mail.

Takes   a connection inside a transaction; a Surveyed, Traces, the day.
Gives   rows of Alike.
Fails   never.

A respect whose groups are small is told in fewer of them: no row is of fewer than five members.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from sqlalchemy import Connection, and_, select

from mailer.languages import language_of
from mailer.register.tables import contacts
from mailer.surveys.goal.model import Alike
from mailer.surveys.goal.segments import OTHERS, together
from mailer.surveys.goal.traces import Trace
from mailer.surveys.store import Surveyed
from mailer.surveys.tables import invitations

# Full years, from and below; the words a reader sees.
YEARS = ((0, 1, "mindre än ett år"), (1, 5, "1–4 år"), (5, 10, "5–9 år"), (10, 200, "10 år eller mer"))
LANGUAGES = {"sv": "svenska", "en": "engelska"}


def alike(connection: Connection, survey: Surveyed, members: Sequence[Trace], today: date) -> tuple[Alike, ...]:
    """Each respect in the order a board would ask: how long, where, in which language, with e-mail or without."""
    c, i = contacts.c, invitations.c
    query = select(i.id, c.joined_on, c.city, c.language, and_(c.address.is_not(None), c.address != "").label("email"))
    rows = connection.execute(query.join(contacts, c.id == i.contact_id).where(i.survey_id == survey.number))
    known = {row.id: row for row in rows}
    respects: dict[str, dict[str, list[Trace]]] = {
        name: defaultdict(list) for name in ("medlem sedan", "bostadsort", "språk", "e-post")
    }
    for one in members:
        row = known.get(one.invitation)
        if row is None:  # forgotten: nothing is known of her any more
            continue
        respects["medlem sedan"][_years(row.joined_on, today)].append(one)
        respects["bostadsort"][(row.city or "").strip()].append(one)
        respects["språk"][LANGUAGES.get(language_of(row.language), "")].append(one)
        respects["e-post"]["har e-post" if row.email else "har ingen e-post"].append(one)
    return tuple(row for name, parts in respects.items() for row in _rows(name, parts))


def _rows(respect: str, parts: dict[str, list[Trace]]) -> Iterator[Alike]:
    shown = together(parts)
    if len(shown) < 2:  # all are alike: there is nothing to compare
        return
    in_order = [name for _, _, name in YEARS]
    for key, theirs in sorted(shown, key=lambda one: in_order.index(one[0]) if one[0] in in_order else 99):
        yield Alike(respect, key or OTHERS, len(theirs), sum(one.is_answered for one in theirs))


def _years(joined: date | None, today: date) -> str:
    """”” when the register does not say."""
    if joined is None:
        return ""
    full = today.year - joined.year - ((today.month, today.day) < (joined.month, joined.day))
    return next((name for first, below, name in YEARS if first <= max(0, full) < below), "")
