"""Many new contacts at once, on both engines: each value as it was given, each id its own, no row in what goes wrong."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from mailer.db import Database, bulk
from mailer.register.tables import contacts

NOW = datetime(2024, 5, 2, 8, 0, 0, 123456, tzinfo=UTC)
COLUMNS = ("number", "first_name", "last_name", "address_problem", "joined_on", "born_year", "created_at", "updated_at")
# No NUL, which PostgreSQL has no place for, nor halves of characters: an import lets neither in.
_TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=40)


def a_row(number: str, **more: Any) -> dict[str, Any]:
    return {
        **dict.fromkeys(COLUMNS),
        "number": number,
        "first_name": "Åsa",
        "last_name": "Öberg",
        "created_at": NOW,
        "updated_at": NOW,
        **more,
    }


def entered(db: Database) -> dict[int, dict[str, Any]]:
    query = select(contacts.c.id, *(contacts.c[name] for name in COLUMNS))
    return {row.id: {name: getattr(row, name) for name in COLUMNS} for row in db.read(lambda c: c.execute(query).all())}


def test_gives_back_an_id_for_each_row(db: Database) -> None:
    rows = [a_row(f"{n:04}") for n in range(2500)]
    ids = db.write(lambda c: bulk.enter(c, contacts, rows))
    found = entered(db)
    assert len(set(ids)) == len(rows)
    assert set(ids) == found.keys()
    assert sorted(row["number"] for row in found.values()) == [row["number"] for row in rows]


def test_goes_on_after_those_that_are_there_and_before_those_that_come(db: Database) -> None:
    db.write(lambda c: c.execute(insert(contacts), [a_row("1"), a_row("2")]))
    gone = max(entered(db))
    db.write(lambda c: c.execute(delete(contacts).where(contacts.c.id == gone)))
    ids = db.write(lambda c: bulk.enter(c, contacts, [a_row("3"), a_row("4")]))
    db.write(lambda c: c.execute(insert(contacts), a_row("5")))
    assert min(ids) > gone, "the number of one who was erased is nobody else's"
    assert [row["number"] for _, row in sorted(entered(db).items())] == ["1", "3", "4", "5"]


def test_nothing_is_entered_of_nobody(db: Database) -> None:
    assert db.write(lambda c: bulk.enter(c, contacts, [])) == []


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=_TEXT, last=_TEXT, said=st.none() | _TEXT, day=st.none() | st.dates(date(1900, 1, 1), date(2100, 1, 1)))
def test_each_value_is_as_it_was_given(db: Database, first: str, last: str, said: str | None, day: date | None) -> None:
    row = a_row("1", first_name=first, last_name=last, address_problem=said, joined_on=day, born_year=1985)
    (number,) = db.write(lambda c: bulk.enter(c, contacts, [row]))
    assert entered(db) == {number: row}
    db.write(lambda c: c.execute(delete(contacts)))


def test_what_goes_wrong_names_nobody_and_enters_nobody(db: Database) -> None:
    rows = [a_row("17", first_name="Märta"), a_row("17", first_name="Märta")]
    with pytest.raises(IntegrityError) as wrong:
        db.write(lambda c: bulk.enter(c, contacts, rows))
    assert "Märta" not in f"{wrong.value!r} {wrong.value}"
    assert entered(db) == {}
