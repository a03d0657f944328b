"""What the administrators are told of a relay that takes nothing: once, when a mail can reach them.

Takes   the opened house.
Gives   a notice per long outage: after fifteen minutes when another relay carries it, else when it is over.
Fails   never for want of people.

Meanwhile /health and the reports say it: a mail about a relay that is away would wait for that relay.
"""

from datetime import timedelta

from mailer.house import House
from mailer.outbox import outage
from mailer.outbox.outage import NEWS_AFTER, STALE, Outage
from mailer.outbox.store import outages
from mailer.verbs.say import say

# One failure, and then nobody needed the relay: that is no outage. Tried again and again it has failed so long by then.
SEEN_FOR = timedelta(minutes=5)


def tell(house: House) -> None:
    """All there is to tell. What is over is forgotten then."""
    known = house.db.read(outages.read)
    if not known:
        return
    relays = [relay.key for relay in house.settings.all_relays]
    open_ = {o.relay: o for o in known if o.over_at is None}
    carried = not outage.nothing_goes(open_, relays)
    for one in known:
        if one.relay in relays and (one.over_at is not None or (carried and _is_news(house, one))):
            _say(house, one, [relay for relay in relays if relay not in open_])
    done = [o.number for o in known if o.over_at is not None or o.relay not in relays]
    if done:
        house.db.write(lambda c: outages.forget(c, done))


def _is_news(house: House, one: Outage) -> bool:
    """Whether it goes on, as far as anybody knows."""
    now = house.clock.now()
    return now - one.since >= NEWS_AFTER and now - one.heard_at <= STALE and one.lasted >= SEEN_FOR


def _say(house: House, one: Outage, others: list[str]) -> None:
    """The same outage has one name, whether it goes on or is over: nobody is told twice."""
    settings, here = house.settings, house.here()
    say(
        house,
        f"borta/{one.relay}/{one.since:%Y-%m-%dT%H:%M:%S}",
        settings.with_role("administrator") or settings.with_role("approver"),
        "relay_away",
        title=settings.association.name,
        relay=one.relay if settings.relays else "",
        since=outage.moment(one.since, here),
        until=outage.moment(one.over_at, here) if one.over_at else "",
        why=one.why,
        others=", ".join(others),
        command=house.command("owed"),
    )
