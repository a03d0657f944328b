"""`mailer migrate` brings the tables of a home to this release: ours and Procrastinate's, whole or not at all."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from mailer import presence
from mailer.db import Database, migrate
from mailer.errors import AdminError
from mailer.house import open_house
from mailer.workers import schema
from mailer.workers.migrating import migrate_home
from tests import databases
from tests.homes import make_home

OLDER = "0012"
BY_THE_OLDER = "INSERT INTO runners (instance, started_at, lease_until) VALUES ('x', 0, 9000000000000000)"


def test_builds_both_kinds_of_tables_and_says_so_once(tmp_path, postgres_server):
    home = make_home(tmp_path / "hem", 2525, databases.bare_database(postgres_server))
    newest = schema.newest()
    assert migrate_home(home) == [
        f"Våra tabeller: byggda ({_ours()}).",
        f"Procrastinates tabeller: byggda ({newest}).",
    ]
    assert migrate_home(home) == [f"Tabellerna är redan den här versionens ({_ours()}, Procrastinate {newest})."]


def test_lets_the_second_of_two_wait_and_find_it_done(tmp_path, postgres_server):
    home = make_home(tmp_path / "hem", 2525, databases.bare_database(postgres_server))
    said: list[str] = []
    both = [threading.Thread(target=lambda: said.append(migrate_home(home)[-1])) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(line.split()[0] for line in said) == ["Procrastinates", "Tabellerna"]


@pytest.mark.soak
def test_leaves_all_as_it_was_when_the_second_half_fails(tmp_path, postgres_server, monkeypatch):
    url = databases.bare_database(postgres_server)
    home = make_home(tmp_path / "hem", 2525, url)
    monkeypatch.setattr(schema, "_sql", lambda *_: "CREATE TABLE half (); SELECT 1/0")
    with pytest.raises(Exception, match="division by zero"):
        migrate_home(home)
    db = Database(url)
    try:
        assert migrate.is_empty(db)
        assert db.read(schema.version) == ""
    finally:
        db.close()


@pytest.mark.soak
def test_brings_older_tables_of_procrastinate_to_what_new_ones_are(pg, postgres_server):
    shipped = schema.migrations()

    def build_older(c):
        c.exec_driver_sql("CREATE SCHEMA procrastinate")
        c.exec_driver_sql("SET LOCAL search_path TO procrastinate")
        for name in shipped[:-4]:
            c.connection.driver_connection.execute(schema._sql("procrastinate.sql", "migrations", f"{name}.sql"))
        c.exec_driver_sql(f"COMMENT ON SCHEMA procrastinate IS '{shipped[-5]}'")

    pg.write(build_older)
    assert not schema.is_current(pg)
    assert pg.write(schema.upgrade) == (shipped[-5], shipped[-1])
    other = Database(databases.bare_database(postgres_server))
    try:
        other.write(schema.upgrade)
        assert pg.read(_functions) >= other.read(_functions)
    finally:
        other.close()
    assert pg.read(lambda c: c.execute(text("SHOW search_path")).scalar_one()) == '"$user", public'


def _functions(c):
    sql = "SELECT proname FROM pg_proc WHERE pronamespace = 'procrastinate'::regnamespace"
    return set(c.execute(text(sql)).scalars())


def test_refuses_tables_of_a_newer_procrastinate(pg):
    pg.write(schema.upgrade)
    pg.write(lambda c: c.execute(text("COMMENT ON SCHEMA procrastinate IS '99.00.00_01_later'")))
    with pytest.raises(AdminError, match="nyare version"):
        schema.is_current(pg)


def test_does_not_rebuild_tables_under_the_feet_of_others(tmp_path, postgres_url):
    home = make_home(tmp_path / "hem", 2525, postgres_url)
    db = Database(postgres_url)
    try:
        migrate.downgrade(db, OLDER)
        db.write(lambda c: c.execute(text(BY_THE_OLDER)))
        with pytest.raises(AdminError, match="andra arbetar med dem \\(1 process\\)"), open_house(home):
            pass
        assert not migrate.is_current(db)
        assert migrate_home(home)[-1].startswith("Starta om dem som arbetar, med den nya versionen: 1 process")
        with open_house(home) as house:
            assert migrate.is_current(house.db)
            assert house.db.read(lambda c: presence.names_of_living(c, house.db)) == []
    finally:
        db.close()


def test_says_what_it_did_to_a_home_on_sqlite_too(tmp_path):
    home = make_home(tmp_path / "hem", 2525)
    assert migrate_home(home) == [f"Tabellerna är redan den här versionens ({_ours()})."]
    bare = make_home(tmp_path / "nytt", 2525)
    (bare / "var" / "mailer.db").unlink()
    assert migrate_home(bare) == [f"Tabellerna: byggda ({_ours()})."]


def test_needs_nothing_of_procrastinate_on_sqlite(tmp_path):
    """A home on SQLite runs where the extra is not installed: nothing that `mailer run` imports for it is from there."""
    import subprocess
    import sys

    looked = (
        "import sys; sys.modules['procrastinate'] = sys.modules['psycopg'] = None\n"
        "from mailer.clockwork import loop; from mailer.cli import sending, machines; print('well')"
    )
    done = subprocess.run([sys.executable, "-c", looked], capture_output=True, text=True, check=False)
    assert done.stdout == "well\n", done.stderr


def _ours() -> str:
    return sorted(p.stem[:4] for p in Path(migrate.__file__).parent.glob("migrations/versions/0*.py"))[-1]
