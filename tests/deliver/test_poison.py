"""One message that cannot be made waits, with the reason; the house sends all the others and goes on (K10)."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from sqlalchemy import update

from mailer import maillog
from mailer.deliver.dkim_key import make_key
from mailer.deliver.message import NOTHING
from mailer.errors import AdminError, LaterError, Problem
from mailer.house import House, open_house
from mailer.outbox.outcome import Offered
from mailer.outbox.store import figures, mailings
from mailer.outbox.tables import renderings
from mailer.verbs import send
from tests.homes import MEMBERS, add_people, address_of, make_home, plan_letter
from tests.relay.client import Relay, running_relay

PEOPLE, POISONED = 50, 17
SECRET = f"Åsa{POISONED} Öberg <{address_of(POISONED)}>"
NOT_FOR_US = [ValueError(SECRET), KeyError("förnamn"), RecursionError(SECRET), MemoryError(), AssertionError(SECRET)]


def a_house_of(folder: Path, relay: Relay, signs: bool) -> Path:
    more = {'# selector = ""': 'selector = "v1"', '# key_file = ""': 'key_file = "v1"'} if signs else {}
    home = make_home(folder / "hem", relay.port, **more)
    if signs:
        make_key(home / "v1", "v1", "rsa")
    return home


def plan(house: House, name: str = "brev/1") -> int:
    return house.db.write(lambda c: plan_letter(c, house.clock.now(), name))


def sends(house: House, personal: Callable[[Offered], Mapping[str, str]]) -> None:
    """Until nothing can be sent now."""
    runner = send.runner_of(house)
    runner.personal = personal
    asyncio.run(asyncio.wait_for(runner.run(until_idle=True), 60))


def raising(error: Exception, *contacts: int) -> Callable[[Offered], Mapping[str, str]]:
    def personal(offered: Offered) -> Mapping[str, str]:
        if offered.contact in contacts:
            raise error
        return NOTHING

    return personal


@pytest.mark.parametrize("signs", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize("error", NOT_FOR_US, ids=lambda e: type(e).__name__)
def test_sets_one_aside_that_cannot_be_made_and_sends_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, signs: bool
) -> None:
    monkeypatch.setattr(maillog, "_LOG", None)  # to the stream that is read here
    monkeypatch.setattr(maillog, "quiet", False)  # whatever ran before
    kind = type(error).__name__
    with running_relay() as relay, open_house(a_house_of(tmp_path, relay, signs)) as house:
        house.db.write(lambda c: add_people(c, house.keys, range(1, PEOPLE + 1), house.clock.now()))
        number = plan(house)
        sends(house, raising(error, POISONED))
        came = {line["rcpt"][0] for line in relay.acknowledged()}
        rows = {row.address: row for row in house.db.read(lambda c: figures.people(c, number))}
        assert came == {address_of(n) for n in range(1, PEOPLE + 1)} - {address_of(POISONED)}
        assert len(relay.acknowledged()) == PEOPLE - 1
        assert rows[address_of(POISONED)].state == "deferred"
        assert rows[address_of(POISONED)].reply_text == f"meddelandet går inte att göra: ett fel i programmet ({kind})"
        assert house.db.read(lambda c: mailings.read(c, number)).state == "sending"
        # The next mailing goes out as if nothing had been.
        plan(house, "brev/2")
        sends(house, raising(error))
        assert len(relay.acknowledged()) == 2 * PEOPLE - 1
    said = capsys.readouterr()
    told = [line for line in said.err.splitlines() if "not_made" in line]
    assert len(told) == 1
    assert f"error='{kind}'" in told[0]
    assert address_of(POISONED) not in said.err + said.out
    assert "Öberg" not in said.err + said.out


def test_pauses_a_mailing_of_which_none_can_be_made_and_sends_the_other(tmp_path: Path) -> None:
    """A rendering that cannot be cut: three in a row are our fault, and a person is asked."""
    with running_relay() as relay, open_house(make_home(tmp_path / "hem", relay.port)) as house:
        house.db.write(lambda c: add_people(c, house.keys, range(1, PEOPLE + 1), house.clock.now(), MEMBERS))
        broken, whole = plan(house), plan(house, "brev/2")
        r = renderings.c
        house.db.write(
            lambda c: c.execute(update(renderings).where(r.mailing_id == broken).values(html='<img src="cid:x.png" />'))
        )
        sends(house, raising(ValueError()))
        states = {number: house.db.read(lambda c, n=number: mailings.read(c, n)) for number in (broken, whole)}
        assert (states[broken].state, states[whole].state) == ("paused", "finished")
        assert states[broken].why.startswith("meddelandet går inte att göra: versionen alla visar en bild")
        assert len(relay.acknowledged()) == PEOPLE


@pytest.mark.parametrize("world", [LaterError(Problem("databasen", "låst")), AdminError(Problem("disken", "full"))])
@pytest.mark.parametrize("signs", [False, True], ids=["unsigned", "signed"])
def test_does_not_blame_a_message_for_the_database_or_the_machine(
    tmp_path: Path, world: Exception, signs: bool
) -> None:
    with running_relay() as relay, open_house(a_house_of(tmp_path, relay, signs)) as house:
        house.db.write(lambda c: add_people(c, house.keys, range(1, 5), house.clock.now()))
        number = plan(house)
        with pytest.raises(type(world)):
            sends(house, raising(world, 2))
        rows = house.db.read(lambda c: figures.people(c, number))
        assert "deferred" not in {row.state for row in rows}
