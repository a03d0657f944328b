"""How long it takes to assemble and render May with four editions, from the editors' folder to moulds.

    .venv/bin/python benchmarks/assemble.py

The yardstick is the official MJML (npm), which compiles the same four documents beside it; `make oracles` installs it.
It also counts the runs of MJML for 10,000 recipients (one per edition), and asks two processes for the same bytes. Each
figure is the median of five, after one that warms. The bound is on the work, in seconds of the processor: what else the
machine does is no fault of ours. JSON last.
"""

import hashlib
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from mailer.content.folder import read_folder
from mailer.content.parse import parse
from mailer.issue.assemble import assemble
from mailer.issue.editions import Edition, editions_of
from mailer.render import issue as rendering_room
from mailer.render.issue import render_issue
from mailer.render.mould import Mould, cut
from mailer.render.templates import open_templates
from mailer.settings.file import read_settings

ROOT = Path(__file__).parents[1]
ORACLE = ROOT / "tests" / "oracles"
ZONE = ZoneInfo("Europe/Stockholm")
PERIOD, TODAY = "2024-05", date(2024, 5, 3)
BOUND_S = 0.5
RECIPIENTS = 10_000
RUNS = 6
READER = {"first_name": "Åsa", "last_name": "Öberg", "why": "du är medlem", "origin": "registret", "leave_code": "abc",
          "leave_page": "https://a.example/sluta/abc"}  # fmt: skip
# The same documents, timed within Node, warm: what a start of Node costs is not held against it.
YARDSTICK = """
import mjml2html from "mjml";
import { readFileSync } from "node:fs";
const documents = JSON.parse(readFileSync(0, "utf8")), seconds = [];
for (let n = 0; n < RUNS; n++) {
  const start = performance.now();
  for (const document of documents) await mjml2html(document, { fonts: {} });
  seconds.push((performance.now() - start) / 1000);
}
console.log(JSON.stringify(seconds.slice(1)));
"""


def main() -> None:
    if sys.argv[1:] == ["--bytes"]:
        print(fingerprint(moulds()))
        return
    documents = compiled(moulds)
    whole, work = median(moulds), median(moulds, time.process_time)
    ours, official = median(lambda: [rendering_room.compile_mjml(d, "x") for d in documents]), yardstick(documents)
    runs = len(compiled(lambda: [m.fill(READER) for m in moulds() for _ in range(RECIPIENTS // 4)]))
    same = len({subprocess_bytes(seed) for seed in ("1", "2")}) == 1
    print(f"May with {len(documents)} editions, from the folder to moulds: {whole:.3f} s, of work {work:.3f} s")
    print(f"MJML alone: ours {ours * 1000:.1f} ms with its check, npm {official * 1000:.1f} ms")
    print(
        f"{runs} runs of MJML for {RECIPIENTS} recipients; two processes give {'the same' if same else 'OTHER'} bytes"
    )
    print(
        json.dumps(
            {
                "benchmark": "assemble",
                "editions": len(documents),
                "seconds": round(whole, 4),
                "work_s": round(work, 4),
                "bound_s": BOUND_S,
                "mjml_s": round(ours, 5),
                "npm_mjml_s": round(official, 5),
                "ratio": round(official / ours, 1),
                "mjml_runs": runs,
                "recipients": RECIPIENTS,
                "same_bytes": same,
                "holds": work < BOUND_S and runs == len(documents) and same,
            }
        )
    )


def four_editions() -> tuple[Edition, ...]:
    """May for all, for two groups, and for those in both: the first blocks are theirs."""
    folder = read_folder(ROOT / "content", settle_s=0)
    content = parse(folder.files, date(2024, 5, 15), ZONE, folder.problems)
    series = read_settings(ROOT).series[0]
    issue = assemble(series, PERIOD, content.blocks, content.events, TODAY, ZONE, {})
    gates = {issue.blocks[0].path: frozenset({0}), issue.blocks[1].path: frozenset({1})}
    readers = {(False, False): 300, (True, False): 40, (False, True): 9, (True, True): 3}
    return editions_of(issue, gates, ("Brottby", "styrelsen"), readers)


def moulds() -> list[Mould]:
    settings, templates = read_settings(ROOT), open_templates(ROOT)
    return [cut(render_issue(e.issue, templates, settings, e.name)) for e in four_editions()]


def compiled(do: Callable[[], object]) -> list[str]:
    """The documents that MJML is run on while `do` works."""
    seen: list[str] = []
    original = rendering_room.compile_mjml

    def counted(mjml: str, where: str) -> str:
        seen.append(mjml)
        return original(mjml, where)

    rendering_room.compile_mjml = counted
    try:
        do()
    finally:
        rendering_room.compile_mjml = original
    return seen


def median(do: Callable[[], object], clock: Callable[[], float] = time.perf_counter) -> float:
    seconds = []
    for _ in range(RUNS):
        start = clock()
        do()
        seconds.append(clock() - start)
    return statistics.median(seconds[1:])


def yardstick(documents: list[str]) -> float:
    script = YARDSTICK.replace("RUNS", str(RUNS))
    done = subprocess.run(
        ["node", "--input-type=module", "-e", script],
        input=json.dumps(documents), capture_output=True, text=True, cwd=ORACLE, check=True,
    )  # fmt: skip
    return statistics.median(json.loads(done.stdout))


def fingerprint(made: list[Mould]) -> str:
    return hashlib.sha256(b"".join(m.fill(READER) for m in made)).hexdigest()


def subprocess_bytes(seed: str) -> str:
    environment = os.environ | {"PYTHONHASHSEED": seed}
    program = [sys.executable, __file__, "--bytes"]
    return subprocess.run(program, env=environment, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    main()
