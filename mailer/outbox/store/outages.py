"""The outages as rows, shared by all workers: a relay has at most one that is open.

Takes   what a runner has met with; the time now.
Gives   the outages that are open, and those that are over and not told of; whether anything waits for a relay.
Fails   never.
"""

import re
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import BindParameter, Connection, and_, bindparam, delete, exists, insert, not_, or_, select, update

from mailer.outbox.outage import NEWS_AFTER, STALE, Outage
from mailer.outbox.outcome import Outcome
from mailer.outbox.states import DUE, Delivery, Mailing
from mailer.outbox.store.pace_holds import gate
from mailer.outbox.tables import deliveries, mailings, outages

_ADDRESS = re.compile(r"\S+@\S+")  # a reply may quote the recipient
BY_A_PERSON = "pausat av"  # how the reason begins when it is a person who has paused a mailing


def read(connection: Connection) -> list[Outage]:
    """All of them, the oldest first."""
    o = outages.c
    columns = (o.id, o.relay, o.since, o.heard_at, o.stage, o.code, o.text, o.over_at)
    return [Outage(*row) for row in connection.execute(select(*columns).order_by(o.since, o.id))]


def read_open(connection: Connection) -> dict[str, Outage]:
    """Those that go on, by relay."""
    return {outage.relay: outage for outage in read(connection) if outage.over_at is None}


def note(
    connection: Connection, relay: str, since: datetime, heard_at: datetime, said: Outcome, is_first: bool
) -> datetime:
    """The relay takes nothing. Gives since when, as all workers say.

    `is_first`: this runner has not said so before. When it has, and there is no row any more, another has got through
    meanwhile: then it is a new outage from the last try on.
    """
    gate(connection)
    found = read_open(connection).get(relay)
    values = {"heard_at": heard_at, "stage": said.stage, "code": said.code, "text": _ADDRESS.sub("…", said.text)[:200]}
    if found is not None and heard_at - found.heard_at <= STALE:
        connection.execute(update(outages).where(outages.c.id == found.number).values(**values))
        return found.since
    if found is not None:
        forget(connection, [found.number])
    since = since if is_first else heard_at
    connection.execute(insert(outages).values(relay=relay, since=since, **values))
    return since


def end(connection: Connection, relay: str, now: datetime) -> None:
    """It works again. What was long is kept until people are told of it."""
    gate(connection)
    found = read_open(connection).get(relay)
    if found is None:
        return
    if now - found.heard_at <= STALE and now - found.since >= NEWS_AFTER:
        connection.execute(update(outages).where(outages.c.id == found.number).values(over_at=now))
    else:
        forget(connection, [found.number])


def forget(connection: Connection, numbers: Sequence[int]) -> None:
    """People have been told, or need not be."""
    connection.execute(delete(outages).where(outages.c.id.in_(numbers)))


def is_waited_for(connection: Connection) -> bool:
    """Whether anything is owed that would go out if a relay worked. A mailing that a person has paused would not."""
    d, m = deliveries.c, mailings.c
    # The index's own condition, as it is written there: the engines see by it that the index will do.
    due: BindParameter[list[str]] = bindparam(
        "due", [str(state) for state in DUE], expanding=True, literal_execute=True
    )
    waits = and_(d.mailing_id == m.id, d.state.in_(due), d.state != Delivery.IN_DOUBT)
    is_held = and_(d.mailing_id == m.id, d.runner_id.is_not(None))
    stopped = and_(m.state == Mailing.PAUSED, not_(m.why.startswith(BY_A_PERSON)))
    goes = select(m.id).where(or_(m.state == Mailing.SENDING, stopped))
    owed = goes.where(or_(exists().where(waits), exists().where(is_held))).limit(1)
    return connection.execute(owed).first() is not None
