"""What stands between the network and the pages: who may post from where, how much, how often.

Takes   the head and the body of a request.
Gives   its form as clean words; the headers that every answer carries; whether a post comes from our own page.
Fails   Refused with an HTTP status.
"""

import asyncio
import base64
import hashlib
import ipaddress
from collections.abc import AsyncIterator, Mapping
from urllib.parse import parse_qsl, urlsplit

from mailer.content.text import replace_forbidden
from mailer.settings import is_loopback

LARGEST_BODY = 64 * 1024  # bytes; a remark of 2,000 characters, each written as %F0%9F%99%82, is 24 kB
LARGEST_CARRIED = 256 * 1024  # bytes of a form that carries a whole survey: ten long texts in Arabic are 120 kB
LONGEST_POST_S = 10.0  # for the whole body to come
MOST_FIELDS = 200  # my pages have three for each list she stands on
MOST_CARRIED = 2000  # a survey has one for each choice that is ticked
POSTS_A_MINUTE = 20  # with one code; nobody presses faster, and each may render an issue anew
MINUTE_S = 60.0
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
_DEFAULT_PORTS = {"http": 80, "https": 443}


class Refused(Exception):
    """The request is not answered. `status`: the HTTP status (RFC 9110 section 15.5)."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def origin_of(address: str) -> str:
    """”https://utskick.example” of an address below it (RFC 6454 section 6.2)."""
    parts = urlsplit(address)
    port = "" if parts.port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f":{parts.port}"
    return f"{parts.scheme}://{parts.hostname}{port}"


def is_ours(headers: Mapping[str, str], address: str) -> bool:
    """Whether a post comes from a page of ours: the second wall, for its address cannot be guessed either.

    Where a browser tells the site, that decides: under no-referrer its Origin is ”null” (Fetch section 3.2). One that
    tells neither is refused.
    """
    if (site := headers.get("sec-fetch-site")) is not None:
        return site == "same-origin"
    return headers.get("origin") == origin_of(address)


def referrer_policy(address: str) -> str:
    """Codes stand in our addresses: nobody is told where a reader came from.

    Browsers send no Sec-Fetch-Site over http to another machine; there the Origin must be told to our own pages.
    """
    parts = urlsplit(address)
    return "no-referrer" if parts.scheme == "https" or is_loopback(parts.hostname or "") else "same-origin"


def headers(address: str, policy: str, is_public: bool = False) -> dict[str, str]:
    """What every answer carries. `policy`: its Content-Security-Policy. `is_public`: it is about nobody, for all."""
    carried = {
        "Content-Security-Policy": policy,
        "Referrer-Policy": referrer_policy(address),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",  # for browsers that do not know frame-ancestors
        "X-Robots-Tag": "noindex, nofollow",
        "Cache-Control": "no-store",
    }
    return carried | ({"Cache-Control": "public, max-age=300", "X-Robots-Tag": "all"} if is_public else {})


def page_policy(style: str, images: bool = False) -> str:
    """Of a page of ours: its own style by hash, forms to itself, our own `images`; nothing else from anywhere."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    img = " img-src 'self';" if images else ""
    return (
        f"default-src 'none';{img} style-src 'sha256-{digest}'; "
        f"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


# A mail as a page: its styles stand in its elements and its pictures are ours. In a sandbox it has no origin, so that
# nothing in it could act for the reader; its links open beside it, out of the sandbox.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
FILE_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"


async def read_form(head: Mapping[str, str], body: AsyncIterator[bytes], carries: bool = False) -> dict[str, str]:
    """The fields of a form, the last of each name, without characters that no text of ours may have. `carries`: it is
    one that carries a whole survey."""
    largest, most = (LARGEST_CARRIED, MOST_CARRIED) if carries else (LARGEST_BODY, MOST_FIELDS)
    content_type = head.get("content-type", "")
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in ("", FORM, MULTIPART):
        raise Refused(415)
    raw = b""
    try:
        async with asyncio.timeout(LONGEST_POST_S):
            async for piece in body:
                raw += piece
                if len(raw) > largest:
                    raise Refused(413)
    except TimeoutError:
        raise Refused(408) from None
    if not kind and raw:
        raise Refused(415)
    return _parts(content_type, raw, most) if kind == MULTIPART else parse_form(raw, most)


def parse_form(raw: bytes, most: int = MOST_FIELDS) -> dict[str, str]:
    """The fields. What is no UTF-8 reads as replacement characters; more than `most` is Refused."""
    try:
        pairs = parse_qsl(raw.decode("ascii", "replace"), keep_blank_values=True, max_num_fields=most,
                          errors="replace")  # fmt: skip
    except ValueError:
        raise Refused(400) from None
    return _clean(pairs)


def _parts(content_type: str, raw: bytes, most: int) -> dict[str, str]:
    from mailer.web.multipart import parse_multipart  # few send such forms, and it is slow to load

    try:
        return _clean(parse_multipart(content_type, raw, most))
    except ValueError:
        raise Refused(400) from None


def _clean(pairs: list[tuple[str, str]]) -> dict[str, str]:
    return {name: replace_forbidden(value.replace("\r\n", "\n").replace("\r", "\n")).strip() for name, value in pairs}


class Pace:
    """How often somebody has posted in the last minute. Only known codes are counted: it cannot be made to grow."""

    def __init__(self) -> None:
        self._posts: dict[str, list[float]] = {}

    def take(self, who: str, now: float) -> None:
        """Count one at `now` (seconds), or Refused."""
        recent = [at for at in self._posts.get(who, ()) if now - at < MINUTE_S]
        if len(recent) >= POSTS_A_MINUTE:
            raise Refused(429)
        self._posts[who] = [*recent, now]


def network_of(headers: Mapping[str, str], peer: str) -> str:
    """The network a request came from: a /24 or a /56, which is enough for a limit and too little for a person.

    Behind a web server of ours (a peer on loopback, or in the network of our own that `[web] host` may be in) the last
    address in X-Forwarded-For is the one that server saw; what stands before it, and anything from another peer, the
    client may have made up.
    """
    last = headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
    for written in (last if _is_near(peer) else "", peer):
        try:
            address = ipaddress.ip_address(written)
        except ValueError:
            continue
        return str(ipaddress.ip_network(f"{address}/{24 if address.version == 4 else 56}", strict=False))
    return ""


def _is_near(peer: str) -> bool:
    try:
        return ipaddress.ip_address(peer).is_private  # loopback is
    except ValueError:
        return False
