"""What became of each attempt that did not end in accepted; that one is on the delivery itself.

Takes   deliveries with their outcomes, inside a write transaction.
Gives   a row for each.
Fails   never.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert

from mailer.outbox.outcome import Outcome
from mailer.outbox.tables import attempts


def note(connection: Connection, outcomes: Sequence[tuple[int, Outcome]], now: datetime) -> None:
    """Remember them. `outcomes`: (delivery, what became of it)."""
    rows = [
        {
            "delivery_id": n,
            "at": now,
            "event": o.event,
            "stage": o.stage,
            "code": o.code,
            "status": o.status,
            "text": o.text[:200],
        }
        for n, o in outcomes
    ]
    if rows:
        connection.execute(insert(attempts), rows)
