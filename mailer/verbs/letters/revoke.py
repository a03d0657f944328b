"""letters revoke: a code that went astray opens nothing any more, and the member has another.

Takes   the opened house; whose; who says so.
Gives   the lines of what to do with the letters that carry the old one.
Fails   EditorError when she is not invited.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from mailer import maillog
from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.register import store as register
from mailer.surveys.posting import revoking
from mailer.surveys.posting.revoking import Revoked
from mailer.verbs.letters import which
from mailer.verbs.people import person


def revoke(house: House, words: Sequence[str], name: str) -> list[str]:
    """New codes for these members."""
    by = person(house.settings, name, "editor", "approver", "administrator")
    meant = which.survey(house, words)
    if not meant.rest:
        raise EditorError(Problem("mailer letters revoke", "vems kod?", "Skriv koden eller medlemsnumret."))
    survey = meant.survey

    def work(connection: Connection) -> list[tuple[int, Revoked]]:
        house.db.last_look(connection, wish=True)
        out = []
        for contact in dict.fromkeys(which.contact(house, connection, survey, word) for word in meant.rest):
            who = f"{by.name} ({house.os_user})"
            register.record_access(connection, who, "letters: revoke", contact, house.clock.now())
            out.append((contact, revoking.revoke(connection, house.db, house.keys, survey, contact, f"#{contact}")))
        return out

    done = house.db.write(work)
    maillog.code_revoked(survey.key, len(done))
    out = [line for contact, one in done for line in _lines(survey.key, contact, one)]
    return [*out, "Länken i mejlen fungerar som förut; koden i mejl som redan har gått gör det inte."]


def _lines(key: str, contact: int, done: Revoked) -> list[str]:
    out = [f"#{contact}: den gamla svarskoden öppnar inget längre."]
    for sheet in done.lying:
        where = f"Kuvert {sheet.run}/{sheet.envelope}"
        out.append(f"    {where}: ta ut brevet till personen och förstör det. Det räknas aldrig som postat.")
    if done.lying:
        out.append(f"    När det är uttaget (mailer letters pull {key} --done --as NAMN): "
                   f"mailer letters print {key} {done.lying[-1].step} --as NAMN")  # fmt: skip
    elif done.out:
        out.append(f"    Ett nytt brev: mailer letters print {key} {done.out[-1].step} --to '#{contact}' --as NAMN")
    return out
