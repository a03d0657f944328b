"""What a runner brings to one group commit, and what it gets back.

Takes   nothing.
Gives   Ask, Turn, Terms and Commit: values that the exchange and the ledger speak in.
Fails   never.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from mailer.outbox.outcome import Offered, Settlement
from mailer.outbox.pace import Limits


class Ask(NamedTuple):
    """A composed message that wants out. A named tuple: each message makes one."""

    delivery: int
    relay: str  # Relay.key
    domain: str  # of the recipient's address, lower case ASCII


@dataclass(frozen=True, slots=True)
class Terms:
    """What a runner may do: from the settings."""

    relays: Mapping[str, Limits]  # Relay.key -> its limits, in order of priority
    domains: Mapping[str, Limits]  # receiving domain -> its limits; ”*”: each other domain
    resend_in_doubt: bool  # in_doubt = "again"
    give_up_after: timedelta  # so long is a refusal ”for now” tried again


@dataclass(frozen=True, slots=True)
class Turn:
    """What the lines bring to one group commit."""

    settlements: Sequence[Settlement] = ()  # also of what is only claimed: refused or deferred before it was offered
    marks: Sequence[Offered] = ()  # the relay has taken the envelope: may the body go?
    asks: Sequence[Ask] = ()  # in order: may the envelope go out through this relay now?
    returned: Sequence[Ask] = ()  # had a permit and were never offered: planned again, the permit given back
    held: Sequence[int] = ()  # all else the runner holds, looked at about once a second
    # Whether the lease begins anew. Not at each of five hundred commits a second: what another has taken over is no
    # longer this runner's in any row, and nothing of it is marked or settled, whoever holds the lease.
    renews: bool = True


@dataclass(frozen=True, slots=True)
class Commit:
    """What one group commit did."""

    offered: frozenset[int]  # of the marks: durable, the body may go out
    permitted: frozenset[int]  # of the asks
    gone: frozenset[int]  # of marks, asks and held: not ours to send any more
    claimed: tuple[Offered, ...]  # new, with their facts
    paused: tuple[tuple[int, str], ...] = ()  # mailing, why
