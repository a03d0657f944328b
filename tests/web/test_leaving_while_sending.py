"""The house that is left while it sends: nothing is offered to anyone after her leave was committed. Both engines."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import select

from mailer import codes
from mailer.deliver.message import LEAVE, ONE_CLICK
from mailer.house import open_house
from mailer.outbox.states import Delivery
from mailer.outbox.tables import deliveries
from mailer.verbs.send import runner_of
from tests.homes import add_people, address_of, make_home, plan_letter
from tests.relay.client import running_relay
from tests.web.serving import FORM, free_port, serving

PEOPLE = 120
LEAVE_EVERY = 3
SLOW = [{"at": "dot", "do": "delay", "seconds": 0.05}]
NOT_YET = (Delivery.PLANNED, Delivery.CLAIMED)


def test_offers_nothing_to_one_who_has_left_at_that_very_second(tmp_path: Path, database_url: str) -> None:
    (tmp_path / "relay").mkdir()
    port = free_port()
    with running_relay(SLOW, folder=tmp_path / "relay") as relay:
        more = {'# address = ""   ': f'address = "http://127.0.0.1:{port}" ', "# port = 8025": f"port = {port}"}
        home = make_home(tmp_path / "hem", relay.port, database_url, **more)
        with open_house(home, "2024-05-10T09:00,1") as house, serving(house) as site:
            house.db.write(lambda c: add_people(c, house.keys, range(1, PEOPLE + 1), house.clock.now()))
            mailing = house.db.write(lambda c: plan_letter(c, house.here()))
            d = deliveries.c
            query = select(d.contact_id, d.id).where(d.mailing_id == mailing)
            delivery_of = dict(house.db.read(lambda c: c.execute(query).all()))

            def leave(contact: int) -> tuple[int, str]:
                """The state of her delivery when the answer to her POST has come."""
                code = codes.leave_code(house.keys, delivery_of[contact])
                path = f"{LEAVE}{code}{ONE_CLICK}"
                assert site.ask("POST", path, b"List-Unsubscribe=One-Click", Content_Type=FORM).status == 200
                mine = select(d.state).where(d.id == delivery_of[contact])
                return contact, house.db.read(lambda c: c.execute(mine).scalar_one())

            assert leave(PEOPLE)[1] == Delivery.PLANNED  # however fast the machine is, one of them was in time
            sending = threading.Thread(target=asyncio.run, args=(runner_of(house).run(until_idle=True),))
            sending.start()
            relay.wait_for(4)
            with ThreadPoolExecutor(8) as pool:
                seen = dict(pool.map(leave, range(PEOPLE - 1, 0, -LEAVE_EVERY)))
            sending.join(120)
            assert not sending.is_alive()
            ends = dict(house.db.read(lambda c: c.execute(select(d.contact_id, d.state)).all()))
            taken = {address for line in relay.acknowledged() for address in line["rcpt"]}
    seen[PEOPLE] = Delivery.PLANNED
    in_time = {contact for contact, state in seen.items() if state in NOT_YET}
    excluded = {contact for contact in seen if ends[contact] == Delivery.EXCLUDED}
    assert in_time <= excluded
    assert not {address_of(contact) for contact in excluded} & taken
    assert {contact for contact, state in ends.items() if state == Delivery.ACCEPTED} == {
        contact for contact in delivery_of if contact not in excluded
    }
