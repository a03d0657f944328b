"""A large association answers at once, and a month goes by: the service takes no more memory and leaves no file open.

How fast the pages answer meanwhile is benchmarks/pages.py's and benchmarks/answers.py's to measure.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select

from mailer.house import open_house
from mailer.surveys import codes
from mailer.surveys.box.tables import ballots
from tests.homes import ROOT, add_people, make_home
from tests.relay.client import running_relay
from tests.waiting import until
from tests.web.answering.opened import open_with_box
from tests.web.serving import ask, free_port, is_up, post

MEMBERS, CHUNK = 100_000, 5_000
ANSWERS, WARM = 10_000, 1_000
AT_ONCE = 50
BEGINS = "2024-03-05T09:00"
# A fortnight first: until each thread has read each table, and each day's and week's work was done, memory grows.
WARM_DAYS, DAYS = 14, 44
HOURS_A_SECOND = 6
MORE_MEMORY = 1.10
MORE_FILES = 3  # a connection to the database, of a thread that had not read until then; the log; a page under way
SIGNED = {"sida": "om-dig", "button": "next", "q.aktiv": "nej"}
WHOLE = {"sida": ".las", "button": "submit", "q.viktigast": "bussen", "q.nojd": "3", "q.ord": "Fler bussar. " * 20}
PUBLIC = ("/", "/arkiv", "/kalender", "/lank", "/bli-mottagare", "/svara", "/finns/inte")


def rss_mb(process: "subprocess.Popen[bytes]") -> float:
    """What it has in memory now."""
    status = Path(f"/proc/{process.pid}/status").read_text("ascii")
    return next(int(row.split()[1]) for row in status.splitlines() if row.startswith("VmRSS:")) / 1024


def files(process: "subprocess.Popen[bytes]") -> int:
    """How many files, sockets and pipes it has open."""
    return len(list(Path(f"/proc/{process.pid}/fd").iterdir()))


def log_of(home: Path) -> str:
    return (home / "service.log").read_text("utf-8")[-2000:]


def answer(port: int, path: str) -> bool:
    """Whether there was a receipt. Where too many wait she is told so, and presses again."""
    for form in (SIGNED, WHOLE):
        while (said := post(port, path, form)).status == 503:
            time.sleep(0.2)
    to = said.headers.get("location", "")
    return to.endswith("/klart") and ask(port, "GET", urlsplit(to).path).status in (200, 503)


@contextmanager
def running(home: Path, port: int, clock: str) -> "Iterator[subprocess.Popen[bytes]]":
    command = [sys.executable, "-m", "mailer.cli", "--home", str(home), "--clock", clock, "run"]
    with (home / "service.log").open("ab") as log:
        service = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        try:
            until(lambda: is_up(port))
            yield service
            assert service.poll() is None, log_of(home)
        finally:
            service.send_signal(signal.SIGTERM)
            service.wait(60)


@pytest.mark.soak
def test_takes_no_more_memory_for_ten_times_the_answers_or_a_month(tmp_path: Path) -> None:
    with running_relay() as relay:
        port = free_port()
        web = {'# address = ""   ': f'address = "http://127.0.0.1:{port}" ', "# port = 8025": f"port = {port}"}
        home = make_home(tmp_path / "hem", relay.port, "", 0, 4, **web)
        paths = a_survey_of_many(home)
        with running(home, port, f"{BEGINS},1") as service, ThreadPoolExecutor(AT_ONCE) as members:
            assert all(members.map(lambda path: answer(port, path), paths[:WARM])), log_of(home)
            before = rss_mb(service), files(service)
            assert all(members.map(lambda path: answer(port, path), paths[WARM:]))
            is_flat(service, before)
        with open_house(home, f"{BEGINS},1") as house:
            kept = house.db.read(lambda c: c.execute(select(func.count()).select_from(ballots)).scalar_one())
        assert kept == ANSWERS
        a_month_goes_by(home, port)


def a_survey_of_many(home: Path) -> list[str]:
    """The paths of the forms of those who will answer."""
    with open_house(home, f"{BEGINS},1") as house:
        now = house.clock.now()
        for first in range(1, MEMBERS + 1, CHUNK):
            people = range(first, first + CHUNK)
            house.db.write(lambda c, people=people: add_people(c, house.keys, people, now))
        number = house.db.write(lambda c: open_with_box(c, house.keys, list(range(1, ANSWERS + 1))))
        return [f"/enkat/{codes.token(house.keys, number, contact)}" for contact in range(1, ANSWERS + 1)]


def a_month_goes_by(home: Path, port: int) -> None:
    """Six hours a second: the clock ticks, the public pages are read, one after the other as fast as they come."""
    with running(home, port, f"{BEGINS},{HOURS_A_SECOND * 3600}") as service:
        began, pages = time.monotonic(), cycle(PUBLIC)
        read_until(lambda: time.monotonic() - began >= WARM_DAYS * 24 / HOURS_A_SECOND, port, pages)
        before = rss_mb(service), files(service)
        read_until(lambda: time.monotonic() - began >= DAYS * 24 / HOURS_A_SECOND, port, pages)
        is_flat(service, before)


def read_until(over: Callable[[], bool], port: int, pages: Iterator[str]) -> None:
    with ThreadPoolExecutor(4) as readers:
        while not over():
            statuses = readers.map(lambda path: ask(port, "GET", path).status, [next(pages) for _ in PUBLIC])
            assert list(statuses) == [404 if path == "/finns/inte" else 200 for path in PUBLIC]


def is_flat(service: "subprocess.Popen[bytes]", before: tuple[float, int]) -> None:
    after = rss_mb(service), files(service)
    print(f"memory {before[0]:.1f} MB, then {after[0]:.1f}; open files {before[1]}, then {after[1]}")
    assert after[0] <= before[0] * MORE_MEMORY, (before, after)
    assert after[1] <= before[1] + MORE_FILES, (before, after)
