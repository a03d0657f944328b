"""The invented register: always the same, and with everything in it that a real one has."""

import csv
import io
import re
import tomllib
from collections import Counter
from pathlib import Path

import pytest

from mailer.address import Address, parse_address
from mailer.demo import register

ROOT = Path(__file__).parents[2]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=";"))


MEMBERS = rows(register.members_csv())


def works(address: str) -> bool:
    try:
        return isinstance(parse_address(address), Address)
    except ValueError:
        return False


def test_invents_the_same_people_every_time() -> None:
    for csv_of in (register.members_csv, register.sympathisers_csv, register.board_csv):
        assert csv_of(7) == csv_of(7)
        assert csv_of(7) != csv_of(8)


@pytest.mark.parametrize("seed", [register.SEED, 1, 2, 3])
def test_invents_as_many_as_it_says(seed: int) -> None:
    people = rows(register.members_csv(seed))
    assert len(people) == 400
    assert len({person["Medlemsnummer"] for person in people}) == 400
    addresses = Counter(person["E-post"] for person in people)
    assert addresses.pop("") == 60
    assert sorted(n for n in addresses.values() if n > 1) == [2] * 12
    assert sum(n for address, n in addresses.items() if not works(address)) == 3
    assert sum(n for address, n in addresses.items() if address.endswith("@räksmörgås.example")) == 5
    assert len(rows(register.sympathisers_csv(seed))) == 25
    assert len(rows(register.board_csv(seed))) == 7
    assert len(set(register.leavers(seed))) == 6


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("medlemmar", register.members_csv()),
        ("sympatisorer", register.sympathisers_csv()),
        ("styrelsen", register.board_csv()),
    ],
)
def test_writes_the_columns_that_the_list_reads(name: str, text: str) -> None:
    definition = tomllib.loads((ROOT / "lists" / f"{name}.toml").read_text("utf-8"))
    assert set(definition["columns"]) == set(rows(text)[0])


def test_names_whose_address_is_broken_and_why_it_cannot_be_used() -> None:
    broken = {person["Medlemsnummer"] for person in MEMBERS if person["E-post"] and not works(person["E-post"])}
    assert broken == set(register.broken())


def test_seats_a_board_of_members_who_can_be_written_to() -> None:
    members = {person["Medlemsnummer"]: person for person in MEMBERS}
    for person in rows(register.board_csv()):
        assert person.items() <= members[person["Medlemsnummer"]].items()
        assert works(person["E-post"])
        assert person["Medlemsnummer"] not in register.leavers()


@pytest.mark.parametrize("seed", [register.SEED, 0, 1])
def test_lets_those_leave_who_would_else_have_been_written_to(seed: int) -> None:
    members = rows(register.members_csv(seed))
    shared = Counter(person["E-post"] for person in members)
    left = [person for person in members if person["Medlemsnummer"] in register.leavers(seed)]
    assert len(left) == 6
    assert all(works(person["E-post"]) and shared[person["E-post"]] == 1 for person in left)


def test_knows_no_sympathiser_who_is_a_member() -> None:
    addresses = {person["E-post"] for person in MEMBERS}
    assert not addresses & {person["E-post"] for person in rows(register.sympathisers_csv())}
    assert all(works(person["E-post"]) for person in rows(register.sympathisers_csv()))


def test_has_numbers_with_leading_zeros_names_with_rings_and_dots_and_homes_in_three_places() -> None:
    assert all(re.fullmatch(r"0\d{5}", person["Medlemsnummer"]) for person in MEMBERS)
    names = "".join(person["Förnamn"] + person["Efternamn"] for person in MEMBERS)
    assert set("ÅÖåäöé") <= set(names)
    assert {person["Stad"] for person in MEMBERS} == {"Vallentuna", "Brottby", "Kårsta"}
    brottby = tomllib.loads((ROOT / "lists" / "grupper.toml").read_text("utf-8"))["brottby"]["postnummer"]
    assert {person["Postnummer"] for person in MEMBERS if person["Stad"] == "Brottby"} == set(brottby)
    assert {bool(person["C/O-adress"]) for person in MEMBERS} == {True, False}


def test_gives_out_only_telephone_numbers_that_nobody_has() -> None:
    for person in MEMBERS:
        digits = re.sub(r"\D", "", person["Telefon"])
        assert not digits or re.fullmatch(r"(0|46)70174060[5-9]|(0|46)701740[6][1-9]\d", digits)


def test_writes_to_no_domain_that_could_exist() -> None:
    for person in MEMBERS + rows(register.sympathisers_csv()):
        assert person["E-post"] in ("", *register.BROKEN) or person["E-post"].endswith(".example")


def test_tells_no_birthdays() -> None:
    # No personnummer, with or without its century, in any cell.
    cells = [cell for person in MEMBERS for name, cell in person.items() if name != "Telefon"]
    assert not [cell for cell in cells if re.search(r"\d{6}[-+]?\d{4}", cell)]
