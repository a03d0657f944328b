"""Statements that are one round trip: in order, and known at the end of it; what one meets with ends those after it."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, Text, Update, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from mailer.db import Database
from mailer.db.driver import run, together
from mailer.db.prepared import asked, prepared
from mailer.errors import LaterError
from mailer.register.page_tables import wanted

NOW = datetime(2024, 5, 10, 9, tzinfo=UTC)


@prepared
def _naming(is_sqlite: bool) -> Update:
    return update(wanted).where(wanted.c.shown == asked("of", Text())).values(shown=asked("shown", Text()))


def add(db: Database, number: int) -> None:
    rows = [
        {"what": "link", "address": f"{n}@b.example", "shown": "", "language": "sv", "at": NOW} for n in range(number)
    ]
    db.write(lambda c: c.execute(insert(wanted), rows))


def named(db: Database, shown: str) -> int:
    asks = select(func.count()).select_from(wanted).where(wanted.c.shown == shown)
    return int(db.read(lambda c: c.execute(asks).scalar_one()))


def test_does_them_in_order_and_tells_what_each_has_changed(db: Database) -> None:
    add(db, 3)

    def write(c: Connection) -> list[int]:
        with together(c):
            sent = [
                _naming.send(c, of="", shown="a"),
                _naming.send(c, of="a", shown="b"),
                _naming.send(c, of="a", shown="c"),
            ]
        return [one.changed for one in sent]

    assert db.write(write) == [3, 3, 0]
    assert named(db, "b") == 3


def test_ends_at_the_first_that_fails_and_undoes_all(db: Database) -> None:
    add(db, 3)

    def write(c: Connection) -> None:
        with together(c):
            _naming.send(c, of="", shown="a")
            run(c, "SELECT * FROM nothing_of_the_kind")
            _naming.send(c, of="a", shown="b")

    with pytest.raises((DBAPIError, LaterError), match="nothing_of_the_kind"):  # SQLite has one error for much
        db.write(write)
    assert named(db, "") == 3
    db.write(lambda c: _naming.change(c, of="", shown="d"))  # the connection is as good as before
    assert named(db, "d") == 3


def test_what_was_never_done_behind_a_failure_is_done_the_next_time(db: Database) -> None:
    """The driver prepares on the server what it has been given some times, and here the server never heard it."""
    add(db, 3)

    def write(c: Connection, first: str) -> int:
        with together(c):
            run(c, first)
            sent = _naming.send(c, of="", shown="a")
        return sent.changed

    for times in range(3, 8):
        for _ in range(times):
            db.write(lambda c: write(c, "SELECT 1"))
        with pytest.raises((DBAPIError, LaterError), match="nothing_of_the_kind"):
            db.write(lambda c: write(c, "SELECT * FROM nothing_of_the_kind"))
    assert db.write(lambda c: write(c, "SELECT 1")) == 0
    assert named(db, "a") == 3


def test_an_error_of_ours_in_the_block_is_raised_as_it_is(db: Database) -> None:
    add(db, 3)

    def write(c: Connection) -> None:
        with together(c):
            _naming.send(c, of="", shown="a")
            raise KeyError("ours")

    with pytest.raises(KeyError, match="ours"):
        db.write(write)
    assert named(db, "") == 3


def test_a_server_that_goes_away_in_the_block_is_said_so(db: Database) -> None:
    """On PostgreSQL; and the next write has a connection of its own."""
    if db.is_sqlite:
        return
    add(db, 3)

    def write(c: Connection) -> None:
        number = int(run(c, "SELECT pg_backend_pid()").fetchone()[0])
        with together(c):
            _naming.send(c, of="", shown="a")
            run(c, f"SELECT pg_terminate_backend({number})")
            _naming.send(c, of="a", shown="b")

    with pytest.raises(LaterError, match="svarar inte"):
        db.write(write)
    assert named(db, "") == 3
    assert db.write(lambda c: c.execute(text("SELECT 1")).scalar_one()) == 1
