"""No message is with the relay whose mark is not on the disk."""

import time
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, event, select

from mailer.house import open_house
from mailer.outbox.states import Delivery
from mailer.outbox.tables import deliveries
from mailer.register.tables import contacts
from mailer.verbs.send import run_until_idle
from tests.crash.kills import planned_home
from tests.relay.client import running_relay

UNMARKED = {Delivery.PLANNED, Delivery.CLAIMED}
LONG_S = 0.05  # a commit so slow that a message handed out before its end would be with the relay


def test_gives_no_message_to_the_relay_before_its_mark_is_on_the_disk(tmp_path: Path) -> None:
    early: list[str] = []
    with running_relay(folder=tmp_path) as relay:
        home = planned_home(tmp_path / "home", relay, 12)
        with open_house(home) as house:
            another = create_engine(house.db.url)  # which sees what has been committed, and nothing else
            query = select(contacts.c.address, deliveries.c.state).join(
                contacts, contacts.c.id == deliveries.c.contact_id
            )

            def look(_: Any) -> None:
                time.sleep(LONG_S)
                taken = {line["rcpt"][0] for line in relay.acknowledged()}
                with another.connect() as connection:
                    early.extend(a for a, s in connection.execute(query) if a in taken and s in UNMARKED)

            event.listen(house.db.writer_engine(), "commit", look)
            assert run_until_idle(house)
            another.dispose()
        assert len(relay.acknowledged()) == 12
    assert early == []
