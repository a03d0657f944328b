"""What became of one attempt: a decision that the ledger writes down.

Takes   the event of the transition table, where in the transaction it fell, and the relay's reply.
Gives   an Outcome, and the Offered delivery it is about.
Fails   never.

Named tuples: some of each are made for every message, in a third of the time that a frozen dataclass takes.
"""

from datetime import datetime
from typing import Literal, NamedTuple

Event = Literal["accept", "refuse", "defer", "return", "doubt"]
Stage = Literal["connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "dot"]
Fault = Literal["", "recipient", "relay", "ours"]


class Outcome(NamedTuple):
    """The result of one SMTP transaction. `code` 0: no reply was read."""

    event: Event
    stage: Stage
    code: int = 0
    status: str = ""  # enhanced status code, RFC 3463
    text: str = ""
    fault: Fault = ""
    lost_line: bool = False
    size_limit: int = 0  # bytes the relay takes, when the message is larger


class Offered(NamedTuple):
    """A claimed delivery: what a message needs to be made, read in the transaction that claimed it. The body goes out
    when its mark is durable, and when these facts still hold."""

    delivery: int
    mailing: int
    rendering: int
    kind: str
    list: str | None
    contact: int | None
    address: str
    first_name: str
    last_name: str
    attempts: int
    first_attempt_at: datetime | None
    language: str | None = None  # as the register names it
    survey: int | None = None  # of a survey's step: what its link is made with
    version: int | None = None  # of her code

    @property
    def recipient(self) -> str:
        """What a Message-ID is made from, beside the mailing: the contact, else the address."""
        return str(self.contact) if self.contact is not None else self.address


class Settlement(NamedTuple):
    """A delivery with its outcome: offered, or only claimed when it was refused before its body."""

    offered: Offered
    outcome: Outcome
    relay: str = ""  # Relay.key of who said so; ””: nobody was asked
