"""Who may do what: the people in settings, as they stand today.

Takes   a name as typed, a role; or several, of which one is enough.
Gives   the Person.
Fails   EditorError when nobody of that name has it now.
"""

import difflib

from mailer.errors import EditorError, Problem
from mailer.settings import Person, Role, Settings

ROLE_WORDS = {"editor": "redaktör", "approver": "godkännare", "administrator": "administratör"}


def person(settings: Settings, name: str, *roles: Role) -> Person:
    """The person of that name, if one of the roles is theirs today. Case and surplus space do not matter."""
    wanted = " ".join(name.split()).casefold()
    with_role = [p for p in settings.people if set(roles) & set(p.roles)]
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
    raise EditorError(Problem(name, f"är inte {' eller '.join(ROLE_WORDS[role] for role in roles)}.", hint))
