"""Questions to the DNS: the only place that asks them.

Takes   the nameserver to ask, else the machine's own; then names.
Gives   texts, mail servers, addresses; an empty answer for what is not there.
Fails   LaterError when no answer comes within LIFETIME_S, or the server says that it cannot tell.

dnspython brings the resolver: retries, TCP for long answers, CNAMEs. Each question is asked once a run.
"""

from ipaddress import ip_address
from typing import Any, Literal

import dns.exception
import dns.rdatatype
import dns.resolver

from mailer.errors import LaterError, Problem

LIFETIME_S = 5.0  # for one name, with all retries
PAYLOAD = 1232  # bytes in one UDP answer; more comes by TCP
Kind = Literal["TXT", "MX", "A", "AAAA"]


class Nameserver:
    """One server, and what it has answered so far."""

    def __init__(self, server: tuple[str, int] | None = None) -> None:
        try:
            self._resolver = dns.resolver.Resolver(configure=server is None)
        except dns.resolver.NoResolverConfiguration as why:
            raise LaterError(Problem("DNS", "den här datorn vet inte vilken server den ska fråga.", ELSEWHERE)) from why
        if server:
            self._resolver.nameservers = [server[0]]
            self._resolver.port = server[1]
        self._resolver.lifetime = LIFETIME_S
        self._resolver.use_edns(0, 0, PAYLOAD)
        self._known: dict[tuple[str, Kind], tuple[Any, ...] | None] = {}

    def exists(self, name: str) -> bool:
        """Whether there is anything at all under the name."""
        return self._ask(name, "TXT") is not None

    def text(self, name: str) -> tuple[str, ...]:
        """Each TXT record, its strings joined (RFC 7208 section 3.3). What is not printable stands as ”�”."""
        return tuple(_printable(b"".join(r.strings)) for r in self._ask(name, "TXT") or ())

    def exchanges(self, name: str) -> tuple[str, ...]:
        """The mail servers, the first to try first; ”.” for ”no mail here” (RFC 7505)."""
        found = sorted((r.preference, r.exchange.to_text().lower()) for r in self._ask(name, "MX") or ())
        return tuple(host if host == "." else host.rstrip(".") for _, host in found)

    def addresses(self, name: str) -> tuple[str, ...]:
        """IPv4 and IPv6."""
        kinds: tuple[Kind, ...] = ("A", "AAAA")
        return tuple(r.address for kind in kinds for r in self._ask(name, kind) or ())

    def _ask(self, name: str, kind: Kind) -> tuple[Any, ...] | None:
        """The records; () when the name has none of the kind, None when there is no such name."""
        if (name, kind) not in self._known:
            self._known[name, kind] = self._asked(name, kind)
        return self._known[name, kind]

    def _asked(self, name: str, kind: Kind) -> tuple[Any, ...] | None:
        try:
            # Absolute: a search list of the machine's own has no say here.
            return tuple(self._resolver.resolve(f"{name.rstrip('.')}.", dns.rdatatype.from_text(kind), search=False))
        except dns.resolver.NXDOMAIN:
            return None
        except dns.resolver.NoAnswer:
            return ()
        except (dns.resolver.NoNameservers, dns.exception.Timeout) as why:
            what = "fick inget besked från DNS (servern svarar inte, eller vet inte)."
            raise LaterError(Problem(f"{name} ({kind})", what, ELSEWHERE)) from why
        except OSError as why:
            what = f"DNS går inte att fråga ({why.strerror or why})."
            raise LaterError(Problem(f"{name} ({kind})", what, ELSEWHERE)) from why
        except dns.exception.DNSException:  # what somebody has written in a record and is no name
            return None


def _printable(raw: bytes) -> str:
    """The text: it is shown in a terminal, and anybody may have written it."""
    return "".join(c if c.isprintable() else "\ufffd" for c in raw.decode("utf-8", "replace"))


ELSEWHERE = "Se efter att datorn når nätet och försök igen; --resolver ADRESS frågar en annan server."


def parse_server(text: str) -> tuple[str, int]:
    """An IP address, and a port when there is one: 192.0.2.53, 127.0.0.1:5353, [::1]:53. ValueError, in Swedish."""
    host, port = text, "53"
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":") or port
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    try:
        address, number = ip_address(host), int(port)
    except ValueError as why:
        raise ValueError(f"”{text}” är ingen IP-adress; skriv till exempel 192.0.2.53 eller 127.0.0.1:5353") from why
    if not 0 < number < 65536:
        raise ValueError(f"porten {number} finns inte")
    return str(address), number
