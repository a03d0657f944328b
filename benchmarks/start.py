"""What it costs to begin: `mailer --help`, and a service that has nothing to do.

    .venv/bin/python benchmarks/start.py [--runs 11] [--idle SECONDS]

Takes   how often `--help` is asked, and how long the service is left alone before it is weighed.
Gives   medians, last one line of JSON; the yardsticks are `python -c "import click"`, run in turn with ours, and a
        process that has only opened the libraries such a service stands on.
Fails   exit 1 when a bound is passed: 150 ms, 120 MB.

Memory is the resident set at the end and at the peak, of the service and of all it has started.
"""

import argparse
import json
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.places import scratch  # noqa: E402
from tests.homes import make_home  # noqa: E402
from tests.web.serving import free_port  # noqa: E402

HELP_BOUND_MS, IDLE_BOUND_MB = 150.0, 120.0
LIBRARIES = (
    "sqlalchemy, sqlite3, starlette.applications, uvicorn, apscheduler.schedulers.asyncio, jinja2, aiosmtplib, bs4"
)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=11)
    parser.add_argument("--idle", type=float, default=20.0)
    asked = parser.parse_args()
    ours, click = help_ms(asked.runs)
    now_mb, peak_mb = idle_mb(asked.idle)
    bare_mb = libraries_mb()
    found = {
        "benchmark": "start", "runs": asked.runs,
        "help_ms": ours, "click_ms": click, "ratio": round(ours / click, 2), "help_bound_ms": HELP_BOUND_MS,
        "idle_mb": now_mb, "idle_peak_mb": peak_mb, "libraries_mb": bare_mb, "idle_ratio": round(now_mb / bare_mb, 2),
        "idle_bound_mb": IDLE_BOUND_MB, "holds": ours <= HELP_BOUND_MS and now_mb <= IDLE_BOUND_MB,
    }  # fmt: skip
    print(json.dumps(found))
    return int(not found["holds"])


def help_ms(runs: int) -> tuple[float, float]:
    """Medians of `mailer --help` and of a bare `import click`, in turn, after one of each that warms."""
    commands = ([str(Path(sys.executable).with_name("mailer")), "--help"], [sys.executable, "-c", "import click"])
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(runs + 1):
        for command, some in zip(commands, times, strict=True):
            began = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            some.append((time.perf_counter() - began) * 1000)
    ours, click = (round(statistics.median(some[1:]), 1) for some in times)
    return ours, click


def idle_mb(seconds: float) -> tuple[float, float]:
    """Of a `mailer run` with pages: after so many seconds alone, and the most it has been."""
    with scratch() as folder:
        port = free_port()
        web = {'# address = ""   ': f'address = "http://127.0.0.1:{port}" ', "# port = 8025": f"port = {port}"}
        home = make_home(folder / "home", free_port(), **web)
        command = [sys.executable, "-m", "mailer.cli", "--home", str(home), "run"]
        service = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_for(service, port)
            time.sleep(seconds)
            family = [service.pid, *children(service.pid)]
            return weight(family, "VmRSS"), weight(family, "VmHWM")
        finally:
            service.send_signal(signal.SIGTERM)
            service.wait(60)


def wait_for(service: "subprocess.Popen[bytes]", port: int) -> None:
    """Until a page has been answered."""
    deadline = time.monotonic() + 60
    while True:
        assert service.poll() is None, "mailer run ended"
        assert time.monotonic() < deadline, "no page within a minute"
        try:
            urlopen(f"http://127.0.0.1:{port}/robots.txt", timeout=5).read()
            return
        except OSError:
            time.sleep(0.1)


def children(process: int) -> list[int]:
    """All that it has started, and what those have."""
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    own = [int(number) for task in tasks for number in task.read_text("ascii").split()]
    return own + [below for one in own for below in children(one)]


def weight(processes: list[int], what: str) -> float:
    """The sum of a figure of /proc/…/status, MB."""
    total = 0
    for one in processes:
        rows = Path(f"/proc/{one}/status").read_text("ascii").splitlines()
        total += sum(int(row.split()[1]) for row in rows if row.startswith(f"{what}:"))
    return round(total / 1024, 1)


def libraries_mb() -> float:
    code = f"import {LIBRARIES}; print(open('/proc/self/status').read())"
    shown = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    return round(sum(int(row.split()[1]) for row in shown.splitlines() if row.startswith("VmRSS:")) / 1024, 1)


if __name__ == "__main__":
    sys.exit(main())
