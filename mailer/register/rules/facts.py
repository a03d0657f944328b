"""What a rule may ask about a person, what each fact is called, and how its values are written.

Takes   a name as a person writes it, in Swedish or English.
Gives   the Fact; a value in the form the register keeps it.
Fails   ValueError with a Swedish sentence about the value.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from types import MappingProxyType

from mailer.register import values

OLDEST = 130  # years: nobody has been older
_FIRST_YEAR, _LAST_YEAR = 1900, 2099
# A name is compared as a postman reads it, not as a byte: registers write VALLENTUNA, people write Vallentuna.
_WITHOUT_MARKS = str.maketrans({"å": "a", "ä": "a", "ö": "o", "é": "e", "_": " ", "-": " "})


@dataclass(frozen=True, slots=True)
class Fact:
    """`operators`: what may be asked of it. `keep`: a value as the register has it. `names`: the first one is shown."""

    key: str
    names: tuple[str, ...]
    operators: tuple[str, ...]
    keep: Callable[[str], str]
    example: str
    spelled_freely: bool = False  # large and small letters are mixed in what registers export


def area(written: str) -> str:
    """The beginning of a Swedish postcode: ”1869” as ”186 9”."""
    digits = "".join(written.split())
    if not re.fullmatch(r"[1-9][0-9]{0,4}", digits):
        raise ValueError(f"”{written}” är ingen början på ett postnummer")
    return digits if len(digits) <= 3 else f"{digits[:3]} {digits[3:]}"


def _digits(written: str, lowest: int, highest: int, what: str) -> str:
    trimmed = written.strip()
    if not re.fullmatch(r"[0-9]{1,4}", trimmed) or not lowest <= int(trimmed) <= highest:
        raise ValueError(f"”{written}” är {what}")
    return str(int(trimmed))


def _year(written: str) -> str:
    return _digits(written, _FIRST_YEAR, _LAST_YEAR, "inget årtal")


def _age(written: str) -> str:
    return _digits(written, 0, OLDEST, "ingen ålder i hela år")


def _day(written: str) -> str:
    trimmed = written.strip()
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", trimmed):
            raise ValueError
        found = date.fromisoformat(trimmed)
        if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
            raise ValueError
    except ValueError:
        raise ValueError(f"”{written}” är inget datum som finns; skriv det som 2024-02-29") from None
    return trimmed


_JOINED = ("gått med", "inträdesdatum", "joined", "joined on")
_BRANCH = ("hemförening", "home branch", "partiförening")
_LIKE = ("in", "not in")
_RANGE = ("between", "from", "to")
_ALL = (
    Fact("postcode", ("postnummer", "postcode"), (*_LIKE, "prefix", *_RANGE), values.postcode, '["186 96"]'),
    Fact("city", ("ort", "city", "stad", "postort"), _LIKE, partial(values.plain, "city"), '["Kårsta"]', True),
    Fact("age", ("ålder", "age"), _RANGE, _age, "{ between = [18, 30] }"),
    Fact("born_year", ("födelseår", "born year"), (*_LIKE, *_RANGE), _year, "{ from = 1990 }"),
    Fact("joined_on", _JOINED, (*_RANGE, "before", "within"), _day, '{ since = "2024-01-01" }'),
    Fact("joined_year", ("inträdesår", "gått med år", "joined year"), (*_LIKE, *_RANGE), _year, "[2024]"),
    Fact("status", ("status",), _LIKE, partial(values.plain, "status"), '["Medlem"]', True),
    Fact("home_branch", _BRANCH, _LIKE, partial(values.plain, "home_branch"), '["Vallentuna"]', True),
    Fact("language", ("språk", "language"), _LIKE, values.language, '["sv"]'),
    Fact("number", ("medlemsnummer", "number"), _LIKE, values.number, '["00123"]'),
)
FACTS: Mapping[str, Fact] = MappingProxyType({fact.key: fact for fact in _ALL})

# What a person may be asked to have. Facts, and what takes several columns to have.
HAVING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "email": ("e-post", "e-postadress", "epost", "email", "e-mail", "address"),
        "phone": ("telefon", "telefonnummer", "phone"),
        "postal": ("postadress", "adress", "postal address"),
        "postcode": FACTS["postcode"].names,
        "city": FACTS["city"].names,
        "born_year": ("födelseår", "ålder", "born year", "age"),
        "joined_on": ("inträdesdatum", "gått med", "joined", "joined on"),
        "status": FACTS["status"].names,
        "home_branch": FACTS["home_branch"].names,
        "language": FACTS["language"].names,
        "number": FACTS["number"].names,
    }
)


def folded(name: str) -> str:
    """The form in which ”Gått med”, ”gatt_med” and ”gått-med” are one name: TOML wants quotes around the first."""
    return " ".join(name.casefold().translate(_WITHOUT_MARKS).split())


def spellings(kept: str) -> tuple[str, ...]:
    """The ways in which registers write a name of a place: as it is, Vallentuna, VALLENTUNA, vallentuna."""
    return tuple(dict.fromkeys((kept, kept.capitalize(), kept.title(), kept.upper(), kept.lower())))
