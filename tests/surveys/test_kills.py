"""Killed at any instant of the reminder run and started again, the house reminds nobody twice and forgets nobody (K5)."""

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, func, select

from mailer.errors import LaterError
from mailer.house import House, open_house
from mailer.outbox.store import figures
from mailer.outbox.tables import deliveries, mailings, picks
from mailer.surveys import invitations
from mailer.surveys.tables import asks
from mailer.surveys.tables import invitations as table
from mailer.verbs.surveys import ask
from tests.crash.kills import Tail
from tests.homes import ROOT, address_of
from tests.relay.client import Relay, running_relay
from tests.surveys.running import a_home, approved, at, invitation_of, states

OPENING, REMINDED = "2024-03-05T10:00", "2024-03-12T10:00"
CONNECTIONS = 4
PATIENCE_S = 60.0
# What the clock does at a tick, and the runner beside it, in a process of its own.
TICK = """
import sys
from pathlib import Path
from mailer.house import open_house
from mailer.verbs import send
from mailer.verbs.surveys import ask
with open_house(Path(sys.argv[1]), sys.argv[2]) as house:
    ask.ask(house)
    send.run_until_idle(house)
"""


def counts(house: House) -> tuple[int, ...]:
    """How much there is of everything that a step makes."""

    def look(c: Connection) -> tuple[int, ...]:
        of = [c.execute(select(func.count()).select_from(t)).scalar_one() for t in (mailings, picks, deliveries)]
        return (*of, c.execute(select(func.count()).where(asks.c.state == "asked")).scalar_one())

    return house.db.read(look)


def test_asks_all_of_a_step_or_nobody_whichever_statement_it_is_cut_off_at(tmp_path: Path, database_url: str) -> None:
    with a_home(tmp_path, 1, 4, database_url) as house:
        approved(house)
        opening = at(house, OPENING)
        before, cut, engine = counts(house), 0, house.db.writer_engine()
        left = 0

        def power_cut(*_: object) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                raise LaterError

        event.listen(engine, "after_cursor_execute", power_cut)
        while True:
            left = cut + 1
            try:
                made = ask.ask(opening)
            except LaterError:
                cut += 1
                assert counts(house) == before
                continue
            break
        event.remove(engine, "after_cursor_execute", power_cut)
        assert made == ["enkät/medlemsenkat/inbjudan/2024-03-05"]
        assert cut > 10
        assert counts(house) == (before[0] + 1, 4, 4, 4)
        assert ask.ask(opening) == []


def tick(home: Path) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-c", TICK, str(home), f"{REMINDED},1"]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def killed(home: Path, relay: Relay, kills: int, members: int, rng: random.Random, answered: list[int]) -> None:
    """Tick and send, with so many kills on the way; after each, somebody answers."""
    tail = Tail(relay.log_path)
    while kills:
        begun = len(tail.read().acknowledged)
        enough = begun + rng.randint(0, max(1, members // 8))
        with tick(home) as process:
            deadline = time.monotonic() + PATIENCE_S
            while process.poll() is None and len(tail.read().acknowledged) < max(enough, 1 if kills % 2 else 0):
                assert time.monotonic() < deadline
                time.sleep(0.002)
            time.sleep(rng.uniform(0, 0.05))
            process.send_signal(signal.SIGKILL)
            process.wait(PATIENCE_S)
        kills -= 1
        with open_house(home, f"{REMINDED},0") as house:
            who = next(n for n in rng.sample(range(1, members + 1), members) if n not in answered)
            number, day = invitation_of(house, who), {"answered_on": date(2024, 3, 12), "through": "web"}
            house.db.write(lambda c, number=number, day=day: invitations.step(c, house.db, number, "answer", **day))
            answered.append(who)
    with tick(home) as process:
        _, said = process.communicate(timeout=PATIENCE_S)
        assert process.returncode == 0, said


@pytest.mark.parametrize(("members", "kills"), [(40, 1), pytest.param(600, 40, marks=pytest.mark.soak)])
def test_reminds_nobody_twice_when_it_is_killed(tmp_path: Path, members: int, kills: int) -> None:
    (tmp_path / "relay").mkdir()
    slow = [{"at": "dot", "do": "delay", "seconds": 0.01}]
    with running_relay(slow, folder=tmp_path / "relay", max_seconds=900) as relay:
        with a_home(tmp_path, relay.port, members) as house:
            approved(house)
            ask.ask(at(house, OPENING))
            # The invitations have gone, by another relay: what is on the wire are reminders.
            gone = deliveries.update().values(state="accepted", settled_at=at(house, OPENING).clock.now())
            house.db.write(lambda c: c.execute(gone))
            before = [1, 2, 3]
            for who in before:
                number, day = invitation_of(house, who), {"answered_on": date(2024, 3, 6), "through": "web"}
                house.db.write(lambda c, number=number, day=day: invitations.step(c, house.db, number, "answer", **day))
        answered = list(before)
        killed(tmp_path / "hem", relay, kills, members, random.Random(members), answered)
        came = Counter(line["rcpt"][0] for line in relay.acknowledged())
        with open_house(tmp_path / "hem", f"{REMINDED},0") as house:
            query = select(mailings.c.id, mailings.c.name).where(mailings.c.survey_id.is_not(None))
            rows = house.db.read(lambda c: c.execute(query.order_by(mailings.c.id)).all())
            balances = [house.db.read(lambda c, n=row.id: figures.balance(c, n)) for row in rows]
            reminded = {who for who, (state, _) in states(house, "paminnelse").items() if state == "asked"}
            ends = dict(house.db.read(lambda c: c.execute(_ends(rows[-1].id)).all()))
    assert [row.name.rpartition("/")[0] for row in rows] == [
        f"enkät/medlemsenkat/{s}" for s in ("inbjudan", "paminnelse")
    ]
    assert all(b.closes and b.owed == 0 for b in balances)
    assert not {address_of(who) for who in before} & set(came)  # answered before the claim
    assert reminded == set(ends)
    assert {address_of(who) for who, state in ends.items() if state == "accepted"} <= set(came)
    assert {who for who in ends if who not in answered} <= {who for who in ends if came[address_of(who)]}  # nobody lost
    assert sum(number - 1 for number in came.values()) <= CONNECTIONS * kills


def _ends(mailing: int):
    return select(deliveries.c.contact_id, deliveries.c.state).where(deliveries.c.mailing_id == mailing)


def test_has_one_row_for_each_step_and_person(tmp_path: Path) -> None:
    """The unique constraint, not a timer: a step cannot be drawn up twice for one invitation."""
    with a_home(tmp_path, 1, 3) as house:
        approved(house)
        number = house.db.read(lambda c: c.execute(select(table.c.id).limit(1)).scalar_one())
        row = {"invitation_id": number, "step": "inbjudan", "channel": "email", "state": "planned"}
        with pytest.raises(Exception, match=r"(?i)unique"):
            house.db.write(lambda c: c.execute(asks.insert().values(**row)))
