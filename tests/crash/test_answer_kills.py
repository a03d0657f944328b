"""The house that is killed while members answer and a letter goes out: an answer that got its receipt is there."""

import http.client
import signal
import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from mailer.house import open_house
from mailer.surveys import codes
from mailer.surveys.box.tables import ballots, responses
from mailer.surveys.tables import invitations
from tests.crash.test_leaving_kills import a_service
from tests.homes import add_people, make_home, plan_letter
from tests.relay.client import running_relay
from tests.web.answering.opened import open_with_box
from tests.web.serving import free_port, post

CLOCK = "2024-03-05T09:00,1"
IN_A_ROUND = 30
SENT_AT = datetime.fromisoformat("2024-05-10T09:00+02:00")
PATIENCE_S = 60.0
SIGNED = {"sida": "om-dig", "button": "next", "q.aktiv": "nej"}
WHOLE = {"sida": ".las", "button": "submit", "q.viktigast": "bussen", "q.nojd": "3"}
GONE = (OSError, http.client.HTTPException)


def posted(port: int, path: str, form: dict[str, str]) -> str:
    """Where the answer leads. Raises what a cut line raises."""
    answer = post(port, path, form)
    return answer.headers.get("location") or f"{answer.status}"


def answer_until_killed(service, port: int, people: Sequence[tuple[int, str]], after: int) -> tuple[set[int], set[int]]:
    """(whose signed answer was saved, who got a receipt). The service is killed after so many receipts."""
    saved, received = set(), set()
    enough = threading.Event()

    def kill() -> None:
        enough.wait(PATIENCE_S)
        service.send_signal(signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        for contact, path in people:
            if len(received) >= after:
                enough.set()
            assert "sida=" in posted(port, path, SIGNED)
            saved.add(contact)
            assert posted(port, path, WHOLE).endswith("/klart")
            received.add(contact)
    except GONE:
        pass
    enough.set()
    killer.join()
    return saved, received


@pytest.mark.parametrize("rounds", [1, pytest.param(10, marks=pytest.mark.soak)])
def test_loses_no_answer_that_got_its_receipt(tmp_path: Path, rounds: int) -> None:
    """K6. Ten kills with -9 while a mailing runs; and a ballot is there exactly when the ledger says so."""
    (tmp_path / "relay").mkdir()
    port, people = free_port(), range(1, rounds * IN_A_ROUND + 1)
    with running_relay([{"at": "dot", "do": "delay", "seconds": 0.2}], folder=tmp_path / "relay") as relay:
        more = {'# address = ""   ': f'address = "http://127.0.0.1:{port}" ', "# port = 8025": f"port = {port}"}
        home = make_home(tmp_path / "hem", relay.port, **more)
        with open_house(home, CLOCK) as house:
            house.db.write(lambda c: add_people(c, house.keys, people, house.clock.now()))
            house.db.write(lambda c: plan_letter(c, SENT_AT))  # as the service has it: nothing is late
            number = house.db.write(lambda c: open_with_box(c, house.keys, list(people)))
            pages = [(n, f"/enkat/{codes.token(house.keys, number, n)}") for n in people]
        saved, received = set(), set()
        for n in range(rounds):
            with a_service(home, port) as service:
                relay.wait_for(1 + n)  # it is being sent all the while
                some = pages[n * IN_A_ROUND : (n + 1) * IN_A_ROUND]
                now_saved, now_received = answer_until_killed(service, port, some, after=3 + n)
                saved |= now_saved
                received |= now_received
    with open_house(home, CLOCK) as house:
        i, r = invitations.c, responses.c
        query = select(i.contact_id).where(i.state == "answered")
        answered = set(house.db.read(lambda c: c.execute(query).scalars().all()))
        written = select(i.contact_id).join(responses, r.invitation_id == i.id)
        kept = set(house.db.read(lambda c: c.execute(written).scalars().all()))
        sealed = house.db.read(lambda c: len(c.execute(select(ballots.c.id)).all()))
    assert len(received) >= 3 * rounds
    assert received <= answered
    assert saved <= kept
    assert sealed == len(answered), "a ballot and its ledger row are one"
    assert len(answered - received) <= rounds, "at most the one that was under way each time"
