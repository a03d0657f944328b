"""The house and the difference between a file and a list: who comes, who changes, who goes, and what stops it."""

import pytest

from mailer.errors import Problem
from mailer.register.diff import Change, Diff, compare, short_hash
from mailer.register.groups import groups
from mailer.register.identity import Known
from mailer.register.rows import People, Row, read_rows
from mailer.register.stops import stop
from tests.register.conftest import MEMBERS, NOW, a_list, members_csv

HEADER = "Medlemsnummer;Förnamn;Efternamn;E-post;Gatuadress"
BOARD = a_list("styrelsen", False, **{h: MEMBERS.columns[h] for h in HEADER.split(";")})


def known(id_: int, address: str | None = "asa@brev.example", resigned: bool = False, **more: str | None) -> Known:
    values = {
        "number": str(id_),
        "source_id": None,
        "first_name": "Åsa",
        "last_name": "Öberg",
        "street": "Vägen 1",
    } | more
    shown = {"address": address, "address_shown": address, "resigned_at": NOW if resigned else None}
    rest = dict.fromkeys(("address_problem", "phone", "care_of", "postcode", "city", "language", "joined_on"))
    return Known(id_, **(rest | values | shown))  # type: ignore[arg-type]


def diff(
    *rows: str, contacts: tuple[Known, ...] = (), whole: bool = True, members: bool = True, on: str = "123"
) -> Diff:
    """Against contacts of which the ids in `on` stand on the list, and all are members."""
    people = read_rows("r.csv", members_csv(*rows, header=HEADER), MEMBERS)
    on_list = {int(n) for n in on}
    chosen = MEMBERS if members else BOARD
    return compare("r.csv", people, contacts, on_list, {c.id for c in contacts}, chosen, whole)


def test_sees_who_is_new_changed_gone_and_the_same() -> None:
    found = diff(
        "1;Åsa;Öberg;asa@brev.example;Vägen 1",
        "2;Åsa;Öberg;ny@brev.example;Vägen 1",
        "9;Bo;Ek;bo@brev.example;Torget 2",
        contacts=(known(1), known(2), known(3)),
    )
    assert [row.number for row in found.added] == ["9"]
    assert found.changed == (Change(2, {"address": "ny@brev.example", "address_shown": "ny@brev.example"}),)
    assert (found.removed, found.unchanged, found.on_list) == ((3,), 1, 3)
    assert found.words(members=True) == "1 ny, 1 har lämnat, 1 har bytt adress, 1 oförändrad"
    assert found.words(members=False) == "1 ny, 1 tas av listan, 1 har bytt adress, 1 oförändrad"


def test_counts_a_person_once_in_words() -> None:
    both = diff("1;Åsa;Öberg;ny@brev.example;Torget 2", contacts=(known(1),), on="1")
    moved = diff("1;Åsa;Öberg;asa@brev.example;Torget 2", contacts=(known(1),), on="1")
    named = diff("1;Åsa;Ek;asa@brev.example;Vägen 1", contacts=(known(1),), on="1")
    assert [one.words(True) for one in (both, moved, named)] == [
        "1 har bytt adress",
        "1 har flyttat",
        "1 har bytt namn",
    ]
    assert diff().words(True) == "ingenting"


def test_takes_nobody_off_when_the_file_is_not_whole() -> None:
    found = diff("9;Bo;Ek;;", contacts=(known(1), known(2)), whole=False)
    assert (found.removed, len(found.added)) == ((), 1)


def test_empties_a_field_only_on_the_word_of_the_whole_member_register() -> None:
    row = "1;Åsa;;;"
    assert diff(row, contacts=(known(1),), on="1").changed == (
        Change(1, {"last_name": "", "address": None, "address_shown": None, "street": None}),
    )
    assert diff(row, contacts=(known(1),), on="1", whole=False).changed == ()
    assert diff(row, contacts=(known(1),), on="1", members=False).changed == ()


def test_never_empties_what_a_person_is_known_by() -> None:
    read = frozenset(("number", "source_id"))
    rows = (Row(2, read, number="1"), Row(3, read, source_id="z2"))
    contacts = (known(1, source_id="z1"), known(2, source_id="z2"))
    found = compare("r.csv", People(rows, ()), contacts, {1, 2}, {1, 2}, MEMBERS, True)
    assert (found.changed, found.unchanged) == ((), 2)


def test_forgets_an_address_that_the_register_no_longer_can_spell() -> None:
    (change,) = diff("1;Åsa;Öberg;asa@@brev;Vägen 1", contacts=(known(1),), on="1").changed
    assert change.fields["address"] is None
    assert change.fields["address_problem"] == "”asa@@brev” innehåller tecken som e-postservrar läser olika"


def test_lets_the_member_register_stand_against_other_lists() -> None:
    row = "1;Aasa;Öberg;annan@brev.example;Torget 2"
    assert diff(row, contacts=(known(1),), members=False).changed == ()
    filled = diff(row, contacts=(known(1, None, street=None),), members=False).changed
    assert filled[0].fields.keys() == {"address", "address_shown", "street"}


def test_brings_a_member_back_but_not_through_another_list() -> None:
    row = "1;Åsa;Öberg;asa@brev.example;Vägen 1"
    back = diff(row, contacts=(known(1, resigned=True),))
    assert (back.returned, back.removed, back.on_list, back.resigned) == ((1,), (), 0, 0)
    other = diff(row, contacts=(known(1, resigned=True),), members=False)
    assert (other.returned, other.resigned, other.unchanged) == ((), 1, 1)


def test_does_not_resign_twice() -> None:
    assert diff("2;Åsa;Öberg;;", contacts=(known(1, resigned=True), known(2))).removed == ()


def test_enters_a_known_person_on_a_new_list() -> None:
    found = diff("1;Åsa;Öberg;asa@brev.example;Vägen 1", contacts=(known(1),), on="2", members=False)
    assert (found.listed, found.added, found.unchanged) == ((1,), (), 0)
    assert found.words(False) == "1 ny på listan som redan fanns i registret"


def many(kept: int, of: int, problems: int = 0, unknown: int = 0) -> Diff:
    """A whole file that leaves `kept` of `of` on the list."""
    rows = tuple(Row(n + 2, frozenset(), str(n)) for n in range(kept))
    rows += tuple(Row(5000 + n, frozenset(), left_out=True) for n in range(unknown))
    wrong = tuple(Problem("r.csv", "fel", "", n + 2) for n in range(problems))
    contacts = [known(n, number=str(n)) for n in range(of)]
    return compare("r.csv", People(rows, wrong), contacts, set(range(of)), set(range(of)), MEMBERS, True)


@pytest.mark.parametrize(
    ("kept", "of", "stops"),
    [
        (95, 100, False),
        (94, 100, True),
        (15, 20, False),
        (14, 20, True),
        (380, 400, False),
        (379, 400, True),
        (1, 6, False),
    ],
)
def test_stops_a_whole_file_that_takes_off_more_than_five_percent_and_five_people(
    kept: int, of: int, stops: bool
) -> None:
    problems = stop("r.csv", many(kept, of), MEMBERS, True, None)
    assert bool(problems) is stops
    if stops:
        assert f"{of - kept} av {of} på listan Medlemmar" in problems[0].what
        assert f"--allow-removals {of - kept}" in problems[0].remedy


@pytest.mark.parametrize(("allowed", "stops"), [(20, False), (19, True), (21, True), (0, True)])
def test_lets_through_exactly_the_number_that_was_allowed(allowed: int, stops: bool) -> None:
    assert bool(stop("r.csv", many(80, 100), MEMBERS, True, allowed)) is stops


def test_holds_an_allowance_to_its_number_even_under_the_limit() -> None:
    assert stop("r.csv", many(99, 100), MEMBERS, True, 2)
    assert not stop("r.csv", many(99, 100), MEMBERS, True, 1)


@pytest.mark.parametrize(("rows", "problems", "stops"), [(7, 1, False), (7, 4, False), (7, 5, True), (60, 5, False)])
def test_does_not_refuse_a_small_register_for_a_few_bad_rows(rows: int, problems: int, stops: bool) -> None:
    assert bool(stop("r.csv", many(rows, rows, problems), MEMBERS, True, None)) is stops


@pytest.mark.parametrize(("problems", "stops"), [(10, False), (11, True)])
def test_does_not_trust_a_whole_file_with_problems_in_a_tenth_of_its_rows(problems: int, stops: bool) -> None:
    found = many(100, 100, problems)
    assert bool(stop("r.csv", found, MEMBERS, True, None)) is stops
    assert not stop("r.csv", found, MEMBERS, False, None), "adding takes nobody off"


def test_does_not_say_who_left_while_a_row_may_be_anybody() -> None:
    assert "rad 5000" in stop("r.csv", many(99, 100, unknown=1), MEMBERS, True, None)[0].what
    assert not stop("r.csv", many(100, 100, unknown=1), MEMBERS, True, None)


def test_lets_nobody_be_called_by_name_unless_asked() -> None:
    rows = ("1;Åsa;Öberg;ny@brev.example;Vägen 1", "2;Åsa;Ek;asa@brev.example;Vägen 1", "9;Bo;Ek;bo@brev.example;",
            "3;Åsa;Öberg;asa@brev.example;Torget 2")  # fmt: skip
    contacts = (known(1), known(2), known(3), known(4))
    found = diff(*rows, contacts=contacts, on="1234")
    assert found.words(True) == "1 ny, 1 har lämnat, 1 har bytt adress, 1 har bytt namn, 1 har flyttat"
    assert [str(group) for group in groups(found, contacts, MEMBERS, names=False)] == [
        "Har lämnat: nr 4.", "Nya: nr 9.", "Har bytt adress: nr 1.", "Har bytt namn: nr 2.", "Har flyttat: nr 3.",
    ]  # fmt: skip
    assert [str(group) for group in groups(found, contacts, MEMBERS, names=True)] == [
        "Har lämnat: Åsa Öberg (nr 4).",
        "Nya: Bo Ek (nr 9).",
        "Har bytt adress: Åsa Öberg (nr 1): asa@brev.example → ny@brev.example.",
        "Har bytt namn: Åsa Öberg (nr 2) → Åsa Ek.",
        "Har flyttat: Åsa Öberg (nr 3).",
    ]


@pytest.mark.parametrize("whole", [True, False])
def test_refuses_a_file_without_people(whole: bool) -> None:
    assert stop("r.csv", many(0, 3), MEMBERS, whole, 3)


def test_names_each_difference_by_its_own_hash() -> None:
    one, other = diff("9;Bo;Ek;;"), diff("9;Bo;Ek;;", contacts=(known(1),))
    words = {
        short_hash(one, "file", MEMBERS, True),
        short_hash(one, "another file", MEMBERS, True),
        short_hash(one, "file", BOARD, True),
        short_hash(one, "file", MEMBERS, False),
        short_hash(other, "file", MEMBERS, True),
    }
    assert len(words) == 5
    assert short_hash(diff("9;Bo;Ek;;"), "file", MEMBERS, True) in words
