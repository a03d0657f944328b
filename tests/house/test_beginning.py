"""How a transaction begins: the door says so itself, on PostgreSQL in as few round trips as there can be."""

import threading

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from mailer.db import Database
from mailer.errors import AdminError, LaterError
from tests import waiting


@pytest.fixture
def other(db: Database):
    one = Database(db.url.render_as_string(hide_password=False))
    yield one
    one.close()


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_look_that_is_given_up_leaves_the_connection_as_good_as_before(db: Database, other: Database) -> None:
    """Somebody has ended a sender's wait for a wish that takes its time. On SQLite writers wait for the file."""
    wishes, let_go = threading.Event(), threading.Event()

    def wish(connection) -> None:
        other.last_look(connection, wish=True)
        wishes.set()
        assert let_go.wait(30)

    pid = db.write(lambda c: c.execute(text("SELECT pg_backend_pid()")).scalar_one())
    waits = text("SELECT count(*) FROM pg_locks WHERE pid = :pid AND locktype = 'advisory' AND NOT granted")
    try:
        wished = other.submit(wish)
        assert wishes.wait(30)
        offer = db.submit(lambda _: pytest.fail("offered beside a wish"), offers=True)
        waiting.until(lambda: db.read(lambda c: c.execute(waits, {"pid": pid}).scalar_one()))
        db.read(lambda c: c.execute(text("SELECT pg_cancel_backend(:pid)"), {"pid": pid}))
        with pytest.raises(LaterError, match="svarar inte"):
            offer.result(30)
    finally:
        let_go.set()
    wished.result(30)
    assert db.submit(lambda c: c.execute(text("SELECT pg_backend_pid()")).scalar_one(), offers=True).result(30) == pid


def test_nothing_is_written_in_a_read(db: Database) -> None:
    with pytest.raises((AdminError, DBAPIError), match=r"read-?only"):
        db.read(lambda c: c.execute(text("DELETE FROM contacts")))
    assert db.read(lambda c: c.execute(text("SELECT count(*) FROM contacts")).scalar_one()) == 0


def test_a_transaction_that_fails_is_undone_and_the_next_is_its_own(db: Database) -> None:
    def write(connection) -> None:
        connection.execute(text("INSERT INTO keywords_of_nobody VALUES (1)"))

    for offers in (True, False):
        with pytest.raises((DBAPIError, LaterError), match="keywords_of_nobody"):
            db.submit(write, offers=offers).result(30)
        assert db.submit(lambda c: c.execute(text("SELECT 1")).scalar_one(), offers=offers).result(30) == 1


def test_the_file_is_made_anew_between_two_transactions(db: Database) -> None:
    """What cannot be done in one, on either engine."""
    db.write(lambda c: c.execute(text("SELECT 1")))
    assert db.rewrite()
    with pytest.raises(RuntimeError, match="ours"):
        db.write(lambda c: (c.execute(text("CREATE TABLE left_behind (n INTEGER)")), _fail()))
    assert "left_behind" not in db.read(_tables)


def _tables(connection) -> list[str]:
    return inspect(connection).get_table_names()


def _fail() -> None:
    raise RuntimeError("ours")
