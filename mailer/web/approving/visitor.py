"""Who stands behind a link, and to which version of which mailing she answers.

Takes   the opened house with the people of today, the code of the link.
Gives   a Visitor and the mailing's row.
Fails   never: a code that is not ours, not hers any more, or too old gives None, all alike.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from mailer import codes
from mailer.errors import AdminError
from mailer.house import House
from mailer.outbox.tables import mailings
from mailer.settings import Person, Role
from mailer.settings.file import read_settings

ROLE: Role = "approver"
LIVES_ON = timedelta(days=30)  # after the mailing was sent, or its time ran out
_CODE = re.compile(r"[a-z2-7]{20,80}")


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person with a link of her own."""

    person: Person
    mailing: int
    version: str  # the first digits of the hash she was asked about


class Today:
    """The house with the people its settings name now: who is taken out of them loses her links at once."""

    def __init__(self, house: House) -> None:
        self._house = house

    def house(self) -> House:
        """While the settings cannot be read, all is as it was; the clock tells those it concerns."""
        try:
            people = read_settings(self._house.home).people
        except AdminError:
            return self._house
        self._house = replace(self._house, settings=self._house.settings.model_copy(update={"people": people}))
        return self._house


def visitor(house: House, code: str) -> Visitor | None:
    """Whose code it is."""
    people = {p.address: p for p in reversed(house.settings.with_role(ROLE))}
    if not _CODE.fullmatch(code) or (found := codes.read_answer_code(house.keys, code, people)) is None:
        return None
    number, version, address = found
    return Visitor(people[address], number, version)


def mailing(connection: Connection, visitor: Visitor, now: datetime) -> Row[Any] | None:
    """The mailing, as long as the link to it lives."""
    found = select(mailings).where(mailings.c.id == visitor.mailing, mailings.c.kind != "notice")
    row = connection.execute(found).one_or_none()
    if row is None:
        return None
    ended = row.planned_at or row.expires_at
    return None if ended is not None and now - ended > LIVES_ON else row


def code_of(house: House, visitor: Visitor, version: str) -> str:
    """The same person's code for another version of the same mailing. `version`: its whole hash."""
    return codes.answer_code(house.keys, visitor.mailing, version, visitor.person.address)
