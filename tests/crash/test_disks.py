"""A disk that is full, read-only or broken stops the house before it hands anything out, and costs nobody (H2, H3)."""

import contextlib
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from mailer.deliver.reserve import Reserve
from tests.crash.injected import needs_strace, traced
from tests.crash.kills import LETTER, PATIENCE_S, addresses, mailer, planned_home, verdict
from tests.homes import ROOT
from tests.relay.client import Relay, running_relay

MEMBERS, CONNECTIONS = 400, 4
ADMINISTRATOR = 3
MOUNT = "64m"
RESERVE = Reserve(Path(), CONNECTIONS).size
pytestmark = pytest.mark.soak


def finishes(home: Path, relay: Relay, twice: int = CONNECTIONS) -> None:
    """There is room again: the database is whole, and everybody gets it; those who were on their way once more."""
    with closing(sqlite3.connect(home / "var" / "mailer.db")) as ledger:
        assert ledger.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        marked = "SELECT count(*) FROM deliveries WHERE state IN ('accepted', 'offered', 'in_doubt')"
        reached = ledger.execute(marked).fetchone()[0]
    before = {line["rcpt"][0] for line in relay.acknowledged()}
    assert len(before) <= reached, "nobody has it who is not marked so"
    with mailer(home, "send", LETTER) as process:
        _, said = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0, said
    found = verdict(home, relay, addresses(MEMBERS), twice, kills=1, others=True)
    assert found["ok"], found
    print(f"\n{found['duplicates']} twice, of at most {twice}")
    assert found["duplicates"] <= twice
    assert (found["lost"], found["figures"]["accepted"]) == ([], MEMBERS)


def stops(code: int, said: str) -> None:
    """In words, for the administrator, and no trace of code."""
    assert code == ADMINISTRATOR, (code, said)
    assert "Traceback" not in said
    assert "databasen" in said or "disk" in said, said


@contextlib.contextmanager
def a_small_disk(folder: Path) -> Iterator[Path]:
    """A disk of its own. The test is skipped where nobody may mount one."""
    folder.mkdir(parents=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={MOUNT}", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("may not mount a disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextlib.contextmanager
def a_home_on_it(tmp_path: Path) -> Iterator[tuple[Path, Relay]]:
    with running_relay(folder=tmp_path, max_seconds=600) as relay, a_small_disk(tmp_path / "disk") as disk:
        yield planned_home(disk / "home", relay, MEMBERS, connections=CONNECTIONS), relay


def fill(disk: Path, leave: int) -> Path:
    """A file that leaves so many octets, also while others write there."""
    file = disk / "films"
    with file.open("wb", buffering=0) as films, contextlib.suppress(OSError):
        while (left := shutil.disk_usage(disk).free - leave) >= 4096:
            films.write(b"x" * min(left, 1024 * 1024))
    return file


def until_it_stops(home: Path, *arguments: str, **more: Any) -> tuple[int, str]:
    command = [sys.executable, "-m", "mailer.cli", "--home", str(home), *arguments]
    done = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=PATIENCE_S * 2,
        check=False, **more,
    )  # fmt: skip
    return done.returncode, done.stderr


@pytest.mark.parametrize("leave", [0, RESERVE // 2, *(RESERVE + n for n in (0, 50_000, 300_000))])
def test_stops_when_the_disk_is_full_and_goes_on_when_there_is_room(tmp_path: Path, leave: int) -> None:
    with a_home_on_it(tmp_path) as (home, relay):
        films = fill(tmp_path / "disk", leave)
        stops(*until_it_stops(home, "send", LETTER))
        reached = len(relay.acknowledged())
        assert reached < MEMBERS
        assert leave > RESERVE or reached == 0, "it does not begin what it could not write down"
        films.unlink()
        finishes(home, relay, twice=0)


@pytest.mark.parametrize("leave", [0, 65_536])
@pytest.mark.parametrize("seconds", [0.0, 0.05])
def test_writes_down_what_is_under_way_when_the_disk_fills(tmp_path: Path, leave: int, seconds: float) -> None:
    """However many bodies are out at that moment: their answers go where room was held."""
    with a_home_on_it(tmp_path) as (home, relay):
        relay.set_script([{"at": "dot", "do": "delay", "seconds": seconds}] if seconds else [])
        with mailer(home, "send", LETTER) as process:
            relay.wait_for(CONNECTIONS)
            films = fill(tmp_path / "disk", leave)
            _, said = process.communicate(timeout=PATIENCE_S)
        stops(process.returncode, said)
        assert CONNECTIONS <= len(relay.acknowledged()) < MEMBERS
        relay.set_script()
        films.unlink()
        finishes(home, relay, twice=0)


def test_sends_although_the_disk_of_temporary_files_is_full(tmp_path: Path) -> None:
    with running_relay(folder=tmp_path, max_seconds=600) as relay, a_small_disk(tmp_path / "disk") as disk:
        home = planned_home(tmp_path / "home", relay, MEMBERS, connections=CONNECTIONS)
        fill(disk, 0)
        told = os.environ | {"TMPDIR": str(disk), "SQLITE_TMPDIR": str(disk)}
        code, said = until_it_stops(home, "send", LETTER, env=told)
        assert code == 0, said
        assert len(relay.acknowledged()) == MEMBERS
        finishes(home, relay, twice=0)


def test_stops_when_no_file_may_grow(tmp_path: Path) -> None:
    """A quota: the same for those who may not mount a disk."""
    with running_relay(folder=tmp_path, max_seconds=600) as relay:
        home = planned_home(tmp_path / "home", relay, MEMBERS, connections=CONNECTIONS)

        def limit() -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (RESERVE - 1, RESERVE - 1))

        stops(*until_it_stops(home, "send", LETTER, preexec_fn=limit))
        assert relay.acknowledged() == []
        finishes(home, relay, twice=0)


def test_sends_although_the_disk_of_the_log_is_full(tmp_path: Path) -> None:
    with running_relay(folder=tmp_path, max_seconds=600) as relay, open("/dev/full", "w") as full:
        home = planned_home(tmp_path / "home", relay, MEMBERS, connections=CONNECTIONS)
        command = [sys.executable, "-m", "mailer.cli", "--home", str(home), "run"]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=full) as service:
            relay.wait_for(MEMBERS, timeout=PATIENCE_S)
            service.terminate()
        finishes(home, relay, twice=0)


def test_stops_when_the_disk_becomes_read_only(tmp_path: Path) -> None:
    """As the kernel makes it when the disk fails, whoever has a file open; started anew, it is whole."""
    with running_relay(folder=tmp_path, max_seconds=600) as relay, a_file_system(tmp_path) as disk:
        with mounted(disk, tmp_path / "disk"):
            home = planned_home(tmp_path / "disk" / "home", relay, MEMBERS, connections=CONNECTIONS)
            os.sync()  # the settings were there long before
            relay.set_script([{"at": "dot", "do": "delay", "seconds": 0.02}])
            with mailer(home, "send", LETTER) as process:
                relay.wait_for(MEMBERS // 8)
                fail(tmp_path / "disk")
                _, said = process.communicate(timeout=PATIENCE_S)
            stops(process.returncode, said)
        relay.set_script()
        with mounted(disk, tmp_path / "disk"):
            finishes(home, relay)


@contextlib.contextmanager
def a_file_system(folder: Path) -> Iterator[Path]:
    """A file that holds an ext4."""
    file = folder / "ext4"
    with file.open("wb") as empty:
        empty.truncate(64 * 1024 * 1024)
    subprocess.run(["/sbin/mkfs.ext4", "-q", str(file)], check=True)
    yield file


@contextlib.contextmanager
def mounted(disk: Path, folder: Path) -> Iterator[None]:
    folder.mkdir(exist_ok=True)
    options = "loop,errors=remount-ro"
    done = subprocess.run(["mount", "-o", options, str(disk), str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"may not mount a disk: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def fail(folder: Path) -> None:
    """What ext4 does when it reads nonsense: from here on it is read-only."""
    source = subprocess.run(["findmnt", "-n", "-o", "SOURCE", str(folder)], capture_output=True, text=True, check=True)
    (Path("/sys/fs/ext4") / Path(source.stdout.strip()).name / "trigger_fs_error").write_text("1", "utf-8")


@needs_strace
@pytest.mark.parametrize(
    "inject",
    [
        f"{call}:error={error}:when={when}"
        for call, error, when in (
            ("fdatasync", "EIO", "5+"),
            ("fdatasync", "EIO", "9"),
            ("fsync", "EIO", "1+"),
            ("pwrite64", "EIO", "40+"),
            ("pwrite64", "EIO", "90"),
            ("pwrite64", "ENOSPC", "60+"),
        )
    ],
)
def test_stops_and_does_not_try_again_when_the_disk_fails(tmp_path: Path, inject: str) -> None:
    with running_relay(folder=tmp_path, max_seconds=600) as relay:
        home = planned_home(tmp_path / "home", relay, MEMBERS, connections=CONNECTIONS)
        log = tmp_path / "calls"
        done = traced(home, inject, "send", LETTER, log=log)
        assert "INJECTED" in log.read_text("utf-8", "replace"), "it makes no such call"
        stops(done.returncode, done.stderr)
        finishes(home, relay)
