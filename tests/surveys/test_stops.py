"""Nothing is offered to one who has answered: not at that very second, nor when what she had comes back. Both engines."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy import select

from mailer.outbox.states import Delivery
from mailer.outbox.tables import deliveries, picks
from mailer.surveys import invitations
from mailer.surveys.tables import invitations as table
from mailer.verbs import send
from mailer.verbs.send import runner_of
from mailer.verbs.surveys import ask
from tests.homes import address_of
from tests.relay.client import running_relay
from tests.surveys.running import a_home, approved, at, invitation_of

OPENING = "2024-03-05T10:00"
PEOPLE, ANSWER_EVERY = 60, 3
SLOW = [{"at": "dot", "do": "delay", "seconds": 0.05}]
NOT_YET = (Delivery.PLANNED, Delivery.CLAIMED)


def answer(house, number: int) -> bool:
    day = {"answered_on": date(2024, 3, 5), "through": "web"}
    return house.db.write(lambda c: invitations.step(c, house.db, number, "answer", **day))


def test_offers_nothing_to_one_who_has_answered_at_that_very_second(tmp_path: Path, database_url: str) -> None:
    (tmp_path / "relay").mkdir()
    d = deliveries.c
    with (
        running_relay(SLOW, folder=tmp_path / "relay") as relay,
        a_home(tmp_path, relay.port, PEOPLE, database_url) as house,
    ):
        approved(house)
        house = at(house, OPENING)
        ask.ask(house)
        found = house.db.read(lambda c: c.execute(select(table.c.contact_id, table.c.id)).all())
        numbers = dict(found)

        def has_answered(contact: int) -> tuple[int, str]:
            """The state of her delivery before she answers and after: the second is what the commit left."""
            assert answer(house, numbers[contact])
            mine = select(d.state).where(d.contact_id == contact)
            return contact, house.db.read(lambda c: c.execute(mine).scalar_one())

        assert has_answered(PEOPLE)[1] == Delivery.WITHDRAWN  # however fast the machine is, one was in time
        sending = threading.Thread(target=asyncio.run, args=(runner_of(house).run(until_idle=True),))
        sending.start()
        relay.wait_for(4)
        with ThreadPoolExecutor(8) as pool:
            seen = dict(pool.map(has_answered, range(PEOPLE - 1, 0, -ANSWER_EVERY)))
        sending.join(120)
        assert not sending.is_alive()
        ends = dict(house.db.read(lambda c: c.execute(select(d.contact_id, d.state)).all()))
        taken = {address for line in relay.acknowledged() for address in line["rcpt"]}
    withdrawn = {contact for contact, state in seen.items() if state == Delivery.WITHDRAWN} | {PEOPLE}
    assert withdrawn == {contact for contact, state in ends.items() if state == Delivery.WITHDRAWN}
    assert not {address_of(contact) for contact in withdrawn} & taken
    assert {contact for contact, state in ends.items() if state == Delivery.ACCEPTED} == set(numbers) - withdrawn
    assert not set(seen.values()) & set(NOT_YET)


def test_does_not_try_again_what_was_deferred_while_she_answered(tmp_path: Path, database_url: str) -> None:
    """Her mail was offered when she answered; the relay said later."""
    (tmp_path / "relay").mkdir()
    d = deliveries.c
    with running_relay(folder=tmp_path / "relay") as relay, a_home(tmp_path, relay.port, 2, database_url) as house:
        approved(house)
        house = at(house, OPENING)
        ask.ask(house)
        number = invitation_of(house, 1)
        house.db.write(lambda c: c.execute(deliveries.update().where(d.contact_id == 1).values(state="offered")))
        assert answer(house, number)
        back = {"state": "deferred", "next_at": house.clock.now()}
        house.db.write(lambda c: c.execute(deliveries.update().where(d.contact_id == 1).values(**back)))
        send.run_until_idle(replace(house, clock=replace(house.clock, start=house.clock.now() + timedelta(minutes=5))))
        found = house.db.read(lambda c: c.execute(select(d.contact_id, d.state, d.reason).order_by(d.contact_id)).all())
        taken = [address for line in relay.acknowledged() for address in line["rcpt"]]
        over = house.db.read(lambda c: c.execute(select(picks.c.over).where(picks.c.contact_id == 1)).scalar_one())
    assert [tuple(row) for row in found] == [(1, "excluded", "answered"), (2, "accepted", None)]
    assert taken == [address_of(2)]
    assert over == "answered"
