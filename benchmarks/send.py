"""How fast a newsletter goes out, whole: register, ledger, headers, pace, last look. Beside it, Postfix's smtp-source.

    .venv/bin/python benchmarks/send.py --recipients 20000 --connections 50
        [--relay HOST:PORT | --relay smtp-sink] [--delay-ms 20] [--engine sqlite|postgres] [--workers W]
        [--dkim rsa|both] [--size 36000] [--runs 5]

Takes   how many members, over how many connections, to which relay.
Gives   what was measured, last one line of JSON: the medians of the runs.
Fails   exit 1 when a member got none or two.

Ours is the real thing: a home on disk with synchronous=FULL (PostgreSQL: fsync on), planned by the outbox, sent by
`mailer send` in a process of its own (with --workers as many at once, on PostgreSQL). It logs as a service does, to a
file. The yardstick is smtp-source with as many connections and messages of the same size to the same
relay; a run of each in turn. A rate is counted at the relay, (n − 1) / (last − first); where the relay does not tell,
by the sender's clock. Without --relay it is our own sink, which tells; a ratio to smtp-source is then given only when
that reached 15,000 a second: below it, relay or machine were the limit. With --delay-ms each reply waits, and what
one round trip per message would give is the bound.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import postfix, relays  # noqa: E402
from benchmarks.places import file_system, scratch  # noqa: E402
from benchmarks.planned import Order, Planned, address_of, planned  # noqa: E402
from benchmarks.relays import Relay  # noqa: E402

ENOUGH = 15_000  # messages a second of smtp-source, below which our sink was not the fast one it should be


@dataclass(frozen=True, slots=True)
class Run:
    """One mailing, and smtp-source beside it."""

    rate: float  # messages a second
    yardstick_rate: float | None
    peak_rss_mb: float  # of the largest of the senders
    ready_mb: float  # of it before it began to send
    cpu_us_per_message: float  # of all of them, user and system
    user_us_per_message: float
    main_us_per_message: float  # the event loop's thread: composing unsigned mail, the wire, the kernel's copying
    writer_us_per_message: float  # the database's: statements and commits
    duplicates: int | None  # messages beyond the first to a member; None: the relay does not tell
    lost: int | None  # members who got none
    bytes: int | None  # of a message, the mean
    commits: int


def main() -> int:
    asked = arguments()
    order = Order(asked.recipients, asked.connections, asked.engine, asked.dkim, asked.size)
    with scratch() as folder, planned(folder, order) as ready, relays.opened(asked.relay, asked.delay_ms) as relay:
        print(f"{asked.recipients} planned in {ready.plan_seconds:.1f} s", file=sys.stderr)
        runs = []
        for n in range(asked.runs):
            runs.append(one_run(ready, relay, asked.workers))
            print(f"run {n + 1}: {said(runs[-1])}", file=sys.stderr, flush=True)
        found = result(asked, ready, runs, file_system(folder))
    print(json.dumps(found))
    return int(bool(found["lost"] or found["duplicates"]))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--recipients", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=50, help="of each worker")
    parser.add_argument("--relay", default="", help="HOST:PORT, or smtp-sink; without it our own sink")
    parser.add_argument("--delay-ms", type=int, default=0, help="our own sink waits before each reply")
    parser.add_argument("--engine", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--workers", type=int, default=1, help="several at once: only with --engine postgres")
    parser.add_argument("--dkim", choices=("rsa", "both"), default="")
    parser.add_argument("--size", type=int, default=36_000, help="bytes of a message, about")
    parser.add_argument("--runs", type=int, default=5)
    asked = parser.parse_args()
    if asked.workers > 1 and asked.engine == "sqlite":
        parser.error("--workers needs --engine postgres: on SQLite one process sends")
    if asked.delay_ms and asked.relay:
        parser.error("--delay-ms is for our own sink: give the relay its own delay")
    return asked


def one_run(ready: Planned, relay: Relay, workers: int) -> Run:
    """The mailing to all, then smtp-source with as many messages over as many connections."""
    number = ready.order.recipients
    with ready.copy(relay.host, relay.port) as home:
        relay.forget()
        reports = sent(home, workers)
    taken, got = relay.taken(), relay.recipients()
    rate = taken.rate if taken else sum(one["rate"] for one in reports)
    size = taken.bytes if taken else ready.order.size
    beside = yardstick(relay, ready.order.connections * workers, number, size)
    user, system, loop, writer = (
        sum(one[key] for one in reports) / number * 1e6 for key in ("user_s", "system_s", "main_s", "writer_s")
    )
    return Run(
        rate, beside, max(one["peak_rss_mb"] for one in reports), max(one["ready_mb"] for one in reports),
        user + system, user, loop, writer,
        *judged(got, number), taken.bytes if taken else None, sum(one["commits"] for one in reports),
    )  # fmt: skip


def sent(home: Path, workers: int) -> list[dict[str, Any]]:
    """What the senders report. They begin together, when all have opened their house."""
    names = [f"{n + 1}" for n in range(workers)] if workers > 1 else [""]
    senders = [sender(home, name) for name in names]
    for one in senders:
        assert one.stdout
        if one.stdout.readline() != "ready\n":
            failed(home)
    for one in senders:
        assert one.stdin
        one.stdin.write("go\n")
        one.stdin.flush()
    said = [one.communicate()[0] for one in senders]
    if any(one.returncode for one in senders):
        failed(home)
    return [json.loads(report) for report in said]


def sender(home: Path, name: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "benchmarks.sender", str(home), *([name] if name else [])]
    with open(home / f"log{name}", "wb") as log:
        return subprocess.Popen(command, cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)


def failed(home: Path) -> NoReturn:
    """End, with what the senders said last."""
    for log in sorted(home.glob("log*")):
        print("".join(log.read_text("utf-8").splitlines(keepends=True)[-30:]), file=sys.stderr)
    sys.exit("a sender failed")


def judged(got: Counter[str] | None, number: int) -> tuple[int | None, int | None]:
    """(duplicates, lost) among the members; what the house tells others by itself is neither."""
    if got is None:
        return None, None
    counts = [got[address_of(n)] for n in range(1, number + 1)]
    return sum(count - 1 for count in counts if count > 1), counts.count(0)


def yardstick(relay: Relay, connections: int, number: int, size: int) -> float | None:
    """Messages a second of smtp-source into the same relay; None where it cannot be had."""
    relay.forget()
    try:
        took = postfix.smtp_source(relay.host, relay.port, connections, number, size)
    except postfix.NoPostfix as why:
        print(f"no yardstick: {why}", file=sys.stderr)
        return None
    taken = relay.taken()
    return taken.rate if taken else number / took


def result(asked: argparse.Namespace, ready: Planned, runs: list[Run], disk: str) -> dict[str, Any]:
    """The medians of the runs, and what they were runs of."""
    rate, beside = middle([r.rate for r in runs]), middle([r.yardstick_rate for r in runs])
    bound = 1000 * asked.connections * asked.workers / asked.delay_ms if asked.delay_ms else None
    ratio = middle([r.rate / r.yardstick_rate for r in runs if r.yardstick_rate])
    if not asked.relay and (beside or 0) < ENOUGH:
        ratio = None
    found = {
        "benchmark": "send", "engine": asked.engine, "workers": asked.workers, "connections": asked.connections,
        "recipients": asked.recipients, "relay": asked.relay or "fastsink", "delay_ms": asked.delay_ms,
        "dkim": asked.dkim or None, "runs": asked.runs,
        "bytes": rounded(middle([r.bytes for r in runs])),
        "rate": rounded(rate), "yardstick_rate": rounded(beside),
        "ratio": rounded(ratio, 3),
        "round_trips_rate": rounded(bound), "round_trips_ratio": round(rate / bound, 3) if bound and rate else None,
        "rate_range": [round(min(r.rate for r in runs)), round(max(r.rate for r in runs))],
        "peak_rss_mb": round(max(r.peak_rss_mb for r in runs), 1),
        "ready_rss_mb": round(max(r.ready_mb for r in runs), 1),
        "cpu_us_per_message": rounded(middle([r.cpu_us_per_message for r in runs]), 1),
        "user_us_per_message": rounded(middle([r.user_us_per_message for r in runs]), 1),
        "main_us_per_message": rounded(middle([r.main_us_per_message for r in runs]), 1),
        "writer_us_per_message": rounded(middle([r.writer_us_per_message for r in runs]), 1),
        "messages_per_commit": round(asked.recipients / (middle([float(r.commits) for r in runs]) or 1), 1),
        "duplicates": total([r.duplicates for r in runs]), "lost": total([r.lost for r in runs]),
        "plan_seconds": round(ready.plan_seconds, 2), "disk": disk,
        "when": time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime()),
    }  # fmt: skip
    return found | {"holds": holds(found, bars(asked))}


def bars(asked: argparse.Namespace) -> dict[str, tuple[float, bool]]:
    """What such a run must reach on two cores: key -> (bound, whether it is the least)."""
    found: dict[str, tuple[float, bool]] = {"duplicates": (0, False), "lost": (0, False)}
    if asked.delay_ms:
        return found | {"round_trips_ratio": (0.8, True)}
    if asked.relay == relays.POSTFIX:
        return found | {"ratio": (0.9, True)}
    if asked.dkim:
        return found | ({"rate": (3_000, True)} if asked.dkim == "rsa" else {})
    if asked.engine == "postgres":
        return found | {"rate": (6_000, True)}
    work = {"cpu_us_per_message": (80, False), "peak_rss_mb": (100, False)}
    return found | {"rate": (12_000, True), "ratio": (0.5, True)} | work


def holds(found: dict[str, Any], asked: dict[str, tuple[float, bool]]) -> bool:
    """Whether every bar is met, of the figures there are."""
    known = [(found[key], bound, is_least) for key, (bound, is_least) in asked.items() if found[key] is not None]
    return all(figure >= bound if is_least else figure <= bound for figure, bound, is_least in known)


def middle(figures: list[Any]) -> float | None:
    """The median of those there are."""
    known = [float(one) for one in figures if one is not None]
    return statistics.median(known) if known else None


def rounded(figure: float | None, digits: int | None = None) -> float | None:
    return None if figure is None else round(figure, digits)


def total(figures: list[int | None]) -> int | None:
    """None when nothing was told."""
    return sum(one for one in figures if one is not None) if None not in figures else None


def said(run: Run) -> str:
    beside = f", smtp-source {run.yardstick_rate:,.0f}" if run.yardstick_rate else ""
    return (
        f"{run.rate:,.0f} messages/s{beside}; {run.cpu_us_per_message:.0f} µs a message, {run.peak_rss_mb:.0f} MB, "
        f"{run.duplicates} twice, {run.lost} lost"
    )


if __name__ == "__main__":
    sys.exit(main())
