"""The way to a connection: greeting, encryption, login. From there on a Line speaks.

Takes   the relay's settings, its password; who listens to the line.
Gives   an open Line; or, for a single message, its Outcome.
Fails   Unreachable when no connection can be had; never for a message.

aiosmtplib brings all of it up to the first MAIL. Its reader drops what comes unasked, so nothing may be left over.
"""

import asyncio
import contextlib
import re
import socket
import ssl

import aiosmtplib
from aiosmtplib import SMTPException, SMTPResponseException

from mailer.deliver.line import Line, Listener, Parcel
from mailer.deliver.message import Message
from mailer.deliver.reply import shorten, status_of
from mailer.outbox.outcome import Offered, Outcome, Stage
from mailer.settings.relay import Relay

CONNECT_TIMEOUT_S = 60  # for the TCP connection
# For each reply before the first MAIL. RFC 5321 section 4.5.3.2.1: a server may be connected and keep us waiting.
GREETING_TIMEOUT_S = 300
_SIZE = re.compile(r"[0-9]{1,18}")  # RFC 1870 section 3 has up to twenty digits: more is a mistake


class Unreachable(Exception):
    """No connection to the relay: at which stage, with which reply. `outcome.fault` says if waiting can mend it."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(f"{outcome.stage} {outcome.code} {outcome.text}")
        self.outcome = outcome


async def connect(
    relay: Relay, password: str, ehlo: str, listener: Listener, context: ssl.SSLContext | None = None
) -> Line:
    """An open, encrypted, logged-in connection as the settings say, or Unreachable. Never clear text by itself.

    Whatever ends it, also a cancellation at any moment, leaves no connection open behind it.
    """
    try:
        plug = await _plugged(relay.host, relay.port, min(CONNECT_TIMEOUT_S, relay.timeout_s))
    except (OSError, UnicodeError) as why:  # a name that cannot be one is UnicodeError
        said = shorten(str(why)) or "ingen förbindelse i tid"
        raise Unreachable(Outcome("return", "connect", 0, "", said, "relay")) from why
    line: Line | None = None
    try:
        line = await _opened(plug, relay, password, ehlo, listener, context)
    finally:
        if line is None:
            with contextlib.suppress(OSError):
                plug.shutdown(socket.SHUT_RDWR)  # whoever has it by now hears of it, and closes it
    return line


async def _plugged(host: str, port: int, timeout_s: float) -> socket.socket:
    """A connected socket. OSError when no address of the host has one in time."""
    loop = asyncio.get_running_loop()
    failed: OSError = TimeoutError()
    for family, kind, protocol, _, address in await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        plug = socket.socket(family, kind, protocol)
        plug.setblocking(False)
        is_there = False
        try:
            await asyncio.wait_for(loop.sock_connect(plug, address), timeout_s)
            is_there = True
        except OSError as why:  # TimeoutError is one
            failed = why
        finally:
            if not is_there:
                plug.close()
        if is_there:
            return plug
    raise failed


async def _opened(
    plug: socket.socket,
    relay: Relay,
    password: str,
    ehlo: str,
    listener: Listener,
    context: ssl.SSLContext | None,
) -> Line:
    client = aiosmtplib.SMTP(
        hostname=relay.host,
        sock=plug,
        local_hostname=ehlo,
        timeout=min(GREETING_TIMEOUT_S, relay.timeout_s),
        use_tls=relay.security == "tls",
        start_tls=relay.security == "starttls",
        tls_context=(context or tls_context()) if relay.security != "none" else None,
    )
    stage: Stage = "connect"
    try:
        await client.connect()
        stage = "ehlo"
        if client.is_ehlo_or_helo_needed:
            await client.ehlo()
        if relay.username:
            stage = "auth"
            await _log_in(client, relay, password)
        return _line(client, relay, listener)
    except ssl.SSLError as why:
        client.close()
        raise Unreachable(Outcome("return", "starttls", 0, "", shorten(str(why)), "ours")) from why
    except SMTPResponseException as why:
        client.close()
        raise Unreachable(_unreachable(stage, why.code, why.message)) from why
    except (SMTPException, OSError) as why:
        client.close()
        fault = "ours" if _is_tls(why) else "relay"
        raise Unreachable(
            Outcome("return", "starttls" if fault == "ours" else stage, 0, "", shorten(str(why)), fault)  # type: ignore[arg-type]
        ) from why


async def submit(relay: Relay, password: str, ehlo: str, message: Message) -> Outcome:
    """One message on a connection of its own: a test letter. Unreachable as `connect`."""
    told = _One()
    line = await connect(relay, password, ehlo, told)
    if line.size_limit and message.size > line.size_limit:
        line.quit()
        return too_large(message.size, line.size_limit)
    line.begin(Parcel(Offered(0, 0, 0, "", None, None, message.recipient, "", "", 0, None), message, ""))
    while not told.outcome.done():
        await asyncio.wait([told.outcome], timeout=1.0)
        if line.usable and line.is_late(asyncio.get_running_loop().time()):
            line.cut("inget svar")
    if line.usable:
        line.quit()
    await asyncio.wait([told.closed], timeout=2.0)
    return told.outcome.result()


def too_large(size: int, limit: int) -> Outcome:
    """What becomes of a message that the relay has said it does not take (RFC 1870). Sizes in bytes."""
    text = f"meddelandet är {size} byte, servern tar högst {limit}"
    return Outcome("defer", "mail", 552, "5.3.4", text, "ours", size_limit=limit)


def size_limit(said: str) -> int:
    """The bytes that a relay takes, by what it names behind SIZE; 0: no limit, or none that can be read. RFC 1870."""
    return int(said) if _SIZE.fullmatch(said := said.strip()) else 0


def tls_context() -> ssl.SSLContext:
    """The system's trust, names checked, TLS 1.2 or later. RFC 8314."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class _One:
    """Listens to a line that carries one message."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.outcome: asyncio.Future[Outcome] = loop.create_future()
        self.closed: asyncio.Future[None] = loop.create_future()

    def ready(self, line: Line, parcel: Parcel) -> None:
        line.go(None)

    def answered(self, line: Line, parcel: Parcel, outcome: Outcome) -> None:
        self._tell(outcome)

    def refused(self, line: Line, parcel: Parcel, outcome: Outcome) -> None:
        self._tell(outcome)

    def unsent(self, line: Line, parcel: Parcel) -> None:
        self._tell(Outcome("defer", "mail", text="förbindelsen bröts", fault="relay", lost_line=True))

    def over(self, line: Line, broken: Outcome | None) -> None:
        if not self.closed.done():
            self.closed.set_result(None)

    def _tell(self, outcome: Outcome) -> None:
        if not self.outcome.done():
            self.outcome.set_result(outcome)


async def _log_in(client: aiosmtplib.SMTP, relay: Relay, password: str) -> None:
    """XOAUTH2 with a token that another program renews; else what the relay offers: CRAM-MD5, PLAIN, LOGIN."""
    if relay.login == "xoauth2":
        await client.auth_xoauth2(relay.username, password)
    else:
        await client.login(relay.username, password)


def _line(client: aiosmtplib.SMTP, relay: Relay, listener: Listener) -> Line:
    """Take the connection over from aiosmtplib. What it has read beyond the last reply is a reply too many."""
    protocol, transport = client.protocol, client.transport
    if protocol is None or transport is None or transport.is_closing() or protocol._buffer:
        raise aiosmtplib.SMTPServerDisconnected("ett svar för mycket")
    limit = size_limit(client.esmtp_extensions.get("size", ""))
    has = client.supports_extension
    line = Line(transport, listener, has("pipelining"), limit, relay.timeout_s, has("size"))
    client.protocol = None  # its connection_lost is no longer told, and closing the client closes nothing
    client.transport = None
    return line


def _unreachable(stage: Stage, code: int, text: str) -> Outcome:
    ours = 500 <= code < 600
    return Outcome("return", stage, max(code, 0), status_of(text), shorten(text), "ours" if ours else "relay")


def _is_tls(why: BaseException) -> bool:
    """Whether the connection failed for its certificate or for want of encryption: no waiting mends that."""
    seen: BaseException | None = why
    while seen is not None:
        if isinstance(seen, ssl.SSLError) or "STARTTLS" in str(seen) or "certificate" in str(seen).lower():
            return True
        seen = seen.__cause__ or seen.__context__
    return isinstance(why, aiosmtplib.SMTPNotSupported)
