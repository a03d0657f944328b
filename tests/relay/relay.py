"""What all sessions of the relay share.

Takes   what the relay offers, its journal, its script.
Gives   plain containers.
Fails   never.
"""

import ssl
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.relay.journal import Journal
from tests.relay.login import MECHANISMS
from tests.relay.script import Rule, Script

SIZE = 35_000_000  # octets; the same as most providers'


@dataclass(frozen=True, slots=True)
class Offer:
    """What the relay says it can do, and whom it lets in."""

    pipelining: bool = False
    size: int = SIZE  # octets; 0: SIZE is not offered and nothing is too large
    user: str | None = None  # None: no AUTH
    password: str = ""  # or the token
    mechanisms: tuple[str, ...] = MECHANISMS
    tls: ssl.SSLContext | None = None
    implicit_tls: bool = False
    auth_in_clear: bool = False  # offer AUTH before TLS although there is TLS


@dataclass(slots=True)
class Transaction:
    """The one a session is in."""

    mail_from: str | None = None
    recipients: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Relay:
    """One relay process."""

    journal: Journal
    offer: Offer
    script: Script = field(default_factory=Script)
    began: float = field(default_factory=time.monotonic)  # of the script
    record: Path | None = None
    connections: int = 0
    messages: int = 0
    taken_before: int = 0  # messages acknowledged when the script began

    def decide(self, stage: str, recipients: list[str]) -> tuple[Rule, ...]:
        """What the script wants of this event."""
        return self.script.decide(stage, recipients, time.monotonic() - self.began)

    def follow(self, script: Script) -> None:
        """From now on, this script; its seconds begin now."""
        self.script, self.began = script, time.monotonic()
        self.taken_before += self.taken()

    def change_password(self, password: str) -> None:
        """Who is logged in stays so."""
        self.offer = replace(self.offer, password=password)

    def taken(self) -> int:
        """How many messages have been acknowledged since the script began."""
        return self.journal.counts["accepted"] - self.taken_before
