"""The house and the rows of a register's file: each value read or refused, never guessed."""

from datetime import date

import pytest

from mailer.errors import EditorError
from mailer.register.rows import People, Row, read_rows
from tests.register.conftest import FRIENDS, MEMBERS, a_list, members_csv


def people(*rows: str, **more: str) -> People:
    return read_rows("register.csv", members_csv(*rows, **more), MEMBERS)


def only(*rows: str, **more: str) -> Row:
    found = people(*rows, **more)
    assert found.problems == ()
    (row,) = found.rows
    return row


def cell(header: str, value: str) -> tuple[Row, list[str]]:
    """One row with a number and one more cell; what was wrong with it."""
    found = read_rows("r.csv", f"Medlemsnummer;{header}\n17;{value}\n".encode(), MEMBERS)
    (row,) = found.rows
    assert all(problem.line == 2 for problem in found.problems)
    return row, [problem.what for problem in found.problems]


def test_reads_a_member_as_the_register_writes_one() -> None:
    row = only("00123;Åsa;Öberg;Asa.Oberg@Brev.example;070-174 06 05")
    assert (row.line, row.number, row.first_name, row.last_name) == (2, "00123", "Åsa", "Öberg")
    assert row.phone == "+46701740605"
    assert row.address is not None
    assert row.address.normal == "asa.oberg@brev.example"
    assert row.read == {"number", "first_name", "last_name", "address", "phone"}


@pytest.mark.parametrize(
    ("header", "value", "field", "read"),
    [
        ("Postnummer", "18696", "postcode", "186 96"),
        ("Postnummer", "186 96", "postcode", "186 96"),
        ("Postnummer", "SE-186 96", "postcode", "186 96"),
        ("Postnummer", "S-18696", "postcode", "186 96"),
        ("Postnummer", "0150", "postcode", "0150"),
        ("Postnummer", "K1A 0B1", "postcode", "K1A 0B1"),
        ("Inträdesdatum", "2024-02-29", "joined_on", date(2024, 2, 29)),
        ("Inträdesdatum", "", "joined_on", None),
        ("Telefon", "+46 (0)70 174 06 05", "phone", "+46701740605"),
        ("Telefon", "08-465 004 00", "phone", "+46846500400"),
        ("Telefon", "070-174 06 05, hem", "phone", "+46701740605"),
        ("Telefon", "070-174 06 05 (jobbet)", "phone", "+46701740605"),
        ("Telefon", "701740605", "phone", "+46701740605"),
        ("Telefon", "46701740605", "phone", "+46701740605"),
        ("Inträdesdatum", "2024-02-29 00:00:00", "joined_on", date(2024, 2, 29)),
        ("Telefon", "+47 22 86 44 00", "phone", "+4722864400"),
        ("Förnamn", "  Åsa ", "first_name", "Åsa"),
        ("Förnamn", "A\u030asa\t", "first_name", "Åsa"),
        ("Efternamn", "af Ekenstam-von Düben", "last_name", "af Ekenstam-von Düben"),
        ("Efternamn", "O’Hara", "last_name", "O’Hara"),
        ("Efternamn", "x" * 200, "last_name", "x" * 200),
        ("Gatuadress", "{{7*7}} <b>", "street", "{{7*7}} <b>"),
    ],
)
def test_keeps_a_value_in_one_form(header: str, value: str, field: str, read: object) -> None:
    row, wrong = cell(header, value)
    assert wrong == []
    assert getattr(row, field) == read
    assert field in row.read


@pytest.mark.parametrize(
    ("header", "value", "field", "what"),
    [
        ("Telefon", "saknas", "phone", "telefonnumret går inte att läsa"),
        ("Telefon", "070-174 06", "phone", "telefonnumret går inte att läsa"),
        ("Telefon", "19121212-1212", "phone", "telefonnumret ser ut som ett personnummer"),
        ("Telefon", "070-174 06 05, 08-465 004 00", "phone", "telefonnumret går inte att läsa"),
        ("Inträdesdatum", "2023-02-29", "joined_on", "inträdesdatumet finns inte"),
        ("Inträdesdatum", "20240229", "joined_on", "inträdesdatumet finns inte"),
        ("Inträdesdatum", "29/2 2024", "joined_on", "inträdesdatumet finns inte"),
        ("Gatuadress", "Stor\u202egatan 1", "street", "gatuadressen innehåller ett osynligt styrtecken"),
        ("Gatuadress", "x" * 201, "street", "gatuadressen är längre än 200 tecken"),
        ("C/O-adress", "c/o 121212-1212", "care_of", "c/o-adressen innehåller vad som ser ut som ett personnummer"),
        ("Stad", "19121212-1212", "city", "orten innehåller vad som ser ut som ett personnummer"),
        ("Postnummer", "x" * 17, "postcode", "postnumret är längre än 16 tecken"),
    ],
)
def test_keeps_the_person_without_a_value_it_refuses(header: str, value: str, field: str, what: str) -> None:
    row, wrong = cell(header, value)
    assert len(wrong) == 1
    assert wrong[0].startswith(what)
    assert not row.left_out
    assert not getattr(row, field)
    assert field not in row.read, "what was not read must not empty what the register has"


@pytest.mark.parametrize(
    "bad", ["A\u202esa", "Å\u2028sa", "Å\x07sa", "\u200bÅsa", "Å\ue000sa", "Åsa\ufeff", "121212-1212"]
)
@pytest.mark.parametrize("header", ["Förnamn", "Efternamn"])
def test_leaves_a_row_out_when_the_name_holds_what_no_name_does(header: str, bad: str) -> None:
    row, wrong = cell(header, bad)
    assert len(wrong) == 1
    assert row.left_out
    assert row.number == "17", "the row still shields the member from being taken for resigned"
    assert "1212" not in wrong[0]


@pytest.mark.parametrize("header", ["Förnamn", "Gatuadress", "E-post", "Telefon", "Inträdesdatum", "Postnummer"])
@pytest.mark.parametrize("value", ["121212-1212", "19121212-1212"])
def test_never_prints_or_keeps_a_personnummer(header: str, value: str) -> None:
    found = read_rows("r.csv", f"Medlemsnummer;{header}\n17;{value}\n".encode(), MEMBERS)
    assert found.problems
    assert "1212" not in f"{found.problems} {found.rows}"


def test_refuses_a_whole_file_whose_member_numbers_are_personnummer() -> None:
    with pytest.raises(EditorError, match="kolumnen ”Medlemsnummer” innehåller personnummer") as caught:
        people("121212-1212;Åsa;Öberg;;", "19121212-1212;Bo;Ek;;")
    assert "1212-" not in str(caught.value)


def test_reads_a_member_number_that_only_looks_like_one() -> None:
    assert [row.number for row in people("1212121212;Åsa;Öberg;;", "17;Bo;Ek;;", "18;Ulla;Ek;;").rows] == [
        "1212121212", "17", "18"
    ]  # fmt: skip


def test_refuses_a_number_that_a_spreadsheet_has_spoilt() -> None:
    found = people("1,23457E+06;Åsa;Öberg;;")
    assert found.rows[0].left_out
    assert "kalkylprogram" in found.problems[0].what


@pytest.mark.parametrize("address", ["anna@@x.example", "gun-britt@", "kalle p@post.example", "x" * 9_000])
def test_keeps_a_member_whose_address_cannot_be_read(address: str) -> None:
    found = people(f"17;Åsa;Öberg;{address};")
    (row,) = found.rows
    assert not row.left_out
    assert row.address is None
    assert row.address_problem in found.problems[0].what
    assert 0 < len(row.address_problem) < 1_000


def test_says_nothing_of_an_empty_address() -> None:
    row = only("17;Åsa;Öberg;;")
    assert (row.address, row.address_problem) == (None, "")


@pytest.mark.parametrize("row", ["17;Åsa;Öberg;asa@brev.example", "17;Åsa;Öberg;asa@brev.example;;", "17"])
def test_leaves_out_a_ragged_row_and_names_its_line(row: str) -> None:
    found = people("16;Bo;Ek;;", row)
    assert [(p.line, p.what) for p in found.problems] == [(3, "raden har inte lika många kolumner som rubriken.")]
    assert [(one.number, one.left_out) for one in found.rows] == [("16", False), ("17", True)]


@pytest.mark.parametrize(
    "row",
    [";Åsa;Öberg", ";;asa@brev.example", "Åsa;;", "Åsa;Öberg;anna@@x"],
    ids=["no mail", "no name", "first", "bad mail"],
)
def test_leaves_out_a_person_it_could_not_know_again(row: str) -> None:
    found = read_rows("r.csv", f"Förnamn;Efternamn;E-post\n{row}\n".encode(), FRIENDS)
    assert found.rows[0].left_out
    assert any("kan inte kännas igen" in problem.what for problem in found.problems)


@pytest.mark.parametrize(
    "header",
    [
        "first_name;last_name;email;phone;co_address;street_address;zip_code;city;ext_id",
        "FÖRNAMN;EFTERNAMN;E-POST;TELEFONNUMMER;C/O-ADRESS;ADRESS;POSTNUMMER;ORT;EXTERNT ID",
        " förnamn ;Efternamn;e-post;Telefon;c/o-adress;Gatuadress;postnummer;STAD;medlemsnummer",
        "Fo\u0308rnamn;Efternamn;E-post;Telefon;C/O-adress;Gatuadress;Postnummer;Stad;Medlemsnummer",
    ],
)
def test_knows_zetkins_headers_in_swedish_and_english(header: str) -> None:
    raw = f"{header}\nÅsa;Öberg;asa@brev.example;070-1740605;c/o Ek;Vägen 1;18696;Brottby;17\n".encode()
    (row,) = read_rows("r.csv", raw, MEMBERS).rows
    assert (row.first_name, row.last_name, row.phone, row.care_of) == ("Åsa", "Öberg", "+46701740605", "c/o Ek")
    assert (row.street, row.postcode, row.city, row.number) == ("Vägen 1", "186 96", "Brottby", "17")


def test_reads_no_column_that_the_list_does_not_name() -> None:
    raw = "Förnamn;Efternamn;E-post;Telefon;Kön;Personnummer\nÅsa;Öberg;asa@brev.example;070-1740605;f;121212-1212\n"
    found = read_rows("r.csv", raw.encode(), FRIENDS)
    assert found.rows[0].read == {"first_name", "last_name", "address"}
    assert found.rows[0].phone == ""
    assert found.not_read == ("Telefon", "Kön", "Personnummer")
    assert "1212" not in str(found)


def test_takes_the_lists_own_word_before_zetkins() -> None:
    chosen = a_list(Adress="address", Namn="first_name")
    (row,) = read_rows("r.csv", b"Namn;Adress;E-post\nBo;bo@brev.example;ek@brev.example\n", chosen).rows
    assert row.address is not None
    assert row.address.ascii == "bo@brev.example"


@pytest.mark.parametrize(
    ("chosen", "header", "what"),
    [
        (MEMBERS, "17;Åsa;Öberg;asa@brev.example", "ingen kolumn säger vem raderna gäller"),
        (MEMBERS, "E-post", "ingen kolumn säger vem raderna gäller"),
        (MEMBERS, "Förnamn;Efternamn", "ingen kolumn säger vem raderna gäller"),
        (a_list(), "Medlemsnummer", "ingen kolumn säger vem raderna gäller"),
        (a_list(Ett="city", Två="city", Nr="number"), "Nr;Ett;Två", "två kolumner skulle bli orten"),
        (a_list(Nr="number", Xyz="phone"), "Nr;Telefon;phone", "två kolumner skulle bli telefonnumret"),
    ],
)
def test_refuses_a_file_with_headers_that_do_not_say_enough(chosen: object, header: str, what: str) -> None:
    with pytest.raises(EditorError, match=what) as caught:
        read_rows("r.csv", f"{header}\n".encode(), chosen)  # type: ignore[arg-type]
    assert "asa@brev" not in str(caught.value), "a file without headers has people in its first row"
