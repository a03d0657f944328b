"""The house that is killed while people leave: what it has said yes to is written down."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
from sqlalchemy import select, update

from mailer import codes
from mailer.deliver.message import LEAVE, ONE_CLICK
from mailer.house import open_house
from mailer.outbox.states import Delivery
from mailer.outbox.tables import deliveries
from mailer.register.tables import leaves
from tests.homes import ROOT, add_people, make_home, plan_letter
from tests.waiting import until
from tests.web.serving import free_port

CLOCK = "2024-05-10T09:00,1"
IN_A_ROUND = 40
PATIENCE_S = 60.0


@contextmanager
def a_service(home: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """`mailer run`, until its pages answer."""
    command = [sys.executable, "-m", "mailer.cli", "--home", str(home), "--clock", CLOCK, "run"]
    service = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: service.poll() is not None or answers(port))
        assert service.poll() is None
        yield service
    finally:
        service.kill()
        service.wait()


def answers(port: int) -> bool:
    try:
        urlopen(f"http://127.0.0.1:{port}/robots.txt", timeout=5).close()
    except (URLError, OSError):
        return False
    return True


def leave_until_killed(service: subprocess.Popen[bytes], pages: Sequence[tuple[int, str]], after: int) -> list[int]:
    """Who has got a yes. The service is killed while one of those who come after so many is being answered."""
    said: list[int] = []
    enough = threading.Event()

    def kill() -> None:
        enough.wait(PATIENCE_S)
        service.send_signal(signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    for contact, url in pages:
        if len(said) >= after:
            enough.set()
        try:
            with urlopen(Request(url, b"List-Unsubscribe=One-Click"), timeout=30) as answer:
                assert answer.status == 200
            said.append(contact)
        except (URLError, OSError):
            break
    enough.set()
    killer.join()
    return said


@pytest.mark.parametrize("rounds", [2, pytest.param(100, marks=pytest.mark.soak)])
def test_loses_no_leave_that_it_has_said_yes_to(tmp_path: Path, rounds: int) -> None:
    port, people = free_port(), range(1, rounds * IN_A_ROUND + 1)
    more = {'# address = ""   ': f'address = "http://127.0.0.1:{port}" ', "# port = 8025": f"port = {port}"}
    home = make_home(tmp_path / "hem", free_port(), **more)
    with open_house(home, CLOCK) as house:
        house.db.write(lambda c: add_people(c, house.keys, people, house.clock.now()))
        house.db.write(lambda c: plan_letter(c, house.here()))
        house.db.write(lambda c: c.execute(update(deliveries).values(state=Delivery.ACCEPTED, attempts=1)) and None)
        rows = house.db.read(lambda c: c.execute(select(deliveries.c.contact_id, deliveries.c.id)).all())
        base = f"{house.settings.web.address}{LEAVE}"
        pages = sorted(
            (contact, f"{base}{codes.leave_code(house.keys, number)}{ONE_CLICK}") for contact, number in rows
        )
    said: list[int] = []
    for n in range(rounds):
        with a_service(home, port) as service:
            some = pages[n * IN_A_ROUND : (n + 1) * IN_A_ROUND]
            said += leave_until_killed(service, some, after=5 + n % (IN_A_ROUND // 2))
    with open_house(home, CLOCK) as house:
        written = house.db.read(lambda c: c.execute(select(leaves.c.contact_id)).scalars().all())
    assert len(said) >= rounds
    assert set(said) <= set(written)
    assert len(written) == len(set(written))
    assert len(set(written) - set(said)) <= rounds, "at most the one that was under way each time"
