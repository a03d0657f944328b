"""A relay that says yes to everything and keeps nothing, so that only the sender is measured.

    .venv/bin/python benchmarks/sink.py

Prints its port on 127.0.0.1, and serves until it is ended. RFC 5321, with PIPELINING (RFC 2920).
"""

import asyncio

EHLO = b"250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 52428800\r\n"
END = b"\r\n.\r\n"


class Sink(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.line: asyncio.Transport = transport  # type: ignore[assignment]
        self.rest = b""
        self.is_mail = False
        self.line.write(b"220 sink.example\r\n")

    def data_received(self, data: bytes) -> None:
        self.rest += data
        said = []
        while True:
            if self.is_mail:
                end = self.rest.find(END)
                if end < 0:
                    break
                self.rest, self.is_mail = self.rest[end + len(END) :], False
                said.append(b"250 taken\r\n")
                continue
            command, found, rest = self.rest.partition(b"\r\n")
            if not found:
                break
            self.rest = rest
            word = command[:4].upper()
            self.is_mail = word == b"DATA"
            said.append({b"EHLO": EHLO, b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}.get(word, b"250 ok\r\n"))
        self.line.write(b"".join(said))


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
