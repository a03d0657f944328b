"""Killed in a backup, a restore, a move or a migration: the old or the new, never half, and nothing left lying."""

import os
import random
import shutil
import signal
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from mailer import backups, lineage
from mailer.db import Database, migrate, snapshot
from mailer.house import open_house
from mailer.keys import Keys
from mailer.register.tables import contacts, list_entries
from mailer.verbs import backup, move, restore
from tests.databases import new_database
from tests.homes import add_people, make_home
from tests.house.rows import fill
from tests.house.test_move import rows_of

SOME = [6, 23]  # of the moments at which a file is touched; all of them in the soak
BO = "Bo Godkännare"
TOUCHES = {"open", "os.rename", "os.link", "os.remove", "os.rmdir", "os.mkdir", "sqlite3.connect"}


def cut_off(what: Callable[[], object], near: Path, touch: int = 0, after_s: float = 0) -> bool:
    """Run it in a process of its own, which dies at its n-th touch of a file near `near`, or after so long by the
    kernel's clock. Whether it died."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            seen = 0

            def heard(event: str, arguments: tuple) -> None:
                nonlocal seen
                if event in TOUCHES and str(near) in str(arguments):
                    seen += 1
                    if seen == touch:
                        os.kill(os.getpid(), signal.SIGKILL)

            if touch:
                sys.addaudithook(heard)
            if after_s:
                signal.signal(signal.SIGALRM, signal.SIG_DFL)
                signal.setitimer(signal.ITIMER_REAL, after_s)
            what()
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def any_moment(rng: random.Random) -> float:
    """A millisecond to a second, each tenfold as likely as the other: machines differ, and some must die under way."""
    return float(10 ** rng.uniform(-3, 0))


@pytest.fixture
def home(tmp_path) -> Path:
    """Three members, and a backup from before two of them went."""
    home = make_home(tmp_path / "hem", 2525, **{'# folder = ""     ': 'folder = ""     '})
    with open_house(home) as house:
        house.db.write(lambda c: add_people(c, house.keys, [1, 2, 3], house.clock.now()))
        backup.backup(house)
        for table, column in ((list_entries, list_entries.c.contact_id), (contacts, contacts.c.id)):
            house.db.write(lambda c, t=table, k=column: c.execute(delete(t).where(k > 1)))
    return home


def members(home: Path) -> int:
    with open_house(home) as house:
        return len(house.db.read(lambda c: c.execute(select(contacts.c.id)).all()))


def half(folder: Path) -> list[str]:
    return [p.name for p in folder.rglob("*") if p.name.startswith(".")]


def backed_up(home: Path) -> Path:
    return min((home / "var" / "backups").glob(f"{backups.DATABASE}-*"))


def a_restore(home: Path, file: Path, keys: Path | None, touch: int = 0, after_s: float = 0) -> bool:
    """Cut off, and looked at; whether it was cut off."""
    died = cut_off(lambda: restore.restore(home, file, keys, True, BO), home, touch, after_s)
    number = members(home)
    assert number in (1, 3), number
    assert died or number == 3
    with open_house(home) as house:
        assert bool(lineage.held(house.db)) == (number == 3)
    assert half(home / "var") == []
    return died


@pytest.mark.parametrize("touch", SOME)
def test_restores_all_or_nothing_whichever_file_it_is_cut_off_at(home, touch):
    file = backed_up(home)
    assert a_restore(home, file, None, touch)
    assert not a_restore(home, file, None)


@pytest.mark.soak
def test_restores_all_or_nothing_at_each_file_it_touches(home, tmp_path):
    file, whole = backed_up(home), tmp_path / "var"
    (keys,) = (home / "var" / "backups").glob(f"{backups.KEYS}-*")
    shutil.copytree(home / "var", whole)
    for touch in range(1, 1000):
        if not a_restore(home, file, keys, touch):
            break
        put_again(home, whole)
    print(f"restore: killed at each of {touch - 1} touches")
    assert touch > 20


def put_again(home: Path, whole: Path) -> None:
    """The same files again, written into the ones that are there: the home is no copy."""
    shutil.rmtree(home / "var" / "backups")
    for path in whole.rglob("*"):
        there = home / "var" / path.relative_to(whole)
        if path.is_dir():
            there.mkdir(exist_ok=True)
        elif not path.name.endswith(("-wal", "-shm")):
            shutil.copyfile(path, there)
    with closing(Database(f"sqlite:///{home / 'var' / 'mailer.db'}")) as db:
        db.write(lambda c: lineage.stay(c, db, home / "var"))


@pytest.mark.parametrize("touch", SOME)
def test_writes_a_backup_or_none_whichever_file_it_is_cut_off_at(home, touch):
    a_backup(home, touch)


def a_backup(home: Path, touch: int = 0, after_s: float = 0) -> bool:
    folder = home / "var" / "backups"

    def write() -> None:
        with open_house(home) as house:
            backup.backup(house)

    died = cut_off(write, folder, touch, after_s)
    for path in folder.glob("*.db"):
        assert snapshot.check(path)["contacts"] in (1, 3)
    for path in folder.glob("*.json"):
        assert backups.read_keys(path)
    write()
    assert half(folder) == []
    return died


@pytest.mark.parametrize("touch", SOME[:1])
def test_has_the_old_tables_or_the_new_when_a_migration_is_cut_off(home, touch):
    a_migration(home, touch)


def a_migration(home: Path, touch: int = 0, after_s: float = 0) -> bool:
    with open_house(home) as house:
        migrate.downgrade(house.db, "0012")

    def open_it() -> None:
        with open_house(home):
            pass

    died = cut_off(open_it, home, touch, after_s)
    assert members(home) == 1
    assert len(list((home / "var" / "backups").glob("*.db"))) > 1  # one from before the tables were rebuilt
    assert half(home / "var") == []
    return died


@pytest.mark.soak
@pytest.mark.parametrize("what", [a_backup, a_migration])
def test_stands_twenty_cuts_at_any_moment(home, what):
    rng, died = random.Random(20), 0
    for _ in range(20):
        died += what(home, after_s=any_moment(rng))
    print(f"{what.__name__}: {died} of 20 were killed under way")
    assert died


@pytest.mark.soak
def test_restores_all_or_nothing_in_twenty_cuts_at_any_moment(home, tmp_path):
    rng, died, file, whole = random.Random(21), 0, backed_up(home), tmp_path / "var"
    shutil.copytree(home / "var", whole)
    for _ in range(20):
        died += a_restore(home, file, None, after_s=any_moment(rng))
        put_again(home, whole)
    print(f"restore: {died} of 20 were killed under way")
    assert died


@pytest.mark.soak
def test_has_its_home_in_one_place_in_twenty_cuts_of_a_move(tmp_path, postgres_server):
    rng, died = random.Random(22), 0
    home = make_home(tmp_path / "hem", 2525)
    with closing(Database(f"sqlite:///{home / 'var' / 'mailer.db'}")) as db:
        fill(db, 3)
    Keys(home / "var" / "keys").make_missing()
    file = home / "var" / "mailer.db"
    with open_house(home):
        pass
    was = rows_of(f"sqlite:///{file}")
    for _ in range(20):
        url = new_database(postgres_server)
        died += cut_off(lambda url=url: move.move(home, url), home, after_s=any_moment(rng))
        there = rows_of(url)
        assert there == was or not any(there.values())
        with closing(Database(f"sqlite:///{file}")) as db:
            is_open = lineage.held(db) == ""
        assert not (is_open and any(there.values()))  # never two homes that send
        move.move(home, url)
        assert rows_of(url) == was
        with closing(Database(f"sqlite:///{file}")) as db:
            db.write(lambda c: lineage.hold(c, None))
    print(f"move: {died} of 20 were killed under way")
    assert died
