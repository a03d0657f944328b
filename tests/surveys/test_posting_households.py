"""Who shares an envelope: only those of whom something says that they live together. Pure."""

import pytest

from mailer.surveys.posting.households import Addressee, address_hash, households, lacks, postal


def one(n: int, first="Anna", last="Berg", street="Storgatan 12", postcode="186 30", city="Vallentuna", care_of="",
        **more) -> Addressee:  # fmt: skip
    return Addressee(n, n, f"{n:04}", first, last, more.pop("language", "sv"), care_of, street, postcode, city, 0, "",
                     **more)  # fmt: skip


def numbers(*people: Addressee, together: bool = True) -> list[list[int]]:
    return [[p.contact for p in household] for household in households(people, together)]


TABLE = {
    "a couple of one name": ((one(1), one(2, "Bo")), [[1, 2]]),
    "neighbours in a house of flats": ((one(1), one(2, "Eva", "Dal")), [[1], [2]]),
    "two of different names in one flat": ((one(1, street="Storgatan 12 lgh 1103"),
                                            one(2, "Eva", "Dal", street="Storgatan 12  LGH 1103")), [[1, 2]]),
    "two flats in one house": ((one(1, street="Storgatan 12 lgh 1103"), one(2, street="Storgatan 12 lgh 1104")),
                               [[1], [2]]),
    "case and spaces": ((one(1), one(2, "Bo", street="STORGATAN  12 ", postcode="18630", city="vallentuna")), [[1, 2]]),
    "the same street elsewhere": ((one(1), one(2, "Bo", postcode="141 30", city="Huddinge")), [[2], [1]]),
    "half of a double name": ((one(1), one(2, "Bo", "Dal-Berg"), one(3, "Eva", "Dal")), [[1, 2, 3]]),
    "a telephone in common": ((one(1, phone="+4681234567"), one(2, "Eva", "Dal", phone="+4681234567")), [[1, 2]]),
    "an e-mail address in common": ((one(1, email="vi@hem.example"), one(2, "Eva", "Dal", email="Vi@hem.example")),
                                    [[1, 2]]),
    "no telephone is none in common": ((one(1, phone=""), one(2, "Eva", "Dal", phone="")), [[1], [2]]),
    "c/o the same": ((one(1, care_of="c/o Ek"), one(2, "Eva", "Dal", care_of="C/O  ek")), [[1, 2]]),
    "one of them c/o": ((one(1), one(2, "Bo", care_of="c/o Ek")), [[1], [2]]),
    "five in a household": (tuple(one(n, f"A{n}") for n in range(1, 6)), [[1, 2, 3, 4], [5]]),
    "two languages": ((one(1), one(2, "Bo", language="en")), [[1, 2]]),
    "no surname": ((one(1, last=""), one(2, "Bo", last="")), [[1], [2]]),
    "in the order of the postman": ((one(1, street="Vägen 10"), one(2, street="Vägen 2"), one(3, street="Åvägen 1",
                                    postcode="186 20")), [[3], [2], [1]]),
}  # fmt: skip


@pytest.mark.parametrize("case", TABLE)
def test_joins_only_those_who_live_together(case):
    people, expected = TABLE[case]
    assert numbers(*people) == expected
    assert numbers(*reversed(people)) == expected, "in whichever order the register has them"
    assert sorted(numbers(*people, together=False)) == [[p.contact] for p in sorted(people, key=lambda p: p.contact)]


def test_writes_the_address_as_the_post_wants_it():
    (household,) = households([one(1, street=" Storgatan   12 ", postcode="18630"), one(2, "Bo", "Berg")])
    to = postal(household)
    assert (to.names, to.street, to.postcode, to.city) == (
        ("Anna Berg", "Bo Berg"),
        "Storgatan 12",
        "186 30",
        "Vallentuna",
    )


@pytest.mark.parametrize(
    ("who", "lacking"),
    [
        (one(1), ""),
        (one(1, postcode=""), "postnummer"),
        (one(1, postcode="1863"), "postnummer"),
        (one(1, street=" ", city=""), "gatuadress och ort"),
        (one(1, first="", last=" "), "namn"),
        (one(1, street="", postcode="x", city=""), "gatuadress, postnummer och ort"),
    ],
)
def test_says_what_an_address_lacks(who, lacking):
    assert lacks(who) == lacking


def test_knows_an_address_that_is_written_otherwise():
    here = address_hash(None, "Storgatan 12", "186 30", "Vallentuna")
    assert here == address_hash("", "storgatan  12", "18630", "VALLENTUNA")
    assert here != address_hash("", "Storgatan 12", "186 31", "Vallentuna")
