"""What a large register costs to import, beside what the bare libraries need for the same rows.

Takes   the number of rows (100,000); for PostgreSQL the URL of an empty database, or --postgres for a server of its
        own; --xlsx for a workbook.
Gives   on stdout what was measured, last one line of JSON with the ratio of the import to the bare libraries.
Fails   exit 1 when a bound is passed: 15 seconds of processor time per 100,000 rows for a preview (the clock's also
        measures who else uses the machine; both are printed), 12 seconds of the clock per 100,000 for the import.

    .venv/bin/python benchmarks/import.py [--rows N] [--postgres | --url postgresql+psycopg://...] [--xlsx]

The import is `mailer import --accept`: it reads and checks the file again, compares, and writes in one transaction. The
second preview and import are of a register that has the people already, with some of them changed: the monthly case.
Each in a process of its own, as a person runs them; the memory is that of the largest.
"""

import argparse
import csv
import json
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import phonenumbers
from email_validator import validate_email

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.places import scratch  # noqa: E402
from benchmarks.planned import postgres  # noqa: E402
from benchmarks.sender import peak_rss_mb  # noqa: E402
from mailer.cli.import_progress import reading  # noqa: E402
from mailer.clock import Clock  # noqa: E402
from mailer.db import METADATA, Database  # noqa: E402
from mailer.home import Lock  # noqa: E402
from mailer.house import House  # noqa: E402
from mailer.keys import Keys  # noqa: E402
from mailer.settings.file import read_settings  # noqa: E402
from mailer.verbs import import_  # noqa: E402
from tests.register.workbooks import xlsx  # noqa: E402

PREVIEW_S = 15.0  # of the processor, per 100,000 rows
IMPORT_S = 12.0  # of the clock, per 100,000 rows
HEADER = "Medlemsnummer Förnamn Efternamn E-post Telefon C/O-adress Gatuadress Postnummer Stad Inträdesdatum".split()
_FIRST = "Åsa Örjan Märta Björn Göran Kerstin Anna Bo Eva Lars Ulla Per".split()
_LAST = "Öberg Ängström Ek Dahl Sjöström Lind Åkesson Berg Lo Ahl".split()


def people(number: int, seed: int = 1, moved: float = 0.0) -> Iterator[list[str]]:
    """Invented members as a register exports them; `moved`: the share with a new address."""
    chance, mover = Random(seed), Random(seed + 1)
    for n in range(number):
        first, last = chance.choice(_FIRST), chance.choice(_LAST)
        domain = f"brev{chance.randrange(40)}.example"
        mail = "" if chance.random() < 0.1 else f"medlem.{n}@{domain}"
        phone = chance.choice(("070-{}", "+46 73 {}", "076{}", "08-{}")).format(1740000 + chance.randrange(99_999))
        joined = date(1990, 1, 1) + timedelta(days=chance.randrange(12_000))
        street = f"Storgatan {chance.randrange(200)}"
        street = "Nya gatan 1" if mover.random() < moved else street
        place = (f"186 {n % 90 + 10}", "Vallentuna")
        yield [f"{n:06}", first, last, mail, phone, "", street, *place, joined.isoformat()]


def write(path: Path, rows: Iterator[list[str]]) -> None:
    """A workbook, or a file as Excel in Sweden writes it; none of it is held."""
    if path.suffix == ".xlsx":
        path.write_bytes(xlsx([HEADER, *rows]))
        return
    with path.open("w", encoding="cp1252", newline="") as file:
        out = csv.writer(file, delimiter=";")
        out.writerow(HEADER)
        out.writerows(rows)


def yardstick(path: Path) -> float:
    """Processor seconds of the bare libraries: csv, email-validator, phonenumbers over the same rows, nothing kept."""
    began = spent()
    with path.open(encoding="cp1252", newline="") as file:
        for row in csv.reader(file, delimiter=";"):
            if "@" in row[3]:
                validate_email(row[3], check_deliverability=False, test_environment=True)
            try:
                phonenumbers.is_valid_number(phonenumbers.parse(row[4], "SE"))
            except phonenumbers.NumberParseException:
                continue
    return spent() - began


def spent() -> float:
    """Processor seconds of this process and of those it has waited for."""
    child = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + child.ru_utime + child.ru_stime


def home_at(folder: Path, url: str) -> None:
    """A home of the repository's own lists and settings, its register empty."""
    shutil.copytree(ROOT / "lists", folder / "lists")
    shutil.copy(ROOT / "settings.toml", folder)
    Keys(folder / "keys").make_missing()
    house = house_at(folder, url)
    house.db.write(METADATA.create_all)
    house.db.close()


def house_at(folder: Path, url: str) -> House:
    """The home, opened."""
    return House(
        home=folder, var=folder, settings=read_settings(folder, {}), keys=Keys(folder / "keys"),
        db=Database(url or f"sqlite:///{folder / 'mailer.db'}"), clock=Clock(datetime(2024, 5, 2, 8, 0, tzinfo=UTC), 0),
        runner_lock=Lock(folder / "runner.lock"), os_user="benchmark",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """What one process has done: a preview, or an import."""

    clock_s: float
    cpu_s: float
    peak_rss_mb: float
    hash: str
    words: str


def take(house: House, path: Path, accepted: str) -> Step:
    """In this process: the preview, or with its hash the import itself."""
    began, before = time.perf_counter(), spent()
    with reading(path.name) as progress:
        if accepted:
            done = import_.accept(house, "medlemmar", path, True, accepted, progress=progress)
            word, words = accepted, done.diff.words(True)
        else:
            shown = import_.preview(house, "medlemmar", path, True, progress=progress)
            word, words = shown.hash, shown.diff.words(True)
    return Step(time.perf_counter() - began, spent() - before, peak_rss_mb(), word, words)


def step(arguments: argparse.Namespace, path: Path, accepted: str = "") -> Step:
    """The same in a process of its own, as `mailer import` runs: what one step holds is no burden to the next."""
    command = [sys.executable, __file__, "--step", str(path), "--accepted", accepted, "--url", arguments.url]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    found = Step(**json.loads(said))
    what = "the import itself" if accepted else "preview"
    size = f"{path.stat().st_size / 1e6:.1f} MB"
    print(
        f"{what} of {path.name}, {size} ({found.words}): {found.cpu_s:.1f} s, {found.clock_s:.1f} by the clock, "
        f"{found.peak_rss_mb:.0f} MB of memory",
        flush=True,
    )
    return found


def measure(arguments: argparse.Namespace, folder: Path) -> dict[str, object]:
    """Preview of an empty register, the import, both once more the month after, and the yardstick."""
    kind, rows = "xlsx" if arguments.xlsx else "csv", arguments.rows
    home_at(folder, arguments.url)
    first, next_ = folder / f"first.{kind}", folder / f"next.{kind}"
    write(first, people(rows))
    write(next_, people(rows, moved=0.01))
    new = step(arguments, first)
    entered = step(arguments, first, new.hash)
    month = step(arguments, next_)
    again = step(arguments, next_, month.hash)
    if arguments.xlsx:
        write(folder / "first.csv", people(rows))
    bare = yardstick(folder / "first.csv")
    print(f"the bare libraries over the same rows: {bare:.1f} s", flush=True)
    share = rows / 100_000
    previews = (new, month)
    return {
        "benchmark": "import", "rows": rows, "engine": "postgresql" if arguments.url else "sqlite", "file": kind,
        "import_s": round(entered.clock_s, 2), "import_cpu_s": round(entered.cpu_s, 2),
        "preview_s": round(new.clock_s, 2), "preview_cpu_s": round(new.cpu_s, 2),
        "month_later_s": round(month.clock_s, 2), "month_later_cpu_s": round(month.cpu_s, 2),
        "month_later_import_s": round(again.clock_s, 2),
        "yardstick_s": round(bare, 2), "ratio": round(entered.cpu_s / bare, 2),
        "peak_rss_mb": round(max(one.peak_rss_mb for one in (new, entered, month, again)), 1),
        "bound_s": round(IMPORT_S * share, 2),
        "holds": max(entered.clock_s, again.clock_s) <= IMPORT_S * share
        and max(one.cpu_s for one in previews) <= PREVIEW_S * share,
    }  # fmt: skip


def main() -> int:
    """Measure and judge."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--url", default="")
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--xlsx", action="store_true")
    parser.add_argument("--step", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--accepted", default="", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.step:
        house = house_at(arguments.step.parent, arguments.url)
        print(json.dumps(asdict(take(house, arguments.step, arguments.accepted))))
        house.db.close()
        return 0
    with ExitStack() as opened:
        folder = opened.enter_context(scratch())
        if arguments.postgres:
            arguments.url = opened.enter_context(postgres(folder / "postgres"))
        found = measure(arguments, folder)
    print(json.dumps(found))
    return int(not found["holds"])


if __name__ == "__main__":
    sys.exit(main())
