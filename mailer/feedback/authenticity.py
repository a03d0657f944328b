"""Whether a mail comes from whom its From names, as our own server has found (DMARC).

Takes   the fields of a mail, and the name under which our server writes.
Gives   ”pass”, ”fail”, or ”” when it does not say.
Fails   never.

RFC 8601: whoever relays a mail may write Authentication-Results; only the one with our own server's name counts, and of
those the uppermost, for each server writes above what it was given.
"""

import re

from mailer.feedback.mime import Fields

_COMMENT = re.compile(r"\([^()]*\)")
_RESULT = re.compile(r"(?i)(?:^|;)\s*dmarc\s*=\s*([a-z]+)")


def dmarc(fields: Fields, checked_by: str) -> str:
    """What our server says. `checked_by`: its authserv-id (RFC 8601 section 2.2), ””: none is believed."""
    if not checked_by:
        return ""
    for value in fields.all("authentication-results"):
        name, _, results = _COMMENT.sub(" ", value).partition(";")
        if name.split()[:1] and name.split()[0].casefold() == checked_by.casefold():
            found = _RESULT.search(results)
            said = found[1].lower() if found else ""
            return said if said in ("pass", "fail") else ""
    return ""
