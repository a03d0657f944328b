"""How fast the members' pages answer while the same `mailer run` sends, and whether every leave is kept.

    .venv/bin/python benchmarks/pages.py [PEOPLE] [MESSAGES A SECOND]
    .venv/bin/python benchmarks/pages.py unlimited [PEOPLE]

One real process, on SQLite, sends to a local relay of another; a bare HTTP client of a third opens a page at a time and
posts 100 one-click leaves a second (RFC 8058). The yardstick is the same process with nothing to send: the ratio is
what sending costs a reader. With ”unlimited” no rate is set, so that the sender takes what it can get, while 50 pages
are opened each second whether the earlier ones have come or not: 95 of 100 within 300 ms. JSON last.
"""

import http.client
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import sqlalchemy as sa

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import relays  # noqa: E402
from mailer import codes  # noqa: E402
from mailer.house import open_house  # noqa: E402
from mailer.outbox.tables import deliveries  # noqa: E402
from mailer.register.tables import leaves  # noqa: E402
from mailer.verbs import approve, month, send, which  # noqa: E402
from tests.homes import add_people, make_home  # noqa: E402
from tests.web.month import MAY, ZONE, whole_imports, write  # noqa: E402
from tests.web.serving import FORM, free_port  # noqa: E402

PEOPLE = 20_000
RATE = 500
LEAVES = 1_000
LEAVES_S = 100
OPENED = 50  # times each page
BETWEEN_S = 0.04  # seconds: twenty pages a second, as many as a whole association opens in its first minute
BOUND_MS = 20.0
RUSH_PEOPLE = 200_000  # more than can be sent meanwhile
RUSH_S, RUSH_RATE = 10.0, 50  # seconds; pages a second
RUSH_BOUND_MS = 300.0  # of 95 pages in 100
PATHS = ("/", "/arkiv", "/arkiv/2024-05", "/kalender", "/lank", "/sluta/{code}")
CLOCK = "2024-05-10T09:00,1"


def main() -> None:
    if sys.argv[1:2] == ["unlimited"]:
        unlimited(int(sys.argv[2]) if len(sys.argv) > 2 else RUSH_PEOPLE)
        return
    people = int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE
    rate = int(sys.argv[2]) if len(sys.argv) > 2 else RATE
    found: dict[str, Any] = {"benchmark": "pages", "people": people, "rate": rate, "bound_ms": BOUND_MS}
    for name in ("idle", "sending"):
        found[name] = measured(people, rate, is_sending=name == "sending")
    for what in ("page_ms", "leave_ms"):
        found[f"{what}_ratio"] = round(found["sending"][what] / found["idle"][what], 2)
        print(f"{what}: {found['idle'][what]} idle, {found['sending'][what]} sending ({found[f'{what}_ratio']} times)")
    found["ratio"] = found["page_ms_ratio"]
    kept = all(found[n]["leaves_kept"] == found[n]["leaves_answered"] == LEAVES for n in ("idle", "sending"))
    found["holds"] = kept and found["sending"]["page_ms"] < BOUND_MS and found["sending"]["messages_s"] >= 0.95 * rate
    print(json.dumps(found, ensure_ascii=False))


def unlimited(people: int) -> None:
    found: dict[str, Any] = {"benchmark": "pages unlimited", "people": people, "bound_ms": RUSH_BOUND_MS}
    for name, count_of in (("idle", LEAVES), ("sending", people)):
        found[name] = rushed(count_of, is_sending=name == "sending")
    idle, sending = found["idle"], found["sending"]
    found["ratio"] = round(sending["page_p95_ms"] / idle["page_p95_ms"], 2)
    failed = idle["failed"] + sending["failed"]
    found["holds"] = sending["page_p95_ms"] < RUSH_BOUND_MS and not failed and not sending["was_over"]
    print(json.dumps(found, ensure_ascii=False))


def rushed(people: int, is_sending: bool) -> dict[str, Any]:
    """So many pages a second, each asked for at its moment, while as much goes out as can."""
    with tempfile.TemporaryDirectory() as name, relays.opened("") as relay:
        port, home = a_home(Path(name), relay.port, 0, connections=50)
        code = prepare(home, people, is_sending)[0]
        with served(home, Path(name) / "log"), ThreadPoolExecutor(100) as clients:
            wait_for(port, home, is_sending)
            sent, began, asked = count(home), time.perf_counter(), []
            for n in range(int(RUSH_S * RUSH_RATE)):
                time.sleep(max(0, began + n / RUSH_RATE - time.perf_counter()))
                asked.append(clients.submit(once, port, "GET", PATHS[n % len(PATHS)].format(code=code)))
            found = [one.result() for one in asked]
            took, gone = time.perf_counter() - began, count(home)
    times = [ms for _, ms in found]
    out = {
        "pages": len(times), "failed": sum(status != 200 for status, _ in found),
        "page_ms": median(times), "page_p95_ms": p95(times), "page_max_ms": round(max(times), 1),
        "messages_s": round((gone - sent) / took), "was_over": is_sending and gone >= people,
    }  # fmt: skip
    print(json.dumps(out))
    return out


def measured(people: int, rate: int, is_sending: bool) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name, relays.opened("") as relay:
        port, home = a_home(Path(name), relay.port, rate)
        leaving = prepare(home, people, is_sending)
        with served(home, Path(name) / "log"):
            return asked(port, home, leaving, is_sending)


@contextmanager
def served(home: Path, log: Path) -> Iterator[None]:
    """While `mailer run` looks after the home."""
    with open(log, "wb") as file:
        command = [sys.executable, "-m", "mailer.cli", "--home", str(home), "--clock", CLOCK, "run"]
        service = subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=file)
        try:
            yield
        finally:
            service.send_signal(signal.SIGTERM)
            service.wait(60)


def a_home(folder: Path, relay_port: int, rate: int, connections: int = 20) -> tuple[int, Path]:
    port = free_port()
    more = {
        '# address = ""   ': f'address = "http://127.0.0.1:{port}" ',
        "# port = 8025": f"port = {port}",
        "# per_second = 0 ": f"per_second = {rate} ",
    }
    home = make_home(folder / "home", relay_port, connections=connections, **more)
    write(home, "2024-05/01-torget.md", "---\nrubrik: Vi ses på torget\nfår läsas av: alla\n---\n\n" + "Kaffe. " * 500)
    return port, home


def prepare(home: Path, people: int, is_sending: bool) -> list[str]:
    """The month, planned for everybody; codes of the last ones on the list. Without sending it has all gone already."""
    with open_house(home, "2024-05-10T08:00,0") as house:
        now = house.clock.now()
        house.db.write(lambda c: add_people(c, house.keys, range(1, people + 1), now))
        house.db.write(lambda c: whole_imports(c, now.astimezone(ZONE)))
        month.assemble(house, *which.series_and_period(house, "2024-05"))
        approve.approve(house, MAY, "Bo Godkännare", reason="-", despite="-")
        send.plan(house, MAY)
        if not is_sending:
            house.db.write(lambda c: c.execute(sa.update(deliveries).values(state="accepted", settled_at=now)))
        d = deliveries.c
        numbers = house.db.read(
            lambda c: c.execute(sa.select(d.id).order_by(d.id.desc()).limit(LEAVES)).scalars().all()
        )
        return [codes.leave_code(house.keys, number) for number in numbers]


def asked(port: int, home: Path, leaving: list[str], is_sending: bool) -> dict[str, Any]:
    wait_for(port, home, is_sending)
    sent, began = count(home), time.perf_counter()
    pages = {path: opened(port, path.format(code=leaving[0])) for path in PATHS}
    times = [t for each in pages.values() for t in each[1]]
    alone_s = time.perf_counter() - began
    alone = count(home) - sent
    answered, leave_times, beside = leave(port, leaving)
    took = time.perf_counter() - began
    with open_house(home, "2024-05-10T12:00,0") as house:
        kept = house.db.read(lambda c: c.execute(sa.select(sa.func.count()).select_from(leaves)).scalar_one())
    out = {
        "page_ms": median(times), "page_p95_ms": p95(times),
        "pages": {path: [status, median(each)] for path, (status, each) in pages.items()},
        "leave_ms": median(leave_times), "leave_p95_ms": p95(leave_times),
        "page_while_leaving_ms": median(beside),
        "leaves_answered": answered, "leaves_kept": kept,
        "messages_s": round(alone / alone_s),
        "messages_s_beside_leaves": round((count(home) - sent - alone) / (took - alone_s)),
        "seconds": [round(alone_s, 1), round(took - alone_s, 1)],
    }  # fmt: skip
    print(json.dumps(out, ensure_ascii=False))
    return out


def wait_for(port: int, home: Path, is_sending: bool) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            urlopen(f"http://127.0.0.1:{port}/robots.txt", timeout=5).read()
            if not is_sending or count(home) > 1000:
                return
        except OSError:
            pass
        assert time.monotonic() < deadline, "the service did not begin"
        time.sleep(0.1)


def count(home: Path) -> int:
    """Accepted messages, out of the database of the service that runs."""
    import sqlite3

    with sqlite3.connect(f"file:{home}/var/mailer.db?mode=ro", uri=True) as db:
        return int(db.execute("SELECT count(*) FROM deliveries WHERE state = 'accepted'").fetchone()[0])


def opened(port: int, path: str) -> tuple[int, list[float]]:
    """(status, milliseconds of each)."""
    found = []
    for _ in range(OPENED):
        found.append(once(port, "GET", path))
        time.sleep(BETWEEN_S)
    return found[-1][0], [ms for _, ms in found]


def once(port: int, method: str, path: str, body: bytes | None = None) -> tuple[int, float]:
    """On a line of its own, as a bare client has it."""
    began = time.perf_counter()
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        line.request(method, path, body, {"Content-Type": FORM} if body else {})
        answer = line.getresponse()
        answer.read()
        return answer.status, (time.perf_counter() - began) * 1000
    finally:
        line.close()


def leave(port: int, leaving: list[str]) -> tuple[int, list[float], list[float]]:
    """100 a second, whether the earlier ones are answered or not; and a page in between now and then."""
    done, beside = threading.Event(), []

    def read() -> None:
        while not done.is_set():
            beside.append(once(port, "GET", "/arkiv")[1])
            time.sleep(0.05)

    reader = threading.Thread(target=read)
    reader.start()
    with ThreadPoolExecutor(100) as clients:
        began, asked = time.perf_counter(), []
        for n, code in enumerate(leaving):
            time.sleep(max(0, began + n / LEAVES_S - time.perf_counter()))
            asked.append(clients.submit(once, port, "POST", f"/sluta/{code}/direkt", b"List-Unsubscribe=One-Click"))
        found = [one.result() for one in asked]
    done.set()
    reader.join()
    return sum(status < 300 for status, _ in found), [ms for _, ms in found], beside


def median(times: list[float]) -> float:
    return round(statistics.median(times), 1)


def p95(times: list[float]) -> float:
    return round(sorted(times)[int(len(times) * 0.95)], 1)


if __name__ == "__main__":
    os.environ.setdefault("MAILER_LOG", "json")
    main()
