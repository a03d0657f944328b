"""What is asked of the DNS, of whom, and what is found.

Takes   nothing.
Gives   the values that the judges of this room share; what they need of whoever asks the DNS.
Fails   never.
"""

from dataclasses import dataclass
from typing import Literal, Protocol

from mailer.deliver.dkim_key import SigningKey
from mailer.errors import Problem

About = Literal["from", "return", "spf", "dkim", "dmarc"]


class Ask(Protocol):
    """Whoever asks the DNS. Names are A-labels; nothing there is an empty answer. LaterError when no answer comes."""

    def exists(self, name: str) -> bool: ...
    def text(self, name: str) -> tuple[str, ...]: ...
    def exchanges(self, name: str) -> tuple[str, ...]: ...
    def addresses(self, name: str) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Server:
    """A relay, as the DNS is asked about it."""

    name: str  # or its address
    is_local: bool  # whether it is this machine, whose address outwards nobody here knows


@dataclass(frozen=True, slots=True)
class Sending:
    """Who sends, through what: all that the DNS is asked about. Domains are A-labels in lower case."""

    from_domain: str
    return_domain: str  # of the return address: the one whose SPF is looked at (RFC 7208 section 2.4)
    relays: tuple[Server, ...]  # in order of priority, each name once
    keys: tuple[SigningKey, ...]
    administrator: str  # an address in the sender's domain that can take reports; ”” when there is none


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be. A fault costs mail; a piece of advice does not."""

    about: About
    is_fault: bool
    problem: Problem


def fault(about: About, where: str, what: str, remedy: str) -> Finding:
    return Finding(about, True, Problem(where, what, remedy))


def advice(about: About, where: str, what: str, remedy: str) -> Finding:
    return Finding(about, False, Problem(where, what, remedy))


def tags(text: str) -> dict[str, str]:
    """name -> value of a list of `name=value;` (RFC 6376 section 3.2). Names in lower case; the first of two wins."""
    found: dict[str, str] = {}
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        if equals:
            found.setdefault(name.strip().lower(), value.strip())
    return found
