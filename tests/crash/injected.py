"""A `mailer` under strace, which kills it at its n-th write or makes the n-th call of a kind fail.

Takes   a home, what to do, what to inject.
Gives   how it ended and what it said; how many writes it makes when it is left alone.
Fails   a test that asks for it is skipped where strace is missing or may not trace.
"""

import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.crash.kills import PATIENCE_S
from tests.homes import ROOT

WRITE = "pwrite64"  # what SQLite writes with, and nothing else here does


@cache
def has_strace() -> bool:
    if shutil.which("strace") is None:
        return False
    done = subprocess.run(["strace", "-f", "-o", "/dev/null", "true"], capture_output=True, check=False)
    return done.returncode == 0


needs_strace = pytest.mark.skipif(not has_strace(), reason="strace is missing or may not trace")


def traced(home: Path, inject: str, *arguments: str, log: Path | None = None) -> "subprocess.CompletedProcess[str]":
    """One `mailer`, to its end. `inject` as strace has it, without `inject=`; empty: only counted, into `log`."""
    calls = inject.partition(":")[0] or WRITE
    command = ["strace", "-f", "-qq", "-e", f"trace={calls}", "-o", str(log or "/dev/null")]
    command += ["-e", f"inject={inject}"] if inject else []
    command += [sys.executable, "-m", "mailer.cli", "--home", str(home), *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S * 2, check=False)


def writes(home: Path, folder: Path, *arguments: str) -> int:
    """How often it writes to the database when nothing stops it: the most of any one thread, as strace counts."""
    log = folder / "writes"
    traced(home, "", *arguments, log=log)
    threads = re.findall(rf"^(\d+) +{WRITE}\(", log.read_text("utf-8", "replace"), re.M)
    return max(map(threads.count, set(threads)), default=0)
