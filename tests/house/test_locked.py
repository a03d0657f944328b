"""A database that another program holds, or that is away: it is waited for, and said so in words when that takes long."""

import sqlite3
import threading
import time
from contextlib import closing
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, func, insert, select, text

from mailer.db import Database, engines, patience
from mailer.errors import Busy, LaterError
from mailer.register.page_tables import wanted
from tests.databases import away, held

SHORT_S = 0.3
NOW = datetime(2024, 5, 10, 9, tzinfo=UTC)


def add(connection: Connection) -> None:
    connection.execute(insert(wanted).values(what="link", address="a@b.example", shown="", language="sv", at=NOW))


def count(db: Database) -> int:
    return int(db.read(lambda c: c.execute(select(func.count()).select_from(wanted)).scalar_one()))


def given_up_after(db: Database) -> float:
    """Seconds until a short write is given up."""
    began = time.monotonic()
    with patience(SHORT_S), pytest.raises(LaterError):
        db.write(add)
    return time.monotonic() - began


def test_says_in_words_that_another_has_locked_it(tmp_path, monkeypatch):
    monkeypatch.setattr(engines, "BUSY_TIMEOUT_S", 0.1)
    path = tmp_path / "mailer.db"
    with closing(Database(f"sqlite:///{path}")) as db:
        db.write(lambda c: c.execute(text("CREATE TABLE t (n INTEGER)")))
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(Busy, match="svarar inte: database is locked"):
                db.write(lambda c: c.execute(text("INSERT INTO t VALUES (1)")))
            assert db.read(lambda c: c.execute(text("SELECT count(*) FROM t")).scalar_one()) == 0
            other.execute("ROLLBACK")
        db.write(lambda c: c.execute(text("INSERT INTO t VALUES (1)")))
        assert db.read(lambda c: c.execute(text("SELECT count(*) FROM t")).scalar_one()) == 1


def test_gives_up_what_somebody_waits_for_and_never_does_it_afterwards(db: Database, database_url: str):
    with held(database_url):
        assert SHORT_S <= given_up_after(db) < 10 * SHORT_S
        assert count(db) == 0
    db.write(lambda c: None)  # the write thread has been through all that was queued
    assert count(db) == 0
    with patience(SHORT_S):
        db.write(add)
    assert count(db) == 1


def test_waits_on_with_what_nobody_waits_for(db: Database, database_url: str):
    """The clock's write and the sender's, with a page's between them that is given up."""
    with held(database_url):
        first = db.submit(add)
        given_up_after(db)
        last = db.submit(add)
        assert not first.done()
        assert not last.done()
    first.result()
    last.result()
    assert count(db) == 2


def test_keeps_nobody_waiting_behind_a_write_that_takes_long(db: Database):
    """In the same process too; and whoever comes when it has taken long already is told so at once."""
    begun, is_done = threading.Event(), threading.Event()
    long = db.submit(lambda c: (begun.set(), is_done.wait(30)))
    assert begun.wait(30)
    given_up_after(db)
    assert given_up_after(db) < SHORT_S / 2
    is_done.set()
    long.result()
    with patience(SHORT_S):
        db.write(add)
    assert count(db) == 1


def test_waits_for_what_has_begun(db: Database):
    """It alone knows whether it is committed: nobody is told ”not saved” of what is."""

    def slow(connection: Connection) -> str:
        add(connection)
        threading.Event().wait(3 * SHORT_S)
        return "saved"

    with patience(SHORT_S):
        assert db.write(slow) == "saved"
    assert count(db) == 1


def test_takes_each_write_though_the_one_before_was_given_up_as_the_lock_was_lost(tmp_path, monkeypatch):
    """The write thread outlives a write that nobody waits for any more, whatever becomes of it."""
    monkeypatch.setattr(engines, "BUSY_TIMEOUT_S", 2 * SHORT_S)
    path = tmp_path / "mailer.db"
    with closing(Database(f"sqlite:///{path}")) as db:
        db.write(wanted.create)
        with held(f"sqlite:///{path}"):
            given_up_after(db)
            with pytest.raises(LaterError, match="database is locked"):
                db.write(add)
        db.write(add)
        assert count(db) == 1


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_says_that_it_is_away_each_time_until_it_is_back(db: Database):
    db.write(add)
    with away(db.url.render_as_string(hide_password=False)):
        for _ in range(4):  # at once: a clock and a page, say
            with pytest.raises(LaterError, match="svarar inte"):
                db.write(add)
    db.write(add)
    assert count(db) == 2
