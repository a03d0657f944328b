"""A web server on this machine that says what it is told to, byte by byte, and counts who comes."""

import gzip
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path

from mailer.content.fetch import Reach

CERTIFICATES = Path(__file__).parents[1] / "relay" / "certificates"
Answer = Callable[[socket.socket], None]


@dataclass
class Website:
    """`pages`: path -> what is said to whoever asks for it. `connections`: how many have been taken, a word or none."""

    port: int
    pages: dict[str, bytes | Answer] = field(default_factory=dict)
    connections: int = 0
    requests: list[str] = field(default_factory=list)

    def address(self, path: str = "/", host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"


def ok(body: bytes, *headers: str, length: int | None = None) -> bytes:
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def zipped(body: bytes) -> bytes:
    return ok(gzip.compress(body, mtime=0), "Content-Encoding: gzip")


def moved(to: str, status: int = 302) -> bytes:
    return f"HTTP/1.1 {status} Moved\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()


def for_ever(piece: bytes, head: bytes = b"HTTP/1.1 200 OK\r\n\r\n") -> Answer:
    """The piece again and again, until nobody listens."""

    def answer(line: socket.socket) -> None:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.sendall(head)
        while True:
            line.sendall(piece)

    return answer


def silence(line: socket.socket) -> None:
    """Nothing, until the other side has had enough."""
    line.recv(1)


def here(site: Website, **more: object) -> Reach:
    """A reach that goes to this machine and nowhere else."""
    return Reach(may=_is_this_machine, ports=frozenset({site.port}), **more)  # type: ignore[arg-type]


def _is_this_machine(address: IPv4Address | IPv6Address) -> bool:
    return address.is_loopback


@contextmanager
def website(certificate: str = "", host: str = "127.0.0.1") -> Iterator[Website]:
    """A server on this machine; with a certificate's name, one that speaks TLS."""
    listener = socket.create_server((host, 0))
    site = Website(listener.getsockname()[1])
    context = _context(certificate) if certificate else None
    threads: list[threading.Thread] = []

    def serve() -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            site.connections += 1
            threads.append(threading.Thread(target=_answer, args=(site, line, context), daemon=True))
            threads[-1].start()

    server = threading.Thread(target=serve, daemon=True)
    server.start()
    try:
        yield site
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        server.join()
        for thread in threads:
            thread.join()


def _context(certificate: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / f"{certificate}.pem", CERTIFICATES / "key.pem")
    return context


def _answer(site: Website, line: socket.socket, context: ssl.SSLContext | None) -> None:
    with suppress(OSError):
        line.settimeout(10)
        if context:
            line = context.wrap_socket(line, server_side=True)
        request = b""
        while b"\r\n\r\n" not in request and not request.startswith(b"\x16") and (piece := line.recv(4096)):
            request += piece  # what begins with 0x16 is TLS, spoken to one who does not
        site.requests.append(request.decode("latin-1"))
        path = site.requests[-1].partition(" ")[2].partition(" ")[0]
        said = site.pages.get(path, b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        if callable(said):
            said(line)
        else:
            line.sendall(said)
    line.close()
