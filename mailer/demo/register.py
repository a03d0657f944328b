"""An invented register: 400 members, some sympathisers, a board. Nobody in it exists.

Takes   a seed.
Gives   the people, and the CSV files a member register would export: semicolons, CRLF.
Fails   never: the same seed gives the same bytes.
"""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date, timedelta
from random import Random

from mailer.demo import names

SEED = 1917
MEMBERS = 400
WITHOUT_ADDRESS = 60
COUPLES = 12  # two members, one address
IDN = 5  # members at a domain with å, ä and ö
BROKEN = ("sivert.holm(a)brev.example", "gun-britt@", "kalle p@post.example")
LEAVERS = 6
SYMPATHISERS = 25
BOARD = 7

MEMBER_COLUMNS = (
    "Medlemsnummer", "Förnamn", "Efternamn", "E-post", "Telefon",
    "C/O-adress", "Gatuadress", "Postnummer", "Stad", "Inträdesdatum",
)  # fmt: skip
BOARD_COLUMNS = ("Medlemsnummer", "Förnamn", "Efternamn", "E-post")
SYMPATHISER_COLUMNS = ("Förnamn", "Efternamn", "E-post")

# Numbers nobody has: the series that Post- och telestyrelsen keeps for fiction, 070-174 06 05 to 06 99.
FIRST_PHONE, LAST_PHONE = 5, 99
IDN_DOMAIN = "räksmörgås.example"
DOMAINS = ("brev.example", "post.example", "hem.example", "mejl.example")
PLACES = (  # (postcode, city, how many of a hundred)
    ("186 30", "Vallentuna", 38),
    ("186 31", "Vallentuna", 30),
    ("186 96", "Brottby", 12),
    ("186 97", "Brottby", 8),
    ("186 60", "Kårsta", 12),
)
FOUNDED = date(1974, 3, 1)


@dataclass(frozen=True, slots=True)
class Person:
    """One row of the register, as text; in the order of MEMBER_COLUMNS."""

    number: str
    first_name: str
    last_name: str
    address: str
    phone: str = ""
    care_of: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""
    joined_on: str = ""


def members(seed: int = SEED) -> tuple[Person, ...]:
    """The 400, by member number. Who has what is drawn, how many have it is not."""
    rng = Random(seed)  # noqa: S311 - the same bytes every time, nothing secret
    people = [_member(rng, n) for n in range(MEMBERS)]
    order = list(range(MEMBERS))
    rng.shuffle(order)
    parts = iter(order)
    for n in _take(parts, WITHOUT_ADDRESS):
        people[n] = replace(people[n], address="")
    for n, broken in zip(_take(parts, len(BROKEN)), BROKEN, strict=True):
        people[n] = replace(people[n], address=broken)
    for n in _take(parts, IDN):
        people[n] = replace(people[n], address=f"{people[n].address.partition('@')[0]}@{IDN_DOMAIN}")
    for n in _take(parts, COUPLES):
        people[n], other = _couple(people[n], people[m := next(parts)])
        people[m] = other
    return tuple(people)


def sympathisers(seed: int = SEED) -> tuple[Person, ...]:
    """The 25 who are no members; nobody shares an address with a member."""
    rng = Random(seed + 1)  # noqa: S311
    people = []
    for n in range(SYMPATHISERS):
        first, last = rng.choice(names.FIRST), rng.choice(names.LAST)
        people.append(Person("", first, last, f"{_local(first, last)}.s{n + 1}@{rng.choice(DOMAINS)}"))
    return tuple(people)


def board(seed: int = SEED) -> tuple[Person, ...]:
    """Seven members whose address works and is their own."""
    return _ordinary(seed)[:BOARD]


def leavers(seed: int = SEED) -> tuple[str, ...]:
    """The numbers of the members who have said no to V Aktuellt; none of them is on the board."""
    return tuple(person.number for person in _ordinary(seed)[BOARD : BOARD + LEAVERS])


def broken(seed: int = SEED) -> tuple[str, ...]:
    """The numbers of the members whose address in the register is none."""
    return tuple(person.number for person in members(seed) if person.address in BROKEN)


def members_csv(seed: int = SEED) -> str:
    """The whole member register, columns as lists/medlemmar.toml reads them."""
    return to_csv(MEMBER_COLUMNS, (astuple(person) for person in members(seed)))


def sympathisers_csv(seed: int = SEED) -> str:
    """Columns as lists/sympatisorer.toml reads them."""
    return to_csv(SYMPATHISER_COLUMNS, ((p.first_name, p.last_name, p.address) for p in sympathisers(seed)))


def board_csv(seed: int = SEED) -> str:
    """Columns as lists/styrelsen.toml reads them."""
    return to_csv(BOARD_COLUMNS, ((p.number, p.first_name, p.last_name, p.address) for p in board(seed)))


def _member(rng: Random, n: int) -> Person:
    first, last = rng.choice(names.FIRST), rng.choice(names.LAST)
    postcode, city, _ = rng.choices(PLACES, [weight for *_, weight in PLACES])[0]
    joined = FOUNDED + timedelta(days=rng.randrange(50 * 365))
    return Person(
        number=f"{10 + 7 * n:06d}",
        first_name=first,
        last_name=last,
        address=f"{_local(first, last)}.{n + 1}@{rng.choice(DOMAINS)}",
        phone=_phone(rng),
        care_of=f"c/o {rng.choice(names.LAST)}" if rng.random() < 0.03 else "",
        street=f"{rng.choice(names.STREETS)} {rng.randrange(1, 90)}{rng.choice(('', '', '', ' A', ' B'))}",
        postcode=postcode,
        city=city,
        joined_on=joined.isoformat(),
    )


def _couple(one: Person, other: Person) -> tuple[Person, Person]:
    """The same, as two who live together: one address, one street."""
    both = f"familjen.{one.address}"
    home = {"address": both, "street": one.street, "postcode": one.postcode, "city": one.city, "care_of": ""}
    return replace(one, address=both, care_of=""), replace(other, **home)


def _phone(rng: Random) -> str:
    """As people write them; one in six has given none."""
    last = rng.randrange(FIRST_PHONE, LAST_PHONE + 1)
    return rng.choice(
        (f"070-174 06 {last:02d}", f"070-174 06 {last:02d}", f"070-17406{last:02d}",
         f"07017406{last:02d}", f"+46 70 174 06 {last:02d}", "")
    )  # fmt: skip


def _local(first: str, last: str) -> str:
    """”asa.ostlund”: what goes before @ is ASCII."""
    plain = unicodedata.normalize("NFKD", f"{first}.{last}".lower().replace(" ", "-"))
    return plain.encode("ascii", "ignore").decode()


def _ordinary(seed: int) -> tuple[Person, ...]:
    """Members with an address that works, that nobody shares, at a plain domain; in a drawn order."""
    plain = [p for p in members(seed) if p.address.endswith(DOMAINS) and p.address not in BROKEN]
    alone = [p for p in plain if not p.address.startswith("familjen.")]
    Random(seed + 2).shuffle(alone)  # noqa: S311
    return tuple(alone)


def _take(parts: Iterable[int], n: int) -> list[int]:
    return [number for _, number in zip(range(n), parts, strict=False)]


def to_csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The bytes of such a file, as text."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()
