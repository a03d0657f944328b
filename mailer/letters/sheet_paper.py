"""What stands on a call sheet, as values: whoever knows the people makes one without the fonts that print it.

Takes   nothing.
Gives   SheetPaper with its SheetLine and Tick.
Fails   never.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from mailer.languages import Language


@dataclass(frozen=True, slots=True)
class Tick:
    """A box to tick: one outcome. `has_time`: with a line for day and hour (”ring igen”)."""

    words: str
    has_time: bool = False


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One person to call."""

    number: int  # on the sheet, from 1
    name: str  # ”Anna Berg”
    phone: str  # as it is read, in groups: ”070-174 06 05”
    language: Language
    calls: int = 0  # before this one
    again: str = ""  # when she asked to be called: ”tisdag kl. 18.30”


@dataclass(frozen=True, slots=True)
class SheetPaper:
    """One numbered sheet."""

    number: int
    caller: str
    evening: date
    until: datetime  # in the association's time zone; then the people go back to the queue
    lines: tuple[SheetLine, ...]
    ticks: tuple[Tick, ...]  # the outcomes, in order; ”svarade” stands before them
    scripts: Mapping[Language, str]  # Markdown, as approved; the English one when somebody on the sheet reads it
    telephone: str = ""  # the one number a caller may give
    return_to: str = ""  # who takes the sheet back: ”Anna Redaktör”
