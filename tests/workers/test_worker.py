"""`mailer worker`: as many as one likes, on as many machines; one that dies is done without."""

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import update

from mailer import presence
from mailer.house import House, open_house
from mailer.outbox.states import Mailing
from mailer.outbox.store import mailings
from mailer.outbox.tables import runners
from mailer.workers.migrating import bring_procrastinate
from mailer.workers.opening import open_worker
from mailer.workers.roster import lines
from mailer.workers.worker import Membership, with_connections
from tests.crash.kills import LETTER, addresses, planned_home, verdict
from tests.homes import ROOT
from tests.relay.client import running_relay
from tests.waiting import until

CONNECTIONS = 2


def elsewhere(home: Path, folder: Path) -> Path:
    """Another machine's folder: the settings and the keys."""
    (folder / "var").mkdir(parents=True)
    shutil.copy(home / "settings.toml", folder)
    shutil.copytree(home / "var" / "keys", folder / "var" / "keys")
    return folder


def is_over(house: House) -> bool:
    row = house.db.read(lambda c: mailings.find(c, LETTER))
    return row is not None and row.state == Mailing.FINISHED


def end_leases(house: House) -> None:
    """The minute after which the dead are taken for dead."""
    house.db.write(lambda c: c.execute(update(runners).where(runners.c.ended.is_(False)).values(lease_until=1)))


def worker(home: Path, *arguments: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "mailer.cli", "--home", str(home), "worker", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("members", [60, pytest.param(2000, marks=pytest.mark.soak)])
def test_finishes_by_another_worker_what_one_was_killed_at(tmp_path, postgres_url, members):
    """Two machines; the first dies in the middle, and no folder of the home's is there."""
    with running_relay(script=[{"at": "dot", "do": "delay", "seconds": 0.02}]) as relay:
        home = planned_home(tmp_path / "hem", relay, members, postgres_url, CONNECTIONS)
        with open_house(home) as house:
            bring_procrastinate(house.db)
            with worker(elsewhere(home, tmp_path / "ett"), "--name", "ett") as first:
                relay.wait_for(members // 4)
                first.kill()
                first.communicate()
            end_leases(house)
            with worker(elsewhere(home, tmp_path / "tva"), "--connections", "1") as second:
                until(lambda: is_over(house))
                names = [one.name for one in house.db.read(lambda c: presence.living(c, house.db))]
                assert set(names) <= {"ett", "1"}
                second.send_signal(signal.SIGTERM)
                _, wrong = second.communicate(timeout=60)
                assert second.returncode == 0, wrong
            assert "1" not in [one.name for one in house.db.read(lambda c: presence.living(c, house.db))]
        found = verdict(home, relay, addresses(members), CONNECTIONS, kills=1)
    assert found["never"] == []
    assert found["figures"]["accepted"] == members
    assert found["duplicates"] <= CONNECTIONS


def test_says_who_works_and_who_keeps_the_clock(house):
    (nobody,) = lines(house)
    assert nobody == "Ingen arbetar just nu. Starta: mailer run"
    run = Membership(house, "run", "run").one

    def enter(c):
        presence.renew(c, house.db, run)
        presence.take_clock(c, house.db, run.instance)

    house.db.write(enter)
    with open_worker(house.home, "natt") as one:
        me = Membership(one, "worker", "natt").one
        house.db.write(lambda c: presence.renew(c, house.db, me))
        said = lines(house)
        assert [line.split(",")[0].replace(run.machine, "DATOR") for line in said] == [
            "Tjänsten på DATOR",
            "Arbetaren natt på DATOR",
        ]
        assert [line.endswith(", håller i klockan") for line in said] == [True, False]
        house.db.write(lambda c: presence.leave(c, run.instance))
        assert [line.split()[0] for line in lines(house)] == ["Arbetaren"]


def test_opens_so_many_connections_as_its_machine_may(house):
    changed = with_connections(house, 3)
    assert {relay.connections for relay in changed.settings.all_relays} == {3}
    assert with_connections(house, 0) is house
