"""Which series, period or mailing a person means by a word.

Takes   ”2024-05”, ”v-aktuellt/2024-05”, a mailing's name, or nothing.
Gives   the series; the mailing's row.
Fails   EditorError that lists what there is.
"""

import re
from typing import Any

from sqlalchemy import Connection, Row

from mailer.errors import EditorError, Problem
from mailer.house import House
from mailer.outbox.store import figures, mailings
from mailer.settings import Series

PERIOD = re.compile(r"\d{4}-(0[1-9]|1[0-2])")


def series_and_period(house: House, word: str) -> tuple[Series, str]:
    """The series and period of ”2024-05” or ”v-aktuellt/2024-05”."""
    key, _, period = word.rpartition("/")
    if not PERIOD.fullmatch(period):
        raise EditorError(Problem(word, "är ingen månad.", "Skriv året och månaden, till exempel 2024-05."))
    return series(house, key), period


def series(house: House, key: str = "") -> Series:
    """The series of that key; without one, the only one there is."""
    known = house.settings.series
    found = [s for s in known if s.key == key] if key else list(known)
    if len(found) == 1:
        return found[0]
    names = ", ".join(s.key for s in known) or "ingen"
    raise EditorError(
        Problem(key or "[[series]]", f"vilken serie? Det finns: {names}.", "Skriv till exempel v-aktuellt/2024-05.")
    )


def mailing(house: House, connection: Connection, word: str, waits: tuple[str, ...] = ()) -> Row[Any]:
    """The mailing a person means; without a word, the newest in one of the states that the verb `waits` for, else the
    newest. No notice."""
    if not word:
        row = figures.latest(connection, waits) or figures.latest(connection)
    elif PERIOD.fullmatch(word):
        row = mailings.find(connection, f"{series(house).key}/{word}")
    else:
        row = mailings.find(connection, word)
    if row is None:
        raise EditorError(
            Problem(word or "utskick", "det finns inget sådant utskick.", "Se vilka som finns: mailer report --all")
        )
    return row
