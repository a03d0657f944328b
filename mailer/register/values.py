"""One cell of a register's file as a value the register keeps.

Takes   the cell's text and which field it is.
Gives   text in NFC, an Address, a phone number in E.164, a postcode as ”186 96”, a date, a year of birth.
Fails   ValueError with a Swedish sentence about the value; it never prints what may be a personnummer.
"""

import re
import unicodedata
from datetime import date
from functools import lru_cache

import phonenumbers

from mailer.address import Address, parse_address
from mailer.register.fields import FIELDS, SWEDISH
from mailer.register.personnummer import holds_personnummer, is_personnummer

REGION = "SE"
LONGEST_PHONE = 60  # characters, words after the number included
# Control, format (U+202E turns text around), lone surrogates, private use (our slots), unassigned, U+2028, U+2029.
_REFUSED_CATEGORIES = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_SWEDISH_POSTCODE = re.compile(r"(?:SE?[- ]?)?([1-9]\d{2})[  ]?(\d{2})", re.IGNORECASE)
# The two kinds of values that fill a register, recognised without the libraries' hundred steps each. A property test
# holds them to what the libraries say.
_MOBILE = re.compile(r"(?:\+46|0046|0)(7[02369]\d{7})", re.ASCII)
_PLAIN_LOCAL = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*", re.ASCII)
_WITH_WORDS = re.compile(r"(\+?[\d()][\d ()./-]*\d)[ ,;/(]*[^\W\d][^\d@]*")  # ”070-174 06 05, hem”
_YEAR = re.compile(r"((?:19|20)\d\d)(?:-?\d\d-?\d\d(?:[T ].*)?)?", re.ASCII)
PERSONNUMMER_AS_BIRTH = "födelseåret är skrivet som ett personnummer, som inte ska in i registret"
_SCIENTIFIC = re.compile(r"\d[.,]\d+E\+\d+", re.IGNORECASE)


def plain(field: str, cell: str) -> str:
    """The cell trimmed and in NFC. ValueError on control characters, a personnummer, or more than the field holds."""
    trimmed = cell.strip()
    if trimmed.isascii() and trimmed.isprintable():
        clean = trimmed
    else:
        clean = unicodedata.normalize("NFC", trimmed)
        if not clean.isprintable() and any(unicodedata.category(c) in _REFUSED_CATEGORIES for c in clean):
            raise ValueError(f"{SWEDISH[field]} innehåller ett osynligt styrtecken")
    if len(clean) > FIELDS[field]:
        raise ValueError(f"{SWEDISH[field]} är längre än {FIELDS[field]} tecken")
    if field != "number" and holds_personnummer(clean):
        raise ValueError(
            f"{SWEDISH[field]} innehåller vad som ser ut som ett personnummer, som inte ska in i registret"
        )
    return clean


def number(cell: str) -> str:
    """A member number as it is written: leading zeros kept."""
    clean = plain("number", cell)
    if _SCIENTIFIC.fullmatch(clean):
        raise ValueError("medlemsnumret har förstörts av ett kalkylprogram; gör kolumnen till text och exportera igen")
    return clean


@lru_cache(maxsize=4096)
def postcode(cell: str) -> str:
    """”18696” and ”SE-186 96” as ”186 96”; a foreign postcode as it is."""
    clean = plain("postcode", cell)
    found = _SWEDISH_POSTCODE.fullmatch(clean)
    return f"{found[1]} {found[2]}" if found else clean


def address(cell: str) -> Address:
    """The Address in the cell. ValueError as `parse_address` has it."""
    local, _, domain = cell.strip().rpartition("@")
    known = _domain(domain) if len(local) <= 64 and _PLAIN_LOCAL.fullmatch(local) else None
    if known is None or len(local) + 1 + max(map(len, known)) > FIELDS["address"]:
        return parse_address(cell)
    on_the_wire = f"{local}@{known[0]}"
    return Address(on_the_wire, on_the_wire if known[0] == known[1] else f"{local}@{known[1]}")


@lru_cache(maxsize=8192)
def _domain(domain: str) -> tuple[str, str] | None:
    """A domain as A-labels and as shown; None when there is something wrong with it. Most people share a few."""
    try:
        found = parse_address(f"a@{domain}")
    except ValueError:
        return None
    return found.domain, found.shown.rpartition("@")[2]


def phone(cell: str) -> str:
    """The number in E.164; without a country it is Swedish. Words after it, such as ”hem”, are dropped."""
    written = cell.strip()
    if not written:
        return ""
    if mobile := _MOBILE.fullmatch(written.replace(" ", "").replace("-", "")):
        return f"+46{mobile[1]}"
    if len(written) <= LONGEST_PHONE and (worded := _WITH_WORDS.fullmatch(written)):
        written = worded[1]
    try:
        parsed = phonenumbers.parse(written, REGION)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is None or not phonenumbers.is_valid_number(parsed):
        if is_personnummer(written):
            raise ValueError("telefonnumret ser ut som ett personnummer, som inte ska in i registret")
        raise ValueError("telefonnumret går inte att läsa; skriv ett nummer, till exempel 070-174 06 05")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def language(cell: str) -> str:
    """”sv”, ”en”, ”sv-fi”: lower case."""
    clean = plain("language", cell).casefold()
    if clean and not re.fullmatch(r"[a-z]{2,3}(-[a-z]{2,4})?", clean):
        raise ValueError("språket ska vara en kort kod, till exempel sv eller en")
    return clean


@lru_cache(maxsize=16384)
def joined_on(cell: str) -> date | None:
    """An ISO date, or None for an empty cell."""
    written = cell.strip()
    if not written:
        return None
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9:.]+)?", written):
            raise ValueError
        return date.fromisoformat(written[:10])
    except ValueError:
        raise ValueError(
            "inträdesdatumet finns inte eller är skrivet på annat sätt; skriv det som 2024-02-29"
        ) from None


def born_year(cell: str) -> int | None:
    """The year of a year or a date; the rest is not kept. None for an empty cell."""
    written = cell.strip()
    if not written:
        return None
    if holds_personnummer(written):
        raise ValueError(PERSONNUMMER_AS_BIRTH)
    found = _YEAR.fullmatch(written)
    if not found:
        raise ValueError("födelseåret går inte att läsa; skriv ett år eller ett datum: 1985 eller 1985-03-12")
    return int(found[1])
