"""The home on disk: where var/ may lie, the lock, the keys, and a copy that is noticed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import update

from mailer import lineage, numbers
from mailer.errors import AdminError
from mailer.home import Lock, misplaced
from mailer.house import open_house
from mailer.keys import PURPOSES
from tests.homes import add_people, make_home, plan_letter

MOUNTS = """/dev/sda1 / ext4 rw 0 0
server:/hem /mnt/nfs nfs4 rw 0 0
//server/x /mnt/smb cifs rw 0 0
me@x: /home/me/ssh fuse.sshfs rw 0 0
drive /home/me/G\\040Drive fuse.rclone rw 0 0
tmpfs /tmp tmpfs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/srv/hem/var", ""),
        ("/tmp/hem/var", ""),
        ("/mnt/nfs/hem/var", "på en nätverksdisk (nfs4)"),
        ("/mnt/smb/var", "på en nätverksdisk (cifs)"),
        ("/home/me/ssh/var", "på en nätverksdisk (fuse.sshfs)"),
        ("/home/me/G Drive/var", "på en nätverksdisk (fuse.rclone)"),
        ("/home/me/Dropbox/hem/var", "i en synkad mapp (Dropbox)"),
        ("/home/me/Nextcloud/var", "i en synkad mapp (Nextcloud)"),
        ("/home/me/OneDrive - Föreningen/var", "i en synkad mapp (OneDrive - Föreningen)"),
        ("/home/me/dropboxar/var", ""),
    ],
)
def test_refuses_a_synced_or_network_folder(path, why):
    assert misplaced(Path(path), MOUNTS) == why


def test_refuses_to_open_in_a_synced_folder(tmp_path):
    home = make_home(tmp_path / "Dropbox" / "hem", 2525)
    with pytest.raises(AdminError, match="synkad mapp"), open_house(home):
        raise AssertionError


def test_frees_its_lock_when_the_process_is_killed(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from mailer.home import Lock\n"
        f"lock = Lock(Path({str(tmp_path / 'lock')!r})); print(lock.take(), flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"True\n"
        mine = Lock(tmp_path / "lock")
        assert mine.take() is False
        holder.kill()
        holder.wait()
        assert mine.take() is True
        mine.free()


@pytest.fixture
def home(tmp_path, database_url) -> Path:
    return make_home(tmp_path / "hem", 2525, database_url)


def test_makes_keys_that_only_the_owner_reads(home):
    with open_house(home) as house:
        keys = list((house.var / "keys").iterdir())
        assert len(keys) == len(PURPOSES)
        assert {k.stat().st_mode & 0o777 for k in keys} == {0o600}
        if house.db.is_sqlite:
            assert Path(house.db.url.database).stat().st_mode & 0o777 == 0o600
        keys[0].chmod(0o644)
        house.keys._begun.clear()
        with pytest.raises(AdminError, match="kan läsas av andra"):
            house.keys.mac(keys[0].name, "x")


def test_refuses_to_start_when_a_key_is_gone_that_something_was_made_with(home):
    with open_house(home) as house:
        house.db.write(lambda c: add_people(c, house.keys, [1], house.clock.now()))
    (home / "var" / "keys" / "return-address").unlink()
    with pytest.raises(AdminError, match="nycklar saknas \\(return-address\\)"), open_house(home):
        raise AssertionError


def test_holds_a_database_that_is_older_than_the_one_last_used(home):
    with open_house(home) as house:
        assert lineage.held(house.db) == ""
        house.db.write(lineage.advance)
        lineage.settle(house.db, house.var)
        house.db.write(lambda c: c.execute(update(lineage.homes).values(counter=0)))  # as a restored backup would say
    with open_house(home) as house:
        assert "har återställts" in lineage.held(house.db)
        with pytest.raises(AdminError, match="förrän en människa har sagt ja"):
            house.may_send()
        lineage.adopt(house.db, house.var, "Bo Godkännare", house.clock.now(), numbers.leap)
    with open_house(home) as house:
        house.may_send()


def test_holds_a_copied_home(tmp_path):
    home = make_home(tmp_path / "hem", 2525)
    with open_house(home) as house:
        house.db.write(
            lambda c: (add_people(c, house.keys, range(1, 4), house.clock.now()), plan_letter(c, house.clock.now()))
        )
    copy = tmp_path / "kopia"
    shutil.copytree(home, copy)
    with open_house(copy) as house:
        assert "har kopierats eller flyttats" in lineage.held(house.db)
        with pytest.raises(AdminError, match="mailer adopt"):
            house.may_send()
    with open_house(home) as house:
        house.may_send()  # the original goes on


def test_holds_a_database_file_put_back_in_its_place(tmp_path):
    home = make_home(tmp_path / "hem", 2525)
    with open_house(home):
        pass
    database = home / "var" / "mailer.db"
    backup = tmp_path / "backup.db"
    shutil.copy(database, backup)
    os.replace(backup, database)
    with open_house(home) as house:
        assert "kopierats" in lineage.held(house.db)


def test_lets_a_home_without_a_responsible_send_to_itself_only(tmp_path):
    home = make_home(
        tmp_path / "hem",
        2525,
        **{
            'contact = "styrelsen@vallentuna.example"': 'contact = ""',
            'host = "127.0.0.1"': 'host = "smtp.exempel.example"',
            'security = "none"': 'security = "starttls"',
        },
    )
    with open_house(home) as house, pytest.raises(AdminError, match="skickar bara till den egna datorn"):
        house.may_send()


def test_takes_a_made_up_clock_only_on_loopback(tmp_path):
    home = make_home(
        tmp_path / "hem",
        2525,
        **{'host = "127.0.0.1"': 'host = "smtp.exempel.example"', 'security = "none"': 'security = "starttls"'},
    )
    with pytest.raises(AdminError, match="påhittad klocka"), open_house(home, "2024-05-01T08:00"):
        raise AssertionError
