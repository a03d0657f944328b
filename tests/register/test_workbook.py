"""The house and registers in workbooks: what a spreadsheet does to a register, and what is hostile."""

import io
import random
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailer.errors import EditorError
from mailer.register.rows import read_rows
from mailer.register.sheet import read_sheet
from mailer.verbs import import_, import_words
from tests.register.conftest import FRIENDS, MEMBERS, Desk
from tests.register.workbooks import Rows, ods, package, sheet_xml, xls, xlsx, zipped

HEADER = ["Medlemsnummer", "Förnamn", "Efternamn", "E-post", "Telefon", "Postnummer", "Inträdesdatum"]
ASA = ["0017", "Åsa", "Öberg", "asa@brev.example", 701740605.0, 18696, date(2024, 2, 29)]
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def cells(raw: bytes) -> list[list[str]]:
    return [record.cells for record in read_sheet("r.xlsx", raw).records]


def refusal(raw: bytes) -> str:
    with pytest.raises(EditorError) as caught:
        list(read_sheet("r.xlsx", raw).records)
    (problem,) = caught.value.problems
    assert problem.where == "r.xlsx"
    assert problem.remedy
    return problem.what


def test_reads_a_member_out_of_a_workbook_as_out_of_a_csv() -> None:
    found = read_rows("r.xlsx", xlsx({"Medlemmar": [HEADER, ASA]}), MEMBERS)
    assert (found.problems, found.warnings, found.sheet) == ((), (), "Medlemmar")
    (row,) = found.rows
    assert (row.number, row.first_name, row.last_name) == ("0017", "Åsa", "Öberg")
    assert (row.phone, row.postcode, row.joined_on) == ("+46701740605", "186 96", date(2024, 2, 29))
    assert row.line == 2


def test_reads_the_old_binary_format_and_opendocument() -> None:
    (old,) = read_rows("r.xls", xls(), MEMBERS).rows
    assert (old.number, old.phone, old.joined_on) == ("0017", "+46701740605", date(2024, 2, 29))
    (free,) = read_rows("r.ods", ods([HEADER[:5], ASA[:5]]), MEMBERS).rows
    assert (free.number, free.first_name, free.phone) == ("0017", "Åsa", "+46701740605")


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (701740605.0, "701740605"),
        (17, "17"),
        (17.5, "17.5"),
        (-3, "-3"),
        (date(2024, 2, 29), "2024-02-29"),
        (datetime(2024, 2, 29, 18, 30), "2024-02-29 18:30:00"),
        (True, "ja"),
        (" Åsa ", "Åsa"),
        ("0017", "0017"),
        (None, ""),
    ],
)
def test_reads_a_cell_as_a_person_would_have_typed_it(value: object, read: str) -> None:
    assert cells(xlsx([["a", "b"], ["x", value]])) == [["x", read]]


def test_counts_rows_as_the_spreadsheet_does_and_skips_the_empty_ones() -> None:
    sheet = read_sheet(
        "r.xlsx", xlsx([[], ["a", "b", None, None], [], ["1", "2"], [None, " "], ["3", None, None, "x"]])
    )
    assert (sheet.header, sheet.line) == (["a", "b"], 2)
    assert [(r.line, r.cells, r.whole) for r in sheet.records] == [(4, ["1", "2"], True), (6, ["3", ""], True)]


def test_reads_the_one_sheet_that_holds_something() -> None:
    book = xlsx({"Tom": [], "Mallar": [["dold"]], "Blad 3": [["a", "b"], ["1", "2"]]}, hidden=["Mallar"])
    assert read_sheet("r.xlsx", book).name == "Blad 3"


def test_asks_which_sheet_when_several_hold_something() -> None:
    book = xlsx({"Medlemmar": [["a"], ["1"]], "Styrelse": [["b"], ["2"]]})
    assert refusal(book) == "arbetsboken har flera blad med något i: ”Medlemmar” och ”Styrelse”."


def test_says_which_sheet_it_read(desk: Desk) -> None:
    path = desk.save(xlsx({"Medlemmar": [HEADER, ASA]}), "register.xlsx")
    shown = import_.preview(desk.house, "medlemmar", path, True)
    assert "Läst ur bladet ”Medlemmar”." in import_.words(shown)
    import_.accept(desk.house, "medlemmar", path, True, shown.hash)
    assert desk.by_number("0017")["phone"] == "+46701740605"


def test_refuses_a_header_that_stands_twice_in_a_workbook_too() -> None:
    assert refusal(xlsx([["a", "b", "A "], ["1", "2", "3"]])) == "kolumnen ”a” står två gånger."


def test_warns_when_numbers_have_lost_their_zeros() -> None:
    numbers = [[17, "Åsa"], [1023, "Bo"], [5, "Ulla"]]
    (warning,) = read_rows("r.xlsx", xlsx([HEADER[:2], *numbers]), MEMBERS).warnings
    assert warning.what == (
        "kolumnen ”Medlemsnummer” är lagrad som tal, och numren är olika långa (1–4 siffror): "
        "nollor i början kan ha försvunnit."
    )
    text = [[str(n), name] for n, name in numbers]
    assert read_rows("r.xlsx", xlsx([HEADER[:2], *text]), MEMBERS).warnings == ()
    even = [[n + 1000, name] for n, name in (*numbers[:1], *numbers[2:])]
    assert read_rows("r.xlsx", xlsx([HEADER[:2], *even]), MEMBERS).warnings == ()


def test_warns_when_a_new_number_is_an_old_one_without_its_zeros(desk: Desk) -> None:
    desk.take(xlsx([HEADER, ASA]))
    shown = desk.preview(xlsx([HEADER[:4], [17, "Åsa", "Öberg", "asa@ny.example"]]), whole=False)
    (warning,) = shown.warnings
    assert warning.what == "1 ny person har ett nummer som finns i registret så när som på nollor i början: 17 (0017)."


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (xlsx([["a"], ["1"]])[:-60], "filen är avklippt eller skadad: dess slut saknas."),
        (xlsx([["a"], ["1"]])[:300], "filen är avklippt eller skadad: dess slut saknas."),
        (xls()[:1500], "arbetsboken är skadad och går inte att öppna."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "arbetsboken är skadad och går inte att öppna."),
        (xlsx([]), "arbetsboken är tom."),
        (xlsx([[None, " "], []]), "arbetsboken är tom."),
        (package({"xl/worksheets/sheet1.xml": "<worksheet"}), "arbetsboken är skadad och går inte att öppna."),
        (
            package({"xl/worksheets/sheet1.xml": f"<worksheet {_MAIN}><sheetData><row r='1'><c r='A1' t='s'><v>9</v>"}),
            "arbetsboken är skadad och går inte att öppna.",
        ),
        (xlsx([["a"], ["#REF!"]]), "bladet ”Blad1” har celler där en formel har gått fel (#SAKNAS!, #REF!, #N/A)."),
        (zipped({"bild.png": "x"}), "filen är ett zip-arkiv, men ingen arbetsbok."),
        (zipped({"subscribed_members_export_1.csv": "x"}), "filen är ett zip-arkiv med CSV-filer."),
        (zipped({}), "filen är ett zip-arkiv, men ingen arbetsbok."),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"),
            "arbetsboken är låst med lösenord.",
        ),
        (
            zipped({"mimetype": "x", "content.xml": "", "META-INF/manifest.xml": "<manifest:encryption-data/>"}),
            "arbetsboken är låst med lösenord.",
        ),
    ],
)  # fmt: skip
def test_refuses_a_workbook_it_cannot_read_in_words(raw: bytes, what: str) -> None:
    assert refusal(raw) == what


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"<html><table><tr><td>1</td></tr></table></html>", "en webbsida (HTML)"),
        (b"\xef\xbb\xbf\r\n <!DOCTYPE HTML PUBLIC>", "en webbsida (HTML)"),
        ("<html>".encode("utf-16"), "en webbsida (HTML)"),
        (b'<?xml version="1.0"?><Workbook/>', "en XML-fil"),
        (b"%PDF-1.7", "en PDF"),
        (b"{\\rtf1", "ett textdokument (RTF)"),
        (b"\x1f\x8b\x08rest", "ett packat arkiv"),
    ],
)
def test_says_what_a_file_is_that_is_called_xls_and_is_something_else(raw: bytes, kind: str) -> None:
    assert refusal(raw) == f"filen är {kind}, inte en kalkylfil, vad den än heter."


def sparse() -> bytes:
    """Two cells at opposite corners: a sheet of 17 milliard cells in 2 kB."""
    far = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    return package({"xl/worksheets/sheet1.xml": f"<worksheet {_MAIN}><sheetData>{far}</sheetData></worksheet>"})


def blanks(size: int) -> bytes:
    """A sheet that begins and goes on with blanks, without the test holding them all."""
    made = io.BytesIO(package({}))
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as book, book.open("xl/worksheets/sheet1.xml", "w") as sheet:
        for _ in range(size // 1_000_000):
            sheet.write(b" " * 1_000_000)
    return made.getvalue()


def zeros_bomb() -> bytes:
    """600 MB of blanks in 600 kB."""
    return blanks(600_000_000)


def lying_bomb() -> bytes:
    """300 MB of blanks, with a directory that says 10 kB."""
    return blanks(300_000_000).replace((300_000_000).to_bytes(4, "little"), (10_000).to_bytes(4, "little"))


def wide_text() -> bytes:
    """One text of 32,000 letters, shared by 20,000 cells."""
    shared = f"<sst {_MAIN}><si><t>{'x' * 32_000}</t></si></sst>"
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 20_001))
    raw = package({
        "xl/worksheets/sheet1.xml": f"<worksheet {_MAIN}><sheetData>{rows}</sheetData></worksheet>",
        "xl/sharedStrings.xml": shared,
    })  # fmt: skip
    rels = 'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/>'
    more = rels + (
        '<Relationship Id="rId9" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/'
        'sharedStrings" Target="sharedStrings.xml"/>'
    )
    with zipfile.ZipFile(io.BytesIO(raw)) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    parts["xl/_rels/workbook.xml.rels"] = parts["xl/_rels/workbook.xml.rels"].replace(rels.encode(), more.encode())
    return zipped(parts)


def laughs() -> bytes:
    """Entities that would double thirty times."""
    names = "".join(f'<!ENTITY a{n} "&a{n - 1};&a{n - 1};">' for n in range(1, 30))
    head = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">{names}]>'
    row = '<row r="1"><c r="A1" t="inlineStr"><is><t>&a29;</t></is></c></row>'
    return package({"xl/worksheets/sheet1.xml": f"{head}<worksheet {_MAIN}><sheetData>{row}</sheetData></worksheet>"})


# In a process of its own: what a process has held at most includes what the one that started it had held.
_MEASURE = """
import resource, sys
from mailer.errors import EditorError
from mailer.register.sheet import read_sheet
try:
    list(read_sheet("r.xlsx", open(sys.argv[1], "rb").read()).records)
except EditorError as why:
    print(why)
own = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")]
both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(max(int(own[0]), both[1].ru_maxrss) // 1024, sum(one.ru_utime + one.ru_stime for one in both))
"""


@pytest.mark.parametrize("bomb", [sparse, zeros_bomb, lying_bomb, wide_text, laughs])
def test_refuses_a_bomb_within_its_limits_of_memory_and_time(bomb: Callable[[], bytes], tmp_path: Path) -> None:
    path = tmp_path / "r.xlsx"
    path.write_bytes(bomb())
    done = subprocess.run([sys.executable, "-c", _MEASURE, path], capture_output=True, text=True, check=True)
    *said, figures = done.stdout.splitlines()
    assert re.search(r"för stor|orimligt stor|skadad", said[0])
    megabytes, seconds = map(float, figures.split())
    assert megabytes < 300
    assert seconds < 10


_values = st.one_of(
    st.none(),
    st.booleans(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-(10**12), 10**12),
    st.dates(date(1950, 1, 1), date(2090, 1, 1)),
    st.text(st.characters(min_codepoint=32, max_codepoint=0xD7FF), max_size=8).filter(lambda t: t[:1] != "#"),
    st.sampled_from(["121212-1212", "asa@brev.example", "0017", "070-174 06 05"]),
)
_tables = st.lists(st.lists(_values, max_size=6), max_size=5)
BRIEF = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@BRIEF
@given(_tables)
def test_raises_nothing_but_its_own_errors_on_any_workbook(table: Rows) -> None:
    with suppress(EditorError):
        found = read_rows("r.xlsx", xlsx([HEADER, *table]), MEMBERS)
        assert all(row.line > 1 for row in found.rows)
        kept = [f"{row.name} {row.phone} {row.postcode} {row.address_problem}" for row in found.rows]
        assert not any("1212-" in text for text in (*kept, *map(str, found.problems)))


@BRIEF
@given(st.integers(0, 2**32), st.sampled_from(["xlsx", "ods", "xls"]))
def test_raises_nothing_but_its_own_errors_on_a_damaged_workbook(seed: int, kind: str) -> None:
    chance = random.Random(seed)
    raw = bytearray({"xlsx": xlsx([HEADER, ASA]), "ods": ods([HEADER[:5], ASA[:5]]), "xls": xls()}[kind])
    for _ in range(chance.randrange(1, 20)):
        raw[chance.randrange(4, len(raw))] = chance.randrange(256)
    cut = bytes(raw[: chance.randrange(4, len(raw))]) if chance.random() < 0.3 else bytes(raw)
    with suppress(EditorError):
        found = read_rows("r", cut, FRIENDS)
        assert {problem.line for problem in found.problems} <= {row.line for row in found.rows}


def test_shows_ten_warnings_and_counts_the_rest(desk: Desk) -> None:
    rows = [[str(n), "Åsa", f"Ek{n}", f"asa{n}@vallentuna.se"] for n in range(100, 113)]
    shown = import_words.first_warnings(desk.preview(xlsx([HEADER[:4], *rows])).warnings)
    assert len(shown) == 11
    assert shown[0].what == "OBS: adressen ser ut att gå till en arbetsgivare (vallentuna.se)."
    assert shown[-1].what == "OBS: 3 till av samma slag. De hindrar inte importen."


def test_finds_no_formula_error_in_words_about_one() -> None:
    assert cells(xlsx([["a"], ['<c r="A1" t="e">']])) == [['<c r="A1" t="e">']]
    assert "sheetData" in sheet_xml([])
