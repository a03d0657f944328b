"""One connection, from the relay's side: lines and octets in, octets out, and all the ways to do it badly.

Takes   an asyncio stream pair.
Gives   lines, pieces, TLS.
Fails   Gone when the connection is over, whoever ended it.
"""

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import Callable, Iterator

PIECE = 64 * 1024  # octets read at a time
SIP = 16 * 1024  # octets, of one that hardly reads
LOOK_S = 0.02  # between two looks at whether silence is over


class Gone(Exception):
    """The connection is over."""


class Wire:
    """A connection with its own read buffer, so that what was pipelined can be seen."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._ahead = b""
        self._sip_s = 0.0  # before each piece

    @property
    def is_ahead(self) -> bool:
        """Has the client already said more than was read?"""
        return bool(self._ahead)

    async def line(self, longest: int = 2048) -> bytes:
        """The next line, without its CRLF."""
        while b"\r\n" not in self._ahead:
            if len(self._ahead) > longest:
                await self.send(b"500 5.5.6 Line too long\r\n")
                await self.close()
            self._ahead += await self._read(PIECE)
        line, _, self._ahead = self._ahead.partition(b"\r\n")
        return line

    async def piece(self, most: int = PIECE) -> bytes:
        """The next octets, one to `most`."""
        if self._sip_s:
            most = min(most, SIP)
            await asyncio.sleep(self._sip_s)
        octets = self._ahead or await self._read(most)
        self._ahead = octets[most:]
        return octets[:most]

    def put_back(self, octets: bytes) -> None:
        """What came after a message. What is said next is heard at once."""
        self._ahead = octets + self._ahead
        self._sip_s = 0.0

    def sip(self, seconds: float) -> None:
        """From here on to the end of the message, take a little at a time, and let nobody else take more: neither the
        kernel nor TLS nor the reader."""
        self._sip_s = seconds
        if self._writer.get_extra_info("sslcontext"):
            self._writer.transport.set_read_buffer_limits(SIP)  # type: ignore[attr-defined]
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SIP)
        self._reader._limit = SIP  # type: ignore[attr-defined]

    async def send(self, octets: bytes, byte_s: float = 0.0) -> None:
        """All at once, or one after another with so many seconds before each."""
        if byte_s:
            for n in range(len(octets)):
                await asyncio.sleep(byte_s)
                await self.send(octets[n : n + 1])
            return
        with _gone():
            self._writer.write(octets)
            await self._writer.drain()

    async def secure(self, context: ssl.SSLContext) -> None:
        """Begin TLS. What was said in clear is forgotten (RFC 3207 section 4.2)."""
        self._ahead = b""
        with _gone():
            await self._writer.start_tls(context)

    async def close(self) -> None:
        """An orderly end, after what was sent."""
        self._writer.close()
        raise Gone

    async def reset(self) -> None:
        """An end by RST: what was not read yet is lost on both sides."""
        self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()
        raise Gone

    async def stall(self, seconds: float) -> None:
        """Take nothing more from the kernel, and say nothing, for so long; then it is over."""
        self.sip(seconds)
        self._writer.transport.pause_reading()
        await asyncio.sleep(seconds)
        await self.reset()

    async def be_silent(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """Hear and say nothing for so long, until something is true, or the client gives up; then it is over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not until():
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(LOOK_S):
                            await self._read(PIECE)
        await self.close()

    async def _read(self, most: int) -> bytes:
        with _gone():
            octets = await self._reader.read(most)
        if not octets:
            self._writer.close()
            raise Gone
        return octets


@contextlib.contextmanager
def _gone() -> Iterator[None]:
    try:
        yield
    except (OSError, ssl.SSLError) as why:  # TimeoutError of the handshake is an OSError
        raise Gone from why
