"""The mailbox that what comes back lies in: what waits in it, and two folders to put it in.

Takes   nothing; the doors, `imap` and `maildir`, take the settings.
Gives   Mailbox, what every door can do; Waiting, a mail that waits; Folder, where a mail goes.
Fails   never.

A door deletes nothing, and what still waits it marks in no way. A mail that another program has moved or deleted
meanwhile is none of our business: reading and moving pass over it in silence.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

LARGEST = 10 * 1024 * 1024  # bytes of one mail that are read: reports stand first, what they quote last
BUNCH_MAILS = 50  # asked for at once, and moved at once
BUNCH_BYTES = 2 * LARGEST  # held in memory at once


class Folder(StrEnum):
    """Where a mail goes when it has been taken. People see these names in their mail program."""

    handled = "hanterade"
    unknown = "okända"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A mail in the mailbox. `id` is the door's own word for it, and good for as long as the door is open."""

    id: str
    raw: bytes  # its first LARGEST bytes
    size: int  # of all of it, bytes, as the door was told: some servers guess

    @property
    def is_cut(self) -> bool:
        """Whether there is more of it than was read."""
        return self.size > len(self.raw) >= LARGEST

    @property
    def hash(self) -> str:
        """What tells it from all others, by whatever door it came: SHA-256 in hex, line ends made alike."""
        return hashlib.sha256(self.raw.replace(b"\r\n", b"\n")).hexdigest()


class Mailbox(Protocol):
    """An open mailbox. Every call may raise LaterError (the server, the line) or AdminError (the settings).

    `passed_over`: how many mails of the last look the server could not give; they lie where they are.
    """

    passed_over: int

    def waiting(self) -> Iterator[tuple[Waiting, ...]]:
        """All that waits at this moment, in the order it came, in bunches of bounded size."""

    def move(self, ids: Sequence[str], folder: Folder) -> None:
        """Put these in the folder, which is made when it is missing."""

    def count(self, folder: Folder) -> int:
        """How many mails lie in the folder; 0 when there is no such folder yet."""

    def interrupt(self) -> None:
        """From another thread: end what is under way, with a LaterError where it was."""

    def close(self) -> None:
        """Say goodbye. Never fails."""


def bunches(sizes: Sequence[tuple[str, int]]) -> Iterator[tuple[tuple[str, int], ...]]:
    """(id, bytes) in order, cut so that each bunch fits in memory; one that is too large alone stands alone."""
    bunch: list[tuple[str, int]] = []
    held = 0
    for one in sizes:
        weight = min(one[1], LARGEST)
        if bunch and (len(bunch) == BUNCH_MAILS or held + weight > BUNCH_BYTES):
            yield tuple(bunch)
            bunch, held = [], 0
        bunch.append(one)
        held += weight
    if bunch:
        yield tuple(bunch)
