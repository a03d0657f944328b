"""The door to the web: one address, fetched within limits.

Takes   an address, what we know of the copy we have, limits on bytes, time and redirects.
Gives   the bytes as they came, unpacked, and what to ask with the next time; or that nothing has changed.
Fails   AdminError when the address in the settings is none we fetch from; LaterError with everything that others did.

The name is looked up once, each IP address is checked, and the connection goes to that very IP address: a name that
stands for something else a moment later wins nothing. Each redirect is checked in the same way. No cookies, no proxy,
no name of ours, nothing of a person.
"""

import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from ipaddress import IPv4Address, IPv6Address, ip_address
from zlib import MAX_WBITS, decompressobj
from zlib import error as ZlibError

from mailer.content import wire
from mailer.content.web_address import PORTS, Unusable, WebAddress, is_public, parse_web_address
from mailer.errors import AdminError, LaterError, Problem

_HEADERS = {
    "User-Agent": "V-Aktuellt (feed reader)",
    "Accept": "application/rss+xml, application/atom+xml, text/calendar, application/xml;q=0.9, */*;q=0.5",
    "Accept-Encoding": "gzip",
    "Connection": "close",
}
_MOVED = (301, 302, 303, 307, 308)
_KEPT = "Det som hämtades senast gäller tills vidare, och nya försök görs."
_CHECK = f"Kontrollera address i settings.toml om det fortsätter. {_KEPT}"


@dataclass(frozen=True, slots=True)
class Limits:
    """`size` in bytes, as they come and once unpacked; seconds to connect, and for all of it."""

    size: int = 5_000_000
    connect_s: float = 10
    total_s: float = 20
    redirects: int = 5


@dataclass(frozen=True, slots=True)
class Validators:
    """What the server calls the copy we have (RFC 9110 section 8.8)."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came. `raw` None: nothing has changed since the copy we have."""

    raw: bytes | None
    content_type: str
    validators: Validators
    address: str  # where it was in the end


@dataclass(frozen=True, slots=True)
class Reach:
    """Where connections may go. Only tests make another than this one: no setting opens it."""

    may: Callable[[IPv4Address | IPv6Address], bool] = is_public
    ports: frozenset[int] | None = PORTS
    resolve: Callable[[str, int], Sequence[str]] = wire.resolve
    now: Callable[[], float] = time.monotonic


class _Failed(Exception):
    """What the other side did, and the remedy."""

    def __init__(self, what: str, remedy: str = _KEPT) -> None:
        super().__init__(what)
        self.what, self.remedy = what, remedy


def get(
    address: str,
    where: str,
    known: Validators | None = None,
    limits: Limits = Limits(),
    reach: Reach = Reach(),
) -> Fetched:
    """What is at the address. `where` names it to people: the address itself may be a secret."""
    deadline = wire.Deadline(reach.now() + limits.total_s, reach.now)
    try:
        at = parse_web_address(address, ports=reach.ports)
        addresses = _addresses(at, limits, reach, deadline)
    except Unusable as why:
        raise AdminError(Problem(where, why.what, why.remedy)) from why
    except _Failed as why:
        raise LaterError(Problem(where, why.what, why.remedy)) from why
    try:
        for _ in range(limits.redirects + 1):
            reply = _ask(at, addresses, known or Validators(), limits, deadline)
            if isinstance(reply, Fetched):
                return reply
            at, addresses = _onwards(at, reply, limits, reach, deadline)
        raise _Failed(f"{at.host} skickar oss vidare fler än {limits.redirects} gånger.", _CHECK)
    except _Failed as why:
        raise LaterError(Problem(where, why.what, why.remedy)) from why


def _onwards(
    at: WebAddress, location: str, limits: Limits, reach: Reach, deadline: wire.Deadline
) -> tuple[WebAddress, list[str]]:
    """Where a redirect leads, as strictly checked as the first address."""
    try:
        to = parse_web_address(location, str(at), reach.ports)
        addresses = _addresses(to, limits, reach, deadline)
    except Unusable as why:
        raise _Failed(f"{at.host} skickar oss vidare, men {why.what}", _CHECK) from why
    if at.scheme == "https" and to.scheme == "http":
        raise _Failed(f"{at.host} skickar oss vidare från https till http, som vem som helst kan ändra i.", _CHECK)
    return to, addresses


def _addresses(at: WebAddress, limits: Limits, reach: Reach, deadline: wire.Deadline) -> list[str]:
    """The IP addresses the host's name stands for, those that everybody reaches."""
    try:
        found = wire.within(min(limits.connect_s, deadline.left()), lambda: reach.resolve(at.host.rstrip("."), at.port))
    except (OSError, UnicodeError) as why:
        raise _Failed(f"namnet {at.host} finns inte, eller går inte att slå upp just nu.", _CHECK) from why
    public = [text for text in found if reach.may(ip_address(text))]
    if not public:
        raise Unusable(
            f"{at.host} finns på den egna datorn eller i ett inre nät.", "Bara det som alla kan nå på nätet hämtas."
        )
    return public


def _ask(
    at: WebAddress, addresses: list[str], known: Validators, limits: Limits, deadline: wire.Deadline
) -> Fetched | str:
    """What the server says: the thing itself, or where it has moved."""
    try:
        with wire.connected(at, addresses, min(limits.connect_s, deadline.left()), deadline) as line:
            response = line.get(at, {**_HEADERS, **_conditions(known)}, 2 * limits.size)
            return _read(at, response, known, limits)
    except ssl.SSLCertVerificationError as why:
        what = f"{at.host} kan inte visa att det är {at.host}: certifikatet gäller inte ({why.verify_message})."
        raise _Failed(what, f"Den som sköter sidan behöver laga det. {_KEPT}") from why
    except TimeoutError as why:
        raise _Failed(f"{at.host} svarar inte, eller för långsamt.") from why
    except wire.TooMuch as why:
        raise _too_much(limits) from why
    except ConnectionError as why:
        raise _Failed(f"{at.host} tar inte emot oss, eller bryter förbindelsen.") from why
    except (HTTPException, ZlibError, ssl.SSLError, ValueError) as why:
        raise _Failed(f"{at.host} svarar något som inte går att läsa.") from why
    except OSError as why:
        raise _Failed(f"{at.host} går inte att nå ({why.strerror}).") from why


def _conditions(known: Validators) -> dict[str, str]:
    asked = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
    return {name: value for name, value in asked.items() if value}


def _read(at: WebAddress, response: HTTPResponse, known: Validators, limits: Limits) -> Fetched | str:
    """The reply, by its status."""
    if response.status in _MOVED and (location := response.getheader("Location")):
        return location.encode("latin-1", "replace").decode("utf-8", "replace").strip()
    if response.status == 304 and known != Validators():
        return Fetched(None, "", known, str(at))
    if response.status != 200:
        raise _refused(at, response.status)
    found = Validators(_header(response, "ETag"), _header(response, "Last-Modified"))
    return Fetched(_body(response, limits), _header(response, "Content-Type"), found, str(at))


def _header(response: HTTPResponse, name: str) -> str:
    """A header short and plain enough to be kept, and sent back."""
    value = response.getheader(name, "")
    return value if len(value) <= 500 and value.isascii() and value.isprintable() else ""


def _body(response: HTTPResponse, limits: Limits) -> bytes:
    """The whole body, unpacked; never more than `limits.size` bytes of it in memory."""
    packed = (response.getheader("Content-Encoding") or "identity").strip().lower()
    if packed not in ("identity", "gzip", "x-gzip"):
        raise _Failed("svaret är packat på ett sätt som vi inte har bett om.")
    unpack = decompressobj(16 + MAX_WBITS) if packed != "identity" else None
    pieces, size = [], 0
    while piece := response.read(65536):
        if unpack:
            piece = unpack.decompress(piece, limits.size + 1 - size)
        size += len(piece)
        if size > limits.size:
            raise _too_much(limits)
        pieces.append(piece)
    if response.length or (unpack and not unpack.eof):
        raise _Failed("svaret bröts av innan det var slut.")
    if unpack and unpack.unused_data:
        raise _Failed("svaret har mer efter slutet än det säger.")
    return b"".join(pieces)


def _too_much(limits: Limits) -> _Failed:
    remedy = f"Be den som sköter sidan att ta med mindre i det. {_KEPT}"
    return _Failed(f"svaret är större än {limits.size // 1_000_000} MB.", remedy)


def _refused(at: WebAddress, status: int) -> _Failed:
    if status in (404, 410):
        return _Failed(f"det finns inget på den adressen hos {at.host} ({status}).", _CHECK)
    if status in (401, 403):
        return _Failed(f"{at.host} släpper inte in oss ({status}).", _CHECK)
    return _Failed(f"{at.host} svarar {status} i stället för det vi bad om.")
