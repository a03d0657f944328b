"""The house and the bytes of a register's file: encodings, separators, broken records."""

import pytest

from mailer.errors import EditorError
from mailer.register.sheet import read_sheet

SWEDISH = "Nummer;Namn\r\n1;Åsa Öberg\r\n2;Märta Änglén\r\n"


def cells(raw: bytes) -> list[list[str]]:
    return [record.cells for record in read_sheet("r.csv", raw).records]


def problem_of(raw: bytes) -> tuple[int, str]:
    with pytest.raises(EditorError) as caught:
        list(read_sheet("r.csv", raw).records)
    assert caught.value.problems[0].where == "r.csv"
    return caught.value.problems[0].line, caught.value.problems[0].what


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "cp850", "mac_roman"])
def test_reads_what_excel_dos_and_old_macs_write(encoding: str) -> None:
    assert cells(SWEDISH.encode(encoding)) == [["1", "Åsa Öberg"], ["2", "Märta Änglén"]]


def test_reads_both_byte_orders_of_utf_16() -> None:
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        assert cells(mark + SWEDISH.encode(encoding))[0] == ["1", "Åsa Öberg"]


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_finds_the_separator_in_the_header(separator: str) -> None:
    raw = f'Nummer{separator}"a;b,c\td;e,f"\n1{separator}x\n'.encode()
    assert read_sheet("r.csv", raw).header == ["Nummer", "a;b,c\td;e,f"]
    assert cells(raw) == [["1", "x"]]


def test_keeps_line_breaks_quotes_and_separators_inside_quotes() -> None:
    sheet = read_sheet("r.csv", b'a;b\r\n1;"rad ett\r\nrad tv\xc3\xa5; ""ja"""\r\n2;x\r\n')
    records = list(sheet.records)
    assert [record.cells for record in records] == [["1", 'rad ett\r\nrad två; "ja"'], ["2", "x"]]
    assert [record.line for record in records] == [2, 4]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_reads_all_ends_of_lines_and_skips_blank_ones(end: str) -> None:
    assert cells(f"{end}a;b{end}{end}1;2{end} ; {end}3;4".encode()) == [["1", "2"], ["3", "4"]]


def test_marks_a_record_with_too_few_or_too_many_cells() -> None:
    records = list(read_sheet("r.csv", b"a;b;c\n1;2\n1;2;3;4\n1;2;3\n").records)
    assert [(record.line, record.whole) for record in records] == [(2, False), (3, False), (4, True)]


@pytest.mark.parametrize(
    ("raw", "line", "what"),
    [
        (b"", 0, "filen är tom."),
        (b"\xef\xbb\xbf", 0, "filen är tom."),
        (b" \r\n\r\n", 0, "filen är tom."),
        (b";;;\r\n;;;\r\n", 0, "filen är tom."),
        (b"a;b\n1;\0\n", 2, "filen innehåller NUL-tecken och är ingen CSV-fil."),
        ("a;b\n1;2\n".encode("utf-16-le"), 1, "filen innehåller NUL-tecken och är ingen CSV-fil."),
        (b"\xff\xfea", 0, "filen är skadad: den är inte hel UTF-8 eller UTF-16."),
        (b"\xef\xbb\xbfa;\xe5\n", 0, "filen är skadad: den är inte hel UTF-8 eller UTF-16."),
        (b"PK\x03\x04rest", 0, "filen är avklippt eller skadad: dess slut saknas."),
        (b"a;b;A \n1;2;3\n", 1, "kolumnen ”a” står två gånger."),
        ("é;e\u0301\n1;2\n".encode(), 1, "kolumnen ”é” står två gånger."),
        (b'a;b\n1;2\n3;"x\n4;5\n6;7\n', 3, "citattecknen går inte ihop"),
        (b'a;b\n1;"x"y\n', 2, "citattecknen går inte ihop"),
        (b"a;b\n1;" + b"x" * 140_000 + b"\n", 2, "citattecknen går inte ihop"),
        (b"a;b\n1;\xff\xfe\xfd\n", 2, "det går inte att avgöra vilken teckenkodning"),
        ("a;b\n1;Åsa Öberg Ärling\n2;x".encode() + b"\xc3\n", 3, "det går inte att avgöra vilken teckenkodning"),
    ],
)
def test_refuses_a_file_it_cannot_read_and_says_where(raw: bytes, line: int, what: str) -> None:
    found = problem_of(raw)
    assert found[0] == line
    assert found[1].startswith(what)


@pytest.mark.parametrize(
    ("raw", "line", "what"),
    [
        (b"a;b;c\n1;2;3\n4;5", 3, "filen är avklippt: den sista raden har 2 av 3 kolumner."),
        (b"a;b;c\r\n1;2;3\r\n4;5;6\r\n7", 4, "filen är avklippt: den sista raden har 1 av 3 kolumner."),
        (b'a;b\n1;2\n3;"\xc3\xa5', 3, "citattecknen går inte ihop"),
        ("a;b\n1;Åsa\n2;Å".encode()[:-1], 3, "filen är avklippt: den slutar mitt i en bokstav."),
    ],
)
def test_notices_where_a_file_was_cut(raw: bytes, line: int, what: str) -> None:
    found = problem_of(raw)
    assert found[0] == line
    assert found[1].startswith(what)


@pytest.mark.parametrize(
    "raw", [b"a;b;c\n1;2;3\n4;5\n", b"a;b;c\n1;2\n4;5", b"a;b;c\n4;5", b"a;b;c\n1;2;3\n4;5;6;7", b"a;b;c\n1;2;3"]
)
def test_takes_a_ragged_row_for_no_more_than_that(raw: bytes) -> None:
    assert cells(raw)


def test_never_sends_control_characters_of_a_header_to_the_terminal() -> None:
    assert problem_of(b"a\x1b[2J;a\x1b[2J\n1;2\n")[1] == "kolumnen ”a[2j” står två gånger."
