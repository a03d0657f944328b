"""The house and the language of groups: what lists/grupper.toml may say, and every mistake in words."""

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailer.errors import EditorError, Problem
from mailer.register.lists import read_segments
from mailer.register.rules.expression import (
    Among,
    And,
    Begins,
    Expression,
    Has,
    Listed,
    Named,
    Node,
    Not,
    Or,
    Range,
    Within,
)
from mailer.register.rules.facts import FACTS, spellings
from mailer.register.rules.words import describe
from mailer.register.segment import MOST_PARTS, MOST_VALUES, Segment, parse_segments
from tests.register.conftest import ROOT

Write = Callable[..., Path]
KÅRSTA = Among("city", spellings("Kårsta"))


def rule_of(text: str, lists: tuple[str, ...] | None = None) -> Node:
    """The rule of group g, whose conditions are this text."""
    whole = f'[g]\nname = "G"\n{text}\n[annan]\nname = "En annan"\nort = "Kårsta"\n'
    segments, problems = parse_segments("lists/grupper.toml", whole, tomllib.loads(whole), lists)
    assert problems == []
    return segments["g"].expression.root


def problems_of(text: str, lists: tuple[str, ...] | None = None) -> list[Problem]:
    _, problems = parse_segments("lists/grupper.toml", text, tomllib.loads(text), lists)
    assert problems
    return problems


def segment_problems(folder: Path) -> list[tuple[int, str, str]]:
    with pytest.raises(EditorError) as caught:
        read_segments(folder)
    return [(p.line, p.what, p.remedy) for p in caught.value.problems]


def test_reads_its_own_groups() -> None:
    brottby = read_segments(ROOT / "lists")["brottby"]
    assert brottby == Segment("brottby", "Boende i Brottby", Expression(Among("postcode", ("186 96", "186 97"))))


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ('postnummer = ["18696", "SE-186 97"]', Among("postcode", ("186 96", "186 97"))),
        ('postnummer = "186 96"', Among("postcode", ("186 96",))),
        ('postcode = { in = ["18696"] }', Among("postcode", ("186 96",))),
        ('postnummer.in = ["18696"]', Among("postcode", ("186 96",))),
        ('postnummer = { "inte i" = ["18696"] }', Not(Among("postcode", ("186 96",)))),
        ('postnummer = { between = ["18600", "186 99"] }', Range("postcode", "186 00", "186 99")),
        ('postnummer = { mellan = ["18600", "186 99"] }', Range("postcode", "186 00", "186 99")),
        ('postnummer = { prefix = ["186", "1879"] }', Begins("postcode", ("186", "187 9"))),
        ('ort = ["Ka\\u030Arsta"]', KÅRSTA),
        ('"språk" = "SV"', Among("language", ("sv",))),
        ('sprak = "SV"', Among("language", ("sv",))),
        ('medlemsnummer = ["00123"]', Among("number", ("00123",))),
        ('"ålder" = { between = [18, "30"] }', Range("age", "18", "30")),
        ("alder = { from = 18, to = 30 }", Range("age", "18", "30")),
        ("age = { minst = 65 }", Range("age", "65")),
        ('"födelseår" = [1990, "1991"]', Among("born_year", ("1990", "1991"))),
        ('"gått med" = { since = "2024-01-01" }', Range("joined_on", "2024-01-01")),
        ('"Gått_Med" = { sedan = 2024-01-01 }', Range("joined_on", "2024-01-01")),
        ('gatt-med = { before = "2024-03-01" }', Range("joined_on", "", "2024-02-29")),
        ('joined = { within = "90 dagar" }', Within("joined_on", 90, "days")),
        ('joined = { senaste = "2 år" }', Within("joined_on", 24, "months")),
        ('joined = { within = "1 vecka" }', Within("joined_on", 7, "days")),
        ('"inträdesår" = { between = [2020, 2024] }', Range("joined_year", "2020", "2024")),
        ('har = ["telefon", "E-post"]', Has(("phone", "email"))),
        ('has = "postal address"', Has(("postal",))),
        ('saknar = ["e-post"]', Not(Has(("email",)))),
        ('listor = ["styrelsen"]', Listed(("styrelsen",))),
        ('list = "styrelsen"', Listed(("styrelsen",))),
        ('grupp = "annan"', Named("En annan", KÅRSTA)),
        ('grupp = ["annan", "annan"]', Or((Named("En annan", KÅRSTA), Named("En annan", KÅRSTA)))),
        ('inte = { ort = "Kårsta" }', Not(KÅRSTA)),
        ('not = { lists = ["a"], ort = "Kårsta" }', Not(And((Listed(("a",)), KÅRSTA)))),
        ('eller = [{ ort = "Kårsta" }, { har = "telefon" }]', Or((KÅRSTA, Has(("phone",))))),
        ('och = [\n  { ort = "Kårsta" },\n  { har = "telefon" },\n]', And((KÅRSTA, Has(("phone",))))),
        ('ort = "Kårsta"\nhar = "telefon"', And((KÅRSTA, Has(("phone",))))),
        ('[g.inte]\nort = "Kårsta"', Not(KÅRSTA)),
        ('[[g.eller]]\nort = "Kårsta"\n[[g.eller]]\nhar = "telefon"', Or((KÅRSTA, Has(("phone",))))),
        # The first form: exactly as it was.
        ('column = "postcode"\nin = ["18696", "SE-186 97"]', Among("postcode", ("186 96", "186 97"))),
        ('column = "joined_year"\nin = [2023, "2024"]', Among("joined_year", ("2023", "2024"))),
        ('column = "language"\nin = ["SV"]', Among("language", ("sv",))),
        ('column = "city"\nin = ["Ka\\u030Arsta"]', Among("city", ("Kårsta",))),
        ('column = "number"\nin = ["00123"]', Among("number", ("00123",))),
        ('column = "city"\nin = []', Among("city", ())),
    ],
)
def test_reads_a_groups_rule_with_its_values_as_the_register_keeps_them(text: str, rule: Node) -> None:
    assert rule_of(text) == rule
    frozen = json.dumps(Expression(rule).to_json())
    assert Expression.from_json(json.loads(frozen)) == Expression(rule)


@pytest.mark.parametrize(
    ("text", "line", "what", "remedy"),
    [
        ("x = 1", 1, "”x” står utanför en grupp.", ""),
        ('[g]\ncolumn = "city"\nin = []', 1, "[g] name saknas.", ""),
        ('[g]\nname = "G"\ncolumn = "postcod"\nin = []', 3, "[g] column: ingen grupp kan väljas på ”postcod”.", "”postcode”"),
        ('[g]\nname = "G"\ncolumn = "address"\nin = []', 3, "[g] column: ingen grupp kan väljas på ”address”.", "number"),
        ('[g]\nname = "G"\ncolumn = "city"', 1, "[g] in saknas.", ""),
        ('[g]\nname = "G"\ncolumn = "city"\nin = "Kårsta"', 4, "[g] in ska vara en lista inom hakparenteser.", ""),
        ('[g]\nname = "G"\ncolumn = "postcode"\nin = [18696]', 4, "[g] in: ”18696” ska vara text inom citattecken.", ""),
        ('[g]\nname = "G"\ncolumn = "joined_year"\nin = ["i år"]', 4, "[g] in: ”i år” är inget årtal.", ""),
        ('[g]\nname = "G"\ncolumn = "language"\nin = ["svenska"]', 4, "[g] in: språket ska vara en kort kod", ""),
        ('[f]\nname = "F"\ncolumn = "city"\nin = []\n[g]\nname = 7\ncolumn = "city"\nin = []', 6, "[g] name ska vara text", ""),
        ('[g]\nname = "G"\ncolumn = "city"\nin = []\nvalues = []', 5, "[g] ”values” är okänt.", "name, column, in"),
    ],
)  # fmt: skip
def test_names_what_is_wrong_with_a_group_of_the_first_form(
    write_lists: Write, text: str, line: int, what: str, remedy: str
) -> None:
    (found,) = segment_problems(write_lists(grupper=text))
    assert found[0] == line
    assert found[1].startswith(what)
    assert remedy in found[2]


HEAD = '[g]\nname = "G"\n'


@pytest.mark.parametrize(
    ("text", "line", "what", "remedy"),
    [
        # P5: a misspelling is refused, or chooses nobody; it never chooses everybody.
        (HEAD, 1, "[g] är tom; då finns det ingen att välja.", "Skriv ett villkor"),
        (HEAD + 'postnumer = "186 96"', 3, "[g] ”postnumer” är okänt.", "Menade du ”postnummer”?"),
        (HEAD + 'har = "telefon"\nålder = 3'.replace("ålder", "xyz"), 4, "[g] ”xyz” är okänt.", "Det som finns är: postnummer, ort"),
        (HEAD + "postnummer = []", 3, "[g] postnummer: är tom", "ta bort raden"),
        (HEAD + "postnummer = {}", 3, "[g] postnummer: säger ingenting.", 'postnummer = ["186 96"]'),
        (HEAD + "postnummer = { in = [] }", 3, "[g] postnummer → in: är tom", ""),
        (HEAD + "inte = {}", 3, "[g] inte: är tom", ""),
        (HEAD + "eller = []", 3, "[g] eller: är tom", ""),
        (HEAD + 'eller = [\n  { ort = "Kårsta" },\n  { orrt = "Kårsta" },\n]', 5, "[g] eller: ”orrt” är okänt.", "Menade du ”ort”?"),
        (HEAD + 'eller = [\n  { ort = "Kårsta" },\n  {},\n]', 3, "[g] eller: är tom", ""),
        (HEAD + "listor = []", 3, "[g] listor: är tom", ""),
        (HEAD + "har = []", 3, "[g] har: är tom", ""),
        (HEAD + 'inte = { listor = ["styrelse"] }', 3, "[g] inte → listor: listan ”styrelse” finns inte.", "Menade du ”styrelsen”?"),
        (HEAD + 'inte = { grupp = "tom" }\n[tom]\nname = "Tom"\ncolumn = "city"\nin = []', 3, "[g] inte → grupp: gruppen ”tom” är tom.", ""),
        (HEAD + 'grupp = "brotby"\n[brottby]\nname = "B"\nort = "B"', 3, "[g] grupp: gruppen ”brotby” finns inte.", "Menade du ”brottby”?"),
        (HEAD + 'grupp = "g"', 3, "[g] grupp: grupperna går i ring: g → g.", "Ta bort"),
        (HEAD + 'har = "telefån"', 3, "[g] har: ingen kan ha ”telefån”.", "Menade du ”telefon”?"),
        (HEAD + 'har = ["fax"]', 3, "[g] har: ingen kan ha ”fax”.", "Det som finns är: e-post"),
        (HEAD + "har = [1]", 3, "[g] har: ska vara namn inom citattecken.", '["telefon"]'),
        (HEAD + "postnummer = 18696", 3, "[g] postnummer: ”18696” ska vara text inom citattecken.", 'postnummer = ["186 96"]'),
        (HEAD + 'postnummer = { betwen = ["186 00", "186 99"] }', 3, "[g] postnummer: ”betwen” går inte att fråga efter här.", "Menade du ”between”?"),
        (HEAD + 'ort = { between = ["A", "B"] }', 3, "[g] ort: ”between” går inte", "Det som finns är: in, not in."),
        (HEAD + 'postnummer = { between = ["186 99", "186 00"] }', 3, "[g] postnummer → between: 186 99 kommer efter 186 00.", "minsta först"),
        (HEAD + 'postnummer = { between = ["186", "187"] }', 3, "[g] postnummer → between: gränserna ska vara hela", '"186 00"'),
        (HEAD + 'postnummer = { between = ["186 00"] }', 3, "[g] postnummer → between: ska ha två värden", ""),
        (HEAD + 'postnummer = { prefix = "x" }', 3, "[g] postnummer → prefix: ”x” är ingen början", ""),
        (HEAD + '"ålder" = 18', 3, "[g] ålder: ”18” räcker inte", '"ålder" = { between = [18, 30] }'),
        (HEAD + '"ålder" = { between = [30, 18] }', 3, "[g] ålder → between: 30 kommer efter 18.", ""),
        (HEAD + '"ålder" = { from = 1990 }', 3, "[g] ålder → from: ”1990” är ingen ålder", ""),
        (HEAD + '"ålder" = { from = true }', 3, "[g] ålder → from: ”True” ska vara text", ""),
        (HEAD + '"ålder" = { from = 18.5 }', 3, "[g] ålder → from: ”18.5” ska vara text", ""),
        (HEAD + '"gått med" = { since = "31/12/2023" }', 3, "[g] gått med → since: ”31/12/2023” är inget datum", "2024-01-01"),
        (HEAD + '"gått med" = { since = "2024-02-30" }', 3, "[g] gått med → since: ”2024-02-30” är inget datum", ""),
        (HEAD + '"gått med" = { within = "90" }', 3, "[g] gått med → within: ”90” är ingen tid", "90 dagar"),
        (HEAD + '"gått med" = { within = "0 dagar" }', 3, "[g] gått med → within: ”0 dagar” är ingen tid", ""),
        (HEAD + '"gått med" = { from = "2024-01-01", sedan = "2023-01-01" }', 3, "[g] gått med → sedan: gränsen står redan.", ""),
        (HEAD + 'ort = "A"\ncity = "B"', 4, "[g] ”city” står två gånger.", ""),
        (HEAD + 'ort = ["Kårsta", ""]', 3, "[g] ort: ett av värdena är tomt.", ""),
        (HEAD + 'inte = "Kårsta"', 3, "[g] inte: ska stå inom klamrar.", "inte = {"),
        (HEAD + 'eller = { ort = "Kårsta" }', 3, "[g] eller: ska vara regler inom klamrar, i en lista.", ""),
        (HEAD + 'ort = "A"\n["h"]\nname = "g"\nort = "B"', 5, "[h] name: [g] heter också så.", "olika namn"),
        (HEAD + f"inte = {'{ inte = ' * 10}{{ ort = 'A' }}{' }' * 10}", 3, "[g] inte → inte", "Högst 10"),
        (HEAD + f"postnummer = {[f'1{n:04}' for n in range(MOST_VALUES + 1)]}", 1, "[g] har 1001 värden; högst 1000 går.", "lista"),
        (HEAD + "eller = [" + ", ".join(["{ ort = 'A' }"] * MOST_PARTS) + "]", 1, "[g] har 201 villkor; högst 200 går.", ""),
    ],
)  # fmt: skip
def test_says_what_is_wrong_with_a_rule_where_and_what_to_do(text: str, line: int, what: str, remedy: str) -> None:
    (problem,) = problems_of(text, ("medlemmar", "styrelsen"))
    assert problem.where == "lists/grupper.toml"
    assert problem.what.startswith(what)
    assert remedy in problem.remedy
    assert problem.line == line


def test_refuses_groups_that_lead_back_to_one_another() -> None:
    text = "".join(f'[{a}]\nname = "{a}"\ninte = {{ grupp = "{b}" }}\n' for a, b in ("ab", "bc", "ca"))
    assert "[c] inte → grupp: grupperna går i ring: a → b → c → a." in [p.what for p in problems_of(text)]


def test_refuses_a_long_row_of_groups_without_giving_in() -> None:
    text = (
        "".join(f'[g{n}]\nname = "g{n}"\ngrupp = "g{n + 1}"\n' for n in range(500)) + '[g500]\nname = "x"\nort = "x"\n'
    )
    assert any("fler än 10 grupper hänvisar till varandra" in p.what for p in problems_of(text))


def test_refuses_a_rule_that_doubles_itself() -> None:
    rows = [f'[g{n}]\nname = "g{n}"\ngrupp = {[f"g{n + 1}"] * 9}\n' for n in range(3)]
    assert any("högst 200 går" in p.what for p in problems_of("".join(rows) + '[g3]\nname = "x"\nort = "x"\n'))


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (KÅRSTA, "ort Kårsta"),
        (Among("postcode", ("186 96", "186 97")), "postnummer 186 96 eller 186 97"),
        (Among("postcode", tuple(f"186 {n}" for n in range(10, 20))), "postnummer 186 10, 186 11, 186 12, 186 13, 186 14 eller något av 5 värden till"),
        (Begins("postcode", ("186",)), "postnummer som börjar med 186"),
        (Range("postcode", "186 00", "186 99"), "postnummer 186 00–186 99"),
        (Range("age", "18", "30"), "ålder 18–30 år"),
        (Range("age", "65"), "ålder 65 år eller äldre"),
        (Range("joined_on", "2024-01-01"), "gått med 2024-01-01 eller senare"),
        (Range("joined_on", "", "2023-12-31"), "gått med 2023-12-31 eller tidigare"),
        (Within("joined_on", 90, "days"), "gått med de senaste 90 dagarna"),
        (Has(("email", "phone")), "har e-post och telefon"),
        (Not(Has(("email",))), "inte har e-post"),
        (Listed(("styrelsen", "valberedningen")), "står på någon av listorna styrelsen eller valberedningen"),
        (And((KÅRSTA, Or((Has(("phone",)), Named("Unga", KÅRSTA))))), "ort Kårsta och (har telefon eller med i gruppen Unga)"),
        (Not(Or((KÅRSTA, Has(("phone",))))), "inte (ort Kårsta eller har telefon)"),
    ],
)  # fmt: skip
def test_says_a_rule_in_words(rule: Node, words: str) -> None:
    assert describe(rule) == words


_WORDS = "name namn column in inte eller och grupp listor har saknar between from to before within prefix".split()
_words = st.sampled_from([*_WORDS, "not in", *(name for fact in FACTS.values() for name in fact.names)])
_scalars = st.one_of(
    st.text(max_size=8),
    st.integers(-(10**30), 10**30),
    st.integers(0, 10**5000).map(lambda n: 10**4999 + n),  # TOML reads 0x…, Python does not write it
    st.booleans(),
    st.floats(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.sampled_from(
        ["186 96", "g", "h", "styrelsen", "telefon", "90 dagar", "2024-01-01", "20", "99999 år", "121212-1212"]
    ),
)
_toml = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_words | st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from("ghi") | st.text(max_size=4), st.dictionaries(_words, _toml, max_size=4) | _toml, max_size=3
    )
)
def test_reads_any_toml_as_a_rule_or_a_problem(tables: dict[str, Any]) -> None:
    """Nothing but our words; and what is let through asks for something."""
    segments, problems = parse_segments("lists/grupper.toml", "[g]\n", tables)
    assert problems or len(segments) == len(tables)
    for problem in problems:
        assert problem.what
        assert problem.remedy
    for segment in segments.values():
        assert Expression.from_json(json.loads(json.dumps(segment.expression.to_json()))) == segment.expression
        old = tables[segment.key].keys() >= {"column", "in"}
        assert old or not segment.expression.is_empty
        describe(segment.expression.root)
