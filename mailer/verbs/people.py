"""Who may do what: the people in settings, as they stand today.

Takes   a name as typed, a role.
Gives   the Person.
Fails   EditorError when nobody of that name has the role now.
"""

import difflib

from mailer.errors import EditorError, Problem
from mailer.settings import Person, Role, Settings

ROLE_WORDS = {"editor": "redaktör", "approver": "godkännare", "administrator": "administratör"}


def person(settings: Settings, name: str, role: Role) -> Person:
    """The person of that name, if the role is theirs today. Case and surplus space do not matter."""
    wanted = " ".join(name.split()).casefold()
    with_role = settings.with_role(role)
    for candidate in with_role:
        if candidate.name.casefold() == wanted or candidate.address.casefold() == wanted:
            return candidate
    names = [p.name for p in with_role]
    near = difflib.get_close_matches(name, names, 1)
    hint = (
        f"Menade du ”{near[0]}”?"
        if near
        else f"De som får: {', '.join(names) or 'ingen'}. Roller står under [[people]]."
    )
    raise EditorError(Problem(name, f"är inte {ROLE_WORDS[role]}.", hint))
