"""Who shares an envelope: a household, at most four, each with a sheet of her own.

Takes   addressees as the register knows them.
Gives   households in the order they are packed: by postcode, then street; what a letter cannot be sent to.
Fails   never.

An address alone is no household. Behind ”Storgatan 12” live forty people, and that one of them is a member is not for
her neighbour to read. So an envelope is shared only where something else says that they live together: a flat's
number or a c/o in the address, a surname, a telephone or an e-mail address that they have in common. A wrong join
would tell on somebody; one that is missed costs a stamp.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mailer.languages import Language
from mailer.letters.model import Postal

MOST = 4  # sheets in an envelope: more do not fold
_FLAT = re.compile(r"\b(lgh|lägenhet)\b\.? *\d", re.IGNORECASE)  # lgh 1103 (SS 61 34 01)
_POSTCODE = re.compile(r"\d{3} ?\d{2}")


@dataclass(frozen=True, slots=True)
class Addressee:
    """One member who is to have a letter."""

    invitation: int
    contact: int
    number: str  # member number; ””: none
    first_name: str
    last_name: str
    language: Language
    care_of: str
    street: str
    postcode: str
    city: str
    version: int  # of her code
    code_key: str
    phone: str = ""
    email: str = ""

    @property
    def name(self) -> str:
        return " ".join(f"{self.first_name} {self.last_name}".split())

    @property
    def who(self) -> str:
        """How a person at the command line finds her."""
        return self.number or f"#{self.contact}"


Household = tuple[Addressee, ...]


def households(people: Iterable[Addressee], together: bool = True) -> tuple[Household, ...]:
    """Everybody in an envelope, in the order of packing. `together` False: each in her own."""
    at: dict[tuple[str, ...], list[Addressee]] = {}
    for one in people:
        at.setdefault(_place(one), []).append(one)
    found: list[Household] = []
    for neighbours in at.values():
        for living in _living_together(neighbours) if together else [[one] for one in neighbours]:
            sheets = sorted(living, key=lambda one: one.invitation)
            found += [tuple(sheets[first : first + MOST]) for first in range(0, len(sheets), MOST)]
    return tuple(sorted(found, key=lambda household: _order(household[0])))


def postal(household: Household) -> Postal:
    """The address as it stands in the window."""
    first = household[0]
    names = tuple(one.name for one in household)
    return Postal(names, _spaced(first.care_of), _spaced(first.street), spaced_postcode(first.postcode),
                  _spaced(first.city))  # fmt: skip


def lacks(one: Addressee) -> str:
    """What of her address is missing, in Swedish; ””: nothing."""
    lacking = [
        word
        for word, is_there in (
            ("namn", bool(one.name)),
            ("gatuadress", bool(one.street.strip())),
            ("postnummer", bool(_POSTCODE.fullmatch(" ".join(one.postcode.split())))),
            ("ort", bool(one.city.strip())),
        )
        if not is_there
    ]
    return " och ".join([", ".join(lacking[:-1]), lacking[-1]] if len(lacking) > 1 else lacking)


def address_hash(care_of: str | None, street: str | None, postcode: str | None, city: str | None) -> str:
    """What a new address in the register is told by. It stands beside the address itself, and goes when that goes."""
    folded = "\n".join(_folded(part or "") for part in (care_of, street, (postcode or "").replace(" ", ""), city))
    return hashlib.sha256(folded.encode()).hexdigest()[:32]


def hash_of(one: Addressee) -> str:
    """`address_hash` of where her letter goes."""
    return address_hash(one.care_of, one.street, one.postcode, one.city)


def spaced_postcode(written: str) -> str:
    """”186 30”, however it was written."""
    digits = "".join(written.split())
    return f"{digits[:3]} {digits[3:]}" if _POSTCODE.fullmatch(digits) else _spaced(written)


def _living_together(neighbours: Sequence[Addressee]) -> list[list[Addressee]]:
    """Those of one address, joined by whatever two of them have in common."""
    if neighbours[0].care_of.strip() or _FLAT.search(neighbours[0].street):
        return [list(neighbours)]
    found: list[list[Addressee]] = []
    for one in neighbours:
        hers = [some for some in found if any(_have_in_common(one, other) for other in some)]
        found = [some for some in found if some not in hers] + [[one, *(other for some in hers for other in some)]]
    return found


def _have_in_common(one: Addressee, other: Addressee) -> bool:
    surnames = [set(re.split(r"[\s-]+", _folded(who.last_name))) - {""} for who in (one, other)]
    same_line = any(a and a == b for a, b in ((one.phone, other.phone), (one.email.lower(), other.email.lower())))
    return bool(surnames[0] & surnames[1]) or same_line


def _place(one: Addressee) -> tuple[str, ...]:
    return _folded(one.street), "".join(one.postcode.split()), _folded(one.city), _folded(one.care_of)


def _order(one: Addressee) -> tuple[str, list[tuple[int, str]], int]:
    """By postcode, then street: number 2 before number 10."""
    words = re.findall(r"\d+|\D+", _folded(one.street))
    street = [(int(word), "") if word.isdigit() else (-1, word) for word in words]
    return "".join(one.postcode.split()), street, one.invitation


def _folded(text: str) -> str:
    return _spaced(text).casefold()


def _spaced(text: str) -> str:
    return " ".join(text.split())
