"""`mailer run` reads the mailbox beside everything else: what a server does holds up nothing."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from mailer import lineage
from mailer.clockwork import mail
from mailer.errors import BrokenPromise, LaterError, Problem
from mailer.feedback import rounds
from mailer.feedback.tables import received
from mailer.house import House, open_house
from mailer.lineage import homes
from mailer.settings import Mailbox as At
from mailer.verbs import mailbox as verb
from tests.crash.kills import mailer
from tests.feedback.letters import stranger
from tests.homes import make_home
from tests.postoffice.programs import HOST, make_maildir, wait

PATIENCE_S = 20  # shorter than ours with a server


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    make_maildir(tmp_path / "studs")
    section = '[mailbox]\nkind = "maildir"\npath = "../studs"\nevery_min = 0.1\n'
    with open_house(make_home(tmp_path / "hem", 2525, **{"[mailbox]\n": section})) as house:
        yield house


def deliver(house: House, n: int) -> None:
    (house.home.parent / "studs" / "new" / f"{n}.M1P1.x").write_bytes(stranger(n))


def count(house: House) -> int:
    return house.db.read(lambda c: c.execute(select(func.count()).select_from(received)).scalar_one())


async def until(done) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not done():
            await asyncio.sleep(0.01)


async def test_reads_at_the_start_and_then_again_and_again(home, monkeypatch):
    stopped = asyncio.Event()
    every = home.settings.mailbox.model_copy(update={"every_min": 0.001})
    monkeypatch.setitem(home.settings.__dict__, "mailbox", every)
    deliver(home, 1)
    reading = asyncio.create_task(mail.reading(home, stopped))
    await until(lambda: count(home) == 1)
    deliver(home, 2)
    await until(lambda: count(home) == 2)
    stopped.set()
    await asyncio.wait_for(reading, PATIENCE_S)
    assert home.pulse.silent_s("mailbox") is not None


async def test_waits_for_the_end_in_a_home_without_a_mailbox(home, monkeypatch):
    monkeypatch.setitem(home.settings.__dict__, "mailbox", At())
    stopped = asyncio.Event()
    reading = asyncio.create_task(mail.reading(home, stopped))
    await asyncio.sleep(0)
    assert not reading.done()
    stopped.set()
    await asyncio.wait_for(reading, PATIENCE_S)


async def test_reads_nothing_of_a_copied_home(home):
    deliver(home, 1)
    home.db.write(lambda c: c.execute(update(homes).values(held="databasen har kopierats")))
    mail.Reading(home, verb.open_mailbox).run()
    assert count(home) == 0
    assert len(list((home.home.parent / "studs" / "new").iterdir())) == 1


@pytest.mark.parametrize("says", [b"", b"* OK hej\r\n"], ids=["nothing", "a greeting"])
async def test_leaves_a_silent_server_at_once_when_it_is_told_to_stop(home, monkeypatch, says):
    came = asyncio.Event()
    loop = asyncio.get_running_loop()
    with socket.create_server((HOST, 0)) as listening:
        at = At(kind="imap", host=HOST, port=listening.getsockname()[1], security="none", username="studs")
        monkeypatch.setitem(home.settings.__dict__, "mailbox", at)

        def serve() -> socket.socket:
            line, _ = listening.accept()
            line.sendall(says)
            loop.call_soon_threadsafe(came.set)
            return line

        serving = asyncio.create_task(asyncio.to_thread(serve))
        stopped = asyncio.Event()
        reading = asyncio.create_task(mail.reading(home, stopped))
        await asyncio.wait_for(came.wait(), PATIENCE_S)
        stopped.set()
        await asyncio.wait_for(reading, PATIENCE_S)
        (await serving).close()
    assert home.db.read(rounds.last_read) is None


async def test_goes_on_when_the_database_is_away_for_a_while(home, monkeypatch):
    deliver(home, 1)
    tries = []

    def away(*given):
        tries.append(1)
        raise LaterError(Problem("databasen", "svarar inte"))

    monkeypatch.setattr(lineage, "held", away)
    stopped = asyncio.Event()
    reading = asyncio.create_task(mail.reading(home, stopped))
    await until(lambda: tries)
    assert not reading.done()
    stopped.set()
    await asyncio.wait_for(reading, PATIENCE_S)


async def test_ends_with_what_is_a_fault_of_its_own(home):
    def broken(_):
        raise BrokenPromise("så får det inte vara")

    with pytest.raises(BrokenPromise):
        await asyncio.wait_for(mail.reading(home, asyncio.Event(), broken), PATIENCE_S)


async def test_does_not_knock_again_soon_on_a_door_that_was_shut(home, monkeypatch):
    every = home.settings.mailbox.model_copy(update={"every_min": 0.0001})
    monkeypatch.setitem(home.settings.__dict__, "mailbox", every)
    waits = []

    async def note(waiting, seconds):
        waits.append(seconds)
        stopped.set()
        await waiting

    answers = iter((False, True))

    async def once(one, _):
        one.was_refused = next(answers)

    monkeypatch.setattr(mail, "_once", once)
    monkeypatch.setattr(mail.asyncio, "wait_for", note)
    for _ in range(2):
        stopped = asyncio.Event()
        await mail.reading(home, stopped)
    assert waits == [pytest.approx(0.006), 3600]


async def test_tells_the_administrators_of_what_only_they_can_mend(home, monkeypatch):
    told = []
    monkeypatch.setattr(verb, "failed", lambda house, why: told.append(str(why)))
    monkeypatch.setitem(home.settings.__dict__, "mailbox", At(kind="maildir", path="finns-inte"))
    one = mail.Reading(home, verb.open_mailbox)
    one.run()
    assert one.was_refused
    assert len(told) == 1
    assert "är ingen Maildir" in told[0]


def test_is_a_part_of_the_service(tmp_path):
    """`mailer run`: what lies in the mailbox is put away, and a SIGTERM ends it all."""
    studs = make_maildir(tmp_path / "studs")
    section = '[mailbox]\nkind = "maildir"\npath = "../studs"\n'
    folder = make_home(tmp_path / "hem", 2525, **{"[mailbox]\n": section})
    with open_house(folder) as house:
        deliver(house, 1)
    with mailer(folder, "run") as process:
        try:
            wait(lambda: len(list(studs.glob(".ok*/new/*"))) == 1 or process.poll() is not None)
            process.terminate()
            _, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0, errors
    assert "mailbox_read" in errors
    assert "@" not in errors, "no address in the log"
    assert list((studs / "new").iterdir()) == []
