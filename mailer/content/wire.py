"""One connection to a web server, whose every read is held to a deadline and a number of bytes.

Takes   a host's name to look up; an address, the IP addresses to connect to, the time that is left.
Gives   IP addresses; a reply whose reads cannot outlast the time, however slowly the other side writes.
Fails   OSError (TimeoutError when the time is up), http.client's HTTPException, TooMuch.

A socket's own timeout begins anew with each byte, so a server that sends one byte a second would hold us for ever.
"""

import io
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, TypeVar

from mailer.content.web_address import WebAddress

if TYPE_CHECKING:
    from typing_extensions import Buffer

MOST_ADDRESSES = 8  # of one name
Result = TypeVar("Result")


class TooMuch(Exception):
    """More bytes than anybody agreed to read."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """When it must be over, by a clock that only goes forward. Seconds."""

    at: float
    now: Callable[[], float]

    def left(self) -> float:
        """What is left of the time, more than nothing. TimeoutError when it is up."""
        left = self.at - self.now()
        if left <= 0:
            raise TimeoutError("the time is up")
        return left


def resolve(host: str, port: int) -> list[str]:
    """The IP addresses the name stands for, as this machine looks names up."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))[:MOST_ADDRESSES]


def within(seconds: float, what: Callable[[], Result]) -> Result:
    """The result, if it comes within the time; else TimeoutError.

    For what cannot be broken off, as the looking up of a name: it is left to itself.
    """
    answers: SimpleQueue[Result | OSError | UnicodeError] = SimpleQueue()

    def answer() -> None:
        try:
            answers.put(what())
        except (OSError, UnicodeError) as why:
            answers.put(why)

    Thread(target=answer, daemon=True).start()
    try:
        got = answers.get(timeout=seconds)
    except Empty as why:
        raise TimeoutError("no answer in time") from why
    if isinstance(got, OSError | UnicodeError):
        raise got
    return got


@contextmanager
def connected(at: WebAddress, addresses: Sequence[str], seconds: float, deadline: Deadline) -> "Iterator[Line]":
    """A connection to one of the IP addresses, with TLS for https: certificate and name are checked."""
    sock = _first_that_answers(addresses, at.port, Deadline(deadline.now() + seconds, deadline.now))
    try:
        if at.scheme == "https":
            sock.settimeout(min(seconds, deadline.left()))
            sock = ssl.create_default_context().wrap_socket(sock, server_hostname=at.host.rstrip("."))
        yield Line(sock, deadline)
    finally:
        sock.close()


def _first_that_answers(addresses: Sequence[str], port: int, deadline: Deadline) -> socket.socket:
    failure: OSError = ConnectionError("no address")
    for n, address in enumerate(addresses):
        share = deadline.left() / (len(addresses) - n)  # the first may be a road that leads nowhere
        try:
            return socket.create_connection((address, port), timeout=share)
        except OSError as why:
            failure = why
    raise failure


class Line:
    """An open connection."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock, self._deadline = sock, deadline

    def get(self, at: WebAddress, headers: Mapping[str, str], most: int) -> HTTPResponse:
        """The reply to a GET, its body not read yet. `most`: bytes of all of it, its head and framing included."""
        connection = HTTPConnection(at.host, at.port)
        connection.auto_open = 0  # it never connects by itself
        connection.sock = _Timed(self._sock, self._deadline, most)
        connection.request("GET", at.target, headers={"Host": at.authority, **headers})
        return connection.getresponse()


class _Timed:
    """What http.client asks of a socket. `close` is left to the one who connected."""

    def __init__(self, sock: socket.socket, deadline: Deadline, most: int) -> None:
        self._sock, self._deadline, self._most = sock, deadline, most

    def sendall(self, raw: bytes) -> None:
        self._sock.settimeout(self._deadline.left())
        self._sock.sendall(raw)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reads(self._sock, self._deadline, self._most))

    def close(self) -> None:
        pass


class _Reads(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: Deadline, most: int) -> None:
        self._sock, self._deadline, self._left = sock, deadline, most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "Buffer") -> int:
        self._sock.settimeout(self._deadline.left())
        count = self._sock.recv_into(buffer)
        self._left -= count
        if self._left < 0:
            raise TooMuch
        return count
