"""The house and who is who: in a file, and between a file and the register."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from mailer.address import parse_address
from mailer.register.identity import Known, Matching, match
from mailer.register.rows import Row

READ = frozenset(("number", "source_id", "first_name", "last_name", "address", "phone"))


def row(line: int, number: str = "", source: str = "", name: str = "Åsa Öberg", address: str = "", **more: str) -> Row:
    first, _, last = name.partition(" ")
    parsed = parse_address(address) if address else None
    return Row(line, READ, number, source, first, last, parsed, **more)  # type: ignore[arg-type]


def known(id_: int, number: str = "", source: str = "", name: str = "Åsa Öberg", address: str = "") -> Known:
    first, _, last = name.partition(" ")
    parsed = parse_address(address) if address else None
    return Known(
        id_, number or None, source or None, first, last,
        parsed.ascii if parsed else None, parsed.shown if parsed else None,
        None, None, None, None, None, None, None, None, None,
    )  # fmt: skip


def pairs(found: Matching) -> list[tuple[int, int | None]]:
    return [(one.line, contact.id if contact else None) for one, contact in found.pairs]


MAIL = "asa@brev.example"


@pytest.mark.parametrize(
    ("one", "contact", "same"),
    [
        (row(2, "17"), known(1, "17"), True),
        (row(2, "17", name="Helt Annan"), known(1, "17"), True),
        (row(2, "017"), known(1, "17"), False),  # leading zeros are part of a number
        (row(2, "17", "z9"), known(1, "18", "z9"), True),  # the register has given a new number
        (row(2, "17", address=MAIL), known(1, "", "", address=MAIL), True),  # a sympathiser who became a member
        (row(2, address=MAIL), known(1, "17", address=MAIL), True),
        (row(2, "17", address=MAIL), known(1, "18", address=MAIL), False),  # namesakes in one household
        (row(2, "", "z1", address=MAIL), known(1, "", "z2", address=MAIL), False),
        (row(2, address=MAIL), known(1, name="ÅSA  öberg", address="ASA@BREV.EXAMPLE"), True),
        (row(2, address=MAIL), known(1, name="A\u030asa O\u0308berg", address=MAIL), True),
        (row(2, address="asa@räksmörgås.example"), known(1, address="asa@xn--rksmrgs-5wao1o.example"), True),
        (row(2, address=MAIL), known(1, address="asa+lista@brev.example"), False),  # plus is another mailbox
        (row(2, address=MAIL), known(1, name="Bo Öberg", address=MAIL), False),  # never by address alone
        (row(2, source="z1", name="", address=MAIL), known(1, "17", name="", address=MAIL), False),
        (row(2, address="bo@brev.example"), known(1, address=MAIL), False),  # never by name alone
        (row(2, "17"), known(1, "18"), False),
    ],
)
def test_knows_a_contact_again(one: Row, contact: Known, same: bool) -> None:
    found = match("r.csv", [one], [contact])
    assert pairs(found) == [(2, 1 if same else None)]
    assert found.problems == []


def test_takes_the_same_person_three_ways_for_one() -> None:
    rows = [
        row(2, name="Åsa Öberg", address="asa@räksmörgås.example"),
        row(3, name="ÅSA ÖBERG", address="ASA@RÄKSMÖRGÅS.example"),
        row(4, name="A\u030asa O\u0308berg", address="asa@xn--rksmrgs-5wao1o.example"),
        row(5, name="Åsa Öberg", address="asa+extra@räksmörgås.example"),
    ]
    found = match("r.csv", rows, [])
    assert pairs(found) == [(2, None), (5, None)]
    assert found.doubles == 2
    assert found.problems == []


def test_lets_a_later_row_fill_in_the_number_of_an_earlier() -> None:
    found = match("r.csv", [row(2, address=MAIL), row(3, "17", address=MAIL, phone="+46701740605")], [known(1, "17")])
    ((one, contact),) = found.pairs
    assert (one.line, one.number, one.phone, contact.id if contact else None) == (2, "17", "+46701740605", 1)


def test_does_not_double_a_name_that_one_row_has_in_one_cell() -> None:
    one_cell = replace(row(2, "17"), first_name="Åsa Öberg", last_name="")
    ((one, _),) = match("r.csv", [one_cell, row(3, "17")], []).pairs
    assert (one.first_name, one.last_name) == ("Åsa Öberg", "")


@pytest.mark.parametrize("name", ["Åsa Öberg", ""])
def test_asks_when_a_row_makes_two_earlier_ones_the_same(name: str) -> None:
    rows = [row(2, address=MAIL), row(3, source="z1"), row(4, source="z1", name=name, address=MAIL)]
    found = match("r.csv", rows, [])
    assert pairs(found) == [(2, None), (3, None)]
    assert [problem.line for problem in found.problems] == [4]


@pytest.mark.parametrize(
    ("second", "what"),
    [
        (row(3, "17", name="Bo Ek", address=MAIL), "namnet är ett annat"),
        (row(3, "17", address="ny@brev.example"), "e-postadressen är en annan"),
    ],
)
def test_asks_when_two_rows_of_one_number_disagree(second: Row, what: str) -> None:
    found = match("r.csv", [row(2, "17", address=MAIL), second], [])
    assert pairs(found) == [(2, None)]
    assert [(problem.line, what in problem.what) for problem in found.problems] == [(3, True)]
    assert found.unknown == [], "we know whom the second row is about, if not what is right"


def test_keeps_namesakes_with_a_number_each_apart() -> None:
    rows = [row(2, "17", address=MAIL), row(3, "18", address=MAIL)]
    assert pairs(match("r.csv", rows, [])) == [(2, None), (3, None)]
    assert pairs(match("r.csv", rows, [known(1, address=MAIL)])) == [(2, 1), (3, None)]
    assert pairs(match("r.csv", rows, [known(1, "18", address=MAIL)])) == [(2, None), (3, 1)]


@pytest.mark.parametrize(
    ("rows", "contacts", "kept"),
    [
        ([row(2, "17", "z1")], [known(1, "17"), known(2, "18", "z1")], {1, 2}),  # number and source id disagree
        ([row(2, address=MAIL)], [known(1, "17", address=MAIL), known(2, "18", address=MAIL)], {1, 2}),
        ([row(2, "17"), row(3, "18", "z1")], [known(1, "17", "z1")], {1}),  # two rows, one contact
    ],
)
def test_does_not_guess_between_two(rows: list[Row], contacts: list[Known], kept: set[int]) -> None:
    found = match("r.csv", rows, contacts)
    assert len(found.problems) == 1
    assert found.shielded | {contact.id for _, contact in found.pairs if contact} == kept


def test_does_not_guess_between_two_rows_either() -> None:
    found = match("r.csv", [row(2, "17", address=MAIL), row(3, "18", address=MAIL), row(4, address=MAIL)], [])
    assert pairs(found) == [(2, None), (3, None)]
    assert "raderna 2 och 3" in found.problems[0].what


@pytest.mark.parametrize(
    "left_out",
    [
        replace(row(2, "17"), left_out=True),
        replace(row(2, source="z1"), left_out=True),
        replace(row(2, "99", address=MAIL), left_out=True),  # the number may be the very thing that is wrong
    ],
)
def test_shields_whom_a_row_that_was_left_out_may_be_about(left_out: Row) -> None:
    found = match("r.csv", [left_out], [known(1, "17", "z1", address=MAIL)])
    assert found.pairs == []
    assert found.shielded == {1}
    assert found.unknown == []


def test_says_which_rows_may_be_anybody() -> None:
    assert match("r.csv", [replace(row(7), left_out=True)], [known(1, "17")]).unknown == [7]


def test_has_the_registers_own_columns_in_a_known_contact() -> None:
    moment = datetime(2024, 5, 1, tzinfo=UTC)
    contact = replace(known(1, "17"), joined_on=date(2020, 1, 1), resigned_at=moment)
    assert pairs(match("r.csv", [row(2, "17")], [contact])) == [(2, 1)]
