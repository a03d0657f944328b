"""What the plan said is what was sent, to the person and the day: the default plan, through the clock and a real relay."""

from collections import Counter
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from mailer.clockwork.tick import tick
from mailer.content.channel_plan.defaults import default_plan
from mailer.content.channel_plan.model import Channel
from mailer.surveys.tables import asks, invitations
from mailer.verbs import send
from tests.homes import address_of
from tests.relay.client import running_relay
from tests.surveys.arranged import ZONE
from tests.surveys.running import OPENLY, a_home, approved, change

# After midsummer nothing is asked (July), so this one is answered in the spring.
ASKED = replace(OPENLY, opens=date(2024, 3, 5), closes=date(2024, 5, 14), freeze=date(2024, 2, 20))


@pytest.mark.parametrize("members", [24, pytest.param(400, marks=pytest.mark.soak)])
def test_sends_what_the_plan_said_to_the_person_and_the_day(tmp_path: Path, members: int) -> None:
    (tmp_path / "relay").mkdir()
    with (
        running_relay(folder=tmp_path / "relay", max_seconds=900) as relay,
        a_home(tmp_path, relay.port, members, at="2024-02-21T09:00") as house,
    ):
        change(house, range(1, members + 1, 5), address=None, address_shown=None, address_key=None)
        change(house, range(1, members + 1, 2), street="Vägen 1", postcode="186 30", city="Vallentuna")
        change(house, range(3, members + 1, 7), language="en")
        survey = approved(house, ASKED, default_plan(ASKED))
        mails = {s.key for s in survey.plan.steps if s.channel is Channel.EMAIL and s.is_ask}
        i, a = invitations.c, asks.c
        query = select(i.contact_id, a.step, a.state, a.drawn_for).join(invitations, i.id == a.invitation_id)
        rows = house.db.read(lambda c: c.execute(query).all())
        planned = {(address_of(r.contact_id), r.step): r.drawn_for for r in rows if r.step in mails and r.drawn_for}
        everybody = {(contact, step.key) for contact in range(1, members + 1) for step in survey.plan.steps
                     if step.channel not in (Channel.ISSUE, Channel.IN_PERSON)}  # fmt: skip
        assert {(r.contact_id, r.step) for r in rows} == everybody  # each with a day or a reason why not
        sent: Counter[tuple[str, date]] = Counter()
        for moment in sorted(set(planned.values())):
            now = replace(house, clock=replace(house.clock, start=moment))
            tick(now)
            before = len(relay.acknowledged())
            send.run_until_idle(now)
            for line in relay.acknowledged()[before:]:
                if "vallentuna.example" in line["rcpt"][0] and line["rcpt"][0].startswith("medlem"):
                    sent[line["rcpt"][0], moment.astimezone(ZONE).date()] += 1
        said = Counter((who, moment.astimezone(ZONE).date()) for (who, _), moment in planned.items())
    assert sent == said
    assert min(Counter(who for who, _ in said).values()) >= 3
    assert isinstance(max(planned.values()), datetime)
