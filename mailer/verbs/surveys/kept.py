"""A survey that the house keeps, by the name a person gives it.

Takes   the opened house; a survey's key, ”” when there is only one.
Gives   the survey.
Fails   EditorError when it is not kept yet, or when there are several and none is named.
"""

import difflib

from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.surveys import store
from mailer.surveys.store import Surveyed


def kept(house: House, key: str = "") -> Surveyed:
    """The survey of that name, or the only one."""
    known = {survey.key: survey for survey in house.db.read(store.all_surveys)}
    if not key and len(known) == 1:
        return next(iter(known.values()))
    if key in known:
        return known[key]
    near = difflib.get_close_matches(key, known, 1) or list(known)
    remedy = f"Det finns: {', '.join(near)}" if near else "En enkät läses in med mailer survey key eller approve."
    what = "finns inte i huset." if key else "vilken av dem? Skriv namnet." if known else "finns inte ännu."
    raise EditorError(Problem(f"enkäten {key}".strip(), what, remedy))
