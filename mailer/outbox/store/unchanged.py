"""What need not be looked at again: deliveries whose look still holds, since nobody has written anything after it.

Takes   the connection of each group commit, inside its transaction.
Gives   the set of them, for the commit to use and to add to; empty as soon as anybody else has written.
Fails   never.

On SQLite alone: there the engine says whether another connection has written, and the door whether this process has.
"""

from dataclasses import dataclass, field

from sqlalchemy import Connection

from mailer.db import Database

_KNOWN = "mailer.unchanged"  # of a connection


@dataclass(slots=True)
class _Known:
    """Of the last group commit on this connection."""

    stamp: tuple[int, int]
    still: set[int] = field(default_factory=set)  # deliveries


def still(connection: Connection, db: Database) -> set[int]:
    """The deliveries that are as they were when they were looked at. What is added counts in the next group commit, if
    nothing comes between; a commit that fails leaves behind what is true of nothing, and harms nothing by it."""
    stamp = db.stamp(connection)
    if stamp is None:
        return set()
    known: _Known | None = connection.info.get(_KNOWN)
    if known is None or stamp != (known.stamp[0] + 1, known.stamp[1]):
        known = connection.info[_KNOWN] = _Known(stamp)
    known.stamp = stamp
    return known.still
