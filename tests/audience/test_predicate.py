"""The house and a rule as SQL: on both engines it says what a plain reading of the rule says."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, insert, select
from sqlalchemy.dialects import postgresql

from mailer.audience import explain, store
from mailer.audience.predicate import holds, on_any
from mailer.audience.rule import Rule, Source
from mailer.db import Database
from mailer.errors import BrokenPromise
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
    walk,
)
from mailer.register.rules.facts import HAVING
from mailer.register.tables import contacts, list_entries

NOW = datetime(2024, 5, 31, 8, 0, tzinfo=UTC)
TODAY = date(2024, 5, 31)
LISTS = ("medlemmar", "styrelsen", "tom")
UNHURRIED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])  # fmt: skip

POSTCODES = (None, "", "186 00", "186 96", "187 50", "18650", "SW1A 1AA", "186-0", "1")
CITIES = (None, "", "Kårsta", "KÅRSTA", "Vallentuna", "Ålborg", "ålborg", "O'Brien; --", "%", "_")
DAYS = (None, date(2023, 12, 31), date(2024, 1, 1), date(2024, 2, 29), date(2024, 5, 30), TODAY, date(2024, 6, 1))
YEARS = (None, 1959, 1994, 2006, 2007, 2024)
OTHERS = (None, "", "sv", "Medlem", "17")

_person = st.fixed_dictionaries(
    {
        "postcode": st.sampled_from(POSTCODES),
        "city": st.sampled_from(CITIES),
        "joined_on": st.sampled_from(DAYS),
        "born_year": st.sampled_from(YEARS),
        "language": st.sampled_from(OTHERS),
        "status": st.sampled_from(OTHERS),
        "home_branch": st.sampled_from(OTHERS),
        "address": st.sampled_from((None, "a@b.example")),
        "phone": st.sampled_from((None, "+46701740605")),
        "street": st.sampled_from((None, "", "Gatan 1")),
        "lists": st.sets(st.sampled_from(LISTS[:2])),
    }
)


def _among(fact: str, values: tuple[Any, ...]) -> st.SearchStrategy[Node]:
    kept = [str(v) for v in values if v]
    return st.builds(Among, st.just(fact), st.lists(st.sampled_from(kept), min_size=1, max_size=3).map(tuple))


def _range(fact: str, ends: list[str]) -> st.SearchStrategy[Node]:
    two = st.tuples(st.sampled_from(["", *ends]), st.sampled_from(["", *ends])).filter(any)
    return two.map(lambda pair: Range(fact, *pair))


_leaf = st.one_of(
    _among("postcode", POSTCODES),
    _among("city", CITIES),
    _among("language", OTHERS),
    _among("status", OTHERS),
    _among("home_branch", OTHERS),
    _among("joined_year", (2022, 2023, 2024)),
    _among("born_year", YEARS),
    _range("postcode", ["186 00", "186 99", "187 50"]),
    _range("age", ["0", "17", "18", "30", "65", "130"]),
    _range("born_year", ["1959", "2007"]),
    _range("joined_year", ["2023", "2024"]),
    _range("joined_on", ["2024-01-01", "2024-02-29", "2024-06-01"]),
    st.builds(Begins, st.just("postcode"), st.lists(st.sampled_from(["186", "1", "187 5"]), min_size=1).map(tuple)),
    st.builds(Within, st.just("joined_on"), st.integers(1, 400), st.sampled_from(["days", "months"])),
    st.builds(Has, st.lists(st.sampled_from(list(HAVING)), min_size=1, max_size=3).map(tuple)),
    st.builds(Listed, st.lists(st.sampled_from(LISTS), min_size=1, max_size=2).map(tuple)),
)
_rules = st.recursive(
    _leaf,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(Named, st.just("en grupp"), inner),
        st.builds(And, st.lists(inner, min_size=1, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, min_size=1, max_size=3).map(tuple)),
    ),
    max_leaves=6,
)


def says(rule: Node, person: Mapping[str, Any], filled: set[str]) -> bool:
    """A plain reading of the rule. `filled`: the lists that anybody is on."""
    match rule:
        case And(parts):
            return all(says(part, person, filled) for part in parts)
        case Or(parts):
            return any(says(part, person, filled) for part in parts)
        case Named(_, part):
            return says(part, person, filled)
        case Not(part):
            named = {key for node in walk(part) if isinstance(node, Listed) for key in node.lists}
            return named <= filled and not says(part, person, filled)
        case Listed(lists):
            return bool(set(lists) & person["lists"])
        case Has(what):
            return all(bool(person.get(name)) for key in what for name in _columns(key))
    return _says_of_fact(rule, person)


def _says_of_fact(rule: Node, person: Mapping[str, Any]) -> bool:
    match rule:
        case Among("joined_year", years):
            return person["joined_on"] is not None and str(person["joined_on"].year) in years
        case Among(fact, values):
            return person.get(fact) not in (None, "") and str(person[fact]) in values
        case Begins(fact, values):
            return any((person[fact] or "").startswith(value) for value in values)
        case Within(_, number, unit):
            first = TODAY - timedelta(days=number) if unit == "days" else _months_ago(number)
            return person["joined_on"] is not None and first <= person["joined_on"] <= TODAY
        case Range(fact, low, high):
            value = _comparable(fact, person)
            return value is not None and (not low or value >= low.zfill(4)) and (not high or value <= high.zfill(4))
    raise AssertionError(rule)


def _columns(key: str) -> tuple[str, ...]:
    return {"email": ("address",), "postal": ("street", "postcode", "city")}.get(key, (key,))


def _comparable(fact: str, person: Mapping[str, Any]) -> str | None:
    if fact == "postcode":
        return person["postcode"]
    if fact in ("age", "born_year"):
        born = person["born_year"]
        return None if born is None else f"{TODAY.year - born if fact == 'age' else born:04}"
    joined = person["joined_on"]
    return None if joined is None else joined.isoformat() if fact == "joined_on" else f"{joined.year:04}"


def _months_ago(number: int) -> date:
    """The same day of an earlier month; there is none on the 31st of most: then the last."""
    day = TODAY.replace(day=1)
    for _ in range(number):
        day = (day - timedelta(days=1)).replace(day=1)
    last = (day + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return min(last, day + timedelta(days=TODAY.day - 1))


def _whole(person: Mapping[str, Any]) -> dict[str, Any]:
    return dict.fromkeys(("postcode", "city", "joined_on", "born_year", "status", "home_branch", "language")) | dict(
        person
    )


def fill(c: Connection, people: list[dict[str, Any]]) -> None:
    c.execute(list_entries.delete())
    c.execute(contacts.delete())
    for number, person in enumerate(people, 1):
        kept = {k: v for k, v in person.items() if k != "lists"}
        c.execute(insert(contacts).values(id=number, created_at=NOW, updated_at=NOW, **kept))
        for key in person["lists"]:
            c.execute(insert(list_entries).values(list=key, contact_id=number, since=NOW))


def meant(c: Connection, rule: Node) -> set[int]:
    return set(c.execute(select(contacts.c.id).where(holds(Expression(rule), TODAY))).scalars())


def everybody() -> list[dict[str, Any]]:
    """One person for each value of each fact, and a few who are on lists."""
    one_each = {"postcode": POSTCODES, "city": CITIES, "joined_on": DAYS, "born_year": YEARS, "status": OTHERS}
    one_each |= {"home_branch": OTHERS, "language": OTHERS, "address": ("a@b.example",), "phone": ("+46701740605",)}
    people = [{fact: value, "lists": set()} for fact, values in one_each.items() for value in values]
    people += [
        {"street": street, "postcode": "186 96", "city": "Kårsta", "lists": set()} for street in (None, "", "G 1")
    ]
    return people + [{"lists": some} for some in ({"medlemmar"}, {"styrelsen"}, {"medlemmar", "styrelsen"})]


def every_condition() -> Iterator[Node]:
    """Each kind of condition, at each edge."""
    texts = {"postcode": POSTCODES, "city": CITIES, "status": OTHERS, "joined_year": (2023, 2024), "born_year": YEARS}
    yield from (Among(fact, (str(value),)) for fact, values in texts.items() for value in values if value)
    ends = {"postcode": ("186 00", "186 99"), "age": ("0", "17", "18", "30", "65"), "born_year": ("1994", "2007")}
    ends |= {"joined_year": ("2023", "2024"), "joined_on": ("2024-01-01", "2024-02-29", "2024-06-01")}
    for fact, values in ends.items():
        yield from (Range(fact, low, high) for low in ("", *values) for high in ("", *values) if low or high)
    yield from (Begins("postcode", (value,)) for value in ("1", "186", "186 9"))
    yield from (Within("joined_on", n, unit) for n in (1, 3, 5, 90, 151, 152) for unit in ("days", "months"))
    yield from (Has((key,)) for key in HAVING)
    yield from (Listed(lists) for lists in (LISTS[:1], LISTS[:2], LISTS[2:]))


def test_reads_every_kind_of_condition_at_its_edges(db: Database) -> None:
    people = everybody()
    db.write(lambda c: fill(c, people))
    for rule in every_condition():
        for each in (rule, Not(rule)):
            expected = {
                n for n, person in enumerate(people, 1) if says(each, _whole(person), {"medlemmar", "styrelsen"})
            }
            assert db.read(lambda c, r=each: meant(c, r)) == expected, each


def test_compares_postcodes_by_their_characters_whatever_the_language_of_the_server() -> None:
    shown = str(holds(Expression(Range("postcode", "186 00", "186 99")), TODAY).compile(dialect=postgresql.dialect()))
    assert shown.count('COLLATE "C"') == 3


@UNHURRIED
@given(people=st.lists(_person, min_size=1, max_size=6), rules=st.lists(_rules, min_size=1, max_size=4))
def test_selects_in_sql_those_whom_the_rule_means(
    db: Database, people: list[dict[str, Any]], rules: list[Node]
) -> None:
    db.write(lambda c: fill(c, people))
    filled = {key for person in people for key in person["lists"]}
    for rule in rules:
        expected = {n for n, person in enumerate(people, 1) if says(rule, person, filled)}
        assert db.read(lambda c, r=rule: meant(c, r)) == expected
        rest = select(func.count()).select_from(contacts).where(~holds(Expression(rule), TODAY))
        assert db.read(lambda c, q=rest: c.execute(q).scalar_one()) == len(people) - len(expected), "NULL is no answer"


@UNHURRIED
@given(
    people=st.lists(_person, min_size=1, max_size=6),
    rule=st.lists(_rules, min_size=1, max_size=3).map(lambda parts: And(tuple(parts))),
)
def test_explains_down_to_exactly_those_whom_a_mailing_selects(
    db: Database, people: list[dict[str, Any]], rule: Node
) -> None:
    db.write(lambda c: fill(c, people))
    whole = Rule((Source("medlemmar", "Medlemmar", "", ""), Source("styrelsen", "Styrelsen", "", "")), Expression(rule))
    thawed = Rule.from_json(json.loads(json.dumps(whole.to_json())))
    assert thawed == whole
    steps = db.read(lambda c: explain.steps(c, thawed, TODAY))
    assert steps[0].remaining == sum(1 for person in people if person["lists"])
    assert [s.remaining for s in steps] == sorted((s.remaining for s in steps), reverse=True)
    counted = db.read(lambda c: store.count(c, store.recipients(store.base_of(thawed, TODAY), NOW)))
    assert counted.selected == steps[-1].remaining
    db.read(lambda c: explain.strangers(c, Expression(rule)))


@pytest.mark.parametrize(
    "empty",
    [
        Among("city", ()), Begins("postcode", ()), Range("age"), Has(()), Listed(()), And(()), Or(()),
        Not(Among("city", ())), Not(And(())), Not(Or(())), Not(Listed(())), Not(Range("city")),
        Or((Has(("number",)), Among("city", ()))), And((Not(Named("tom", Or(()))),)),
    ],
)  # fmt: skip
def test_selects_nobody_when_anything_in_a_rule_is_empty(db: Database, empty: Node) -> None:
    people = [{"number": "17", "lists": {"medlemmar"}}, {"city": "Kårsta", "lists": set()}]
    db.write(lambda c: fill(c, people))
    assert db.read(lambda c: meant(c, empty)) == set()
    rule = Rule((Source("medlemmar", "Medlemmar", "", ""),), Expression(empty), "Tomma")
    assert db.read(lambda c: explain.steps(c, rule, TODAY))[-1].remaining == 0


def test_selects_nobody_by_not_being_on_a_list_that_is_yet_empty(db: Database) -> None:
    """”Not the board” before the board has been read in would be all of us."""
    db.write(lambda c: fill(c, [{"lists": {"medlemmar"}}, {"lists": {"medlemmar"}}]))
    assert db.read(lambda c: meant(c, Not(Listed(("styrelsen",))))) == set()
    db.write(lambda c: c.execute(insert(list_entries).values(list="styrelsen", contact_id=1, since=NOW)) and None)
    assert db.read(lambda c: meant(c, Not(Listed(("styrelsen",))))) == {2}


@pytest.mark.parametrize("nasty", ["x' OR 1=1 --", '"; DROP TABLE contacts; --', "%", "\\", "') OR EXISTS (SELECT 1", "$1", ":x", "\ud7ff"])  # fmt: skip
def test_takes_every_value_for_a_value(db: Database, nasty: str) -> None:
    db.write(lambda c: fill(c, [{"city": "Kårsta", "lists": {"medlemmar"}}, {"city": nasty, "lists": set()}]))
    for node, expected in ((Among("city", (nasty,)), {2}), (Begins("city", (nasty,)), {2}), (Listed((nasty,)), set())):
        assert db.read(lambda c, n=node: meant(c, n)) == expected


def test_takes_as_many_values_as_a_rule_may_have(db: Database) -> None:
    db.write(lambda c: fill(c, [{"postcode": "186 96", "joined_on": TODAY, "lists": {"medlemmar"}}]))
    many = tuple(f"1{n:02} {m:02}" for n in range(80, 90) for m in range(100))
    wide = Or(tuple(Among("joined_year", tuple(str(y) for y in range(1901, 2099, 2))) for _ in range(9)))
    for node in (Among("postcode", many), Begins("postcode", many), wide, Not(Not(Among("postcode", many)))):
        assert db.read(lambda c, n=node: meant(c, n)) == (set() if node is wide else {1})


def test_says_who_is_on_any_of_the_lists(db: Database) -> None:
    db.write(lambda c: fill(c, [{"lists": {"medlemmar", "styrelsen"}}, {"lists": {"styrelsen"}}, {"lists": set()}]))

    def on(*lists: str) -> list[int]:
        query = select(contacts.c.id).where(on_any(lists)).order_by(contacts.c.id)
        return list(db.read(lambda c: c.execute(query).scalars().all()))

    assert (on("medlemmar"), on("medlemmar", "styrelsen"), on()) == ([1], [1, 2], [])


@pytest.mark.parametrize("node", [Among("address", ("x",)), Range("phone", "1"), Has(("personnummer",))])
def test_breaks_off_at_a_fact_that_no_rule_can_ask_for(node: Node) -> None:
    with pytest.raises(BrokenPromise):
        holds(Expression(node), TODAY)


def test_reads_a_rule_as_the_first_release_froze_it() -> None:
    old = {
        "lists": [],
        "segment": {"column": "postcode", "in": ["186 96"]},
        "segment_name": "B",
        "one_per_address": False,
    }
    rule = Rule.from_json(old)
    assert rule.segment == Expression(Among("postcode", ("186 96",)))
    assert rule.to_json() == old, "an approval is a yes to a hash of this"
    with pytest.raises(BrokenPromise):
        Expression.from_json({"columns": "postcode"})
