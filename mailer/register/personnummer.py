"""Whether a text holds what looks like a Swedish personnummer, so that none is stored by mistake.

Takes   text.
Gives   yes or no; never the number.
Fails   never.
"""

import re
from datetime import date

# ÅÅMMDD-NNNN, with or without century and sign; not inside a longer run of digits (skatteverket.se, SKV 704).
_SHAPE = re.compile(r"(?<!\d)(18|19|20)?([0-9]{2})([0-9]{2})([0-9]{2})[-+]?([0-9]{4})(?!\d)")
_COORDINATION = 60  # a samordningsnummer has 60 added to the day


def is_personnummer(text: str) -> bool:
    """Whether the whole text, trimmed, looks like one."""
    found = _SHAPE.fullmatch(text.strip())
    return found is not None and _is_plausible(found)


def holds_personnummer(text: str) -> bool:
    """Whether there is one anywhere in the text."""
    return len(text) >= 10 and any(_is_plausible(found) for found in _SHAPE.finditer(text))


def _is_plausible(found: re.Match[str]) -> bool:
    century, year, month, day, last = found.groups()
    centuries = (century,) if century else ("19", "20")
    number = int(day) - _COORDINATION if int(day) > _COORDINATION else int(day)
    return _luhn(year + month + day + last) and any(_is_date(int(c + year), int(month), number) for c in centuries)


def _is_date(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _luhn(digits: str) -> bool:
    """The check digit: every other digit doubled, the digits summed, a multiple of ten."""
    doubled = (int(d) * (2 if n % 2 == 0 else 1) for n, d in enumerate(digits))
    return sum(d // 10 + d % 10 for d in doubled) % 10 == 0
