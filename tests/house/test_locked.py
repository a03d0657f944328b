"""A database that another program holds: it is waited for, and said so in words when that takes too long."""

import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import text

from mailer.db import Database, door
from mailer.errors import LaterError


def test_says_in_words_that_another_has_locked_it(tmp_path, monkeypatch):
    monkeypatch.setattr(door, "BUSY_TIMEOUT_S", 0.1)
    path = tmp_path / "mailer.db"
    with closing(Database(f"sqlite:///{path}")) as db:
        db.write(lambda c: c.execute(text("CREATE TABLE t (n INTEGER)")))
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(LaterError, match="svarar inte: database is locked"):
                db.write(lambda c: c.execute(text("INSERT INTO t VALUES (1)")))
            assert db.read(lambda c: c.execute(text("SELECT count(*) FROM t")).scalar_one()) == 0
            other.execute("ROLLBACK")
        db.write(lambda c: c.execute(text("INSERT INTO t VALUES (1)")))
        assert db.read(lambda c: c.execute(text("SELECT count(*) FROM t")).scalar_one()) == 1
