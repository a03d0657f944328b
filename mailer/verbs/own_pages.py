"""What the clock does for the pages of one's own: erases who waits for it, tells people what is asked of them, and
throws away what is over.

Takes   the opened house.
Gives   nothing.
Fails   EditorError, AdminError: what a person must mend.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, literal, select

from mailer.house import House
from mailer.outbox.store import notices
from mailer.register import fresh_links as links
from mailer.register.page_tables import fresh_links, signups, visits
from mailer.verbs import forget, joining, requests


def tend(house: House) -> None:
    """Once a tick. Cheap when there is nothing: a few look-ups."""
    try:
        forget.finish(house)
    finally:  # a mistake in a list's file keeps nobody from being told, and nothing from being thrown away
        _tell_and_purge(house)


def _tell_and_purge(house: House) -> None:
    requests.tell(house)
    now = house.clock.now()
    told = house.db.read(notices.to_wipe)
    is_over = house.db.read(lambda c: _is_over(c, now))
    if told or is_over:
        house.db.write(lambda c: _purge(c, told, now))
    if house.db.unscrubbed:
        house.db.scrub()


def _is_over(connection: Connection, now: datetime) -> bool:
    over = (visits.c.expires_at <= now, fresh_links.c.made_at <= now - links.DAY, signups.c.expires_at <= now)
    return any(connection.execute(select(literal(1)).where(w).limit(1)).first() is not None for w in over)


def _purge(connection: Connection, told: Sequence[int], now: datetime) -> None:
    notices.wipe(connection, told)
    links.purge(connection, now)
    joining.purge(connection, now)
