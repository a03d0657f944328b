"""One sender, measured from within: `mailer send` of a planned home in a process of its own.

    .venv/bin/python -m benchmarks.sender HOME [NAME]

Takes   a home whose mailing is planned; a name when it is one of several on PostgreSQL, each with a lock of its own.
Gives   ”ready” when the house is open; begins at the first line on stdin; then one line of JSON about the sending
        alone.
Fails   as `mailer send` does.
"""

import dataclasses
import json
import os
import resource
import sys
import threading
import time
from pathlib import Path
from typing import Any

from mailer.home import Lock
from mailer.house import open_house
from mailer.verbs import send


def main() -> None:
    home, name = Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""
    marks: list[tuple[float, int]] = []  # when a commit was done, and how many messages it let go out
    with open_house(home) as house:
        if name:
            house = dataclasses.replace(house, runner_lock=Lock(house.var / f"worker-{name}.lock"))
        ready_mb = peak_rss_mb()
        print("ready", flush=True)
        sys.stdin.readline()
        before, by_thread, began = resource.getrusage(resource.RUSAGE_SELF), threads_s(), time.perf_counter()
        ran = send.run_until_idle(house, lambda done: marks.append((time.perf_counter(), len(done.offered))))
        after, took = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter() - began
        spent = {name: seconds - by_thread.get(name, 0.0) for name, seconds in threads_s().items()}
        assert ran, "another process of this home is sending"
    found: dict[str, Any] = {
        "user_s": after.ru_utime - before.ru_utime,
        "system_s": after.ru_stime - before.ru_stime,
        "main_s": spent.get("MainThread", 0.0),
        "writer_s": spent.get("db-writer", 0.0),
        "seconds": took,
        "commits": sum(1 for _, offered in marks if offered),
        "rate": rate([mark for mark in marks if mark[1]]),
        "ready_mb": ready_mb,
        "peak_rss_mb": peak_rss_mb(),
    }
    print(json.dumps(found), flush=True)


def rate(marks: list[tuple[float, int]]) -> float:
    """Messages a second by our own clock, for relays that do not tell: from the first commit to the last that let
    messages out, those of the first not counted."""
    return sum(n for _, n in marks[1:]) / (marks[-1][0] - marks[0][0]) if len(marks) > 1 else 0.0


def threads_s() -> dict[str, float]:
    """Processor seconds of each thread that lives, by its name, in hundredths."""
    found = {}
    for one in threading.enumerate():
        figures = Path(f"/proc/self/task/{one.native_id}/stat").read_text("utf-8").rpartition(")")[2].split()
        found[one.name] = (int(figures[11]) + int(figures[12])) / os.sysconf("SC_CLK_TCK")
    return found


def peak_rss_mb() -> float:
    """Of this process since its start. Not ru_maxrss: a child begins with its parent's."""
    for row in Path("/proc/self/status").read_text("ascii").splitlines():
        if row.startswith("VmHWM:"):
            return int(row.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
