"""What a large register costs to import, beside what the bare libraries need for the same rows.

Takes   the number of rows (100,000); for PostgreSQL the URL of an empty database, or --postgres for a server of its
        own; --xlsx for a workbook.
Gives   on stdout what was measured, last one line of JSON with the ratio of the import to the bare libraries.
Fails   exit 1 when a bound is passed: 15 seconds of processor time per 100,000 rows for a preview (the clock's also
        measures who else uses the machine; both are printed), 12 seconds of the clock per 100,000 for the import.

    .venv/bin/python benchmarks/import.py [--rows N] [--postgres | --url postgresql+psycopg://...] [--xlsx]

The import is `mailer import --accept`: it reads and checks the file again, compares, and writes in one transaction. The
second preview is of a register that has the people already, with some of them changed: the monthly case.
"""

import argparse
import csv
import io
import json
import resource
import shutil
import sys
import time
from contextlib import ExitStack
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


def people(number: int, seed: int = 1, moved: float = 0.0) -> list[list[str]]:
    """Invented members as a register exports them; `moved`: the share with a new address."""
    chance, mover = Random(seed), Random(seed + 1)
    rows = []
    for n in range(number):
        first, last = chance.choice(_FIRST), chance.choice(_LAST)
        domain = f"brev{chance.randrange(40)}.example"
        mail = "" if chance.random() < 0.1 else f"medlem.{n}@{domain}"
        phone = chance.choice(("070-{}", "+46 73 {}", "076{}", "08-{}")).format(1740000 + chance.randrange(99_999))
        joined = date(1990, 1, 1) + timedelta(days=chance.randrange(12_000))
        street = f"Storgatan {chance.randrange(200)}"
        street = "Nya gatan 1" if mover.random() < moved else street
        rows.append(
            [f"{n:06}", first, last, mail, phone, "", street, f"186 {n % 90 + 10}", "Vallentuna", joined.isoformat()]
        )
    return rows


def as_csv(rows: list[list[str]]) -> bytes:
    """As Excel in Sweden writes it."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";").writerows([HEADER, *rows])
    return out.getvalue().encode("cp1252")


def yardstick(raw: bytes) -> float:
    """Processor seconds of the bare libraries: csv, email-validator, phonenumbers over the same rows, nothing kept."""
    began = spent()
    for row in csv.reader(io.StringIO(raw.decode("cp1252"), newline=""), delimiter=";"):
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


def house_at(folder: Path, url: str) -> House:
    """A home of the repository's own lists and settings."""
    shutil.copytree(ROOT / "lists", folder / "lists")
    shutil.copy(ROOT / "settings.toml", folder)
    keys = Keys(folder / "keys")
    keys.make_missing()
    db = Database(url or f"sqlite:///{folder / 'mailer.db'}")
    db.write(METADATA.create_all)
    clock = Clock(datetime(2024, 5, 2, 8, 0, tzinfo=UTC), 0)
    return House(
        home=folder, var=folder, settings=read_settings(folder, {}), db=db, keys=keys, clock=clock,
        runner_lock=Lock(folder / "runner.lock"), os_user="benchmark",
    )  # fmt: skip


def timed_preview(house: House, path: Path) -> tuple[float, float, import_.Preview]:
    """Seconds of the clock, seconds of the processor, and the preview."""
    began, before = time.perf_counter(), spent()
    with reading(path.name) as progress:
        shown = import_.preview(house, "medlemmar", path, True, progress=progress)
    return time.perf_counter() - began, spent() - before, shown


def measure(arguments: argparse.Namespace, folder: Path) -> dict[str, object]:
    """Preview of an empty register, the import, the month after, and the yardstick."""
    house = house_at(folder, arguments.url)
    first, next_ = people(arguments.rows), people(arguments.rows, moved=0.01)
    raw = as_csv(first)
    path = folder / ("register.xlsx" if arguments.xlsx else "register.csv")
    path.write_bytes(xlsx([HEADER, *first]) if arguments.xlsx else raw)
    clock, new, shown = timed_preview(house, path)
    size = path.stat().st_size / 1e6
    print(f"preview of {arguments.rows} new, {size:.1f} MB: {new:.1f} s, {clock:.1f} by the clock", flush=True)
    began, before = time.perf_counter(), spent()
    import_.accept(house, "medlemmar", path, True, shown.hash)
    import_clock, import_work = time.perf_counter() - began, spent() - before
    print(f"the import itself: {import_work:.1f} s, {import_clock:.1f} by the clock", flush=True)
    path.write_bytes(xlsx([HEADER, *next_]) if arguments.xlsx else as_csv(next_))
    later, month, shown = timed_preview(house, path)
    print(f"a month later ({shown.diff.words(True)}): {month:.1f} s, {later:.1f} by the clock", flush=True)
    bare = yardstick(raw)
    print(f"the bare libraries over the same rows: {bare:.1f} s", flush=True)
    house.db.close()
    kind, share = "postgresql" if arguments.url else "sqlite", arguments.rows / 100_000
    return {
        "benchmark": "import", "rows": arguments.rows, "engine": kind, "file": path.suffix[1:],
        "import_s": round(import_clock, 2), "import_cpu_s": round(import_work, 2),
        "preview_s": round(clock, 2), "preview_cpu_s": round(new, 2),
        "month_later_s": round(later, 2), "month_later_cpu_s": round(month, 2),
        "yardstick_s": round(bare, 2), "ratio": round(import_work / bare, 2), "peak_rss_mb": round(peak_rss_mb(), 1),
        "bound_s": round(IMPORT_S * share, 2),
        "holds": import_clock <= IMPORT_S * share and max(new, month) <= PREVIEW_S * share,
    }  # fmt: skip


def main() -> int:
    """Measure and judge."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--url", default="")
    parser.add_argument("--postgres", action="store_true")
    parser.add_argument("--xlsx", action="store_true")
    arguments = parser.parse_args()
    with ExitStack() as opened:
        folder = opened.enter_context(scratch())
        if arguments.postgres:
            arguments.url = opened.enter_context(postgres(folder / "postgres"))
        found = measure(arguments, folder)
    print(json.dumps(found))
    return int(not found["holds"])


if __name__ == "__main__":
    sys.exit(main())
