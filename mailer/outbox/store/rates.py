"""How much may still be offered to a relay within any hour, kept as rows so that a restart does not forget.

Takes   the relay, the limit per hour, the time now.
Gives   the permits left; takes those that are used.
Fails   never.

The hour slides by the minute: 61 minutes are counted, so that no hour, wherever it begins, holds more than the limit.
"""

from datetime import UTC, datetime

from sqlalchemy import Connection, delete, func, select
from sqlalchemy.dialects import postgresql, sqlite

from mailer.outbox.tables import rate_minutes

MINUTES = 61
UNLIMITED = 1 << 30


def permits(connection: Connection, relay: str, per_hour: int, now: datetime) -> int:
    """How many messages may be offered now. `per_hour` 0: no limit."""
    if per_hour == 0:
        return UNLIMITED
    c = rate_minutes.c
    # What a clock that was wrong for a while has noted far ahead does not count, or nothing would go until then.
    within = c.minute.between(_minute(now) - MINUTES + 1, _minute(now) + MINUTES)
    used = connection.execute(select(func.coalesce(func.sum(c.used), 0)).where(c.relay == relay, within)).scalar_one()
    return max(0, per_hour - int(used))


def next_permit(connection: Connection, relay: str, per_hour: int, now: datetime) -> datetime | None:
    """When the next message may be offered; None when it may now."""
    if permits(connection, relay, per_hour, now) > 0:
        return None
    c = rate_minutes.c
    since = _minute(now) - MINUTES + 1
    oldest = select(func.min(c.minute)).where(c.relay == relay, c.minute >= since, c.used > 0)
    return datetime.fromtimestamp((connection.execute(oldest).scalar_one() + MINUTES) * 60, UTC)


def use(connection: Connection, relay: str, per_hour: int, number: int, now: datetime) -> None:
    """Note that `number` messages are being offered in this minute."""
    if per_hour == 0 or number == 0:
        return
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(rate_minutes).values(relay=relay, minute=_minute(now), used=number)
    connection.execute(
        new.on_conflict_do_update(
            index_elements=[rate_minutes.c.relay, rate_minutes.c.minute],
            set_={"used": rate_minutes.c.used + number},
        )
    )
    connection.execute(delete(rate_minutes).where(rate_minutes.c.minute < _minute(now) - 60 * 24 * 2))


def _minute(now: datetime) -> int:
    return int(now.timestamp()) // 60
