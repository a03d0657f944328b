"""Swedish words for numbers, dates and lists.

Takes   values: counts, aware datetimes and a time zone.
Gives   text as a Swedish reader expects it: ”tisdag 14 maj kl. 18.30”, ”1 medlem”, ”a, b och c”.
Fails   never.
"""

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

MONTHS = "januari februari mars april maj juni juli augusti september oktober november december".split()
WEEKDAYS = "måndag tisdag onsdag torsdag fredag lördag söndag".split()


def day(value: date, year: bool = False) -> str:
    """”tisdag 14 maj”, with the year when asked."""
    text = f"{WEEKDAYS[value.weekday()]} {value.day} {MONTHS[value.month - 1]}"
    return f"{text} {value.year}" if year else text


def moment(value: datetime, zone: ZoneInfo, year: bool = False) -> str:
    """”tisdag 14 maj kl. 18.30” in the association's time zone."""
    local = value.astimezone(zone)
    return f"{day(local.date(), year)} kl. {clock(local)}"


def clock(value: datetime) -> str:
    """”18.30”, of a datetime that is already local."""
    return f"{value.hour}.{value.minute:02d}"


def month(period: str) -> str:
    """”maj 2024” of the period ”2024-05”; any other period as it is."""
    year, _, number = period.partition("-")
    if year.isdigit() and number.isdigit() and 1 <= int(number) <= 12:
        return f"{MONTHS[int(number) - 1]} {year}"
    return period


def count(n: int, one: str, many: str) -> str:
    """”1 medlem”, ”2 medlemmar”; thousands apart by a no-break space."""
    return f"{number(n)} {one if n == 1 else many}"


def number(n: int) -> str:
    return f"{n:,}".replace(",", "\u00a0")


def listing(words: Sequence[str], last: str = "och") -> str:
    """”a, b och c”."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"
