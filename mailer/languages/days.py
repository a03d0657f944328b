"""Days, months and hours in the words of a language.

Takes   a language, and a day, a period (”2024-05”) or a moment that is already local.
Gives   ”tisdag 14 maj 2024”, ”Tuesday 14 May 2024”; ”maj 2024”, ”May 2024”; ”18.30”, ”18:30”.
Fails   never.
"""

from datetime import date, datetime
from functools import lru_cache

from mailer.languages import Language


def day(language: Language, value: date, weekday: bool = True, year: bool = True) -> str:
    """The day; with its year what stands on a page may be read next year."""
    return _said(language, value, f"{'EEEE ' if weekday else ''}d MMMM{' y' if year else ''}")


def month(language: Language, period: str) -> str:
    """”maj 2024” of the period ”2024-05”."""
    return _said(language, date.fromisoformat(f"{period}-01"), "MMMM y")


def clock(language: Language, value: datetime) -> str:
    """The hour and the minute."""
    return f"{value.hour}{'.' if language == 'sv' else ':'}{value.minute:02d}"


@lru_cache(maxsize=2048)  # a page with a year of dates asks a thousand times
def _said(language: Language, value: date, pattern: str) -> str:
    from babel.dates import format_date  # here, so that a program that shows no page does not load it

    return format_date(value, pattern, locale=language)
