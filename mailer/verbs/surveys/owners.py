"""Whose a follow-up is: the name as it is written, and the person it means today.

Takes   the settings; a name or an address.
Gives   the Person; those who have what is nobody's.
Fails   never: who is not found is None.
"""

from mailer.settings import Person, Settings


def find(settings: Settings, written: str) -> Person | None:
    """The one of [[people]], whatever her roles. Case and surplus space do not matter."""
    wanted = " ".join(written.split()).casefold()
    named = (one for one in settings.people if wanted in (one.name.casefold(), one.address.casefold()))
    return next(named, None) if wanted else None


def board(settings: Settings) -> tuple[Person, ...]:
    """Who is told what is forgotten: the approvers, else the administrators."""
    return settings.with_role("approver") or settings.with_role("administrator")


def administrators(settings: Settings) -> tuple[Person, ...]:
    """Who has what is nobody's, the first of them first: the administrators, else the approvers, else anybody."""
    return settings.with_role("administrator") or settings.with_role("approver") or settings.people
