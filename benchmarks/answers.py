"""How fast a survey is answered while the same `mailer run` sends, and whether every answer with a receipt is there.

    .venv/bin/python benchmarks/answers.py [MEMBERS] [ANSWERS A SECOND]

One real process, on SQLite, sends to a local relay of another; members of a third post the form, page by page: one POST
that saves what is signed, one that hands in the whole, and the receipt. As many begin each second as were asked for,
whether the earlier ones are done or not. The yardstick is the same process with nothing to send. JSON last.
"""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import relays  # noqa: E402
from benchmarks.pages import count  # noqa: E402
from mailer.house import open_house  # noqa: E402
from mailer.surveys import codes  # noqa: E402
from mailer.surveys.box.tables import ballots  # noqa: E402
from mailer.surveys.tables import invitations  # noqa: E402
from tests.homes import add_people, make_home, plan_letter  # noqa: E402
from tests.waiting import until  # noqa: E402
from tests.web.answering.opened import open_with_box  # noqa: E402
from tests.web.serving import ask, free_port, is_up, post  # noqa: E402

MEMBERS = 1_000
RATE = 50  # answers a second: a whole association of 3,000 in a minute
SENT_S = 200  # messages a second beside it
CLOCK = "2024-03-05T09:00,1"
SIGNED = {"sida": "om-dig", "button": "next", "q.aktiv": "nej"}
WHOLE = {"sida": ".las", "button": "submit", "q.viktigast": "bussen", "q.nojd": "3", "q.ord": "Fler bussar. " * 20}


def main() -> None:
    members = int(sys.argv[1]) if len(sys.argv) > 1 else MEMBERS
    rate = int(sys.argv[2]) if len(sys.argv) > 2 else RATE
    found: dict[str, Any] = {"benchmark": "answers", "members": members, "asked_for_s": rate}
    for name in ("idle", "sending"):
        found[name] = measured(members, rate, is_sending=name == "sending")
    found["lost"] = found["idle"]["lost"] + found["sending"]["lost"]
    found["ratio"] = round(found["sending"]["median_ms"] / found["idle"]["median_ms"], 2)
    found["holds"] = found["lost"] == 0 and found["sending"]["answers_s"] >= 0.9 * rate
    print(json.dumps(found, ensure_ascii=False))


def measured(members: int, rate: int, is_sending: bool) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name, relays.opened("") as relay:
        port = free_port()
        more = {'# address = ""   ': f'address = "http://127.0.0.1:{port}" ', "# port = 8025": f"port = {port}",
                "# per_second = 0 ": f"per_second = {SENT_S} "}  # fmt: skip
        home = make_home(Path(name) / "home", relay.port, connections=20, **more)
        paths = prepare(home, members, is_sending)
        with open(Path(name) / "log", "wb") as log:
            command = [sys.executable, "-m", "mailer.cli", "--home", str(home), "--clock", CLOCK, "run"]
            service = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
            try:
                return asked(port, home, paths, rate, is_sending)
            finally:
                service.send_signal(signal.SIGTERM)
                service.wait(60)


def prepare(home: Path, members: int, is_sending: bool) -> list[str]:
    """The survey, open, with a letter that goes out to twenty times as many; the paths of the members' forms."""
    people = range(1, members * 20 + 1) if is_sending else range(1, members + 1)
    with open_house(home, CLOCK) as house:
        house.db.write(lambda c: add_people(c, house.keys, people, house.clock.now()))
        if is_sending:
            house.db.write(lambda c: plan_letter(c, house.here()))
        number = house.db.write(lambda c: open_with_box(c, house.keys, list(range(1, members + 1))))
        return [f"/enkat/{codes.token(house.keys, number, contact)}" for contact in range(1, members + 1)]


def asked(port: int, home: Path, paths: list[str], rate: int, is_sending: bool) -> dict[str, Any]:
    until(lambda: is_up(port) and (not is_sending or count(home) > 100))
    sent, began = count(home), time.perf_counter()
    with ThreadPoolExecutor(100) as clients:
        waiting = []
        for n, path in enumerate(paths):
            time.sleep(max(0, began + n / rate - time.perf_counter()))
            waiting.append(clients.submit(one_answer, port, path))
        found = [one.result() for one in waiting]
    took = time.perf_counter() - began
    received = {path for path, (is_received, _) in zip(paths, found, strict=True) if is_received}
    with open_house(home, CLOCK) as house:
        i = invitations.c
        rows = house.db.read(
            lambda c: c.execute(sa.select(i.contact_id, i.survey_id).where(i.state == "answered")).all()
        )
        sealed = house.db.read(lambda c: c.execute(sa.select(sa.func.count()).select_from(ballots)).scalar_one())
        kept = {f"/enkat/{codes.token(house.keys, survey, contact)}" for contact, survey in rows}
    times = [ms for is_received, ms in found if is_received]
    out = {
        "receipts": len(received), "lost": len(received - kept) + abs(sealed - len(kept)),
        "answers_s": round(len(received) / took, 1), "median_ms": round(statistics.median(times), 1),
        "p95_ms": round(sorted(times)[int(len(times) * 0.95)], 1), "messages_s": round((count(home) - sent) / took),
    }  # fmt: skip
    print(json.dumps(out))
    return out


def one_answer(port: int, path: str) -> tuple[bool, float]:
    """(whether there was a receipt, milliseconds for all three)."""
    began = time.perf_counter()
    post(port, path, SIGNED)
    to = post(port, path, WHOLE).headers.get("location", "")
    status = ask(port, "GET", urlsplit(to).path).status if to.endswith("/klart") else 0
    return status == 200, (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    os.environ.setdefault("MAILER_LOG", "json")
    main()
