"""The house and the register's tables, on both engines: wishes, looks, and forgetting."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection, Table

from mailer.address import parse_address
from mailer.db import Database
from mailer.errors import BrokenPromise, EditorError
from mailer.register import store, tables
from mailer.register.tables import ALL_LISTS, accesses, contacts, leaves, list_entries, suppressions
from tests.register.conftest import NOW, Desk, members_csv

Result = TypeVar("Result")
LATER = NOW + timedelta(days=1)


@pytest.fixture
def full(desk: Desk) -> Desk:
    """Three members; two share an address."""
    desk.take(
        members_csv(
            "0017;Åsa;Öberg;asa@brev.example;", "18;Bo;Ek;Hemma@brev.example;", "19;Ulla;Ek;hemma@BREV.example;"
        )
    )
    return desk


def write(desk: Desk, fn: Callable[[Connection], Result]) -> Result:
    return desk.house.db.write(fn)


def find(desk: Desk, text: str) -> Any:
    return desk.house.db.read(lambda c: store.find_contact(c, text))


def test_finds_a_person_by_number_address_or_id(full: Desk) -> None:
    asa = full.by_number("0017")["id"]
    for text in ("0017", " 0017 ", "asa@brev.example", "ASA@Brev.Example", f"#{asa}"):
        assert find(full, text) == asa


@pytest.mark.parametrize(
    "text", ["17", "00017", "#0", "#99999", "#", "#x", "#²", "#" + "9" * 30, "ny@brev.example", "", "%", "Åsa"]
)
def test_says_that_nobody_is_meant(full: Desk, text: str) -> None:
    with pytest.raises(EditorError, match="ingen i registret"):
        find(full, text)


def test_asks_when_more_than_one_is_meant(full: Desk) -> None:
    bo, ulla = full.by_number("18")["id"], full.by_number("19")["id"]
    with pytest.raises(EditorError, match=f"2 personer: #{bo}, #{ulla}"):
        find(full, "hemma@brev.example")


def test_says_what_is_wrong_with_an_address_it_is_asked_for(full: Desk) -> None:
    with pytest.raises(EditorError, match="läser olika"):
        find(full, "asa@@brev.example")


def test_resigns_once(full: Desk) -> None:
    db, asa = full.house.db, full.by_number("0017")["id"]
    assert write(full, lambda c: store.resign(db, c, asa, NOW)) is True
    assert write(full, lambda c: store.resign(db, c, asa, LATER)) is False
    assert full.by_number("0017")["resigned_at"] == NOW
    assert full.by_number("18")["resigned_at"] is None


def test_leaves_once_and_comes_back(full: Desk) -> None:
    db, asa = full.house.db, full.by_number("0017")["id"]
    assert write(full, lambda c: store.leave(db, c, asa, "medlemmar", "code", NOW)) is True
    assert write(full, lambda c: store.leave(db, c, asa, "medlemmar", "mail", LATER)) is False
    assert write(full, lambda c: store.leave(db, c, asa, ALL_LISTS, "person", NOW)) is True
    assert write(full, lambda c: store.undo_leave(c, asa, "medlemmar", LATER)) is True
    assert write(full, lambda c: store.undo_leave(c, asa, "medlemmar", LATER)) is False
    assert write(full, lambda c: store.has_left(c, asa, "medlemmar")) is False
    assert write(full, lambda c: store.has_left(c, asa, ALL_LISTS)) is True
    assert [(row["list"], row["how"], row["undone_at"]) for row in full.rows(leaves)] == [
        ("medlemmar", "code", LATER), ("*", "person", None)
    ]  # fmt: skip
    assert write(full, lambda c: store.leave(db, c, asa, "medlemmar", "code", LATER)) is True, "left again: a new row"


def test_suppresses_an_address_for_the_first_reason_it_got(full: Desk) -> None:
    db, key = full.house.db, "a" * 32
    assert write(full, lambda c: store.suppress(db, c, key, "hard_bounce", NOW)) is True
    assert write(full, lambda c: store.suppress(db, c, key, "person", LATER)) is False
    assert write(full, lambda c: store.suppression_of(c, key)) == {"reason": "hard_bounce", "at": NOW}
    assert write(full, lambda c: store.unsuppress(c, key)) is True
    assert write(full, lambda c: store.unsuppress(c, key)) is False


def test_keeps_its_words_for_reasons_and_ways(full: Desk) -> None:
    db, asa = full.house.db, full.by_number("0017")["id"]
    with pytest.raises(BrokenPromise):
        write(full, lambda c: store.suppress(db, c, "a" * 32, "tråkig", NOW))
    with pytest.raises(BrokenPromise):
        write(full, lambda c: store.leave(db, c, asa, "medlemmar", "rykte", NOW))


def test_tells_everything_it_holds_of_one_person_and_nothing_of_another(full: Desk) -> None:
    db, asa, bo = full.house.db, full.by_number("0017"), full.by_number("18")

    def fill(c: Connection) -> None:
        for person in (asa, bo):
            store.leave(db, c, person["id"], "medlemmar", "code", NOW)
            store.record_access(c, "anna", "about", person["id"], NOW)
            store.suppress(db, c, person["address_key"], "person", NOW)
        store.record_access(c, "anna", "report", None, NOW)

    write(full, fill)
    facts = write(full, lambda c: store.about(c, asa["id"]))
    assert facts["contact"]["number"] == "0017"
    assert set(facts["contact"]) == {column.name for column in contacts.columns}
    assert facts["lists"] == [{"list": "medlemmar", "since": NOW}]
    assert facts["leaves"] == [{"list": "medlemmar", "at": NOW, "how": "code", "undone_at": None}]
    assert facts["accesses"] == [{"at": NOW, "who": "anna", "what": "about"}]
    assert facts["suppression"] == {"reason": "person", "at": NOW}


def test_forgets_a_person_but_not_that_nobody_writes_to_them(full: Desk) -> None:
    house, asa = full.house, full.by_number("0017")

    def fill(c: Connection) -> None:
        store.leave(house.db, c, asa["id"], "medlemmar", "code", NOW)
        store.record_access(c, "anna", "about", asa["id"], NOW)

    write(full, fill)
    write(full, lambda c: store.forget(house.db, c, asa["id"], house.keys, NOW))
    assert [row["number"] for row in full.rows(contacts)] == ["18", "19"]
    assert asa["id"] not in full.on("medlemmar")
    assert full.rows(leaves) == []
    assert [(row["who"], row["contact_id"]) for row in full.rows(accesses)] == [("anna", None)]
    key = parse_address("asa@brev.example").key(house.keys)
    assert full.rows(suppressions) == [{"address_key": key, "reason": "erasure", "at": NOW}]


def test_does_not_suppress_an_address_that_another_still_has(full: Desk) -> None:
    house, bo = full.house, full.by_number("18")["id"]
    write(full, lambda c: store.forget(house.db, c, bo, house.keys, NOW))
    assert full.rows(suppressions) == []
    ulla = full.by_number("19")["id"]
    write(full, lambda c: store.forget(house.db, c, ulla, house.keys, NOW))
    assert [row["reason"] for row in full.rows(suppressions)] == ["erasure"]


def test_forgets_a_person_without_an_address(desk: Desk) -> None:
    desk.take(members_csv("20;Eva;Lo;;"))
    house, eva = desk.house, desk.by_number("20")["id"]
    write(desk, lambda c: store.forget(house.db, c, eva, house.keys, NOW))
    assert [desk.rows(table) for table in (contacts, list_entries, suppressions)] == [[], [], []]


def test_knows_every_table_of_its_own_that_holds_a_contact() -> None:
    """`about` and `forget` name these; a new one must be added there."""
    ours = {t.name for t in vars(tables).values() if isinstance(t, Table) and "contact_id" in t.columns}
    assert ours == {"leaves", "rests", "choices", "wishes", "list_entries", "accesses"}


@pytest.mark.parametrize("begins", [True, False])
@pytest.mark.parametrize("wish", ["resign", "leave", "suppress", "forget"])
def test_lets_no_wish_slip_between_a_last_look_and_its_offer(full: Desk, wish: str, begins: bool) -> None:
    """While a runner in another process looks and offers, the wish waits; what is offered later has seen it. `begins`:
    the transaction begins with the look."""
    house, asa = full.house, full.by_number("0017")
    wishes: dict[str, Callable[[Connection], Any]] = {
        "resign": lambda c: store.resign(house.db, c, asa["id"], NOW),
        "leave": lambda c: store.leave(house.db, c, asa["id"], ALL_LISTS, "mail", NOW),
        "suppress": lambda c: store.suppress(house.db, c, asa["address_key"], "person", NOW),
        "forget": lambda c: store.forget(house.db, c, asa["id"], house.keys, NOW),
    }
    runner = Database(house.db.url.render_as_string(hide_password=False))
    looking, offered = threading.Event(), threading.Event()

    def look(connection: Connection) -> None:
        if not begins:
            runner.last_look(connection, wish=False)
        looking.set()
        assert offered.wait(30)

    try:
        offer = runner.submit(look, offers=begins)
        assert looking.wait(30)
        wished = house.db.submit(wishes[wish])
        with pytest.raises(TimeoutError):
            wished.result(timeout=0.3)
        offered.set()
        offer.result(30)
        wished.result(30)
    finally:
        offered.set()
        runner.close()
