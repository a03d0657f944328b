"""The house and who counts: status and home branch, in the list's file and in the register's; and the year of birth."""

import tomllib
from dataclasses import replace

import pytest

from mailer.errors import EditorError
from mailer.register import standing
from mailer.register.definition import List, parse_list
from mailer.register.rows import Row, read_rows
from mailer.register.tables import contacts
from mailer.verbs import import_
from tests.register.conftest import MEMBERS, NOW, Desk

HEADER = "Medlemsnummer;Förnamn;Efternamn;E-post;Status;Hemförening"
RULE = 'member_status = ["Medlem", "aktiv"]\nhome_branch = ["Vallentuna"]\n'
BASE = 'name = "M"\nbasis = "b"\norigin = "o"\nwhy = "w"\n'


def register(*rows: str, header: str = HEADER) -> bytes:
    return "\r\n".join((header, *rows, "")).encode()


def person(n: int, status: str = "Medlem", branch: str = "Vallentuna") -> str:
    return f"{n};Åsa{n};Ek;asa{n}@brev.example;{status};{branch}"


@pytest.fixture
def strict(desk: Desk) -> Desk:
    """A desk whose members' list counts by status and home branch."""
    path = desk.house.lists / "medlemmar.toml"
    columns = '[columns]\n"Status" = "status"\n"Hemförening" = "home_branch"\n"Född" = "born_year"\n'
    text = path.read_text("utf-8").replace("[columns]\n", f"{RULE}{columns}")
    path.write_text(text, "utf-8")
    return desk


def test_enters_only_those_whom_the_list_counts_and_says_why_the_others_are_not(strict: Desk) -> None:
    raw = register(
        person(1), person(2, "AKTIV", "vallentuna"), person(3, "Utträdd"), person(4, branch="Täby"),
        person(5, branch="Österåker"), person(6, branch="Täby"), person(7, "Vilande", "Täby"),
    )  # fmt: skip
    done = strict.take(raw)
    assert import_.words(done)[:3] == [
        "Medlemmar: 2 nya.",
        "2 har en annan status (Utträdd 1, Vilande 1) och står inte på listan.",
        "3 har en annan hemförening (Täby 2, Österåker 1) och står inte på listan.",
    ]
    assert [row["number"] for row in strict.rows(contacts)] == ["1", "2"], "nothing is kept of those who do not count"
    assert len(strict.on("medlemmar")) == 2
    assert strict.by_number("2")["status"] == "AKTIV"


@pytest.mark.parametrize("whole", [True, False])
def test_takes_one_who_no_longer_counts_for_one_who_has_left(strict: Desk, whole: bool) -> None:
    strict.take(register(person(1), person(2), person(3)))
    shown = strict.preview(register(person(1), person(2, "Utträdd"), person(3, branch="Täby")), whole=whole)
    assert import_.words(shown)[0] == "Medlemmar: 2 har lämnat, 1 oförändrad."
    assert "Har lämnat: nr 2 och nr 3." in import_.words(shown)
    strict.take(register(person(1), person(2, "Utträdd"), person(3, branch="Täby")), whole=whole)
    gone = [strict.by_number(n) for n in ("2", "3")]
    assert [row["resigned_at"] for row in gone] == [NOW, NOW]
    assert (gone[0]["status"], gone[1]["home_branch"]) == ("Utträdd", "Täby")
    again = strict.take(register(person(1), person(2, "Utträdd"), person(3, branch="Täby")), whole=whole)
    assert again.diff.is_empty
    back = strict.take(register(person(1), person(2), person(3, "Utträdd")), whole=whole)
    assert import_.words(back)[0] == "Medlemmar: 1 är tillbaka, 1 oförändrad."
    assert strict.by_number("2")["resigned_at"] is None


def test_stops_when_too_many_would_no_longer_count(strict: Desk) -> None:
    strict.take(register(*(person(n) for n in range(1, 41))))
    moved = register(*(person(n, branch="Täby" if n < 20 else "Vallentuna") for n in range(1, 41)))
    for whole in (True, False):
        with pytest.raises(EditorError, match="19 av 40 på listan Medlemmar skulle räknas som utträdda"):
            strict.preview(moved, whole=whole)
    assert strict.preview(moved, whole=False, allow_removals=19).diff.removed


def test_does_not_guess_who_counts_when_a_row_or_a_file_does_not_say(strict: Desk) -> None:
    strict.take(register(person(1), person(2)))
    shown = strict.preview(register(person(1), person(2, "")))
    assert [p.what for p in shown.problems] == ["raden säger inte statusen, som avgör om personen hör till listan."]
    assert shown.diff.removed == ()
    with pytest.raises(EditorError) as caught:
        strict.preview(register("1;Åsa1;Ek;asa1@brev.example;Medlem", header=HEADER.rpartition(";")[0]))
    assert "listan räknar bara dem med hemföreningen ”Vallentuna”, men filen har ingen kolumn ”Hemförening”." in str(
        caught.value
    )


def test_takes_nobody_off_for_an_old_row_beside_the_one_that_counts(strict: Desk) -> None:
    strict.take(register(person(1), person(2)))
    shown = strict.preview(register(person(1, "Utträdd"), person(1), person(2)))
    assert shown.diff.removed == ()
    assert ["den ena räknas till listan och den andra inte" in p.what for p in shown.problems] == [True]


def test_counts_everybody_where_the_list_says_nothing(desk: Desk) -> None:
    path = desk.house.lists / "medlemmar.toml"
    path.write_text(path.read_text("utf-8") + '"Status" = "status"\n', "utf-8")
    desk.take(register(person(1, "Utträdd"), person(2, "", "")))
    assert [row["status"] for row in desk.rows(contacts)] == ["Utträdd", None]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('member_status = "Medlem"\n[columns]\nS = "status"\n', "member_status ska vara en lista med text"),
        ('member_status = []\n[columns]\nS = "status"\n', "member_status ska vara en lista med text"),
        ('home_branch = [1]\n[columns]\nS = "home_branch"\n', "home_branch ska vara en lista med text"),
        ('home_branch = [" "]\n[columns]\nS = "home_branch"\n', "home_branch ska vara en lista med text"),
        ('home_branch = ["Vallentuna"]\n[columns]\nN = "number"\n', "ingen kolumn i [columns] ger hemföreningen"),
    ],
)
def test_refuses_a_rule_of_a_list_that_cannot_be_followed(text: str, what: str) -> None:
    found, (problem,) = parse_list("lists/m.toml", "m", BASE + text, tomllib.loads(BASE + text))
    assert found is None
    assert what in problem.what
    assert problem.line == 5


def test_reads_who_counts_out_of_a_lists_file() -> None:
    text = BASE + RULE + '[columns]\nS = "status"\nH = "home_branch"\n'
    found, problems = parse_list("lists/m.toml", "m", text, tomllib.loads(text))
    assert problems == []
    assert found is not None
    assert found.counting == {"status": ("Medlem", "aktiv"), "home_branch": ("Vallentuna",)}


def test_names_five_branches_and_counts_the_rest() -> None:
    (line,) = standing.words([("home_branch", name) for name in "ABCDEFGA"])
    assert line == "8 har en annan hemförening (A 2, B 1, C 1, D 1, E 1 och 2 till) och står inte på listan."


BORN: List = replace(MEMBERS, columns={**MEMBERS.columns, "Född": "born_year"})


def born(*cells: str) -> tuple[tuple[Row, ...], list[str]]:
    found = read_rows(
        "r.csv", "\n".join(["Medlemsnummer;Född", *(f"{n};{c}" for n, c in enumerate(cells, 1)), ""]).encode(), BORN
    )
    return found.rows, [problem.what for problem in found.problems]


@pytest.mark.parametrize("cell", ["1985", "1985-03-12", "19850312", " 1985-03-12 00:00:00"])
def test_keeps_the_year_of_a_birth_date_and_nothing_else(cell: str) -> None:
    (row,), wrong = born(cell)
    assert (row.born_year, wrong) == (1985, [])


@pytest.mark.parametrize("cell", ["84", "840312", "12/3 1985", "1885", "2185-01-01", "x"])
def test_keeps_the_person_without_a_year_it_cannot_read(cell: str) -> None:
    (row,), (what,) = born(cell)
    assert row.born_year is None
    assert not row.left_out
    assert what.startswith("födelseåret går inte att läsa")
    assert cell not in what


def test_takes_no_personnummer_for_a_birth_date() -> None:
    rows, wrong = born("121212-1212", "1985", "1986", "1987")
    assert rows[0].born_year is None
    assert wrong == ["födelseåret är skrivet som ett personnummer, som inte ska in i registret."]
    with pytest.raises(EditorError, match="kolumnen ”Född” innehåller personnummer, inte födelseår"):
        born("121212-1212", "19121212-1212", "1987")


def test_stores_the_year(strict: Desk) -> None:
    strict.take(register(f"{person(1)};1985-03-12", header=f"{HEADER};Född"))
    assert strict.by_number("1")["born_year"] == 1985
