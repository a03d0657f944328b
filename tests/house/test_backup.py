"""A backup is whole or not there, holds no keys and nobody who is deleted; put back, it waits for a person."""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, insert, select, text

from mailer import backups, keycheck, lineage
from mailer.db import Database, migrate, snapshot
from mailer.errors import AdminError, EditorError, LaterError, MailerError
from mailer.house import open_house
from mailer.keys import PURPOSES
from mailer.outbox.states import Mailing
from mailer.outbox.store import mailings
from mailer.register.tables import contacts, leaves
from mailer.surveys.box.tables import ballots
from mailer.surveys.tables import surveys
from mailer.verbs import adopt, backup, restore, send
from tests.homes import MEMBERS, ROOT, a_rendering, add_people, make_home
from tests.house.rows import fill

NOW = datetime(2024, 5, 10, 7, tzinfo=UTC)
AUTOMATIC = {'# folder = ""     ': 'folder = ""     '}  # as it is when nobody has chosen
BO = "Bo Godkännare"


@pytest.fixture
def home(tmp_path, database_url) -> Path:
    """A home with three members."""
    home = make_home(tmp_path / "hem", 2525, database_url, **AUTOMATIC)
    with open_house(home) as house:
        house.db.write(lambda c: add_people(c, house.keys, [1, 2, 3], house.clock.now()))
    return home


@pytest.fixture
def lone(tmp_path) -> Path:
    """The same on SQLite alone: what is about its file."""
    home = make_home(tmp_path / "hem", 2525, **AUTOMATIC)
    with open_house(home) as house:
        house.db.write(lambda c: add_people(c, house.keys, [1, 2, 3], house.clock.now()))
    return home


def made(home: Path, kind: str = backups.DATABASE) -> list[Path]:
    return sorted((home / "var" / "backups").glob(f"{kind}-*"))


def back_up(home: Path) -> Path:
    with open_house(home) as house:
        backup.backup(house)
    return made(home)[-1]


def names(file: Path) -> list[str]:
    with closing(snapshot.reading(file)) as opened:
        return [name for (name,) in opened.execute("SELECT first_name FROM contacts ORDER BY id")]


def people(home: Path) -> list[str]:
    with open_house(home) as house:
        return list(house.db.read(lambda c: c.execute(select(contacts.c.first_name).order_by(contacts.c.id)).scalars()))


def an_approved_letter(house) -> None:
    now = house.clock.now()

    def write(c):
        from mailer.audience.rule import Rule
        from mailer.outbox.store import planning

        proposal = mailings.Proposal("brev/1", "letter", "Kallelse", Rule((MEMBERS,)), (a_rendering(),))
        row = mailings.read(c, mailings.propose(c, proposal, now))
        counted, editions = planning.head_count(c, row, now), planning.edition_counts(c, row, now)
        mailings.approve(c, row, BO, "test", now, counted.recipients, None, editions=editions)

    house.db.write(write)


def state(house) -> str:
    return house.db.read(lambda c: mailings.find(c, "brev/1").state)


def test_writes_the_people_in_one_file_and_the_keys_in_another(home):
    file = back_up(home)
    (keys,) = made(home, backups.KEYS)
    assert names(file) == ["Åsa1", "Åsa2", "Åsa3"]
    assert {p.stat().st_mode & 0o777 for p in (file, keys)} == {0o600}
    assert (home / "var" / "backups").stat().st_mode & 0o777 == 0o700
    raw, told = file.read_bytes(), keys.read_text("ascii")
    for purpose in PURPOSES:
        key = (home / "var" / "keys" / purpose).read_bytes()
        assert key not in raw
        assert key.hex().encode() not in raw
        assert key.hex() in told
    assert "Åsa" not in told
    assert sorted(p.name for p in file.parent.iterdir()) == sorted([file.name, keys.name])  # no log, nothing half


def test_writes_the_keys_again_only_when_they_are_others(lone):
    back_up(lone)
    back_up(lone)
    assert (len(made(lone)), len(made(lone, backups.KEYS))) == (2, 1)
    (lone / "var" / "keys" / "answer").unlink()  # made anew when it is missing
    back_up(lone)
    assert len(made(lone, backups.KEYS)) == 2


def test_leaves_out_what_was_deleted(lone):
    with closing(sqlite3.connect(lone / "var" / "mailer.db")) as other:  # one that does not overwrite, as pages' gaps
        other.execute("PRAGMA secure_delete = OFF")
        other.execute("UPDATE contacts SET street = ?", ("Kanarina-" * 300,))
        other.commit()
        other.execute("UPDATE contacts SET street = NULL")
        other.commit()
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"Kanarina" in (lone / "var" / "mailer.db").read_bytes()  # the control
    assert b"Kanarina" not in back_up(lone).read_bytes()


def test_holds_up_nobody_who_writes_and_is_held_up_by_nobody(lone):
    with open_house(lone) as house, closing(sqlite3.connect(lone / "var" / "mailer.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE contacts SET first_name = 'halvt'")
        backup.backup(house)
        other.execute("COMMIT")
    assert names(made(lone)[-1]) == ["Åsa1", "Åsa2", "Åsa3"]


def test_is_of_one_moment_though_others_write(lone, tmp_path):
    """Rows that are counted, and then written by somebody before they are copied, are not in the copy."""
    file, target = lone / "var" / "mailer.db", tmp_path / "copy.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as reader, open_house(lone) as house:
        reader.execute("BEGIN")
        counted = snapshot.counts(reader)
        house.db.write(lambda c: add_people(c, house.keys, range(4, 400), house.clock.now()))
        with closing(sqlite3.connect(target)) as copy:
            reader.backup(copy)
    snapshot.check(target, {name: n for name, n in counted.items() if name == "contacts"})


@pytest.mark.soak
def test_does_not_say_in_which_order_ballots_came(home, tmp_path):
    """The bytes of the file lie in the order of the random ids, also when they come from PostgreSQL's heap."""
    with open_house(home) as house:
        fill(house.db, 5)
        house.db.write(lambda c: c.execute(delete(ballots)))
        number = house.db.read(lambda c: c.execute(select(surveys.c.id).limit(1)).scalar_one())
        names = [os.urandom(16).hex() for _ in range(12)]
        for name in names:
            row = insert(ballots).values(id=name, survey_id=number, sealed=os.urandom(100))
            house.db.write(lambda c, row=row: c.execute(row))
        raw = backups.make(house.db, house.var, tmp_path, NOW).database.read_bytes()
    assert names != sorted(names)
    assert sorted(names, key=lambda name: -raw.index(name.encode())) == sorted(names)


def test_backs_up_before_a_mailing_is_planned(lone):
    with open_house(lone) as house:
        an_approved_letter(house)
        send.plan(house, "brev/1", dry_run=True)
        assert made(lone) == []
        send.plan(house, "brev/1")
        send.plan(house, "brev/1")  # planned already: none again
    (file,) = made(lone)
    with closing(snapshot.reading(file)) as opened:
        assert opened.execute("SELECT state FROM mailings").fetchall() == [(Mailing.APPROVED,)]


def test_does_not_plan_without_the_backup_and_says_why(lone):
    path = lone / "settings.toml"
    text_ = path.read_text("utf-8").replace('folder = "" ', 'folder = "/finns/inte" ')
    path.write_text(text_, "utf-8")
    with open_house(lone) as house:
        an_approved_letter(house)
        with pytest.raises(AdminError, match="utskicket blev inte av") as error:
            send.plan(house, "brev/1")
        assert "mappen för säkerhetskopior finns inte" in str(error.value)
        assert state(house) == Mailing.APPROVED
    path.write_text(text_.replace("/finns/inte", "none"), "utf-8")
    with open_house(lone) as house:
        send.plan(house, "brev/1")
        assert state(house) == Mailing.SENDING
    assert not (lone / "var" / "backups").exists()


def test_lets_the_small_steps_of_an_hour_share_one(lone):
    with open_house(lone) as house:
        for _ in range(3):
            backup.before_mailing(house, unless_within=backup.LATELY)
        assert len(made(lone)) == 1
        (file,) = made(lone)
        hours_ago = house.clock.now() - timedelta(hours=2)
        file.rename(backups.name_in(file.parent, backups.DATABASE, hours_ago, "db"))
        backup.before_mailing(house, unless_within=backup.LATELY)
        assert len(made(lone)) == 2


@pytest.mark.soak
def test_has_no_room_and_leaves_nothing_half(lone):
    code = (
        "import resource; from pathlib import Path; from mailer.house import open_house; from mailer.verbs import backup\n"
        f"with open_house(Path({str(lone)!r})) as house:\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, -1)); backup.backup(house)"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert "AdminError" in ran.stderr, ran.stderr
    assert "säkerhetskopian går inte att skriva" in ran.stderr
    assert list((lone / "var" / "backups").iterdir()) == []


@pytest.mark.parametrize(
    ("days", "left"),
    [
        ([0, 1, 29, 30], [0, 1, 29, 30]),
        ([0, 31, 400], [0]),
        ([31], []),
    ],
)
def test_throws_away_what_is_older_than_the_settings_say(tmp_path, days, left):
    for n in days:
        backups.name_in(tmp_path, backups.DATABASE, NOW - timedelta(days=n), "db").touch()
        backups.name_in(tmp_path, backups.REPLACED, NOW - timedelta(days=n), "db").touch()
    (tmp_path / "annat.db").touch()
    backups.thin(tmp_path, timedelta(days=30), NOW)
    kept = {backups.name_in(tmp_path / "x", kind, NOW - timedelta(days=n), "db").name
            for n in left for kind in (backups.DATABASE, backups.REPLACED)}  # fmt: skip
    assert {p.name for p in tmp_path.iterdir()} == kept | {"annat.db"}


def test_keeps_keys_as_long_as_there_is_a_database_of_their_time(tmp_path):
    def place(kind, days, suffix):
        backups.name_in(tmp_path, kind, NOW - timedelta(days=days), suffix).touch()

    for days in (300, 200, 20, 0):
        place(backups.KEYS, days, "json")
    for days in (100, 25, 0):
        place(backups.DATABASE, days, "db")
    gone = backups.thin(tmp_path, timedelta(days=30), NOW)
    assert sorted(p.suffix for p in gone) == [".db", ".json"]  # of day 100, and the keys that ended on day 200
    assert len(list(tmp_path.glob("*.json"))) == 3


def test_is_never_without_one_because_the_last_is_old(lone):
    file = back_up(lone)
    with open_house(lone) as house:
        file.rename(backups.name_in(file.parent, backups.DATABASE, house.clock.now() - timedelta(days=40), "db"))
        backup.tend(house)
        (left,) = made(lone)
        assert house.clock.now() - backups.newest(left.parent)[0] < timedelta(hours=1)


def test_puts_it_back_and_waits_for_a_person(home):
    file = back_up(home)
    with open_house(home) as house:
        now = house.clock.now()
        house.db.write(lambda c: c.execute(delete(contacts_entries())))
        house.db.write(lambda c: c.execute(delete(contacts).where(contacts.c.id == 2)))
        house.db.write(lambda c: c.execute(insert(leaves).values(contact_id=1, list="medlemmar", at=now, how="code")))
    with pytest.raises(AdminError) as error:
        restore.restore(home, file)
    assert "Sedan kopian: 1 nej har kommit." in str(error.value)
    assert "1 person har raderats och kommer tillbaka. Radera igen med mailer forget: 2." in str(error.value)
    with pytest.raises(EditorError):
        restore.restore(home, file, over=True, name="Någon Annan")
    assert people(home) == ["Åsa1", "Åsa3"]
    said = restore.restore(home, file, over=True, name=BO)
    assert people(home) == ["Åsa1", "Åsa2", "Åsa3"]
    assert "Sedan kopian: 1 person har raderats och kommer tillbaka. Radera igen med mailer forget: 2." in said
    (aside,) = made(home, backups.REPLACED)
    assert str(aside) in " ".join(said)
    assert names(aside) == ["Åsa1", "Åsa3"]
    with open_house(home) as house:
        assert "återställts" in lineage.held(house.db)
        with pytest.raises(AdminError, match="återställts"):
            send.plan(house, "brev/1")
        adopt.adopt(house, BO)
        assert lineage.held(house.db) == ""


def contacts_entries():
    from mailer.register.tables import list_entries

    return list_entries


def test_comes_back_on_an_empty_machine(lone, tmp_path):
    file = back_up(lone)
    (keys,) = made(lone, backups.KEYS)
    new = make_home(tmp_path / "nytt", 2525)
    with open_house(new):
        pass  # somebody has looked: it has keys of its own
    with pytest.raises(AdminError, match="nycklarna: är inte de"):
        restore.restore(new, file)
    restore.restore(new, file, keys)
    assert people(new) == ["Åsa1", "Åsa2", "Åsa3"]
    for purpose in PURPOSES:
        key = new / "var" / "keys" / purpose
        assert key.read_bytes() == (lone / "var" / "keys" / purpose).read_bytes()
        assert key.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in (new / "var").iterdir() if p.name.startswith(".")] == []


def test_knows_other_keys_by_the_people_of_an_older_release(lone, tmp_path):
    with open_house(lone) as house:
        house.db.write(lambda c: c.execute(delete(keycheck.key_checks)))
        backups.make(house.db, house.var, tmp_path, NOW)
    (file,) = tmp_path.glob("*.db")
    with pytest.raises(AdminError, match=r"är inte de .*\(address\)"):
        restore.restore(make_home(tmp_path / "nytt", 2525), file, a_file_of_keys(tmp_path))


def a_file_of_keys(folder: Path) -> Path:
    path = folder / "andra.json"
    path.write_text(json.dumps({p: os.urandom(32).hex() for p in PURPOSES}), "ascii")
    return path


def test_puts_nothing_into_a_home_that_somebody_has_open(lone):
    file = back_up(lone)
    with open_house(lone), pytest.raises(LaterError, match="öppet i en annan process"):
        restore.restore(lone, file, over=True, name=BO)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda file: file.unlink(), "filen finns inte"),
        (lambda file: file.write_bytes(b"kattbilder" * 900), "ingen hel databas"),
        (lambda file: file.write_bytes(file.read_bytes()[:300_000]), "ingen hel databas"),
        (lambda file: file.write_bytes(b""), "ingen säkerhetskopia av ett hem"),
        (lambda file: run_sql(file, "UPDATE alembic_version SET version_num = '9999'"), "nyare version"),
    ],
)
def test_refuses_what_is_no_backup_of_ours_and_changes_nothing(lone, spoil, words):
    file = back_up(lone)
    spoil(file)
    with pytest.raises(AdminError, match=words):
        restore.restore(lone, file, over=True, name=BO)
    assert people(lone) == ["Åsa1", "Åsa2", "Åsa3"]
    assert made(lone, backups.REPLACED) == []


def run_sql(file: Path, sql: str) -> None:
    with closing(sqlite3.connect(file)) as opened:
        opened.execute(sql)
        opened.commit()


def test_takes_in_a_backup_of_an_older_release(lone, tmp_path):
    file = back_up(lone)
    with closing(Database(f"sqlite:///{file}")) as db:
        migrate.downgrade(db, "0012")
    restore.restore(lone, file, over=True, name=BO)
    assert people(lone) == ["Åsa1", "Åsa2", "Åsa3"]


def test_is_put_over_a_database_that_is_broken(lone):
    file = back_up(lone)
    broken = lone / "var" / "mailer.db"
    raw = bytearray(broken.read_bytes())
    raw[0:4096] = os.urandom(4096)
    broken.write_bytes(raw)
    with pytest.raises(AdminError, match="går inte att läsa"):
        restore.restore(lone, file)
    restore.restore(lone, file, over=True, name=BO)
    assert people(lone) == ["Åsa1", "Åsa2", "Åsa3"]
    (aside,) = made(lone, backups.REPLACED)
    assert aside.read_bytes() == raw


@pytest.fixture
def other_disk() -> Iterator[Path]:
    """A folder on another file system than the tests' own."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        yield Path(folder)


def test_lays_what_it_replaces_on_another_disk_too(lone, other_disk, tmp_path):
    """As when the disk for backups is mounted on var/backups."""
    if other_disk.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is only one disk")
    (lone / "var" / "backups").symlink_to(other_disk)
    file = back_up(lone)
    with open_house(lone) as house:
        house.db.write(lambda c: c.execute(delete(contacts_entries())))
        house.db.write(lambda c: c.execute(delete(contacts).where(contacts.c.id == 2)))
    restore.restore(lone, file, over=True, name=BO)
    assert people(lone) == ["Åsa1", "Åsa2", "Åsa3"]
    (aside,) = made(lone, backups.REPLACED)
    assert (names(aside), aside.stat().st_mode & 0o777) == (["Åsa1", "Åsa3"], 0o600)
    assert not list(other_disk.glob(".*"))


def test_backs_up_before_its_tables_are_rebuilt_and_names_the_file_when_that_fails(lone):
    with open_house(lone) as house:
        migrate.downgrade(house.db, "0012")
    with open_house(lone):
        assert len(made(lone)) == 1
    with open_house(lone) as house:
        migrate.downgrade(house.db, "0012")
        house.db.write(lambda c: c.execute(text("CREATE TABLE key_checks (purpose TEXT)")))  # in the way
    with pytest.raises(MailerError, match="gick inte att bygga om") as error, open_house(lone):
        raise AssertionError
    assert str(made(lone)[-1]) in str(error.value)
    assert names(made(lone)[-1]) == ["Åsa1", "Åsa2", "Åsa3"]


def test_keeps_a_home_by_the_commands_an_administrator_types(lone, tmp_path):
    def typed(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "mailer.cli", "--home", str(lone), *words]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)

    made_ = typed("backup", "--to", str(tmp_path))
    assert (made_.returncode, made_.stderr) == (0, "")
    (file,) = tmp_path.glob("mailer-databas-*.db")
    refused = typed("restore", str(file))
    assert refused.returncode == 3
    assert "--over --as NAMN" in refused.stderr
    done = typed("restore", str(file), "--over", "--as", BO)
    assert (done.returncode, done.stderr) == (0, "")
    assert "adopt" in done.stdout.splitlines()[-1]
