"""All benchmarks, one after another, and a table of what they found.

    .venv/bin/python benchmarks/bench.py [--full] [NAME …]

Takes   names of those to run (the first column), all when none is given; --full for the large ones: five runs, a
        million.
Gives   each benchmark's own words as it runs; then the table; the lines of JSON in build/benchmarks/results.jsonl.
Fails   exit 1 when one of them fails or does not hold its bound.

Modest, it takes about a quarter of an hour on two cores; in full about an hour. Leave the machine alone meanwhile.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.places import cache  # noqa: E402

Found = dict[str, Any]
SLOW = "--engine postgres --connections 10 --delay-ms 20"  # ten lines of each worker, to a relay 20 ms away
SMALL, LARGE = "send 10,000", "send 1,000,000"
ALONE, TWO = "send postgres slow", "send postgres slow, 2 workers"


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One program, its words when it is modest and in full, and what its line of JSON says in the table."""

    name: str
    program: str
    modest: str
    full: str
    ours: Callable[[Found], str]
    beside: Callable[[Found], str]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two benchmarks of which the second is held against the first: how many times its figure, and the bound."""

    first: str
    second: str
    key: str
    says: str  # with a place for how many times
    bound: float
    is_most: bool = True  # else it is the least

    def holds(self, times: float) -> bool:
        return times <= self.bound if self.is_most else times >= self.bound


PAIRS = (
    Pair(SMALL, LARGE, "cpu_us_per_message", "A message costs {} times as much among 1,000,000 as among 10,000", 1.1),
    Pair(SMALL, LARGE, "peak_rss_mb", "1,000,000 take {} times the memory of 10,000", 1.2),
    Pair(ALONE, TWO, "rate", "Two workers send {} times as much as one", 1.7, is_most=False),
)


def sending(found: Found) -> str:
    return (
        f"{number(found['rate'])}/s, {number(found['cpu_us_per_message'])} µs, {number(found['peak_rss_mb'])} MB, "
        f"{found['duplicates']} twice, {found['lost']} lost"
    )


def source(found: Found) -> str:
    if found["round_trips_rate"]:
        return f"one round trip each {number(found['round_trips_rate'])}/s"
    return f"smtp-source {number(found['yardstick_rate'])}/s"


def send(name: str, modest: str, full: str) -> Benchmark:
    return Benchmark(name, "send.py", modest, full, sending, source)


def plain(*words: tuple[str, str]) -> Callable[[Found], str]:
    """Some figures of the line, each with its unit."""
    return lambda found: ", ".join(f"{number(found.get(key))} {unit}" for key, unit in words)


BENCHMARKS = (
    send("send", "--runs 3", "--runs 5"),
    send("send 10,000", "--recipients 10000 --runs 3", "--recipients 10000 --runs 5"),
    send("send 1,000,000", "", "--recipients 1000000 --runs 1"),
    send("send smtp-sink", "--relay smtp-sink --runs 3", "--relay smtp-sink --runs 5"),
    send("send 20 ms", "--delay-ms 20 --recipients 10000 --runs 3", "--delay-ms 20 --runs 5"),
    send("send rsa", "--dkim rsa --recipients 10000 --runs 3", "--dkim rsa --runs 5"),
    send("send both", "--dkim both --recipients 10000 --runs 3", "--dkim both --runs 5"),
    send("send postgres", "--engine postgres --recipients 10000 --runs 3", "--engine postgres --runs 5"),
    send("send postgres slow", f"{SLOW} --recipients 5000 --runs 3", f"{SLOW} --recipients 10000 --runs 5"),
    send("send postgres slow, 2 workers", f"{SLOW} --workers 2 --recipients 5000 --runs 3",
         f"{SLOW} --workers 2 --recipients 20000 --runs 5"),
    Benchmark("fill", "fill.py", " ", " ", plain(("fill_us", "µs")),
              plain(("yardstick_us", "µs EmailMessage"), ("jinja_us", "µs Jinja2"))),
    Benchmark("plan", "plan.py", "--recipients 100000", "--recipients 1000000",
              plain(("seconds", "s"), ("peak_rss_mb", "MB")), plain(("yardstick_s", "s bare INSERT"))),
    Benchmark("ledger", "ledger.py", " ", "--rounds 5", plain(("rate", "/s"), ("cpu_us_per_message", "µs")),
              plain(("yardstick_rate", "/s bare UPDATEs"))),
    Benchmark("ledger postgres", "ledger.py", "--engine postgres", "--engine postgres --rounds 5",
              plain(("rate", "/s"), ("cpu_us_per_message", "µs")), plain(("yardstick_rate", "/s bare UPDATEs"))),
    Benchmark("segment", "segment.py", "100000", "1000000", plain(("seconds", "s")),
              plain(("yardstick_s", "s bare count"))),
    Benchmark("import", "import.py", "--rows 50000", "--rows 1000000", plain(("import_s", "s"), ("peak_rss_mb", "MB")),
              plain(("yardstick_s", "s bare libraries"))),
    Benchmark("assemble", "assemble.py", " ", " ", plain(("work_s", "s"), ("mjml_s", "s MJML")),
              plain(("npm_mjml_s", "s npm mjml"))),
    Benchmark("start", "start.py", " ", " ", plain(("help_ms", "ms"), ("idle_mb", "MB idle")),
              plain(("click_ms", "ms import click"), ("libraries_mb", "MB libraries"))),
    Benchmark("pages", "pages.py", "20000", "20000", lambda f: f"{f['sending']['page_ms']} ms beside 500/s",
              lambda f: f"{f['idle']['page_ms']} ms idle"),
    Benchmark("pages unlimited", "pages.py", "unlimited", "unlimited",
              lambda f: f"95 % in {f['sending']['page_p95_ms']} ms beside {f['sending']['messages_s']}/s",
              lambda f: f"{f['idle']['page_p95_ms']} ms idle"),
    Benchmark("answers", "answers.py", "300", "1000", lambda f: f"{f['sending']['answers_s']}/s beside 200/s sent",
              lambda f: f"{f['idle']['answers_s']}/s idle"),
    Benchmark("letters", "letters.py", "200", "1000", plain(("cpu_s", "s")),
              plain(("yardstick_cpu_s", "s fpdf2 cells"))),
    Benchmark("survey", "survey.py", "--branches 30", "", plain(("met", "of branches reach the goal")),
              plain(("met_three_reminders", "with three reminders"))),
)  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("names", nargs="*", metavar="NAME")
    asked = parser.parse_args()
    known = {one.name for one in BENCHMARKS}
    if unknown := set(asked.names) - known:
        parser.error(f"no benchmark called {', '.join(sorted(unknown))}; there are: {', '.join(sorted(known))}")
    rows, all_found, fine = [], {}, True
    for one in BENCHMARKS:
        words = one.full if asked.full else one.modest
        if not words or (asked.names and one.name not in asked.names):
            continue
        found, seconds, status = ran(one, words.split())
        fine = fine and status == 0 and found is not None and found.get("holds", True)
        rows.append(row(one, found, seconds, status))
        all_found[one.name] = found or {}
    print("\n" + "\n".join(table(rows)))
    for pair in PAIRS:
        before, after = (all_found.get(name, {}).get(pair.key) for name in (pair.first, pair.second))
        if before and after:
            times = after / before
            fine = fine and pair.holds(times)
            word = "holds" if pair.holds(times) else "DOES NOT HOLD"
            bound = f"{'at most' if pair.is_most else 'at least'} {pair.bound:g}"
            print(f"\n{pair.says.format(f'{times:.2f}')} ({bound}): {word}.")
    return int(not fine)


def ran(one: Benchmark, words: Sequence[str]) -> tuple[Found | None, float, int]:
    """The last line of JSON, if there is one; seconds; the exit status."""
    command = [sys.executable, str(ROOT / "benchmarks" / one.program), *words]
    print(f"\n== {one.name}: {one.program} {' '.join(words)}", flush=True)
    began = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    took = time.monotonic() - began
    print(done.stdout, end="", flush=True)
    found = last_json(done.stdout)
    kept = {"name": one.name, "words": list(words), "status": done.returncode, "found": found}
    with open(cache() / "results.jsonl", "a", encoding="utf-8") as file:
        file.write(json.dumps(kept, ensure_ascii=False) + "\n")
    return found, took, done.returncode


def last_json(text: str) -> Found | None:
    rows = text.strip().splitlines()
    try:
        found = json.loads(rows[-1]) if rows else None
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def row(one: Benchmark, found: Found | None, seconds: float, status: int) -> tuple[str, ...]:
    """Of the table. A benchmark that failed says so in it."""
    if found is None:
        return one.name, f"failed, exit {status}", "", "", "", f"{seconds:.0f} s"
    try:
        ours, beside = one.ours(found), one.beside(found)
    except KeyError as missing:
        ours, beside = f"no {missing} in its line", ""
    ratio = found.get("ratio") or found.get("round_trips_ratio")
    holds = {True: "yes", False: "NO"}.get(found.get("holds"), "") if status == 0 else "NO"  # type: ignore[call-overload]
    return one.name, ours, beside, "" if ratio is None else f"{ratio:g}", holds, f"{seconds:.0f} s"


def table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    whole = [("benchmark", "ours", "beside it", "ratio", "holds", "took"), *rows]
    widths = [max(len(one[n]) for one in whole) for n in range(6)]
    lines = ["  ".join(word.ljust(width) for word, width in zip(one, widths, strict=True)).rstrip() for one in whole]
    return [lines[0], "-" * max(map(len, lines)), *lines[1:]]


def number(figure: Any) -> str:
    """As people read it: three digits that mean something."""
    if not isinstance(figure, int | float):
        return "–"
    return f"{figure:,.0f}" if abs(figure) >= 100 else f"{figure:.3g}"


if __name__ == "__main__":
    sys.exit(main())
