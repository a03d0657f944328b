"""A worker opens a home whose database, tables and keys are right, and nothing else of it."""

import re
import shutil
import time
from pathlib import Path

import pytest
from sqlalchemy import text

from mailer import keycheck, lineage
from mailer.db import Database
from mailer.errors import AdminError, LaterError
from mailer.house import House, open_house
from mailer.keys import Keys
from mailer.workers.opening import open_worker
from tests import databases
from tests.homes import add_people, make_home


def on_another_machine(house: House, folder: Path) -> Path:
    """What is copied there: the settings and the keys, and no content, no lists, no templates."""
    (folder / "var").mkdir(parents=True)
    shutil.copy(house.home / "settings.toml", folder)
    shutil.copytree(house.var / "keys", folder / "var" / "keys")
    return folder


def test_opens_on_another_machine_with_the_settings_and_the_keys_alone(house, tmp_path):
    there = on_another_machine(house, tmp_path / "annan")
    with open_worker(there) as one, open_worker(there) as two:
        assert [w.runner_lock.path.name for w in (one, two)] == ["worker-1.lock", "worker-2.lock"]
        assert len({house.instance, one.instance, two.instance}) == 3
        assert lineage.held(house.db) == "", "its folder is not the home's, and no copy of it"
    with open_house(house.home):
        assert lineage.held(house.db) == ""


def test_takes_a_name_once_on_each_machine(house, tmp_path):
    there = on_another_machine(house, tmp_path / "annan")
    with (
        open_worker(there, "nattskift"),
        pytest.raises(LaterError, match="en arbetare som heter nattskift är redan igång"),
        open_worker(there, "nattskift"),
    ):
        pass
    with open_worker(there, "nattskift") as again:
        assert again.runner_lock.path.name == "worker-nattskift.lock"


@pytest.mark.parametrize("name", ["../ut", "å", "A", "-a", "a b", "x" * 33])
def test_takes_no_name_that_is_no_file_name(house, name):
    with pytest.raises(AdminError, match="går inte som namn"), open_worker(house.home, name):
        pass


def test_refuses_a_home_on_sqlite(tmp_path):
    home = make_home(tmp_path / "hem", 2525)
    with pytest.raises(AdminError, match=r"när databasen är PostgreSQL[^$]*mailer move"), open_worker(home):
        pass


def test_names_each_key_that_is_missing_or_another(house, tmp_path):
    there = on_another_machine(house, tmp_path / "annan")
    (there / "var" / "keys" / "leave").unlink()
    (there / "var" / "keys" / "address").write_bytes(b"x" * 32)
    with pytest.raises(AdminError) as wrong, open_worker(there):
        pass
    said = [re.sub(".*/", "", str(p).splitlines()[0]) for p in wrong.value.problems]
    assert said == ["leave: nyckeln saknas.", "address: nyckeln är en annan än den som databasen är gjord med."]
    assert not (there / "var" / "keys" / "leave").exists(), "a worker makes no keys"


def test_refuses_a_database_whose_tables_are_another_releases(tmp_path, postgres_server, postgres_url):
    bare = make_home(tmp_path / "hem", 2525, databases.bare_database(postgres_server))
    without = make_home(tmp_path / "utan", 2525, postgres_url)
    for home in (bare, without):
        with pytest.raises(AdminError, match="mailer migrate"), open_worker(home):
            pass


def test_says_that_the_home_is_held_when_its_database_was_copied(house, tmp_path, postgres_server):
    house.db.write(lambda c: add_people(c, house.keys, [1], house.clock.now()))
    house.db.close()
    copy = databases.bare_database(postgres_server, f"TEMPLATE {house.db.url.database}")
    there = on_another_machine(house, tmp_path / "annan")
    settings = (there / "settings.toml").read_text("utf-8")
    (there / "settings.toml").write_text(settings.replace(str(house.settings.storage.database), copy), "utf-8")
    with open_worker(there) as worker:
        assert "kopierats" in lineage.held(worker.db)


def test_refuses_other_keys_in_the_home_itself_once_something_is_made_with_them(database_url, tmp_path):
    home = make_home(tmp_path / "hem", 2525, database_url)
    with open_house(home):
        pass
    (home / "var" / "keys" / "address").write_bytes(b"x" * 32)
    with open_house(home) as house:  # nobody is in the register: nothing was made with the others
        house.db.write(lambda c: add_people(c, house.keys, [1], house.clock.now()))
    (home / "var" / "keys" / "address").write_bytes(b"y" * 32)
    with pytest.raises(AdminError, match=r"nycklarna är andra .* \(address\)"), open_house(home):
        pass


def test_leaves_a_home_of_an_older_release_with_the_keys_it_has(database_url, tmp_path):
    """Whose database remembers none yet."""
    home = make_home(tmp_path / "hem", 2525, database_url)
    with open_house(home) as house:
        house.db.write(lambda c: add_people(c, house.keys, [1], house.clock.now()))
        house.db.write(lambda c: c.execute(text("DELETE FROM key_checks")))
    with open_house(home) as house:
        assert house.db.read(lambda c: c.execute(text("SELECT count(*) FROM key_checks")).scalar_one()) == 5


def test_is_opened_for_the_first_time_by_two_at_once(tmp_path, postgres_url):
    """Neither stumbles over what the other has just remembered."""
    home = make_home(tmp_path / "hem", 2525, postgres_url)
    keys = Keys(home / "var" / "keys")
    keys.make_missing()
    one, other = Database(postgres_url), Database(postgres_url)
    try:
        with one.writer_engine().connect() as first:
            keycheck.remember(first, keys)
            second = other.submit(lambda c: keycheck.remember(c, keys))  # it does not see what is not committed yet
            time.sleep(0.2)
            first.commit()
        second.result(30)
        assert one.read(lambda c: keycheck.fits(c, keys)) == []
    finally:
        one.close()
        other.close()
