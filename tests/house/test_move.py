"""From SQLite to PostgreSQL and back: the same rows, on both ways."""

import shutil
from contextlib import closing

import pytest
from sqlalchemy import func, insert, select, update

from mailer import lineage
from mailer.db import METADATA, Database, copying, snapshot
from mailer.errors import AdminError, LaterError
from mailer.house import open_house
from mailer.keys import Keys
from mailer.register.tables import contacts
from mailer.verbs import backup, move, restore
from tests import databases
from tests.databases import bare_database, new_database
from tests.homes import add_people, make_home
from tests.house.rows import fill


def sums(path) -> copying.Sums:
    with closing(snapshot.reading(path)) as file:
        return copying.sums_of_file(file)


def rows_of(url: str) -> dict[str, list]:
    """Every row of every table as the house reads them, in an order of our own."""
    with closing(Database(url)) as db:
        return {
            t.name: sorted(map(repr, db.read(lambda c, t=t: c.execute(select(t)).all())))
            for t in METADATA.sorted_tables
            if t.name != "homes"
        }


def turn(home, url: str) -> None:
    """As the administrator does: the line goes into settings.toml."""
    path = home / "settings.toml"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(f'database = "{url}"\n' if "database = " in x[:13] else x for x in lines), "utf-8")


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A database with rows in every table."""
    path = tmp_path_factory.mktemp("filled") / "mailer.db"
    databases.place(path)
    with closing(Database(f"sqlite:///{path}")) as db:
        made = fill(db, 7)
    assert [name for name, number in made.items() if not number] == ["homes"]
    return path


@pytest.fixture
def full(tmp_path, filled):
    """A SQLite home with rows in every table."""
    home = make_home(tmp_path / "hem", 2525)
    shutil.copyfile(filled, home / "var" / "mailer.db")
    Keys(home / "var" / "keys").make_missing()
    with open_house(home):
        return home


def test_has_every_row_on_both_ways(full, postgres_server):
    old = full / "var" / "mailer.db"
    was = rows_of(f"sqlite:///{old}")
    before = {name: one for name, one in sums(old).items() if name != "homes"}
    assert set(was) == set(before)
    url = bare_database(postgres_server)
    said = move.move(full, url)
    assert any(line.strip().startswith('database = "postgresql+psycopg://') for line in said)
    assert rows_of(url) == was
    turn(full, url)
    with open_house(full) as house:
        assert lineage.held(house.db) == ""  # moved by somebody's own doing: no copy
        before = {name: one for name, one in house.db.read(lambda c: copying.sums_of(c, shapes_of(old))).items()}
        backup.backup(house)
        made = next((full / "var" / "backups").glob("mailer-databas-*.db"))
    assert sums(made) == before
    turn(full, "")
    restore.restore(full, made, over=True, name="Bo Godkännare")
    with open_house(full) as house:
        assert "återställts" in lineage.held(house.db)
    again = rows_of(f"sqlite:///{old}")
    assert again == rows_of(url)


def shapes_of(path):
    with closing(snapshot.reading(path)) as file:
        return copying.shapes(file)


@pytest.mark.soak
def test_goes_on_after_a_kill_between_the_two_commits(full, postgres_server):
    url = bare_database(postgres_server)
    move.move(full, url)
    was = rows_of(url)
    with closing(Database(f"sqlite:///{full / 'var' / 'mailer.db'}")) as db:
        db.write(lambda c: lineage.hold(c, lineage.MOVING))
    with pytest.raises(AdminError, match="mailer move igen"), open_house(full):
        raise AssertionError
    move.move(full, url)
    assert rows_of(url) == was
    with pytest.raises(AdminError, match="är flyttad till PostgreSQL"), open_house(full):
        raise AssertionError


@pytest.mark.soak
def test_takes_the_old_file_back_when_a_person_says_so(full, postgres_server):
    move.move(full, bare_database(postgres_server))
    file = full / "var" / "mailer.db"
    with pytest.raises(AdminError, match="redan en databas"):
        restore.restore(full, file)
    restore.restore(full, file, over=True, name="Bo Godkännare")
    with open_house(full) as house:
        assert "återställts" in lineage.held(house.db)


@pytest.mark.soak
def test_moves_nothing_into_a_database_that_is_not_empty(full, postgres_server, tmp_path):
    url = new_database(postgres_server)
    with open_house(make_home(tmp_path / "annat", 2525, url)) as house:
        house.db.write(lambda c: add_people(c, house.keys, [1], house.clock.now()))
    was = rows_of(url)
    with pytest.raises(AdminError, match="inte tom"):
        move.move(full, url)
    assert rows_of(url) == was
    with open_house(full) as house:
        assert lineage.held(house.db) == ""


@pytest.mark.soak
def test_moves_nothing_when_one_row_cannot_go_over(full, postgres_server):
    with open_house(full) as house:
        odd = update(contacts).where(contacts.c.id == select(func.min(contacts.c.id)).scalar_subquery())
        house.db.write(lambda c: c.execute(odd.values(first_name="Kanarina\x00")))
    url = new_database(postgres_server)
    with pytest.raises(AdminError, match="tabellen contacts") as error:
        move.move(full, url)
    assert "Kanarina" not in str(error.value)
    assert error.value.__cause__ is None
    assert all(rows == [] for rows in rows_of(url).values())
    with open_house(full) as house:
        assert lineage.held(house.db) == ""


@pytest.mark.parametrize(
    "rest", ["mailer:hem@ligt@127.0.0.1:1/m", "mailer:hem/ligt@127.0.0.1:1/m", "m@127.0.0.1:porten/m"]
)
def test_says_what_is_wrong_with_an_address_and_shows_no_password(full, rest):
    with pytest.raises(AdminError, match="går inte att läsa") as error:
        move.move(full, f"postgresql+psycopg://{rest}")
    assert "ligt" not in str(error.value)


def test_moves_no_home_that_somebody_has_open(full, postgres_server):
    with open_house(full), pytest.raises(LaterError, match="öppet i en annan process"):
        move.move(full, new_database(postgres_server))


@pytest.mark.soak
def test_counts_on_where_it_was(full, postgres_server):
    url = bare_database(postgres_server)
    move.move(full, url)
    turn(full, url)
    with open_house(full) as house:
        top = house.db.read(lambda c: c.execute(select(func.max(contacts.c.id))).scalar_one())
        now = house.clock.now()
        row = insert(contacts).values(created_at=now, updated_at=now).returning(contacts.c.id)
        assert house.db.write(lambda c: c.execute(row).scalar_one()) == top + 1
