"""The house and the one who asks which groups there are, and why a group has so many; on both engines."""

import re

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from mailer.cli import people as _commands  # noqa: F401 - they enter themselves
from mailer.cli.main import SECTIONS, root
from mailer.errors import EditorError
from mailer.register.tables import accesses, contacts
from mailer.verbs import resign, segment
from tests.register.conftest import Desk, members_csv

HEADER = "Medlemsnummer;Förnamn;Efternamn;E-post;Postnummer;Stad;Inträdesdatum"
ROWS = (
    "17;Åsa;Öberg;asa@brev.example;18696;BROTTBY;2024-04-01",
    "18;Bo;Ek;bo@brev.example;186 97;Brottby;2019-04-01",
    "19;Ulla;Ahl;;186 96;Brottby;2024-05-02",
    "20;Kim;Lund;kim@brev.example;186 30;Kårsta;2024-02-01",
    "21;Alva;Berg;alva@brev.example;;;",
    "22;Ivar;Sten;ivar@brev.example;18696;Brottby;2001-01-01",
)
GROUPS = """
[brottby]
name = "Boende i Brottby"
postnummer = ["186 96", "186 97", "186 99"]
har = ["e-post"]
[andra]
name = "Inte i Brottby"
inte = { ort = "Brottby" }
[nya]
name = "Nya"
eller = [{ "gått med" = { within = "90 dagar" } }, { ort = "Kårta" }]
"""


@pytest.fixture
def full(desk: Desk) -> Desk:
    (desk.house.lists / "grupper.toml").write_text(GROUPS, "utf-8")
    desk.take(members_csv(*ROWS, header=HEADER))
    resign.resign(desk.house, "22")
    return desk


def explained(desk: Desk, key: str, **more: bool) -> list[str]:
    return [" ".join(line.split()) for line in segment.lines(segment.explain(desk.house, key, **more), True)]


def test_counts_down_a_group_condition_by_condition(full: Desk) -> None:
    assert explained(full, "brottby") == [
        "Boende i Brottby",
        "postnummer 186 96, 186 97 eller 186 99 och har e-post",
        "",
        "Medlemmar och Sympatisörer 5",
        "postnummer 186 96, 186 97 eller 186 99 3",
        "varav 186 96: 2",
        "varav 186 97: 1",
        "varav 186 99: 0",
        "har e-post 2",
        "",
        "Går till 2 av 2.",
        "Ingen i registret har postnummer ”186 99”. Menade du ”186 97”?",
    ]


def test_says_who_is_in_because_something_is_not_known(full: Desk) -> None:
    lines = explained(full, "andra")
    assert "inte ort Brottby 2" in lines
    assert "varav räknade hit fast ort inte är känt: 1" in lines


def test_tells_the_branches_of_a_group_apart_and_asks_about_a_misspelling(full: Desk) -> None:
    lines = explained(full, "nya")
    assert "varav gått med de senaste 90 dagarna: 2" in lines
    assert "varav ort Kårta: 0" in lines
    assert "1 saknar e-post" in lines
    assert "Ingen i registret har ort ”Kårta”. Menade du ”Kårsta”?" in lines


def test_lists_all_groups_with_how_many_they_have(full: Desk) -> None:
    lines = [" ".join(line.split()) for line in segment.all_lines(full.house)]
    assert lines[:3] == ["brottby 2 Boende i Brottby", "andra 2 Inte i Brottby", "nya 2 Nya"]
    assert "Medlemmar" in lines[-1]
    (full.house.lists / "grupper.toml").unlink()
    assert "lists/grupper.toml" in segment.all_lines(full.house)[0]


def test_counts_only_those_on_the_list_that_is_named(full: Desk) -> None:
    assert segment.explain(full.house, "brottby", ("sympatisorer",)).head_count.selected == 0


def test_shows_no_names_unless_asked_and_remembers_that_somebody_looked(full: Desk) -> None:
    plain = "\n".join(explained(full, "brottby"))
    assert not re.search(r"Öberg|Ek|@", plain)
    assert full.rows(accesses) == []
    lines = explained(full, "brottby", names=True)
    assert lines[-2:] == ["Bo Ek (18)", "Åsa Öberg (17)"]
    (looked,) = full.rows(accesses)
    assert (looked["who"], looked["what"]) == ("anna", "segment: brottby")


@pytest.mark.parametrize(
    ("group", "what", "remedy"),
    [
        ("brotby", "gruppen ”brotby” finns inte.", "brottby"),
        ("styr", "listan ”styrelse” finns inte.", "Menade du ”styrelsen”?"),
    ],
)
def test_refuses_a_group_or_a_list_that_does_not_exist(full: Desk, group: str, what: str, remedy: str) -> None:
    with (full.house.lists / "grupper.toml").open("a", encoding="utf-8") as file:
        file.write("" if group == "brotby" else '[styr]\nname = "Inte styrelsen"\ninte = { listor = ["styrelse"] }\n')
    with pytest.raises(EditorError) as caught:
        segment.explain(full.house, group)
    (problem,) = caught.value.problems
    assert what in problem.what
    assert remedy in problem.remedy


def test_knows_the_word_segment_on_the_command_line() -> None:
    shown = CliRunner().invoke(root, ["segment", "--help"]).output
    assert "--explain" in shown
    assert any("segment" in names for names in SECTIONS.values())
    refused = CliRunner().invoke(root, ["segment", "--names"])
    assert refused.exit_code == 2


def test_reads_the_year_of_birth_and_the_status_that_the_register_keeps(full: Desk) -> None:
    (full.house.lists / "grupper.toml").write_text(
        '[unga]\nname = "Unga"\n"ålder" = { between = [18, 30] }\nstatus = "Medlem"\n', "utf-8"
    )
    full.house.db.write(
        lambda c: (
            c.execute(contacts.update().where(contacts.c.number == "17").values(born_year=1994, status="MEDLEM"))
            and None
        )
    )
    assert segment.explain(full.house, "unga").head_count.selected == 1
    assert (
        full.house.db.read(lambda c: c.execute(select(contacts.c.number).where(contacts.c.born_year == 1994)).scalar())
        == "17"
    )
