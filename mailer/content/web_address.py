"""Addresses on the web that we may fetch from: what they look like, and where they may lead.

Takes   an address as an administrator or another web server wrote it; an IP address a name stands for.
Gives   a WebAddress; whether an IP address is one that everybody can reach.
Fails   Unusable, with what is wrong and the remedy in Swedish.
"""

import ipaddress
import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, quote, urljoin, urlsplit

PORTS = frozenset({80, 443})
LONGEST = 2_000  # characters

_SCHEMES = {"http": "http", "https": "https", "webcal": "https"}
_REFUSED = re.compile("[\x00-\x20\x7f-\xa0\\\\\ud800-\udfff]")  # browsers, libraries and servers differ about these
_HOST = re.compile(r"[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*\.?")
_SAFE = "%/:=&?~+!$,;'@()*[]"
_MEND = "Rätta address under [[feeds]] i settings.toml."

# What `is_global` of the standard library lets through, though it leads into somebody's own network: the relays of
# 6to4 (RFC 7526), and the address under which one large landlord's machines reach their own landlord.
_NOT_FOR_ALL = [ipaddress.ip_network(n) for n in ("192.88.99.0/24", "168.63.129.16/32")]
# IPv6 that is handed out (RFC 4291), less what wraps an IPv4 address (Teredo, 6to4) or is no one's. Outside of it lie
# loopback, link-local, site-local, unique local, multicast, IPv4-mapped and NAT64.
_HANDED_OUT = ipaddress.ip_network("2000::/3")
_WRAPPED = [ipaddress.ip_network(n) for n in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")]


class Unusable(ValueError):
    """An address we do not fetch from: what is wrong, and the remedy."""

    def __init__(self, what: str, remedy: str = _MEND) -> None:
        super().__init__(what)
        self.what, self.remedy = what, remedy


@dataclass(frozen=True, slots=True)
class WebAddress:
    """One thing on the web."""

    scheme: str  # http or https
    host: str  # lower case, A-labels; an IPv6 address without brackets
    port: int
    target: str  # path and query, ASCII

    @property
    def authority(self) -> str:
        """As in a Host header (RFC 9110 section 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"http": 80, "https": 443}[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


def parse_web_address(text: str, base: str = "", ports: frozenset[int] | None = PORTS) -> WebAddress:
    """The address in `text`, relative to `base`. webcal is https; ports: those allowed, None: any."""
    if not text or len(text) > LONGEST or _REFUSED.search(text):
        raise Unusable("adressen är tom, för lång eller har tecken som inte hör hemma i en adress.")
    try:
        parts = urlsplit(urljoin(base, text) if base else text)
        given_port = parts.port
    except ValueError as why:
        raise Unusable("adressen går inte att läsa.") from why
    if parts.scheme not in _SCHEMES:
        raise Unusable(f"adressen börjar med ”{parts.scheme[:20]}:”.", "Bara https://, http:// och webcal:// hämtas.")
    if "@" in parts.netloc:
        raise Unusable("adressen har ett användarnamn i sig.", "Använd en adress som går att läsa utan att logga in.")
    scheme = _SCHEMES[parts.scheme]
    port = given_port if given_port is not None else 443 if scheme == "https" else 80
    if ports is not None and port not in ports:
        raise Unusable(f"adressen går till port {port}.", "Bara de portar som webben har hämtas: 80 och 443.")
    target = quote(parts.path or "/", _SAFE) + (f"?{quote(parts.query, _SAFE)}" if parts.query else "")
    return WebAddress(scheme, _host(parts), port, target)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is the same machine for everybody: no loopback, inner network, multicast, or wrapped address."""
    if isinstance(address, IPv6Address):
        if address.scope_id or address not in _HANDED_OUT:
            return False
        return address.is_global and not any(address in net for net in _WRAPPED)
    if address.is_multicast or address.is_reserved or not address.is_global:
        return False
    return not any(address in net for net in _NOT_FOR_ALL)


def _host(parts: SplitResult) -> str:
    """The host's name as it goes on the wire. Digits of any kind are left to the resolver: its answer is checked."""
    host = parts.hostname or ""
    if ":" in host:
        try:
            return str(ip_address(host))
        except ValueError as why:
            raise Unusable("adressens värd går inte att läsa.") from why
    try:
        host = host.encode("idna").decode("ascii").lower() if 0 < len(host) <= 253 else ""
    except UnicodeError as why:
        raise Unusable("adressens värd går inte att läsa.") from why
    if not _HOST.fullmatch(host):
        raise Unusable("adressens värd går inte att läsa.")
    return host
