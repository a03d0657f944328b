"""Who gets what of an issue: gates, editions, and the choice among them in SQL."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from mailer.audience import editions as audience_editions
from mailer.audience import store as audience
from mailer.audience.rule import Condition, Editions, Rule
from mailer.content.blocks import Block
from mailer.content.readers import Readers
from mailer.db import Database
from mailer.issue.assemble import assemble
from mailer.issue.editions import OTHERS, editions_of
from mailer.issue.gates import Addressed, Known, circles_of, gates_of
from mailer.keys import Keys
from mailer.outbox.store import planning
from mailer.outbox.tables import deliveries, renderings
from mailer.register.definition import List
from mailer.register.rules.expression import Among, Expression
from mailer.register.segment import Segment
from mailer.register.tables import contacts, list_entries
from mailer.settings import Series
from tests.homes import FRIENDS, MEMBERS, a_rendering, add_people, plan_letter
from tests.issue.test_assemble import ZONE

NOW = datetime(2024, 5, 10, 7, 0, tzinfo=UTC)
TODAY = date(2024, 5, 10)
LISTS = {
    "medlemmar": List("medlemmar", "Medlemmar", True, "b", "o", "w"),
    "styrelsen": List("styrelsen", "Styrelsen", False, "b", "o", "w"),
    "sympatisorer": List("sympatisorer", "Sympatisörer", False, "b", "o", "w"),
}
BROTTBY = Segment("brottby", "Boende i Brottby", Expression(Among("postcode", ("186 96",))))
KNOWN = Known(circles_of({}, LISTS), LISTS, {"brottby": BROTTBY}, ("medlemmar", "sympatisorer"))
OPEN, BOARD = Readers(circle="alla"), Readers(circle="styrelsen")


def block(name: str, readers: Readers, subject: str = "") -> Block:
    return Block(
        f"2024-05/{name}.md", name, "text", f"hash of {name}", month="2024-05", readers=readers, subject=subject
    )


def an_issue(*blocks: Block):
    series = Series(key="v-aktuellt", name="V Aktuellt", lists=KNOWN.of_series)
    return assemble(series, "2024-05", blocks, (), date(2024, 5, 3), ZONE, {})


def made(*blocks: Block, people: dict[tuple[bool, ...], int], known: Known = KNOWN):
    gates = gates_of([Addressed(b.path, b.readers) for b in blocks], known)
    return gates, editions_of(an_issue(*blocks), gates.of, tuple(c.name for c in gates.conditions), people)


def titles(editions) -> dict[str, list[str]]:
    return {e.name: [b.title for b in e.issue.blocks] for e in editions}


def test_gives_each_reader_what_is_for_her_and_nothing_else() -> None:
    gates, editions = made(
        block("öppet", OPEN), block("internt", Readers()), block("styrelsens", BOARD),
        people={(False, False): 20, (True, False): 300, (True, True): 7},
    )  # fmt: skip
    assert [c.name for c in gates.conditions] == ["medlemmar", "styrelsen"]
    assert titles(editions) == {
        "medlemmar + styrelsen": ["internt", "styrelsens", "öppet"],
        "medlemmar": ["internt", "öppet"],
        OTHERS: ["öppet"],
    }
    assert [e.people for e in editions] == [7, 300, 20]


def test_makes_one_edition_when_all_may_read_all() -> None:
    known = replace(KNOWN, of_series=("medlemmar",))
    gates, editions = made(block("a", OPEN), block("b", Readers()), people={(): 300}, known=known)
    assert gates.conditions == []
    assert [(e.name, e.needs, e.people) for e in editions] == [("alla", (), 300)]


def test_takes_no_subject_from_a_part_that_is_not_for_the_reader() -> None:
    _, editions = made(
        block("a", OPEN), block("b", BOARD, subject="Hemligt om budgeten"), people={(False,): 9, (True,): 3}
    )
    assert {e.name: e.issue.subject for e in editions} == {
        "styrelsen": "Hemligt om budgeten", OTHERS: "V Aktuellt maj 2024",
    }  # fmt: skip
    assert "b" not in editions[-1].issue.preheader


def test_shows_the_whole_of_it_while_nobody_is_in_the_register() -> None:
    _, editions = made(block("a", Readers()), block("b", BOARD), people={})
    assert titles(editions) == {"alla": ["a", "b"]}


@pytest.mark.parametrize(
    ("readers", "expected"),
    [
        (Readers(circle="styrelse"), "kretsen ”styrelse” finns inte"),
        (Readers(("Boende i Brotby",)), "det finns ingen lista eller grupp som heter ”Boende i Brotby”"),
        (Readers(("alla",)), "det finns ingen lista eller grupp som heter ”alla”"),
    ],
)
def test_leaves_out_what_is_for_readers_nobody_knows(readers, expected) -> None:
    gates = gates_of([Addressed("2024-05/a.md", readers)], KNOWN)
    assert gates.left_out == {"2024-05/a.md": expected}
    assert [f.problem.what for f in gates.findings] == [f"{expected}."]


def test_stops_when_the_readers_lie_outside_the_circle() -> None:
    gates = gates_of([Addressed("2024-05/a.md", Readers(("Medlemmar",), "styrelsen"))], KNOWN)
    assert [(f.stops, f.problem.what) for f in gates.findings] == [
        (True, "inslaget får bara läsas av styrelsen, men läsarna är Medlemmar.")
    ]


@pytest.mark.parametrize(("practical", "opinion", "warned"), [(False, True, 1), (True, True, 0), (False, False, 0)])
def test_warns_of_opinion_that_is_chosen_by_a_fact_about_the_reader(practical, opinion, warned) -> None:
    part = Addressed("2024-05/a.md", Readers(("Boende i Brottby",), is_practical=practical), opinion)
    assert sum("Åsikter" in f.problem.what for f in gates_of([part], KNOWN).findings) == warned


def test_marks_what_is_for_fewer_than_the_members() -> None:
    parts = [
        Addressed("a", OPEN),
        Addressed("b", Readers()),
        Addressed("c", BOARD),
        Addressed("d", Readers(("brottby",))),
    ]
    assert gates_of(parts, KNOWN).marks == {"c": "Endast för styrelsen", "d": "Till: brottby"}


CIRCLES = st.sampled_from([OPEN, Readers(), BOARD, Readers(("brottby",)), Readers(("sympatisorer",), "alla")])


@given(st.lists(CIRCLES, min_size=1, max_size=6))
def test_gives_the_edition_that_holds_exactly_what_a_reader_may_have(readers) -> None:
    """For every reader there could be: the edition that the largest met needs choose is the one made for her."""
    blocks = [block(str(n), r) for n, r in enumerate(readers)]
    gates = gates_of([Addressed(b.path, b.readers) for b in blocks], KNOWN)
    signatures = {s: 1 for s in product((False, True), repeat=len(gates.conditions))}
    editions = editions_of(an_issue(*blocks), gates.of, tuple(c.name for c in gates.conditions), signatures)
    for signature in signatures:
        met = {n for n, is_met in enumerate(signature) if is_met}
        may = [b for b in an_issue(*blocks).blocks if gates.of.get(b.path, frozenset()) <= met]
        fitting = sorted((e for e in editions if set(e.needs) <= met), key=lambda e: -len(e.needs))
        assert [b.path for b in fitting[0].issue.blocks] == [b.path for b in may] if may else not fitting
    assert sum(e.people for e in editions) <= len(signatures)


@pytest.fixture
def people(db: Database, tmp_path):
    """1–6 members, of whom 1 and 2 are the board and 3 lives in Brottby; 7 and 8 are friends; 9 is board only."""
    keys = Keys(tmp_path / "keys")
    keys.make_missing()

    def fill(c):
        add_people(c, keys, range(1, 7), NOW)
        add_people(c, keys, range(7, 9), NOW, FRIENDS)
        add_people(c, keys, range(9, 10), NOW, FRIENDS)
        c.execute(list_entries.insert(), [{"list": "styrelsen", "contact_id": n, "since": NOW} for n in (1, 2, 9)])
        c.execute(contacts.update().where(contacts.c.id == 3).values(postcode="186 96"))

    db.write(fill)
    return db


CONDITIONS = (
    Condition("medlemmar", ("medlemmar",)),
    Condition("styrelsen", ("styrelsen",)),
    Condition("brottby", (), (BROTTBY.expression,)),
)
RULE = Rule((MEMBERS, FRIENDS))


def test_counts_the_readers_by_what_they_meet(people) -> None:
    chosen = audience.recipients(audience.base_of(RULE, TODAY), NOW)
    found = people.read(lambda c: audience_editions.signatures(c, chosen, CONDITIONS, TODAY))
    assert found == {
        (True, True, False): 2, (True, False, True): 1, (True, False, False): 3,
        (False, False, False): 2, (False, True, False): 1,
    }  # fmt: skip


def test_plans_for_each_the_edition_that_is_hers(people) -> None:
    needs = (("båda", (0, 1)), ("medlemmar", (0,)), ("byn", (0, 2)), ("övriga", ()))
    rule = replace(RULE, editions=Editions(CONDITIONS, needs))
    parts = tuple(replace(a_rendering(f"Till {name}"), edition=name) for name, _ in needs)
    number = people.write(lambda c: plan_letter(c, NOW, rule=rule, renderings=parts))
    d, r = deliveries.c, renderings.c
    query = select(d.contact_id, r.edition).join(renderings, r.id == d.rendering_id).where(d.mailing_id == number)
    got = {contact: edition for contact, edition in people.read(lambda c: c.execute(query).all())}
    assert got == {1: "båda", 2: "båda", 3: "byn", 4: "medlemmar", 5: "medlemmar", 6: "medlemmar",
                   7: "övriga", 8: "övriga", 9: "övriga"}  # fmt: skip


def test_writes_to_nobody_for_whom_there_is_no_edition(people) -> None:
    rule = replace(RULE, editions=Editions(CONDITIONS, (("medlemmar", (0,)),)))
    parts = (replace(a_rendering(), edition="medlemmar"),)
    number = people.write(lambda c: plan_letter(c, NOW, rule=rule, renderings=parts))
    d = deliveries.c
    query = select(d.contact_id, d.state, d.reason).where(d.mailing_id == number).order_by(d.contact_id)
    rows = people.read(lambda c: c.execute(query).all())
    assert [tuple(row) for row in rows if row.state == "excluded"] == [(n, "excluded", "no_edition") for n in (7, 8, 9)]
    assert sum(row.state == "planned" for row in rows) == 6


def test_freezes_the_editions_in_the_rule() -> None:
    rule = replace(RULE, editions=Editions(CONDITIONS, (("medlemmar", (0,)), ("övriga", ()))))
    assert Rule.from_json(rule.to_json()) == rule
    assert Rule.from_json(RULE.to_json()) == RULE


def test_counts_each_edition_before_anything_is_planned(people) -> None:
    rule = replace(RULE, editions=Editions(CONDITIONS, (("medlemmar", (0,)), ("övriga", ()))))

    def look(c):
        from mailer.outbox.store import mailings

        parts = tuple(replace(a_rendering(), edition=name) for name, _ in rule.editions.needs)
        number = mailings.propose(c, mailings.Proposal("brev/9", "letter", "Brev", rule, parts), NOW)
        return planning.edition_counts(c, mailings.read(c, number), NOW)

    assert people.write(look) == {"medlemmar": 6, "övriga": 3}


BOTH = replace(RULE, editions=Editions(CONDITIONS, (("medlemmar + styrelsen", (0, 1)), ("medlemmar", (0,)))))


def reasons(db, rule) -> dict[int, tuple[str | None, str | None]]:
    chosen = audience.recipients(audience.base_of(rule, TODAY), NOW, rule.one_per_address, rule.editions)
    return {row.contact_id: (row.reason, row.edition) for row in db.read(lambda c: c.execute(chosen).all())}


def test_lists_nobody_for_paper_who_has_no_edition(people) -> None:
    """Contact 7 is a friend without e-mail; nothing of the issue is hers, on paper as little as by mail."""
    people.write(lambda c: c.execute(contacts.update().where(contacts.c.id.in_((1, 7))).values(address=None)))
    found = reasons(people, BOTH)
    assert found[7] == ("no_edition", None)
    assert found[1] == ("no_address", "medlemmar + styrelsen")


def test_lets_each_edition_reach_one_at_a_shared_address(people) -> None:
    """7, 4 and 1 share an address: a friend without an edition, a member and a board member."""
    shared = {"address": "vi@hemma.example", "address_key": "vi"}
    people.write(lambda c: c.execute(contacts.update().where(contacts.c.id.in_((1, 4, 5, 7))).values(**shared)))
    found = reasons(people, replace(BOTH, one_per_address=True))
    assert found[7] == ("no_edition", None)
    assert found[1] == (None, "medlemmar + styrelsen")
    assert found[4] == (None, "medlemmar")
    assert found[5] == ("shared_address", "medlemmar")


def test_asks_first_when_the_readers_of_one_edition_have_become_many(people) -> None:
    """A wrong import puts everybody on the board's list after the approval; the whole number is what it was."""
    from mailer.outbox.store import mailings

    def approve(c):
        parts = tuple(replace(a_rendering(), edition=name) for name, _ in BOTH.editions.needs)
        add_people(c, keys_of(c), range(20, 30), NOW)
        number = mailings.propose(c, mailings.Proposal("brev/9", "letter", "Brev", BOTH, parts), NOW)
        row = mailings.read(c, number)
        counted = planning.head_count(c, row, NOW)
        mailings.approve(c, row, "Bo", "t", NOW, counted.recipients, None, None, planning.edition_counts(c, row, NOW))
        c.execute(list_entries.insert(), [{"list": "styrelsen", "contact_id": n, "since": NOW} for n in range(20, 30)])
        return planning.plan(c, number, NOW)

    plan = people.write(approve)
    assert plan.held == ("antalet mottagare av versionen medlemmar har gått från 14 till 4 sedan godkännandet")


def keys_of(_c) -> Keys:
    import tempfile
    from pathlib import Path

    keys = Keys(Path(tempfile.mkdtemp()) / "keys")
    keys.make_missing()
    return keys


def test_names_no_two_editions_alike() -> None:
    """They name files, and a proposal may not hold two of one name."""
    long = "Boende i en by med ett mycket långt namn som ingen får plats att skriva ut "
    conditions = (*(f"{long}{n}" for n in range(3)), "Norra/Södra", "norra-södra")
    blocks = tuple(block(str(n), OPEN) for n in range(5))
    gates = {b.path: frozenset((n,)) for n, b in enumerate(blocks)}
    signatures = {tuple(n == m for m in range(5)): 1 for n in range(5)}
    names = [e.name for e in editions_of(an_issue(*blocks), gates, conditions, signatures)]
    assert len({name.casefold() for name in names}) == 5
    assert all(len(name) <= 60 and "/" not in name for name in names)


def test_lets_the_board_be_readers_without_a_word_about_the_circle() -> None:
    gates = gates_of([Addressed("2024-05/a.md", Readers(("styrelsen",)))], KNOWN)
    assert [f for f in gates.findings if f.stops] == []


def test_counts_everybody_where_nothing_is_for_some(people) -> None:
    chosen = audience.recipients(audience.base_of(RULE, TODAY), NOW)
    assert people.read(lambda c: audience_editions.signatures(c, chosen, (), TODAY)) == {(): 9}
