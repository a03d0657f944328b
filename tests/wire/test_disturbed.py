"""What happens beside a mailing that goes out, in the database and in the runner: nobody gets it twice for that."""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from mailer import maillog
from mailer.db import engines
from mailer.deliver.away import Away
from mailer.errors import LaterError, NoRoom, Problem
from mailer.house import House, open_house
from mailer.outbox.states import Delivery
from mailer.outbox.store import figures
from mailer.outbox.store.ledger import Commit
from mailer.register.tables import contacts
from mailer.verbs import send
from tests.databases import held
from tests.homes import add_people, make_home, plan_letter
from tests.relay.client import Relay, running_relay

MEMBERS = 60
OFTEN_S = 0.05
LOCKED_S = 1.0
SLOW_S = 0.3  # the relay, over a final dot
TOLD = Problem("databasen", "för provet")


@contextmanager
def a_mailing(
    folder: Path, script: Sequence[dict[str, Any]] = (), connections: int = 3
) -> Iterator[tuple[Relay, House, int]]:
    with pytest.MonkeyPatch.context() as patch, running_relay(script) as relay:
        patch.setattr(maillog, "quiet", True)
        with open_house(make_home(folder / "hem", relay.port, connections=connections)) as house:
            house.db.write(lambda c: add_people(c, house.keys, range(1, MEMBERS + 1), house.clock.now()))
            yield relay, house, house.db.write(lambda c: plan_letter(c, house.clock.now()))


def states(house: House, mailing: int) -> Counter[str]:
    return Counter(row.state for row in house.db.read(lambda c: figures.people(c, mailing)))


def each_once(relay: Relay) -> bool:
    return sorted(Counter(line["rcpt"][0] for line in relay.acknowledged()).values()) == [1] * MEMBERS


def send_all(house: House) -> None:
    asyncio.run(asyncio.wait_for(send.runner_of(house).run(until_idle=True), 60))


@contextmanager
def beside(work: Callable[[], object], every_s: float) -> Iterator[list[int]]:
    """Do it again and again in a thread. What is counted: how often."""
    over, done = threading.Event(), [0]

    def again() -> None:
        while not over.wait(every_s):
            work()
            done[0] += 1

    thread = threading.Thread(target=again)
    thread.start()
    try:
        yield done
    finally:
        over.set()
        thread.join()


def test_writes_once_to_those_whose_names_change_while_it_is_sent(tmp_path: Path) -> None:
    """What was made with the old name is made anew, also when it is claimed again in the same breath."""
    with a_mailing(tmp_path) as (relay, house, mailing):

        def rename() -> None:
            house.db.write(lambda c: c.execute(update(contacts).values(first_name=contacts.c.first_name + "a")))

        with beside(rename, OFTEN_S) as done:
            send_all(house)
        assert done[0] > 1
        assert states(house, mailing) == {Delivery.ACCEPTED: MEMBERS}
        assert each_once(relay)


def test_waits_while_another_process_writes_for_longer_than_is_waited(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large import, which begins between two commits. The relay's answers are not lost by it."""
    monkeypatch.setattr(engines, "BUSY_TIMEOUT_S", 0.1)
    with a_mailing(tmp_path) as (relay, house, mailing), ExitStack() as import_:
        is_over = threading.Timer(LOCKED_S, import_.close)

        def begin(done: Commit) -> None:
            if done.offered and is_over.ident is None:
                import_.enter_context(held(house.db.url.render_as_string(hide_password=False)))
                is_over.start()

        runner = send.runner_of(house)
        runner.on_commit = begin
        asyncio.run(asyncio.wait_for(runner.run(until_idle=True), 60))
        is_over.join()
        assert states(house, mailing) == {Delivery.ACCEPTED: MEMBERS}
        assert each_once(relay)


@pytest.mark.parametrize("why", [NoRoom(TOLD), LaterError(TOLD), KeyError("a mistake of ours")])
def test_hears_the_answers_to_what_is_out_when_a_task_beside_it_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: Exception
) -> None:
    slow = [{"at": "dot", "do": "delay", "seconds": SLOW_S}]
    with a_mailing(tmp_path, slow) as (relay, house, mailing):

        async def fails(_: Away) -> None:
            while len(relay.acknowledged()) < MEMBERS // 10:
                await asyncio.sleep(SLOW_S / 10)
            raise why

        with monkeypatch.context() as patch:
            patch.setattr(Away, "keep", fails)
            with pytest.raises(type(why)):
                send_all(house)
        found = states(house, mailing)
        assert set(found) == {Delivery.ACCEPTED, Delivery.PLANNED}
        assert len(relay.acknowledged()) == found[Delivery.ACCEPTED] < MEMBERS
        relay.set_script([])
        send_all(house)
        assert each_once(relay)
