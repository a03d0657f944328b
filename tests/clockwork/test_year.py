"""A year through the real service: stopped, killed, asleep over send days, two at once. Twelve issues, each once.

Its first months, with a send day slept over and a night when clocks change, are lived through in every run of the tests.
"""

import dataclasses
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from mailer.clock import Clock
from mailer.errors import EditorError
from mailer.house import House, open_house
from mailer.outbox.store import figures
from mailer.outbox.store import mailings as store
from mailer.outbox.tables import mailings
from mailer.verbs import approve
from tests.homes import add_people, address_of, make_home
from tests.relay.client import Relay, running_relay

ZONE = ZoneInfo("Europe/Stockholm")
SPEED = 14_400.0  # awake, a second is four hours; asleep, the clock jumps
PEOPLE = 3
PATIENCE_S = 60
ENDINGS = (signal.SIGTERM, signal.SIGKILL)
SLEEPS_OVER_SEND_DAY = {3: 20, 8: 31}  # month -> the day it wakes


@dataclasses.dataclass
class World:
    """The year's own time, one service after another, and an approver who answers her mail."""

    home: Path
    relay: Relay
    house: House
    begin: datetime = datetime(2024, 1, 1, tzinfo=ZONE)
    woke: float = 0.0
    service: subprocess.Popen | None = None

    @property
    def now(self) -> datetime:
        return self.begin + timedelta(seconds=(time.monotonic() - self.woke) * SPEED)

    def wake(self, at: datetime, two: bool = False) -> None:
        """Jump to a moment, and start the service; or two at once: one of them says so and goes."""
        self.begin, self.woke = at, time.monotonic()
        self.service = one_of_two(self.start(), self.start()) if two else self.start()

    def start(self) -> subprocess.Popen:
        clock = f"{self.now.isoformat()},{SPEED}"
        command = [sys.executable, "-m", "mailer.cli", "--home", str(self.home), "--clock", clock, "run"]
        with (self.home / "service.log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log)

    def until(self, reached: Callable[[], bool]) -> None:
        """Let it live until something is so."""
        ends = time.monotonic() + PATIENCE_S
        while not reached():
            assert self.service is not None
            assert self.service.poll() is None, (self.home / "service.log").read_text("utf-8")[-2000:]
            assert time.monotonic() < ends, (self.home / "service.log").read_text("utf-8")[-2000:]
            threading.Event().wait(0.02)

    def sleep(self, how: int) -> None:
        if self.service is not None:
            self.service.send_signal(how)
            self.service.wait(30)
            self.service = None

    def state(self, month: int) -> str:
        row = self.house.db.read(lambda c: store.find(c, f"v-aktuellt/2024-{month:02}"))
        return row.state if row is not None else ""


def approving(world: World, done: threading.Event) -> None:
    """Say yes to every question that has arrived in the approver's mailbox, a little later."""
    answered: set[str] = set()
    while not done.wait(0.02):
        subjects = [asked for asked in asked_by_mail(world) if asked not in answered]
        for name in subjects:
            try:
                now = dataclasses.replace(world.house, clock=Clock(world.now, SPEED))
                approve.approve(now, name, "Bo Godkännare", reason="provåret har inget register att läsa in")
                answered.add(name)
            except EditorError:
                answered.add(name)


def asked_by_mail(world: World) -> list[str]:
    """The periods that a mail which has arrived asks about, read from its command."""
    found = []
    for path in sorted(world.relay.record_path.glob("*.eml")) if world.relay.record_path.exists() else []:
        raw = path.read_bytes().replace(b"=\r\n", b"").decode("ascii", "replace")
        marker = " approve 20"
        if marker in raw:
            at = raw.index(marker) + len(marker) - 2
            found.append((path.name, raw[at : at + 7]))
    return [period for _, period in found]


@pytest.mark.soak
def test_makes_twelve_issues_in_a_year_each_once(tmp_path, database_url):
    assert live(tmp_path, database_url, range(1, 13)) == {f"2024-{n:02}": PEOPLE for n in range(1, 13)}


@pytest.mark.soak
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_makes_each_month_of_a_winter_once(tmp_path, database_url):
    assert live(tmp_path, database_url, range(2, 4)) == {"2024-02": PEOPLE, "2024-03": PEOPLE}


def live(tmp_path, database_url, months):
    """What each month's balance says was accepted; `check` has looked at the rest."""
    chance = random.Random(2024)
    home = make_home(tmp_path / "hem", 0, database_url)
    for month in months:
        folder = home / "content" / f"2024-{month:02}"
        folder.mkdir()
        (folder / "01.md").write_text(f"# Månad {month}\n\nDet händer saker.\n", "utf-8")
        os.utime(folder / "01.md", (1_700_000_000, 1_700_000_000))
    (tmp_path / "relay").mkdir()
    with running_relay(folder=tmp_path / "relay", record=True, max_seconds=300) as relay:
        text = (home / "settings.toml").read_text("utf-8")
        (home / "settings.toml").write_text(text.replace("port = 0", f"port = {relay.port}"), "utf-8")
        with open_house(home, f"2024-{months[0]:02}-01T00:00") as house:
            house.db.write(lambda c: add_people(c, house.keys, range(1, PEOPLE + 1), house.clock.now()))
            world, done = World(home, relay, house), threading.Event()
            approver = threading.Thread(target=approving, args=(world, done))
            approver.start()
            try:
                live_through(world, chance, months)
            finally:
                done.set()
                approver.join()
                world.sleep(signal.SIGTERM)
            balances = check(world, house, months)
    return balances


def live_through(world: World, chance: random.Random, months: range) -> None:
    """Month after month: awake when something is due, killed or stopped at random, both nights when clocks change."""
    world.wake(datetime(2024, months[0], 1, 8, tzinfo=ZONE))
    world.until(lambda: world.now > datetime(2024, months[0], 1, 12, tzinfo=ZONE))
    for month in months:
        world.sleep(chance.choice(ENDINGS))
        world.wake(datetime(2024, month, 3, 5, chance.randrange(60), tzinfo=ZONE), two=month % 4 == 1)
        world.until(lambda m=month: world.state(m) == "approved")
        world.sleep(chance.choice(ENDINGS))
        day = SLEEPS_OVER_SEND_DAY.get(month, 10)
        world.wake(datetime(2024, month, day, 8, chance.randrange(60), tzinfo=ZONE), two=month % 4 == 3)
        world.until(lambda m=month: world.state(m) in ("sending", "finished"))
        world.sleep(chance.choice(ENDINGS))  # often in the middle of it
        world.wake(world.now + timedelta(minutes=chance.randrange(120)))
        world.until(lambda m=month: world.state(m) == "finished")
        if month in (3, 10):
            world.sleep(chance.choice(ENDINGS))
            world.wake(datetime(2024, month, {3: 31, 10: 27}[month], 1, 30, tzinfo=ZONE))
            world.until(lambda m=month: world.now > datetime(2024, m, {3: 31, 10: 27}[m], 4, 30, tzinfo=ZONE))
    world.sleep(signal.SIGTERM)
    year, next_month = (2025, 1) if months[-1] == 12 else (2024, months[-1] + 1)
    world.wake(datetime(year, next_month, 1, 0, 10, tzinfo=ZONE))
    world.until(lambda: world.now > datetime(year, next_month, 1, 3, tzinfo=ZONE))


def one_of_two(first: subprocess.Popen, second: subprocess.Popen) -> subprocess.Popen:
    """Two at once: one of them says so and goes, the other stays."""
    for _ in range(600):
        for gone, stays in ((first, second), (second, first)):
            if gone.poll() is not None:
                assert gone.returncode == 75, gone.returncode
                return stays
        threading.Event().wait(0.05)
    raise AssertionError("two services ran at once")


def check(world: World, house: House, months: range) -> dict[str, int]:
    """An issue a month; every member got each of them, and nothing else got twice but for what a kill may cost."""
    issues = house.db.read(
        lambda c: c.execute(select(mailings).where(mailings.c.kind == "issue").order_by(mailings.c.period)).all()
    )
    assert [m.period for m in issues] == [f"2024-{n:02}" for n in months]
    out = {}
    for issue in issues:
        balance = house.db.read(lambda c, m=issue.id: figures.balance(c, m))
        assert (balance.selected, balance.accepted) == (PEOPLE, PEOPLE), (issue.period, issue.state, balance)
        out[issue.period] = balance.accepted
    got: dict[str, set[str]] = {address_of(n): set() for n in range(1, PEOPLE + 1)}
    for line in world.relay.acknowledged():
        if line["rcpt"][0] in got and line["list"]:
            got[line["rcpt"][0]].add(line["message_id"])
    assert {address: len(ids) for address, ids in got.items()} == dict.fromkeys(got, len(months))
    return out
