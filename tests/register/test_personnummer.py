"""The house and what looks like a personnummer. The numbers are nobody's: invented for tests."""

import pytest

from mailer.register.personnummer import holds_personnummer, is_personnummer


@pytest.mark.parametrize(
    "text",
    [
        "121212-1212",
        "1212121212",
        "121212+1212",
        "19121212-1212",
        "191212121212",
        " 20121212-1212 ",
        "121272-1219",  # a samordningsnummer: 60 more on the day
        "000229-0005",  # there was a 29 February 2000
    ],
)
def test_knows_a_personnummer(text: str) -> None:
    assert is_personnummer(text)
    assert holds_personnummer(f"Åsa ({text.strip()}) Öberg")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "121212-1213",  # check digit
        "121312-1219",  # month 13
        "990229-0007",  # no 29 February 1999 or 2099
        "19990229-0007",
        "17121212-1212",
        "070-174 06 05",
        "0701740605",
        "12121212121212",
        "0001234",
        "186 96",
    ],
)
def test_leaves_other_numbers_alone(text: str) -> None:
    assert not is_personnummer(text)
    assert not holds_personnummer(f"x {text} y")


def test_tells_a_whole_number_from_a_part() -> None:
    assert not is_personnummer("c/o 121212-1212")
    assert holds_personnummer("c/o 121212-1212")
