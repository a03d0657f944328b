"""One connection to the relay: the only place that speaks SMTP.

Takes   the relay's settings; then messages, one transaction at a time on a reused connection.
Gives   an Outcome for each; says whether the connection can be used again.
Fails   Unreachable when no connection can be had; never for a message.

aiosmtplib brings the connection, TLS and login. The body is written here, so that we know at each instant whether a
final dot may have gone out: before it, a broken line costs nothing; after it, the delivery is in doubt.
"""

import asyncio
import ssl
from typing import Any

import aiosmtplib
from aiosmtplib import SMTPException, SMTPResponseException

from mailer.deliver.message import Message
from mailer.deliver.reply import read_reply, shorten, status_of
from mailer.outbox.outcome import Outcome, Stage
from mailer.settings import Relay

CONNECT_TIMEOUT_S = 60
QUIT_TIMEOUT_S = 2


class Unreachable(Exception):
    """No connection to the relay: at which stage, with which reply. `outcome.fault` says if waiting can mend it."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(f"{outcome.stage} {outcome.code} {outcome.text}")
        self.outcome = outcome


class Wire:
    """An open connection. `submit` one message at a time; look at `usable` after each."""

    def __init__(self, client: aiosmtplib.SMTP, timeout_s: float) -> None:
        self._client = client
        self._timeout_s = timeout_s
        self._stage: Stage = "mail"
        self._dot_may_be_out = False
        self.usable = True
        self.accepted = 0

    async def submit(self, message: Message) -> Outcome:
        """One SMTP transaction. Cancelled, it still knows the truth: ask `interrupted`."""
        self._stage, self._dot_may_be_out = "mail", False
        limit = self._size_limit()
        if limit and len(message.data) > limit:
            text = f"meddelandet är {len(message.data)} byte, servern tar högst {limit}"
            return Outcome("defer", "mail", 552, "5.3.4", text, "ours", size_limit=limit)
        try:
            refused = await self._envelope(message) or await self._body(message)
        except (SMTPException, OSError, ValueError, asyncio.IncompleteReadError) as why:
            self.close()
            return self._broken(why)
        if refused.event == "accept":
            self.accepted += 1
        elif self.usable:
            await self._reset(refused)
        return refused

    def interrupted(self) -> Outcome:
        """The outcome of a transaction that was cut off now."""
        self.close()
        if self._dot_may_be_out:
            return Outcome("doubt", "dot", text="avbrutet i väntan på svar")
        return Outcome("return", self._stage, text="avbrutet före sista punkten")

    async def quit(self) -> None:
        """Say goodbye, without waiting long for the answer."""
        try:
            await asyncio.wait_for(self._client.quit(timeout=QUIT_TIMEOUT_S), QUIT_TIMEOUT_S)
        except (SMTPException, OSError, TimeoutError):
            pass
        finally:
            self.close()

    def close(self) -> None:
        self.usable = False
        self._client.close()

    async def _envelope(self, message: Message) -> Outcome | None:
        """MAIL, RCPT, DATA. None when the relay waits for the body."""
        size = [f"SIZE={len(message.data)}".encode()] if self._client.supports_extension("size") else []
        mail = (b"MAIL", b"FROM:<" + message.return_address.encode("ascii") + b">", *size)
        rcpt = (b"RCPT", b"TO:<" + message.recipient.encode("ascii") + b">")
        steps: tuple[tuple[Stage, tuple[bytes, ...], tuple[int, ...]], ...] = (
            ("mail", mail, (250,)),
            ("rcpt", rcpt, (250, 251)),
            ("data", (b"DATA",), (354,)),
        )
        for stage, command, wanted in steps:
            self._stage = stage
            reply = await self._client.execute_command(*command, timeout=self._timeout_s)
            self._in_step()
            if reply.code not in wanted:
                if reply.code in (421, -1) or not 400 <= reply.code < 600:
                    self.close()
                return read_reply(stage, max(reply.code, 0), reply.message)
        return None

    async def _body(self, message: Message) -> Outcome:
        self._stage = "dot"
        protocol: Any = self._client.protocol
        if protocol is None:
            raise aiosmtplib.SMTPServerDisconnected("Connection lost")
        # From this line on the final dot may be out: the kernel takes a message whole.
        self._dot_may_be_out = True
        protocol.write(message.data + b".\r\n")
        reply = await protocol.read_response(timeout=self._timeout_s * 2)  # RFC 5321 section 4.5.3.2.6: longest here
        self._dot_may_be_out = False
        if self._has_more():  # every reply before was one alone, so the first of these is the answer to the dot
            self.close()
        if not (200 <= reply.code < 300 or 400 <= reply.code < 600):
            self.close()
            return Outcome("doubt", "dot", max(reply.code, 0), "", shorten(reply.message), "relay")
        if reply.code == 421:
            self.close()
        return read_reply("dot", reply.code, reply.message)

    def _in_step(self) -> None:
        """More than one reply to one command: whose is the next? Such a connection is closed.

        aiosmtplib keeps what follows a reply in the same segment and would read it as the next one's.
        """
        if self._has_more():
            raise aiosmtplib.SMTPServerDisconnected("ett svar för mycket")

    def _has_more(self) -> bool:
        return bool(getattr(self._client.protocol, "_buffer", b""))

    def _broken(self, why: Exception) -> Outcome:
        code = why.code if isinstance(why, SMTPResponseException) else 0
        text = shorten(why.message if isinstance(why, SMTPResponseException) else str(why) or type(why).__name__)
        if self._dot_may_be_out:
            return Outcome("doubt", "dot", max(code, 0), "", text, "relay", lost_line=True)
        return Outcome("defer", self._stage, max(code, 0), "", text, "relay", lost_line=True)

    async def _reset(self, refused: Outcome) -> None:
        """Back to the beginning of a transaction, on the same connection."""
        if refused.stage == "dot":
            return
        try:
            reply = await self._client.execute_command(b"RSET", timeout=self._timeout_s)
            if reply.code != 250:
                self.close()
        except (SMTPException, OSError):
            self.close()

    def _size_limit(self) -> int:
        """RFC 1870: 0 or nothing means no limit."""
        said = self._client.esmtp_extensions.get("size", "").strip()
        return int(said) if said.isdigit() else 0


async def connect(relay: Relay, password: str, ehlo: str, context: ssl.SSLContext | None = None) -> Wire:
    """An open, encrypted, logged-in connection as the settings say, or Unreachable. Never clear text by itself."""
    client = aiosmtplib.SMTP(
        hostname=relay.host,
        port=relay.port,
        local_hostname=ehlo,
        timeout=min(CONNECT_TIMEOUT_S, relay.timeout_s),
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
            await client.login(relay.username, password)
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
    return Wire(client, relay.timeout_s)


def tls_context() -> ssl.SSLContext:
    """The system's trust, names checked, TLS 1.2 or later. RFC 8314."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


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
