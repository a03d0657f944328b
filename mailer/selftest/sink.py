"""A mail server that keeps nothing but a journal of whom it has taken a message to.

Takes   a journal; connections on 127.0.0.1; someone to tell what happens as it happens.
Gives   one line in the journal for each message, written before its 250: it outlives the sender.
Fails   never: what it does not understand is answered with 500. OSError when the journal cannot be written.

It offers PIPELINING (RFC 2920), and its replies to a group of commands go out in one write.
"""

import asyncio
import json
import os
import re
from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HOST = "127.0.0.1"  # and nowhere else
LARGEST = 10_000_000  # octets that may wait to be read
OFFERED = ("PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES")
PLAIN = {"HELO": "250 prov.example", "RSET": "250 2.0.0 Ok", "NOOP": "250 2.0.0 Ok", "QUIT": "221 2.0.0 Bye"}
END = b"\r\n.\r\n"
MOMENTS = ("envelope", "body", "dot", "taken", "answered")  # what is told of each message, in this order
_MESSAGE_ID = re.compile(rb"^message-id:\s*(<[^>\r\n]*>)", re.IGNORECASE | re.MULTILINE)
_PATH = re.compile(r"(?:MAIL FROM|RCPT TO):\s*<([^<>]*)>.*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Taken:
    """One message that the server has said yes to, or was about to."""

    to: str
    message_id: str


class Journal:
    """What was taken, in its order; in a file as well, for whoever wants to see for herself."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.taken: list[Taken] = []

    def write(self, one: Taken) -> None:
        """Down before anyone acts on it. Only the sender is killed, so the disk need not be waited for."""
        os.write(self._file, json.dumps({"to": one.to, "id": one.message_id}, ensure_ascii=False).encode() + b"\n")
        self.taken.append(one)

    def close(self) -> None:
        os.close(self._file)


class Sink:
    """The server: its journal, who is connected, and whom to tell."""

    def __init__(self, journal: Journal, tell: Callable[[str], None]) -> None:
        self.journal, self.tell = journal, tell
        self.open: set[Dialogue] = set()
        self.none_open = asyncio.Event()
        self.none_open.set()


class Dialogue(asyncio.Protocol):
    """One connection."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._waiting = b""
        self._to: list[str] = []
        self._has_sender = self._in_message = self._in_body = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._sink.open.add(self)
        self._sink.none_open.clear()
        transport.write(b"220 prov.example ESMTP\r\n")

    def connection_lost(self, exc: Exception | None) -> None:
        self._sink.open.discard(self)
        if not self._sink.open:
            self._sink.none_open.set()

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        replies: list[str] = []
        while (reply := self._step()) is not None:
            replies += [reply] if reply else []
        if replies and not self._transport.is_closing():
            self._transport.write("".join(f"{r}\r\n" for r in replies).encode())
        for _ in [r for r in replies if "taken as" in r]:
            self._sink.tell("answered")
        if len(self._waiting) > LARGEST or "221 2.0.0 Bye" in replies:
            self._transport.close()

    def _step(self) -> str | None:
        """The reply to the next thing that has come whole; "" when it has none; None when nothing has."""
        if self._in_message:
            return self._message()
        line, end, rest = self._waiting.partition(b"\r\n")
        if not end:
            return None
        self._waiting = rest
        return self._command(line.decode("utf-8", "replace"))

    def _command(self, line: str) -> str:
        verb = line[:4].upper()
        if verb in ("EHLO", "HELO", "RSET"):
            self._forget()
        if verb == "EHLO":
            return (
                f"250-prov.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n250 SIZE {LARGEST}"
            )
        if verb == "MAIL" and _PATH.fullmatch(line) and not self._has_sender:
            self._has_sender = True
            self._sink.tell("envelope")
            return "250 2.1.0 Ok"
        if verb == "RCPT" and (path := _PATH.fullmatch(line)) and self._has_sender:
            self._to.append(path[1])
            return "250 2.1.5 Ok"
        if verb == "DATA":
            self._in_message = bool(self._to)
            return "354 Go on" if self._to else "503 5.5.1 RCPT first"
        return {
            "HELO": "250 prov.example",
            "RSET": "250 2.0.0 Ok",
            "NOOP": "250 2.0.0 Ok",
            "QUIT": "221 2.0.0 Bye",
        }.get(verb, "500 5.5.2 Command unknown")

    def _message(self) -> str | None:
        """The final dot, and what is said to it; the message itself is not kept."""
        if self._waiting and not self._in_body:
            self._in_body = True
            self._sink.tell("body")
        message, end, rest = (b"\r\n" + self._waiting).partition(END)
        if not end:
            return None
        self._waiting = rest
        self._sink.tell("dot")
        found = _MESSAGE_ID.search(message.partition(b"\r\n\r\n")[0])
        message_id = found[1].decode("ascii", "replace") if found else ""
        for to in self._to:
            self._sink.journal.write(Taken(to, message_id))
        self._sink.tell("taken")
        self._forget()
        return f"250 2.0.0 taken as {len(self._sink.journal.taken)}"

    def _forget(self) -> None:
        self._to = []
        self._has_sender = self._in_message = self._in_body = False


@asynccontextmanager
async def listening(sink: Sink) -> "AsyncIterator[int]":
    """The port it listens on, for as long as the block lasts."""
    server = await asyncio.get_running_loop().create_server(lambda: Dialogue(sink), HOST, 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for dialogue in list(sink.open):
            dialogue._transport.abort()
        await asyncio.wait_for(sink.none_open.wait(), 10)
