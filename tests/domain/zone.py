"""A nameserver of a few names on a port of 127.0.0.1, by UDP and TCP, which says what a table says.

Takes   name -> its records, as (kind, text in the form of a zone file).
Gives   the running server's address, and what it has been asked.
Fails   OSError when it gets no port.

A name that ends in `.trasig` is answered SERVFAIL, one in `.tyst` not at all. What is in no table does not exist.
"""

import socket
import socketserver
import struct
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

HOST = "127.0.0.1"
Zone = Mapping[str, Sequence[tuple[str, str]]]


@dataclass(slots=True)
class Served:
    """A running nameserver."""

    zone: dict[str, Sequence[tuple[str, str]]]
    port: int = 0
    asked: list[tuple[str, str, str]] = field(default_factory=list)  # name, kind, udp or tcp

    @property
    def address(self) -> tuple[str, int]:
        return HOST, self.port

    def answer(self, raw: bytes, by: str) -> bytes | None:
        query = dns.message.from_wire(raw)
        question = query.question[0]
        name = question.name.to_text().rstrip(".").lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind, by))
        if name.endswith(".tyst"):
            return None
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        if name.endswith(".trasig"):
            reply.set_rcode(dns.rcode.SERVFAIL)
        elif name in self.zone:
            texts = [text for of, text in self.zone[name] if of == kind]
            if texts:
                reply.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *texts))
        elif not any(other.endswith(f".{name}") for other in self.zone):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        if by == "tcp":
            return reply.to_wire(max_size=65535)
        try:
            return reply.to_wire(max_size=max(512, query.payload))
        except dns.exception.TooBig:
            reply.answer.clear()
            reply.flags |= dns.flags.TC
            return reply.to_wire()


@contextmanager
def nameserver(zone: Zone) -> Iterator[Served]:
    """A nameserver, for as long as the block lasts."""
    served = Served(dict(zone))

    class ByUdp(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            raw, line = self.request
            if reply := served.answer(raw, "udp"):
                line.sendto(reply, self.client_address)

    class ByTcp(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            (size,) = struct.unpack("!H", self.rfile.read(2))
            if reply := served.answer(self.rfile.read(size), "tcp"):
                self.wfile.write(struct.pack("!H", len(reply)) + reply)

    with _both(ByUdp, ByTcp) as servers:
        served.port = servers[0].server_address[1]
        threads = [threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True) for server in servers]
        for thread in threads:
            thread.start()
        try:
            yield served
        finally:
            for server in servers:
                server.shutdown()
            for thread in threads:
                thread.join()


@contextmanager
def _both(by_udp: type, by_tcp: type) -> Iterator[list[socketserver.BaseServer]]:
    """The two on one port: the one that TCP is given, when UDP has it free too."""
    while True:
        tcp = socketserver.ThreadingTCPServer((HOST, 0), by_tcp)
        try:
            udp = socketserver.UDPServer((HOST, tcp.server_address[1]), by_udp)
        except OSError:
            tcp.server_close()
            continue
        with tcp, udp:
            yield [tcp, udp]
        return


def silent() -> socket.socket:
    """A port that takes questions and answers none."""
    deaf = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    deaf.bind((HOST, 0))
    return deaf


def txt(*strings: str) -> tuple[str, str]:
    """A TXT record of these strings."""
    return "TXT", " ".join(f'"{s}"' for s in strings)
