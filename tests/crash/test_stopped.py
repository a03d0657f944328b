"""Stopped for a while, out of memory, locked out: the sender hands nothing out that is no longer its own (K3, K8, K10,
H1); and what it has said is on the disk when the power goes (K9)."""

import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.crash.kills import LETTER, PATIENCE_S, addresses, mailer, planned_home, verdict
from tests.databases import new_database
from tests.homes import ROOT
from tests.relay.client import Relay, running_relay
from tests.waiting import until

CONNECTIONS = 4
ADMINISTRATOR = 3
UNTOUCHED = ("planned", "claimed", "deferred")  # nothing of it has gone out, unless it was in doubt before
SLOW = [{"at": "dot", "do": "delay", "seconds": 0.05}]
pytestmark = pytest.mark.soak

# Keeps, of each file, what was on the disk at its last fsync: what is left when the power goes, at the very worst.
SHADOW = """\
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

static void keep(int fd) {
    char link[64], path[4096], part[4200], whole[4200];
    const char *folder = getenv("SHADOW");
    struct stat st;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (!folder || n < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode)) return;
    path[n] = 0;
    const char *name = strrchr(path, '/') + 1;
    if (strcmp(name, "mailer.db") && strcmp(name, "mailer.db-wal")) return;
    snprintf(part, sizeof part, "%s/.%s.%d", folder, name, (int)getpid());
    snprintf(whole, sizeof whole, "%s/%s", folder, name);
    int to = open(part, O_WRONLY | O_CREAT | O_TRUNC, 0600), from = open(path, O_RDONLY);
    off_t at = 0;
    while (at < st.st_size && sendfile(to, from, &at, st.st_size - at) > 0) {}
    close(from);
    close(to);
    rename(part, whole);
}

int fsync(int fd) {
    int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
    int done = real(fd);
    if (!done) keep(fd);
    return done;
}

int fdatasync(int fd) {
    int (*real)(int) = dlsym(RTLD_NEXT, "fdatasync");
    int done = real(fd);
    if (!done) keep(fd);
    return done;
}
"""


class Row(NamedTuple):
    state: str
    doubts: int  # how often it has been in doubt: such a one waits to be sent once more

    @property
    def marked(self) -> bool:
        """Whether the ledger knows that it may have gone out."""
        return self.state not in UNTOUCHED or self.doubts > 0


def addressed(path: Path) -> dict[str, Row]:
    """By address, in a copy of the database."""
    query = "SELECT c.address, d.state, d.doubts FROM deliveries d JOIN contacts c ON c.id = d.contact_id"
    with closing(sqlite3.connect(path)) as ledger:
        assert ledger.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return {address: Row(state, doubts) for address, state, doubts in ledger.execute(query).fetchall()}


def came(relay: Relay) -> set[str]:
    return {line["rcpt"][0] for line in relay.acknowledged()}


def freeze(process: "subprocess.Popen[str]") -> None:
    """SIGSTOP, and wait until it stands still."""
    process.send_signal(signal.SIGSTOP)
    status = Path(f"/proc/{process.pid}/stat")
    until(lambda: process.poll() is not None or status.read_text("utf-8").rpartition(")")[2].split()[0] == "T")


def freeze_between_writes(process: "subprocess.Popen[str]", home: Path) -> None:
    """It stands still and holds no lock. One that does is waited for until its time is over: another test's matter."""
    for _ in range(100):
        freeze(process)
        if is_free(home / "var" / "mailer.db"):
            return
        process.send_signal(signal.SIGCONT)
        time.sleep(0.01)
    raise AssertionError("it was always writing")


def is_free(database: Path) -> bool:
    """Whether anybody could write. Of PostgreSQL, always: it ends what stands still in a transaction."""
    if not database.exists():
        return True
    with closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as other:
        try:
            other.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        other.execute("ROLLBACK")
    return True


def freeze_before_it_reads(process: "subprocess.Popen[str]", home: Path, relay: Relay) -> None:
    """It stands still, and of some of what it had under way the relay has said the yes that it has not read."""
    for _ in range(100):
        freeze(process)
        seen = -1
        while seen != len(relay.acknowledged()):  # whoever had the final dot has got its 250
            seen = len(relay.acknowledged())
            time.sleep(0.2)
        states = addressed(home / "var" / "mailer.db")
        if any(states[a].state == "offered" for a in came(relay)):
            return
        process.send_signal(signal.SIGCONT)
        time.sleep(0.02)
    raise AssertionError("the relay never had what the sender did not know of")


def sends_the_rest(home: Path, relay: Relay, members: int, twice: int, kills: int = 1) -> int:
    """How many came twice."""
    relay.set_script()
    with mailer(home, "send", LETTER) as process:
        _, said = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0, said
    found = verdict(home, relay, addresses(members), twice, kills)
    assert found["ok"], found
    assert (found["lost"], found["balance"], found["figures"]["owed"]) == ([], True, 0)
    return int(found["duplicates"])


@pytest.mark.parametrize("kills", [6])
def test_sends_once_more_under_the_same_id_when_nobody_reads_the_yes(tmp_path: Path, kills: int) -> None:
    """K3: the relay has said 250 to every connection, and the sender dies before it has read it."""
    members = 40 * kills
    with running_relay(SLOW, folder=tmp_path, max_seconds=600) as relay:
        home = planned_home(tmp_path / "home", relay, members, connections=CONNECTIONS)
        for n in range(1, kills + 1):
            with mailer(home, "send", LETTER) as process:
                relay.wait_for(25 * n, timeout=PATIENCE_S)
                freeze_before_it_reads(process, home, relay)
                process.kill()
            states = addressed(home / "var" / "mailer.db")
            assert [a for a in came(relay) if not states[a].marked] == [], "the relay has it, the ledger nothing of it"
            assert len([a for a, row in states.items() if row.state == "offered"]) <= CONNECTIONS
        twice = sends_the_rest(home, relay, members, CONNECTIONS, kills)
    print(f"\nK3: {kills} kills, {twice} duplicates")


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_hands_nothing_out_when_another_took_over_while_it_stood_still(
    tmp_path: Path, engine: str, request: pytest.FixtureRequest
) -> None:
    """K8: stopped in the middle; its lock is taken away, as on another machine; then it wakes."""
    members = 200
    url = new_database(request.getfixturevalue("postgres_server")) if engine == "postgres" else ""
    with running_relay(SLOW, folder=tmp_path, max_seconds=600) as relay:
        home = planned_home(tmp_path / "home", relay, members, url, CONNECTIONS)
        with mailer(home, "send", LETTER) as old:
            relay.wait_for(20, timeout=PATIENCE_S)
            freeze_between_writes(old, home)
            try:
                (home / "var" / "runner.lock").unlink()
                relay.set_script()
                with mailer(home, "send", LETTER) as new:
                    _, said = new.communicate(timeout=PATIENCE_S)
                    assert new.returncode in (0, 75), said
            finally:
                old.send_signal(signal.SIGCONT)
            _, said = old.communicate(timeout=PATIENCE_S)
            assert "Traceback" not in said
            assert old.returncode in (0, 75), said
        twice = sends_the_rest(home, relay, members, CONNECTIONS)
    print(f"\nK8 {engine}: {twice} of {CONNECTIONS} in flight came twice")


@pytest.mark.parametrize("copies", [200])
def test_has_on_the_disk_what_the_relay_has_said_yes_to_whenever_the_power_goes(tmp_path: Path, copies: int) -> None:
    """K9: of each file only what fsync had brought to the disk; everybody who has the mail is marked in it."""
    assert shutil.which("cc"), "no C compiler; make oracles brings one"
    (tmp_path / "shadow.c").write_text(SHADOW, "utf-8")
    library, shadow = tmp_path / "shadow.so", tmp_path / "shadow"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, tmp_path / "shadow.c", "-ldl"], check=True)
    shadow.mkdir()
    rng, members, seen, taken = random.Random(9), 4000, 0, 0  # more than go out while the copies are taken
    with running_relay([{**SLOW[0], "seconds": 0.02}], folder=tmp_path, max_seconds=600) as relay:
        home = planned_home(tmp_path / "home", relay, members, connections=CONNECTIONS)
        command = [sys.executable, "-m", "mailer.cli", "--home", str(home), "send", LETTER]
        more = {**os.environ, "LD_PRELOAD": str(library), "SHADOW": str(shadow)}
        with subprocess.Popen(command, cwd=ROOT, env=more, stdout=subprocess.DEVNULL, text=True) as process:
            relay.wait_for(1, timeout=PATIENCE_S)
            while process.poll() is None and taken < copies:
                time.sleep(rng.uniform(0, 0.05))
                known = came(relay)
                freeze(process)
                copy = tmp_path / "copy"
                shutil.rmtree(copy, ignore_errors=True)
                copy.mkdir()
                for name in ("mailer.db", "mailer.db-wal"):
                    source = shadow if (shadow / name).exists() else home / "var"
                    if (source / name).exists():
                        shutil.copy(source / name, copy)
                process.send_signal(signal.SIGCONT)
                states = addressed(copy / "mailer.db")
                missing = sorted(a for a in known if a not in states or not states[a].marked)
                assert not missing, (taken, missing)
                taken, seen = taken + 1, max(seen, len(known))
            process.terminate()
        sends_the_rest(home, relay, members, 0)
    print(f"\nK9: {taken} copies, up to {seen} acknowledged, none missing")
    assert taken == copies


def in_words(code: int, said: str, *codes: int) -> None:
    assert code in codes, (code, said)
    assert "Traceback" not in said
    assert "fel i programmet" not in said


@pytest.mark.parametrize("spare_mb", [1, 32, 64, 128, 256])
def test_loses_nobody_when_there_is_no_memory(tmp_path: Path, spare_mb: int) -> None:
    """K10. So much more than what it takes to load its code; and the next run sends to all the others."""
    members = 300
    with running_relay(folder=tmp_path, max_seconds=600) as relay:
        home = planned_home(tmp_path / "home", relay, members, connections=CONNECTIONS)
        begun = subprocess.run(
            [sys.executable, "-c", "import mailer.deliver.runner, mailer.verbs.send; print(open('/proc/self/status').read())"],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        limit = size_kb(begun.stdout, "VmPeak") * 1024 + spare_mb * 1024 * 1024
        done = subprocess.run(
            [sys.executable, "-m", "mailer.cli", "--home", str(home), "send", LETTER], cwd=ROOT, capture_output=True,
            text=True, timeout=PATIENCE_S, check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
        )  # fmt: skip
        in_words(done.returncode, done.stderr, 0, ADMINISTRATOR)
        twice = sends_the_rest(home, relay, members, CONNECTIONS)
    print(f"\nK10 +{spare_mb} MB: exit {done.returncode}, {twice} twice")


@pytest.mark.parametrize("spare_kb", [0, 64, 256, 1024])
def test_loses_nobody_when_the_memory_runs_out_on_the_way(tmp_path: Path, spare_kb: int) -> None:
    """K10. From one moment to the next it gets no more than it has, and so much."""
    members = 300
    with running_relay(SLOW, folder=tmp_path, max_seconds=600) as relay:
        home = planned_home(tmp_path / "home", relay, members, connections=CONNECTIONS)
        with mailer(home, "send", LETTER) as process:
            relay.wait_for(20, timeout=PATIENCE_S)
            has = size_kb(Path(f"/proc/{process.pid}/status").read_text("ascii"), "VmSize")
            resource.prlimit(process.pid, resource.RLIMIT_AS, ((has + spare_kb) * 1024,) * 2)
            _, said = process.communicate(timeout=PATIENCE_S)
        in_words(process.returncode, said, 0, ADMINISTRATOR)
        came_before = len(relay.acknowledged())
        twice = sends_the_rest(home, relay, members, CONNECTIONS)
    print(f"\nK10 +{spare_kb} kB on the way: exit {process.returncode} after {came_before}, {twice} twice")


def size_kb(status: str, what: str) -> int:
    """Of /proc/…/status."""
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(what + ":"))


@pytest.mark.parametrize("seconds", [5, 65])
def test_waits_for_a_database_that_another_has_locked(tmp_path: Path, seconds: float) -> None:
    """H1. Longer than the house's own patience too: it says so, and nobody is lost."""
    members = 200
    with running_relay(SLOW, folder=tmp_path, max_seconds=600) as relay:
        home = planned_home(tmp_path / "home", relay, members, connections=CONNECTIONS)
        with mailer(home, "send", LETTER) as process:
            relay.wait_for(20, timeout=PATIENCE_S)
            with closing(sqlite3.connect(home / "var" / "mailer.db", timeout=60, isolation_level=None)) as other:
                other.execute("BEGIN EXCLUSIVE")
                time.sleep(seconds)
                held = len(relay.acknowledged())
                other.execute("ROLLBACK")
            _, said = process.communicate(timeout=2 * PATIENCE_S)
            assert process.returncode in (0, 75), said
            assert "Traceback" not in said
            assert held < members, "nothing goes out without its mark"
        sends_the_rest(home, relay, members, CONNECTIONS if seconds > 60 else 0)
