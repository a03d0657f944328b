"""What the preview of a large register costs, beside what the bare libraries need for the same rows.

Takes   the number of rows (100,000) and, for PostgreSQL, the URL of an empty database; --xlsx for a workbook.
Gives   on stdout what was measured, last one line of JSON with the ratio; the bar on stderr.
Fails   exit 1 when the preview takes more than 15 seconds per 100,000 rows: of processor time, since the clock's also
        measures who else uses the machine. Both are printed.

    .venv/bin/python benchmarks/import_register.py [--rows N] [--url postgresql+psycopg://...] [--xlsx]

The second preview is of a register that has the people already, with some of them changed: the monthly case.
"""

import argparse
import csv
import io
import json
import resource
import shutil
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import phonenumbers
from email_validator import validate_email

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from mailer.cli.import_progress import reading  # noqa: E402
from mailer.clock import Clock  # noqa: E402
from mailer.db import METADATA, Database  # noqa: E402
from mailer.home import Lock  # noqa: E402
from mailer.house import House  # noqa: E402
from mailer.keys import Keys  # noqa: E402
from mailer.settings_file import read_settings  # noqa: E402
from mailer.verbs import import_  # noqa: E402
from tests.register.workbooks import xlsx  # noqa: E402

LIMIT = 15.0  # seconds per 100,000 rows
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
    began = time.perf_counter()
    import_.accept(house, "medlemmar", path, True, shown.hash)
    print(f"the import itself: {time.perf_counter() - began:.1f} s", flush=True)
    path.write_bytes(xlsx([HEADER, *next_]) if arguments.xlsx else as_csv(next_))
    later, month, shown = timed_preview(house, path)
    print(f"a month later ({shown.diff.words(True)}): {month:.1f} s, {later:.1f} by the clock", flush=True)
    bare = yardstick(raw)
    print(f"the bare libraries over the same rows: {bare:.1f} s", flush=True)
    house.db.close()
    kind = "postgresql" if arguments.url else "sqlite"
    return {
        "rows": arguments.rows, "engine": kind, "file": path.suffix[1:], "preview_s": round(new, 2),
        "preview_clock_s": round(clock, 2),
        "month_later_s": round(month, 2), "yardstick_s": round(bare, 2), "ratio": round(max(new, month) / bare, 2),
    }  # fmt: skip


def main() -> int:
    """Measure and judge."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--url", default="")
    parser.add_argument("--xlsx", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(arguments, Path(folder))
    slowest = max(float(str(found["preview_s"])), float(str(found["month_later_s"])))
    print(json.dumps(found))
    return int(slowest > LIMIT * arguments.rows / 100_000)


if __name__ == "__main__":
    sys.exit(main())
