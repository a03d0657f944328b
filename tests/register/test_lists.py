"""The house and the definitions of lists and segments."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mailer.errors import EditorError
from mailer.register.lists import read_lists, read_segments
from tests.register.conftest import ROOT

GOOD = """name = "Medlemmar"
members = true
basis = "GDPR artikel 9.2 d"
origin = "medlemsregistret"
why = "du är medlem"

[columns]
"E-post" = "address"
"Förnamn" = "first_name"
"""
Write = Callable[..., Path]


def problems_of(folder: Path) -> list[tuple[str, int, str, str]]:
    with pytest.raises(EditorError) as caught:
        read_lists(folder)
    return [(p.where, p.line, p.what, p.remedy) for p in caught.value.problems]


def test_reads_its_own_lists_and_groups() -> None:
    lists = read_lists(ROOT / "lists")
    assert list(lists) == ["medlemmar", "styrelsen", "sympatisorer"]
    assert [key for key, one in lists.items() if one.members] == ["medlemmar"]
    assert lists["styrelsen"].columns["E-post"] == "address"
    assert "brottby" in read_segments(ROOT / "lists")


def test_takes_the_key_from_the_file_and_a_byte_order_mark_in_its_stride(write_lists: Write) -> None:
    lists = read_lists(write_lists(**{"nya-medlemmar": b"\xef\xbb\xbf" + GOOD.encode()}))
    assert lists["nya-medlemmar"].name == "Medlemmar"


@pytest.mark.parametrize("key", ["basis", "origin", "why", "name"])
def test_demands_basis_origin_and_why_of_a_list(write_lists: Write, key: str) -> None:
    without = "".join(line for line in GOOD.splitlines(True) if not line.startswith(key))
    (problem,) = problems_of(write_lists(medlemmar=without))
    assert problem[0] == "lists/medlemmar.toml"
    assert problem[2] == f"{key} saknas."


def test_tells_all_mistakes_of_all_files_at_once(write_lists: Write) -> None:
    bad = GOOD.replace("members = true", 'members = "ja"').replace("why =", "whi =").replace('"address"', '"adress"')
    found = problems_of(write_lists(a=bad, b="name = 7\n", c="namn = [\n"))
    assert ("lists/a.toml", 2, "members ska vara true eller false.", "Skriv utan citattecken.") in found
    assert ("lists/a.toml", 5, "”whi” är okänt.", "Menade du ”why”?") in found
    assert ("lists/a.toml", 8, "kolumnen ”E-post” kan inte bli ”adress”.", "Menade du ”address”?") in found
    assert ("lists/b.toml", 1) in [(where, line) for where, line, _, _ in found]
    assert "lists/c.toml" in [where for where, *_ in found]


@pytest.mark.parametrize(
    "header",
    ["Personnummer", "PERSONNR", "pers.nr", "Fackförbund", "Trade union", "Anteckningar", "kommentar", "Notes"],
)
def test_refuses_to_read_a_column_it_must_not_have_and_says_why(write_lists: Write, header: str) -> None:
    ((_, line, what, _),) = problems_of(write_lists(medlemmar=f'{GOOD}"{header}" = "city"\n'))
    assert line == 10
    assert header in what
    assert ": " in what


@pytest.mark.parametrize("header", ["Studieförbund", "Personligt namn", "Noter", "Kommun", "Fackla"])
def test_does_not_mistake_an_innocent_header(write_lists: Write, header: str) -> None:
    assert read_lists(write_lists(medlemmar=f'{GOOD}"{header}" = "city"\n'))


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        (GOOD.replace("du är medlem", "du \\u0007 är"), 5, "why innehåller ett styrtecken."),
        (GOOD.replace("du är medlem", "du \\uE000 är"), 5, "why innehåller ett styrtecken."),
        (GOOD.replace('"du är medlem"', '"  "'), 5, "why är tom."),
        (GOOD.replace('"du är medlem"', "5"), 5, "why ska vara text inom citattecken."),
        (GOOD.replace("[columns]", "columns = 3 #").split('"E-post"')[0], 7, "columns ska vara ett avsnitt."),
        (GOOD + '"e-POST" = "address"\n', 10, "kolumnen ”e-POST” står två gånger."),
        (GOOD + '"X" = ["address"]\n', 10, "kolumnen ”X” kan inte bli ”['address']”."),
        (GOOD + "name = \n", 10, "raden går inte att läsa."),
        ('name = "a"\nname = "b"\n', 2, "raden går inte att läsa."),
        ('name = "a"\nwhy = [', 2, "raden går inte att läsa."),
    ],
)
def test_finds_the_line_of_a_mistake(write_lists: Write, text: str, line: int, what: str) -> None:
    assert (line, what) in [(found[1], found[2]) for found in problems_of(write_lists(medlemmar=text))]


def test_says_which_line_is_not_utf_8(write_lists: Write) -> None:
    assert problems_of(write_lists(medlemmar=GOOD.encode("cp1252")))[0][:3] == (
        "lists/medlemmar.toml", 5, "filen är inte sparad som UTF-8."
    )  # fmt: skip


@pytest.mark.parametrize("stem", ["Medlemmar", "med lem", "medlemmår", "*", "a" * 65, "-a"])
def test_refuses_a_file_name_that_cannot_be_a_key(write_lists: Write, stem: str) -> None:
    assert problems_of(write_lists(**{stem: GOOD}))[0][2] == "filnamnet kan inte vara en listas namn."


def test_says_that_there_is_no_folder(tmp_path: Path) -> None:
    assert problems_of(tmp_path / "lists")[0][2] == "mappen finns inte."


def test_knows_no_groups_without_the_file(write_lists: Write) -> None:
    assert read_segments(write_lists(medlemmar=GOOD)) == {}
