"""The house and files whose headers it does not know: what is found, what to paste, and a map for once."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailer.errors import EditorError
from mailer.register.definition import parse_list
from mailer.register.rows import read_rows
from mailer.register.tables import contacts
from mailer.verbs import import_
from tests.register.conftest import FRIENDS, MEMBERS, Desk, a_list

BASE = 'name = "M"\nbasis = "b"\norigin = "o"\nwhy = "w"\n'
ODD = "Medl.nr;Tilltalsnamn;Släktnamn (efternamn);Mejl;Mobil;Skonummer;Personnummer;Född\n1;Åsa;Ek;a@x.example;;41;;1985\n"


def remedy_of(raw: str, chosen: object = MEMBERS) -> str:
    with pytest.raises(EditorError) as caught:
        read_rows("r.csv", raw.encode(), chosen)  # type: ignore[arg-type]
    return caught.value.problems[0].remedy


def pasted(remedy: str) -> dict[str, str]:
    """What a person would paste, read as a list's file is."""
    block = remedy[remedy.index("[columns]\n    ") :].partition("\n    Bara den här gången")[0]
    text = BASE + block
    found, problems = parse_list("lists/m.toml", "m", text, tomllib.loads(text))
    assert problems == []
    assert found is not None
    return dict(found.columns)


def test_shows_the_headers_it_found_and_a_proposal_to_paste() -> None:
    remedy = remedy_of(ODD)
    assert "Filen har ”Medl.nr”, ”Tilltalsnamn”, " in remedy
    assert "sätt det i stället för [columns] i lists/medlemmar.toml:" in remedy
    assert "# läses inte in: ”Skonummer” och ”Personnummer”" in remedy
    assert pasted(remedy) == {
        "Medl.nr": "number", "Tilltalsnamn": "first_name", "Släktnamn (efternamn)": "last_name", "Mejl": "address",
        "Mobil": "phone", "Född": "born_year",
    }  # fmt: skip


def test_can_read_the_file_with_what_it_proposed() -> None:
    found = read_rows("r.csv", ODD.encode(), a_list(**pasted(remedy_of(ODD))))
    assert (found.rows[0].number, found.rows[0].last_name, found.rows[0].born_year) == ("1", "Ek", 1985)


@given(
    st.lists(st.text(st.characters(exclude_characters=';\r\n"@', exclude_categories=("Cs",)), max_size=12), min_size=1)
)
def test_proposes_something_that_can_be_pasted_whatever_the_headers(headers: list[str]) -> None:
    try:
        read_rows("r.csv", (";".join(headers) + "\n").encode(), FRIENDS)
    except EditorError as wrong:
        remedy = wrong.problems[0].remedy
        assert remedy
        assert "[columns]\n    " not in remedy or pasted(remedy)


@pytest.mark.parametrize("row", ["Åsa;asa@brev.example", "Åsa;070-174 06 05", "Åsa;Ek;186 96"])
def test_shows_nobody_who_stands_where_the_headers_should(row: str) -> None:
    remedy = remedy_of(f"{row}\n", FRIENDS)
    assert remedy.endswith("Filens första rad ser inte ut som rubriker: skriv dit dem.")
    assert "Åsa" not in remedy


def test_says_on_which_row_the_headers_are_when_a_title_stands_above() -> None:
    raw = "Medlemslista;\nUttagen 1 maj;\n\nMedlemsnummer;Förnamn\n17;Åsa\n"
    assert remedy_of(raw).endswith("Rubrikerna ser ut att stå på rad 4: ta bort raderna ovanför.")


def test_reads_a_column_as_it_is_told_to_for_once(desk: Desk) -> None:
    pairs = ("Medl.nr=number", "Tilltalsnamn = first_name", "Mejl=address")
    shown = desk.preview(ODD.encode(), mapped=pairs)
    assert "--map 'Medl.nr=number'" in import_.words(shown)[-1] or "--map Medl.nr=number" in import_.words(shown)[-1]
    with pytest.raises(EditorError):
        import_.accept(desk.house, "medlemmar", shown.path, True, shown.hash)
    import_.accept(desk.house, "medlemmar", shown.path, True, shown.hash, mapped=pairs)
    assert [(row["number"], row["address"]) for row in desk.rows(contacts)] == [("1", "a@x.example")]


def test_reads_a_mapped_field_from_that_column_alone() -> None:
    from mailer.register.columns import with_map

    raw = b"Medlemsnummer;E-post;Privat mejl\n1;jobb@x.example;hem@x.example\n"
    row = read_rows("r.csv", raw, with_map(MEMBERS, ["Privat mejl=address"])).rows[0]
    assert row.address is not None
    assert row.address.ascii == "hem@x.example"
    odd = read_rows("r.csv", b"Nr=1;x\n7;y\n", with_map(MEMBERS, ["Nr=1=number"])).rows[0]
    assert odd.number == "7"


@pytest.mark.parametrize(
    ("pair", "what"),
    [
        ("Mejl", "”Mejl” är inget par."),
        ("=address", "”=address” är inget par."),
        ("Mejl=adress", "kolumnen ”Mejl” kan inte bli ”adress”.\n    Menade du ”address”?"),
        ("Personnummer=number", "kolumnen ”Personnummer” får inte läsas in:"),
        ("Mejll=address", "filen har ingen kolumn ”Mejll”.\n    Menade du ”Mejl”?"),
    ],
)
def test_refuses_a_map_it_cannot_follow(desk: Desk, pair: str, what: str) -> None:
    with pytest.raises(EditorError) as caught:
        desk.preview(ODD.encode(), mapped=("Medl.nr=number", pair))
    assert what in str(caught.value)
