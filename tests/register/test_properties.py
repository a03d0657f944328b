"""What holds for the register whatever the file: only our errors, and twice is once."""

from contextlib import suppress
from datetime import UTC, datetime

import phonenumbers
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from mailer.address import parse_address
from mailer.db import Database
from mailer.errors import EditorError, Problem
from mailer.keys import Keys
from mailer.register import values
from mailer.register.definition import List, parse_list
from mailer.register.diff import Diff, compare, short_hash
from mailer.register.personnummer import holds_personnummer
from mailer.register.rows import read_rows
from mailer.register.segment import parse_segments
from mailer.register.stops import BAD_ROWS, BAD_ROWS_SHARE, stop
from mailer.register.store_import import apply, read_register
from tests.databases import empty, place
from tests.register.conftest import FRIENDS, MEMBERS, a_list

NOW = datetime(2024, 5, 2, 8, 0, tzinfo=UTC)
WIDE = a_list("bred", True, **dict(MEMBERS.columns), ID="source_id", Språk="language")
_UNHURRIED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]  # the machine may be shared
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=_UNHURRIED)
FAST = settings(deadline=None, suppress_health_check=_UNHURRIED)

_cells = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["", "17", "asa@brev.example", '"', '""', "121212-1212", "\u202e", "070-1740605", "2024-02-30", "\r", "186 96"]
    ),
)
_tables = st.lists(st.lists(_cells, max_size=6), max_size=6)
_header = st.lists(st.sampled_from([*WIDE.columns, "email", "Personnummer", "x"]), max_size=6)


@given(st.binary(max_size=300))
@example(b";;;\n")
@example(b"\xff\xfe\x00\xd8")
@FAST
def test_raises_nothing_but_its_own_errors_on_any_bytes(raw: bytes) -> None:
    with suppress(EditorError):
        found = read_rows("r.csv", raw, WIDE)
        assert all(row.has_identity for row in found.rows if not row.left_out)


@given(_header, _tables, st.sampled_from([";", ",", "\t"]), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]))
@FAST
def test_raises_nothing_but_its_own_errors_on_any_table(
    header: list[str], table: list[list[str]], separator: str, encoding: str
) -> None:
    raw = "\n".join(separator.join(row) for row in (header, *table)).encode(encoding, "replace")
    try:
        people = read_rows("r.csv", raw, WIDE)
    except EditorError:
        return
    lines = {row.line for row in people.rows}
    assert len(lines) == len(people.rows), "each row has a line of its own"
    assert {problem.line for problem in people.problems} <= lines
    assert all(problem.remedy for problem in people.problems)
    assert {row.line for row in people.rows if row.left_out} <= {problem.line for problem in people.problems}
    assert all(row.has_identity for row in people.rows if not row.left_out)
    kept = [
        getattr(row, name) for row in people.rows for name in ("first_name", "last_name", "care_of", "street", "city")
    ]
    assert not any(holds_personnummer(text) for text in (*kept, *(problem.what for problem in people.problems)))


_locals = st.one_of(
    st.from_regex(r"[A-Za-z0-9_.+-]{1,20}", fullmatch=True),
    st.text(max_size=8),
    st.sampled_from(["a..b", ".a", "a" * 65]),
)
_domains = st.sampled_from(
    [
        "brev.example",
        "Räksmörgås.EXAMPLE",
        "xn--rksmrgs-5wao1o.example",
        "x",
        "a..b",
        "",
        "-a.example",
        "d" * 64 + ".se",
    ]
) | st.text(max_size=8)


@FAST
@given(_locals, _domains)
@example("a" * 64, ".".join(["d" * 60] * 3) + ".example")
def test_reads_an_address_on_the_short_way_as_on_the_long_one(local: str, domain: str) -> None:
    found: list[object] = []
    for parse in (values.address, parse_address):
        try:
            found.append(parse(f" {local}@{domain} "))
        except ValueError as why:
            found.append(str(why))
    assert found[0] == found[1]


@FAST
@given(
    st.sampled_from(["0", "+46", "0046", "+46 ", ""]),
    st.sampled_from("0123456789"),
    st.integers(0, 10**8),
    st.booleans(),
)
def test_reads_a_number_on_the_short_way_as_on_the_long_one(head: str, kind: str, rest: int, dashed: bool) -> None:
    written = f"{head}7{kind}{'-' if dashed else ''}{rest:07}"
    try:
        parsed = phonenumbers.parse(written, "SE")
        valid = phonenumbers.is_valid_number(parsed)
    except phonenumbers.NumberParseException:
        valid = False
    try:
        found = values.phone(written)
    except ValueError:
        found = ""
    e164 = phonenumbers.PhoneNumberFormat.E164
    assert found == (phonenumbers.format_number(parsed, e164) if valid else "")


_toml = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
_list_keys = st.sampled_from(["name", "basis", "origin", "why", "members", "columns", "x"])
_group = st.dictionaries(
    st.sampled_from(["name", "column", "in", "x"]), st.sampled_from(["city", "joined_year"]) | _toml
)


@FAST
@given(st.dictionaries(_list_keys, _toml))
def test_finds_words_for_any_list_definition(values: dict[str, object]) -> None:
    found, problems = parse_list("lists/a.toml", "a", "", values)
    assert (found is None) == bool(problems)


@FAST
@given(st.dictionaries(st.text(max_size=3), _group | _toml))
def test_finds_words_for_any_group(values: dict[str, object]) -> None:
    segments, problems = parse_segments("lists/grupper.toml", "", values)
    assert len(segments) == len(values) or problems


_numbers = st.sampled_from(["", "1", "2", "3", "03"])
_names = st.sampled_from(["Åsa;Öberg", "ÅSA;ÖBERG", "A\u030asa;O\u0308berg", "Bo;Ek", ";Ek", ";"])
_mails = st.sampled_from(
    ["", "a@brev.example", "A@BREV.example", "b@räksmörgås.example", "b@xn--rksmrgs-5wao1o.example", "a@@x"]
)
_rows = st.builds(
    lambda n, i, name, mail: f"{n};{i};{name};{mail}", _numbers, st.sampled_from(["", "x", "y"]), _names, _mails
)
_files = st.lists(_rows, min_size=1, max_size=7).map(
    lambda rows: "\n".join(("Medlemsnummer;ID;Förnamn;Efternamn;E-post", *rows)).encode()
)


@pytest.fixture
def plain_db(tmp_path_factory: pytest.TempPathFactory) -> Database:
    path = tmp_path_factory.mktemp("db") / "m.db"
    place(path)
    return Database(f"sqlite:///{path}")


def take(db: Database, raw: bytes, chosen: List, whole: bool, keys: Keys) -> Diff:
    def work(c):  # type: ignore[no-untyped-def]
        register = read_register(c, chosen.key, ["bred"])
        people = read_rows("r.csv", raw, chosen)
        diff = compare("r.csv", people, register.contacts, register.on_list, register.members, chosen, whole)
        apply(c, diff, chosen, register.on_list, keys, NOW)
        return diff

    return db.write(work)


@SLOW
@given(raw=_files, whole=st.booleans(), members=st.booleans())
def test_plans_nothing_when_a_file_is_imported_twice(
    plain_db: Database, keys: Keys, raw: bytes, whole: bool, members: bool
) -> None:
    plain_db.write(empty)
    chosen = WIDE if members else a_list("annan", False, **dict(WIDE.columns))
    first = take(plain_db, raw, chosen, whole, keys)
    second = take(plain_db, raw, chosen, whole, keys)
    assert second.is_empty
    assert second.unchanged == len(first.added)
    assert short_hash(second, "f", chosen, whole) == short_hash(
        take(plain_db, raw, chosen, whole, keys), "f", chosen, whole
    )


@SLOW
@given(earlier=_files, raw=_files)
def test_loses_nobody_between_two_files(plain_db: Database, keys: Keys, earlier: bytes, raw: bytes) -> None:
    """Whatever stood in the register: no constraint breaks, and nobody is gone but those whom the difference names."""
    plain_db.write(empty)
    take(plain_db, earlier, WIDE, True, keys)
    before = plain_db.read(lambda c: read_register(c, "bred", ["bred"]))
    diff = take(plain_db, raw, WIDE, True, keys)
    after = plain_db.read(lambda c: read_register(c, "bred", ["bred"]))
    assert diff.on_list == len(before.contacts)
    assert len(after.contacts) == len(before.contacts) + len(diff.added)
    gone = {contact.id for contact in after.contacts if contact.resigned_at}
    assert gone == set(diff.removed)
    numbers = [contact.number for contact in after.contacts if contact.number]
    assert len(numbers) == len(set(numbers))


@FAST
@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 40))
def test_never_lets_a_tenth_of_bad_rows_decide_who_has_left(rows: int, removed: int, bad: int) -> None:
    problems = tuple(Problem("r.csv", "fel", "", n + 1) for n in range(bad))
    diff = Diff((), (), (), tuple(range(removed)), (), 0, 0, 0, 300, rows, (), problems)
    if bad >= BAD_ROWS and bad > BAD_ROWS_SHARE * rows:
        assert stop("r.csv", diff, MEMBERS, True, removed)


def test_takes_the_same_person_three_ways_for_one_contact() -> None:
    raw = "Förnamn;Efternamn;E-post\nÅsa;Öberg;asa@räksmörgås.example\nÅSA;ÖBERG;ASA@Räksmörgås.example\n"
    raw += "A\u030asa;O\u0308berg;asa@xn--rksmrgs-5wao1o.example\n"
    diff = compare("r.csv", read_rows("r.csv", raw.encode(), FRIENDS), (), set(), set(), FRIENDS, True)
    assert (len(diff.added), diff.doubles, diff.problems) == (1, 2, ())
